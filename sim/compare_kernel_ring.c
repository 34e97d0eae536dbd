/* SPDX-License-Identifier: MIT */
/* A Ring object: operations are written into shared memory, and one kernel entry performs a batch of them. */
#include <ukern/call.h>
#include <ukern/ring.h>

#include "sim/compare.h"

enum { RING }; /* of near */
enum { ENTRIES = COMPARE_REQUESTS_MAX };

static bool open_server(struct compare_task *server)
{
    (void)server; /* the kernel is */
    return true;
}

/* The ring's memory is one large frame, which the kernel and the client both see. */
static uk_word map_frame(struct compare_link *link, uk_handle frame)
{
    struct uk_kernel *kernel = link->world->kernel;
    uk_handle copy = uk_slots(kernel, 1);
    link->client->top = ((link->client->top - UK_LARGE) & ~(UK_LARGE - 1));
    bool good = BENCH_ASK(kernel, UK_CAPABILITY_COPY, UK_SLOT_CNODE, copy, frame, 0, UK_RIGHTS_ALL) == UK_OK &&
                BENCH_ASK(kernel, UK_SPACE_MAP, link->client->task.own_space, copy, link->client->top,
                          UK_RIGHT_READ | UK_RIGHT_WRITE) == UK_OK;
    return good ? link->client->top : 0;
}

_Static_assert(sizeof(struct uk_ring) <= COMPARE_STATE, "there is room for it in a link");
static struct uk_ring *side_of(struct compare_link *link) { return (struct uk_ring *)(void *)link->state; }

static bool open_link(struct compare_link *link)
{
    struct uk_kernel *kernel = link->world->kernel;
    uk_handle ring = compare_make(link->world, UK_TYPE_RING, 0, 1);
    uk_handle frame = compare_make(link->world, UK_TYPE_FRAME, UK_LARGE, 1);
    if (ring == UK_NONE || frame == UK_NONE ||
        BENCH_ASK(kernel, UK_RING_CONFIGURE, ring, frame, ENTRIES, ENTRIES, UK_NONE) != UK_OK)
        return false;
    uk_word address = map_frame(link, frame);
    link->near[RING] = compare_give(link->client, ring, UK_RIGHT_SEND, 0);
    if (address == 0 || link->near[RING] == UK_NONE)
        return false;
    *side_of(link) = uk_ring_attach((void *)(uintptr_t)address, ENTRIES, ENTRIES);
    return true;
}

static enum uk_status reap(struct uk_ring *ring, uint32_t count)
{
    struct uk_ring_completion completion;
    enum uk_status status = UK_OK;
    for (uint32_t i = 0; i < count && status == UK_OK; i++)
        status = uk_ring_reap(ring, &completion) ? (enum uk_status)completion.status : UK_BUSY;
    return status;
}

static enum uk_status operate(struct compare_link *link, uint32_t count)
{
    struct uk_ring *ring = side_of(link);
    for (uint32_t i = 0; i < count; i++) {
        struct uk_ring_entry *entry = uk_ring_prepare(ring);
        if (entry == NULL)
            return UK_BUSY;
        entry->call.operation = UK_CAPABILITY_INSPECT;
        entry->call.handle = UK_SLOT_CNODE;
        entry->call.word[0] = UK_SLOT_THREAD; /* all else is zero: the deadline is UK_NOW */
    }
    (void)uk_ring_submit(ring);
    enum uk_status status = uk_ring_enter(link->near[RING], count, count, NULL);
    return status == UK_OK ? reap(ring, count) : status;
}

static enum uk_status serve(struct compare_task *self)
{
    (void)self;
    return UK_OK;
}

const struct compare_design compare_kernel_ring = {
    .name = "kernel-ring",
    .what = "no way to a server: operations of the kernel itself, a batch of them in one entry",
    .after = "io_uring, FlexSC",
    .open_server = open_server,
    .open_link = open_link,
    .operate = operate,
    .serve = serve,
};
