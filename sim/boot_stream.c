/* SPDX-License-Identifier: MIT */
/* OpenSBI's banner is known by its form: a title, a drawing, then "Name : value" with the colon in one column. */
#include "sim/boot_stream.h"

#include <string.h>

#define TITLE     "OpenSBI v"
#define LAST_LINE "Boot HART MEDELEG"
#define COLON_AT  26

/* The firmware, through which the kernel prints, puts a carriage return before each newline. */
static void put_trace(struct boot_stream *stream, const char *bytes, size_t count)
{
    for (const char *from = bytes, *end = bytes + count; from < end;) {
        const char *next = memchr(from, '\r', (size_t)(end - from));
        size_t part = next != NULL ? (size_t)(next - from) : (size_t)(end - from);
        boot_outlet_put(stream->trace, from, part);
        from += part + (next != NULL);
    }
}

static void pass(struct boot_stream *stream, const char *bytes, size_t count)
{
    while (count > 0) {
        bool traced = stream->phase == BOOT_STREAM_IN_TRACE;
        const char *end = stream->trace == NULL ? NULL : memchr(bytes, traced ? '\n' : BOOT_STREAM_TRACE, count);
        size_t part = end != NULL ? (size_t)(end - bytes) : count;
        size_t taken = part + (end != NULL);
        if (traced)
            put_trace(stream, bytes, taken);
        else
            boot_outlet_put(stream->console, bytes, part);
        if (end != NULL)
            stream->phase = traced ? BOOT_STREAM_CONSOLE : BOOT_STREAM_IN_TRACE;
        bytes += taken;
        count -= taken;
    }
}

/* It was not the firmware after all. */
static void release(struct boot_stream *stream)
{
    size_t count = stream->held_bytes;
    stream->phase = BOOT_STREAM_CONSOLE;
    stream->held_bytes = 0;
    pass(stream, stream->held, count);
}

static size_t skip_line_ends(const char *text, size_t count)
{
    size_t at = 0;
    while (at < count && (text[at] == '\r' || text[at] == '\n'))
        at++;
    return at;
}

static bool begins_with(const char *text, size_t count, const char *word)
{
    return count >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* Line ends, and then as much of the title as there is. */
static void look_for_title(struct boot_stream *stream)
{
    size_t from = skip_line_ends(stream->held, stream->held_bytes), count = stream->held_bytes - from;
    size_t wanted = strlen(TITLE);
    if (memcmp(stream->held + from, TITLE, count < wanted ? count : wanted) != 0)
        release(stream);
    else
        stream->title = count >= wanted;
}

static bool is_drawing(const char *line, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strchr(" _/\\|()<>.,'`-", line[i]) == NULL || line[i] == '\0')
            return false;
    return true;
}

/* A whole line came after the title. */
static void judge_line(struct boot_stream *stream)
{
    size_t from = skip_line_ends(stream->held, stream->held_bytes), count = stream->held_bytes - from;
    const char *line = stream->held + from;
    while (count > 0 && (line[count - 1] == '\n' || line[count - 1] == '\r'))
        count--;
    bool pair = count > COLON_AT && line[0] >= 'A' && line[0] <= 'Z' && line[COLON_AT] == ':';
    if (!pair && !is_drawing(line, count) && !begins_with(line, count, TITLE)) {
        release(stream);
        return;
    }
    stream->held_bytes = 0;
    if (begins_with(line, count, LAST_LINE))
        stream->phase = BOOT_STREAM_CONSOLE;
}

static void take_early(struct boot_stream *stream, char byte)
{
    if (byte == BOOT_STREAM_TRACE || stream->held_bytes == sizeof stream->held) {
        release(stream);
        pass(stream, &byte, 1);
        return;
    }
    stream->held[stream->held_bytes++] = byte;
    if (!stream->title)
        look_for_title(stream);
    else if (byte == '\n')
        judge_line(stream);
}

void boot_stream_take(struct boot_stream *stream, const char *bytes, size_t count)
{
    while (count > 0 && stream->phase == BOOT_STREAM_FIRMWARE) {
        take_early(stream, *bytes++);
        count--;
    }
    pass(stream, bytes, count);
}

void boot_stream_restart(struct boot_stream *stream)
{
    stream->phase = BOOT_STREAM_FIRMWARE;
    stream->title = false;
    stream->held_bytes = 0;
}

void boot_stream_end(struct boot_stream *stream)
{
    if (stream->phase == BOOT_STREAM_FIRMWARE && !stream->title)
        release(stream);
}
