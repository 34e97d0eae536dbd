/* SPDX-License-Identifier: MIT */
/* Ports: messages wait in the port's own memory, so their senders need not; every right in them is in a held slot. */
#include "ipc/port.h"

#include "core/cnode.h"
#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/message.h"

enum uk_status port_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel;
    struct port *port = (struct port *)object;
    port->count = (uint32_t)size / (uint32_t)sizeof(struct port_slot);
    port->quota = (uint32_t)(size >> 32);
    port->no_senders.held = HELD_BY_THREAD;
    for (uint32_t i = 0; i < port->count; i++) {
        parcel_begin(&port->slots[i].parcel);
        port->slots[i].watch.held = HELD_BY_THREAD;
    }
    return UK_OK;
}

uk_word port_size(const struct object *object) { return UK_PORT_SIZE(((const struct port *)object)->count, 0); }

/* Sets. ------------------------------------------------------------------------------------------------------------ */

static struct port_link *link_of(struct port *port, int is_ready) { return is_ready ? &port->ready : &port->member; }

/* Behind all others of the ring that begins with `first`. */
static void link_insert(struct port **first, struct port *port, int is_ready)
{
    struct port *next = *first != NULL ? *first : port;
    struct port *previous = *first != NULL ? link_of(*first, is_ready)->previous : port;
    *link_of(port, is_ready) = (struct port_link){next, previous};
    link_of(next, is_ready)->previous = link_of(previous, is_ready)->next = port;
    if (*first == NULL)
        *first = port;
}

static void link_remove(struct port **first, struct port *port, int is_ready)
{
    struct port_link link = *link_of(port, is_ready);
    link_of(link.next, is_ready)->previous = link.previous;
    link_of(link.previous, is_ready)->next = link.next;
    if (*first == port)
        *first = link.next != port ? link.next : NULL;
    *link_of(port, is_ready) = (struct port_link){NULL, NULL};
}

static void set_leave(struct port *port)
{
    if (port->set != NULL && port->queued > 0)
        link_remove(&port->set->ready, port, 1);
    if (port->set != NULL)
        link_remove(&port->set->members, port, 0);
    port->set = NULL;
}

/* The queue. ------------------------------------------------------------------------------------------------------- */

static struct port_slot *slot_at(struct port *port, uint32_t n) { return &port->slots[(port->head + n) % port->count]; }

static uk_word key_of(const struct port *port) { return port->set != NULL ? (uk_word)port->key << 16 : 0; }

static struct thread *next_receiver(const struct port *port)
{
    return port->set != NULL ? port->set->receivers.first : port->receivers.first;
}

static int is_full(const struct port *port) { return port->queued + port->promised >= port->count; }

/* HQ-4: a badge that has its quota in the queue waits; the others do not notice. At most UK_PORT_MESSAGES_MAX steps. */
static int may_queue(struct port *port, uk_word badge)
{
    uint32_t mine = 0;
    for (uint32_t i = 0; port->quota != 0 && port->queued >= port->quota && i < port->queued; i++)
        mine += slot_at(port, i)->parcel.badge == badge;
    return !is_full(port) && (port->quota == 0 || mine < port->quota);
}

static int is_receive_right(const struct capability *slot)
{
    return slot->type == UK_TYPE_PORT && (slot->rights & UK_RIGHT_RECEIVE) != 0;
}

static void set_travelling(struct parcel *parcel, int travels)
{
    for (unsigned i = 0; i < UK_TAG_ITEMS(parcel->tag); i++)
        if (is_receive_right(&parcel->items[i]))
            ((struct port *)parcel->items[i].object)->travels = (uint8_t)travels;
}

/* Takes the oldest message. What does not fit stays, and its receiver learns how much room it takes (ZI-4). */
static enum uk_status take_oldest(struct kernel *kernel, struct port *port, struct thread *receiver)
{
    struct parcel *parcel = &slot_at(port, 0)->parcel;
    struct uk_call *call = &receiver->registers.call;
    set_travelling(parcel, 0);
    enum uk_status status = parcel_open(kernel, parcel, receiver, key_of(port));
    if (status != UK_OK) {
        set_travelling(parcel, 1);
        call->tag = parcel->tag | key_of(port) | (call->tag & UK_TAG_SENT);
        call->handle = parcel->badge;
        return status;
    }
    if (port->set != NULL) { /* the next message is another member's, if any has one */
        link_remove(&port->set->ready, port, 1);
        if (port->queued > 1)
            link_insert(&port->set->ready, port, 1);
    }
    port->head = (port->head + 1) % port->count;
    port->queued--;
    return UK_OK;
}

/* Whoever waits gets what is there; who has no room for it is told so, and the message is the next one's. */
static void serve_waiting(struct kernel *kernel, struct port *port)
{
    struct thread *receiver;
    while (port->queued > 0 && (receiver = next_receiver(port)) != NULL)
        thread_cancel(kernel, receiver, take_oldest(kernel, port, receiver));
}

static void queue_grew(struct kernel *kernel, struct port *port)
{
    if (port->queued++ == 0 && port->set != NULL)
        link_insert(&port->set->ready, port, 1);
    serve_waiting(kernel, port);
}

/* A receive right travels alone: nobody waits at it, and only in a port that does not travel itself. So no port can come
 * to lie in its own queue, however many lie in each other. Nor can a send-once right be in the message that spends it. */
static enum uk_status check_travellers(const struct port *port, const struct packing *packing, const struct capability *via)
{
    for (unsigned i = 0; i < packing->items; i++) {
        const struct port *item = (const struct port *)packing->source[i]->object;
        if (packing->source[i] == via && port_is_once(via->rights))
            return UK_BAD_ARGUMENT;
        if (packing->item[i].kind != UK_ITEM_MOVE || !is_receive_right(packing->source[i]))
            continue;
        if (item == port)
            return UK_BAD_ARGUMENT;
        if (port->travels || item->set != NULL || item->receivers.first != NULL)
            return UK_BUSY;
    }
    return UK_OK;
}

/* One message from `source`, for which there is room. A receiver that it goes to at once is `woken`: READY, not yet
 * queued, so that the sender may hand it the CPU. `via`: the caller's own capability; NULL: `source` had to wait. */
static enum uk_status put(struct kernel *kernel, struct port *port, struct thread *source, const struct capability *via,
                          struct thread **woken)
{
    uint32_t rights = via == NULL ? source->send_rights : port_is_once(via->rights) ? UK_RIGHT_GRANT : via->rights;
    uk_word badge = via != NULL ? via->badge : source->send_badge, tag = source->registers.call.tag;
    struct thread *receiver = next_receiver(port);
    if (receiver != NULL && UK_TAG_LENGTH(tag) <= UK_REGISTER_WORDS && UK_TAG_ITEMS(tag) == 0) {
        (void)message_move(kernel, source, receiver, rights, badge, key_of(port)); /* short: cannot fail */
        thread_unblock(kernel, receiver);
        receiver->registers.call.operation = UK_OK;
        *woken = receiver;
        return UK_OK;
    }
    struct packing packing;
    struct parcel *parcel = &slot_at(port, port->queued)->parcel;
    enum uk_status status = parcel_check(kernel, source, rights, &packing);
    if (status == UK_OK)
        status = check_travellers(port, &packing, via);
    if (status != UK_OK)
        return status;
    parcel_pack(kernel, source, &packing, badge, parcel);
    set_travelling(parcel, 1);
    queue_grew(kernel, port);
    return UK_OK;
}

/* Its message is in the queue, and its exchange half done: it does the rest itself, before any of its own code. */
static void receive_later(struct kernel *kernel, struct thread *thread)
{
    struct uk_call *call = &thread->registers.call;
    struct capability *slot;
    int is_set = capability_find(thread, call->reply, &slot) == UK_OK && slot->type == UK_TYPE_PORT_SET;
    thread_unblock(kernel, thread);
    call->operation = is_set ? UK_PORT_SET_RECEIVE : UK_PORT_RECEIVE;
    call->handle = call->reply;
    call->tag = UK_TAG_SENT;
    thread->marks = (uint16_t)((thread->marks & ~THREAD_UNTOLD) | THREAD_RESTART);
    sched_offer(kernel, thread);
}

/* There may be room: waiting senders whose quota allows it get in. Steps: messages that fit, and threads that wait for
 * the quota of their badge. */
static void admit_waiting(struct kernel *kernel, struct port *port)
{
    struct thread *sender = port->senders.first, *next;
    for (; sender != NULL && !is_full(port); sender = next) {
        struct thread *woken = NULL;
        next = queue_next(&port->senders, sender);
        if (!may_queue(port, sender->send_badge))
            continue;
        enum uk_status status = put(kernel, port, sender, NULL, &woken);
        if (status == UK_OK && sender->operation == UK_PORT_EXCHANGE)
            receive_later(kernel, sender);
        else
            thread_cancel(kernel, sender, status);
        if (woken != NULL)
            sched_offer(kernel, woken);
    }
}

/* Operations. ------------------------------------------------------------------------------------------------------ */

static struct outcome send_with(struct kernel *kernel, struct thread *caller, struct capability *via,
                                struct thread **woken)
{
    struct port *port = (struct port *)via->object;
    uk_time until = caller->registers.call.deadline;
    int once = port_is_once(via->rights);
    if (!once && (via->rights & UK_RIGHT_SEND) == 0)
        return outcome_done(UK_NO_RIGHT);
    if (port->closed)
        return outcome_done(UK_PEER_DIED);
    kernel->counters.sends++;
    if (once || may_queue(port, via->badge)) {
        enum uk_status status = put(kernel, port, caller, via, woken);
        if (!once || status != UK_OK)
            return outcome_done(status);
        port->promised--;
        via->rights = 0; /* it has yielded its message, so none is owed when it goes */
        (void)capability_remove(kernel, via); /* a leaf: cannot be preempted */
        admit_waiting(kernel, port);
        return outcome_done(UK_OK);
    }
    if (until <= kernel->now)
        return outcome_done(until == UK_NOW ? UK_WOULD_BLOCK : UK_TIMED_OUT);
    caller->send_badge = via->badge;
    caller->send_rights = via->rights;
    caller->send_generation = 0;
    thread_block(kernel, caller, UK_THREAD_SENDING, &port->object, &port->senders, 1, until);
    return outcome_block(NULL);
}

struct outcome port_send(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *woken = NULL;
    struct outcome outcome = send_with(kernel, caller, via, &woken);
    if (woken != NULL)
        sched_offer(kernel, woken);
    return outcome;
}

/* Only the receive right is left, as was not always so: nobody will ever send, unless its holder lets him. */
static int is_deserted(const struct port *port)
{
    return port->deserted && port->object.references == 1 && port->queued == 0 && !port->closed;
}

/* A member gives its messages to its set alone. */
static int is_member(const struct object *own)
{
    return own->type == UK_TYPE_PORT && ((const struct port *)own)->set != NULL;
}

/* From a port or a set; if there is nothing, `next` runs meanwhile. */
static struct outcome receive_at(struct kernel *kernel, struct thread *caller, struct object *own, struct thread *next)
{
    struct port_set *set = own->type == UK_TYPE_PORT_SET ? (struct port_set *)own : NULL;
    struct port *port = set != NULL ? set->ready : (struct port *)own;
    uk_time until = caller->registers.call.deadline;
    kernel->counters.receives++;
    caller->registers.call.tag &= UK_TAG_SENT;
    if (thread_hears(caller)) { /* HU-2 */
        thread_take_signals(kernel, caller);
        return outcome_done(UK_OK);
    }
    if (port != NULL && port->queued > 0) {
        enum uk_status status = take_oldest(kernel, port, caller);
        if (status == UK_OK)
            admit_waiting(kernel, port);
        return outcome_done(status);
    }
    if (set == NULL && is_deserted(port))
        return outcome_done(UK_PEER_DIED); /* ZI-2: only now that the queue is empty */
    if (until <= kernel->now)
        return outcome_done(until == UK_NOW ? UK_WOULD_BLOCK : UK_TIMED_OUT);
    caller->receives_with = NULL;
    struct queue *queue = set != NULL ? &set->receivers : &port->receivers;
    thread_block(kernel, caller, UK_THREAD_RECEIVING, own, queue, 1, until);
    help_receives(kernel, caller);
    return outcome_block(next);
}

struct outcome port_receive(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return is_member(via->object) ? outcome_done(UK_BUSY) : receive_at(kernel, caller, via->object, NULL);
}

/* mach_msg: sends, then receives, in one kernel entry. What keeps it from receiving is said before it sends. */
struct outcome port_exchange(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct capability *with = NULL;
    struct thread *woken = NULL;
    enum uk_status status = capability_find(caller, caller->registers.call.reply, &with);
    if (status != UK_OK)
        return outcome_done(status);
    struct object *own = with->object;
    if (own->type != UK_TYPE_PORT && own->type != UK_TYPE_PORT_SET)
        return outcome_done(UK_WRONG_TYPE);
    if ((with->rights & UK_RIGHT_RECEIVE) == 0 || is_member(own))
        return outcome_done(is_member(own) ? UK_BUSY : UK_NO_RIGHT);
    struct outcome outcome = send_with(kernel, caller, via, &woken);
    if (outcome.kind != OUTCOME_DONE || outcome.status != UK_OK)
        return outcome;
    caller->registers.call.tag = UK_TAG_SENT;
    if (with->object == own)
        outcome = receive_at(kernel, caller, own, woken);
    else
        outcome = outcome_done(UK_EMPTY_SLOT); /* it has sent that very right away */
    if (woken != NULL && (outcome.kind != OUTCOME_BLOCKED || !thread_can_run(woken))) {
        outcome.next = NULL;
        sched_offer(kernel, woken);
    }
    return outcome;
}

struct outcome port_once(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    const uk_word *word = caller->registers.call.word;
    struct port *port = (struct port *)via->object;
    struct capability *slot;
    enum uk_status status = cnode_empty_slots(caller, word[1], word[0], 1, &slot);
    if (status != UK_OK || is_full(port))
        return outcome_done(status != UK_OK ? status : UK_NO_MEMORY);
    capability_insert(slot, via, &port->object, UK_TYPE_PORT, UK_RIGHT_ONCE, word[2]); /* no other: it is never copied */
    port->promised++;
    return outcome_done(UK_OK);
}

/* Where a dead-name request of this badge goes: in place of its earlier one, else into a free slot; NULL: none is. */
static struct port_slot *find_watch(struct port *port, uk_word badge)
{
    struct port_slot *empty = NULL;
    for (uint32_t i = 0; i < port->count; i++) {
        struct port_slot *slot = &port->slots[i];
        if (slot->watch.type != UK_TYPE_NONE && slot->watched_by == badge)
            return slot;
        if (slot->watch.type == UK_TYPE_NONE && empty == NULL)
            empty = slot;
    }
    return empty;
}

/* Watches the other side: no senders for the receive right, a dead name for all others (BI-4: or fires at once). */
struct outcome port_watch(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct port *port = (struct port *)via->object;
    uk_handle handle = caller->registers.call.word[0];
    int receives = is_receive_right(via);
    struct capability *source = NULL;
    struct port_slot *found = receives ? NULL : find_watch(port, via->badge);
    enum uk_status status = UK_OK;
    if (handle != UK_NONE)
        status = capability_require(caller, handle, UK_TYPE_NOTIFICATION, UK_RIGHT_SEND, &source);
    if (status != UK_OK || (source == NULL && !receives && found == NULL))
        return outcome_done(status);
    if (port->closed || (receives && port->deserted && port->object.references == 1)) {
        if (source != NULL)
            object_signal(kernel, source);
        return outcome_done(UK_OK);
    }
    if (!receives && found == NULL)
        return outcome_done(UK_LIMIT);
    struct capability *slot = receives ? &port->no_senders : &found->watch;
    (void)capability_remove(kernel, slot);
    if (source != NULL)
        capability_derive(slot, source, UK_RIGHT_SEND, source->badge);
    if (!receives)
        found->watched_by = via->badge;
    return outcome_done(UK_OK);
}

struct outcome port_join(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    const uk_word *word = caller->registers.call.word;
    struct port *port = (struct port *)via->object;
    struct capability *slot;
    if (word[0] == UK_NONE) {
        set_leave(port);
        return outcome_done(UK_OK);
    }
    enum uk_status status = capability_require(caller, word[0], UK_TYPE_PORT_SET, UK_RIGHT_MANAGE, &slot);
    if (status == UK_OK && word[1] > UK_PORT_KEY_MAX)
        status = UK_BAD_ARGUMENT;
    if (status == UK_OK && (port->set != NULL || port->receivers.first != NULL))
        status = UK_BUSY;
    if (status != UK_OK)
        return outcome_done(status);
    port->key = (uint16_t)word[1];
    port->set = (struct port_set *)slot->object;
    link_insert(&port->set->members, port, 0);
    if (port->queued > 0)
        link_insert(&port->set->ready, port, 1);
    serve_waiting(kernel, port);
    admit_waiting(kernel, port);
    return outcome_done(UK_OK);
}

/* Death. ----------------------------------------------------------------------------------------------------------- */

static void watch_fire(struct kernel *kernel, struct capability *watch)
{
    object_signal(kernel, watch);
    (void)capability_remove(kernel, watch); /* MA-5: once */
}

void port_lost(struct kernel *kernel, struct object *object, uint32_t rights, uk_word badge)
{
    struct port *port = (struct port *)object;
    if ((rights & UK_RIGHT_RECEIVE) != 0) {
        set_leave(port);
        port->closed = 1;
        port->travels = 0;
        object_bury(kernel, object);
    }
    port->promised -= (uint32_t)port_is_once(rights);
    if (port->closed)
        return;
    if (port_is_once(rights)) { /* MA-2: it goes unused, and says so in the slot that was kept for its message */
        struct parcel *parcel = &slot_at(port, port->queued)->parcel;
        parcel->tag = UK_TAG_UNUSED;
        parcel->badge = badge;
        queue_grew(kernel, port);
    }
    if (object->references > 2)
        return;
    port->deserted = 1;
    watch_fire(kernel, &port->no_senders);
    if (port->receivers.first != NULL)
        object_bury(kernel, object); /* whoever waits there hears of it step by step */
}

/* Nobody will ever receive here. */
static int close_down(struct kernel *kernel, struct port *port)
{
    while (port->senders.first != NULL || port->receivers.first != NULL) {
        struct thread *sender = port->senders.first;
        thread_cancel(kernel, sender != NULL ? sender : port->receivers.first,
                      sender != NULL ? UK_PEER_DIED : UK_CANCELLED);
        if (machine_preempted(kernel))
            return 0;
    }
    port->queued = 0;
    while (port->drained < port->count) {
        struct port_slot *slot = &port->slots[port->drained];
        if (parcel_clear(kernel, &slot->parcel) != UK_OK)
            return 0;
        watch_fire(kernel, &slot->watch);
        port->drained++; /* whoever preempts us every time does not keep us here for ever */
        if (machine_preempted(kernel))
            return 0;
    }
    (void)capability_remove(kernel, &port->no_senders);
    return 1;
}

int port_drain(struct kernel *kernel, struct object *object)
{
    struct port *port = (struct port *)object;
    if (port->closed)
        return close_down(kernel, port);
    while (is_deserted(port) && port->receivers.first != NULL) {
        thread_cancel(kernel, port->receivers.first, UK_PEER_DIED);
        if (machine_preempted(kernel))
            return 0;
    }
    return 1;
}

int port_set_drain(struct kernel *kernel, struct object *object)
{
    struct port_set *set = (struct port_set *)object;
    while (object->references == 0 && (set->members != NULL || set->receivers.first != NULL)) {
        if (set->members != NULL)
            set_leave(set->members);
        else
            thread_cancel(kernel, set->receivers.first, UK_CANCELLED);
        if (machine_preempted(kernel))
            return 0;
    }
    return 1;
}
