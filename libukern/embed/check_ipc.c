/* SPDX-License-Identifier: MIT */
/* Invariants of what threads meet at: endpoints, replies, notifications, interrupts, rings. */
#include "embed/check.h"

#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/resident.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

enum {
    COMPARISONS = 4096 /* pairs of a receiver and a sender at most */
};

static int check_server(struct checker *checker, const struct service *service, const struct object *object)
{
    if (service->server == NULL)
        return 1;
    checker->bound++;
    if (!check_is_live(checker, service->server, UK_TYPE_THREAD) || service->object != object)
        return check_fail(checker, CHECK_SERVICES, object, "it is bound to what is no thread");
    return 1;
}

static int takes(const struct thread *receiver, const struct thread *sender)
{
    return (receiver->marks & THREAD_CLOSED) == 0 || receiver->registers.call.filter == sender->send_badge;
}

/* Both sides may wait only while each receiver's filter refuses each sender. */
static int check_rendezvous(struct checker *checker, const struct endpoint *endpoint)
{
    unsigned left = COMPARISONS;
    for (const struct thread *receiver = endpoint->receivers.first; receiver != NULL;
         receiver = queue_next(&endpoint->receivers, receiver))
        for (const struct thread *sender = endpoint->senders.first; sender != NULL && left > 0;
             sender = queue_next(&endpoint->senders, sender), left--)
            if (takes(receiver, sender))
                return check_fail(checker, CHECK_ENDPOINT, &endpoint->object, "a sender and its receiver both wait");
    return 1;
}

static int check_states(struct checker *checker, const struct endpoint *endpoint)
{
    for (const struct thread *thread = endpoint->senders.first; thread != NULL;
         thread = queue_next(&endpoint->senders, thread))
        if (thread->send_generation > endpoint->generation)
            return check_fail(checker, CHECK_GENERATION, &thread->object, "its message is ahead of its time");
    return 1;
}

int check_endpoint(struct checker *checker, const struct object *object)
{
    const struct endpoint *endpoint = (const struct endpoint *)object;
    int waited_for = endpoint->senders.first != NULL || endpoint->receivers.first != NULL;
    if (!check_queue(checker, &endpoint->senders, object, endpoint->by_priority) ||
        !check_queue(checker, &endpoint->receivers, object, endpoint->by_priority))
        return 0;
    if (endpoint->closed && waited_for && (object->flags & OBJECT_DYING) == 0)
        return check_fail(checker, CHECK_ENDPOINT, object, "it is closed, but somebody waits");
    if (endpoint->closed && endpoint->service.server != NULL)
        return check_fail(checker, CHECK_ENDPOINT, object, "it is closed, but has a server");
    return check_server(checker, &endpoint->service, object) && check_states(checker, endpoint) &&
           check_rendezvous(checker, endpoint);
}

int check_notification(struct checker *checker, const struct object *object)
{
    const struct notification *notification = (const struct notification *)object;
    const struct thread *server = notification->service.server;
    if (!check_queue(checker, &notification->waiters, object, 1) ||
        !check_server(checker, &notification->service, object))
        return 0;
    if ((notification->active != 0) != (notification->bits != 0))
        return check_fail(checker, CHECK_NOTIFICATION, object, "it is active without bits, or has bits but is not");
    if (notification->active && notification->waiters.first != NULL)
        return check_fail(checker, CHECK_NOTIFICATION, object, "it has bits and waiters");
    if (server != NULL && (notification->active || notification->waiters.first != NULL))
        return check_fail(checker, CHECK_NOTIFICATION, object, "it is bound, but has bits or waiters of its own");
    return server == NULL || server->bound == object ||
           check_fail(checker, CHECK_SERVICES, object, "it is bound to a thread that feeds on another");
}

int check_interrupt(struct checker *checker, const struct object *object)
{
    const struct interrupt *interrupt = (const struct interrupt *)object;
    if (interrupt->line >= UK_DEVICES_MAX || checker->kernel->lines[interrupt->line] != interrupt)
        return check_fail(checker, CHECK_INTERRUPT, object, "its line is another's");
    return interrupt->masked || !interrupt->pending ||
           check_fail(checker, CHECK_INTERRUPT, object, "it is pending, but not masked");
}

static int check_leases(struct checker *checker, const struct reply *reply)
{
    uint32_t rights = 0;
    for (unsigned i = 0; i < UK_ITEMS_MAX; i++) {
        const struct lease *lease = &reply->leases[i];
        rights |= lease->rights;
        if (lease->rights != 0 && lease->bytes > UK_FOREVER - lease->address)
            return check_fail(checker, CHECK_LEASE, &reply->object, "what it lends wraps around the end of all addresses");
    }
    return (rights != 0 && (rights & ~(uint32_t)(UK_RIGHT_READ | UK_RIGHT_WRITE)) == 0 && reply->lease_number != 0) ||
           check_fail(checker, CHECK_LEASE, &reply->object, "its caller lends nothing, or with rights that cannot be");
}

int check_reply(struct checker *checker, const struct reply *reply)
{
    const struct object *object = &reply->object;
    const struct thread *caller = reply->caller;
    checker->callers += caller != NULL;
    checker->owed += reply->server != NULL;
    checker->lent += reply->context != NULL;
    checker->lenders += reply->lender != NULL;
    if (caller != NULL && (!check_is_live(checker, caller, UK_TYPE_THREAD) ||
                           caller->state != UK_THREAD_AWAITING_REPLY || caller->waits_on != object))
        return check_fail(checker, CHECK_REPLY, object, "its caller does not wait on it");
    if (caller != NULL && reply->server == NULL)
        return check_fail(checker, CHECK_REPLY, object, "its caller waits for nobody");
    if (reply->server != NULL && !check_is_live(checker, reply->server, UK_TYPE_THREAD))
        return check_fail(checker, CHECK_SERVING, object, "its server is no thread");
    if (reply->context == NULL && (reply->lender != NULL || reply->outer != NULL))
        return check_fail(checker, CHECK_CHAIN, object, "it lends nothing, but has a lender or a call outside of it");
    return caller == NULL || (caller->marks & THREAD_LENDS) == 0 || check_leases(checker, reply);
}

static int is_size(uint32_t entries)
{
    return entries != 0 && entries <= UK_RING_ENTRIES_MAX && (entries & (entries - 1)) == 0;
}

/* What users write in the page may be anything; the kernel's own part may not. */
int check_ring(struct checker *checker, const struct object *object)
{
    const struct ring *ring = (const struct ring *)object;
    int has_queues = is_size(ring->submit_entries) && is_size(ring->complete_entries);
    if (!has_queues && (ring->submit_entries != 0 || ring->complete_entries != 0))
        return check_fail(checker, CHECK_RING, object, "one of its queues has a size that cannot be");
    if (!has_queues && (ring->stage != RING_IDLE || ring->submit_head != 0 || ring->complete_tail != 0))
        return check_fail(checker, CHECK_RING, object, "it has no queues, but something in progress");
    if (ring->stage > RING_DRAINS)
        return check_fail(checker, CHECK_RING, object, "what is in progress cannot be");
    if (ring->memory.type != UK_TYPE_FRAME)
        return 1;
    const struct frame *frame = (const struct frame *)ring->memory.object;
    return (has_queues && UK_RING_BYTES(ring->submit_entries, ring->complete_entries) <= frame->bytes) ||
           check_fail(checker, CHECK_RING, object, "its page is too small for its queues");
}

int check_resident(struct checker *checker, const struct object *object)
{
    const struct resident *resident = (const struct resident *)object;
    if ((object->flags & OBJECT_PERMANENT) == 0 || resident->function == NULL || resident->guest.name[UK_NAME_MAX - 1] != 0)
        return check_fail(checker, CHECK_RESIDENT, object, "it cannot be called, or not told by name");
    if (resident->overruns > resident->calls || (resident->calls == 0 && resident->longest_ns != 0))
        return check_fail(checker, CHECK_RESIDENT, object, "its calls are miscounted");
    return checker->kernel->guest == NULL || check_fail(checker, CHECK_RESIDENT, object, "somebody is in the kernel still");
}

int check_bound(struct checker *checker, const struct object *object)
{
    const struct bound *bound = (const struct bound *)object;
    if (bound->target.type != UK_TYPE_NONE && (bound->target.rights & UK_RIGHT_SEND) == 0)
        return check_fail(checker, CHECK_BOUND, object, "it may not send to what it calls");
    if (bound->caller != NULL || bound->others != NULL || bound->calls != 0 || bound->stages != 0 || bound->replies != 0)
        return check_fail(checker, CHECK_BOUND, object, "it is folded");
    return checker->kernel->folded == NULL || check_fail(checker, CHECK_BOUND, object, "the kernel takes a call for folded");
}
