/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) of a stream: begin, add any number of pieces, end; the pieces' borders do not matter. */
#ifndef RUNTIME_SHA256_H
#define RUNTIME_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_BLOCK 64

struct sha256 {
    uint32_t state[8];
    uint64_t bytes;                   /* added so far */
    unsigned char tail[SHA256_BLOCK]; /* the last bytes % 64 of them */
};

void sha256_begin(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *bytes, size_t count);

/* `sum` may only be begun anew afterwards. */
void sha256_end(struct sha256 *sum, unsigned char digest[SHA256_BYTES]);

/* The digest as 64 hexadecimal digits and a zero. */
void sha256_text(const unsigned char digest[SHA256_BYTES], char text[2 * SHA256_BYTES + 1]);

#endif
