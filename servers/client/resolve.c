/* SPDX-License-Identifier: MIT */
/* What a path means: names in batches, symbolic links spliced in where they stand; no fid is left behind on failure. */
#include "client/exchange.h"
#include "runtime/text.h"

#include <string.h>

/* Where a resolution has got to. The path still to walk is client->path + next, `left` bytes. */
struct resolution {
    struct client *client;
    uint32_t at;    /* the fid reached */
    bool owned;     /* `at` was made here */
    bool follow;    /* also a link that is the last name */
    unsigned links; /* followed so far */
    size_t next, left;
    struct client_qid qid; /* of `at`, if it is owned */
};

/* One message's worth of names, and where in the path each one ends. */
struct batch {
    struct name names[CLIENT_WALK_MAX];
    size_t ends[CLIENT_WALK_MAX];
    struct client_qid qids[CLIENT_WALK_MAX];
    unsigned count, walked;
};

static void move_to(struct resolution *self, uint32_t fid, bool owned)
{
    if (self->owned)
        (void)client_clunk(self->client, self->at);
    self->at = fid;
    self->owned = owned;
}

static bool is_dots(struct name name, size_t dots)
{
    return name.length == dots && name.bytes[0] == '.' && name.bytes[dots - 1] == '.';
}


/* Takes names up to the batch's limits. A ".." goes alone: the server must not take it before we know about links. */
static int gather(struct resolution *self, struct batch *batch)
{
    const char *path = self->client->path + self->next;
    size_t left = self->left, room = self->client->message_max - FORMAT_IO_HEADER;
    for (batch->count = 0; batch->count < walk_max(self->client);) {
        struct name name = name_next(&path, &left);
        if (name.length > CLIENT_NAME_MAX)
            return CLIENT_ENAMETOOLONG;
        if (name.length == 0 || name.length + 2 > room || (is_dots(name, 2) && batch->count > 0))
            break;
        if (is_dots(name, 1))
            continue;
        room -= name.length + 2;
        batch->names[batch->count] = name;
        batch->ends[batch->count++] = (size_t)(path - self->client->path);
        if (is_dots(name, 2))
            break;
    }
    return CLIENT_OK;
}

/* Whether the path goes on after `end`, if only by a slash. */
static bool goes_on(const struct resolution *self, size_t end) { return end < self->next + self->left; }

/* The first name walked that is a link to be followed; batch->walked if none is. */
static unsigned find_link(const struct resolution *self, const struct batch *batch)
{
    unsigned i = 0;
    while (i < batch->walked
           && !(batch->qids[i].type & CLIENT_QID_LINK && (self->follow || goes_on(self, batch->ends[i]))))
        i++;
    return i;
}

/* Puts the link's target before what is left of the path after it. */
static int splice(struct resolution *self, size_t end, const char *target, size_t length)
{
    char *path = self->client->path;
    size_t rest = self->next + self->left - end;
    if (length == 0)
        return CLIENT_ENOENT;
    if (length + rest > CLIENT_PATH_MAX)
        return CLIENT_ENAMETOOLONG;
    memmove(path + length, path + end, rest);
    memcpy(path, target, length);
    self->next = 0;
    self->left = length + rest;
    return CLIENT_OK;
}

/* Walks `count` of the batch's names to a fresh fid. */
static int walk_prefix(struct resolution *self, struct batch *batch, unsigned count, uint32_t *fid)
{
    int error = fid_take(self->client, fid);
    if (error != 0)
        return error;
    error = walk_step(self->client, self->at, *fid, batch->names, count, batch->qids, &batch->walked);
    if (error == 0 && batch->walked < count)
        error = CLIENT_ENOENT;
    if (error != 0)
        fid_drop(self->client, *fid);
    return error;
}

/* Replaces the link that is the batch's name `i` by its target, and moves to where that begins. */
static int follow_link(struct resolution *self, struct batch *batch, unsigned i)
{
    struct client *client = self->client;
    uint32_t link, directory = self->at;
    const char *target;
    size_t length;
    if (++self->links > CLIENT_LINKS_MAX)
        return CLIENT_ELOOP;
    int error = i == 0 ? CLIENT_OK : walk_prefix(self, batch, i, &directory);
    if (error != 0)
        return error;
    struct client_qid qid = i == 0 ? self->qid : batch->qids[i - 1];
    error = walk_prefix(self, batch, i + 1, &link);
    if (i > 0)
        move_to(self, directory, true);
    self->qid = qid;
    if (error != 0)
        return error;
    error = readlink_view(client, link, &target, &length);
    if (error == 0)
        error = splice(self, batch->ends[i], target, length);
    (void)client_clunk(client, link);
    if (error == 0 && client->path[0] == '/')
        move_to(self, client->root, false);
    return error;
}

/* Walks one batch, or follows the first link in it. */
static int resolve_step(struct resolution *self, struct batch *batch)
{
    uint32_t fid;
    int error = fid_take(self->client, &fid);
    if (error != 0)
        return error;
    error = walk_step(self->client, self->at, fid, batch->names, batch->count, batch->qids, &batch->walked);
    bool made = error == 0 && batch->walked == batch->count;
    unsigned link = error == 0 ? find_link(self, batch) : batch->walked;
    if (made && link == batch->walked) {
        move_to(self, fid, true);
        self->qid = batch->qids[batch->count - 1];
        self->left -= batch->ends[batch->count - 1] - self->next;
        self->next = batch->ends[batch->count - 1];
        return CLIENT_OK;
    }
    if (made)
        (void)client_clunk(self->client, fid);
    else
        fid_drop(self->client, fid);
    if (error != 0)
        return error;
    return link < batch->walked ? follow_link(self, batch, link) : walk_error(&batch->qids[batch->walked - 1]);
}

static int resolve_all(struct resolution *self)
{
    struct batch batch;
    for (;;) {
        int error = gather(self, &batch);
        if (error != 0)
            return error;
        if (batch.count == 0)
            break;
        error = resolve_step(self, &batch);
        if (error != 0)
            return error;
    }
    if (self->left > 0 && self->owned && !(self->qid.type & CLIENT_QID_DIRECTORY))
        return CLIENT_ENOTDIR;
    return CLIENT_OK;
}

int client_resolve(struct client *client, uint32_t from, const char *path, size_t length, bool follow, uint32_t *fid,
                   struct client_qid *qid)
{
    struct resolution self = {.client = client, .follow = follow, .left = length};
    if (length > CLIENT_PATH_MAX)
        return CLIENT_ENAMETOOLONG;
    if (length == 0)
        return CLIENT_ENOENT;
    memcpy(client->path, path, length);
    self.at = path[0] == '/' ? client->root : from;
    int error = resolve_all(&self);
    if (error == 0 && !self.owned)
        return client_walk(client, self.at, "", 0, fid, qid);
    if (error != 0) {
        move_to(&self, client->root, false);
        return error;
    }
    *fid = self.at;
    if (qid != NULL)
        *qid = self.qid;
    return CLIENT_OK;
}

int client_resolve_parent(struct client *client, uint32_t from, const char *path, size_t length, uint32_t *fid,
                          char name[CLIENT_NAME_MAX + 1])
{
    while (length > 0 && path[length - 1] == '/')
        length--;
    size_t begin = length;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    struct name last = {path + begin, length - begin};
    if (last.length == 0 || is_dots(last, 1) || is_dots(last, 2))
        return CLIENT_EINVAL;
    if (last.length > CLIENT_NAME_MAX)
        return CLIENT_ENAMETOOLONG;
    memcpy(name, last.bytes, last.length);
    name[last.length] = '\0';
    if (begin == 0)
        return client_walk(client, from, "", 0, fid, NULL);
    return client_resolve(client, from, path, begin, true, fid, NULL);
}
