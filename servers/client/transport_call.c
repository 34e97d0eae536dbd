/* SPDX-License-Identifier: MIT */
/* 9P by rendezvous: bytes in shared frames, lengths in registers; only a private copy of a reply is ever parsed. */
#include "client/transport.h"
#include "runtime/protocol.h"

#include <string.h>

#define SHARED_RIGHTS (UK_RIGHT_READ | UK_RIGHT_WRITE)

static size_t shared_bytes(const struct transport_call *self) { return self->frame_count * (size_t)UK_PAGE; }

/* Keeps the first `kept` frames; to delete a frame's capability is to unmap it, here and wherever it was shared. */
static void frames_release(struct transport_call *self, uint32_t kept)
{
    for (uint32_t i = kept; i < self->frame_count; i++)
        (void)uk_delete(TASK_CNODE, self->first_slot + i);
    self->frame_count = kept;
}

/* As many frames as the Untyped has room for, halving what was wanted until it fits. */
static enum uk_status frames_make(struct transport_call *self, uint32_t wanted)
{
    enum uk_status status = UK_NO_MEMORY;
    for (; wanted > 0 && status == UK_NO_MEMORY; wanted /= 2) {
        status = uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, self->first_slot, wanted);
        if (status == UK_OK)
            self->frame_count = wanted;
    }
    return status;
}

static enum uk_status frames_map(struct transport_call *self)
{
    enum uk_status status = UK_OK;
    for (uint32_t i = 0; i < self->frame_count && status == UK_OK; i++)
        status = uk_map(TASK_SPACE, self->first_slot + i, (uk_word)(uintptr_t)self->shared + i * UK_PAGE,
                        SHARED_RIGHTS);
    return status;
}

/* Shares the frames with the server and takes the session's send right in return. */
static enum uk_status session_open(struct transport_call *self, uk_handle server, uint32_t session_slot)
{
    struct uk_buffer *buffer = self->start->buffer;
    struct uk_message message = uk_message(SESSION_OPEN, 1);
    message.tag = UK_TAG(SESSION_OPEN, 1, 1);
    message.word[0] = shared_bytes(self);
    buffer->items[0] = (struct uk_item){UK_ITEM_SHARE, SHARED_RIGHTS, self->first_slot, self->frame_count, 0};
    buffer->window = (struct uk_window){.slot = session_slot, .slot_count = 1};
    enum uk_status status = uk_call(server, &message, UK_FOREVER);
    memset(&buffer->items[0], 0, sizeof buffer->items[0]);
    memset(&buffer->window, 0, sizeof buffer->window);
    if (status == UK_OK)
        status = (enum uk_status)UK_TAG_LABEL(message.tag);
    if (status != UK_OK)
        return status;
    if (UK_TAG_ITEMS(message.tag) != 1 || UK_TAG_LENGTH(message.tag) < 1)
        return UK_EMPTY_SLOT;
    self->session = buffer->received[0].handle;
    self->transport.message_max = message.word[0] < shared_bytes(self) ? (size_t)message.word[0] : shared_bytes(self);
    return UK_OK;
}

static void session_end(struct transport_call *self)
{
    (void)uk_delete(TASK_CNODE, self->session);
    self->session = UK_NONE;
}

static size_t transport_call_exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct transport_call *self = (struct transport_call *)transport;
    struct uk_message call = uk_message(NINEP_EXCHANGE, 1);
    if (self->session == UK_NONE || bytes > shared_bytes(self))
        return 0;
    memcpy(self->shared, message, bytes);
    call.word[0] = bytes;
    enum uk_status status = uk_call(self->session, &call, UK_FOREVER);
    size_t length = UK_TAG_LENGTH(call.tag) < 1 ? 0 : (size_t)call.word[0];
    if (status != UK_OK || UK_TAG_LABEL(call.tag) != UK_OK || length > shared_bytes(self) || length > room)
        length = 0;
    if (length == 0)
        session_end(self);
    else
        memcpy(message, self->shared, length);
    return length;
}

static void transport_call_close(struct transport *transport)
{
    struct transport_call *self = (struct transport_call *)transport;
    struct uk_message call = uk_message(NINEP_CLOSE, 0);
    if (self->session != UK_NONE) {
        (void)uk_call(self->session, &call, UK_FOREVER);
        session_end(self);
    }
    frames_release(self, 0);
}

enum uk_status transport_call_open(struct transport_call *transport, const struct task_start *start, uk_handle server,
                                   const struct transport_room *room)
{
    *transport = (struct transport_call){
        .transport = {transport_call_exchange, transport_call_close, 0},
        .start = start,
        .shared = (unsigned char *)(uintptr_t)room->address,
        .first_slot = room->first_slot,
    };
    enum uk_status status = frames_make(transport, room->frame_count);
    if (status == UK_OK)
        status = frames_map(transport);
    if (status == UK_OK)
        status = session_open(transport, server, room->session_slot);
    while (status == UK_NO_WINDOW && transport->frame_count > 1) {
        frames_release(transport, transport->frame_count / 2);
        status = session_open(transport, server, room->session_slot);
    }
    if (status != UK_OK)
        frames_release(transport, 0);
    return status;
}
