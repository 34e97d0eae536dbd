/* SPDX-License-Identifier: MIT */
/* 9P in frames that the server sees from the request to its answer, and not a moment longer. */
#include "client/items.h"

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    return items_exchange(link_of(transport), message, bytes, room, UK_ITEM_SHARE, 0);
}

enum uk_status transport_share_open(struct link *link, uk_handle server, uint32_t frames)
{
    link->transport.exchange = exchange;
    return items_open(link, server, frames);
}
