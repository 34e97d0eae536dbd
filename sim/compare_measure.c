/* SPDX-License-Identifier: MIT */
/* Times of a design against direct rendezvous by the method of `ukern bench`: interleaved pairs, medians of ratios. */
#include <stdlib.h>
#include <string.h>

#include "sim/compare.h"

static void *open_cell(const struct bench_case *self)
{
    const struct compare_cell *cell = self->detail;
    return compare_world_open(cell->design, cell->work);
}

/* An operation is what the work's row says: one request of a batch, one call of a crowd. */
static bool run_cell(void *state, uint64_t count, struct bench_time *took)
{
    const struct compare_world *world = state;
    double each = world->work->kind == COMPARE_CROWD ? world->work->clients : world->work->requests;
    if (!compare_world_run(state, count, took))
        return false;
    took->real /= each;
    took->cpu /= each;
    return true;
}

static struct bench_case case_of(const struct compare_cell *cell)
{
    return (struct bench_case){.name = cell->work->name,
                               .what = cell->work->what,
                               .open = open_cell,
                               .run = run_cell,
                               .close = compare_world_close,
                               .detail = cell};
}

static void time_cell(struct compare_cell *cell, const struct compare_results *results)
{
    const struct compare_cell base = {.design = compare_design_at(0), .work = cell->work};
    struct bench_case a = case_of(cell), b = case_of(&base);
    struct bench_pairs *pairs = malloc(sizeof *pairs);
    if (pairs != NULL && bench_measure(&a, &b, &results->measure, pairs)) {
        cell->timed = true;
        cell->ratio = pairs->ratio;
        cell->time_ns = bench_median(pairs->a.real, pairs->count);
    }
    free(pairs);
}

/* Where the first design starves there is nothing to compare to, and a server is killed only once. */
static bool is_timed(const struct compare_cell *cell)
{
    return cell->counted && cell->work->kind != COMPARE_KILL && cell->work->kind != COMPARE_POST;
}

bool compare_applies(const struct compare_design *design, const struct compare_work *work)
{
    if (work->kind == COMPARE_OPERATIONS)
        return design->operate != NULL || design == compare_design_at(0);
    if (design->exchange == NULL)
        return false;
    return (design->bytes_max == 0 || work->bytes <= design->bytes_max) && (!design->payload_only || work->bytes > 0);
}

bool compare_measure(struct compare_results *results, size_t work)
{
    bool good = true;
    for (size_t i = 0; i < results->design_count; i++) {
        struct compare_cell *cell = &results->cells[i][work];
        *cell = (struct compare_cell){.design = results->designs[i], .work = results->works[work]};
        if (!compare_applies(cell->design, cell->work))
            continue;
        cell->tried = true;
        good = compare_count(cell) && good;
        if (is_timed(cell))
            time_cell(cell, results);
    }
    return good;
}

const struct compare_cell *compare_cell_find(const struct compare_results *results, const char *design, const char *work)
{
    for (size_t i = 0; i < results->design_count; i++)
        for (size_t j = 0; j < results->work_count && strcmp(results->designs[i]->name, design) == 0; j++)
            if (strcmp(results->works[j]->name, work) == 0)
                return &results->cells[i][j];
    return NULL;
}
