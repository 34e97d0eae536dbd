/* SPDX-License-Identifier: MIT */
/* Deadlines: one ordered tree of everything that will happen at a time; equal times happen in order of arming. */
#ifndef CORE_DEADLINE_H
#define CORE_DEADLINE_H

#include <ukern/abi.h>

#include "core/outcome.h"

enum deadline_kind {
    DEADLINE_THREAD = 1, /* a blocked operation gives up */
    DEADLINE_TIMER,      /* a Timer object signals */
    DEADLINE_REFILL      /* a scheduling context gets budget back */
};

/* A node in the tree; lives in the object that waits. A treap: `weight` is a hash, so its shape is reproducible. */
struct deadline {
    uk_time at;                      /* UK_FOREVER: not armed */
    uint64_t sequence;               /* arming order, breaks ties */
    struct deadline *left, *right, *parent;
    uint32_t weight;
    uint32_t kind;                   /* enum deadline_kind */
};

void deadline_arm(struct kernel *kernel, struct deadline *deadline, uk_time at);
void deadline_cancel(struct kernel *kernel, struct deadline *deadline); /* harmless if not armed */
struct deadline *deadline_first(struct kernel *kernel);                 /* NULL: none */

struct outcome deadline_clock(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
