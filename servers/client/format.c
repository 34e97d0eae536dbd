/* SPDX-License-Identifier: MIT */
/* Encoding and decoding of 9P fields; no byte outside the range given is ever touched. */
#include "client/format.h"
#include "runtime/text.h"

#include <string.h>

void encode_number(struct encoder *encoder, uint64_t value, unsigned width)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < width; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    encode_bytes(encoder, bytes, width);
}

void encode_bytes(struct encoder *encoder, const void *bytes, size_t count)
{
    if (encoder->failed || count > encoder->room - encoder->used) {
        encoder->failed = true;
        return;
    }
    if (count > 0)
        memcpy(encoder->bytes + encoder->used, bytes, count);
    encoder->used += count;
}

void encode_string(struct encoder *encoder, const char *text, size_t length)
{
    if (length > UINT16_MAX)
        encoder->failed = true;
    encode_number(encoder, length, 2);
    encode_bytes(encoder, text, length);
}

const unsigned char *decode_bytes(struct decoder *decoder, size_t count)
{
    const unsigned char *bytes = decoder->bytes;
    if (decoder->failed || count > decoder->left) {
        decoder->failed = true;
        return NULL;
    }
    decoder->bytes += count;
    decoder->left -= count;
    return bytes;
}

uint64_t decode_number(struct decoder *decoder, unsigned width)
{
    const unsigned char *bytes = decode_bytes(decoder, width);
    uint64_t value = 0;
    for (unsigned i = 0; bytes != NULL && i < width; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

const char *decode_string(struct decoder *decoder, size_t *length)
{
    *length = (size_t)decode_number(decoder, 2);
    const char *text = (const char *)decode_bytes(decoder, *length);
    if (text != NULL && text_find(text, *length, '\0') != NULL) {
        decoder->failed = true;
        text = NULL;
    }
    if (text == NULL)
        *length = 0;
    return text;
}
