/* SPDX-License-Identifier: MIT */
/* Data that the riscv64 machine keeps in kernel objects, and its page-table format (Sv48). Functions move data, no more. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#include <ukern/abi.h>

/* The registers of a thread that is not running. trap.S knows the offsets. */
struct registers {
    struct uk_call call; /* the operation asked for, then its results */
    uk_word ip;          /* where user code goes on */
    uk_word full;        /* 1: stopped anywhere (fault, interrupt), so all of `general` counts; 0: at an operation, ... */
    uk_word general[32]; /* ... which keeps x2 (sp), x3 (gp), x4 (tp) and x8 (s0) only. By number; x0 is unused */
};

/* Where its stack was when it was last seen. */
static inline uk_word registers_stack(const struct registers *registers) { return registers->general[2]; }

/* What code has left of its own when it is at an operation. */
struct registers_kept {
    uk_word ip, sp, gp, tp, s0;
};

static inline struct registers_kept registers_keep(const struct registers *from)
{
    return (struct registers_kept){from->ip, from->general[2], from->general[3], from->general[4], from->general[8]};
}

/* To where code was at an operation, or is to begin. */
static inline void registers_return(struct registers *registers, const struct registers_kept *kept)
{
    registers->ip = kept->ip;
    registers->general[2] = kept->sp;
    registers->general[3] = kept->gp;
    registers->general[4] = kept->tp;
    registers->general[8] = kept->s0;
}

/* What the machine knows of a space. */
struct machine_space {
    uk_word satp; /* what the register is to hold while its code runs; the kernel's own table while it has none */
    uint32_t asid;
    uint32_t reserved;
};

/* Page-table entries: the layout of the privileged architecture, chapter "Sv48". */
typedef uint64_t page_entry;

enum {
    PAGE_LEVELS = 4,
    PAGE_ENTRIES = 512,
    PAGE_ROOT_ENTRIES = 255, /* of the root table, that are the space's; then the embedder's program, then the kernel */
    PAGE_BITS = 12,
    PAGE_LEVEL_BITS = 9
};

#define PAGE_PRESENT  ((page_entry)1 << 0)
#define PAGE_READ     ((page_entry)1 << 1)
#define PAGE_WRITE    ((page_entry)1 << 2)
#define PAGE_EXECUTE  ((page_entry)1 << 3)
#define PAGE_USER     ((page_entry)1 << 4)
#define PAGE_GLOBAL   ((page_entry)1 << 5)
#define PAGE_ACCESSED ((page_entry)1 << 6)
#define PAGE_DIRTY    ((page_entry)1 << 7)
#define PAGE_KEPT     ((page_entry)1 << 8) /* for software: see page_entry_keep */
#define PAGE_PHYSICAL ((page_entry)0x003ffffffffffc00) /* the address, shifted right by two */

/* Addresses that a space may map: the lower half without its first page and without the embedder's program. */
#define SPACE_BASE ((uk_word)UK_PAGE)
#define SPACE_END  ((uk_word)PAGE_ROOT_ENTRIES << 39)

/* Accessed and dirty are set from the start: nobody looks at them, and some processors fault where they are not. */
static inline page_entry page_entry_leaf(uk_word physical, uint32_t rights, int large)
{
    (void)large; /* a leaf is known by its rights */
    return (physical >> 2 & PAGE_PHYSICAL) | PAGE_PRESENT | PAGE_USER | PAGE_READ | PAGE_ACCESSED | PAGE_DIRTY |
           (rights & UK_RIGHT_WRITE ? PAGE_WRITE : 0) | (rights & UK_RIGHT_EXECUTE ? PAGE_EXECUTE : 0);
}

static inline page_entry page_entry_table(uk_word physical) { return (physical >> 2 & PAGE_PHYSICAL) | PAGE_PRESENT; }

static inline int page_entry_present(page_entry entry) { return (entry & PAGE_PRESENT) != 0; }

/* `level` counts from 0, the table of small pages, to PAGE_LEVELS - 1, the root. */
static inline int page_entry_is_leaf(page_entry entry, unsigned level)
{
    (void)level;
    return (entry & (PAGE_READ | PAGE_WRITE | PAGE_EXECUTE)) != 0;
}

static inline uk_word page_entry_physical(page_entry entry) { return (entry & PAGE_PHYSICAL) << 2; }

static inline uint32_t page_entry_rights(page_entry entry)
{
    return (entry & PAGE_READ ? UK_RIGHT_READ : 0) | (entry & PAGE_WRITE ? UK_RIGHT_WRITE : 0) |
           (entry & PAGE_EXECUTE ? UK_RIGHT_EXECUTE : 0);
}

#endif
