/* SPDX-License-Identifier: MIT */
/* Payload as lazy copies, each side in frames of its own; and a request that picks registers, copies, these or shared pages. */
#include <ukern/transfer.h>

#include "sim/compare_rendezvous.h"

enum { CLIENT_FRAMES = 1, SERVER_FRAMES = 0, SERVER_WINDOW = 1 }; /* first slots: near[1], far[0] and far[1] */

/* How `auto` picks unless told otherwise (--limits): where the works look-* show that one means begins to
 * beat the other. Two messages in registers beat one through a buffer, which is on the long road; of what is only read,
 * sharing is always dearer than a lazy copy. */
struct uk_transfer_limits compare_limits = {.registers = 64, .copied = 128, .snapshot = UK_FOREVER};

static struct uk_buffer *buffer_of(const struct compare_task *task)
{
    return (struct uk_buffer *)(uintptr_t)task->task.buffer;
}

/* Frames mapped in the task's space by the only capabilities to them, in its own CNode from the slot answered on. */
static uk_handle own_frames(struct compare_task *task, uint32_t pages, uk_word *address)
{
    uk_handle frames = compare_make(task->world, UK_TYPE_FRAME, UK_PAGE, pages), slots = compare_slots(task, pages);
    *address = compare_map(task, frames, pages);
    for (uint32_t i = 0; i < pages; i++)
        if (*address == 0 || slots == UK_NONE ||
            BENCH_ASK(task->world->kernel, UK_CAPABILITY_MOVE, task->task.cnode, slots + i, frames + i, 0) != UK_OK)
            return UK_NONE;
    return slots;
}

static bool open_link(struct compare_link *link)
{
    uint32_t pages = compare_pages(link->world->work->bytes);
    if (pages == 0)
        return compare_rendezvous_open_link(link);
    link->near[CLIENT_FRAMES] = own_frames(link->client, pages, &link->here);
    link->far[SERVER_FRAMES] = own_frames(link->server, pages, &link->there);
    return link->near[CLIENT_FRAMES] != UK_NONE && link->far[SERVER_FRAMES] != UK_NONE && compare_rendezvous_open_link(link);
}

/* A call, or an answer, with lazy copies of the pages that hold its payload. */
static void carry(const struct compare_task *self, struct uk_message *message, uk_handle frames, uint32_t bytes)
{
    if (bytes == 0)
        return;
    buffer_of(self)->items[0] = (struct uk_item){
        .kind = UK_ITEM_SNAPSHOT, .rights = UK_RIGHT_READ, .handle = frames, .count = compare_pages(bytes)};
    message->tag = UK_TAG(UK_TAG_LABEL(message->tag), UK_TAG_LENGTH(message->tag), 1);
}

static void declare(const struct compare_task *self, uk_handle frames, uint32_t bytes)
{
    buffer_of(self)->copy_slot = (uint32_t)frames;
    buffer_of(self)->copy_count = compare_pages(bytes);
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct uk_message message = uk_message(what, bytes != 0);
    message.word[0] = bytes; /* which is also what the answer may have */
    if (bytes != 0)
        carry(link->client, &message, link->near[CLIENT_FRAMES], link->request_bytes);
    if (bytes != 0)
        declare(link->client, link->near[CLIENT_FRAMES], bytes);
    enum uk_status status = uk_call(link->near[0], &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

/* Whatever the client says that it has sent, it is in frames of the server's own. */
static enum uk_status answer(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    uint32_t bytes = UK_TAG_ITEMS(message->tag) != 0 ? (uint32_t)message->word[0] : 0, limit = self->world->work->bytes;
    bytes = bytes < limit ? bytes : limit;
    message->tag = UK_TAG(compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), bytes), 0, 0);
    carry(self, message, link->far[SERVER_FRAMES], link->answer_bytes);
    return UK_OK;
}

static enum uk_status serve(struct compare_task *self)
{
    if (self->world->work->bytes != 0)
        declare(self, compare_link_of(self, 0)->far[SERVER_FRAMES], self->world->work->bytes);
    return compare_rendezvous_serve(self, answer);
}

const struct compare_design compare_cow = {
    .name = "cow",
    .what = "payload as lazy copies of 4 KiB frames, into frames of the receiver's own, copied when either side writes",
    .after = "Mach's out-of-line memory, without its promises of memory that is not there",
    .passive = 1,
    .payload_only = 1,
    .means = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = compare_rendezvous_flood,
    .serve = serve,
};

/* Picked by size. -------------------------------------------------------------------------------------------------------- */

static struct uk_transfer *transfer_of(struct compare_link *link) { return (struct uk_transfer *)(void *)link->state; }
_Static_assert(2 * sizeof(struct uk_transfer) <= COMPARE_STATE, "both sides of a way are in the link's state");

static bool open_transfer(struct compare_link *link, const struct uk_transfer_limits *limits)
{
    uint32_t pages = compare_pages(link->world->work->bytes);
    struct uk_transfer *sides = transfer_of(link);
    link->far[SERVER_WINDOW] = compare_slots(link->server, pages);
    if (!open_link(link) || link->far[SERVER_WINDOW] == UK_NONE)
        return false;
    sides[0] = (struct uk_transfer){.limits = *limits, .buffer = buffer_of(link->client), .memory = link->here,
                                    .bytes = pages * UK_PAGE, .frames = (uint32_t)link->near[CLIENT_FRAMES]};
    sides[1] = (struct uk_transfer){.buffer = buffer_of(link->server), .memory = link->there, .bytes = pages * UK_PAGE,
                                    .frames = (uint32_t)link->far[SERVER_FRAMES],
                                    .window_slot = (uint32_t)link->far[SERVER_WINDOW],
                                    .window = compare_addresses(link->server, pages)};
    return true;
}

static bool open_auto(struct compare_link *link) { return open_transfer(link, &compare_limits); }

static bool open_registers(struct compare_link *link)
{
    return open_transfer(link, &(struct uk_transfer_limits){.registers = UK_FOREVER});
}

static bool open_buffer(struct compare_link *link)
{
    return open_transfer(link, &(struct uk_transfer_limits){.copied = UK_FOREVER});
}

static enum uk_status exchange_auto(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct uk_message message = uk_message(what, 0);
    enum uk_status status = uk_transfer_call(transfer_of(link), link->near[0], &message, bytes, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

static enum uk_status take_auto(struct compare_link *link, struct uk_message *message)
{
    struct uk_transfer *side = &transfer_of(link)[1];
    const void *payload;
    uk_word bytes;
    enum uk_status status = uk_transfer_take(side, message, &payload, &bytes);
    if (status == UK_WOULD_BLOCK)
        return UK_OK;
    if (status == UK_OK) {
        link->there = (uk_word)(uintptr_t)payload;
        status = compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), (uint32_t)bytes);
    }
    enum uk_status done = uk_transfer_done(side, UK_TAG_ITEMS(message->tag));
    return status == UK_OK ? done : status;
}

static enum uk_status answer_auto(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    (void)self;
    message->tag = UK_TAG(take_auto(link, message), 0, 0);
    return UK_OK;
}

static enum uk_status serve_auto(struct compare_task *self)
{
    uk_transfer_expect(&transfer_of(compare_link_of(self, 0))[1]);
    return compare_rendezvous_serve(self, answer_auto);
}

const struct compare_design compare_registers = {
    .name = "registers",
    .what = "a payload that goes there only, in registers, 4 words to a message",
    .after = "L4's short messages",
    .passive = 1,
    .payload_only = 1,
    .one_way = 1,
    .means = 1,
    .bytes_max = 4 << 10,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_registers,
    .exchange = exchange_auto,
    .flood = compare_rendezvous_flood,
    .serve = serve_auto,
};

const struct compare_design compare_buffer = {
    .name = "buffer",
    .what = "a payload that goes there only, through message buffers, 58 words to a message",
    .after = "L4's long messages",
    .passive = 1,
    .payload_only = 1,
    .one_way = 1,
    .means = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_buffer,
    .exchange = exchange_auto,
    .flood = compare_rendezvous_flood,
    .serve = serve_auto,
};

const struct compare_design compare_auto = {
    .name = "auto",
    .what = "a payload that goes there only, and picks registers, buffers, lazy copies or shared pages by its size",
    .after = "bzt's sizes",
    .passive = 1,
    .payload_only = 1,
    .one_way = 1,
    .means = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_auto,
    .exchange = exchange_auto,
    .flood = compare_rendezvous_flood,
    .serve = serve_auto,
};
