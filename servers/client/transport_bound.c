/* SPDX-License-Identifier: MIT */
/* 9P by rendezvous through a bound call made once for the session; it stands for the session's right, and ends with that. */
#include "client/shared.h"

/* Once the right is gone, the bound call stands for nothing: UK_EMPTY_SLOT, as a call would say. */
static enum uk_status call(struct link *link, struct uk_message *message)
{
    enum uk_status status = uk_bound_call(link_slot(link, LINK_OWN), message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    return shared_exchange(link_of(transport), message, bytes, room, call);
}

enum uk_status transport_bound_open(struct link *link, uk_handle server, uint32_t frames)
{
    uint32_t own = link_slot(link, LINK_OWN);
    link->transport.exchange = exchange;
    enum uk_status status = uk_retype(TASK_UNTYPED, UK_TYPE_BOUND, 0, TASK_CNODE, own, 1);
    if (status == UK_OK)
        status = shared_open(link, server, frames);
    if (status != UK_OK)
        return status;
    status = uk_bound_configure(own, link->session, UK_NONE);
    if (status != UK_OK)
        link_close(&link->transport);
    return status;
}
