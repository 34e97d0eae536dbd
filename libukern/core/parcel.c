/* SPDX-License-Identifier: MIT */
/* Parcels: a message is checked, moved into kernel memory that somebody paid for, and later moved on; never half. */
#include "core/parcel.h"

#include <string.h>

#include "core/kernel.h"
#include "core/machine.h"
#include "core/message.h"
#include "core/reply.h"
#include "core/lazy.h"

void parcel_begin(struct parcel *parcel)
{
    for (unsigned i = 0; i < UK_ITEMS_MAX; i++)
        parcel->items[i].held = HELD_BY_THREAD;
}

static enum uk_status find_items(const struct thread *source, struct packing *packing)
{
    for (unsigned i = 0; i < packing->items; i++) {
        const struct uk_item *item = &packing->item[i];
        if (item->kind != UK_ITEM_COPY && item->kind != UK_ITEM_MOVE)
            return UK_BAD_ARGUMENT;
        enum uk_status status = message_check_item(source, item, &packing->source[i]);
        if (status != UK_OK)
            return status;
        for (unsigned earlier = 0; earlier < i; earlier++)
            if (packing->source[earlier] == packing->source[i])
                return UK_BAD_ARGUMENT;
    }
    return UK_OK;
}

enum uk_status parcel_check(struct kernel *kernel, const struct thread *source, uint32_t rights,
                            struct packing *packing)
{
    uk_word tag = source->registers.call.tag;
    packing->length = UK_TAG_LENGTH(tag);
    packing->items = UK_TAG_ITEMS(tag);
    if (packing->length > UK_MESSAGE_WORDS)
        return UK_TOO_LARGE;
    if (packing->items > UK_ITEMS_MAX)
        return UK_BAD_ARGUMENT;
    if (packing->items > 0 && (rights & UK_RIGHT_GRANT) == 0)
        return UK_NO_RIGHT;
    if (packing->length <= UK_REGISTER_WORDS && packing->items == 0)
        return UK_OK;
    packing->from = message_buffer(kernel, source, UK_RIGHT_READ);
    if (packing->from == NULL)
        return UK_CALLER_FAULT;
    memcpy(packing->item, packing->from->items, sizeof packing->item);
    return find_items(source, packing);
}

void parcel_pack(struct kernel *kernel, const struct thread *source, const struct packing *packing, uk_word badge,
                 struct parcel *parcel)
{
    const uk_word *words = source->registers.call.word;
    unsigned length = packing->length;
    parcel->tag = UK_TAG(UK_TAG_LABEL(source->registers.call.tag), length, packing->items);
    parcel->badge = badge;
    for (unsigned i = 0; i < length && i < UK_REGISTER_WORDS; i++)
        parcel->words[i] = words[i];
    if (length > UK_REGISTER_WORDS)
        memcpy(parcel->words + UK_REGISTER_WORDS, packing->from->words + UK_REGISTER_WORDS,
               (length - UK_REGISTER_WORDS) * sizeof(uk_word));
    for (unsigned i = 0; i < packing->items; i++) {
        struct capability *slot = &parcel->items[i], *from = packing->source[i];
        parcel->kinds[i] = (uint8_t)packing->item[i].kind;
        if (parcel->kinds[i] == UK_ITEM_COPY) {
            (void)lazy_settle_capability(kernel, from, 0);
            capability_derive(slot, from, packing->item[i].rights, from->badge);
        } else {
            capability_transfer(kernel, slot, from);
            slot->rights &= (uint8_t)packing->item[i].rights;
        }
    }
    kernel->counters.capabilities_moved += packing->items;
    kernel->counters.words_copied += length;
}

/* Slots for what is left of its items, in order. */
static enum uk_status find_room(const struct parcel *parcel, const struct uk_buffer *to, const struct thread *target,
                                struct capability **first)
{
    uk_word live = 0;
    for (unsigned i = 0; i < UK_TAG_ITEMS(parcel->tag); i++)
        live += parcel->items[i].type != UK_TYPE_NONE;
    if (live == 0)
        return UK_OK;
    return live > to->window.slot_count ? UK_NO_WINDOW : message_check_slots(target, to->window.slot, live, first);
}

static void unpack_items(struct kernel *kernel, struct parcel *parcel, struct uk_buffer *to, struct thread *target,
                         struct capability *slot)
{
    uint32_t index = to->window.slot;
    for (unsigned i = 0; i < UK_TAG_ITEMS(parcel->tag); i++) {
        to->received[i] = (struct uk_item){0};
        if (parcel->items[i].type == UK_TYPE_NONE)
            continue;
        capability_transfer(kernel, slot, &parcel->items[i]);
        if (slot->type == UK_TYPE_REPLY && ((struct reply *)slot->object)->caller != NULL)
            reply_bind(kernel, (struct reply *)slot->object, target);
        to->received[i] = (struct uk_item){parcel->kinds[i], slot->rights, capability_handle(slot, index), 1, 0};
        kernel->counters.capabilities_moved++;
        slot++;
        index++;
    }
}

enum uk_status parcel_open(struct kernel *kernel, struct parcel *parcel, struct thread *target, uk_word flags)
{
    unsigned length = UK_TAG_LENGTH(parcel->tag);
    struct uk_call *call = &target->registers.call;
    if (length > UK_REGISTER_WORDS || UK_TAG_ITEMS(parcel->tag) > 0) {
        struct capability *first = NULL;
        if (target->buffer == 0)
            return length > UK_REGISTER_WORDS ? UK_TOO_LARGE : UK_NO_WINDOW;
        struct uk_buffer *to = message_buffer(kernel, target, UK_RIGHT_WRITE);
        if (to == NULL)
            return UK_CALLER_FAULT;
        enum uk_status status = find_room(parcel, to, target, &first);
        if (status != UK_OK)
            return status;
        if (length > UK_REGISTER_WORDS)
            memcpy(to->words + UK_REGISTER_WORDS, parcel->words + UK_REGISTER_WORDS,
                   (length - UK_REGISTER_WORDS) * sizeof(uk_word));
        unpack_items(kernel, parcel, to, target, first);
    }
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call->word[i] = i < length ? parcel->words[i] : 0;
    call->tag = parcel->tag | flags;
    call->handle = parcel->badge;
    kernel->counters.words_copied += length;
    return UK_OK;
}

enum uk_status parcel_clear(struct kernel *kernel, struct parcel *parcel)
{
    for (unsigned i = 0; i < UK_ITEMS_MAX; i++)
        if (capability_remove(kernel, &parcel->items[i]) != UK_OK)
            return UK_BUSY;
    return UK_OK;
}
