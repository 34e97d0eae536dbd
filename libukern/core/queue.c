/* SPDX-License-Identifier: MIT */
/* Wait queues: a ring of groups, most urgent first; each group is a ring of threads of one rank in arrival order. */
#include "core/queue.h"

#include "core/thread.h"

static void ring_begin(struct thread *thread)
{
    thread->next = thread->previous = thread;
}

/* Before `head` in its group: at the end of the ring. */
static void ring_append(struct thread *head, struct thread *thread)
{
    thread->next = head;
    thread->previous = head->previous;
    head->previous->next = thread;
    head->previous = thread;
}

static void group_insert_before(struct thread *head, struct thread *thread)
{
    thread->group_next = head;
    thread->group_previous = head->group_previous;
    head->group_previous->group_next = thread;
    head->group_previous = thread;
}

static void group_replace(struct thread *head, struct thread *successor)
{
    int alone = head->group_next == head;
    successor->group_next = alone ? successor : head->group_next;
    successor->group_previous = alone ? successor : head->group_previous;
    successor->group_next->group_previous = successor;
    successor->group_previous->group_next = successor;
}

/* The head of the first group that is not more urgent than `rank`; NULL: all are. At most 256 steps. */
static struct thread *group_find(const struct queue *queue, uint32_t rank)
{
    struct thread *head = queue->first;
    do {
        if (head->rank <= rank)
            return head;
        head = head->group_next;
    } while (head != queue->first);
    return NULL;
}

void queue_insert(struct queue *queue, struct thread *thread, uint32_t rank)
{
    thread->rank = (uint8_t)rank;
    struct thread *head = queue->first != NULL ? group_find(queue, rank) : NULL;
    if (head != NULL && head->rank == rank) {
        ring_append(head, thread);
        thread->group_next = thread->group_previous = NULL;
        return;
    }
    ring_begin(thread);
    if (queue->first == NULL) {
        thread->group_next = thread->group_previous = thread;
        queue->first = thread;
        return;
    }
    group_insert_before(head != NULL ? head : queue->first, thread);
    if (head == queue->first)
        queue->first = thread;
}

static void group_remove(struct queue *queue, struct thread *thread)
{
    struct thread *after = thread->group_next;
    after->group_previous = thread->group_previous;
    thread->group_previous->group_next = after;
    if (queue->first == thread)
        queue->first = after != thread ? after : NULL;
}

void queue_remove(struct queue *queue, struct thread *thread)
{
    int is_head = thread->group_next != NULL;
    if (is_head && thread->next == thread) {
        group_remove(queue, thread);
    } else {
        if (is_head) {
            group_replace(thread, thread->next);
            if (queue->first == thread)
                queue->first = thread->next;
        }
        thread->next->previous = thread->previous;
        thread->previous->next = thread->next;
    }
}

struct thread *queue_next(const struct queue *queue, const struct thread *thread)
{
    if (thread->next->group_next == NULL)
        return thread->next;
    const struct thread *head = thread->next; /* the end of a ring leads to its head */
    return head->group_next != queue->first ? head->group_next : NULL;
}
