/* SPDX-License-Identifier: MIT */
/* Fills its buffer only when it is empty, and never beyond what one message brings. */
#include "client/ahead.h"

struct ahead ahead_open(struct client *client, uint32_t fid, uint64_t offset, void *buffer, size_t room)
{
    return (struct ahead){client, fid, offset, buffer, room, 0, 0};
}

int ahead_next(struct ahead *ahead, size_t count, const char **bytes, size_t *done)
{
    int error = CLIENT_OK;
    if (ahead->used == ahead->have && count > 0) {
        ahead->used = 0;
        error = client_read(ahead->client, ahead->fid, ahead->offset, ahead->buffer, ahead->room, &ahead->have);
        ahead->offset += ahead->have;
    }
    size_t left = ahead->have - ahead->used;
    *bytes = (const char *)ahead->buffer + ahead->used;
    *done = count < left ? count : left;
    ahead->used += *done;
    return error;
}
