/* SPDX-License-Identifier: MIT */
/* 9P through a ring in shared frames: a bell only for who sleeps, and who sleeps long asks whether there is anybody. */
#include "client/link.h"
#include "runtime/protocol.h"

#include <string.h>

#define BUFFER UK_PAGE /* where the 9P message lies, behind the page of the ring */

static bool is_alive(struct link *link)
{
    struct uk_message message = uk_message(NINEP_ALIVE, 0);
    return link_call(link, &message) == UK_OK;
}

/* Waits for the completion. False: it will not come. */
static bool wait(struct link *link, struct uk_ring_completion *completion)
{
    while (!uk_ring_reap(&link->ring, completion)) {
        uk_word bits;
        enum uk_status status = UK_OK;
        if (uk_ring_submitter_may_sleep(&link->ring))
            status = uk_wait(link_slot(link, LINK_OWN), &bits, uk_clock() + PATIENCE_NS);
        uk_ring_submitter_woke(&link->ring);
        if (status != UK_OK && (status != UK_TIMED_OUT || !is_alive(link)))
            return false;
    }
    return true;
}

static bool submit(struct link *link, size_t bytes)
{
    struct uk_ring_entry *entry = uk_ring_prepare(&link->ring);
    if (entry == NULL)
        return false;
    memset(entry, 0, sizeof *entry);
    entry->call.word[0] = bytes;
    return !uk_ring_submit(&link->ring) || uk_signal(link_slot(link, LINK_BELL)) == UK_OK;
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct link *link = link_of(transport);
    struct uk_ring_completion completion;
    if (link->session == UK_NONE || bytes > link_bytes(link) - BUFFER)
        return 0;
    memcpy(link->shared + BUFFER, message, bytes);
    if (!submit(link, bytes) || !wait(link, &completion))
        return link_end(link);
    uk_word length = completion.word[0];
    if (completion.status != UK_OK || length == 0 || length > link_bytes(link) - BUFFER || length > room)
        return link_end(link);
    memcpy(message, link->shared + BUFFER, (size_t)length);
    return (size_t)length;
}

enum uk_status transport_ring_open(struct link *link, uk_handle server, uint32_t frames)
{
    link->transport.exchange = exchange;
    enum uk_status status = link_make_own(link, 1);
    if (status == UK_OK)
        status = link_make_frames(link, frames);
    if (status == UK_OK && link->frame_count < 2)
        status = UK_NO_MEMORY;
    if (status != UK_OK)
        return status;
    link->ring = uk_ring_attach(link->shared, RING_ENTRIES, RING_ENTRIES);
    link->start->buffer->items[0] = link_frames(link, UK_ITEM_SHARE, link->frame_count);
    status = link_ask(link, server, 2, 2);
    if (link->transport.message_max > link_bytes(link) - BUFFER)
        link->transport.message_max = link_bytes(link) - BUFFER;
    return status;
}
