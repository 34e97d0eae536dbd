/* SPDX-License-Identifier: MIT */
/* The results in Google Benchmark's schema, so that its tools (compare.py) read them; every number is finite. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/bench.h"

/* Only host names and paths come from outside. */
static void put_text(FILE *file, const char *text)
{
    putc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            fprintf(file, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            putc(*text, file);
    }
    putc('"', file);
}

static void put_key(FILE *file, const char *key, const char *value)
{
    fprintf(file, "      \"%s\": ", key);
    put_text(file, value);
    fputs(",\n", file);
}

static void put_context(FILE *file)
{
    char date[64] = "", host[256] = "", path[512] = "";
    double load[3] = {0, 0, 0};
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local) != NULL)
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S%z", &local);
    gethostname(host, sizeof host - 1);
    (void)!readlink("/proc/self/exe", path, sizeof path - 1);
    (void)!getloadavg(load, 3);
    fputs("  \"context\": {\n", file);
    put_key(file, "date", date);
    put_key(file, "host_name", host);
    put_key(file, "executable", path);
    put_key(file, "library_version", UK_VERSION_STRING);
    fprintf(file, "      \"num_cpus\": %ld,\n      \"mhz_per_cpu\": 0,\n      \"cpu_scaling_enabled\": false,\n",
            sysconf(_SC_NPROCESSORS_ONLN));
    fprintf(file, "      \"caches\": [],\n      \"load_avg\": [%.2f, %.2f, %.2f],\n", load[0], load[1], load[2]);
    fputs("      \"library_build_type\": \"release\"\n  },\n", file);
}

void bench_json_begin(FILE *file)
{
    fputs("{\n", file);
    put_context(file);
    fputs("  \"benchmarks\": [\n", file);
}

bool bench_json_end(FILE *file)
{
    fputs("\n  ]\n}\n", file);
    return fflush(file) == 0 && !ferror(file);
}

void bench_json_row(FILE *file, bool *comma, const char *name, const char *suffix, size_t family, const char *type,
                    unsigned repetitions)
{
    fprintf(file, "%s    {\n      \"name\": \"%s%s\",\n      \"family_index\": %zu,\n", *comma ? ",\n" : "", name,
            suffix, family);
    fprintf(file, "      \"per_family_instance_index\": 0,\n      \"run_name\": \"%s\",\n", name);
    fprintf(file, "      \"run_type\": \"%s\",\n      \"repetitions\": %u,\n      \"threads\": 1,\n", type, repetitions);
    *comma = true;
}

void bench_json_times(FILE *file, uint64_t iterations, double real, double cpu)
{
    fprintf(file, "      \"iterations\": %" PRIu64 ",\n      \"real_time\": %.6g,\n      \"cpu_time\": %.6g,\n",
            iterations, real, cpu);
    fputs("      \"time_unit\": \"ns\"", file);
}

static void put_row(FILE *file, bool *comma, const struct bench_row *row, size_t family)
{
    const char *name = row->about->name;
    struct bench_samples sorted = row->samples;
    for (unsigned i = 0; i < row->pairs; i++) {
        bench_json_row(file, comma, name, "", family, "iteration", row->pairs);
        fprintf(file, "      \"repetition_index\": %u,\n", i);
        bench_json_times(file, row->samples.batch, row->samples.real[i], row->samples.cpu[i]);
        fputs("\n    }", file);
    }
    bench_json_row(file, comma, name, "_median", family, "aggregate", row->pairs);
    fputs("      \"aggregate_name\": \"median\",\n      \"aggregate_unit\": \"time\",\n", file);
    bench_json_times(file, row->pairs, row->median.value, bench_median(sorted.cpu, row->pairs).value);
    fprintf(file, ",\n      \"times_floor\": %.6g,\n      \"times_floor_low\": %.6g,\n      \"times_floor_high\": %.6g",
            row->floors.value, row->floors.low, row->floors.high);
    fputs("\n    }", file);
}

/* A figure has no time of its own: its value and bar are counters. */
static void put_figure(FILE *file, bool *comma, const struct bench_figure *figure, size_t family)
{
    bench_json_row(file, comma, figure->name, "_median", family, "aggregate", 1);
    fputs("      \"aggregate_name\": \"median\",\n      \"aggregate_unit\": \"time\",\n", file);
    bench_json_times(file, 1, 0, 0);
    fprintf(file, ",\n      \"value\": %.6g,\n      \"value_low\": %.6g,\n      \"value_high\": %.6g",
            figure->value.value, figure->value.low, figure->value.high);
    if (!isinf(figure->bar))
        fprintf(file, ",\n      \"%s\": %g,\n      \"ok\": %d", figure->at_least ? "bar_at_least" : "bar_at_most",
                figure->bar, bench_figure_ok(figure));
    fputs("\n    }", file);
}

bool bench_json_write(FILE *file, const struct bench_results *results)
{
    bool comma = false;
    bench_json_begin(file);
    for (size_t i = 0; i < results->row_count; i++)
        put_row(file, &comma, &results->rows[i], i);
    for (size_t i = 0; i < results->figure_count; i++)
        put_figure(file, &comma, &results->figures[i], results->row_count + i);
    return bench_json_end(file);
}
