/* SPDX-License-Identifier: MIT */
/* Whole systems: what a script prints, how every kind of end ends, and that the same seed is the same run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "archive_builder.h"
#include "boot_world.h"
#include "runtime/protocol.h"
#include "support/percent.h"

static void test_a_script_runs(void **state)
{
    struct boot_world world = {.script = "cat /hello\nls /\nsha256sum /hello\nmkdir /new\ncp /hello /new/copy\n"
                                         "wc -c /new/copy\nrm -r /new\n"};
    (void)state;
    boot_world_expect(&world,
                      "the quick brown fox jumps over the lazy dog\n"
                      "dir\nempty\nhello\nlink\nloop\nnull\npipe\n"
                      "1153a4080f1fcb04425aa0b841c2b14606fe6df25d9076d2a1face2d5af57129  /hello\n"
                      "44 /new/copy\n",
                      0);
}

static void test_the_scripts_failure_is_the_code(void **state)
{
    struct boot_world world = {.script = "exit 7\necho never\n"};
    (void)state;
    boot_world_expect(&world, "", 7);
    world = (struct boot_world){.script = "cat /nowhere\necho never\n"};
    boot_world_run(&world);
    assert_int_equal(world.code, 1);
    assert_null(strstr(world.output, "never\n"));
    boot_world_close(&world);
    world = (struct boot_world){.script = "what is this\n"};
    boot_world_run(&world);
    assert_int_equal(world.code, 127);
    boot_world_close(&world);
}

static void test_strict_changes_nothing_visible(void **state)
{
    static const char script[] = "ls -lR /\nsha256sum -r /\ntree /\n";
    struct boot_world plain = {.script = script}, strict = {.script = script, .strict = true};
    (void)state;
    boot_world_run(&plain);
    boot_world_run(&strict);
    assert_int_equal(plain.code, 0);
    assert_int_equal(strict.code, 0);
    assert_string_equal(plain.output, strict.output);
    assert_true(plain.trace_hash == strict.trace_hash);
    boot_world_close(&plain);
    boot_world_close(&strict);
}

/* A task that never blocks, of the shell's own priority. */
static uk_word spin_with_entries(const struct task_start *start)
{
    while (uk_clock() < 50000000)
        (void)start;
    return 0;
}

/* Same seed, same run; other seeds, other runs, and always the same output. */
static void test_a_seed_is_a_run(void **state)
{
    static const char script[] = "ls -lR /\nsha256sum -r /\ntree /\n";
    struct boot_world plain = {.script = script};
    uint64_t hashes[40];
    unsigned differ = 0;
    (void)state;
    boot_world_run(&plain);
    for (uint64_t seed = 0; seed < percent_of(40); seed++) {
        boot_plan_reset();
        boot_plan_add("busy", spin_with_entries, 50);
        struct boot_world one = {.script = script, .seeded = true, .seed = seed, .entry = boot_plan_main}, two = one;
        boot_world_run(&one);
        boot_world_run(&two);
        assert_int_equal(one.code, 0);
        assert_string_equal(one.output, plain.output);
        assert_true(one.trace_hash == two.trace_hash);
        hashes[seed] = one.trace_hash;
        differ += seed > 0 && hashes[seed] != hashes[seed - 1];
        boot_world_close(&one);
        boot_world_close(&two);
    }
    assert_int_equal(differ, percent_of(40) - 1);
    boot_world_close(&plain);
}

static void test_memory_of_every_size(void **state)
{
    (void)state;
    for (uint32_t mib = 4; mib <= 64; mib += mib < 8 ? 1 : 8) {
        struct boot_world world = {.script = "cat /hello\n", .memory_mib = mib};
        boot_world_expect(&world, "the quick brown fox jumps over the lazy dog\n", 0);
    }
}

/* Too little is refused with words, at boot or by the root task, never with a crash. */
static void test_too_little_memory(void **state)
{
    (void)state;
    for (uint32_t mib = 1; mib < 4; mib++) {
        struct boot_world world = {.script = "cat /hello\n", .memory_mib = mib};
        boot_world_run(&world);
        assert_true(world.code == 0 || world.error[0] != '\0' || world.output_used > 0);
        assert_true(world.code == 0 || world.code == 71 || world.code == 126);
        boot_world_close(&world);
    }
}

/* Servers that die. ------------------------------------------------------------------------------------------------ */

static uk_word die_at_once(const struct task_start *start)
{
    (void)start;
    return 0;
}

static uk_word die_with_code(const struct task_start *start)
{
    (void)start;
    return 9;
}

/* Takes one message and never answers it. */
static uk_word die_in_call(const struct task_start *start)
{
    struct uk_message message = uk_message(0, 0);
    volatile uk_word address = start->free_base;
    start->buffer->window = (struct uk_window){.slot = TASK_FIRST_FREE, .slot_count = 1};
    (void)uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    return *(volatile uk_word *)address;
}

static void expect_death(uint32_t row, task_entry entry, int code, const char *line)
{
    struct boot_world world = {.script = "cat /hello\necho never\n", .entry = boot_plan_main};
    boot_plan_reset();
    boot_plan_replace(row, entry);
    boot_world_run(&world);
    boot_world_says(&world, line);
    assert_null(strstr(world.output, "never\n"));
    assert_int_equal(world.code, code);
    boot_world_close(&world);
}

static void test_a_dead_server_ends_the_system(void **state)
{
    (void)state;
    expect_death(ROW_FILES, die_at_once, 71, "ukern: \"files\" has ended, and the system ends with it\n");
    expect_death(ROW_FILES, die_with_code, 9, "ukern: \"files\" has ended, and the system ends with it\n");
    expect_death(ROW_NAMES, die_at_once, 71, "ukern: \"names\" has ended, and the system ends with it\n");
    expect_death(ROW_NAMES, die_in_call, 71, "thread \"names\" stopped: read of 0x");
    expect_death(ROW_NAMES, die_in_call, 71, "ukern: \"names\" was stopped, and the system ends with it\n");
    expect_death(ROW_CONSOLE, die_with_code, 9, "");
    expect_death(ROW_CONSOLE, die_in_call, 71, "");
}

/* The memory server: before it has answered anything, and in the middle of another's page fault. */
static uk_word memory_dies_later(const struct task_start *start)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    while (status == UK_OK && (message.tag & UK_TAG_FAULT) == 0) {
        message = uk_message(UK_OK, 0);
        status = uk_reply_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    }
    return die_in_call(start);
}

static void test_a_dead_memory_server_ends_the_system(void **state)
{
    (void)state;
    expect_death(ROW_MEMORY, die_at_once, 71, "");
    expect_death(ROW_MEMORY, die_in_call, 71, "");
    expect_death(ROW_MEMORY, memory_dies_later, 71, "thread \"memory\" stopped: read of 0x");
}

/* A server that stays alive and never answers is a standstill, and is told as one. */
static uk_word never_answer(const struct task_start *start)
{
    struct uk_message message = uk_message(0, 0);
    start->buffer->window = (struct uk_window){.slot = TASK_FIRST_FREE, .slot_count = 1};
    (void)uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    return uk_receive_from(TASK_ENDPOINT, 12345, &message, UK_NONE, UK_FOREVER);
}

static void test_a_standstill_is_told(void **state)
{
    struct boot_world world = {.script = "cat /hello\n", .entry = boot_plan_main};
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_NAMES, never_answer);
    boot_world_run(&world);
    assert_int_equal(world.code, 70);
    assert_non_null(strstr(world.error, "nothing can run any more: "));
    boot_world_close(&world);
}

/* Archives that are wrong. ----------------------------------------------------------------------------------------- */

static void test_wrong_archives_are_refused(void **state)
{
    uint8_t bytes[16384], wrong[16384];
    size_t count = archive_sample(bytes, sizeof bytes);
    (void)state;
    for (size_t cut = 1; cut < count; cut += cut < 300 ? 37 : 501) {
        struct boot_world world = {.archive = bytes, .archive_bytes = cut, .script = "echo never\n"};
        boot_world_run(&world);
        boot_world_says(&world, "files: the archive is refused at byte ");
        assert_null(strstr(world.output, "never"));
        assert_int_not_equal(world.code, 0);
        boot_world_close(&world);
    }
    struct archive_builder builder = {wrong, sizeof wrong, 0};
    archive_add(&builder, &(struct archive_item){.name = "../up", .mode = 0100644});
    archive_end(&builder);
    struct boot_world world = {.archive = wrong, .archive_bytes = builder.used};
    boot_world_run(&world);
    boot_world_says(&world, "'..'");
    assert_int_equal(world.code, 1);
    boot_world_close(&world);
}

/* More than the file server has memory for, by names alone. */
static void test_an_archive_of_too_many_names(void **state)
{
    enum {
        NAMES = 60000,
        ROOM = NAMES * 128
    };
    struct archive_builder builder = {malloc(ROOM), ROOM, 0};
    char name[16];
    (void)state;
    assert_non_null(builder.bytes);
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "f%u", i);
        archive_add(&builder, &(struct archive_item){.name = name, .mode = 0100644, .number = i + 1});
    }
    archive_end(&builder);
    struct boot_world world = {.archive = builder.bytes, .archive_bytes = builder.used, .memory_mib = 6};
    boot_world_run(&world);
    boot_world_says(&world, "the file server's memory is too small for the archive");
    assert_int_equal(world.code, 1);
    boot_world_close(&world);
    free(builder.bytes);
}

/* Scripts that are wrong. ------------------------------------------------------------------------------------------ */

static void test_hostile_scripts(void **state)
{
    char script[4000];
    uint32_t seed = 99;
    (void)state;
    for (unsigned run = 0; run < percent_of(30); run++) {
        for (size_t i = 0; i < sizeof script; i++) {
            seed = seed * 1664525 + 1013904223;
            script[i] = run % 3 == 0 ? (char)(seed >> 24) : " \n/.*>|\"'\\abcxls;&$\t-"[(seed >> 16) % 22];
        }
        struct boot_world world = {.script = script, .script_bytes = sizeof script};
        boot_world_run(&world);
        assert_string_equal(world.error, "");
        assert_true(world.code >= 0 && world.code <= 127);
        boot_world_close(&world);
    }
}

static void test_a_busy_equal_starves_nobody(void **state)
{
    struct boot_world world = {.script = "cat /hello\n", .entry = boot_plan_main};
    (void)state;
    boot_plan_reset();
    boot_plan_add("busy", spin_with_entries, 50);
    boot_world_expect(&world, "the quick brown fox jumps over the lazy dog\n", 0);
}

/* The root task's service, asked for nonsense. */
static uk_word ask_root_main(const struct task_start *start)
{
    struct uk_message message = uk_message(77, 0);
    bool good = uk_call(TASK_ROOT, &message, UK_FOREVER) == UK_OK && UK_TAG_LABEL(message.tag) == UK_BAD_OPERATION;
    for (uk_word index = 0; index < 40; index++) {
        message = uk_message(index % 2 == 0 ? ROOT_PS : ROOT_STAT, 1);
        message.word[0] = index < 20 ? index / 2 : ~index;
        good = good && uk_call(TASK_ROOT, &message, UK_FOREVER) == UK_OK;
        good = good && UK_TAG_LABEL(message.tag) == (index / 2 < 6 ? UK_OK : UK_NOT_MAPPED);
    }
    message = uk_message(ROOT_PS, 1);
    (void)uk_send(TASK_ROOT, &message, UK_FOREVER);
    boot_say(start, good ? "good\n" : "bad\n");
    message = uk_message(ROOT_EXIT, 1);
    message.word[0] = 0x123;
    (void)uk_call(TASK_ROOT, &message, UK_FOREVER);
    boot_say(start, "never\n");
    return 1;
}

static void test_the_root_service(void **state)
{
    struct boot_world world = {.entry = boot_plan_main};
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, ask_root_main);
    boot_world_expect(&world, "good\n", 0x23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_script_runs),
        cmocka_unit_test(test_the_scripts_failure_is_the_code),
        cmocka_unit_test(test_strict_changes_nothing_visible),
        cmocka_unit_test(test_a_seed_is_a_run),
        cmocka_unit_test(test_memory_of_every_size),
        cmocka_unit_test(test_too_little_memory),
        cmocka_unit_test(test_a_dead_server_ends_the_system),
        cmocka_unit_test(test_a_dead_memory_server_ends_the_system),
        cmocka_unit_test(test_a_standstill_is_told),
        cmocka_unit_test(test_wrong_archives_are_refused),
        cmocka_unit_test(test_an_archive_of_too_many_names),
        cmocka_unit_test(test_hostile_scripts),
        cmocka_unit_test(test_a_busy_equal_starves_nobody),
        cmocka_unit_test(test_the_root_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
