/* SPDX-License-Identifier: 0BSD */
/* How example tasks speak: a send that nobody receives, and that only the trace hears. Costs no authority, moves nothing. */
#ifndef EXAMPLES_SAY_H
#define EXAMPLES_SAY_H

#include <ukern/call.h>

enum {
    SAY = 15,          /* slot of the endpoint that every example task can send to */
    SAY_TEXT = 0x7361, /* label: six words of text, more to come ... */
    SAY_END = 0x7362   /* ... and the last six */
};

static inline void say(const char *text)
{
    for (uint32_t label = SAY_TEXT; label != SAY_END;) {
        struct uk_message message = uk_message(SAY_TEXT, UK_REGISTER_WORDS);
        unsigned i = 0;
        for (; i < 48 && text[i] != 0; i++)
            message.word[i / 8] |= (uk_word)(unsigned char)text[i] << (i % 8 * 8);
        label = text[i] == 0 ? SAY_END : SAY_TEXT;
        text += i;
        message.tag = UK_TAG(label, UK_REGISTER_WORDS, 0);
        (void)uk_send(SAY, &message, UK_NOW);
    }
}

/* The text, with its first % replaced by a number. */
static inline void say_number(const char *text, uk_word number)
{
    char line[160], digits[20];
    unsigned length = 0, count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    for (; *text != 0 && length < sizeof line - 24; text++) {
        if (*text != '%' || count == 0) {
            line[length++] = *text;
            continue;
        }
        while (count > 0)
            line[length++] = digits[--count];
    }
    line[length] = 0;
    say(line);
}

static inline void say_status(const char *text, enum uk_status status)
{
    static const char *const names[] = {
#define SAY_NAME(name, number, meaning) [name] = #name,
        UK_STATUSES(SAY_NAME)
#undef SAY_NAME
    };
    char line[160];
    unsigned length = 0;
    for (; *text != 0 && length < 100; text++)
        line[length++] = *text;
    for (const char *name = names[status]; *name != 0; name++)
        line[length++] = *name;
    line[length] = 0;
    say(line);
}

#endif
