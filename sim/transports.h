/* SPDX-License-Identifier: MIT */
/* Words for transports and times, as `ukern run` and `ukern boot` take them. */
#ifndef SIM_TRANSPORTS_H
#define SIM_TRANSPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The number of a transport (enum transport_kind). False: there is none of this name; `error` lists them in one line. */
bool transport_read(const char *name, unsigned *kind, char *error, size_t error_bytes);

/* A time with its unit, ns, us, ms or s; 0 needs none. False: `error` says what to write. */
bool latency_read(const char *text, uint64_t *ns, char *error, size_t error_bytes);

/* One line each. */
void transports_print(FILE *file);

#endif
