/* SPDX-License-Identifier: MIT */
/* Portals: the client's own thread runs the server's code, on a stack of the server's pool; payload lies in shared frames. */
#include <ukern/call.h>

#include "sim/compare.h"

enum { PORTAL };          /* of compare_task.handle, in the first thread's CNode; near[0] of a link is the client's */
enum { STACK_BYTES = 16 * 1024 };

/* The badge, which only the kernel writes, says whose request it is. */
static void answer(struct uk_message *message)
{
    struct compare_link *link = (struct compare_link *)(uintptr_t)message->badge;
    uint32_t limit = link->world->work->bytes, bytes = message->word[0] < limit ? (uint32_t)message->word[0] : limit;
    message->tag = UK_TAG(compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), bytes), 0, 0);
}

UK_PORTAL_ENTRY(compare_portal_enter, answer);

static bool open_server(struct compare_task *server)
{
    uk_handle portal = compare_make(server->world, UK_TYPE_PORTAL, COMPARE_STACKS, 1);
    uk_word stacks = compare_memory(server, COMPARE_STACKS * STACK_BYTES);
    server->handle[PORTAL] = portal;
    return portal != UK_NONE && stacks != 0 &&
           BENCH_ASK(server->world->kernel, UK_PORTAL_CONFIGURE, portal, server->task.cnode, server->task.own_space, UK_NONE,
                     (uk_word)(uintptr_t)compare_portal_enter, stacks, STACK_BYTES) == UK_OK;
}

/* As LRPC's argument stacks: both sides see the same memory. */
static bool open_link(struct compare_link *link)
{
    uint64_t bytes = link->world->work->bytes;
    if (bytes != 0 && !compare_share(link, bytes))
        return false;
    link->here = link->shared;
    link->there = link->shared_there;
    link->near[0] = compare_give(link->client, link->server->handle[PORTAL], UK_RIGHT_SEND, (uk_word)(uintptr_t)link);
    return link->near[0] != UK_NONE;
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct uk_message message = uk_message(what, bytes != 0);
    message.word[0] = bytes;
    enum uk_status status = uk_portal_call(link->near[0], &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

/* Its own thread is not needed. */
static enum uk_status serve(struct compare_task *self)
{
    uk_word bits;
    return uk_wait(self->wait, &bits, UK_FOREVER);
}

/* A server is its space: what dies is the place, not a thread. */
static bool kill_space(struct compare_task *server)
{
    return BENCH_ASK(server->world->kernel, UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, server->task.own_space) == UK_OK;
}

const struct compare_design compare_portal = {
    .name = "portal",
    .what = "the caller's thread enters the server on a stack of its pool; payload in place in frames that both sides map",
    .after = "LRPC, Spring doors, NOVA, Composite",
    .passive = 1,
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .serve = serve,
    .kill = kill_space,
};
