/* SPDX-License-Identifier: MIT */
/* The limits of <ukern/transfer.h> as the works look-* of this run show them: of the sizes that were measured, none between. */
#include "sim/compare_results.h"

/* Times as ratios within pairs, or instructions; below 0: not known. */
static double cost(const struct compare_results *results, const char *design, const struct compare_work *work,
                   enum compare_machine machine)
{
    const struct compare_cell *cell = compare_cell_find(results, design, work->name);
    if (cell == NULL || !(machine == COMPARE_BARE ? cell->weight.known : cell->timed))
        return -1;
    if (machine == COMPARE_BARE)
        return cell->weight.instructions;
    return cell->design == compare_design_at(0) ? 1 : cell->ratio.value;
}

bool compare_find_limits(const struct compare_results *results, enum compare_machine machine,
                         struct uk_transfer_limits *limits)
{
    uint32_t largest = 0;
    *limits = (struct uk_transfer_limits){0, 1};
    for (size_t i = 0; i < results->work_count; i++) {
        const struct compare_work *work = results->works[i];
        if (work->kind != COMPARE_LOOK)
            continue;
        double copied = cost(results, "rendezvous", work, machine), lazy = cost(results, "cow", work, machine);
        double shared = cost(results, "share", work, machine);
        if (copied < 0 || lazy < 0 || shared < 0)
            return false;
        largest = work->bytes;
        if (copied <= lazy && copied <= shared)
            limits->copied = work->bytes;
        if (lazy <= shared)
            limits->snapshot = work->bytes;
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
            printf("\n  for <ukern/transfer.h>, by the sizes of look-*%s: --limits %llu,%llu\n",
                   machine == COMPARE_BARE ? " on riscv64" : "", (unsigned long long)limits.copied,
                   (unsigned long long)limits.snapshot);
    }
    fflush(stdout);
}
