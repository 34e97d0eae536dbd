/* SPDX-License-Identifier: MIT */
/* From one fid to another along names: at most 16 in a message, and no half-walked fid is left behind. */
#include "client/exchange.h"

struct name name_next(const char **path, size_t *left)
{
    while (*left > 0 && **path == '/') {
        ++*path;
        --*left;
    }
    struct name name = {*path, 0};
    while (*left > 0 && **path != '/') {
        ++*path;
        --*left;
        name.length++;
    }
    return name;
}

int walk_error(const struct client_qid *last)
{
    return last->type & CLIENT_QID_DIRECTORY ? CLIENT_ENOENT : CLIENT_ENOTDIR;
}

unsigned walk_max(const struct client *client)
{
    uint32_t names = client->batch.names;
    return names == 0 || names > CLIENT_WALK_MAX ? CLIENT_WALK_MAX : names;
}

int walk_step(struct client *client, uint32_t from, uint32_t to, const struct name *names, unsigned count,
              struct client_qid *qids, unsigned *walked)
{
    struct encoder request = exchange_begin(client, FORMAT_TWALK);
    struct decoder reply;
    encode_number(&request, from, 4);
    encode_number(&request, to, 4);
    encode_number(&request, count, 2);
    for (unsigned i = 0; i < count; i++)
        encode_string(&request, names[i].bytes, names[i].length);
    *walked = 0;
    int error = exchange_send(client, &request, &reply);
    if (error != 0)
        return error;
    uint64_t given = decode_number(&reply, 2);
    if (given > count || (given == 0 && count > 0))
        return exchange_break(client, CLIENT_EPROTO);
    for (unsigned i = 0; i < given; i++)
        decode_qid(&reply, &qids[i]);
    *walked = (unsigned)given;
    return exchange_end(client, &reply);
}

/* Takes as many names as one message carries. */
static int gather(const struct client *client, const char **path, size_t *left, struct name *names, unsigned *count)
{
    size_t room = client->message_max - FORMAT_IO_HEADER;
    for (*count = 0; *count < walk_max(client); ++*count) {
        const char *ahead = *path;
        size_t ahead_left = *left;
        struct name name = name_next(&ahead, &ahead_left);
        if (name.length > CLIENT_NAME_MAX)
            return CLIENT_ENAMETOOLONG;
        if (name.length == 0 || name.length + 2 > room)
            break;
        room -= name.length + 2;
        names[*count] = name;
        *path = ahead;
        *left = ahead_left;
    }
    return CLIENT_OK;
}

/* Walks on from `from` (which is `fid` itself after the first step) until the path is used up. */
static int walk_all(struct client *client, uint32_t from, const char *path, size_t left, uint32_t fid, bool *made,
                    struct client_qid *last)
{
    struct name names[CLIENT_WALK_MAX];
    struct client_qid qids[CLIENT_WALK_MAX];
    unsigned count, walked;
    do {
        int error = gather(client, &path, &left, names, &count);
        if (error == 0 && count == 0 && *made)
            return CLIENT_OK;
        if (error == 0)
            error = walk_step(client, from, fid, names, count, qids, &walked);
        if (error == 0 && walked < count)
            error = walk_error(&qids[walked - 1]);
        if (error != 0)
            return error;
        if (count > 0)
            *last = qids[count - 1];
        *made = true;
        from = fid;
    } while (count > 0);
    return CLIENT_OK;
}

/* A walk of no names tells no qid. */
static int qid_of(struct client *client, uint32_t fid, struct client_qid *qid)
{
    struct client_attributes attributes;
    int error = client_getattr(client, fid, &attributes);
    *qid = attributes.qid;
    return error;
}

int client_walk(struct client *client, uint32_t from, const char *path, size_t length, uint32_t *fid,
                struct client_qid *qid)
{
    struct client_qid last = {0, 0, 0};
    const char *ahead = path;
    size_t left = length;
    bool made = false, named = name_next(&ahead, &left).length > 0;
    int error = fid_take(client, fid);
    if (error != 0)
        return error;
    error = walk_all(client, from, path, length, *fid, &made, &last);
    if (error == 0 && !named && qid != NULL)
        error = qid_of(client, *fid, &last);
    if (qid != NULL)
        *qid = last;
    if (error != 0 && made)
        (void)client_clunk(client, *fid);
    else if (error != 0)
        fid_drop(client, *fid);
    return error;
}
