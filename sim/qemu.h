/* SPDX-License-Identifier: MIT */
/* The words of QEMU's command line, made from what is asked of the machine; nothing is opened or started here. */
#ifndef SIM_QEMU_H
#define SIM_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_WORDS_MAX 40
#define QEMU_TEXT_MAX  512

struct qemu_request {
    const char *program; /* QEMU itself */
    const char *image;   /* the kernel, an ELF file */
    const char *archive; /* a file; NULL: the image has its own, or there is none */
    const char *monitor; /* path of the monitor's socket; at most 107 bytes */
    uint64_t memory_mib; /* all of the machine's */
    uint64_t harts;
    unsigned gdb_port; /* 0: no debugger; else the machine waits for one there */
    bool icount;       /* time is counted in instructions */
    /* What the kernel is told. */
    bool interactive, virtual_time, trace;
    uint64_t argument; /* for the root task; 0: none */
};

struct qemu_arguments {
    char *words[QEMU_WORDS_MAX]; /* ends with NULL; not to be changed */
    size_t count;
    char text[QEMU_TEXT_MAX]; /* the words that are not the request's own */
    size_t text_bytes;
};

/* `arguments` must not move afterwards, and the request's strings must stay. */
void qemu_arguments_make(struct qemu_arguments *arguments, const struct qemu_request *request);

/* Memory of a machine that has `memory_mib` beside an archive, which is there as it came and as the file server's. */
uint64_t qemu_memory_mib(uint64_t memory_mib, uint64_t archive_bytes);

#endif
