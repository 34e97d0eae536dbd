/* SPDX-License-Identifier: MIT */
/* The part of <stdio.h> that embedders' programs have on bare machines: everything goes to the machine's console. */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct file FILE; /* there is one console, so nobody looks inside */
#define stdout ((FILE *)0)
#define stderr ((FILE *)0)

__attribute__((format(printf, 1, 2))) int printf(const char *format, ...);
__attribute__((format(printf, 2, 3))) int fprintf(FILE *file, const char *format, ...);
int vprintf(const char *format, va_list list);
int fputs(const char *text, FILE *file);
int puts(const char *text);
int putchar(int character);

/* The machine's own way to show a character. */
void machine_put(char character);

#endif
