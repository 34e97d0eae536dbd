/* SPDX-License-Identifier: MIT */
/* Kernel images as ELF files: what one says of itself, and how an archive becomes one more segment of it. */
#ifndef SIM_IMAGE_ELF_H
#define SIM_IMAGE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_ELF_SEGMENTS_MAX 32
#define IMAGE_ELF_TAIL_MAX     8192

/* What the kernel finds in its own first segment, once, at a multiple of 64 bytes. */
struct image_header {
    char magic[8]; /* "ukernimg" */
    uint64_t archive_physical;
    uint64_t archive_bytes;
    uint64_t reserved[5];
};

/* A kernel image in memory. */
struct image_elf {
    unsigned char *bytes; /* set these two */
    size_t count;
    /* ---- */
    size_t segments;         /* program headers */
    size_t segments_at;      /* their offset in the file */
    size_t header_at;        /* of the struct image_header */
    uint64_t virtual_offset; /* of the first segment: virtual minus physical address */
    uint64_t memory_end;     /* the first physical address after all segments */
    uint64_t archive_bytes;  /* 0: it has no archive of its own */
};

/* What comes after the image's bytes and before the archive's. */
struct image_tail {
    size_t count;
    unsigned char bytes[IMAGE_ELF_TAIL_MAX];
};

/* Reads the image; false: `error` says in one line why it is none. `name` is what to call it. */
bool image_elf_read(struct image_elf *image, const char *name, char *error, size_t error_bytes);

/* Changes the image's bytes so that, with the tail and an archive of that size after them, they are an image with it. */
bool image_elf_attach(struct image_elf *image, uint64_t archive_bytes, struct image_tail *tail, char *error,
                      size_t error_bytes);

#endif
