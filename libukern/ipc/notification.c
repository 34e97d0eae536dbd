/* SPDX-License-Identifier: MIT */
/* Signals: a waiting thread takes all bits at once; with nobody waiting they are kept, merged. */
#include "ipc/notification.h"

#include "core/kernel.h"
#include "core/machine.h"

/* An unbadged capability signals bit 0, so that a signal is never lost in a word of zeros. */
static uk_word bits_of(uk_word badge) { return badge != 0 ? badge : 1; }

/* Somebody hears it at once. Apart, so that the other way needs no stack. */
__attribute__((noinline)) static void notification_tell(struct kernel *kernel, struct notification *notification, uk_word bits)
{
    struct thread *waiter = notification->waiters.first;
    if (notification->service.server != NULL) {
        thread_signal(kernel, notification->service.server, bits);
    } else {
        waiter->registers.call.handle = bits;
        thread_cancel(kernel, waiter, UK_OK);
    }
}

void notification_take_signal(struct kernel *kernel, struct object *object, uk_word badge)
{
    struct notification *notification = (struct notification *)object;
    uk_word bits = bits_of(badge);
    kernel->counters.signals++;
    if (notification->service.server != NULL || notification->waiters.first != NULL) {
        notification_tell(kernel, notification, bits);
    } else {
        notification->bits |= bits;
        notification->active = 1;
    }
}

struct outcome notification_signal(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)caller;
    notification_take_signal(kernel, via->object, via->badge);
    return outcome_done(UK_OK);
}

/* Bits kept in the bound thread; only that thread may wait here. */
static struct outcome wait_bound(struct thread *caller, const struct notification *notification)
{
    if (notification->service.server != caller)
        return outcome_done(UK_BUSY);
    if (!caller->signalled)
        return outcome_done(UK_WOULD_BLOCK); /* to sleep, a thread receives: that ends with a signal too */
    caller->registers.call.handle = caller->signals;
    caller->signals = 0;
    caller->signalled = 0;
    return outcome_done(UK_OK);
}

struct outcome notification_wait(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct notification *notification = (struct notification *)via->object;
    uk_time until = caller->registers.call.deadline;
    if (notification->service.server != NULL)
        return wait_bound(caller, notification);
    if (notification->active) {
        caller->registers.call.handle = notification->bits;
        notification->bits = 0;
        notification->active = 0;
        return outcome_done(UK_OK);
    }
    if (until <= kernel->now)
        return outcome_done(until == UK_NOW ? UK_WOULD_BLOCK : UK_TIMED_OUT);
    thread_block(kernel, caller, UK_THREAD_WAITING, &notification->object, &notification->waiters, 1, until);
    return outcome_block(NULL);
}

/* Bits that nobody has taken go along. */
static void detach(struct notification *notification)
{
    struct thread *thread = notification->service.server;
    if (thread == NULL)
        return;
    notification->bits |= thread->signals;
    notification->active |= thread->signalled;
    thread->signals = 0;
    thread->signalled = 0;
    thread->bound = NULL;
    service_bind(&notification->service, &notification->object, NULL);
}

static void attach(struct kernel *kernel, struct notification *notification, struct thread *thread)
{
    service_bind(&notification->service, &notification->object, thread);
    thread->bound = &notification->object;
    if (notification->active)
        thread_signal(kernel, thread, notification->bits);
    notification->bits = 0;
    notification->active = 0;
}

struct outcome thread_bind(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *thread = (struct thread *)via->object;
    uk_handle handle = caller->registers.call.word[0];
    struct capability *slot;
    if (thread->state == UK_THREAD_DEAD)
        return outcome_done(UK_PEER_DIED);
    if (handle == UK_NONE) {
        if (thread->bound != NULL)
            detach((struct notification *)thread->bound);
        return outcome_done(UK_OK);
    }
    enum uk_status status = capability_require(caller, handle, UK_TYPE_NOTIFICATION, UK_RIGHT_RECEIVE, &slot);
    if (status != UK_OK)
        return outcome_done(status);
    struct notification *notification = (struct notification *)slot->object;
    if (thread->bound != NULL || notification->service.server != NULL || notification->waiters.first != NULL)
        return outcome_done(UK_BUSY);
    attach(kernel, notification, thread);
    return outcome_done(UK_OK);
}

/* Called when the service is unlinked already: what was pending died with the thread. */
void notification_server_died(struct kernel *kernel, struct object *object)
{
    (void)kernel, (void)object;
}

void notification_disable(struct kernel *kernel, struct object *object)
{
    (void)kernel;
    detach((struct notification *)object);
}

int notification_drain(struct kernel *kernel, struct object *object)
{
    struct notification *notification = (struct notification *)object;
    while (object->references == 0 && notification->waiters.first != NULL) {
        thread_cancel(kernel, notification->waiters.first, UK_CANCELLED);
        if (machine_preempted(kernel))
            return 0;
    }
    return 1;
}
