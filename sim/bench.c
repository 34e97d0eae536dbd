/* SPDX-License-Identifier: MIT */
/* `ukern bench`: measures the kernel and what the host offers for the same job, in one process, in interleaved pairs; or,
 * on a bare machine, what bench_riscv64.c counts. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bench.h"
#include "sim/sim.h"

static const char help[] =
    "usage: ukern bench [OPTION...]\n"
    "\n"
    "Measures the kernel on this machine, and beside it what Linux offers for the same job. Each measurement is made in\n"
    "turns with the one that it is compared to, in short batches, and only the median of the ratios pair by pair counts:\n"
    "so other load on the machine disturbs both sides alike. The process keeps to one processor.\n"
    "\n"
    "  --json FILE       also write all samples in Google Benchmark's schema\n"
    "  --quick           fewer and shorter batches; a million objects are scaled from 10,000\n"
    "  --filter TEXT     only names that contain TEXT\n"
    "  --loop NAME N     perform N operations of the case NAME and nothing else: for strace, perf, valgrind\n"
    "\n"
    "  --machine riscv64 count instructions on a bare riscv64 machine, which QEMU plays with a clock that counts them:\n"
    "                    of one operation, user and kernel apart, beside seL4's. The same numbers in every run. Images are\n"
    "                    built first, from the sources of this command, unless there is nothing to build\n"
    "  --breakdown       there: which part of the kernel each instruction of call_reply_4w is for; with --filter NAME, of\n"
    "                    another case\n"
    "  --images FOLDER   there: the images are in FOLDER, a build of the preset riscv64; nothing is built\n"
    "\n"
    "Exit code: 0, whether bars are met or not; 1 when something could not be measured; 2 for words that make no sense, or\n"
    "programs that are missing.\n"
    "\n"
    "example: ukern bench --quick --filter call_reply\n";

static const struct {
    const struct bench_case *cases;
    const size_t *count;
} families[] = {{bench_host_cases, &bench_host_count},
                {bench_kernel_cases, &bench_kernel_count},
                {bench_page_cases, &bench_page_count},
                {bench_crowd_cases, &bench_crowd_count}};

const struct bench_case *bench_case_at(size_t index)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (index < *families[i].count)
            return &families[i].cases[index];
        index -= *families[i].count;
    }
    return NULL;
}

const struct bench_case *bench_case_find(const char *name)
{
    const struct bench_case *about;
    for (size_t i = 0; (about = bench_case_at(i)) != NULL; i++)
        if (strcmp(about->name, name) == 0)
            return about;
    return NULL;
}

bool bench_wants(const struct bench_options *options, const char *name)
{
    return options->filter == NULL || strstr(name, options->filter) != NULL;
}

/* Both sides of a round trip on one processor: there they are fastest, and nothing migrates in between. */
static void keep_to_one_processor(void)
{
    cpu_set_t one;
    int cpu = sched_getcpu();
    CPU_ZERO(&one);
    CPU_SET(cpu >= 0 ? (unsigned)cpu : 0, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

static void measure_row(struct bench_results *results, const struct bench_case *about)
{
    struct bench_row *row = &results->rows[results->row_count];
    struct bench_pairs *pairs = malloc(sizeof *pairs);
    if (pairs == NULL || !bench_measure(about, bench_case_find("floor_two_switches"), results->options, pairs)) {
        printf("%-27s could not be measured here\n", about->name);
        results->failed++;
    } else {
        *row = (struct bench_row){.about = about, .pairs = pairs->count, .samples = pairs->a, .floors = pairs->ratio};
        row->median = bench_median(pairs->a.real, pairs->count);
        results->row_count++;
        bench_print_row(row);
    }
    free(pairs);
}

static bool write_json(const struct bench_results *results)
{
    const char *path = results->options->json;
    FILE *file = fopen(path, "w");
    bool good = file != NULL && bench_json_write(file, results);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "ukern: cannot write %s: %s; name a file that you may write\n", path, strerror(errno));
    return good;
}

static int measure_all(const struct bench_options *options)
{
    struct bench_results *results = calloc(1, sizeof *results);
    const struct bench_case *about;
    if (results == NULL)
        return BENCH_EXIT_UNMEASURED;
    results->options = options;
    keep_to_one_processor();
    bench_print_head(options);
    for (size_t i = 0; (about = bench_case_at(i)) != NULL && results->row_count < BENCH_ROWS_MAX; i++)
        if (bench_wants(options, about->name))
            measure_row(results, about);
    bench_figures(results);
    bool nothing = results->row_count + results->figure_count + results->failed == 0;
    if (nothing)
        fprintf(stderr, "ukern: no name contains %s\n", options->filter);
    int code = nothing ? EXIT_USAGE : results->failed != 0 ? BENCH_EXIT_UNMEASURED : 0;
    if (options->json != NULL && !write_json(results))
        code = EXIT_OUTPUT;
    free(results);
    return code;
}

/* The same work as in a measurement, once, and no word about it. */
static int loop(const char *name, const char *number)
{
    const struct bench_case *about = bench_case_find(name);
    struct bench_time took;
    char *end;
    uint64_t count = strtoull(number, &end, 10);
    if (about == NULL || *end != '\0' || count == 0) {
        fprintf(stderr, "ukern: --loop wants the name of a case and a number; see ukern bench --help\n");
        return EXIT_USAGE;
    }
    void *state = about->open(about);
    bool good = state != NULL && about->run(state, count, &took);
    if (state != NULL)
        about->close(state);
    return good ? 0 : BENCH_EXIT_UNMEASURED;
}

static int usage(const char *word)
{
    fprintf(stderr, "ukern: %s is no option of bench, or lacks its value; see ukern bench --help\n", word);
    return EXIT_USAGE;
}

/* On the machine that was named. */
static int measure(const struct bench_options *options)
{
    if (options->machine != NULL && strcmp(options->machine, "riscv64") == 0)
        return bench_riscv64(options);
    if (options->machine == NULL && !options->breakdown && options->images == NULL)
        return measure_all(options);
    if (options->machine == NULL)
        fprintf(stderr, "ukern: --breakdown and --images want --machine riscv64; see ukern bench --help\n");
    else
        fprintf(stderr, "ukern: there is no machine %s; name riscv64, or none\n", options->machine);
    return EXIT_USAGE;
}

int bench_command(int count, char **words)
{
    struct bench_options options = {.pairs = 101, .batch_ns = 400e3};
    for (int i = 0; i < count; i++) {
        int left = count - i - 1;
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return fputs(help, stdout) < 0;
        else if (strcmp(words[i], "--quick") == 0)
            options.quick = true, options.pairs = 31, options.batch_ns = 100e3;
        else if (strcmp(words[i], "--json") == 0 && left > 0)
            options.json = words[++i];
        else if (strcmp(words[i], "--filter") == 0 && left > 0)
            options.filter = words[++i];
        else if (strcmp(words[i], "--machine") == 0 && left > 0)
            options.machine = words[++i];
        else if (strcmp(words[i], "--images") == 0 && left > 0)
            options.images = words[++i];
        else if (strcmp(words[i], "--breakdown") == 0)
            options.breakdown = true;
        else if (strcmp(words[i], "--loop") == 0 && left > 1)
            return loop(words[i + 1], words[i + 2]);
        else
            return usage(words[i]);
    }
    return measure(&options);
}
