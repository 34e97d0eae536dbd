/* SPDX-License-Identifier: MIT */
/* A ring in shared memory between two tasks: many requests under way, bells only for who sleeps, no lost wake-up. */
#include <stdatomic.h>

#include <ukern/call.h>

#include "sim/compare.h"

enum { BELL, BELL_OF_ROOT };          /* of compare_task.handle */
enum { NEAR_BELL, ANSWERED };         /* of near: the server's bell, one's own */
enum { FAR_BELL };                    /* of far: the client's bell */
enum { ENTRIES = COMPARE_REQUESTS_MAX };
enum { BIT_ANSWER = 1, BIT_DIED = 2 }; /* of the client's bell; the second is the kernel's word that the server is dead */

/* The first page of what both map. Each side writes its own indices; both run on, an entry's place is index % ENTRIES. */
struct ring {
    _Atomic uint32_t asked, client_sleeps;    /* written by the client; the server takes client_sleeps back */
    _Atomic uint32_t answered, server_sleeps; /* written by the server; the client takes server_sleeps back */
    struct { uint32_t what, bytes; } entries[ENTRIES];
    uint32_t status[ENTRIES];
};

static struct ring *ring_at(uk_word address) { return (struct ring *)(uintptr_t)address; }

static bool open_server(struct compare_task *server)
{
    server->handle[BELL_OF_ROOT] = compare_make(server->world, UK_TYPE_NOTIFICATION, 0, 1);
    server->handle[BELL] = compare_give(server, server->handle[BELL_OF_ROOT], UK_RIGHT_RECEIVE, 0);
    return server->handle[BELL] != UK_NONE;
}

/* A thread has one watch: it is the first client's. */
static bool watch(const struct compare_link *link, uk_handle answered)
{
    struct uk_kernel *kernel = link->world->kernel;
    uk_handle died = uk_slots(kernel, 1);
    return link->index != 0 ||
           (BENCH_ASK(kernel, UK_CAPABILITY_MINT, UK_SLOT_CNODE, died, answered, 0, UK_RIGHTS_ALL, BIT_DIED) == UK_OK &&
            BENCH_ASK(kernel, UK_THREAD_WATCH, link->server->task.thread, died) == UK_OK);
}

static bool open_link(struct compare_link *link)
{
    uk_handle answered = compare_make(link->world, UK_TYPE_NOTIFICATION, 0, 1);
    link->near[NEAR_BELL] =
        compare_give(link->client, link->server->handle[BELL_OF_ROOT], UK_RIGHT_SEND, (uk_word)1 << link->index);
    link->near[ANSWERED] = compare_give(link->client, answered, UK_RIGHT_RECEIVE, 0);
    link->far[FAR_BELL] = compare_give(link->server, answered, UK_RIGHT_SEND, BIT_ANSWER);
    if (!compare_share(link, UK_PAGE + link->world->work->bytes))
        return false;
    link->here = link->shared + UK_PAGE;
    link->there = link->shared_there + UK_PAGE;
    return link->near[NEAR_BELL] != UK_NONE && link->near[ANSWERED] != UK_NONE && link->far[FAR_BELL] != UK_NONE &&
           watch(link, answered);
}

/* The client. --------------------------------------------------------------------------------------------------------- */

static void put(struct ring *ring, enum compare_what what, uint32_t bytes)
{
    uint32_t at = atomic_load_explicit(&ring->asked, memory_order_relaxed);
    ring->entries[at % ENTRIES].what = what;
    ring->entries[at % ENTRIES].bytes = bytes;
    atomic_store_explicit(&ring->asked, at + 1, memory_order_release);
}

static enum uk_status ring_bell(struct compare_link *link, struct ring *ring)
{
    return atomic_exchange(&ring->server_sleeps, 0) != 0 ? uk_signal(link->near[NEAR_BELL]) : UK_OK;
}

/* Says that it sleeps before it looks for the last time: whoever answers after that look sees it, and rings. */
static enum uk_status wait_for_all(struct compare_link *link, struct ring *ring)
{
    uint32_t wanted = atomic_load_explicit(&ring->asked, memory_order_relaxed);
    enum uk_status status = UK_OK;
    uk_word bits = 0;
    while (atomic_load(&ring->answered) != wanted && status == UK_OK) {
        atomic_store(&ring->client_sleeps, 1);
        if (atomic_load(&ring->answered) != wanted)
            status = uk_wait(link->near[ANSWERED], &bits, UK_FOREVER);
        if ((bits & BIT_DIED) != 0 && atomic_load(&ring->answered) != wanted)
            status = UK_PEER_DIED;
    }
    return status;
}

static enum uk_status finish(struct compare_link *link, struct ring *ring)
{
    enum uk_status status = ring_bell(link, ring);
    if (status == UK_OK)
        status = wait_for_all(link, ring);
    uint32_t last = atomic_load_explicit(&ring->asked, memory_order_relaxed) - 1;
    return status == UK_OK ? (enum uk_status)ring->status[last % ENTRIES] : status;
}

static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct ring *ring = ring_at(link->shared);
    put(ring, what, bytes);
    return finish(link, ring);
}

static enum uk_status batch(struct compare_link *link, uint32_t count)
{
    struct ring *ring = ring_at(link->shared);
    for (uint32_t i = 0; i < count; i++)
        put(ring, COMPARE_ANSWER, 0);
    return finish(link, ring);
}

/* Fills its ring, then rings the bell again and again whether somebody sleeps or not. */
static enum uk_status flood(struct compare_link *link)
{
    struct ring *ring = ring_at(link->shared);
    bool full = atomic_load(&ring->asked) - atomic_load(&ring->answered) >= ENTRIES;
    if (!full)
        put(ring, COMPARE_ANSWER, 0);
    enum uk_status status = uk_signal(link->near[NEAR_BELL]);
    return status == UK_OK && full ? UK_WOULD_BLOCK : status;
}

/* The server. --------------------------------------------------------------------------------------------------------- */

/* At most one ring's length: whoever lies about its indices delays the others no longer than that. */
static enum uk_status drain(struct compare_link *link)
{
    struct ring *ring = ring_at(link->shared_there);
    uint32_t at = atomic_load_explicit(&ring->answered, memory_order_relaxed), limit = link->world->work->bytes;
    uint32_t waiting = atomic_load_explicit(&ring->asked, memory_order_acquire) - at;
    for (uint32_t i = 0; i < waiting && i < ENTRIES; i++, at++) {
        uint32_t what = ring->entries[at % ENTRIES].what, bytes = ring->entries[at % ENTRIES].bytes;
        ring->status[at % ENTRIES] =
            (uint32_t)compare_answer(link, (enum compare_what)what, bytes < limit ? bytes : limit);
        atomic_store(&ring->answered, at + 1);
    }
    if (waiting == 0 || atomic_exchange(&ring->client_sleeps, 0) == 0)
        return UK_OK;
    return uk_signal(link->far[FAR_BELL]);
}

static uint32_t waiting_in(const struct compare_link *link)
{
    struct ring *ring = ring_at(link->shared_there);
    return atomic_load(&ring->asked) - atomic_load(&ring->answered);
}

/* Everybody's ring says so before the last look. */
static bool may_sleep(struct compare_task *self, uk_word links)
{
    bool empty = true;
    for (uk_word left = links; left != 0; left &= left - 1)
        atomic_store(&ring_at(compare_link_of(self, (uint64_t)__builtin_ctzll(left))->shared_there)->server_sleeps, 1);
    for (uk_word left = links; left != 0 && empty; left &= left - 1)
        empty = waiting_in(compare_link_of(self, (uint64_t)__builtin_ctzll(left))) == 0;
    return empty;
}

static enum uk_status serve(struct compare_task *self)
{
    uint32_t count = compare_link_count(self);
    uk_word all = count < 64 ? ((uk_word)1 << count) - 1 : ~(uk_word)0, bits = all;
    enum uk_status status = UK_OK;
    while (status == UK_OK) {
        for (uk_word left = bits; left != 0 && status == UK_OK; left &= left - 1)
            status = drain(compare_link_of(self, (uint64_t)__builtin_ctzll(left)));
        bool sleep = status == UK_OK && may_sleep(self, bits);
        if (sleep)
            status = uk_wait(self->handle[BELL], &bits, UK_FOREVER);
        else
            bits = all;
    }
    return status;
}

const struct compare_design compare_ring = {
    .name = "ring",
    .what = "a ring of 64 entries in shared frames between two tasks; a bell only for who sleeps; the client watches",
    .after = "io_uring, FlexSC, virtio",
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .batch = batch,
    .flood = flood,
    .serve = serve,
};
