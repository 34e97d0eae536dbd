/* SPDX-License-Identifier: MIT */
/* What the shell can ask about the system around it: threads by index, its own slots, the time. */
#ifndef SHELL_SYSTEM_H
#define SHELL_SYSTEM_H

#include "runtime/task.h"

#include <stdbool.h>

/* Its makers embed it as their first member. */
struct system {
    /* A page (0 or 1) of UK_THREAD_INSPECT about the `index`-th thread. False: there are no more. */
    bool (*thread)(struct system *system, uk_word index, unsigned page, uk_word words[UK_REGISTER_WORDS]);
    /* What is in a slot of the shell's CNode, as uk_inspect says. False: it is empty. */
    bool (*slot)(struct system *system, uint32_t slot, uk_word words[UK_REGISTER_WORDS]);
    /* Kernel time now. */
    uk_time (*clock)(struct system *system);
    uint32_t slot_count;
};

/* The root task behind TASK_ROOT, and the kernel. */
struct system_call {
    struct system system;
};

void system_call_open(struct system_call *system, const struct task_start *start);

#endif
