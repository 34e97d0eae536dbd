/* SPDX-License-Identifier: MIT */
/* QEMU as a process: its serial line and its messages are pipes of ours, and it never outlives us. */
#ifndef SIM_QEMU_PROCESS_H
#define SIM_QEMU_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sim/boot_signals.h"

struct qemu_process {
    pid_t pid;    /* 0: never started */
    int input;    /* the machine's serial line reads this end; -1: closed, as below; none of them waits */
    int output;   /* the machine's serial line writes here */
    int messages; /* QEMU's standard error */
    bool ended;
    int status; /* as waitpid gives it, once ended */
};

/* False: errno says why. `words`: the path of the program and its arguments, then NULL. */
bool qemu_process_start(struct qemu_process *process, char *const *words, const struct boot_signals *signals);

/* Has it ended? Does not wait. */
bool qemu_process_ended(struct qemu_process *process);

/* Ends it, and whatever it started, and waits for that. */
void qemu_process_kill(struct qemu_process *process);

/* Kills it if need be; may be called again, or on a zero-initialised one. */
void qemu_process_close(struct qemu_process *process);

/* A port of this user's own on which nobody listens; 0: there is none. */
unsigned qemu_process_port(void);

#endif
