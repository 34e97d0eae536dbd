/* SPDX-License-Identifier: MIT */
/* A ring in frames that a client shares: its indices, entries and bells may lie, and cost nobody but itself anything. */
#include "files/service.h"
#include "runtime/protocol.h"

#define BUFFER UK_PAGE /* where the 9P message lies, behind the page of the ring */

/* Before and after each time that the ring is touched. */
static bool has_ring(const struct session *session) { return window_is_here(&session->window, 0, UK_PAGE); }
static bool had_ring(struct session *session) { return window_was_here(&session->window, 0, UK_PAGE); }

/* From here on the client has to ring for us to look. */
static enum uk_status begin(struct service *service, struct session *session, unsigned *welcome)
{
    uint32_t bell = session_slot(&service->sessions, session, SESSION_BELL);
    uk_word bit = (uk_word)1 << session_place(&service->sessions, session);
    if (session->window.count < 2)
        return UK_BAD_ARGUMENT;
    if (!has_ring(session))
        return UK_CALLER_FAULT;
    session->ninep.limit = (session->window.count - 1) * (uint32_t)UK_PAGE;
    session->by.ring = uk_ring_attach((void *)(uintptr_t)session->window.base, RING_ENTRIES, RING_ENTRIES);
    (void)uk_ring_executor_may_sleep(&session->by.ring);
    if (!had_ring(session))
        return UK_CALLER_FAULT;
    service->start->buffer->items[1] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, bell, 1, 0};
    *welcome = 1;
    return uk_mint(TASK_CNODE, bell, UK_NONE, TASK_NOTIFICATION, UK_RIGHT_SEND, bit);
}

static const struct door_rules rules = {.lands = DOOR_SESSION_FRAMES, .peer_type = UK_TYPE_NOTIFICATION, .begin = begin};

/* Everybody who has something to ask gets a turn before anybody gets a second one. */
static struct session *next_turn(struct service *service)
{
    do
        service->turn = (service->turn + 1) % SESSIONS_MAX;
    while ((service->pending >> service->turn & 1) == 0);
    return &service->sessions.places[service->turn];
}

static void settle(struct service *service, const struct session *session)
{
    service->pending &= ~((uk_word)1 << session_place(&service->sessions, session));
}

static void end(struct service *service, struct session *session)
{
    settle(service, session);
    session_end(&service->sessions, session);
}

/* Takes an entry, or goes to sleep: also if the client's index says something else than its entries. False: there is none. */
static bool take_entry(struct service *service, struct session *session, struct uk_ring_entry *entry)
{
    struct uk_ring *ring = &session->by.ring;
    uk_ring_executor_woke(ring);
    bool taken = uk_ring_take(ring, entry) || (!uk_ring_executor_may_sleep(ring) && uk_ring_take(ring, entry));
    if (!taken)
        settle(service, session);
    return taken;
}

/* One request out of the ring. False: there is none, or there will be none any more. */
static bool take(struct service *service, struct session *session, struct request *request)
{
    struct uk_ring_entry entry;
    bool here = session->badge != 0 && has_ring(session), taken = here && take_entry(service, session, &entry);
    if (!here || !had_ring(session)) {
        end(service, session);
        return false;
    }
    if (!taken)
        return false;
    uk_word bytes = entry.call.word[0];
    if (bytes > session->ninep.limit || !window_read(&session->window, service->request, BUFFER, (size_t)bytes)) {
        end(service, session);
        return false;
    }
    session->by.user_data = entry.user_data;
    *request = (struct request){session, service->request, (size_t)bytes};
    return true;
}

/* What comes at the door beside what concerns all designs: whether there is anybody. */
static void talk(struct service *service)
{
    const struct session *session = door_talk(service, &rules);
    if (session == NULL)
        return;
    bool asks = UK_TAG_LABEL(service->door.message.tag) == NINEP_ALIVE;
    door_drop_items(service);
    door_answer(service, asks ? UK_OK : UK_BAD_OPERATION, 0);
}

static enum uk_status next(struct service *service, struct request *request)
{
    uk_word places = service->sessions.count < SESSIONS_MAX ? ((uk_word)1 << service->sessions.count) - 1 : ~(uk_word)0;
    for (;;) {
        while (service->pending != 0)
            if (take(service, next_turn(service), request))
                return UK_OK;
        enum uk_status status = door_pass(service, &rules);
        if (status != UK_OK)
            return status;
        if ((service->door.message.tag & UK_TAG_SIGNAL) != 0)
            service->pending = service->door.message.badge & places;
        else
            talk(service);
    }
}

static bool complete(struct session *session, size_t bytes)
{
    struct uk_ring_completion *completion = uk_ring_complete(&session->by.ring);
    if (completion == NULL)
        return false;
    *completion = (struct uk_ring_completion){
        .user_data = session->by.user_data, .status = UK_OK, .tag = UK_TAG(UK_OK, 1, 0), .word = {bytes}};
    if (uk_ring_finish(&session->by.ring))
        (void)uk_signal(session->peer);
    return true;
}

static void answer(struct service *service, struct session *session, size_t bytes)
{
    bool written = bytes == 0 || window_write(&session->window, BUFFER, service->reply, bytes);
    bool here = written && has_ring(session), told = here && complete(session, bytes);
    if (!here || !had_ring(session) || !told || bytes == 0)
        end(service, session);
}

const struct listener listener_ring = {.next = next, .answer = answer};
