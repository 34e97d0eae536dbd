/* SPDX-License-Identifier: MIT */
/* Sporadic server: what is used comes back one period after its use began, so no window of a period exceeds the budget. */
#include "core/sched_context.h"

#include <string.h>

#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/reply.h"

static uk_time later(uk_time time, uk_time span) { return time > UK_FOREVER - 1 - span ? UK_FOREVER - 1 : time + span; }

static int is_round_robin(const struct sched_context *context) { return context->budget == context->period; }

/* Remembers that `amount`, used from `from` on, comes back. When all entries are taken the last one grows and is put
 * off: budget comes back too late rather than too early. */
static void remember(struct sched_context *context, uk_time from, uk_time amount)
{
    uk_time at = later(from, context->period);
    if (context->refill_count == UK_REFILLS_MAX) {
        struct refill *last = &context->refills[UK_REFILLS_MAX - 1];
        last->at = at > last->at ? at : last->at;
        last->amount += amount;
        return;
    }
    context->refills[context->refill_count++] = (struct refill){at, amount};
}

static void take_due(struct sched_context *context, uk_time now)
{
    uint32_t due = 0;
    while (due < context->refill_count && context->refills[due].at <= now)
        context->left += context->refills[due++].amount;
    context->refill_count -= due;
    memmove(context->refills, context->refills + due, context->refill_count * sizeof context->refills[0]);
}

/* The budget is spent. A round-robin context begins its next slice; another waits for what comes back first. */
static void spent(struct kernel *kernel, struct sched_context *context)
{
    if (is_round_robin(context))
        context->left = context->budget;
    else if (context->refill_count > 0)
        deadline_arm(kernel, &context->deadline, context->refills[0].at);
}

int sched_context_charge(struct kernel *kernel)
{
    struct sched_context *context = kernel->charging;
    if (context == NULL)
        return 0;
    uk_time used = kernel->now - context->started;
    uk_time charged = used < context->left ? used : context->left;
    context->total += used;
    context->left -= charged;
    if (!is_round_robin(context)) {
        if (charged > 0)
            remember(context, context->started, charged);
        take_due(context, kernel->now);
    }
    context->started = kernel->now;
    if (context->left > 0)
        return 0;
    spent(kernel, context);
    return 1;
}

void sched_context_use(struct kernel *kernel, struct sched_context *context)
{
    if (context == kernel->charging)
        return;
    (void)sched_context_charge(kernel);
    kernel->charging = context;
    if (context != NULL)
        context->started = kernel->now;
}

void sched_context_refill(struct kernel *kernel, struct sched_context *context)
{
    take_due(context, kernel->now);
    help_time(kernel, context);
    if (context->left == 0)
        spent(kernel, context);
    else if (context->holder != NULL)
        sched_offer(kernel, context->holder);
}

void sched_context_give(struct kernel *kernel, struct sched_context *context, struct thread *thread, uint32_t lent)
{
    check(kernel, thread->context == NULL && context->holder == NULL);
    thread->context = context;
    context->holder = thread;
    if (thread->lent_priority != lent)
        thread_reprioritise(kernel, thread, thread->priority, lent);
    if (thread->waits_in != NULL)
        help_ask_target(kernel, thread);
}

static void leave_holder(struct kernel *kernel, struct sched_context *context)
{
    struct thread *holder = context->holder;
    sched_unready(kernel, holder);
    holder->context = NULL;
    context->holder = NULL;
    if (holder->lent_priority != 0)
        thread_reprioritise(kernel, holder, holder->priority, 0);
    if (holder->helps != NULL)
        help_ask(kernel, holder->helps);
}

void sched_context_pass(struct kernel *kernel, struct sched_context *context, struct thread *thread, uint32_t lent)
{
    if (context->holder != NULL)
        leave_holder(kernel, context);
    sched_context_give(kernel, context, thread, lent);
}

void sched_context_take(struct kernel *kernel, struct sched_context *context)
{
    if (context->holder == NULL)
        return;
    if (context == kernel->charging)
        sched_context_use(kernel, NULL);
    leave_holder(kernel, context);
}

enum uk_status sched_context_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel, (void)size;
    struct sched_context *context = (struct sched_context *)object;
    context->deadline.at = UK_FOREVER;
    context->deadline.kind = DEADLINE_REFILL;
    return UK_OK;
}

/* It is nobody's any more. Whoever runs on it, be it lent, is left without time. */
static void disown(struct kernel *kernel, struct sched_context *context)
{
    help_time(kernel, context);
    reply_forget_context(context);
    sched_context_take(kernel, context);
    if (context->owner != NULL)
        help_ask(kernel, context->owner); /* it is passive from now on */
    if (context->owner != NULL)
        context->owner->own_context = NULL;
    context->owner = NULL;
}

/* Breaks all ties, so that no reply and no thread points here. */
void sched_context_disable(struct kernel *kernel, struct object *object)
{
    struct sched_context *context = (struct sched_context *)object;
    disown(kernel, context);
    deadline_cancel(kernel, &context->deadline);
}

struct outcome sched_context_configure(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct sched_context *context = (struct sched_context *)via->object;
    const uk_word *word = caller->registers.call.word;
    if (word[0] > word[1] || (word[0] == 0 && word[1] != 0) || word[2] > UK_CHAIN_RECLAIM || word[1] >= UK_FOREVER / 2)
        return outcome_done(UK_BAD_ARGUMENT);
    if (context == kernel->charging)
        (void)sched_context_charge(kernel);
    deadline_cancel(kernel, &context->deadline);
    context->budget = context->left = word[0];
    context->period = word[1];
    context->policy = (uint32_t)word[2];
    context->refill_count = 0;
    context->started = kernel->now;
    if (context->holder != NULL && context->left == 0)
        sched_unready(kernel, context->holder);
    else if (context->holder != NULL)
        sched_offer(kernel, context->holder);
    help_time(kernel, context);
    kernel->next_event = kernel->fast_until = 0; /* looked at anew at the end of this entry */
    return outcome_done(UK_OK);
}

struct outcome sched_context_bind(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct sched_context *context = (struct sched_context *)via->object;
    struct capability *target;
    enum uk_status status =
        capability_require(caller, caller->registers.call.word[0], UK_TYPE_THREAD, UK_RIGHT_MANAGE, &target);
    if (status != UK_OK)
        return outcome_done(status);
    struct thread *thread = (struct thread *)target->object;
    if (context->owner != NULL || thread->own_context != NULL || thread->state == UK_THREAD_DEAD)
        return outcome_done(UK_BUSY);
    if (context->holder != NULL) /* its owner died while it was lent; the borrower keeps it until he answers */
        return outcome_done(UK_BUSY);
    if (thread->context != NULL) /* it runs on a lent one; its own would have nowhere to go */
        return outcome_done(UK_BUSY);
    context->owner = thread;
    thread->own_context = context;
    sched_context_give(kernel, context, thread, 0);
    help_time(kernel, context);
    sched_offer(kernel, thread);
    return outcome_done(UK_OK);
}

/* A context that is lent comes home first: its borrower is left without time. */
struct outcome sched_context_unbind(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)caller;
    struct sched_context *context = (struct sched_context *)via->object;
    if (context->owner == NULL)
        return outcome_done(UK_BUSY);
    disown(kernel, context);
    return outcome_done(UK_OK);
}
