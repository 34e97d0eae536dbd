/* SPDX-License-Identifier: MIT */
/* A patient client of the file server, as a program of tests: what it writes it reads again, in a folder of its own name. */
#ifndef TESTS_SERVERS_FILES_CLIENT_H
#define TESTS_SERVERS_FILES_CLIENT_H

#include "client/link.h"

/* Finds the file server by its name and puts its capability in slot `slot`; a notification to wait on in the next one. */
void files_client_find(const struct task_start *start, uint32_t slot);

/* Works over the transport that boot named, in slots from `slot` on, with a link of `frames` frames. */
bool files_client_works(const struct task_start *start, uint32_t slot, uint32_t frames);

#endif
