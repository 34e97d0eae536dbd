/* SPDX-License-Identifier: MIT */
/* Reading a file in order, in pieces of any size, from a buffer that is filled as full as one message can: read-ahead. */
#ifndef CLIENT_AHEAD_H
#define CLIENT_AHEAD_H

#include "client/client.h"

/* What lies in the buffer was read before it was asked for: others may have written meanwhile. */
struct ahead {
    struct client *client;
    uint32_t fid;    /* opened for reading */
    uint64_t offset; /* in the file, where the buffer ends */
    unsigned char *buffer;
    size_t room, have, used;
};

/* Begins at `offset` of an open file. `buffer` must stay. */
struct ahead ahead_open(struct client *client, uint32_t fid, uint64_t offset, void *buffer, size_t room);

/* The next bytes of the file, 1 to `count`, where they lie in the buffer until the next call; `done` 0: the end. Costs an
 * exchange only if there are none left. */
int ahead_next(struct ahead *ahead, size_t count, const char **bytes, size_t *done);

#endif
