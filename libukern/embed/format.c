/* SPDX-License-Identifier: MIT */
/* The library's own small formatter: it needs no C library, so nothing that it prints depends on a locale. */
#include "embed/format.h"

#include <ukern/abi.h>

#include "core/thread.h"

void text_begin(struct text *text, char *at, size_t bytes)
{
    *text = (struct text){at, at != NULL ? bytes : 0, 0};
    if (text->room > 0)
        at[0] = 0;
}

static void put(struct text *text, char letter)
{
    if (text->length + 1 >= text->room)
        return;
    text->at[text->length++] = letter;
    text->at[text->length] = 0;
}

void text_string(struct text *text, const char *string)
{
    while (*string != 0)
        put(text, *string++);
}

static void put_number(struct text *text, uint64_t number, unsigned base)
{
    char digits[20];
    unsigned count = 0;
    do
        digits[count++] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    while (count > 0)
        put(text, digits[--count]);
}

void text_number(struct text *text, uint64_t number) { put_number(text, number, 10); }

void text_signed(struct text *text, int64_t number)
{
    if (number < 0)
        put(text, '-');
    put_number(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10);
}

void text_hex(struct text *text, uint64_t number)
{
    text_string(text, "0x");
    put_number(text, number, 16);
}

void text_name(struct text *text, const char *name)
{
    put(text, '"');
    for (unsigned i = 0; i < UK_NAME_MAX && name[i] != 0; i++) {
        unsigned char letter = (unsigned char)name[i];
        if (letter >= ' ' && letter < 127 && letter != '"' && letter != '\\') {
            put(text, name[i]);
            continue;
        }
        text_string(text, "\\x");
        put(text, "0123456789abcdef"[letter >> 4]);
        put(text, "0123456789abcdef"[letter & 15]);
    }
    put(text, '"');
}

void text_thread(struct text *text, const struct thread *thread)
{
    if (thread->name[0] != 0) {
        text_name(text, thread->name);
        return;
    }
    text_string(text, "thread ");
    text_number(text, thread->object.number);
}
