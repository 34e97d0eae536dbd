/* SPDX-License-Identifier: MIT */
/* Where every program begins that is an ELF file, but for the root task: what it returns is its exit code. */
#include "runtime/task.h"

/* The program's own entry; linking says which function that is: --defsym=program_main=shell_main. */
uk_word program_main(const struct task_start *start);

/* The linker's name for the beginning of a program. */
__attribute__((noreturn)) void _start(const struct task_start *start);

void _start(const struct task_start *start) { uk_exit(program_main(start)); }
