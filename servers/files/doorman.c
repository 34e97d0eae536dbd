/* SPDX-License-Identifier: MIT */
/* Turns calls at the endpoint into messages to a port, and back; it decides nothing, and holds one caller at a time. */
#include "files/doorman.h"
#include "runtime/protocol.h"

#include <stdbool.h>

/* What lies in the passing slot goes along with the next message. */
static void carry(struct doorman *self)
{
    self->buffer.items[0] = (struct uk_item){UK_ITEM_MOVE, UK_RIGHTS_ALL, self->landing, 1, 0};
}

static void drop(const struct doorman *self) { (void)uk_delete(TASK_CNODE, self->landing); }

static bool wants_session(const struct doorman *self, const struct uk_message *message)
{
    return message->badge == 0 && (message->tag & (UK_TAG_CALL | UK_TAG_INTERPOSED)) == UK_TAG_CALL &&
           UK_TAG_LABEL(message->tag) == SESSION_OPEN && UK_TAG_ITEMS(message->tag) == 1 &&
           self->buffer.received[0].kind == UK_ITEM_COPY;
}

/* What is to be said to somebody who wants no session, or not in the right way. */
static enum uk_status refusal(const struct uk_message *message)
{
    if ((message->tag & UK_TAG_INTERPOSED) != 0)
        return UK_WRONG_TYPE;
    return UK_TAG_LABEL(message->tag) == SESSION_OPEN ? UK_BAD_ARGUMENT : UK_BAD_OPERATION;
}

/* Turns the message into its answer; returns the badge of the session that it opened, or 0. */
static uk_word serve(struct doorman *self, struct uk_message *message)
{
    if (!wants_session(self, message)) {
        enum uk_status status = refusal(message);
        drop(self);
        *message = uk_message(status, 0);
        return 0;
    }
    carry(self);
    message->tag = UK_TAG(SESSION_OPEN, 1, 1);
    enum uk_status status = uk_port_exchange(self->to_server, message, self->own, UK_FOREVER);
    if (status != UK_OK) {
        drop(self);
        *message = uk_message(status, 0);
        return 0;
    }
    uk_word badge = message->word[1];
    unsigned items = UK_TAG_ITEMS(message->tag);
    carry(self);
    message->tag = UK_TAG(UK_TAG_LABEL(message->tag), 1, items);
    return items != 0 ? badge : 0;
}

/* Whoever had no room for the right to its session gets none. */
static void take_back(struct doorman *self, struct uk_message *message, uk_word badge, enum uk_status status)
{
    drop(self);
    *message = uk_message(NINEP_CLOSE, 1);
    message->word[0] = badge;
    (void)uk_port_exchange(self->to_server, message, self->own, UK_FOREVER);
    *message = uk_message(status, 0);
}

uk_word doorman_main(uk_word argument)
{
    struct doorman *self = (struct doorman *)(uintptr_t)argument;
    struct uk_message message = uk_message(0, 0);
    self->buffer.window = (struct uk_window){.slot = self->landing, .slot_count = 1};
    enum uk_status status = uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        uk_word badge = serve(self, &message);
        status = uk_reply_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
        if (status != UK_OK && badge != 0) {
            take_back(self, &message, badge, status);
            status = uk_reply_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
        }
    }
    return status;
}
