/* SPDX-License-Identifier: MIT */
/* 9P messages in pieces of one IPC message each, for designs that share no memory; each piece is where the last one ended. */
#ifndef FILES_PIECES_H
#define FILES_PIECES_H

#include "files/session.h"

enum pieces_step {
    PIECES_TAKEN, /* `message` is its answer */
    PIECES_WHOLE, /* the request has come whole */
    PIECES_WRONG  /* nobody who keeps to the rules sends this */
};

/* Takes NINEP_PIECE and NINEP_MORE. A request has at most `limit` bytes. */
enum pieces_step pieces_take(struct pieces *pieces, struct uk_message *message, struct uk_buffer *buffer, size_t limit);

/* Makes `message` the first piece of an answer, whose other pieces are kept for NINEP_MORE. */
void pieces_answer(struct pieces *pieces, struct uk_message *message, struct uk_buffer *buffer, const uint8_t *reply,
                   size_t bytes);

#endif
