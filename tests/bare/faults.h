/* SPDX-License-Identifier: MIT */
/* The parts of the program that commits misdeeds: each prints what came of it, the same in every run. */
#ifndef BARE_FAULTS_H
#define BARE_FAULTS_H

/* System calls with garbage in all registers. */
void garbage_main(void);
/* What the kernel promises about registers, in all ways in and out of it. */
void registers_main(void);

#endif
