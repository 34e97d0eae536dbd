/* SPDX-License-Identifier: MIT */
/* Rendezvous with bytes in message buffers: what a client sends is copied by the kernel, so it can be trusted to stay. */
#include "files/pieces.h"
#include "files/service.h"

/* What comes is kept where other designs have their frames: in memory that the session takes when it needs it. */
static enum uk_status begin(struct service *service, struct session *session, unsigned *welcome)
{
    (void)service;
    (void)welcome;
    session->by.pieces = (struct pieces){.bytes = (uint8_t *)(uintptr_t)session->window.base};
    return UK_OK;
}

static const struct door_rules rules = {.lands = DOOR_NOTHING, .begin = begin, .peer_type = UK_TYPE_NOTIFICATION};

static enum uk_status next(struct service *service, struct request *request)
{
    for (;;) {
        struct session *session;
        enum uk_status status = door_next(service, &rules, &session);
        if (status != UK_OK)
            return status;
        struct pieces *pieces = &session->by.pieces;
        door_drop_items(service);
        enum pieces_step step =
            pieces_take(pieces, &service->door.message, service->start->buffer, session->ninep.limit);
        if (step == PIECES_WRONG)
            door_end(service, session, UK_OK);
        *request = (struct request){session, pieces->bytes, pieces->all};
        if (step == PIECES_WHOLE)
            return UK_OK;
    }
}

static void answer(struct service *service, struct session *session, size_t bytes)
{
    if (bytes == 0)
        door_end(service, session, UK_OK);
    else
        pieces_answer(&session->by.pieces, &service->door.message, service->start->buffer, service->reply, bytes);
}

const struct listener listener_copy = {.next = next, .answer = answer};
