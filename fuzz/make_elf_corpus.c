/* SPDX-License-Identifier: MIT */
/* Writes the seeds of elf_fuzzer: cc -I. fuzz/make_elf_corpus.c && ./a.out fuzz/corpus/elf */
#include "../tests/servers/elf_builder.h"

#include <stdio.h>
#include <stdlib.h>

#define RISCV 243
#define BASE  0x10000

static const char *corpus;
static uint8_t bytes[4096];
static size_t used;

static void save(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", corpus, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, used, file) != used || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

#define BUILD(entry, ...)                                                                                              \
    do {                                                                                                               \
        const struct elf_part parts[] = {__VA_ARGS__};                                                                 \
        used = elf_build(bytes, sizeof bytes, RISCV, entry, parts, sizeof parts / sizeof parts[0]);                    \
    } while (0)

static void build_program(void)
{
    BUILD(BASE, {PART_LOAD, PART_R | PART_X, BASE, NULL, 40, 40}, {PART_LOAD, PART_R, BASE + 0x1010, NULL, 30, 30},
          {PART_LOAD, PART_R | PART_W, BASE + 0x2ff8, NULL, 20, 5000}, {PART_STACK, PART_R | PART_W, 0, NULL, 0, 0});
}

static void seed_good(void)
{
    build_program();
    save("program");
    BUILD(BASE + 2, {PART_LOAD, PART_R | PART_X, BASE, NULL, 8, 8});
    save("one_segment");
    BUILD(BASE, {PART_NULL, 0, 0, NULL, 0, 0}, {PART_NOTE, PART_R, 0, NULL, 12, 12},
          {PART_LOAD, PART_R, BASE, NULL, 0, 0}, {PART_LOAD, PART_R | PART_X, BASE, NULL, 0, 4096},
          {0x70000003, PART_R, 0, NULL, 9, 0}, {PART_LOAD, PART_R | PART_W, BASE + 4096, NULL, 0, 1});
    save("empty_and_other_headers");
    struct elf_part many[16];
    for (size_t i = 0; i < 16; i++)
        many[i] =
            (struct elf_part){PART_LOAD, i % 2 == 0 ? PART_R | PART_X : PART_R | PART_W, BASE + i * 4096, NULL, 3, 9};
    used = elf_build(bytes, sizeof bytes, RISCV, BASE + 4 * 4096, many, 16);
    save("sixteen_segments");
    BUILD(UINT64_C(0xffffffffffffe000), {PART_LOAD, PART_R | PART_X, UINT64_C(0xffffffffffffe000), NULL, 8, 4096});
    save("last_page");
}

/* A program with one wrong field. */
static void seed_wrong(const char *name, size_t offset, unsigned count, uint64_t value)
{
    build_program();
    elf_put(bytes, offset, count, value);
    save(name);
}

static void seed_wrong_ones(void)
{
    seed_wrong("other_machine", ELF_MACHINE, 2, 62);
    seed_wrong("shared_library", ELF_TYPE, 2, 3);
    seed_wrong("headers_beyond_end", ELF_HEADERS, 8, UINT64_C(0xffffffffffffffc0));
    seed_wrong("many_headers", ELF_HEADER_COUNT, 2, 17);
    seed_wrong("odd_entry", ELF_ENTRY, 8, BASE + 1);
    seed_wrong("entry_in_data", ELF_ENTRY, 8, BASE + 0x3000);
    seed_wrong("dynamic", elf_at(3, PART_TYPE), 4, PART_DYNAMIC);
    seed_wrong("interpreted", elf_at(3, PART_TYPE), 4, PART_INTERPRETER);
    seed_wrong("executable_stack", elf_at(3, PART_FLAGS), 4, 7);
    seed_wrong("write_and_execute", elf_at(2, PART_FLAGS), 4, 7);
    seed_wrong("file_larger", elf_at(0, PART_MEMORY_BYTES), 8, 39);
    seed_wrong("beyond_end", elf_at(2, PART_OFFSET), 8, UINT64_C(0xfffffffffffffff0));
    seed_wrong("wraps", elf_at(2, PART_MEMORY_BYTES), 8, UINT64_C(0xffffffffffff0000));
    seed_wrong("overlap", elf_at(0, PART_MEMORY_BYTES), 8, 0x1011);
    seed_wrong("shared_page", elf_at(0, PART_MEMORY_BYTES), 8, 0x1001);
    seed_wrong("not_rising", elf_at(1, PART_ADDRESS), 8, BASE + 0x9000);
    build_program();
    used -= 10;
    save("truncated");
    used = 64;
    save("header_only");
}

int main(int count, char **words)
{
    if (count != 2) {
        fprintf(stderr, "usage: make_elf_corpus CORPUS\n");
        return 2;
    }
    corpus = words[1];
    seed_good();
    seed_wrong_ones();
    return 0;
}
