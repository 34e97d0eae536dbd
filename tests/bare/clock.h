/* SPDX-License-Identifier: MIT */
/* The parts of the program that looks at real time. */
#ifndef BARE_CLOCK_H
#define BARE_CLOCK_H

/* Who has the processor, and for how long: slices, budgets, urgency, and loops that never end. */
void clock_sharing(void);

#endif
