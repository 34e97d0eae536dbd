/* SPDX-License-Identifier: MIT */
/* Invariants of threads, ready lists and wait queues: membership is shown by pointers one way, by counts the other. */
#include "embed/check.h"

#include "core/help.h"
#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/portal.h"

static int fail(struct checker *checker, enum check_number number, const struct thread *thread, const char *why)
{
    return check_fail(checker, number, &thread->object, why);
}

static int check_fields(struct checker *checker, const struct thread *thread)
{
    uint32_t urgency = thread->helper != NULL ? thread->helper->effective : thread_own_urgency(thread);
    if (thread->state >= UK_THREAD_STATE_COUNT)
        return fail(checker, CHECK_THREAD, thread, "its state does not exist");
    if (thread->effective != urgency)
        return fail(checker, CHECK_THREAD, thread, "its effective priority is neither its helper's nor its own urgency");
    if (thread->lent_priority != 0 && (thread->context == NULL || thread->context->chain == NULL))
        return fail(checker, CHECK_THREAD, thread, "it has a lent priority without lent time");
    if ((thread->marks & THREAD_FAULTED) != 0 && thread->state != UK_THREAD_CALLING &&
        thread->state != UK_THREAD_AWAITING_REPLY)
        return fail(checker, CHECK_THREAD, thread, "its fault has been neither sent nor answered");
    if ((thread->marks & THREAD_LENDS) != 0 && thread->state != UK_THREAD_AWAITING_REPLY)
        return fail(checker, CHECK_LEASE, thread, "it lends memory, but awaits no reply");
    if (thread->stage != UK_NONE && ((thread->marks & THREAD_RESTART) == 0 ||
                                     (thread->state != UK_THREAD_CALLING && thread->state != UK_THREAD_AWAITING_REPLY)))
        return fail(checker, CHECK_THREAD, thread, "its call has a next stage, but it is not calling");
    return thread->deadline.kind == DEADLINE_THREAD ||
           fail(checker, CHECK_ARMED, thread, "its deadline is of another kind");
}

/* The type and the queue of what a thread in this state waits on. */
static const struct queue *queue_of(const struct thread *thread, uint32_t *type)
{
    const struct object *object = thread->waits_on;
    uint32_t found = object != NULL ? object->type : UK_TYPE_NONE;
    *type = UK_TYPE_ENDPOINT;
    if (thread->state == UK_THREAD_SENDING && found == UK_TYPE_PORT) {
        *type = found;
        return &((const struct port *)object)->senders;
    }
    if (thread->state == UK_THREAD_CALLING && found == UK_TYPE_PORTAL) {
        *type = found;
        return &((const struct portal *)object)->callers;
    }
    if (thread->state == UK_THREAD_RECEIVING && (found == UK_TYPE_PORT || found == UK_TYPE_PORT_SET)) {
        *type = found;
        return found == UK_TYPE_PORT ? &((const struct port *)object)->receivers
                                     : &((const struct port_set *)object)->receivers;
    }
    switch (thread->state) {
    case UK_THREAD_SENDING:
    case UK_THREAD_CALLING:
        return &((const struct endpoint *)object)->senders;
    case UK_THREAD_RECEIVING:
        return &((const struct endpoint *)object)->receivers;
    case UK_THREAD_WAITING:
        *type = UK_TYPE_NOTIFICATION;
        return &((const struct notification *)object)->waiters;
    case UK_THREAD_AWAITING_REPLY:
        *type = UK_TYPE_REPLY;
        return NULL;
    default:
        *type = UK_TYPE_NONE;
        return NULL;
    }
}

static int check_waits(struct checker *checker, const struct thread *thread)
{
    uint32_t type;
    if (thread->deadline.at != UK_FOREVER && !thread_is_blocked(thread))
        return fail(checker, CHECK_ARMED, thread, "it is not blocked, but has a deadline");
    checker->waiting += thread->waits_in != NULL;
    checker->armed += thread->deadline.at != UK_FOREVER;
    if (thread_is_blocked(thread) &&
        (thread->waits_on == NULL || !check_is_live(checker, thread->waits_on, thread->waits_on->type)))
        return fail(checker, CHECK_WAITS, thread, "it waits on nothing that lives");
    const struct queue *queue = queue_of(thread, &type);
    if ((thread->waits_on != NULL ? thread->waits_on->type : UK_TYPE_NONE) != type)
        return fail(checker, CHECK_WAITS, thread, "what it waits on does not fit its state");
    if (thread->waits_in != queue)
        return fail(checker, CHECK_WAITS, thread, "it waits in another queue than its object's");
    return 1;
}

static int check_partners(struct checker *checker, const struct thread *thread)
{
    const struct reply *with = thread->state == UK_THREAD_RECEIVING ? thread->receives_with : NULL;
    if (with != NULL && (!check_is_live(checker, with, UK_TYPE_REPLY) || with->server != thread ||
                         with->caller != NULL || with->context != NULL))
        return fail(checker, CHECK_RECEIVER, thread, "the Reply that it receives with is not its own, or in use");
    checker->calling += thread->state == UK_THREAD_AWAITING_REPLY;
    if (thread->state == UK_THREAD_AWAITING_REPLY && ((const struct reply *)thread->waits_on)->caller != thread)
        return fail(checker, CHECK_REPLY, thread, "the Reply that it awaits does not know it");
    const struct reply *before = NULL;
    for (const struct reply *reply = thread->serving; reply != NULL; before = reply, reply = reply->served_next) {
        if (!check_is_live(checker, reply, UK_TYPE_REPLY) || reply->server != thread ||
            reply->served_previous != before)
            return fail(checker, CHECK_SERVING, thread, "its list of Replies is broken");
        checker->serving++;
    }
    return 1;
}

static int check_times(struct checker *checker, const struct thread *thread)
{
    const struct sched_context *context = thread->context, *own = thread->own_context;
    const struct reply *lending = thread->lending;
    checker->lending += lending != NULL;
    if (lending != NULL && (!check_is_live(checker, lending, UK_TYPE_REPLY) || lending->lender != thread))
        return fail(checker, CHECK_CHAIN, thread, "the Reply through which it lent does not know it");
    checker->holders += context != NULL;
    checker->owners += own != NULL;
    if (context != NULL && (!check_is_live(checker, context, UK_TYPE_SCHED_CONTEXT) || context->holder != thread))
        return fail(checker, CHECK_HOLDER, thread, "the context that it runs on does not know it");
    if (own != NULL && (!check_is_live(checker, own, UK_TYPE_SCHED_CONTEXT) || own->owner != thread))
        return fail(checker, CHECK_HOLDER, thread, "the context bound to it does not know it");
    return 1;
}

static int is_runnable(const struct checker *checker, const struct thread *thread)
{
    return sched_may_run(thread) && thread != checker->kernel->current;
}

static int check_runnable(struct checker *checker, const struct thread *thread)
{
    checker->queued += thread->queued != 0;
    if (is_runnable(checker, thread) == (thread->queued == 1))
        return 1;
    return fail(checker, CHECK_RUNNABLE, thread,
                thread->queued ? "it is in a ready list, but cannot run" : "it could run, but is in no ready list");
}

static int check_services(struct checker *checker, const struct thread *thread)
{
    const struct service *before = NULL;
    const struct object *bound = NULL;
    for (const struct service *service = thread->services; service != NULL; before = service, service = service->next) {
        if (!check_in_arena(checker, service, sizeof *service, 8) || service->server != thread ||
            service->previous != before || service->object == NULL ||
            !check_is_live(checker, service->object, service->object->type))
            return fail(checker, CHECK_SERVICES, thread, "its list of objects bound to it is broken");
        if (service->object->type == UK_TYPE_NOTIFICATION && bound != NULL)
            return fail(checker, CHECK_SERVICES, thread, "two notifications are bound to it");
        if (service->object->type == UK_TYPE_NOTIFICATION)
            bound = service->object;
        checker->services++;
    }
    if (thread->bound != bound)
        return fail(checker, CHECK_SERVICES, thread, "its bound notification is not on its list");
    if (thread->state != UK_THREAD_DEAD && (thread->signalled != 0) != (thread->signals != 0))
        return fail(checker, CHECK_NOTIFICATION, thread, "it was signalled without bits, or has bits without signal");
    if (thread_hears(thread) && thread->state == UK_THREAD_RECEIVING && (thread->marks & THREAD_CLOSED) == 0)
        return fail(checker, CHECK_NOTIFICATION, thread, "it receives although it was signalled");
    return 1;
}

static int check_dead(struct checker *checker, const struct thread *thread)
{
    if (thread->state != UK_THREAD_DEAD || (thread->object.flags & OBJECT_DYING) != 0)
        return 1;
    if (thread->serving != NULL || thread->services != NULL || thread->own_context != NULL ||
        thread->lending != NULL || thread->crossing != NULL || thread->watch.type != UK_TYPE_NONE)
        return fail(checker, CHECK_DEAD, thread, "it is dead and taken apart, but still owes or owns something");
    return 1;
}

int check_thread(struct checker *checker, const struct thread *thread)
{
    checker->threads += thread->object.references > 0;
    return check_times(checker, thread) && check_fields(checker, thread) && check_waits(checker, thread) &&
           check_partners(checker, thread) && check_runnable(checker, thread) && check_services(checker, thread) &&
           check_crossings(checker, thread) && check_help(checker, thread) && check_dead(checker, thread);
}

/* Ready lists. ----------------------------------------------------------------------------------------------------- */

static int check_ready_list(struct checker *checker, uint32_t priority, uint64_t *found)
{
    const struct ready_list *list = &checker->kernel->scheduler.lists[priority];
    const struct thread *before = NULL;
    for (const struct thread *thread = list->first; thread != NULL; before = thread, thread = thread->next) {
        if (!check_is_live(checker, thread, UK_TYPE_THREAD) || thread->previous != before || !thread->queued ||
            thread->effective != priority || (*found)++ >= checker->threads)
            return check_fail(checker, CHECK_READY_LISTS, before != NULL ? &before->object : NULL,
                              "what follows in the ready list does not belong there");
    }
    return list->last == before ||
           check_fail(checker, CHECK_READY_LISTS, before != NULL ? &before->object : NULL,
                      "a ready list ends elsewhere than it says");
}

static int check_current(struct checker *checker)
{
    const struct kernel *kernel = checker->kernel;
    const struct thread *current = kernel->current;
    if (current == NULL)
        return kernel->charging == NULL || check_fail(checker, CHECK_CURRENT, NULL, "nobody runs, but time is charged");
    if (!check_is_live(checker, current, UK_TYPE_THREAD))
        return check_fail(checker, CHECK_CURRENT, NULL, "the current thread is none");
    if (!sched_may_run(current))
        return fail(checker, CHECK_CURRENT, current, "it is the current thread, but cannot run");
    return kernel->charging == help_payer(current) ||
           fail(checker, CHECK_CURRENT, current, "its time is not charged to its context, or its helper's");
}

int check_ready(struct checker *checker)
{
    const struct scheduler *scheduler = &checker->kernel->scheduler;
    uint64_t found = 0;
    int32_t top = -1;
    for (uint32_t priority = 0; priority <= UK_PRIORITY_MAX; priority++) {
        uint32_t marked = (uint32_t)(scheduler->map[priority / 64] >> priority % 64) & 1;
        const struct ready_list *list = &scheduler->lists[priority];
        top = marked ? (int32_t)priority : top;
        if (marked != (list->first != NULL))
            return check_fail(checker, CHECK_READY_LISTS, NULL, "the bitmap is wrong about a ready list");
        if ((marked || list->last != NULL) && !check_ready_list(checker, priority, &found))
            return 0;
    }
    if (found != checker->queued)
        return check_fail(checker, CHECK_READY_LISTS, NULL, "a thread is marked as queued but is in no ready list");
    if (scheduler->top != top)
        return check_fail(checker, CHECK_READY_LISTS, NULL, "the greatest ready priority is another");
    if (checker->kernel->faulting.first != NULL)
        return check_fail(checker, CHECK_CURRENT, NULL, "a fault has been put off beyond its kernel entry");
    return check_current(checker);
}

/* Wait queues. ----------------------------------------------------------------------------------------------------- */

static int check_member(struct checker *checker, const struct queue *queue, const struct object *object,
                        int by_priority, const struct thread *thread)
{
    if (thread->waits_in != queue || thread->waits_on != object)
        return fail(checker, CHECK_MEMBERS, thread, "it is in a queue that it does not wait in");
    if (by_priority != ((thread->marks & THREAD_BY_ARRIVAL) == 0))
        return fail(checker, CHECK_QUEUES, thread, "it mistakes the order of its queue");
    if (thread->rank != (by_priority ? thread->effective : 0))
        return fail(checker, CHECK_QUEUES, thread, "it is queued with another rank than its priority");
    checker->members++;
    return 1;
}

/* The ring of threads of one rank. */
static int check_group(struct checker *checker, const struct queue *queue, const struct object *object,
                       int by_priority, const struct thread *head)
{
    const struct thread *thread = head;
    do {
        const struct thread *next = thread->next;
        if (!check_member(checker, queue, object, by_priority, thread))
            return 0;
        if (!check_is_live(checker, next, UK_TYPE_THREAD) || next->previous != thread || next->rank != head->rank ||
            (next != head && next->group_next != NULL))
            return fail(checker, CHECK_QUEUES, thread, "whoever comes behind it in its queue does not belong there");
        thread = next;
    } while (thread != head);
    return 1;
}

int check_queue(struct checker *checker, const struct queue *queue, const struct object *object, int by_priority)
{
    const struct thread *head = queue->first;
    if (head == NULL)
        return 1;
    do {
        if (!check_is_live(checker, head, UK_TYPE_THREAD) || head->group_next == NULL)
            return check_fail(checker, CHECK_QUEUES, object, "a group in its queue has no head");
        const struct thread *next = head->group_next;
        if (!check_group(checker, queue, object, by_priority, head))
            return 0;
        if (!check_is_live(checker, next, UK_TYPE_THREAD) || next->group_previous != head ||
            (next != queue->first && next->rank >= head->rank))
            return fail(checker, CHECK_QUEUES, head, "the group behind its own does not belong there");
        head = next;
    } while (head != queue->first);
    return 1;
}
