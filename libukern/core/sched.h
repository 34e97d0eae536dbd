/* SPDX-License-Identifier: MIT */
/* Ready queues: 256 priorities, constant-time pick. The ready queue holds what is ready and able to run, but not the
 * current thread. */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include <ukern/abi.h>

struct kernel;
struct thread;

struct ready_list {
    struct thread *first, *last;
};

struct scheduler {
    int32_t top;                                  /* the greatest priority with a ready thread; -1: none */
    uint32_t reserved;
    uint64_t map[4];                              /* which lists are not empty; bit 63 of map[3] is priority 255 */
    struct ready_list lists[UK_PRIORITY_MAX + 1];
};

/* It is READY, has a context with budget, and is not current: put it behind (or, at_front, before) its equals. */
void sched_ready(struct kernel *kernel, struct thread *thread, int at_front);
/* If it can run, has budget, and neither runs nor is queued: queue it. */
void sched_offer(struct kernel *kernel, struct thread *thread);
void sched_unready(struct kernel *kernel, struct thread *thread); /* harmless if not queued */
void sched_begin(struct scheduler *scheduler);
/* Takes the next thread out of the queue; NULL: none. */
struct thread *sched_pick(struct kernel *kernel);

#endif
