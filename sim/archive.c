/* SPDX-License-Identifier: MIT */
/* Reads an archive into memory, whatever it is in; whether it is a good one is for the file server to say. */
#include "sim/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROOM ((size_t)1 << 20)

bool host_archive_fail(struct host_archive *archive, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(archive->error, sizeof archive->error, format, list);
    va_end(list);
    free(archive->bytes);
    archive->bytes = NULL;
    archive->count = 0;
    return false;
}

static bool grow(struct host_archive *archive, size_t *room)
{
    size_t more = *room == 0 ? FIRST_ROOM : *room * 2;
    unsigned char *bytes = realloc(archive->bytes, more);
    if (bytes == NULL)
        return false;
    archive->bytes = bytes;
    *room = more;
    return true;
}

bool host_archive_read(struct host_archive *archive, int fd, const char *path)
{
    size_t room = 0;
    for (;;) {
        if (archive->count > HOST_ARCHIVE_MAX)
            return host_archive_fail(archive, "%s is too large: archives have at most %zu MiB", path,
                                     HOST_ARCHIVE_MAX >> 20);
        if (archive->count == room && !grow(archive, &room))
            return host_archive_fail(archive, "%s does not fit in this machine's memory", path);
        if (progress_due(archive->progress))
            progress_show(archive->progress, "reading %s, %zu MiB", path, archive->count >> 20);
        ssize_t count = read(fd, archive->bytes + archive->count, room - archive->count);
        if (count == 0)
            return true;
        if (count < 0 && errno != EINTR)
            return host_archive_fail(archive, "cannot read %s: %s", path, strerror(errno));
        archive->count += count > 0 ? (size_t)count : 0;
    }
}

/* Only what cpio puts at the end: a header of 110 digits, of which the link count and the name's length are not 0. */
static bool load_nothing(struct host_archive *archive)
{
    const size_t bytes = 124;
    archive->bytes = calloc(1, bytes + 1);
    if (archive->bytes == NULL)
        return host_archive_fail(archive, "there is no memory left");
    snprintf((char *)archive->bytes, bytes, "070701%032x%08x%048x%08x%08xTRAILER!!!", 0, 1, 0, 11, 0);
    archive->count = bytes;
    return true;
}

bool host_archive_load(struct host_archive *archive, const char *path)
{
    struct stat status;
    if (path == NULL)
        return load_nothing(archive);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return host_archive_fail(archive, "there is no %s: name a directory, or an archive made by cpio -H newc", path);
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)host_archive_fail(archive, "cannot open %s: %s; make it readable, or name another", path,
                                strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        (void)host_archive_pack(archive, path);
    } else if (S_ISREG(status.st_mode) && (unsigned long long)status.st_size > HOST_ARCHIVE_MAX) {
        (void)host_archive_fail(archive, "%s is too large: archives have at most %zu MiB", path,
                                HOST_ARCHIVE_MAX >> 20);
    } else {
        (void)host_archive_read(archive, fd, path);
    }
    if (fd >= 0)
        close(fd);
    return archive->error[0] == '\0';
}
