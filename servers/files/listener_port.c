/* SPDX-License-Identifier: MIT */
/* A port, where requests queue, and one of each client's for its answers; no client can make the server wait for room. */
#include "files/doorman.h"
#include "files/pieces.h"
#include "files/service.h"
#include "runtime/protocol.h"

#include <string.h>

/* Slots that it makes; the doorman's own port is in OWN, what the server answers it through in TO_DOORMAN. */
enum { PORT, OWN, THREAD, CONTEXT, TO_SERVER, TO_DOORMAN, DOORMANS_LANDING, LANDING, DIED, SLOTS };

enum { MESSAGES = 64, QUOTA = 2, ANSWERS = 2 };
#define SLICE_NS 1000000

_Static_assert(SLOTS <= SERVICE_LISTENER_SLOTS, "there are slots for all of it");
_Static_assert(sizeof(struct doorman) <= UK_PAGE, "the doorman fits before its stack");

static uint32_t slot_of(const struct service *service, uint32_t slot) { return service_first_slot(service) + slot; }

static enum uk_status make(const struct service *service, enum uk_status before, uint32_t type, uk_word size, uint32_t slot)
{
    if (before != UK_OK)
        return before;
    return uk_retype(TASK_UNTYPED, type, size, TASK_CNODE, slot_of(service, slot), 1);
}

/* A send right to the port in `slot`. */
static enum uk_status right(const struct service *service, enum uk_status before, uint32_t to, uint32_t slot, uk_word badge)
{
    if (before != UK_OK)
        return before;
    return uk_mint(TASK_CNODE, slot_of(service, to), UK_NONE, slot_of(service, slot), UK_RIGHT_SEND | UK_RIGHT_GRANT, badge);
}

/* The doorman is as urgent as this thread. Its memory is touched now: nobody would answer a page fault of its. */
static enum uk_status hire(const struct service *service, struct doorman *doorman)
{
    uk_word self[UK_REGISTER_WORDS] = {0}, address = (uk_word)(uintptr_t)doorman;
    uk_handle thread = slot_of(service, THREAD), context = slot_of(service, CONTEXT);
    memset(doorman, 0, SERVICE_SCRATCH_BYTES);
    doorman->to_server = slot_of(service, TO_SERVER);
    doorman->own = slot_of(service, OWN);
    doorman->landing = slot_of(service, DOORMANS_LANDING);
    enum uk_status status = uk_thread_inspect(TASK_THREAD, self);
    if (status == UK_OK)
        status = uk_thread_priority(thread, self[1] & 255, self[1] & 255);
    if (status == UK_OK)
        status = uk_thread_name(thread, (const char[UK_NAME_MAX]){"doorman"});
    if (status == UK_OK)
        status = uk_thread_configure(thread, UK_PART_CNODE | UK_PART_SPACE | UK_PART_BUFFER, TASK_CNODE, TASK_SPACE, UK_NONE,
                                     (uk_word)(uintptr_t)&doorman->buffer, 0);
    if (status == UK_OK)
        status = uk_sched_configure(context, SLICE_NS, SLICE_NS, UK_CHAIN_FINISH);
    if (status == UK_OK)
        status = uk_sched_bind(context, thread);
    if (status == UK_OK)
        status = uk_thread_registers(thread, (uk_word)(uintptr_t)doorman_main, address + SERVICE_SCRATCH_BYTES, address);
    return status == UK_OK ? uk_thread_resume(thread) : status;
}

static enum uk_status open(struct service *service)
{
    enum uk_status status = UK_OK;
    status = make(service, status, UK_TYPE_PORT, UK_PORT_SIZE(MESSAGES, QUOTA), PORT);
    status = make(service, status, UK_TYPE_PORT, UK_PORT_SIZE(ANSWERS, 0), OWN);
    status = make(service, status, UK_TYPE_NOTIFICATION, 0, DIED);
    status = make(service, status, UK_TYPE_THREAD, 0, THREAD);
    status = make(service, status, UK_TYPE_SCHED_CONTEXT, 0, CONTEXT);
    status = right(service, status, TO_SERVER, PORT, DOORMAN_BADGE);
    status = right(service, status, TO_DOORMAN, OWN, 0);
    return status == UK_OK ? hire(service, (struct doorman *)(void *)service->scratch) : status;
}

/* Sessions. ----------------------------------------------------------------------------------------------------------- */

/* Asks the kernel whose ports are dead: it answers about those at once. A right that was revoked is just gone. */
static uk_word dead_places(const struct service *service)
{
    const struct sessions *sessions = &service->sessions;
    uk_word bits;
    for (uint32_t place = 0; place < sessions->count; place++)
        if (sessions->places[place].badge != 0)
            (void)uk_port_watch(sessions->places[place].peer,
                                session_slot(sessions, &sessions->places[place], SESSION_BELL));
    return uk_wait(slot_of(service, DIED), &bits, UK_NOW) == UK_OK ? bits : 0;
}

static void close_deserted(struct service *service)
{
    uk_word bits;
    (void)uk_wait(slot_of(service, DIED), &bits, UK_NOW); /* of those who were there before */
    bits = dead_places(service);
    for (uint32_t place = 0; place < service->sessions.count; place++) {
        struct session *session = &service->sessions.places[place];
        bool deserted = (bits >> place & 1) != 0 || !session_peer_is(session->peer, UK_TYPE_PORT);
        if (session->badge != 0 && deserted)
            session_end(&service->sessions, session);
    }
}

static struct session *vacant(struct service *service)
{
    struct session *session = session_vacant(&service->sessions);
    if (session != NULL)
        return session;
    close_deserted(service);
    return session_vacant(&service->sessions);
}

/* What the client sends by, and the bit by which its death can be told. */
static enum uk_status begin(struct service *service, struct session *session)
{
    struct sessions *sessions = &service->sessions;
    uint32_t to = session_slot(sessions, session, SESSION_RIGHT), bell = session_slot(sessions, session, SESSION_BELL);
    session_begin(sessions, session, service->tree, (uint32_t)WINDOW_BYTES);
    session->by.pieces = (struct pieces){.bytes = (uint8_t *)(uintptr_t)session->window.base};
    if (!session_take_peer(sessions, session, slot_of(service, LANDING), UK_TYPE_PORT))
        return UK_BAD_ARGUMENT;
    enum uk_status status =
        uk_mint(TASK_CNODE, bell, UK_NONE, slot_of(service, DIED), UK_RIGHT_SEND,
                (uk_word)1 << session_place(sessions, session));
    if (status == UK_OK)
        status = uk_mint(TASK_CNODE, to, UK_NONE, slot_of(service, PORT), UK_RIGHT_SEND, session->badge);
    return status;
}

/* The doorman has somebody who wants a session; `message` becomes the answer. */
static void open_session(struct service *service, struct uk_message *message)
{
    struct session *session = vacant(service);
    enum uk_status status = session != NULL ? begin(service, session) : UK_NO_WINDOW;
    *message = uk_message(status, 0);
    if (status == UK_OK) {
        service->start->buffer->items[0] = (struct uk_item){
            UK_ITEM_COPY, UK_RIGHT_SEND, session_slot(&service->sessions, session, SESSION_RIGHT), 1, 0};
        message->tag = UK_TAG(UK_OK, 2, 1);
        message->word[0] = session->ninep.limit;
        message->word[1] = session->badge;
    } else if (session != NULL) {
        session_end(&service->sessions, session);
    }
    (void)uk_delete(TASK_CNODE, slot_of(service, LANDING));
}

static void serve_doorman(struct service *service, struct uk_message *message)
{
    struct session *session = session_find(&service->sessions, message->word[0]);
    if (UK_TAG_LABEL(message->tag) == SESSION_OPEN) {
        open_session(service, message);
    } else {
        if (session != NULL)
            session_end(&service->sessions, session);
        *message = uk_message(UK_OK, 0);
    }
    (void)uk_port_send(slot_of(service, TO_DOORMAN), message, UK_NOW);
}

/* Requests. ----------------------------------------------------------------------------------------------------------- */

/* A client that leaves no room for its answer has lost it, and its session. */
static void send_answer(struct service *service)
{
    struct session *session = service->answered;
    service->answered = NULL;
    if (session != NULL && uk_port_send(session->peer, &service->message, UK_NOW) != UK_OK)
        session_end(&service->sessions, session);
}

static void hang_up(struct service *service, struct session *session)
{
    struct uk_message over = uk_message(UK_OK, 1);
    (void)uk_port_send(session->peer, &over, UK_NOW);
    session_end(&service->sessions, session);
}

/* True: a request is there. Else service->answered has an answer, or there is none to give. */
static bool take(struct service *service, struct session *session, struct request *request)
{
    struct pieces *pieces = &session->by.pieces;
    if (UK_TAG_LABEL(service->message.tag) == NINEP_CLOSE) {
        session_end(&service->sessions, session);
        return false;
    }
    enum pieces_step step = pieces_take(pieces, &service->message, service->start->buffer, session->ninep.limit);
    *request = (struct request){session, pieces->bytes, pieces->all};
    if (step == PIECES_WRONG)
        hang_up(service, session);
    else if (step == PIECES_TAKEN)
        service->answered = session;
    return step == PIECES_WHOLE;
}

static enum uk_status next(struct service *service, struct request *request)
{
    for (;;) {
        send_answer(service);
        service->start->buffer->window = (struct uk_window){.slot = slot_of(service, LANDING), .slot_count = 1};
        enum uk_status status = uk_port_receive(slot_of(service, PORT), &service->message, UK_FOREVER);
        if (status != UK_OK)
            return status;
        struct session *session = session_find(&service->sessions, service->message.badge);
        if (service->message.badge == DOORMAN_BADGE)
            serve_doorman(service, &service->message);
        else if (session != NULL && take(service, session, request))
            return UK_OK;
    }
}

static void answer(struct service *service, struct session *session, size_t bytes)
{
    if (bytes == 0) {
        hang_up(service, session);
        return;
    }
    pieces_answer(&session->by.pieces, &service->message, service->start->buffer, service->reply, bytes);
    service->answered = session;
}

const struct listener listener_port = {.open = open, .next = next, .answer = answer};
