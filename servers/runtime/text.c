/* SPDX-License-Identifier: MIT */
/* Strings, number parsing and the plain part of the writer; nothing is read past the length or zero that is given. */
#include "runtime/text.h"

#include <string.h>

size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return length;
}

bool text_equal(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

int text_compare(const void *left, size_t left_bytes, const void *right, size_t right_bytes)
{
    int order = memcmp(left, right, left_bytes < right_bytes ? left_bytes : right_bytes);
    if (order != 0 || left_bytes == right_bytes)
        return order;
    return left_bytes < right_bytes ? -1 : 1;
}

const char *text_find(const char *text, size_t bytes, char byte)
{
    for (size_t i = 0; i < bytes; i++)
        if (text[i] == byte)
            return &text[i];
    return NULL;
}

/* The value of a digit in any base up to 16; 16 for what is none. */
static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return (unsigned)(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'F')
        return (unsigned)(digit - 'A') + 10;
    return 16;
}

static unsigned number_base(const char **text)
{
    if ((*text)[0] != '0' || (*text)[1] == '\0')
        return 10;
    if ((*text)[1] == 'x' || (*text)[1] == 'X') {
        *text += 2;
        return 16;
    }
    *text += 1;
    return 8;
}

bool text_to_number(const char *text, uint64_t *value)
{
    unsigned base = number_base(&text);
    uint64_t result = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned digit = digit_value(*text);
        if (digit >= base || result > (UINT64_MAX - digit) / base)
            return false;
        result = result * base + digit;
    }
    *value = result;
    return true;
}

struct writer writer_open(char *bytes, size_t room, bool (*drain)(struct writer *writer))
{
    struct writer writer = {bytes, room, 0, drain, false};
    return writer;
}

static void writer_drain(struct writer *writer)
{
    if (writer->drain == NULL || !writer->drain(writer))
        writer->failed = true;
    if (writer->drain != NULL)
        writer->used = 0;
}

bool writer_flush(struct writer *writer)
{
    if (writer->used > 0 && writer->drain != NULL)
        writer_drain(writer);
    return !writer->failed;
}

void writer_bytes(struct writer *writer, const void *bytes, size_t count)
{
    const char *next = bytes;
    while (count > 0) {
        size_t space = writer->room - writer->used;
        size_t part = count < space ? count : space;
        if (part > 0)
            memcpy(writer->bytes + writer->used, next, part);
        writer->used += part;
        next += part;
        count -= part;
        if (count > 0)
            writer_drain(writer);
        if (writer->failed)
            return;
    }
}

void writer_text(struct writer *writer, const char *text) { writer_bytes(writer, text, text_length(text)); }

void writer_fill(struct writer *writer, char byte, size_t count)
{
    while (count-- > 0 && !writer->failed)
        writer_bytes(writer, &byte, 1);
}
