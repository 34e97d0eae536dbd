/* SPDX-License-Identifier: MIT */
/* Bytes in messages: they begin in a given word; words below six are in registers, the others in the message buffer. */
#ifndef RUNTIME_MESSAGE_H
#define RUNTIME_MESSAGE_H

#include "runtime/task.h"

/* Puts `count` bytes in the message's words from `first` on, zero-padded, and sets its length in the tag. What does not
 * fit in UK_MESSAGE_WORDS is left out; returns the bytes put. */
size_t message_put_bytes(struct uk_message *message, struct uk_buffer *buffer, unsigned first, const void *bytes,
                         size_t count);

/* Takes at most `count` bytes out of the words from `first` up to the message's length; returns the bytes taken. */
size_t message_get_bytes(const struct uk_message *message, const struct uk_buffer *buffer, unsigned first, void *bytes,
                         size_t count);

#endif
