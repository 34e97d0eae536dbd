/* SPDX-License-Identifier: MIT */
/* Ports: a request queued at the server's port, its answer at the client's; the way back is a right, kept or made anew. */
#include <ukern/call.h>

#include "sim/compare_pieces.h"

enum { PORT };                /* of compare_task.handle: the server's receive right */
enum { SENDS, OWN, ONCE };    /* of near: to the server's port; the reply port; the slot of a right to send to it once */
enum { ANSWER };              /* of far: to the client's reply port */
enum { WAYS_BACK = 1 };       /* of compare_task.handle: where the right to answer arrives */
enum { MESSAGES = 128, QUOTA = 2, ANSWERS = 2 };

/* Nobody but the two sides has any right: so the kernel knows when there is nobody left. */
static bool open_server(struct compare_task *server)
{
    server->handle[WAYS_BACK] = compare_slots(server, 1);
    return server->handle[WAYS_BACK] != UK_NONE &&
           compare_make_in(server, UK_TYPE_PORT, UK_PORT_SIZE(MESSAGES, QUOTA), &server->handle[PORT]);
}

static bool open_both(struct compare_link *link)
{
    link->near[SENDS] = compare_pass(link->server, link->server->handle[PORT], link->client,
                                     UK_RIGHT_SEND | UK_RIGHT_GRANT, link->index + 1);
    link->near[ONCE] = compare_slots(link->client, 1);
    return link->near[SENDS] != UK_NONE && link->near[ONCE] != UK_NONE && compare_pieces_open(link) &&
           compare_make_in(link->client, UK_TYPE_PORT, UK_PORT_SIZE(ANSWERS, 0), &link->near[OWN]);
}

static bool open_link(struct compare_link *link)
{
    if (!open_both(link))
        return false;
    link->far[ANSWER] = compare_pass(link->client, link->near[OWN], link->server, UK_RIGHT_SEND, 0);
    return link->far[ANSWER] != UK_NONE;
}

/* With a reply port for life. ----------------------------------------------------------------------------------------- */

static enum uk_status call(struct compare_link *link, struct uk_message *message)
{
    return uk_port_exchange(link->near[SENDS], message, link->near[OWN], UK_FOREVER);
}

static enum uk_status exchange_by(struct compare_link *link, enum compare_what what, uint32_t bytes,
                                  enum uk_status (*by)(struct compare_link *link, struct uk_message *message))
{
    if (bytes != 0)
        return compare_pieces_exchange(link, what, bytes, by);
    struct uk_message message = uk_message(what, 0);
    enum uk_status status = by(link, &message);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    return exchange_by(link, what, bytes, call);
}

static enum uk_status flood(struct compare_link *link)
{
    struct uk_message message = uk_message(COMPARE_ANSWER, 0);
    return uk_port_send(link->near[SENDS], &message, UK_NOW);
}

/* Whoever leaves no room for the answer makes the server wait for it, and everybody with it. */
static enum uk_status serve(struct compare_task *self)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_port_receive(self->handle[PORT], &message, UK_FOREVER);
    while (status == UK_OK) {
        struct compare_link *link = compare_link_of(self, message.badge - 1);
        compare_pieces_take(link, &message);
        status = uk_port_exchange(link->far[ANSWER], &message, self->handle[PORT], UK_FOREVER);
    }
    return status;
}

/* An answer that finds no room is its client's loss; never to wait for room costs a kernel entry of its own. */
static enum uk_status serve_dropping(struct compare_task *self)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_port_receive(self->handle[PORT], &message, UK_FOREVER);
    while (status == UK_OK) {
        struct compare_link *link = compare_link_of(self, message.badge - 1);
        compare_pieces_take(link, &message);
        (void)uk_port_send(link->far[ANSWER], &message, UK_NOW);
        status = uk_port_receive(self->handle[PORT], &message, UK_FOREVER);
    }
    return status;
}

/* With a right to answer once in every request. ----------------------------------------------------------------------- */

static enum uk_status call_once(struct compare_link *link, struct uk_message *message)
{
    struct uk_buffer *buffer = (struct uk_buffer *)(uintptr_t)link->client->task.buffer;
    enum uk_status status = uk_port_once(link->near[OWN], (uint32_t)link->near[ONCE], 0, 1);
    buffer->items[0] = (struct uk_item){.kind = UK_ITEM_MOVE, .rights = UK_RIGHT_ONCE, .handle = link->near[ONCE], .count = 1};
    message->tag = UK_TAG(UK_TAG_LABEL(message->tag), UK_TAG_LENGTH(message->tag), 1);
    if (status == UK_OK)
        status = uk_port_exchange(link->near[SENDS], message, link->near[OWN], UK_FOREVER);
    return status == UK_OK && (message->tag & UK_TAG_UNUSED) != 0 ? UK_PEER_DIED : status;
}

static enum uk_status exchange_once(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    return exchange_by(link, what, bytes, call_once);
}

/* The answer has a place in the client's queue from the beginning, so the server never waits for room. */
static enum uk_status serve_once(struct compare_task *self)
{
    uk_handle back = self->handle[WAYS_BACK];
    struct uk_buffer *buffer = (struct uk_buffer *)(uintptr_t)self->task.buffer;
    struct uk_message message = uk_message(0, 0);
    buffer->window = (struct uk_window){.slot = (uint32_t)back, .slot_count = 1};
    enum uk_status status = uk_port_receive(self->handle[PORT], &message, UK_FOREVER);
    while (status == UK_OK) {
        bool answered = UK_TAG_ITEMS(message.tag) != 0;
        compare_pieces_take(compare_link_of(self, message.badge - 1), &message);
        status = answered ? uk_port_exchange(back, &message, self->handle[PORT], UK_FOREVER)
                          : uk_port_receive(self->handle[PORT], &message, UK_FOREVER);
    }
    return status;
}

/* Rights live in CNodes, not in threads: the task dies with all that it held, as Mach's does. */
static bool kill_task(struct compare_task *server)
{
    struct uk_kernel *kernel = server->world->kernel;
    return BENCH_ASK(kernel, UK_THREAD_KILL, server->task.thread, 0) == UK_OK &&
           BENCH_ASK(kernel, UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, server->task.cnode) == UK_OK &&
           BENCH_ASK(kernel, UK_CAPABILITY_DELETE, UK_SLOT_CNODE, server->task.cnode) == UK_OK;
}

const struct compare_design compare_port = {
    .name = "port",
    .what = "bounded queues: requests at the server's port, answers at one of the client's; the server waits for room there",
    .after = "Mach 3, XNU, Zircon channels",
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = flood,
    .serve = serve,
    .kill = kill_task,
};

const struct compare_design compare_port_drop = {
    .name = "port-drop",
    .what = "the same; the server never waits: an answer that finds no room is dropped",
    .after = "Mach 3's mach_msg with a send timeout of 0",
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = flood,
    .serve = serve_dropping,
    .kill = kill_task,
};

const struct compare_design compare_port_once = {
    .name = "port-once",
    .what = "the same with a send-once right made for every request and moved along: exactly one answer, always",
    .after = "Mach 3's mach_msg with a reply port",
    .open_server = open_server,
    .open_link = open_both,
    .exchange = exchange_once,
    .flood = flood,
    .serve = serve_once,
    .kill = kill_task,
};
