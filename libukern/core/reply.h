/* SPDX-License-Identifier: MIT */
/* Replies: the right to answer exactly one caller, and the chain along which lent time comes home. */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include "core/object.h"
#include "core/outcome.h"

struct thread;
struct sched_context;

/* Memory of a caller that his server may read or write until it answers. No rights: none. */
struct lease {
    uk_word address, bytes;            /* in the caller's space; they do not wrap */
    uint32_t rights;                   /* UK_RIGHT_READ, UK_RIGHT_WRITE */
    uint32_t reserved;
};

struct reply {
    struct object object;
    struct thread *caller;             /* awaits this reply; NULL: nobody (any more) */
    struct thread *server;             /* receives with it, or owes the answer; NULL: nobody has used it yet */
    struct reply *served_next, *served_previous; /* in server->serving */
    struct sched_context *context;     /* lent through this call; NULL: none */
    struct thread *lender;             /* gets the context back, and its `lending` is this; NULL: nobody does */
    struct reply *outer;               /* the call before this one in context's chain */
    uint32_t lender_lent;              /* the priority that the lender itself had been lent with the context */
    uint32_t lease_number;             /* of the last call that brought leases; 0: none has */
    struct lease leases[UK_ITEMS_MAX]; /* by item of its message; the caller's while it is marked THREAD_LENDS */
};

/* `caller` (running) begins to wait for `server` to answer on `reply`; time is lent if the server has none. */
void reply_begin(struct kernel *kernel, struct reply *reply, struct thread *caller, struct thread *server,
                 uk_time deadline);
/* Could `caller` lend its context once more? */
int reply_may_nest(const struct thread *caller);
/* Nobody will answer: the caller is completed with UK_PEER_DIED, lent time goes home or, if a live callee further down
 * runs on it, is handed up the chain (UK_CHAIN_FINISH) or pulled back (UK_CHAIN_RECLAIM). HQ-1, HQ-2, SEL-9, SEL-10. */
void reply_break(struct kernel *kernel, struct reply *reply);
/* Who works on the call with the caller's time, or with his own, if he was lent none; NULL: nobody any more. */
struct thread *reply_worker(const struct reply *reply);
/* The caller stopped waiting (deadline, cancelled, dead). */
void reply_abandon(struct kernel *kernel, struct reply *reply);
/* A thread dies: it will take no context back. */
void reply_forget_lender(struct thread *thread);
/* The context goes away, or home by force: no reply hands it back. */
void reply_forget_context(struct sched_context *context);
/* From now on this thread uses the reply: it receives with it, or was handed it with the caller that waits on it. */
void reply_bind(struct kernel *kernel, struct reply *reply, struct thread *server);
/* Does another thread wait for a call with it? */
int reply_is_taken(const struct reply *reply, const struct thread *thread);
/* The dying server's replies, one at a time: breaks the last one bound. */
void reply_break_one(struct kernel *kernel, struct thread *server);

/* `server` answers with the message in its registers. On UK_OK somebody may be `answered`: he is READY, not yet queued,
 * so that the server may hand him the CPU; NULL: nobody waited (counted), or he was told to die. */
enum uk_status reply_answer(struct kernel *kernel, struct thread *server, struct reply *reply,
                            struct thread **answered);

void reply_disable(struct kernel *kernel, struct object *object);

struct outcome reply_send(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
