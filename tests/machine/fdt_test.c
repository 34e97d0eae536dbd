/* SPDX-License-Identifier: MIT */
/* The device tree reader of the riscv64 machine says what libfdt says, of sound trees and of thousands of broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fdt_judge.h"
#include "fdt_mutations.h"
#include "support/percent.h"

enum {
    MUTATIONS = 20000,
    BOOT_HART = 2,
    BASES = SHAPES + 1
};

static uint64_t seed = 20261123, current;
static unsigned long mutations;
static struct judge judge;
static struct tree bases[BASES];
static unsigned base_count;
static char folder[] = "/tmp/ukern-fdt-XXXXXX";

static void sound(const struct tree *tree, uint32_t boot_hart, struct fdt_facts *facts)
{
    const char *text = judge_blob(&judge, tree->bytes, tree->size, boot_hart);
    if (text != NULL)
        fail_msg("%s", text);
    enum fdt_error error = fdt_read(tree->bytes, tree->size, boot_hart, facts);
    if (error != FDT_OK)
        fail_msg("%s", fdt_error_text(error));
}

static void assert_range(struct fdt_range range, uint64_t base, uint64_t bytes)
{
    assert_int_equal(range.base, base);
    assert_int_equal(range.bytes, bytes);
}

static void test_a_built_tree_says_what_was_built(void **state)
{
    (void)state;
    struct fdt_facts facts;
    for (unsigned shape = 0; shape < SHAPES; shape++) {
        sound(&bases[shape], BOOT_HART, &facts);
        assert_int_equal(facts.memory_count, 3);
        assert_range(facts.memory[0], 0x80000000, 0x10000000);
        assert_range(facts.memory[1], 0xc0000000, 0x8000000);
        assert_range(facts.memory[2], 0xe0000000, 0x1000);
        assert_int_equal(facts.reserved_count, 3);
        assert_range(facts.reserved[0], 0x82000000, 0x2000);
        assert_range(facts.reserved[1], 0x83000000, 0x3000);
        assert_range(facts.reserved[2], 0x80000000, 0x80000);
        assert_int_equal(facts.cpu_count, 3);
        assert_int_equal(facts.timebase_hz, 10000000);
        assert_range(facts.uart, 0x10000000, 0x100);
        assert_int_equal(facts.uart_line, 10);
        assert_int_equal(facts.uart_shift, 2);
        assert_int_equal(facts.uart_clock_hz, 3686400);
        assert_range(facts.plic, 0xc000000, 0x600000);
        assert_int_equal(facts.plic_sources, 96);
        assert_int_equal(facts.plic_context, 4);
        assert_range(facts.finisher, 0x100000, 0x1000);
        assert_range(facts.initrd, 0x88200000, 0x1388);
        assert_string_equal(facts.bootargs, "interactive trace");
        assert_int_equal(facts.bootargs_cut, 0);
    }
}

/* A hart that is disabled has no context that could be used, nor has one that is not there. */
static void test_the_context_is_that_of_the_boot_hart(void **state)
{
    (void)state;
    static const uint32_t contexts[] = {0, 2, 4, 0, 0, 0};
    struct fdt_facts facts;
    for (uint32_t hart = 0; hart < 6; hart++) {
        sound(&bases[0], hart, &facts);
        assert_int_equal(facts.plic_context, contexts[hart]);
        assert_int_equal(facts.plic.bytes, contexts[hart] != 0 ? 0x600000 : 0);
        assert_int_equal(facts.plic_sources, contexts[hart] != 0 ? 96 : 0);
    }
}

static const struct {
    const char *options, *arguments, *words;
    uint32_t harts, memories, initrd_bytes;
    uint64_t memory_bytes; /* of the first */
    int has_plic;
} qemu_cases[] = {
    {"", "-m 128M", "", 1, 1, 0, (uint64_t)128 << 20, 1},
    {"", "-m 16M -smp 4", "", 4, 1, 0, (uint64_t)16 << 20, 1},
    {"", "-m 3G -smp 8", "", 8, 1, 0, (uint64_t)3 << 30, 1},
    {",aclint=on", "-m 1G -smp 2 -kernel kernel -append 'interactive virtual'", "interactive virtual", 2, 1, 0,
     (uint64_t)1 << 30, 1},
    {"", "-m 256M -smp 2 -kernel kernel -initrd initrd -append trace", "trace", 2, 1, 5000, (uint64_t)256 << 20, 1},
    {",aia=aplic", "-m 256M -smp 2", "", 2, 1, 0, (uint64_t)256 << 20, 0},
    {"", "-m 256M -smp 2 -object memory-backend-ram,size=96M,id=a -object memory-backend-ram,size=160M,id=b "
         "-numa node,memdev=a,cpus=0 -numa node,memdev=b,cpus=1", "", 2, 2, 0, (uint64_t)96 << 20, 1},
};

static void qemu_case(unsigned number, struct tree *tree)
{
    struct fdt_facts facts;
    if (tree_of_qemu(tree, folder, qemu_cases[number].options, qemu_cases[number].arguments) == 0)
        fail_msg("QEMU gave no tree for %s %s", qemu_cases[number].options, qemu_cases[number].arguments);
    for (uint32_t hart = qemu_cases[number].harts; hart-- > 0;) {
        sound(tree, hart, &facts);
        assert_int_equal(facts.plic_context, qemu_cases[number].has_plic && facts.plic.bytes != 0 ? 2 * hart + 1 : 0);
    }
    assert_int_equal(facts.memory_count, qemu_cases[number].memories);
    assert_int_equal(facts.cpu_count, qemu_cases[number].harts);
    assert_range(facts.memory[0], 0x80000000, qemu_cases[number].memory_bytes);
    assert_int_equal(facts.timebase_hz, 10000000);
    assert_range(facts.uart, 0x10000000, 0x100);
    assert_int_equal(facts.uart_line, 10);
    assert_range(facts.finisher, 0x100000, 0x1000);
    assert_int_equal(facts.plic.base, qemu_cases[number].has_plic ? 0xc000000 : 0);
    assert_int_equal(facts.initrd.bytes, qemu_cases[number].initrd_bytes);
    assert_string_equal(facts.bootargs, qemu_cases[number].words);
}

static void test_trees_of_qemu(void **state)
{
    (void)state;
    static struct tree tree;
    if (!tree_has_qemu()) {
        print_message("there is no qemu-system-riscv64: install qemu-system-misc\n");
        skip();
    }
    for (unsigned i = 0; i < sizeof qemu_cases / sizeof *qemu_cases; i++)
        qemu_case(i, &tree);
}

/* An edit of a tree that has everything, by libfdt; then the reader must say `error`, and libfdt know why. */
static struct tree edited;

static void edit(void)
{
    tree_do(fdt_open_into(bases[0].bytes, edited.bytes, TREE_ROOM_BUILT));
    edited.size = TREE_ROOM_BUILT;
}

static int node(const char *path)
{
    int offset = fdt_path_offset(edited.bytes, path);
    tree_do(offset);
    return offset;
}

static void expect(enum fdt_error error)
{
    struct fdt_facts facts;
    const char *text = judge_blob(&judge, edited.bytes, edited.size, BOOT_HART);
    if (text != NULL)
        fail_msg("%s", text);
    assert_string_equal(fdt_error_text(fdt_read(edited.bytes, edited.size, BOOT_HART, &facts)), fdt_error_text(error));
}

static void edit_field(unsigned field, uint32_t value, enum fdt_error error)
{
    edit();
    word_set(edited.bytes + 4 * (size_t)field, value);
    expect(error);
}

static void test_headers_that_are_refused(void **state)
{
    (void)state;
    struct fdt_facts facts;
    edit_field(0, 0xd00dfeee, FDT_BAD_MAGIC);
    edit_field(1, 39, FDT_TRUNCATED);
    edit_field(1, TREE_ROOM_BUILT + 1, FDT_TRUNCATED);
    edit_field(2, TREE_ROOM_BUILT - 4, FDT_BAD_BLOCK);
    edit_field(3, 39, FDT_BAD_BLOCK);
    edit_field(4, TREE_ROOM_BUILT - 15, FDT_BAD_BLOCK);
    edit_field(4, 0xfffffff8, FDT_BAD_BLOCK);
    edit_field(5, 16, FDT_BAD_VERSION);
    edit_field(5, 18, FDT_OK);
    edit_field(6, 18, FDT_BAD_VERSION);
    edit_field(8, 0xffffffff, FDT_BAD_BLOCK);
    edit_field(9, fdt_size_dt_struct(bases[0].bytes) - 4, FDT_BAD_STRUCTURE);
    for (size_t room = 0; room < bases[0].size; room++)
        assert_int_equal(judge_read(&judge, bases[0].bytes, room, BOOT_HART, &facts), FDT_TRUNCATED);
}

static void test_structures_that_are_refused(void **state)
{
    (void)state;
    static const char *const nodes[] = {"chosen", "memory@80000000", "memory@c0000000", "cpus", "soc"};
    for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        edit();
        tree_do(fdt_del_node(edited.bytes, fdt_subnode_offset(edited.bytes, 0, nodes[i])));
        expect(i == 3 ? FDT_NO_TIMEBASE : FDT_OK);
    }
    for (int deep = 16; deep <= 17; deep++) {
        edit();
        for (int depth = 1, at = 0; depth < deep; depth++)
            at = fdt_add_subnode(edited.bytes, at, "x");
        expect(deep == 16 ? FDT_OK : FDT_TOO_DEEP);
    }
}

/* Structure blocks, token by token, at the very end of the blob; the name 0 is "x". */
static const struct {
    enum fdt_error error;
    uint32_t count, words[10];
} raw_cases[] = {
    {FDT_NO_MEMORY, 4, {1, 0, 2, 9}},
    {FDT_NO_MEMORY, 8, {4, 1, 0, 4, 2, 4, 4, 9}},
    {FDT_NO_MEMORY, 8, {1, 0, 3, 1, 0, 0, 2, 9}},
    {FDT_NO_MEMORY, 5, {1, 0, 2, 9, 5}},
    {FDT_BAD_STRUCTURE, 0, {0}},
    {FDT_BAD_STRUCTURE, 1, {9}},
    {FDT_BAD_STRUCTURE, 2, {1, 0}},
    {FDT_BAD_STRUCTURE, 3, {1, 0, 2}},
    {FDT_BAD_STRUCTURE, 3, {1, 0, 9}},
    {FDT_BAD_STRUCTURE, 2, {1, 0x78787878}},
    {FDT_BAD_STRUCTURE, 4, {1, 0x78000000, 2, 9}},
    {FDT_BAD_STRUCTURE, 5, {1, 0, 2, 2, 9}},
    {FDT_BAD_STRUCTURE, 7, {1, 0, 2, 1, 0, 2, 9}},
    {FDT_BAD_STRUCTURE, 5, {1, 0, 5, 2, 9}},
    {FDT_BAD_STRUCTURE, 5, {1, 0, 0, 2, 9}},
    {FDT_BAD_STRUCTURE, 7, {3, 0, 0, 1, 0, 2, 9}},
    {FDT_BAD_STRUCTURE, 7, {1, 0, 2, 3, 0, 0, 9}},
    {FDT_BAD_STRUCTURE, 10, {1, 0, 1, 0, 2, 3, 0, 0, 2, 9}},
    {FDT_BAD_STRUCTURE, 3, {1, 0, 3}},
    {FDT_BAD_STRUCTURE, 4, {1, 0, 3, 0}},
    {FDT_BAD_STRUCTURE, 7, {1, 0, 3, 0, 2, 2, 9}},
    {FDT_BAD_STRUCTURE, 7, {1, 0, 3, 9, 0, 2, 9}},
    {FDT_BAD_STRUCTURE, 7, {1, 0, 3, 0xffffffff, 0, 2, 9}},
    {FDT_BAD_STRUCTURE, 7, {1, 0, 3, 0xfffffffc, 0, 2, 9}},
};

static void test_tokens_that_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof raw_cases / sizeof *raw_cases; i++) {
        uint32_t count = raw_cases[i].count;
        const uint32_t header[] = {0xd00dfeed, 60 + 4 * count, 60, 56, 40, 17, 16, 0, 2, 4 * count};
        memset(edited.bytes, 0, 60);
        for (unsigned word = 0; word < HEADER_FIELDS; word++)
            word_set(edited.bytes + 4 * word, header[word]);
        edited.bytes[56] = 'x';
        for (unsigned word = 0; word < count; word++)
            word_set(edited.bytes + 60 + 4 * word, raw_cases[i].words[word]);
        edited.size = header[FIELD_TOTALSIZE];
        expect(raw_cases[i].error);
    }
}

static void test_ranges_that_are_refused(void **state)
{
    (void)state;
    for (unsigned more = 1; more <= 2; more++) { /* three are there */
        edit();
        for (unsigned i = 0; i < more; i++) {
            int memory = fdt_add_subnode(edited.bytes, 0, i == 0 ? "memory@1" : "memory@2");
            tree_do(fdt_setprop_string(edited.bytes, memory, "device_type", "memory"));
            tree_do(fdt_appendprop_addrrange(edited.bytes, 0, memory, "reg", 0x1000 * i, 0x1000));
        }
        expect(more == 1 ? FDT_OK : FDT_TOO_MANY);
    }
    for (uint64_t more = 13; more <= 14; more++) {
        edit();
        for (uint64_t i = 0; i < more; i++)
            tree_do(fdt_add_mem_rsv(edited.bytes, i * 0x1000, 0x1000));
        expect(more == 13 ? FDT_OK : FDT_TOO_MANY);
    }
    edit();
    tree_do(fdt_add_mem_rsv(edited.bytes, ~(uint64_t)0, 1));
    expect(FDT_BAD_RANGE);
    edit();
    tree_do(fdt_delprop(edited.bytes, node("/reserved-memory"), "ranges"));
    expect(FDT_BAD_RANGE);
    edit();
    tree_do(fdt_appendprop_u32(edited.bytes, node("/memory@80000000"), "reg", 0));
    expect(FDT_BAD_RANGE);
    edit();
    tree_do(fdt_nop_node(edited.bytes, node("/memory@80000000")));
    tree_do(fdt_setprop_string(edited.bytes, node("/memory@c0000000"), "status", "reserved"));
    expect(FDT_NO_MEMORY);
}

static void test_what_else_is_refused_or_cut(void **state)
{
    (void)state;
    struct fdt_facts facts;
    char words[300];
    edit();
    tree_do(fdt_setprop_u32(edited.bytes, node("/cpus"), "timebase-frequency", 0));
    expect(FDT_NO_TIMEBASE);
    edit();
    tree_do(fdt_del_node(edited.bytes, node("/cpus/cpu@1")));
    tree_do(fdt_nop_node(edited.bytes, node("/cpus/cpu@2")));
    tree_do(fdt_delprop(edited.bytes, node("/cpus/cpu@5"), "device_type"));
    expect(FDT_NO_HART);
    for (size_t length = 250; length < sizeof words; length++) {
        memset(words, 'w', length);
        words[length] = 0;
        edit();
        tree_do(fdt_setprop_string(edited.bytes, node("/chosen"), "bootargs", words));
        expect(FDT_OK);
        assert_int_equal(fdt_read(edited.bytes, edited.size, BOOT_HART, &facts), FDT_OK);
        assert_int_equal(strlen(facts.bootargs), length < 255 ? length : 255);
        assert_int_equal(facts.bootargs_cut, length > 255);
    }
}

/* Nothing that is not a number of one or two cells is 0 by mistake, or the number that it begins with. */
static void test_harts_without_a_number_do_not_boot(void **state)
{
    (void)state;
    static const unsigned char zeros[12];
    struct fdt_facts facts;
    for (uint32_t cells = 0; cells <= 3; cells++) {
        edit();
        tree_do(fdt_setprop_u32(edited.bytes, node("/cpus"), "#address-cells", cells));
        tree_do(fdt_setprop(edited.bytes, node("/cpus/cpu@1"), "reg", zeros, (int)(4 * cells)));
        sound(&edited, 0, &facts);
        assert_int_equal(facts.plic_context, cells == 1 || cells == 2 ? 2 : 0);
    }
    edit();
    tree_do(fdt_setprop_u64(edited.bytes, node("/cpus/cpu@1/interrupt-controller"), "phandle", 12));
    sound(&edited, 1, &facts);
    assert_int_equal(facts.plic.bytes, 0);
}

static void test_every_error_has_its_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < FDT_ERRORS; i++) {
        const char *text = fdt_error_text((enum fdt_error)i);
        assert_non_null(text);
        assert_int_equal(text[strlen(text) - 1], '.');
        for (int other = 0; other < i; other++)
            assert_string_not_equal(text, fdt_error_text((enum fdt_error)other));
    }
    assert_non_null(fdt_error_text(FDT_ERRORS));
}

/* The reader sees bytes, so it does not matter where a tree begins. */
static void test_trees_need_no_alignment(void **state)
{
    (void)state;
    struct fdt_facts facts, moved;
    assert_int_equal(fdt_read(bases[0].bytes, bases[0].size, BOOT_HART, &facts), FDT_OK);
    for (size_t shift = 1; shift < 8; shift++) {
        memcpy(edited.bytes + shift, bases[0].bytes, bases[0].size);
        assert_int_equal(fdt_read(edited.bytes + shift, bases[0].size, BOOT_HART, &moved), FDT_OK);
        assert_memory_equal(&facts, &moved, sizeof facts);
    }
}

static void print_counts(void)
{
    print_message("seed %llu, %lu mutations of %u trees: %lu accepted by both (%lu of them without what follows the root), "
                  "%lu by neither, and refused here alone:\n", (unsigned long long)seed, mutations, base_count,
                  judge.counts.both, judge.counts.trimmed, judge.counts.none);
    for (int i = 0; i < FDT_ERRORS; i++)
        if (judge.counts.reasons[i] != 0)
            print_message("%6lu  %s\n", judge.counts.reasons[i], fdt_error_text((enum fdt_error)i));
}

/* Every mutant has its own seed, so that one can be repeated alone: --seed N --mutations 1. */
static void test_mutants_are_read_as_libfdt_reads_them(void **state)
{
    (void)state;
    static struct mutant mutant;
    memset(&judge.counts, 0, sizeof judge.counts);
    for (unsigned long i = 0; i < mutations; i++) {
        current = seed + i * 0x9e3779b97f4a7c15u;
        mutant_make(&mutant, &bases[current % base_count], current);
        const char *text = judge_blob(&judge, mutant.bytes, mutant.room, mutant.boot_hart);
        if (text != NULL)
            fail_msg("--seed %llu --mutations 1: %s", (unsigned long long)current, text);
    }
    current = 0;
    print_counts();
    assert_true(mutations < 100 || judge.counts.both > mutations / 5);
    assert_true(mutations < 100 || judge.counts.none > mutations / 20);
}

/* Where the reader crashed, nobody else can say in which mutant. */
static int tell_current(void **state)
{
    (void)state;
    if (current != 0)
        print_error("the last mutant: --seed %llu --mutations 1\n", (unsigned long long)current);
    return 0;
}

static void make_files(void)
{
    static const size_t sizes[] = {8192, 5000};
    char path[sizeof folder + 10];
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, i == 0 ? "kernel" : "initrd");
        FILE *file = fopen(path, "wb");
        if (file == NULL || ftruncate(fileno(file), (off_t)sizes[i]) != 0 || fclose(file) != 0)
            abort();
    }
}

static int setup(void **state)
{
    (void)state;
    if (judge_open(&judge) != 0 || mkdtemp(folder) == NULL)
        return -1;
    make_files();
    for (base_count = 0; base_count < SHAPES; base_count++)
        tree_build(&bases[base_count], base_count);
    struct tree *last = &bases[base_count];
    if (tree_has_qemu() && tree_of_qemu(last, folder, "", "-m 128M -smp 3 -kernel kernel -append trace") != 0) {
        tree_do(fdt_pack(last->bytes));
        last->size = fdt_totalsize(last->bytes);
        base_count++;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"/kernel", "/initrd", "/tree", "/log", ""};
    char path[sizeof folder + 10];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s%s", folder, names[i]);
        (void)remove(path);
    }
    judge_close(&judge);
    return 0;
}

int main(int argc, char **argv)
{
    mutations = percent_of(MUTATIONS);
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "--mutations") == 0)
            mutations = strtoul(argv[i + 1], NULL, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_built_tree_says_what_was_built),
        cmocka_unit_test(test_the_context_is_that_of_the_boot_hart),
        cmocka_unit_test(test_trees_of_qemu),
        cmocka_unit_test(test_headers_that_are_refused),
        cmocka_unit_test(test_structures_that_are_refused),
        cmocka_unit_test(test_tokens_that_are_refused),
        cmocka_unit_test(test_ranges_that_are_refused),
        cmocka_unit_test(test_what_else_is_refused_or_cut),
        cmocka_unit_test(test_harts_without_a_number_do_not_boot),
        cmocka_unit_test(test_every_error_has_its_sentence),
        cmocka_unit_test(test_trees_need_no_alignment),
        cmocka_unit_test_teardown(test_mutants_are_read_as_libfdt_reads_them, tell_current),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
