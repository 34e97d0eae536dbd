/* SPDX-License-Identifier: MIT */
/* Bad programs: each misdeed once without and once with a fault handler. Prints what came of it, without addresses; a
 * bystander in another space must go on as if nothing had been. */
#include <stdio.h>
#include <string.h>

#include "bare.h"
#include "faults.h"
#include "misdeeds.h"

enum {
    DOOR = 10,  /* slots of the handler */
    REPLY = 11,
    ROUNDS = 60 /* kernel entries in which a misdeed and the bystander have their say */
};

static const _Alignas(8) char program_constant[64] = "what nobody writes";
static _Alignas(8) char program_data[64] = {0x13, 0x05, 0x70, 0, 0x67, 0x80}; /* instructions of code_page */

static struct {
    const char *name;
    uk_word begin, bytes;
} places[PLACES] = {
    [NOWHERE] = {"0", 0, 1},
    [FIRST_PAGE] = {"the first page", 8, UK_PAGE - 8},
    [KERNEL_TEXT] = {"the kernel's text", DIRECT + 0x80200000, 0x10000},
    [KERNEL_MEMORY] = {"kernel memory", DIRECT + 0x84000000, UK_PAGE},
    [FIRMWARE] = {"the firmware", DIRECT + 0x80000000, UK_PAGE},
    [DEVICE] = {"a device", DIRECT + 0x100000, UK_PAGE},
    [PHYSICAL] = {"a physical address", 0x80200000, UK_PAGE},
    [IDENTITY_DEVICE] = {"a device's physical address", 0x10000000, UK_PAGE},
    [HOLE] = {"the hole", (uk_word)1 << 50, UK_PAGE},
    [LAST_PAGE] = {"the last page", -UK_PAGE, UK_PAGE},
    [CODE] = {"its code page", CODE_PAGE, UK_PAGE},
    [DATA] = {"its data page", DATA_PAGE, 2 * UK_PAGE},
    [BEHIND] = {"behind its pages", CONSTANT_PAGE + UK_PAGE, UK_PAGE},
    [CONSTANT] = {"its page of constants", CONSTANT_PAGE, UK_PAGE},
    [OTHER] = {"the bystander's page", OTHER_PAGE, UK_PAGE},
    [PROGRAM_TEXT] = {"the program's text", 0x7f8000000000, 0x10000},
    [PROGRAM_CONSTANT] = {"the program's constants", (uk_word)program_constant, sizeof program_constant},
    [PROGRAM_DATA] = {"the program's data", (uk_word)program_data, sizeof program_data},
    [STACK] = {"its stack", 0, STACK_BYTES},
    [GUARD] = {"below its stack", 0, UK_PAGE},
};

static const char *place_name(uk_word address)
{
    for (unsigned i = PLACES; i-- > 0;) /* the program's text is not told where it ends: what lies in it comes later */
        if (address - places[i].begin < places[i].bytes)
            return places[i].name;
    return "elsewhere";
}

/* Prints the text with a place in place of each address; ranges of addresses are only "...". */
static void print_without_addresses(const char *text)
{
    while (*text != 0) {
        if (text[0] != '0' || text[1] != 'x') {
            putchar(*text++);
            continue;
        }
        uk_word address = 0;
        int is_range = text[-1] == '-' || text[-1] == 's'; /* "maps 0x...-0x..." */
        for (text += 2; (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'f'); text++)
            address = address * 16 + (uk_word)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
        printf("%s", is_range || *text == '-' ? "..." : place_name(address));
    }
    putchar('\n');
}

/* The handler: hears of each fault, and kills. ----------------------------------------------------------------------- */

static struct {
    unsigned count;
    uk_word tag, word[UK_REGISTER_WORDS];
} heard;

static uk_word handler_main(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    (void)argument;
    while (status == UK_OK) {
        heard.count++;
        heard.tag = message.tag;
        memcpy(heard.word, message.word, sizeof heard.word);
        message = uk_message(UK_FAULT_KILL, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

/* The bystander: its page holds the round in word 0, and then words that follow from it. ----------------------------- */

static uk_word bystander_main(uk_word page)
{
    volatile uk_word *word = (volatile uk_word *)page;
    for (uk_word round = 1;; round++) {
        for (uk_word i = 1; i < UK_PAGE / sizeof *word; i++) {
            if (word[i] != (round - 1) * i * 0x9e3779b9)
                return i;
            word[i] = round * i * 0x9e3779b9;
        }
        word[0] = round;
        uk_yield();
    }
}

/* The world. ---------------------------------------------------------------------------------------------------------- */

static struct uk_task bystander = {.name = "bystander", .entry = bystander_main, .argument = OTHER_PAGE, .priority = 10};
static struct uk_task handler = {.name = "handler", .entry = handler_main, .priority = 40, .suspended = 1};
static uk_handle door;

static void make_world(void)
{
    struct uk_config config = {.run = 1, .arena_bytes = 48u << 20, .root_slots = 16384};
    bare_boot(&config);
    bare_spawn(&bystander);
    (void)bare_map(bystander.own_space, UK_PAGE, OTHER_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    bare_spawn(&handler);
    door = bare_make(UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY);
    bare_grant(&handler, DOOR, door, UK_RIGHTS_ALL, 0);
    bare_grant(&handler, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_resume(&handler);
}

static void make_culprit(struct uk_task *task, const struct misdeed *misdeed)
{
    uint32_t writes = UK_RIGHT_READ | UK_RIGHT_WRITE, runs = UK_RIGHT_READ | UK_RIGHT_EXECUTE;
    *task = (struct uk_task){.name = "culprit", .entry = misdeed->deed, .priority = 30, .stack_bytes = STACK_BYTES,
                             .argument = places[misdeed->place].begin + misdeed->offset, .suspended = 1};
    bare_spawn(task);
    (void)bare_map(task->own_space, UK_PAGE, CODE_PAGE, writes);
    (void)bare_map(task->own_space, UK_PAGE, DATA_PAGE, writes);
    (void)bare_map(task->own_space, UK_PAGE, DATA_PAGE + UK_PAGE, writes);
    (void)bare_map(task->own_space, UK_PAGE, CONSTANT_PAGE, UK_RIGHT_READ);
    enum uk_status status = uk_poke(bare_kernel, task->thread, CODE_PAGE, code_page, code_page_bytes);
    if (status == UK_OK)
        status = uk_poke(bare_kernel, task->thread, DATA_PAGE, code_page, code_page_bytes);
    if (status == UK_OK)
        status = bare_ask(UK_SPACE_PROTECT, task->own_space, CODE_PAGE, runs);
    bare_need(status == UK_OK, "a culprit gets its pages");
    places[STACK].begin = task->buffer - STACK_BYTES;
    places[GUARD].begin = places[STACK].begin - UK_PAGE;
}

static void tell_state(const struct uk_task *task)
{
    static const char *const states[] = {
#define UK_X(name, number, text) [number] = text,
        UK_THREAD_STATES(UK_X)
#undef UK_X
    };
    char text[512];
    printf("%s; ", states[bare_state(task) % UK_THREAD_STATE_COUNT]);
    text[uk_explain(bare_kernel, task->thread, text, sizeof text)] = 0;
    print_without_addresses(text);
}

static void tell_heard(void)
{
    static const char *const kinds[] = {
#define UK_X(name, number, text) [number] = text,
        UK_FAULTS(UK_X)
#undef UK_X
    };
    static const char *const accesses[] = {"", "load, ", "store, ", "?", "fetch, "};
    uint32_t kind = UK_TAG_LABEL(heard.tag);
    printf("%s, %s", kind < UK_FAULT_COUNT ? kinds[kind] : "?", accesses[heard.word[1] % 5]);
    if (kind == UK_FAULT_PAGE)
        printf("%s, ", place_name(heard.word[0]));
    printf("by an instruction in %s%s\n", place_name(heard.word[2]),
           (heard.tag & UK_TAG_FAULT) == 0 || (heard.word[3] | heard.word[4] | heard.word[5]) != 0 ? "; WRONG" : "");
}

/* How far the bystander is, after this turn of everybody. */
static uk_word turn(void)
{
    uk_word before = bare_peek(&bystander, OTHER_PAGE);
    if (uk_run(bare_kernel, UK_FOREVER, ROUNDS) != UK_RUN_ENTRIES)
        printf("  WRONG: the machine did not run on\n");
    uk_word rounds = bare_peek(&bystander, OTHER_PAGE) - before;
    if (rounds < ROUNDS / 2 || bare_state(&bystander) == UK_THREAD_DEAD)
        printf("  WRONG: the bystander did not go on\n");
    return rounds;
}

static void commit(const struct misdeed *misdeed, int handled)
{
    struct uk_task task;
    unsigned before = heard.count;
    make_culprit(&task, misdeed);
    if (handled)
        bare_need(bare_ask(UK_THREAD_CONFIGURE, task.thread, 0, 0, door, 0, 0, UK_PART_FAULT) == UK_OK, "a handler is set");
    bare_resume(&task);
    (void)turn();
    printf("  %s", handled ? "handled: " : "alone: ");
    tell_state(&task);
    if (heard.count != before) {
        printf("    heard: ");
        tell_heard();
    }
    bare_unmake(task.own_space);
    (void)turn();
    (void)bare_check(misdeed->name);
}

int main(void)
{
    make_world();
    (void)turn();
    for (const struct misdeed *misdeed = misdeeds; misdeed->name != NULL; misdeed++) {
        printf("%s\n", misdeed->name);
        commit(misdeed, 0);
        commit(misdeed, 1);
    }
    printf("the bystander %s\n", bare_state(&bystander) == UK_THREAD_DEAD ? "is dead: WRONG" : "lives");
    garbage_main();
    registers_main();
    return bare_failed != 0;
}
