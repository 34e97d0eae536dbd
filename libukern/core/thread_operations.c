/* SPDX-License-Identifier: MIT */
/* What users ask of threads. Those that touch registers, CNode or space want the thread stopped. */
#include <string.h>

#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/reply.h"
#include "core/sched_context.h"

struct outcome thread_yield(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel, (void)caller, (void)via;
    return (struct outcome){OUTCOME_YIELDED, UK_OK, NULL};
}

struct outcome thread_exit(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)via;
    if (caller->crossing != NULL) { /* that code is not its own: it ends the call, not the caller */
        crossing_expel(kernel, caller, UK_PEER_DIED);
        return outcome_block(NULL);
    }
    caller->exit_code = caller->registers.call.word[0];
    if (caller == kernel->root) {
        kernel->halted = 1;
        kernel->exit_code = (int64_t)caller->exit_code;
    }
    thread_die(kernel, caller);
    return outcome_block(NULL);
}

/* Replaces what one of the thread's own slots holds; `source` NULL: empties it. */
static void slot_set(struct kernel *kernel, struct capability *slot, struct capability *source)
{
    (void)capability_remove(kernel, slot);
    if (source != NULL)
        capability_derive(slot, source, source->rights, source->badge);
}

struct parts {
    struct capability *cnode, *space, *fault;
};

static enum uk_status find_parts(const struct thread *caller, uk_word parts, struct parts *found)
{
    const uk_word *word = caller->registers.call.word;
    enum uk_status status = UK_OK;
    if ((parts & UK_PART_CNODE) != 0)
        status = capability_require(caller, word[0], UK_TYPE_CNODE, UK_RIGHT_MANAGE, &found->cnode);
    if (status == UK_OK && (parts & UK_PART_SPACE) != 0)
        status = capability_require(caller, word[1], UK_TYPE_SPACE, UK_RIGHT_MANAGE, &found->space);
    if (status == UK_OK && (parts & UK_PART_FAULT) != 0 && word[2] != UK_NONE)
        status = capability_require(caller, word[2], UK_TYPE_ENDPOINT, UK_RIGHT_SEND, &found->fault);
    return status;
}

struct outcome thread_configure(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    const uk_word *word = caller->registers.call.word;
    struct thread *thread = (struct thread *)via->object;
    struct parts found = {NULL, NULL, NULL};
    uk_word parts = word[5], buffer = word[3], flags = word[4];
    const uk_word live = UK_PART_FAULT | UK_PART_FLAGS;
    if (parts == 0 || parts >= UK_PART_FLAGS * 2 || ((parts & UK_PART_BUFFER) != 0 && buffer % UK_BUFFER_BYTES != 0) ||
        ((parts & UK_PART_FLAGS) != 0 && flags > (UK_THREAD_FAULT_ON_MISUSE | UK_THREAD_FAULT_ON_TIMEOUT)))
        return outcome_done(UK_BAD_ARGUMENT);
    enum uk_status status = find_parts(caller, parts, &found);
    if (status != UK_OK)
        return outcome_done(status);
    if ((parts & ~live) != 0 && thread->state != UK_THREAD_STOPPED && thread != caller)
        return outcome_done(UK_BUSY);
    if ((parts & ~(uk_word)UK_PART_FAULT) != 0 && thread->crossing != NULL) /* they are those of where it is */
        return outcome_done(UK_BUSY);
    if ((parts & UK_PART_SPACE) != 0 && thread == caller)
        return outcome_done(UK_BUSY);
    if ((parts & UK_PART_FAULT) != 0)
        slot_set(kernel, &thread->own.fault, found.fault);
    if ((parts & UK_PART_BUFFER) != 0)
        thread->buffer = buffer;
    if ((parts & UK_PART_FLAGS) != 0)
        thread->flags = (uint8_t)flags;
    if ((parts & UK_PART_SPACE) != 0)
        slot_set(kernel, &thread->own.space, found.space);
    if ((parts & UK_PART_CNODE) != 0)
        slot_set(kernel, &thread->own.cnode, found.cnode);
    thread_use(thread, thread->domain);
    return outcome_done(UK_OK);
}

struct outcome thread_name(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    struct thread *thread = (struct thread *)via->object;
    for (unsigned i = 0; i < UK_NAME_MAX; i++)
        thread->name[i] = (char)(caller->registers.call.word[i / 8] >> (i % 8 * 8));
    thread->name[UK_NAME_MAX - 1] = 0;
    return outcome_done(UK_OK);
}

struct outcome thread_priority(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    const uk_word *word = caller->registers.call.word;
    struct thread *thread = (struct thread *)via->object;
    if (word[0] > UK_PRIORITY_MAX || word[1] > UK_PRIORITY_MAX)
        return outcome_done(UK_BAD_ARGUMENT);
    if (word[0] > caller->maximum || word[1] > caller->maximum)
        return outcome_done(UK_NO_RIGHT);
    thread->maximum = (uint8_t)word[1];
    thread_reprioritise(kernel, thread, (uint32_t)word[0], thread->lent_priority);
    if ((thread->marks & THREAD_AWAITED) != 0)
        help_look(kernel, thread);
    if (thread->state == UK_THREAD_AWAITING_REPLY)
        help_ask_target(kernel, thread);
    return outcome_done(UK_OK);
}

struct outcome thread_registers(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    const uk_word *word = caller->registers.call.word;
    struct thread *thread = (struct thread *)via->object;
    if (thread->state != UK_THREAD_STOPPED || thread->crossing != NULL)
        return outcome_done(UK_BUSY);
    if (word[1] % 16 != 0)
        return outcome_done(UK_BAD_ARGUMENT);
    thread->marks &= THREAD_OF_HELP;
    machine_registers_start(thread, word[0], word[1], word[2]);
    return outcome_done(UK_OK);
}

struct outcome thread_resume(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)caller;
    struct thread *thread = (struct thread *)via->object;
    if (thread->state == UK_THREAD_DEAD)
        return outcome_done(UK_PEER_DIED);
    if (thread->state != UK_THREAD_STOPPED)
        return outcome_done(UK_OK);
    enum uk_status status = machine_thread_start(kernel, thread);
    if (status != UK_OK)
        return outcome_done(status);
    thread->record.fault = UK_FAULT_NONE; /* whatever stopped it is past */
    thread->state = UK_THREAD_READY;
    sched_offer(kernel, thread);
    return outcome_done(UK_OK);
}

struct outcome thread_suspend(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *thread = (struct thread *)via->object;
    if (thread->state == UK_THREAD_DEAD)
        return outcome_done(UK_PEER_DIED);
    thread_stop(kernel, thread);
    if (thread == caller)
        thread->registers.call.operation = UK_OK;
    return thread == caller ? outcome_block(NULL) : outcome_done(UK_OK);
}

struct outcome thread_kill(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *thread = (struct thread *)via->object;
    thread_die(kernel, thread);
    if (thread == caller)
        return outcome_block(NULL);
    return thread_drains(kernel, caller);
}

struct outcome thread_watch(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *thread = (struct thread *)via->object;
    uk_handle handle = caller->registers.call.word[0];
    struct capability *source = NULL;
    enum uk_status status = handle == UK_NONE ? UK_OK
                                              : capability_require(caller, handle, UK_TYPE_NOTIFICATION,
                                                                   UK_RIGHT_SEND, &source);
    if (status == UK_OK && thread->state == UK_THREAD_DEAD)
        status = UK_PEER_DIED;
    if (status == UK_OK)
        slot_set(kernel, &thread->watch, source);
    return outcome_done(status);
}

static uint32_t replies_owed(const struct thread *thread)
{
    uint32_t count = 0;
    for (const struct reply *reply = thread->serving; reply != NULL; reply = reply->served_next)
        count += reply->caller != NULL;
    return count;
}

struct outcome thread_inspect(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    const struct thread *thread = (const struct thread *)via->object;
    uk_word *word = caller->registers.call.word;
    if (word[0] > 1)
        return outcome_done(UK_BAD_ARGUMENT);
    if (word[0] == 0) {
        word[0] = thread->state;
        word[1] = thread->priority | (uk_word)thread->effective << 8 | (uk_word)thread->maximum << 16 |
                  (uk_word)thread->depth << 24;
        word[2] = thread->object.number;
        word[3] = thread->own_context != NULL ? thread->own_context->total : 0;
        memcpy(&word[4], thread->name, UK_NAME_MAX);
    } else {
        word[0] = thread->entries;
        word[1] = thread->calls;
        word[2] = thread->faults;
        word[3] = thread->deadline.at;
        word[4] = thread->exit_code;
        word[5] = replies_owed(thread);
    }
    return outcome_done(UK_OK);
}
