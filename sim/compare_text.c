/* SPDX-License-Identifier: MIT */
/* The text of `ukern compare`: a table for each workload as it is measured, then the claims. */
#include <stdlib.h>
#include <unistd.h>

#include "sim/compare_results.h"

/* Counts may be parts of one: 0.03 entries for each of 64 requests. */
const char *compare_number(double number, char text[24])
{
    double size = number < 0 ? -number : number;
    bool whole = size < 1e15 && size == (double)(uint64_t)size;
    snprintf(text, 24, "%.*f", whole || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3, number);
    return text;
}

const char *compare_time(double nanoseconds, char text[24])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    unsigned unit = 0;
    while (unit < 3 && nanoseconds >= 999.5)
        nanoseconds /= 1000, unit++;
    snprintf(text, 24, "%.*f %s", nanoseconds >= 99.95 ? 0 : nanoseconds >= 9.995 ? 1 : 2, nanoseconds, units[unit]);
    return text;
}

void compare_print_head(const struct compare_results *results)
{
    double load[3] = {0, 0, 0};
    (void)!getloadavg(load, 3);
    printf("%zu designs, %zu workloads; %ld processors, load %.2f; %u pairs of batches of %.0f us with %s\n",
           results->design_count, results->work_count, sysconf(_SC_NPROCESSORS_ONLN), load[0], results->measure.pairs,
           results->measure.batch_ns / 1e3, compare_design_at(0)->name);
    printf("of one operation: kernel entries, context switches, scheduler picks, words copied, pages mapped and unmapped\n"
           "the first row is %s against itself: by what its ratio is not 1, the machine was disturbed\n",
           compare_design_at(0)->name);
    for (size_t i = 0; i < results->design_count; i++)
        printf("%s%-12s %s\n", i == 0 ? "\n" : "", results->designs[i]->name, results->designs[i]->what);
    fflush(stdout);
}

static void print_cell(const struct compare_cell *cell)
{
    char text[6][24], interval[64] = "";
    const struct compare_counts *counts = &cell->counts;
    if (!cell->tried)
        return;
    const double numbers[] = {counts->entries, counts->switches, counts->picks, counts->words, counts->maps};
    printf("  %-12s", cell->design->name);
    for (size_t i = 0; i < 5; i++)
        printf(" %8s", cell->counted ? compare_number(numbers[i], text[i]) : "-");
    if (cell->timed) {
        snprintf(interval, sizeof interval, "[%.3g, %.3g]", cell->ratio.low, cell->ratio.high);
        printf("  %9s %8.3g  %-15s", compare_time(cell->time_ns.value, text[5]), cell->ratio.value, interval);
    } else {
        printf("  %9s %8s  %-15s", "-", "-", "");
    }
    printf(" %s\n", cell->saw);
}

void compare_print_work(const struct compare_results *results, size_t work)
{
    const struct compare_work *about = results->works[work];
    printf("\n%s: %s\n  %-12s %8s %8s %8s %8s %8s  %9s %8s  %-15s %s\n", about->name, about->what, "design", "entries",
           "switches", "picks", "words", "pages", "median", "ratio", "95 % of that", "the client saw");
    for (size_t i = 0; i < results->design_count; i++)
        print_cell(&results->cells[i][work]);
    fflush(stdout);
}

void compare_print_claims(const struct compare_results *results)
{
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    size_t count = compare_claims(results, claims);
    printf("\nWhat people say, and what this machine says:\n");
    for (size_t i = 0; i < count; i++)
        printf("\n  \"%s\"\n  %s: %s\n    decided by %s\n", claims[i].claim, compare_verdict_name(claims[i].verdict),
               claims[i].found, claims[i].row);
    fflush(stdout);
}
