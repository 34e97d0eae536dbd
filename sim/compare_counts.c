/* SPDX-License-Identifier: MIT */
/* What an operation costs in counts that are the same in every run, and what the client saw when things went wrong. */
#include <stdio.h>
#include <string.h>

#include "sim/compare.h"

enum { MANY = 8 };

static struct compare_counts counts_of(const struct uk_counters *counters)
{
    return (struct compare_counts){(double)counters->entries, (double)counters->switches, (double)counters->picks,
                                   (double)counters->words_copied,
                                   (double)(counters->pages_mapped + counters->pages_unmapped)};
}

/* (c - b) - (b - a), of one operation. */
static double part(double a, double b, double c, double operations) { return ((c - b) - (b - a)) / operations; }

static struct compare_counts differ(const struct compare_counts at[3], double operations)
{
#define PART(field) part(at[0].field, at[1].field, at[2].field, operations)
    return (struct compare_counts){PART(entries), PART(switches), PART(picks), PART(words), PART(maps)};
#undef PART
}

static struct compare_counts between(const struct uk_counters *before, const struct uk_counters *after, double operations)
{
    struct compare_counts first = counts_of(before), last = counts_of(after);
#define PART(field) (last.field - first.field) / operations
    return (struct compare_counts){PART(entries), PART(switches), PART(picks), PART(words), PART(maps)};
#undef PART
}

/* A batch of MANY and one of twice as many differ by MANY operations exactly, whatever a batch itself costs. */
static bool count_batches(struct compare_cell *cell, struct compare_world *world)
{
    struct compare_counts at[3];
    struct uk_counters counters;
    struct bench_time took;
    for (unsigned i = 0; i < 3; i++) {
        if (!compare_world_run(world, i == 0 ? 1 : i * MANY, &took))
            return false;
        uk_counters(world->kernel, &counters);
        at[i] = counts_of(&counters);
    }
    const struct compare_work *work = cell->work;
    double each = work->kind == COMPARE_CROWD ? work->clients : work->requests;
    cell->counts = differ(at, MANY * each);
    return true;
}

/* The flood has no fixed length, so its cost is what one long batch took. */
static bool count_flood(struct compare_cell *cell, struct compare_world *world)
{
    enum { CALLS = 100 };
    struct uk_counters before, after;
    struct bench_time took;
    uint64_t hostile = 0, refused = 0;
    uk_counters(world->kernel, &before);
    bool good = compare_world_run(world, CALLS, &took);
    uk_counters(world->kernel, &after);
    for (uint32_t i = 1; i < cell->work->clients; i++)
        hostile += world->clients[i].done, refused += world->clients[i].refused;
    uint64_t done = world->clients[0].done;
    double calls = done > 0 ? (double)done : 1;
    cell->counts = between(&before, &after, calls);
    const char *status = uk_status_name((enum uk_status)world->clients[0].status);
    cell->counted = good;
    if (!good && world->clients[0].running)
        snprintf(cell->saw, sizeof cell->saw, "starved: %llu of %d calls, then none any more",
                 (unsigned long long)done, CALLS);
    else
        snprintf(cell->saw, sizeof cell->saw, "%s %llu times; the flood asked %.1f times for each, %.0f %% refused", status,
                 (unsigned long long)done, (double)hostile / calls,
                 hostile > 0 ? 100.0 * (double)refused / (double)hostile : 0);
    return true;
}

/* One call that hangs in the server; then the embedder kills it and lets the machine run on. */
static bool count_kill(struct compare_cell *cell, struct compare_world *world)
{
    struct compare_task *client = &world->clients[0], *server = &world->servers[0];
    struct uk_counters before, after;
    struct bench_time took;
    (void)compare_world_run(world, 1, &took);
    bool hung = client->running;
    uk_counters(world->kernel, &before);
    bool killed = world->design->kill != NULL
                      ? world->design->kill(server)
                      : BENCH_ASK(world->kernel, UK_THREAD_KILL, server->task.thread, 0) == UK_OK;
    if (!hung || !killed || uk_run(world->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        return false;
    uk_counters(world->kernel, &after);
    cell->counts = between(&before, &after, 1);
    if (client->running)
        snprintf(cell->saw, sizeof cell->saw, "nothing: it waits for ever");
    else
        snprintf(cell->saw, sizeof cell->saw, "%s", uk_status_name((enum uk_status)client->status));
    return true;
}

bool compare_count(struct compare_cell *cell)
{
    struct compare_world *world = compare_world_open(cell->design, cell->work);
    if (world == NULL)
        return false;
    bool good = compare_is_flood(cell->work)        ? count_flood(cell, world)
                : cell->work->kind == COMPARE_KILL ? count_kill(cell, world)
                                                   : count_batches(cell, world);
    if (good && cell->saw[0] == '\0')
        snprintf(cell->saw, sizeof cell->saw, "%s", uk_status_name(UK_OK));
    good = good && uk_check(world->kernel, NULL, 0) == 0;
    cell->counted = good && (cell->counted || !compare_is_flood(cell->work));
    compare_world_close(world);
    return good;
}
