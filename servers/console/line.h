/* SPDX-License-Identifier: MIT */
/* Input not yet read, as a ring of bytes: gives out at most one line at a time, with its newline. */
#ifndef CONSOLE_LINE_H
#define CONSOLE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_ROOM 1024 /* bytes kept; more stay in the device until somebody reads */

struct line_buffer {
    size_t first, used;
    char bytes[LINE_ROOM];
};

static inline size_t line_room(const struct line_buffer *line) { return LINE_ROOM - line->used; }

/* Adds one byte; there must be room. */
void line_add(struct line_buffer *line, char byte);

/* Takes a line, or `most` bytes of a longer one. 0: no whole line is here yet. With `all`, also an unfinished one. */
size_t line_take(struct line_buffer *line, char *bytes, size_t most, bool all);

#endif
