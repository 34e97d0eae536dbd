/* SPDX-License-Identifier: MIT */
/* The name server's table: each name once, as registered; entry i has the capability in slot NAMES_SLOTS + i. */
#ifndef NAMES_NAMES_H
#define NAMES_NAMES_H

#include <stdbool.h>

#include "runtime/protocol.h"
#include "runtime/task.h"

#define NAMES_MAX       64
#define NAMES_SLOTS     TASK_FIRST_FREE
#define NAMES_REGISTRAR ((uk_word)1 << 32) /* in a client's badge: it may register names */

struct names {
    uint32_t count;
    uk_word entries[NAMES_MAX][NAME_BYTES / sizeof(uk_word)];
};

/* A name as it comes in words 0..3: not empty, printable, zero-padded. */
bool names_good(const uk_word *name);

/* Its entry; NAMES_MAX: there is none. */
uint32_t names_find(const struct names *names, const uk_word *name);

/* Adds a name. UK_BAD_ARGUMENT: no good name; UK_SLOT_TAKEN: in use; UK_LIMIT: the table is full. */
enum uk_status names_add(struct names *names, const uk_word *name);

#endif
