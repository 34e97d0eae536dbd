/* SPDX-License-Identifier: MIT */
/* The limits of <ukern/transfer.h> as the works look-* of this run show them: of the sizes that were measured, none between. */
#include <math.h>

#include "sim/compare_results.h"

const char *const compare_means[] = {"registers", "buffer", "cow", "share"};
enum { MEANS = sizeof compare_means / sizeof compare_means[0] };

/* Times as ratios within pairs, or instructions, both to be compared within a work only. What is never asked to carry so much
 * is never the cheapest; below 0: not known. */
static double cost(const struct compare_results *results, const char *design, const struct compare_work *work,
                   enum compare_machine machine)
{
    const struct compare_cell *cell = compare_cell_find(results, design, work->name);
    if (cell != NULL && !compare_applies(cell->design, work))
        return INFINITY;
    if (cell == NULL || !(machine == COMPARE_BARE ? cell->weight.known : cell->timed))
        return -1;
    return machine == COMPARE_BARE ? cell->weight.instructions : cell->ratio.value;
}

/* MEANS: not all are known. */
static size_t cheapest(const struct compare_results *results, const struct compare_work *work, enum compare_machine machine)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t i = 0; i < MEANS; i++) {
        double costs = cost(results, compare_means[i], work, machine);
        if (costs < 0)
            return MEANS;
        if (costs < least)
            best = i, least = costs;
    }
    return best;
}

bool compare_find_limits(const struct compare_results *results, enum compare_machine machine,
                         struct uk_transfer_limits *limits)
{
    uint32_t largest = 0;
    *limits = (struct uk_transfer_limits){0, 0, 0};
    for (size_t i = 0; i < results->work_count; i++) {
        const struct compare_work *work = results->works[i];
        if (work->kind != COMPARE_LOOK)
            continue;
        size_t best = cheapest(results, work, machine);
        if (best == MEANS)
            return false;
        largest = work->bytes;
        if (best == UK_TRANSFER_REGISTERS)
            limits->registers = largest;
        if (best <= UK_TRANSFER_COPY)
            limits->copied = largest;
        if (best <= UK_TRANSFER_SNAPSHOT)
            limits->snapshot = largest;
    }
    if (limits->copied == largest)
        limits->copied = UK_FOREVER;
    if (limits->snapshot == largest)
        limits->snapshot = UK_FOREVER;
    return largest != 0;
}

void compare_print_limits(const struct compare_results *results)
{
    for (unsigned machine = 0; machine < COMPARE_MACHINES; machine++) {
        struct uk_transfer_limits limits;
        if (compare_find_limits(results, (enum compare_machine)machine, &limits))
            printf("\n  for <ukern/transfer.h>, by the sizes of look-*%s: --limits %llu,%llu,%llu\n",
                   machine == COMPARE_BARE ? " on riscv64" : "", (unsigned long long)limits.registers,
                   (unsigned long long)limits.copied, (unsigned long long)limits.snapshot);
    }
    fflush(stdout);
}
