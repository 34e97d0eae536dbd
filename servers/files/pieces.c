/* SPDX-License-Identifier: MIT */
/* Puts requests together and takes answers apart; the one and the other are never there at once, so they share memory. */
#include "files/pieces.h"
#include "runtime/message.h"
#include "runtime/protocol.h"

#include <string.h>

static size_t piece_bytes(size_t all, size_t from) { return all - from < PIECE_BYTES ? all - from : PIECE_BYTES; }

/* A piece of the answer, or an error of whoever asks for what is not there. */
static enum pieces_step give(const struct pieces *pieces, struct uk_message *message, struct uk_buffer *buffer)
{
    uk_word from = message->word[0];
    if (UK_TAG_LENGTH(message->tag) < 1 || pieces->have != 0 || from >= pieces->all)
        return PIECES_WRONG;
    *message = uk_message(UK_OK, 0);
    message_put_bytes(message, buffer, PIECE_WORD, pieces->bytes + from, piece_bytes(pieces->all, (size_t)from));
    message->word[0] = pieces->all;
    message->word[1] = from;
    return PIECES_TAKEN;
}

enum pieces_step pieces_take(struct pieces *pieces, struct uk_message *message, struct uk_buffer *buffer, size_t limit)
{
    uk_word all = message->word[0], from = message->word[1];
    if (UK_TAG_LABEL(message->tag) == NINEP_MORE)
        return give(pieces, message, buffer);
    if (UK_TAG_LABEL(message->tag) != NINEP_PIECE || UK_TAG_LENGTH(message->tag) < PIECE_WORD || all == 0 || all > limit)
        return PIECES_WRONG;
    if (from == 0)
        *pieces = (struct pieces){pieces->bytes, (size_t)all, 0};
    if (from != pieces->have || all != pieces->all)
        return PIECES_WRONG;
    size_t count = piece_bytes(pieces->all, pieces->have);
    if (message_get_bytes(message, buffer, PIECE_WORD, pieces->bytes + pieces->have, count) != count)
        return PIECES_WRONG;
    pieces->have += count;
    *message = uk_message(UK_OK, 0);
    if (pieces->have < pieces->all)
        return PIECES_TAKEN;
    pieces->have = 0;
    return PIECES_WHOLE;
}

void pieces_answer(struct pieces *pieces, struct uk_message *message, struct uk_buffer *buffer, const uint8_t *reply,
                   size_t bytes)
{
    *pieces = (struct pieces){pieces->bytes, bytes, 0};
    if (bytes > PIECE_BYTES)
        memcpy(pieces->bytes, reply, bytes);
    *message = uk_message(UK_OK, 0);
    message_put_bytes(message, buffer, PIECE_WORD, reply, piece_bytes(bytes, 0));
    message->word[0] = bytes;
    message->word[1] = 0;
}
