/* SPDX-License-Identifier: MIT */
/* Builds the kernel image from this repository's sources, with CMake and ninja, which know what there is to do. */
#ifndef SIM_MACHINE_BUILD_H
#define SIM_MACHINE_BUILD_H

#include <limits.h>
#include <stdbool.h>

#include "sim/boot_signals.h"
#include "sim/report.h"

/* Where the sources were when this command was built; the build says it. */
#ifndef UKERN_SOURCE_DIR
#define UKERN_SOURCE_DIR ""
#endif

/* Zero-initialise, then set what comes before the line. */
struct machine_build {
    const char *source; /* the sources' folder */
    const char *machine;
    const char *compiler;      /* gcc or clang */
    struct progress *progress; /* shown while it takes long */
    struct boot_signals *signals;
    /* ---- */
    char folder[PATH_MAX]; /* where it was built */
    char image[PATH_MAX];  /* and what: the kernel's ELF file */
    char error[2 * PATH_MAX];
};

/* Are there sources? False: see `error`. */
bool machine_build_check(struct machine_build *build);

/* False: see `error`, unless a signal asked to stop. The output of what failed is on standard error then. */
bool machine_build_run(struct machine_build *build);

#endif
