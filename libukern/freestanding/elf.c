/* SPDX-License-Identifier: MIT */
/* The ELF reader; invariant: an offset is compared with the file's length before anything at it is read. */
#include <stdbool.h>
#include <string.h>

#include <ukern/elf.h>

enum {
    HEADER_BYTES = 64,
    PROGRAM_HEADER_BYTES = 56,
    EXECUTABLE = 2 /* e_type */
};

/* Where the fields are that count, in the file's header and in a program header. */
enum {
    IDENT_CLASS = 4,
    IDENT_ORDER = 5,
    IDENT_VERSION = 6,
    E_TYPE = 16,
    E_MACHINE = 18,
    E_VERSION = 20,
    E_ENTRY = 24,
    E_PHOFF = 32,
    E_EHSIZE = 52,
    E_PHENTSIZE = 54,
    E_PHNUM = 56,
    P_TYPE = 0,
    P_FLAGS = 4,
    P_OFFSET = 8,
    P_VADDR = 16,
    P_FILESZ = 32,
    P_MEMSZ = 40
};

/* p_type, p_flags. */
enum {
    TYPE_LOAD = 1,
    TYPE_DYNAMIC = 2,
    TYPE_INTERPRETER = 3,
    TYPE_THREAD_LOCAL = 7,
    TYPE_GNU_STACK = 0x6474e551,
    FLAG_EXECUTE = 1,
    FLAG_WRITE = 2,
    FLAG_READ = 4
};

struct program_header {
    uint32_t type, flags;
    uk_word offset, address, file_bytes, memory_bytes;
};

/* How far the segments before have come: nothing after may begin below. */
struct progress {
    uk_word address, end, page_end;
};

static uint16_t read16(const unsigned char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t read32(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t read64(const unsigned char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static struct program_header header_at(const struct uk_elf *elf, uint32_t index)
{
    const unsigned char *at = elf->bytes + elf->headers + (size_t)index * PROGRAM_HEADER_BYTES;
    return (struct program_header){
        .type = read32(at + P_TYPE),
        .flags = read32(at + P_FLAGS),
        .offset = read64(at + P_OFFSET),
        .address = read64(at + P_VADDR),
        .file_bytes = read64(at + P_FILESZ),
        .memory_bytes = read64(at + P_MEMSZ),
    };
}

/* Linkers leave a segment of no bytes where a section has none: it is as if it were not there. */
static bool is_segment(const struct program_header *header)
{
    return header->type == TYPE_LOAD && (header->memory_bytes > 0 || header->file_bytes > 0);
}

static uk_word page_of(uk_word address) { return address & ~(UK_PAGE - 1); }

static enum uk_elf_error check_ident(const unsigned char *bytes, uint16_t machine)
{
    if (memcmp(bytes, "\177ELF", 4) != 0)
        return UK_ELF_NOT_ELF;
    if (bytes[IDENT_CLASS] != 2)
        return UK_ELF_BAD_CLASS;
    if (bytes[IDENT_ORDER] != 1)
        return UK_ELF_BAD_ORDER;
    if (bytes[IDENT_VERSION] != 1 || read32(bytes + E_VERSION) != 1)
        return UK_ELF_BAD_VERSION;
    if (read16(bytes + E_TYPE) != EXECUTABLE)
        return UK_ELF_BAD_TYPE;
    return read16(bytes + E_MACHINE) == machine ? UK_ELF_OK : UK_ELF_BAD_MACHINE;
}

/* After this every program header may be read. */
static enum uk_elf_error check_headers(const struct uk_elf *elf)
{
    uk_word offset = read64(elf->bytes + E_PHOFF);
    if (read16(elf->bytes + E_EHSIZE) != HEADER_BYTES)
        return UK_ELF_BAD_HEADER_SIZE;
    if (elf->header_count > 0 && read16(elf->bytes + E_PHENTSIZE) != PROGRAM_HEADER_BYTES)
        return UK_ELF_BAD_HEADER_SIZE;
    if (elf->header_count > UK_ELF_HEADERS_MAX)
        return UK_ELF_MANY_HEADERS;
    if (elf->header_count > 0 &&
        (offset > elf->count || (size_t)elf->header_count * PROGRAM_HEADER_BYTES > elf->count - offset))
        return UK_ELF_HEADERS_BEYOND_END;
    return UK_ELF_OK;
}

/* What our programs never have, because nobody would do what it asks for. */
static enum uk_elf_error check_kind(const struct program_header *header)
{
    if (header->type == TYPE_DYNAMIC)
        return UK_ELF_DYNAMIC;
    if (header->type == TYPE_INTERPRETER)
        return UK_ELF_INTERPRETED;
    if (header->type == TYPE_THREAD_LOCAL)
        return UK_ELF_THREAD_LOCAL;
    if (header->type == TYPE_GNU_STACK && (header->flags & FLAG_EXECUTE) != 0)
        return UK_ELF_EXECUTABLE_STACK;
    return UK_ELF_OK;
}

/* Its own sizes, range and rights. */
static enum uk_elf_error check_segment(const struct uk_elf *elf, const struct program_header *header, uk_word low,
                                       uk_word high)
{
    uk_word last = header->address + (header->memory_bytes - 1); /* for an end may be 2^64, which is 0 */
    if (header->file_bytes > header->memory_bytes)
        return UK_ELF_FILE_LARGER;
    if (header->file_bytes > 0 && (header->offset > elf->count || header->file_bytes > elf->count - header->offset))
        return UK_ELF_BEYOND_END;
    if (last < header->address)
        return UK_ELF_WRAPS;
    if (page_of(header->address) < low || (last | (UK_PAGE - 1)) >= high)
        return UK_ELF_OUTSIDE;
    if ((header->flags & FLAG_READ) == 0)
        return UK_ELF_NOT_READABLE;
    if ((header->flags & FLAG_WRITE) != 0 && (header->flags & FLAG_EXECUTE) != 0)
        return UK_ELF_WRITE_EXECUTE;
    return UK_ELF_OK;
}

/* Its place among the others. */
static enum uk_elf_error check_place(struct uk_elf *elf, const struct program_header *header, struct progress *progress)
{
    uk_word base = page_of(header->address), end = header->address + header->memory_bytes;
    if (elf->segment_count > 0 && header->address < progress->address)
        return UK_ELF_NOT_RISING;
    if (elf->segment_count > 0 && header->address < progress->end)
        return UK_ELF_OVERLAP;
    if (elf->segment_count > 0 && base < progress->page_end)
        return UK_ELF_SHARED_PAGE;
    *progress = (struct progress){header->address, end, page_of(end - 1) + UK_PAGE};
    elf->base = elf->segment_count == 0 ? base : elf->base;
    elf->end = progress->page_end;
    elf->pages += (progress->page_end - base) / UK_PAGE;
    elf->segment_count++;
    return UK_ELF_OK;
}

static bool holds_entry(const struct uk_elf *elf, const struct program_header *header)
{
    return (header->flags & FLAG_EXECUTE) != 0 && elf->entry >= header->address &&
           elf->entry - header->address < header->memory_bytes;
}

static enum uk_elf_error check_all(struct uk_elf *elf, uk_word low, uk_word high)
{
    struct progress progress = {0, 0, 0};
    bool entry = false;
    for (uint32_t i = 0; i < elf->header_count; i++) {
        struct program_header header = header_at(elf, i);
        enum uk_elf_error error = check_kind(&header);
        bool segment = is_segment(&header);
        if (error == UK_ELF_OK && segment)
            error = check_segment(elf, &header, low, high);
        if (error == UK_ELF_OK && segment)
            error = check_place(elf, &header, &progress);
        if (error != UK_ELF_OK)
            return error;
        entry = entry || (segment && holds_entry(elf, &header));
    }
    if (elf->segment_count == 0)
        return UK_ELF_NO_SEGMENT;
    if ((elf->entry & 1) != 0)
        return UK_ELF_ODD_ENTRY;
    return entry ? UK_ELF_OK : UK_ELF_BAD_ENTRY;
}

enum uk_elf_error uk_elf_open(struct uk_elf *elf, const void *bytes, size_t count, uint16_t machine, uk_word low,
                              uk_word high)
{
    *elf = (struct uk_elf){.bytes = bytes, .count = count};
    if (count < HEADER_BYTES)
        return UK_ELF_TOO_SHORT;
    enum uk_elf_error error = check_ident(bytes, machine);
    if (error != UK_ELF_OK)
        return error;
    elf->entry = read64(elf->bytes + E_ENTRY);
    elf->headers = (size_t)read64(elf->bytes + E_PHOFF);
    elf->header_count = read16(elf->bytes + E_PHNUM);
    error = check_headers(elf);
    return error == UK_ELF_OK ? check_all(elf, low, high) : error;
}

void uk_elf_segment(const struct uk_elf *elf, uint32_t index, struct uk_elf_segment *segment)
{
    struct program_header header = {0};
    for (uint32_t i = 0, found = 0; i < elf->header_count && found <= index; i++) {
        header = header_at(elf, i);
        found += is_segment(&header);
    }
    uk_word base = page_of(header.address), last = header.address + (header.memory_bytes - 1);
    *segment = (struct uk_elf_segment){
        .address = base,
        .bytes = page_of(last) + UK_PAGE - base,
        .file_address = header.address,
        .file = header.file_bytes > 0 ? elf->bytes + header.offset : elf->bytes,
        .file_bytes = header.file_bytes,
        .rights = UK_RIGHT_READ | (header.flags & FLAG_WRITE ? UK_RIGHT_WRITE : 0u) |
                  (header.flags & FLAG_EXECUTE ? UK_RIGHT_EXECUTE : 0u),
    };
}

const char *uk_elf_error_text(enum uk_elf_error error)
{
    static const char *const texts[UK_ELF_ERROR_COUNT] = {
#define UK_X(name, text) [name] = text,
        UK_ELF_ERRORS(UK_X)
#undef UK_X
    };
    return (unsigned)error < UK_ELF_ERROR_COUNT ? texts[error] : "unknown error";
}
