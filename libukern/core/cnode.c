/* SPDX-License-Identifier: MIT */
/* CNodes: arrays of slots. Slot 0 stays empty, so that handle 0 means "none". */
#include "core/cnode.h"

#include "core/kernel.h"
#include "core/machine.h"
#include "core/lazy.h"

/* A handle looked up in the CNode that `container` names (0: the caller's own). */
static enum uk_status find_in(const struct thread *caller, uk_handle container, struct cnode **cnode)
{
    struct capability *slot;
    if (container == UK_NONE) {
        *cnode = caller->cnode;
        return *cnode != NULL ? UK_OK : UK_BAD_HANDLE;
    }
    enum uk_status status = capability_require(caller, container, UK_TYPE_CNODE, UK_RIGHT_MANAGE, &slot);
    if (status == UK_OK)
        *cnode = (struct cnode *)slot->object;
    return status;
}

/* The slot that a handle names, filled or not: BAD_HANDLE, STALE. */
static enum uk_status slot_in(struct cnode *cnode, uk_handle handle, struct capability **slot)
{
    uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);
    if (index >= cnode->slot_count)
        return UK_BAD_HANDLE;
    *slot = &cnode->slots[index];
    return generation != 0 && generation != (*slot)->slot_generation ? UK_STALE : UK_OK;
}

static enum uk_status empty_in(struct cnode *cnode, uk_word index, uk_word count, struct capability **first)
{
    if (index == 0 || index >= cnode->slot_count || count > cnode->slot_count - index)
        return UK_BAD_HANDLE;
    for (uk_word i = 0; i < count; i++)
        if (cnode->slots[index + i].type != UK_TYPE_NONE)
            return UK_SLOT_TAKEN;
    *first = &cnode->slots[index];
    return UK_OK;
}

enum uk_status cnode_empty_slots(const struct thread *caller, uk_handle handle, uk_word index, uk_word count,
                                 struct capability **first)
{
    struct cnode *cnode;
    enum uk_status status = find_in(caller, handle, &cnode);
    return status == UK_OK ? empty_in(cnode, index, count, first) : status;
}

enum uk_status cnode_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel;
    ((struct cnode *)object)->slot_count = (uint32_t)size;
    return UK_OK;
}

int cnode_drain(struct kernel *kernel, struct object *object)
{
    struct cnode *cnode = (struct cnode *)object;
    while (cnode->drained < cnode->slot_count) {
        if (capability_remove(kernel, &cnode->slots[cnode->drained]) != UK_OK)
            return 0;
        cnode->drained++;
        if (machine_preempted(kernel))
            return 0;
    }
    return 1;
}

/* What copy, mint and move have in common: w0 target index, w1 source, w2 its CNode. */
static enum uk_status find_pair(const struct thread *caller, const struct capability *via, struct capability **target,
                                struct capability **source)
{
    const uk_word *word = caller->registers.call.word;
    struct cnode *from;
    enum uk_status status = empty_in((struct cnode *)via->object, word[0], 1, target);
    if (status == UK_OK)
        status = find_in(caller, word[2], &from);
    if (status == UK_OK)
        status = slot_in(from, word[1], source);
    if (status == UK_OK && (*source)->type == UK_TYPE_NONE)
        status = UK_EMPTY_SLOT;
    return status;
}

static struct outcome derive(struct kernel *kernel, struct thread *caller, struct capability *via, int with_badge)
{
    const uk_word *word = caller->registers.call.word;
    struct capability *target, *source;
    enum uk_status status = find_pair(caller, via, &target, &source);
    if (status != UK_OK)
        return outcome_done(status);
    if ((word[3] & ~(uk_word)UK_RIGHTS_ALL) != 0)
        return outcome_done(UK_BAD_ARGUMENT);
    if (with_badge && source->type != UK_TYPE_ENDPOINT && source->type != UK_TYPE_NOTIFICATION &&
        source->type != UK_TYPE_PORT && source->type != UK_TYPE_RESIDENT && source->type != UK_TYPE_PORTAL)
        return outcome_done(UK_WRONG_TYPE);
    if (!capability_may_copy(source))
        return outcome_done(UK_NO_RIGHT);
    if (with_badge && source->badge != 0)
        return outcome_done(UK_NO_RIGHT); /* a badge, once given, is for good */
    if (!lazy_settle_capability(kernel, source, 1))
        return outcome_restart();
    capability_derive(target, source, (uint32_t)word[3], with_badge ? word[4] : source->badge);
    return outcome_done(UK_OK);
}

struct outcome cnode_copy(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return derive(kernel, caller, via, 0);
}

struct outcome cnode_mint(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    return derive(kernel, caller, via, 1);
}

struct outcome cnode_move(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct capability *target, *source;
    enum uk_status status = find_pair(caller, via, &target, &source);
    if (status != UK_OK)
        return outcome_done(status);
    capability_transfer(kernel, target, source);
    return outcome_done(UK_OK);
}

/* The first slot goes last: while it is there, its handle is good for asking again. */
static int delete_run(struct kernel *kernel, struct capability *first, uk_word count)
{
    space_leave_run(kernel, first, count);
    while (count-- > 0) {
        int filled = first[count].type != UK_TYPE_NONE;
        if (capability_remove(kernel, &first[count]) != UK_OK)
            return 0;
        if (count > 0 && filled && machine_preempted(kernel))
            return 0;
    }
    return 1;
}

struct outcome cnode_delete(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct cnode *cnode = (struct cnode *)via->object;
    const uk_word *word = caller->registers.call.word;
    uk_word count = word[1] == 0 ? 1 : word[1];
    struct capability *first;
    enum uk_status status = slot_in(cnode, word[0], &first);
    if (status == UK_OK && count > UK_RETYPE_MAX)
        status = UK_BAD_ARGUMENT;
    if (status == UK_OK && count > cnode->slot_count - (uk_word)(first - cnode->slots))
        status = UK_BAD_HANDLE;
    if (status != UK_OK)
        return outcome_done(status);
    return delete_run(kernel, first, count) ? thread_drains(kernel, caller) : outcome_restart();
}

struct outcome cnode_revoke(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct capability *slot;
    enum uk_status status = slot_in((struct cnode *)via->object, caller->registers.call.word[0], &slot);
    if (status != UK_OK)
        return outcome_done(status);
    if (capability_revoke(kernel, slot) != UK_OK)
        return outcome_restart();
    return thread_drains(kernel, caller);
}

static uk_word detail(const struct capability *slot)
{
    switch (slot->type) {
    case UK_TYPE_FRAME:
        return slot->badge;
    case UK_TYPE_UNTYPED:
        return ((const struct untyped *)slot->object)->high - ((const struct untyped *)slot->object)->low;
    case UK_TYPE_CNODE:
        return ((const struct cnode *)slot->object)->slot_count;
    case UK_TYPE_ENDPOINT:
        return slot->generation;
    default:
        return 0;
    }
}

struct outcome cnode_inspect(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    uk_word *word = caller->registers.call.word;
    struct capability *slot;
    enum uk_status status = slot_in((struct cnode *)via->object, word[0], &slot);
    if (status == UK_OK && slot->type == UK_TYPE_NONE)
        status = UK_EMPTY_SLOT;
    if (status != UK_OK)
        return outcome_done(status);
    word[4] = capability_handle(slot, (uint32_t)word[0]);
    word[0] = slot->type;
    word[1] = slot->rights;
    word[2] = slot->type == UK_TYPE_FRAME ? 0 : slot->badge;
    word[3] = slot->object->number;
    word[5] = detail(slot);
    return outcome_done(UK_OK);
}
