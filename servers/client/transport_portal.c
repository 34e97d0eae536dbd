/* SPDX-License-Identifier: MIT */
/* 9P by going to the server ourselves: our thread comes back with the answer, or, if the server is gone, without one. */
#include "client/shared.h"
#include "runtime/protocol.h"

/* Whoever finds somebody else inside waits for him, but not for ever: he may have been stopped there. */
static enum uk_status enter(struct link *link, struct uk_message *message)
{
    const struct uk_message request = *message;
    enum uk_status status = uk_portal_call(link->session, message, UK_NOW);
    if (status == UK_WOULD_BLOCK) {
        *message = request;
        status = uk_portal_call(link->session, message, uk_clock() + PATIENCE_NS);
    }
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    return shared_exchange(link_of(transport), message, bytes, room, enter);
}

static void close(struct transport *transport)
{
    struct link *link = link_of(transport);
    struct uk_message message = uk_message(NINEP_CLOSE, 0);
    if (link->session != UK_NONE) {
        (void)enter(link, &message);
        (void)link_end(link);
    }
    link_release_frames(link, 0);
}

enum uk_status transport_portal_open(struct link *link, uk_handle server, uint32_t frames)
{
    link->transport.exchange = exchange;
    link->transport.close = close;
    return shared_open(link, server, frames);
}
