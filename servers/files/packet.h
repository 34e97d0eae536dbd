/* SPDX-License-Identifier: MIT */
/* Little-endian fields of a message, taken and put within bounds: what does not fit sets a flag and does nothing. */
#ifndef FILES_PACKET_H
#define FILES_PACKET_H

#include "files/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_reader {
    const uint8_t *at, *end;
    bool short_of; /* a field was not all there; all fields since are zero */
};

struct packet_writer {
    uint8_t *base;
    size_t room, used;
    bool full; /* a field did not fit; nothing has been put since */
};

uint64_t packet_take(struct packet_reader *reader, unsigned bytes);

/* The text lies in the message. */
struct tree_text packet_take_text(struct packet_reader *reader);

/* The message was as long as its fields, neither more nor less. */
bool packet_is_whole(const struct packet_reader *reader);

void packet_put(struct packet_writer *writer, unsigned bytes, uint64_t value);
void packet_put_text(struct packet_writer *writer, struct tree_text text);

/* Room for bytes that the caller fills in; NULL when they do not fit. */
uint8_t *packet_reserve(struct packet_writer *writer, size_t bytes);

#endif
