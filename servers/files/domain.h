/* SPDX-License-Identifier: MIT */
/* The file server as a domain of its client's own space; invariant: the contract lets nobody talk who has not opened. */
#ifndef FILES_DOMAIN_H
#define FILES_DOMAIN_H

#include <ukern/direct.h>

#include "files/engine.h"

#define DOMAIN_TYPE        0x39503230                  /* of domain_interface */
#define DOMAIN_BLOCK_BYTES ((uk_word)2 * WINDOW_BYTES) /* of a block that is lent: the request, then room for its answer */

enum domain_method {
    DOMAIN_OPEN,     /* -> word 0: bytes of a message at most. UK_NO_MEMORY; UK_BAD_ARGUMENT: the archive is none */
    DOMAIN_EXCHANGE, /* word 0: bytes of the request in the lent block -> word 0: bytes of the answer; 0: hung up */
    DOMAIN_CLOSE,
    DOMAIN_METHODS
};

/* Its state: what it is made of, and what it made of that. */
struct domain {
    void *memory; /* page-aligned, its own */
    size_t bytes;
    const void *archive;
    size_t archive_bytes;
    struct engine *engine; /* NULL: it has not been opened yet */
};

extern const struct uk_direct_interface domain_interface;

#endif
