/* SPDX-License-Identifier: MIT */
/* Regions of a task's space in which pages arrive on demand: plain ranges, and what a fault in or beside them means. */
#ifndef MEMORY_REGION_H
#define MEMORY_REGION_H

#include <stdbool.h>

#include <ukern/abi.h>

/* [base, end), whole pages, to be read and written. */
struct region {
    uk_word base, end;
};

enum verdict {
    VERDICT_PAGE,    /* give it a page */
    VERDICT_OUTSIDE, /* nothing may ever be there */
    VERDICT_RIGHT    /* there may be a page, but never one that allows this */
};

static inline bool region_good(const struct region *region)
{
    return region->base <= region->end && region->base % UK_PAGE == 0 && region->end % UK_PAGE == 0;
}

static inline bool region_has(const struct region *region, uk_word address)
{
    return address >= region->base && address < region->end;
}

/* `access` is an enum uk_right. */
static inline enum verdict region_judge(const struct region *stack, const struct region *heap, uk_word address,
                                        uk_word access)
{
    if (!region_has(stack, address) && !region_has(heap, address))
        return VERDICT_OUTSIDE;
    return (access & UK_RIGHT_EXECUTE) != 0 ? VERDICT_RIGHT : VERDICT_PAGE;
}

#endif
