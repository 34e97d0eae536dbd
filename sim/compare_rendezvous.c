/* SPDX-License-Identifier: MIT */
/* Direct rendezvous: a call to an endpoint and its answer; payload in registers and message buffers, piece by piece. */
#include <string.h>

#include <ukern/call.h>

#include "sim/compare.h"
#include "sim/compare_rendezvous.h"

enum {
    HEADER = 2,                             /* words of a piece before payload: how many in all, from which on */
    NEAR_WORDS = UK_REGISTER_WORDS - HEADER, /* of payload in registers */
    PIECE = UK_MESSAGE_WORDS - HEADER        /* of payload in one message */
};

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
    uint64_t bytes = link->world->work->bytes;
    if (bytes != 0) {
        link->here = compare_memory(link->client, bytes);
        link->there = compare_memory(link->server, bytes);
        if (link->here == 0 || link->there == 0)
            return false;
    }
    return compare_rendezvous_open_link(link);
}

static uk_word least(uk_word a, uk_word b) { return a < b ? a : b; }
static uk_word far_words(uk_word words) { return words > NEAR_WORDS ? words - NEAR_WORDS : 0; }

static uk_word *far_of(const struct compare_task *task)
{
    return ((struct uk_buffer *)(uintptr_t)task->task.buffer)->words + UK_REGISTER_WORDS;
}

/* Into a message, and out of one: `words` of payload from word `from` on. */
static void pack(struct uk_message *message, const struct compare_task *self, uk_word payload, uk_word from, uk_word words)
{
    const uk_word *source = (const uk_word *)(uintptr_t)payload + from;
    memcpy(message->word + HEADER, source, least(words, NEAR_WORDS) * sizeof *source);
    memcpy(far_of(self), source + NEAR_WORDS, far_words(words) * sizeof *source);
}

static void unpack(const struct uk_message *message, const struct compare_task *self, uk_word payload, uk_word from,
                   uk_word words)
{
    uk_word *target = (uk_word *)(uintptr_t)payload + from;
    memcpy(target, message->word + HEADER, least(words, NEAR_WORDS) * sizeof *target);
    memcpy(target + NEAR_WORDS, far_of(self), far_words(words) * sizeof *target);
}

/* One piece there; `give` words of payload from `from` on, or a request for what comes there. */
static enum uk_status piece(struct compare_link *link, enum compare_what what, uk_word all, uk_word from, uk_word give)
{
    struct uk_message message = uk_message(what, (unsigned)(HEADER + give));
    if (give > 0)
        pack(&message, link->client, link->here, from, give);
    message.word[0] = all;
    message.word[1] = from;
    enum uk_status status = uk_call(link->near[0], &message, UK_FOREVER);
    if (status != UK_OK || UK_TAG_LENGTH(message.tag) <= HEADER)
        return status != UK_OK ? status : (enum uk_status)UK_TAG_LABEL(message.tag);
    unpack(&message, link->client, link->here, message.word[1], UK_TAG_LENGTH(message.tag) - HEADER);
    return (enum uk_status)UK_TAG_LABEL(message.tag);
}

/* The answer to the last piece brings the first piece of the answer. */
static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    if (bytes == 0)
        return compare_rendezvous_ask(link, what, 0);
    uk_word all = bytes / sizeof(uk_word);
    enum uk_status status = UK_OK;
    for (uk_word from = 0; from < all && status == UK_OK; from += PIECE)
        status = piece(link, what, all, from, least(PIECE, all - from));
    for (uk_word from = PIECE; from < all && status == UK_OK; from += PIECE)
        status = piece(link, what, all, from, 0);
    return status;
}

/* What the server does with a piece: keeps it, answers the whole, or hands out what is asked for. */
static void take_piece(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    enum compare_what what = (enum compare_what)UK_TAG_LABEL(message->tag);
    uk_word all = message->word[0], from = message->word[1], given = UK_TAG_LENGTH(message->tag) - HEADER;
    uint32_t limit = self->world->work->bytes / (uint32_t)sizeof(uk_word);
    if (all > limit || from > all || given > all - from) {
        message->tag = UK_TAG(UK_BAD_ARGUMENT, 0, 0);
        return;
    }
    enum uk_status status = UK_OK;
    uk_word back = given == 0 ? least(PIECE, all - from) : 0;
    if (given > 0)
        unpack(message, self, link->there, from, given);
    if (given > 0 && from + given == all) {
        status = compare_answer(link, what, (uint32_t)(all * sizeof(uk_word)));
        from = 0;
        back = least(PIECE, all);
    }
    pack(message, self, link->there, from, back);
    message->word[1] = from;
    message->tag = UK_TAG(status, HEADER + back, 0);
}

static enum uk_status serve(struct compare_task *self)
{
    uk_handle endpoint = self->handle[COMPARE_ENDPOINT], reply = self->handle[COMPARE_REPLY];
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(endpoint, &message, reply, UK_FOREVER);
    while (status == UK_OK) {
        struct compare_link *link = compare_link_of(self, message.badge - 1);
        if (UK_TAG_LENGTH(message.tag) <= 1)
            message.tag = UK_TAG(compare_answer(link, (enum compare_what)UK_TAG_LABEL(message.tag), 0), 0, 0);
        else
            take_piece(self, link, &message);
        status = uk_reply_receive(endpoint, &message, reply, UK_FOREVER);
    }
    return status;
}

const struct compare_design compare_rendezvous = {
    .name = "rendezvous",
    .what = "direct call to a server without time of its own; the kernel copies registers and message buffers",
    .after = "L3, L4, seL4",
    .passive = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = compare_rendezvous_flood,
    .serve = serve,
};

const struct compare_design compare_active = {
    .name = "active",
    .what = "the same; the server has time and a place in the ready queue of its own",
    .after = "L4 before scheduling contexts, MINIX 3, QNX",
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = compare_rendezvous_flood,
    .serve = serve,
};
