/* SPDX-License-Identifier: MIT */
/* What the files of an image share. An image is an embedder of the kernel on a bare machine, with one ELF file in it. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "bare.h"

/* The ELF file. */
extern const unsigned char payload_begin[], payload_end[];

/* Is the word among those given at boot? */
int image_word(const char *word);

/* The decimal number behind `name` (which ends in "=") in such a word; 0: there is none. */
uk_word image_number(const char *name);

/* If a kernel ran when the machine was reset, tells of its threads: 1. */
int image_dump(void);

#endif
