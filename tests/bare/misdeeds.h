/* SPDX-License-Identifier: MIT */
/* What a program may do wrong on this processor, as data, and places where it may do it. */
#ifndef BARE_MISDEEDS_H
#define BARE_MISDEEDS_H

#include <ukern/abi.h>

/* Places that rows and expected lines name, so that no address is printed. */
enum place {
    NOWHERE = 0,     /* address 0 */
    FIRST_PAGE,      /* ... and near it */
    KERNEL_TEXT,
    KERNEL_MEMORY,   /* of the arena, as the kernel sees it */
    FIRMWARE,        /* below the image */
    DEVICE,          /* the finisher's registers, as the kernel sees them */
    PHYSICAL,        /* of the kernel's text, if addresses were physical ones */
    IDENTITY_DEVICE, /* of the serial line, likewise */
    HOLE,            /* no address of Sv48 */
    LAST_PAGE,       /* of all addresses */
    CODE,            /* a page of the task's space: readable, executable */
    DATA,            /* readable, writable */
    BEHIND,          /* the page behind it, which is not there */
    CONSTANT,        /* readable */
    OTHER,           /* a page of another task's space, not of this one */
    PROGRAM_TEXT,    /* the embedder's program, which is in all spaces */
    PROGRAM_CONSTANT,
    PROGRAM_DATA,
    STACK,
    GUARD,           /* below the stack */
    PLACES
};

enum {
    STACK_BYTES = 2 * 4096
};
#define DIRECT        0xffff800000000000
#define CODE_PAGE     0x40000000
#define DATA_PAGE     0x40002000
#define CONSTANT_PAGE 0x40004000
#define OTHER_PAGE    0x50000000

struct misdeed {
    const char *name;       /* NULL ends the table */
    uk_word (*deed)(uk_word address);
    enum place place;       /* whose address it gets, ... */
    uint32_t offset;        /* ... plus so many bytes */
};
extern const struct misdeed misdeeds[];

/* probe.S: a system call needs no stack. Yields with sp set to `address`; returns 7 if it finds it there afterwards. */
uk_word call_on_stack(uk_word address);

/* Instructions that user code may execute in the page CODE: they return 7. */
extern const uint32_t code_page[];
extern const size_t code_page_bytes;

#endif
