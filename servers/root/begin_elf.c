/* SPDX-License-Identifier: MIT */
/* Where the root task begins that is an ELF file: the kernel hands it the address of struct uk_boot_info. */
#include "root/root.h"

/* The linker's name for the beginning of a program. */
__attribute__((noreturn)) void _start(uk_word boot_info);

void _start(uk_word boot_info) { uk_exit(root_main(boot_info)); }
