/* SPDX-License-Identifier: MIT */
/* The console server's client: every byte is sent once, in order, in messages of at most CONSOLE_CHUNK bytes. */
#include "runtime/console.h"
#include "runtime/message.h"
#include "runtime/protocol.h"

static bool call_succeeded(struct uk_message *message)
{
    return uk_call(TASK_CONSOLE, message, UK_FOREVER) == UK_OK && UK_TAG_LABEL(message->tag) == UK_OK;
}

static bool console_call_write(struct console *console, const char *bytes, size_t count)
{
    struct console_call *self = (struct console_call *)console;
    while (count > 0) {
        size_t part = count < CONSOLE_CHUNK ? count : CONSOLE_CHUNK;
        struct uk_message message = uk_message(CONSOLE_WRITE, 1);
        message_put_bytes(&message, self->buffer, 1, bytes, part);
        message.word[0] = part;
        if (!call_succeeded(&message))
            return false;
        bytes += part;
        count -= part;
    }
    return true;
}

static size_t console_call_read(struct console *console, char *bytes, size_t room)
{
    struct console_call *self = (struct console_call *)console;
    struct uk_message message = uk_message(CONSOLE_READ, 0);
    if (!call_succeeded(&message) || UK_TAG_LENGTH(message.tag) < 1)
        return 0;
    size_t count = message.word[0] < room ? (size_t)message.word[0] : room;
    return message_get_bytes(&message, self->buffer, 1, bytes, count);
}

void console_call_open(struct console_call *console, const struct task_start *start)
{
    console->console.write = console_call_write;
    console->console.read = console_call_read;
    console->buffer = start->buffer;
}
