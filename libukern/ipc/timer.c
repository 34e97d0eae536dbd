/* SPDX-License-Identifier: MIT */
/* Time and lines become signals; a period that was missed is skipped, never made up for. */
#include "ipc/timer.h"

#include "core/kernel.h"
#include "core/machine.h"

enum uk_status timer_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel, (void)size;
    struct timer *timer = (struct timer *)object;
    timer->deadline.at = UK_FOREVER;
    timer->deadline.kind = DEADLINE_TIMER;
    timer->target.held = HELD_BY_THREAD;
    return UK_OK;
}

void timer_disable(struct kernel *kernel, struct object *object)
{
    struct timer *timer = (struct timer *)object;
    deadline_cancel(kernel, &timer->deadline);
    (void)capability_remove(kernel, &timer->target);
}

void timer_fire(struct kernel *kernel, struct deadline *deadline)
{
    struct timer *timer = (struct timer *)(void *)((unsigned char *)deadline - offsetof(struct timer, deadline));
    uk_time at = deadline->at;
    deadline_cancel(kernel, deadline);
    if (timer->period != 0) {
        uk_time missed = (kernel->now - at) / timer->period;
        deadline_arm(kernel, deadline, at + (missed + 1) * timer->period);
    }
    object_signal(kernel, &timer->target);
}

/* Both bind the notification that w0 names, or (0) none. */
static struct outcome target_bind(struct kernel *kernel, struct thread *caller, struct capability *target)
{
    uk_handle handle = caller->registers.call.word[0];
    struct capability *source = NULL;
    enum uk_status status = UK_OK;
    if (handle != UK_NONE)
        status = capability_require(caller, handle, UK_TYPE_NOTIFICATION, UK_RIGHT_SEND, &source);
    if (status != UK_OK)
        return outcome_done(status);
    (void)capability_remove(kernel, target);
    if (source != NULL)
        capability_derive(target, source, UK_RIGHT_SEND, source->badge);
    return outcome_done(UK_OK);
}

struct outcome timer_bind(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return target_bind(kernel, caller, &((struct timer *)via->object)->target);
}

struct outcome timer_set(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct timer *timer = (struct timer *)via->object;
    const uk_word *word = caller->registers.call.word;
    if (word[1] >= UK_FOREVER / 2)
        return outcome_done(UK_BAD_ARGUMENT);
    timer->period = word[1];
    deadline_cancel(kernel, &timer->deadline);
    deadline_arm(kernel, &timer->deadline, word[0]);
    return outcome_done(UK_OK);
}

void interrupt_disable(struct kernel *kernel, struct object *object)
{
    (void)capability_remove(kernel, &((struct interrupt *)object)->target);
}

void interrupt_raise(struct kernel *kernel, struct interrupt *interrupt)
{
    interrupt->pending = interrupt->masked;
    if (interrupt->masked)
        return;
    interrupt->masked = 1;
    object_signal(kernel, &interrupt->target);
}

struct outcome interrupt_bind(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return target_bind(kernel, caller, &((struct interrupt *)via->object)->target);
}

struct outcome interrupt_acknowledge(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)caller;
    struct interrupt *interrupt = (struct interrupt *)via->object;
    int again = interrupt->pending;
    interrupt->masked = interrupt->pending = 0;
    if (again)
        interrupt_raise(kernel, interrupt);
    machine_interrupt_acknowledge(kernel, interrupt->line);
    return outcome_done(UK_OK);
}
