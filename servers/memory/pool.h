/* SPDX-License-Identifier: MIT */
/* Free memory in chunks, Untypeds with one owner each: given back whole, so that the kernel zeroes before reuse. */
#ifndef MEMORY_POOL_H
#define MEMORY_POOL_H

#include <ukern/call.h>

#define POOL_CHUNK_BYTES ((uk_word)256 << 10)
#define POOL_CHUNK_SLOTS 64 /* of the CNode: the chunk's Untyped, then its frames */
#define POOL_CHUNK_PAGES 60 /* that certainly fit beside their frame objects */
#define POOL_FREE        255

struct pool {
    uint32_t first_slot;
    uint32_t chunks;   /* that exist at most */
    uint32_t made;     /* that have been retyped: 0..made */
    uint32_t promised; /* to tasks, of `chunks` */
    uint8_t *owner;    /* of each chunk: a task, or POOL_FREE */
    uint8_t *used;     /* pages of each chunk */
};

/* A pool over the memory behind TASK_UNTYPED; `state` has `state_bytes` zeroed bytes for what it keeps. */
void pool_open(struct pool *pool, uint32_t first_slot, uk_word slots, void *state, uk_word state_bytes);

/* Whole chunks in `pages`, but one at least: rounded up, two shares of a small pool could be more than there is. */
static inline uint32_t pool_chunks_in(uk_word pages)
{
    return pages > 0 && pages < POOL_CHUNK_PAGES ? 1 : (uint32_t)(pages / POOL_CHUNK_PAGES);
}

/* Keeps so many chunks for later pool_take. UK_NO_MEMORY: there are not so many. */
enum uk_status pool_promise(struct pool *pool, uint32_t chunks);

/* A zeroed page for `owner`, in a slot of ours. Within its promise it always succeeds. */
enum uk_status pool_take(struct pool *pool, uint8_t owner, uint32_t *frame);

/* The owner is dead: its pages vanish from wherever they are mapped, and what was promised is free again. */
void pool_reclaim(struct pool *pool, uint8_t owner, uint32_t promised);

/* The next untouched page of a chunk that the owner has; `chunks` if it has none. */
uint32_t pool_find(const struct pool *pool, uint8_t owner);

#endif
