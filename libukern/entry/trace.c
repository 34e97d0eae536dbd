/* SPDX-License-Identifier: MIT */
/* Events for the embedder's hook: kernel numbers and kernel time only, so that equal runs give equal traces. */
#include <string.h>

#include <ukern/ukern.h>

#include "entry/act.h"

static struct uk_event event_of(const struct kernel *kernel, uint32_t kind, const struct thread *thread)
{
    struct uk_event event = {.time = kernel->now, .kind = kind};
    if (thread != NULL) {
        event.thread = thread->object.number;
        memcpy(event.name, thread->name, UK_NAME_MAX);
    }
    return event;
}

static void emit(struct kernel *kernel, const struct uk_event *event) { kernel->trace(kernel->trace_context, event); }

void trace_entry(struct kernel *kernel, const struct thread *caller)
{
    const struct uk_call *call = &caller->registers.call;
    struct uk_event event = event_of(kernel, UK_EVENT_ENTRY, caller);
    event.operation = (uint32_t)call->operation & 0xff;
    event.handle = call->handle;
    event.tag = call->tag;
    memcpy(event.word, call->word, sizeof event.word);
    emit(kernel, &event);
}

void trace_result(struct kernel *kernel, const struct thread *caller)
{
    struct uk_event event = event_of(kernel, UK_EVENT_RESULT, caller);
    event.operation = caller->operation;
    event.status = (uint32_t)caller->registers.call.operation;
    event.badge = caller->registers.call.handle;
    event.tag = caller->registers.call.tag;
    if (event.operation == UK_PORTAL_CALL && event.status == UK_OK && (event.tag & UK_TAG_CALL) != 0) {
        event.kind = UK_EVENT_ENTER; /* it is not done, but goes on inside */
        event.word[0] = caller->domain->owner->number;
    }
    emit(kernel, &event);
}

void trace_return(struct kernel *kernel, struct thread *thread)
{
    if ((thread->marks & THREAD_UNTOLD) != 0)
        trace_result(kernel, thread);
    thread->marks &= (uint16_t)~THREAD_UNTOLD;
}

void trace_switch(struct kernel *kernel)
{
    struct uk_event event = event_of(kernel, UK_EVENT_SWITCH, kernel->current);
    emit(kernel, &event);
}

void trace_fault(struct kernel *kernel, const struct thread *thread)
{
    struct uk_event event = event_of(kernel, UK_EVENT_FAULT, thread);
    event.operation = thread->record.operation;
    event.handle = thread->record.handle;
    event.status = thread->record.status;
    event.tag = thread->record.fault;
    event.word[0] = thread->record.address;
    event.word[1] = thread->record.access;
    emit(kernel, &event);
}

void trace_stop(struct kernel *kernel, const struct thread *thread, uint32_t status)
{
    struct uk_event event = event_of(kernel, UK_EVENT_STOP, thread);
    event.status = status;
    event.tag = thread->record.fault;
    emit(kernel, &event);
}

void trace_signal(struct kernel *kernel, uk_word bits)
{
    struct uk_event event = event_of(kernel, UK_EVENT_SIGNAL, NULL);
    event.word[0] = bits;
    emit(kernel, &event);
}
