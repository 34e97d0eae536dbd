/* SPDX-License-Identifier: MIT */
/* A line of text as commands: words with their quotes taken off, in the caller's arena. */
#ifndef SHELL_WORDS_H
#define SHELL_WORDS_H

#include "runtime/arena.h"

#include <stdbool.h>

struct command {
    struct command *next; /* after a ';' */
    int count;
    char **words;         /* words[0] is the command's name; ends with NULL */
    char *target;         /* file that its output goes to; NULL: the screen */
    bool append;          /* ... after what is there */
};

/* Parses a whole line; the words lie in `line` itself, which is changed. NULL in `first`: nothing to do. Returns what
 * is wrong with the line, or NULL. */
const char *words_parse(struct arena *arena, char *line, struct command **first);

#endif
