/* SPDX-License-Identifier: MIT */
/* Coming back otherwise than by returning: each call ends exactly once, whichever domain or thread dies. */
#include "core/crossing.h"

#include "core/kernel.h"
#include "core/machine.h"
#include "core/sched_context.h"

/* Nobody is in it, and nothing of whoever was is left. */
static void crossing_vacate(struct kernel *kernel, struct crossing *crossing)
{
    struct object *portal = crossing->domain->owner;
    crossing->thread = NULL;
    crossing->broken = crossing->severed = 0;
    object_rules[portal->type].vacated(kernel, portal, crossing);
}

/* Out of the innermost, wherever its code was: there are frames on that stack which nobody will leave. */
static void crossing_drop(struct kernel *kernel, struct thread *thread)
{
    struct crossing *crossing = thread->crossing;
    crossing_leave(crossing);
    (void)machine_stack_start(kernel, &crossing->place, crossing->stack_bytes); /* it has been: cannot be refused */
    crossing_vacate(kernel, crossing);
}

/* What a call tells that ended without an answer, where the thread is now. */
static void crossing_answer(struct thread *thread, enum uk_status status, uk_handle handle)
{
    struct uk_call *call = &thread->registers.call;
    thread->marks = THREAD_UNTOLD;
    thread->operation = UK_PORTAL_CALL;
    thread->registers.full = 0;
    call->operation = status;
    call->handle = handle;
    call->tag = 0;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call->word[i] = 0;
    thread->record = (struct record){.status = status, .operation = UK_PORTAL_CALL, .handle = handle};
}

void crossing_unwind(struct kernel *kernel, struct thread *thread, enum uk_status status)
{
    struct crossing last;
    unsigned left = 0;
    do {
        last = *thread->crossing;
        if (left++ > 0 || last.broken)
            status = UK_PEER_DIED;
        crossing_drop(kernel, thread);
    } while (thread->crossing != NULL && !domain_is_whole(thread->domain));
    crossing_answer(thread, status, last.handle);
    if (last.severed)
        thread_die(kernel, thread);
}

void crossing_expel(struct kernel *kernel, struct thread *thread, enum uk_status status)
{
    int runs = kernel->current == thread;
    thread_interrupt(kernel, thread);
    crossing_unwind(kernel, thread, status);
    if (!runs) {
        sched_offer(kernel, thread);
        return;
    }
    kernel->current = NULL; /* the operation that it was in the middle of is not its own any more, so has no answer */
    if (thread_can_run(thread) && thread->context->left > 0)
        sched_ready(kernel, thread, 1);
}

void crossing_break(struct kernel *kernel, struct crossing *crossing)
{
    struct crossing *inner = crossing->thread->crossing;
    if (inner == crossing) {
        crossing_expel(kernel, crossing->thread, UK_PEER_DIED);
        return;
    }
    while (inner->outer != crossing)
        inner = inner->outer;
    inner->outer = crossing->outer;
    inner->kept = crossing->kept;
    inner->kept_buffer = crossing->kept_buffer;
    inner->kept_flags = crossing->kept_flags;
    inner->handle = crossing->handle;
    inner->severed = crossing->severed;
    inner->broken = 1;
    crossing->thread->depth--;
    (void)machine_stack_start(kernel, &crossing->place, crossing->stack_bytes);
    crossing_vacate(kernel, crossing);
}

void crossing_forget(struct kernel *kernel, struct thread *thread)
{
    while (thread->crossing != NULL)
        crossing_drop(kernel, thread);
}

/* What is the heir's own takes the place of what the outermost crossing kept: it goes back when the heir dies. */
void crossing_sever(struct kernel *kernel, struct thread *thread, struct thread *heir)
{
    struct crossing *outermost = thread->crossing;
    struct registers_kept kept = registers_keep(&heir->registers);
    uk_word buffer = heir->buffer;
    uint8_t flags = heir->flags;
    thread_interrupt(kernel, thread);
    while (outermost->outer != NULL)
        outermost = outermost->outer;
    heir->registers = thread->registers;
    heir->crossing = thread->crossing;
    heir->depth = thread->depth;
    heir->buffer = thread->buffer;
    heir->flags = thread->flags;
    heir->operation = thread->operation;
    heir->marks = thread->marks & (THREAD_RESTART | THREAD_DRAINS);
    heir->record = (struct record){.fault = UK_FAULT_NONE};
    thread_use(heir, thread->domain);
    thread->crossing = outermost; /* out of it, and so of all, but without freeing the stacks */
    thread->depth = 1;
    crossing_leave(outermost);
    outermost->kept = kept;
    outermost->kept_buffer = buffer;
    outermost->kept_flags = flags;
    outermost->severed = 1;
    for (struct crossing *crossing = heir->crossing; crossing != NULL; crossing = crossing->outer)
        crossing->thread = heir;
    crossing_answer(thread, UK_CANCELLED, outermost->handle);
    sched_offer(kernel, thread);
}
