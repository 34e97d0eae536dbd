/* SPDX-License-Identifier: MIT */
/* Helping: whoever waits for a thread lends it its urgency and its time meanwhile, so nobody in between can keep it waiting. */
#ifndef CORE_HELP_H
#define CORE_HELP_H

#include "core/kernel.h"
#include "core/sched_context.h"

/* After NOVA, where a scheduling context runs whatever its own thread waits for, and QNX' raise at the send.
 *
 * Who helps is said by two pointers, thread->helper and thread->helps, which are looked at anew at the end of each kernel
 * entry that gave a reason (help_ask). They form a forest: a wait that leads back to its own thread helps nobody.
 *
 * A thread is helped by the most urgent of those who wait for it and have time: at the endpoints that it serves, and for its
 * answers, if it is passive; for the stacks of portals that it is on; and by the caller whose time it runs on, if that one is
 * helped. But only if that one is more urgent than it is itself, or if its own time is spent. Then it is as urgent as its
 * helper, who pays. */

/* For the compiler: roads that nobody waits on are laid out as if these did not exist. */
#define HELP_RARE __attribute__((noinline, cold))

/* A thread waits since just now, in a queue. */
HELP_RARE void help_wait(struct kernel *kernel, struct thread *waiter);
/* It does not wait any more. */
HELP_RARE void help_end(struct kernel *kernel, struct thread *waiter);
/* Somebody else does not wait at this object any more, where others still do. */
HELP_RARE void help_others(struct kernel *kernel, const struct object *object);
/* Others wait for this thread from now on, for all that it waits for somebody itself. */
HELP_RARE void help_chosen(struct kernel *kernel, struct thread *thread);
/* Something has changed that may change whom a waiting thread helps. */
HELP_RARE void help_ask_target(struct kernel *kernel, const struct thread *waiter);
/* Something has changed that may change who helps it: look at the end of this kernel entry. */
HELP_RARE void help_ask(struct kernel *kernel, struct thread *thread);
/* The same, if there is anything to be changed by now. */
HELP_RARE void help_look(struct kernel *kernel, struct thread *thread);
/* The same, for a thread that may have been left without time although somebody waits for it. */
static inline void help_timeless(struct kernel *kernel, struct thread *thread)
{
    if (thread->context == NULL && (thread->marks & THREAD_AWAITED) != 0)
        help_ask(kernel, thread);
}
/* A thread receives from now on: whoever waits for it has to wait for others, too. */
static inline void help_receives(struct kernel *kernel, struct thread *thread)
{
    if (thread->helper != NULL)
        help_ask(kernel, thread);
}
/* This context's budget came, went, or changes hands. */
HELP_RARE void help_time(struct kernel *kernel, const struct sched_context *context);
/* A thread dies. */
HELP_RARE void help_forget(struct kernel *kernel, struct thread *thread);
/* The end of a kernel entry: everybody asked about is helped by whom it should be. As many steps as were asked about, and as
 * there are waits one behind the other below these. */
HELP_RARE void help_settle(struct kernel *kernel);

/* The first of those waiting in a queue that has something to give; NULL: none. Bounded: looks at the first few. */
struct thread *help_first(const struct queue *queue);
/* Of two, who may be NULL, the more urgent; of equals the first. */
static inline struct thread *help_better(struct thread *one, struct thread *other)
{
    return other != NULL && (one == NULL || other->effective > one->effective) ? other : one;
}
/* Who should help it, as things are. */
struct thread *help_find(const struct thread *thread);
/* Whom a blocked thread waits for, and so would help; NULL: nobody in particular. */
struct thread *help_target(const struct thread *waiter);

/* On whose time does it run? NULL: on nobody's. */
static inline struct sched_context *help_payer(const struct thread *thread)
{
    while (thread->helper != NULL)
        thread = thread->helper;
    return thread->context;
}

#endif
