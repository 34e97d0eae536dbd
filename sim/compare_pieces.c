/* SPDX-License-Identifier: MIT */
/* Payload piece by piece: six words in registers, the others in message buffers; the last piece brings the first back. Of
 * a payload no more is copied than it has. */
#include "sim/compare_pieces.h"

#include <string.h>

enum {
    HEADER = 2,                              /* words of a piece before payload: lengths, and from which word on */
    NEAR_WORDS = UK_REGISTER_WORDS - HEADER, /* of payload in registers */
    PIECE = UK_MESSAGE_WORDS - HEADER        /* of payload in one message */
};

bool compare_pieces_open(struct compare_link *link)
{
    uint64_t bytes = link->world->work->bytes;
    if (bytes == 0)
        return true;
    link->here = compare_memory(link->client, bytes);
    link->there = compare_memory(link->server, bytes);
    return link->here != 0 && link->there != 0;
}

static uk_word least(uk_word a, uk_word b) { return a < b ? a : b; }
static uk_word far_words(uk_word words) { return words > NEAR_WORDS ? words - NEAR_WORDS : 0; }

static uk_word *far_of(const struct compare_task *task)
{
    return ((struct uk_buffer *)(uintptr_t)task->task.buffer)->words + UK_REGISTER_WORDS;
}

/* Into a message, and out of one: `words` of payload from word `from` on. */
static void pack(struct uk_message *message, const struct compare_task *self, uk_word payload, uk_word from, uk_word words)
{
    const uk_word *source = (const uk_word *)(uintptr_t)payload + from;
    memcpy(message->word + HEADER, source, least(words, NEAR_WORDS) * sizeof *source);
    if (words > NEAR_WORDS)
        memcpy(far_of(self), source + NEAR_WORDS, far_words(words) * sizeof *source);
}

static void unpack(const struct uk_message *message, const struct compare_task *self, uk_word payload, uk_word from,
                   uk_word words)
{
    uk_word *target = (uk_word *)(uintptr_t)payload + from;
    memcpy(target, message->word + HEADER, least(words, NEAR_WORDS) * sizeof *target);
    if (words > NEAR_WORDS)
        memcpy(target + NEAR_WORDS, far_of(self), far_words(words) * sizeof *target);
}

/* What the client knows of an exchange: words of the request, of the answer at most, and at last of the answer. */
struct exchange {
    enum compare_what what;
    uk_word request, room, answer;
    enum uk_status (*call)(struct compare_link *link, struct uk_message *message);
};

/* One piece there: `give` words of payload from `from` on, or none, which asks for what comes there. */
static enum uk_status piece(struct compare_link *link, struct exchange *exchange, uk_word from, uk_word give)
{
    struct uk_message message = uk_message(exchange->what, (unsigned)(HEADER + give));
    if (give > 0)
        pack(&message, link->client, link->here, from, give);
    message.word[0] = exchange->request | exchange->room << 32;
    message.word[1] = from;
    enum uk_status status = exchange->call(link, &message);
    uk_word back = UK_TAG_LENGTH(message.tag) > HEADER ? UK_TAG_LENGTH(message.tag) - HEADER : 0;
    if (status != UK_OK || back == 0)
        return status != UK_OK ? status : (enum uk_status)UK_TAG_LABEL(message.tag);
    exchange->answer = message.word[0];
    if (exchange->answer > exchange->room || message.word[1] > exchange->room || back > exchange->room - message.word[1])
        return UK_BAD_ARGUMENT;
    unpack(&message, link->client, link->here, message.word[1], back);
    return (enum uk_status)UK_TAG_LABEL(message.tag);
}

static uk_word words_of(uint32_t bytes) { return (bytes + (uint32_t)sizeof(uk_word) - 1) / (uint32_t)sizeof(uk_word); }

enum uk_status compare_pieces_exchange(struct compare_link *link, enum compare_what what, uint32_t bytes,
                                       enum uk_status (*call)(struct compare_link *link, struct uk_message *message))
{
    struct exchange exchange = {what, words_of(link->request_bytes), words_of(bytes), 0, call};
    enum uk_status status = UK_OK;
    for (uk_word from = 0; from < exchange.request && status == UK_OK; from += PIECE)
        status = piece(link, &exchange, from, least(PIECE, exchange.request - from));
    for (uk_word from = PIECE; from < exchange.answer && status == UK_OK; from += PIECE)
        status = piece(link, &exchange, from, 0);
    return status;
}

/* Keeps a piece, answers the whole, or hands out what is asked for. */
void compare_pieces_take_long(struct compare_link *link, struct uk_message *message)
{
    enum compare_what what = (enum compare_what)UK_TAG_LABEL(message->tag);
    uk_word request = (uint32_t)message->word[0], room = message->word[0] >> 32, from = message->word[1];
    uk_word given = UK_TAG_LENGTH(message->tag) - HEADER, limit = words_of(link->world->work->bytes);
    uk_word all = given > 0 ? request : words_of(link->answer_bytes);
    if (request > limit || room > limit || from > all || given > all - from) {
        message->tag = UK_TAG(UK_BAD_ARGUMENT, 0, 0);
        return;
    }
    enum uk_status status = UK_OK;
    uk_word back = given == 0 ? least(PIECE, all - from) : 0;
    if (given > 0)
        unpack(message, link->server, link->there, from, given);
    if (given > 0 && from + given == request) {
        link->answer_bytes = 0; /* that of an error has no payload */
        status = compare_answer(link, what, (uint32_t)(room * sizeof(uk_word)));
        from = 0;
        back = least(PIECE, words_of(link->answer_bytes));
    }
    if (back > 0)
        pack(message, link->server, link->there, from, back);
    message->word[0] = words_of(link->answer_bytes);
    message->word[1] = from;
    message->tag = UK_TAG(status, HEADER + back, 0);
}
