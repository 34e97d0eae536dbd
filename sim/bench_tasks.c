/* SPDX-License-Identifier: MIT */
/* What the tasks of the kernel cases do at user level: loops around the stubs of <ukern/call.h>, and nothing else. */
#include <ukern/call.h>
#include <ukern/ring.h>

#include "sim/bench.h"

enum { CHILDREN = 1000 };

static struct bench_world *world_at(uk_word address) { return (struct bench_world *)(uintptr_t)address; }

/* Each signal of the embedder is one batch. */
uk_word bench_client(uk_word argument)
{
    struct bench_world *world = world_at(argument);
    uk_word bits;
    while (uk_wait(BENCH_GO, &bits, UK_FOREVER) == UK_OK)
        world->status = (uint32_t)world->detail->client(world);
    return 1;
}

uk_word bench_server(uk_word argument)
{
    struct bench_world *world = world_at(argument);
    return world->detail->server != NULL ? (uk_word)world->detail->server(world) : 0;
}

/* Call and reply, `length` words each way. */
static inline enum uk_status calls(struct bench_world *world, unsigned length)
{
    struct bench_time begin = bench_clock();
    enum uk_status status = UK_OK;
    for (uint64_t i = 0; i < world->count && status == UK_OK; i++) {
        struct uk_message message = uk_message(1, length);
        message.word[0] = i;
        status = uk_call(BENCH_ENDPOINT, &message, UK_FOREVER);
        if (status == UK_OK && length > 0 && message.word[0] != i + 1)
            status = UK_BAD_ARGUMENT;
    }
    world->took = bench_since(begin);
    return status;
}

static inline enum uk_status serve(unsigned length)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        message.word[0]++;
        message.tag = UK_TAG(0, length, 0);
        status = uk_reply_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    }
    return status;
}

static enum uk_status client_0(struct bench_world *world) { return calls(world, 0); }
static enum uk_status server_0(struct bench_world *world) { return (void)world, serve(0); }
static enum uk_status client_4(struct bench_world *world) { return calls(world, 4); }
static enum uk_status server_4(struct bench_world *world) { return (void)world, serve(4); }
static enum uk_status client_64(struct bench_world *world) { return calls(world, UK_MESSAGE_WORDS); }
static enum uk_status server_64(struct bench_world *world) { return (void)world, serve(UK_MESSAGE_WORDS); }

/* What a call to a bound server takes: nothing before it, binding, or even making (and deleting) what is bound. */
enum binding { BOUND_LONG_AGO, BOUND_ANEW, MADE_ANEW };

static inline enum uk_status make_bound(void)
{
    return uk_retype(BENCH_UNTYPED, UK_TYPE_BOUND, 0, UK_SLOT_CNODE, BENCH_BOUND, 1);
}

static inline enum uk_status bind(void) { return uk_bound_configure(BENCH_BOUND, BENCH_ENDPOINT, UK_NONE); }

static inline enum uk_status bound_once(enum binding binding)
{
    struct uk_message message = uk_message(1, 0);
    enum uk_status status = UK_OK;
    if (binding == MADE_ANEW)
        status = uk_delete(UK_SLOT_CNODE, BENCH_BOUND);
    if (binding == MADE_ANEW && status == UK_OK)
        status = make_bound();
    if (binding != BOUND_LONG_AGO && status == UK_OK)
        status = bind();
    return status == UK_OK ? uk_bound_call(BENCH_BOUND, &message, UK_FOREVER) : status;
}

static inline enum uk_status bound_calls(struct bench_world *world, enum binding binding)
{
    enum uk_status status = make_bound();
    if (status == UK_OK)
        status = bind();
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < world->count && status == UK_OK; i++)
        status = bound_once(binding);
    world->took = bench_since(begin);
    return status == UK_OK ? uk_delete(UK_SLOT_CNODE, BENCH_BOUND) : status;
}

static enum uk_status client_bound(struct bench_world *world) { return bound_calls(world, BOUND_LONG_AGO); }
static enum uk_status client_bind(struct bench_world *world) { return bound_calls(world, BOUND_ANEW); }
static enum uk_status client_make_bound(struct bench_world *world) { return bound_calls(world, MADE_ANEW); }

/* The waiter is more urgent, so each signal switches to it, and its next wait back. */
static enum uk_status client_signal(struct bench_world *world)
{
    struct bench_time begin = bench_clock();
    enum uk_status status = UK_OK;
    for (uint64_t i = 0; i < world->count && status == UK_OK; i++)
        status = uk_signal(BENCH_NOTE);
    world->took = bench_since(begin);
    return status;
}

static enum uk_status server_signal(struct bench_world *world)
{
    uk_word bits;
    enum uk_status status = UK_OK;
    (void)world;
    while (status == UK_OK)
        status = uk_wait(BENCH_NOTE, &bits, UK_FOREVER);
    return status;
}

/* One touch faults `count` times: the pager answers "try again", and maps the page only at the last time. */
static enum uk_status client_fault(struct bench_world *world)
{
    world->left = world->count;
    struct bench_time begin = bench_clock();
    *(volatile unsigned char *)(uintptr_t)world->address = 1;
    world->took = bench_since(begin);
    return uk_unmap(UK_SLOT_SPACE, world->address);
}

static enum uk_status server_fault(struct bench_world *world)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        if (--world->left == 0)
            status = uk_map(BENCH_CLIENT_SPACE, BENCH_FRAME, world->address, UK_RIGHT_READ | UK_RIGHT_WRITE);
        message.tag = UK_TAG(status == UK_OK ? UK_FAULT_RESUME : UK_FAULT_KILL, 0, 0);
        status = uk_reply_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    }
    return status;
}

static enum uk_status client_map(struct bench_world *world)
{
    struct bench_time begin = bench_clock();
    enum uk_status status = UK_OK;
    for (uint64_t i = 0; i < world->count && status == UK_OK; i++) {
        status = uk_map(UK_SLOT_SPACE, BENCH_FRAME, world->address, UK_RIGHT_READ | UK_RIGHT_WRITE);
        if (status == UK_OK)
            status = uk_unmap(UK_SLOT_SPACE, world->address);
    }
    world->took = bench_since(begin);
    return status;
}

/* Made, given CNode and space, started, deleted. It has no time of its own, so it never runs. */
static enum uk_status thread_once(struct bench_world *world)
{
    const uint32_t thread = BENCH_FIRST_FREE;
    enum uk_status status = uk_retype(BENCH_UNTYPED, UK_TYPE_THREAD, 0, UK_SLOT_CNODE, thread, 1);
    if (status == UK_OK)
        status = uk_thread_configure(thread, UK_PART_CNODE | UK_PART_SPACE, UK_SLOT_CNODE, UK_SLOT_SPACE, 0, 0, 0);
    if (status == UK_OK)
        status = uk_thread_registers(thread, (uk_word)(uintptr_t)bench_client, world->address, 0);
    if (status == UK_OK)
        status = uk_thread_resume(thread);
    return status == UK_OK ? uk_delete(UK_SLOT_CNODE, thread) : status;
}

static enum uk_status client_thread(struct bench_world *world)
{
    struct bench_time begin = bench_clock();
    enum uk_status status = UK_OK;
    for (uint64_t i = 0; i < world->count && status == UK_OK; i++)
        status = thread_once(world);
    world->took = bench_since(begin);
    return status;
}

/* Only the revocation is timed, not the making of what it revokes. */
static enum uk_status client_revoke(struct bench_world *world)
{
    enum uk_status status = UK_OK;
    world->took = (struct bench_time){0, 0};
    for (uint64_t i = 0; i < world->count && status == UK_OK; i++) {
        for (uint32_t n = 0; n < CHILDREN && status == UK_OK; n++)
            status = uk_copy(UK_SLOT_CNODE, BENCH_FIRST_FREE + n, 0, BENCH_SOURCE, UK_RIGHTS_ALL);
        struct bench_time begin = bench_clock();
        if (status == UK_OK)
            status = uk_revoke(UK_SLOT_CNODE, BENCH_SOURCE);
        struct bench_time took = bench_since(begin);
        world->took.real += took.real;
        world->took.cpu += took.cpu;
    }
    return status;
}

/* Signals that nobody waits for, 64 in a kernel entry. */
static enum uk_status ring_batch(struct uk_ring *ring, uint64_t count)
{
    struct uk_ring_completion completion;
    for (uint64_t n = 0; n < count; n++) {
        struct uk_ring_entry *entry = uk_ring_prepare(ring);
        entry->call.operation = UK_SIGNAL;
        entry->call.handle = BENCH_NOTE;
        entry->user_data = n;
    }
    (void)uk_ring_submit(ring);
    enum uk_status status = uk_ring_enter(BENCH_RING, (uint32_t)count, (uint32_t)count, NULL);
    while (status == UK_OK && uk_ring_reap(ring, &completion))
        status = (enum uk_status)completion.status;
    return status;
}

static enum uk_status client_ring(struct bench_world *world)
{
    struct uk_ring ring = uk_ring_attach((void *)(uintptr_t)world->ring_address, BENCH_BATCH, BENCH_BATCH);
    enum uk_status status =
        uk_map(UK_SLOT_SPACE, BENCH_RING_FRAME, world->ring_address, UK_RIGHT_READ | UK_RIGHT_WRITE);
    if (status == UK_OK)
        status = uk_ring_configure(BENCH_RING, BENCH_RING_FRAME, BENCH_BATCH, BENCH_BATCH, UK_NONE);
    if (status == UK_OK)
        status = ring_batch(&ring, BENCH_BATCH); /* the host finds pages at the first touch, which is not what is measured */
    struct bench_time begin = bench_clock();
    for (uint64_t left = world->count; left > 0 && status == UK_OK;) {
        uint64_t batch = left < BENCH_BATCH ? left : BENCH_BATCH;
        status = ring_batch(&ring, batch);
        left -= batch;
    }
    world->took = bench_since(begin);
    if (status == UK_OK)
        status = uk_ring_configure(BENCH_RING, UK_NONE, 0, 0, UK_NONE);
    return status == UK_OK ? uk_unmap(UK_SLOT_SPACE, world->ring_address) : status;
}

/* Each side keeps its place between batches in the embedder's hands: the memory is zeroed once, when the world opens. */
static enum uk_status client_task_ring(struct bench_world *world)
{
    struct uk_ring ring = uk_ring_attach(world->ring, BENCH_BATCH, BENCH_BATCH);
    struct uk_ring_completion completion;
    enum uk_status status = UK_OK;
    uk_word bits;
    ring.submit = ring.header->submit_tail, ring.complete = ring.header->complete_head;
    struct bench_time begin = bench_clock();
    for (uint64_t left = world->count; left > 0 && status == UK_OK;) {
        uint64_t batch = left < BENCH_BATCH ? left : BENCH_BATCH;
        for (uint64_t n = 0; n < batch; n++) {
            struct uk_ring_entry *entry = uk_ring_prepare(&ring);
            entry->call.operation = 1;
            entry->call.word[0] = n;
            entry->user_data = n;
        }
        if (uk_ring_submit(&ring))
            status = uk_signal(BENCH_NOTE);
        for (uint64_t n = 0; n < batch && status == UK_OK;) {
            if (uk_ring_reap(&ring, &completion)) {
                status = completion.word[0] == completion.user_data + 1 ? UK_OK : UK_BAD_ARGUMENT;
                n++;
            } else if (uk_ring_submitter_may_sleep(&ring)) {
                status = uk_wait(BENCH_BACK, &bits, UK_FOREVER);
                uk_ring_submitter_woke(&ring);
            }
        }
        left -= batch;
    }
    world->took = bench_since(begin);
    return status;
}

static enum uk_status server_task_ring(struct bench_world *world)
{
    struct uk_ring ring = uk_ring_attach(world->ring, BENCH_BATCH, BENCH_BATCH);
    struct uk_ring_entry entry;
    enum uk_status status = UK_OK;
    uk_word bits;
    while (status == UK_OK) {
        int added = 0;
        while (uk_ring_take(&ring, &entry)) {
            struct uk_ring_completion *completion = uk_ring_complete(&ring);
            completion->user_data = entry.user_data;
            completion->status = UK_OK;
            completion->word[0] = entry.call.word[0] + 1;
            added = 1;
        }
        if (added && uk_ring_finish(&ring))
            status = uk_signal(BENCH_BACK);
        if (status == UK_OK && uk_ring_executor_may_sleep(&ring)) {
            status = uk_wait(BENCH_NOTE, &bits, UK_FOREVER);
            uk_ring_executor_woke(&ring);
        }
    }
    return status;
}

const struct bench_task bench_call_0 = {client_0, server_0, 1, 10, 20, 0, 0, 0};
const struct bench_task bench_call_4 = {client_4, server_4, 1, 10, 20, 0, 0, 0};
const struct bench_task bench_call_4_active = {client_4, server_4, 0, 10, 20, 0, 0, 0};
const struct bench_task bench_call_64 = {client_64, server_64, 1, 10, 20, 0, 0, 0};
const struct bench_task bench_bound = {client_bound, server_0, 1, 10, 20, 0, 0, 0};
const struct bench_task bench_bind = {client_bind, server_0, 1, 10, 20, 0, 0, 0};
const struct bench_task bench_make_bound = {client_make_bound, server_0, 1, 10, 20, 0, 0, 0};
const struct bench_task bench_signal = {client_signal, server_signal, 0, 10, 20, 0, 0, 0};
const struct bench_task bench_fault = {client_fault, server_fault, 1, 10, 20, 0, 1, 0};
const struct bench_task bench_map = {client_map, NULL, 0, 10, 20, 0, 0, 0};
const struct bench_task bench_thread = {client_thread, NULL, 0, 10, 20, 0, 0, 0};
const struct bench_task bench_revoke = {client_revoke, NULL, 0, 10, 20, CHILDREN + BENCH_FIRST_FREE, 0, 0};
const struct bench_task bench_signal_nobody = {client_signal, NULL, 0, 10, 20, 0, 0, 0};
const struct bench_task bench_ring = {client_ring, NULL, 0, 10, 20, 0, 0, 1};
const struct bench_task bench_task_ring = {client_task_ring, server_task_ring, 0, 10, 10, 0, 0, 1};
