/* SPDX-License-Identifier: MIT */
/* What an operation decided: its status and who runs next. Only entry/ acts on it. */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

#include <ukern/abi.h>

struct kernel;
struct thread;
struct capability;

enum outcome_kind {
    OUTCOME_DONE = 0,   /* completed with `status`; the caller goes on, unless somebody more urgent became ready */
    OUTCOME_BLOCKED,    /* the caller sleeps, and is on the queue of its state; `next` runs directly if not NULL */
    OUTCOME_YIELDED,    /* completed; the caller goes behind its equals */
    OUTCOME_RESTART     /* preempted; the caller stays ready and will ask for the same operation again */
};

struct outcome {
    uint32_t kind;      /* enum outcome_kind */
    uint32_t status;    /* enum uk_status, for DONE and YIELDED */
    struct thread *next; /* BLOCKED: hand the CPU to this thread, if its priority allows; NULL: pick */
};

typedef struct outcome (*operation_function)(struct kernel *kernel, struct thread *caller, struct capability *via);

/* Decides the operation in the registers of `caller`, which runs, from within another one (a ring's): as if it had been
 * asked for by itself, but that it never becomes a call to an endpoint, and that misuse is no fault. entry/ fills it in. */
struct outcome operation_within(struct kernel *kernel, struct thread *caller);
/* It is done, and it failed or somebody traces: what went wrong stays with `caller`, if it is still there, and in the trace. */
void operation_within_tell(struct kernel *kernel, struct thread *caller, uint32_t status);

static inline struct outcome outcome_done(enum uk_status status)
{
    return (struct outcome){OUTCOME_DONE, status, (struct thread *)0};
}

static inline struct outcome outcome_block(struct thread *next)
{
    return (struct outcome){OUTCOME_BLOCKED, UK_OK, next};
}

static inline struct outcome outcome_restart(void)
{
    return (struct outcome){OUTCOME_RESTART, UK_OK, (struct thread *)0};
}

#endif
