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

const char *compare_ratio(double ratio, char text[24])
{
    snprintf(text, 24, ratio >= 999.5 ? "%.0f" : "%.3g", ratio);
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

/* Where one operation takes thousands of instructions, parts of one are of no interest. */
static const char *instructions_of(const struct compare_cell *cell, char text[24])
{
    double number = cell->weight.instructions;
    return cell->weight.known ? compare_number(number < 1000 ? number : (double)(uint64_t)(number + 0.5), text) : "-";
}

static void print_machine(const struct compare_results *results)
{
    double load[3] = {0, 0, 0};
    if (results->options->bare)
        printf("on riscv64: instructions of one operation, user and kernel, and their ratio to those of %s\n",
               compare_design_at(0)->name);
    if (!results->options->hosted)
        return;
    (void)!getloadavg(load, 3);
    printf("here: the median time of one operation, and its ratio to that of %s, in %u pairs of batches of %.0f us;\n"
           "      %ld processors, load %.2f; the first row is %s against itself: by what its ratio is not 1, the machine was "
           "disturbed\n",
           compare_design_at(0)->name, results->measure.pairs, results->measure.batch_ns / 1e3, sysconf(_SC_NPROCESSORS_ONLN),
           load[0], compare_design_at(0)->name);
}

void compare_print_head(const struct compare_results *results)
{
    printf("%zu designs, %zu workloads\n"
           "of one operation: kernel entries, context switches, scheduler picks, bytes copied by the kernel, pages mapped and "
           "unmapped\n",
           results->design_count, results->work_count);
    print_machine(results);
    for (size_t i = 0; i < results->design_count; i++)
        printf("%s%-12s %s\n", i == 0 ? "\n" : "", results->designs[i]->name, results->designs[i]->what);
    fflush(stdout);
}

static void print_time(const struct compare_cell *cell)
{
    char text[24], ratio[24], low[24], high[24], interval[64];
    snprintf(interval, sizeof interval, "[%s, %s]", compare_ratio(cell->ratio.low, low), compare_ratio(cell->ratio.high, high));
    if (cell->timed)
        printf("  %9s %8s  %-16s", compare_time(cell->time_ns.value, text), compare_ratio(cell->ratio.value, ratio), interval);
    else
        printf("  %9s %8s  %-16s", "-", "-", "");
}

static void print_weight(const struct compare_cell *cell)
{
    const struct compare_weight *weight = &cell->weight;
    char text[24], ratio[24];
    bool known = weight->known && weight->ratio > 0;
    printf("  %9s %8s", instructions_of(cell, text), known ? compare_ratio(weight->ratio, ratio) : "-");
}

static void print_cell(const struct compare_results *results, const struct compare_cell *cell)
{
    char text[24];
    const struct compare_counts *counts = &cell->counts;
    const double numbers[] = {counts->entries, counts->switches, counts->picks, counts->bytes, counts->maps};
    if (!cell->tried)
        return;
    printf("  %-12s", cell->design->name);
    for (size_t i = 0; i < 5; i++)
        printf(" %8s", cell->counted ? compare_number(numbers[i], text) : "-");
    if (results->options->bare)
        print_weight(cell);
    if (results->options->hosted)
        print_time(cell);
    printf("  %s\n", cell->saw);
}

void compare_print_work(const struct compare_results *results, size_t work)
{
    const struct compare_work *about = results->works[work];
    printf("\n%s: %s\n  %-12s %8s %8s %8s %8s %8s", about->name, about->what, "design", "entries", "switches", "picks",
           "bytes", "pages");
    if (results->options->bare)
        printf("  %9s %8s", "instrs", "ratio");
    if (results->options->hosted)
        printf("  %9s %8s  %-16s", "median", "ratio", "95 % of that");
    printf("  the client saw\n");
    for (size_t i = 0; i < results->design_count; i++)
        print_cell(results, &results->cells[i][work]);
    fflush(stdout);
}

void compare_print_claims(const struct compare_results *results)
{
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    size_t count = compare_claims(results, claims);
    printf("\nWhat people say, and what this machine says:\n");
    for (size_t i = 0; i < count; i++) {
        printf("\n  \"%s\"\n", claims[i].claim);
        for (unsigned j = 0; j < COMPARE_MACHINES; j++) {
            const struct compare_finding *finding = &claims[i].findings[j];
            if (finding->verdict != COMPARE_UNDECIDED)
                printf("  %s%s: %s\n    decided by %s\n", j == COMPARE_BARE ? "on riscv64: " : "",
                       compare_verdict_name(finding->verdict), finding->found, finding->row);
        }
    }
    fflush(stdout);
}
