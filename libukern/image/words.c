/* SPDX-License-Identifier: MIT */
/* The words given at boot, in the device tree's bootargs: what a command line is to a process. */
#include "image.h"

#include <string.h>

/* The first word that begins so, and is no longer (`whole`), and how many bytes it has. NULL: there is none. */
static const char *find(const char *begin, int whole, size_t *bytes)
{
    size_t length = strlen(begin);
    for (const char *at = platform.facts.bootargs; *at != 0;) {
        size_t here = 0;
        while (at[here] != 0 && at[here] != ' ')
            here++;
        *bytes = here;
        if ((whole ? here == length : here > length) && memcmp(at, begin, length) == 0)
            return at;
        at += at[here] != 0 ? here + 1 : here;
    }
    return NULL;
}

int image_word(const char *word)
{
    size_t bytes;
    return find(word, 1, &bytes) != NULL;
}

uk_word image_number(const char *name)
{
    size_t bytes = 0;
    uk_word number = 0;
    const char *word = find(name, 0, &bytes);
    for (size_t i = strlen(name); word != NULL && i < bytes && word[i] >= '0' && word[i] <= '9'; i++)
        number = number * 10 + (uk_word)(word[i] - '0');
    return number;
}
