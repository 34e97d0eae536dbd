/* SPDX-License-Identifier: MIT */
/* Frames shared for one exchange: mapped here by the request, and gone from here before its answer leaves. */
#include "files/items.h"

static enum uk_status next(struct service *service, struct request *request)
{
    return items_next(service, UK_ITEM_SHARE, request);
}

static void answer(struct service *service, struct session *session, size_t bytes)
{
    if (items_answer(service, session, bytes))
        window_release(service->door.landing);
}

const struct listener listener_share = {.next = next, .answer = answer};
