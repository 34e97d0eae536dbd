/* SPDX-License-Identifier: MIT */
/* What must hold whatever the input: the kernel's invariants, one completion for each operation, and clean results. */
#include <string.h>

#include "core/reply.h"
#include "fuzz/operations_inside.h"
#include "ipc/endpoint.h"
#include "ipc/port.h"
#include "ipc/portal.h"

void oracles_begin(struct operations *operations)
{
    const struct cnode *root = operations->kernel->root_cnode;
    for (unsigned i = 0; i < OPERATIONS_THREADS; i++) {
        struct thread *thread = (struct thread *)root->slots[WORLD_THREAD + i].object;
        operations->watched[i] = (struct watched){thread, thread->object.number, (uint32_t)thread_is_blocked(thread)};
    }
}

static struct watched *watched_by_number(struct operations *operations, uint32_t number)
{
    for (unsigned i = 0; i < OPERATIONS_THREADS; i++)
        if (operations->watched[i].number == number)
            return &operations->watched[i];
    return NULL;
}

static uint64_t fold(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static void event_fold(struct operations *operations, const struct uk_event *event)
{
    uint64_t hash = fold(operations->events, event->time);
    hash = fold(hash, (uint64_t)event->kind << 32 | event->thread);
    hash = fold(hash, (uint64_t)event->operation << 32 | event->status);
    hash = fold(fold(fold(hash, event->handle), event->badge), event->tag);
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        hash = fold(hash, event->word[i]);
    operations->events = hash;
}

/* HQ-1: whatever a thread asks for completes once. A restarted operation is asked for again, and is the same one. A call
 * through a portal that dies ends whatever the thread was asking for inside, or just when it was not. */
void oracles_event(struct operations *operations, const struct uk_event *event)
{
    if (operations->quiet)
        return;
    if (operations->tracing)
        event_fold(operations, event);
    struct watched *watched = watched_by_number(operations, event->thread);
    if (watched == NULL || (event->kind != UK_EVENT_ENTRY && event->kind != UK_EVENT_RESULT))
        return;
    if (event->kind == UK_EVENT_RESULT && !watched->open && event->operation != UK_PORTAL_CALL)
        operations_fail(operations, "thread %u: %s completed (%s) though nothing was asked for", event->thread,
                        uk_operation_name(event->operation), uk_status_name((enum uk_status)event->status));
    watched->open = event->kind == UK_EVENT_ENTRY;
}

/* Nobody may wait for what cannot come. Only the dying are still on their way to their own completion. */
static void waiting_check(struct operations *operations, const struct thread *thread)
{
    const struct object *object = thread->waits_on;
    const struct reply *reply = (const struct reply *)object;
    if (!thread_is_blocked(thread) || operations->kernel->dying_first != NULL)
        return;
    if (object == NULL || object->references == 0)
        operations_fail(operations, "thread %u waits (state %u) for an object that nobody can name",
                        thread->object.number, thread->state);
    else if (thread->state == UK_THREAD_AWAITING_REPLY &&
             (reply->server == NULL || reply->server->state == UK_THREAD_DEAD))
        operations_fail(operations, "thread %u awaits the reply of a thread that is gone", thread->object.number);
    else if (object->type == UK_TYPE_ENDPOINT && ((const struct endpoint *)object)->closed)
        operations_fail(operations, "thread %u waits at an endpoint whose server died", thread->object.number);
    else if (object->type == UK_TYPE_PORT && thread->state == UK_THREAD_SENDING && ((const struct port *)object)->closed)
        operations_fail(operations, "thread %u waits to send to a port that nobody receives from", thread->object.number);
    else if (object->type == UK_TYPE_PORTAL && portal_is_closed((const struct portal *)object))
        operations_fail(operations, "thread %u waits to enter a portal that is closed", thread->object.number);
    else if (thread->deadline.at <= operations->kernel->now)
        operations_fail(operations, "thread %u waits though its deadline has passed", thread->object.number);
}

void oracles_state(struct operations *operations)
{
    char text[300];
    unsigned broken = uk_check(operations->embedded, text, sizeof text);
    if (broken != 0)
        operations_fail(operations, "invariant %u: %s", broken, text);
    for (unsigned i = 0; i < OPERATIONS_THREADS && !operations->failed; i++) {
        const struct watched *watched = &operations->watched[i];
        if (watched->thread->object.type == UK_TYPE_THREAD && watched->thread->object.number == watched->number)
            waiting_check(operations, watched->thread);
    }
}

static int is_message(const struct uk_call *call, const struct uk_result *result)
{
    uk_word number = call->operation & ~UK_FILTERED;
    return result->completed && result->status == UK_OK &&
           (number == UK_RECEIVE || number == UK_REPLY_RECEIVE || number == UK_CALL);
}

void oracles_result(struct operations *operations, const struct thread *actor, uint32_t number,
                    const struct uk_call *call, const struct uk_result *result)
{
    const struct uk_call *after = &result->call;
    if (result->completed && (uint32_t)result->status >= UK_STATUS_COUNT)
        operations_fail(operations, "thread %u: a status that does not exist: %u", number, (unsigned)result->status);
    if (after->reply != call->reply || after->deadline != call->deadline || after->filter != call->filter)
        operations_fail(operations, "thread %u: an operation changed registers that are only read", number);
    if (!is_message(call, result))
        return;
    for (unsigned i = UK_TAG_LENGTH(after->tag); i < UK_REGISTER_WORDS; i++)
        if (after->word[i] != 0)
            operations_fail(operations, "thread %u: word %u is beyond the message, and not zero", number, i);
    if ((after->tag & ~(uk_word)UINT32_MAX) != 0 && (after->tag & UK_TAG_SIGNAL) != 0)
        operations_fail(operations, "thread %u: a signal with a label", number);
    (void)actor;
}

/* Receiving does something before it fails: who was not answered hears so, bad senders are sent away. An operation that
 * ended while it waited, if only for a moment within one kernel entry, was not refused. */
int oracles_refused(const struct uk_call *call, const struct uk_result *result)
{
    uk_word number = call->operation & ~UK_FILTERED;
    int receives = number == UK_RECEIVE || number == UK_REPLY_RECEIVE;
    switch (result->status) {
    case UK_OK:
    case UK_TIMED_OUT:
    case UK_CANCELLED:
    case UK_PEER_DIED:
        return 0;
    case UK_WOULD_BLOCK:
        return result->completed && !receives;
    default:
        return result->completed != 0;
    }
}
