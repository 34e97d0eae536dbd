/* SPDX-License-Identifier: MIT */
/* Sorts what a machine says on its serial line: the firmware's banner is left out, trace lines part from the console. */
#ifndef SIM_BOOT_STREAM_H
#define SIM_BOOT_STREAM_H

#include "sim/boot_outlet.h"

#define BOOT_STREAM_HELD  256  /* bytes that are kept until it is known whose they are */
#define BOOT_STREAM_TRACE 0x1d /* begins a line of the trace, which a newline ends */

enum boot_stream_phase {
    BOOT_STREAM_FIRMWARE,
    BOOT_STREAM_CONSOLE,
    BOOT_STREAM_IN_TRACE
};

/* Zero-initialise, then set what comes before the line. */
struct boot_stream {
    struct boot_outlet *console;
    struct boot_outlet *trace; /* NULL: the machine does not trace, so every byte is the console's */
    /* ---- */
    enum boot_stream_phase phase; /* from BOOT_STREAM_CONSOLE on, the machine's input loses no bytes */
    bool title;                   /* the firmware has said its name */
    size_t held_bytes;
    char held[BOOT_STREAM_HELD];
};

/* Puts at most `count` + BOOT_STREAM_HELD bytes in each outlet. */
void boot_stream_take(struct boot_stream *stream, const char *bytes, size_t count);

/* The machine starts again: its firmware will say its name again. */
void boot_stream_restart(struct boot_stream *stream);

/* Nothing more will come: what was held is the console's, but for an unfinished banner. */
void boot_stream_end(struct boot_stream *stream);

#endif
