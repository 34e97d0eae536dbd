/* SPDX-License-Identifier: MIT */
/* Chunks: found or made when the owner's last one is full, revoked when the owner dies. */
#include "memory/pool.h"
#include "runtime/task.h"

#define CHUNK_COST      (POOL_CHUNK_BYTES + 512) /* with the Untyped object itself */
#define HELD_BACK       ((uk_word)64 << 10)      /* for alignment, and objects made before */
#define FREE_BYTES_WORD 5                        /* of UK_CAPABILITY_INSPECT */

void pool_open(struct pool *pool, uint32_t first_slot, uk_word slots, void *state, uk_word state_bytes)
{
    uk_word words[UK_REGISTER_WORDS];
    uk_word free = uk_inspect(TASK_CNODE, TASK_UNTYPED, words) == UK_OK ? words[FREE_BYTES_WORD] : 0;
    uk_word chunks = free > HELD_BACK ? (free - HELD_BACK) / CHUNK_COST : 0;
    uk_word room = slots > first_slot ? (slots - first_slot) / POOL_CHUNK_SLOTS : 0;
    chunks = chunks < room ? chunks : room;
    chunks = chunks < state_bytes / 2 ? chunks : state_bytes / 2;
    *pool = (struct pool){.first_slot = first_slot, .chunks = (uint32_t)chunks};
    pool->owner = state;
    pool->used = pool->owner + chunks;
}

enum uk_status pool_promise(struct pool *pool, uint32_t chunks)
{
    if (chunks > pool->chunks - pool->promised)
        return UK_NO_MEMORY;
    pool->promised += chunks;
    return UK_OK;
}

static uint32_t chunk_slot(const struct pool *pool, uint32_t chunk)
{
    return pool->first_slot + chunk * POOL_CHUNK_SLOTS;
}

uint32_t pool_find(const struct pool *pool, uint8_t owner)
{
    for (uint32_t chunk = pool->made; chunk-- > 0;)
        if (pool->owner[chunk] == owner && pool->used[chunk] < POOL_CHUNK_PAGES)
            return chunk;
    return pool->chunks;
}

static enum uk_status claim(struct pool *pool, uint8_t owner, uint32_t *chunk)
{
    *chunk = pool_find(pool, POOL_FREE);
    if (*chunk == pool->chunks && pool->made == pool->chunks)
        return UK_NO_MEMORY;
    if (*chunk == pool->chunks) {
        enum uk_status status =
            uk_retype(TASK_UNTYPED, UK_TYPE_UNTYPED, POOL_CHUNK_BYTES, TASK_CNODE, chunk_slot(pool, pool->made), 1);
        if (status != UK_OK)
            return status;
        *chunk = pool->made++;
    }
    pool->owner[*chunk] = owner;
    pool->used[*chunk] = 0;
    return UK_OK;
}

enum uk_status pool_take(struct pool *pool, uint8_t owner, uint32_t *frame)
{
    uint32_t chunk = pool_find(pool, owner);
    enum uk_status status = chunk == pool->chunks ? claim(pool, owner, &chunk) : UK_OK;
    if (status != UK_OK)
        return status;
    *frame = chunk_slot(pool, chunk) + 1 + pool->used[chunk];
    status = uk_retype(chunk_slot(pool, chunk), UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, *frame, 1);
    pool->used[chunk] += status == UK_OK;
    return status;
}

void pool_reclaim(struct pool *pool, uint8_t owner, uint32_t promised)
{
    for (uint32_t chunk = 0; chunk < pool->made; chunk++) {
        if (pool->owner[chunk] != owner)
            continue;
        (void)uk_revoke(TASK_CNODE, chunk_slot(pool, chunk));
        pool->owner[chunk] = POOL_FREE;
        pool->used[chunk] = 0;
    }
    pool->promised -= promised;
}
