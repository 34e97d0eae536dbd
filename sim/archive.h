/* SPDX-License-Identifier: MIT */
/* The archive that a system boots with: a directory packed by cpio, a file as it is, or nothing; all in memory. */
#ifndef SIM_ARCHIVE_H
#define SIM_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/report.h"

#define HOST_ARCHIVE_MAX   ((size_t)4 << 30)
#define HOST_ARCHIVE_ERROR 512

struct host_archive {
    struct progress *progress; /* shown while it is read; may be NULL */
    unsigned char *bytes;      /* free() it */
    size_t count;
    char error[HOST_ARCHIVE_ERROR]; /* why there is none, and what to do: one line */
};

/* Zero-initialise, but for `progress`. `path`: a directory, an archive, or NULL: an archive with nothing in it.
 * False: see `error`. */
bool host_archive_load(struct host_archive *archive, const char *path);

/* All bytes of an open file. False: see `error`, in which `path` names it. */
bool host_archive_read(struct host_archive *archive, int fd, const char *path);

/* Packs a directory with the real cpio (pack.c). */
bool host_archive_pack(struct host_archive *archive, const char *path);

/* Sets `error`; returns false. */
__attribute__((format(printf, 2, 3))) bool host_archive_fail(struct host_archive *archive, const char *format, ...);

#endif
