/* SPDX-License-Identifier: MIT */
/* What a program has beside its heap if the file server is in its own space: it begins at task_start.server_base. */
#ifndef CLIENT_WITHIN_H
#define CLIENT_WITHIN_H

#include "client/supervisor.h"
#include "files/domain.h"

#define WITHIN_STACK_BYTES (8 * UK_PAGE) /* of the supervisor */
#define WITHIN_HEAP_BYTES  (DOMAIN_BLOCK_BYTES + 64)

/* All zero: nothing has begun. Behind it, in whole pages: the supervisor's stack, the exchange heap, the server's memory. */
struct within {
    struct uk_direct world;
    struct uk_direct_thread self;     /* the program's thread */
    struct uk_direct_proxy proxy;     /* its way to the server */
    struct uk_direct_message message; /* of the call under way */
    struct supervisor supervisor;
    struct domain domain;             /* the server's state */
    uk_block block;                   /* the program's, lent for each exchange */
    uint32_t client, server;          /* domains of the two; 0: there are none yet */
    uk_handle guard;                  /* the supervisor's thread, while there is a session; UK_NONE: there is none */
};

static inline struct within *within_of(const struct task_start *start)
{
    return (struct within *)(uintptr_t)start->server_base;
}

#endif
