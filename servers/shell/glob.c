/* SPDX-License-Identifier: MIT */
/* Matching without recursion: only the last star is ever tried again, so no pattern takes exponential time. */
#include "shell/glob.h"

/* The byte that a pattern's next place stands for, past a backslash; moves over it. */
static unsigned char literal(const char **pattern)
{
    if (**pattern == '\\' && (*pattern)[1] != '\0')
        ++*pattern;
    return (unsigned char)*(*pattern)++;
}

/* Whether `byte` is in the set that begins after the '['. Moves past its ']'; NULL: it has none, so '[' is itself. */
static const char *match_set(const char *pattern, unsigned char byte, bool *matches)
{
    bool inverse = *pattern == '!' || *pattern == '^', found = false;
    pattern += inverse;
    for (bool first = true; *pattern != ']' || first; first = false) {
        if (*pattern == '\0')
            return NULL;
        unsigned char low = literal(&pattern), high = low;
        if (pattern[0] == '-' && pattern[1] != ']' && pattern[1] != '\0') {
            pattern++;
            high = literal(&pattern);
        }
        found = found || (low <= byte && byte <= high);
    }
    *matches = found != inverse;
    return pattern + 1;
}

/* Matches one byte against the pattern's next place, which is no star; returns what follows it, or NULL. */
static const char *match_one(const char *pattern, unsigned char byte)
{
    bool matches = false;
    if (*pattern == '\0')
        return NULL;
    if (*pattern == '?')
        return pattern + 1;
    const char *after = *pattern == '[' ? match_set(pattern + 1, byte, &matches) : NULL;
    if (after == NULL) {
        after = pattern;
        matches = literal(&after) == byte;
    }
    return matches ? after : NULL;
}

bool glob_match(const char *pattern, const char *name, size_t length)
{
    const char *star = NULL;
    size_t i = 0, retry = 0;
    while (i < length || *pattern == '*') {
        if (*pattern == '*') {
            star = ++pattern;
            retry = i;
            continue;
        }
        const char *after = match_one(pattern, (unsigned char)name[i]);
        if (after == NULL && star == NULL)
            return false;
        pattern = after != NULL ? after : star;
        i = after != NULL ? i + 1 : ++retry;
    }
    return *pattern == '\0';
}
