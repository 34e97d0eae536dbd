/* SPDX-License-Identifier: MIT */
/* The functions of <string.h> that programs without a C library need; a word is only accessed where it is aligned. */
#include <stdint.h>
#include <string.h>

/* A word of whatever the memory holds. */
typedef uint64_t __attribute__((may_alias)) word;

enum {
    WORD = sizeof(word),
    BLOCK_WORDS = 8, /* moved in one turn: whole pages are what is moved most */
    BLOCK = BLOCK_WORDS * WORD
};

/* Are both equally far from an aligned address? */
static int aligned_alike(const void *left, const void *right)
{
    return (((uintptr_t)left ^ (uintptr_t)right) & (WORD - 1)) == 0;
}

static size_t bytes_to_aligned(const void *at) { return -(uintptr_t)at & (WORD - 1); }

/* All of a block is loaded before any of it is stored, so the two may overlap in either direction. */
static void move_block(word *target, const word *source)
{
    word a = source[0], b = source[1], c = source[2], d = source[3];
    word e = source[4], f = source[5], g = source[6], h = source[7];
    target[0] = a, target[1] = b, target[2] = c, target[3] = d;
    target[4] = e, target[5] = f, target[6] = g, target[7] = h;
}

/* From the first byte to the last: right unless the target begins within the source. */
static void move_up(unsigned char *target, const unsigned char *source, size_t count)
{
    if (aligned_alike(target, source) && count >= 2 * WORD) {
        for (size_t head = bytes_to_aligned(target); head > 0; head--, count--)
            *target++ = *source++;
        for (; count >= BLOCK; target += BLOCK, source += BLOCK, count -= BLOCK)
            move_block((word *)(void *)target, (const word *)(const void *)source);
        for (; count >= WORD; target += WORD, source += WORD, count -= WORD)
            *(word *)(void *)target = *(const word *)(const void *)source;
    }
    while (count-- > 0)
        *target++ = *source++;
}

/* From the last byte to the first; the arguments are where the two end. */
static void move_down(unsigned char *target, const unsigned char *source, size_t count)
{
    if (aligned_alike(target, source) && count >= 2 * WORD) {
        for (size_t tail = (uintptr_t)target & (WORD - 1); tail > 0; tail--, count--)
            *--target = *--source;
        for (; count >= BLOCK; count -= BLOCK)
            move_block((word *)(void *)(target -= BLOCK), (const word *)(const void *)(source -= BLOCK));
        for (; count >= WORD; count -= WORD)
            *(word *)(void *)(target -= WORD) = *(const word *)(const void *)(source -= WORD);
    }
    while (count-- > 0)
        *--target = *--source;
}

void *memcpy(void *restrict target, const void *restrict source, size_t count)
{
    move_up(target, source, count);
    return target;
}

void *memmove(void *target, const void *source, size_t count)
{
    if ((uintptr_t)target - (uintptr_t)source >= count)
        move_up(target, source, count);
    else
        move_down((unsigned char *)target + count, (const unsigned char *)source + count, count);
    return target;
}

static void fill_block(word *target, word value)
{
    target[0] = value, target[1] = value, target[2] = value, target[3] = value;
    target[4] = value, target[5] = value, target[6] = value, target[7] = value;
}

void *memset(void *target, int byte, size_t count)
{
    unsigned char *at = target;
    word value = (unsigned char)byte * (~(word)0 / 255); /* in every byte of the word */
    if (count >= 2 * WORD) {
        for (size_t head = bytes_to_aligned(at); head > 0; head--, count--)
            *at++ = (unsigned char)byte;
        for (; count >= BLOCK; at += BLOCK, count -= BLOCK)
            fill_block((word *)(void *)at, value);
        for (; count >= WORD; at += WORD, count -= WORD)
            *(word *)(void *)at = value;
    }
    while (count-- > 0)
        *at++ = (unsigned char)byte;
    return target;
}

/* How many bytes, at most `count`, are equal as far as whole words can tell. */
static size_t equal_words(const unsigned char *left, const unsigned char *right, size_t count)
{
    size_t equal = 0;
    if (!aligned_alike(left, right) || count < 2 * WORD)
        return 0;
    for (size_t head = bytes_to_aligned(left); equal < head; equal++)
        if (left[equal] != right[equal])
            return equal;
    while (count - equal >= WORD &&
           *(const word *)(const void *)(left + equal) == *(const word *)(const void *)(right + equal))
        equal += WORD;
    return equal;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left, *b = right;
    for (size_t i = equal_words(a, b, count); i < count; i++)
        if (a[i] != b[i])
            return a[i] - b[i];
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right)
        left++, right++;
    return (unsigned char)*left - (unsigned char)*right;
}
