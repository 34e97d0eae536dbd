/* SPDX-License-Identifier: MIT */
/* Leases: the client lends its payload with the call; the server copies it to memory of its own, and the answer back. */
#include <ukern/call.h>

#include "sim/compare_pieces.h"
#include "sim/compare_rendezvous.h"

static struct uk_buffer *buffer_at(const struct compare_task *task)
{
    return (struct uk_buffer *)(uintptr_t)task->task.buffer;
}

static bool open_link(struct compare_link *link)
{
    return compare_pieces_open(link) && compare_rendezvous_open_link(link);
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    if (bytes == 0)
        return compare_rendezvous_ask(link, what, 0);
    struct uk_message message = uk_message(what, 1);
    message.tag = UK_TAG(what, 1, 1);
    message.word[0] = link->request_bytes;
    buffer_at(link->client)->items[0] = (struct uk_item){
        .kind = UK_ITEM_LEASE, .rights = UK_RIGHT_READ | UK_RIGHT_WRITE, .count = bytes, .address = link->here};
    enum uk_status status = uk_call(link->near[0], &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

/* The request comes here, as far as there is room; its answer goes back. */
static enum uk_status carry_out(struct compare_task *self, struct compare_link *link, const struct uk_message *message)
{
    enum compare_what what = (enum compare_what)UK_TAG_LABEL(message->tag);
    uk_handle reply = self->handle[COMPARE_REPLY];
    uint32_t limit = self->world->work->bytes;
    if (UK_TAG_ITEMS(message->tag) == 0)
        return compare_answer(link, what, 0);
    const struct uk_item *lease = &buffer_at(self)->received[0];
    uint32_t bytes = lease->count < limit ? (uint32_t)lease->count : limit;
    uint32_t request = message->word[0] < bytes ? (uint32_t)message->word[0] : bytes;
    enum uk_status status = uk_lease_read(reply, lease->handle, 0, (void *)(uintptr_t)link->there, request);
    if (status == UK_OK)
        status = compare_answer(link, what, bytes);
    if (status == UK_OK)
        status = uk_lease_write(reply, lease->handle, 0, (const void *)(uintptr_t)link->there, link->answer_bytes);
    return status;
}

static enum uk_status answer(struct compare_task *self, struct compare_link *link, struct uk_message *message)
{
    message->tag = UK_TAG(carry_out(self, link, message), 0, 0);
    return UK_OK;
}

static enum uk_status serve(struct compare_task *self) { return compare_rendezvous_serve(self, answer); }

const struct compare_design compare_lease = {
    .name = "lease",
    .what = "the call lends the payload; the server has the kernel copy it straight to its own memory, and the answer back",
    .after = "Hubris, MINIX 3's grants, QNX's MsgRead and MsgWrite",
    .passive = 1,
    .payload_only = 1,
    .open_server = compare_rendezvous_open_server,
    .open_link = open_link,
    .exchange = exchange,
    .flood = compare_rendezvous_flood,
    .serve = serve,
};
