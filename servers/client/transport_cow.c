/* SPDX-License-Identifier: MIT */
/* 9P in snapshots: each side's frames hold what the other's held when it sent, and no store of either shows to the other. */
#include "client/link.h"
#include "runtime/protocol.h"

#include <string.h>

static uint32_t pages(size_t bytes) { return (uint32_t)((bytes + UK_PAGE - 1) / UK_PAGE); }

/* A call with what the request's frames hold; the reply comes into the first `room` frames. */
static enum uk_status carry(struct link *link, struct uk_message *call, uint32_t frames, uint32_t room)
{
    struct uk_buffer *buffer = link->start->buffer;
    buffer->items[0] = link_frames(link, UK_ITEM_SNAPSHOT, frames);
    buffer->copy_slot = link_slot(link, LINK_FRAMES);
    buffer->copy_count = room;
    call->tag = UK_TAG(NINEP_EXCHANGE, 1, 1);
    enum uk_status status = link_call(link, call);
    memset(&buffer->items[0], 0, sizeof buffer->items[0]);
    buffer->copy_slot = buffer->copy_count = 0;
    return status;
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct link *link = link_of(transport);
    struct uk_message call = uk_message(NINEP_EXCHANGE, 1);
    const struct uk_item *item = &link->start->buffer->received[0];
    if (link->session == UK_NONE || bytes == 0 || pages(bytes > room ? bytes : room) > link->frame_count)
        return 0;
    memcpy(link->shared, message, bytes);
    call.word[0] = bytes;
    enum uk_status status = carry(link, &call, pages(bytes), pages(room));
    size_t length = UK_TAG_LENGTH(call.tag) < 1 ? 0 : (size_t)call.word[0];
    if (status != UK_OK || length == 0 || length > room || UK_TAG_ITEMS(call.tag) != 1 ||
        item->kind != UK_ITEM_SNAPSHOT || item->count < pages(length))
        return link_end(link);
    memcpy(message, link->shared, length);
    return length;
}

enum uk_status transport_cow_open(struct link *link, uk_handle server, uint32_t frames)
{
    link->transport.exchange = exchange;
    enum uk_status status = link_make_own(link, 0);
    if (status == UK_OK)
        status = link_make_frames(link, frames);
    if (status == UK_OK)
        status = link_ask(link, server, 1, 1);
    if (link->transport.message_max > link_bytes(link))
        link->transport.message_max = link_bytes(link);
    return status;
}
