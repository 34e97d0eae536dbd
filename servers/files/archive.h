/* SPDX-License-Identifier: MIT */
/* Makes the tree out of a cpio archive, whose bytes stay where they are and must outlive the tree. */
#ifndef FILES_ARCHIVE_H
#define FILES_ARCHIVE_H

#include "files/cpio.h"
#include "files/tree.h"

struct archive_report {
    enum cpio_error error;
    uint64_t offset;  /* of the header that the error concerns; without error, of the trailer */
    uint64_t entries; /* taken */
    uint64_t newest;  /* the latest modification time in it, in seconds */
};

/*
 * Fills an empty tree. What Unix tools write is taken as they mean it: a leading '/' and "." components say nothing,
 * a directory that only appears within longer names is made (0755) and described by its own entry if that comes later,
 * regular files with the same inode, device and more than one link are one file. Everything else that is odd is an
 * error, and the tree is then not to be used.
 */
struct archive_report archive_load(struct tree *tree, const void *base, size_t bytes);

#endif
