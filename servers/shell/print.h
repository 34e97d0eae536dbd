/* SPDX-License-Identifier: MIT */
/* How names, modes, times and owners look on the screen; a name can never control the terminal. */
#ifndef SHELL_PRINT_H
#define SHELL_PRINT_H

#include "client/client.h"
#include "runtime/text.h"

/* A name with its control bytes, backslashes and what is not UTF-8 escaped: \n, \\, \033. */
void print_name(struct writer *writer, const char *name, size_t length);
void print_path(struct writer *writer, const char *path);

/* A line of GNU sha256sum: names with \, newline or carriage return escaped, and a backslash before the line then. */
void print_sum(struct writer *writer, const char *digest, const char *path);

/* As ls: "drwxr-xr-x". */
void print_mode(struct writer *writer, uint32_t mode);

/* "2024-02-29 23:59" in UTC; `precise` adds seconds, nanoseconds and the zone. */
void print_time(struct writer *writer, const struct client_time *time, bool precise);

/* Nanoseconds as seconds: "0.001234". */
void print_seconds(struct writer *writer, uint64_t nanoseconds);

unsigned number_width(uint64_t number);

#endif
