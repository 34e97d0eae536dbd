/* SPDX-License-Identifier: MIT */
/* The straight road for a call to a waiting passive server, and for its answer: what the long road does when nothing is
 * special, without asking. Equal to it by test (SEL-6, tests/entry/fast_test.c). Anything special: not taken. One text
 * for entry_syscall and for the machine's trap, which inlines it: no frame, no call, all checks before the first write. */
#ifndef ENTRY_FAST_H
#define ENTRY_FAST_H

#include <stdatomic.h>

#include "core/kernel.h"
#include "core/message.h"
#include "core/reply.h"
#include "core/sched_context.h"
#include "entry/fold.h"
#include "ipc/endpoint.h"
#include "ipc/portal.h"

#define FAST_UNLIKELY(condition) __builtin_expect((condition) != 0, 0)
/* Checked: for the compiler, a line that no value crosses. What is needed again is loaded again, and no register of the
 * caller has to be saved to keep it. */
#define FAST_CHECKED() atomic_signal_fence(memory_order_seq_cst)

/* May a fast path be tried? Nobody watches or chooses, nothing is or will be due, virtual time. */
static inline int fast_is_allowed(const struct kernel *kernel)
{
    return kernel->now + kernel->entry_cost_ns < kernel->fast_until;
}

/* At most six words, and nothing else. */
static inline int fast_is_short(const struct uk_call *call) { return (call->tag & 1023) <= UK_REGISTER_WORDS; }

/* Length and items: at most six words, and nothing else. And it will wait for ever. */
static inline int fast_is_plain(const struct uk_call *call)
{
    return fast_is_short(call) && call->deadline == UK_FOREVER;
}

/* The slot that the handle names; NULL: none. It may be empty. */
static inline const struct capability *fast_find_slot(const struct thread *thread, uk_handle handle)
{
    const struct cnode *cnode = thread->cnode;
    uk_word index = (uint32_t)handle, generation = handle >> 32;
    if (FAST_UNLIKELY(cnode == NULL || index >= cnode->slot_count))
        return NULL;
    const struct capability *slot = &cnode->slots[index];
    return FAST_UNLIKELY(generation != 0 && generation != slot->slot_generation) ? NULL : slot;
}

static inline int fast_allows(const struct capability *slot, uint32_t type, uint32_t right)
{
    uint32_t both = slot != NULL ? slot->type | (uint32_t)slot->rights << 8 : 0; /* one load, one comparison */
    return (both & (0xff | right << 8)) == (type | right << 8);
}

/* An endpoint open and of this incarnation. */
static inline int fast_is_alive(const struct endpoint *endpoint, const struct capability *via)
{
    return !endpoint->closed && endpoint->generation == via->generation;
}

/* The other words than the message's arrive as zero. Without branches: lengths differ from call to call. */
#define FAST_ALL (~(uk_word)0)
static const uk_word fast_keeps[2 * UK_REGISTER_WORDS] = {FAST_ALL, FAST_ALL, FAST_ALL, FAST_ALL, FAST_ALL, FAST_ALL};

static inline void fast_move(struct kernel *kernel, const struct thread *source, struct thread *target, uk_word flags,
                             uk_word badge)
{
    uk_word tag = source->registers.call.tag, length = tag & 127;
    const uk_word *from = source->registers.call.word, *keep = fast_keeps + UK_REGISTER_WORDS - length;
    uk_word *to = target->registers.call.word;
    kernel->counters.words_copied += length;
    target->registers.call.operation = UK_OK;
    target->registers.call.handle = badge;
    target->registers.call.tag = (tag & (1023 | ~(uk_word)0xffffffff)) | flags;
    to[0] = from[0] & keep[0]; /* not a loop: compilers would leave it one */
    to[1] = from[1] & keep[1];
    to[2] = from[2] & keep[2];
    to[3] = from[3] & keep[3];
    to[4] = from[4] & keep[4];
    to[5] = from[5] & keep[5];
}

static inline struct thread *fast_switch(struct kernel *kernel, struct thread *caller, struct thread *next,
                                         uint8_t operation)
{
    kernel->now += kernel->entry_cost_ns;
    kernel->counters.entries++;
    caller->entries++;
    caller->operation = operation;
    kernel->current = next;
    return next;
}

/* The only waiting receiver, passive and without a filter. */
static inline int fast_is_server(const struct thread *server)
{
    return server != NULL && server->group_next == server && server->next == server && server->context == NULL &&
           server->receives_with != NULL && (server->marks & (THREAD_CLOSED | THREAD_RESTART | THREAD_AWAITED)) == 0 &&
           server->deadline.at == UK_FOREVER && server->space != NULL;
}

/* The caller's time goes to the server, and comes back through the reply. */
static inline void fast_lend(struct sched_context *context, struct reply *reply, struct thread *caller,
                             struct thread *server)
{
    reply->caller = reply->lender = caller;
    reply->lender_lent = caller->lent_priority;
    reply->context = context;
    reply->outer = context->chain;
    context->chain = reply;
    context->depth++;
    context->holder = server;
    server->context = context;
    caller->context = NULL;
    caller->lending = reply;
    if (FAST_UNLIKELY(caller->lent_priority != 0)) {
        caller->lent_priority = 0;
        caller->effective = caller->priority;
    }
}

/* The server takes the call: what is true until it answers. */
static inline void fast_begin(struct endpoint *endpoint, struct sched_context *context, struct thread *caller,
                              struct thread *server, uint8_t lent, uint8_t effective)
{
    endpoint->receivers.first = NULL;
    server->state = UK_THREAD_READY;
    server->waits_on = NULL;
    server->waits_in = NULL;
    server->lent_priority = lent;
    server->effective = effective;
    struct reply *reply = server->receives_with;
    caller->state = UK_THREAD_AWAITING_REPLY;
    caller->waits_on = &reply->object;
    caller->marks |= THREAD_UNTOLD;
    fast_lend(context, reply, caller, server);
}

static inline struct thread *fast_call(struct kernel *kernel, struct thread *caller)
{
    const struct capability *via = fast_find_slot(caller, caller->registers.call.handle);
    if (FAST_UNLIKELY(!fast_allows(via, UK_TYPE_ENDPOINT, UK_RIGHT_SEND)))
        return NULL;
    struct endpoint *endpoint = (struct endpoint *)via->object;
    struct thread *server = endpoint->receivers.first;
    if (FAST_UNLIKELY(!fast_is_alive(endpoint, via) || !fast_is_server(server)))
        return NULL;
    struct sched_context *context = caller->context;
    if (FAST_UNLIKELY(!fast_is_plain(&caller->registers.call) || context == NULL || caller->lending != NULL ||
                      context->depth >= UK_CALL_DEPTH_MAX))
        return NULL;
    uint8_t lent = caller->effective, effective = server->priority > lent ? server->priority : lent;
    if (FAST_UNLIKELY(kernel->scheduler.top > effective))
        return NULL;
    FAST_CHECKED();
    fast_move(kernel, caller, server, UK_TAG_CALL, via->badge);
    fast_begin(endpoint, context, caller, server, lent, effective);
    caller->calls++;
    kernel->counters.fast_calls++;
    return fast_switch(kernel, caller, server, UK_CALL);
}

/* A caller that lent its time, and waits for this server's answer and for nothing else. */
static inline int fast_is_caller(const struct thread *caller, const struct reply *reply, const struct thread *server)
{
    return caller != NULL && reply->server == server && reply->lender == caller && reply->context != NULL &&
           reply->context == server->context && reply->context->chain == reply && caller->context == NULL &&
           (caller->marks & ~(THREAD_UNTOLD | THREAD_BY_ARRIVAL)) == 0 && caller->deadline.at == UK_FOREVER &&
           caller->space != NULL;
}

/* What the caller had been lent itself, with this time. */
static inline uint32_t fast_lent(const struct reply *reply)
{
    return FAST_UNLIKELY(reply->outer != NULL) ? reply->lender_lent : 0;
}

static inline uint32_t fast_effective(const struct thread *thread, uint32_t lent)
{
    return thread->priority > lent ? thread->priority : lent;
}

/* The time goes home, and the reply is free again. */
static inline void fast_return(struct reply *reply, struct thread *caller)
{
    struct sched_context *context = reply->context;
    if (FAST_UNLIKELY(reply->outer != NULL)) {
        caller->effective = (uint8_t)fast_effective(caller, reply->lender_lent);
        caller->lent_priority = (uint8_t)reply->lender_lent;
    }
    context->chain = reply->outer;
    context->depth--;
    context->holder = caller;
    caller->context = context;
    caller->waits_on = NULL;
    caller->state = UK_THREAD_READY;
    caller->lending = NULL;
    reply->caller = reply->lender = NULL;
    reply->context = NULL;
    reply->outer = NULL;
}

static inline void fast_wait(struct endpoint *endpoint, struct reply *reply, struct thread *server)
{
    uint8_t priority = server->priority;
    server->receives_with = reply;
    server->context = NULL;
    server->lent_priority = 0;
    server->effective = priority;
    server->rank = priority;
    server->marks = (uint16_t)((server->marks & ~(THREAD_CLOSED | THREAD_BY_ARRIVAL)) | THREAD_UNTOLD);
    server->state = UK_THREAD_RECEIVING;
    server->waits_on = &endpoint->object;
    server->waits_in = &endpoint->receivers;
    server->next = server->previous = server->group_next = server->group_previous = server;
    endpoint->receivers.first = server;
}

static inline struct thread *fast_reply_receive(struct kernel *kernel, struct thread *server)
{
    const struct capability *slot = fast_find_slot(server, server->registers.call.reply);
    if (FAST_UNLIKELY(!fast_allows(slot, UK_TYPE_REPLY, UK_RIGHT_SEND)))
        return NULL;
    struct reply *reply = (struct reply *)slot->object;
    struct thread *caller = reply->caller;
    if (FAST_UNLIKELY(!fast_is_caller(caller, reply, server) || !fast_is_plain(&server->registers.call)))
        return NULL;
    if (FAST_UNLIKELY(kernel->scheduler.top > (int)fast_effective(caller, fast_lent(reply))))
        return NULL;
    const struct capability *via = fast_find_slot(server, server->registers.call.handle);
    if (FAST_UNLIKELY(!fast_allows(via, UK_TYPE_ENDPOINT, UK_RIGHT_RECEIVE)))
        return NULL;
    struct endpoint *endpoint = (struct endpoint *)via->object;
    if (FAST_UNLIKELY(!fast_is_alive(endpoint, via) || endpoint->senders.first != NULL ||
                      endpoint->receivers.first != NULL || server->signalled || !endpoint->by_priority))
        return NULL;
    FAST_CHECKED();
    fast_move(kernel, server, caller, 0, 0);
    fast_return(reply, caller);
    fast_wait(endpoint, reply, server);
    kernel->counters.fast_replies++;
    return fast_switch(kernel, server, caller, UK_REPLY_RECEIVE);
}

/* Does the current thread want to move itself? Asked after fast_syscall has declined, so that calls pay nothing for it. */
static inline int fast_is_crossing(const struct kernel *kernel)
{
    return kernel->current->registers.call.operation - UK_PORTAL_CALL <= UK_PORTAL_RETURN - UK_PORTAL_CALL;
}

/* Then this, if nothing is special; NULL: nothing was done. The message stays where it is: in the registers. */
static inline struct thread *fast_crossing(struct kernel *kernel)
{
    struct thread *thread = kernel->current;
    const struct uk_call *call = &thread->registers.call;
    if (FAST_UNLIKELY(!fast_is_allowed(kernel) || !fast_is_short(call) || kernel->scheduler.top > thread->effective))
        return NULL;
    const struct capability *via = call->operation == UK_PORTAL_CALL ? fast_find_slot(thread, call->handle) : NULL;
    int enters = fast_allows(via, UK_TYPE_PORTAL, UK_RIGHT_SEND);
    if (FAST_UNLIKELY(call->operation == UK_PORTAL_CALL && !enters))
        return NULL;
    if (FAST_UNLIKELY(enters ? !portal_fast_enter((struct portal *)via->object, thread) : !portal_fast_leave(thread)))
        return NULL;
    fast_move(kernel, thread, thread, enters ? UK_TAG_CALL : 0, enters ? via->badge : 0);
    thread->calls += (unsigned)enters;
    kernel->counters.calls += (unsigned)enters;
    kernel->counters.replies += !enters;
    return fast_switch(kernel, thread, thread, UK_PORTAL_CALL);
}

/* The current thread's operation, if it is a usual one and nothing is special; NULL: nothing was done. */
static inline struct thread *fast_syscall(struct kernel *kernel)
{
    struct thread *current = kernel->current;
    uk_word operation = current->registers.call.operation;
    if (FAST_UNLIKELY(!fast_is_allowed(kernel)))
        return kernel->folded != NULL ? fold_syscall(kernel) : NULL;
    if (operation == UK_CALL)
        return fast_call(kernel, current);
    return operation == UK_REPLY_RECEIVE ? fast_reply_receive(kernel, current) : NULL;
}

#endif
