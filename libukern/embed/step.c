/* SPDX-License-Identifier: MIT */
/* Step: one operation as a given thread, through the same entry as a trap, with no user code anywhere. */
#include <string.h>

#include "core/help.h"
#include "core/machine.h"
#include "embed/embed.h"
#include "entry/entry.h"

/* User code keeps its registers to itself: only the first thread of a running kernel, before uk_start, can be stepped. */
static int may_step(const struct kernel *kernel, const struct thread *thread)
{
    if (kernel->panic != NULL || kernel->halted)
        return 0;
    if (kernel->running)
        return thread == kernel->root && !kernel->started && thread->state == UK_THREAD_STOPPED;
    return sched_may_run(thread);
}

/* Makes it the current thread; the one before goes to the front of its queue. */
static void make_current(struct kernel *kernel, struct thread *thread)
{
    struct thread *before = kernel->current;
    if (kernel->running)
        thread->state = UK_THREAD_READY;
    if (before == thread)
        return;
    kernel->current = NULL;
    if (before != NULL && sched_may_run(before))
        sched_ready(kernel, before, 1);
    sched_unready(kernel, thread);
    kernel->current = thread;
    sched_context_use(kernel, help_payer(thread));
    kernel->next_event = kernel->fast_until = 0; /* looked at anew at the end of the entry */
}

/* In a running kernel the first thread goes back to waiting for uk_start. */
static void put_back(struct kernel *kernel, struct thread *thread, uint32_t number)
{
    if (!kernel->running || thread->object.number != number || thread->state == UK_THREAD_DEAD)
        return;
    thread_stop(kernel, thread);
    if (kernel->current == thread) {
        sched_context_use(kernel, NULL);
        kernel->current = NULL;
    }
}

static struct thread *settle(struct kernel *kernel, struct thread *next)
{
    while (machine_devices_settle(kernel))
        next = entry_interrupt(kernel);
    return next;
}

static void report(struct kernel *kernel, struct thread *thread, uint32_t number, struct uk_result *result)
{
    int lives = thread->object.number == number && thread->object.type == UK_TYPE_THREAD;
    const struct thread *next = kernel->current;
    memset(result, 0, sizeof *result);
    result->next = next != NULL ? next->object.number : 0;
    result->completed = lives && thread->state == UK_THREAD_READY && (thread->marks & THREAD_RESTART) == 0;
    if (lives)
        result->call = thread->registers.call;
    result->status = result->completed ? (enum uk_status)result->call.operation : UK_OK;
}

static enum uk_status find_thread(struct kernel *kernel, uk_handle handle, struct thread **thread)
{
    struct capability *slot;
    enum uk_status status = embed_find(kernel, handle, UK_TYPE_THREAD, &slot);
    if (status != UK_OK)
        return status;
    *thread = (struct thread *)slot->object;
    return may_step(kernel, *thread) ? UK_OK : UK_BUSY;
}

UK_API enum uk_status uk_step(struct uk_kernel *embedded, uk_handle handle, const struct uk_call *call,
                              struct uk_result *result)
{
    struct kernel *kernel = kernel_of(embedded);
    struct thread *thread;
    enum uk_status status = find_thread(kernel, handle, &thread);
    if (status != UK_OK)
        return status;
    uint32_t number = thread->object.number;
    int restarts = (thread->marks & THREAD_RESTART) != 0;
    if (!restarts && call == NULL)
        return UK_BUSY;
    make_current(kernel, thread);
    if (!restarts)
        thread->registers.call = *call;
    struct thread *next = restarts ? entry_restart(kernel) : entry_syscall(kernel);
    next = settle(kernel, next);
    while (next == thread && thread->object.number == number && (thread->marks & THREAD_RESTART) != 0)
        next = settle(kernel, entry_interrupt(kernel));
    report(kernel, thread, number, result);
    put_back(kernel, thread, number);
    return UK_OK;
}

UK_API enum uk_status uk_root(struct uk_kernel *embedded, struct uk_call *call)
{
    struct uk_result result;
    enum uk_status status = uk_step(embedded, UK_SLOT_THREAD, call, &result);
    if (status != UK_OK)
        return UK_BUSY;
    *call = result.call;
    return result.completed ? result.status : UK_BUSY;
}

UK_API uint32_t uk_advance(struct uk_kernel *embedded, uk_time time)
{
    struct kernel *kernel = kernel_of(embedded);
    machine_time_advance(kernel, time);
    const struct thread *next = settle(kernel, entry_interrupt(kernel));
    return next != NULL ? next->object.number : 0;
}

UK_API enum uk_status uk_step_fault(struct uk_kernel *embedded, uk_handle handle, enum uk_fault_kind kind,
                                    uk_word address, uint32_t access, struct uk_result *result)
{
    struct kernel *kernel = kernel_of(embedded);
    struct thread *thread;
    enum uk_status status = find_thread(kernel, handle, &thread);
    if (status != UK_OK)
        return status;
    if (kind == UK_FAULT_NONE || kind >= UK_FAULT_COUNT)
        return UK_BAD_ARGUMENT;
    uint32_t number = thread->object.number;
    make_current(kernel, thread);
    (void)settle(kernel, entry_fault(kernel, kind, address, access, thread->registers.ip));
    report(kernel, thread, number, result);
    put_back(kernel, thread, number);
    return UK_OK;
}

static enum uk_status find_memory(struct kernel *kernel, uk_handle handle, struct space **space)
{
    struct capability *slot;
    enum uk_status status = embed_find(kernel, handle, UK_TYPE_THREAD, &slot);
    if (status == UK_OK)
        *space = thread_space((struct thread *)slot->object);
    return status == UK_OK && *space == NULL ? UK_CALLER_FAULT : status;
}

UK_API enum uk_status uk_peek(struct uk_kernel *embedded, uk_handle thread, uk_word address, void *bytes,
                              size_t length)
{
    struct space *space = NULL;
    enum uk_status status = find_memory(kernel_of(embedded), thread, &space);
    if (status != UK_OK)
        return status;
    return space_read(kernel_of(embedded), space, address, bytes, length) ? UK_OK : UK_CALLER_FAULT;
}

UK_API enum uk_status uk_poke(struct uk_kernel *embedded, uk_handle thread, uk_word address, const void *bytes,
                              size_t length)
{
    struct space *space = NULL;
    enum uk_status status = find_memory(kernel_of(embedded), thread, &space);
    if (status != UK_OK)
        return status;
    return space_write(kernel_of(embedded), space, address, bytes, length) ? UK_OK : UK_CALLER_FAULT;
}
