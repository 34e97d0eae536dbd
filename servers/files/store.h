/* SPDX-License-Identifier: MIT */
/* Memory for the tree out of one region given by the caller: whole pages, and small objects within pages. */
#ifndef FILES_STORE_H
#define FILES_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PAGE    ((size_t)4096)
#define STORE_CLASSES 10

/* The head of a page that holds small objects of one size. */
struct store_slab {
    struct store_slab *previous, *next; /* among the pages of this size that have room */
    void *free;                         /* objects given back, each begins with a pointer to the next */
    uint16_t used;                      /* objects in use */
    uint16_t fresh;                     /* objects handed out at least once; those after have never been touched */
    uint32_t class;                     /* index of the size */
};

struct store {
    uint8_t *base;     /* page-aligned */
    size_t page_count; /* in the region */
    size_t fresh;      /* pages handed out at least once; those after have never been touched */
    void *free;        /* pages given back, each begins with a pointer to the next */
    size_t free_count;
    size_t live_bytes; /* sum of what is allocated, as it was asked for: leaks show here */
    struct store_slab *roomy[STORE_CLASSES];
};

void store_initialise(struct store *store, void *region, size_t bytes);

/* Zeroed, aligned to 16 bytes (a page: to its size), at most STORE_PAGE bytes; NULL when the region is full. */
void *store_allocate(struct store *store, size_t bytes);

/* `bytes` must be what was asked for. */
void store_free(struct store *store, void *object, size_t bytes);

/* Pages that can be allocated now. An allocation of one page takes exactly one. */
size_t store_pages_free(const struct store *store);

bool store_check(const struct store *store);

#endif
