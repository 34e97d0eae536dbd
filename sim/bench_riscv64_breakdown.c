/* SPDX-License-Identifier: MIT */
/* Where the instructions of one round go: each of them, as QEMU logged it, is told to the part that its function is of. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bench_riscv64.h"

enum {
    ROUNDS = 4,
    TRACE_MAX = 1 << 18, /* instructions: more than two rounds and the end of a run have */
    ENTRIES_MAX = 8,     /* kernel entries of a round */
    FUNCTIONS_MAX = 256, /* in a round, and of those that are for two parts each */
    TOOL_S = 60
};

enum part { TRAP_IN, TABLE, LOOKUP, CHECKS, MESSAGE, BOOKKEEPING, COUNTERS, SPACE, TRAP_OUT, USER, OTHER, PARTS };

static const char *const part_names[PARTS] = {
    "trap in: save registers", "table: which operation", "look-up: handle, type, right", "checks",
    "message",                 "reply, time, queues",    "counters, who runs",           "space switch",
    "trap out: load registers", "user: stubs and loops", "all else",
};

/* What a function is for. Some are for one thing until the message moves, and for another from then on. */
static const struct {
    const char *function;
    enum part before, after;
} rules[] = {
    {"trap_entry", TRAP_IN, TRAP_IN}, {"resume", TRAP_OUT, TRAP_OUT}, {"trap_syscall", TABLE, SPACE},
    {"fast_syscall", TABLE, TABLE}, {"fast_is_allowed", TABLE, TABLE}, {"fast_find_slot", LOOKUP, LOOKUP},
    {"fast_allows", LOOKUP, LOOKUP}, {"fast_call", CHECKS, BOOKKEEPING}, {"fast_begin", BOOKKEEPING, BOOKKEEPING},
    {"fast_is_short", CHECKS, CHECKS}, {"fast_reply_receive", CHECKS, BOOKKEEPING},
    {"fast_is_alive", CHECKS, CHECKS}, {"fast_is_plain", CHECKS, CHECKS}, {"fast_is_server", CHECKS, CHECKS},
    {"fast_is_caller", CHECKS, CHECKS}, {"fast_lent", CHECKS, BOOKKEEPING}, {"fast_effective", CHECKS, BOOKKEEPING},
    {"fast_move", MESSAGE, MESSAGE}, {"fast_lend", BOOKKEEPING, BOOKKEEPING}, {"fast_return", BOOKKEEPING, BOOKKEEPING},
    {"fast_wait", BOOKKEEPING, BOOKKEEPING}, {"fast_switch", COUNTERS, COUNTERS}, {"resume_full", TRAP_OUT, TRAP_OUT},
    {"other", TRAP_IN, TRAP_IN},
};

struct step {
    uint64_t address;
    bool user;
    uint32_t function; /* index, once it is known */
};

struct function {
    char name[BENCH_NAME];
    bool user;
};

/* How often a function's instructions ran for a part, in each kernel entry and the user code after it. */
struct tally {
    uint32_t function;
    enum part part;
    unsigned total, count[ENTRIES_MAX];
};

struct breakdown {
    struct bench_riscv64 *bench;
    struct step *trace; /* the last ones logged */
    size_t traced;
    const char *name;
    struct step *round;
    size_t length;
    unsigned entries;
    struct function functions[FUNCTIONS_MAX];
    uint32_t function_count;
    struct tally tallies[FUNCTIONS_MAX];
    size_t tally_count;
};

static void keep_step(void *context, uint64_t address, bool user)
{
    struct breakdown *breakdown = context;
    if (breakdown->traced == TRACE_MAX) {
        breakdown->traced /= 2;
        memmove(breakdown->trace, breakdown->trace + breakdown->traced, breakdown->traced * sizeof *breakdown->trace);
    }
    breakdown->trace[breakdown->traced++] = (struct step){address, user, 0};
}

/* Is this the first instruction of a kernel entry? */
static bool enters(const struct step *step) { return !step[0].user && step[-1].user; }

static bool is_round(const struct step *from, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (from[i].address != from[i + length].address || from[i].user != from[i + length].user)
            return false;
    return enters(from);
}

/* The last two rounds that are the same, instruction by instruction. */
static bool find_round(struct breakdown *breakdown, size_t length)
{
    for (size_t end = breakdown->traced; end > 2 * length; end--) {
        struct step *from = breakdown->trace + end - 2 * length;
        if (!is_round(from, length))
            continue;
        breakdown->round = from;
        breakdown->length = length;
        return true;
    }
    return bench_riscv64_fail(breakdown->bench, "QEMU's log of %s does not repeat every %zu instructions",
                              breakdown->name, length);
}

static bool log_round(struct breakdown *breakdown, const struct bench_image *image)
{
    struct bench_guest guest;
    char ranges[128];
    struct bench_log log = {keep_step, breakdown, ranges};
    uint64_t total, user;
    snprintf(ranges, sizeof ranges, BENCH_PROGRAM_RANGE ",0x%" PRIx64 "+0x%" PRIx64, image->code_address, image->code);
    if (!bench_guest_run(breakdown->bench, breakdown->name, ROUNDS, &log, &guest))
        return false;
    if (guest.count != 2 || !bench_guest_slope(&guest.runs[0], &guest.runs[1], &total, &user))
        return bench_riscv64_fail(breakdown->bench, "the rounds of %s differ", breakdown->name);
    return find_round(breakdown, total);
}

/* What a tool is asked of: those steps of the round that are the user's, or those that are not. */
struct naming {
    struct breakdown *breakdown;
    bool user, wants_name;
    size_t at, placed; /* the next step; answers that name a line */
};

static uint32_t function_of(struct breakdown *breakdown, const char *name, bool user)
{
    struct function wanted = {.user = user}, *functions = breakdown->functions;
    uint32_t i = 0;
    snprintf(wanted.name, sizeof wanted.name, "%s", name);
    while (i < breakdown->function_count && (strcmp(functions[i].name, wanted.name) != 0 || functions[i].user != user))
        i++;
    if (i == FUNCTIONS_MAX)
        return FUNCTIONS_MAX - 1;
    if (i == breakdown->function_count)
        functions[breakdown->function_count++] = wanted;
    return i;
}

/* For each address: itself, then a function and its line, the innermost one first of those that were inlined there. */
static void take_answer(void *context, const char *line)
{
    struct naming *naming = context;
    struct breakdown *breakdown = naming->breakdown;
    naming->placed += !naming->wants_name && strncmp(line, "0x", 2) != 0 && strncmp(line, "??:", 3) != 0;
    if (strncmp(line, "0x", 2) == 0) {
        naming->wants_name = true;
    } else if (naming->wants_name) {
        naming->wants_name = false;
        while (naming->at < breakdown->length && breakdown->round[naming->at].user != naming->user)
            naming->at++;
        if (naming->at < breakdown->length)
            breakdown->round[naming->at++].function = function_of(breakdown, line, naming->user);
    }
}

static char *list_addresses(const struct breakdown *breakdown, bool user)
{
    char *text = malloc(breakdown->length * 20 + 1), *at = text;
    for (size_t i = 0; i < breakdown->length && text != NULL; i++)
        if (breakdown->round[i].user == user)
            at += sprintf(at, "0x%" PRIx64 "\n", breakdown->round[i].address);
    if (text != NULL)
        *at = '\0';
    return text;
}

static bool name_functions(struct breakdown *breakdown, const char *file, bool user)
{
    char path[PATH_MAX];
    struct naming naming = {.breakdown = breakdown, .user = user};
    char *addresses = list_addresses(breakdown, user);
    struct bench_process process = {.words = {BENCH_ADDRESS_TOOL, "-a", "-f", "-i", "-e", path}, .input = addresses,
                                    .output = {take_answer, &naming}, .seconds = TOOL_S};
    int code = 0;
    bool good = addresses != NULL && bench_images_find(breakdown->bench, file, path) &&
                bench_process_run(breakdown->bench, &process, &code);
    free(addresses);
    if (good && code != 0)
        return bench_riscv64_fail(breakdown->bench, BENCH_ADDRESS_TOOL " cannot read %s", path);
    if (good && !user && naming.placed == 0)
        return bench_riscv64_fail(breakdown->bench, "%s does not tell which lines it was made from", path);
    return good;
}

static enum part part_of(const struct function *function, bool moves)
{
    if (function->user)
        return USER;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].function, function->name) == 0)
            return moves ? rules[i].after : rules[i].before;
    return OTHER;
}

static void count(struct breakdown *breakdown, uint32_t function, enum part part, unsigned entry)
{
    struct tally *tallies = breakdown->tallies;
    size_t i = 0;
    while (i < breakdown->tally_count && (tallies[i].function != function || tallies[i].part != part))
        i++;
    if (i == FUNCTIONS_MAX)
        i--;
    else if (i == breakdown->tally_count)
        tallies[breakdown->tally_count++] = (struct tally){.function = function, .part = part};
    tallies[i].total++;
    tallies[i].count[entry < ENTRIES_MAX ? entry : ENTRIES_MAX - 1]++;
}

static void count_all(struct breakdown *breakdown)
{
    bool moves = false;
    for (size_t i = 0; i < breakdown->length; i++) {
        const struct step *step = &breakdown->round[i];
        const struct function *function = &breakdown->functions[step->function];
        if (enters(step)) {
            moves = false;
            breakdown->entries++;
        }
        moves = moves || strcmp(function->name, "fast_move") == 0;
        count(breakdown, step->function, part_of(function, moves), breakdown->entries - 1);
    }
}

static int most_first(const void *one, const void *other)
{
    const struct tally *a = one, *b = other;
    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return a->total != b->total ? (a->total > b->total ? -1 : 1) : a->function < b->function ? -1 : 1;
}

static void print_line(const struct breakdown *breakdown, const char *indent, const char *name,
                       const struct tally *tally)
{
    printf("%s%-*s %7u", indent, 32 - (int)strlen(indent), name, tally->total);
    for (unsigned i = 0; i < breakdown->entries && i < ENTRIES_MAX; i++)
        printf(" %8u", tally->count[i]);
    printf("\n");
}

static void add(struct tally *sum, const struct tally *tally)
{
    sum->total += tally->total;
    for (unsigned i = 0; i < ENTRIES_MAX; i++)
        sum->count[i] += tally->count[i];
}

static void print_part(const struct breakdown *breakdown, enum part part)
{
    struct tally sum = {.part = part};
    for (size_t i = 0; i < breakdown->tally_count; i++)
        if (breakdown->tallies[i].part == part)
            add(&sum, &breakdown->tallies[i]);
    if (sum.total == 0)
        return;
    print_line(breakdown, "", part_names[part], &sum);
    for (size_t i = 0; i < breakdown->tally_count; i++)
        if (breakdown->tallies[i].part == part)
            print_line(breakdown, "    ", breakdown->functions[breakdown->tallies[i].function].name,
                       &breakdown->tallies[i]);
}

static void print(struct breakdown *breakdown)
{
    struct tally all = {.total = 0};
    count_all(breakdown);
    qsort(breakdown->tallies, breakdown->tally_count, sizeof breakdown->tallies[0], most_first);
    printf("%s: where the instructions of one round go\n\n%-32s %7s", breakdown->name, "", "total");
    for (unsigned i = 0; i < breakdown->entries && i < ENTRIES_MAX; i++)
        printf("  entry %u", i + 1);
    printf("\n");
    for (enum part part = 0; part < PARTS; part++)
        print_part(breakdown, part);
    for (size_t i = 0; i < breakdown->tally_count; i++)
        add(&all, &breakdown->tallies[i]);
    print_line(breakdown, "", "all", &all);
}

bool bench_breakdown(struct bench_riscv64 *bench, const char *name)
{
    struct bench_image image;
    struct breakdown *breakdown = calloc(1, sizeof *breakdown);
    bool good = breakdown != NULL;
    if (good) {
        breakdown->bench = bench;
        breakdown->name = name;
        breakdown->trace = malloc(TRACE_MAX * sizeof *breakdown->trace);
        good = breakdown->trace != NULL && bench_images_build(bench, "bench.elf") &&
               bench_images_weigh(bench, "bench.elf", &image) && log_round(breakdown, &image) &&
               name_functions(breakdown, "bench.elf", false) && name_functions(breakdown, "programs/bench", true);
    }
    if (good)
        print(breakdown);
    if (breakdown != NULL)
        free(breakdown->trace);
    free(breakdown);
    return good;
}
