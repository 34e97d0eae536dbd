/* SPDX-License-Identifier: MIT */
/* A command's output going to a file; the first error stops it and is told at the end. */
#ifndef SHELL_REDIRECT_H
#define SHELL_REDIRECT_H

#include "shell/shell.h"

struct redirect {
    struct writer writer;
    struct client *client;
    uint32_t fid;
    uint64_t offset;
    int error;
};

/* Opens, or makes, the file at `path`, empty unless `append`. Its buffer is taken from the arena. */
int redirect_open(struct redirect *redirect, struct shell *shell, const char *path, bool append);
int redirect_close(struct redirect *redirect);

/* Opens the file at `path` for writing at its start, or makes it with these permissions; it is empty unless `keep`. */
int file_open_to_write(struct shell *shell, const char *path, bool keep, uint32_t mode, uint32_t *fid);

/* Writes all of `bytes` at `offset`. */
int file_write_all(struct client *client, uint32_t fid, uint64_t offset, const char *bytes, size_t count);

#endif
