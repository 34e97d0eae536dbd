/* SPDX-License-Identifier: MIT */
/* Many threads and endpoints: does a call still take as long when 100,000 threads wait, and what memory do they take? */
#include <stdlib.h>

#include <ukern/call.h>

#include "sim/bench.h"

enum {
    CHUNK = 64,          /* threads that are made, started and left to block at a time */
    BATCH = 1000,        /* objects made by one retype */
    ROOM_BYTES = 1 << 12 /* more than a thread, its endpoint and their slots take */
};

struct crowd {
    uint32_t count;
};

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static enum uk_status make(struct uk_kernel *kernel, uint32_t type, uk_word size, uint32_t count, uk_handle *first)
{
    *first = uk_slots(kernel, count);
    return *first == 0 ? UK_LIMIT
                       : BENCH_ASK(kernel, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, *first, count);
}

/* The thread blocks for ever on the endpoint that its argument names. */
static uk_word wait_for_ever(uk_word endpoint)
{
    struct uk_message message = uk_message(0, 0);
    return (uk_word)uk_receive(endpoint, &message, UK_NONE, UK_FOREVER);
}

/* What the threads of a chunk use one after the other: time, and stacks that nobody needs who waits for ever. */
struct lodging {
    uk_handle contexts;
    uk_word stacks; /* the first page; CHUNK of them */
};

static enum uk_status lodge(struct bench_world *world, struct lodging *lodging)
{
    struct uk_kernel *kernel = world->kernel;
    uk_handle frames;
    enum uk_status status = make(kernel, UK_TYPE_SCHED_CONTEXT, 0, CHUNK, &lodging->contexts);
    if (status == UK_OK)
        status = make(kernel, UK_TYPE_FRAME, UK_PAGE, CHUNK, &frames);
    struct uk_call query = {.operation = UK_SPACE_QUERY, .handle = world->server.own_space, .deadline = UK_NOW};
    (void)uk_root(kernel, &query);
    lodging->stacks = ((query.word[4] - (1 << 20)) & ~(UK_PAGE - 1)) - CHUNK * UK_PAGE;
    for (uint32_t i = 0; i < CHUNK && status == UK_OK; i++) {
        status = BENCH_ASK(kernel, UK_SCHED_CONFIGURE, lodging->contexts + i, 1000000, 1000000, UK_CHAIN_FINISH);
        if (status == UK_OK)
            status = BENCH_ASK(kernel, UK_SPACE_MAP, world->server.own_space, frames + i,
                               lodging->stacks + i * UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    }
    return status;
}

static enum uk_status start(struct bench_world *world, const struct lodging *lodging, uint32_t place,
                            uk_handle thread, uk_handle endpoint)
{
    struct uk_kernel *kernel = world->kernel;
    enum uk_status status = BENCH_ASK(kernel, UK_THREAD_CONFIGURE, thread, UK_SLOT_CNODE, world->server.own_space, 0, 0,
                                      0, UK_PART_CNODE | UK_PART_SPACE);
    if (status == UK_OK)
        status = BENCH_ASK(kernel, UK_THREAD_REGISTERS, thread, (uk_word)(uintptr_t)wait_for_ever,
                           lodging->stacks + (place + 1) * UK_PAGE, endpoint);
    if (status == UK_OK)
        status = BENCH_ASK(kernel, UK_SCHED_BIND, lodging->contexts + place, thread);
    return status == UK_OK ? BENCH_ASK(kernel, UK_THREAD_RESUME, thread, 0) : status;
}

static enum uk_status join_chunk(struct bench_world *world, const struct lodging *lodging, uint32_t count)
{
    uk_handle threads, endpoints;
    enum uk_status status = make(world->kernel, UK_TYPE_THREAD, 0, count, &threads);
    if (status == UK_OK)
        status = make(world->kernel, UK_TYPE_ENDPOINT, 0, count, &endpoints);
    for (uint32_t i = 0; i < count && status == UK_OK; i++)
        status = start(world, lodging, i, threads + i, endpoints + i);
    if (status == UK_OK && uk_run(world->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        status = UK_BUSY;
    for (uint32_t i = 0; i < count && status == UK_OK; i++)
        status = BENCH_ASK(world->kernel, UK_SCHED_UNBIND, lodging->contexts + i, 0);
    return status;
}

static bool join(struct bench_world *world, uint32_t count)
{
    struct lodging lodging;
    enum uk_status status = lodge(world, &lodging);
    for (uint32_t done = 0; done < count && status == UK_OK; done += CHUNK)
        status = join_chunk(world, &lodging, least(CHUNK, count - done));
    return status == UK_OK;
}

static void *crowd_open(const struct bench_case *self)
{
    uint32_t count = ((const struct crowd *)self->detail)->count;
    struct uk_config config = {.run = 1,
                               .root_slots = 2 * count + 4096,
                               .threads_max = count + 16,
                               .arena_bytes = ((uk_word)count * ROOM_BYTES + (64 << 20)) & ~(UK_PAGE - 1)};
    struct bench_world *world = bench_world_open(&bench_call_4, &config);
    if (world == NULL || join(world, count))
        return world;
    bench_world_close(world);
    return NULL;
}

static const struct crowd few = {10}, many = {100000};
const struct bench_case bench_crowd_cases[] = {
    {"call_reply_4w_among_10", "call_reply_4w while 10 other threads wait, each on its own endpoint", crowd_open,
     bench_world_run, bench_world_close, &few, false},
    {"call_reply_4w_among_100000", "call_reply_4w while 100,000 other threads wait", crowd_open, bench_world_run,
     bench_world_close, &many, true},
};
const size_t bench_crowd_count = sizeof bench_crowd_cases / sizeof bench_crowd_cases[0];

/* Memory, in a kernel that is stepped. --------------------------------------------------------------------------------- */

static enum uk_status block(struct uk_kernel *kernel, uk_handle context, uk_handle thread, uk_handle endpoint)
{
    struct uk_call call = {.operation = UK_RECEIVE, .handle = endpoint, .deadline = UK_FOREVER};
    struct uk_result result;
    enum uk_status status =
        BENCH_ASK(kernel, UK_THREAD_CONFIGURE, thread, UK_SLOT_CNODE, 0, 0, 0, 0, UK_PART_CNODE);
    if (status == UK_OK)
        status = BENCH_ASK(kernel, UK_SCHED_BIND, context, thread);
    if (status == UK_OK)
        status = BENCH_ASK(kernel, UK_THREAD_RESUME, thread, 0);
    if (status == UK_OK)
        status = uk_step(kernel, thread, &call, &result);
    if (status == UK_OK && result.completed)
        status = UK_BUSY;
    return status == UK_OK ? BENCH_ASK(kernel, UK_SCHED_UNBIND, context, 0) : status;
}

static enum uk_status fill(struct uk_kernel *kernel, uint32_t count)
{
    uk_handle context, threads, endpoints;
    enum uk_status status = make(kernel, UK_TYPE_SCHED_CONTEXT, 0, 1, &context);
    if (status == UK_OK)
        status = BENCH_ASK(kernel, UK_SCHED_CONFIGURE, context, 1000000, 1000000, UK_CHAIN_FINISH);
    for (uint32_t done = 0; done < count && status == UK_OK; done += BATCH) {
        uint32_t here = least(BATCH, count - done);
        status = make(kernel, UK_TYPE_THREAD, 0, here, &threads);
        if (status == UK_OK)
            status = make(kernel, UK_TYPE_ENDPOINT, 0, here, &endpoints);
        for (uint32_t i = 0; i < here && status == UK_OK; i++)
            status = block(kernel, context, threads + i, endpoints + i);
    }
    return status;
}

static bool weigh(struct uk_kernel *kernel, size_t given, struct bench_memory *memory)
{
    struct uk_object_info untyped;
    if (uk_inspect_object(kernel, UK_SLOT_UNTYPED, &untyped) != UK_OK)
        return false;
    memory->total = (double)given - (double)untyped.value[1];
    memory->thread = (double)uk_object_bytes(UK_TYPE_THREAD);
    memory->endpoint = (double)uk_object_bytes(UK_TYPE_ENDPOINT);
    return true;
}

bool bench_memory(uint32_t count, struct bench_memory *memory)
{
    uk_word object_bytes = uk_object_bytes(UK_TYPE_THREAD) + uk_object_bytes(UK_TYPE_ENDPOINT) + 2 * 64;
    struct uk_config config = {.root_slots = 2 * count + 64,
                               .arena_bytes = (count * object_bytes + (1 << 20)) & ~(UK_PAGE - 1)};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    void *given = aligned_alloc(UK_PAGE, bytes);
    struct uk_kernel *kernel = NULL;
    memory->count = count;
    bool good = given != NULL && uk_boot(given, bytes, &config, &kernel) == UK_OK && fill(kernel, count) == UK_OK &&
                weigh(kernel, bytes, memory);
    if (kernel != NULL)
        uk_destroy(kernel);
    free(given);
    return good;
}
