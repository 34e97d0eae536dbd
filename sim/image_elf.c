/* SPDX-License-Identifier: MIT */
/* Nothing in a file is believed before it is checked; every number is read and written byte by byte, lowest first. */
#include "sim/image_elf.h"

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAGIC         "ukernimg"
#define HEADER_ALIGN  64
#define ARCHIVE_ALIGN (UINT64_C(2) << 20)
#define FILE_ALIGN    4096
#define ADDRESS_MAX   (UINT64_C(1) << 56) /* of physical addresses */

#define HEADER(field)  (offsetof(Elf64_Ehdr, field))
#define SEGMENT(field) (offsetof(Elf64_Phdr, field))

/* One segment that is loaded. */
struct segment {
    uint64_t offset, virtual, physical, file_bytes, memory_bytes;
};

struct reading {
    struct image_elf *image;
    const char *name;
    char *error;
    size_t error_bytes;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reading *reading, const char *format, ...)
{
    va_list list;
    int length = snprintf(reading->error, reading->error_bytes, "%s is no kernel image: ", reading->name);
    va_start(list, format);
    if (length >= 0 && (size_t)length < reading->error_bytes)
        vsnprintf(reading->error + length, reading->error_bytes - (size_t)length, format, list);
    va_end(list);
    return false;
}

static uint64_t get(const unsigned char *bytes, unsigned count)
{
    uint64_t number = 0;
    while (count-- > 0)
        number = number << 8 | bytes[count];
    return number;
}

static void put(unsigned char *bytes, unsigned count, uint64_t number)
{
    for (unsigned i = 0; i < count; i++, number >>= 8)
        bytes[i] = (unsigned char)number;
}

static bool read_header(const struct reading *reading)
{
    struct image_elf *image = reading->image;
    const unsigned char *bytes = image->bytes;
    if (image->count < sizeof(Elf64_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return refuse(reading, "it is not an ELF file");
    if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != ELFDATA2LSB ||
        get(bytes + HEADER(e_machine), 2) != EM_RISCV || get(bytes + HEADER(e_type), 2) != ET_EXEC)
        return refuse(reading, "it is not an executable for riscv64");
    uint64_t at = get(bytes + HEADER(e_phoff), 8), segments = get(bytes + HEADER(e_phnum), 2);
    if (get(bytes + HEADER(e_phentsize), 2) != sizeof(Elf64_Phdr) || segments == 0 ||
        segments > IMAGE_ELF_SEGMENTS_MAX || at > image->count || segments * sizeof(Elf64_Phdr) > image->count - at)
        return refuse(reading, "its segments are not described, or by more than %d headers", IMAGE_ELF_SEGMENTS_MAX);
    image->segments = (size_t)segments;
    image->segments_at = (size_t)at;
    return true;
}

/* False also for those that are not loaded; `*good` becomes false for those that cannot be. */
static bool read_segment(const struct image_elf *image, size_t index, struct segment *segment, bool *good)
{
    const unsigned char *bytes = image->bytes + image->segments_at + index * sizeof(Elf64_Phdr);
    if (get(bytes + SEGMENT(p_type), 4) != PT_LOAD)
        return false;
    segment->offset = get(bytes + SEGMENT(p_offset), 8);
    segment->virtual = get(bytes + SEGMENT(p_vaddr), 8);
    segment->physical = get(bytes + SEGMENT(p_paddr), 8);
    segment->file_bytes = get(bytes + SEGMENT(p_filesz), 8);
    segment->memory_bytes = get(bytes + SEGMENT(p_memsz), 8);
    bool fits = segment->offset <= image->count && segment->file_bytes <= image->count - segment->offset;
    bool counts = segment->file_bytes <= segment->memory_bytes && segment->memory_bytes <= ADDRESS_MAX &&
                  segment->physical <= ADDRESS_MAX;
    *good = *good && fits && counts;
    return *good;
}

/* The magic, where a struct of the kernel's can be, and nowhere else. */
static bool find_header(const struct reading *reading, const struct segment *segment)
{
    struct image_elf *image = reading->image;
    uint64_t from = (HEADER_ALIGN - segment->physical % HEADER_ALIGN) % HEADER_ALIGN;
    unsigned found = 0;
    for (uint64_t at = from; at + sizeof(struct image_header) <= segment->file_bytes; at += HEADER_ALIGN) {
        if (memcmp(image->bytes + segment->offset + at, MAGIC, strlen(MAGIC)) != 0)
            continue;
        image->header_at = (size_t)(segment->offset + at);
        found++;
    }
    if (found != 1)
        return refuse(reading, "its first segment has %u headers \"" MAGIC "\", not one", found);
    image->archive_bytes = get(image->bytes + image->header_at + offsetof(struct image_header, archive_bytes), 8);
    return true;
}

bool image_elf_read(struct image_elf *image, const char *name, char *error, size_t error_bytes)
{
    const struct reading reading = {image, name, error, error_bytes};
    struct segment segment, first = {0};
    bool good = read_header(&reading), any = false;
    if (!good)
        return false;
    image->memory_end = 0;
    for (size_t i = 0; i < image->segments && good; i++) {
        if (!read_segment(image, i, &segment, &good))
            continue;
        if (!any)
            first = segment;
        any = true;
        if (segment.physical + segment.memory_bytes > image->memory_end)
            image->memory_end = segment.physical + segment.memory_bytes;
    }
    if (!good || !any)
        return refuse(&reading, "%s", any || !good ? "a segment lies outside of it" : "nothing of it is loaded");
    image->virtual_offset = first.virtual - first.physical;
    return find_header(&reading, &first);
}

static void put_segment(unsigned char *bytes, const struct segment *segment)
{
    memset(bytes, 0, sizeof(Elf64_Phdr));
    put(bytes + SEGMENT(p_type), 4, PT_LOAD);
    put(bytes + SEGMENT(p_flags), 4, PF_R);
    put(bytes + SEGMENT(p_offset), 8, segment->offset);
    put(bytes + SEGMENT(p_vaddr), 8, segment->virtual);
    put(bytes + SEGMENT(p_paddr), 8, segment->physical);
    put(bytes + SEGMENT(p_filesz), 8, segment->file_bytes);
    put(bytes + SEGMENT(p_memsz), 8, segment->memory_bytes);
    put(bytes + SEGMENT(p_align), 8, FILE_ALIGN);
}

/* The headers move behind the image, for there they have room to grow; all else stays where it was, debug data too. */
bool image_elf_attach(struct image_elf *image, uint64_t archive_bytes, struct image_tail *tail, char *error,
                      size_t error_bytes)
{
    unsigned char *header = image->bytes + image->header_at;
    size_t table_at = (8 - image->count % 8) % 8, old_bytes = image->segments * sizeof(Elf64_Phdr);
    size_t used = table_at + old_bytes + sizeof(Elf64_Phdr);
    size_t pad = (FILE_ALIGN - (image->count + used) % FILE_ALIGN) % FILE_ALIGN;
    uint64_t physical = (image->memory_end + ARCHIVE_ALIGN - 1) / ARCHIVE_ALIGN * ARCHIVE_ALIGN;
    struct segment segment = {image->count + used + pad, physical + image->virtual_offset, physical, archive_bytes,
                              archive_bytes};
    if (image->archive_bytes != 0)
        return snprintf(error, error_bytes, "this image already has an archive; name the kernel's own image"), false;
    memset(tail, 0, sizeof *tail);
    memcpy(tail->bytes + table_at, image->bytes + image->segments_at, old_bytes);
    put_segment(tail->bytes + table_at + old_bytes, &segment);
    tail->count = used + pad;
    put(image->bytes + HEADER(e_phoff), 8, image->count + table_at);
    put(image->bytes + HEADER(e_phnum), 2, image->segments + 1);
    put(header + offsetof(struct image_header, archive_physical), 8, physical);
    put(header + offsetof(struct image_header, archive_bytes), 8, archive_bytes);
    image->archive_bytes = archive_bytes;
    return true;
}
