/* SPDX-License-Identifier: MIT */
/* Portals: a call moves the thread, not the message, and ends exactly once, whichever domain or thread dies. */
#include "ipc/portal.h"

#include "core/help.h"
#include "core/kernel.h"
#include "core/machine.h"
#include "core/message.h"
#include "core/sched_context.h"

enum uk_status portal_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel;
    struct portal *portal = (struct portal *)object;
    portal->count = (uint32_t)size;
    domain_begin(&portal->domain, object);
    for (uint32_t i = 0; i < portal->count; i++)
        portal->stacks[i].domain = &portal->domain;
    return UK_OK;
}

uk_word portal_size(const struct object *object) { return ((const struct portal *)object)->count; }

static void stack_free(struct portal *portal, struct crossing *crossing)
{
    crossing->outer = portal->free;
    portal->free = crossing;
}

/* Helping. --------------------------------------------------------------------------------------------------------- */

struct thread *portal_helped(const struct object *object)
{
    const struct portal *portal = (const struct portal *)object;
    return portal->callers.first != NULL && portal->helped != NULL ? portal->helped->thread : NULL;
}

struct thread *crossing_helper(const struct thread *thread)
{
    struct thread *best = NULL;
    for (const struct crossing *crossing = thread->crossing; crossing != NULL; crossing = crossing->outer) {
        const struct portal *portal = (const struct portal *)crossing->domain->owner;
        if (portal->helped == crossing)
            best = help_better(best, help_first(&portal->callers));
    }
    return best;
}

/* Would helping this one sooner lead to a free stack? */
static int is_nearer(const struct thread *thread, const struct thread *other)
{
    int runs = thread->state == UK_THREAD_READY, other_runs = other->state == UK_THREAD_READY;
    return runs != other_runs ? runs : thread->effective > other->effective;
}

/* Whom those who wait help: one, until he leaves. Not `caller`, who is about to wait. As many steps as there are stacks. */
static void portal_choose(struct kernel *kernel, struct portal *portal, const struct thread *caller)
{
    struct crossing *chosen = NULL;
    for (uint32_t i = 0; i < portal->count; i++) {
        const struct thread *thread = portal->stacks[i].thread;
        if (thread != NULL && thread != caller && thread->waits_on != &portal->object &&
            (chosen == NULL || is_nearer(thread, chosen->thread)))
            chosen = &portal->stacks[i];
    }
    portal->helped = chosen;
    if (chosen != NULL)
        help_chosen(kernel, chosen->thread);
}

/* The thread that was on this stack is not there any more. */
static void portal_left(struct kernel *kernel, struct portal *portal, struct crossing *crossing, struct thread *thread)
{
    if ((thread->marks & THREAD_AWAITED) != 0)
        help_ask(kernel, thread);
    if (portal->helped == crossing)
        portal->helped = NULL;
}

/* Coming back otherwise than by returning. ----------------------------------------------------------------------------- */

/* Nobody is in it, and nothing of whoever was is left. */
static void crossing_vacate(struct kernel *kernel, struct crossing *crossing, struct thread *thread)
{
    struct portal *portal = (struct portal *)crossing->domain->owner;
    portal_left(kernel, portal, crossing, thread);
    crossing->thread = NULL;
    crossing->cut = 0;
    stack_free(portal, crossing);
    if (portal->callers.first != NULL)
        object_bury(kernel, &portal->object); /* whoever waits is let in step by step */
}

/* Out of the innermost, wherever its code was: there are frames on that stack which nobody will leave. */
static void crossing_drop(struct kernel *kernel, struct thread *thread)
{
    struct crossing *crossing = thread->crossing;
    crossing_leave(crossing);
    (void)machine_stack_start(kernel, &crossing->place, crossing->stack_bytes); /* it has been: cannot be refused */
    crossing_vacate(kernel, crossing, thread);
}

/* What a call tells that ended without an answer, where the thread is now. */
static void crossing_answer(struct thread *thread, enum uk_status status, uk_handle handle)
{
    struct uk_call *call = &thread->registers.call;
    thread->marks = (uint16_t)((thread->marks & THREAD_OF_HELP) | THREAD_UNTOLD);
    thread->operation = UK_PORTAL_CALL;
    thread->registers.full = 0;
    call->operation = status;
    call->handle = handle;
    call->tag = 0;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call->word[i] = 0;
    thread->record = (struct record){.status = status, .operation = UK_PORTAL_CALL, .handle = handle};
}

void crossing_unwind(struct kernel *kernel, struct thread *thread, enum uk_status status)
{
    struct crossing last;
    unsigned left = 0;
    do {
        last = *thread->crossing;
        if (left++ > 0 || (last.cut & CROSSING_BROKEN) != 0)
            status = UK_PEER_DIED;
        crossing_drop(kernel, thread);
    } while (thread->crossing != NULL && !domain_is_whole(thread->domain));
    crossing_answer(thread, status, last.handle);
    if ((last.cut & CROSSING_SEVERED) != 0)
        thread_die(kernel, thread);
}

void crossing_expel(struct kernel *kernel, struct thread *thread, enum uk_status status)
{
    int runs = kernel->current == thread;
    thread_interrupt(kernel, thread);
    crossing_unwind(kernel, thread, status);
    if (!runs) {
        sched_offer(kernel, thread);
        return;
    }
    kernel->current = NULL; /* the operation that it was in the middle of is not its own any more, so has no answer */
    if (sched_may_run(thread))
        sched_ready(kernel, thread, 1);
}

/* The domain of a crossing in use is gone. A thread that is in it hears UK_PEER_DIED; one that went on from there goes
 * on, and when it returns, whoever called into the domain hears it (MT-3). */
static void crossing_break(struct kernel *kernel, struct crossing *crossing)
{
    struct crossing *inner = crossing->thread->crossing;
    if (inner == crossing) {
        crossing_expel(kernel, crossing->thread, UK_PEER_DIED);
        return;
    }
    while (inner->outer != crossing)
        inner = inner->outer;
    inner->outer = crossing->outer;
    inner->kept = crossing->kept;
    inner->kept_buffer = crossing->kept_buffer;
    inner->kept_flags = crossing->kept_flags;
    inner->handle = crossing->handle;
    inner->cut = crossing->cut | CROSSING_BROKEN;
    crossing->thread->depth--;
    (void)machine_stack_start(kernel, &crossing->place, crossing->stack_bytes);
    crossing_vacate(kernel, crossing, crossing->thread);
}

void crossing_forget(struct kernel *kernel, struct thread *thread)
{
    while (thread->crossing != NULL)
        crossing_drop(kernel, thread);
}

/* What a thread does inside, a stopped one takes over; its own call ends with UK_CANCELLED (MT-4). What is the heir's own
 * takes the place of what the outermost crossing kept, and goes back when the heir dies. */
static void crossing_sever(struct kernel *kernel, struct thread *thread, struct thread *heir)
{
    struct crossing *outermost = thread->crossing;
    struct registers_kept kept = registers_keep(&heir->registers);
    uk_word buffer = heir->buffer;
    uint8_t flags = heir->flags;
    thread_interrupt(kernel, thread);
    while (outermost->outer != NULL)
        outermost = outermost->outer;
    heir->registers = thread->registers;
    heir->crossing = thread->crossing;
    heir->depth = thread->depth;
    heir->buffer = thread->buffer;
    heir->flags = thread->flags;
    heir->operation = thread->operation;
    heir->marks = (uint16_t)((heir->marks & THREAD_OF_HELP) | (thread->marks & (THREAD_RESTART | THREAD_DRAINS)));
    heir->record = (struct record){.fault = UK_FAULT_NONE};
    thread_use(heir, thread->domain);
    thread->crossing = outermost; /* out of it, and so of all, but without freeing the stacks */
    thread->depth = 1;
    crossing_leave(outermost);
    outermost->kept = kept;
    outermost->kept_buffer = buffer;
    outermost->kept_flags = flags;
    outermost->cut |= CROSSING_SEVERED;
    for (struct crossing *crossing = heir->crossing; crossing != NULL; crossing = crossing->outer)
        crossing->thread = heir;
    crossing_answer(thread, UK_CANCELLED, outermost->handle);
    if ((thread->marks & THREAD_AWAITED) != 0) {
        help_ask(kernel, thread);
        help_chosen(kernel, heir);
    }
    sched_offer(kernel, thread);
}

/* Configuring. ----------------------------------------------------------------------------------------------------- */

static void stacks_end(struct kernel *kernel, struct portal *portal)
{
    for (uint32_t i = 0; i < portal->count; i++)
        machine_stack_end(kernel, &portal->stacks[i].place);
    portal->free = NULL;
}

/* What the machine lacks it says here, before anything has changed. */
static enum uk_status stacks_begin(struct kernel *kernel, struct portal *portal, const uk_word *word)
{
    uk_word entry = word[3], base = word[4], bytes = word[5];
    for (uint32_t i = portal->count; i-- > 0;) { /* so that the lowest is the first to be used */
        struct crossing *crossing = &portal->stacks[i];
        crossing->buffer = base + i * bytes + bytes - UK_BUFFER_BYTES;
        crossing->stack_bytes = bytes - UK_BUFFER_BYTES;
        crossing->place = (struct registers_kept){.ip = entry, .sp = crossing->buffer};
        enum uk_status status = machine_stack_start(kernel, &crossing->place, crossing->stack_bytes);
        if (status != UK_OK) {
            stacks_end(kernel, portal);
            return status;
        }
        stack_free(portal, crossing);
    }
    return UK_OK;
}

static int stacks_fit(const struct portal *portal, uk_word base, uk_word bytes)
{
    return base != 0 && base % UK_BUFFER_BYTES == 0 && bytes % UK_BUFFER_BYTES == 0 && bytes > UK_BUFFER_BYTES &&
           bytes <= (UK_FOREVER - base) / portal->count;
}

struct outcome portal_configure(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct portal *portal = (struct portal *)via->object;
    const uk_word *word = caller->registers.call.word;
    struct capability *cnode, *space, *fault = NULL;
    enum uk_status status = capability_require(caller, word[0], UK_TYPE_CNODE, UK_RIGHT_MANAGE, &cnode);
    if (status == UK_OK)
        status = capability_require(caller, word[1], UK_TYPE_SPACE, UK_RIGHT_MANAGE, &space);
    if (status == UK_OK && word[2] != UK_NONE)
        status = capability_require(caller, word[2], UK_TYPE_ENDPOINT, UK_RIGHT_SEND, &fault);
    if (status == UK_OK && !stacks_fit(portal, word[4], word[5]))
        status = UK_BAD_ARGUMENT;
    if (status == UK_OK && portal->configured)
        status = UK_BUSY;
    if (status == UK_OK)
        status = stacks_begin(kernel, portal, word);
    if (status != UK_OK)
        return outcome_done(status);
    capability_derive(&portal->domain.cnode, cnode, cnode->rights, 0);
    capability_derive(&portal->domain.space, space, space->rights, 0);
    if (fault != NULL)
        capability_derive(&portal->domain.fault, fault, fault->rights, fault->badge);
    portal->configured = 1;
    if (portal->callers.first != NULL)
        object_bury(kernel, &portal->object); /* they are let in step by step */
    return outcome_done(UK_OK);
}

/* Crossing. -------------------------------------------------------------------------------------------------------- */

/* Moves the message in the thread's registers from where it is to where it will be; all of it, or nothing. For that the
 * thread looks at it from there, and `sender` is what it was. */
static enum uk_status message_cross(struct kernel *kernel, struct thread *thread, struct domain *domain, uk_word buffer,
                                    uint32_t rights, uk_word badge, uk_word flags)
{
    struct domain *before = thread->domain;
    struct thread sender = {.registers.call = thread->registers.call, .cnode = thread->cnode, .space = thread->space,
                            .buffer = thread->buffer};
    thread_use(thread, domain);
    thread->buffer = buffer;
    enum uk_status status = message_move(kernel, &sender, thread, rights, badge, flags);
    thread_use(thread, before);
    thread->buffer = sender.buffer;
    return status;
}

/* There is a stack. */
static enum uk_status portal_enter(struct kernel *kernel, struct portal *portal, struct thread *thread, uint32_t rights,
                                   uk_word badge)
{
    struct crossing *crossing = portal->free;
    uk_handle handle = thread->registers.call.handle;
    enum uk_status status =
        message_cross(kernel, thread, &portal->domain, crossing->buffer, rights, badge, UK_TAG_CALL);
    if (status != UK_OK)
        return status;
    portal->free = crossing->outer;
    crossing_enter(crossing, thread, handle);
    return UK_OK;
}

/* As many waiting callers as there are stacks for get in. 0: preempted, some may be left. */
static int portal_admit(struct kernel *kernel, struct portal *portal)
{
    while (portal->free != NULL && portal->callers.first != NULL) {
        struct thread *next = portal->callers.first;
        thread_cancel(kernel, next, portal_enter(kernel, portal, next, next->send_rights, next->send_badge));
        if (machine_preempted(kernel))
            return 0;
    }
    if (portal->callers.first != NULL && portal->helped == NULL)
        portal_choose(kernel, portal, NULL);
    return 1;
}

/* All its stacks are under the caller itself: what it waited for it would have to do. */
static int portal_is_all_his(const struct portal *portal, const struct thread *caller)
{
    uint32_t his = 0;
    for (const struct crossing *crossing = caller->crossing; crossing != NULL; crossing = crossing->outer)
        his += crossing->domain == &portal->domain;
    return portal->configured && his == portal->count;
}

struct outcome portal_call(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct portal *portal = (struct portal *)via->object;
    uk_time until = caller->registers.call.deadline;
    if (portal_is_closed(portal))
        return outcome_done(UK_PEER_DIED);
    if (caller->depth >= UK_PORTAL_DEPTH_MAX)
        return outcome_done(UK_LIMIT); /* MT-5 */
    if (portal->free != NULL) {
        enum uk_status status = portal_enter(kernel, portal, caller, via->rights, via->badge);
        kernel->counters.calls += status == UK_OK;
        caller->calls += status == UK_OK;
        return outcome_done(status);
    }
    if (until <= kernel->now)
        return outcome_done(until == UK_NOW ? UK_WOULD_BLOCK : UK_TIMED_OUT);
    if (until == UK_FOREVER && portal_is_all_his(portal, caller))
        return outcome_done(UK_DEADLOCK);
    kernel->counters.calls++;
    caller->calls++;
    caller->send_badge = via->badge;
    caller->send_rights = via->rights;
    if (portal->callers.first == NULL || portal->helped == NULL)
        portal_choose(kernel, portal, caller);
    thread_block(kernel, caller, UK_THREAD_CALLING, &portal->object, &portal->callers, 1, until);
    help_wait(kernel, caller);
    return outcome_block(NULL);
}

/* What called is gone, or called into a domain that is: there is nobody for the answer. */
static int crossing_is_cut(const struct crossing *crossing)
{
    return crossing->cut != 0 || (crossing->outer != NULL && !domain_is_whole(crossing->outer->domain));
}

struct outcome portal_return(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)via;
    struct crossing *crossing = caller->crossing;
    if (crossing == NULL)
        return outcome_done(UK_NO_REPLY);
    kernel->counters.replies++;
    if (crossing_is_cut(crossing)) {
        kernel->counters.late_replies++;
        crossing_expel(kernel, caller, UK_PEER_DIED);
        return outcome_block(NULL);
    }
    enum uk_status status = message_cross(kernel, caller, crossing_origin(crossing), crossing->kept_buffer,
                                          UK_RIGHT_GRANT, 0, 0);
    if (status != UK_OK)
        return outcome_done(status);
    struct portal *portal = (struct portal *)crossing->domain->owner;
    crossing_leave(crossing);
    portal_left(kernel, portal, crossing, caller);
    stack_free(portal, crossing);
    caller->operation = UK_PORTAL_CALL; /* it is that which is done now */
    if (portal->callers.first != NULL && !portal_admit(kernel, portal))
        object_bury(kernel, &portal->object); /* the others later */
    return outcome_done(UK_OK);
}

struct outcome portal_abandon(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct thread *thread = (struct thread *)via->object, *heir;
    struct capability *slot;
    enum uk_status status =
        capability_require(caller, caller->registers.call.word[0], UK_TYPE_THREAD, UK_RIGHT_MANAGE, &slot);
    if (status != UK_OK)
        return outcome_done(status);
    heir = (struct thread *)slot->object;
    if (thread->state == UK_THREAD_DEAD || heir->state == UK_THREAD_DEAD)
        return outcome_done(UK_PEER_DIED);
    if (thread == caller || thread->crossing == NULL)
        return outcome_done(UK_BAD_ARGUMENT);
    if (heir->state != UK_THREAD_STOPPED || heir->crossing != NULL || heir == thread)
        return outcome_done(UK_BUSY);
    crossing_sever(kernel, thread, heir);
    return outcome_done(UK_OK);
}

/* Death. ----------------------------------------------------------------------------------------------------------- */

/* Whoever is inside cannot go on: its call ends when it comes to that (act.c), or when the portal is taken apart. Nor can it
 * look at what may be another's space by then. As many steps as there are stacks. */
void crossing_evict(struct kernel *kernel, struct object *object)
{
    struct portal *portal = (struct portal *)object;
    for (uint32_t i = 0; i < portal->count; i++) {
        struct thread *thread = portal->stacks[i].thread;
        if (thread != NULL && thread->crossing == &portal->stacks[i])
            thread_use(thread, &portal->domain);
    }
    object_bury(kernel, object);
}

void portal_disable(struct kernel *kernel, struct object *object)
{
    struct portal *portal = (struct portal *)object;
    portal->configured = 1;
    (void)capability_remove(kernel, &portal->domain.cnode); /* nothing is derived from held slots: cannot be preempted */
    (void)capability_remove(kernel, &portal->domain.space);
    (void)capability_remove(kernel, &portal->domain.fault);
}

/* Everybody waiting, and everybody inside, hears of it (NO-3). 0: preempted. */
static int portal_close(struct kernel *kernel, struct portal *portal)
{
    while (portal->callers.first != NULL) {
        thread_cancel(kernel, portal->callers.first, UK_PEER_DIED);
        if (machine_preempted(kernel))
            return 0;
    }
    for (uint32_t i = 0; i < portal->count; i++) {
        if (portal->stacks[i].thread == NULL)
            continue;
        crossing_break(kernel, &portal->stacks[i]);
        if (machine_preempted(kernel))
            return 0;
    }
    stacks_end(kernel, portal);
    portal_disable(kernel, &portal->object);
    return 1;
}

int portal_drain(struct kernel *kernel, struct object *object)
{
    struct portal *portal = (struct portal *)object;
    return portal_is_closed(portal) ? portal_close(kernel, portal) : portal_admit(kernel, portal);
}
