/* SPDX-License-Identifier: MIT */
/* The ring of input bytes; taking looks for the first newline within what may be given at once. */
#include "console/line.h"

static char byte_at(const struct line_buffer *line, size_t i) { return line->bytes[(line->first + i) % LINE_ROOM]; }

void line_add(struct line_buffer *line, char byte)
{
    line->bytes[(line->first + line->used) % LINE_ROOM] = byte;
    line->used++;
}

size_t line_take(struct line_buffer *line, char *bytes, size_t most, bool all)
{
    size_t length = 0;
    bool whole = false;
    while (length < line->used && length < most && !whole)
        whole = byte_at(line, length++) == '\n';
    if (!whole && length < most && !all)
        return 0;
    for (size_t i = 0; i < length; i++)
        bytes[i] = byte_at(line, i);
    line->first = (line->first + length) % LINE_ROOM;
    line->used -= length;
    return length;
}
