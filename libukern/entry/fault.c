/* SPDX-License-Identifier: MIT */
/* Faults become calls to the thread's fault endpoint; with nobody to answer, the thread stops and its record stays. */
#include "core/machine.h"
#include "core/lazy.h"
#include "entry/act.h"
#include "entry/entry.h"
#include "entry/fold.h"
#include "ipc/endpoint.h"

/* Code behind a portal is not the thread's own: then only the call fails. */
static struct outcome stop(struct kernel *kernel, struct thread *thread)
{
    thread->marks &= (uint16_t)~THREAD_FAULTED;
    if (thread->crossing != NULL) {
        crossing_expel(kernel, thread, UK_PEER_FAULT);
        return outcome_block(NULL);
    }
    thread_stop(kernel, thread);
    if (kernel->tracing)
        trace_stop(kernel, thread, UK_OK);
    return outcome_block(NULL);
}

struct outcome fault_raise(struct kernel *kernel, struct thread *thread)
{
    thread->faults++;
    kernel->counters.faults++;
    if (kernel->tracing)
        trace_fault(kernel, thread);
    if (thread->domain->fault.type != UK_TYPE_ENDPOINT)
        return stop(kernel, thread);
    thread->marks |= THREAD_FAULTED;
    struct outcome outcome = endpoint_call_with(kernel, thread, &thread->domain->fault, UK_FOREVER, 0);
    return outcome.kind == OUTCOME_BLOCKED ? outcome : stop(kernel, thread);
}

struct thread *act_fault(struct kernel *kernel, struct thread *thread)
{
    return act(kernel, thread, fault_raise(kernel, thread));
}

struct thread *entry_fault(struct kernel *kernel, uint32_t kind, uk_word address, uint32_t access, uk_word ip)
{
    struct thread *thread = kernel->current;
    fold_end(kernel);
    act_enter(kernel);
    if (kind == UK_FAULT_PAGE && access == UK_RIGHT_WRITE && lazy_fault(kernel, thread_space(thread), address))
        return act_resume(kernel);
    thread->record = (struct record){.fault = kind, .access = access, .address = address, .ip = ip};
    return act_fault(kernel, thread);
}
