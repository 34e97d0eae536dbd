/* SPDX-License-Identifier: MIT */
/* Patterns for names: * any bytes, ? one byte, [a-z] or [!a-z] one of a set, \x itself; time is linear times stars. */
#ifndef SHELL_GLOB_H
#define SHELL_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the whole name matches. */
bool glob_match(const char *pattern, const char *name, size_t length);

#endif
