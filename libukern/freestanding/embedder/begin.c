/* SPDX-License-Identifier: MIT */
/* Gives main its words: those given at boot, which end at blanks. */
#include <stddef.h>

#define WORDS_MAX 8
#define TEXT_MAX  256

int main(int count, char **words);
int program_begin(void *gate, const char *text);

int program_begin(void *gate, const char *text)
{
    static char name[] = "program", copy[TEXT_MAX];
    char *words[WORDS_MAX + 1] = {name};
    int count = 1;
    (void)gate;
    for (size_t i = 0; i + 1 < TEXT_MAX && text[i] != 0; i++) {
        copy[i] = text[i] != ' ' ? text[i] : 0;
        if (copy[i] != 0 && (i == 0 || copy[i - 1] == 0) && count < WORDS_MAX)
            words[count++] = &copy[i];
    }
    words[count] = NULL;
    return main(count, words);
}
