/* SPDX-License-Identifier: MIT */
/* The endpoint that several designs use as their bell: one for a server, each client's capability has its own number. */
#ifndef SIM_COMPARE_RENDEZVOUS_H
#define SIM_COMPARE_RENDEZVOUS_H

#include <ukern/call.h>

#include "sim/compare.h"

/* Of compare_task.handle; near[0] of a link is the client's capability. */
enum { COMPARE_ENDPOINT, COMPARE_REPLY, COMPARE_ENDPOINT_OF_ROOT, COMPARE_OF_DESIGN };

bool compare_rendezvous_open_server(struct compare_task *server);
bool compare_rendezvous_open_link(struct compare_link *link);
/* User: a call without payload that says how long the payload is, wherever it may be. */
enum uk_status compare_rendezvous_ask(struct compare_link *link, enum compare_what what, uint32_t bytes);
/* User: a message that nobody answers. */
enum uk_status compare_rendezvous_flood(struct compare_link *link);

/** Turns a request into its answer; anything but UK_OK ends the server. */
typedef enum uk_status (*compare_handler)(struct compare_task *self, struct compare_link *link, struct uk_message *message);

/* User: the server's life. Inline, so that no design pays for a call through a pointer. */
static inline enum uk_status compare_rendezvous_serve(struct compare_task *self, compare_handler handle)
{
    uk_handle endpoint = self->handle[COMPARE_ENDPOINT], reply = self->handle[COMPARE_REPLY];
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(endpoint, &message, reply, UK_FOREVER);
    while (status == UK_OK) {
        status = handle(self, compare_link_of(self, message.badge - 1), &message);
        if (status == UK_OK)
            status = uk_reply_receive(endpoint, &message, reply, UK_FOREVER);
    }
    return status;
}

/* User: the life of a server whose payload comes and goes in message buffers. */
enum uk_status compare_rendezvous_serve_pieces(struct compare_task *self);

#endif
