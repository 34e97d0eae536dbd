/* SPDX-License-Identifier: MIT */
/* What a reading says of one operation, and in words what its client saw; the same whichever machine was read. */
#include <stdio.h>
#include <string.h>

#include "sim/compare_results.h"

static struct compare_counts counts_of(const double part[COMPARE_COUNTS])
{
    return (struct compare_counts){.entries = part[COMPARE_ENTRIES],
                                   .switches = part[COMPARE_SWITCHES],
                                   .picks = part[COMPARE_PICKS],
                                   .bytes = (double)sizeof(uk_word) * part[COMPARE_WORDS],
                                   .maps = part[COMPARE_PAGES]};
}

static double operations_of(const struct compare_reading *reading)
{
    return reading->operations > 0 ? (double)reading->operations : 1;
}

/* (c - b) - (b - a), of one operation. */
static void count_batches(struct compare_cell *cell, const struct compare_reading *reading)
{
    double part[COMPARE_COUNTS];
    for (size_t i = 0; i < COMPARE_COUNTS; i++) {
        double a = (double)reading->at[0][i], b = (double)reading->at[1][i], c = (double)reading->at[2][i];
        part[i] = ((c - b) - (b - a)) / operations_of(reading);
    }
    cell->counts = counts_of(part);
    cell->counted = true;
    snprintf(cell->saw, sizeof cell->saw, "%s%s", uk_status_name(UK_OK),
             cell->work->kind == COMPARE_LIST && reading->seen >= COMPARE_NAMES ? ", and every name once" : "");
}

static void count_between(struct compare_cell *cell, const struct compare_reading *reading)
{
    double part[COMPARE_COUNTS];
    for (size_t i = 0; i < COMPARE_COUNTS; i++)
        part[i] = ((double)reading->at[1][i] - (double)reading->at[0][i]) / operations_of(reading);
    cell->counts = counts_of(part);
    cell->counted = true;
}

static void count_flood(struct compare_cell *cell, const struct compare_reading *reading)
{
    const char *status = uk_status_name((enum uk_status)reading->status);
    double hostile = (double)reading->hostile;
    count_between(cell, reading);
    cell->counted = !reading->waits && reading->status == UK_OK;
    if (reading->waits)
        snprintf(cell->saw, sizeof cell->saw, "starved: %llu calls, then none any more",
                 (unsigned long long)reading->operations);
    else
        snprintf(cell->saw, sizeof cell->saw, "%s %llu times; the flood asked %.1f times for each, %.0f %% refused", status,
                 (unsigned long long)reading->operations, hostile / operations_of(reading),
                 hostile > 0 ? 100.0 * (double)reading->refused / hostile : 0);
}

static void count_kill(struct compare_cell *cell, const struct compare_reading *reading)
{
    count_between(cell, reading);
    snprintf(cell->saw, sizeof cell->saw, "%s",
             reading->crashed ? "a system crash"
             : reading->waits ? "nothing: it waits for ever"
                              : uk_status_name((enum uk_status)reading->status));
}

void compare_tell(struct compare_cell *cell, const struct compare_reading *reading)
{
    if (compare_is_flood(cell->work))
        count_flood(cell, reading);
    else if (cell->work->kind == COMPARE_KILL)
        count_kill(cell, reading);
    else
        count_batches(cell, reading);
}

bool compare_count(struct compare_cell *cell)
{
    struct compare_reading reading;
    bool good = compare_read(cell->design, cell->work, cell->files, &reading);
    if (good)
        compare_tell(cell, &reading);
    return good;
}
