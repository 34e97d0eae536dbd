/* SPDX-License-Identifier: MIT */
/* The ELF reader: what it makes of a good file, a reason for every fault, and thousands of files with random faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf_builder.h"
#include "fuzz/elf_fuzzer.c"

#define BASE UINT64_C(0x10000)
#define END  UINT64_C(0x4000000000)

/* What each test begins with: code, constants, and data of which the file has the first 20 bytes. */
static const struct elf_part program[] = {
    {PART_LOAD, PART_R | PART_X, BASE, NULL, 40, 40},
    {PART_LOAD, PART_R, BASE + 0x1010, NULL, 30, 30},
    {PART_LOAD, PART_R | PART_W, BASE + 0x2ff8, NULL, 20, 5000},
    {PART_STACK, PART_R | PART_W, 0, NULL, 0, 0},
};

static size_t build_program(uint8_t *bytes, size_t room)
{
    return elf_build(bytes, room, UK_ELF_RISCV, BASE + 4, program, sizeof program / sizeof program[0]);
}

static enum uk_elf_error open_as(const uint8_t *bytes, size_t count)
{
    struct uk_elf elf;
    return uk_elf_open(&elf, bytes, count, UK_ELF_RISCV, BASE, END);
}

static void expect_segment(const struct uk_elf *elf, uint32_t index, struct uk_elf_segment wanted)
{
    struct uk_elf_segment segment;
    uk_elf_segment(elf, index, &segment);
    assert_int_equal(segment.address, wanted.address);
    assert_int_equal(segment.bytes, wanted.bytes);
    assert_int_equal(segment.file_address, wanted.file_address);
    assert_ptr_equal(segment.file, wanted.file);
    assert_int_equal(segment.file_bytes, wanted.file_bytes);
    assert_int_equal(segment.rights, wanted.rights);
}

static void test_a_program_is_cut_into_pages(void **state)
{
    uint8_t room[1024];
    (void)state;
    for (size_t shift = 0; shift < 9; shift++) { /* nothing is assumed of the file's alignment */
        uint8_t *bytes = room + shift;
        struct uk_elf elf;
        size_t count = build_program(bytes, sizeof room - shift);
        const unsigned char *data = bytes + ELF_HEADER_BYTES + 4 * ELF_PROGRAM_HEADER_BYTES;
        assert_int_equal(uk_elf_open(&elf, bytes, count, UK_ELF_RISCV, BASE, END), UK_ELF_OK);
        assert_int_equal(elf.entry, BASE + 4);
        assert_int_equal(elf.base, BASE);
        assert_int_equal(elf.end, BASE + 0x5000);
        assert_int_equal(elf.segment_count, 3);
        assert_int_equal(elf.pages, 5);
        expect_segment(&elf, 0,
                       (struct uk_elf_segment){BASE, 0x1000, BASE, data, 40, UK_RIGHT_READ | UK_RIGHT_EXECUTE});
        expect_segment(&elf, 1,
                       (struct uk_elf_segment){BASE + 0x1000, 0x1000, BASE + 0x1010, data + 40, 30, UK_RIGHT_READ});
        expect_segment(&elf, 2,
                       (struct uk_elf_segment){BASE + 0x2000, 0x3000, BASE + 0x2ff8, data + 70, 20,
                                               UK_RIGHT_READ | UK_RIGHT_WRITE});
    }
}

/* Linkers write segments of no bytes, notes and other headers that loading does not concern. */
static void test_what_is_not_loaded_does_not_count(void **state)
{
    const struct elf_part parts[] = {
        {PART_NULL, 7, ~(uint64_t)0, NULL, 5, 1}, {PART_NOTE, PART_R, 0, NULL, 12, 12},
        {PART_LOAD, 7, ~(uint64_t)0, NULL, 0, 0}, {PART_LOAD, PART_R | PART_X, BASE + 0x1000, NULL, 2, 4096},
        {0x70000003, PART_R, 1, NULL, 9, 0},      {PART_LOAD, PART_R | PART_W | 0x0ff00000, BASE + 0x2000, NULL, 0, 1},
    };
    uint8_t bytes[1024];
    struct uk_elf elf;
    (void)state;
    size_t count = elf_build(bytes, sizeof bytes, UK_ELF_RISCV, BASE + 0x1ffe, parts, sizeof parts / sizeof parts[0]);
    elf_put(bytes, elf_at(5, PART_OFFSET), 8, ~(uint64_t)0); /* of no file bytes, it does not matter where they are */
    assert_int_equal(uk_elf_open(&elf, bytes, count, UK_ELF_RISCV, BASE, END), UK_ELF_OK);
    assert_int_equal(elf.segment_count, 2);
    assert_int_equal(elf.pages, 2);
    assert_int_equal(elf.base, BASE + 0x1000);
    assert_int_equal(elf.end, BASE + 0x3000);
    expect_segment(
        &elf, 1,
        (struct uk_elf_segment){BASE + 0x2000, 0x1000, BASE + 0x2000, bytes, 0, UK_RIGHT_READ | UK_RIGHT_WRITE});
}

static void test_sixteen_headers_are_the_most(void **state)
{
    struct elf_part parts[UK_ELF_HEADERS_MAX + 1];
    uint8_t bytes[2048];
    struct uk_elf elf;
    (void)state;
    for (uint32_t i = 0; i <= UK_ELF_HEADERS_MAX; i++)
        parts[i] =
            (struct elf_part){PART_LOAD, PART_R | (i % 2 == 0 ? PART_X : PART_W), BASE + i * UK_PAGE, NULL, 1, 4096};
    size_t count = elf_build(bytes, sizeof bytes, UK_ELF_RISCV, BASE + 14 * UK_PAGE, parts, UK_ELF_HEADERS_MAX);
    assert_int_equal(uk_elf_open(&elf, bytes, count, UK_ELF_RISCV, BASE, END), UK_ELF_OK);
    assert_int_equal(elf.segment_count, 16);
    assert_int_equal(elf.pages, 16);
    count = elf_build(bytes, sizeof bytes, UK_ELF_RISCV, BASE, parts, UK_ELF_HEADERS_MAX + 1);
    assert_int_equal(open_as(bytes, count), UK_ELF_MANY_HEADERS);
}

/* One field of the good program is changed. */
struct fault {
    size_t offset;
    unsigned count;
    uint64_t value;
    enum uk_elf_error error;
};

#define PART(part, field) (ELF_HEADER_BYTES + (part) * (size_t)ELF_PROGRAM_HEADER_BYTES + (field))

static const struct fault faults[] = {
    {0, 1, 'E', UK_ELF_NOT_ELF},
    {3, 1, 'f', UK_ELF_NOT_ELF},
    {ELF_CLASS, 1, 1, UK_ELF_BAD_CLASS},
    {ELF_ORDER, 1, 2, UK_ELF_BAD_ORDER},
    {ELF_IDENT_VERSION, 1, 0, UK_ELF_BAD_VERSION},
    {ELF_VERSION, 4, 2, UK_ELF_BAD_VERSION},
    {ELF_VERSION, 4, 0x10001, UK_ELF_BAD_VERSION},
    {ELF_TYPE, 2, 1, UK_ELF_BAD_TYPE},
    {ELF_TYPE, 2, 3, UK_ELF_BAD_TYPE},
    {ELF_TYPE, 2, 0x102, UK_ELF_BAD_TYPE},
    {ELF_MACHINE, 2, UK_ELF_X86_64, UK_ELF_BAD_MACHINE},
    {ELF_MACHINE, 2, 0x1f3, UK_ELF_BAD_MACHINE},
    {ELF_SIZE, 2, 52, UK_ELF_BAD_HEADER_SIZE},
    {ELF_HEADER_SIZE, 2, 32, UK_ELF_BAD_HEADER_SIZE},
    {ELF_HEADER_SIZE, 2, 57, UK_ELF_BAD_HEADER_SIZE},
    {ELF_HEADER_COUNT, 2, 17, UK_ELF_MANY_HEADERS},
    {ELF_HEADER_COUNT, 2, 0xffff, UK_ELF_MANY_HEADERS},
    {ELF_HEADER_COUNT, 2, 7, UK_ELF_HEADERS_BEYOND_END},
    {ELF_HEADERS, 8, 155, UK_ELF_HEADERS_BEYOND_END},
    {ELF_HEADERS, 8, ~(uint64_t)0, UK_ELF_HEADERS_BEYOND_END},
    {ELF_HEADERS, 8, -(uint64_t)224, UK_ELF_HEADERS_BEYOND_END},
    {PART(3, PART_TYPE), 4, PART_DYNAMIC, UK_ELF_DYNAMIC},
    {PART(0, PART_TYPE), 4, PART_DYNAMIC, UK_ELF_DYNAMIC},
    {PART(3, PART_TYPE), 4, PART_INTERPRETER, UK_ELF_INTERPRETED},
    {PART(3, PART_TYPE), 4, PART_THREAD_LOCAL, UK_ELF_THREAD_LOCAL},
    {PART(3, PART_FLAGS), 4, PART_R | PART_W | PART_X, UK_ELF_EXECUTABLE_STACK},
    {PART(2, PART_FILE_BYTES), 8, 5001, UK_ELF_FILE_LARGER},
    {PART(0, PART_MEMORY_BYTES), 8, 39, UK_ELF_FILE_LARGER},
    {PART(0, PART_MEMORY_BYTES), 8, 0, UK_ELF_FILE_LARGER},
    {PART(2, PART_OFFSET), 8, 359, UK_ELF_BEYOND_END},
    {PART(2, PART_OFFSET), 8, 378, UK_ELF_BEYOND_END},
    {PART(2, PART_OFFSET), 8, 379, UK_ELF_BEYOND_END},
    {PART(2, PART_OFFSET), 8, -(uint64_t)20, UK_ELF_BEYOND_END},
    {PART(2, PART_OFFSET), 8, -(uint64_t)10, UK_ELF_BEYOND_END},
    {PART(2, PART_FILE_BYTES), 8, 21, UK_ELF_BEYOND_END},
    {PART(2, PART_MEMORY_BYTES), 8, ~(uint64_t)0, UK_ELF_WRAPS},
    {PART(2, PART_MEMORY_BYTES), 8, -(BASE + 0x2ff7), UK_ELF_WRAPS},
    {PART(2, PART_ADDRESS), 8, -(uint64_t)4999, UK_ELF_WRAPS},
    {PART(2, PART_ADDRESS), 8, -(uint64_t)5000, UK_ELF_OUTSIDE},
    {PART(2, PART_MEMORY_BYTES), 8, -(BASE + 0x2ff8), UK_ELF_OUTSIDE},
    {PART(2, PART_MEMORY_BYTES), 8, END - (BASE + 0x2ff7), UK_ELF_OUTSIDE},
    {PART(2, PART_ADDRESS), 8, END, UK_ELF_OUTSIDE},
    {PART(0, PART_ADDRESS), 8, BASE - 1, UK_ELF_OUTSIDE},
    {PART(0, PART_ADDRESS), 8, 0, UK_ELF_OUTSIDE},
    {PART(1, PART_ADDRESS), 8, BASE + 0x5000, UK_ELF_NOT_RISING},
    {PART(2, PART_ADDRESS), 8, BASE + 0x100f, UK_ELF_NOT_RISING},
    {PART(2, PART_ADDRESS), 8, BASE + 0x1010, UK_ELF_OVERLAP},
    {PART(0, PART_MEMORY_BYTES), 8, 0x1011, UK_ELF_OVERLAP},
    {PART(0, PART_MEMORY_BYTES), 8, 0x1010, UK_ELF_SHARED_PAGE},
    {PART(0, PART_MEMORY_BYTES), 8, 0x1001, UK_ELF_SHARED_PAGE},
    {PART(1, PART_ADDRESS), 8, BASE + 40, UK_ELF_SHARED_PAGE},
    {PART(1, PART_FLAGS), 4, 0, UK_ELF_NOT_READABLE},
    {PART(0, PART_FLAGS), 4, PART_X, UK_ELF_NOT_READABLE},
    {PART(2, PART_FLAGS), 4, PART_W, UK_ELF_NOT_READABLE},
    {PART(2, PART_FLAGS), 4, PART_R | PART_W | PART_X, UK_ELF_WRITE_EXECUTE},
    {ELF_HEADER_COUNT, 2, 0, UK_ELF_NO_SEGMENT},
    {ELF_ENTRY, 8, BASE + 5, UK_ELF_ODD_ENTRY},
    {ELF_ENTRY, 8, ~(uint64_t)0, UK_ELF_ODD_ENTRY},
    {ELF_ENTRY, 8, 0, UK_ELF_BAD_ENTRY},
    {ELF_ENTRY, 8, BASE - 2, UK_ELF_BAD_ENTRY},
    {ELF_ENTRY, 8, BASE + 40, UK_ELF_BAD_ENTRY},
    {ELF_ENTRY, 8, BASE + 0x1010, UK_ELF_BAD_ENTRY},
    {ELF_ENTRY, 8, BASE + 0x3000, UK_ELF_BAD_ENTRY},
    {PART(0, PART_FLAGS), 4, PART_R, UK_ELF_BAD_ENTRY},
    /* At the border, and still good. */
    {ELF_ENTRY, 8, BASE + 38, UK_ELF_OK},
    {PART(2, PART_OFFSET), 8, 358, UK_ELF_OK},
    {PART(0, PART_MEMORY_BYTES), 8, 0x1000, UK_ELF_OK},
    {PART(2, PART_ADDRESS), 8, BASE + 0x2000, UK_ELF_OK},
    {PART(2, PART_MEMORY_BYTES), 8, END - (BASE + 0x2ff8), UK_ELF_OK},
    {PART(3, PART_FLAGS), 4, 0, UK_ELF_OK},
};

static void test_every_fault_has_its_reason(void **state)
{
    bool reached[UK_ELF_ERROR_COUNT] = {[UK_ELF_TOO_SHORT] = true};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint8_t bytes[1024];
        size_t count = build_program(bytes, sizeof bytes);
        assert_int_equal(count, 378);
        elf_put(bytes, faults[i].offset, faults[i].count, faults[i].value);
        enum uk_elf_error error = open_as(bytes, count);
        if (error != faults[i].error)
            fail_msg("fault %zu: \"%s\", not \"%s\"", i, uk_elf_error_text(error), uk_elf_error_text(faults[i].error));
        reached[error] = true;
    }
    for (unsigned error = 0; error < UK_ELF_ERROR_COUNT; error++)
        if (!reached[error])
            fail_msg("nothing is refused because %s", uk_elf_error_text((enum uk_elf_error)error));
}

static void test_reasons_are_sentences(void **state)
{
    (void)state;
    for (unsigned error = 0; error <= UK_ELF_ERROR_COUNT; error++) {
        const char *text = uk_elf_error_text((enum uk_elf_error)error);
        size_t length = strlen(text);
        assert_true(length > 4 && length < 72 && text[length - 1] != '.'); /* fits into the root task's line */
        for (unsigned other = 0; other < error; other++)
            assert_string_not_equal(text, uk_elf_error_text((enum uk_elf_error)other));
    }
}

/* However much is missing, nothing beyond the end is read (a sanitizer would see it), and nothing less is enough. */
static void test_truncated_files_are_refused(void **state)
{
    uint8_t bytes[1024];
    size_t count = build_program(bytes, sizeof bytes);
    (void)state;
    for (size_t length = 0; length <= count; length++) {
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, length);
        enum uk_elf_error error = open_as(copy, length);
        free(copy);
        assert_int_equal(error == UK_ELF_TOO_SHORT, length < ELF_HEADER_BYTES);
        assert_int_equal(error == UK_ELF_OK, length == count);
    }
    assert_int_equal(open_as(NULL, 0), UK_ELF_TOO_SHORT);
}

static enum uk_elf_error open_between(uk_word address, uk_word memory_bytes, uk_word low, uk_word high)
{
    const struct elf_part part = {PART_LOAD, PART_R | PART_X, address, NULL, 1, memory_bytes};
    uint8_t bytes[256];
    struct uk_elf elf;
    size_t count = elf_build(bytes, sizeof bytes, UK_ELF_RISCV, address, &part, 1);
    return uk_elf_open(&elf, bytes, count, UK_ELF_RISCV, low, high);
}

/* Whole pages must lie between the borders, also at both ends of all addresses. */
static void test_borders(void **state)
{
    const uk_word top = -UK_PAGE;
    (void)state;
    assert_int_equal(open_between(0x10ffe, 2, 0x10000, 0x11000), UK_ELF_OK);
    assert_int_equal(open_between(0x10ffe, 3, 0x10000, 0x11000), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(0x10ffe, 2, 0x10001, 0x11000), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(0x10ffe, 2, 0x10000, 0x10fff), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(0x10ffe, 2, 0x10000, 0x10000), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(0x10ffe, 2, 0x20000, 0x10000), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(0, UK_PAGE, 0, UK_PAGE), UK_ELF_OK);
    assert_int_equal(open_between(0, ~(uk_word)0, 0, ~(uk_word)0), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(0, top, 0, ~(uk_word)0), UK_ELF_OK);
    assert_int_equal(open_between(top - UK_PAGE, UK_PAGE, 0, top), UK_ELF_OK);
    assert_int_equal(open_between(top, 2, 0, ~(uk_word)0), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(top, UK_PAGE, 0, ~(uk_word)0), UK_ELF_OUTSIDE);
    assert_int_equal(open_between(top, UK_PAGE + 1, 0, ~(uk_word)0), UK_ELF_WRAPS);
}

/* The fuzzer's second opinion, on files that are a few steps away from a good one. */
static void test_random_faults_against_a_second_opinion(void **state)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      7,
                                      16,
                                      40,
                                      4095,
                                      4096,
                                      4097,
                                      BASE,
                                      BASE + 0x1000,
                                      BASE + 0x2fff,
                                      END,
                                      END - 4096,
                                      ~(uint64_t)0,
                                      ~(uint64_t)0 - 4095};
    uint32_t seed = 4711;
    unsigned accepted = 0;
    (void)state;
    for (unsigned round = 0; round < 30000; round++) {
        uint8_t bytes[512];
        size_t count = build_program(bytes, sizeof bytes);
        for (unsigned change = 0; change <= round % 4; change++) {
            uint32_t random = seed = seed * 1664525 + 1013904223;
            size_t offset = (random >> 8) % (ELF_HEADER_BYTES + 3 * ELF_PROGRAM_HEADER_BYTES) / 2 * 2;
            uint64_t value =
                random >> 31 ? values[random >> 4 & 15] : elf_get(bytes, offset, 8) + (random >> 4 & 3) - 1;
            elf_put(bytes, offset, random >> 30 & 1 ? 8 : 2, value);
        }
        (void)LLVMFuzzerTestOneInput(bytes, count);
        accepted += open_as(bytes, count) == UK_ELF_OK;
    }
    assert_true(accepted > 3000 && accepted < 27000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_program_is_cut_into_pages),
        cmocka_unit_test(test_what_is_not_loaded_does_not_count),
        cmocka_unit_test(test_sixteen_headers_are_the_most),
        cmocka_unit_test(test_every_fault_has_its_reason),
        cmocka_unit_test(test_reasons_are_sentences),
        cmocka_unit_test(test_truncated_files_are_refused),
        cmocka_unit_test(test_borders),
        cmocka_unit_test(test_random_faults_against_a_second_opinion),
    };
    return cmocka_run_group_tests_name("servers/elf", tests, NULL, NULL);
}
