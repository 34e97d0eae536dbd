/* SPDX-License-Identifier: MIT */
/* Slots and the derivation forest: parents are always older than their children, so no circle can form. */
#include "core/capability.h"

#include "core/kernel.h"
#include "core/machine.h"
#include "core/lazy.h"

enum uk_status capability_find(const struct thread *thread, uk_handle handle, struct capability **found)
{
    struct cnode *cnode = thread->cnode;
    uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
    if (cnode == NULL || index >= cnode->slot_count)
        return UK_BAD_HANDLE;
    struct capability *slot = &cnode->slots[index];
    if (generation != 0 && generation != slot->slot_generation)
        return UK_STALE;
    if (slot->type == UK_TYPE_NONE)
        return UK_EMPTY_SLOT;
    *found = slot;
    return UK_OK;
}

enum uk_status capability_require(const struct thread *thread, uk_handle handle, uint32_t type, uint32_t rights,
                                  struct capability **found)
{
    enum uk_status status = capability_find(thread, handle, found);
    if (status != UK_OK)
        return status;
    if ((*found)->type != type)
        return UK_WRONG_TYPE;
    return ((*found)->rights & rights) == rights ? UK_OK : UK_NO_RIGHT;
}

uk_handle capability_handle(const struct capability *slot, uint32_t index)
{
    return (uk_handle)slot->slot_generation << 32 | index;
}

static void link_child(struct capability *parent, struct capability *slot)
{
    slot->parent = parent;
    slot->previous = NULL;
    slot->next = parent->child;
    if (parent->child != NULL)
        parent->child->previous = slot;
    parent->child = slot;
}

static void unlink_child(struct capability *slot)
{
    *(slot->previous != NULL ? &slot->previous->next : &slot->parent->child) = slot->next;
    if (slot->next != NULL)
        slot->next->previous = slot->previous;
    slot->parent = slot->next = slot->previous = NULL;
}

void capability_insert(struct capability *slot, struct capability *parent, struct object *object, uint32_t type,
                       uint32_t rights, uk_word badge)
{
    slot->object = object;
    slot->type = (uint8_t)type;
    slot->rights = (uint8_t)rights;
    slot->badge = badge;
    slot->generation = 0;
    slot->space = 0;
    slot->child = NULL;
    if (slot->slot_generation == 0)
        slot->slot_generation = 1;
    link_child(parent, slot);
    object_reference(object);
}

void capability_derive(struct capability *slot, struct capability *source, uint32_t rights, uk_word badge)
{
    uk_word kept = source->type == UK_TYPE_FRAME ? 0 : badge; /* a frame's badge is its mapping, which is not copied */
    rights &= source->rights & ~object_rules[source->type].single;
    capability_insert(slot, source, source->object, source->type, rights, kept);
    slot->generation = source->generation;
}

static void slot_clear(struct capability *slot)
{
    slot->object = NULL;
    slot->type = UK_TYPE_NONE;
    slot->rights = 0;
    slot->badge = 0;
    slot->generation = slot->space = 0;
    slot->parent = slot->child = slot->next = slot->previous = NULL;
    if (++slot->slot_generation == 0)
        slot->slot_generation = 1;
}

void capability_transfer(struct kernel *kernel, struct capability *slot, struct capability *source)
{
    uint8_t held = slot->held;
    uint32_t generation = slot->slot_generation == 0 ? 1 : slot->slot_generation;
    *slot = *source;
    slot->held = held;
    slot->slot_generation = generation;
    *(slot->previous != NULL ? &slot->previous->next : &slot->parent->child) = slot;
    if (slot->next != NULL)
        slot->next->previous = slot;
    for (struct capability *child = slot->child; child != NULL; child = child->next)
        child->parent = slot;
    if (slot->type == UK_TYPE_FRAME)
        space_behind(kernel, slot);
    slot_clear(source);
}

/* Its children belong to its parent from now on. 0: preempted in between, with some of them still here. */
static int children_rise(struct kernel *kernel, struct capability *slot)
{
    while (slot->child != NULL) {
        struct capability *child = slot->child;
        unlink_child(child);
        link_child(slot->parent, child);
        if (slot->child != NULL && machine_preempted(kernel))
            return 0;
    }
    return 1;
}

enum uk_status capability_remove(struct kernel *kernel, struct capability *slot)
{
    if (slot->type == UK_TYPE_NONE)
        return UK_OK;
    if (!children_rise(kernel, slot))
        return UK_BUSY;
    struct object *object = slot->object;
    if (slot->type == UK_TYPE_FRAME)
        space_leave(kernel, slot);
    if (slot->type == UK_TYPE_FRAME && !lazy_forget(kernel, (struct frame *)object))
        return UK_BUSY;
    uint32_t type = slot->type, rights = slot->rights;
    uk_word badge = slot->badge;
    unlink_child(slot);
    slot_clear(slot);
    if (object_rules[type].lost != NULL)
        object_rules[type].lost(kernel, object, rights, badge);
    if (slot->held == HELD_BY_SPACE)
        space_lose_memory(kernel, slot);
    else if (slot->held >= HELD_AS_CNODE)
        domain_lost(kernel, slot);
    object_release(kernel, object);
    return UK_OK;
}

enum uk_status capability_revoke(struct kernel *kernel, struct capability *slot)
{
    struct capability *at = slot;
    while (slot->child != NULL) {
        while (at->child != NULL)
            at = at->child;
        struct capability *parent = at->parent;
        if (capability_remove(kernel, at) != UK_OK)
            return UK_BUSY;
        at = parent;
        if (slot->child != NULL && machine_preempted(kernel))
            return UK_BUSY;
    }
    return UK_OK;
}
