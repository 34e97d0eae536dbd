/* SPDX-License-Identifier: MIT */
/* Who helps whom is a function of who waits for whom; here it is evaluated, thread by thread, down the line of waits. */
#include "core/help.h"

#include "core/reply.h"

enum { LOOKS = 8 }; /* of those waiting in a queue, so many are asked whether they have time */

/* Time of its own: what it runs on, or has lent on to whom it waits for. */
static int has_own_time(const struct thread *thread)
{
    const struct sched_context *context = thread->context;
    if (context == NULL && thread->lending != NULL && thread->waits_on == &thread->lending->object)
        context = thread->lending->context;
    return context != NULL && context->left > 0;
}

static int gives(const struct thread *waiter)
{
    return (waiter->marks & THREAD_CIRCLES) == 0 && (has_own_time(waiter) || waiter->helper != NULL);
}

struct thread *help_first(const struct queue *queue)
{
    struct thread *waiter = queue->first;
    for (unsigned i = 0; waiter != NULL && i < LOOKS; i++, waiter = queue_next(queue, waiter))
        if (gives(waiter))
            return waiter;
    return NULL;
}

static struct thread *find_helped(const struct object *object)
{
    const struct object_rule *rule = &object_rules[object->type];
    return rule->helped != NULL ? rule->helped(object) : NULL;
}

struct thread *help_target(const struct thread *waiter)
{
    if (waiter->state == UK_THREAD_AWAITING_REPLY)
        return reply_worker((const struct reply *)waiter->waits_on);
    if (waiter->state != UK_THREAD_SENDING && waiter->state != UK_THREAD_CALLING)
        return NULL;
    return find_helped(waiter->waits_on);
}

/* The caller that its time came from, if that one has got more meanwhile. */
static struct thread *find_lender(const struct thread *thread)
{
    const struct reply *reply = thread->context != NULL   ? thread->context->chain
                                : thread->lending != NULL ? thread->lending->outer
                                                          : NULL;
    struct thread *lender = reply != NULL ? reply->lender : NULL;
    return lender != NULL && lender->helper != NULL && lender->waits_on == &reply->object && gives(lender) ? lender : NULL;
}

/* Those it owes an answer, and who kept their time when they called, because it had some or they had none. */
static struct thread *find_caller(const struct thread *thread)
{
    struct thread *best = NULL;
    const struct reply *reply = thread->serving;
    for (unsigned i = 0; reply != NULL && i < LOOKS; i++, reply = reply->served_next)
        if (reply->caller != NULL && reply->context == NULL && gives(reply->caller))
            best = help_better(best, reply->caller);
    return best;
}

/* At what it serves. Whoever has time of his own serves on that, and as urgently as whoever gave it to him wanted. */
static struct thread *find_client(const struct thread *thread)
{
    if (thread->own_context != NULL)
        return NULL;
    struct thread *best = find_caller(thread);
    for (const struct service *service = thread->services; service != NULL; service = service->next) {
        const struct object_rule *rule = &object_rules[service->object->type];
        if (rule->waiters != NULL)
            best = help_better(best, help_first(rule->waiters(service->object)));
    }
    return best;
}

/* Of all who wait for it, also if it does not need any. */
static struct thread *find_best(const struct thread *thread)
{
    if (thread->state == UK_THREAD_DEAD)
        return NULL;
    return help_better(help_better(find_lender(thread), crossing_helper(thread)), find_client(thread));
}

/* Who waits for whoever comes needs no help: it comes with the call. */
static int needs(const struct thread *thread, const struct thread *helper)
{
    return thread->state != UK_THREAD_RECEIVING &&
           (helper->effective > thread_own_urgency(thread) || !has_own_time(thread));
}

struct thread *help_find(const struct thread *thread)
{
    struct thread *best = find_best(thread);
    return best != NULL && needs(thread, best) ? best : NULL;
}

/* When to look. ---------------------------------------------------------------------------------------------------- */

void help_ask(struct kernel *kernel, struct thread *thread)
{
    if ((thread->marks & THREAD_ASKED) != 0 || thread->state == UK_THREAD_DEAD)
        return;
    thread->marks |= THREAD_ASKED;
    thread->asked_next = kernel->asked_first;
    kernel->asked_first = thread;
    kernel->fast_until = 0; /* this entry does not end without settling */
}

void help_ask_target(struct kernel *kernel, const struct thread *waiter)
{
    struct thread *target = help_target(waiter);
    if (waiter->helps != NULL)
        help_ask(kernel, waiter->helps);
    if (target == NULL)
        return;
    target->marks |= THREAD_AWAITED;
    help_ask(kernel, target);
}

void help_look(struct kernel *kernel, struct thread *thread)
{
    struct thread *best = find_best(thread);
    if (best != NULL)
        thread->marks |= THREAD_AWAITED;
    if (thread->helper != (best != NULL && needs(thread, best) ? best : NULL))
        help_ask(kernel, thread);
}

/* Does its wait lead back to itself? A line too long to be followed counts as if it did. Other circles are no concern: each
 * has one in it that helps nobody. */
static int circles(const struct thread *waiter)
{
    const struct thread *thread = help_target(waiter);
    for (unsigned i = 0; thread != NULL && thread != waiter && i < UK_CALL_DEPTH_MAX; i++)
        thread = (thread->marks & THREAD_CIRCLES) == 0 ? help_target(thread) : NULL;
    return thread != NULL;
}

void help_wait(struct kernel *kernel, struct thread *waiter)
{
    struct thread *target = help_target(waiter);
    if (target == NULL)
        return;
    if (circles(waiter))
        waiter->marks |= THREAD_CIRCLES;
    int is_first = (target->marks & THREAD_AWAITED) == 0;
    target->marks |= THREAD_AWAITED;
    if (is_first || waiter->effective >= target->effective || target->helper == NULL)
        help_look(kernel, target);
}

void help_others(struct kernel *kernel, const struct object *object)
{
    struct thread *helped = find_helped(object);
    if (helped != NULL)
        help_look(kernel, helped);
}

void help_chosen(struct kernel *kernel, struct thread *thread)
{
    thread->marks |= THREAD_AWAITED;
    if (thread_is_blocked(thread) && circles(thread)) {
        help_end(kernel, thread);
        thread->marks |= THREAD_CIRCLES;
    }
    help_ask(kernel, thread);
}

void help_time(struct kernel *kernel, const struct sched_context *context)
{
    struct thread *holder = context->holder;
    if (holder != NULL) {
        help_ask(kernel, holder);
        help_ask_target(kernel, holder);
    }
    for (const struct reply *reply = context->chain; reply != NULL; reply = reply->outer)
        if (reply->lender != NULL)
            help_ask(kernel, reply->lender);
}

/* Beginning and ending. -------------------------------------------------------------------------------------------- */

static void cut(struct thread *thread)
{
    thread->helper->helps = NULL;
    thread->helper->marks &= (uint16_t)~THREAD_HELPS;
    thread->helper = NULL;
}

void help_end(struct kernel *kernel, struct thread *waiter)
{
    struct thread *helped = waiter->helps;
    waiter->marks &= (uint16_t)~THREAD_CIRCLES;
    if ((waiter->marks & THREAD_AWAITED) != 0)
        help_ask(kernel, waiter);
    if (helped == NULL)
        return;
    cut(helped);
    help_ask(kernel, helped);
}

static void begin(struct kernel *kernel, struct thread *thread, struct thread *helper)
{
    if (helper->helps != NULL)
        help_end(kernel, helper); /* another one, who had what it waits for until now */
    thread->helper = helper;
    helper->helps = thread;
    helper->marks |= THREAD_HELPS;
    thread->marks |= THREAD_AWAITED;
    kernel->counters.helps++;
}

void help_forget(struct kernel *kernel, struct thread *thread)
{
    struct thread **link = &kernel->asked_first;
    if (thread->helper != NULL) {
        cut(thread);
        thread_reprioritise(kernel, thread, thread->priority, thread->lent_priority);
    }
    help_end(kernel, thread);
    if ((thread->marks & THREAD_ASKED) == 0)
        return;
    while (*link != thread)
        link = &(*link)->asked_next;
    *link = thread->asked_next;
    thread->marks &= (uint16_t)~THREAD_ASKED;
}

/* It can run now, or cannot any more. */
static void sort(struct kernel *kernel, struct thread *thread)
{
    thread_reprioritise(kernel, thread, thread->priority, thread->lent_priority);
    if (thread->queued && !sched_may_run(thread))
        sched_unready(kernel, thread);
    else
        sched_offer(kernel, thread);
}

static void settle_one(struct kernel *kernel, struct thread *thread)
{
    struct thread *best = find_best(thread);
    struct thread *helper = best != NULL && needs(thread, best) ? best : NULL;
    uint8_t before = thread->effective;
    int had = thread->helper != NULL;
    thread->marks = (uint16_t)(best != NULL ? thread->marks | THREAD_AWAITED : thread->marks & ~THREAD_AWAITED);
    if (helper != thread->helper) {
        if (had)
            cut(thread);
        if (helper != NULL)
            begin(kernel, thread, helper);
    }
    sort(kernel, thread);
    if (thread->effective != before || had != (helper != NULL) || (thread->helps != NULL && !gives(thread)))
        help_ask_target(kernel, thread);
}

void help_settle(struct kernel *kernel)
{
    while (kernel->asked_first != NULL) {
        struct thread *thread = kernel->asked_first;
        kernel->asked_first = thread->asked_next;
        thread->marks &= (uint16_t)~THREAD_ASKED;
        settle_one(kernel, thread);
    }
}
