/* SPDX-License-Identifier: MIT */
/* A folder of one boot's own, which nobody else can enter, gone when the boot ends. */
#ifndef SIM_BOOT_FOLDER_H
#define SIM_BOOT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#define BOOT_FOLDER_PATH 96 /* with the longest name in it, it must fit into the address of a socket */

/* Zero-initialise. */
struct boot_folder {
    char path[BOOT_FOLDER_PATH - 16];
    char archive[BOOT_FOLDER_PATH];
    char monitor[BOOT_FOLDER_PATH]; /* QEMU makes this one */
};

bool boot_folder_open(struct boot_folder *folder, char *error, size_t error_bytes);

/* Writes the file `archive`. */
bool boot_folder_write(struct boot_folder *folder, const void *bytes, size_t count, char *error, size_t error_bytes);

void boot_folder_close(struct boot_folder *folder);

#endif
