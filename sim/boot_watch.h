/* SPDX-License-Identifier: MIT */
/* The watchdog: a machine that says nothing for too long is asked where it is, reset to dump its threads, and ended. */
#ifndef SIM_BOOT_WATCH_H
#define SIM_BOOT_WATCH_H

#include "sim/boot_outlet.h"
#include "sim/boot_stream.h"
#include "sim/qemu_monitor.h"
#include "sim/qemu_process.h"

enum boot_watch_phase {
    BOOT_WATCH_RUNNING,
    BOOT_WATCH_ASKING,    /* it hung; the monitor is asked for the registers */
    BOOT_WATCH_RESETTING, /* it starts again, to print what it was doing */
    BOOT_WATCH_OVER
};

/* Zero-initialise, then set what comes before the line. Times are the host's, in nanoseconds. */
struct boot_watch {
    uint64_t timeout_ns; /* 0: it is never over */
    struct qemu_process *process;
    struct boot_stream *stream;
    struct boot_outlet *messages;
    const char *monitor_path;
    /* ---- */
    enum boot_watch_phase phase;
    bool hung;
    uint64_t deadline; /* when tick has something to do */
    struct qemu_monitor monitor;
};

void boot_watch_open(struct boot_watch *watch, uint64_t now);

/* It said something, or what it said has yet to be taken, so that it may well wait for us. */
void boot_watch_alive(struct boot_watch *watch, uint64_t now);

/* For poll: milliseconds until tick has something to do; -1: for ever. */
int boot_watch_wait(const struct boot_watch *watch, uint64_t now);

/* The monitor's socket can be read. */
void boot_watch_answer(struct boot_watch *watch, uint64_t now);

void boot_watch_tick(struct boot_watch *watch, uint64_t now);

void boot_watch_close(struct boot_watch *watch);

#endif
