/* SPDX-License-Identifier: MIT */
/* The two sides of a ring: who submits, and who executes (the kernel, or another task). Neither believes the other. */
#ifndef UKERN_RING_H
#define UKERN_RING_H

#include <ukern/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every access to what the other side writes too, in one place: a test replaces these to try all interleavings. */
#ifndef UK_RING_LOAD
#define UK_RING_LOAD(address)         __atomic_load_n((address), __ATOMIC_ACQUIRE)
#define UK_RING_STORE(address, value) __atomic_store_n((address), (value), __ATOMIC_RELEASE)
#define UK_RING_FENCE()               __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

/** One side's view. Its own indices are here; in the memory there are only copies of them, for the other side. */
struct uk_ring {
    struct uk_ring_header *header;
    struct uk_ring_entry *entries;
    struct uk_ring_completion *completions;
    uint32_t submit_entries, complete_entries;
    uint32_t submit;   /**< submitter: the next to fill; executor: the next to take */
    uint32_t complete; /**< submitter: the next to take; executor: the next to fill */
};

/** A ring in zeroed memory of UK_RING_BYTES(submissions, completions), or in that of a configured Ring object. The sizes
 *  are powers of two, and the same on both sides: agreed upon, never read from the memory. */
static inline struct uk_ring uk_ring_attach(void *memory, uint32_t submissions, uint32_t completions)
{
    struct uk_ring ring = {(struct uk_ring_header *)memory, 0, 0, submissions, completions, 0, 0};
    ring.entries = (struct uk_ring_entry *)(ring.header + 1);
    ring.completions = (struct uk_ring_completion *)(ring.entries + submissions);
    return ring;
}

/* For who submits. */

/** The next submission to fill in; nobody sees it before uk_ring_submit. NULL: the queue is full, or as many are under way
 *  as there is room for completions (so that who executes never has to wait for room). */
static inline struct uk_ring_entry *uk_ring_prepare(struct uk_ring *ring)
{
    if (ring->submit - ring->complete >= ring->complete_entries ||
        ring->submit - UK_RING_LOAD(&ring->header->submit_head) >= ring->submit_entries)
        return (struct uk_ring_entry *)0;
    return &ring->entries[ring->submit++ & (ring->submit_entries - 1)];
}

/** Everything that was prepared is there. @return 1: the executor sleeps; ring its doorbell. The fence is what makes it
 *  impossible that we miss its flag and it misses our entries. With a Ring object, enter it instead. */
static inline int uk_ring_submit(struct uk_ring *ring)
{
    UK_RING_STORE(&ring->header->submit_tail, ring->submit);
    UK_RING_FENCE();
    return UK_RING_LOAD(&ring->header->executor_sleeps) != 0;
}

/** Takes the next completion. @return 0: there is none. */
static inline int uk_ring_reap(struct uk_ring *ring, struct uk_ring_completion *completion)
{
    if (UK_RING_LOAD(&ring->header->complete_tail) - ring->complete - 1 >= ring->complete_entries)
        return 0; /* none; or an index that cannot be */
    *completion = ring->completions[ring->complete++ & (ring->complete_entries - 1)];
    UK_RING_STORE(&ring->header->complete_head, ring->complete);
    return 1;
}

/** About to wait for the doorbell. @return 0: do not, there are completions. Afterwards uk_ring_submitter_woke. */
static inline int uk_ring_submitter_may_sleep(struct uk_ring *ring)
{
    UK_RING_STORE(&ring->header->submitter_sleeps, 1u);
    UK_RING_FENCE();
    if (UK_RING_LOAD(&ring->header->complete_tail) == ring->complete)
        return 1;
    UK_RING_STORE(&ring->header->submitter_sleeps, 0u);
    return 0;
}

static inline void uk_ring_submitter_woke(struct uk_ring *ring)
{
    UK_RING_STORE(&ring->header->submitter_sleeps, 0u);
}

/* For who executes, the same the other way round. */

/** Takes the next submission, copied: what the submitter does to it from now on changes nothing. @return 0: none. */
static inline int uk_ring_take(struct uk_ring *ring, struct uk_ring_entry *entry)
{
    if (UK_RING_LOAD(&ring->header->submit_tail) - ring->submit - 1 >= ring->submit_entries)
        return 0;
    *entry = ring->entries[ring->submit++ & (ring->submit_entries - 1)];
    UK_RING_STORE(&ring->header->submit_head, ring->submit);
    return 1;
}

/** The next completion to fill in; NULL: the submitter has more under way than it has room for, which is its own loss. */
static inline struct uk_ring_completion *uk_ring_complete(struct uk_ring *ring)
{
    if (ring->complete - UK_RING_LOAD(&ring->header->complete_head) >= ring->complete_entries)
        return (struct uk_ring_completion *)0;
    return &ring->completions[ring->complete++ & (ring->complete_entries - 1)];
}

/** Everything that was completed is there. @return 1: the submitter sleeps; ring its doorbell. */
static inline int uk_ring_finish(struct uk_ring *ring)
{
    UK_RING_STORE(&ring->header->complete_tail, ring->complete);
    UK_RING_FENCE();
    return UK_RING_LOAD(&ring->header->submitter_sleeps) != 0;
}

/** About to wait for the doorbell. @return 0: do not, there are submissions. Afterwards uk_ring_executor_woke. */
static inline int uk_ring_executor_may_sleep(struct uk_ring *ring)
{
    UK_RING_STORE(&ring->header->executor_sleeps, 1u);
    UK_RING_FENCE();
    if (UK_RING_LOAD(&ring->header->submit_tail) == ring->submit)
        return 1;
    UK_RING_STORE(&ring->header->executor_sleeps, 0u);
    return 0;
}

static inline void uk_ring_executor_woke(struct uk_ring *ring)
{
    UK_RING_STORE(&ring->header->executor_sleeps, 0u);
}

#ifdef __cplusplus
}
#endif
#endif
