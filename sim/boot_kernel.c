/* SPDX-License-Identifier: MIT */
/* An image is mapped privately, however large its archive is, so that it can be changed and never changes the file. */
#include "sim/boot_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/machine_build_tools.h"
#include "sim/sim.h"

/* QEMU puts the archive within 130 MiB, and the device tree below 1 GiB, of where memory begins. */
#define ARCHIVE_MAX ((size_t)768 << 20)

static void describe_build(struct machine_build *build, const struct boot_options *options)
{
    memset(build, 0, sizeof *build);
    build->source = UKERN_SOURCE_DIR;
    build->machine = options->machine;
    build->compiler = options->compiler;
}

int boot_kernel_check(const struct boot_options *options, bool boots, char *error, size_t error_bytes)
{
    struct machine_build build;
    bool builds = options->image == NULL;
    describe_build(&build, options);
    if (builds && !machine_build_check(&build))
        return snprintf(error, error_bytes, "%s", build.error), EXIT_USAGE;
    return machine_build_tools_check(builds ? options->compiler : NULL, boots, error, error_bytes) ? 0 : EXIT_USAGE;
}

static bool map(struct boot_kernel *kernel, char *error, size_t error_bytes)
{
    struct stat status;
    int fd = open(kernel->path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        kernel->image.count = (size_t)status.st_size;
        if (status.st_size > 0)
            bytes = mmap(NULL, kernel->image.count, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        else
            errno = ENOEXEC;
    } else if (fd >= 0) {
        errno = EINVAL; /* a folder, a pipe, a device */
    }
    kernel->image.bytes = bytes != MAP_FAILED ? bytes : NULL;
    if (bytes == MAP_FAILED)
        snprintf(error, error_bytes, "cannot read the image %s: %s; name a kernel image", kernel->path,
                 strerror(errno));
    if (fd >= 0)
        close(fd);
    return bytes != MAP_FAILED;
}

static int build_now(struct boot_kernel *kernel, const struct boot_options *options, struct progress *progress,
                     struct boot_signals *signals, char *error, size_t error_bytes)
{
    struct machine_build build;
    describe_build(&build, options);
    build.progress = progress;
    build.signals = signals;
    if (!machine_build_run(&build))
        return snprintf(error, error_bytes, "%s", build.error), EXIT_ENDED;
    memcpy(kernel->path, build.image, sizeof kernel->path);
    return 0;
}

int boot_kernel_open(struct boot_kernel *kernel, const struct boot_options *options, struct progress *progress,
                     struct boot_signals *signals, char *error, size_t error_bytes)
{
    if (options->image == NULL) {
        int code = build_now(kernel, options, progress, signals, error, error_bytes);
        if (code != 0)
            return code;
    } else if (realpath(options->image, kernel->path) == NULL) {
        return snprintf(error, error_bytes, "cannot read the image %s: %s; name a kernel image", options->image,
                        strerror(errno)),
               EXIT_USAGE;
    }
    bool good = map(kernel, error, error_bytes) && image_elf_read(&kernel->image, kernel->path, error, error_bytes);
    return good ? 0 : EXIT_USAGE;
}

void boot_kernel_close(struct boot_kernel *kernel)
{
    if (kernel->image.bytes != NULL)
        munmap(kernel->image.bytes, kernel->image.count);
    kernel->image.bytes = NULL;
}

/* A file that is too large is not even read. */
static bool is_small(struct host_archive *archive, const char *path, size_t count)
{
    struct stat status;
    bool small = count <= ARCHIVE_MAX && (path == NULL || stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
                                          (unsigned long long)status.st_size <= ARCHIVE_MAX);
    return small || host_archive_fail(archive, "%s is too large for this machine: archives have at most %zu MiB", path,
                                      ARCHIVE_MAX >> 20);
}

int boot_kernel_archive(struct host_archive *archive, const struct boot_options *options, struct progress *progress,
                        char *error, size_t error_bytes)
{
    archive->progress = progress;
    bool good = is_small(archive, options->archive, 0) && host_archive_load(archive, options->archive);
    progress_hide(progress);
    good = good && is_small(archive, options->archive, archive->count);
    if (!good)
        snprintf(error, error_bytes, "%s", archive->error);
    return good ? 0 : EXIT_USAGE;
}

void boot_kernel_print_name(FILE *file, const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=,./:@%";
    bool quoted = *name == '\0' || strspn(name, plain) != strlen(name);
    fputs(quoted ? "'" : "", file);
    for (; *name != '\0'; name++)
        if (*name == '\'')
            fputs("'\\''", file);
        else
            fputc(*name, file);
    fputs(quoted ? "'" : "", file);
}
