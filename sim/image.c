/* SPDX-License-Identifier: MIT */
/* `ukern image`: writes a kernel image that has an archive in it, so that it boots with nothing but itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/boot_kernel.h"
#include "sim/qemu.h"
#include "sim/sim.h"

static const char help[] =
    "usage: ukern image [--machine riscv64] [DIRECTORY | ARCHIVE.cpio] -o FILE [OPTION...]\n"
    "\n"
    "Writes one file that boots the microkernel with its servers: an ELF image with DIRECTORY, packed by cpio, or\n"
    "ARCHIVE, made by cpio -H newc, in it; neither: an empty tree. The kernel image is built first, from the\n"
    "sources of this command, as far as there is something to build.\n"
    "\n"
    "  -o FILE          the file to write; it is there when it is complete, and not before\n"
    "  --image FILE     put the archive into this kernel image; nothing is built\n"
    "  --compiler NAME  build with gcc (if not given) or clang\n"
    "  --quiet          do not say how to boot it\n"
    "\n"
    "Exit code: 0; 2 for words that make no sense, name what cannot be read or written, or need programs that are\n"
    "missing; 71 when the kernel image could not be built.\n"
    "\n"
    "example: ukern image /usr/share/doc/cpio -o cpio.elf\n";

/* QEMU's machine has so much memory if nothing is said. */
enum {
    QEMU_DEFAULT_MIB = 128,
    ARCHIVE_SMALL_MIB = 16
};

/* All that making an image holds of the host. */
struct image {
    struct boot_options options;
    struct host_archive archive;
    struct boot_kernel kernel;
    struct image_tail tail;
    struct progress progress;
    struct boot_signals signals;
    char temporary[PATH_MAX]; /* empty: there is none */
    char error[BOOT_ERROR];
};

__attribute__((format(printf, 2, 3))) static int fail(struct image *image, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(image->error, sizeof image->error, format, list);
    va_end(list);
    return EXIT_USAGE;
}

static int check_output(struct image *image)
{
    const char *path = image->options.output;
    struct stat status;
    if (stat(path, &status) != 0)
        return 0;
    if (S_ISDIR(status.st_mode))
        return fail(image, "%s is a directory: give the name of a file with -o", path);
    if (!S_ISREG(status.st_mode))
        return fail(image, "%s is no plain file: give another name with -o", path);
    return 0;
}

static bool write_all(int fd, const void *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t part = write(fd, (const char *)bytes + done, count - done);
        if (part < 0 && errno != EINTR)
            return false;
        done += part > 0 ? (size_t)part : 0;
    }
    return true;
}

static bool write_parts(const struct image *image, int fd)
{
    const mode_t mask = umask(0);
    (void)umask(mask);
    return write_all(fd, image->kernel.image.bytes, image->kernel.image.count) &&
           write_all(fd, image->tail.bytes, image->tail.count) &&
           write_all(fd, image->archive.bytes, image->archive.count) && fchmod(fd, 0666 & ~mask) == 0;
}

/* Beside the file, so that the new one takes its place at once. */
static int write_image(struct image *image)
{
    const char *path = image->options.output;
    int length = snprintf(image->temporary, sizeof image->temporary, "%s.XXXXXX", path);
    int fd = -1;
    if (length < (int)sizeof image->temporary)
        fd = mkostemp(image->temporary, O_CLOEXEC);
    else
        errno = ENAMETOOLONG;
    if (fd < 0)
        image->temporary[0] = '\0';
    bool good = fd >= 0 && write_parts(image, fd);
    int error = errno;
    if (fd >= 0 && close(fd) != 0 && good) {
        error = errno;
        good = false;
    }
    if (good && rename(image->temporary, path) != 0) {
        error = errno;
        good = false;
    }
    if (!good)
        return fail(image, "cannot write %s: %s; name a file in a folder with room that you may write", path,
                    strerror(error));
    image->temporary[0] = '\0';
    return 0;
}

static void say_how(const struct image *image)
{
    uint64_t archive = image->archive.count;
    if (image->options.quiet)
        return;
    fprintf(stderr, "ukern: boot it with: qemu-system-riscv64 -M virt");
    if (archive >> 20 >= ARCHIVE_SMALL_MIB)
        fprintf(stderr, " -m %llu", (unsigned long long)qemu_memory_mib(QEMU_DEFAULT_MIB, archive));
    fputs(" -kernel ", stderr);
    boot_kernel_print_name(stderr, image->options.output);
    fputs(" -nographic\n", stderr);
}

static int make(struct image *image)
{
    const struct boot_options *options = &image->options;
    progress_open(&image->progress, stderr);
    int code = check_output(image);
    if (code == 0)
        code = boot_kernel_check(options, false, image->error, sizeof image->error);
    if (code == 0)
        code = boot_kernel_archive(&image->archive, options, &image->progress, image->error, sizeof image->error);
    if (code == 0 && !boot_signals_open(&image->signals))
        code = fail(image, "cannot watch signals: %s", strerror(errno));
    if (code == 0)
        code = boot_kernel_open(&image->kernel, options, &image->progress, &image->signals, image->error,
                                sizeof image->error);
    if (code == 0 &&
        !image_elf_attach(&image->kernel.image, image->archive.count, &image->tail, image->error, sizeof image->error))
        code = EXIT_USAGE;
    return code == 0 && image->signals.stopped == 0 ? write_image(image) : code;
}

int image_command(int count, char **words)
{
    struct image *image = calloc(1, sizeof *image);
    int code = EXIT_USAGE;
    if (image == NULL)
        return fputs("ukern: there is no memory left\n", stderr), code;
    bool good = boot_options_read(&image->options, IMAGE_WORDS, count, words, image->error, sizeof image->error);
    if (good && image->options.help)
        code = fputs(help, stdout) < 0;
    else if (good)
        code = make(image);
    if (image->error[0] != '\0')
        fprintf(stderr, "ukern: %s\n", image->error);
    else if (code == 0 && !image->options.help && image->signals.stopped == 0)
        say_how(image);
    if (image->temporary[0] != '\0')
        (void)unlink(image->temporary);
    boot_kernel_close(&image->kernel);
    struct boot_signals signals = image->signals;
    boot_signals_close(&signals);
    free(image->archive.bytes);
    free(image);
    boot_signals_obey(&signals);
    return code;
}
