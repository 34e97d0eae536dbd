/* SPDX-License-Identifier: MIT */
/* Text into a bounded room: always ends with a zero, what does not fit is cut off, and nothing is allocated. */
#ifndef EMBED_FORMAT_H
#define EMBED_FORMAT_H

#include <stddef.h>
#include <stdint.h>

struct thread;

struct text {
    char *at;
    size_t room;   /* with the final zero; 0: nothing is written at all */
    size_t length; /* so far, without the final zero */
};

/* Begins an empty text in `bytes` bytes; `at` may be NULL if there are none. */
void text_begin(struct text *text, char *at, size_t bytes);
void text_string(struct text *text, const char *string);
void text_number(struct text *text, uint64_t number);   /* decimal */
void text_signed(struct text *text, int64_t number);
void text_hex(struct text *text, uint64_t number);      /* 0x and no leading zeros */
/* In quotes; bytes that are not printable, a quote or a backslash as \xNN. At most UK_NAME_MAX bytes are read. */
void text_name(struct text *text, const char *name);
/* Its name in quotes, or, if it has none: thread 12. */
void text_thread(struct text *text, const struct thread *thread);

#endif
