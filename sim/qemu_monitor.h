/* SPDX-License-Identifier: MIT */
/* QEMU's monitor, as people use it: a command at its prompt, and of the answer those lines that help to find a hang. */
#ifndef SIM_QEMU_MONITOR_H
#define SIM_QEMU_MONITOR_H

#include "sim/boot_outlet.h"

#define QEMU_MONITOR_ROOM 4096 /* bytes that one reading puts in the outlet at most */

/* Zero-initialise, with fd -1. */
struct qemu_monitor {
    int fd;           /* -1: not connected */
    unsigned prompts; /* seen so far: the first greets, each other one ends an answer */
    size_t used;
    char line[256];
};

/* Connects to the socket; false: nobody is there. */
bool qemu_monitor_open(struct qemu_monitor *monitor, const char *path);

/* `command` is one line without its end. False: the monitor is gone. */
bool qemu_monitor_send(struct qemu_monitor *monitor, const char *command);

/* To be called when poll says that there is something; puts lines in `outlet`. False: the monitor is gone. */
bool qemu_monitor_read(struct qemu_monitor *monitor, struct boot_outlet *outlet);

/* What read does with bytes. */
void qemu_monitor_take(struct qemu_monitor *monitor, const char *bytes, size_t count, struct boot_outlet *outlet);

void qemu_monitor_close(struct qemu_monitor *monitor);

#endif
