/* SPDX-License-Identifier: MIT */
/* Thread states: a blocked thread is on exactly one queue or reply; leaving it is one function, whatever the reason. */
#include "core/thread.h"

#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/reply.h"
#include "core/sched_context.h"

void service_bind(struct service *service, struct object *object, struct thread *server)
{
    if (service->server != NULL) {
        *(service->previous != NULL ? &service->previous->next : &service->server->services) = service->next;
        if (service->next != NULL)
            service->next->previous = service->previous;
    }
    service->object = object;
    service->server = server;
    service->previous = NULL;
    service->next = server != NULL ? server->services : NULL;
    if (service->next != NULL)
        service->next->previous = service;
    if (server != NULL)
        server->services = service;
}

void domain_begin(struct domain *domain, struct object *owner)
{
    domain->owner = owner;
    domain->cnode.held = HELD_AS_CNODE;
    domain->space.held = HELD_AS_SPACE;
    domain->fault.held = HELD_BY_THREAD;
}

void domain_lost(struct kernel *kernel, struct capability *slot)
{
    size_t offset = slot->held == HELD_AS_CNODE ? offsetof(struct domain, cnode) : offsetof(struct domain, space);
    struct domain *domain = (struct domain *)((uintptr_t)slot - offset);
    struct thread *thread = (struct thread *)domain->owner;
    if (domain->owner->type != UK_TYPE_THREAD)
        crossing_evict(kernel, domain->owner);
    else if (thread->domain == domain)
        thread_use(thread, domain);
}

void thread_block(struct kernel *kernel, struct thread *thread, uint32_t state, struct object *object,
                  struct queue *queue, int by_priority, uk_time until)
{
    check(kernel, thread->state == UK_THREAD_READY && !thread->queued);
    if (thread->waits_in != NULL) /* its time was pulled back in this operation: no fault, it stops using it anyway */
        queue_remove(thread->waits_in, thread);
    thread->state = (uint8_t)state;
    if ((thread->marks & THREAD_FAULTED) == 0)
        thread->marks |= THREAD_UNTOLD;
    thread->waits_on = object;
    thread->waits_in = queue;
    if (queue != NULL) {
        thread->marks = (uint16_t)(by_priority ? thread->marks & ~THREAD_BY_ARRIVAL : thread->marks | THREAD_BY_ARRIVAL);
        queue_insert(queue, thread, by_priority ? thread->effective : 0);
    }
    if (until != UK_FOREVER)
        deadline_arm(kernel, &thread->deadline, until);
}

void thread_unblock(struct kernel *kernel, struct thread *thread)
{
    if (thread->waits_in != NULL) {
        queue_remove(thread->waits_in, thread);
    } else if (thread->state == UK_THREAD_AWAITING_REPLY) {
        ((struct reply *)thread->waits_on)->caller = NULL;
        thread->marks &= (uint16_t)~THREAD_LENDS; /* whatever the reason: nobody reads or writes its memory any more */
    }
    thread->waits_on = NULL;
    thread->waits_in = NULL;
    thread->state = UK_THREAD_READY;
    if ((thread->marks & (THREAD_HELPS | THREAD_CIRCLES | THREAD_AWAITED)) != 0)
        help_end(kernel, thread);
    if (thread->deadline.at != UK_FOREVER)
        deadline_cancel(kernel, &thread->deadline);
}

void thread_stage(struct thread *thread, uk_handle stage)
{
    thread->stage = stage;
    thread->marks |= THREAD_RESTART;
}

/* The call ends otherwise than by an answer. */
static void forget_stage(struct thread *thread)
{
    if (thread->stage == UK_NONE)
        return;
    thread->stage = UK_NONE;
    thread->marks &= (uint16_t)~THREAD_RESTART;
}

/* A fault that nobody will answer leaves the thread stopped, with its record; inside of a portal it ends the call. */
__attribute__((noinline)) static void thread_give_up(struct kernel *kernel, struct thread *thread)
{
    if (thread->crossing == NULL) {
        thread_stop(kernel, thread);
        return;
    }
    crossing_unwind(kernel, thread, UK_PEER_FAULT);
    sched_offer(kernel, thread);
}

void thread_wake(struct kernel *kernel, struct thread *thread, enum uk_status status)
{
    int faulted = (thread->marks & THREAD_FAULTED) != 0;
    thread->marks &= (uint16_t) ~(THREAD_FAULTED | THREAD_INTERPOSED | THREAD_CLOSED);
    forget_stage(thread);
    if (faulted) {
        thread_give_up(kernel, thread);
        return;
    }
    thread->registers.call.operation = status;
    sched_offer(kernel, thread);
}

/* Whatever it waited on; the time it lent may come home (reply_abandon). */
static void leave(struct kernel *kernel, struct thread *thread)
{
    struct reply *reply = thread->state == UK_THREAD_AWAITING_REPLY ? (struct reply *)thread->waits_on : NULL;
    const struct queue *queue = thread->waits_in;
    const struct object *object = thread->waits_on;
    thread_unblock(kernel, thread);
    if (reply != NULL)
        reply_abandon(kernel, reply);
    if (queue != NULL && queue->first != NULL && object != NULL)
        help_others(kernel, object);
}

void thread_cancel(struct kernel *kernel, struct thread *thread, enum uk_status status)
{
    leave(kernel, thread);
    thread_wake(kernel, thread, status);
}

void thread_interrupt(struct kernel *kernel, struct thread *thread)
{
    if (thread->waits_in == NULL && !thread_is_blocked(thread))
        return;
    int faulted = (thread->marks & THREAD_FAULTED) != 0;
    leave(kernel, thread);
    if (!faulted)
        thread->registers.call.operation = UK_CANCELLED;
    thread->marks &= (uint16_t) ~(THREAD_FAULTED | THREAD_INTERPOSED | THREAD_CLOSED);
    forget_stage(thread);
}

void thread_stop(struct kernel *kernel, struct thread *thread)
{
    thread_interrupt(kernel, thread);
    sched_unready(kernel, thread);
    thread->state = UK_THREAD_STOPPED;
}

void thread_reprioritise(struct kernel *kernel, struct thread *thread, uint32_t own, uint32_t lent)
{
    thread->priority = (uint8_t)own;
    thread->lent_priority = (uint8_t)lent;
    uint8_t effective = thread->helper != NULL ? thread->helper->effective : thread_own_urgency(thread);
    int queued = thread->queued;
    if (effective == thread->effective)
        return; /* it keeps its place in whatever queue it is in */
    if (queued)
        sched_unready(kernel, thread);
    thread->effective = effective;
    if (queued)
        sched_offer(kernel, thread);
    if (thread->waits_in != NULL && (thread->marks & THREAD_BY_ARRIVAL) == 0) {
        queue_remove(thread->waits_in, thread);
        queue_insert(thread->waits_in, thread, thread->effective);
        help_ask_target(kernel, thread);
    }
}

void thread_take_signals(struct kernel *kernel, struct thread *thread)
{
    (void)kernel;
    struct uk_call *call = &thread->registers.call;
    call->operation = UK_OK;
    call->handle = thread->signals;
    call->tag = UK_TAG_SIGNAL;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call->word[i] = 0;
    thread->signals = 0;
    thread->signalled = 0;
}

void thread_signal(struct kernel *kernel, struct thread *thread, uk_word bits)
{
    thread->signals |= bits;
    thread->signalled = 1;
    if (thread->state != UK_THREAD_RECEIVING || (thread->marks & THREAD_CLOSED) != 0 || thread->crossing != NULL)
        return;
    thread_unblock(kernel, thread);
    thread_take_signals(kernel, thread);
    sched_offer(kernel, thread);
}

struct outcome thread_drains(struct kernel *kernel, struct thread *caller)
{
    if (object_drain(kernel))
        return outcome_done(UK_OK);
    if (kernel->current == caller)
        caller->marks |= THREAD_DRAINS;
    return outcome_restart();
}

void thread_defer_fault(struct kernel *kernel, struct thread *thread)
{
    thread->record = (struct record){.fault = UK_FAULT_TIMEOUT, .ip = thread->registers.ip};
    thread->waits_in = &kernel->faulting;
    queue_insert(&kernel->faulting, thread, 0);
}

/* The death procedure. What concerns others (its callers) is done step by step in thread_drain, which every operation
 * that kills finishes before it completes: HQ-1, HQ-2. */
void thread_die(struct kernel *kernel, struct thread *thread)
{
    if (thread->state == UK_THREAD_DEAD)
        return;
    thread_stop(kernel, thread);
    thread->state = UK_THREAD_DEAD;
    crossing_forget(kernel, thread);
    help_forget(kernel, thread);
    thread->marks = 0;
    while (thread->services != NULL) {
        struct object *object = thread->services->object;
        service_bind(thread->services, object, NULL);
        thread->bound = NULL;
        object_classes[object->type].server_died(kernel, object);
    }
    object_signal(kernel, &thread->watch);
    (void)capability_remove(kernel, &thread->watch);
    object_bury(kernel, &thread->object);
}

int thread_drain(struct kernel *kernel, struct object *object)
{
    struct thread *thread = (struct thread *)object;
    while (thread->serving != NULL) {
        reply_break_one(kernel, thread);
        if (thread->serving != NULL && machine_preempted(kernel))
            return 0;
    }
    reply_forget_lender(thread);
    if (thread->own_context != NULL) {
        if (thread->own_context->holder == thread)
            sched_context_take(kernel, thread->own_context);
        thread->own_context->owner = NULL;
        thread->own_context = NULL;
    }
    return 1;
}

enum uk_status thread_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)size;
    struct thread *thread = (struct thread *)object;
    thread->deadline.at = UK_FOREVER;
    thread->deadline.kind = DEADLINE_THREAD;
    domain_begin(&thread->own, object);
    thread_use(thread, &thread->own);
    thread->watch.held = HELD_BY_THREAD;
    kernel->threads++;
    return UK_OK;
}

void thread_disable(struct kernel *kernel, struct object *object)
{
    struct thread *thread = (struct thread *)object;
    thread_die(kernel, thread);
    (void)capability_remove(kernel, &thread->own.cnode);
    (void)capability_remove(kernel, &thread->own.space);
    (void)capability_remove(kernel, &thread->own.fault);
    if (thread->context != NULL) /* lent by a call whose Reply somebody else holds */
        sched_context_take(kernel, thread->context);
    machine_thread_destroy(kernel, thread);
    if (kernel->current == thread)
        kernel->current = NULL;
    if (kernel->root == thread)
        kernel->root = NULL;
    kernel->threads--;
}
