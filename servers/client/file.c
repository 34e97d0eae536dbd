/* SPDX-License-Identifier: MIT */
/* Open files and directories: a reply must carry exactly what it claims to, and no more than was asked for. */
#include "client/exchange.h"
#include "runtime/text.h"

#include <string.h>

/* qid[13] iounit[4], which all opening requests are answered with. */
static int finish_open(struct client *client, struct encoder *request)
{
    struct decoder reply;
    struct client_qid qid;
    int error = exchange_send(client, request, &reply);
    if (error != 0)
        return error;
    decode_qid(&reply, &qid);
    (void)decode_number(&reply, 4);
    return exchange_end(client, &reply);
}

int client_lopen(struct client *client, uint32_t fid, uint32_t flags)
{
    struct encoder request = exchange_begin(client, FORMAT_TLOPEN);
    encode_number(&request, fid, 4);
    encode_number(&request, flags, 4);
    return finish_open(client, &request);
}

int client_lcreate(struct client *client, uint32_t directory, const char *name, uint32_t flags, uint32_t mode,
                   uint32_t *fid)
{
    int error = client_walk(client, directory, "", 0, fid, NULL);
    if (error != 0)
        return error;
    struct encoder request = exchange_begin(client, FORMAT_TLCREATE);
    encode_number(&request, *fid, 4);
    encode_string(&request, name, text_length(name));
    encode_number(&request, flags, 4);
    encode_number(&request, mode, 4);
    encode_number(&request, 0, 4);
    error = finish_open(client, &request);
    if (error != 0)
        (void)client_clunk(client, *fid);
    return error;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* The most data that a message holds, and no more than wanted. */
static size_t data_limit(const struct client *client, size_t count)
{
    return least(count, client->message_max - FORMAT_IO_HEADER);
}

/* And no more than a message of a batch should. */
static size_t batch_limit(const struct client *client, size_t count)
{
    return client->batch.bytes != 0 ? least(count, client->batch.bytes) : count;
}

/* Tread and Treaddir: fid[4] offset[8] count[4], answered with count[4] and as many bytes. */
static int transfer_in(struct client *client, enum format_type type, uint32_t fid, uint64_t offset, void *bytes,
                       size_t count, size_t *done)
{
    struct encoder request = exchange_begin(client, type);
    struct decoder reply;
    count = data_limit(client, count);
    client->reply_max = count + FORMAT_IO_HEADER;
    *done = 0;
    encode_number(&request, fid, 4);
    encode_number(&request, offset, 8);
    encode_number(&request, count, 4);
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    size_t given = (size_t)decode_number(&reply, 4);
    const unsigned char *data = decode_bytes(&reply, given);
    if (exchange_end(client, &reply) != 0 || given > count)
        return exchange_break(client, CLIENT_EPROTO);
    if (given > 0)
        memcpy(bytes, data, given);
    *done = given;
    return CLIENT_OK;
}

int client_read(struct client *client, uint32_t fid, uint64_t offset, void *bytes, size_t count, size_t *done)
{
    return transfer_in(client, FORMAT_TREAD, fid, offset, bytes, batch_limit(client, count), done);
}

/* Leaves the first `entries` of what a reply brought; those behind are asked for again, by where the last one left ends. */
static void keep_entries(const void *bytes, uint32_t entries, size_t *done)
{
    const unsigned char *next = bytes;
    struct client_entry entry;
    size_t left = *done;
    int error;
    while (entries-- > 0 && client_entry_next(&next, &left, &entry, &error))
        ;
    if (left < *done)
        *done -= left;
}

int client_readdir(struct client *client, uint32_t fid, uint64_t offset, void *bytes, size_t count, size_t *done)
{
    uint32_t entries = client->batch.entries;
    if (entries != 0)
        count = least(count, entries * (size_t)CLIENT_ENTRY_MAX);
    int error = transfer_in(client, FORMAT_TREADDIR, fid, offset, bytes, count, done);
    if (error == 0 && entries != 0)
        keep_entries(bytes, entries, done);
    return error;
}

bool client_entry_next(const unsigned char **bytes, size_t *left, struct client_entry *entry, int *error)
{
    struct decoder data = {*bytes, *left, false};
    *error = CLIENT_OK;
    if (*left == 0)
        return false;
    decode_qid(&data, &entry->qid);
    entry->next = decode_number(&data, 8);
    entry->type = (uint8_t)decode_number(&data, 1);
    entry->name = decode_string(&data, &entry->length);
    if (data.failed || entry->length == 0 || entry->length > CLIENT_NAME_MAX
        || text_find(entry->name, entry->length, '/') != NULL) {
        *error = CLIENT_EPROTO;
        return false;
    }
    *bytes = data.bytes;
    *left = data.left;
    return true;
}

int client_write(struct client *client, uint32_t fid, uint64_t offset, const void *bytes, size_t count, size_t *done)
{
    struct encoder request = exchange_begin(client, FORMAT_TWRITE);
    struct decoder reply;
    count = data_limit(client, batch_limit(client, count));
    *done = 0;
    encode_number(&request, fid, 4);
    encode_number(&request, offset, 8);
    encode_number(&request, count, 4);
    encode_bytes(&request, bytes, count);
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    size_t taken = (size_t)decode_number(&reply, 4);
    if (exchange_end(client, &reply) != 0 || taken > count)
        return exchange_break(client, CLIENT_EPROTO);
    *done = taken;
    return taken == 0 && count > 0 ? CLIENT_EIO : CLIENT_OK;
}

int client_fsync(struct client *client, uint32_t fid)
{
    struct encoder request = exchange_begin(client, FORMAT_TFSYNC);
    encode_number(&request, fid, 4);
    encode_number(&request, 0, 4);
    return exchange_plain(client, &request);
}
