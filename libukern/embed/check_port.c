/* SPDX-License-Identifier: MIT */
/* Invariants of ports and their sets: what is queued, who waits, and the rings by which a set knows its members. */
#include "embed/check.h"

#include "ipc/port.h"

enum {
    SENDERS_LOOKED_AT = 64 /* at most, of those that wait at one port */
};

static uint32_t queued_by(const struct port *port, uk_word badge)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < port->queued; i++)
        count += port->slots[(port->head + i) % port->count].parcel.badge == badge;
    return count;
}

/* Slots outside of the queue hold nothing; those of a port that is closed for good do not either. */
static int check_contents(struct checker *checker, const struct port *port)
{
    for (uint32_t i = 0; i < port->count; i++) {
        const struct port_slot *slot = &port->slots[i];
        int is_queued = (i + port->count - port->head) % port->count < port->queued;
        for (unsigned item = 0; item < UK_ITEMS_MAX; item++) {
            const struct capability *in = &slot->parcel.items[item];
            if (in->type != UK_TYPE_NONE && (!is_queued || item >= UK_TAG_ITEMS(slot->parcel.tag)) && !port->closed)
                return check_fail(checker, CHECK_PORT, &port->object, "a capability lies outside of its messages");
            if (in->type == UK_TYPE_PORT && (in->rights & UK_RIGHT_RECEIVE) != 0)
                checker->travels_weighed += in->object->number;
            if (in->type != UK_TYPE_NONE && port->closed && (port->object.flags & OBJECT_DYING) == 0)
                return check_fail(checker, CHECK_PORT, &port->object, "it is closed, but holds a capability");
        }
        if (slot->watch.type != UK_TYPE_NONE && port->closed && (port->object.flags & OBJECT_DYING) == 0)
            return check_fail(checker, CHECK_PORT, &port->object, "it is closed, but somebody was not told");
    }
    return 1;
}

static int check_senders(struct checker *checker, const struct port *port)
{
    unsigned left = SENDERS_LOOKED_AT;
    int is_full = port->queued + port->promised >= port->count || port->closed;
    for (const struct thread *sender = port->senders.first; sender != NULL && left-- > 0 && !is_full;
         sender = queue_next(&port->senders, sender))
        if (port->quota == 0 || queued_by(port, sender->send_badge) < port->quota)
            return check_fail(checker, CHECK_PORT_WAITS, &port->object, "a sender waits, but there is room");
    return 1;
}

static int check_waiters(struct checker *checker, const struct port *port)
{
    const struct object *object = &port->object;
    int waited_for = port->senders.first != NULL || port->receivers.first != NULL;
    if (port->receivers.first != NULL && port->queued > 0 && !port->closed)
        return check_fail(checker, CHECK_PORT_WAITS, object, "a receiver and a message both wait");
    if (port->receivers.first != NULL && port->set != NULL)
        return check_fail(checker, CHECK_PORT_WAITS, object, "somebody waits at it, but it is in a set");
    if (port->closed && waited_for && (object->flags & OBJECT_DYING) == 0)
        return check_fail(checker, CHECK_PORT_WAITS, object, "it is closed, but somebody waits");
    if (port->deserted && object->references == 1 && port->receivers.first != NULL && port->queued == 0 &&
        (object->flags & OBJECT_DYING) == 0)
        return check_fail(checker, CHECK_PORT_WAITS, object, "somebody waits, but nobody may send");
    return check_senders(checker, port);
}

int check_port(struct checker *checker, const struct object *object)
{
    const struct port *port = (const struct port *)object;
    if (port->head >= port->count || port->queued > port->count || port->promised > port->count - port->queued)
        return check_fail(checker, CHECK_PORT, object, "it holds and promises more than fits");
    if (port->set != NULL && (!check_is_live(checker, port->set, UK_TYPE_PORT_SET) || port->closed))
        return check_fail(checker, CHECK_PORT_SET, object, "its set is none, or it is closed");
    checker->receive_weighed -= port->closed ? 0 : object->number;
    checker->once_weighed -= (uint64_t)port->promised * object->number;
    checker->travels_weighed -= port->travels ? object->number : 0;
    checker->joined += port->set != NULL;
    checker->ready += port->set != NULL && port->queued > 0;
    return check_queue(checker, &port->senders, object, 1) && check_queue(checker, &port->receivers, object, 1) &&
           check_contents(checker, port) && check_waiters(checker, port);
}

/* One of the two rings of a set; counts its ports. */
static int check_members(struct checker *checker, const struct port_set *set, int is_ready, uint64_t *count)
{
    const struct port *first = is_ready ? set->ready : set->members, *port = first;
    while (port != NULL) {
        if (!check_is_live(checker, port, UK_TYPE_PORT) || port->set != set || (is_ready && port->queued == 0))
            return check_fail(checker, CHECK_PORT_SET, &set->object, "one of its ports does not belong there");
        const struct port *next = is_ready ? port->ready.next : port->member.next;
        if (!check_is_live(checker, next, UK_TYPE_PORT) ||
            (is_ready ? next->ready.previous : next->member.previous) != port)
            return check_fail(checker, CHECK_PORT_SET, &set->object, "one of its rings is broken");
        --*count;
        port = next != first ? next : NULL;
    }
    return 1;
}

int check_port_set(struct checker *checker, const struct object *object)
{
    const struct port_set *set = (const struct port_set *)object;
    if (set->receivers.first != NULL && set->ready != NULL)
        return check_fail(checker, CHECK_PORT_WAITS, object, "a receiver and a message both wait");
    return check_queue(checker, &set->receivers, object, 1) && check_members(checker, set, 0, &checker->joined) &&
           check_members(checker, set, 1, &checker->ready);
}
