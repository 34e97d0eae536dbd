/* SPDX-License-Identifier: MIT */
/* Capabilities in slots, and the derivation forest that links them: every slot that is not empty is in the forest. */
#ifndef CORE_CAPABILITY_H
#define CORE_CAPABILITY_H

#include "core/object.h"

struct thread;

/* One slot. Also threads, spaces and timers hold their capabilities in slots, so that revocation reaches them. */
struct capability {
    struct object *object;      /* NULL: the slot is empty */
    uk_word badge;              /* endpoint, notification: the badge; frame: the address that it is mapped at */
    struct capability *parent;  /* derivation forest; NULL only for roots */
    struct capability *child;   /* the youngest */
    struct capability *next;    /* siblings, from young to old */
    struct capability *previous;
    uint8_t type;               /* enum uk_type; NONE: empty */
    uint8_t rights;             /* enum uk_right */
    uint8_t held;               /* the slot is inside a thread, space or timer: enum capability_holder */
    uint8_t reserved;
    uint32_t generation;        /* endpoint: the incarnation of the server that it speaks to */
    uint32_t slot_generation;   /* of the slot: counts how often it was emptied, and wraps past 0 to 1 */
    uint32_t space;             /* frame: reference of the space it is mapped in (space_reference); 0: none */
};

/* Whose slot it is, so that its loss is noticed (capability_lost). */
enum capability_holder {
    HELD_BY_CNODE = 0,
    HELD_BY_THREAD, /* nothing to do: the thread finds an empty slot when it next uses it */
    HELD_BY_SPACE,  /* the space loses the memory of its tables */
    HELD_AS_CNODE,  /* of a domain: domain_lost */
    HELD_AS_SPACE
};

struct cnode {
    struct object object;
    uint32_t slot_count;
    uint32_t drained;   /* dying: slots below this are empty */
    uint32_t reserved[6];
    struct capability slots[];
};

/* Looks up a handle in a thread's CNode. UK_OK and the filled slot; else why not: BAD_HANDLE, EMPTY_SLOT, STALE. */
enum uk_status capability_find(const struct thread *thread, uk_handle handle, struct capability **found);
/* The same, and checks type and rights. */
enum uk_status capability_require(const struct thread *thread, uk_handle handle, uint32_t type, uint32_t rights,
                                  struct capability **found);
/* A handle with the slot's generation for slot `index`. */
uk_handle capability_handle(const struct capability *slot, uint32_t index);

/* Fills an empty slot with a new capability to `object`, as a child of `parent`. */
void capability_insert(struct capability *slot, struct capability *parent, struct object *object, uint32_t type,
                       uint32_t rights, uk_word badge);
/* Would a copy of it be good for anything? */
static inline int capability_may_copy(const struct capability *source)
{
    uint32_t single = object_rules[source->type].single;
    return single == 0 || (source->rights & ~single) != 0;
}
/* Fills an empty slot with a child of `source` that has at most these rights, and none of which there is only one. */
void capability_derive(struct capability *slot, struct capability *source, uint32_t rights, uk_word badge);
/* Moves everything, the place in the forest and a mapping included. */
void capability_transfer(struct kernel *kernel, struct capability *slot, struct capability *source);
/* Empties a slot: unmaps, links its children to its parent, and releases the object. UK_BUSY: preempted while there
 * were many children, or lazy copies to be served; call again. */
enum uk_status capability_remove(struct kernel *kernel, struct capability *slot);
/* Removes all descendants. UK_BUSY: preempted; call again. */
enum uk_status capability_revoke(struct kernel *kernel, struct capability *slot);

#endif
