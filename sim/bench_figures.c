/* SPDX-License-Identifier: MIT */
/* The figures with bars: ratios of pairs measured in turns, counts, bytes, and the CPU time of a boot. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/bench.h"

enum {
    BOOTS = 15,
    CALLS = 2000,
    MILLION = 1000000
};

static struct bench_figure *figure_new(struct bench_results *results, const char *name, const char *unit, double bar,
                                       bool at_least)
{
    struct bench_figure *figure = &results->figures[results->figure_count];
    *figure = (struct bench_figure){.name = name, .unit = unit, .bar = bar, .at_least = at_least};
    return figure;
}

/* Kept and printed, or counted as failed. */
static void figure_end(struct bench_results *results, const struct bench_figure *figure, bool good)
{
    if (good) {
        results->figure_count++;
        bench_print_figure(figure);
    } else {
        results->failed++;
        printf("%-50s could not be measured here\n", figure->name);
    }
}

static void ratio(struct bench_results *results, const char *name, const char *a, const char *b, double bar,
                  bool at_least)
{
    struct bench_figure *figure = figure_new(results, name, "", bar, at_least);
    struct bench_pairs *pairs = malloc(sizeof *pairs);
    if (!bench_wants(results->options, name)) {
        free(pairs);
        return;
    }
    bool good = pairs != NULL && bench_measure(bench_case_find(a), bench_case_find(b), results->options, pairs);
    if (good) {
        figure->value = pairs->ratio;
        snprintf(figure->note, sizeof figure->note, "%u pairs; medians %.4g and %.4g ns", pairs->count,
                 bench_median(pairs->a.real, pairs->count).value, bench_median(pairs->b.real, pairs->count).value);
    }
    free(pairs);
    figure_end(results, figure, good);
}

/* The first call that makes up for a binding: what it costs, by what each call saves, in plain calls. Rises with both. */
static double first_that_pays(double bound, double bound_anew)
{
    return floor(fmax(bound_anew - bound, 0) / (1 - bound)) + 1;
}

/* SY-3, by ratios to a plain call, pair by pair; the interval is what theirs allow at worst. 0: a bound call saves nothing. */
static void tell_binding(struct bench_figure *figure, struct bench_value bound, struct bench_value anew)
{
    if (bound.high < 1)
        figure->value = (struct bench_value){first_that_pays(bound.value, anew.value), first_that_pays(bound.low, anew.low),
                                             first_that_pays(bound.high, anew.high)};
    snprintf(figure->note, sizeof figure->note, "%sit costs %.3g plain calls, and each call saves %.3g of one, [%.3g, %.3g]",
             bound.high < 1 ? "" : "perhaps never: ", anew.value - bound.value, 1 - bound.value, 1 - bound.high,
             1 - bound.low);
}

static void binding(struct bench_results *results, const char *name, const char *bind)
{
    struct bench_figure *figure = figure_new(results, name, "", INFINITY, false);
    const struct bench_case *call = bench_case_find("call_reply_0w");
    struct bench_pairs *pairs = malloc(2 * sizeof *pairs);
    if (!bench_wants(results->options, name)) {
        free(pairs);
        return;
    }
    bool good = pairs != NULL && bench_measure(bench_case_find("bound_call_0w"), call, results->options, &pairs[0]) &&
                bench_measure(bench_case_find(bind), call, results->options, &pairs[1]);
    if (good)
        tell_binding(figure, pairs[0].ratio, pairs[1].ratio);
    free(pairs);
    figure_end(results, figure, good);
}

/* N calls against 2 N calls, so that what the process does besides does not count. */
static void system_calls(struct bench_results *results)
{
    struct bench_figure *figure = figure_new(results, "host system calls per call_reply_4w", "", 0, false);
    uint64_t once, twice;
    if (!bench_wants(results->options, figure->name))
        return;
    bool good = bench_system_calls("call_reply_4w", CALLS, &once) &&
                bench_system_calls("call_reply_4w", 2 * CALLS, &twice);
    if (good) {
        double value = ((double)twice - (double)once) / CALLS;
        figure->value = (struct bench_value){value, value, value};
        snprintf(figure->note, sizeof figure->note,
                 "traced: %" PRIu64 " in all of a process that makes %d calls, %" PRIu64 " with twice as many", once,
                 CALLS, twice);
    }
    figure_end(results, figure, good);
}

static void memory(struct bench_results *results)
{
    struct bench_figure *figure =
        figure_new(results, "kernel memory of 1,000,000 threads and endpoints", "GiB", 1.5, false);
    struct bench_memory memory;
    if (!bench_wants(results->options, figure->name))
        return;
    bool good = bench_memory(results->options->quick ? MILLION / 100 : MILLION, &memory);
    if (good) {
        double value = memory.total * (MILLION / memory.count) / (1 << 30);
        figure->value = (struct bench_value){value, value, value};
        snprintf(figure->note, sizeof figure->note,
                 "%u of each made, and waiting: %.0f bytes a pair: thread %.0f, endpoint %.0f, the rest (slots) %.0f%s",
                 memory.count, memory.total / memory.count, memory.thread, memory.endpoint,
                 memory.total / memory.count - memory.thread - memory.endpoint,
                 memory.count < MILLION ? "; scaled" : "");
    }
    figure_end(results, figure, good);
}

static void boot(struct bench_results *results)
{
    struct bench_figure *figure = figure_new(results, "CPU time from boot to the shell's prompt", "ms", 50, false);
    double times[BOOTS];
    bool good = true;
    if (!bench_wants(results->options, figure->name))
        return;
    for (unsigned i = 0; i < BOOTS && good; i++)
        good = bench_boot_ms(&times[i]);
    if (good) {
        figure->value = bench_median(times, BOOTS);
        snprintf(figure->note, sizeof figure->note, "a whole process: ukern run with an empty archive and script, %d times",
                 BOOTS);
    }
    figure_end(results, figure, good);
}

void bench_figures(struct bench_results *results)
{
    printf("\n%-50s %9s %-5s %-20s %-8s\n", "figure", "median", "", "95 % interval", "bar");
    ratio(results, "call_reply_4w / floor_two_switches", "call_reply_4w", "floor_two_switches", 6, false);
    ratio(results, "pipe_round_trip / call_reply_4w", "pipe_round_trip", "call_reply_4w", 60, true);
    ratio(results, "call_reply_4w_among_100000 / among_10", "call_reply_4w_among_100000", "call_reply_4w_among_10", 1.5,
          false);
    ratio(results, "ring between tasks, batch of 64 / call and reply", "task_ring_64", "call_reply_0w", 0.5, false);
    binding(results, "binding pays from this call on", "bind_and_call_0w");
    binding(results, "making and binding pays from this call on", "make_bind_and_call_0w");
    system_calls(results);
    memory(results);
    boot(results);
}
