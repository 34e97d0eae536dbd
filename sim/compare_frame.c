/* SPDX-License-Identifier: MIT */
/* Payload in frames that both sides map for good, the rendezvous only says so: in place, or copied in and out. */
#include <string.h>

#include <ukern/call.h>

#include "sim/compare_rendezvous.h"

static bool open_in_place(struct compare_link *link)
{
    uint64_t bytes = link->world->work->bytes;
    if (bytes != 0 && !compare_share(link, bytes))
        return false;
    link->here = link->shared;
    link->there = link->shared_there;
    return compare_rendezvous_open_link(link);
}

/* Each side has memory of its own, too. */
static bool open_copied(struct compare_link *link)
{
    uint64_t bytes = link->world->work->bytes;
    if (bytes != 0) {
        link->here = compare_memory(link->client, bytes);
        link->there = compare_memory(link->server, bytes);
        if (link->here == 0 || link->there == 0 || !compare_share(link, bytes))
            return false;
    }
    return compare_rendezvous_open_link(link);
}

static uint32_t least(uk_word told, uint32_t limit) { return told < limit ? (uint32_t)told : limit; }

static void copy(uk_word target, uk_word source, uint32_t bytes)
{
    memcpy((void *)(uintptr_t)target, (const void *)(uintptr_t)source, bytes);
}

/* Both lengths are words of the message: nobody copies more than there is. */
static enum uk_status exchange_copied(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct uk_message message = uk_message(what, 2);
    message.word[0] = bytes;
    message.word[1] = link->request_bytes;
    copy(link->shared, link->here, link->request_bytes);
    enum uk_status status = uk_call(link->near[0], &message, UK_FOREVER);
    if (status == UK_OK && UK_TAG_LENGTH(message.tag) > 0)
        copy(link->here, link->shared, least(message.word[0], bytes));
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

/* A server that believes nobody takes the lengths it is told only up to what is mapped. */
static enum uk_status answer_copied(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    uint32_t limit = self->world->work->bytes;
    copy(link->there, link->shared_there, least(message->word[1], limit));
    enum uk_status answer =
        compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), least(message->word[0], limit));
    message->tag = UK_TAG(answer, answer == UK_OK, 0);
    message->word[0] = link->answer_bytes;
    if (answer == UK_OK)
        copy(link->shared_there, link->there, link->answer_bytes);
    return UK_OK;
}

static enum uk_status answer_in_place(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    uint32_t bytes = least(message->word[0], self->world->work->bytes);
    message->tag = UK_TAG(compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), bytes), 0, 0);
    return UK_OK;
}

static enum uk_status serve_copied(struct compare_task *self) { return compare_rendezvous_serve(self, answer_copied); }
static enum uk_status serve(struct compare_task *self) { return compare_rendezvous_serve(self, answer_in_place); }

const struct compare_design compare_shared = {
    .name = "shared",
    .what = "payload in place in frames that both sides map for good (the client can write while the server reads)",
    .after = "bzt's large messages, 9P over virtio",
    .passive = 1,
    .payload_only = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_in_place,
    .exchange = compare_rendezvous_ask,
    .flood = compare_rendezvous_flood,
    .serve = serve,
};

const struct compare_design compare_shared_copy = {
    .name = "shared-copy",
    .what = "through such frames, but each side copies out before it believes a byte, and in",
    .after = "whoever fears what changes after the check",
    .passive = 1,
    .payload_only = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_copied,
    .exchange = exchange_copied,
    .flood = compare_rendezvous_flood,
    .serve = serve_copied,
};
