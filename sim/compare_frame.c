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

static void copy(uk_word target, uk_word source, uint32_t bytes)
{
    memcpy((void *)(uintptr_t)target, (const void *)(uintptr_t)source, bytes);
}

static enum uk_status exchange_copied(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    if (bytes != 0)
        copy(link->shared, link->here, bytes);
    enum uk_status status = compare_rendezvous_ask(link, what, bytes);
    if (status == UK_OK && bytes != 0)
        copy(link->here, link->shared, bytes);
    return status;
}

/* A server that believes nobody takes the length it is told only up to what is mapped. */
static enum uk_status serve(struct compare_task *self)
{
    uk_handle endpoint = self->handle[COMPARE_ENDPOINT], reply = self->handle[COMPARE_REPLY];
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(endpoint, &message, reply, UK_FOREVER);
    while (status == UK_OK) {
        struct compare_link *link = compare_link_of(self, message.badge - 1);
        uint32_t limit = self->world->work->bytes, bytes = message.word[0] < limit ? (uint32_t)message.word[0] : limit;
        bool copied = link->there != link->shared_there && bytes != 0;
        if (copied)
            copy(link->there, link->shared_there, bytes);
        enum uk_status answer = compare_answer(link, (enum compare_what)UK_TAG_LABEL(message.tag), bytes);
        if (copied)
            copy(link->shared_there, link->there, bytes);
        message.tag = UK_TAG(answer, 0, 0);
        status = uk_reply_receive(endpoint, &message, reply, UK_FOREVER);
    }
    return status;
}

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
    .serve = serve,
};
