/* SPDX-License-Identifier: MIT */
/* Queues of threads by priority, then arrival: at most 256 groups, so insertion is bounded however many wait. */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include <ukern/abi.h>

struct thread;

/* The first thread of the most urgent group; groups form one ring, the threads of a group another. Links of a thread that
 * is in no queue mean nothing. */
struct queue {
    struct thread *first;
};

void queue_insert(struct queue *queue, struct thread *thread, uint32_t rank); /* higher ranks are served first */
void queue_remove(struct queue *queue, struct thread *thread);
struct thread *queue_next(const struct queue *queue, const struct thread *thread); /* in serving order; NULL at the end */

#endif
