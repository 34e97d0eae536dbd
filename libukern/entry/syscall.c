/* SPDX-License-Identifier: MIT */
/* The operation table: number, handle, type, right are checked here once; then the operation decides. */
#include "core/cnode.h"
#include "core/machine.h"
#include "core/reply.h"
#include "core/sched_context.h"
#include "entry/act.h"
#include "entry/entry.h"
#include "entry/fast.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/lease.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/resident.h"
#include "ipc/portal.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

struct operation {
    operation_function function;
    uint8_t type;    /* of object; NONE: takes no handle */
    uint8_t right;
    uint8_t handles; /* which argument words are handles */
};

static const struct operation operations[UK_OPERATION_COUNT] = {
#define UK_X(name, number, function, type, right, handles) [name] = {function, type, right, handles},
    UK_OPERATIONS(UK_X)
#undef UK_X
};

/* The caller named something that it does not have: with UK_THREAD_FAULT_ON_MISUSE that is a fault. */
static struct outcome misuse(struct thread *caller, enum uk_status status, const struct capability *found)
{
    caller->record = (struct record){.fault = UK_FAULT_OPERATION,
                                     .found_type = found != NULL ? found->type : UK_TYPE_NONE,
                                     .found_rights = found != NULL ? found->rights : 0};
    caller->misused = 1;
    return outcome_done(status);
}

/* What went wrong stays with the thread, for whoever asks uk_explain. */
static void record_failure(struct thread *caller, uint32_t status, int faults)
{
    struct record *record = &caller->record;
    if (!caller->misused)
        *record = (struct record){.found_type = UK_TYPE_NONE};
    caller->misused = 0;
    record->fault = faults ? UK_FAULT_OPERATION : UK_FAULT_NONE;
    record->status = status;
    record->operation = caller->operation;
    record->handle = caller->registers.call.handle;
    record->ip = caller->registers.ip;
}

static struct thread *failed(struct kernel *kernel, struct thread *caller, struct outcome outcome)
{
    int faults = caller->misused && (caller->flags & UK_THREAD_FAULT_ON_MISUSE) != 0;
    record_failure(caller, outcome.status, faults);
    return faults ? act_fault(kernel, caller) : act(kernel, caller, outcome);
}

/* The operation becomes a call: label its number, words its arguments, items the capabilities that these name. */
static struct outcome interpose(struct kernel *kernel, struct thread *caller, struct capability *via,
                                const struct operation *operation)
{
    struct uk_call *call = &caller->registers.call;
    if ((via->rights & UK_RIGHT_SEND) == 0)
        return misuse(caller, UK_NO_RIGHT, via);
    unsigned items = 0;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        items += (operation->handles >> i & 1) != 0 && call->word[i] != UK_NONE;
    caller->handle_words = operation->handles;
    caller->marks |= THREAD_INTERPOSED;
    call->tag = UK_TAG(call->operation & 0xff, UK_REGISTER_WORDS, items);
    struct outcome outcome = endpoint_call_with(kernel, caller, via, UK_FOREVER, UK_TAG_INTERPOSED);
    if (outcome.kind == OUTCOME_DONE)
        caller->marks &= (uint16_t)~THREAD_INTERPOSED;
    return outcome;
}

/* What the caller named is not there, or not to be used so: or it is an endpoint, and its server shall do it. */
__attribute__((noinline)) static struct outcome operation_refused(struct kernel *kernel, struct thread *caller, int within)
{
    const struct uk_call *call = &caller->registers.call;
    uk_word number = call->operation & ~UK_FILTERED;
    if (number >= UK_OPERATION_COUNT)
        return misuse(caller, UK_BAD_OPERATION, NULL);
    const struct operation *operation = &operations[number];
    struct capability *via = NULL;
    enum uk_status status = capability_find(caller, call->handle, &via);
    if (status != UK_OK)
        return misuse(caller, status, NULL);
    if (via->type != operation->type && via->type != UK_TYPE_ENDPOINT)
        return misuse(caller, UK_WRONG_TYPE, via);
    if (via->type != operation->type)
        return within ? outcome_done(UK_WOULD_BLOCK) : interpose(kernel, caller, via, operation);
    return misuse(caller, UK_NO_RIGHT, via);
}

/* `within` another operation. What is not as it should be is asked again, apart: here nothing is to be kept for it. */
__attribute__((always_inline)) static inline struct outcome decide(struct kernel *kernel, struct thread *caller, int within)
{
    uk_word number = caller->registers.call.operation & ~UK_FILTERED;
    if (FAST_UNLIKELY(number >= UK_OPERATION_COUNT))
        return operation_refused(kernel, caller, within);
    const struct operation *operation = &operations[number];
    if (operation->type == UK_TYPE_NONE)
        return operation->function(kernel, caller, NULL);
    const struct capability *via = fast_find_slot(caller, caller->registers.call.handle);
    if (FAST_UNLIKELY(via == NULL || via->type != operation->type || (via->rights & operation->right) == 0))
        return operation_refused(kernel, caller, within);
    return operation->function(kernel, caller, (struct capability *)via);
}

static struct outcome decide_or_drain(struct kernel *kernel, struct thread *caller)
{
    if ((caller->marks & THREAD_DRAINS) == 0)
        return decide(kernel, caller, 0);
    caller->marks &= (uint16_t)~THREAD_DRAINS;
    return thread_drains(kernel, caller);
}

__attribute__((noinline)) static struct outcome operation_within_traced(struct kernel *kernel, struct thread *caller)
{
    trace_entry(kernel, caller);
    return decide(kernel, caller, 1);
}

/* All calls are the last thing that is done, so that it needs no stack. */
struct outcome operation_within(struct kernel *kernel, struct thread *caller)
{
    caller->operation = (uint8_t)caller->registers.call.operation;
    if (FAST_UNLIKELY(kernel->tracing != 0))
        return operation_within_traced(kernel, caller);
    return decide(kernel, caller, 1);
}

void operation_within_tell(struct kernel *kernel, struct thread *caller, uint32_t status)
{
    if (kernel->current != caller)
        return;
    if (status != UK_OK)
        record_failure(caller, status, 0);
    caller->registers.call.operation = status;
    if (kernel->tracing)
        trace_result(kernel, caller);
}

/* The current thread's operation, once. A fresh one does not drain. Inlined, for most entries go through here once. */
__attribute__((always_inline)) static inline struct thread *perform(struct kernel *kernel, int restarts)
{
    struct thread *caller = kernel->current;
    if (kernel->tracing) {
        trace_return(kernel, caller); /* an embedder may step it before it was its turn */
        trace_entry(kernel, caller);
    }
    caller->operation = (uint8_t)caller->registers.call.operation;
    struct outcome outcome = restarts ? decide_or_drain(kernel, caller) : decide(kernel, caller, 0);
    if (outcome.kind == OUTCOME_DONE && outcome.status != UK_OK)
        return failed(kernel, caller, outcome);
    return act(kernel, caller, outcome);
}

struct thread *act_finish(struct kernel *kernel, struct thread *next)
{
    while (next != NULL && (next->marks & THREAD_RESTART) != 0) {
        next->marks &= (uint16_t)~THREAD_RESTART;
        next = perform(kernel, 1);
        if (machine_preempted(kernel))
            break;
    }
    return next;
}

struct thread *entry_restart(struct kernel *kernel)
{
    fold_end(kernel);
    act_enter(kernel);
    return act_finish(kernel, kernel->current);
}

struct thread *entry_syscall_slow(struct kernel *kernel)
{
    struct thread *next;
    if (__builtin_expect(kernel->folded != NULL || kernel->current->registers.call.operation == UK_BOUND_CALL, 0) &&
        (next = fold_miss(kernel)) != NULL)
        return next;
    act_enter(kernel);
    kernel->current->entries++;
    next = perform(kernel, 0);
    if (__builtin_expect(next != NULL && (next->marks & THREAD_RESTART) != 0, 0) && !machine_preempted(kernel))
        next = act_finish(kernel, next);
    return next;
}

struct thread *entry_syscall(struct kernel *kernel)
{
    struct thread *next = fast_syscall(kernel);
    if (next == NULL && fast_is_crossing(kernel))
        next = fast_crossing(kernel);
    if (next == NULL)
        next = entry_syscall_slow(kernel);
    fold_end(kernel); /* whoever drives us so may look at everything in between */
    return next;
}
