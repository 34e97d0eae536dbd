/* SPDX-License-Identifier: MIT */
/* 9P by rendezvous: bytes in shared frames, lengths in registers. */
#include "client/shared.h"

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    return shared_exchange(link_of(transport), message, bytes, room, link_call);
}

enum uk_status transport_call_open(struct link *link, uk_handle server, uint32_t frames)
{
    link->transport.exchange = exchange;
    return shared_open(link, server, frames);
}
