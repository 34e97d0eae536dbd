/* SPDX-License-Identifier: MIT */
/* Data that the hosted x86-64 machine keeps in kernel objects, and its page-table format. Functions move data, no more. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#include <ukern/abi.h>

struct hosted_context; /* what a thread that runs user code needs of the host; see hosted.h */

/* What code has left of its own when it is at an operation. */
struct registers_kept {
    uk_word ip; /* where it goes on */
    uk_word sp, bp;
    struct hosted_context *context; /* of its stack; NULL until it is first started on a machine that runs user code */
};

/* The registers of a thread that is not running. trap.S knows the offsets. */
struct registers {
    struct uk_call call; /* the operation asked for, then its results */
    union {
        struct {
            uk_word ip, sp, bp;
            struct hosted_context *context;
        };
        struct registers_kept kept;
    };
    uk_word full; /* 1: stopped anywhere (fault, preemption), so `context` holds every register; 0: at an operation */
};

/* Where its stack was when it was last seen in an operation. */
static inline uk_word registers_stack(const struct registers *registers) { return registers->sp; }

static inline struct registers_kept registers_keep(const struct registers *registers)
{
    return (struct registers_kept){registers->ip, registers->sp, registers->bp, registers->context};
}

/* To where code was at an operation, or is to begin. Word by word, as trap.S stores and loads them. */
static inline void registers_return(struct registers *registers, const struct registers_kept *kept)
{
    registers->ip = kept->ip;
    registers->sp = kept->sp;
    registers->bp = kept->bp;
    registers->context = kept->context;
}

/* What the machine knows of a space: its window of host addresses, and how much of it the host maps. */
struct machine_space {
    uint32_t window;  /* index of its window; UINT32_MAX when the machine runs no user code */
    uint32_t touched; /* the host has mappings in the window */
};

/* Page-table entries: x86-64's layout, so that a reader may check them against the manual. */
typedef uint64_t page_entry;

enum {
    PAGE_LEVELS = 4,
    PAGE_ENTRIES = 512,
    PAGE_ROOT_ENTRIES = 512, /* of the root table, that are the space's */
    PAGE_BITS = 12,
    PAGE_LEVEL_BITS = 9
};

#define PAGE_PRESENT   ((page_entry)1 << 0)
#define PAGE_WRITE     ((page_entry)1 << 1)
#define PAGE_USER      ((page_entry)1 << 2)
#define PAGE_LEAF      ((page_entry)1 << 7)
#define PAGE_KEPT      ((page_entry)1 << 9) /* for software: see page_entry_keep */
#define PAGE_NOEXECUTE ((page_entry)1 << 63)
#define PAGE_PHYSICAL  ((page_entry)0x000ffffffffff000)

/* Addresses that a space may map: the lower canonical half without its first page. */
#define SPACE_BASE ((uk_word)UK_PAGE)
#define SPACE_END  ((uk_word)1 << 47)

static inline page_entry page_entry_leaf(uk_word physical, uint32_t rights, int large)
{
    return (physical & PAGE_PHYSICAL) | PAGE_PRESENT | PAGE_USER | (rights & UK_RIGHT_WRITE ? PAGE_WRITE : 0) |
           (rights & UK_RIGHT_EXECUTE ? 0 : PAGE_NOEXECUTE) | (large ? PAGE_LEAF : 0);
}

static inline page_entry page_entry_table(uk_word physical)
{
    return (physical & PAGE_PHYSICAL) | PAGE_PRESENT | PAGE_USER | PAGE_WRITE;
}

static inline int page_entry_present(page_entry entry) { return (entry & PAGE_PRESENT) != 0; }

/* `level` counts from 0, the table of small pages, to PAGE_LEVELS - 1, the root. */
static inline int page_entry_is_leaf(page_entry entry, unsigned level)
{
    return level == 0 || (entry & PAGE_LEAF) != 0;
}

static inline uk_word page_entry_physical(page_entry entry) { return entry & PAGE_PHYSICAL; }

static inline uint32_t page_entry_rights(page_entry entry)
{
    return UK_RIGHT_READ | (entry & PAGE_WRITE ? UK_RIGHT_WRITE : 0) | (entry & PAGE_NOEXECUTE ? 0 : UK_RIGHT_EXECUTE);
}

#endif
