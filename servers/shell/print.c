/* SPDX-License-Identifier: MIT */
/* Printing for people; everything that came from a server goes through print_name. */
#include "shell/print.h"

#include <string.h>

static bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/* Bytes of the UTF-8 character at `text`, if it is a whole, proper and visible one; else 0. */
static size_t character_bytes(const unsigned char *text, size_t left)
{
    static const uint32_t least[5] = {0, 0x20, 0xa0, 0x800, 0x10000}; /* below: controls, or longer than needed */
    size_t bytes = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (bytes == 0 || bytes > left || text[0] > 0xf4 || text[0] == 0x7f)
        return 0;
    uint32_t code = bytes == 1 ? text[0] : text[0] & (0xffU >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if (!is_continuation(text[i]))
            return 0;
        code = code << 6 | (text[i] & 0x3fU);
    }
    return code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : bytes;
}

static void print_escaped(struct writer *writer, unsigned char byte)
{
    static const char letters[] = "abtnvfr"; /* of the bytes 7 to 13 */
    if (byte == '\\')
        writer_text(writer, "\\\\");
    else if (byte >= 7 && byte <= 13)
        writer_format(writer, "\\%c", letters[byte - 7]);
    else
        writer_format(writer, "\\%03o", byte);
}

void print_name(struct writer *writer, const char *name, size_t length)
{
    const unsigned char *text = (const unsigned char *)name;
    for (size_t i = 0; i < length;) {
        size_t bytes = text[i] == '\\' ? 0 : character_bytes(text + i, length - i);
        if (bytes == 0)
            print_escaped(writer, text[i]);
        else
            writer_bytes(writer, text + i, bytes);
        i += bytes > 0 ? bytes : 1;
    }
}

void print_path(struct writer *writer, const char *path) { print_name(writer, path, text_length(path)); }

static char sum_escape(char byte) { return byte == '\\' ? '\\' : byte == '\n' ? 'n' : byte == '\r' ? 'r' : '\0'; }

void print_sum(struct writer *writer, const char *digest, const char *path)
{
    bool escape = false;
    for (const char *next = path; *next != '\0'; next++)
        escape = escape || sum_escape(*next) != '\0';
    writer_format(writer, "%s%s  ", escape ? "\\" : "", digest);
    for (const char *next = path; *next != '\0'; next++) {
        if (sum_escape(*next) != '\0')
            writer_format(writer, "\\%c", sum_escape(*next));
        else
            writer_bytes(writer, next, 1);
    }
    writer_text(writer, "\n");
}

static char mode_letter(uint32_t mode)
{
    switch (mode & CLIENT_MODE_TYPE) {
    case CLIENT_MODE_SOCKET: return 's';
    case CLIENT_MODE_LINK: return 'l';
    case CLIENT_MODE_FILE: return '-';
    case CLIENT_MODE_BLOCK: return 'b';
    case CLIENT_MODE_DIRECTORY: return 'd';
    case CLIENT_MODE_CHARACTER: return 'c';
    case CLIENT_MODE_PIPE: return 'p';
    default: return '?';
    }
}

void print_mode(struct writer *writer, uint32_t mode)
{
    char text[10] = {mode_letter(mode)};
    for (unsigned i = 0; i < 9; i++)
        text[1 + i] = mode >> (8 - i) & 1 ? "rwx"[i % 3] : '-';
    for (unsigned i = 0; i < 3; i++) {
        char *execute = &text[3 + 3 * i];
        if (mode >> (11 - i) & 1)
            *execute = *execute == 'x' ? "sst"[i] : "SST"[i];
    }
    writer_bytes(writer, text, sizeof text);
}

/* Days since 1970 as a date of the Gregorian calendar, counting in 400-year eras of years that begin in March. */
static void date_of(uint64_t days, uint64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    uint64_t era = days / 146097, in_era = days % 146097;
    uint64_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = (unsigned)(in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
    unsigned from_march = (5 * in_year + 2) / 153;
    *day = in_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = era * 400 + year_of_era + (*month <= 2);
}

void print_time(struct writer *writer, const struct client_time *time, bool precise)
{
    uint64_t year;
    unsigned month, day, second = (unsigned)(time->seconds % 86400);
    date_of(time->seconds / 86400, &year, &month, &day);
    writer_format(writer, "%04lu-%02u-%02u %02u:%02u", (unsigned long)year, month, day, second / 3600,
                  second / 60 % 60);
    if (precise)
        writer_format(writer, ":%02u.%09lu +0000", second % 60, (unsigned long)(time->nanoseconds % 1000000000));
}

void print_seconds(struct writer *writer, uint64_t nanoseconds)
{
    writer_format(writer, "%lu.%06lu", (unsigned long)(nanoseconds / 1000000000),
                  (unsigned long)(nanoseconds / 1000 % 1000000));
}

unsigned number_width(uint64_t number)
{
    unsigned width = 1;
    for (; number >= 10; number /= 10)
        width++;
    return width;
}
