/* SPDX-License-Identifier: MIT */
/* What designs with memory items have in common; a reply is looked at when the server has the frames no more. */
#include "client/items.h"
#include "runtime/protocol.h"

#include <string.h>

enum uk_status items_open(struct link *link, uk_handle server, uint32_t frames)
{
    enum uk_status status = link_make_own(link, 0);
    if (status == UK_OK)
        status = link_make_frames(link, frames);
    if (status == UK_OK)
        status = link_ask(link, server, 1, 1);
    if (link->transport.message_max > link_bytes(link))
        link->transport.message_max = link_bytes(link);
    return status;
}

/* The frames that were given away are here again, where they were. */
static bool is_back(const struct link *link, const struct uk_message *answer, uint32_t kind, uint32_t frames)
{
    const struct uk_item *item = &link->start->buffer->received[0];
    return UK_TAG_ITEMS(answer->tag) == 1 && item->kind == kind && item->count == frames &&
           item->address == (uk_word)(uintptr_t)link->shared && (item->rights & UK_RIGHT_WRITE) != 0;
}

/* One call with the first `frames`. */
static enum uk_status carry(struct link *link, struct uk_message *call, uint32_t kind, uint32_t frames, unsigned back)
{
    struct uk_buffer *buffer = link->start->buffer;
    uint32_t slot = link_slot(link, LINK_FRAMES);
    buffer->items[0] = link_frames(link, kind, frames);
    call->tag = UK_TAG(NINEP_EXCHANGE, 1, 1);
    if (back != 0)
        buffer->window = (struct uk_window){slot, frames, (uk_word)(uintptr_t)link->shared, frames * UK_PAGE};
    enum uk_status status = link_call(link, call);
    memset(&buffer->items[0], 0, sizeof buffer->items[0]);
    memset(&buffer->window, 0, sizeof buffer->window);
    return status;
}

size_t items_exchange(struct link *link, unsigned char *message, size_t bytes, size_t room, uint32_t kind, unsigned back)
{
    struct uk_message call = uk_message(NINEP_EXCHANGE, 1);
    size_t most = bytes > room ? bytes : room;
    uint32_t frames = (uint32_t)((most + UK_PAGE - 1) / UK_PAGE);
    if (link->session == UK_NONE || frames > link->frame_count)
        return 0;
    memcpy(link->shared, message, bytes);
    call.word[0] = bytes;
    enum uk_status status = carry(link, &call, kind, frames, back);
    size_t length = UK_TAG_LENGTH(call.tag) < 1 ? 0 : (size_t)call.word[0];
    if (status != UK_OK || length == 0 || length > room || (back != 0 && !is_back(link, &call, kind, frames)))
        return link_end(link);
    memcpy(message, link->shared, length);
    return length;
}
