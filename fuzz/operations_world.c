/* SPDX-License-Identifier: MIT */
/* The worlds: each is made once by ordinary operations, and put back for every input by copying what may have changed. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/operations_inside.h"

enum {
    BUDGET_NS = 2000, /* twenty kernel entries: slices end within an input */
    SHORT_BUDGET_NS = 500,
    SHORT_PERIOD_NS = 5000,
    RIGHTS_CLIENT = UK_RIGHT_SEND | UK_RIGHT_GRANT
};

enum uk_status world_root(struct operations *operations, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1,
                          uk_word w2, uk_word w3, uk_word w4, uk_word w5)
{
    struct uk_call call = {operation, handle, 0, {w0, w1, w2, w3, w4, w5}, 0, UK_NOW, 0};
    return uk_root(operations->embedded, &call);
}

static void event_hook(void *context, const struct uk_event *event) { oracles_event(context, event); }

static uint32_t choose_hook(void *context, enum uk_choice what, uint32_t count)
{
    struct operations *operations = context;
    unsigned answer = operations->choices % count;
    operations->choices /= what == UK_CHOICE_PREEMPT ? 2 : 4;
    return answer;
}

/* Looks at all of its payload, and changes what it may. */
static enum uk_status visited(void *context, struct uk_resident_call *call)
{
    (void)context;
    size_t bytes = 0;
    for (uk_word at = 0; at < call->bytes; at += bytes) {
        unsigned char *view = uk_resident_view(call, at, UK_RIGHT_WRITE, &bytes);
        if (view != NULL)
            view[0]++;
        else
            view = uk_resident_view(call, at, UK_RIGHT_READ, &bytes);
        call->word[0] += view[bytes - 1];
    }
    return UK_OK;
}

static struct uk_config config_of(struct operations *operations, unsigned which)
{
    static const struct uk_device lines[2] = {{.name = "bell"}, {.name = "line"}};
    struct uk_config config = {.arena_bytes = WORLD_ARENA, .root_slots = WORLD_SLOTS, .slice_ns = BUDGET_NS};
    static const struct uk_resident resident = {.name = "resident", .function = visited, .bound_ns = 300};
    config.residents = &resident;
    config.resident_count = 1;
    config.devices = lines;
    config.device_count = 2;
    config.trace = which & WORLD_ALONE ? NULL : event_hook;
    config.choose = which & WORLD_ALONE ? NULL : choose_hook;
    config.trace_context = config.choose_context = operations;
    return config;
}

size_t operations_bytes(void)
{
    struct uk_config config = config_of(NULL, 0);
    return ((sizeof(struct operations) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1)) + uk_memory_bytes(&config) +
           (OPERATIONS_WORLDS + 2) * uk_memory_bytes(&config);
}

struct operations *operations_make(void *memory, size_t bytes)
{
    struct operations *operations = memory;
    if (bytes < operations_bytes())
        return NULL;
    memset(memory, 0, operations_bytes()); /* also what nobody uses is compared */
    struct uk_config config = config_of(operations, 0);
    unsigned char *at = (unsigned char *)memory + ((sizeof *operations + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1));
    operations->memory_bytes = uk_memory_bytes(&config);
    operations->memory = at;
    operations->before = at + operations->memory_bytes;
    operations->after = operations->before + operations->memory_bytes;
    for (unsigned i = 0; i < OPERATIONS_WORLDS; i++)
        operations->worlds[i].copy = operations->after + (i + 1) * operations->memory_bytes;
    return operations;
}

static int made(struct operations *operations, uint32_t type, uk_word size, uk_word slot, uk_word count)
{
    return world_root(operations, UK_RETYPE, UK_SLOT_UNTYPED, type, size, 0, slot, count, 0) == UK_OK;
}

static int make_objects(struct operations *operations)
{
    return made(operations, UK_TYPE_THREAD, 0, WORLD_THREAD, OPERATIONS_THREADS) &&
           made(operations, UK_TYPE_CNODE, OPERATIONS_SLOTS, WORLD_CNODE, OPERATIONS_THREADS) &&
           made(operations, UK_TYPE_SCHED_CONTEXT, 0, WORLD_CONTEXT, OPERATIONS_THREADS) &&
           made(operations, UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY, WORLD_ENDPOINT, 1) &&
           made(operations, UK_TYPE_ENDPOINT, UK_ORDER_ARRIVAL, WORLD_ENDPOINT + 1, 1) &&
           made(operations, UK_TYPE_NOTIFICATION, 0, WORLD_NOTIFICATION, 2) &&
           made(operations, UK_TYPE_REPLY, 0, WORLD_REPLY, 3) && made(operations, UK_TYPE_TIMER, 0, WORLD_TIMER, 1) &&
           made(operations, UK_TYPE_SPACE, 0, WORLD_SPACE, 1) &&
           made(operations, UK_TYPE_UNTYPED, WORLD_UNTYPED_BYTES, WORLD_UNTYPED, 1) &&
           made(operations, UK_TYPE_FRAME, UK_PAGE, WORLD_FRAME, 2); /* the last, so that tables lie just below */
}

static int copied(struct operations *operations, unsigned thread, uk_word slot, uk_word source, uk_word rights)
{
    return world_root(operations, UK_CAPABILITY_COPY, WORLD_CNODE + thread, slot, source, 0, rights, 0, 0) == UK_OK;
}

static int minted(struct operations *operations, unsigned thread, uk_word slot, uk_word source, uk_word rights,
                  uk_word badge)
{
    return world_root(operations, UK_CAPABILITY_MINT, WORLD_CNODE + thread, slot, source, 0, rights, badge, 0) == UK_OK;
}

/* Threads 0 and 1 are clients of the first endpoint, 2 and 3 serve it; all but 0 may serve the second. */
static int give_ipc(struct operations *operations, unsigned thread)
{
    uk_word badge = (uk_word)thread + 1;
    int good = thread < 2 ? minted(operations, thread, SLOT_ENDPOINT, WORLD_ENDPOINT, RIGHTS_CLIENT, badge)
                          : copied(operations, thread, SLOT_ENDPOINT, WORLD_ENDPOINT, UK_RIGHTS_ALL);
    good = good && (thread < 1 ? minted(operations, thread, SLOT_OTHER_ENDPOINT, WORLD_ENDPOINT + 1, RIGHTS_CLIENT, 9)
                               : copied(operations, thread, SLOT_OTHER_ENDPOINT, WORLD_ENDPOINT + 1, UK_RIGHTS_ALL));
    return good && minted(operations, thread, SLOT_NOTIFICATION, WORLD_NOTIFICATION, UK_RIGHTS_ALL, badge << 4) &&
           copied(operations, thread, SLOT_REPLY, WORLD_REPLY + (thread < 2 ? 2 : thread - 2), UK_RIGHTS_ALL);
}

static int give(struct operations *operations, unsigned thread)
{
    static const uint8_t own[OPERATIONS_THREADS] = {WORLD_TIMER, WORLD_LINE, WORLD_REPLY + 2, WORLD_NOTIFICATION};
    unsigned other = (thread + 1) % OPERATIONS_THREADS;
    return give_ipc(operations, thread) &&
           copied(operations, thread, SLOT_CNODE, WORLD_CNODE + thread, UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_THREAD, WORLD_THREAD + other, UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_CONTEXT, WORLD_CONTEXT + other, UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_UNTYPED, WORLD_UNTYPED, UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_SPACE, WORLD_SPACE, UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_FRAME, WORLD_FRAME + 1, thread == 1 ? UK_RIGHT_READ : UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_OWN, own[thread], UK_RIGHTS_ALL) &&
           copied(operations, thread, SLOT_RESIDENT, WORLD_RESIDENT, UK_RIGHT_SEND);
}

static int set_context(struct operations *operations, unsigned thread, unsigned which)
{
    uk_time budget = thread == 2 ? SHORT_BUDGET_NS : BUDGET_NS, period = thread == 2 ? SHORT_PERIOD_NS : BUDGET_NS;
    uk_word policy = which & WORLD_RECLAIM ? UK_CHAIN_RECLAIM : UK_CHAIN_FINISH;
    return world_root(operations, UK_SCHED_CONFIGURE, WORLD_CONTEXT + thread, budget, period, policy, 0, 0, 0) ==
               UK_OK &&
           world_root(operations, UK_SCHED_BIND, WORLD_CONTEXT + thread, WORLD_THREAD + thread, 0, 0, 0, 0, 0) == UK_OK;
}

/* The first thread's faults are calls to the second endpoint; the others stop. */
static int set_thread(struct operations *operations, unsigned thread, unsigned which)
{
    static const uint8_t priorities[OPERATIONS_THREADS] = {10, 10, 20, 30};
    uk_word buffer = which & WORLD_MEMORY ? UK_PAGE + thread * UK_BUFFER_BYTES : 0;
    uk_word handler = thread == 0 ? WORLD_ENDPOINT + 1 : UK_NONE;
    return world_root(operations, UK_THREAD_CONFIGURE, WORLD_THREAD + thread, WORLD_CNODE + thread, WORLD_SPACE,
                      handler, buffer, 0, UK_PART_CNODE | UK_PART_SPACE | UK_PART_BUFFER | UK_PART_FAULT) == UK_OK &&
           world_root(operations, UK_THREAD_NAME, WORLD_THREAD + thread, '0' + thread, 0, 0, 0, 0, 0) == UK_OK &&
           world_root(operations, UK_THREAD_PRIORITY, WORLD_THREAD + thread, priorities[thread], 40, 0, 0, 0, 0) ==
               UK_OK &&
           set_context(operations, thread, which) &&
           world_root(operations, UK_THREAD_RESUME, WORLD_THREAD + thread, 0, 0, 0, 0, 0, 0) == UK_OK;
}

static int map_buffers(struct operations *operations, unsigned which)
{
    if (world_root(operations, UK_SPACE_CONFIGURE, WORLD_SPACE, UK_SLOT_UNTYPED, 0, 0, 0, 0, 0) != UK_OK)
        return 0;
    return (which & WORLD_MEMORY) == 0 || world_root(operations, UK_SPACE_MAP, WORLD_SPACE, WORLD_FRAME, UK_PAGE,
                                                     UK_RIGHT_READ | UK_RIGHT_WRITE, 0, 0, 0) == UK_OK;
}

/* A server receives, and then gives its time back: from now on it runs on its callers'. */
static int serve(struct operations *operations, unsigned thread)
{
    struct uk_call call = {UK_RECEIVE, thread == 2 ? SLOT_ENDPOINT : SLOT_OTHER_ENDPOINT, 0, {0}, SLOT_REPLY,
                           UK_FOREVER, 0};
    struct uk_result result;
    return uk_step(operations->embedded, WORLD_THREAD + thread, &call, &result) == UK_OK && !result.completed &&
           world_root(operations, UK_SCHED_UNBIND, WORLD_CONTEXT + thread, 0, 0, 0, 0, 0, 0) == UK_OK;
}

/* The first thread waits for its bell, so that the others are alone. */
static int root_sleep(struct operations *operations)
{
    struct uk_call wait = {UK_WAIT, WORLD_BELL, 0, {0}, 0, UK_FOREVER, 0};
    return world_root(operations, UK_INTERRUPT_BIND, WORLD_LINE_ROOT, WORLD_BELL, 0, 0, 0, 0, 0) == UK_OK &&
           uk_root(operations->embedded, &wait) == UK_BUSY;
}

static int furnish(struct operations *operations, unsigned which)
{
    int good = make_objects(operations) && map_buffers(operations, which);
    for (unsigned i = 0; i < OPERATIONS_THREADS && good; i++)
        good = give(operations, i) && set_thread(operations, i, which);
    if (which & WORLD_SERVERS)
        good = good && serve(operations, 2) && serve(operations, 3);
    return good && root_sleep(operations);
}

void world_root_awake(struct operations *operations, uint32_t operation, uk_handle handle, const uk_word *words)
{
    struct uk_call call = {operation, handle, 0, {0}, 0, UK_NOW, 0}, wait = {UK_WAIT, WORLD_BELL, 0, {0}, 0,
                                                                             UK_FOREVER, 0};
    struct uk_result result;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = words[i];
    uk_interrupt(operations->embedded, 0);
    if (uk_step(operations->embedded, UK_SLOT_THREAD, &call, &result) != UK_OK)
        operations_fail(operations, "the first thread did not wake up for its bell");
    while (!operations->failed && (operations->kernel->root->marks & THREAD_RESTART) != 0)
        (void)uk_step(operations->embedded, UK_SLOT_THREAD, NULL, &result);
    (void)world_root(operations, UK_INTERRUPT_ACKNOWLEDGE, WORLD_LINE_ROOT, 0, 0, 0, 0, 0, 0);
    (void)uk_root(operations->embedded, &wait);
}

int world_make(struct operations *operations, unsigned which)
{
    struct uk_config config = config_of(operations, which);
    struct uk_counters counters;
    operations->quiet = 1;
    operations->choices = 0;
    operations->world = NULL;
    if (uk_boot(operations->memory, operations->memory_bytes, &config, &operations->embedded) != UK_OK)
        return 0;
    operations->kernel = (struct kernel *)(void *)operations->embedded;
    uk_counters(operations->embedded, &counters);
    operations->boot_objects = counters.objects;
    operations->boot_threads = counters.threads;
    operations->boot_spaces = counters.spaces;
    if (!furnish(operations, which))
        return 0;
    world_remember(operations, &operations->worlds[which]);
    operations->quiet = 0;
    return 1;
}
