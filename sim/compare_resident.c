/* SPDX-License-Identifier: MIT */
/* The same server in the kernel's own space: a function that every client's kernel entry calls, and whose crash is all's. */
#include <ukern/call.h>

#include <string.h>

#include "sim/compare_pieces.h"

enum { RESIDENT = 0 }; /* of near */

/* A server of files wants its request in one piece, in memory of its own. */
static bool open_server(struct compare_task *server)
{
    struct compare_world *world = server->world;
    if (compare_has_files(world->work) && world->common == NULL)
        world->common = compare_take(world->work->bytes, COMPARE_FOR_USERS);
    return world->common != NULL || !compare_has_files(world->work);
}

static bool is_nested(const struct compare_link *link)
{
    return link >= link->world->links + link->world->work->clients;
}

static bool open_link(struct compare_link *link)
{
    if (is_nested(link))
        return true;
    link->near[RESIDENT] = compare_give(link->client, UK_SLOT_FIRST_FREE, UK_RIGHT_SEND, link->index + 1);
    return link->near[RESIDENT] != UK_NONE && compare_pieces_open(link);
}

/* There is nobody who could kill it; it can only fall over, and the kernel with it. */
static void crash(void)
{
    static const volatile uk_word *const volatile nowhere = (const volatile uk_word *)64;
    (void)*nowhere;
}

/* The payload where it lies, a page at a time: counted up, or only looked at. */
static enum uk_status go_through(const struct compare_link *link, struct uk_resident_call *call)
{
    int looks = link->world->work->kind == COMPARE_LOOK;
    size_t bytes = 0;
    for (uk_word at = 0; at < call->bytes; at += bytes) {
        volatile uint64_t *view = uk_resident_view(call, at, looks ? UK_RIGHT_READ : UK_RIGHT_WRITE, &bytes);
        if (view == NULL)
            return UK_CALLER_FAULT;
        if ((uintptr_t)view % sizeof *view != 0 || bytes < sizeof *view)
            return UK_BAD_ARGUMENT; /* a client may name any place */
        if (!looks)
            ++*view;
        else if (*view != link->sequence + at / UK_PAGE)
            return UK_BAD_ARGUMENT;
    }
    return UK_OK;
}

static enum uk_status copy(struct uk_resident_call *call, uk_word there, uk_word length, bool back)
{
    size_t bytes = 0;
    for (uk_word at = 0; at < length; at += bytes) {
        unsigned char *view = uk_resident_view(call, at, back ? UK_RIGHT_WRITE : UK_RIGHT_READ, &bytes);
        if (view == NULL)
            return UK_CALLER_FAULT;
        bytes = bytes < length - at ? bytes : length - at;
        memcpy(back ? view : (unsigned char *)(uintptr_t)there + at,
               back ? (unsigned char *)(uintptr_t)there + at : view, bytes);
    }
    return UK_OK;
}

static enum uk_status serve_files(struct compare_link *link, struct uk_resident_call *call)
{
    struct compare_world *world = link->world;
    link->there = (uk_word)(uintptr_t)world->common;
    enum uk_status status = copy(call, link->there, call->word[1], false);
    if (status == UK_OK)
        status = compare_answer(link, COMPARE_ANSWER, (uint32_t)call->bytes);
    return status == UK_OK ? copy(call, link->there, link->answer_bytes, true) : status;
}

/* In the kernel. w0: what, w1: bytes of the request. Servers behind it are in the kernel, too: a call of a function away. */
static enum uk_status visit(void *context, struct uk_resident_call *call)
{
    struct compare_world *world = context;
    struct compare_link *link = &world->links[call->badge - 1];
    if (call->word[0] == COMPARE_HANG)
        crash();
    if (compare_has_files(world->work))
        return serve_files(link, call);
    enum uk_status status = go_through(link, call);
    return status == UK_OK ? compare_answer(link, COMPARE_ANSWER, 0) : status;
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    if (is_nested(link))
        return compare_answer(link, what, 0);
    uk_word words[UK_REGISTER_WORDS] = {what, link->request_bytes};
    return uk_resident_ask(link->near[RESIDENT], words, (void *)(uintptr_t)link->here, bytes);
}

/* Its thread has nothing to do: it is not a server's. */
static enum uk_status serve(struct compare_task *self)
{
    uk_word bits;
    return uk_wait(self->wait, &bits, UK_FOREVER);
}

static bool kill_nobody(struct compare_task *server)
{
    (void)server;
    return true;
}

const struct compare_design compare_resident = {
    .name = "resident",
    .what = "the server is a function in the kernel: one entry, no switch, no copy, and no protection",
    .after = "MkLinux, Chorus, NT, XNU",
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .serve = serve,
    .kill = kill_nobody,
    .resident = visit,
};
