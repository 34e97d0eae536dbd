/* SPDX-License-Identifier: MIT */
/* `ukern bench --machine riscv64`: counts the guest's instructions on a bare machine; the same numbers in every run. */
#include "sim/bench_riscv64.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/archive.h"
#include "sim/boot_folder.h"
#include "sim/machine_build_tools.h"
#include "sim/sim.h"

/* Any number of rounds gives the same result; of fewer rounds a log is shorter. */
enum {
    ROUNDS = 1000,
    QUICK_ROUNDS = 100,
    LOGGED_ROUNDS = 20,
    BOOT_S = 30
};
#define BREAKDOWN_CASE "call_reply_4w"
#define END_OF_INPUT   "\n\x04" /* the first byte may come before there is anybody to read it */

bool bench_riscv64_fail(struct bench_riscv64 *bench, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(bench->error, sizeof bench->error, format, list);
    va_end(list);
    return false;
}

/* Both runs of a case, from one boot that is only counted and one that is logged; they must agree. */
static bool add_row(struct bench_riscv64 *bench, struct bench_counts *counts, const struct bench_run *quick,
                    const struct bench_run *logged)
{
    struct bench_count *row = &counts->rows[counts->count++];
    uint64_t total, user;
    memcpy(row->name, quick->name, sizeof row->name);
    row->rounds = quick[0].rounds;
    if (!bench_guest_slope(&quick[0], &quick[1], &row->total, &user) ||
        !bench_guest_slope(&logged[0], &logged[1], &total, &row->user) || total != row->total)
        return bench_riscv64_fail(bench, "the rounds of %s differ, so there is no number of instructions for one",
                                  row->name);
    return true;
}

static bool count_cases(struct bench_riscv64 *bench, struct bench_counts *counts)
{
    struct bench_guest plain, logged;
    unsigned rounds = bench->options->quick ? QUICK_ROUNDS : ROUNDS;
    if (!bench_guest_run(bench, NULL, rounds, NULL, &plain) || !bench_guest_count(bench, NULL, LOGGED_ROUNDS, &logged))
        return false;
    for (size_t i = 0; i + 1 < plain.count && i + 1 < logged.count; i += 2)
        if (bench_wants(bench->options, plain.runs[i].name) &&
            !add_row(bench, counts, &plain.runs[i], &logged.runs[i]))
            return false;
    return true;
}

/* The whole system's image, told by the word `memory` to say how much is in use when its shell has ended. ------------ */

static void find_memory(void *context, const char *line)
{
    unsigned long long bytes;
    if (sscanf(line, "ukern: memory: %llu", &bytes) == 1)
        *(uint64_t *)context = bytes;
}

static bool boot(struct bench_riscv64 *bench, const char *archive, uint64_t *memory)
{
    char image[PATH_MAX];
    struct bench_process process = {
        .words = {bench->emulator, "-M", "virt", "-bios", "default", "-m", "128", "-display", "none", "-no-user-config",
                  "-nodefaults", "-serial", "stdio", "-icount", "shift=0,sleep=off", "-kernel", image, "-initrd",
                  archive, "-append", "memory"},
        .input = END_OF_INPUT, .output = {find_memory, memory}, .seconds = BOOT_S};
    int code;
    if (!bench_images_find(bench, "ukern-riscv64.elf", image) || !bench_process_run(bench, &process, &code))
        return false;
    return code == 0 || bench_riscv64_fail(bench, "%s did not boot", image);
}

static bool weigh_memory(struct bench_riscv64 *bench, uint64_t *memory)
{
    struct host_archive empty = {.bytes = NULL};
    struct boot_folder folder = {.path = ""};
    bool good = host_archive_load(&empty, NULL) &&
                boot_folder_open(&folder, bench->error, sizeof bench->error) &&
                boot_folder_write(&folder, empty.bytes, empty.count, bench->error, sizeof bench->error) &&
                boot(bench, folder.archive, memory);
    boot_folder_close(&folder);
    free(empty.bytes);
    return good;
}

static bool weigh(struct bench_riscv64 *bench, struct bench_counts *counts)
{
    if (bench->options->filter != NULL)
        return true;
    if (!bench_images_weigh(bench, "ukern-riscv64.elf", &counts->image) || !weigh_memory(bench, &counts->memory))
        return false;
    bench_sizes_print(counts);
    return true;
}

/* ---------------------------------------------------------------------------------------------------------------------- */

static int write_json(const char *path, const struct bench_counts *counts)
{
    FILE *file = fopen(path, "we");
    bool good = file != NULL && bench_counts_json(file, counts);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "ukern: cannot write %s: %s; name a file that you may write\n", path, strerror(errno));
    return good ? 0 : EXIT_OUTPUT;
}

static bool count_all(struct bench_riscv64 *bench, int *code)
{
    struct bench_counts counts = {.count = 0};
    if (!bench_images_build(bench, "bench.elf") || !count_cases(bench, &counts))
        return false;
    bench_counts_print(&counts);
    bool good = weigh(bench, &counts);
    if (counts.count == 0)
        *code = (fprintf(stderr, "ukern: no name contains %s\n", bench->options->filter), EXIT_USAGE);
    else if (bench->options->json != NULL)
        *code = write_json(bench->options->json, &counts);
    return good;
}

bool bench_riscv64_find(struct bench_riscv64 *bench)
{
    const char *compiler = bench->options->images == NULL ? "gcc" : NULL;
    return machine_build_tools_check(compiler, true, bench->error, sizeof bench->error) &&
           machine_build_find(MACHINE_BUILD_EMULATOR, bench->emulator, sizeof bench->emulator);
}

static bool find_tools(struct bench_riscv64 *bench)
{
    if (bench->options->breakdown && !machine_build_find(BENCH_ADDRESS_TOOL, NULL, 0))
        return bench_riscv64_fail(bench, "not found in PATH: " BENCH_ADDRESS_TOOL "; install with apt-get install "
                                  BENCH_ADDRESS_PACKAGE);
    return bench_riscv64_find(bench);
}

int bench_riscv64(const struct bench_options *options)
{
    struct bench_riscv64 *bench = calloc(1, sizeof *bench);
    int code = 0;
    if (bench == NULL)
        return BENCH_EXIT_UNMEASURED;
    bench->options = options;
    progress_open(&bench->progress, stderr);
    if (!find_tools(bench))
        code = EXIT_USAGE;
    else if (!boot_signals_open(&bench->signals))
        code = (bench_riscv64_fail(bench, "cannot watch signals: %s", strerror(errno)), BENCH_EXIT_UNMEASURED);
    else if (options->breakdown)
        code = bench_breakdown(bench, options->filter != NULL ? options->filter : BREAKDOWN_CASE)
                   ? 0 : BENCH_EXIT_UNMEASURED;
    else if (!count_all(bench, &code))
        code = BENCH_EXIT_UNMEASURED;
    struct boot_signals signals = bench->signals;
    boot_signals_close(&signals);
    if (bench->error[0] != '\0' && signals.stopped == 0)
        fprintf(stderr, "ukern: %s\n", bench->error);
    free(bench);
    boot_signals_obey(&signals);
    return code;
}
