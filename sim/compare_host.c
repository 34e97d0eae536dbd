/* SPDX-License-Identifier: MIT */
/* What a process does for the worlds of `ukern compare`: memory from its heap, which user code sees as all else, and time. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/compare.h"

/* The kernel clears what it needs itself. */
void *compare_take(size_t bytes, enum compare_use use)
{
    size_t whole = (bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, whole);
    if (memory != NULL && use == COMPARE_FOR_USERS)
        memset(memory, 0, whole);
    return memory;
}

void compare_drop(void *memory, enum compare_use use)
{
    (void)use;
    free(memory);
}

static uint64_t nanoseconds(clockid_t clock)
{
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

struct compare_time compare_clock(void)
{
    uint64_t cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID); /* a system call, so it is first */
    return (struct compare_time){nanoseconds(CLOCK_MONOTONIC), cpu};
}
