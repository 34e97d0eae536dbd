/* SPDX-License-Identifier: MIT */
/* 9P through ports: requests go to the server's, replies come to ours, which tells when nobody is left to send any. */
#include "client/pieces.h"
#include "runtime/protocol.h"

#define MESSAGES 2

static enum uk_status exchange_message(struct link *link, struct uk_message *message)
{
    enum uk_status status = uk_port_exchange(link->session, message, link_slot(link, LINK_OWN), UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    return pieces_exchange(link_of(transport), message, bytes, room, exchange_message);
}

/* Nobody answers this: a port has no callers. */
static void close(struct transport *transport)
{
    struct link *link = link_of(transport);
    struct uk_message message = uk_message(NINEP_CLOSE, 0);
    if (link->session == UK_NONE)
        return;
    (void)uk_port_send(link->session, &message, UK_FOREVER);
    (void)link_end(link);
}

enum uk_status transport_port_open(struct link *link, uk_handle server, uint32_t frames)
{
    uint32_t own = link_slot(link, LINK_OWN);
    (void)frames;
    link->transport.exchange = exchange;
    link->transport.close = close;
    enum uk_status status = uk_retype(TASK_UNTYPED, UK_TYPE_PORT, UK_PORT_SIZE(MESSAGES, 0), TASK_CNODE, own, 1);
    if (status != UK_OK)
        return status;
    link->start->buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, own, 1, 0};
    return link_ask(link, server, 1, 1);
}
