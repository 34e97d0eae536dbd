/* SPDX-License-Identifier: MIT */
/* Console writers and the line reader over any struct console; a line is delivered whole or not at all. */
#include "runtime/console.h"

static bool drain_to_console(struct writer *writer)
{
    struct console_writer *self = (struct console_writer *)writer;
    return self->console->write(self->console, writer->bytes, writer->used);
}

void console_writer_open(struct console_writer *writer, struct console *console, char *bytes, size_t room)
{
    writer->writer = writer_open(bytes, room, drain_to_console);
    writer->console = console;
}

void line_reader_open(struct line_reader *reader, struct console *console)
{
    reader->console = console;
    reader->used = reader->next = 0;
    reader->ended = false;
}

static bool next_byte(struct line_reader *reader, char *byte)
{
    if (reader->next == reader->used && !reader->ended) {
        reader->used = reader->console->read(reader->console, reader->chunk, sizeof reader->chunk);
        reader->next = 0;
        reader->ended = reader->used == 0 || reader->used > sizeof reader->chunk;
    }
    if (reader->ended)
        return false;
    *byte = reader->chunk[reader->next++];
    return true;
}

enum line_result line_read(struct line_reader *reader, char *line, size_t room)
{
    enum line_result result = LINE_END;
    size_t length = 0;
    char byte;
    while (next_byte(reader, &byte)) {
        if (result == LINE_END)
            result = LINE_READ;
        if (byte == '\n')
            break;
        if (byte == '\0')
            result = LINE_BINARY;
        if (length + 1 < room)
            line[length++] = byte;
        else if (result == LINE_READ)
            result = LINE_TOO_LONG;
    }
    line[length] = '\0';
    return result;
}
