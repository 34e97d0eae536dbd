/* SPDX-License-Identifier: MIT */
/* Sessions begin and end by rendezvous, whatever they use in between; who leaves without a word is noticed in time. */
#include "files/service.h"
#include "runtime/protocol.h"

#include <string.h>

static bool is_deserted(const struct session *session, const struct door_rules *rules)
{
    return (rules->lands == DOOR_SESSION_FRAMES && !window_is_here(&session->window, 0, 1)) ||
           (rules->peer_type != UK_TYPE_NONE && !session_peer_is(session->peer, rules->peer_type));
}

/* Clients that died without a word are noticed when their places are needed: what they brought is gone. */
static void close_deserted(struct sessions *sessions, const struct door_rules *rules)
{
    for (uint32_t place = 0; place < sessions->count; place++)
        if (sessions->places[place].badge != 0 && is_deserted(&sessions->places[place], rules))
            session_end(sessions, &sessions->places[place]);
}

static struct window *good_landing(struct service *service)
{
    for (uint32_t i = 0; i < SERVICE_LANDINGS; i++)
        if (!service->landings[i].spoilt)
            return &service->landings[i];
    return NULL;
}

void door_open(struct service *service, const struct door_rules *rules)
{
    struct door *door = &service->door;
    struct uk_buffer *buffer = service->start->buffer;
    door->vacant = session_vacant(&service->sessions);
    if (door->vacant == NULL) {
        close_deserted(&service->sessions, rules);
        door->vacant = session_vacant(&service->sessions);
    }
    door->landing = NULL;
    if (rules->lands == DOOR_EXCHANGE_FRAMES)
        door->landing = good_landing(service);
    else if (rules->lands == DOOR_SESSION_FRAMES && door->vacant != NULL)
        door->landing = &door->vacant->window;
    memset(&buffer->window, 0, sizeof buffer->window);
    if (door->landing != NULL)
        window_declare(door->landing, buffer, rules->peer_type != UK_TYPE_NONE);
    else if (rules->lands == DOOR_NOTHING && door->vacant != NULL)
        buffer->window = (struct uk_window){.slot = door->vacant->window.slot, .slot_count = 1};
}

enum uk_status door_wait(struct service *service)
{
    struct door *door = &service->door;
    enum uk_status status = door->owes ? uk_reply_receive(TASK_ENDPOINT, &door->message, TASK_REPLY, UK_FOREVER)
                                       : uk_receive(TASK_ENDPOINT, &door->message, TASK_REPLY, UK_FOREVER);
    if (status != UK_OK)
        return status;
    door->carries = NULL;
    door->owes = (door->message.tag & UK_TAG_SIGNAL) == 0;
    return UK_OK;
}

void door_regret(struct service *service, enum uk_status status)
{
    door_end(service, service->door.carries, status);
    service->door.carries = NULL;
}

enum uk_status door_pass(struct service *service, const struct door_rules *rules)
{
    struct door *door = &service->door;
    struct window *given = rules->lands == DOOR_EXCHANGE_FRAMES ? door->landing : NULL;
    door_open(service, rules);
    enum uk_status status = door_wait(service);
    if (status == UK_OK || door->carries == NULL)
        return status;
    if (given != NULL)
        window_release(given);
    door_regret(service, status);
    door_open(service, rules);
    return door_wait(service);
}

void door_answer(struct service *service, enum uk_status status, uk_word word)
{
    service->door.message = uk_message(status, status == UK_OK);
    service->door.message.word[0] = word;
}

void door_end(struct service *service, struct session *session, enum uk_status status)
{
    session_end(&service->sessions, session);
    door_answer(service, status, 0);
}

void door_drop_items(struct service *service)
{
    for (unsigned i = 0; i < UK_TAG_ITEMS(service->door.message.tag); i++) {
        const struct uk_item *item = &service->start->buffer->received[i];
        if (item->kind >= UK_ITEM_COPY && item->kind <= UK_ITEM_GIFT) /* the others brought no capability */
            (void)uk_delete_run(TASK_CNODE, (uint32_t)item->handle, (uint32_t)item->count);
    }
}

/* Exactly what the rules say came along, and is the session's from now on. */
static bool take_items(struct service *service, const struct door_rules *rules, struct session *session)
{
    const struct uk_item *received = service->start->buffer->received;
    uk_word tag = service->door.message.tag;
    unsigned frames = rules->lands == DOOR_SESSION_FRAMES, peers = rules->peer_type != UK_TYPE_NONE;
    if ((tag & UK_TAG_CALL) == 0 || UK_TAG_ITEMS(tag) != frames + peers)
        return false;
    if (peers != 0 && !session_peer_is(received[frames].handle, rules->peer_type))
        return false;
    if (frames != 0 && !window_take(&session->window, &received[0], UK_ITEM_SHARE))
        return false;
    return peers == 0 || session_take_peer(&service->sessions, session, received[frames].handle, rules->peer_type);
}

static enum uk_status begin(struct service *service, const struct door_rules *rules, struct session *session)
{
    uint32_t slot = session_slot(&service->sessions, session, SESSION_RIGHT);
    struct uk_item *items = service->start->buffer->items;
    size_t limit = session->window.count > 0 ? session->window.count * (size_t)UK_PAGE : WINDOW_BYTES;
    uint32_t rights = rules->carries ? UK_RIGHT_SEND | UK_RIGHT_GRANT : UK_RIGHT_SEND;
    unsigned welcome = 0;
    session_begin(&service->sessions, session, service->tree, (uint32_t)limit);
    enum uk_status status = uk_mint(TASK_CNODE, slot, UK_NONE, service->door.way, rights, session->badge);
    items[0] = (struct uk_item){UK_ITEM_COPY, rights, slot, 1, 0};
    if (status == UK_OK && rules->begin != NULL)
        status = rules->begin(service, session, &welcome);
    service->door.message.tag = UK_TAG(status, 1, 1 + welcome);
    service->door.message.word[0] = session->ninep.limit;
    return status;
}

static void open_session(struct service *service, const struct door_rules *rules)
{
    struct door *door = &service->door;
    struct session *session = door->vacant;
    if (session == NULL || !take_items(service, rules, session)) {
        door_drop_items(service);
        door_answer(service, session == NULL ? UK_NO_WINDOW : UK_BAD_ARGUMENT, 0);
        return;
    }
    enum uk_status status = begin(service, rules, session);
    if (status == UK_OK)
        door->carries = session;
    else
        door_end(service, session, status);
}

struct session *door_talk(struct service *service, const struct door_rules *rules)
{
    struct door *door = &service->door;
    struct session *session = session_find(&service->sessions, door->message.badge);
    bool interposed = (door->message.tag & UK_TAG_INTERPOSED) != 0, stranger = door->message.badge == 0;
    uint32_t label = UK_TAG_LABEL(door->message.tag);
    if (stranger && !interposed && label == SESSION_OPEN) {
        open_session(service, rules);
        return NULL;
    }
    if (session != NULL && !interposed && label != NINEP_CLOSE)
        return session;
    door_drop_items(service);
    if (interposed)
        door_answer(service, UK_WRONG_TYPE, 0);
    else if (session == NULL)
        door_answer(service, stranger ? UK_BAD_OPERATION : UK_STALE, 0);
    else
        door_end(service, session, UK_OK);
    return NULL;
}

enum uk_status door_next(struct service *service, const struct door_rules *rules, struct session **session)
{
    enum uk_status status;
    do {
        status = door_pass(service, rules);
        *session = status == UK_OK ? door_talk(service, rules) : NULL;
    } while (status == UK_OK && *session == NULL);
    return status;
}
