/* SPDX-License-Identifier: MIT */
/* Memory handed out from a range by moving one mark forward; given back only by moving it to an earlier value. */
#ifndef RUNTIME_ARENA_H
#define RUNTIME_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
    unsigned char *base;
    size_t room;
    size_t used; /* save it and restore it to give back all that was taken since */
    size_t peak; /* the most that was ever in use */
};

/* An arena over `room` bytes at `base`. */
static inline struct arena arena_open(void *base, size_t room)
{
    struct arena arena = {(unsigned char *)base, room, 0, 0};
    return arena;
}

/* `bytes` of memory aligned for anything, not cleared; NULL: there is no room. */
static inline void *arena_take(struct arena *arena, size_t bytes)
{
    size_t skip = (size_t)(-(uintptr_t)(arena->base + arena->used)) & 15;
    if (skip > arena->room - arena->used || bytes > arena->room - arena->used - skip)
        return NULL;
    void *taken = arena->base + arena->used + skip;
    arena->used += skip + bytes;
    if (arena->used > arena->peak)
        arena->peak = arena->used;
    return taken;
}

#endif
