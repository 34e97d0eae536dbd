/* SPDX-License-Identifier: MIT */
/* Where the parts of a task's space lie: no two touch, so that running over an end is a page fault. */
#ifndef ROOT_LAYOUT_H
#define ROOT_LAYOUT_H

#include <stdbool.h>

#include <ukern/abi.h>

struct layout {
    uk_word start;  /* the start page */
    uk_word buffer; /* the page of the message buffer */
    uk_word stack_base, stack_end;
    uk_word heap_base, heap_end;
    uk_word device_base, archive_base;
    uk_word free_base, free_end; /* the rest */
};

/* What has to fit. Sizes in bytes; all but the archive's are rounded up to pages here. */
struct layout_need {
    uk_word stack_bytes, heap_bytes, device_bytes;
    uk_word archive_bytes; /* whole frames */
};

/* Lays a space of addresses [base, end) out. False: it is too small. */
bool layout_make(struct layout *layout, const struct layout_need *need, uk_word base, uk_word end);

#endif
