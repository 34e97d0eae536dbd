/* SPDX-License-Identifier: MIT */
/* The name server's client: a name of at most 32 bytes stands for one send right. */
#ifndef RUNTIME_NAMES_H
#define RUNTIME_NAMES_H

#include "runtime/task.h"

/* Fetches what `name` stands for into the empty `slot` of the task's CNode; `found` has its generation.
 * UK_NOT_MAPPED: nobody has registered this name (yet). UK_BAD_ARGUMENT: longer than 32 bytes. */
enum uk_status names_lookup(const struct task_start *start, const char *name, uint32_t slot, uk_handle *found);

/* Gives the name server a copy of `endpoint` with the right to send and to grant. UK_SLOT_TAKEN: the name is in use. */
enum uk_status names_register(const struct task_start *start, const char *name, uk_handle endpoint);

/* The `index`-th registered name, zero-padded and ended by a zero. UK_NOT_MAPPED: there are no more. */
enum uk_status names_list(const struct task_start *start, uk_word index, char name[33]);

#endif
