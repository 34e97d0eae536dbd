/* SPDX-License-Identifier: MIT */
/* The server is in the kernel, and clients call it there; this task is left the door, where sessions begin and end. */
#include "files/service.h"
#include "runtime/protocol.h"

static enum uk_status tell(uk_word what, uk_word badge, uk_word words[UK_REGISTER_WORDS])
{
    words[0] = what;
    words[1] = badge;
    return uk_resident_ask(TASK_RESIDENT, words, NULL, 0);
}

static void end(uk_word badge)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)tell(RESIDENT_END, badge, words);
}

static enum uk_status open(struct service *service)
{
    service->sessions.ended = end;
    return UK_OK;
}

/* What the client calls the server in the kernel by. */
static enum uk_status begin(struct service *service, struct session *session, unsigned *welcome)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    uint32_t bell = session_slot(&service->sessions, session, SESSION_BELL);
    enum uk_status status = tell(RESIDENT_BEGIN, session->badge, words);
    if (status == UK_OK)
        status = uk_mint(TASK_CNODE, bell, UK_NONE, TASK_RESIDENT, UK_RIGHT_SEND, session->badge);
    service->start->buffer->items[1] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, bell, 1, 0};
    *welcome = 1;
    return status;
}

static const struct door_rules rules = {.lands = DOOR_NOTHING, .peer_type = UK_TYPE_NOTIFICATION, .begin = begin};

/* No request ever comes here. */
static enum uk_status next(struct service *service, struct request *request)
{
    struct session *session;
    enum uk_status status;
    (void)request;
    while ((status = door_next(service, &rules, &session)) == UK_OK) {
        door_drop_items(service);
        door_answer(service, UK_BAD_OPERATION, 0);
    }
    return status;
}

static struct archive_report load(struct service *service)
{
    struct archive_report report = {.error = CPIO_NO_MEMORY};
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)service;
    if (tell(RESIDENT_REPORT, 0, words) == UK_OK) {
        report.error = (enum cpio_error)words[0];
        report.offset = words[1];
    }
    return report;
}

const struct listener listener_resident = {.open = open, .next = next, .load = load};
