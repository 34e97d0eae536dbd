/* SPDX-License-Identifier: MIT */
/* How much of a long test to do: all of it, or the slice that UKERN_TEST_PERCENT asks for (Valgrind's runner does). */
#ifndef SUPPORT_PERCENT_H
#define SUPPORT_PERCENT_H

#include <stdlib.h>

/* `count` repetitions, or that percentage of them; at least one. */
static inline unsigned long percent_of(unsigned long count)
{
    const char *text = getenv("UKERN_TEST_PERCENT");
    unsigned long percent = text != NULL ? strtoul(text, NULL, 10) : 100;
    unsigned long part = count / 100 * percent + count % 100 * percent / 100;
    return part > 0 ? part : 1;
}

#endif
