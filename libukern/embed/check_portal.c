/* SPDX-License-Identifier: MIT */
/* Invariants of portals and crossings: who is where, found from the stacks one way and from the threads the other. */
#include "embed/check.h"

#include "ipc/portal.h"

static int lies_among(const struct portal *portal, const struct crossing *crossing)
{
    uintptr_t at = (uintptr_t)crossing - (uintptr_t)portal->stacks;
    return (uintptr_t)crossing >= (uintptr_t)portal->stacks && at % sizeof *crossing == 0 &&
           at / sizeof *crossing < portal->count;
}

static int portal_fails(struct checker *checker, const struct portal *portal, const char *why)
{
    return check_fail(checker, CHECK_PORTAL, &portal->object, why);
}

/* The list of free stacks. */
static int check_free(struct checker *checker, const struct portal *portal, uint32_t *count)
{
    for (const struct crossing *crossing = portal->free; crossing != NULL; crossing = crossing->outer)
        if (!lies_among(portal, crossing) || crossing->thread != NULL || (*count)++ >= portal->count)
            return portal_fails(checker, portal, "what follows among its free stacks does not belong there");
    return 1;
}

int check_portal(struct checker *checker, const struct object *object)
{
    const struct portal *portal = (const struct portal *)object;
    uint32_t used = 0, free = 0;
    int settled = (object->flags & OBJECT_DYING) == 0, closed = portal_is_closed(portal);
    for (uint32_t i = 0; i < portal->count; i++) {
        if (portal->stacks[i].domain != &portal->domain)
            return portal_fails(checker, portal, "one of its stacks is for another domain");
        used += portal->stacks[i].thread != NULL;
    }
    checker->inside += used;
    if (!check_free(checker, portal, &free))
        return 0;
    if (settled && used + free != (portal->configured && !closed ? portal->count : 0))
        return portal_fails(checker, portal, closed ? "it is closed, but somebody is inside" : "a stack of it is lost");
    if (settled && portal->callers.first != NULL && (free > 0 || closed))
        return portal_fails(checker, portal, "somebody waits, but a stack is free, or none ever will be");
    return check_queue(checker, &portal->callers, object, 1);
}

static int crossing_fails(struct checker *checker, const struct thread *thread, const char *why)
{
    return check_fail(checker, CHECK_CROSSING, &thread->object, why);
}

static int is_crossing(const struct checker *checker, const struct crossing *crossing)
{
    return check_in_arena(checker, crossing, sizeof *crossing, 8) &&
           check_in_arena(checker, crossing->domain, sizeof *crossing->domain, 8) &&
           check_is_live(checker, crossing->domain->owner, UK_TYPE_PORTAL) &&
           lies_among((const struct portal *)crossing->domain->owner, crossing);
}

static int is_at(const struct thread *thread, const struct domain *domain)
{
    return thread->domain == domain && (const void *)thread->cnode == domain->cnode.object &&
           (const void *)thread->space == domain->space.object;
}

int check_crossings(struct checker *checker, const struct thread *thread)
{
    uint32_t depth = 0;
    for (const struct crossing *crossing = thread->crossing; crossing != NULL; crossing = crossing->outer) {
        if (depth++ >= UK_PORTAL_DEPTH_MAX || !is_crossing(checker, crossing) || crossing->thread != thread)
            return crossing_fails(checker, thread, "its list of crossings is broken");
        if ((crossing->cut & CROSSING_SEVERED) != 0 && crossing->outer != NULL)
            return crossing_fails(checker, thread, "it is severed from a crossing that it came through");
        checker->inside--;
    }
    if (depth != thread->depth)
        return crossing_fails(checker, thread, "it counts other crossings than it has");
    if (!is_at(thread, thread->crossing != NULL ? thread->crossing->domain : &thread->own))
        return crossing_fails(checker, thread, "its CNode and space are not those of where it is");
    if (thread->crossing != NULL && thread->flags != 0)
        return crossing_fails(checker, thread, "it took its flags along");
    return 1;
}
