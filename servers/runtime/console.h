/* SPDX-License-Identifier: MIT */
/* A program's way to its console: bytes out, lines in, and whoever calls need not know what stands behind it. */
#ifndef RUNTIME_CONSOLE_H
#define RUNTIME_CONSOLE_H

#include "runtime/task.h"
#include "runtime/text.h"

#define CONSOLE_CHUNK 496 /* bytes of one message at most, as protocol.h says */

/* What a console can do. Its users hold a pointer to this; its makers embed it as their first member. */
struct console {
    /* All of `bytes`, in order. False: the console is gone. */
    bool (*write)(struct console *console, const char *bytes, size_t count);
    /* A piece of one line, with its newline at its end; waits. 0: end of input, for good. `room` >= CONSOLE_CHUNK. */
    size_t (*read)(struct console *console, char *bytes, size_t room);
};

/* The console server behind TASK_CONSOLE. */
struct console_call {
    struct console console;
    struct uk_buffer *buffer; /* the calling thread's */
};

void console_call_open(struct console_call *console, const struct task_start *start);

/* A writer whose bytes go to a console. */
struct console_writer {
    struct writer writer;
    struct console *console;
};

void console_writer_open(struct console_writer *writer, struct console *console, char *bytes, size_t room);

/* What comes in, cut into whole lines. */
struct line_reader {
    struct console *console;
    size_t used, next; /* chunk[next..used) came in and is not yet read */
    bool ended;
    char chunk[CONSOLE_CHUNK];
};

enum line_result {
    LINE_READ,     /* a line, without its newline, ended by a zero */
    LINE_END,      /* there are no more */
    LINE_TOO_LONG, /* it did not fit; all of it has been skipped */
    LINE_BINARY    /* it held a zero byte; all of it has been skipped */
};

void line_reader_open(struct line_reader *reader, struct console *console);
enum line_result line_read(struct line_reader *reader, char *line, size_t room);

#endif
