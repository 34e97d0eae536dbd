/* SPDX-License-Identifier: MIT */
/* The console server: takes bytes from writers in the order of their calls, holds one reader until a line is here. */
#include "console/device.h"
#include "console/line.h"
#include "runtime/message.h"
#include "runtime/protocol.h"

#define CHUNK_BYTES  496                   /* of one message, as protocol.h says */
#define SECOND_REPLY TASK_FIRST_FREE       /* one Reply holds the reader while the other takes callers */
#define SIGNALS_ONLY (TASK_FIRST_FREE + 1) /* an endpoint without senders: who receives there waits for a signal */

struct server {
    const struct task_start *start;
    struct device device;
    struct line_buffer line;
    uk_handle reply;  /* for whoever calls next */
    uk_handle reader; /* holds the waiting reader's call; UK_NONE: nobody waits */
    uk_word reader_badge;
};

/* A full device takes more when it is rung, or signals when it has room; such a signal may also mean input, so the
 * return value says whether there was one. */
static bool put_all(struct server *server, const char *bytes, size_t count)
{
    bool rung = false, signalled = false;
    while (count > 0) {
        size_t part = device_put(&server->device, bytes, count);
        bytes += part;
        count -= part;
        if (part == 0 && rung) {
            struct uk_message signal = uk_message(0, 0); /* the notification is bound, so waiting for it is receiving */
            (void)uk_receive(SIGNALS_ONLY, &signal, UK_NONE, UK_FOREVER);
            signalled = true;
        }
        if (count > 0)
            device_acknowledge(&server->device);
        rung = part == 0;
    }
    return signalled;
}

/* One reader waits at a time; one that gave up and asks again takes its own place. */
static enum uk_status hold_reader(struct server *server, const struct uk_message *message)
{
    if (server->reader != UK_NONE && server->reader_badge != message->badge)
        return UK_BUSY;
    if (server->reader != UK_NONE) {
        struct uk_message cancelled = uk_message(UK_CANCELLED, 0);
        (void)uk_reply(server->reader, &cancelled);
    }
    server->reader = server->reply;
    server->reader_badge = message->badge;
    server->reply = server->reply == TASK_REPLY ? SECOND_REPLY : TASK_REPLY;
    return UK_OK;
}

static void fetch_input(struct server *server)
{
    char bytes[CHUNK_BYTES];
    size_t count;
    do {
        size_t room = line_room(&server->line);
        count = device_get(&server->device, bytes, room < sizeof bytes ? room : sizeof bytes);
        for (size_t i = 0; i < count; i++)
            line_add(&server->line, bytes[i]);
    } while (count > 0);
}

/* Answers the waiting reader if there is anything to say. */
static void answer_reader(struct server *server)
{
    char bytes[CHUNK_BYTES];
    bool ended = device_ended(&server->device);
    size_t count = server->reader != UK_NONE ? line_take(&server->line, bytes, sizeof bytes, ended) : 0;
    if (server->reader == UK_NONE || (count == 0 && !ended))
        return;
    struct uk_message message = uk_message(UK_OK, 1);
    message_put_bytes(&message, server->start->buffer, 1, bytes, count);
    message.word[0] = count;
    (void)uk_reply(server->reader, &message);
    server->reader = UK_NONE;
}

/* Moves input along; the device is rung only if somebody still waits for more, or the line has to be heard again. */
static void advance(struct server *server, bool signalled)
{
    fetch_input(server);
    answer_reader(server);
    if (server->reader != UK_NONE || signalled)
        device_acknowledge(&server->device);
}

static enum uk_status write_bytes(struct server *server, const struct uk_message *message)
{
    char bytes[CHUNK_BYTES];
    if (UK_TAG_LENGTH(message->tag) < 1 || message->word[0] > CHUNK_BYTES)
        return UK_BAD_ARGUMENT;
    size_t count = message_get_bytes(message, server->start->buffer, 1, bytes, (size_t)message->word[0]);
    if (count != message->word[0])
        return UK_BAD_ARGUMENT;
    if (put_all(server, bytes, count))
        advance(server, false);
    return UK_OK;
}

/* Turns a message into its answer. False: there is none to give now. */
static bool serve(struct server *server, struct uk_message *message)
{
    uint32_t label = UK_TAG_LABEL(message->tag);
    enum uk_status status = UK_BAD_OPERATION;
    bool signalled = (message->tag & UK_TAG_SIGNAL) != 0, read = !signalled && label == CONSOLE_READ;
    if (!signalled && label == CONSOLE_WRITE)
        status = write_bytes(server, message);
    if (read)
        status = hold_reader(server, message);
    if (signalled || (read && status == UK_OK)) {
        advance(server, signalled);
        return false;
    }
    *message = uk_message(status, 0);
    return true;
}

uk_word console_main(const struct task_start *start)
{
    struct server server = {.start = start, .reply = TASK_REPLY};
    struct uk_message message = uk_message(0, 0);
    device_open(&server.device, start);
    enum uk_status status = uk_retype(TASK_UNTYPED, UK_TYPE_REPLY, 0, TASK_CNODE, SECOND_REPLY, 1);
    if (status == UK_OK)
        status = uk_retype(TASK_UNTYPED, UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY, TASK_CNODE, SIGNALS_ONLY, 1);
    bool answer = false;
    while (status == UK_OK) {
        if (answer)
            status = uk_reply_receive(TASK_ENDPOINT, &message, server.reply, UK_FOREVER);
        else
            status = uk_receive(TASK_ENDPOINT, &message, server.reply, UK_FOREVER);
        answer = status == UK_OK && serve(&server, &message);
    }
    return status;
}
