/* SPDX-License-Identifier: MIT */
/* What the embedding interface's own files share: the embedder's names for things become the kernel's. */
#ifndef EMBED_EMBED_H
#define EMBED_EMBED_H

#include <ukern/ukern.h>

#include "core/kernel.h"

/* struct uk_kernel has no definition: it is the embedder's word for struct kernel. */
static inline struct kernel *kernel_of(struct uk_kernel *kernel) { return (struct kernel *)(void *)kernel; }
static inline const struct kernel *kernel_inside(const struct uk_kernel *kernel)
{
    return (const struct kernel *)(const void *)kernel;
}
static inline struct uk_kernel *kernel_outside(struct kernel *kernel) { return (struct uk_kernel *)(void *)kernel; }

/* Looks a handle up in the first thread's CNode, which outlives that thread. `type` UK_TYPE_NONE: any. UK_OK and the
 * slot; else BAD_HANDLE, STALE, EMPTY_SLOT, WRONG_TYPE. */
static inline enum uk_status embed_find(const struct kernel *kernel, uk_handle handle, uint32_t type,
                                        struct capability **found)
{
    uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
    if (kernel->root_cnode == NULL || index >= kernel->root_cnode->slot_count)
        return UK_BAD_HANDLE;
    struct capability *slot = &kernel->root_cnode->slots[index];
    if (generation != 0 && generation != slot->slot_generation)
        return UK_STALE;
    if (slot->type == UK_TYPE_NONE)
        return UK_EMPTY_SLOT;
    if (type != UK_TYPE_NONE && slot->type != type)
        return UK_WRONG_TYPE;
    *found = slot;
    return UK_OK;
}

/* Every filled slot of the kernel, parents before their children: begin with NULL, end at NULL. Follows parent pointers
 * back, so it needs neither recursion nor memory; on a damaged forest it may not end (uk_check bounds its steps). */
static inline const struct capability *embed_next_slot(const struct kernel *kernel, const struct capability *at)
{
    if (at == NULL)
        return kernel->forest.child;
    if (at->child != NULL)
        return at->child;
    while (at != &kernel->forest && at->next == NULL)
        at = at->parent;
    return at != &kernel->forest ? at->next : NULL;
}

/* Words for enum uk_fault_kind, enum uk_right of an access, enum uk_thread_state (text.c). */
const char *fault_name(uk_word kind);
const char *access_name(uint32_t access);
const char *state_name(uint32_t state);

/* The thread with this object number; NULL: none that lives (inspect.c). */
const struct thread *embed_find_thread(const struct kernel *kernel, uint32_t object);

/* Bytes that a live object takes from its Untyped, its pages or slots included (inspect.c). */
uk_word embed_object_bytes(const struct object *object);

#endif
