/* SPDX-License-Identifier: MIT */
/* Memory that a caller lends with its call: the kernel copies, so that nothing of anybody's is ever in this server's space. */
#include "files/service.h"
#include "runtime/protocol.h"

#include <string.h>

static const struct door_rules rules = {.lands = DOOR_NOTHING, .carries = true, .peer_type = UK_TYPE_NOTIFICATION};

/* The kernel copies to and from memory that is there; it asks no pager for it. */
static enum uk_status open(struct service *service)
{
    memset(service->request, 0, WINDOW_BYTES);
    memset(service->reply, 0, WINDOW_BYTES);
    return UK_OK;
}

/* True: the request is in private memory. Else there is an answer. */
static bool take(struct service *service, struct session *session, struct request *request)
{
    const struct uk_message *message = &service->door.message;
    const struct uk_item *lease = &service->start->buffer->received[0];
    size_t bytes = UK_TAG_LENGTH(message->tag) < 1 ? 0 : (size_t)message->word[0];
    if (UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE || UK_TAG_ITEMS(message->tag) != 1 || lease->kind != UK_ITEM_LEASE) {
        door_drop_items(service);
        door_answer(service, UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE ? UK_BAD_OPERATION : UK_BAD_ARGUMENT, 0);
        return false;
    }
    if (bytes > session->ninep.limit) {
        door_end(service, session, UK_OK);
        return false;
    }
    service->lease = lease->handle;
    if (bytes > 0 && uk_lease_read(TASK_REPLY, service->lease, 0, service->request, bytes) != UK_OK) {
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
    else if (uk_lease_write(TASK_REPLY, service->lease, 0, service->reply, bytes) != UK_OK)
        door_end(service, session, UK_CALLER_FAULT);
    else
        door_answer(service, UK_OK, bytes);
}

const struct listener listener_lease = {.open = open, .next = next, .answer = answer};
