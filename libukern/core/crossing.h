/* SPDX-License-Identifier: MIT */
/* Crossings: what a thread leaves behind when it enters another domain, so that it comes back exactly once (after the
 * linkage records of LRPC). They form a stack; its innermost says where the thread is. */
#ifndef CORE_CROSSING_H
#define CORE_CROSSING_H

#include "core/thread.h"

/* Also stands for the stack on which code of the domain runs: as many threads can be inside as there are of these. */
struct crossing {
    struct thread *thread;       /* who is inside; NULL: nobody */
    struct crossing *outer;      /* inside: the crossing before this one; NULL: it came from home. Free: the next free */
    struct domain *domain;       /* that is entered */
    struct registers_kept place; /* where and on which stack code begins */
    struct registers_kept kept;  /* inside: what the code that called goes on with */
    uk_word buffer;              /* address of the message buffer that belongs to the stack */
    uk_word stack_bytes;
    uk_word kept_buffer;         /* inside: that of the code that called */
    uk_handle handle;            /* inside: by which it was entered; told if there is nothing else to tell */
    uint8_t kept_flags;          /* inside: enum uk_thread_flag of the code that called */
    uint8_t broken;              /* inside: a domain between the caller's and this one died: the caller hears of it */
    uint8_t severed;             /* inside: there is no caller any more (MT-4): the thread dies when it comes back */
    uint8_t reserved[5];
};

/* Enters, by the capability that `handle` named. What the message registers hold is for whoever calls this to say. */
static inline void crossing_enter(struct crossing *crossing, struct thread *thread, uk_handle handle)
{
    crossing->thread = thread;
    crossing->outer = thread->crossing;
    crossing->kept_buffer = thread->buffer;
    crossing->kept_flags = thread->flags;
    crossing->handle = handle;
    crossing->kept = registers_keep(&thread->registers);
    registers_return(&thread->registers, &crossing->place);
    thread->crossing = crossing;
    thread->depth++;
    thread->buffer = crossing->buffer;
    thread->flags = 0; /* how misuse and spent budgets show is not for who enters to say */
    thread_use(thread, crossing->domain);
}

/* The domain that its thread came from. */
static inline struct domain *crossing_origin(const struct crossing *crossing)
{
    return crossing->outer != NULL ? crossing->outer->domain : &crossing->thread->own;
}

/* Leaves the innermost crossing, which nobody is in from now on. */
static inline void crossing_leave(struct crossing *crossing)
{
    struct thread *thread = crossing->thread;
    thread_use(thread, crossing_origin(crossing));
    registers_return(&thread->registers, &crossing->kept);
    thread->crossing = crossing->outer;
    thread->depth--;
    thread->buffer = crossing->kept_buffer;
    thread->flags = crossing->kept_flags;
    crossing->thread = NULL;
}

/* A READY thread's innermost call, and those into domains that are gone, end with this status: it is where the first of
 * them was made, with nothing of what it had inside. */
void crossing_unwind(struct kernel *kernel, struct thread *thread, enum uk_status status);
/* The same for a thread in any state. Whatever it waits for, it does not any more; if it was stopped, it stays so. */
void crossing_expel(struct kernel *kernel, struct thread *thread, enum uk_status status);
/* The domain of a crossing in use is gone. A thread that is in it hears UK_PEER_DIED; one that went on from there goes
 * on, and when it returns, whoever called into the domain hears it (MT-3). */
void crossing_break(struct kernel *kernel, struct crossing *crossing);
/* The thread dies: it leaves all domains. */
void crossing_forget(struct kernel *kernel, struct thread *thread);
/* What a thread does inside, a stopped one takes over; its own call ends with UK_CANCELLED (MT-4). */
void crossing_sever(struct kernel *kernel, struct thread *thread, struct thread *heir);

#endif
