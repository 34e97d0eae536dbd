/* SPDX-License-Identifier: MIT */
/* How much of a long test to do: all of it, or the slice that UKERN_TEST_PERCENT asks for (presets and tests/valgrind do). */
#ifndef SUPPORT_PERCENT_H
#define SUPPORT_PERCENT_H

#include <stdlib.h>

static inline unsigned long percent_wanted(void)
{
    const char *text = getenv("UKERN_TEST_PERCENT");
    unsigned long percent = text != NULL ? strtoul(text, NULL, 10) : 100;
    return percent > 0 ? percent : 1;
}

/* `count` repetitions, or that percentage of them; at least one. */
static inline unsigned long percent_of(unsigned long count)
{
    unsigned long percent = percent_wanted(), part = count / 100 * percent + count % 100 * percent / 100;
    return part > 0 ? part : 1;
}

/* Of what is enumerated, each one, or every so many, but not fewer than one in `most`. Odd, as most loops are even. */
static inline unsigned percent_stride(unsigned most)
{
    unsigned stride = percent_wanted() < 100 ? (unsigned)(100 / percent_wanted()) | 1 : 1;
    return stride < most ? stride : most;
}

#endif
