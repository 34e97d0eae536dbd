/* SPDX-License-Identifier: MIT */
/* What must be so of a world of `ukern compare`, and what must be left of it when all memory is taken back: nothing. */
#ifndef TESTS_SIM_CENSUS_H
#define TESTS_SIM_CENSUS_H

#include "sim/compare.h"

/* NULL: every invariant holds; else which does not, in words that stay until the next call. */
static inline const char *census_check(const struct compare_world *world)
{
    static char text[400];
    return uk_check(world->kernel, text, sizeof text) == 0 ? NULL : text;
}

/* Takes all memory back. NULL: afterwards there is exactly what there was after boot. */
static inline const char *census_take_down(const struct compare_world *world)
{
    struct uk_counters after;
    struct uk_object_info untyped;
    if (BENCH_ASK(world->kernel, UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, UK_SLOT_UNTYPED) != UK_OK)
        return "memory cannot be taken back";
    uk_counters(world->kernel, &after);
    if (after.objects != world->at_boot.objects || after.threads != world->at_boot.threads ||
        after.spaces != world->at_boot.spaces)
        return "objects are left over";
    if (uk_inspect_object(world->kernel, UK_SLOT_UNTYPED, &untyped) != UK_OK || untyped.value[0] != untyped.value[1] ||
        untyped.value[2] != 0 || untyped.value[4] != 0)
        return "memory is left over";
    return census_check(world);
}

#endif
