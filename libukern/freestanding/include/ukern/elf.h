/* SPDX-License-Identifier: MIT */
/* A reader of static ELF64 programs that nobody vouches for: what it accepts, a loader can map without another look. */
#ifndef UKERN_ELF_H
#define UKERN_ELF_H

#include <stddef.h>
#include <stdint.h>

#include <ukern/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UK_ELF_HEADERS_MAX 16 /**< program headers of one file at most */

/** Machines that programs may be for: the file's e_machine. */
enum uk_elf_machine {
    UK_ELF_X86_64 = 62,
    UK_ELF_RISCV = 243
};

/** Why a file is no program for us. A file with several faults has the one found first. */
#define UK_ELF_ERRORS(X)                                                                                               \
    X(UK_ELF_OK, "no error")                                                                                           \
    X(UK_ELF_TOO_SHORT, "the file is shorter than an ELF header")                                                      \
    X(UK_ELF_NOT_ELF, "this is not an ELF file")                                                                       \
    X(UK_ELF_BAD_CLASS, "the file is not for a 64-bit machine")                                                        \
    X(UK_ELF_BAD_ORDER, "the file is not for a little-endian machine")                                                 \
    X(UK_ELF_BAD_VERSION, "the file is of an unknown version of ELF")                                                  \
    X(UK_ELF_BAD_TYPE, "the file is not an executable linked for fixed addresses")                                     \
    X(UK_ELF_BAD_MACHINE, "the program is for another kind of processor")                                              \
    X(UK_ELF_BAD_HEADER_SIZE, "the file's headers are not of the size that ELF64 gives them")                          \
    X(UK_ELF_MANY_HEADERS, "the file has more than 16 program headers")                                                \
    X(UK_ELF_HEADERS_BEYOND_END, "the program headers reach beyond the end of the file")                               \
    X(UK_ELF_DYNAMIC, "the program wants to be linked when it is loaded")                                              \
    X(UK_ELF_INTERPRETED, "the program wants to be loaded by another program")                                         \
    X(UK_ELF_THREAD_LOCAL, "the program has thread-local data, which nobody would set up")                             \
    X(UK_ELF_EXECUTABLE_STACK, "the program wants an executable stack")                                                \
    X(UK_ELF_FILE_LARGER, "a segment has more bytes in the file than in memory")                                       \
    X(UK_ELF_BEYOND_END, "a segment's bytes reach beyond the end of the file")                                         \
    X(UK_ELF_WRAPS, "a segment reaches beyond the last address")                                                       \
    X(UK_ELF_OUTSIDE, "a segment lies outside of the addresses that a program may have")                               \
    X(UK_ELF_NOT_RISING, "the segments are not in the order of their addresses")                                       \
    X(UK_ELF_OVERLAP, "two segments overlap")                                                                          \
    X(UK_ELF_SHARED_PAGE, "two segments share a page")                                                                 \
    X(UK_ELF_NOT_READABLE, "a segment may not be read")                                                                \
    X(UK_ELF_WRITE_EXECUTE, "a segment may be both written and executed")                                              \
    X(UK_ELF_NO_SEGMENT, "the program has no segment to load")                                                         \
    X(UK_ELF_ODD_ENTRY, "the entry address is odd")                                                                    \
    X(UK_ELF_BAD_ENTRY, "the entry address is not in an executable segment")

enum uk_elf_error {
#define UK_X(name, text) name,
    UK_ELF_ERRORS(UK_X)
#undef UK_X
    UK_ELF_ERROR_COUNT
};

/** A part of the program: whole pages, shared with no other part. */
struct uk_elf_segment {
    uk_word address, bytes;    /**< multiples of UK_PAGE */
    uk_word file_address;      /**< where the file's bytes go, within the pages; all other bytes are zero */
    const unsigned char *file; /**< within the file */
    uk_word file_bytes;        /**< may be 0 */
    uint32_t rights;           /**< enum uk_right: read always; write or execute, never both */
};

/** An accepted file. The bytes are still the caller's and must stay as they are. */
struct uk_elf {
    const unsigned char *bytes;
    size_t count;
    uk_word entry;
    uk_word base, end;      /**< from the first page of all segments to the end of the last */
    uk_word pages;          /**< of all segments together, without what lies between them */
    uint32_t segment_count; /**< at least 1; empty ones do not count */
    uint32_t header_count;  /**< program headers of all kinds */
    size_t headers;         /**< where they begin in the file */
};

/**
 * Reads a file whose segments must lie in [low, high). Nothing is assumed of its alignment. UK_ELF_OK: `elf` is filled
 * in; anything else: the reason why it is refused, and `elf` holds nothing to rely on.
 */
enum uk_elf_error uk_elf_open(struct uk_elf *elf, const void *bytes, size_t count, uint16_t machine, uk_word low,
                              uk_word high);

/** The segments in the order of their addresses; `index` < elf->segment_count. */
void uk_elf_segment(const struct uk_elf *elf, uint32_t index, struct uk_elf_segment *segment);

/** One plain sentence without a full stop. */
const char *uk_elf_error_text(enum uk_elf_error error);

#ifdef __cplusplus
}
#endif
#endif
