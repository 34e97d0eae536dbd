/* SPDX-License-Identifier: MIT */
/* Servers that are linked into the kernel's own space: who puts a system together asks here for what they need, and boots. */
#ifndef UKERN_LINKED_H
#define UKERN_LINKED_H

#include <ukern/ukern.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Does a system with this argument (uk_config.argument) have servers in the kernel? */
int linked_wanted(uk_word argument);

/** Makes them in `memory` (page-aligned, theirs as long as the kernel is) and puts them into `config` as its residents.
 *  What they serve, the kernel does not get: the archive is taken out of `config`, and must stay where it is.
 *  @return UK_OK; UK_NO_MEMORY: that is too little, and nothing has changed. */
enum uk_status linked_open(struct uk_config *config, void *memory, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
