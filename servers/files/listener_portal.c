/* SPDX-License-Identifier: MIT */
/* A portal, by which clients' own threads come in. It has one stack, and that is the lock: whoever is on it, a client or the
 * thread that minds the door, has all of the server's state to itself. */
#include "files/service.h"
#include "runtime/protocol.h"

#include <string.h>

/* Slots that it makes. */
enum { PORTAL, SLOTS };

enum { BLOCK_BYTES = 32 * 1024 };

/* What the stack is the rest of. It is aligned to its size: so code on the stack finds whose it is. */
struct block {
    struct service *service;
    uint8_t reserved[UK_BUFFER_BYTES - sizeof(struct service *)];
};

_Static_assert(SLOTS <= SERVICE_LISTENER_SLOTS, "there are slots for all of it");
_Static_assert(2 * BLOCK_BYTES - UK_PAGE <= SERVICE_SCRATCH_BYTES, "a block fits, wherever the scratch begins");

static const struct door_rules rules = {.lands = DOOR_SESSION_FRAMES};

static uk_handle portal_of(const struct service *service) { return service_first_slot(service) + PORTAL; }

/* A client's thread. ---------------------------------------------------------------------------------------------------- */

/* A client that dies between the two `torn` may leave what all share half changed. */
static struct uk_message end(struct service *service, struct session *session, enum uk_status status)
{
    service->torn = true;
    session_end(&service->sessions, session);
    service->torn = false;
    return uk_message(status, status == UK_OK);
}

static struct uk_message exchange(struct service *service, struct session *session, size_t bytes)
{
    struct uk_message answer = uk_message(UK_OK, 1);
    if (bytes > session->ninep.limit)
        return end(service, session, UK_OK);
    if (!window_read(&session->window, service->request, 0, bytes))
        return end(service, session, UK_CALLER_FAULT);
    service->torn = true;
    bytes = service_exchange(service, &(struct request){session, service->request, bytes});
    service->torn = false;
    if (bytes == 0)
        return end(service, session, UK_OK);
    if (!window_write(&session->window, 0, service->reply, bytes))
        return end(service, session, UK_CALLER_FAULT);
    answer.word[0] = bytes;
    return answer;
}

/* The answer is in the client's registers alone: what is in service->door is for our own thread. */
static void visit(struct service *service, struct uk_message *message)
{
    struct session *session = session_find(&service->sessions, message->badge);
    if (session == NULL) /* it ended while the client waited to come in */
        *message = uk_message(UK_STALE, 0);
    else if (UK_TAG_LABEL(message->tag) == NINEP_EXCHANGE)
        *message = exchange(service, session, UK_TAG_LENGTH(message->tag) < 1 ? 0 : (size_t)message->word[0]);
    else if (UK_TAG_LABEL(message->tag) == NINEP_CLOSE)
        *message = end(service, session, UK_OK);
    else
        *message = uk_message(UK_BAD_OPERATION, 0);
}

/* Our own thread, which alone can end the server, does not know yet: a message wakes it. */
static void refuse(struct uk_message *message)
{
    if (message->badge != 0)
        (void)uk_send(TASK_ENDPOINT, &(struct uk_message){0}, UK_NOW);
    *message = uk_message(UK_PEER_DIED, 0);
}

/* Our own thread. ------------------------------------------------------------------------------------------------------- */

/* What came at the door (nobody who has a session talks there), or why its answer could not be given. */
static void mind(struct service *service, struct uk_message *message)
{
    enum uk_status heard = (enum uk_status)UK_TAG_LABEL(message->tag);
    if (heard == UK_OK)
        (void)door_talk(service, &rules);
    else
        door_regret(service, heard);
    door_open(service, &rules);
    *message = uk_message(UK_OK, 0);
}

static void inside(struct uk_message *message)
{
    struct service *service = ((struct block *)((uintptr_t)message & ~(uintptr_t)(BLOCK_BYTES - 1)))->service;
    if (service->torn)
        refuse(message);
    else if (message->badge == 0)
        mind(service, message);
    else
        visit(service, message);
}

UK_PORTAL_ENTRY(listener_portal_enter, inside);

static enum uk_status open(struct service *service)
{
    uintptr_t at = ((uintptr_t)service->scratch + BLOCK_BYTES - 1) & ~(uintptr_t)(BLOCK_BYTES - 1);
    struct block *block = (struct block *)at;
    memset(block, 0, BLOCK_BYTES); /* nobody would bring in the message buffer */
    block->service = service;
    service->door.way = portal_of(service);
    door_open(service, &rules);
    enum uk_status status = uk_retype(TASK_UNTYPED, UK_TYPE_PORTAL, 1, TASK_CNODE, portal_of(service), 1);
    if (status != UK_OK)
        return status;
    return uk_portal_configure(portal_of(service), TASK_CNODE, TASK_SPACE, TASK_FAULT,
                               (uk_word)(uintptr_t)listener_portal_enter, (uk_word)(uintptr_t)(block + 1),
                               BLOCK_BYTES - sizeof *block);
}

/* Somebody inside does not move. Who came is told, out here, where nothing but the door is ours; a session whose client had no
 * room for its right is found when its place is needed. */
static void turn_away(struct service *service, enum uk_status heard)
{
    if (heard == UK_OK)
        door_drop_items(service);
    service->door.carries = NULL;
    door_answer(service, heard == UK_OK ? UK_TIMED_OUT : heard, 0);
}

/* Goes in with what was heard at the door. Not UK_OK: the server must end. */
static enum uk_status go_in(struct service *service, enum uk_status heard)
{
    struct uk_message message = uk_message(heard, 0);
    enum uk_status status = uk_portal_call(portal_of(service), &message, uk_clock() + PATIENCE_NS);
    if (status != UK_TIMED_OUT)
        return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
    turn_away(service, heard);
    return UK_OK;
}

/* Never has a request: those are served inside. */
static enum uk_status next(struct service *service, struct request *request)
{
    enum uk_status status = UK_OK;
    (void)request;
    while (status == UK_OK) {
        enum uk_status heard = door_wait(service);
        if (heard != UK_OK && service->door.carries == NULL)
            return heard;
        status = go_in(service, heard);
    }
    return status;
}

const struct listener listener_portal = {.open = open, .next = next};
