/* SPDX-License-Identifier: MIT */
/* Threads: registers, state, and the one queue that a blocked thread is on. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include <registers.h>

#include "core/capability.h"
#include "core/deadline.h"
#include "core/outcome.h"
#include "core/queue.h"

struct sched_context;
struct space;
struct reply;
struct crossing;

/* Why a thread last failed or stopped; uk_explain puts it in words. */
struct record {
    uint32_t fault;        /* enum uk_fault_kind; NONE: a status that an operation answered */
    uint32_t status;       /* enum uk_status */
    uint32_t operation;    /* of the failed operation */
    uint32_t access;       /* page fault: enum uk_right of the access */
    uk_handle handle;      /* of the failed operation */
    uint32_t found_type;   /* what the slot held */
    uint32_t found_rights;
    uk_word address, ip;   /* page fault */
};

enum thread_mark {
    THREAD_UNTOLD = 1,     /* it blocked: its result is traced when it runs again */
    THREAD_BY_ARRIVAL = 2, /* the queue that it waits in ignores priorities */
    THREAD_FAULTED = 4,    /* its call is a fault message: the reply resumes or kills, and touches no register */
    THREAD_CLOSED = 8,     /* receives with a filter: registers.call.filter */
    THREAD_RESTART = 16,   /* its operation was preempted, or has a next stage: run it again before any user code */
    THREAD_INTERPOSED = 32, /* its call stands for an operation on an object: the reply's label is the status */
    THREAD_DRAINS = 64,    /* with RESTART: all that is left of its operation is to drain the dying */
    THREAD_LENDS = 128,    /* awaits a reply, and the leases in that Reply are its own */
    THREAD_AWAITED = 256,  /* somebody waits for it who helps, or could; core/help.h */
    THREAD_HELPS = 512,    /* somebody is helped by it */
    THREAD_CIRCLES = 1024, /* its wait leads back to itself, and so helps nobody */
    THREAD_ASKED = 2048,   /* whoever helps it may have to be another */
    THREAD_OF_HELP = THREAD_AWAITED | THREAD_HELPS | THREAD_CIRCLES | THREAD_ASKED
};

/* An object that one thread serves (an endpoint) or feeds on (a notification): it hears of the thread's death. */
struct service {
    struct thread *server;            /* NULL: none */
    struct object *object;            /* in which this is */
    struct service *next, *previous;  /* in server->services */
};

/* Where code runs and what its handles mean. A thread has one of its own, a portal one that threads enter. */
struct domain {
    struct capability cnode, space, fault; /* the last: the endpoint that faults are calls to; may be empty */
    struct object *owner;                  /* the thread or portal in which this is */
};

struct thread {
    struct object object;
    struct registers registers;         /* user registers; `call` is the operation in progress or its results */
    uint8_t state;                      /* enum uk_thread_state */
    uint8_t priority;                   /* its own */
    uint8_t effective;                  /* its helper's, or its own or a lender's, the greater: what the scheduler uses */
    uint8_t maximum;                    /* the most it may give to others */
    uint8_t queued;                     /* in the ready queue */
    uint8_t rank;                       /* in the queue that it waits on */
    uint16_t marks;                     /* enum thread_mark */
    struct thread *next, *previous;     /* ready queue, or its group in a queue; owned by sched.c, queue.c */
    struct thread *group_next, *group_previous; /* head of a group: the groups beside it */
    struct object *waits_on;            /* endpoint, notification or reply, as its state says; else NULL */
    struct queue *waits_in;             /* the queue of that object; NULL when awaiting a reply */
    struct reply *receives_with;        /* while RECEIVING: for the next caller; NULL: none. Stale otherwise */
    uk_word send_badge;                 /* SENDING, CALLING: badge of the capability used */
    uk_handle stage;                    /* its call is answered to this one of its handles; UK_NONE: to itself */
    uint32_t send_generation;           /* and its server generation */
    uint8_t send_rights;                /* and its rights */
    uint8_t handle_words;               /* THREAD_INTERPOSED: which argument words are handles */
    uint8_t lent_priority;              /* of the lender of the context that it runs on; 0: runs on its own */
    uint8_t depth;                      /* crossings */
    uint8_t operation;                  /* the last one that it asked for: registers.call holds its status later */
    uint8_t flags;                      /* enum uk_thread_flag */
    struct deadline deadline;           /* of the wait */
    struct sched_context *context;      /* that it runs on now: its own, or lent by a caller; NULL: passive */
    struct sched_context *own_context;  /* bound to it */
    struct reply *serving;              /* replies bound to it, linked by reply->served_next */
    struct reply *lending;              /* through which its time was lent and will come back; NULL: none */
    struct thread *helper;              /* waits for it, and lets it have its urgency and time; NULL: nobody does */
    struct thread *helps;               /* whose helper it is while it waits; NULL: nobody's */
    struct thread *asked_next;          /* with ASKED: the list kernel->asked_first */
    struct service *services;           /* objects bound to it */
    uk_word signals;                    /* pending bits of the notification bound to it, and ... */
    uint32_t signalled;                 /* ... whether there are any */
    uint32_t misused;                   /* the operation in progress named what it does not have; entry/ only */
    struct object *bound;               /* that notification; NULL: none */
    struct cnode *cnode;                /* of its domain: in which its handles are looked up; NULL: none */
    struct space *space;                /* of its domain: in which its code runs; NULL: none (any more) */
    struct domain *domain;              /* its own, or that of the portal that it is inside of */
    struct domain own;
    struct crossing *crossing;          /* the innermost, by which it came to where it is; NULL: it is at home */
    struct capability watch;            /* a notification, signalled when it dies */
    uk_word buffer;                     /* address of its message buffer; 0: none */
    char name[UK_NAME_MAX];
    struct record record;
    uint64_t entries, calls, faults;
    uk_word exit_code;
};

/* The space in which its code runs; NULL if it has none (any more). */
static inline struct space *thread_space(const struct thread *thread) { return thread->space; }

/* From now on its code runs in this domain. Also after the domain's slots have changed. */
static inline void thread_use(struct thread *thread, struct domain *domain)
{
    thread->domain = domain;
    thread->cnode = (struct cnode *)domain->cnode.object;
    thread->space = (struct space *)domain->space.object;
}

/* Has it everything that running takes, but for budget? */
static inline int thread_can_run(const struct thread *thread)
{
    return thread->state == UK_THREAD_READY && (thread->context != NULL || thread->helper != NULL);
}

/* How urgent it is, but for those who wait for it. */
static inline uint8_t thread_own_urgency(const struct thread *thread)
{
    return thread->priority > thread->lent_priority ? thread->priority : thread->lent_priority;
}

/* Binds an object to its server, or (NULL) to none. */
void service_bind(struct service *service, struct object *object, struct thread *server);

/* Its three slots are empty; `owner` is the object that they are in. */
void domain_begin(struct domain *domain, struct object *owner);
/* Its slot for a CNode or space was emptied: nobody runs there any more. */
void domain_lost(struct kernel *kernel, struct capability *slot);

/* Of threads that are inside of portals; ipc/portal.c. ---------------------------------------------------------------- */

/* A READY thread's innermost call, and those into domains that are gone, end with this status: it is where the first of
 * them was made, with nothing of what it had inside. */
void crossing_unwind(struct kernel *kernel, struct thread *thread, enum uk_status status);
/* The same for a thread in any state. Whatever it waits for, it does not any more; if it was stopped, it stays so. */
void crossing_expel(struct kernel *kernel, struct thread *thread, enum uk_status status);
/* The thread dies: it leaves all domains. */
void crossing_forget(struct kernel *kernel, struct thread *thread);
/* Of those who wait for stacks that this thread is on, who should help it; NULL: nobody. */
struct thread *crossing_helper(const struct thread *thread);
/* The domain of a portal lost its CNode or space. */
void crossing_evict(struct kernel *kernel, struct object *portal);
/* -------------------------------------------------------------------------------------------------------------------- */

/* Does a receive end with its bound notification's bits? Not inside of a portal: they are not for who serves there. */
static inline int thread_hears(const struct thread *thread) { return thread->signalled && thread->crossing == NULL; }
/* The machine's word to a thread with a bound notification: ends its receive, or is kept for the next one. */
void thread_signal(struct kernel *kernel, struct thread *thread, uk_word bits);
/* Takes the pending bits as the result of a receive. */
void thread_take_signals(struct kernel *kernel, struct thread *thread);

/* Takes it off the queue or reply that it waits on, and cancels its deadline. Its state is then READY. */
void thread_unblock(struct kernel *kernel, struct thread *thread);
/* Blocks a thread in `state` on `object` until a deadline, in `queue` (NULL: none). */
void thread_block(struct kernel *kernel, struct thread *thread, uint32_t state, struct object *object,
                  struct queue *queue, int by_priority, uk_time until);
/* An unblocked thread gets the status of its operation, and may run as soon as it has a context. */
void thread_wake(struct kernel *kernel, struct thread *thread, enum uk_status status);
/* It stops waiting for whatever it waits for, or for its fault to be answered; its operation answers UK_CANCELLED. */
void thread_interrupt(struct kernel *kernel, struct thread *thread);
/* A blocked thread stops waiting, with this status: its deadline passed, or somebody broke the wait off. */
void thread_cancel(struct kernel *kernel, struct thread *thread, enum uk_status status);
static inline int thread_is_blocked(const struct thread *thread)
{
    return thread->state >= UK_THREAD_SENDING && thread->state <= UK_THREAD_WAITING;
}
/* The answer to the call that it waits in will be the request of its operation on `stage`, one of its handles. */
void thread_stage(struct thread *thread, uk_handle stage);
/* Its own priority or that of a lender changed: re-sorts whatever queue it is in. */
void thread_reprioritise(struct kernel *kernel, struct thread *thread, uint32_t own, uint32_t lent);
/* Stops it for good: HQ-1, HQ-2 (the death procedure). Idempotent. */
void thread_die(struct kernel *kernel, struct thread *thread);
/* Stops it, keeping its registers: UK_THREAD_SUSPEND, and faults without a handler. */
void thread_stop(struct kernel *kernel, struct thread *thread);

/* The end of an operation that deletes or kills: it completes when nothing is dying any more. Preempted, it goes on
 * without looking its handles up again, which it may have deleted itself. */
struct outcome thread_drains(struct kernel *kernel, struct thread *caller);
/* Its lent time was pulled back in the middle of its work: a timeout fault, raised at the end of this kernel entry. */
void thread_defer_fault(struct kernel *kernel, struct thread *thread);

enum uk_status thread_make(struct kernel *kernel, struct object *object, uk_word size);
void thread_disable(struct kernel *kernel, struct object *object);
int thread_drain(struct kernel *kernel, struct object *object);

struct outcome thread_yield(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_exit(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_name(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_priority(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_registers(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_resume(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_suspend(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_kill(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_watch(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome thread_inspect(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
