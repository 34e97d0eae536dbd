/* SPDX-License-Identifier: MIT */
/* Portal: a way into a server's domain that the caller's own thread goes, on a stack from the server's pool (LRPC). What it
 * leaves behind is a crossing (a linkage record there), so that it comes back exactly once. The crossings of a thread form a
 * stack; its innermost says where the thread is. */
#ifndef IPC_PORTAL_H
#define IPC_PORTAL_H

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
    uint32_t kept_flags;         /* inside: enum uk_thread_flag of the code that called */
    uint32_t cut;                /* inside: enum crossing_cut */
};

/* Why there is nobody to answer. */
enum crossing_cut {
    CROSSING_BROKEN = 1, /* a domain between the caller's and this one died: the caller hears of it (MT-3) */
    CROSSING_SEVERED = 2 /* there is no caller any more: the thread dies when it comes back (MT-4) */
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
    thread->flags = (uint8_t)crossing->kept_flags;
    crossing->thread = NULL;
}

/* Each stack is free, or a thread is on it. It is open once its domain is there, and closed for good when that is lost. */
struct portal {
    struct object object;
    struct queue callers;      /* wait for a stack */
    struct domain domain;
    struct crossing *free;     /* stacks that nobody is on; NULL: none, or not configured */
    struct crossing *helped;   /* while somebody waits: who is on it is helped by the first of them; NULL: nobody is */
    uint32_t count;            /* of stacks */
    uint8_t configured;        /* once */
    uint8_t reserved[3];
    struct crossing stacks[];
};

UK_STATIC_ASSERT(sizeof(struct crossing) <= UK_PORTAL_STACK_BYTES, "the ABI says what a stack costs");

/* Code can run in it: nothing that this takes was revoked, or not given yet. */
static inline int domain_is_whole(const struct domain *domain)
{
    return domain->cnode.object != NULL && domain->space.object != NULL;
}

/* Nobody will ever enter any more. */
static inline int portal_is_closed(const struct portal *portal)
{
    return portal->configured && !domain_is_whole(&portal->domain);
}

/* The fast road: all of a crossing but the message, which is short and stays in the registers. 0: it is not so simple. */
static inline int portal_fast_enter(struct portal *portal, struct thread *thread)
{
    struct crossing *crossing = portal->free;
    if (crossing == NULL || !domain_is_whole(&portal->domain) || thread->depth >= UK_PORTAL_DEPTH_MAX)
        return 0;
    portal->free = crossing->outer;
    crossing_enter(crossing, thread, thread->registers.call.handle);
    return 1;
}

static inline int portal_fast_leave(struct thread *thread)
{
    struct crossing *crossing = thread->crossing;
    if (crossing == NULL || crossing->cut != 0 || !domain_is_whole(crossing_origin(crossing)))
        return 0;
    struct portal *portal = (struct portal *)crossing->domain->owner;
    if (portal->callers.first != NULL)
        return 0;
    crossing_leave(crossing);
    crossing->outer = portal->free;
    portal->free = crossing;
    return 1;
}

enum uk_status portal_make(struct kernel *kernel, struct object *object, uk_word size);
void portal_disable(struct kernel *kernel, struct object *object);
int portal_drain(struct kernel *kernel, struct object *object);
struct thread *portal_helped(const struct object *object);
uk_word portal_size(const struct object *object);

struct outcome portal_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome portal_call(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome portal_return(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome portal_abandon(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
