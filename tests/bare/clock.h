/* SPDX-License-Identifier: MIT */
/* The parts of the program that looks at real time. */
#ifndef BARE_CLOCK_H
#define BARE_CLOCK_H

#include "bare.h"

/* The time register, of 10 MHz. */
static inline uint64_t ticks(void)
{
    uint64_t value;
    __asm__ volatile("rdtime %0" : "=r"(value)::"memory");
    return value;
}

void clock_begin(const struct uk_config *more);
/* A task that never enters the kernel by itself. */
uk_word clock_spinner(uk_word argument);

/* Who has the processor, and for how long: slices, urgency, budgets. */
void clock_sharing(void);
/* Loops that never end, and budgets that are spent. */
void clock_overrun(void);

#endif
