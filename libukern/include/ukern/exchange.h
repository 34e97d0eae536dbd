/* SPDX-License-Identifier: MIT */
/* An exchange heap: blocks that move between domains of one address space, each with exactly one owner. After Singularity. */
#ifndef UKERN_EXCHANGE_H
#define UKERN_EXCHANGE_H

#include <ukern/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Whoever names a block says which domain it is; the heap says whether that domain may use it. Names change whenever a block
 * changes hands, so copies of a name that was given away name nothing. A thread may be stopped for ever between any two
 * instructions here: whatever must not be half done is one store, or a compare-and-swap.
 */

/** Names a block: bits 0..15 its place plus 1, 16..63 a stamp that is never used twice. 0: none. */
typedef uk_word uk_block;

#define UK_EXCHANGE_BLOCKS_MAX 65534              /**< of one heap */
#define UK_EXCHANGE_DOMAIN     ((uk_word)0xffff)  /**< the bits of a holding that are a domain's number, 1 to 65534 */
#define UK_EXCHANGE_ORPHAN     ((uk_word)0xffff)  /**< as an owner: it died while the block was lent */
#define UK_EXCHANGE_POISON     0xdbdbdbdbdbdbdbdb /**< what a free block is full of */

/** Who may use a block. Each word is the stamp in their name for it, and a domain's number. */
struct uk_holding {
    uk_word owner;    /**< 0: it is free */
    uk_word borrower; /**< who alone may use it until the loan ends; 0: it is not lent */
};

struct uk_exchange {
    struct uk_holding *holdings;
    unsigned char *blocks;
    uk_word block_bytes, stamp;
    uint32_t block_count;
    uint32_t next;      /**< where to look for a free block first */
    uint32_t strict;    /**< 1: what moves is copied, so that pointers kept by who gave it away point to poison */
    uint32_t scribbles; /**< free blocks that somebody had written to */
};

static inline uk_word *uk_exchange_words(const struct uk_exchange *heap, const struct uk_holding *holding)
{
    return (uk_word *)(void *)(heap->blocks + (uk_word)(holding - heap->holdings) * heap->block_bytes);
}

static inline void uk_exchange_fill(const struct uk_exchange *heap, const struct uk_holding *holding, uk_word value)
{
    uk_word *word = uk_exchange_words(heap, holding);
    for (uk_word i = 0; i < heap->block_bytes / sizeof *word; i++)
        word[i] = value;
}

static inline uk_word uk_exchange_table(uk_word count)
{
    return (count * sizeof(struct uk_holding) + 63) & ~(uk_word)63;
}

/** Makes a heap of blocks of one size (a multiple of 64, in memory aligned to 64), so that taking one takes bounded time and
 *  nothing fragments. @return how many blocks there are. */
static inline uint32_t uk_exchange_begin(struct uk_exchange *heap, void *memory, uk_word bytes, uk_word block_bytes)
{
    uk_word count = bytes / (block_bytes + sizeof(struct uk_holding));
    count = count < UK_EXCHANGE_BLOCKS_MAX ? count : (uk_word)UK_EXCHANGE_BLOCKS_MAX;
    while (count > 0 && uk_exchange_table(count) + count * block_bytes > bytes)
        count--;
    heap->holdings = (struct uk_holding *)memory;
    heap->blocks = (unsigned char *)memory + uk_exchange_table(count);
    heap->block_bytes = block_bytes;
    heap->block_count = (uint32_t)count;
    heap->stamp = heap->next = heap->strict = heap->scribbles = 0;
    for (struct uk_holding *holding = heap->holdings; holding < heap->holdings + count; holding++) {
        holding->owner = holding->borrower = 0;
        uk_exchange_fill(heap, holding, UK_EXCHANGE_POISON);
    }
    return heap->block_count;
}

/** A stamp for a new name. */
static inline uk_word uk_exchange_stamp(struct uk_exchange *heap)
{
    return __atomic_add_fetch(&heap->stamp, 1, __ATOMIC_RELAXED) << 16;
}

static inline uk_block uk_exchange_name(const struct uk_exchange *heap, const struct uk_holding *holding, uk_word stamp)
{
    return stamp | (uk_word)(holding - heap->holdings + 1);
}

/** What the holding's word is if this domain holds it by this name. */
static inline uk_word uk_exchange_held(uk_block block, uint32_t domain)
{
    return (block & ~UK_EXCHANGE_DOMAIN) | domain;
}

/** The holding that a name speaks of, whoever has it; NULL: there is no such place. */
static inline struct uk_holding *uk_exchange_find(const struct uk_exchange *heap, uk_block block)
{
    uk_word place = (block & 0xffff) - 1;
    return place < heap->block_count ? &heap->holdings[place] : (struct uk_holding *)0;
}

/** Does the domain own this, and has not lent it? */
static inline int uk_exchange_owns(const struct uk_exchange *heap, uk_block block, uint32_t domain)
{
    const struct uk_holding *holding = uk_exchange_find(heap, block);
    return holding != (const struct uk_holding *)0 && holding->borrower == 0 &&
           holding->owner == uk_exchange_held(block, domain);
}

/** Has the domain this on loan, and has not lent it on? */
static inline int uk_exchange_borrows(const struct uk_exchange *heap, uk_block block, uint32_t domain)
{
    const struct uk_holding *holding = uk_exchange_find(heap, block);
    return holding != (const struct uk_holding *)0 && holding->borrower == uk_exchange_held(block, domain);
}

/** The block's memory, if this domain may use it now; else NULL. Good until it changes hands. */
static inline void *uk_exchange_use(const struct uk_exchange *heap, uk_block block, uint32_t domain)
{
    int may = uk_exchange_owns(heap, block, domain) || uk_exchange_borrows(heap, block, domain);
    return may ? uk_exchange_words(heap, uk_exchange_find(heap, block)) : (void *)0;
}

static inline int uk_exchange_swap(uk_word *word, uk_word from, uk_word to)
{
    return __atomic_compare_exchange_n(word, &from, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Poison that somebody wrote to is counted: whoever it was used what was his no more. */
static inline void uk_exchange_look(struct uk_exchange *heap, const struct uk_holding *holding)
{
    const uk_word *word = uk_exchange_words(heap, holding);
    uk_word differs = 0;
    for (uk_word i = 0; i < heap->block_bytes / sizeof *word; i++)
        differs |= word[i] ^ UK_EXCHANGE_POISON;
    heap->scribbles += differs != 0;
}

/** A free block becomes this domain's, by the name that is written to `block` before; it is still full of poison. 0: there is
 *  none. */
static inline int uk_exchange_claim(struct uk_exchange *heap, uint32_t domain, uk_block *block)
{
    uk_word stamp = uk_exchange_stamp(heap);
    for (uint32_t i = 0; i < heap->block_count; i++) {
        uint32_t place = (heap->next + i) % heap->block_count;
        struct uk_holding *holding = &heap->holdings[place];
        *block = uk_exchange_name(heap, holding, stamp);
        if (holding->owner != 0 || !uk_exchange_swap(&holding->owner, 0, stamp | domain))
            continue;
        heap->next = place + 1;
        uk_exchange_look(heap, holding);
        return 1;
    }
    *block = 0;
    return 0;
}

/** A block of zeros. UK_NO_MEMORY: none is free. */
static inline enum uk_status uk_exchange_take(struct uk_exchange *heap, uint32_t domain, uk_block *block)
{
    if (!uk_exchange_claim(heap, domain, block))
        return UK_NO_MEMORY;
    uk_exchange_fill(heap, uk_exchange_find(heap, *block), 0);
    return UK_OK;
}

static inline void uk_exchange_free(struct uk_exchange *heap, struct uk_holding *holding)
{
    uk_exchange_fill(heap, holding, UK_EXCHANGE_POISON);
    __atomic_store_n(&holding->owner, 0, __ATOMIC_RELEASE);
}

/** Gives a block of one's own back. UK_STALE: it is not, or not any more, or it is lent. */
static inline enum uk_status uk_exchange_drop(struct uk_exchange *heap, uk_block block, uint32_t domain)
{
    if (!uk_exchange_owns(heap, block, domain))
        return UK_STALE;
    uk_exchange_free(heap, uk_exchange_find(heap, block));
    return UK_OK;
}

/** Moves what `from` owns to `to`; `*block` is its new name from before that happens. UK_STALE: `from` does not own it. */
static inline enum uk_status uk_exchange_move(struct uk_exchange *heap, uk_block *block, uint32_t from, uint32_t to)
{
    uk_block before = *block, copy = 0;
    struct uk_holding *holding = uk_exchange_find(heap, before);
    if (!uk_exchange_owns(heap, before, from))
        return UK_STALE;
    uk_word stamp = uk_exchange_stamp(heap);
    *block = uk_exchange_name(heap, holding, stamp);
    if (!uk_exchange_swap(&holding->owner, uk_exchange_held(before, from), stamp | to))
        return UK_STALE; /* its owner has just died */
    if (!heap->strict || !uk_exchange_claim(heap, to, &copy))
        return UK_OK;
    uk_word *source = uk_exchange_words(heap, holding), *target = uk_exchange_words(heap, uk_exchange_find(heap, copy));
    for (uk_word i = 0; i < heap->block_bytes / sizeof *target; i++)
        target[i] = source[i];
    uk_block original = *block;
    *block = copy;
    (void)uk_exchange_drop(heap, original, to);
    return UK_OK;
}

/** Lends what `from` owns or has on loan; `*before` is what uk_exchange_return needs, written before that happens. */
static inline enum uk_status uk_exchange_lend(struct uk_exchange *heap, uk_block *block, uint32_t from, uint32_t to,
                                              uk_word *before)
{
    struct uk_holding *holding = uk_exchange_find(heap, *block);
    if (!uk_exchange_owns(heap, *block, from) && !uk_exchange_borrows(heap, *block, from))
        return UK_STALE;
    uk_word stamp = uk_exchange_stamp(heap);
    *before = holding->borrower;
    *block = uk_exchange_name(heap, holding, stamp);
    __atomic_store_n(&holding->borrower, stamp | to, __ATOMIC_RELEASE);
    return UK_OK;
}

/** The loan is over. If it was the last one, and the owner died meanwhile, so does the block. Once or more often. */
static inline void uk_exchange_return(struct uk_exchange *heap, struct uk_holding *holding, uk_word before)
{
    __atomic_store_n(&holding->borrower, before, __ATOMIC_RELEASE);
    if (before == 0 && (holding->owner & UK_EXCHANGE_DOMAIN) == UK_EXCHANGE_ORPHAN)
        uk_exchange_free(heap, holding);
}

/** Nothing is this domain's any more; what it has lent goes when the loan ends. Takes time linear in the heap. */
static inline void uk_exchange_reclaim(struct uk_exchange *heap, uint32_t domain)
{
    for (uint32_t i = 0; i < heap->block_count; i++) {
        struct uk_holding *holding = &heap->holdings[i];
        if ((holding->owner & UK_EXCHANGE_DOMAIN) != domain)
            continue;
        holding->owner |= UK_EXCHANGE_ORPHAN;
        if (holding->borrower == 0)
            uk_exchange_free(heap, holding);
    }
}

/** How many blocks the domain owns; of nobody (0): how many are free. */
static inline uint32_t uk_exchange_count(const struct uk_exchange *heap, uint32_t domain)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < heap->block_count; i++)
        count += (heap->holdings[i].owner & UK_EXCHANGE_DOMAIN) == domain;
    return count;
}

#ifdef __cplusplus
}
#endif
#endif
