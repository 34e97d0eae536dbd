/* SPDX-License-Identifier: MIT */
/* Rendezvous: who comes second moves the message. Errors of one side never cost the other its place in the queue. */
#include "ipc/endpoint.h"

#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/message.h"
#include "core/reply.h"

enum uk_status endpoint_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel;
    ((struct endpoint *)object)->by_priority = size == UK_ORDER_PRIORITY;
    return UK_OK;
}

/* Order by arrival is a wish that nobody be more urgent. */
struct thread *endpoint_helped(const struct object *object)
{
    const struct endpoint *endpoint = (const struct endpoint *)object;
    return endpoint->by_priority ? endpoint->service.server : NULL;
}

const struct queue *endpoint_waiters(const struct object *object)
{
    static const struct queue nobody;
    const struct endpoint *endpoint = (const struct endpoint *)object;
    return endpoint->by_priority ? &endpoint->senders : &nobody;
}

static int filter_takes(const struct thread *receiver, uk_word badge)
{
    return (receiver->marks & THREAD_CLOSED) == 0 || receiver->registers.call.filter == badge;
}

static struct thread *find_receiver(const struct endpoint *endpoint, uk_word badge)
{
    struct thread *receiver = endpoint->receivers.first;
    while (receiver != NULL && !filter_takes(receiver, badge))
        receiver = queue_next(&endpoint->receivers, receiver);
    return receiver;
}

static struct thread *find_sender(const struct endpoint *endpoint, const struct thread *receiver)
{
    struct thread *sender = endpoint->senders.first;
    while (sender != NULL && !filter_takes(receiver, sender->send_badge))
        sender = queue_next(&endpoint->senders, sender);
    return sender;
}

/* Whom does this thread wait for, for ever? NULL: nobody in particular. */
static const struct thread *waited_for(const struct thread *thread)
{
    if (thread->deadline.at != UK_FOREVER)
        return NULL;
    if (thread->state == UK_THREAD_AWAITING_REPLY)
        return ((const struct reply *)thread->waits_on)->server;
    if ((thread->state == UK_THREAD_SENDING || thread->state == UK_THREAD_CALLING) &&
        thread->waits_on->type == UK_TYPE_ENDPOINT)
        return ((const struct endpoint *)thread->waits_on)->service.server;
    return NULL;
}

/* Would waiting for the server of this endpoint close a circle? MX-3; the circle is as long as calls may nest. */
static int closes_circle(const struct endpoint *endpoint, const struct thread *caller, uk_time until)
{
    const struct thread *thread = endpoint->service.server;
    for (unsigned i = 0; until == UK_FOREVER && thread != NULL && i < UK_CALL_DEPTH_MAX; i++) {
        if (thread == caller)
            return 1;
        thread = waited_for(thread);
    }
    return 0;
}

/* Nobody is there to take the message. */
static struct outcome wait_to_send(struct kernel *kernel, struct thread *caller, struct capability *via,
                                   uint32_t state, uk_time until)
{
    struct endpoint *endpoint = (struct endpoint *)via->object;
    if (until <= kernel->now)
        return outcome_done(until == UK_NOW ? UK_WOULD_BLOCK : UK_TIMED_OUT);
    if (closes_circle(endpoint, caller, until))
        return outcome_done(UK_DEADLOCK);
    caller->send_badge = via->badge;
    caller->send_rights = via->rights;
    caller->send_generation = via->generation;
    thread_block(kernel, caller, state, &endpoint->object, &endpoint->senders, endpoint->by_priority, until);
    help_wait(kernel, caller);
    return outcome_block(NULL);
}

/* The server that this capability speaks to is gone: at once, whatever the deadline (HQ-3). */
static int is_dead(const struct endpoint *endpoint, const struct capability *via)
{
    return endpoint->closed || via->generation != endpoint->generation;
}

static struct outcome peer_died(const struct endpoint *endpoint, struct thread *caller)
{
    if ((caller->marks & THREAD_FAULTED) == 0)
        caller->registers.call.word[0] = endpoint->generation; /* so that a client knows whether to look it up anew */
    return outcome_done(UK_PEER_DIED);
}

static void receiver_take(struct kernel *kernel, struct thread *receiver)
{
    thread_unblock(kernel, receiver);
    receiver->registers.call.operation = UK_OK;
    receiver->marks &= (uint16_t)~THREAD_CLOSED;
}

struct outcome endpoint_send(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct endpoint *endpoint = (struct endpoint *)via->object;
    if (is_dead(endpoint, via))
        return peer_died(endpoint, caller);
    kernel->counters.sends++;
    struct thread *receiver = find_receiver(endpoint, via->badge);
    if (receiver == NULL)
        return wait_to_send(kernel, caller, via, UK_THREAD_SENDING, caller->registers.call.deadline);
    enum uk_status status = message_move(kernel, caller, receiver, via->rights, via->badge, 0);
    if (status != UK_OK)
        return outcome_done(status);
    receiver_take(kernel, receiver);
    sched_offer(kernel, receiver);
    return outcome_done(UK_OK);
}

struct outcome endpoint_call_with(struct kernel *kernel, struct thread *caller, struct capability *via, uk_time until,
                                  uk_word flags)
{
    struct endpoint *endpoint = (struct endpoint *)via->object;
    if (is_dead(endpoint, via))
        return peer_died(endpoint, caller);
    if (!reply_may_nest(caller))
        return outcome_done(UK_LIMIT);
    kernel->counters.calls++;
    caller->calls++;
    struct thread *receiver = find_receiver(endpoint, via->badge);
    if (receiver == NULL)
        return wait_to_send(kernel, caller, via, UK_THREAD_CALLING, until);
    struct reply *reply = receiver->receives_with;
    if (reply == NULL)
        return outcome_done(UK_NO_REPLY);
    enum uk_status status =
        message_call(kernel, caller, receiver, reply, via->rights, via->badge, UK_TAG_CALL | flags);
    if (status != UK_OK)
        return outcome_done(status);
    receiver_take(kernel, receiver);
    reply_begin(kernel, reply, caller, receiver, until);
    return outcome_block(thread_can_run(receiver) ? receiver : NULL);
}

struct outcome endpoint_call(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return endpoint_call_with(kernel, caller, via, caller->registers.call.deadline, 0);
}

static uk_time deadline_of(const struct thread *sender)
{
    return (sender->marks & (THREAD_FAULTED | THREAD_INTERPOSED)) != 0 ? UK_FOREVER : sender->registers.call.deadline;
}

/* The message of one queued sender. Its own mistakes are its own: it is completed with them, and the receiver goes on. */
static enum uk_status take_from(struct kernel *kernel, struct thread *receiver, struct thread *sender,
                                struct reply *reply)
{
    const struct endpoint *endpoint = (const struct endpoint *)sender->waits_on;
    int calls = sender->state == UK_THREAD_CALLING;
    if (sender->send_generation != endpoint->generation)
        return UK_PEER_DIED;
    if (calls && reply == NULL)
        return UK_NO_REPLY;
    uk_word flags = (calls ? UK_TAG_CALL : 0) | ((sender->marks & THREAD_INTERPOSED) != 0 ? UK_TAG_INTERPOSED : 0);
    enum uk_status status =
        message_call(kernel, sender, receiver, calls ? reply : NULL, sender->send_rights, sender->send_badge, flags);
    if (status != UK_OK)
        return status;
    if (!calls) {
        thread_cancel(kernel, sender, UK_OK);
        return UK_OK;
    }
    uk_time until = deadline_of(sender);
    thread_unblock(kernel, sender);
    reply_begin(kernel, reply, sender, receiver, until);
    return UK_OK;
}

/* Receives what is there, or blocks. `reply` is free. */
static struct outcome receive_with(struct kernel *kernel, struct thread *caller, struct endpoint *endpoint,
                                   struct reply *reply)
{
    if (reply != NULL)
        reply_bind(kernel, reply, caller);
    caller->marks &= (uint16_t)~THREAD_CLOSED;
    if ((caller->registers.call.operation & UK_FILTERED) != 0)
        caller->marks |= THREAD_CLOSED;
    kernel->counters.receives++;
    if (thread_hears(caller) && (caller->marks & THREAD_CLOSED) == 0) { /* HU-2: before any sender */
        thread_take_signals(kernel, caller);
        return outcome_done(UK_OK);
    }
    for (struct thread *sender = find_sender(endpoint, caller); sender != NULL;
         sender = find_sender(endpoint, caller)) {
        enum uk_status status = take_from(kernel, caller, sender, reply);
        if (status == UK_OK)
            return outcome_done(UK_OK);
        thread_cancel(kernel, sender, status);
    }
    uk_time until = caller->registers.call.deadline;
    if (until <= kernel->now)
        return outcome_done(until == UK_NOW ? UK_WOULD_BLOCK : UK_TIMED_OUT);
    caller->receives_with = reply;
    thread_block(kernel, caller, UK_THREAD_RECEIVING, &endpoint->object, &endpoint->receivers, endpoint->by_priority,
                 until);
    help_receives(kernel, caller);
    return outcome_block(NULL);
}

static enum uk_status find_reply(const struct thread *caller, struct reply **reply)
{
    struct capability *slot;
    enum uk_status status =
        capability_require(caller, caller->registers.call.reply, UK_TYPE_REPLY, UK_RIGHT_SEND, &slot);
    if (status == UK_OK)
        *reply = (struct reply *)slot->object;
    return status;
}

struct outcome endpoint_receive(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct endpoint *endpoint = (struct endpoint *)via->object;
    struct reply *reply = NULL;
    if (caller->registers.call.reply != UK_NONE) {
        enum uk_status status = find_reply(caller, &reply);
        if (status != UK_OK)
            return outcome_done(status);
    }
    if (is_dead(endpoint, via))
        return peer_died(endpoint, caller);
    if (reply != NULL && reply_is_taken(reply, caller))
        return outcome_done(UK_BUSY);
    if (reply != NULL)
        reply_break(kernel, reply); /* SEL-9: whoever still waits on it hears that no answer comes */
    return receive_with(kernel, caller, endpoint, reply);
}

struct outcome endpoint_reply_receive(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct endpoint *endpoint = (struct endpoint *)via->object;
    struct reply *reply;
    struct thread *answered = NULL;
    enum uk_status status = find_reply(caller, &reply);
    if (status != UK_OK)
        return outcome_done(status);
    if (is_dead(endpoint, via))
        return peer_died(endpoint, caller);
    if (reply_is_taken(reply, caller))
        return outcome_done(UK_BUSY);
    status = reply_answer(kernel, caller, reply, &answered);
    if (status != UK_OK)
        return outcome_done(status);
    struct outcome outcome = receive_with(kernel, caller, endpoint, reply);
    if (outcome.kind == OUTCOME_BLOCKED) {
        outcome.next = answered;
        return outcome;
    }
    help_timeless(kernel, caller); /* its time went with the answer */
    if (answered != NULL)
        sched_offer(kernel, answered);
    return outcome;
}

struct outcome endpoint_bind(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct endpoint *endpoint = (struct endpoint *)via->object;
    uk_handle handle = caller->registers.call.word[0];
    if (endpoint->service.server != NULL)
        help_ask(kernel, endpoint->service.server);
    if (handle == UK_NONE) {
        service_bind(&endpoint->service, &endpoint->object, NULL);
        return outcome_done(UK_OK);
    }
    if (endpoint->closed && (!object_drain(kernel) || kernel->current != caller))
        return outcome_restart(); /* first all clients of the dead server hear of it (or it was the caller that died) */
    struct capability *server;
    enum uk_status status = capability_require(caller, handle, UK_TYPE_THREAD, UK_RIGHT_MANAGE, &server);
    if (status != UK_OK)
        return outcome_done(status);
    if (endpoint->service.server != NULL)
        return outcome_done(UK_BUSY);
    if (((struct thread *)server->object)->state == UK_THREAD_DEAD)
        return outcome_done(UK_PEER_DIED);
    endpoint->generation += endpoint->served;
    endpoint->served = 1;
    endpoint->closed = 0;
    via->generation = endpoint->generation;
    service_bind(&endpoint->service, &endpoint->object, (struct thread *)server->object);
    if (endpoint->senders.first != NULL)
        help_chosen(kernel, endpoint->service.server);
    return outcome_done(UK_OK);
}

void endpoint_server_died(struct kernel *kernel, struct object *object)
{
    ((struct endpoint *)object)->closed = 1;
    object_bury(kernel, object); /* its queues are emptied step by step, before the killing operation completes */
}

void endpoint_disable(struct kernel *kernel, struct object *object)
{
    struct endpoint *endpoint = (struct endpoint *)object;
    if (endpoint->service.server != NULL)
        help_ask(kernel, endpoint->service.server);
    service_bind(&endpoint->service, object, NULL);
    endpoint->closed = 1;
}

/* Nobody will ever be served here (L4-6). */
int endpoint_drain(struct kernel *kernel, struct object *object)
{
    struct endpoint *endpoint = (struct endpoint *)object;
    while (endpoint->closed && (endpoint->senders.first != NULL || endpoint->receivers.first != NULL)) {
        struct thread *thread = endpoint->senders.first;
        if (thread != NULL)
            thread_cancel(kernel, thread, UK_PEER_DIED);
        else
            thread_cancel(kernel, endpoint->receivers.first, UK_CANCELLED);
        if (machine_preempted(kernel))
            return 0;
    }
    return 1;
}
