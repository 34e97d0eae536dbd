/* SPDX-License-Identifier: MIT */
/* What designs with shared frames have in common; only a private copy of a reply is ever parsed. */
#include "client/shared.h"
#include "runtime/protocol.h"

#include <string.h>

static enum uk_status ask(struct link *link, uk_handle server)
{
    link->start->buffer->items[0] = link_frames(link, UK_ITEM_SHARE, link->frame_count);
    return link_ask(link, server, 1, 1);
}

enum uk_status shared_open(struct link *link, uk_handle server, uint32_t frames)
{
    enum uk_status status = link_make_frames(link, frames);
    if (status == UK_OK)
        status = ask(link, server);
    while (status == UK_NO_WINDOW && link->frame_count > 1) { /* it takes fewer */
        link_release_frames(link, link->frame_count / 2);
        status = ask(link, server);
    }
    if (link->transport.message_max > link_bytes(link))
        link->transport.message_max = link_bytes(link);
    return status;
}

size_t shared_exchange(struct link *link, unsigned char *message, size_t bytes, size_t room,
                       enum uk_status (*call)(struct link *link, struct uk_message *message))
{
    struct uk_message request = uk_message(NINEP_EXCHANGE, 1);
    if (link->session == UK_NONE || bytes > link_bytes(link))
        return 0;
    memcpy(link->shared, message, bytes);
    request.word[0] = bytes;
    enum uk_status status = call(link, &request);
    size_t length = UK_TAG_LENGTH(request.tag) < 1 ? 0 : (size_t)request.word[0];
    if (status != UK_OK || length == 0 || length > link_bytes(link) || length > room)
        return link_end(link);
    memcpy(message, link->shared, length);
    return length;
}
