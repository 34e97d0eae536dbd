/* SPDX-License-Identifier: MIT */
/* The memory server: what the root task may ask of it, and what it keeps of each task; a page has one owner. */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include <stdbool.h>

#include "memory/pool.h"
#include "memory/region.h"
#include "runtime/task.h"

#define MEMORY_TASKS 16 /* tasks that it knows at most; a task's index is the badge of its fault endpoint */

/* What the root task asks; but for the last, nobody else has its badge. Answers have a uk_status as label. */
enum memory_label {
    MEMORY_NAME = 1,   /* words 0: task, 1..2: its name, for what is said about it */
    MEMORY_FEED = 2,   /* words 0: task, 1..2: stack, 3..4: heap (first and end address), 5: bytes that it may have. Its
                           space is in slot MEMORY_SPACES + task. UK_NO_MEMORY: that much is not left to promise */
    MEMORY_STATUS = 3, /* word 0: task -> 0: enum uk_fault_kind it was stopped for, 1: pages, 2: faults answered */
    MEMORY_RECLAIM = 4, /* word 0: task, which is dead: all its pages are free again */
    MEMORY_PAGE = 5    /* any task, by the badge that its faults have: words 0: address, 1: access (enum uk_right), as of a page
                          fault, which its own supervisor heard of. UK_CALLER_FAULT: no page may be there */
};

/* Slots of its CNode. */
enum {
    MEMORY_SPACES = TASK_FIRST_FREE,           /* the space of each task */
    MEMORY_POOL = MEMORY_SPACES + MEMORY_TASKS /* chunks and their frames, to the end */
};

struct fed_task {
    char name[UK_NAME_MAX + 1];
    struct region stack, heap;
    uint32_t promised; /* chunks */
    uint32_t quota_pages;
    uint32_t pages;       /* mapped */
    uint32_t stopped_for; /* enum uk_fault_kind */
    uk_word faults;       /* answered with a page */
};

struct memory {
    const struct task_start *start;
    struct fed_task tasks[MEMORY_TASKS];
    struct pool pool;
};

/* Answers a fault; `message` becomes the reply (fault.c). */
void memory_fault(struct memory *memory, struct uk_message *message);
/* Answers MEMORY_PAGE (fault.c). */
enum uk_status memory_page(struct memory *memory, const struct uk_message *message);

#endif
