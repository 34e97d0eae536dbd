/* SPDX-License-Identifier: MIT */
/* What is known about files and file systems: replies of fixed layout, which must have exactly their size. */
#include "client/exchange.h"
#include "runtime/text.h"

#include <string.h>

#define GETATTR_BASIC 0x7ff /* mode, links, owner, size, times, inode, blocks */

/* Begins a request whose only fields so far are the fid. */
static struct encoder begin_on(struct client *client, enum format_type type, uint32_t fid)
{
    struct encoder request = exchange_begin(client, type);
    encode_number(&request, fid, 4);
    return request;
}

static void decode_time(struct decoder *reply, struct client_time *time)
{
    time->seconds = decode_number(reply, 8);
    time->nanoseconds = decode_number(reply, 8);
}

int client_getattr(struct client *client, uint32_t fid, struct client_attributes *attributes)
{
    struct encoder request = begin_on(client, FORMAT_TGETATTR, fid);
    struct decoder reply;
    struct client_time born;
    encode_number(&request, GETATTR_BASIC, 8);
    memset(attributes, 0, sizeof *attributes);
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    (void)decode_number(&reply, 8);
    decode_qid(&reply, &attributes->qid);
    attributes->mode = (uint32_t)decode_number(&reply, 4);
    attributes->uid = (uint32_t)decode_number(&reply, 4);
    attributes->gid = (uint32_t)decode_number(&reply, 4);
    attributes->links = decode_number(&reply, 8);
    attributes->device = decode_number(&reply, 8);
    attributes->size = decode_number(&reply, 8);
    attributes->block_bytes = decode_number(&reply, 8);
    attributes->blocks = decode_number(&reply, 8);
    decode_time(&reply, &attributes->accessed);
    decode_time(&reply, &attributes->modified);
    decode_time(&reply, &attributes->changed);
    decode_time(&reply, &born);
    (void)decode_number(&reply, 8);
    (void)decode_number(&reply, 8);
    return exchange_end(client, &reply);
}

int client_setattr(struct client *client, uint32_t fid, const struct client_change *change)
{
    struct encoder request = begin_on(client, FORMAT_TSETATTR, fid);
    encode_number(&request, change->valid, 4);
    encode_number(&request, change->mode, 4);
    encode_number(&request, change->uid, 4);
    encode_number(&request, change->gid, 4);
    encode_number(&request, change->size, 8);
    encode_number(&request, change->accessed.seconds, 8);
    encode_number(&request, change->accessed.nanoseconds, 8);
    encode_number(&request, change->modified.seconds, 8);
    encode_number(&request, change->modified.nanoseconds, 8);
    return exchange_plain(client, &request);
}

int client_statfs(struct client *client, uint32_t fid, struct client_space *space)
{
    struct encoder request = begin_on(client, FORMAT_TSTATFS, fid);
    struct decoder reply;
    memset(space, 0, sizeof *space);
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    space->type = (uint32_t)decode_number(&reply, 4);
    space->block_bytes = (uint32_t)decode_number(&reply, 4);
    space->blocks = decode_number(&reply, 8);
    space->free = decode_number(&reply, 8);
    space->available = decode_number(&reply, 8);
    space->files = decode_number(&reply, 8);
    space->free_files = decode_number(&reply, 8);
    space->id = decode_number(&reply, 8);
    space->name_max = (uint32_t)decode_number(&reply, 4);
    return exchange_end(client, &reply);
}

int readlink_view(struct client *client, uint32_t fid, const char **target, size_t *length)
{
    struct encoder request = begin_on(client, FORMAT_TREADLINK, fid);
    struct decoder reply;
    client->reply_max = client->message_max;
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    *target = decode_string(&reply, length);
    return exchange_end(client, &reply);
}

int client_readlink(struct client *client, uint32_t fid, char *target, size_t room)
{
    const char *view;
    size_t length;
    int error = readlink_view(client, fid, &view, &length);
    if (error != 0)
        return error;
    if (length >= room)
        return CLIENT_ENAMETOOLONG;
    memcpy(target, view, length);
    target[length] = '\0';
    return CLIENT_OK;
}
