/* SPDX-License-Identifier: MIT */
/* Reads what a design costs and what its client sees, in whole numbers that are the same in every run on a machine. */
#include "sim/compare.h"

enum {
    MANY = 8,          /* turns of the second batch */
    FLOODED_CALLS = 100,
    LISTED_TURNS = 400 /* at most, beside those that are counted, to have seen all of a directory */
};

bool compare_applies(const struct compare_design *design, const struct compare_work *work)
{
    if (work->kind == COMPARE_OPERATIONS)
        return design->operate != NULL || design == compare_design_at(0);
    if (design->exchange == NULL || (design->kernel_free && compare_is_flood(work)) ||
        (design->one_way && work->kind != COMPARE_LOOK) ||
        (work->kind == COMPARE_LOOK && work->bytes < UK_PAGE && !design->means)) /* to the others that is an echo */
        return false;
    return (design->bytes_max == 0 || work->bytes <= design->bytes_max) && (!design->payload_only || work->bytes > 0);
}

static void look(const struct compare_world *world, uint64_t at[COMPARE_COUNTS])
{
    struct uk_counters counters;
    uk_counters(world->kernel, &counters);
    at[COMPARE_ENTRIES] = counters.entries;
    at[COMPARE_SWITCHES] = counters.switches;
    at[COMPARE_PICKS] = counters.picks;
    at[COMPARE_WORDS] = counters.words_copied;
    at[COMPARE_PAGES] = counters.pages_mapped + counters.pages_unmapped;
    at[COMPARE_TIME] = world->took.real;
}

/* All names of the directory once, if that is no work. */
static bool list_all(struct compare_world *world)
{
    const struct compare_work *work = world->work;
    struct compare_time took;
    uint64_t turns = (COMPARE_NAMES + work->requests - 1) / work->requests;
    return work->kind != COMPARE_LIST || turns > LISTED_TURNS || compare_world_run(world, turns, &took);
}

/* A batch of MANY and one of twice as many differ by MANY turns exactly, whatever a batch itself costs. */
static bool read_batches(struct compare_world *world, struct compare_reading *reading)
{
    struct compare_time took;
    for (unsigned i = 0; i < 3; i++) {
        if (!compare_world_run(world, i == 0 ? 1 : i * MANY, &took))
            return false;
        look(world, reading->at[i]);
    }
    reading->operations = (uint64_t)MANY * compare_operations(world->work);
    bool good = list_all(world);
    reading->seen = compare_files_seen(&world->links[0]);
    return good;
}

/* The flood has no fixed length, so its cost is what one long batch took. */
static void read_flood(struct compare_world *world, struct compare_reading *reading)
{
    struct compare_time took;
    look(world, reading->at[0]);
    (void)compare_world_run(world, FLOODED_CALLS, &took);
    look(world, reading->at[1]);
    for (uint32_t i = 1; i < world->work->clients; i++) {
        reading->hostile += world->clients[i].done;
        reading->refused += world->clients[i].refused;
    }
    reading->operations = world->clients[0].done;
}

/* One call that hangs in the server; then the embedder kills it and lets the machine run on. */
static bool read_kill(struct compare_world *world, struct compare_reading *reading)
{
    struct compare_task *server = &world->servers[0];
    struct compare_time took;
    (void)compare_world_run(world, 1, &took);
    bool hung = world->clients[0].running;
    look(world, reading->at[0]);
    reading->crashed = uk_panic_text(world->kernel)[0] != '\0';
    if (reading->crashed) { /* nothing was killed, and nothing can run any more */
        look(world, reading->at[1]);
        reading->operations = 1;
        return hung;
    }
    bool killed = world->design->kill != NULL
                      ? world->design->kill(server)
                      : BENCH_ASK(world->kernel, UK_THREAD_KILL, server->task.thread, 0) == UK_OK;
    if (!hung || !killed || uk_run(world->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        return false;
    look(world, reading->at[1]);
    reading->operations = 1;
    return true;
}

static bool read_world(struct compare_world *world, struct compare_reading *reading)
{
    bool good = true;
    if (compare_is_flood(world->work))
        read_flood(world, reading);
    else
        good = world->work->kind == COMPARE_KILL ? read_kill(world, reading) : read_batches(world, reading);
    reading->status = world->clients[0].status;
    reading->waits = world->clients[0].running;
    return good && (reading->crashed || uk_check(world->kernel, NULL, 0) == 0);
}

bool compare_read(const struct compare_design *design, const struct compare_work *work, struct compare_files *files,
                  struct compare_reading *reading)
{
    *reading = (struct compare_reading){.operations = 0};
    struct compare_world *world = compare_world_open(design, work, files);
    bool good = world != NULL && read_world(world, reading);
    compare_world_close(world);
    return good;
}
