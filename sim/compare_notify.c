/* SPDX-License-Identifier: MIT */
/* Shared frames and two notifications: signal the server, wait for its signal; nothing but bits goes through the kernel. */
#include <ukern/call.h>

#include "sim/compare.h"

enum { BELL, BELL_OF_ROOT };       /* of compare_task.handle */
enum { RING, ANSWERED };           /* of near: signal the server, wait for it */
enum { ANSWER };                   /* of far: signal the client */

/* The page before the payload: one request at a time. */
struct mailbox {
    volatile uint32_t what, bytes, status;
};

static struct mailbox *mailbox_at(uk_word address) { return (struct mailbox *)(uintptr_t)address; }

static bool open_server(struct compare_task *server)
{
    server->handle[BELL_OF_ROOT] = compare_make(server->world, UK_TYPE_NOTIFICATION, 0, 1);
    server->handle[BELL] = compare_give(server, server->handle[BELL_OF_ROOT], UK_RIGHT_RECEIVE, 0);
    return server->handle[BELL] != UK_NONE;
}

/* Each client has its own bit in the server's notification. */
static bool open_link(struct compare_link *link)
{
    uk_handle answered = compare_make(link->world, UK_TYPE_NOTIFICATION, 0, 1);
    link->near[RING] =
        compare_give(link->client, link->server->handle[BELL_OF_ROOT], UK_RIGHT_SEND, (uk_word)1 << link->index);
    link->near[ANSWERED] = compare_give(link->client, answered, UK_RIGHT_RECEIVE, 0);
    link->far[ANSWER] = compare_give(link->server, answered, UK_RIGHT_SEND, 1);
    if (!compare_share(link, UK_PAGE + link->world->work->bytes))
        return false;
    link->here = link->shared + UK_PAGE;
    link->there = link->shared_there + UK_PAGE;
    return link->near[RING] != UK_NONE && link->near[ANSWERED] != UK_NONE && link->far[ANSWER] != UK_NONE;
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct mailbox *box = mailbox_at(link->shared);
    uk_word bits;
    box->what = what;
    box->bytes = bytes;
    enum uk_status status = uk_signal(link->near[RING]);
    if (status == UK_OK)
        status = uk_wait(link->near[ANSWERED], &bits, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)box->status : status;
}

static enum uk_status flood(struct compare_link *link) { return uk_signal(link->near[RING]); }

static enum uk_status serve(struct compare_task *self)
{
    uk_word bits;
    enum uk_status status = uk_wait(self->handle[BELL], &bits, UK_FOREVER);
    while (status == UK_OK) {
        for (; bits != 0 && status == UK_OK; bits &= bits - 1) {
            struct compare_link *link = compare_link_of(self, (uint64_t)__builtin_ctzll(bits));
            struct mailbox *box = mailbox_at(link->shared_there);
            uint32_t limit = self->world->work->bytes, bytes = box->bytes;
            box->status = (uint32_t)compare_answer(link, (enum compare_what)box->what, bytes < limit ? bytes : limit);
            status = uk_signal(link->far[ANSWER]);
        }
        if (status == UK_OK)
            status = uk_wait(self->handle[BELL], &bits, UK_FOREVER);
    }
    return status;
}

const struct compare_design compare_notify = {
    .name = "notify",
    .what = "payload in place in shared frames, a notification in each direction; nobody watches the other",
    .after = "seL4's notifications, MINIX 3's notify",
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = flood,
    .serve = serve,
};
