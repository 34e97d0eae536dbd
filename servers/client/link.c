/* SPDX-License-Identifier: MIT */
/* What all transports have in common: frames, the opening by rendezvous, and the end; an open window is closed at once. */
#include "client/link.h"
#include "runtime/protocol.h"

#include <string.h>

#define SHARED_RIGHTS (UK_RIGHT_READ | UK_RIGHT_WRITE)

#define TRANSPORTS_X(kind, number, name, what)                                                                             \
    enum uk_status transport_##name##_open(struct link *link, uk_handle server, uint32_t frames);
TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X

static const link_opener openers[TRANSPORT_COUNT] = {
#define TRANSPORTS_X(kind, number, name, what) [kind] = transport_##name##_open,
    TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X
};

enum uk_status link_open(struct link *link, unsigned kind, const struct task_start *start, uk_handle server,
                         const struct link_room *room)
{
    *link = (struct link){
        .transport.close = link_close,
        .start = start,
        .shared = (unsigned char *)(uintptr_t)room->address,
        .first_slot = room->first_slot,
    };
    if (kind >= TRANSPORT_COUNT)
        return UK_BAD_ARGUMENT;
    enum uk_status status = openers[kind](link, server, room->frame_count);
    if (status != UK_OK) {
        link_release_frames(link, 0);
        (void)uk_delete(TASK_CNODE, link_slot(link, LINK_OWN));
    }
    return status;
}

void link_release_frames(struct link *link, uint32_t kept)
{
    if (link->frame_count > kept)
        (void)uk_delete_run(TASK_CNODE, link_slot(link, LINK_FRAMES) + kept, link->frame_count - kept);
    link->frame_count = kept;
}

/* Half of what was wanted, until there is memory for it. */
static enum uk_status make_frames(struct link *link, uint32_t wanted)
{
    enum uk_status status = UK_NO_MEMORY;
    for (; wanted > 0 && status == UK_NO_MEMORY; wanted /= 2) {
        status = uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, link_slot(link, LINK_FRAMES), wanted);
        if (status == UK_OK)
            link->frame_count = wanted;
    }
    return status;
}

enum uk_status link_make_frames(struct link *link, uint32_t wanted)
{
    enum uk_status status = make_frames(link, wanted);
    for (uint32_t i = 0; i < link->frame_count && status == UK_OK; i++)
        status = uk_map(TASK_SPACE, link_slot(link, LINK_FRAMES) + i, (uk_word)(uintptr_t)link->shared + i * UK_PAGE,
                        SHARED_RIGHTS);
    return status;
}

struct uk_item link_frames(const struct link *link, uint32_t kind, uint32_t count)
{
    return (struct uk_item){kind, SHARED_RIGHTS, link_slot(link, LINK_FRAMES), count, 0};
}

enum uk_status link_make_own(struct link *link, unsigned index)
{
    uint32_t own = link_slot(link, LINK_OWN);
    link->start->buffer->items[index] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, own, 1, 0};
    return uk_retype(TASK_UNTYPED, UK_TYPE_NOTIFICATION, 0, TASK_CNODE, own, 1);
}

enum uk_status link_call(struct link *link, struct uk_message *message)
{
    enum uk_status status = uk_call(link->session, message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

static enum uk_status ask(struct link *link, uk_handle server, struct uk_message *message, unsigned items, unsigned rights)
{
    struct uk_buffer *buffer = link->start->buffer;
    *message = uk_message(SESSION_OPEN, 1);
    message->tag = UK_TAG(SESSION_OPEN, 1, items);
    message->word[0] = link_bytes(link);
    buffer->window = (struct uk_window){.slot = link_slot(link, LINK_SESSION), .slot_count = rights};
    enum uk_status status = uk_call(server, message, UK_FOREVER);
    memset(&buffer->window, 0, sizeof buffer->window);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

/* A server that is full takes no items, and does not even hear of them; it looks for places of the dead when it answers. */
enum uk_status link_ask(struct link *link, uk_handle server, unsigned items, unsigned rights)
{
    struct uk_buffer *buffer = link->start->buffer;
    struct uk_message message;
    enum uk_status status = ask(link, server, &message, items, rights);
    if (status == UK_NO_WINDOW) {
        (void)ask(link, server, &message, 0, 0);
        status = ask(link, server, &message, items, rights);
    }
    memset(buffer->items, 0, sizeof buffer->items);
    if (status != UK_OK)
        return status;
    if (UK_TAG_ITEMS(message.tag) != rights || UK_TAG_LENGTH(message.tag) < 1) {
        (void)uk_delete(TASK_CNODE, link_slot(link, LINK_SESSION));
        (void)uk_delete(TASK_CNODE, link_slot(link, LINK_BELL));
        return UK_EMPTY_SLOT;
    }
    link->session = buffer->received[0].handle;
    link->transport.message_max = (size_t)message.word[0];
    return UK_OK;
}

size_t link_end(struct link *link)
{
    (void)uk_delete(TASK_CNODE, link_slot(link, LINK_SESSION));
    (void)uk_delete(TASK_CNODE, link_slot(link, LINK_BELL));
    (void)uk_delete(TASK_CNODE, link_slot(link, LINK_OWN));
    link->session = UK_NONE;
    return 0;
}

void link_touch(volatile unsigned char *message, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += UK_PAGE)
        message[at] = message[at];
    message[bytes - 1] = message[bytes - 1];
}

void link_close(struct transport *transport)
{
    struct link *link = link_of(transport);
    struct uk_message message = uk_message(NINEP_CLOSE, 0);
    if (link->session != UK_NONE) {
        (void)link_call(link, &message);
        (void)link_end(link);
    }
    link_release_frames(link, 0);
}
