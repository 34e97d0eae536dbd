/* SPDX-License-Identifier: MIT */
/* The line that says why a task was stopped, in the words that the kernel itself uses for threads without a handler. */
#ifndef MEMORY_RECORD_H
#define MEMORY_RECORD_H

#include "memory/region.h"
#include "runtime/text.h"

#define RECORD_BYTES 320 /* more than a line ever takes */

/* A run of mapped addresses; both 0: none. */
struct mapped {
    uk_word base, end;
};

/* What the line is about. */
struct record {
    const char *name;
    uk_word kind;                    /* enum uk_fault_kind */
    uk_word word[UK_REGISTER_WORDS]; /* of the fault message */
    const char *reason;              /* page fault: why there is no page; NULL: nothing is mapped there, as follows */
    const char *hint;                /* what a beginner should look at first; NULL: nothing known */
    struct mapped below, above;      /* the nearest runs around the address */
};

/* Appends the line, with its newline. */
void record_write(struct writer *writer, const struct record *record);

#endif
