/* SPDX-License-Identifier: MIT */
/* Plays rows by stepping: no user code, no host resource. The actor must be who would run, as on a real machine. */
#include "conformance/world.h"

#include "core/deadline.h"
#include "core/kernel.h"

static int begin(void *context) { return world_open(context, 0, NULL, NULL); }

static void end(void *context) { world_close(context); }

static void fault(struct conformance_world *world, const struct conformance_step *step)
{
    struct uk_result result;
    (void)uk_step_fault(world->kernel, world->task[step->actor].thread, UK_FAULT_PAGE,
                        world_address(world, step->actor, step->word[0]),
                        step->act == ACT_READ ? UK_RIGHT_READ : UK_RIGHT_WRITE, &result);
}

static void write_buffer(struct conformance_world *world, const struct conformance_step *step)
{
    unsigned char bytes[sizeof(struct uk_item)];
    uk_word offset;
    size_t length = world_buffer(world, step, &offset, bytes);
    (void)uk_poke(world->kernel, world->task[step->actor].thread, world->task[step->actor].buffer + offset, bytes, length);
}

static void operate(struct conformance_world *world, const struct conformance_step *step)
{
    struct uk_call call;
    struct uk_result result;
    world_call(world, step, &call);
    (void)uk_step(world->kernel, world->task[step->actor].thread, &call, &result);
}

static int play(void *context, const struct conformance_step *step)
{
    struct conformance_world *world = context;
    struct kernel *kernel = (struct kernel *)(void *)world->kernel;
    if (step->act == ACT_LINE) {
        uk_interrupt(world->kernel, 0);
        return 1;
    }
    if (step->act == ACT_IDLE) {
        const struct deadline *first = deadline_first(kernel);
        (void)uk_advance(world->kernel, first != NULL ? first->at : kernel->now);
        return 1;
    }
    if (world_is_buffer(step->act)) {
        write_buffer(world, step);
        return 1;
    }
    if (world_current(world) != step->actor)
        return 0;
    if (step->act == ACT_OPERATION)
        operate(world, step);
    else
        fault(world, step);
    return 1;
}

static void observe(void *context, unsigned actor, struct conformance_result *result, uint64_t totals[4])
{
    world_observe(context, actor, result, totals);
}

struct conformance_driver step_driver(struct conformance_world *world)
{
    return (struct conformance_driver){"step", world, begin, end, play, observe};
}
