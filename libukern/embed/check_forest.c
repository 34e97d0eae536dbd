/* SPDX-License-Identifier: MIT */
/* Invariants of slots and of the derivation forest: walked once, each link verified before it is followed. */
#include "embed/check.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/port.h"
#include "ipc/portal.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

static int has_badge(uint32_t type)
{
    return type == UK_TYPE_ENDPOINT || type == UK_TYPE_NOTIFICATION || type == UK_TYPE_PORT ||
           type == UK_TYPE_RESIDENT || type == UK_TYPE_PORTAL;
}

/* A slot that claims to be a child or sibling: could it be one, and does it agree? */
static int check_link(struct checker *checker, const struct capability *slot, const struct capability *parent,
                      const struct capability *previous)
{
    if (!check_in_arena(checker, slot, sizeof *slot, _Alignof(struct capability)))
        return check_fail(checker, CHECK_FOREST, parent->object, "a capability to it has a child outside of memory");
    if (slot->parent != parent || slot->previous != previous)
        return check_fail(checker, CHECK_FOREST, parent->object, "a capability to it and a child of it do not agree");
    return slot->type != UK_TYPE_NONE ||
           check_fail(checker, CHECK_FOREST, NULL, "an empty slot is in the forest");
}

/* The object lies in the pages of this Untyped. */
static int lies_in(const struct checker *checker, const struct object *object, const struct untyped *untyped)
{
    uk_word at = arena_physical(checker->kernel, object);
    return at >= untyped->base && at - untyped->base < untyped->bytes;
}

static int check_same_object(struct checker *checker, const struct capability *slot, const struct capability *parent)
{
    if ((slot->rights & ~(unsigned)parent->rights) != 0)
        return check_fail(checker, CHECK_RIGHTS, slot->object, "a capability to it has more rights than its parent");
    if (has_badge(slot->type) && parent->badge != 0 && slot->badge != parent->badge)
        return check_fail(checker, CHECK_BADGE, slot->object, "a capability to it changed its badge");
    return 1;
}

static int check_derivation(struct checker *checker, const struct capability *slot)
{
    const struct capability *parent = slot->parent;
    if (parent == &checker->kernel->forest)
        return 1;
    if (parent->object == slot->object)
        return check_same_object(checker, slot, parent);
    if (parent->type != UK_TYPE_UNTYPED)
        return check_fail(checker, CHECK_DERIVED, slot->object, "a capability to it derives from another object");
    return lies_in(checker, slot->object, (const struct untyped *)parent->object) ||
           check_fail(checker, CHECK_DERIVED, slot->object, "a capability to it derives from an Untyped elsewhere");
}

static int check_slot(struct checker *checker, const struct capability *slot)
{
    if (!check_see(checker, slot->object, slot->type))
        return check_fail(checker, CHECK_SLOT, NULL, "a slot is filled with what is no object");
    slot->object->reserved++;
    checker->slots++;
    checker->mapped_slots += slot->type == UK_TYPE_FRAME && slot->space != 0;
    if (slot->type == UK_TYPE_PORT && (slot->rights & UK_RIGHT_RECEIVE) != 0)
        checker->receive_weighed += slot->object->number;
    if (slot->type == UK_TYPE_PORT && port_is_once(slot->rights))
        checker->once_weighed += slot->object->number;
    if ((slot->rights & ~(unsigned)UK_RIGHTS_ALL) != 0)
        return check_fail(checker, CHECK_RIGHTS, slot->object, "a capability to it has an unknown right");
    if (slot->badge != 0 && !has_badge(slot->type) && (slot->type != UK_TYPE_FRAME || slot->space == 0))
        return check_fail(checker, CHECK_BADGE, slot->object, "a capability to it has a badge");
    if (slot->generation > (slot->type == UK_TYPE_ENDPOINT ? ((struct endpoint *)slot->object)->generation : 0))
        return check_fail(checker, CHECK_GENERATION, slot->object, "a capability to it is ahead of its time");
    return check_derivation(checker, slot);
}

/* The next slot, parents before children; its links are good. NULL: none, or failed. */
static const struct capability *step(struct checker *checker, const struct capability *at)
{
    const struct capability *next = at->child, *forest = &checker->kernel->forest;
    if (next != NULL)
        return check_link(checker, next, at, NULL) ? next : NULL;
    while (at != forest && at->next == NULL)
        at = at->parent;
    if (at == forest)
        return NULL;
    return check_link(checker, at->next, at->parent, at) ? at->next : NULL;
}

/* Each link is verified both ways, so no slot can be reached twice, and the walk ends. */
int check_forest(struct checker *checker)
{
    const struct capability *at = &checker->kernel->forest;
    while ((at = step(checker, at)) != NULL)
        if (!check_slot(checker, at))
            return 0;
    return checker->failed == CHECK_NONE;
}

/* Slots where they lie. -------------------------------------------------------------------------------------------- */

static int check_place(struct checker *checker, const struct object *object, const struct capability *slot,
                       uint32_t held)
{
    if (slot->held != held)
        return check_fail(checker, CHECK_SLOTS, object, "one of its slots has lost its holder");
    if (slot->type != UK_TYPE_NONE) {
        checker->filled++;
        return slot->slot_generation != 0 ||
               check_fail(checker, CHECK_SLOTS, object, "one of its filled slots has no generation");
    }
    if (slot->object != NULL || slot->rights != 0 || slot->badge != 0 || slot->generation != 0 || slot->space != 0 ||
        slot->parent != NULL || slot->child != NULL || slot->next != NULL || slot->previous != NULL)
        return check_fail(checker, CHECK_SLOTS, object, "one of its empty slots is not clean");
    return 1;
}

static int check_cnode(struct checker *checker, const struct cnode *cnode)
{
    if (cnode->slot_count < 2 || !check_in_arena(checker, cnode->slots, cnode->slot_count * sizeof cnode->slots[0], 1))
        return check_fail(checker, CHECK_SLOTS, &cnode->object, "it is larger than memory");
    if (cnode->slots[0].type != UK_TYPE_NONE)
        return check_fail(checker, CHECK_SLOTS, &cnode->object, "its slot 0 is filled");
    for (uint32_t i = 0; i < cnode->slot_count; i++)
        if (!check_place(checker, &cnode->object, &cnode->slots[i], HELD_BY_CNODE))
            return 0;
    return 1;
}

static int check_domain(struct checker *checker, const struct domain *domain, const struct object *owner)
{
    const struct {
        const struct capability *slot;
        uint32_t type, held;
    } slots[] = {{&domain->cnode, UK_TYPE_CNODE, HELD_AS_CNODE},
                 {&domain->space, UK_TYPE_SPACE, HELD_AS_SPACE},
                 {&domain->fault, UK_TYPE_ENDPOINT, HELD_BY_THREAD}};
    if (domain->owner != owner)
        return check_fail(checker, CHECK_SLOTS, owner, "its domain is another's");
    for (unsigned i = 0; i < 3; i++) {
        if (!check_place(checker, owner, slots[i].slot, slots[i].held))
            return 0;
        if (slots[i].slot->type != UK_TYPE_NONE && slots[i].slot->type != slots[i].type)
            return check_fail(checker, CHECK_SLOTS, owner, "one of its own slots holds another type");
    }
    return 1;
}

static int check_target(struct checker *checker, const struct object *object, const struct capability *slot)
{
    if (slot->type != UK_TYPE_NONE && slot->type != UK_TYPE_NOTIFICATION)
        return check_fail(checker, CHECK_SLOTS, object, "what it signals is no notification");
    return check_place(checker, object, slot, HELD_BY_THREAD);
}

static int check_thread_slots(struct checker *checker, const struct thread *thread)
{
    return check_domain(checker, &thread->own, &thread->object) &&
           check_target(checker, &thread->object, &thread->watch);
}

static int check_ring_slots(struct checker *checker, const struct ring *ring)
{
    if (ring->memory.type != UK_TYPE_NONE && ring->memory.type != UK_TYPE_FRAME)
        return check_fail(checker, CHECK_SLOTS, &ring->object, "its page is no frame");
    return check_place(checker, &ring->object, &ring->memory, HELD_BY_THREAD) &&
           check_target(checker, &ring->object, &ring->doorbell);
}

static int check_port_slots(struct checker *checker, const struct port *port)
{
    const struct object *object = &port->object;
    if (port->count == 0 || port->count > UK_PORT_MESSAGES_MAX ||
        !check_in_arena(checker, port->slots, port->count * sizeof port->slots[0], 1))
        return check_fail(checker, CHECK_SLOTS, object, "it is larger than memory");
    for (uint32_t i = 0; i < port->count; i++) {
        for (unsigned item = 0; item < UK_ITEMS_MAX; item++)
            if (!check_place(checker, object, &port->slots[i].parcel.items[item], HELD_BY_THREAD))
                return 0;
        if (!check_target(checker, object, &port->slots[i].watch))
            return 0;
    }
    return check_target(checker, object, &port->no_senders);
}

static int check_portal_slots(struct checker *checker, const struct portal *portal)
{
    if (portal->count == 0 || portal->count > UK_PORTAL_STACKS_MAX ||
        !check_in_arena(checker, portal->stacks, portal->count * sizeof portal->stacks[0], 1))
        return check_fail(checker, CHECK_SLOTS, &portal->object, "it is larger than memory");
    return check_domain(checker, &portal->domain, &portal->object);
}

static int check_bound_slots(struct checker *checker, const struct bound *bound)
{
    if (bound->target.type != UK_TYPE_NONE && bound->target.type != UK_TYPE_ENDPOINT)
        return check_fail(checker, CHECK_SLOTS, &bound->object, "what it calls is no endpoint");
    return check_place(checker, &bound->object, &bound->target, HELD_BY_THREAD);
}

int check_slots(struct checker *checker, const struct object *object)
{
    switch (object->type) {
    case UK_TYPE_CNODE:
        return check_cnode(checker, (const struct cnode *)object);
    case UK_TYPE_THREAD:
        return check_thread_slots(checker, (const struct thread *)object);
    case UK_TYPE_SPACE:
        return check_place(checker, object, &((const struct space *)object)->memory, HELD_BY_SPACE);
    case UK_TYPE_TIMER:
        return check_target(checker, object, &((const struct timer *)object)->target);
    case UK_TYPE_INTERRUPT:
        return check_target(checker, object, &((const struct interrupt *)object)->target);
    case UK_TYPE_RING:
        return check_ring_slots(checker, (const struct ring *)object);
    case UK_TYPE_BOUND:
        return check_bound_slots(checker, (const struct bound *)object);
    case UK_TYPE_PORT:
        return check_port_slots(checker, (const struct port *)object);
    case UK_TYPE_PORTAL:
        return check_portal_slots(checker, (const struct portal *)object);
    default:
        return 1;
    }
}
