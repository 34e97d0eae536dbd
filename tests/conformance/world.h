/* SPDX-License-Identifier: MIT */
/* The world that every row begins in, made by ordinary operations of the first thread; both hosted drivers use it. */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H

#include <ukern/ukern.h>

#include "conformance/conformance.h"

struct conformance_world {
    struct uk_kernel *kernel;
    void *memory;
    size_t memory_bytes;
    struct uk_task task[ACTORS];
    uint32_t number[ACTORS]; /* object numbers of the threads */
    uk_word base_tables;     /* of the space TABLES ... */
    uk_word base_own[ACTORS]; /* ... and of each actor's own */
    uk_word base_raw;
    unsigned rounds, extra_picks; /* kernel entries and picks that the driver itself caused */
};

/* 0: impossible. `entry` and `arguments` are for a kernel that runs user code; else NULL. Afterwards the first thread is
 * out of the way, and A is ready. */
int world_open(struct conformance_world *world, int runs, uk_entry entry, const uk_word arguments[ACTORS]);
/* Where PORTAL leads to, for a kernel that runs user code. */
void conformance_inside(void);
void world_close(struct conformance_world *world);
/* The step as a call, addresses and deadline filled in. */
void world_call(const struct conformance_world *world, const struct conformance_step *step, struct uk_call *call);
uk_word world_address(const struct conformance_world *world, unsigned actor, uk_word word);
/* Does this act write into the message buffer? Then what, and where; returns how many bytes. */
static inline int world_is_buffer(unsigned act) { return act == ACT_WINDOW || act == ACT_ITEM || act == ACT_COPIES; }
size_t world_buffer(const struct conformance_world *world, const struct conformance_step *step, uk_word *offset,
                    unsigned char bytes[sizeof(struct uk_item)]);
/* Who runs now; ACTORS: nobody. */
unsigned world_current(const struct conformance_world *world);
void world_observe(const struct conformance_world *world, unsigned actor, struct conformance_result *result,
                   uint64_t totals[4]);

/* The two drivers; `context` is a struct conformance_world, zeroed. */
struct conformance_driver step_driver(struct conformance_world *world);
struct conformance_driver run_driver(struct conformance_world *world);

#endif
