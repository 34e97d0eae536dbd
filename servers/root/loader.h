/* SPDX-License-Identifier: MIT */
/* How a program's code gets into a task's space: one file for each way, all behind this one function. */
#ifndef ROOT_LOADER_H
#define ROOT_LOADER_H

#include "runtime/task.h"

struct loader; /* what programs there are; each way has its own */

/* What the page holds that a task finds at its start: the documented part, and after it what its loader wants there. */
struct start_page {
    struct task_start task;
    uk_word loader[4];
};

/* A program made ready to begin in a space. */
struct loaded {
    uk_word entry;     /* called with the address of the start page */
    uk_word loader[4]; /* goes into the start page */
};

/* Puts `program` into `space`. UK_NOT_MAPPED: there is no such program. */
enum uk_status loader_load(const struct loader *loader, const char *program, uk_handle space, struct loaded *loaded);

#endif
