/* SPDX-License-Identifier: MIT */
/* Writes ELF64 files by hand: a header, program headers, then each part's bytes; what is to be wrong is put in later. */
#ifndef TESTS_SERVERS_ELF_BUILDER_H
#define TESTS_SERVERS_ELF_BUILDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ELF_HEADER_BYTES         64
#define ELF_PROGRAM_HEADER_BYTES 56

/* Offsets of fields in the file's header. */
enum elf_field {
    ELF_CLASS = 4,
    ELF_ORDER = 5,
    ELF_IDENT_VERSION = 6,
    ELF_TYPE = 16,
    ELF_MACHINE = 18,
    ELF_VERSION = 20,
    ELF_ENTRY = 24,
    ELF_HEADERS = 32,
    ELF_SIZE = 52,
    ELF_HEADER_SIZE = 54,
    ELF_HEADER_COUNT = 56
};

/* Offsets of fields in a program header. */
enum elf_part_field {
    PART_TYPE = 0,
    PART_FLAGS = 4,
    PART_OFFSET = 8,
    PART_ADDRESS = 16,
    PART_FILE_BYTES = 32,
    PART_MEMORY_BYTES = 40,
    PART_ALIGN = 48
};

enum elf_part_type {
    PART_NULL = 0,
    PART_LOAD = 1,
    PART_DYNAMIC = 2,
    PART_INTERPRETER = 3,
    PART_NOTE = 4,
    PART_THREAD_LOCAL = 7,
    PART_STACK = 0x6474e551
};

enum elf_part_flag {
    PART_X = 1,
    PART_W = 2,
    PART_R = 4
};

/* One program header and its bytes. */
struct elf_part {
    uint32_t type, flags;
    uint64_t address;
    const void *data; /* NULL: bytes that count up from 1 */
    size_t file_bytes;
    uint64_t memory_bytes;
};

/* Where field `field` of program header `part` is in a file of elf_build. */
static inline size_t elf_at(size_t part, enum elf_part_field field)
{
    return ELF_HEADER_BYTES + part * ELF_PROGRAM_HEADER_BYTES + (size_t)field;
}

static inline void elf_put(uint8_t *bytes, size_t offset, unsigned count, uint64_t value)
{
    for (; count > 0; count--, value >>= 8)
        bytes[offset++] = (uint8_t)value;
}

static inline uint64_t elf_get(const uint8_t *bytes, size_t offset, unsigned count)
{
    uint64_t value = 0;
    while (count-- > 0)
        value = value << 8 | bytes[offset + count];
    return value;
}

/* Returns the file's length; 0: there is no room for it. */
static inline size_t elf_build(uint8_t *bytes, size_t room, uint16_t machine, uint64_t entry,
                               const struct elf_part *parts, size_t count)
{
    size_t used = ELF_HEADER_BYTES + count * ELF_PROGRAM_HEADER_BYTES;
    if (used > room)
        return 0;
    memset(bytes, 0, used);
    memcpy(bytes, "\177ELF\2\1\1", 7);
    elf_put(bytes, ELF_TYPE, 2, 2);
    elf_put(bytes, ELF_MACHINE, 2, machine);
    elf_put(bytes, ELF_VERSION, 4, 1);
    elf_put(bytes, ELF_ENTRY, 8, entry);
    elf_put(bytes, ELF_HEADERS, 8, ELF_HEADER_BYTES);
    elf_put(bytes, ELF_SIZE, 2, ELF_HEADER_BYTES);
    elf_put(bytes, ELF_HEADER_SIZE, 2, ELF_PROGRAM_HEADER_BYTES);
    elf_put(bytes, ELF_HEADER_COUNT, 2, count);
    for (size_t i = 0; i < count; i++) {
        const struct elf_part *part = &parts[i];
        elf_put(bytes, elf_at(i, PART_TYPE), 4, part->type);
        elf_put(bytes, elf_at(i, PART_FLAGS), 4, part->flags);
        elf_put(bytes, elf_at(i, PART_OFFSET), 8, used);
        elf_put(bytes, elf_at(i, PART_ADDRESS), 8, part->address);
        elf_put(bytes, elf_at(i, PART_FILE_BYTES), 8, part->file_bytes);
        elf_put(bytes, elf_at(i, PART_MEMORY_BYTES), 8, part->memory_bytes);
        elf_put(bytes, elf_at(i, PART_ALIGN), 8, 1);
        if (part->file_bytes > room - used)
            return 0;
        for (size_t n = 0; part->data == NULL && n < part->file_bytes; n++)
            bytes[used + n] = (uint8_t)(1 + n % 255);
        if (part->data != NULL)
            memcpy(bytes + used, part->data, part->file_bytes);
        used += part->file_bytes;
    }
    return used;
}

#endif
