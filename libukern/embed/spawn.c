/* SPDX-License-Identifier: MIT */
/* Tasks for embedders: nothing here but ordinary operations of the first thread, in the order any root task uses. */
#include <string.h>

#include "core/machine.h"
#include "embed/embed.h"

enum {
    TASK_SLOTS = 64,
    STACK_BYTES = 64 * 1024,
    ROOT_STACK_BYTES = 256 * 1024
};

/* One operation of the first thread. */
static enum uk_status ask(struct uk_kernel *kernel, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1,
                          uk_word w2, uk_word w3, uk_word w4, uk_word w5)
{
    struct uk_call call = {operation, handle, 0, {w0, w1, w2, w3, w4, w5}, 0, UK_NOW, 0};
    return uk_root(kernel, &call);
}

UK_API uk_handle uk_slots(struct uk_kernel *embedded, uint32_t count)
{
    struct kernel *kernel = kernel_of(embedded);
    uint32_t first = kernel->next_slot;
    if (count == 0 || kernel->root_cnode->slot_count - first < count)
        return 0;
    kernel->next_slot = first + count;
    return first;
}

static enum uk_status retype(struct uk_kernel *kernel, uint32_t type, uk_word size, uint32_t count, uk_handle *first)
{
    *first = uk_slots(kernel, count);
    if (*first == 0)
        return UK_LIMIT;
    return ask(kernel, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, *first, count, 0);
}

static enum uk_status range_of(struct uk_kernel *kernel, uk_handle space, uk_word *base, uk_word *end)
{
    struct uk_call call = {UK_SPACE_QUERY, space, 0, {0}, 0, UK_NOW, 0};
    enum uk_status status = uk_root(kernel, &call);
    *base = call.word[3];
    *end = call.word[4];
    return status == UK_NOT_MAPPED ? UK_OK : status;
}

/* The highest free run of `bytes` in the space, with a page free on both sides of it as a guard. */
static enum uk_status find_room(struct uk_kernel *embedded, uk_handle space, uk_word bytes, uk_word *address)
{
    const struct kernel *kernel = kernel_of(embedded);
    struct capability *slot;
    struct mapping mapping;
    enum uk_status status = embed_find(kernel, space, UK_TYPE_SPACE, &slot);
    if (status != UK_OK)
        return status;
    const struct space *target = (const struct space *)slot->object;
    uk_word from = target->base + 16 * UK_PAGE;
    while (from + bytes + 2 * UK_PAGE <= target->end) {
        if (!space_next(kernel, target, from, &mapping) || mapping.address >= from + bytes + 2 * UK_PAGE) {
            *address = from + UK_PAGE;
            return UK_OK;
        }
        from = mapping.address + mapping.bytes;
    }
    return UK_NO_MEMORY;
}

/* Fresh zeroed pages, mapped readable and writable. */
static enum uk_status map_pages(struct uk_kernel *kernel, uk_handle space, uk_word bytes, uk_word *address)
{
    uk_handle frames;
    uint32_t count = (uint32_t)(bytes / UK_PAGE);
    enum uk_status status = find_room(kernel, space, bytes, address);
    if (status == UK_OK)
        status = retype(kernel, UK_TYPE_FRAME, UK_PAGE, count, &frames);
    for (uint32_t i = 0; i < count && status == UK_OK; i++)
        status = ask(kernel, UK_SPACE_MAP, space, frames + i, *address + i * UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE,
                     0, 0, 0);
    return status;
}

static enum uk_status make_space(struct uk_kernel *kernel, struct uk_task *task)
{
    if (task->space != 0) {
        task->own_space = task->space;
        return UK_OK;
    }
    enum uk_status status = retype(kernel, UK_TYPE_SPACE, 0, 1, &task->own_space);
    if (status == UK_OK)
        status = ask(kernel, UK_SPACE_CONFIGURE, task->own_space, UK_SLOT_UNTYPED, 0, 0, 0, 0, 0);
    return status;
}

static enum uk_status make_objects(struct uk_kernel *kernel, struct uk_task *task)
{
    enum uk_status status = make_space(kernel, task);
    if (status == UK_OK)
        status = retype(kernel, UK_TYPE_CNODE, task->slots != 0 ? task->slots : TASK_SLOTS, 1, &task->cnode);
    if (status == UK_OK)
        status = retype(kernel, UK_TYPE_THREAD, 0, 1, &task->thread);
    if (status == UK_OK)
        status = retype(kernel, UK_TYPE_SCHED_CONTEXT, 0, 1, &task->sched_context);
    return status;
}

/* The task's own slots 1..4, as the first thread has them. */
static enum uk_status grant_own(struct uk_kernel *kernel, const struct uk_task *task)
{
    const uk_handle own[] = {[UK_SLOT_CNODE] = task->cnode,
                             [UK_SLOT_SPACE] = task->own_space,
                             [UK_SLOT_THREAD] = task->thread,
                             [UK_SLOT_SCHED] = task->sched_context};
    enum uk_status status = UK_OK;
    for (uk_word i = UK_SLOT_CNODE; i <= UK_SLOT_SCHED && status == UK_OK; i++)
        status = ask(kernel, UK_CAPABILITY_COPY, task->cnode, i, own[i], 0, UK_RIGHTS_ALL, 0, 0);
    return status;
}

static enum uk_status set_name(struct uk_kernel *kernel, const struct uk_task *task)
{
    uk_word words[2] = {0, 0};
    size_t length = task->name != NULL ? strlen(task->name) : 0;
    if (length > 0)
        memcpy(words, task->name, length < UK_NAME_MAX ? length : UK_NAME_MAX - 1);
    return ask(kernel, UK_THREAD_NAME, task->thread, words[0], words[1], 0, 0, 0, 0);
}

static enum uk_status set_thread(struct uk_kernel *kernel, struct uk_task *task, uk_word stack_end)
{
    uk_time period = task->period_ns, budget = task->budget_ns;
    if (budget == 0 && period == 0)
        budget = period = kernel_of(kernel)->slice_ns;
    enum uk_status status = ask(kernel, UK_THREAD_CONFIGURE, task->thread, task->cnode, task->own_space, 0,
                                task->buffer, 0, UK_PART_CNODE | UK_PART_SPACE | UK_PART_BUFFER);
    if (status == UK_OK)
        status = set_name(kernel, task);
    if (status == UK_OK)
        status = ask(kernel, UK_THREAD_PRIORITY, task->thread, task->priority, task->priority, 0, 0, 0, 0);
    if (status == UK_OK)
        status = ask(kernel, UK_SCHED_CONFIGURE, task->sched_context, budget, period, UK_CHAIN_FINISH, 0, 0, 0);
    if (status == UK_OK)
        status = ask(kernel, UK_SCHED_BIND, task->sched_context, task->thread, 0, 0, 0, 0, 0);
    if (status == UK_OK)
        status = ask(kernel, UK_THREAD_REGISTERS, task->thread, (uk_word)(uintptr_t)task->entry, stack_end,
                     task->argument, 0, 0, 0);
    if (status == UK_OK && !task->suspended)
        status = ask(kernel, UK_THREAD_RESUME, task->thread, 0, 0, 0, 0, 0, 0);
    return status;
}

UK_API enum uk_status uk_spawn(struct uk_kernel *kernel, struct uk_task *task)
{
    uk_word base, end, stack = task->stack_bytes != 0 ? task->stack_bytes : STACK_BYTES, address;
    if (task->priority > UK_PRIORITY_MAX || stack % UK_PAGE != 0)
        return UK_BAD_ARGUMENT;
    enum uk_status status = make_objects(kernel, task);
    if (status == UK_OK)
        status = range_of(kernel, task->own_space, &base, &end);
    if (status == UK_OK)
        status = map_pages(kernel, task->own_space, stack + UK_PAGE, &address);
    if (status != UK_OK)
        return status;
    task->buffer = address + stack; /* the page above the stack */
    status = grant_own(kernel, task);
    return status == UK_OK ? set_thread(kernel, task, address + stack) : status;
}

UK_API enum uk_status uk_start(struct uk_kernel *embedded, uk_entry entry, uk_word stack_bytes)
{
    struct kernel *kernel = kernel_of(embedded);
    uk_word bytes = stack_bytes != 0 ? stack_bytes : ROOT_STACK_BYTES, address;
    if (!kernel->running || kernel->started || kernel->root == NULL || kernel->root->depth > 0 ||
        bytes % UK_PAGE != 0 || entry == NULL)
        return UK_BAD_ARGUMENT;
    enum uk_status status = map_pages(embedded, UK_SLOT_SPACE, bytes, &address);
    if (status == UK_OK)
        status = machine_thread_start(kernel, kernel->root);
    if (status != UK_OK)
        return status;
    struct uk_boot_info *info = arena_pointer(kernel, kernel->boot_info);
    const struct space *space = thread_space(kernel->root);
    info->first_free = kernel->next_slot;
    info->free_base = address + bytes + UK_PAGE;
    info->untyped_bytes = 0;
    struct capability *untyped;
    if (embed_find(kernel, UK_SLOT_UNTYPED, UK_TYPE_UNTYPED, &untyped) == UK_OK)
        info->untyped_bytes = ((struct untyped *)untyped->object)->high - ((struct untyped *)untyped->object)->low;
    machine_registers_start(kernel->root, (uk_word)(uintptr_t)entry, address + bytes, space->base);
    kernel->started = 1;
    kernel->root->state = UK_THREAD_READY;
    sched_offer(kernel, kernel->root);
    return UK_OK;
}
