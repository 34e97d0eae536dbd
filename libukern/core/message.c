/* SPDX-License-Identifier: MIT */
/* Messages: six words go from registers to registers; longer ones and items go through buffers found by walking tables. */
#include "core/message.h"

#include <string.h>

#include "core/kernel.h"
#include "core/machine.h"
#include "core/reply.h"
#include "core/lazy.h"

/* Length and items of a tag; more than six means that something must go through the buffers. */
#define SHAPE ((uk_word)1023)

/* Everything that a long message needs, found before anything moves. */
struct plan {
    unsigned length, items;
    struct reply *reply; /* of a call; NULL: nothing may be lent */
    struct uk_buffer *from, *to;
    struct capability *source[UK_ITEMS_MAX];  /* first slot of each item */
    struct capability *target[UK_ITEMS_MAX];
    struct uk_item item[UK_ITEMS_MAX];
    uk_word address[UK_ITEMS_MAX];            /* where memory items are mapped */
    uint32_t slot[UK_ITEMS_MAX];
    struct table_count tables;                /* that the receiver's space lacks */
    uk_word slots, mapped, copies;            /* used of the window's slots and addresses, and of the frames to copy into */
    uint32_t frames, large;                   /* named by memory items; snapshots of 2 MiB */
};

static void deliver_registers(struct thread *target, const uk_word *words, unsigned length)
{
    uk_word *into = target->registers.call.word;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        into[i] = i < length ? words[i] : 0;
}

static void deliver_tag(struct thread *target, uk_word tag, uk_word flags, uk_word badge)
{
    target->registers.call.tag = (tag & (SHAPE | ~(uk_word)0xffffffff)) | flags;
    target->registers.call.handle = badge;
}

struct uk_buffer *message_buffer(struct kernel *kernel, const struct thread *thread, uint32_t right)
{
    const struct space *space = thread_space(thread);
    if (thread->buffer == 0 || space == NULL)
        return NULL;
    return space_pointer(kernel, space, thread->buffer, sizeof(struct uk_buffer), right);
}

/* Frames, any number of them; all but snapshots arrive as new mappings. */
static int is_mapped_anew(uint32_t kind) { return kind == UK_ITEM_SHARE || kind == UK_ITEM_GIFT; }
static int is_memory(uint32_t kind) { return is_mapped_anew(kind) || kind == UK_ITEM_SNAPSHOT; }

/* A second capability to a frame that has lazy copies, or is one, needs them settled, which takes too long for 2 MiB. */
static int is_too_lazy(const struct capability *slot)
{
    const struct frame *frame = (const struct frame *)slot->object;
    return slot->type == UK_TYPE_FRAME && frame_is_lazy(frame) && frame->bytes == UK_LARGE;
}

enum uk_status message_check_item(const struct thread *source, const struct uk_item *item, struct capability **first)
{
    if (item->kind == UK_ITEM_NONE || item->kind == UK_ITEM_LEASE || item->kind > UK_ITEM_SNAPSHOT ||
        (item->rights & ~(uint32_t)UK_RIGHTS_ALL) != 0)
        return UK_BAD_ARGUMENT;
    if (item->count == 0 || item->count > UK_ITEM_FRAMES_MAX || (!is_memory(item->kind) && item->count != 1))
        return UK_BAD_ARGUMENT;
    enum uk_status status = capability_find(source, item->handle, first);
    if (status != UK_OK)
        return status;
    const struct cnode *cnode = source->cnode;
    uk_word index = (uk_word)(*first - cnode->slots);
    if (index + item->count > cnode->slot_count)
        return UK_BAD_HANDLE;
    for (uk_word i = 0; i < item->count; i++) {
        const struct capability *slot = *first + i;
        if (slot->type == UK_TYPE_NONE)
            return UK_EMPTY_SLOT;
        if (is_memory(item->kind) && slot->type != UK_TYPE_FRAME)
            return UK_WRONG_TYPE;
        if (is_memory(item->kind) && (item->rights & slot->rights & UK_RIGHT_READ) == 0)
            return UK_NO_RIGHT;
        if (item->kind == UK_ITEM_GIFT && slot->child != NULL)
            return UK_BUSY; /* somebody derives from it: what is given away must be given whole */
        if (item->kind == UK_ITEM_MOVE && (slot->child != NULL || slot->space != 0) && (slot->rights & ~item->rights) != 0)
            return UK_BUSY; /* nor may a parent have fewer rights than its children, or a frame than its mapping */
        if (item->kind == UK_ITEM_MOVE && (slot->rights & ~item->rights & object_rules[slot->type].single) != 0)
            return UK_BUSY; /* nor is a right of which there is only one dropped on the way */
        if (item->kind == UK_ITEM_COPY && !capability_may_copy(slot))
            return UK_NO_RIGHT;
        if ((item->kind == UK_ITEM_COPY || item->kind == UK_ITEM_SHARE) && is_too_lazy(slot))
            return UK_BUSY;
    }
    return UK_OK;
}

/* No two items that move may name the same slot. */
static int overlaps_earlier(const struct plan *plan, unsigned item)
{
    const struct capability *first = plan->source[item], *end = first + plan->item[item].count;
    for (unsigned i = 0; i < item; i++)
        if (plan->source[i] != NULL && plan->source[i] < end && first < plan->source[i] + plan->item[i].count)
            return 1;
    return 0;
}

enum uk_status message_check_slots(const struct thread *target, uk_word index, uk_word count,
                                   struct capability **first)
{
    struct cnode *cnode = target->cnode;
    if (cnode == NULL || index == 0 || index + count > cnode->slot_count)
        return UK_NO_WINDOW;
    *first = &cnode->slots[index];
    for (uk_word i = 0; i < count; i++)
        if (cnode->slots[index + i].type != UK_TYPE_NONE)
            return UK_NO_WINDOW;
    return UK_OK;
}

/* Each frame of a memory item must fit into the window at the next address. */
static enum uk_status check_window(const struct kernel *kernel, const struct space *space, struct plan *plan, unsigned i)
{
    const struct uk_window *window = &plan->to->window;
    plan->address[i] = window->address + plan->mapped;
    for (uk_word n = 0; n < plan->item[i].count; n++) {
        const struct frame *frame = (const struct frame *)plan->source[i][n].object;
        if (space == NULL || space_is_draining(space) || frame->bytes > window->bytes - plan->mapped)
            return UK_NO_WINDOW;
        if (space_can_map(kernel, space, frame, window->address + plan->mapped, &plan->tables) != UK_OK)
            return UK_NO_WINDOW;
        plan->mapped += frame->bytes;
    }
    return UK_OK;
}

static int is_in_frame(const struct kernel *kernel, const void *bytes, const struct frame *frame)
{
    return arena_physical(kernel, bytes) - frame->physical < frame->bytes;
}

/* Into slots that were declared to be empty. */
static enum uk_status check_slots(const struct thread *target, struct plan *plan, unsigned i)
{
    const struct uk_window *window = &plan->to->window;
    if (plan->slots + plan->item[i].count > window->slot_count)
        return UK_NO_WINDOW;
    plan->slot[i] = (uint32_t)(window->slot + plan->slots);
    plan->slots += plan->item[i].count;
    return message_check_slots(target, plan->slot[i], plan->item[i].count, &plan->target[i]);
}

/* Into frames that the receiver owns and declared; not into those that this message is about, or lies in. */
static enum uk_status check_copies(const struct kernel *kernel, const struct thread *target, struct plan *plan, unsigned i)
{
    struct cnode *cnode = target->cnode;
    uk_word count = plan->item[i].count, index = plan->to->copy_slot + plan->copies;
    if (cnode == NULL || plan->copies + count > plan->to->copy_count || index + count > cnode->slot_count)
        return UK_NO_WINDOW;
    plan->copies += count;
    plan->slot[i] = (uint32_t)index;
    plan->target[i] = &cnode->slots[index];
    for (uk_word n = 0; n < count; n++) {
        const struct capability *from = &plan->source[i][n], *into = &plan->target[i][n];
        const struct frame *frame = (const struct frame *)from->object;
        enum uk_status status = lazy_check_source(from);
        if (status == UK_OK && is_in_frame(kernel, plan->to, frame))
            status = UK_BUSY;
        if (status == UK_OK && frame->bytes == UK_LARGE &&
            frame_source(kernel, frame)->copies + plan->large++ >= UK_SNAPSHOTS_MAX)
            status = UK_LIMIT;
        if (status != UK_OK)
            return status;
        if (!lazy_check_target(into, frame->bytes) || is_in_frame(kernel, plan->to, (const struct frame *)into->object))
            return UK_NO_WINDOW;
    }
    return UK_OK;
}

/* A frame that is copied into must not be one that another item names. */
static int is_apart(const struct plan *plan, unsigned copy, unsigned other)
{
    return plan->item[other].kind == UK_ITEM_LEASE || plan->target[copy] >= plan->source[other] + plan->item[other].count ||
           plan->source[other] >= plan->target[copy] + plan->item[copy].count;
}

static enum uk_status check_apart(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->items; i++)
        for (unsigned k = 0; k < plan->items; k++)
            if (plan->item[i].kind == UK_ITEM_SNAPSHOT && !is_apart(plan, i, k))
                return UK_NO_WINDOW;
    return UK_OK;
}

/* The items come from the sender's buffer; those of an operation that became a call are the handles among its words. */
static void load_items(const struct thread *source, struct plan *plan)
{
    if ((source->marks & THREAD_INTERPOSED) == 0) {
        memcpy(plan->item, plan->from->items, sizeof plan->item);
        return;
    }
    unsigned n = 0;
    for (unsigned word = 0; word < UK_REGISTER_WORDS && n < plan->items; word++)
        if ((source->handle_words >> word & 1) != 0 && source->registers.call.word[word] != UK_NONE)
            plan->item[n++] = (struct uk_item){UK_ITEM_COPY, UK_RIGHTS_ALL, source->registers.call.word[word], 1, 0};
}

/* What is mapped there is looked at when it is used. It takes no room of the receiver. */
static enum uk_status check_lease(const struct reply *reply, const struct uk_item *item)
{
    int bad = reply == NULL || item->handle != UK_NONE || (item->rights & (UK_RIGHT_READ | UK_RIGHT_WRITE)) == 0 ||
              (item->rights & ~(uint32_t)(UK_RIGHT_READ | UK_RIGHT_WRITE)) != 0 || item->count > UK_FOREVER - item->address;
    return bad ? UK_BAD_ARGUMENT : UK_OK;
}

static enum uk_status check_item(const struct kernel *kernel, const struct thread *source, const struct thread *target,
                                 struct plan *plan, unsigned i)
{
    const struct uk_item *item = &plan->item[i];
    if (item->kind == UK_ITEM_LEASE)
        return check_lease(plan->reply, item);
    enum uk_status status = message_check_item(source, item, &plan->source[i]);
    if (status != UK_OK)
        return status;
    if (overlaps_earlier(plan, i))
        return UK_BAD_ARGUMENT;
    plan->frames += is_memory(item->kind) ? (uint32_t)item->count : 0;
    if (plan->frames > UK_ITEM_FRAMES_MAX)
        return UK_LIMIT;
    if (item->kind == UK_ITEM_SNAPSHOT)
        return check_copies(kernel, target, plan, i);
    status = check_slots(target, plan, i);
    return status == UK_OK && is_memory(item->kind) ? check_window(kernel, thread_space(target), plan, i) : status;
}

static enum uk_status check_items(const struct kernel *kernel, const struct thread *source,
                                  const struct thread *target, struct plan *plan)
{
    for (unsigned i = 0; i < plan->items; i++) {
        enum uk_status status = check_item(kernel, source, target, plan, i);
        if (status != UK_OK)
            return status;
    }
    if (plan->tables.missing > 0 && !space_has_memory(thread_space(target), plan->tables.missing))
        return UK_NO_WINDOW;
    return plan->copies > 0 ? check_apart(plan) : UK_OK;
}

/* The receiver maps a whole item at once: a run of pages is one thing to the machine. */
static void move_memory(struct kernel *kernel, struct thread *target, const struct uk_item *item,
                        struct capability *slots, struct capability *sources, uk_word address)
{
    if (item->kind == UK_ITEM_GIFT)
        space_leave_run(kernel, sources, item->count);
    for (uk_word i = 0; i < item->count; i++) {
        if (item->kind == UK_ITEM_SHARE) {
            (void)lazy_settle_capability(kernel, &sources[i], 0);
            capability_derive(&slots[i], &sources[i], item->rights, 0);
        } else {
            capability_transfer(kernel, &slots[i], &sources[i]);
            slots[i].rights &= (uint8_t)item->rights;
        }
    }
    space_enter_run(kernel, thread_space(target), slots, item->count, address, UK_RIGHTS_ALL);
}

static void copy_memory(struct kernel *kernel, const struct uk_item *item, struct capability *slots,
                        struct capability *sources)
{
    struct space_run shown = {.map = 1}, kept = {.map = 1};
    for (uk_word i = 0; i < item->count; i++)
        lazy_copy(kernel, &slots[i], &sources[i], &shown, &kept);
    space_run_end(kernel, &shown);
    space_run_end(kernel, &kept);
}

static void move_capability(struct kernel *kernel, struct thread *target, const struct uk_item *item,
                            struct capability *slot, struct capability *source)
{
    if (item->kind == UK_ITEM_COPY) {
        (void)lazy_settle_capability(kernel, source, 0);
        capability_derive(slot, source, item->rights, source->badge);
        return;
    }
    capability_transfer(kernel, slot, source);
    slot->rights &= (uint8_t)item->rights;
    if (slot->type == UK_TYPE_REPLY && ((struct reply *)slot->object)->caller != NULL)
        reply_bind(kernel, (struct reply *)slot->object, target);
}

/* The leases of this call replace those of an earlier one. Numbers are never 0. */
static void lend_memory(struct thread *caller, const struct plan *plan)
{
    struct reply *reply = plan->reply;
    reply->lease_number += reply->lease_number == UINT32_MAX ? 2 : 1;
    for (unsigned i = 0; i < UK_ITEMS_MAX; i++) {
        const struct uk_item *item = &plan->item[i];
        int lent = i < plan->items && item->kind == UK_ITEM_LEASE;
        reply->leases[i] = lent ? (struct lease){item->address, item->count, item->rights, 0} : (struct lease){0};
        if (lent)
            plan->to->received[i] = (struct uk_item){UK_ITEM_LEASE, item->rights,
                                                     (uk_handle)reply->lease_number << 32 | i, item->count, 0};
    }
    caller->marks |= THREAD_LENDS;
}

static void move_item(struct kernel *kernel, struct thread *target, struct plan *plan, unsigned i)
{
    const struct uk_item *item = &plan->item[i];
    struct capability *slot = plan->target[i];
    if (is_mapped_anew(item->kind))
        move_memory(kernel, target, item, slot, plan->source[i], plan->address[i]);
    else if (item->kind == UK_ITEM_SNAPSHOT)
        copy_memory(kernel, item, slot, plan->source[i]);
    else
        move_capability(kernel, target, item, slot, plan->source[i]);
    kernel->counters.capabilities_moved += item->kind != UK_ITEM_SNAPSHOT ? item->count : 0;
    plan->to->received[i] = (struct uk_item){item->kind, slot->rights, capability_handle(slot, plan->slot[i]), item->count,
                                             is_memory(item->kind) ? slot->badge : 0};
}

static int lends(const struct plan *plan)
{
    unsigned i = 0;
    while (i < plan->items && plan->item[i].kind != UK_ITEM_LEASE)
        i++;
    return i < plan->items;
}

static enum uk_status move_long(struct kernel *kernel, struct thread *source, struct thread *target, struct reply *reply,
                                uint32_t rights)
{
    uk_word tag = source->registers.call.tag;
    struct plan plan = {.length = UK_TAG_LENGTH(tag), .items = UK_TAG_ITEMS(tag), .reply = reply};
    if (plan.length > UK_MESSAGE_WORDS)
        return UK_TOO_LARGE;
    if (plan.items > UK_ITEMS_MAX)
        return UK_BAD_ARGUMENT;
    if (plan.items > 0 && (rights & UK_RIGHT_GRANT) == 0)
        return UK_NO_RIGHT;
    plan.from = message_buffer(kernel, source, UK_RIGHT_READ);
    if (plan.from == NULL && (source->marks & THREAD_INTERPOSED) == 0)
        return UK_CALLER_FAULT;
    if (target->buffer == 0)
        return plan.length > UK_REGISTER_WORDS ? UK_TOO_LARGE : UK_NO_WINDOW;
    plan.to = message_buffer(kernel, target, UK_RIGHT_WRITE);
    if (plan.to == NULL)
        return UK_PEER_FAULT;
    load_items(source, &plan);
    enum uk_status status = check_items(kernel, source, target, &plan);
    if (status != UK_OK)
        return status;
    if (plan.length > UK_REGISTER_WORDS)
        memmove(plan.to->words + UK_REGISTER_WORDS, plan.from->words + UK_REGISTER_WORDS,
                (plan.length - UK_REGISTER_WORDS) * sizeof(uk_word));
    if (lends(&plan))
        lend_memory(source, &plan);
    for (unsigned i = 0; i < plan.items; i++)
        if (plan.item[i].kind != UK_ITEM_LEASE)
            move_item(kernel, target, &plan, i);
    return UK_OK;
}

static void deliver_fault(const struct thread *source, struct thread *target, uk_word badge)
{
    const struct record *record = &source->record;
    const uk_word words[UK_REGISTER_WORDS] = {record->address, record->access,    record->ip,
                                              record->status,  record->operation, record->handle};
    deliver_registers(target, words, UK_REGISTER_WORDS);
    deliver_tag(target, UK_TAG(record->fault, UK_REGISTER_WORDS, 0), UK_TAG_FAULT | UK_TAG_CALL, badge);
}

enum uk_status message_call(struct kernel *kernel, struct thread *source, struct thread *target, struct reply *reply,
                            uint32_t rights, uk_word badge, uk_word flags)
{
    uk_word tag = source->registers.call.tag;
    if ((source->marks & THREAD_FAULTED) != 0) {
        deliver_fault(source, target, badge);
        return UK_OK;
    }
    if ((tag & SHAPE) > UK_REGISTER_WORDS) {
        enum uk_status status = move_long(kernel, source, target, reply, rights);
        if (status != UK_OK)
            return status;
    }
    unsigned length = UK_TAG_LENGTH(tag);
    deliver_registers(target, source->registers.call.word, length);
    deliver_tag(target, tag, flags, badge);
    kernel->counters.words_copied += length;
    return UK_OK;
}

enum uk_status message_move(struct kernel *kernel, struct thread *source, struct thread *target, uint32_t rights,
                            uk_word badge, uk_word flags)
{
    return message_call(kernel, source, target, NULL, rights, badge, flags);
}

void message_answered(struct thread *caller)
{
    int interposed = (caller->marks & THREAD_INTERPOSED) != 0;
    caller->registers.call.operation = interposed ? UK_TAG_LABEL(caller->registers.call.tag) : UK_OK;
    if (interposed)
        caller->registers.call.tag = 0;
    if (interposed && caller->operation == UK_WAIT) /* the one operation with a result beside the words: in the first */
        caller->registers.call.handle = caller->registers.call.word[0];
    caller->marks &= (uint16_t)~THREAD_INTERPOSED;
    if (caller->stage == UK_NONE)
        return;
    caller->registers.call.operation = caller->operation;
    caller->registers.call.handle = caller->stage;
    caller->stage = UK_NONE;
    caller->marks &= (uint16_t)~THREAD_UNTOLD; /* this answer is for nobody to see */
}
