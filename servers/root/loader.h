/* SPDX-License-Identifier: MIT */
/* How a program's code gets into a task's space: one file for each way, all behind these two functions. */
#ifndef ROOT_LOADER_H
#define ROOT_LOADER_H

#include <ukern/elf.h>

#include "runtime/task.h"

struct loader; /* what programs there are; each way has its own */

/* The programs of the system itself; defined by the way that is linked. */
extern const struct loader system_loader;

/* What the page holds that a task finds at its start: the documented part, and after it what its loader wants there. */
struct start_page {
    struct task_start task;
    uk_word loader[4];
};

/* What a program takes of its space. */
struct program_shape {
    uk_word pages;             /* frames of its own; 0: it needs none */
    uk_word end;               /* first address after it; 0: it takes no addresses */
    enum uk_elf_error refusal; /* with UK_BAD_ARGUMENT: why it is no program */
};

/* What a loader may use. A frame capability that maps a page of the program has no more rights than the page. */
struct loader_place {
    uk_handle untyped;         /* frames come from here */
    uk_handle space;           /* where the program goes */
    uint32_t slot, slot_count; /* empty slots of the root's CNode, for frames, and how many */
    uint32_t spare;            /* an empty slot for passing use */
    uk_word window;            /* a page of addresses for passing use */
};

/* A program made ready to begin in a space. */
struct loaded {
    uk_word entry;             /* called with the address of the start page */
    uk_word loader[4];         /* goes into the start page */
    enum uk_elf_error refusal; /* with UK_BAD_ARGUMENT: why it is no program, or none for this space */
};

/* How large `program` is. UK_NOT_MAPPED: there is no such program; UK_BAD_ARGUMENT: it is refused. */
enum uk_status loader_measure(const struct loader *loader, const char *program, struct program_shape *shape);

/* Puts `program` into a space. UK_NOT_MAPPED, UK_BAD_ARGUMENT: as above; UK_LIMIT: more pages than slots: then nothing
 * has happened. Any other failure leaves frames in their slots; spare slot and window are empty again in any case. */
enum uk_status loader_load(const struct loader *loader, const char *program, const struct loader_place *place,
                           struct loaded *loaded);

#endif
