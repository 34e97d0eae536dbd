/* SPDX-License-Identifier: MIT */
/* A request goes piece by piece; with the last one the reply begins to come, each piece of which is asked for. */
#include "client/pieces.h"
#include "runtime/message.h"
#include "runtime/protocol.h"

static size_t piece_bytes(size_t all, size_t from) { return all - from < PIECE_BYTES ? all - from : PIECE_BYTES; }

/* Sends the request; `*last` is the answer to its last piece. */
static enum uk_status send_all(struct link *link, const unsigned char *message, size_t bytes, struct uk_message *last,
                               enum uk_status (*call)(struct link *link, struct uk_message *message))
{
    enum uk_status status = UK_OK;
    for (size_t from = 0; from < bytes && status == UK_OK; from += PIECE_BYTES) {
        *last = uk_message(NINEP_PIECE, 0);
        message_put_bytes(last, link->start->buffer, PIECE_WORD, message + from, piece_bytes(bytes, from));
        last->word[0] = bytes;
        last->word[1] = from;
        status = call(link, last);
    }
    return status;
}

/* Takes a piece of the reply of `all` bytes that begins at `from`. */
static bool take(struct link *link, const struct uk_message *answer, unsigned char *message, size_t all, size_t from)
{
    size_t count = piece_bytes(all, from);
    return UK_TAG_LENGTH(answer->tag) >= PIECE_WORD && answer->word[0] == all && answer->word[1] == from &&
           message_get_bytes(answer, link->start->buffer, PIECE_WORD, message + from, count) == count;
}

size_t pieces_exchange(struct link *link, unsigned char *message, size_t bytes, size_t room,
                       enum uk_status (*call)(struct link *link, struct uk_message *message))
{
    struct uk_message answer = uk_message(0, 0);
    if (link->session == UK_NONE || bytes == 0)
        return 0;
    enum uk_status status = send_all(link, message, bytes, &answer, call);
    uk_word all = UK_TAG_LENGTH(answer.tag) < 1 ? 0 : answer.word[0];
    if (status != UK_OK || all == 0 || all > room || !take(link, &answer, message, (size_t)all, 0))
        return link_end(link);
    for (size_t from = PIECE_BYTES; from < all; from += PIECE_BYTES) {
        answer = uk_message(NINEP_MORE, 1);
        answer.word[0] = from;
        if (call(link, &answer) != UK_OK || !take(link, &answer, message, (size_t)all, from))
            return link_end(link);
    }
    return (size_t)all;
}
