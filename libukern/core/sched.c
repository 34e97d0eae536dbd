/* SPDX-License-Identifier: MIT */
/* The ready queues. A bit per list says whether it is empty, so that a pick looks at four words and one list. */
#include "core/sched.h"

#include "core/kernel.h"
#include "core/machine.h"
#include "core/sched_context.h"

void sched_begin(struct scheduler *scheduler) { scheduler->top = -1; }

/* The list of the greatest priority, `top` so far, has become empty; there is nothing above it. */
static int32_t find_top(const struct scheduler *scheduler, int32_t top)
{
    for (int32_t word = top / 64; word >= 0; word--)
        if (scheduler->map[word] != 0)
            return word * 64 + 63 - __builtin_clzll(scheduler->map[word]);
    return -1;
}

static void list_is_empty(struct scheduler *scheduler, int32_t priority)
{
    scheduler->map[priority / 64] &= ~((uint64_t)1 << priority % 64);
    if (priority == scheduler->top)
        scheduler->top = find_top(scheduler, priority);
}

void sched_ready(struct kernel *kernel, struct thread *thread, int at_front)
{
    check(kernel, sched_may_run(thread) && !thread->queued);
    struct ready_list *list = &kernel->scheduler.lists[thread->effective];
    thread->previous = at_front ? NULL : list->last;
    thread->next = at_front ? list->first : NULL;
    *(thread->previous != NULL ? &thread->previous->next : &list->first) = thread;
    *(thread->next != NULL ? &thread->next->previous : &list->last) = thread;
    thread->queued = 1;
    if (thread->effective > kernel->scheduler.top)
        kernel->scheduler.top = thread->effective;
    kernel->scheduler.map[thread->effective / 64] |= (uint64_t)1 << thread->effective % 64;
    kernel->counters.queue_operations++;
}

void sched_offer(struct kernel *kernel, struct thread *thread)
{
    if (sched_may_run(thread) && !thread->queued && thread != kernel->current &&
        thread->waits_in == NULL) /* else it waits for its fault to be raised, with the links that queues use */
        sched_ready(kernel, thread, 0);
}

void sched_unready(struct kernel *kernel, struct thread *thread)
{
    if (!thread->queued)
        return;
    struct ready_list *list = &kernel->scheduler.lists[thread->effective];
    *(thread->previous != NULL ? &thread->previous->next : &list->first) = thread->next;
    *(thread->next != NULL ? &thread->next->previous : &list->last) = thread->previous;
    thread->next = thread->previous = NULL;
    thread->queued = 0;
    if (list->first == NULL)
        list_is_empty(&kernel->scheduler, thread->effective);
    kernel->counters.queue_operations++;
}

/* Who of equals runs is free, so it is asked for: the n-th of at most eight. */
static struct thread *choose(struct kernel *kernel, struct thread *first)
{
    uint32_t count = 1;
    for (struct thread *other = first->next; other != NULL && count < 8; other = other->next)
        count++;
    uint32_t chosen = count > 1 ? kernel->choose(kernel->choose_context, UK_CHOICE_EQUALS, count) : 0;
    while (chosen-- > 0 && first->next != NULL)
        first = first->next;
    return first;
}

struct thread *sched_pick(struct kernel *kernel)
{
    kernel->counters.picks++;
    int32_t top = kernel->scheduler.top;
    if (top < 0)
        return NULL;
    struct ready_list *list = &kernel->scheduler.lists[top];
    struct thread *thread = list->first;
    if (kernel->choosing) {
        thread = choose(kernel, thread);
        sched_unready(kernel, thread);
        return thread;
    }
    list->first = thread->next;
    *(thread->next != NULL ? &thread->next->previous : &list->last) = NULL;
    thread->next = NULL;
    thread->queued = 0;
    if (list->first == NULL)
        list_is_empty(&kernel->scheduler, top);
    kernel->counters.queue_operations++;
    return thread;
}
