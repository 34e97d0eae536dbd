/* SPDX-License-Identifier: MIT */
/* The part of <stdlib.h> that embedders' programs have on bare machines. Memory is taken for ever. */
#ifndef STDLIB_H
#define STDLIB_H

#include <stddef.h>
#include <stdint.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/* Whole pages from the machine, zeroed; NULL: there are none left. */
void *machine_memory(uint64_t bytes);

static inline void *aligned_alloc(size_t align, size_t bytes) { return align <= 4096 ? machine_memory(bytes) : NULL; }
static inline void free(void *memory) { (void)memory; }

#endif
