/* SPDX-License-Identifier: MIT */
/* The writer's printf: reads a format once from left to right; an unknown directive is written as it stands. */
#include "runtime/text.h"

#include <limits.h>

#define DIGITS_MAX 24 /* of a 64-bit number in octal, and its sign */

/* One directive between its % and its letter. */
struct directive {
    bool left;     /* flag -: pad on the right */
    bool zero;     /* flag 0: pad numbers with zeros */
    bool wide;     /* l or z: a 64-bit argument */
    size_t width;
    size_t length; /* precision: bytes of a text at most */
};

static const char *parse_size(const char *format, va_list *list, size_t *size)
{
    if (*format == '*') {
        int given = va_arg(*list, int);
        *size = given > 0 ? (size_t)given : 0;
        return format + 1;
    }
    *size = 0;
    for (; *format >= '0' && *format <= '9'; format++)
        if (*size < INT_MAX / 16)
            *size = *size * 10 + (size_t)(*format - '0');
    return format;
}

static const char *parse_directive(const char *format, va_list *list, struct directive *directive)
{
    *directive = (struct directive){.length = SIZE_MAX};
    for (; *format == '-' || *format == '0'; format++)
        *(*format == '-' ? &directive->left : &directive->zero) = true;
    format = parse_size(format, list, &directive->width);
    if (*format == '.')
        format = parse_size(format + 1, list, &directive->length);
    for (; *format == 'l' || *format == 'z'; format++)
        directive->wide = true;
    return format;
}

static void put_padded(struct writer *writer, const struct directive *directive, const char *text, size_t length)
{
    size_t pad = directive->width > length ? directive->width - length : 0;
    if (!directive->left)
        writer_fill(writer, ' ', pad);
    writer_bytes(writer, text, length);
    if (directive->left)
        writer_fill(writer, ' ', pad);
}

static void put_string(struct writer *writer, const struct directive *directive, const char *text)
{
    size_t length = 0;
    if (text == NULL)
        text = "(null)";
    while (length < directive->length && text[length] != '\0')
        length++;
    put_padded(writer, directive, text, length);
}

static void put_number(struct writer *writer, struct directive *directive, uint64_t value, unsigned base, bool negative)
{
    char digits[DIGITS_MAX];
    size_t first = DIGITS_MAX;
    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (directive->zero && !directive->left && directive->width > DIGITS_MAX - first + negative) {
        size_t zeros = directive->width - (DIGITS_MAX - first) - negative;
        writer_text(writer, negative ? "-" : "");
        writer_fill(writer, '0', zeros);
        directive->width = 0;
        negative = false;
    }
    if (negative)
        digits[--first] = '-';
    put_padded(writer, directive, digits + first, DIGITS_MAX - first);
}

static void put_signed(struct writer *writer, struct directive *directive, va_list *list)
{
    int64_t value = directive->wide ? va_arg(*list, long) : va_arg(*list, int);
    put_number(writer, directive, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, value < 0);
}

static void put_unsigned(struct writer *writer, struct directive *directive, va_list *list, unsigned base)
{
    uint64_t value = directive->wide ? va_arg(*list, unsigned long) : va_arg(*list, unsigned);
    put_number(writer, directive, value, base, false);
}

static void put_directive(struct writer *writer, struct directive *directive, char letter, va_list *list)
{
    char byte = letter;
    switch (letter) {
    case 'c': byte = (char)va_arg(*list, int); put_padded(writer, directive, &byte, 1); break;
    case 's': put_string(writer, directive, va_arg(*list, const char *)); break;
    case 'd':
    case 'i': put_signed(writer, directive, list); break;
    case 'u': put_unsigned(writer, directive, list, 10); break;
    case 'x': put_unsigned(writer, directive, list, 16); break;
    case 'o': put_unsigned(writer, directive, list, 8); break;
    default: writer_bytes(writer, &byte, 1); break;
    }
}

void writer_format_list(struct writer *writer, const char *format, va_list list)
{
    va_list rest;
    va_copy(rest, list);
    while (*format != '\0') {
        size_t plain = 0;
        while (format[plain] != '\0' && format[plain] != '%')
            plain++;
        writer_bytes(writer, format, plain);
        format += plain;
        if (*format == '\0')
            break;
        struct directive directive;
        format = parse_directive(format + 1, &rest, &directive);
        if (*format != '\0')
            put_directive(writer, &directive, *format++, &rest);
    }
    va_end(rest);
}

void writer_format(struct writer *writer, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    writer_format_list(writer, format, list);
    va_end(list);
}

size_t text_format(char *bytes, size_t room, const char *format, ...)
{
    struct writer writer = writer_open(bytes, room - 1, NULL);
    va_list list;
    va_start(list, format);
    writer_format_list(&writer, format, list);
    va_end(list);
    bytes[writer.used] = '\0';
    return writer.used;
}
