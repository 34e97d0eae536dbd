/* SPDX-License-Identifier: MIT */
/* One kernel in which every kind of object exists and a thread is in every state: something for each invariant. */
#ifndef EMBED_WORLD_H
#define EMBED_WORLD_H

#include "support/scene.h"

#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/resident.h"
#include "ipc/portal.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

struct world {
    struct scene *scene;
    struct kernel *kernel;
    /* "a" calls "b" calls "c" on lent time: two awaiting replies, one that runs on time from far away. */
    struct actor *a, *b, *c;
    struct actor *queued[3];           /* call or send to `busy`, where nobody receives */
    struct actor *receiver;            /* receives at `open` with `idle_reply`, until a deadline */
    struct actor *waiter;              /* waits on `notification` */
    struct actor *bound;               /* serves `served`, feeds on `feed` */
    struct actor *first, *second;      /* ready, of one priority */
    struct actor *spent;               /* ready, with nothing left of its budget */
    struct actor *dead;
    uk_handle busy, open, served, badged; /* endpoints; `badged` is a child of `open` with badge 7 */
    uk_handle idle_reply, reply_b, reply_c;
    uk_handle notification, feed;
    uk_handle timer;                   /* armed, bound to `notification` */
    uk_handle untyped, inner;          /* a small Untyped, and an endpoint in it */
    uk_handle page;                    /* a frame mapped in `bound`'s space, in its own CNode */
    uk_handle resident, interrupt;
    uk_handle ring, ring_page;         /* configured with 4 and 8 entries, doorbell `notification` */
    struct actor *inside, *outside;    /* through two portals, of which the first has another stack; waits for the second */
    uk_handle gate, inner_gate;        /* these portals */
    uk_handle bound_call;              /* stands for a child of `open` with badge 9; its next is slot 77 */
    uk_handle port, set;               /* a port with two messages (the first with an item), in a set, ... */
    uk_handle carried;                 /* ... a send right to the port whose receive right is that item, ... */
    uk_handle lone;                    /* ... and one where `listener` waits */
    struct actor *listener;
    struct actor *lender;              /* awaits `lent`, and lends a page and a little */
    uk_handle lent;
    struct actor *giver, *taker;       /* stopped; frames of both show one page: */
    uk_handle source, copies;          /* the giver's, and the first of two of the taker's */
    unsigned char *copy;               /* all memory as it was */
    size_t bytes;
};

struct world *world_open(void);
void world_restore(struct world *world); /* all memory as it was when the world was opened */
void world_close(struct world *world);

/* What a handle of the first thread names. */
static inline void *world_object(const struct world *world, uk_handle handle)
{
    return object_of(world->scene->root, handle);
}

#endif
