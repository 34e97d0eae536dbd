/* SPDX-License-Identifier: MIT */
/* The bytes of one file: those of the archive where nobody wrote, and pages of the store where somebody did. */
#ifndef FILES_CONTENT_H
#define FILES_CONTENT_H

#include "files/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENT_BYTES_MAX ((uint64_t)1 << 48)

/* Zeroed: an empty file. */
struct content {
    const uint8_t *origin; /* the archive's bytes, read where they are */
    uint64_t origin_bytes; /* at most `bytes` */
    uint64_t bytes;        /* the file's size; what neither a page nor the origin covers reads as zero */
    uint64_t pages;        /* data pages in the store */
    void *root;            /* height 1: a data page; above: a page of pointers to roots of the height below */
    uint32_t height;
};

/* Copies at most `count` bytes from `offset` on; returns how many there were. */
size_t content_read(const struct content *content, uint64_t offset, uint8_t *target, size_t count);

/* False: the store is too full (or the range too far for any file), and nothing has changed. */
bool content_write(struct content *content, struct store *store, uint64_t offset, const uint8_t *source, size_t count);

/* Cuts off, or appends zeros that need no memory. `bytes` is at most CONTENT_BYTES_MAX. */
void content_resize(struct content *content, struct store *store, uint64_t bytes);

/* The bytes that it holds of the store, by counting; ~0 when its shape is broken. For checks. */
uint64_t content_count(const struct content *content);

#endif
