/* SPDX-License-Identifier: MIT */
/* What the files of `ukern bench --machine riscv64` share: an image that counts, runs of it in QEMU, and what they told. */
#ifndef SIM_BENCH_RISCV64_H
#define SIM_BENCH_RISCV64_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/bench.h"
#include "sim/boot_signals.h"
#include "sim/report.h"

/* All of a bench. */
struct bench_riscv64 {
    const struct bench_options *options;
    struct boot_signals signals;
    struct progress progress;
    char emulator[PATH_MAX];
    char folder[PATH_MAX]; /* where the images are */
    char error[3 * PATH_MAX];
};

/* Finds the emulator, and the tools that build images unless there are some. False: see `error`. */
bool bench_riscv64_find(struct bench_riscv64 *bench);

/* False, always; sets `error`. */
__attribute__((format(printf, 2, 3))) bool bench_riscv64_fail(struct bench_riscv64 *bench, const char *format, ...);

/* Processes (bench_riscv64_process.c). ------------------------------------------------------------------------------ */

/* Whoever wants the lines that a process writes, without their ends. `take` may be NULL. */
struct bench_reader {
    void (*take)(void *context, const char *line);
    void *context;
};

struct bench_process {
    const char *words[32]; /* the first one is looked up in PATH, unless it has a slash */
    const char *input;     /* its standard input; NULL: nothing */
    struct bench_reader output, messages;
    unsigned seconds; /* that it may take */
};

/* Runs it to its end. False, with `error` set: it could not be started, was too slow, or a signal asked to stop. */
bool bench_process_run(struct bench_riscv64 *bench, const struct bench_process *process, int *code);

/* Images (bench_riscv64_images.c). ----------------------------------------------------------------------------------- */

/* Sets `folder`: that of --images, or one in which the whole system's image and this one were built now. */
bool bench_images_build(struct bench_riscv64 *bench, const char *image);
/* The path of a file in that folder; false: there is none. */
bool bench_images_find(struct bench_riscv64 *bench, const char *name, char path[PATH_MAX]);

/* Sizes of a kernel image, in bytes. */
struct bench_image {
    uint64_t file, loaded; /* all of it, and what of it is loaded */
    uint64_t code;         /* the kernel's */
    uint64_t code_address;
};
bool bench_images_weigh(struct bench_riscv64 *bench, const char *name, struct bench_image *image);

/* Runs (bench_riscv64_guest.c). --------------------------------------------------------------------------------------- */

#define BENCH_RUNS_MAX 64
#define BENCH_NAME     48

/* What a machine said of one run of a case; user instructions are known of a logged run only. */
struct bench_run {
    char name[BENCH_NAME];
    uint64_t rounds, instructions, user;
};

/* An instruction of those that are logged: where, and is it the user's? */
struct bench_log {
    void (*step)(void *context, uint64_t address, bool user);
    void *context;
    const char *ranges; /* of addresses, as QEMU's -dfilter takes them */
};

struct bench_guest {
    struct bench_run runs[BENCH_RUNS_MAX];
    size_t count;
};

/* Addresses of the program in the image, as -dfilter takes them. */
#define BENCH_PROGRAM_RANGE "0x7f8000000000+0x1000000"

/* `name`: one case; NULL: all. `log`: NULL: nothing is logged. */
bool bench_guest_run(struct bench_riscv64 *bench, const char *name, unsigned rounds, const struct bench_log *log,
                     struct bench_guest *guest);
/* The same with every user instruction counted. */
bool bench_guest_count(struct bench_riscv64 *bench, const char *name, unsigned rounds, struct bench_guest *guest);
/* Instructions of one round: the slope between two runs. False: it is no whole number, or these are not two such runs. */
bool bench_guest_slope(const struct bench_run *once, const struct bench_run *twice, uint64_t *total, uint64_t *user);

/* Results (bench_riscv64_table.c). ------------------------------------------------------------------------------------ */

struct bench_count {
    char name[BENCH_NAME];
    uint64_t rounds, total, user;
};

struct bench_counts {
    struct bench_count rows[BENCH_RUNS_MAX / 2];
    size_t count;
    struct bench_image image;
    uint64_t memory; /* bytes that are in use at the prompt; 0: unknown */
};

void bench_counts_print(const struct bench_counts *counts);
void bench_sizes_print(const struct bench_counts *counts);
/* False: the file could not be written. */
bool bench_counts_json(FILE *file, const struct bench_counts *counts);

/* Where the instructions of one round go (bench_riscv64_breakdown.c). Needs this tool. */
#define BENCH_ADDRESS_TOOL    "riscv64-unknown-elf-addr2line"
#define BENCH_ADDRESS_PACKAGE "binutils-riscv64-unknown-elf"
bool bench_breakdown(struct bench_riscv64 *bench, const char *name);

#endif
