/* SPDX-License-Identifier: MIT */
/* Acting on what was decided: status, who runs next, and everything that has become due meanwhile. */
#include "entry/act.h"

#include "core/help.h"
#include "core/machine.h"
#include "core/sched_context.h"
#include "entry/entry.h"
#include "entry/fold.h"
#include "ipc/timer.h"

void act_enter(struct kernel *kernel)
{
    kernel->now = kernel->entry_cost_ns != 0 ? kernel->now + kernel->entry_cost_ns : machine_time_now(kernel);
    kernel->counters.entries++;
}

static void fire(struct kernel *kernel, struct deadline *deadline)
{
    unsigned char *node = (unsigned char *)deadline;
    switch (deadline->kind) {
    case DEADLINE_THREAD:
        thread_cancel(kernel, (struct thread *)(void *)(node - offsetof(struct thread, deadline)), UK_TIMED_OUT);
        break;
    case DEADLINE_TIMER:
        timer_fire(kernel, deadline);
        if (kernel->tracing)
            trace_signal(kernel, 0);
        break;
    default:
        deadline_cancel(kernel, deadline);
        sched_context_refill(kernel, (struct sched_context *)(void *)(node - offsetof(struct sched_context, deadline)));
    }
}

static int is_helped(const struct thread *thread)
{
    return thread != NULL && __builtin_expect(thread->helper != NULL, 0);
}

/* The budget in use is spent: round robin goes on behind its equals; others wait for their refill, or fault. */
static void exhaust(struct kernel *kernel)
{
    struct sched_context *context = kernel->charging;
    struct thread *thread = context->holder;
    help_time(kernel, context);
    if (thread != NULL && context->left == 0)
        sched_unready(kernel, thread); /* the time came home in this entry, and was spent in it */
    if (is_helped(kernel->current) && help_payer(kernel->current) == context) { /* the time is its helper's, who waits */
        thread = kernel->current;
        kernel->current = NULL;
        sched_offer(kernel, thread);
        return;
    }
    if (thread == NULL || thread->state != UK_THREAD_READY)
        return;
    sched_unready(kernel, thread); /* it may have blocked and been woken in this entry, before its time was counted */
    if (thread == kernel->current)
        kernel->current = NULL; /* it competes with the others from behind */
    if (context->left == 0 && (thread->flags & UK_THREAD_FAULT_ON_TIMEOUT) != 0)
        thread_defer_fault(kernel, thread);
    else
        sched_offer(kernel, thread);
}

/* Everything that is due at this time, and threads whose faults were put off. */
static void settle(struct kernel *kernel)
{
    struct deadline *deadline;
    while ((deadline = deadline_first(kernel)) != NULL && deadline->at <= kernel->now)
        fire(kernel, deadline);
    if (kernel->charging != NULL && sched_context_charge(kernel))
        exhaust(kernel);
    if (kernel->dying_first != NULL)
        (void)object_drain(kernel);
    while (kernel->faulting.first != NULL) { /* the drain may have added some */
        struct thread *thread = kernel->faulting.first;
        thread_unblock(kernel, thread);
        struct outcome outcome = fault_raise(kernel, thread);
        if (outcome.next != NULL)
            sched_offer(kernel, outcome.next);
    }
}

static void look_ahead(struct kernel *kernel)
{
    const struct deadline *deadline = deadline_first(kernel);
    uk_time next = deadline != NULL ? deadline->at : UK_FOREVER;
    const struct sched_context *context = kernel->charging;
    if (context != NULL && context->left < next - context->started)
        next = context->started + context->left;
    kernel->next_event = kernel->dying_first != NULL ? 0 : next;
    kernel->fast_until = kernel->watched ? 0 : kernel->next_event;
    machine_time_arm(kernel, kernel->next_event);
}

/* Is somebody more urgent ready? */
static int is_outranked(const struct kernel *kernel, const struct thread *thread)
{
    return kernel->scheduler.top > thread->effective;
}

/* Who helps whom has changed, so who may take fast paths has, too: that is looked at when it is known who runs. */
__attribute__((noinline)) static void settle_helpers(struct kernel *kernel)
{
    help_settle(kernel);
    kernel->next_event = 0;
}

/* A thread whose code cannot be reached any more stops, with a record that says so. Behind a portal only its call ends. */
__attribute__((noinline)) static int cannot_go_on(struct kernel *kernel, struct thread *thread)
{
    if (thread->crossing != NULL)
        crossing_unwind(kernel, thread, UK_PEER_DIED);
    settle_helpers(kernel);
    if (thread->space != NULL)
        return 0;
    thread->record = (struct record){.fault = UK_FAULT_PAGE, .access = UK_RIGHT_EXECUTE, .ip = thread->registers.ip,
                                     .address = thread->registers.ip};
    thread_stop(kernel, thread);
    settle_helpers(kernel);
    if (kernel->tracing)
        trace_stop(kernel, thread, UK_NOT_MAPPED);
    return 1;
}

static int lost_its_space(struct kernel *kernel, struct thread *thread)
{
    return thread->space == NULL && kernel->running && cannot_go_on(kernel, thread);
}

static struct thread *pick(struct kernel *kernel)
{
    struct thread *thread = sched_pick(kernel);
    while (thread != NULL && lost_its_space(kernel, thread))
        thread = sched_pick(kernel);
    return thread;
}

/* From now on `next` runs, on this context. */
static inline struct thread *switch_on(struct kernel *kernel, struct thread *next, const struct thread *before,
                                       struct sched_context *context)
{
    kernel->current = next;
    if (context != kernel->charging) {
        sched_context_use(kernel, context);
        look_ahead(kernel);
    } else if (kernel->now >= kernel->next_event) {
        look_ahead(kernel);

    }
    if (next != before) {
        kernel->counters.switches++;
        if (kernel->tracing)
            trace_switch(kernel);
    }
    if (kernel->tracing && next != NULL)
        trace_return(kernel, next);
    return next;
}

/* On its helper's. Fast paths are not for it: they would lend what is its own. */
__attribute__((noinline, cold)) static struct thread *switch_to_helped(struct kernel *kernel, struct thread *next,
                                                                       const struct thread *before)
{
    (void)switch_on(kernel, next, before, help_payer(next));
    kernel->fast_until = 0;
    return next;
}

static struct thread *switch_to(struct kernel *kernel, struct thread *next, const struct thread *before)
{
    if (is_helped(next))
        return switch_to_helped(kernel, next, before);
    return switch_on(kernel, next, before, next != NULL ? next->context : NULL);
}

/* Settled: does the current thread go on, or somebody else? `yields`: it goes behind its equals. */
static struct thread *choose_next(struct kernel *kernel, const struct thread *before, int yields)
{
    if (__builtin_expect(kernel->asked_first != NULL, 0))
        settle_helpers(kernel);
    struct thread *current = kernel->current;
    if (current != NULL && sched_may_run(current) && !lost_its_space(kernel, current)) {
        if (!yields && !is_outranked(kernel, current))
            return switch_to(kernel, current, before);
        kernel->current = NULL;
        sched_ready(kernel, current, !yields);
    }
    kernel->current = NULL;
    return switch_to(kernel, pick(kernel), before);
}

static int preempts(struct kernel *kernel)
{
    return kernel->choosing && kernel->choose(kernel->choose_context, UK_CHOICE_PREEMPT, 2) != 0;
}

/* Hands over without the ready queue, if the partner may run and nobody more urgent waits (L4-3). */
static int hand_over(struct kernel *kernel, struct thread *next)
{
    if (next == NULL || !sched_may_run(next))
        return 0;
    if (is_outranked(kernel, next) || lost_its_space(kernel, next)) {
        kernel->current = NULL;
        sched_offer(kernel, next);
        return 0;
    }
    kernel->counters.direct_switches++;
    return 1;
}

/* Its operation is done, and nothing came of it for anybody else: what all the rest of acting would find out. */
static int goes_on(const struct kernel *kernel, const struct thread *caller)
{
    return kernel->current == caller && kernel->now < kernel->fast_until && kernel->faulting.first == NULL &&
           kernel->dying_first == NULL && sched_may_run(caller) && caller->context == kernel->charging &&
           !is_outranked(kernel, caller) && caller->space != NULL;
}

struct thread *act(struct kernel *kernel, struct thread *caller, struct outcome outcome)
{
    if (outcome.kind == OUTCOME_DONE && goes_on(kernel, caller)) {
        caller->registers.call.operation = outcome.status;
        return caller;
    }
    int lives = kernel->current == caller, yields = outcome.kind == OUTCOME_YIELDED;
    if (lives && outcome.kind == OUTCOME_RESTART) {
        caller->marks |= THREAD_RESTART;
        kernel->counters.preemptions++;
    } else if (lives && outcome.kind != OUTCOME_BLOCKED) {
        caller->registers.call.operation = outcome.status;
        if (kernel->tracing)
            trace_result(kernel, caller);
    }
    if (outcome.kind == OUTCOME_BLOCKED)
        kernel->current = hand_over(kernel, outcome.next) ? outcome.next : NULL;
    if (kernel->now >= kernel->next_event || kernel->faulting.first != NULL || kernel->dying_first != NULL)
        settle(kernel);
    if (preempts(kernel))
        yields = 1;
    return choose_next(kernel, caller, yields);
}

struct thread *act_resume(struct kernel *kernel)
{
    struct thread *before = kernel->current;
    settle(kernel);
    return choose_next(kernel, before, preempts(kernel));
}

struct thread *entry_interrupt(struct kernel *kernel)
{
    struct thread *before = kernel->current;
    fold_end(kernel);
    act_enter(kernel);
    settle(kernel);
    return act_finish(kernel, choose_next(kernel, before, preempts(kernel)));
}

struct thread *entry_preempt(struct kernel *kernel)
{
    struct thread *before = kernel->current;
    fold_end(kernel);
    act_enter(kernel);
    settle(kernel);
    return act_finish(kernel, choose_next(kernel, before, 1));
}

void entry_line(struct kernel *kernel, uint32_t line)
{
    fold_end(kernel);
    if (line >= UK_DEVICES_MAX || kernel->lines[line] == NULL)
        return;
    if (kernel->tracing)
        trace_signal(kernel, line);
    interrupt_raise(kernel, kernel->lines[line]);
}
