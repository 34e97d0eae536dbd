/* SPDX-License-Identifier: MIT */
/* What the kernel wants to know from the flattened device tree that the firmware hands over, and nothing else of it. */
#ifndef UKERN_FDT_H
#define UKERN_FDT_H

#include <stddef.h>
#include <stdint.h>

#define FDT_MEMORY_MAX   4
#define FDT_RESERVED_MAX 16
#define FDT_BOOTARGS_MAX 256

/* No range wraps: base + bytes is a number. */
struct fdt_range {
    uint64_t base, bytes; /* bytes 0: there is none */
};

/* A node counts when neither it nor a node above it has a status other than "okay" (or "ok"). A device counts when its
 * first reg can be read, and every bus between it and the root has an empty `ranges`: there is no translation here. */
struct fdt_facts {
    struct fdt_range memory[FDT_MEMORY_MAX];
    uint32_t memory_count;
    struct fdt_range reserved[FDT_RESERVED_MAX]; /* of the reservation block, then of /reserved-memory */
    uint32_t reserved_count;
    uint32_t cpu_count;        /* harts */
    uint64_t timebase_hz;
    struct fdt_range uart;     /* the first "ns16550a" */
    uint32_t uart_line;        /* at the PLIC; 0: none */
    uint32_t uart_shift;       /* registers are 1 << uart_shift bytes apart */
    uint32_t uart_clock_hz;    /* 0: not told */
    struct fdt_range plic;     /* the first; none when it has no context for the boot hart in S-mode */
    uint32_t plic_sources, plic_context;
    struct fdt_range finisher; /* the first "sifive,test0" */
    struct fdt_range initrd;
    char bootargs[FDT_BOOTARGS_MAX]; /* ends with 0 */
    uint32_t bootargs_cut;     /* 1: there was more */
};

enum fdt_error {
    FDT_OK = 0,
    FDT_BAD_MAGIC,
    FDT_BAD_VERSION,
    FDT_TRUNCATED,
    FDT_BAD_BLOCK,
    FDT_BAD_STRUCTURE,
    FDT_TOO_DEEP,
    FDT_TOO_MANY,
    FDT_BAD_RANGE,
    FDT_NO_MEMORY,
    FDT_NO_TIMEBASE,
    FDT_NO_HART,
    FDT_ERRORS /* how many there are */
};

/* Reads a tree of which `room` bytes can be read; never looks outside of these, nor outside of the size that the tree says
 * it has. Facts are all zero on error. A device that cannot be understood is not taken; memory and reserved memory must
 * be understood, or the tree is refused. */
enum fdt_error fdt_read(const void *blob, size_t room, uint32_t boot_hart, struct fdt_facts *facts);

/* One plain sentence. */
const char *fdt_error_text(enum fdt_error error);

#endif
