/* SPDX-License-Identifier: MIT */
/* A request whose payload picks its means by size: registers, copies through message buffers, lazy copies, shared pages. */
#ifndef UKERN_TRANSFER_H
#define UKERN_TRANSFER_H

#include <ukern/call.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * After bzt's sizes (OS/Z: registers, then pages, then memory that is shared for good; OZ-1), but with limits that are data:
 * where one means begins to beat another is a matter of the machine, and `ukern compare` measures it.
 *
 * What the receiver finds is its own, whatever the sender does afterwards, but for shared pages, which change under its
 * eyes: there it must copy out what it checks. Payload is words; memory is whole pages of 4 KiB.
 */

/** The most bytes that travel so; a larger payload is shared. A limit below the one before it: nothing travels so. */
struct uk_transfer_limits {
    uk_word registers; /**< in registers, UK_TRANSFER_NEAR words to a message */
    uk_word copied;    /**< through message buffers, UK_TRANSFER_PIECE words to a message */
    uk_word snapshot;  /**< as lazy copies, into frames that the receiver declared */
};

enum uk_transfer_means {
    UK_TRANSFER_REGISTERS,
    UK_TRANSFER_COPY,
    UK_TRANSFER_SNAPSHOT,
    UK_TRANSFER_SHARE
};

enum {
    UK_TRANSFER_HEADER = 2, /**< words of a message before payload: bytes in all; of a piece: the word that it begins with */
    UK_TRANSFER_NEAR = UK_REGISTER_WORDS - UK_TRANSFER_HEADER, /**< of payload in the registers of one message */
    UK_TRANSFER_PIECE = UK_MESSAGE_WORDS - UK_REGISTER_WORDS   /**< of payload in its buffer, where no register has any */
};

/** One side of a way between one sender and one receiver. */
struct uk_transfer {
    struct uk_transfer_limits limits; /**< sender's: how it picks */
    struct uk_buffer *buffer;         /**< the thread's message buffer */
    uk_word memory, bytes;            /**< payload: where it is, or will be copied to; whole pages, mapped to be written ... */
    uint32_t frames;                  /**< ... by the capabilities from this slot on, the only ones to these frames */
    uint32_t window_slot;             /**< receiver's: as many empty slots for shared pages, ... */
    uk_word window;                   /**< ... and free addresses */
    uk_word taken;                    /**< receiver's: words of a payload in pieces that are here. Begins with 0 */
};

/** How a payload of so many bytes travels. None needs no memory. */
UK_STUB enum uk_transfer_means uk_transfer_means(const struct uk_transfer_limits *limits, uk_word bytes)
{
    if (bytes <= limits->registers || bytes == 0)
        return UK_TRANSFER_REGISTERS;
    if (bytes <= limits->copied)
        return UK_TRANSFER_COPY;
    return bytes <= limits->snapshot ? UK_TRANSFER_SNAPSHOT : UK_TRANSFER_SHARE;
}

/** Calls with the first `bytes` of the payload. message in: the label; out: the answer, which has no payload. UK_TOO_LARGE:
 *  more than there is. Otherwise what UK_CALL says; in pieces, the first piece that fails ends it. */
UK_STUB enum uk_status uk_transfer_call(struct uk_transfer *self, uk_handle endpoint, struct uk_message *message,
                                        uk_word bytes, uk_time deadline)
{
    const uk_word *payload = (const uk_word *)(uintptr_t)self->memory;
    uk_word words = (bytes + sizeof(uk_word) - 1) / sizeof(uk_word), from = 0;
    uint32_t label = UK_TAG_LABEL(message->tag);
    enum uk_transfer_means means = uk_transfer_means(&self->limits, bytes);
    int near = means == UK_TRANSFER_REGISTERS;
    uk_word most = near ? UK_TRANSFER_NEAR : UK_TRANSFER_PIECE, before = near ? UK_TRANSFER_HEADER : UK_REGISTER_WORDS;
    uk_word *place = near ? &message->word[UK_TRANSFER_HEADER] : &self->buffer->words[UK_REGISTER_WORDS];
    enum uk_status status;
    if (bytes > self->bytes)
        return UK_TOO_LARGE;
    if (means >= UK_TRANSFER_SNAPSHOT) {
        self->buffer->items[0].kind = means == UK_TRANSFER_SNAPSHOT ? UK_ITEM_SNAPSHOT : UK_ITEM_SHARE;
        self->buffer->items[0].rights = UK_RIGHT_READ;
        self->buffer->items[0].handle = self->frames;
        self->buffer->items[0].count = (bytes + UK_PAGE - 1) / UK_PAGE;
        message->tag = UK_TAG(label, UK_TRANSFER_HEADER, 1);
        message->word[0] = bytes;
        message->word[1] = 0;
        return uk_call(endpoint, message, deadline);
    }
    for (unsigned i = UK_TRANSFER_HEADER; i < UK_REGISTER_WORDS; i++)
        message->word[i] = 0; /* those without payload may go, too, and what the caller left there is not for the receiver */
    do {
        uk_word count = words - from < most ? words - from : most;
        message->tag = UK_TAG(label, before + count, 0);
        message->word[0] = bytes;
        message->word[1] = from;
        for (uk_word i = 0; i < count; i++)
            place[i] = payload[from + i];
        status = uk_call(endpoint, message, deadline);
        from += count;
    } while (status == UK_OK && from < words);
    return status;
}

/** Says what the next message may bring; before each receive. */
UK_STUB void uk_transfer_expect(const struct uk_transfer *self)
{
    self->buffer->window.slot = self->window_slot;
    self->buffer->window.slot_count = (uint32_t)(self->bytes / UK_PAGE);
    self->buffer->window.address = self->window;
    self->buffer->window.bytes = self->bytes;
    self->buffer->copy_slot = self->frames;
    self->buffer->copy_count = (uint32_t)(self->bytes / UK_PAGE);
}

/**
 * Looks at a request that came. UK_OK: its payload is whole, `*payload` says where. UK_WOULD_BLOCK: a piece of it; answer with
 * an empty message. UK_BAD_ARGUMENT: no sender that plays by the rules says such a thing; answer with an error, after
 * uk_transfer_done.
 */
UK_STUB enum uk_status uk_transfer_take(struct uk_transfer *self, struct uk_message *message, const void **payload,
                                        uk_word *bytes)
{
    uk_word all = message->word[0], from = message->word[1], length = UK_TAG_LENGTH(message->tag);
    int near = length <= UK_REGISTER_WORDS;
    uk_word words = (all + sizeof(uk_word) - 1) / sizeof(uk_word);
    uk_word count = length - (near ? UK_TRANSFER_HEADER : UK_REGISTER_WORDS);
    const uk_word *place = near ? &message->word[UK_TRANSFER_HEADER] : &self->buffer->words[UK_REGISTER_WORDS];
    const struct uk_item *item = &self->buffer->received[0];
    *payload = (const void *)(uintptr_t)self->memory;
    *bytes = all;
    if (length < UK_TRANSFER_HEADER || all > self->bytes || UK_TAG_ITEMS(message->tag) > 1)
        return UK_BAD_ARGUMENT;
    if (UK_TAG_ITEMS(message->tag) == 1) {
        self->taken = 0;
        if (item->kind == UK_ITEM_SHARE)
            *payload = (const void *)(uintptr_t)item->address;
        else if (item->kind != UK_ITEM_SNAPSHOT)
            return UK_BAD_ARGUMENT;
        return item->count * UK_PAGE >= all ? UK_OK : UK_BAD_ARGUMENT;
    }
    self->taken = from == 0 ? 0 : self->taken; /* a sender that gave up begins anew */
    if (from != self->taken || from > words || count > words - from) /* the whole may have become shorter since */
        return UK_BAD_ARGUMENT;
    for (uk_word i = 0; i < count; i++)
        ((uk_word *)(uintptr_t)self->memory)[from + i] = place[i];
    self->taken += count;
    return self->taken == words ? UK_OK : UK_WOULD_BLOCK;
}

/** The payload of a request that brought so many items is not needed any more: whatever took slots goes. Before the answer. */
UK_STUB enum uk_status uk_transfer_done(struct uk_transfer *self, unsigned items)
{
    enum uk_status status = UK_OK;
    for (const struct uk_item *item = self->buffer->received; items > 0 && status == UK_OK; item++, items--)
        if (item->kind != UK_ITEM_SNAPSHOT && item->kind != UK_ITEM_LEASE)
            status = uk_delete_run(UK_SLOT_CNODE, item->handle, (uint32_t)item->count);
    return status;
}

#ifdef __cplusplus
}
#endif
#endif
