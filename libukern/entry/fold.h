/* SPDX-License-Identifier: MIT */
/* Folded calls: what a bound call and its answer have to ask is asked once, and stays true until anybody else enters the
 * kernel, for nothing changes but in kernel entries. Until then only the messages move, and who runs: what the two threads,
 * the Reply, the queue and the lent time have to say of a call in progress is written by fold_end, which every other way
 * into the kernel goes through first. So nobody ever sees that a call was folded (SY-1, tests/entry/fold_test.c). */
#ifndef ENTRY_FOLD_H
#define ENTRY_FOLD_H

#include "core/kernel.h"
#include "ipc/bound.h"

/* The current thread's operation, if all that is folded says nothing of it: the fold of this very call begins, or all of
 * them end and a fast path takes it; NULL: the long road must. */
struct thread *fold_miss(struct kernel *kernel);
/* Nothing is folded any more, and everything is written as if nothing had been. */
void fold_end(struct kernel *kernel);

/* Length and items: at most six words. And it will wait for ever. */
static inline int fold_is_plain(const struct uk_call *call)
{
    return (call->tag & 1023) <= UK_REGISTER_WORDS && call->deadline == UK_FOREVER;
}

/* As fast_move. Here lengths hardly differ from call to call, so branches cost less than masks. */
static inline void fold_move(struct kernel *kernel, const struct thread *source, struct thread *target, uk_word flags,
                             uk_word badge)
{
    uk_word tag = source->registers.call.tag, length = tag & 127;
    const uk_word *from = source->registers.call.word;
    uk_word *to = target->registers.call.word;
    kernel->counters.words_copied += length;
    target->registers.call.operation = UK_OK;
    target->registers.call.handle = badge;
    target->registers.call.tag = (tag & (1023 | ~(uk_word)0xffffffff)) | flags;
    to[0] = length > 0 ? from[0] : 0;
    to[1] = length > 1 ? from[1] : 0;
    to[2] = length > 2 ? from[2] : 0;
    to[3] = length > 3 ? from[3] : 0;
    to[4] = length > 4 ? from[4] : 0;
    to[5] = length > 5 ? from[5] : 0;
}

static inline struct thread *fold_switch(struct kernel *kernel, struct thread *next)
{
    kernel->now += kernel->entry_cost_ns;
    kernel->counters.entries++;
    kernel->current = next;
    return next;
}

static inline struct thread *fold_call(struct kernel *kernel, struct bound *bound)
{
    const struct thread *caller = bound->caller;
    struct thread *server = bound->server;
    fold_move(kernel, caller, server, UK_TAG_CALL, bound->target.badge);
    bound->calls++;
    return fold_switch(kernel, server);
}

static inline struct thread *fold_answer(struct kernel *kernel, struct bound *bound)
{
    fold_move(kernel, bound->server, bound->caller, 0, 0);
    bound->replies++;
    return fold_switch(kernel, bound->caller);
}

static inline int fold_is_call(const struct bound *bound, const struct thread *current)
{
    const struct uk_call *call = &current->registers.call;
    return current == bound->caller && call->operation == UK_BOUND_CALL && call->handle == bound->handle;
}

static inline int fold_is_answer(const struct bound *bound, const struct thread *current)
{
    const struct uk_call *call = &current->registers.call;
    return current == bound->server && call->operation == UK_REPLY_RECEIVE && call->handle == bound->receives &&
           call->reply == bound->answers;
}

/* The current thread's operation, while there are folded calls; NULL: nothing was done. */
static inline struct thread *fold_syscall(struct kernel *kernel)
{
    struct bound *bound = kernel->folded;
    if (!fold_is_plain(&kernel->current->registers.call) || kernel->now + kernel->entry_cost_ns >= kernel->folded_until)
        return NULL;
    if (fold_is_call(bound, kernel->current))
        return fold_call(kernel, bound);
    return fold_is_answer(bound, kernel->current) && bound->next == UK_NONE ? fold_answer(kernel, bound) : NULL;
}

#endif
