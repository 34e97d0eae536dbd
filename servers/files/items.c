/* SPDX-License-Identifier: MIT */
/* What designs with memory items have in common; invariant: frames that landed are given back or deleted before the next. */
#include "files/items.h"
#include "runtime/protocol.h"

static const struct door_rules rules = {.lands = DOOR_EXCHANGE_FRAMES, .carries = true, .peer_type = UK_TYPE_NOTIFICATION};

static bool refuse(struct service *service, struct session *session, enum uk_status status)
{
    window_release(service->door.landing);
    door_end(service, session, status);
    return false;
}

/* True: the request is in private memory. Else there is an answer. */
static bool take(struct service *service, struct session *session, uint32_t kind, struct request *request)
{
    const struct uk_message *message = &service->door.message;
    struct window *landing = service->door.landing;
    size_t bytes = UK_TAG_LENGTH(message->tag) < 1 ? 0 : (size_t)message->word[0];
    if (UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE || UK_TAG_ITEMS(message->tag) != 1 || landing == NULL ||
        !window_take(landing, &service->start->buffer->received[0], kind)) {
        door_drop_items(service);
        door_answer(service, UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE ? UK_BAD_OPERATION : UK_BAD_ARGUMENT, 0);
        return false;
    }
    if (bytes > landing->count * (size_t)UK_PAGE)
        return refuse(service, session, UK_OK);
    if (!window_read(landing, service->request, 0, bytes))
        return refuse(service, session, UK_CALLER_FAULT);
    *request = (struct request){session, service->request, bytes};
    return true;
}

enum uk_status items_next(struct service *service, uint32_t kind, struct request *request)
{
    struct session *session;
    enum uk_status status;
    do
        status = door_next(service, &rules, &session);
    while (status == UK_OK && !take(service, session, kind, request));
    return status;
}

bool items_answer(struct service *service, struct session *session, size_t bytes)
{
    struct window *landing = service->door.landing;
    if (bytes == 0)
        return refuse(service, session, UK_OK);
    if (bytes > landing->count * (size_t)UK_PAGE)
        return refuse(service, session, UK_TOO_LARGE);
    if (!window_write(landing, 0, service->reply, bytes))
        return refuse(service, session, UK_CALLER_FAULT);
    door_answer(service, UK_OK, bytes);
    return true;
}
