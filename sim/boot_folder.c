/* SPDX-License-Identifier: MIT */
/* Makes the folder where TMPDIR says, unless that name is so long that no socket could be in it. */
#include "sim/boot_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool boot_folder_open(struct boot_folder *folder, char *error, size_t error_bytes)
{
    static const char name[] = "/ukern-boot-XXXXXX";
    const char *place = getenv("TMPDIR");
    if (place == NULL || *place == '\0' || strlen(place) + sizeof name > sizeof folder->path)
        place = "/tmp";
    snprintf(folder->path, sizeof folder->path, "%s%s", place, name);
    if (mkdtemp(folder->path) == NULL) {
        snprintf(error, error_bytes, "cannot make a folder in %s: %s; set TMPDIR to one that you may write", place,
                 strerror(errno));
        folder->path[0] = '\0';
        return false;
    }
    snprintf(folder->archive, sizeof folder->archive, "%s/archive.cpio", folder->path);
    snprintf(folder->monitor, sizeof folder->monitor, "%s/monitor", folder->path);
    return true;
}

bool boot_folder_write(struct boot_folder *folder, const void *bytes, size_t count, char *error, size_t error_bytes)
{
    int fd = open(folder->archive, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0;
    for (size_t done = 0; good && done < count;) {
        ssize_t part = write(fd, (const char *)bytes + done, count - done);
        good = part >= 0 || errno == EINTR;
        done += part > 0 ? (size_t)part : 0;
    }
    if (!good)
        snprintf(error, error_bytes, "cannot write %s: %s; set TMPDIR to a folder with %zu MiB of room",
                 folder->archive, strerror(errno), (count >> 20) + 1);
    if (fd >= 0)
        close(fd);
    return good;
}

void boot_folder_close(struct boot_folder *folder)
{
    if (folder->path[0] == '\0')
        return;
    (void)unlink(folder->archive);
    (void)unlink(folder->monitor);
    (void)rmdir(folder->path);
    folder->path[0] = '\0';
}
