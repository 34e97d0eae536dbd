/* SPDX-License-Identifier: MIT */
/* A second thread of a server that waits at a port: it stands at the endpoint, and passes on who wants a session. */
#ifndef FILES_DOORMAN_H
#define FILES_DOORMAN_H

#include "runtime/task.h"

/* Badge of what the doorman sends; sessions' badges begin above. */
#define DOORMAN_BADGE 1

/* What it works with. The slots are the task's. */
struct doorman {
    struct uk_buffer buffer; /* first, so that it is aligned as the struct is, to a page */
    uk_handle to_server; /* send right to the server's port, with DOORMAN_BADGE */
    uk_handle own;       /* its own port, where the server answers */
    uint32_t landing;    /* a slot for passing use */
};

/*
 * The messages between the two. To the server: SESSION_OPEN with the caller's item -> label a status, word 0 the session's
 * limit, word 1 its badge, item 0 its right. NINEP_CLOSE with word 0 a badge: who opened that session had no room for its
 * right -> anything.
 */

/* Where its thread begins; `argument` is the address of a struct doorman that stays. Its pages must be there: nobody hears
 * of its faults. */
uk_word doorman_main(uk_word argument);

#endif
