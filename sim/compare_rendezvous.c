/* SPDX-License-Identifier: MIT */
/* Direct rendezvous: a call to an endpoint and its answer; payload in registers and message buffers, piece by piece. */
#include <ukern/call.h>

#include "sim/compare_pieces.h"
#include "sim/compare_rendezvous.h"

/* The server receives on an endpoint of its own, each client calls by a capability with its number. ----------------- */

bool compare_rendezvous_open_server(struct compare_task *server)
{
    uk_handle endpoint = compare_make(server->world, UK_TYPE_ENDPOINT, 0, 1);
    uk_handle reply = compare_make(server->world, UK_TYPE_REPLY, 0, 1);
    server->handle[COMPARE_ENDPOINT] = compare_give(server, endpoint, UK_RIGHTS_ALL, 0);
    server->handle[COMPARE_REPLY] = compare_give(server, reply, UK_RIGHTS_ALL, 0);
    server->handle[COMPARE_ENDPOINT_OF_ROOT] = endpoint;
    return server->handle[COMPARE_ENDPOINT] != UK_NONE && server->handle[COMPARE_REPLY] != UK_NONE &&
           BENCH_ASK(server->world->kernel, UK_ENDPOINT_BIND, endpoint, server->task.thread) == UK_OK;
}

bool compare_rendezvous_open_link(struct compare_link *link)
{
    link->near[0] = compare_give(link->client, link->server->handle[COMPARE_ENDPOINT_OF_ROOT],
                                 UK_RIGHT_SEND | UK_RIGHT_GRANT, link->index + 1);
    return link->near[0] != UK_NONE;
}

enum uk_status compare_rendezvous_ask(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct uk_message message = uk_message(what, bytes != 0);
    message.word[0] = bytes;
    enum uk_status status = uk_call(link->near[0], &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

enum uk_status compare_rendezvous_flood(struct compare_link *link)
{
    struct uk_message message = uk_message(COMPARE_ANSWER, 0);
    return uk_send(link->near[0], &message, UK_NOW);
}

/* Payload by the kernel's copying. ------------------------------------------------------------------------------------ */

static bool open_link(struct compare_link *link)
{
    return compare_pieces_open(link) && compare_rendezvous_open_link(link);
}

static enum uk_status call(struct compare_link *link, struct uk_message *message)
{
    return uk_call(link->near[0], message, UK_FOREVER);
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    return bytes == 0 ? compare_rendezvous_ask(link, what, 0) : compare_pieces_exchange(link, what, bytes, call);
}

static enum uk_status answer(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    (void)self;
    compare_pieces_take(link, message);
    return UK_OK;
}

enum uk_status compare_rendezvous_serve_pieces(struct compare_task *self) { return compare_rendezvous_serve(self, answer); }

const struct compare_design compare_rendezvous = {
    .name = "rendezvous",
    .what = "direct call to a server without time of its own; the kernel copies registers and message buffers",
    .after = "L3, L4, seL4",
    .passive = 1,
    .means = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = compare_rendezvous_flood,
    .serve = compare_rendezvous_serve_pieces,
};

const struct compare_design compare_active = {
    .name = "active",
    .what = "the same; the server has time and a place in the ready queue of its own",
    .after = "L4 before scheduling contexts, MINIX 3, QNX",
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = compare_rendezvous_flood,
    .serve = compare_rendezvous_serve_pieces,
};
