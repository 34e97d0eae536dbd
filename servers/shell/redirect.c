/* SPDX-License-Identifier: MIT */
/* Writing files: existing ones through their links, new ones in their directory; every byte goes out once, in order. */
#include "shell/redirect.h"

#define BUFFER_BYTES 16384

int file_write_all(struct client *client, uint32_t fid, uint64_t offset, const char *bytes, size_t count)
{
    int error = CLIENT_OK;
    while (count > 0 && error == 0) {
        size_t done;
        error = client_write(client, fid, offset, bytes, count, &done);
        offset += done;
        bytes += done;
        count -= done;
    }
    return error;
}

static int open_existing(struct shell *shell, uint32_t fid, const struct client_qid *qid, bool keep)
{
    int error = CLIENT_EISDIR;
    if (!(qid->type & CLIENT_QID_DIRECTORY))
        error = client_lopen(shell->parts.client, fid, CLIENT_WRITE | (keep ? 0 : CLIENT_TRUNCATE));
    if (error != 0)
        (void)client_clunk(shell->parts.client, fid);
    return error;
}

int file_open_to_write(struct shell *shell, const char *path, bool keep, uint32_t mode, uint32_t *fid)
{
    char name[CLIENT_NAME_MAX + 1];
    struct client_qid qid;
    uint32_t directory;
    int error = shell_resolve(shell, path, true, fid, &qid);
    if (error == 0)
        return open_existing(shell, *fid, &qid, keep);
    if (error != CLIENT_ENOENT)
        return error;
    error = path_means_directory(path) ? CLIENT_EISDIR : shell_resolve_parent(shell, path, &directory, name);
    if (error != 0)
        return error == CLIENT_EINVAL ? CLIENT_ENOENT : error;
    error = client_lcreate(shell->parts.client, directory, name, CLIENT_WRITE, CLIENT_MODE_FILE | mode, fid);
    (void)client_clunk(shell->parts.client, directory);
    /* Nothing was found, yet the name is taken: by a link that leads nowhere. We do not write through it. */
    return error == CLIENT_EEXIST || error == CLIENT_ELOOP ? CLIENT_ENOENT : error;
}

static bool drain_to_file(struct writer *writer)
{
    struct redirect *self = (struct redirect *)writer;
    if (self->error == 0)
        self->error = file_write_all(self->client, self->fid, self->offset, writer->bytes, writer->used);
    self->offset += writer->used;
    return self->error == 0;
}

int redirect_open(struct redirect *redirect, struct shell *shell, const char *path, bool append)
{
    struct client_attributes attributes;
    char *bytes = arena_take(&shell->arena, BUFFER_BYTES);
    if (bytes == NULL)
        return CLIENT_ENOMEM;
    *redirect = (struct redirect){.writer = writer_open(bytes, BUFFER_BYTES, drain_to_file),
                                  .client = shell->parts.client};
    int error = file_open_to_write(shell, path, append, 0644, &redirect->fid);
    if (error != 0 || !append)
        return error;
    error = client_getattr(redirect->client, redirect->fid, &attributes);
    redirect->offset = attributes.size;
    if (error != 0)
        (void)client_clunk(redirect->client, redirect->fid);
    return error;
}

int redirect_close(struct redirect *redirect)
{
    (void)writer_flush(&redirect->writer);
    int error = client_clunk(redirect->client, redirect->fid);
    return redirect->error != 0 ? redirect->error : error;
}
