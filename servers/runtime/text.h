/* SPDX-License-Identifier: MIT */
/* Text without libc: strings, numbers, and a writer that never writes beyond the room it was given. */
#ifndef RUNTIME_TEXT_H
#define RUNTIME_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes before the terminating zero. */
size_t text_length(const char *text);

bool text_equal(const char *left, const char *right);

/* Compares as bytes, shorter first: negative, 0 or positive. */
int text_compare(const void *left, size_t left_bytes, const void *right, size_t right_bytes);

/* The first `byte` within `bytes`, or NULL. */
const char *text_find(const char *text, size_t bytes, char byte);

/* Reads a whole text as an unsigned number: decimal, 0x hexadecimal, or 0 octal. False: not a number, or too large. */
bool text_to_number(const char *text, uint64_t *value);

/* Text being put together. With `drain`, a full buffer is emptied; without, what does not fit is dropped. */
struct writer {
    char *bytes;
    size_t room;
    size_t used;
    /* Takes away writer->bytes[0..used); false: they are lost, and the writer has failed. The caller resets `used`. */
    bool (*drain)(struct writer *writer);
    bool failed; /* something was dropped; stays so */
};

struct writer writer_open(char *bytes, size_t room, bool (*drain)(struct writer *writer));
void writer_bytes(struct writer *writer, const void *bytes, size_t count);
void writer_text(struct writer *writer, const char *text);
void writer_fill(struct writer *writer, char byte, size_t count);

/* Drains what is buffered. False: something has been dropped since the writer was opened. */
bool writer_flush(struct writer *writer);

/* As printf, of which it knows %% %c %s %d %i %u %x %o with the lengths l and z, the flags - and 0, width and .* */
__attribute__((format(printf, 2, 3))) void writer_format(struct writer *writer, const char *format, ...);
void writer_format_list(struct writer *writer, const char *format, va_list list);

/* As snprintf with writer_format's directives, but returns the bytes kept; always ends with a zero (room > 0). */
__attribute__((format(printf, 3, 4))) size_t text_format(char *bytes, size_t room, const char *format, ...);

#endif
