/* SPDX-License-Identifier: MIT */
/* Hosted programs: functions of the host's process, which every space sees; a list ended by a NULL name. */
#ifndef ROOT_LOADER_HOSTED_H
#define ROOT_LOADER_HOSTED_H

#include "root/loader.h"

struct hosted_program {
    const char *name;
    task_entry entry;
};

struct loader {
    const struct hosted_program *programs;
};

#endif
