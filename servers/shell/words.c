/* SPDX-License-Identifier: MIT */
/* The shell's grammar: quoting, comments, ';' and '>'; words are unquoted in place, for they never grow by it. */
#include "shell/words.h"
#include "runtime/text.h"

#define WORDS_MAX 1024 /* of one command */

/* Where parsing has got to. */
struct scan {
    struct arena *arena;
    char *next;         /* the next byte to read */
    char stop;          /* the byte that ended the last word, which its ending zero has replaced; 0: the line's end */
    const char *error;
};

static bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

static bool is_special(char byte) { return byte != '\0' && text_find(";>|<&", 5, byte) != NULL; }

/* The byte at the scan's place, also where a zero has been put over it. */
static char peek(const struct scan *scan) { return scan->stop != '\0' ? scan->stop : *scan->next; }

static void advance(struct scan *scan)
{
    scan->stop = '\0';
    scan->next++;
}

static void skip_blanks(struct scan *scan)
{
    while (is_blank(peek(scan)))
        advance(scan);
    if (peek(scan) == '#')
        while (peek(scan) != '\0')
            advance(scan);
}

/* Copies what is within quotes, from `*next` on behind the opening one, to `out`. */
static char *unquote(struct scan *scan, char *out, char quote)
{
    char *next = scan->next;
    for (; *next != quote && *next != '\0'; next++) {
        if (quote == '"' && *next == '\\' && (next[1] == '"' || next[1] == '\\'))
            next++;
        *out++ = *next;
    }
    if (*next == '\0')
        scan->error = quote == '"' ? "a \" without its end" : "a ' without its end";
    else
        next++;
    scan->next = next;
    return out;
}

/* Takes one word, from a place that is neither blank nor special nor the end. */
static char *take_word(struct scan *scan)
{
    char *word = scan->next, *out = scan->next;
    scan->stop = '\0';
    while (scan->error == NULL && *scan->next != '\0' && !is_blank(*scan->next) && !is_special(*scan->next)) {
        char byte = *scan->next++;
        if (byte == '\'' || byte == '"') {
            out = unquote(scan, out, byte);
            continue;
        }
        if (byte == '\\' && *scan->next == '\0')
            scan->error = "nothing follows the \\";
        else if (byte == '\\')
            byte = *scan->next++;
        *out++ = byte;
    }
    scan->stop = *scan->next;
    *out = '\0';
    /* The zero may lie on the byte that ended the word: it is remembered in `stop`. */
    return word;
}

/* After a '>': whether it is doubled, and the file's name. */
static void take_target(struct scan *scan, struct command *command)
{
    advance(scan);
    command->append = peek(scan) == '>';
    if (command->append)
        advance(scan);
    skip_blanks(scan);
    if (peek(scan) == '\0' || is_special(peek(scan)))
        scan->error = "a file's name must follow the >";
    else if (command->target != NULL)
        scan->error = "the output cannot go to two files";
    else
        command->target = take_word(scan);
}

static void add_word(struct scan *scan, struct command *command)
{
    if (command->count == WORDS_MAX)
        scan->error = "too many words";
    else
        command->words[command->count++] = take_word(scan);
}

/* Takes words up to a ';' or the end. */
static void fill_command(struct scan *scan, struct command *command)
{
    for (skip_blanks(scan); scan->error == NULL && peek(scan) != '\0' && peek(scan) != ';'; skip_blanks(scan)) {
        if (peek(scan) == '>')
            take_target(scan, command);
        else if (is_special(peek(scan)))
            scan->error = "there are no | < & here";
        else
            add_word(scan, command);
    }
    command->words[command->count] = NULL;
    if (scan->error == NULL && command->count == 0 && command->target != NULL)
        scan->error = "a > without a command";
}

static struct command *take_command(struct scan *scan)
{
    struct command *command = arena_take(scan->arena, sizeof *command);
    char **words = arena_take(scan->arena, (WORDS_MAX + 1) * sizeof *words);
    if (command == NULL || words == NULL) {
        scan->error = "Cannot allocate memory";
        return NULL;
    }
    *command = (struct command){.words = words};
    fill_command(scan, command);
    scan->arena->used -= (size_t)(WORDS_MAX - command->count) * sizeof *words;
    return command;
}

const char *words_parse(struct arena *arena, char *line, struct command **first)
{
    struct scan scan = {.arena = arena, .next = line};
    *first = NULL;
    for (struct command **end = first; scan.error == NULL && peek(&scan) != '\0';) {
        size_t mark = arena->used;
        struct command *command = take_command(&scan);
        if (scan.error != NULL)
            break;
        if (command->count > 0) {
            *end = command;
            end = &command->next;
        } else {
            arena->used = mark;
        }
        if (peek(&scan) == ';')
            advance(&scan);
    }
    return scan.error;
}
