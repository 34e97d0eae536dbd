/* SPDX-License-Identifier: MIT */
/* Invariants of time: budgets, the chains along which they are lent, and the tree of deadlines. */
#include "embed/check.h"

#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/timer.h"

static int fail(struct checker *checker, enum check_number number, const struct sched_context *context,
                const char *why)
{
    return check_fail(checker, number, &context->object, why);
}

static int check_chain(struct checker *checker, const struct sched_context *context)
{
    uint32_t depth = 0;
    for (const struct reply *reply = context->chain; reply != NULL; reply = reply->outer) {
        if (!check_is_live(checker, reply, UK_TYPE_REPLY) || reply->context != context)
            return fail(checker, CHECK_CHAIN, context, "what is in its chain is no Reply that it was lent through");
        if (reply->lender != NULL && !check_is_live(checker, reply->lender, UK_TYPE_THREAD))
            return fail(checker, CHECK_CHAIN, context, "it would go home to a thread that is gone");
        if (++depth > UK_CALL_DEPTH_MAX)
            return fail(checker, CHECK_CHAIN, context, "its chain is longer than calls may nest");
        checker->chained++;
    }
    return depth == context->depth || fail(checker, CHECK_CHAIN, context, "its chain is not as long as it says");
}

static int check_links(struct checker *checker, const struct sched_context *context)
{
    const struct thread *holder = context->holder, *owner = context->owner;
    checker->held += holder != NULL;
    checker->owned += owner != NULL;
    if (holder != NULL && (!check_is_live(checker, holder, UK_TYPE_THREAD) || holder->context != context))
        return fail(checker, CHECK_HOLDER, context, "its holder does not run on it");
    if (owner != NULL && (!check_is_live(checker, owner, UK_TYPE_THREAD) || owner->own_context != context))
        return fail(checker, CHECK_HOLDER, context, "its owner does not know it");
    return 1;
}

static int is_round_robin(const struct sched_context *context) { return context->budget == context->period; }

static int check_budget(struct checker *checker, const struct sched_context *context)
{
    uk_time sum = context->left, before = 0;
    if (context->budget > context->period || context->policy > UK_CHAIN_RECLAIM)
        return fail(checker, CHECK_BUDGET, context, "it was configured so as may not be");
    if (is_round_robin(context))
        return (context->left <= context->budget && context->refill_count == 0) ||
               fail(checker, CHECK_BUDGET, context, "it has more than its slice, or refills that it does not need");
    if (context->refill_count > UK_REFILLS_MAX)
        return fail(checker, CHECK_BUDGET, context, "it has more refills than it can remember");
    for (uint32_t i = 0; i < context->refill_count; i++) {
        if (context->refills[i].at < before || context->refills[i].amount == 0)
            return fail(checker, CHECK_BUDGET, context, "its refills are not in order, or one is empty");
        before = context->refills[i].at;
        sum += context->refills[i].amount;
    }
    return sum == context->budget || fail(checker, CHECK_BUDGET, context, "budget was lost or made");
}

/* Nothing left: only its refill can wake its holder. */
static int check_refill(struct checker *checker, const struct sched_context *context)
{
    int armed = context->deadline.at != UK_FOREVER;
    checker->armed += (uint64_t)armed;
    if (context->deadline.kind != DEADLINE_REFILL)
        return fail(checker, CHECK_ARMED, context, "its deadline is of another kind");
    if (context->left > 0 || context->budget == 0)
        return !armed || fail(checker, CHECK_REFILL, context, "it waits for a refill that it does not need");
    if (!armed || is_round_robin(context))
        return fail(checker, CHECK_REFILL, context, "it has nothing left, and nothing will refill it");
    return context->deadline.at == context->refills[0].at ||
           fail(checker, CHECK_REFILL, context, "it waits for another time than its next refill's");
}

int check_context(struct checker *checker, const struct sched_context *context)
{
    return check_links(checker, context) && check_chain(checker, context) && check_budget(checker, context) &&
           check_refill(checker, context);
}

/* Deadlines. ------------------------------------------------------------------------------------------------------- */

/* The object that a deadline of this kind lies in; NULL: it cannot be. */
static const struct object *owner_of(const struct checker *checker, const struct deadline *deadline)
{
    static const struct {
        uint32_t type;
        size_t offset;
    } kinds[] = {[DEADLINE_THREAD] = {UK_TYPE_THREAD, offsetof(struct thread, deadline)},
                 [DEADLINE_TIMER] = {UK_TYPE_TIMER, offsetof(struct timer, deadline)},
                 [DEADLINE_REFILL] = {UK_TYPE_SCHED_CONTEXT, offsetof(struct sched_context, deadline)}};
    if (!check_in_arena(checker, deadline, sizeof *deadline, _Alignof(struct deadline)) || deadline->kind == 0 ||
        deadline->kind > DEADLINE_REFILL)
        return NULL;
    const void *object = (const unsigned char *)deadline - kinds[deadline->kind].offset;
    return check_is_live(checker, object, kinds[deadline->kind].type) ? object : NULL;
}

static int check_node(struct checker *checker, const struct deadline *node, const struct deadline *parent)
{
    const struct object *object = owner_of(checker, node);
    if (object == NULL)
        return check_fail(checker, CHECK_ARMED, NULL, "a deadline is of no object that lives");
    if (node->parent != parent)
        return check_fail(checker, CHECK_DEADLINES, object, "its deadline and the one above do not agree");
    if (parent != NULL && node->weight > parent->weight)
        return check_fail(checker, CHECK_DEADLINES, object, "its deadline is heavier than the one above");
    if (node->at == UK_FOREVER || node->sequence == 0 || node->sequence > checker->kernel->deadline_sequence)
        return check_fail(checker, CHECK_DEADLINES, object, "its deadline was not armed");
    return 1;
}

static int is_before(const struct deadline *one, const struct deadline *other)
{
    return one->at != other->at ? one->at < other->at : one->sequence < other->sequence;
}

/* Down to the leftmost of this subtree, each node verified before it is entered; NULL: failed. */
static const struct deadline *leftmost(struct checker *checker, const struct deadline *node)
{
    while (node->left != NULL) {
        if (!check_node(checker, node->left, node))
            return NULL;
        node = node->left;
    }
    return node;
}

/* The next in order; NULL: the end, or failed. */
static const struct deadline *next_of(struct checker *checker, const struct deadline *node)
{
    if (node->right != NULL)
        return check_node(checker, node->right, node) ? leftmost(checker, node->right) : NULL;
    while (node->parent != NULL && node->parent->right == node)
        node = node->parent;
    return node->parent;
}

static int check_next_event(struct checker *checker, const struct deadline *first)
{
    const struct kernel *kernel = checker->kernel;
    const struct sched_context *context = kernel->charging;
    if (first != NULL && kernel->next_event > first->at)
        return check_fail(checker, CHECK_NEXT_EVENT, NULL, "the first deadline comes before the next event");
    int slow = kernel->watched || (kernel->current != NULL && kernel->current->helper != NULL);
    if (kernel->fast_until > (slow ? 0 : kernel->next_event))
        return check_fail(checker, CHECK_NEXT_EVENT, NULL, "fast paths would be taken for too long");
    if (context != NULL && kernel->next_event > context->started &&
        kernel->next_event - context->started > context->left)
        return fail(checker, CHECK_NEXT_EVENT, context, "its budget ends before the next event");
    return 1;
}

int check_deadlines(struct checker *checker)
{
    const struct deadline *root = checker->kernel->deadlines, *before = NULL;
    uint64_t count = 0;
    if (root != NULL && !check_node(checker, root, NULL))
        return 0;
    const struct deadline *first = root != NULL ? leftmost(checker, root) : NULL;
    for (const struct deadline *node = first; node != NULL; before = node, node = next_of(checker, node)) {
        if (before != NULL && !is_before(before, node))
            return check_fail(checker, CHECK_DEADLINES, owner_of(checker, node), "its deadline is out of order");
        if (count++ >= checker->armed)
            return check_fail(checker, CHECK_ARMED, owner_of(checker, node), "more deadlines than are armed");
    }
    if (checker->failed != CHECK_NONE)
        return 0;
    if (count != checker->armed)
        return check_fail(checker, CHECK_ARMED, NULL, "an armed deadline is not in the tree");
    return check_next_event(checker, first);
}
