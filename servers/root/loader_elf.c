/* SPDX-License-Identifier: MIT */
/* The way to load where programs are ELF files: each page is filled through the root's window, then given its rights. */
#include <string.h>

#include "files/cpio.h"
#include "root/loader.h"
#include "runtime/text.h"

/* The newc archive of all programs, linked into the root task. */
extern const unsigned char programs_begin[], programs_end[];

struct loader {
    const unsigned char *begin, *end;
    uint16_t machine; /* enum uk_elf_machine */
};

const struct loader system_loader = {programs_begin, programs_end, UK_ELF_RISCV};

/* Opens the program of this name, whose segments must lie in [low, high). */
static enum uk_status open_program(const struct loader *loader, const char *program, uk_word low, uk_word high,
                                   struct uk_elf *elf, enum uk_elf_error *refusal)
{
    struct cpio_reader reader;
    struct cpio_entry entry;
    cpio_open(&reader, loader->begin, (size_t)(loader->end - loader->begin));
    while (cpio_next(&reader, &entry) == CPIO_OK) {
        if ((entry.mode & CPIO_TYPE_MASK) != CPIO_REGULAR || !text_equal(entry.name, program))
            continue;
        *refusal = uk_elf_open(elf, entry.data, entry.data_bytes, loader->machine, low, high);
        return *refusal == UK_ELF_OK ? UK_OK : UK_BAD_ARGUMENT;
    }
    return UK_NOT_MAPPED;
}

enum uk_status loader_measure(const struct loader *loader, const char *program, struct program_shape *shape)
{
    struct uk_elf elf;
    *shape = (struct program_shape){0};
    enum uk_status status = open_program(loader, program, UK_PAGE, ~(uk_word)0, &elf, &shape->refusal);
    if (status != UK_OK)
        return status;
    shape->pages = elf.pages;
    shape->end = elf.end;
    return UK_OK;
}

/* The part of the file that belongs in the page at `address` goes into the window; a fresh frame is zero otherwise. */
static void fill_page(const struct uk_elf_segment *segment, uk_word address, uk_word window)
{
    uk_word begin = segment->file_address > address ? segment->file_address : address;
    uk_word end = segment->file_address + segment->file_bytes;
    end = end < address + UK_PAGE ? end : address + UK_PAGE;
    if (begin < end)
        memcpy((void *)(window + (begin - address)), segment->file + (begin - segment->file_address),
               (size_t)(end - begin));
}

/* Makes the frame in the spare slot and leaves a capability of it with the segment's rights in `slot`. */
static enum uk_status make_page(const struct loader_place *place, const struct uk_elf_segment *segment, uk_word address,
                                uint32_t slot)
{
    enum uk_status status = uk_retype(place->untyped, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, place->spare, 1);
    if (status != UK_OK)
        return status;
    status = uk_map(UK_SLOT_SPACE, place->spare, place->window, UK_RIGHT_READ | UK_RIGHT_WRITE);
    if (status == UK_OK) {
        fill_page(segment, address, place->window);
        status = uk_copy(UK_SLOT_CNODE, slot, UK_NONE, place->spare, segment->rights);
    }
    (void)uk_delete(UK_SLOT_CNODE, place->spare); /* which also unmaps it */
    return status;
}

static enum uk_status load_segment(const struct loader_place *place, const struct uk_elf_segment *segment,
                                   uint32_t *slot)
{
    enum uk_status status = UK_OK;
    for (uk_word done = 0; status == UK_OK && done < segment->bytes; done += UK_PAGE) {
        status = make_page(place, segment, segment->address + done, *slot);
        if (status == UK_OK)
            status = uk_map(place->space, *slot, segment->address + done, segment->rights);
        ++*slot;
    }
    return status;
}

enum uk_status loader_load(const struct loader *loader, const char *program, const struct loader_place *place,
                           struct loaded *loaded)
{
    struct uk_elf elf = {0};
    uk_word range[UK_REGISTER_WORDS] = {0};
    uint32_t slot = place->slot;
    *loaded = (struct loaded){0};
    enum uk_status status = uk_query(place->space, range);
    if (status != UK_OK && status != UK_NOT_MAPPED)
        return status;
    status = open_program(loader, program, range[3], range[4], &elf, &loaded->refusal);
    if (status == UK_OK && elf.pages > place->slot_count)
        status = UK_LIMIT;
    for (uint32_t i = 0; i < elf.segment_count && status == UK_OK; i++) {
        struct uk_elf_segment segment;
        uk_elf_segment(&elf, i, &segment);
        status = load_segment(place, &segment, &slot);
    }
    loaded->entry = elf.entry;
    return status;
}
