/* SPDX-License-Identifier: MIT */
/* Payload as memory items: frames shared with the server for the length of a call, or given to it and given back. */
#include <ukern/call.h>

#include "sim/compare_rendezvous.h"

enum { CLIENT_FRAMES = 1, SERVER_FRAMES = 0 }; /* first slots: near[1], far[0] */

static struct uk_buffer *buffer_of(const struct compare_task *task)
{
    return (struct uk_buffer *)(uintptr_t)task->task.buffer;
}

/* The client's own handles name its frames, mapped by these very capabilities; the server has room for as many. */
static bool open_link(struct compare_link *link)
{
    struct compare_world *world = link->world;
    uint32_t pages = compare_pages(world->work->bytes);
    if (pages == 0)
        return compare_rendezvous_open_link(link);
    uk_handle frames = compare_make(world, UK_TYPE_FRAME, UK_PAGE, pages);
    uk_handle near = compare_slots(link->client, pages), far = compare_slots(link->server, pages);
    link->here = compare_addresses(link->client, pages);
    link->there = compare_addresses(link->server, pages);
    bool good = frames != UK_NONE && near != UK_NONE && far != UK_NONE;
    for (uint32_t i = 0; i < pages && good; i++)
        good = BENCH_ASK(world->kernel, UK_SPACE_MAP, link->client->task.own_space, frames + i, link->here + i * UK_PAGE,
                         UK_RIGHT_READ | UK_RIGHT_WRITE) == UK_OK &&
               BENCH_ASK(world->kernel, UK_CAPABILITY_MOVE, link->client->task.cnode, near + i, frames + i, 0) == UK_OK;
    link->near[CLIENT_FRAMES] = near;
    link->far[SERVER_FRAMES] = far;
    return good && compare_rendezvous_open_link(link);
}

/* A call, or an answer, that carries `bytes` of memory; where an answer's may land was said before. */
static void carry(const struct compare_task *self, struct uk_message *message, uint32_t kind, uk_handle frames,
                  uint32_t bytes)
{
    buffer_of(self)->items[0] = (struct uk_item){.kind = kind,
                                                 .rights = UK_RIGHTS_ALL,
                                                 .handle = frames,
                                                 .count = compare_pages(bytes)};
    message->tag = UK_TAG(UK_TAG_LABEL(message->tag), UK_TAG_LENGTH(message->tag), 1);
}

static void expect(const struct compare_task *self, uk_handle frames, uk_word address, uint32_t bytes)
{
    buffer_of(self)->window = (struct uk_window){.slot = (uint32_t)frames,
                                                 .slot_count = compare_pages(bytes),
                                                 .address = address,
                                                 .bytes = compare_pages(bytes) * UK_PAGE};
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes, uint32_t kind)
{
    struct uk_message message = uk_message(what, bytes != 0);
    message.word[0] = bytes;
    if (bytes != 0)
        carry(link->client, &message, kind, link->near[CLIENT_FRAMES], bytes);
    if (bytes != 0 && kind == UK_ITEM_GIFT)
        expect(link->client, link->near[CLIENT_FRAMES], link->here, bytes);
    enum uk_status status = uk_call(link->near[0], &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

static enum uk_status exchange_share(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    return exchange(link, what, bytes, UK_ITEM_SHARE);
}

static enum uk_status exchange_gift(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    return exchange(link, what, bytes, UK_ITEM_GIFT);
}

/* Shared memory stays until its capabilities are deleted: those are what the next request needs room for. */
static enum uk_status drop(const struct compare_link *link, uint32_t bytes)
{
    return uk_delete_run(UK_SLOT_CNODE, link->far[SERVER_FRAMES], compare_pages(bytes));
}

static uint32_t carry_out(struct compare_link *link, struct uk_message *message)
{
    uint32_t bytes = UK_TAG_ITEMS(message->tag) != 0 ? (uint32_t)message->word[0] : 0;
    message->tag = UK_TAG(compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), bytes), 0, 0);
    return bytes;
}

static enum uk_status answer_share(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    uint32_t bytes = carry_out(link, message);
    (void)self;
    return bytes != 0 ? drop(link, bytes) : UK_OK;
}

static enum uk_status answer_gift(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    uint32_t bytes = carry_out(link, message);
    if (bytes != 0)
        carry(self, message, UK_ITEM_GIFT, link->far[SERVER_FRAMES], bytes);
    return UK_OK;
}

static enum uk_status serve(struct compare_task *self, compare_handler answer)
{
    const struct compare_link *first = compare_link_of(self, 0);
    expect(self, first->far[SERVER_FRAMES], first->there, self->world->work->bytes);
    return compare_rendezvous_serve(self, answer);
}

static enum uk_status serve_share(struct compare_task *self) { return serve(self, answer_share); }
static enum uk_status serve_gift(struct compare_task *self) { return serve(self, answer_gift); }

const struct compare_design compare_share_item = {
    .name = "share",
    .what = "payload as 4 KiB frames that the call maps for the server, which deletes them afterwards",
    .after = "L4's map item",
    .passive = 1,
    .payload_only = 1,
    .means = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange_share,
    .flood = compare_rendezvous_flood,
    .serve = serve_share,
};

const struct compare_design compare_gift_item = {
    .name = "gift",
    .what = "payload as 4 KiB frames that the call gives away and the answer gives back",
    .after = "L4's grant item, Perception's page gift",
    .passive = 1,
    .payload_only = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange_gift,
    .flood = compare_rendezvous_flood,
    .serve = serve_gift,
};
