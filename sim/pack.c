/* SPDX-License-Identifier: MIT */
/* Packs a directory with the real cpio, which reads the names on its input, sorted, so that equal trees pack alike. */
#include "sim/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPIO_MISSING 127

static int compare_names(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* One entry's name, relative to the directory, with its zero. */
static bool list_entry(struct host_archive *archive, FILE *names, const FTSENT *entry, size_t prefix)
{
    const char *relative = entry->fts_pathlen > prefix ? entry->fts_path + prefix : "";
    while (*relative == '/')
        relative++;
    switch (entry->fts_info) {
    case FTS_DP:
        return true;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return host_archive_fail(archive, "cannot read %s: %s; make it readable, or name another directory",
                                 entry->fts_path, strerror(entry->fts_errno));
    case FTS_F:
        if (access(entry->fts_accpath, R_OK) != 0)
            return host_archive_fail(archive, "cannot read %s: %s; make it readable, or name another directory",
                                     entry->fts_path, strerror(errno));
        break;
    default:
        break;
    }
    fputs(*relative != '\0' ? relative : ".", names);
    fputc('\0', names);
    return true;
}

static bool list_names(struct host_archive *archive, FILE *names, const char *path)
{
    char *paths[] = {strdup(path), NULL};
    FTS *walk = paths[0] != NULL ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, compare_names) : NULL;
    bool good = walk != NULL || host_archive_fail(archive, "cannot list %s: %s", path, strerror(errno));
    for (FTSENT *entry; good && (entry = fts_read(walk)) != NULL;)
        good = list_entry(archive, names, entry, strlen(path));
    if (walk != NULL)
        fts_close(walk);
    free(paths[0]);
    if (good && fflush(names) != 0)
        good = host_archive_fail(archive, "cannot list %s: %s", path, strerror(errno));
    return good;
}

/* The child: becomes cpio in `path`, with the names on its input and `output` for the archive. */
_Noreturn static void become_cpio(const char *path, int names, int output)
{
    if (lseek(names, 0, SEEK_SET) == 0 && dup2(names, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        chdir(path) == 0)
        execlp("cpio", "cpio", "--quiet", "--null", "--create", "--format=newc", "--reproducible", (char *)NULL);
    _exit(CPIO_MISSING);
}

static bool run_cpio(struct host_archive *archive, const char *path, int names)
{
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return host_archive_fail(archive, "cannot make a pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0)
        become_cpio(path, names, ends[1]);
    close(ends[1]);
    bool good = child > 0 || host_archive_fail(archive, "cannot start cpio: %s", strerror(errno));
    good = good && host_archive_read(archive, ends[0], path);
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (good && WIFEXITED(status) && WEXITSTATUS(status) == CPIO_MISSING)
        return host_archive_fail(archive, "cannot run cpio: install the package cpio");
    if (good && status != 0)
        return host_archive_fail(archive, "cpio could not pack all of %s; see its message above", path);
    return good;
}

bool host_archive_pack(struct host_archive *archive, const char *path)
{
    int fd = memfd_create("names", MFD_CLOEXEC);
    FILE *names = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (names == NULL) {
        if (fd >= 0)
            close(fd);
        return host_archive_fail(archive, "cannot hold the list of names: %s", strerror(errno));
    }
    bool good = list_names(archive, names, path) && run_cpio(archive, path, fd);
    fclose(names);
    return good;
}
