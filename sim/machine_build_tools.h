/* SPDX-License-Identifier: MIT */
/* The programs that building and booting an image need, and the Debian packages that they come from. */
#ifndef SIM_MACHINE_BUILD_TOOLS_H
#define SIM_MACHINE_BUILD_TOOLS_H

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_BUILD_EMULATOR         "qemu-system-riscv64"
#define MACHINE_BUILD_FIRMWARE_PACKAGE "qemu-system-data"

/* The first file of that name in PATH that can be run. `path` may be NULL. */
bool machine_build_find(const char *name, char *path, size_t path_bytes);

/* `compiler`: gcc or clang; NULL: nothing is to be built. `boots`: QEMU is needed. False: `error` names all that is
 * missing, and its packages. */
bool machine_build_tools_check(const char *compiler, bool boots, char *error, size_t error_bytes);

#endif
