/* SPDX-License-Identifier: MIT */
/* Scheduling contexts: budget in every period, as a sporadic server; lent along calls, returned by replies. */
#ifndef CORE_SCHED_CONTEXT_H
#define CORE_SCHED_CONTEXT_H

#include "core/deadline.h"
#include "core/object.h"
#include "core/thread.h"

struct reply;

/* Budget that comes back at a time. */
struct refill {
    uk_time at;
    uk_time amount;
};

struct sched_context {
    struct object object;
    struct thread *holder;    /* who runs on it now; NULL: nobody */
    struct thread *owner;     /* to whom it is bound; NULL: unbound */
    struct reply *chain;      /* the innermost reply that will hand it back; NULL: not lent */
    uk_time budget, period;   /* equal: round robin, budget is the slice; budget 0: nothing can run on it */
    uk_time left;             /* of the head refill, usable now */
    uk_time started;          /* while in use (kernel->charging): from when on its use is not yet charged */
    uk_time total;            /* charged since it was made */
    uint32_t policy;          /* enum uk_chain_policy */
    uint32_t refill_count;    /* used entries of `refills` */
    struct refill refills[UK_REFILLS_MAX]; /* to come, by time */
    struct deadline deadline; /* DEADLINE_REFILL: the next refill, while `left` is 0 */
    uint32_t depth;           /* length of the chain */
    uint32_t reserved;
};

/* The context in use (kernel->charging) has been used until now. Returns 1 if its budget is spent. */
int sched_context_charge(struct kernel *kernel);
/* From now on this context is in use; NULL: none is. */
void sched_context_use(struct kernel *kernel, struct sched_context *context);
/* Budget that is due by now comes back; whoever holds the context may run again. */
void sched_context_refill(struct kernel *kernel, struct sched_context *context);
/* Gives a context to a thread that runs on none (`lent` is the priority that comes with it), or takes it from its
 * holder. */
void sched_context_give(struct kernel *kernel, struct sched_context *context, struct thread *thread, uint32_t lent);
/* From one thread to another, along a call or back. If it is in use it stays so: the clock runs on. */
void sched_context_pass(struct kernel *kernel, struct sched_context *context, struct thread *thread, uint32_t lent);
void sched_context_take(struct kernel *kernel, struct sched_context *context);

/* Ready, and has time: its own, or its helper's. */
static inline int sched_may_run(const struct thread *thread)
{
    return thread->state == UK_THREAD_READY &&
           ((thread->context != NULL && thread->context->left > 0) || thread->helper != NULL);
}

enum uk_status sched_context_make(struct kernel *kernel, struct object *object, uk_word size);
void sched_context_disable(struct kernel *kernel, struct object *object);

struct outcome sched_context_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome sched_context_bind(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome sched_context_unbind(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
