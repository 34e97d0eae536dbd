/* SPDX-License-Identifier: MIT */
/* Kernel cases: a kernel of its own for each, a client that is measured, a server in another space that helps. */
#include <stdlib.h>
#include <string.h>

#include "sim/bench.h"

enum {
    UNTYPED_BYTES = 1 << 16,
    BELOW_END = 1 << 20 /* nothing that uk_spawn maps is so near to the end of a space */
};

enum uk_status bench_ask(struct uk_kernel *kernel, uint32_t operation, uk_handle handle, const uk_word *words,
                         size_t count)
{
    struct uk_call call = {.operation = operation, .handle = handle, .deadline = UK_NOW};
    for (size_t i = 0; i < count && i < UK_REGISTER_WORDS; i++)
        call.word[i] = words[i];
    return uk_root(kernel, &call);
}

/* A new object, copied into the CNodes of both tasks. */
static enum uk_status give(struct bench_world *world, uint32_t type, uk_word size, uint32_t slot, uk_handle *made)
{
    uk_handle handle = uk_slots(world->kernel, 1);
    enum uk_status status =
        BENCH_ASK(world->kernel, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, handle, 1);
    if (status == UK_OK)
        status = BENCH_ASK(world->kernel, UK_CAPABILITY_COPY, world->client.cnode, slot, handle, 0, UK_RIGHTS_ALL);
    if (status == UK_OK)
        status = BENCH_ASK(world->kernel, UK_CAPABILITY_COPY, world->server.cnode, slot, handle, 0, UK_RIGHTS_ALL);
    *made = handle;
    return status;
}

static enum uk_status give_ring(struct bench_world *world)
{
    uk_handle made;
    enum uk_status status = give(world, UK_TYPE_RING, 0, BENCH_RING, &made);
    if (status == UK_OK)
        status = give(world, UK_TYPE_FRAME, UK_LARGE, BENCH_RING_FRAME, &made);
    return status == UK_OK ? give(world, UK_TYPE_NOTIFICATION, 0, BENCH_BACK, &made) : status;
}

static enum uk_status give_all(struct bench_world *world)
{
    uk_handle made, endpoint;
    enum uk_status status = give(world, UK_TYPE_ENDPOINT, 0, BENCH_ENDPOINT, &endpoint);
    if (status == UK_OK)
        status = give(world, UK_TYPE_REPLY, 0, BENCH_REPLY, &made);
    if (status == UK_OK)
        status = give(world, UK_TYPE_NOTIFICATION, 0, BENCH_GO, &world->go);
    if (status == UK_OK)
        status = give(world, UK_TYPE_NOTIFICATION, 0, BENCH_NOTE, &made);
    if (status == UK_OK)
        status = give(world, UK_TYPE_FRAME, UK_PAGE, BENCH_FRAME, &made);
    if (status == UK_OK)
        status = give(world, UK_TYPE_UNTYPED, UNTYPED_BYTES, BENCH_UNTYPED, &made);
    if (status == UK_OK)
        status = give(world, UK_TYPE_ENDPOINT, 0, BENCH_SOURCE, &made);
    if (status == UK_OK)
        status = BENCH_ASK(world->kernel, UK_CAPABILITY_COPY, world->server.cnode, BENCH_CLIENT_SPACE,
                           world->client.own_space, 0, UK_RIGHTS_ALL);
    if (status == UK_OK && world->detail->rings)
        status = give_ring(world);
    if (status == UK_OK && world->detail->handles_faults)
        status = BENCH_ASK(world->kernel, UK_THREAD_CONFIGURE, world->client.thread, 0, 0, endpoint, 0, 0,
                           UK_PART_FAULT);
    return status;
}

static enum uk_status find_address(struct bench_world *world)
{
    struct uk_call call = {.operation = UK_SPACE_QUERY, .handle = world->client.own_space, .deadline = UK_NOW};
    enum uk_status status = uk_root(world->kernel, &call);
    world->address = (call.word[4] - BELOW_END) & ~(UK_PAGE - 1);
    world->ring_address = (call.word[4] - 2 * UK_LARGE) & ~(UK_LARGE - 1);
    return status == UK_NOT_MAPPED ? UK_OK : status;
}

/* Both run up to where they wait; then a passive server loses its own time. */
static bool begin(struct bench_world *world)
{
    const struct bench_task *task = world->detail;
    world->client = (struct uk_task){.name = "client", .entry = bench_client, .argument = (uk_word)(uintptr_t)world,
                                     .priority = task->client_priority, .slots = task->client_slots};
    world->server = (struct uk_task){.name = "server", .entry = bench_server, .argument = (uk_word)(uintptr_t)world,
                                     .priority = task->server_priority};
    if (uk_spawn(world->kernel, &world->client) != UK_OK || uk_spawn(world->kernel, &world->server) != UK_OK ||
        give_all(world) != UK_OK || find_address(world) != UK_OK)
        return false;
    if (uk_run(world->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        return false;
    return !task->passive ||
           BENCH_ASK(world->kernel, UK_SCHED_UNBIND, world->server.sched_context, 0) == UK_OK;
}

struct bench_world *bench_world_open(const struct bench_task *task, const struct uk_config *config)
{
    struct uk_config usual = {.run = 1};
    struct bench_world *world = calloc(1, sizeof *world);
    if (world == NULL)
        return NULL;
    config = config != NULL ? config : &usual;
    size_t bytes = (uk_memory_bytes(config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    world->detail = task;
    world->memory = aligned_alloc(UK_PAGE, bytes);
    world->ring = aligned_alloc(UK_PAGE, BENCH_RING_BYTES);
    if (world->ring != NULL)
        memset(world->ring, 0, BENCH_RING_BYTES);
    if (world->memory == NULL || world->ring == NULL ||
        uk_boot(world->memory, bytes, config, &world->kernel) != UK_OK || !begin(world)) {
        bench_world_close(world);
        return NULL;
    }
    return world;
}

bool bench_world_run(void *state, uint64_t count, struct bench_time *took)
{
    struct bench_world *world = state;
    world->count = count;
    world->status = UK_BUSY;
    if (BENCH_ASK(world->kernel, UK_SIGNAL, world->go, 0) != UK_OK ||
        uk_run(world->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        return false;
    *took = world->took;
    return world->status == UK_OK;
}

void bench_world_close(void *state)
{
    struct bench_world *world = state;
    if (world != NULL && world->kernel != NULL)
        uk_destroy(world->kernel);
    if (world != NULL) {
        free(world->memory);
        free(world->ring);
    }
    free(world);
}

static void *open_case(const struct bench_case *self) { return bench_world_open(self->detail, NULL); }

#define CASE(name, detail, what) {name, what, open_case, bench_world_run, bench_world_close, &(detail), false}
const struct bench_case bench_kernel_cases[] = {
    CASE("call_reply_0w", bench_call_0, "call a passive server in another space, and its answer; no words"),
    CASE("call_reply_4w", bench_call_4, "the same with 4 words each way"),
    CASE("call_reply_4w_active", bench_call_4_active, "the same; the server has time of its own"),
    CASE("call_reply_64w", bench_call_64, "64 words each way, through both message buffers"),
    CASE("bound_call_0w", bench_bound, "call_reply_0w by a bound call"),
    CASE("bind_and_call_0w", bench_bind, "the same, bound anew each time"),
    CASE("make_bind_and_call_0w", bench_make_bound, "the same, made, bound and deleted each time"),
    CASE("signal_wait", bench_signal, "signal a more urgent waiter, who waits again: 2 entries, 2 switches"),
    CASE("signal_nobody", bench_signal_nobody, "signal; nobody waits"),
    CASE("ring_64", bench_ring, "the same signal, 64 in a kernel entry by a ring"),
    CASE("task_ring_64", bench_task_ring, "a request to another task and its answer by a ring in memory, 64 for two signals"),
    CASE("page_fault_ipc", bench_fault, "a page fault as a message, and the answer \"try again\""),
    CASE("map_unmap", bench_map, "map a page into the running space, unmap it"),
    CASE("thread_create_delete", bench_thread, "make, configure, start and delete a thread: 5 operations"),
    CASE("revoke_1000", bench_revoke, "revoke 1000 children of a capability"),
};
const size_t bench_kernel_count = sizeof bench_kernel_cases / sizeof bench_kernel_cases[0];
