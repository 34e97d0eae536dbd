/* SPDX-License-Identifier: MIT */
/* The words given at boot, in the device tree's bootargs: what a command line is to a process. */
#include "image.h"

#include <string.h>

int image_word(const char *word)
{
    size_t length = strlen(word);
    for (const char *at = platform.facts.bootargs; *at != 0;) {
        size_t here = 0;
        while (at[here] != 0 && at[here] != ' ')
            here++;
        if (here == length && memcmp(at, word, length) == 0)
            return 1;
        at += at[here] != 0 ? here + 1 : here;
    }
    return 0;
}
