/* SPDX-License-Identifier: MIT */
/* A reader of `newc` cpio archives (070701, and 070702 with checksums): what it hands out lies in the archive. */
#ifndef FILES_CPIO_H
#define FILES_CPIO_H

#include <stddef.h>
#include <stdint.h>

/* Names are paths; Linux ends them at 4,095 bytes, the format at 4 GiB. Ours fits a 9P string. */
#define CPIO_NAME_MAX 65535

/* What can be wrong with an archive; those after CPIO_BAD_CHECKSUM are found while it is made into a tree. */
#define CPIO_ERRORS(X)                                                                                                 \
    X(CPIO_OK, "no error")                                                                                             \
    X(CPIO_END, "the archive ends here")                                                                               \
    X(CPIO_NO_TRAILER, "the archive ends without its trailer")                                                         \
    X(CPIO_SHORT_HEADER, "the archive ends within a header")                                                           \
    X(CPIO_BAD_MAGIC, "this is not a newc header (070701 or 070702)")                                                  \
    X(CPIO_BAD_DIGIT, "a header field is not a hexadecimal number")                                                    \
    X(CPIO_EMPTY_NAME, "a name is empty")                                                                              \
    X(CPIO_LONG_NAME, "a name is longer than 65535 bytes")                                                             \
    X(CPIO_NAME_BEYOND_END, "a name reaches beyond the end of the archive")                                            \
    X(CPIO_UNENDED_NAME, "a name does not end in a zero byte")                                                         \
    X(CPIO_ZERO_IN_NAME, "a name has a zero byte within")                                                              \
    X(CPIO_DATA_BEYOND_END, "a file's data reaches beyond the end of the archive")                                     \
    X(CPIO_BAD_TYPE, "a mode names no type of file")                                                                   \
    X(CPIO_UNEXPECTED_DATA, "something that is neither a file nor a symbolic link has data")                           \
    X(CPIO_BAD_CHECKSUM, "a file's checksum does not match its data")                                                  \
    X(CPIO_DOT_DOT, "a name contains '..'")                                                                            \
    X(CPIO_LONG_COMPONENT, "a component of a name is longer than 255 bytes")                                           \
    X(CPIO_NOT_DIRECTORY, "a name goes through something that is not a directory")                                     \
    X(CPIO_DUPLICATE, "a name comes twice")                                                                            \
    X(CPIO_ROOT_NOT_DIRECTORY, "the root is not a directory")                                                          \
    X(CPIO_BAD_TARGET, "a symbolic link's target is empty, longer than 4095 bytes or has a zero byte within")          \
    X(CPIO_NO_MEMORY, "the file server's memory is too small for the archive")

enum cpio_error {
#define CPIO_X(name, text) name,
    CPIO_ERRORS(CPIO_X)
#undef CPIO_X
    CPIO_ERROR_COUNT
};

/* File types within a mode, as Linux has them. */
enum cpio_type {
    CPIO_TYPE_MASK = 0170000,
    CPIO_SOCKET = 0140000,
    CPIO_SYMLINK = 0120000,
    CPIO_REGULAR = 0100000,
    CPIO_BLOCK = 0060000,
    CPIO_DIRECTORY = 0040000,
    CPIO_CHARACTER = 0020000,
    CPIO_FIFO = 0010000
};

struct cpio_reader {
    const uint8_t *base;
    size_t bytes;
    size_t offset; /* of the next header; after an error, of the header that it concerns */
};

struct cpio_entry {
    const char *name; /* followed by a zero byte */
    size_t name_bytes;
    const uint8_t *data;
    size_t data_bytes;
    uint32_t number; /* inode: with the device, the identity of hard links */
    uint32_t mode, user, group, links, modified;
    uint32_t device_major, device_minor;   /* where the file was */
    uint32_t special_major, special_minor; /* which device it is */
};

void cpio_open(struct cpio_reader *reader, const void *base, size_t bytes);

/* CPIO_OK: `entry` is the next one; CPIO_END: there was the trailer (bytes after it are not looked at). */
enum cpio_error cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);

const char *cpio_error_text(enum cpio_error error);

#endif
