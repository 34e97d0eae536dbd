/* SPDX-License-Identifier: MIT */
/* Snapshots of a client's frames in frames of our own: nobody else can take them, so nothing has to be asked or copied out. */
#include "files/service.h"
#include "runtime/protocol.h"

#include <string.h>

#define OWN_RIGHTS (UK_RIGHT_READ | UK_RIGHT_WRITE)

static const struct door_rules rules = {.lands = DOOR_NOTHING, .carries = true, .peer_type = UK_TYPE_NOTIFICATION};

/* Our frames, in the slots of a listener; mapped behind what any task's space holds. */
static uint32_t own_slot(const struct service *service) { return service_first_slot(service); }
static uint8_t *own_bytes(const struct service *service) { return (uint8_t *)(uintptr_t)service->start->free_base; }

static enum uk_status open(struct service *service)
{
    uint32_t slot = own_slot(service);
    enum uk_status status = uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, slot, WINDOW_FRAMES_MAX);
    for (uint32_t i = 0; i < WINDOW_FRAMES_MAX && status == UK_OK; i++)
        status = uk_map(TASK_SPACE, slot + i, service->start->free_base + i * UK_PAGE, OWN_RIGHTS);
    service->start->buffer->copy_slot = slot;
    service->start->buffer->copy_count = WINDOW_FRAMES_MAX;
    return status;
}

/* True: the request is in our frames. Else there is an answer. */
static bool take(struct service *service, struct session *session, struct request *request)
{
    const struct uk_message *message = &service->door.message;
    const struct uk_item *item = &service->start->buffer->received[0];
    size_t bytes = UK_TAG_LENGTH(message->tag) < 1 ? 0 : (size_t)message->word[0];
    if (UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE || UK_TAG_ITEMS(message->tag) != 1 || item->kind != UK_ITEM_SNAPSHOT) {
        door_drop_items(service);
        door_answer(service, UK_TAG_LABEL(message->tag) != NINEP_EXCHANGE ? UK_BAD_OPERATION : UK_BAD_ARGUMENT, 0);
        return false;
    }
    if (bytes > item->count * UK_PAGE) {
        door_end(service, session, UK_OK);
        return false;
    }
    *request = (struct request){session, own_bytes(service), bytes};
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
    struct door *door = &service->door;
    if (bytes == 0) {
        door_end(service, session, UK_OK);
        return;
    }
    memcpy(own_bytes(service), service->reply, bytes);
    door_answer(service, UK_OK, bytes);
    service->start->buffer->items[0] = (struct uk_item){
        UK_ITEM_SNAPSHOT, OWN_RIGHTS, own_slot(service), (bytes + UK_PAGE - 1) / UK_PAGE, 0};
    door->message.tag = UK_TAG(UK_OK, 1, 1);
    door->carries = session;
}

const struct listener listener_cow = {.open = open, .next = next, .answer = answer};
