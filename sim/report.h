/* SPDX-License-Identifier: MIT */
/* What `ukern run` prints beside the console's output: the progress line and the closing table. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <ukern/ukern.h>

/* A line that is rewritten while a run takes long, and gone before anything else is printed. */
struct progress {
    FILE *file;       /* NULL: nobody watches */
    uint64_t started; /* host time, in ns */
    uint64_t shown;   /* host time when it was last written; 0: it is not on the screen */
};

/* Host time in nanoseconds, from an arbitrary beginning. */
uint64_t report_host_time(void);

/* `file`: where the line goes if that is a terminal. */
void progress_open(struct progress *progress, FILE *file);
/* Is it time to write the line (anew)? Costs no system call. `progress` may be NULL. */
bool progress_due(struct progress *progress);
__attribute__((format(printf, 2, 3))) void progress_show(struct progress *progress, const char *format, ...);
/* 1234567 as "1,234,567"; `text` has room for the longest. */
const char *report_digits(uint64_t number, char text[32]);
void progress_hide(struct progress *progress);

/* The closing table. `host_calls`: system calls made for the running system; `real_ns`: host time that it took. */
void report_table(FILE *file, const struct uk_counters *counters, uint64_t host_calls, uint64_t real_ns);

#endif
