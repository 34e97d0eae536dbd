/* SPDX-License-Identifier: MIT */
/* Moves bytes between a machine and the world until it has ended: one loop, nothing lost, and nobody waits for long. */
#ifndef SIM_BOOT_PUMP_H
#define SIM_BOOT_PUMP_H

#include "sim/boot_input.h"
#include "sim/boot_outlet.h"
#include "sim/boot_signals.h"
#include "sim/boot_stream.h"
#include "sim/boot_watch.h"
#include "sim/qemu_process.h"

#define BOOT_PUMP_PART 4096 /* read at once */

/* Zero-initialise, then set what comes before the line. */
struct boot_pump {
    struct qemu_process *process;
    struct boot_signals *signals;
    struct boot_input input;     /* its script or file set */
    struct boot_outlet console;  /* its file set: what the machine says */
    struct boot_outlet messages; /* its file set: what QEMU and we say, and the trace */
    struct boot_watch watch;     /* its timeout and path set */
    bool trace;                  /* the machine traces, and that is shown */
    /* ---- */
    struct boot_stream stream;
    uint64_t serial_bytes; /* the machine's output, with the firmware's */
    uint64_t first_ns;     /* host time of the first byte after the firmware's; 0: there was none */
    size_t said_bytes;     /* QEMU's first words */
    char said[512];
    size_t line_bytes; /* the line that QEMU is writing */
    char line[512];
    char part[BOOT_PUMP_PART]; /* what was read last */
};

/* Returns when the machine has ended and all it said is out, or when somebody wants us to stop, or when what it said
 * can no longer be written; in these cases the machine is killed. */
void boot_pump_run(struct boot_pump *pump);

#endif
