/* SPDX-License-Identifier: MIT */
/* Threads that will never run again: circles of callers, and waits that nobody who can still run is able to end.
 * Never a false alarm: whoever holds a CNode is taken to be able to use every capability in it. */
#include "core/help.h"
#include "core/reply.h"
#include "core/sched_context.h"
#include "embed/check.h"
#include "embed/embed.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/portal.h"
#include "ipc/timer.h"

/* What is known of an object, in its `reserved` (see check.h) while this works. */
enum {
    LIVE = 1,       /* thread: will run; CNode: a live thread holds it */
    SENDABLE = 2,   /* endpoint: a live thread may send; notification: somebody will or may signal */
    RECEIVABLE = 4, /* endpoint: a live thread may receive */
    ANSWERABLE = 8, /* reply: a live thread may answer */
    SENDERS = 16    /* endpoint, notification: some capability with that right exists anywhere */
};

static int is_for_ever(const struct thread *thread)
{
    return thread_is_blocked(thread) && thread->deadline.at == UK_FOREVER;
}

/* Circles. --------------------------------------------------------------------------------------------------------- */

/* The one thread that this one waits for, without end; NULL: none in particular. */
static const struct thread *waited_for(const struct thread *thread)
{
    if (!is_for_ever(thread))
        return NULL;
    if (thread->state == UK_THREAD_AWAITING_REPLY)
        return ((const struct reply *)thread->waits_on)->server;
    if ((thread->state == UK_THREAD_SENDING || thread->state == UK_THREAD_CALLING) &&
        thread->waits_on->type == UK_TYPE_ENDPOINT)
        return ((const struct endpoint *)thread->waits_on)->service.server;
    if (thread->state == UK_THREAD_CALLING && thread->waits_on->type == UK_TYPE_PORTAL &&
        ((const struct portal *)thread->waits_on)->count == 1)
        return ((const struct portal *)thread->waits_on)->stacks[0].thread;
    return NULL;
}

/* A thread in the circle that waiting leads to from here; NULL: it leads to none. (Floyd: one walks, one runs.) */
static const struct thread *find_circle(const struct thread *thread)
{
    const struct thread *slow = thread, *fast = thread;
    do {
        fast = waited_for(fast);
        fast = fast != NULL ? waited_for(fast) : NULL;
        slow = waited_for(slow);
    } while (fast != NULL && fast != slow);
    return fast;
}

/* What it waits on, in words that follow the thread's name. */
static void wait_text(struct text *text, const struct thread *thread)
{
    static const char *const verbs[UK_THREAD_STATE_COUNT] = {
        [UK_THREAD_SENDING] = " sends to ",      [UK_THREAD_CALLING] = " calls ",
        [UK_THREAD_RECEIVING] = " receives on ", [UK_THREAD_AWAITING_REPLY] = " awaits ",
        [UK_THREAD_WAITING] = " waits on ",
    };
    text_string(text, verbs[thread->state]);
    text_string(text, uk_type_name(thread->waits_on->type));
    text_string(text, " ");
    text_number(text, thread->waits_on->number);
}

/* Begins with the oldest of the circle, wherever it was found. */
static size_t tell_circle(struct text *text, const struct thread *found)
{
    size_t count = 0;
    const struct thread *first = found;
    for (const struct thread *other = waited_for(found); other != found; other = waited_for(other))
        first = other->object.number < first->object.number ? other : first;
    const struct thread *thread = first;
    do {
        text_string(text, count++ > 0 ? "; " : "");
        text_thread(text, thread);
        wait_text(text, thread);
        text_string(text, thread->state == UK_THREAD_AWAITING_REPLY       ? " from "
                          : thread->waits_on->type == UK_TYPE_PORTAL ? " that is held by "
                                                                     : " served by ");
        thread = waited_for(thread);
        text_thread(text, thread);
    } while (thread != first);
    return count;
}

/* Who can still run, and what they may do. ------------------------------------------------------------------------- */

static int mark(const struct object *object, unsigned bits)
{
    struct object *marked = (struct object *)(uintptr_t)object;
    if (object == NULL || (object->reserved & bits) == bits)
        return 0;
    marked->reserved |= (uint16_t)bits;
    return 1;
}

/* Who may receive at a set, may at its members; who may send to a member, may send to the set. */
static int use_port(const struct capability *slot)
{
    const struct port *port = (const struct port *)slot->object;
    int receives = (slot->rights & UK_RIGHT_RECEIVE) != 0, sends = (slot->rights & (UK_RIGHT_SEND | UK_RIGHT_ONCE)) != 0;
    if (slot->type == UK_TYPE_PORT_SET) { /* and whoever has it may let ports join */
        int more = mark(slot->object, SENDABLE | (receives ? RECEIVABLE : 0));
        const struct port *first = ((const struct port_set *)slot->object)->members;
        for (port = receives ? first : NULL; port != NULL; port = port->member.next != first ? port->member.next : NULL)
            more |= mark(&port->object, RECEIVABLE);
        return more;
    }
    return mark(slot->object, (sends ? SENDABLE : 0) | (receives ? RECEIVABLE : 0)) |
           (sends && port->set != NULL && mark(&port->set->object, SENDABLE));
}

/* Who may enter may do there what its CNode allows; who manages it may give it stacks. */
static int use_portal(const struct capability *slot)
{
    const struct portal *portal = (const struct portal *)slot->object;
    int more = (slot->rights & UK_RIGHT_MANAGE) != 0 && mark(slot->object, RECEIVABLE);
    if ((slot->rights & UK_RIGHT_SEND) != 0)
        more |= mark(portal->domain.cnode.object, LIVE) | mark(portal->domain.fault.object, SENDABLE);
    return more;
}

/* What a live thread may do with this capability. 1: somebody can do more than before. */
static int use(const struct capability *slot)
{
    int sends = (slot->rights & UK_RIGHT_SEND) != 0, receives = (slot->rights & UK_RIGHT_RECEIVE) != 0;
    switch (slot->type) {
    case UK_TYPE_ENDPOINT:
        return mark(slot->object, (sends ? SENDABLE : 0) | (receives ? RECEIVABLE : 0));
    case UK_TYPE_NOTIFICATION:
        return sends && mark(slot->object, SENDABLE);
    case UK_TYPE_REPLY:
        return sends && mark(slot->object, ANSWERABLE);
    case UK_TYPE_TIMER:
        return mark(((const struct timer *)slot->object)->target.object, SENDABLE);
    case UK_TYPE_PORT:
    case UK_TYPE_PORT_SET:
        return use_port(slot);
    case UK_TYPE_PORTAL:
        return use_portal(slot);
    case UK_TYPE_CNODE:
        return mark(slot->object, LIVE);
    case UK_TYPE_THREAD: /* killing it, or what it does when resumed */
        return mark(((const struct thread *)slot->object)->watch.object, SENDABLE);
    default:
        return 0;
    }
}

static int use_cnode(const struct cnode *cnode)
{
    int more = 0;
    for (uint32_t i = 0; i < cnode->slot_count; i++)
        more |= use(&cnode->slots[i]);
    return more;
}

/* Nothing in the future depends on others for these. */
static int runs_by_itself(const struct thread *thread)
{
    if (thread_is_blocked(thread))
        return thread->deadline.at != UK_FOREVER;
    return thread_can_run(thread) && help_payer(thread) != NULL && help_payer(thread)->budget > 0;
}

/* Could somebody who can run end its wait? */
static int may_be_woken(const struct thread *thread)
{
    const struct object *object = thread->waits_on;
    switch (thread->state) {
    case UK_THREAD_SENDING:
    case UK_THREAD_CALLING:
        return (object->reserved & RECEIVABLE) != 0;
    case UK_THREAD_RECEIVING:
        return (object->reserved & SENDABLE) != 0 ||
               (thread->bound != NULL && (thread->bound->reserved & SENDABLE) != 0);
    case UK_THREAD_WAITING:
        return (object->reserved & SENDABLE) != 0;
    case UK_THREAD_AWAITING_REPLY:
        return (object->reserved & ANSWERABLE) != 0;
    default:
        return 0;
    }
}

/* Its own context was lent, and whoever runs on it now will bring it back. */
static int gets_time(const struct thread *thread)
{
    const struct sched_context *own = thread->own_context;
    return thread->state == UK_THREAD_READY && thread->context == NULL && own != NULL && own->holder != NULL &&
           (own->holder->object.reserved & LIVE) != 0;
}

static int spread_thread(const struct thread *thread)
{
    if ((thread->object.reserved & LIVE) == 0 && !runs_by_itself(thread) && !may_be_woken(thread) &&
        !gets_time(thread))
        return 0;
    int more = mark(&thread->object, LIVE);
    more |= mark(thread->own.cnode.object, LIVE);
    for (const struct crossing *crossing = thread->crossing; crossing != NULL; crossing = crossing->outer)
        more |= mark(crossing->domain->cnode.object, LIVE) | mark(crossing->domain->owner, RECEIVABLE);
    more |= mark(thread->domain->fault.object, SENDABLE); /* it may fault, ... */
    more |= mark(thread->watch.object, SENDABLE); /* or end */
    return more;
}

/* What is in its queue may be used by whoever receives it; its watches are signalled when rights go, whoever has them. */
static int spread_port(const struct port *port)
{
    int more = mark(port->no_senders.object, SENDABLE);
    for (uint32_t i = 0; i < port->count; i++) {
        more |= mark(port->slots[i].watch.object, SENDABLE);
        for (unsigned item = 0; item < UK_ITEMS_MAX && (port->object.reserved & RECEIVABLE) != 0; item++)
            more |= use(&port->slots[i].parcel.items[item]);
    }
    return more;
}

static int spread(const struct object *object)
{
    switch (object->type) {
    case UK_TYPE_THREAD:
        return spread_thread((const struct thread *)object);
    case UK_TYPE_CNODE:
        return (object->reserved & LIVE) != 0 && use_cnode((const struct cnode *)object);
    case UK_TYPE_TIMER:
        return ((const struct timer *)object)->deadline.at != UK_FOREVER &&
               mark(((const struct timer *)object)->target.object, SENDABLE);
    case UK_TYPE_INTERRUPT: /* devices are beyond us: their lines may be raised at any time */
        return mark(((const struct interrupt *)object)->target.object, SENDABLE);
    case UK_TYPE_PORT:
        return spread_port((const struct port *)object);
    default:
        return 0;
    }
}

static void find_live(const struct checker *all)
{
    int more = 1;
    while (more) {
        more = 0;
        for (const struct object *object = all->first; object != NULL; object = check_next(all, object))
            more |= spread(object);
    }
}

/* A server without clients is idle, not stuck, for as long as anybody holds a right to become one. */
static void find_senders(const struct kernel *kernel)
{
    const struct capability *slot = NULL;
    while ((slot = embed_next_slot(kernel, slot)) != NULL)
        if (slot->type == UK_TYPE_PORT || slot->type == UK_TYPE_PORT_SET ||
            ((slot->type == UK_TYPE_ENDPOINT || slot->type == UK_TYPE_NOTIFICATION) &&
             (slot->rights & UK_RIGHT_SEND) != 0))
            (void)mark(slot->object, SENDERS);
}

static int is_stuck(const struct thread *thread)
{
    if (!is_for_ever(thread) || (thread->object.reserved & LIVE) != 0)
        return 0;
    if (thread->state != UK_THREAD_RECEIVING && thread->state != UK_THREAD_WAITING)
        return 1;
    return (thread->waits_on->reserved & SENDERS) == 0 &&
           (thread->bound == NULL || (thread->bound->reserved & SENDERS) == 0);
}

static int is_timeless(const struct thread *thread)
{
    return thread->state == UK_THREAD_READY && (thread->object.reserved & LIVE) == 0;
}

static void tell_stuck(struct text *text, const struct thread *thread)
{
    static const char *const ends[UK_THREAD_STATE_COUNT] = {
        [UK_THREAD_SENDING] = ", where nobody who can run may receive",
        [UK_THREAD_CALLING] = ", where nobody who can run may receive",
        [UK_THREAD_RECEIVING] = ", to which nobody may send",
        [UK_THREAD_AWAITING_REPLY] = ", which nobody who can run may answer",
        [UK_THREAD_WAITING] = ", which nobody may signal",
    };
    text_thread(text, thread);
    if (thread->state == UK_THREAD_READY) {
        text_string(text, " is ready but without time");
        return;
    }
    wait_text(text, thread);
    int at_portal = thread->waits_on->type == UK_TYPE_PORTAL;
    text_string(text, at_portal ? ", where nobody who can run will make room" : ends[thread->state]);
}

/* The oldest thread younger than number `after` of which `is` is true; NULL: none. Counts them all. */
static const struct thread *next_that(const struct checker *all, int (*is)(const struct thread *), uint32_t after,
                                      size_t *count)
{
    const struct thread *oldest = NULL;
    *count = 0;
    for (const struct object *object = all->first; object != NULL; object = check_next(all, object)) {
        if (object->type != UK_TYPE_THREAD || !is((const struct thread *)object))
            continue;
        ++*count;
        if (object->number > after && (oldest == NULL || object->number < oldest->object.number))
            oldest = (const struct thread *)object;
    }
    return oldest;
}

/* All such threads in words, oldest first, for as long as there is room. */
static size_t tell_all(const struct checker *all, struct text *text, int (*is)(const struct thread *))
{
    size_t count;
    const struct thread *thread = next_that(all, is, 0, &count);
    while (thread != NULL) {
        text_string(text, text->length > 0 ? "; " : "");
        tell_stuck(text, thread);
        if (text->length + 1 >= text->room)
            break;
        thread = next_that(all, is, thread->object.number, &count);
    }
    return count;
}

static size_t first_circle(const struct checker *all, struct text *text)
{
    for (const struct object *object = all->first; object != NULL; object = check_next(all, object)) {
        const struct thread *circle =
            object->type == UK_TYPE_THREAD ? find_circle((const struct thread *)object) : NULL;
        if (circle != NULL)
            return tell_circle(text, circle);
    }
    return 0;
}

UK_API size_t uk_deadlock(const struct uk_kernel *outside, char *text, size_t text_bytes)
{
    struct checker all = {.kernel = kernel_inside(outside)};
    struct text words;
    size_t count = 0;
    text_begin(&words, text, text_bytes);
    if (check_collect(&all)) {
        for (struct object *object = all.first; object != NULL; object = check_next(&all, object))
            object->reserved = 0;
        count = first_circle(&all, &words);
        if (count == 0) {
            find_live(&all);
            find_senders(all.kernel);
            count = tell_all(&all, &words, is_stuck);
        }
        if (count == 0)
            count = tell_all(&all, &words, is_timeless);
    }
    check_forget(&all);
    return count;
}
