/* SPDX-License-Identifier: MIT */
/* printf for programs without a C library: %s %c %d %u %x %p %%, with l, ll, z, a width, - and 0; nothing else. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct directive {
    unsigned width;
    int left, zero, size; /* size: 1 for 64 bits */
};

static int put_padded(const struct directive *directive, const char *text, size_t length)
{
    size_t pad = directive->width > length ? directive->width - length : 0;
    for (size_t i = 0; !directive->left && i < pad; i++)
        machine_put(directive->zero ? '0' : ' ');
    for (size_t i = 0; i < length; i++)
        machine_put(text[i]);
    for (size_t i = 0; directive->left && i < pad; i++)
        machine_put(' ');
    return (int)(length + pad);
}

static int put_number(const struct directive *directive, uint64_t number, unsigned base, int negative)
{
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    if (negative)
        digits[--at] = '-';
    return put_padded(directive, digits + at, sizeof digits - at);
}

static const char *read_directive(struct directive *directive, const char *format)
{
    *directive = (struct directive){0, 0, 0, 0};
    for (; *format == '-' || *format == '0'; format++)
        *(*format == '-' ? &directive->left : &directive->zero) = 1;
    for (; *format >= '0' && *format <= '9'; format++)
        directive->width = directive->width * 10 + (unsigned)(*format - '0');
    for (; *format == 'l' || *format == 'z'; format++)
        directive->size = 1;
    return format;
}

static int put_signed(const struct directive *directive, int64_t number)
{
    return put_number(directive, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, number < 0);
}

int vprintf(const char *format, va_list list)
{
    struct directive directive;
    int count = 0;
    for (; *format != 0; format++) {
        if (*format != '%') {
            machine_put(*format);
            count++;
            continue;
        }
        format = read_directive(&directive, format + 1);
        const char *text = "%";
        char character;
        switch (*format) {
        case 's':
            text = va_arg(list, const char *);
            count += put_padded(&directive, text, strlen(text));
            break;
        case 'c':
            character = (char)va_arg(list, int);
            count += put_padded(&directive, &character, 1);
            break;
        case 'd':
            count += put_signed(&directive, directive.size ? va_arg(list, int64_t) : va_arg(list, int));
            break;
        case 'u':
        case 'x':
            count += put_number(&directive, directive.size ? va_arg(list, uint64_t) : va_arg(list, unsigned),
                                *format == 'x' ? 16 : 10, 0);
            break;
        case 0:
            return count;
        default:
            count += put_padded(&directive, format, 1);
        }
    }
    return count;
}

int printf(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int count = vprintf(format, list);
    va_end(list);
    return count;
}

int fprintf(FILE *file, const char *format, ...)
{
    va_list list;
    (void)file;
    va_start(list, format);
    int count = vprintf(format, list);
    va_end(list);
    return count;
}

int fputs(const char *text, FILE *file)
{
    (void)file;
    return printf("%s", text);
}

int puts(const char *text) { return printf("%s\n", text); }

int putchar(int character)
{
    machine_put((char)character);
    return character;
}
