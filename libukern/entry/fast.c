/* SPDX-License-Identifier: MIT */
/* The straight road for a call to a waiting passive server, and for its answer: what the long road does when nothing is
 * special, without asking. Equal to it by test (SEL-6, tests/entry/fast_test.c). Anything special: not taken. */
#include "entry/fast.h"

#include "core/message.h"
#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/endpoint.h"

#define UNLIKELY(condition) __builtin_expect((condition) != 0, 0)

/* Length and items: at most six words, and nothing else. */
static inline int is_short(uk_word tag) { return (tag & 1023) <= UK_REGISTER_WORDS; }

/* A filled slot that the handle names; NULL: anything but that. */
static inline struct capability *find_slot(const struct thread *thread, uk_handle handle)
{
    struct cnode *cnode = (struct cnode *)thread->cnode.object;
    uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
    if (UNLIKELY(cnode == NULL || index >= cnode->slot_count))
        return NULL;
    struct capability *slot = &cnode->slots[index];
    return UNLIKELY(generation != 0 && generation != slot->slot_generation) ? NULL : slot;
}

/* An endpoint behind the handle, open and of this incarnation. */
static inline struct endpoint *find_endpoint(const struct capability *slot, uint32_t right)
{
    if (UNLIKELY(slot == NULL || slot->type != UK_TYPE_ENDPOINT || (slot->rights & right) == 0))
        return NULL;
    struct endpoint *endpoint = (struct endpoint *)slot->object;
    return UNLIKELY(endpoint->closed || endpoint->generation != slot->generation) ? NULL : endpoint;
}

/* Which words a message of so many has; the others arrive as zero. Without branches: lengths differ from call to call. */
#define ALL (~(uk_word)0)
static const uk_word keeps[UK_REGISTER_WORDS + 1][UK_REGISTER_WORDS] = {
    {0}, {ALL}, {ALL, ALL}, {ALL, ALL, ALL}, {ALL, ALL, ALL, ALL}, {ALL, ALL, ALL, ALL, ALL}, {ALL, ALL, ALL, ALL, ALL, ALL}};

static inline void move_words(struct kernel *kernel, const struct thread *source, struct thread *target, uk_word tag,
                              uk_word flags, uk_word badge)
{
    unsigned length = UK_TAG_LENGTH(tag);
    const uk_word *from = source->registers.call.word;
    uk_word *to = target->registers.call.word;
    const uk_word *keep = keeps[length];
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        to[i] = from[i] & keep[i];
    target->registers.call.operation = UK_OK;
    target->registers.call.handle = badge;
    target->registers.call.tag = (tag & (1023 | ~(uk_word)0xffffffff)) | flags;
    kernel->counters.words_copied += length;
}

static inline void fast_switch(struct kernel *kernel, struct thread *caller, struct thread *next)
{
    kernel->now += kernel->entry_cost_ns;
    kernel->counters.entries++;
    kernel->counters.direct_switches++;
    kernel->counters.switches++;
    caller->entries++;
    kernel->current = next;
}

/* The only waiting receiver, passive and without a filter. */
static inline struct thread *find_server(const struct endpoint *endpoint)
{
    struct thread *server = endpoint->receivers.first;
    if (UNLIKELY(server == NULL || server->group_next != server || server->next != server))
        return NULL;
    if (UNLIKELY(server->context != NULL || server->receives_with == NULL || (server->marks & THREAD_CLOSED) != 0))
        return NULL;
    return UNLIKELY(server->deadline.at != UK_FOREVER || server->space.type == UK_TYPE_NONE) ? NULL : server;
}

static inline void server_leaves_queue(struct endpoint *endpoint, struct thread *server)
{
    endpoint->receivers.first = NULL;
    server->waits_on = NULL;
    server->waits_in = NULL;
    server->state = UK_THREAD_READY;
}

/* The caller waits on the reply, and its time goes to the server. */
static inline void call_begin(struct reply *reply, struct thread *caller, struct thread *server, uint32_t effective)
{
    struct sched_context *context = caller->context;
    reply->caller = reply->lender = caller;
    reply->lender_lent = caller->lent_priority;
    reply->context = context;
    reply->outer = context->chain;
    context->chain = reply;
    context->depth++;
    context->holder = server;
    caller->state = UK_THREAD_AWAITING_REPLY;
    caller->waits_on = &reply->object;
    caller->marks |= THREAD_UNTOLD;
    caller->lending = reply;
    caller->context = NULL;
    server->context = context;
    server->lent_priority = caller->effective;
    server->effective = (uint8_t)effective;
    if (UNLIKELY(caller->lent_priority != 0)) {
        caller->lent_priority = 0;
        caller->effective = caller->priority;
    }
}

struct thread *fast_call(struct kernel *kernel, struct thread *caller)
{
    const struct uk_call *call = &caller->registers.call;
    const struct capability *via = find_slot(caller, call->handle);
    struct endpoint *endpoint = find_endpoint(via, UK_RIGHT_SEND);
    struct thread *server = endpoint != NULL ? find_server(endpoint) : NULL;
    if (UNLIKELY(server == NULL || !is_short(call->tag) || call->deadline != UK_FOREVER))
        return NULL;
    if (UNLIKELY(caller->context == NULL || caller->lending != NULL || caller->context->depth >= UK_CALL_DEPTH_MAX))
        return NULL;
    uint32_t effective = server->priority > caller->effective ? server->priority : caller->effective;
    if (UNLIKELY(kernel->scheduler.top > (int)effective))
        return NULL;
    struct reply *reply = server->receives_with;
    move_words(kernel, caller, server, call->tag, UK_TAG_CALL, via->badge);
    server_leaves_queue(endpoint, server);
    call_begin(reply, caller, server, effective);
    caller->operation = UK_CALL;
    caller->calls++;
    kernel->counters.calls++;
    fast_switch(kernel, caller, server);
    return server;
}

/* The reply that the server owes to a caller that lent its time and waits for nothing else. */
static inline struct thread *find_caller(const struct capability *slot, const struct thread *server)
{
    if (UNLIKELY(slot == NULL || slot->type != UK_TYPE_REPLY || (slot->rights & UK_RIGHT_SEND) == 0))
        return NULL;
    const struct reply *reply = (const struct reply *)slot->object;
    struct thread *caller = reply->caller;
    if (UNLIKELY(caller == NULL || reply->server != server || reply->lender != caller))
        return NULL;
    if (UNLIKELY(server->context == NULL || reply->context != server->context || server->context->chain != reply))
        return NULL;
    if (UNLIKELY((caller->marks & ~(THREAD_UNTOLD | THREAD_BY_ARRIVAL)) != 0 || caller->deadline.at != UK_FOREVER))
        return NULL;
    return UNLIKELY(caller->context != NULL || caller->space.type == UK_TYPE_NONE) ? NULL : caller;
}

/* The answer is given: the time goes home. */
static inline void call_end(struct reply *reply, struct thread *caller, uint32_t lent, uint32_t effective)
{
    struct sched_context *context = reply->context;
    context->chain = reply->outer;
    context->depth--;
    context->holder = caller;
    caller->context = context;
    caller->waits_on = NULL;
    caller->state = UK_THREAD_READY;
    caller->lending = NULL;
    if (UNLIKELY(lent != 0)) {
        caller->lent_priority = (uint8_t)lent;
        caller->effective = (uint8_t)effective;
    }
    reply->caller = reply->lender = NULL;
    reply->context = NULL;
    reply->outer = NULL;
}

static inline void server_waits(struct endpoint *endpoint, struct reply *reply, struct thread *server)
{
    server->receives_with = reply;
    server->context = NULL;
    server->lent_priority = 0;
    server->effective = server->priority;
    server->rank = server->priority;
    server->marks = (uint8_t)((server->marks & ~(THREAD_CLOSED | THREAD_BY_ARRIVAL)) | THREAD_UNTOLD);
    server->state = UK_THREAD_RECEIVING;
    server->waits_on = &endpoint->object;
    server->waits_in = &endpoint->receivers;
    server->next = server->previous = server->group_next = server->group_previous = server;
    endpoint->receivers.first = server;
}

struct thread *fast_reply_receive(struct kernel *kernel, struct thread *server)
{
    const struct uk_call *call = &server->registers.call;
    struct endpoint *endpoint = find_endpoint(find_slot(server, call->handle), UK_RIGHT_RECEIVE);
    const struct capability *slot = find_slot(server, call->reply);
    struct thread *caller = find_caller(slot, server);
    if (UNLIKELY(endpoint == NULL || caller == NULL || !is_short(call->tag) || call->deadline != UK_FOREVER))
        return NULL;
    if (UNLIKELY(endpoint->senders.first != NULL || endpoint->receivers.first != NULL || server->signalled ||
                 !endpoint->by_priority))
        return NULL;
    struct reply *reply = (struct reply *)slot->object;
    uint32_t lent = reply->outer != NULL ? reply->lender_lent : 0;
    uint32_t effective = caller->priority > lent ? caller->priority : lent;
    if (UNLIKELY(kernel->scheduler.top > (int)effective))
        return NULL;
    move_words(kernel, server, caller, call->tag, 0, 0);
    call_end(reply, caller, lent, effective);
    server_waits(endpoint, reply, server);
    server->operation = UK_REPLY_RECEIVE;
    kernel->counters.replies++;
    kernel->counters.receives++;
    fast_switch(kernel, server, caller);
    return caller;
}
