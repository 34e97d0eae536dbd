/* SPDX-License-Identifier: MIT */
/* The link between a caller and its server. Each waiting caller has one reply, each reply at most one caller. */
#include "core/reply.h"

#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/message.h"
#include "core/sched_context.h"

/* Only the first of a thread's replies are looked at for who could help it: with one that comes or goes these change. */
static void unbind(struct kernel *kernel, struct reply *reply)
{
    if (reply->server == NULL)
        return;
    if ((reply->server->marks & THREAD_AWAITED) != 0)
        help_ask(kernel, reply->server);
    *(reply->served_previous != NULL ? &reply->served_previous->served_next : &reply->server->serving) =
        reply->served_next;
    if (reply->served_next != NULL)
        reply->served_next->served_previous = reply->served_previous;
    reply->server = NULL;
    reply->served_next = reply->served_previous = NULL;
}

/* Who gets the time back. A thread that lends other time before the first is home gives that first one up. */
static void lender_set(struct reply *reply, struct thread *lender)
{
    if (reply->lender != NULL)
        reply->lender->lending = NULL;
    reply->lender = lender;
    if (lender == NULL)
        return;
    if (lender->lending != NULL)
        lender->lending->lender = NULL;
    lender->lending = reply;
}

/* It stays bound from one call to the next, so that a server's loop does not link and unlink it. */
void reply_bind(struct kernel *kernel, struct reply *reply, struct thread *server)
{
    if (reply->server == server)
        return;
    unbind(kernel, reply);
    reply->server = server;
    reply->served_next = server->serving;
    if (server->serving != NULL)
        server->serving->served_previous = reply;
    server->serving = reply;
    if (reply->caller != NULL || (server->marks & THREAD_AWAITED) != 0)
        help_chosen(kernel, server);
}

int reply_is_taken(const struct reply *reply, const struct thread *thread)
{
    const struct thread *server = reply->server;
    return server != NULL && server != thread && server->state == UK_THREAD_RECEIVING &&
           server->receives_with == reply;
}

int reply_may_nest(const struct thread *caller)
{
    return caller->context == NULL || caller->context->depth < UK_CALL_DEPTH_MAX;
}

static void lend(struct kernel *kernel, struct reply *reply, struct thread *caller, struct thread *server)
{
    struct sched_context *context = caller->context;
    reply->context = context;
    reply->lender_lent = caller->lent_priority;
    lender_set(reply, caller);
    reply->outer = context->chain;
    context->chain = reply;
    context->depth++;
    sched_context_pass(kernel, context, server, thread_own_urgency(caller));
    if (((caller->marks | server->marks) & THREAD_AWAITED) != 0)
        help_look(kernel, server);
}

void reply_begin(struct kernel *kernel, struct reply *reply, struct thread *caller, struct thread *server,
                 uk_time deadline)
{
    check(kernel, reply->caller == NULL && reply->context == NULL && reply->server == server);
    reply->caller = caller;
    thread_block(kernel, caller, UK_THREAD_AWAITING_REPLY, &reply->object, NULL, 0, deadline);
    if (server->context == NULL && caller->context != NULL)
        lend(kernel, reply, caller, server);
    else if (server->own_context == NULL)
        help_wait(kernel, caller);
}

/* The reply whose lender is the server of `reply`: the next call down the chain. */
static struct reply *inner_of(const struct reply *reply)
{
    struct reply *inner = reply->context->chain;
    while (inner->outer != reply)
        inner = inner->outer;
    return inner;
}

struct thread *reply_worker(const struct reply *reply)
{
    if (reply->context == NULL)
        return reply->server;
    return reply->context->chain == reply ? reply->context->holder : inner_of(reply)->lender;
}

static void chain_pop(struct reply *reply)
{
    reply->context->chain = reply->outer;
    reply->context->depth--;
    reply->context = NULL;
    reply->outer = NULL;
    lender_set(reply, NULL);
}

/* The context returns to its lender, who may be dead, or have stopped waiting for the answer and need only this to run.
 * `answered` is about to be handed the CPU, and is not to be queued. */
static void context_home(struct kernel *kernel, struct reply *reply, const struct thread *answered)
{
    struct sched_context *context = reply->context;
    struct thread *lender = reply->lender;
    uint32_t lent = reply->lender_lent;
    chain_pop(reply);
    if (lender == NULL && context->chain == NULL)
        lender = context->owner;
    if (lender == NULL || lender->context != NULL || lender->state == UK_THREAD_DEAD) {
        sched_context_take(kernel, context);
        return;
    }
    sched_context_pass(kernel, context, lender, context->chain != NULL ? lent : 0);
    if ((lender->marks & THREAD_AWAITED) != 0)
        help_look(kernel, lender);
    if (lender != answered)
        sched_offer(kernel, lender);
}

/* Takes `reply` out of the middle of a chain: the call below now hands the context to whom this one would have. */
static void chain_skip(struct reply *reply)
{
    struct reply *inner = inner_of(reply);
    lender_set(inner, reply->lender);
    inner->lender_lent = reply->lender_lent;
    inner->outer = reply->outer;
    reply->context->depth--;
    reply->context = NULL;
    reply->outer = NULL;
    lender_set(reply, NULL);
}

/* Pulls the context back to the lender of `reply` from whoever runs on it; those below it lose their claim. */
static void context_reclaim(struct kernel *kernel, struct reply *reply, const struct thread *answered)
{
    struct sched_context *context = reply->context;
    struct thread *holder = context->holder;
    while (context->chain != reply)
        chain_pop(context->chain);
    context_home(kernel, reply, answered);
    if (holder == NULL)
        return;
    help_timeless(kernel, holder);
    if (holder->state == UK_THREAD_READY)
        thread_defer_fault(kernel, holder);
}

static void context_release(struct kernel *kernel, struct reply *reply, const struct thread *answered)
{
    if (reply->context == NULL)
        return;
    if (reply->context->chain == reply)
        context_home(kernel, reply, answered);
    else if (reply->context->policy == UK_CHAIN_RECLAIM)
        context_reclaim(kernel, reply, answered);
    else
        chain_skip(reply);
}

/* The reply is free again. */
static void reply_end(struct kernel *kernel, struct reply *reply, const struct thread *answered)
{
    reply->caller = NULL;
    context_release(kernel, reply, answered);
}

void reply_break(struct kernel *kernel, struct reply *reply)
{
    struct thread *caller = reply->caller, *worker = reply_worker(reply);
    if (caller != NULL)
        thread_unblock(kernel, caller);
    reply_end(kernel, reply, NULL);
    if (worker != NULL)
        help_timeless(kernel, worker);
    if (caller != NULL)
        thread_wake(kernel, caller, UK_PEER_DIED);
}

void reply_abandon(struct kernel *kernel, struct reply *reply)
{
    reply->caller = NULL;
    if (reply->context != NULL && reply->context->policy == UK_CHAIN_RECLAIM)
        context_reclaim(kernel, reply, NULL);
}

void reply_forget_lender(struct thread *thread)
{
    if (thread->lending != NULL)
        lender_set(thread->lending, NULL);
}

void reply_forget_context(struct sched_context *context)
{
    while (context->chain != NULL)
        chain_pop(context->chain);
}

void reply_break_one(struct kernel *kernel, struct thread *server)
{
    struct reply *reply = server->serving;
    reply_break(kernel, reply);
    unbind(kernel, reply);
}

/* A receiver that counted on this object to answer its next caller must not wait with a dangling one. */
void reply_disable(struct kernel *kernel, struct object *object)
{
    struct reply *reply = (struct reply *)object;
    struct thread *server = reply->server;
    if (server != NULL && server->state == UK_THREAD_RECEIVING && server->receives_with == reply)
        thread_cancel(kernel, server, UK_CANCELLED);
    reply_break(kernel, reply);
    unbind(kernel, reply);
}

/* A fault handler's answer goes to the thread's life, not to its registers. */
static void answer_fault(struct kernel *kernel, const struct thread *server, struct thread *faulted)
{
    uint32_t label = UK_TAG_LABEL(server->registers.call.tag);
    faulted->marks &= (uint16_t)~THREAD_FAULTED;
    if (label != UK_FAULT_RESUME && faulted->crossing != NULL)
        crossing_unwind(kernel, faulted, UK_PEER_FAULT);
    else if (label != UK_FAULT_RESUME)
        thread_die(kernel, faulted);
    else if (faulted->record.fault == UK_FAULT_OPERATION)
        faulted->marks |= THREAD_RESTART;
    if (label == UK_FAULT_RESUME)
        faulted->record.fault = UK_FAULT_NONE;
}

enum uk_status reply_answer(struct kernel *kernel, struct thread *server, struct reply *reply,
                            struct thread **answered)
{
    struct thread *caller = reply->caller;
    kernel->counters.replies++;
    if (caller == NULL) {
        kernel->counters.late_replies++;
        reply_end(kernel, reply, NULL);
        return UK_OK;
    }
    int faulted = (caller->marks & THREAD_FAULTED) != 0;
    if (!faulted) {
        enum uk_status status = message_move(kernel, server, caller, UK_RIGHT_GRANT, 0, 0);
        if (status != UK_OK)
            return status;
    }
    thread_unblock(kernel, caller);
    reply_end(kernel, reply, caller);
    if (faulted)
        answer_fault(kernel, server, caller);
    else
        message_answered(caller);
    *answered = thread_can_run(caller) ? caller : NULL;
    return UK_OK;
}

struct outcome reply_send(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *answered = NULL;
    enum uk_status status = reply_answer(kernel, caller, (struct reply *)via->object, &answered);
    if (answered != NULL)
        sched_offer(kernel, answered);
    help_timeless(kernel, caller);
    return outcome_done(status);
}
