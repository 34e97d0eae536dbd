/* SPDX-License-Identifier: MIT */
/* 9P in frames given to the server and given back by it: there is never more than one owner. */
#include "client/items.h"

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    return items_exchange(link_of(transport), message, bytes, room, UK_ITEM_GIFT, 1);
}

enum uk_status transport_gift_open(struct link *link, uk_handle server, uint32_t frames)
{
    link->transport.exchange = exchange;
    return items_open(link, server, frames);
}
