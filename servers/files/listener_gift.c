/* SPDX-License-Identifier: MIT */
/* Frames given for one exchange: theirs, then ours, then theirs again; who does not take them back loses them. */
#include "files/items.h"

static enum uk_status next(struct service *service, struct request *request)
{
    return items_next(service, UK_ITEM_GIFT, request);
}

static void answer(struct service *service, struct session *session, size_t bytes)
{
    struct door *door = &service->door;
    struct window *landing = door->landing;
    if (!items_answer(service, session, bytes))
        return;
    service->start->buffer->items[0] =
        (struct uk_item){UK_ITEM_GIFT, UK_RIGHTS_ALL, landing->slot, landing->count, 0};
    door->message.tag = UK_TAG(UK_OK, 1, 1);
    door->carries = session;
}

const struct listener listener_gift = {.next = next, .answer = answer};
