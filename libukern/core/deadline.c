/* SPDX-License-Identifier: MIT */
/* A treap ordered by (time, arming order); weights are hashes of the arming order, so that depth stays logarithmic. */
#include "core/deadline.h"

#include "core/kernel.h"
#include "core/machine.h"

static int earlier(const struct deadline *one, const struct deadline *other)
{
    return one->at != other->at ? one->at < other->at : one->sequence < other->sequence;
}

static uint32_t hash(uint64_t value)
{
    value *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(value >> 32);
}

static struct deadline **link_to(struct kernel *kernel, struct deadline *node)
{
    if (node->parent == NULL)
        return &kernel->deadlines;
    return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

/* Lifts `node` over its parent; order is kept. */
static void rotate_up(struct kernel *kernel, struct deadline *node)
{
    struct deadline *parent = node->parent;
    *link_to(kernel, parent) = node;
    node->parent = parent->parent;
    parent->parent = node;
    if (parent->left == node) {
        parent->left = node->right;
        if (node->right != NULL)
            node->right->parent = parent;
        node->right = parent;
    } else {
        parent->right = node->left;
        if (node->left != NULL)
            node->left->parent = parent;
        node->left = parent;
    }
}

static void insert(struct kernel *kernel, struct deadline *node)
{
    struct deadline **link = &kernel->deadlines, *parent = NULL;
    while (*link != NULL) {
        parent = *link;
        link = earlier(node, parent) ? &parent->left : &parent->right;
    }
    node->left = node->right = NULL;
    node->parent = parent;
    *link = node;
    while (node->parent != NULL && node->weight > node->parent->weight)
        rotate_up(kernel, node);
}

void deadline_arm(struct kernel *kernel, struct deadline *deadline, uk_time at)
{
    deadline_cancel(kernel, deadline);
    if (at == UK_FOREVER)
        return;
    deadline->at = at;
    deadline->sequence = ++kernel->deadline_sequence;
    deadline->weight = hash(deadline->sequence);
    insert(kernel, deadline);
    if (at < kernel->next_event) {
        kernel->next_event = at;
        if (at < kernel->fast_until)
            kernel->fast_until = at;
        machine_time_arm(kernel, at);
    }
}

void deadline_cancel(struct kernel *kernel, struct deadline *deadline)
{
    if (deadline->at == UK_FOREVER)
        return;
    while (deadline->left != NULL || deadline->right != NULL) {
        struct deadline *left = deadline->left, *right = deadline->right;
        rotate_up(kernel, right == NULL || (left != NULL && left->weight > right->weight) ? left : right);
    }
    *link_to(kernel, deadline) = NULL;
    deadline->parent = NULL;
    deadline->at = UK_FOREVER;
}

struct deadline *deadline_first(struct kernel *kernel)
{
    struct deadline *node = kernel->deadlines;
    while (node != NULL && node->left != NULL)
        node = node->left;
    return node;
}

struct outcome deadline_clock(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)via;
    caller->registers.call.word[0] = kernel->now;
    return outcome_done(UK_OK);
}
