/* SPDX-License-Identifier: MIT */
/* Bound: on every input and after every change it does what a call by the capability in its slot would do. */
#include "ipc/bound.h"

#include "core/kernel.h"
#include "core/thread.h"

enum uk_status bound_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel, (void)size;
    ((struct bound *)object)->target.held = HELD_BY_THREAD;
    return UK_OK;
}

void bound_disable(struct kernel *kernel, struct object *object)
{
    (void)capability_remove(kernel, &((struct bound *)object)->target); /* nothing is derived from it: not preempted */
}

struct outcome bound_configure(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct bound *bound = (struct bound *)via->object;
    const uk_word *word = caller->registers.call.word;
    struct capability *target = NULL;
    enum uk_status status = UK_OK;
    if (word[0] != UK_NONE)
        status = capability_require(caller, word[0], UK_TYPE_ENDPOINT, UK_RIGHT_SEND, &target);
    if (status == UK_OK && target == NULL && word[1] != UK_NONE)
        status = UK_BAD_ARGUMENT;
    if (status != UK_OK)
        return outcome_done(status);
    (void)capability_remove(kernel, &bound->target);
    if (target != NULL)
        capability_derive(&bound->target, target, target->rights, target->badge);
    bound->next = word[1];
    return outcome_done(UK_OK);
}

struct outcome bound_call(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct bound *bound = (struct bound *)via->object;
    if (bound->target.type == UK_TYPE_NONE)
        return outcome_done(UK_EMPTY_SLOT);
    struct outcome outcome = object_rules[bound->target.type].call(kernel, caller, &bound->target);
    if (outcome.kind == OUTCOME_BLOCKED && bound->next != UK_NONE)
        thread_stage(caller, bound->next);
    return outcome;
}
