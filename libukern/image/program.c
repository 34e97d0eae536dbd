/* SPDX-License-Identifier: MIT */
/* The image of an embedder's program: its main() runs in the kernel's mode and calls the embedding interface; its pages
 * are in every space, too, so that tasks can run its functions, as they do in a process. */
#include "image.h"

#include <string.h>

#include <ukern/elf.h>

#include "gate.h"

#define PROGRAM_BYTES ((uk_word)1 << 30) /* of addresses */
#define RETURN_OFFSET 32                 /* of the code that ends a task, from the program's entry on */

static void machine_put(char character) { console_put(character); }

static void *machine_memory(uk_word bytes) { return platform_take(bytes); }

static void (*const gate[])(void) = {
#define GATE_ENTRY(name) (void (*)(void))name,
    GATE(GATE_ENTRY)
#undef GATE_ENTRY
};

static int load_page(const struct uk_elf_segment *segment, uk_word offset)
{
    unsigned char *page = platform_take(UK_PAGE);
    uk_word skip = segment->file_address - segment->address, end = skip + segment->file_bytes;
    uk_word from = offset < skip ? skip : offset, to = offset + UK_PAGE < end ? offset + UK_PAGE : end;
    if (page == NULL)
        return 0;
    if (from < to)
        memcpy(page + (from - offset), segment->file + (from - skip), to - from);
    return program_map(segment->address + offset, page, segment->rights);
}

static int load(const struct uk_elf *elf)
{
    struct uk_elf_segment segment;
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        uk_elf_segment(elf, i, &segment);
        for (uk_word offset = 0; offset < segment.bytes; offset += UK_PAGE)
            if (!load_page(&segment, offset))
                return 0;
    }
    return 1;
}

uint32_t image_main(void)
{
    struct uk_elf elf;
    if (image_dump())
        return EXIT_PANIC;
    enum uk_elf_error error = uk_elf_open(&elf, payload_begin, (size_t)(payload_end - payload_begin), MACHINE_ELF,
                                          PROGRAM_BASE, PROGRAM_BASE + PROGRAM_BYTES);
    if (error != UK_ELF_OK || !load(&elf)) {
        console_text("ukern: the program cannot be loaded: ");
        console_text(error != UK_ELF_OK ? uk_elf_error_text(error) : "there is too little memory");
        console_text("\n");
        return EXIT_BOOT;
    }
    platform.program_return = elf.entry + RETURN_OFFSET;
    int (*begin)(void (*const *)(void), const char *) = (int (*)(void (*const *)(void), const char *))elf.entry;
    return (uint32_t)begin(gate, platform.facts.bootargs) & 0xff;
}
