/* SPDX-License-Identifier: MIT */
/* Reads all cells on a bare machine: one image that prints a reading on each line (sim/bare/compare.c), in QEMU, whose clock
 * counts instructions; the same numbers in every run. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bench_riscv64.h"
#include "sim/compare_results.h"
#include "sim/sim.h"

enum { TIMEOUT_S = 1200, NAME = 32 };

struct reader {
    struct bench_riscv64 *bench;
    struct compare_results *results;
    size_t cells;
    char failed[160]; /* what the machine, or QEMU, said of a failure; empty: nothing */
};

static struct compare_cell *cell_of(struct compare_results *results, const char *design, const char *work)
{
    for (size_t i = 0; i < results->design_count; i++)
        for (size_t j = 0; j < results->work_count && strcmp(results->designs[i]->name, design) == 0; j++)
            if (strcmp(results->works[j]->name, work) == 0)
                return &results->cells[i][j];
    return NULL;
}

static bool read_numbers(const char *text, struct compare_reading *reading)
{
    uint64_t numbers[COMPARE_READING_WORDS];
    for (size_t i = 0; i < COMPARE_READING_WORDS; i++) {
        char *end;
        errno = 0;
        numbers[i] = strtoull(text, &end, 10);
        if (end == text || errno != 0)
            return false;
        text = end;
    }
    memcpy(reading, numbers, sizeof *reading);
    return *text == '\0';
}

/* What is counted is told as of any machine; the time of the last batches is instructions. */
static void take(struct compare_cell *cell, const struct compare_reading *reading)
{
    uint64_t from = reading->at[1][COMPARE_TIME], to = reading->at[2][COMPARE_TIME];
    if (compare_is_flood(cell->work))
        from = 0, to = reading->at[1][COMPARE_TIME];
    compare_tell(cell, reading);
    cell->weight.known = cell->counted && cell->work->kind != COMPARE_KILL && to > from;
    if (cell->weight.known)
        cell->weight.instructions = (double)(to - from) / (double)reading->operations;
}

/* compare: DESIGN WORK NUMBER... */
static void take_line(void *context, const char *line)
{
    struct reader *reader = context;
    struct compare_reading reading;
    char design[NAME], work[NAME];
    int length = 0;
    if (sscanf(line, "compare: %31s %31s%n", design, work, &length) == 2 && length > 0) {
        struct compare_cell *cell = cell_of(reader->results, design, work);
        if (progress_due(&reader->bench->progress))
            progress_show(&reader->bench->progress, "riscv64: %s, %s", work, design);
        if (cell != NULL && read_numbers(line + length, &reading)) {
            take(cell, &reading);
            reader->cells++;
        } else if (reader->failed[0] == '\0') {
            snprintf(reader->failed, sizeof reader->failed, "%s", line + 9);
        }
    } else if (strncmp(line, "ukern: ", 7) == 0) {
        snprintf(reader->failed, sizeof reader->failed, "%s", line + 7);
    }
}

static void take_message(void *context, const char *line)
{
    struct reader *reader = context;
    if (reader->failed[0] == '\0')
        snprintf(reader->failed, sizeof reader->failed, "%s", line);
}

static uint64_t chosen_bits(const struct compare_results *results)
{
    const struct compare_design *design;
    uint64_t bits = 0;
    for (size_t i = 0; (design = compare_design_at(i)) != NULL; i++)
        for (size_t j = 0; j < results->design_count; j++)
            bits |= results->designs[j] == design ? (uint64_t)1 << i : 0;
    return bits;
}

static size_t clear_cells(struct compare_results *results)
{
    size_t wanted = 0;
    for (size_t i = 0; i < results->design_count; i++)
        for (size_t j = 0; j < results->work_count; j++) {
            bool tried = compare_applies(results->designs[i], results->works[j]);
            results->cells[i][j] =
                (struct compare_cell){.design = results->designs[i], .work = results->works[j], .tried = tried};
            wanted += tried;
        }
    return wanted;
}

static bool run(struct bench_riscv64 *bench, struct compare_results *results)
{
    char image[PATH_MAX], words[64];
    struct reader reader = {.bench = bench, .results = results};
    struct bench_process process = {
        .words = {bench->emulator, "-M", "virt", "-bios", "default", "-m", "256", "-display", "none", "-no-user-config",
                  "-nodefaults", "-serial", "stdio", "-icount", "shift=0,sleep=off", "-kernel", image, "-append", words},
        .output = {take_line, &reader}, .messages = {take_message, &reader}, .seconds = TIMEOUT_S};
    size_t wanted = clear_cells(results);
    int code;
    snprintf(words, sizeof words, "designs=%" PRIu64 "%s", chosen_bits(results), results->options->quick ? " quick" : "");
    if (!bench_images_find(bench, "compare.elf", image) || !bench_process_run(bench, &process, &code))
        return false;
    progress_hide(&bench->progress);
    if (code == 0 && reader.cells == wanted)
        return true;
    return bench_riscv64_fail(bench, "on riscv64 %zu of %zu cells could be read%s%s", reader.cells, wanted,
                              reader.failed[0] != '\0' ? ": " : "", reader.failed);
}

/* Ratios are to the first design, as those of time. */
static void compare_all(struct compare_results *results)
{
    for (size_t j = 0; j < results->work_count; j++) {
        const struct compare_cell *base = &results->cells[0][j];
        for (size_t i = 0; i < results->design_count; i++)
            if (base->weight.known && results->cells[i][j].weight.known)
                results->cells[i][j].weight.ratio = results->cells[i][j].weight.instructions / base->weight.instructions;
    }
}

int compare_weigh(struct compare_results *results)
{
    struct bench_options options = {.machine = "riscv64", .images = results->options->images};
    struct bench_riscv64 *bench = calloc(1, sizeof *bench);
    int code = BENCH_EXIT_UNMEASURED;
    if (bench == NULL)
        return code;
    bench->options = &options;
    progress_open(&bench->progress, stderr);
    if (!bench_riscv64_find(bench))
        code = EXIT_USAGE;
    else if (!boot_signals_open(&bench->signals))
        (void)bench_riscv64_fail(bench, "cannot watch signals: %s", strerror(errno));
    else if (bench_images_build(bench, "compare.elf") && run(bench, results))
        code = 0;
    compare_all(results);
    struct boot_signals signals = bench->signals;
    boot_signals_close(&signals);
    if (bench->error[0] != '\0' && signals.stopped == 0)
        fprintf(stderr, "ukern: %s\n", bench->error);
    free(bench);
    boot_signals_obey(&signals);
    return code;
}
