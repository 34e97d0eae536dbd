/* SPDX-License-Identifier: 0BSD */
/* One server function, and the five places that it is put in; it does not know which. */
#ifndef PLACES_H
#define PLACES_H

#include <ukern/direct.h>

#include "common/example.h"

enum { SERVICE = 10, REPLY, PORT, OWN, ANSWER, PORTAL = 16, FRAME, RESIDENT, FAULTS, PATIENT };
enum { CRASH = 0, TYPE = 1 };

static uk_word serve(uk_word question)
{
    static const volatile uk_word *const volatile nowhere = (const volatile uk_word *)64;
    return question == CRASH ? *nowhere : question * question + 1;
}

static void serve_message(struct uk_message *message)
{
    message->word[0] = serve(message->word[0]);
    message->tag = UK_TAG(0, 1, 0);
}

/* 1. A task that is called. */
static uk_word called(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(SERVICE, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        serve_message(&message);
        status = uk_reply_receive(SERVICE, &message, REPLY, UK_FOREVER);
    }
    return argument;
}

/* 2. A task to which requests queue. */
static uk_word queued(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_port_receive(PORT, &message, UK_FOREVER);
    while (status == UK_OK) {
        serve_message(&message);
        status = uk_port_exchange(ANSWER, &message, PORT, UK_FOREVER);
    }
    return argument;
}

/* 3. A space that the client's thread enters, on a stack of its own. */
UK_PORTAL_ENTRY(enter, serve_message);

static uk_word host(uk_word argument)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(UK_SLOT_SPACE, words);
    uk_word stack = (words[4] - UK_LARGE) & ~(UK_PAGE - 1);
    (void)uk_map(UK_SLOT_SPACE, FRAME, stack, UK_RIGHT_READ | UK_RIGHT_WRITE);
    (void)uk_portal_configure(PORTAL, UK_SLOT_CNODE, UK_SLOT_SPACE, UK_NONE, (uk_word)(uintptr_t)enter, stack, UK_PAGE);
    return argument;
}

/* 4. A function in the client's own space, behind a proxy. */
static enum uk_status direct_serve(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state;
    message->word[0] = serve(message->word[0]);
    return UK_OK;
}

/* 5. A function in the kernel. */
static enum uk_status resident_serve(void *context, struct uk_resident_call *call)
{
    (void)context;
    call->word[0] = serve(call->word[0]);
    return UK_OK;
}

#endif
