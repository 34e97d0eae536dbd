/* SPDX-License-Identifier: MIT */
/* A thread that answers another's faults: pages come from the pager as ever, and a crash in a domain ends there. */
#ifndef CLIENT_SUPERVISOR_H
#define CLIENT_SUPERVISOR_H

#include <ukern/direct.h>

#include "runtime/task.h"

/* What it works with; filled in before it starts, and left alone. */
struct supervisor {
    struct uk_direct_thread *self; /* where the other thread is */
    uk_handle thread;              /* it, to be managed */
    uk_handle endpoint;            /* where its faults come */
    uk_handle reply;
    uk_handle pager;               /* whom they went to before, and whom our own go to */
};

/* Where it begins; `argument` is the address of a struct supervisor. */
uk_word supervisor_main(uk_word argument);

/* The other thread's faults go to the pager again. */
enum uk_status supervisor_dismiss(const struct supervisor *supervisor);

#endif
