/* SPDX-License-Identifier: MIT */
/* When a call is folded, and how it ends: what is skipped while it is folded is what does not change, or is written here. */
#include "entry/fold.h"

#include "entry/entry.h"
#include "entry/fast.h"

enum { FOLDS_MAX = 32 }; /* at once: fold_end takes constant time */

/* Would the caller run again with nothing else changed, once it is answered? */
static int caller_is_plain(const struct kernel *kernel, const struct thread *caller)
{
    const struct sched_context *context = caller->context;
    return context != NULL && caller->lending == NULL && context->depth < UK_CALL_DEPTH_MAX &&
           (caller->lent_priority == 0 || context->chain != NULL) && kernel->scheduler.top <= (int)caller->effective &&
           (caller->marks & ~(THREAD_UNTOLD | THREAD_BY_ARRIVAL)) == 0 && caller->deadline.at == UK_FOREVER &&
           caller->space != NULL;
}

/* Would the server, waiting as it does now, find all that it names when it answers and waits again? */
static int server_is_plain(const struct endpoint *endpoint, const struct thread *server)
{
    if (!fast_is_server(server) || (server->marks & ~THREAD_UNTOLD) != 0 || server->lent_priority != 0)
        return 0;
    const struct reply *reply = server->receives_with;
    const struct uk_call *call = &server->registers.call;
    const struct capability *receives = fast_find_slot(server, call->handle);
    const struct capability *answers = fast_find_slot(server, call->reply);
    return fast_allows(receives, UK_TYPE_ENDPOINT, UK_RIGHT_RECEIVE) && receives->object == &endpoint->object &&
           fast_is_alive(endpoint, receives) && fast_allows(answers, UK_TYPE_REPLY, UK_RIGHT_SEND) &&
           answers->object == &reply->object && reply->server == server && endpoint->senders.first == NULL &&
           endpoint->by_priority && !server->signalled;
}

/* Nothing is in progress, so all that is asked about is as it says it is. */
static int fold_begin(struct kernel *kernel, struct bound *bound, struct thread *caller, uk_handle handle)
{
    if (bound->target.type != UK_TYPE_ENDPOINT)
        return 0;
    struct endpoint *endpoint = (struct endpoint *)bound->target.object;
    struct thread *server = endpoint->receivers.first;
    if (!fast_is_alive(endpoint, &bound->target) || !caller_is_plain(kernel, caller) || !server_is_plain(endpoint, server))
        return 0;
    if (kernel->fold_count == FOLDS_MAX)
        return 0;
    if (kernel->fold_count++ == 0) {
        kernel->folded_until = kernel->fast_until;
        kernel->fast_until = 0;
    }
    bound->caller = caller;
    bound->server = server;
    bound->handle = handle;
    bound->receives = server->registers.call.handle;
    bound->answers = server->registers.call.reply;
    bound->others = kernel->folds;
    kernel->folds = bound;
    return 1;
}

/* The bound call that the handle names, folded; NULL: there is none, or it cannot be. */
static struct bound *fold_find(struct kernel *kernel, struct thread *caller, uk_handle handle)
{
    const struct capability *via = fast_find_slot(caller, handle);
    if (!fast_allows(via, UK_TYPE_BOUND, UK_RIGHT_SEND))
        return NULL;
    struct bound *bound = (struct bound *)via->object;
    if (bound->caller == NULL && !fold_begin(kernel, bound, caller, handle))
        return NULL;
    bound->handle = handle;
    return bound;
}

/* Does the server of the call used last have it now? Only then is what threads say of themselves not so. */
static int is_in_progress(const struct kernel *kernel)
{
    return kernel->folded != NULL && kernel->folded->server == kernel->current;
}

static struct thread *fold_try(struct kernel *kernel)
{
    const struct uk_call *call = &kernel->current->registers.call;
    uk_time until = kernel->folded != NULL ? kernel->folded_until : kernel->fast_until;
    if (call->operation != UK_BOUND_CALL || !fold_is_plain(call) ||
        kernel->now + kernel->entry_cost_ns >= until)
        return NULL;
    struct bound *bound = fold_find(kernel, kernel->current, call->handle);
    if (bound == NULL)
        return NULL;
    kernel->folded = bound;
    return fold_call(kernel, bound);
}

/* The answer to a call that has a next stage: the request of that one, in the same kernel entry. */
static struct thread *fold_hop(struct kernel *kernel)
{
    struct bound *bound = kernel->folded;
    struct thread *caller = bound->caller, *current = kernel->current;
    if (!fold_is_answer(bound, current) || !fold_is_plain(&current->registers.call) ||
        kernel->now + kernel->entry_cost_ns >= kernel->folded_until)
        return NULL;
    if (bound->stage == NULL)
        bound->stage = fold_find(kernel, caller, bound->next);
    struct bound *stage = bound->stage;
    if (stage == NULL)
        return NULL;
    (void)fold_answer(kernel, bound);
    caller->registers.call.operation = UK_BOUND_CALL;
    caller->registers.call.handle = bound->next;
    fold_move(kernel, caller, stage->server, UK_TAG_CALL, stage->target.badge);
    stage->stages++;
    kernel->folded = stage;
    kernel->current = stage->server;
    return stage->server;
}

/* Not inlined into the long road, which hardly ever needs it. */
__attribute__((noinline)) struct thread *fold_miss(struct kernel *kernel)
{
    struct thread *next = is_in_progress(kernel) ? fold_hop(kernel) : fold_try(kernel);
    if (next != NULL || kernel->folded == NULL)
        return next;
    fold_end(kernel);
    next = fast_syscall(kernel);
    return next != NULL ? next : fold_try(kernel);
}

/* What the calls that are over have left behind, and what counts them. */
static void fold_tell(struct kernel *kernel, const struct bound *bound)
{
    struct thread *caller = bound->caller, *server = bound->server;
    struct reply *reply = server->receives_with;
    uint64_t calls = bound->calls + bound->stages;
    if (calls != 0) {
        kernel->counters.fast_calls += calls;
        caller->entries += bound->calls;
        caller->calls += calls;
        caller->operation = UK_BOUND_CALL;
        caller->marks |= THREAD_UNTOLD;
        reply->lender_lent = caller->lent_priority;
    }
    if (bound->replies != 0) {
        kernel->counters.fast_replies += bound->replies;
        server->entries += bound->replies;
        server->operation = UK_REPLY_RECEIVE;
        fast_wait((struct endpoint *)bound->target.object, reply, server);
    }
}

/* The call that is not over. */
static void fold_unfinished(const struct bound *bound)
{
    struct thread *caller = bound->caller, *server = bound->server;
    uint8_t lent = caller->effective;
    fast_begin((struct endpoint *)bound->target.object, caller->context, caller, server, lent,
               server->priority > lent ? server->priority : lent);
    if (bound->next != UK_NONE)
        thread_stage(caller, bound->next);
}

void fold_end(struct kernel *kernel)
{
    if (kernel->folded == NULL)
        return;
    for (const struct bound *bound = kernel->folds; bound != NULL; bound = bound->others)
        fold_tell(kernel, bound);
    if (is_in_progress(kernel))
        fold_unfinished(kernel->folded);
    while (kernel->folds != NULL) {
        struct bound *bound = kernel->folds;
        kernel->folds = bound->others;
        bound->caller = bound->server = NULL;
        bound->handle = bound->receives = bound->answers = UK_NONE;
        bound->stage = bound->others = NULL;
        bound->calls = bound->stages = bound->replies = 0;
    }
    kernel->folded = NULL;
    kernel->fold_count = 0;
    kernel->fast_until = kernel->watched ? 0 : kernel->folded_until;
}
