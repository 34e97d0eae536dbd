/* SPDX-License-Identifier: MIT */
/* Runs the image that counts (sim/bare/bench.c). Its clock counts instructions, so numbers are the same in every run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bench_riscv64.h"

enum {
    TIMEOUT_S = 120,
    MODE_MASK = 7, /* of the flags of QEMU's riscv64: the mode that the instruction runs in; 0: user */
    BLOCKS_PER_RUN = 2
};

struct reading {
    struct bench_guest *guest;
    const struct bench_log *log;
    uint64_t address; /* of the last instruction in the log, which is handed on when the next line shows that it ran */
    bool user, pending;
    char failed[160]; /* what the machine, or QEMU, said of a failure; empty: nothing */
};

/* bench: NAME ROUNDS INSTRUCTIONS, or bench: NAME failed: WHY */
static void read_line(void *context, const char *line)
{
    struct reading *reading = context;
    struct bench_guest *guest = reading->guest;
    struct bench_run *run = &guest->runs[guest->count];
    if (strncmp(line, "bench: ", 7) == 0 && guest->count < BENCH_RUNS_MAX) {
        *run = (struct bench_run){.user = 0};
        if (sscanf(line, "bench: %47s %" SCNu64 " %" SCNu64, run->name, &run->rounds, &run->instructions) == 3)
            guest->count++;
        else
            snprintf(reading->failed, sizeof reading->failed, "%s", line + 7);
    } else if (strncmp(line, "ukern: ", 7) == 0) {
        snprintf(reading->failed, sizeof reading->failed, "%s", line + 7);
    }
}

static void hand_on(struct reading *reading)
{
    if (reading->pending && reading->log != NULL)
        reading->log->step(reading->log->context, reading->address, reading->user);
    reading->pending = false;
}

/* Trace 0: HOST [BASE/ADDRESS/FLAGS/...], before each instruction, as each is a block of its own. Of one that did not run
 * then, as QEMU itself had something to do, the next line says: Stopped execution of TB chain before HOST [ADDRESS] */
static void read_message(void *context, const char *line)
{
    struct reading *reading = context;
    const char *at = strchr(line, '['), *slash = at != NULL ? strchr(at, '/') : NULL;
    if (strncmp(line, "Trace ", 6) == 0 && slash != NULL) {
        char *end;
        hand_on(reading);
        reading->pending = true;
        reading->address = strtoull(slash + 1, &end, 16);
        reading->user = *end == '/' && (strtoull(end + 1, NULL, 16) & MODE_MASK) == 0;
    } else if (strncmp(line, "Stopped execution ", 18) == 0) {
        reading->pending = false;
    } else if (reading->failed[0] == '\0') {
        snprintf(reading->failed, sizeof reading->failed, "%s", line);
    }
}

static void add(struct bench_process *process, const char *word)
{
    size_t count = 0;
    while (process->words[count] != NULL)
        count++;
    if (count + 1 < sizeof process->words / sizeof process->words[0])
        process->words[count] = word;
}

/* With a log, QEMU 7.2 makes a block of each instruction, and writes down each block that it enters. */
static void add_log(struct bench_process *process, const struct bench_log *log)
{
    add(process, "-singlestep");
    add(process, "-d");
    add(process, "exec,nochain");
    add(process, "-dfilter");
    add(process, log->ranges);
}

bool bench_guest_run(struct bench_riscv64 *bench, const char *name, unsigned rounds, const struct bench_log *log,
                     struct bench_guest *guest)
{
    char image[PATH_MAX], words[128];
    struct reading reading = {.guest = guest, .log = log};
    struct bench_process process = {
        .words = {bench->emulator, "-M", "virt", "-bios", "default", "-m", "64", "-display", "none", "-no-user-config",
                  "-nodefaults", "-serial", "stdio", "-icount", "shift=0,sleep=off", "-kernel", image, "-append", words},
        .output = {read_line, &reading},
        .messages = {read_message, &reading},
        .seconds = TIMEOUT_S,
    };
    int code;
    guest->count = 0;
    snprintf(words, sizeof words, "rounds=%u%s%s", rounds, name != NULL ? " case=" : "", name != NULL ? name : "");
    if (log != NULL)
        add_log(&process, log);
    if (!bench_images_find(bench, "bench.elf", image) || !bench_process_run(bench, &process, &code))
        return false;
    hand_on(&reading);
    if (code != 0)
        return bench_riscv64_fail(bench, "the image that counts failed%s%s", reading.failed[0] != '\0' ? ": " : "",
                                  reading.failed);
    return guest->count > 0 || bench_riscv64_fail(bench, "the image that counts has no case of that name");
}

/* User instructions of the program, in blocks between which its main was at work in the kernel's mode. */
struct blocks {
    uint64_t instructions[BENCH_RUNS_MAX * BLOCKS_PER_RUN];
    size_t count;
    bool inside;
};

static void count_step(void *context, uint64_t address, bool user)
{
    struct blocks *blocks = context;
    (void)address;
    if (user && !blocks->inside && blocks->count < BENCH_RUNS_MAX * BLOCKS_PER_RUN)
        blocks->count++;
    if (user && blocks->count > 0)
        blocks->instructions[blocks->count - 1]++;
    blocks->inside = user;
}

/* Of each run's two blocks the second is the client's. */
bool bench_guest_count(struct bench_riscv64 *bench, const char *name, unsigned rounds, struct bench_guest *guest)
{
    struct blocks blocks = {.count = 0};
    const struct bench_log log = {count_step, &blocks, BENCH_PROGRAM_RANGE};
    if (!bench_guest_run(bench, name, rounds, &log, guest))
        return false;
    if (blocks.count != guest->count * BLOCKS_PER_RUN)
        return bench_riscv64_fail(bench, "QEMU's log does not fit: %zu blocks of user code in %zu runs", blocks.count,
                                  guest->count);
    for (size_t i = 0; i < guest->count; i++)
        guest->runs[i].user = blocks.instructions[i * BLOCKS_PER_RUN + BLOCKS_PER_RUN - 1];
    return true;
}

bool bench_guest_slope(const struct bench_run *once, const struct bench_run *twice, uint64_t *total, uint64_t *user)
{
    uint64_t rounds = twice->rounds - once->rounds;
    if (strcmp(once->name, twice->name) != 0 || once->rounds == 0 || twice->rounds <= once->rounds ||
        twice->instructions < once->instructions || twice->user < once->user)
        return false;
    *total = (twice->instructions - once->instructions) / rounds;
    *user = (twice->user - once->user) / rounds;
    return (twice->instructions - once->instructions) % rounds == 0 && (twice->user - once->user) % rounds == 0;
}
