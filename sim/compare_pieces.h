/* SPDX-License-Identifier: MIT */
/* Payload in messages of at most 64 words, for designs that copy: both sides keep it in memory of their own. */
#ifndef SIM_COMPARE_PIECES_H
#define SIM_COMPARE_PIECES_H

#include <ukern/call.h>

#include "sim/compare.h"

/* Memory for the payload, on both sides. */
bool compare_pieces_open(struct compare_link *link);
/* User: the whole payload there and back; `call` sends one message and waits for its answer. */
enum uk_status compare_pieces_exchange(struct compare_link *link, enum compare_what what, uint32_t bytes,
                                       enum uk_status (*call)(struct compare_link *link, struct uk_message *message));
/* User: what the server does with a message, whose answer replaces it; it may also be one without payload. */
void compare_pieces_take_long(struct compare_link *link, struct uk_message *message);
static inline void compare_pieces_take(struct compare_link *link, struct uk_message *message)
{
    if (UK_TAG_LENGTH(message->tag) <= 1)
        message->tag = UK_TAG(compare_answer(link, (enum compare_what)UK_TAG_LABEL(message->tag), 0), 0, 0);
    else
        compare_pieces_take_long(link, message);
}

#endif
