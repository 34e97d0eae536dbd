/* SPDX-License-Identifier: MIT */
/* Rendezvous with a buffer of shared frames: requests are copied out of it, answers into it, and nothing is parsed there. */
#include "files/service.h"
#include "runtime/protocol.h"

static const struct door_rules rules = {.lands = DOOR_SESSION_FRAMES};

/* True: the request is in private memory. Else there is an answer. */
static bool take(struct service *service, struct session *session, struct request *request)
{
    const struct uk_message *message = &service->door.message;
    size_t bytes = UK_TAG_LENGTH(message->tag) < 1 ? 0 : (size_t)message->word[0];
    door_drop_items(service);
    if (UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE) {
        door_answer(service, UK_BAD_OPERATION, 0);
        return false;
    }
    if (bytes > session->ninep.limit) {
        door_end(service, session, UK_OK);
        return false;
    }
    if (!window_read(&session->window, service->request, 0, bytes)) {
        door_end(service, session, UK_CALLER_FAULT);
        return false;
    }
    *request = (struct request){session, service->request, bytes};
    return true;
}

static enum uk_status next(struct service *service, struct request *request)
{
    struct session *session;
    enum uk_status status;
    do
        status = door_next(service, &rules, &session);
    while (status == UK_OK && !take(service, session, request));
    return status;
}

static void answer(struct service *service, struct session *session, size_t bytes)
{
    if (bytes == 0)
        door_end(service, session, UK_OK);
    else if (!window_write(&session->window, 0, service->reply, bytes))
        door_end(service, session, UK_CALLER_FAULT);
    else
        door_answer(service, UK_OK, bytes);
}

/* A bound call is the caller's own affair: what comes of it here is a call. */
const struct listener listener_call = {.next = next, .answer = answer},
                      listener_bound = {.next = next, .answer = answer};
