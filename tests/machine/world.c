/* SPDX-License-Identifier: MIT */
/* The small system that the machine's tests run; its tasks share host memory with the test, as hosted tasks can. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mixed(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001b3; }

static void world_trace(void *context, const struct uk_event *event)
{
    struct world *world = context;
    uint64_t hash = mixed(mixed(world->trace_hash, event->time), event->kind);
    world->trace_hash = mixed(mixed(mixed(hash, event->thread), event->operation), event->status);
    if (event->kind == UK_EVENT_FAULT && world->fault_count++ < WORLD_FAULTS)
        world->faults[world->fault_count - 1] = (struct world_fault){(uint32_t)event->tag, (uint32_t)event->word[1],
                                                                     event->thread, event->word[0]};
    if (world->hook != NULL)
        world->hook(world, event);
}

void world_open(struct world *world, const struct uk_config *change)
{
    struct uk_config config = change != NULL ? *change : (struct uk_config){0};
    void (*hook)(struct world *, const struct uk_event *) = world->hook;
    memset(world, 0, sizeof *world);
    world->hook = hook;
    config.run = 1;
    config.arena_bytes = config.arena_bytes ? config.arena_bytes : (uk_word)8 << 20;
    config.spaces_max = config.spaces_max ? config.spaces_max : 8;
    config.threads_max = config.threads_max ? config.threads_max : 16;
    config.window_bytes = config.window_bytes ? config.window_bytes : (uk_word)64 << 20;
    config.trace = world_trace;
    config.trace_context = world;
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(UK_PAGE - 1);
    world->memory = aligned_alloc(UK_PAGE, bytes);
    assert_non_null(world->memory);
    memset(world->memory, 0xa5, bytes);
    assert_int_equal(uk_boot(world->memory, bytes, &config, &world->kernel), UK_OK);
    world->endpoint = world_make(world, UK_TYPE_ENDPOINT, 0, 1);
    world->reply = world_make(world, UK_TYPE_REPLY, 0, 1);
    world->notification = world_make(world, UK_TYPE_NOTIFICATION, 0, 1);
}

void world_close(struct world *world)
{
    uk_destroy(world->kernel);
    free(world->memory);
}

void world_do(struct world *world, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1, uk_word w2, uk_word w3,
              uk_word w4)
{
    struct uk_call call = {operation, handle, 0, {w0, w1, w2, w3, w4, 0}, 0, UK_NOW, 0};
    enum uk_status status = uk_root(world->kernel, &call);
    if (status != UK_OK)
        fail_msg("%s: %s", uk_operation_name(operation), uk_status_name(status));
}

uk_handle world_make(struct world *world, uint32_t type, uk_word size, uint32_t count)
{
    uk_handle first = uk_slots(world->kernel, count);
    assert_int_not_equal(first, 0);
    world_do(world, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, first, count);
    return first;
}

void world_give(struct world *world, const struct uk_task *task, uint32_t slot, uk_handle handle)
{
    world_do(world, UK_CAPABILITY_COPY, task->cnode, slot, handle, 0, UK_RIGHTS_ALL, 0);
}

struct uk_task world_task(struct world *world, const char *name, uk_entry entry, uk_word argument, uint32_t priority)
{
    struct uk_task task = {.name = name, .entry = entry, .argument = argument, .priority = priority, .slots = 1024,
                           .suspended = 1};
    assert_int_equal(uk_spawn(world->kernel, &task), UK_OK);
    world_give(world, &task, SLOT_ENDPOINT, world->endpoint);
    world_give(world, &task, SLOT_REPLY, world->reply);
    world_give(world, &task, SLOT_NOTIFICATION, world->notification);
    return task;
}

void world_begin_with(struct world *world, const struct uk_task *task, uk_word argument)
{
    uk_word entry = (uk_word)(uintptr_t)task->entry; /* the buffer is the page above the stack */
    world_do(world, UK_THREAD_REGISTERS, task->thread, entry, task->buffer, argument, 0, 0);
}

void world_start(struct world *world, const struct uk_task *task)
{
    world_do(world, UK_THREAD_RESUME, task->thread, 0, 0, 0, 0, 0);
}

uk_handle world_map(struct world *world, const struct uk_task *task, uk_word address, unsigned pages, uint32_t rights)
{
    uk_handle frames = world_make(world, UK_TYPE_FRAME, UK_PAGE, pages);
    for (unsigned i = 0; i < pages; i++)
        world_do(world, UK_SPACE_MAP, task->own_space, frames + i, address + i * UK_PAGE, rights, 0, 0);
    return frames;
}

uk_word world_room(struct world *world, const struct uk_task *task)
{
    struct uk_call call = {UK_SPACE_QUERY, task->own_space, 0, {0}, 0, UK_NOW, 0};
    (void)uk_root(world->kernel, &call);
    return (call.word[3] + (call.word[4] - call.word[3]) / 2) & ~(UK_LARGE - 1);
}

void world_handle_faults(struct world *world, const struct uk_task *task)
{
    struct uk_call call = {UK_THREAD_CONFIGURE, task->thread, 0, {0, 0, world->endpoint, 0, 0, UK_PART_FAULT}, 0, UK_NOW, 0};
    assert_int_equal(uk_root(world->kernel, &call), UK_OK);
}

void world_run(struct world *world, enum uk_run_end expected)
{
    char text[256] = "";
    assert_int_equal(uk_run(world->kernel, UK_FOREVER, 0), expected);
    if (uk_check(world->kernel, text, sizeof text) != 0)
        fail_msg("%s", text);
}

uint32_t world_state(struct world *world, const struct uk_task *task)
{
    struct uk_thread_info info;
    assert_int_equal(uk_inspect_thread(world->kernel, task->thread, &info), UK_OK);
    return info.state;
}

struct uk_counters world_counters(struct world *world)
{
    struct uk_counters counters;
    uk_counters(world->kernel, &counters);
    return counters;
}

void world_faulted(struct world *world, uint32_t kind, uk_word address, uint32_t access)
{
    assert_int_equal(world->fault_count, 1);
    assert_int_equal(world->faults[0].kind, kind);
    assert_int_equal(world->faults[0].address, address);
    assert_int_equal(world->faults[0].access, access);
}

static void spoil_registers(void)
{
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovdqa %%xmm0, %%xmm1\n\tmovdqa %%xmm0, %%xmm2\n\tmovdqa %%xmm0, %%xmm7\n\t"
                     "movdqa %%xmm0, %%xmm8\n\tmovdqa %%xmm0, %%xmm15"
                     :
                     :
                     : "xmm0", "xmm1", "xmm2", "xmm7", "xmm8", "xmm15");
#if !defined(__clang__) || !WORLD_SANITIZED
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vxorps %%ymm0, %%ymm0, %%ymm0\n\tvmovaps %%ymm0, %%ymm3" : : : "xmm0", "xmm3");
#endif
}

uk_word world_pager(uk_word pages)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    for (uk_word used = 0; status == UK_OK && (message.tag & UK_TAG_FAULT) != 0; used++) {
        uk_word page = message.word[0] & ~(UK_PAGE - 1);
        spoil_registers();
        int mapped = used < pages && uk_map(SLOT_OTHER_SPACE, SLOT_FRAMES + used, page,
                                            UK_RIGHT_READ | UK_RIGHT_WRITE) == UK_OK;
        message = uk_message(mapped ? UK_FAULT_RESUME : UK_FAULT_KILL, 0);
        status = uk_reply_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    }
    return status;
}
