/* SPDX-License-Identifier: MIT */
/* The memory server: what a fault means, the words for it, and systems in which one task misbehaves and others live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "boot_world.h"
#include "memory/pool.h"
#include "memory/record.h"
#include "memory/region.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#if !defined(RUNNING_ON_VALGRIND)
#define RUNNING_ON_VALGRIND 0
#endif

/* The root task's table shares out 60 and 20 percent of the pool. What it has besides chunks: 64 KiB, 512 bytes for each. */
static void test_shares_of_any_pool_fit(void **state)
{
    (void)state;
    for (uk_word bytes = 1 << 20; bytes < (uk_word)64 << 20; bytes += UK_PAGE) {
        uk_word chunks = (bytes - (64 << 10)) / (POOL_CHUNK_BYTES + 512);
        assert_true(pool_chunks_in(bytes / 100 * 60 / UK_PAGE) + pool_chunks_in(bytes / 100 * 20 / UK_PAGE) <= chunks);
    }
    assert_int_equal(pool_chunks_in(0), 0);
    assert_int_equal(pool_chunks_in(1), 1);
}

static void test_region_judges(void **state)
{
    const struct region stack = {0x10000, 0x20000}, heap = {0x30000, 0x30000 + UK_PAGE};
    const struct region none = {0, 0};
    (void)state;
    assert_int_equal(region_judge(&stack, &heap, 0x10000, UK_RIGHT_READ), VERDICT_PAGE);
    assert_int_equal(region_judge(&stack, &heap, 0x1ffff, UK_RIGHT_WRITE), VERDICT_PAGE);
    assert_int_equal(region_judge(&stack, &heap, 0x0ffff, UK_RIGHT_WRITE), VERDICT_OUTSIDE);
    assert_int_equal(region_judge(&stack, &heap, 0x20000, UK_RIGHT_READ), VERDICT_OUTSIDE);
    assert_int_equal(region_judge(&stack, &heap, 0x30fff, UK_RIGHT_READ), VERDICT_PAGE);
    assert_int_equal(region_judge(&stack, &heap, 0x31000, UK_RIGHT_READ), VERDICT_OUTSIDE);
    assert_int_equal(region_judge(&stack, &heap, 0x30000, UK_RIGHT_EXECUTE), VERDICT_RIGHT);
    assert_int_equal(region_judge(&none, &none, 0, UK_RIGHT_READ), VERDICT_OUTSIDE);
    assert_int_equal(region_judge(&stack, &heap, ~(uk_word)0, UK_RIGHT_READ), VERDICT_OUTSIDE);
    assert_true(region_good(&stack) && region_good(&heap) && region_good(&none));
    assert_false(region_good(&(struct region){UK_PAGE, 0}));
    assert_false(region_good(&(struct region){1, UK_PAGE}));
}

static void expect_record(const struct record *record, const char *wanted)
{
    char line[RECORD_BYTES + 1] = {0};
    struct writer writer = writer_open(line, RECORD_BYTES, NULL);
    record_write(&writer, record);
    assert_false(writer.failed);
    assert_string_equal(line, wanted);
}

static void test_record_words(void **state)
{
    (void)state;
    struct record record = {.name = "shell",
                            .kind = UK_FAULT_PAGE,
                            .word = {0x1800, UK_RIGHT_READ, 0x400000},
                            .below = {0x1000, 0x2000},
                            .above = {0x5000, 0x7000}};
    expect_record(
        &record,
        "thread \"shell\" stopped: read of 0x1800: no mapping (its space maps 0x1000-0x2000 and 0x5000-0x7000)\n");
    record.above.end = 0;
    expect_record(&record, "thread \"shell\" stopped: read of 0x1800: no mapping (its space maps 0x1000-0x2000)\n");
    record.word[1] = UK_RIGHT_WRITE;
    record.below.end = 0;
    record.hint = "a null pointer";
    expect_record(&record,
                  "thread \"shell\" stopped: write of 0x1800: no mapping: a null pointer (its space maps nothing)\n");
    record.word[1] = UK_RIGHT_EXECUTE;
    record.reason = "mapped without the execute right";
    expect_record(&record, "thread \"shell\" stopped: execute of 0x1800: mapped without the execute right\n");
    record = (struct record){.name = "x", .kind = UK_FAULT_OPERATION, .word = {0, 0, 0, UK_EMPTY_SLOT, UK_CALL, 7}};
    expect_record(&record, "thread \"x\" stopped: call on slot 7: the slot is empty\n");
    record.word[4] = UK_REPLY_RECEIVE;
    expect_record(&record, "thread \"x\" stopped: reply receive on slot 7: the slot is empty\n");
    record = (struct record){.name = "x", .kind = UK_FAULT_RUNAWAY, .word = {0, 0, 0x1234}};
    expect_record(&record, "thread \"x\" stopped: no kernel entry for too long at 0x1234\n");
    record.kind = 99;
    expect_record(&record, "thread \"x\" stopped: an unknown fault at 0x1234\n");
    record = (struct record){.name = "sixteen bytes of",
                             .kind = UK_FAULT_OPERATION,
                             .word = {0, 0, 0, ~(uk_word)0, ~(uk_word)0, ~(uk_word)0}};
    expect_record(&record, "thread \"sixteen bytes of\" stopped: operation on slot 4294967295: an unknown status\n");
}

/* Programs that do one thing wrong. -------------------------------------------------------------------------------- */

static void touch(uk_word address, bool write)
{
    volatile uk_word hidden = address; /* from the compiler, which knows better than to touch what is not there */
    volatile char *byte = (volatile char *)hidden;
    if (write)
        *byte = 1;
    else
        (void)*byte;
}

static uk_word read_nothing(const struct task_start *start)
{
    (void)start;
    touch(16, false);
    return 0;
}

static uk_word write_start_page(const struct task_start *start)
{
    touch((uk_word)start, true);
    return 0;
}

static uk_word write_past_heap(const struct task_start *start)
{
    touch(start->heap_end - 1, true);
    touch(start->heap_end, true);
    return 0;
}

static uk_word write_free_addresses(const struct task_start *start)
{
    touch(start->free_base, true);
    return 0;
}

static uk_word execute_heap(const struct task_start *start)
{
    touch(start->heap_base, true);
    ((void (*)(void))start->heap_base)();
    return 0;
}

/* Deeper and deeper; what it returns keeps the compiler from making a loop of it. */
static uk_word dig(volatile char *above, unsigned depth)
{
    volatile char here[512];
    here[0] = *above;
    return depth == 0 ? 0 : dig(here, depth - 1) + (uk_word)here[0];
}

static uk_word overflow_stack(const struct task_start *start)
{
    volatile char begin = 1;
    (void)start;
    return dig(&begin, 1000000);
}

static uk_word take_all(const struct task_start *start)
{
    for (uk_word address = start->heap_base; address < start->heap_end; address += UK_PAGE)
        touch(address, true);
    boot_say(start, "took all\n");
    return 0;
}

/* Maps a page of its own, read-only, where the memory server would put one, and then writes there. */
static uk_word shadow_heap(const struct task_start *start)
{
    (void)uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, TASK_FIRST_FREE, 1);
    (void)uk_map(TASK_SPACE, TASK_FIRST_FREE, start->heap_base, UK_RIGHT_READ);
    touch(start->heap_base, true);
    return 0;
}

__attribute__((no_sanitize("undefined"))) static uk_word divide(const struct task_start *start)
{
    volatile int number = 7, zero = start->argument != 0;
    return (uk_word)(number / zero);
}

static uk_word run_away(const struct task_start *start)
{
    volatile uk_word runs = (uk_word)start;
    while (runs != 0)
        continue;
    return 0;
}

/* One such task beside the real system: the line is there, and the shell's script runs to its end. */
static void expect_line(const char *line)
{
    struct boot_world world = {
        .script = "cat /hello\nps\necho still here\n", .entry = boot_plan_main, .runaway_ms = 30};
    boot_world_run(&world);
    boot_world_says(&world, line);
    boot_world_says(&world, "the quick brown fox");
    boot_world_says(&world, "still here\n");
    assert_string_equal(world.error, "");
    assert_int_equal(world.code, 0);
    boot_world_close(&world);
}

static uint32_t add_wrong(task_entry entry)
{
    boot_plan_reset();
    return boot_plan_add("wrong", entry, 60);
}

static void expect_wrong(task_entry entry, const char *line)
{
    add_wrong(entry);
    expect_line(line);
}

static void test_wild_accesses_end_one_task(void **state)
{
    (void)state;
    if (!RUNNING_ON_VALGRIND) /* which rightly reports the one, and runs data as it comes in the other */
        expect_wrong(read_nothing,
                     "thread \"wrong\" stopped: read of 0x10: no mapping: a null pointer (its space maps 0x");
    expect_wrong(write_start_page, ": mapped without the write right\n");
    expect_wrong(write_past_heap, "thread \"wrong\" stopped: write of 0x");
    expect_wrong(write_free_addresses, ": no mapping (its space maps 0x");
    if (!RUNNING_ON_VALGRIND)
        expect_wrong(execute_heap, "thread \"wrong\" stopped: execute of 0x");
    expect_wrong(overflow_stack, ": no mapping: just below its stack, which has overflowed (its space maps 0x");
    expect_wrong(shadow_heap, ": the task's own mapping does not allow it\n");
}

static void test_other_faults_end_one_task(void **state)
{
    (void)state;
    expect_wrong(divide, "thread \"wrong\" stopped: arithmetic error at 0x");
    expect_wrong(run_away, "thread \"wrong\" stopped: no kernel entry for too long at 0x");
}

static void test_exhaustion_ends_one_task(void **state)
{
    (void)state;
    uint32_t row = add_wrong(take_all);
    boot_plan.rows[row].heap_bytes = 64 << 20; /* far more than its share of the memory */
    expect_line("thread \"wrong\" stopped: write of 0x");
    row = add_wrong(take_all);
    boot_plan.rows[row].heap_bytes = 64 << 20;
    expect_line(": its memory is used up\n");
}

/* A heap as large as the share lets it be can be touched to its last page. */
static void test_a_share_is_kept(void **state)
{
    (void)state;
    add_wrong(take_all);
    expect_line("took all\n");
}

/* Fills all its memory with ones and dies. */
static uk_word fill_main(const struct task_start *start)
{
    memset((void *)start->heap_base, 1, start->heap_end - start->heap_base);
    return 0;
}

/* Is there a byte that nobody has written? */
static uk_word look_main(const struct task_start *start)
{
    const unsigned char *bytes = (const unsigned char *)start->heap_base;
    size_t count = start->heap_end - start->heap_base, ones = 0;
    for (size_t i = 0; i < count; i++)
        ones += bytes[i] != 0;
    boot_say(start, ones == 0 ? "all zero\n" : "somebody else's bytes\n");
    return 0;
}

/* The next one gets the memory of the dead, without what they wrote; and nothing of them is left. */
static void test_memory_of_the_dead_comes_back(void **state)
{
    struct boot_world world = {.script = "echo on\n", .entry = boot_plan_main};
    (void)state;
    boot_plan_reset();
    boot_plan.rows[boot_plan_add("fill", fill_main, 80)].memory_percent = 2;
    boot_plan.rows[boot_plan_add("look", look_main, 60)].memory_percent = 2;
    boot_world_run(&world);
    boot_world_says(&world, "all zero\n");
    boot_world_says(&world, "on\n");
    assert_int_equal(world.code, 0);
    assert_int_equal(world.counters.threads, 6);
    assert_int_equal(world.counters.spaces, 6);
    boot_world_close(&world);
}

/* The shell's own fault ends the system with a line and a code, not with silence. */
static void test_the_leader_may_fault_too(void **state)
{
    struct boot_world world = {.entry = boot_plan_main};
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, write_free_addresses);
    boot_world_run(&world);
    boot_world_says(&world, "thread \"shell\" stopped: write of 0x");
    boot_world_says(&world, "ukern: \"shell\" was stopped, and the system ends with it\n");
    assert_int_equal(world.code, 71);
    boot_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_of_any_pool_fit),
        cmocka_unit_test(test_region_judges),
        cmocka_unit_test(test_record_words),
        cmocka_unit_test(test_wild_accesses_end_one_task),
        cmocka_unit_test(test_other_faults_end_one_task),
        cmocka_unit_test(test_exhaustion_ends_one_task),
        cmocka_unit_test(test_a_share_is_kept),
        cmocka_unit_test(test_memory_of_the_dead_comes_back),
        cmocka_unit_test(test_the_leader_may_fault_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
