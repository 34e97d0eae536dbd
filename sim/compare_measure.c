/* SPDX-License-Identifier: MIT */
/* Times of a design against direct rendezvous by the method of `ukern bench`: interleaved pairs, medians of ratios. */
#include <stdlib.h>
#include <string.h>

#include "sim/compare_results.h"

static void *open_cell(const struct bench_case *self)
{
    const struct compare_cell *cell = self->detail;
    return compare_world_open(cell->design, cell->work, cell->files);
}

/* A turn of one client: so a crowd's batches are long enough to forget how each of them was woken. */
static bool run_cell(void *state, uint64_t count, struct bench_time *took)
{
    struct compare_world *world = state;
    struct compare_time time;
    double clients = world->work->kind == COMPARE_CROWD ? world->work->clients : 1;
    if (!compare_world_run(world, count, &time))
        return false;
    *took = (struct bench_time){(double)time.real / clients, (double)time.cpu / clients};
    return true;
}

static void close_cell(void *state) { compare_world_close(state); }

static struct bench_case case_of(const struct compare_cell *cell)
{
    return (struct bench_case){.name = cell->work->name,
                               .what = cell->work->what,
                               .open = open_cell,
                               .run = run_cell,
                               .close = close_cell,
                               .detail = cell};
}

static struct bench_value of_one(struct bench_value turn, const struct compare_work *work)
{
    double each = work->requests;
    return (struct bench_value){turn.value / each, turn.low / each, turn.high / each};
}

void compare_measure_remap(struct compare_results *results)
{
    const struct compare_cell *copied = compare_cell_find(results, compare_design_at(0)->name, "echo-1MiB");
    struct bench_pairs *pairs = malloc(sizeof *pairs);
    if (pairs != NULL && copied != NULL && copied->timed) {
        struct bench_case copies = case_of(copied);
        struct compare_floor *floor = &results->remap;
        floor->known = bench_measure(bench_case_find(BENCH_PAGES_MAPPED), &copies, &results->measure, pairs);
        floor->ratio = pairs->ratio;
        floor->time_ns = bench_median(pairs->a.real, pairs->count);
    }
    free(pairs);
}

static bool time_cell(struct compare_cell *cell, const struct compare_results *results)
{
    const struct compare_cell base = {.design = compare_design_at(0), .work = cell->work, .files = cell->files};
    struct bench_case a = case_of(cell), b = case_of(&base);
    struct bench_pairs *pairs = malloc(sizeof *pairs);
    if (pairs != NULL && bench_measure(&a, &b, &results->measure, pairs)) {
        cell->timed = true;
        cell->ratio = pairs->ratio;
        cell->time_ns = of_one(bench_median(pairs->a.real, pairs->count), cell->work);
    }
    free(pairs);
    return cell->timed;
}

/* Where the first design starves there is nothing to compare to, and a server is killed only once. */
static bool is_timed(const struct compare_cell *cell)
{
    return cell->counted && cell->work->kind != COMPARE_KILL && cell->work->kind != COMPARE_POST;
}

bool compare_measure(struct compare_results *results, size_t work)
{
    bool good = true;
    for (size_t i = 0; i < results->design_count; i++) {
        struct compare_cell *cell = &results->cells[i][work];
        *cell = (struct compare_cell){.design = results->designs[i],
                                      .work = results->works[work],
                                      .files = results->files,
                                      .weight = cell->weight};
        if (!compare_applies(cell->design, cell->work))
            continue;
        cell->tried = true;
        good = compare_count(cell) && (!is_timed(cell) || time_cell(cell, results)) && good;
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
