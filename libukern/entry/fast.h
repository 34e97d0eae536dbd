/* SPDX-License-Identifier: MIT */
/* Fast paths of entry_syscall: each does the whole entry, or nothing at all and answers NULL. */
#ifndef ENTRY_FAST_H
#define ENTRY_FAST_H

#include "core/kernel.h"

struct thread *fast_call(struct kernel *kernel, struct thread *caller);
struct thread *fast_reply_receive(struct kernel *kernel, struct thread *server);

/* May a fast path be tried? Nobody watches or chooses, nothing is or will be due, virtual time. */
static inline int fast_is_allowed(const struct kernel *kernel)
{
    return kernel->now + kernel->entry_cost_ns < kernel->fast_until;
}

#endif
