/* SPDX-License-Identifier: MIT */
/* How a task loses a mapping that it has just used, and uses it again: each in its own space, without any switch of spaces. */
#ifndef BARE_LOSSES_H
#define BARE_LOSSES_H

#include <ukern/abi.h>

enum {
    FRAME = 10, /* slots of every victim; COPY is derived from FRAME, and is what it maps */
    COPY,
    LARGE_FRAME,
    LARGE_COPY,
    ROOT,       /* the first thread's CNode */
    MATE,       /* another thread in the same space */
    DOOR,
    REPLY,
    READS = UK_RIGHT_READ,
    WRITES = UK_RIGHT_READ | UK_RIGHT_WRITE,
    RUNS = UK_RIGHT_READ | UK_RIGHT_EXECUTE
};
/* Addresses in the victim's space. */
#define PAGE_AT  ((uk_word)0x40000000)
#define LARGE_AT ((uk_word)0x50000000)
#define LAST     (UK_LARGE - 8)

/* How far the victim came: 1 it has used the mapping, 2 lost it, 3 used it again; others: something is wrong. */
extern volatile unsigned stage;
/* In the first thread's CNode: the victim's space, and the memory of its tables. */
extern uk_handle victim_space, table_memory;

uk_word unmapped(uk_word argument);
uk_word made_readable(uk_word argument);
uk_word made_code(uk_word argument);
uk_word made_data(uk_word argument);
uk_word revoked(uk_word argument);
uk_word deleted(uk_word argument);
uk_word large_unmapped(uk_word argument);
uk_word large_made_readable(uk_word argument);
uk_word large_then_small(uk_word argument);
uk_word mate_main(uk_word argument);
uk_word unmapped_by_a_mate(uk_word argument);
uk_word tables_lost(uk_word argument);
uk_word space_lost(uk_word argument);
uk_word gained(uk_word argument);

#endif
