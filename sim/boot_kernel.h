/* SPDX-License-Identifier: MIT */
/* The kernel image of `ukern boot` and `ukern image`: the one that the user names, or one built now; checked. */
#ifndef SIM_BOOT_KERNEL_H
#define SIM_BOOT_KERNEL_H

#include "sim/archive.h"
#include "sim/boot_options.h"
#include "sim/boot_signals.h"
#include "sim/image_elf.h"
#include "sim/machine_build.h"

#define BOOT_ERROR (3 * PATH_MAX)

/* Zero-initialise. */
struct boot_kernel {
    char path[PATH_MAX];
    struct image_elf image; /* its bytes are a private copy */
};

/* Is there all that building (if no image is named) and booting need? 0, or an exit code; then `error` says why. */
int boot_kernel_check(const struct boot_options *options, bool boots, char *error, size_t error_bytes);

/* Finds or builds it, and reads it. The same results; `error` is empty if a signal asked to stop. */
int boot_kernel_open(struct boot_kernel *kernel, const struct boot_options *options, struct progress *progress,
                     struct boot_signals *signals, char *error, size_t error_bytes);

void boot_kernel_close(struct boot_kernel *kernel);

/* Reads the archive named in the options, or one with nothing in it, if it is small enough for the machine. */
int boot_kernel_archive(struct host_archive *archive, const struct boot_options *options, struct progress *progress,
                        char *error, size_t error_bytes);

/* A file's name in the form in which a shell takes it for one word. */
void boot_kernel_print_name(FILE *file, const char *name);

#endif
