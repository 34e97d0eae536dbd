/* SPDX-License-Identifier: MIT */
/* Serves sessions; invariant: no byte of a shared frame is looked at in place, or trusted to be there still. */
#include "files/service.h"
#include "runtime/protocol.h"

#include <string.h>

#define BADGE_PLACE_BITS 8
#define FIRST_SLOT       TASK_FIRST_FREE
#define SHARED_RIGHTS    (UK_RIGHT_READ | UK_RIGHT_WRITE)
#define NO_SESSION       SERVICE_SESSIONS_MAX
#define ADDRESS_WORD     5 /* of UK_CAPABILITY_INSPECT on a frame */

_Static_assert(SERVICE_SESSIONS_MAX < 1 << BADGE_PLACE_BITS, "a place fits in its badge");

static uint32_t place_of(const struct service *service, const struct session *session)
{
    return (uint32_t)(session - service->sessions);
}

static uint32_t slot_of(uint32_t place) { return FIRST_SLOT + place * SERVICE_SLOTS; }

static uk_word base_of(const struct service *service, uint32_t place)
{
    return (uk_word)(uintptr_t)service->windows + place * (uk_word)SERVICE_MESSAGE_BYTES;
}

uint32_t service_capacity(const struct task_start *start)
{
    uk_word slots = start->slots > FIRST_SLOT ? (start->slots - FIRST_SLOT) / SERVICE_SLOTS : 0;
    return slots < SERVICE_SESSIONS_MAX ? (uint32_t)slots : SERVICE_SESSIONS_MAX;
}

/* A client may take its frames away at any time. */
static bool frame_is_here(const struct service *service, const struct session *session, uint32_t index)
{
    uk_word words[UK_REGISTER_WORDS];
    uk_word address = base_of(service, place_of(service, session)) + index * UK_PAGE;
    enum uk_status status = uk_inspect(TASK_CNODE, session->frames[index], words);
    return status == UK_OK && words[0] == UK_TYPE_FRAME && words[ADDRESS_WORD] == address;
}

static bool frames_are_here(const struct service *service, const struct session *session, size_t bytes)
{
    for (uint32_t i = 0; i * UK_PAGE < bytes; i++)
        if (!frame_is_here(service, session, i))
            return false;
    return true;
}

static void session_close(struct service *service, struct session *session)
{
    uint32_t slot = slot_of(place_of(service, session));
    ninep_end(&session->ninep);
    session->badge = 0;
    for (uint32_t i = 0; i < session->frame_count; i++)
        (void)uk_delete(TASK_CNODE, session->frames[i]);
    session->frame_count = 0;
    (void)uk_revoke(TASK_CNODE, slot);
    (void)uk_delete(TASK_CNODE, slot);
}

/* Clients that died without a word are noticed when their places are needed: their frames are gone. */
static void close_deserted(struct service *service)
{
    for (uint32_t place = 0; place < service->session_count; place++) {
        struct session *session = &service->sessions[place];
        if (session->badge != 0 && !frame_is_here(service, session, 0))
            session_close(service, session);
    }
}

static uint32_t free_place(const struct service *service)
{
    uint32_t place = 0;
    while (place < service->session_count && (service->sessions[place].badge != 0 || service->sessions[place].spoilt))
        place++;
    return place;
}

void service_open_window(struct service *service)
{
    struct uk_window *window = &service->start->buffer->window;
    uint32_t place = free_place(service);
    if (place == service->session_count) {
        close_deserted(service);
        place = free_place(service);
    }
    service->landing = place;
    memset(window, 0, sizeof *window);
    if (place == service->session_count)
        return;
    window->slot = slot_of(place) + 1;
    window->slot_count = SERVICE_FRAMES_MAX;
    window->address = base_of(service, place);
    window->bytes = SERVICE_MESSAGE_BYTES;
}

/* Handles of consecutive slots: the first has its generation, the others are looked up. */
static uk_handle handle_at(uk_handle first, uint32_t offset)
{
    uk_word words[UK_REGISTER_WORDS];
    uk_handle slot = (uint32_t)first + offset;
    return uk_inspect(TASK_CNODE, slot, words) == UK_OK ? words[4] : slot;
}

/* Whatever came along with a message that is not welcome. */
static void drop_items(const struct service *service, const struct uk_message *message)
{
    for (unsigned i = 0; i < UK_TAG_ITEMS(message->tag); i++) {
        const struct uk_item *item = &service->start->buffer->received[i];
        for (uint32_t n = 0; n < item->count; n++)
            (void)uk_delete(TASK_CNODE, (uint32_t)item->handle + n);
    }
}

static bool frames_are_good(const struct service *service, const struct uk_message *message)
{
    const struct uk_item *item = &service->start->buffer->received[0];
    if (UK_TAG_ITEMS(message->tag) != 1 || (message->tag & UK_TAG_CALL) == 0)
        return false;
    if (service->landing == service->session_count || item->address != base_of(service, service->landing))
        return false;
    return item->kind == UK_ITEM_SHARE && (item->rights & SHARED_RIGHTS) == SHARED_RIGHTS &&
           item->count <= SERVICE_FRAMES_MAX;
}

static void session_begin(struct service *service, struct session *session)
{
    const struct uk_item *item = &service->start->buffer->received[0];
    session->frame_count = (uint32_t)item->count;
    for (uint32_t i = 0; i < session->frame_count; i++)
        session->frames[i] = handle_at(item->handle, i);
    session->badge = ++service->opened << BADGE_PLACE_BITS | place_of(service, session);
    ninep_start(&session->ninep, service->tree, session->frame_count * (uint32_t)UK_PAGE);
}

static void open_session(struct service *service, struct uk_message *message)
{
    struct session *session = &service->sessions[service->landing];
    if (!frames_are_good(service, message)) {
        drop_items(service, message);
        *message = uk_message(UK_BAD_ARGUMENT, 0);
        return;
    }
    session_begin(service, session);
    uint32_t slot = slot_of(service->landing);
    enum uk_status status = uk_mint(TASK_CNODE, slot, UK_NONE, TASK_ENDPOINT, UK_RIGHT_SEND, session->badge);
    if (status != UK_OK) {
        session_close(service, session);
        *message = uk_message(status, 0);
        return;
    }
    service->start->buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, slot, 1, 0};
    service->opening = session;
    message->tag = UK_TAG(UK_OK, 1, 1);
    message->word[0] = session->ninep.limit;
}

/* The session, if the badge is one that is open; a badge that was is not. */
static struct session *session_of(struct service *service, uk_word badge)
{
    uint32_t place = (uint32_t)(badge & ((1 << BADGE_PLACE_BITS) - 1));
    if (badge == 0 || place >= service->session_count || service->sessions[place].badge != badge)
        return NULL;
    return &service->sessions[place];
}

static void set_time(struct service *service)
{
    uk_time now = uk_clock();
    service->tree->now.seconds = service->epoch_seconds + now / 1000000000;
    service->tree->now.nanoseconds = (uint32_t)(now % 1000000000);
}

/*
 * A copy between the session's frames and private memory. A thread that is more urgent than this server (the root
 * task's table makes no client so) may take a frame away in the middle. The window lies within the heap, so the fault
 * that follows is answered by the pager with a page of zeros like any other of the heap's, and the copy goes on. What
 * has been copied is then worthless, and that page stays: it cannot be unmapped, and its place is not used again.
 */
static bool copy_shared(const struct service *service, struct session *session, void *target, const void *source,
                        size_t bytes)
{
    if (!frames_are_here(service, session, bytes))
        return false;
    memcpy(target, source, bytes);
    session->spoilt = !frames_are_here(service, session, bytes);
    return !session->spoilt;
}

/* Copies the request out, answers it on private memory, copies the answer in. Returns its length, or 0. */
static size_t converse(struct service *service, struct session *session, size_t request_bytes, enum uk_status *status)
{
    uint8_t *shared = (uint8_t *)(uintptr_t)base_of(service, place_of(service, session));
    size_t bytes = 0;
    *status = UK_OK;
    if (request_bytes > session->ninep.limit)
        return 0;
    if (!copy_shared(service, session, service->request, shared, request_bytes))
        *status = UK_CALLER_FAULT;
    else
        bytes = ninep_exchange(&session->ninep, service->request, request_bytes, service->reply, SERVICE_MESSAGE_BYTES);
    if (bytes > 0 && !copy_shared(service, session, shared, service->reply, bytes))
        *status = UK_CALLER_FAULT;
    return *status == UK_OK ? bytes : 0;
}

static void exchange(struct service *service, struct session *session, struct uk_message *message)
{
    enum uk_status status = UK_OK;
    size_t request_bytes = UK_TAG_LENGTH(message->tag) < 1 ? 0 : (size_t)message->word[0];
    set_time(service);
    size_t bytes = converse(service, session, request_bytes, &status);
    if (bytes == 0)
        session_close(service, session);
    *message = uk_message(status, status == UK_OK);
    message->word[0] = bytes;
}

static void answer_session(struct service *service, struct session *session, struct uk_message *message)
{
    uint32_t label = UK_TAG_LABEL(message->tag);
    if (label == NINEP_EXCHANGE) {
        exchange(service, session, message);
        return;
    }
    if (label == NINEP_CLOSE)
        session_close(service, session);
    *message = uk_message(label == NINEP_CLOSE ? UK_OK : UK_BAD_OPERATION, 0);
}

void service_answer(struct service *service, struct uk_message *message)
{
    struct session *session = session_of(service, message->badge);
    bool interposed = (message->tag & UK_TAG_INTERPOSED) != 0;
    service->opening = NULL;
    if (message->badge == 0 && !interposed && UK_TAG_LABEL(message->tag) == SESSION_OPEN) {
        open_session(service, message);
        return;
    }
    drop_items(service, message);
    if (interposed)
        *message = uk_message(UK_WRONG_TYPE, 0);
    else if (message->badge == 0)
        *message = uk_message(UK_BAD_OPERATION, 0);
    else if (session == NULL)
        *message = uk_message(UK_STALE, 0);
    else
        answer_session(service, session, message);
}

bool service_answer_again(struct service *service, struct uk_message *message, enum uk_status status)
{
    if (service->opening == NULL)
        return false;
    session_close(service, service->opening);
    service->opening = NULL;
    *message = uk_message(status, 0);
    return true;
}
