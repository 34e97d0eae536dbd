/* SPDX-License-Identifier: MIT */
/* Fields of messages; invariant: `at` never passes `end`, and `used` never passes `room`. */
#include "files/packet.h"

#include <string.h>

/* Shifting bytes one by one would take most of the time of an answer. */
static uint64_t little_endian(uint64_t value)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap64(value);
}

uint64_t packet_take(struct packet_reader *reader, unsigned bytes)
{
    uint64_t value = 0;
    if (reader->short_of || (size_t)(reader->end - reader->at) < bytes) {
        reader->short_of = true;
        return 0;
    }
    memcpy(&value, reader->at, bytes);
    reader->at += bytes;
    return little_endian(value);
}

struct tree_text packet_take_text(struct packet_reader *reader)
{
    size_t count = (size_t)packet_take(reader, 2);
    struct tree_text text = {(const char *)reader->at, count};
    if (reader->short_of || (size_t)(reader->end - reader->at) < count) {
        reader->short_of = true;
        text.count = 0;
        return text;
    }
    reader->at += count;
    return text;
}

bool packet_is_whole(const struct packet_reader *reader) { return !reader->short_of && reader->at == reader->end; }

uint8_t *packet_reserve(struct packet_writer *writer, size_t bytes)
{
    uint8_t *place = writer->base + writer->used;
    if (writer->full || writer->room - writer->used < bytes) {
        writer->full = true;
        return NULL;
    }
    writer->used += bytes;
    return place;
}

void packet_put(struct packet_writer *writer, unsigned bytes, uint64_t value)
{
    uint8_t *place = packet_reserve(writer, bytes);
    uint64_t raw = little_endian(value);
    if (place != NULL)
        memcpy(place, &raw, bytes);
}

void packet_put_text(struct packet_writer *writer, struct tree_text text)
{
    uint8_t *place = packet_reserve(writer, 2 + text.count);
    if (place == NULL)
        return;
    place[0] = (uint8_t)text.count;
    place[1] = (uint8_t)(text.count >> 8);
    memcpy(place + 2, text.bytes, text.count);
}
