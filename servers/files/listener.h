/* SPDX-License-Identifier: MIT */
/* How requests reach the file server and answers leave it, whatever IPC design carries them; one implementation for each. */
#ifndef FILES_LISTENER_H
#define FILES_LISTENER_H

#include "files/archive.h"
#include "files/session.h"
#include "runtime/transports.h"

struct service;

/* A request that has come whole. */
struct request {
    struct session *session;
    const uint8_t *bytes; /* in private memory: nobody can change them any more */
    size_t count;
};

struct listener {
    /* Makes what the design needs beside the endpoint; once, at the beginning. NULL: nothing. */
    enum uk_status (*open)(struct service *service);
    /* Waits for the next request, opening and closing sessions meanwhile. Not UK_OK: none will ever come. */
    enum uk_status (*next)(struct service *service, struct request *request);
    /* The answer to that request: `bytes` in service->reply; 0: the conversation is over, and so is the session. It may
     * leave only with the call of `next` that follows. */
    void (*answer)(struct service *service, struct session *session, size_t bytes);
    /* What became of the archive where another than this task makes the tree. NULL: nobody else does. */
    struct archive_report (*load)(struct service *service);
};

/* The listener of a transport; NULL: there is none of that number. */
const struct listener *listener_find(unsigned kind);

#endif
