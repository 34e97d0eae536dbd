/* SPDX-License-Identifier: MIT */
/* Signals as a file to poll while `ukern boot` has something to clean up; afterwards everything is as it was before. */
#ifndef SIM_BOOT_SIGNALS_H
#define SIM_BOOT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct boot_signals {
    int fd;      /* readable: a child ended, or somebody wants us to stop */
    int stopped; /* the signal that wants us to stop; 0: none came */
    sigset_t before;
    struct sigaction child_before, pipe_before;
};

bool boot_signals_open(struct boot_signals *signals);

/* Takes what came; returns `stopped`. */
int boot_signals_take(struct boot_signals *signals);

/* Waits until something comes, at most so long; returns `stopped`. */
int boot_signals_wait(struct boot_signals *signals, int milliseconds);

/* In a new process, before it becomes another program: that one sees signals as our parent wanted them. */
void boot_signals_restore(const struct boot_signals *signals);

/* Zero-initialised or closed ones may be closed again. */
void boot_signals_close(struct boot_signals *signals);

/* After closing: ends this process if a signal asked for that; else returns. */
void boot_signals_obey(const struct boot_signals *signals);

#endif
