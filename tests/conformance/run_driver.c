/* SPDX-License-Identifier: MIT */
/* Plays rows by running: each actor is a task with its own stack and space, whose code traps; one kernel entry at a time. */
#include "conformance/world.h"

#include <string.h>

#include <ukern/call.h>

#include "core/kernel.h"

enum {
    PENDING_MAX = 8
};

/* What an actor does when it next runs: first it writes into its buffer, then one thing that enters the kernel. */
struct orders {
    const struct conformance_world *world;
    const struct conformance_step *pending[PENDING_MAX];
    unsigned pending_count;
    const struct conformance_step *step; /* NULL: nothing, so it should not run at all */
};

static struct orders orders[ACTORS];

static void write_buffer(const struct conformance_world *world, const struct conformance_step *step)
{
    unsigned char bytes[sizeof(struct uk_item)];
    uk_word offset;
    size_t length = world_buffer(world, step, &offset, bytes);
    memcpy((unsigned char *)(uintptr_t)(world->task[step->actor].buffer + offset), bytes, length);
}

static void enter(const struct conformance_world *world, const struct conformance_step *step)
{
    struct uk_call call = {.operation = UK_YIELD};
    volatile unsigned char *address;
    if (step == NULL || step->act == ACT_OPERATION) {
        if (step != NULL)
            world_call(world, step, &call);
        uk_trap(&call);
        return;
    }
    address = (volatile unsigned char *)(uintptr_t)world_address(world, step->actor, step->word[0]);
    if (step->act == ACT_READ)
        (void)*address;
    else
        *address = 1;
}

/* User code. */
static uk_word actor_main(uk_word actor)
{
    struct orders *mine = &orders[actor];
    for (;;) {
        const struct conformance_step *step = mine->step;
        for (unsigned i = 0; i < mine->pending_count; i++)
            write_buffer(mine->world, mine->pending[i]);
        mine->pending_count = 0;
        mine->step = NULL;
        enter(mine->world, step);
    }
    return 0;
}

/* User code behind PORTAL. It goes back when it is told to, not by itself. */
static void actor_inside(struct uk_message *message) { (void)actor_main(UK_TAG_LABEL(message->tag) >> 16); }

UK_PORTAL_ENTRY(conformance_inside, actor_inside);

/* Until the kernel is entered once more. The entry with which running begins is not the row's. */
static void run_once(struct conformance_world *world)
{
    world->extra_picks += world_current(world) == ACTORS;
    (void)uk_run(world->kernel, UK_FOREVER, 1);
    world->rounds++;
}

static int begin(void *context)
{
    static const uk_word arguments[ACTORS] = {A, B, C};
    struct conformance_world *world = context;
    for (unsigned i = 0; i < ACTORS; i++)
        orders[i] = (struct orders){.world = world};
    if (!world_open(world, 1, actor_main, arguments))
        return 0;
    run_once(world); /* A yields, and is who runs */
    return world_current(world) == A;
}

static void end(void *context) { world_close(context); }

static int play(void *context, const struct conformance_step *step)
{
    struct conformance_world *world = context;
    struct orders *mine = &orders[step->actor];
    if (step->act == ACT_LINE) {
        uk_interrupt(world->kernel, 0);
        return 1;
    }
    if (world_is_buffer(step->act)) {
        mine->pending[mine->pending_count++] = step;
        return mine->pending_count < PENDING_MAX;
    }
    mine->step = step->act == ACT_IDLE ? NULL : step;
    run_once(world);
    return mine->step == NULL;
}

static void observe(void *context, unsigned actor, struct conformance_result *result, uint64_t totals[4])
{
    world_observe(context, actor, result, totals);
}

struct conformance_driver run_driver(struct conformance_world *world)
{
    return (struct conformance_driver){"run", world, begin, end, play, observe};
}
