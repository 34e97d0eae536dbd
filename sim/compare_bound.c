/* SPDX-License-Identifier: MIT */
/* Bound calls: rendezvous, whose checks are paid once; and a chain of servers that one call of the client goes through. */
#include <ukern/call.h>

#include "sim/compare_pieces.h"
#include "sim/compare_rendezvous.h"

enum { BOUND, BOUND_OF_ROOT, ENDPOINT_OF_ROOT }; /* of near */

/* The caller's bound call to the server; whoever calls may be another than the link's client. */
static bool bind_link(struct compare_link *link, struct compare_task *caller)
{
    struct uk_kernel *kernel = link->world->kernel;
    uk_handle endpoint = uk_slots(kernel, 1), bound = compare_make(link->world, UK_TYPE_BOUND, 0, 1);
    link->near[BOUND_OF_ROOT] = bound;
    link->near[ENDPOINT_OF_ROOT] = endpoint;
    if (endpoint == UK_NONE || bound == UK_NONE ||
        BENCH_ASK(kernel, UK_CAPABILITY_MINT, UK_SLOT_CNODE, endpoint, link->server->handle[COMPARE_ENDPOINT_OF_ROOT], 0,
                  UK_RIGHT_SEND | UK_RIGHT_GRANT, link->index + 1) != UK_OK ||
        BENCH_ASK(kernel, UK_BOUND_CONFIGURE, bound, endpoint, UK_NONE) != UK_OK)
        return false;
    link->near[BOUND] = compare_give(caller, bound, UK_RIGHT_SEND, 0);
    return link->near[BOUND] != UK_NONE;
}

static bool open_link(struct compare_link *link)
{
    return compare_pieces_open(link) && bind_link(link, link->client);
}

static enum uk_status call(struct compare_link *link, struct uk_message *message)
{
    return uk_bound_call(link->near[BOUND], message, UK_FOREVER);
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    if (bytes != 0)
        return compare_pieces_exchange(link, what, bytes, call);
    struct uk_message message = uk_message(what, 0);
    enum uk_status status = call(link, &message);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

/* The chain is the client's own: each of its bound calls names the next, and no server knows of another. ------------ */

static bool open_stage(struct compare_link *link)
{
    struct compare_task *caller = &link->world->clients[0];
    if (link->client == caller || link->world->work->servers == 1)
        return bind_link(link, link->client);
    const struct compare_link *before = link - 1;
    return bind_link(link, caller) && BENCH_ASK(link->world->kernel, UK_BOUND_CONFIGURE, before->near[BOUND_OF_ROOT],
                                                before->near[ENDPOINT_OF_ROOT], link->near[BOUND]) == UK_OK;
}

static enum uk_status serve_stage(struct compare_task *self)
{
    self->down = NULL;
    return compare_rendezvous_serve_pieces(self);
}

const struct compare_design compare_bound = {
    .name = "bound",
    .what = "rendezvous by a bound call, whose checks are paid once and hold until anybody else enters the kernel",
    .after = "Synthesis",
    .passive = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .serve = compare_rendezvous_serve_pieces,
};

const struct compare_design compare_bound_chain = {
    .name = "bound-chain",
    .what = "the same; a chain is the client's, and each answer goes on as the next request without the client",
    .after = "Synthesis",
    .passive = 1,
    .bytes_max = 1, /* none: payload is as above */
    .open_server = compare_rendezvous_open_server,
    .open_link = open_stage,
    .exchange = exchange,
    .serve = serve_stage,
};
