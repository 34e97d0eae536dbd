/* SPDX-License-Identifier: MIT */
/* 9P2000.L on the wire: little-endian fields in and out of a range; the first that does not fit spoils the rest. */
#ifndef CLIENT_FORMAT_H
#define CLIENT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Message types that the client sends; each one's reply is the next number. */
enum format_type {
    FORMAT_RLERROR = 7,
    FORMAT_TSTATFS = 8,
    FORMAT_TLOPEN = 12,
    FORMAT_TLCREATE = 14,
    FORMAT_TSYMLINK = 16,
    FORMAT_TREADLINK = 22,
    FORMAT_TGETATTR = 24,
    FORMAT_TSETATTR = 26,
    FORMAT_TREADDIR = 40,
    FORMAT_TFSYNC = 50,
    FORMAT_TMKDIR = 72,
    FORMAT_TRENAMEAT = 74,
    FORMAT_TUNLINKAT = 76,
    FORMAT_TVERSION = 100,
    FORMAT_TATTACH = 104,
    FORMAT_TFLUSH = 108,
    FORMAT_TWALK = 110,
    FORMAT_TREAD = 116,
    FORMAT_TWRITE = 118,
    FORMAT_TCLUNK = 120
};

#define FORMAT_HEADER    7      /* size[4] type[1] tag[2] */
#define FORMAT_IO_HEADER 24     /* what 9P allows for around the data of a read or write */
#define FORMAT_NO_TAG    0xffff /* of Tversion */

/* A message being written. */
struct encoder {
    unsigned char *bytes;
    size_t room, used;
    bool failed; /* something did not fit */
};

/* Writes the lowest `width` bytes of `value`. */
void encode_number(struct encoder *encoder, uint64_t value, unsigned width);
void encode_bytes(struct encoder *encoder, const void *bytes, size_t count);
/* len[2] and the bytes. */
void encode_string(struct encoder *encoder, const char *text, size_t length);

/* A message being read. */
struct decoder {
    const unsigned char *bytes;
    size_t left;
    bool failed; /* it ended too early; what is read from then on is 0 */
};

uint64_t decode_number(struct decoder *decoder, unsigned width);
/* The next `count` bytes, in place; NULL when there are not as many. */
const unsigned char *decode_bytes(struct decoder *decoder, size_t count);
/* A string without zero bytes, in place and not terminated. */
const char *decode_string(struct decoder *decoder, size_t *length);

#endif
