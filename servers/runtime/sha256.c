/* SPDX-License-Identifier: MIT */
/* SHA-256 as FIPS 180-4 defines it; a block is consumed only when it is complete. */
#include "runtime/sha256.h"

#include <string.h>

/* FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, unsigned bits) { return word >> bits | word << (32 - bits); }

static uint32_t load_word(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_word(unsigned char *bytes, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(word >> (24 - 8 * i));
}

/* The message schedule needs only its last 16 words: `words` is a ring. */
static uint32_t schedule_next(uint32_t words[16], unsigned t)
{
    uint32_t early = words[(t + 1) & 15], late = words[(t + 14) & 15];
    uint32_t sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3;
    uint32_t sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10;
    words[t & 15] += sigma0 + words[(t + 9) & 15] + sigma1;
    return words[t & 15];
}

static void consume_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t words[16];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned t = 0; t < 64; t++) {
        uint32_t word = t < 16 ? (words[t] = load_word(block + 4 * t)) : schedule_next(words, t);
        uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + round_constant[t]
                         + word;
        uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const uint32_t result[8] = {a, b, c, d, e, f, g, h};
    for (unsigned i = 0; i < 8; i++)
        state[i] += result[i];
}

void sha256_begin(struct sha256 *sum)
{
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(sum, 0, sizeof *sum);
    memcpy(sum->state, initial, sizeof initial);
}

void sha256_add(struct sha256 *sum, const void *bytes, size_t count)
{
    const unsigned char *next = bytes;
    size_t held = sum->bytes % SHA256_BLOCK;
    sum->bytes += count;
    if (held + count < SHA256_BLOCK) {
        if (count > 0)
            memcpy(sum->tail + held, next, count);
        return;
    }
    if (held > 0) {
        memcpy(sum->tail + held, next, SHA256_BLOCK - held);
        consume_block(sum->state, sum->tail);
        next += SHA256_BLOCK - held;
        count -= SHA256_BLOCK - held;
    }
    for (; count >= SHA256_BLOCK; next += SHA256_BLOCK, count -= SHA256_BLOCK)
        consume_block(sum->state, next);
    if (count > 0)
        memcpy(sum->tail, next, count);
}

void sha256_end(struct sha256 *sum, unsigned char digest[SHA256_BYTES])
{
    static const unsigned char padding[SHA256_BLOCK] = {0x80};
    uint64_t bits = sum->bytes * 8;
    unsigned char length[8];
    store_word(length, (uint32_t)(bits >> 32));
    store_word(length + 4, (uint32_t)bits);
    size_t held = sum->bytes % SHA256_BLOCK;
    sha256_add(sum, padding, held < 56 ? 56 - held : 120 - held);
    sha256_add(sum, length, sizeof length);
    for (unsigned i = 0; i < 8; i++)
        store_word(digest + 4 * i, sum->state[i]);
}

void sha256_text(const unsigned char digest[SHA256_BYTES], char text[2 * SHA256_BYTES + 1])
{
    for (unsigned i = 0; i < SHA256_BYTES; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    text[2 * SHA256_BYTES] = '\0';
}
