/* SPDX-License-Identifier: MIT */
/* The server is in each client's own space; this task has its name, so that it is found, and nothing to say to anybody. */
#include "files/service.h"

static const struct door_rules rules = {.lands = DOOR_NOTHING};

static enum uk_status next(struct service *service, struct request *request)
{
    enum uk_status status;
    (void)request;
    while ((status = door_pass(service, &rules)) == UK_OK) {
        bool interposed = (service->door.message.tag & UK_TAG_INTERPOSED) != 0;
        door_drop_items(service);
        door_answer(service, interposed ? UK_WRONG_TYPE : UK_BAD_OPERATION, 0);
    }
    return status;
}

/* Each client hears of the archive itself. */
static struct archive_report load(struct service *service)
{
    (void)service;
    return (struct archive_report){.error = CPIO_OK};
}

const struct listener listener_direct = {.next = next, .load = load};
