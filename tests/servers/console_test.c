/* SPDX-License-Identifier: MIT */
/* The console: lines against a model, the driver and the host's side of the rings, and clients that ask nonsense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot_world.h"
#include "console/device_hosted.h"
#include "console/line.h"
#include "runtime/console.h"
#include "runtime/message.h"
#include "runtime/protocol.h"
#include "runtime/text.h"

static size_t take(struct line_buffer *line, char *bytes, size_t most, bool all)
{
    size_t count = line_take(line, bytes, most, all);
    bytes[count] = '\0';
    return count;
}

static void add(struct line_buffer *line, const char *text)
{
    for (; *text != '\0'; text++)
        line_add(line, *text);
}

static void test_lines(void **state)
{
    static struct line_buffer line;
    char bytes[LINE_ROOM + 1];
    (void)state;
    assert_int_equal(take(&line, bytes, 496, false), 0);
    add(&line, "one\ntwo");
    assert_int_equal(take(&line, bytes, 496, false), 4);
    assert_string_equal(bytes, "one\n");
    assert_int_equal(take(&line, bytes, 496, false), 0);
    add(&line, "\n\nend");
    assert_int_equal(take(&line, bytes, 496, false), 4);
    assert_string_equal(bytes, "two\n");
    assert_int_equal(take(&line, bytes, 496, false), 1);
    assert_int_equal(take(&line, bytes, 496, false), 0);
    assert_int_equal(take(&line, bytes, 496, true), 3);
    assert_string_equal(bytes, "end");
    assert_int_equal(take(&line, bytes, 496, true), 0);
}

/* Any pieces in, any pieces out: the same bytes in the same order, and never more than a line. */
static void test_lines_keep_every_byte(void **state)
{
    static struct line_buffer line;
    char given[20000], taken[20000], bytes[LINE_ROOM + 1];
    size_t in = 0, out = 0;
    uint32_t seed = 12345;
    (void)state;
    for (size_t i = 0; i < sizeof given; i++) {
        seed = seed * 1664525 + 1013904223;
        given[i] = seed >> 28 == 0 && i % 5000 > 2000 ? '\n' : (char)(seed >> 16);
    }
    while (out < sizeof given) {
        seed = seed * 1664525 + 1013904223;
        for (size_t n = seed >> 22; n > 0 && in < sizeof given && line_room(&line) > 0; n--)
            line_add(&line, given[in++]);
        size_t most = 1 + (seed >> 8) % 496;
        size_t count = line_take(&line, bytes, most, in == sizeof given);
        assert_true(count <= most);
        const char *end = memchr(bytes, '\n', count);
        assert_true(end == NULL || end == bytes + count - 1);
        memcpy(taken + out, bytes, count);
        out += count;
    }
    assert_memory_equal(given, taken, sizeof given);
}

/* A shell that prints every piece that it reads: "<length>". */
static uk_word measure_main(const struct task_start *start)
{
    struct console_call console;
    char bytes[CONSOLE_CHUNK], text[32];
    size_t count;
    console_call_open(&console, start);
    do {
        count = console.console.read(&console.console, bytes, sizeof bytes);
        (void)console.console.write(&console.console, text, text_format(text, sizeof text, "<%zu>", count));
    } while (count > 0);
    (void)console.console.write(&console.console, "\n", 1);
    return console.console.read(&console.console, bytes, sizeof bytes) == 0 ? 0 : 1; /* the end stays the end */
}

static void expect_pieces(const char *script, size_t bytes, const char *wanted)
{
    struct boot_world world = {.script = script, .script_bytes = bytes, .entry = boot_plan_main};
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, measure_main);
    boot_world_expect(&world, wanted, 0);
}

static void test_reads_are_lines(void **state)
{
    char longest[3000];
    (void)state;
    expect_pieces("", 0, "<0>\n");
    expect_pieces("a\nbc\n", 5, "<2><3><0>\n");
    expect_pieces("no newline", 10, "<10><0>\n");
    expect_pieces("\n\n\n", 3, "<1><1><1><0>\n");
    expect_pieces("a\0b\n", 4, "<4><0>\n");
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\n';
    expect_pieces(longest, sizeof longest, "<496><496><496><496><496><496><24><0>\n");
    longest[495] = '\n';
    expect_pieces(longest, 992, "<496><496><0>\n");
}

/* Output larger than every ring and buffer on its way arrives whole. */
static uk_word flood_main(const struct task_start *start)
{
    char line[64];
    for (unsigned i = 0; i < 5000; i++) {
        text_format(line, sizeof line, "line %u of many that must all arrive\n", i);
        boot_say(start, line);
    }
    return 0;
}

static void test_no_output_is_lost(void **state)
{
    struct boot_world world = {.entry = boot_plan_main};
    char line[64];
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, flood_main);
    boot_world_run(&world);
    const char *next = world.output;
    for (unsigned i = 0; i < 5000; i++) {
        size_t length = text_format(line, sizeof line, "line %u of many that must all arrive\n", i);
        assert_memory_equal(next, line, length);
        next += length;
    }
    assert_int_equal(*next, 0);
    assert_int_equal(world.code, 0);
    boot_world_close(&world);
}

static uk_word call_with(uk_word label, unsigned length, uk_word first)
{
    struct uk_message message = uk_message((uint32_t)label, length);
    message.word[0] = first;
    enum uk_status status = uk_call(TASK_CONSOLE, &message, UK_FOREVER);
    return status == UK_OK ? UK_TAG_LABEL(message.tag) : 1000 + (uk_word)status;
}

static void expect(const struct task_start *start, const char *what, uk_word got, uk_word wanted)
{
    char line[80];
    text_format(line, sizeof line, "BAD %s: %lu, not %lu\n", what, got, wanted);
    if (got != wanted)
        boot_say(start, line);
}

static uk_word nonsense_main(const struct task_start *start)
{
    struct uk_message message = uk_message(CONSOLE_READ, 0);
    expect(start, "unknown label", call_with(99, 0, 0), UK_BAD_OPERATION);
    expect(start, "write without length", call_with(CONSOLE_WRITE, 0, 0), UK_BAD_ARGUMENT);
    expect(start, "write of too much", call_with(CONSOLE_WRITE, 6, 497), UK_BAD_ARGUMENT);
    expect(start, "write of more than came", call_with(CONSOLE_WRITE, 3, 17), UK_BAD_ARGUMENT);
    expect(start, "write of a wild length", call_with(CONSOLE_WRITE, 6, ~(uk_word)0), UK_BAD_ARGUMENT);
    expect(start, "write of nothing", call_with(CONSOLE_WRITE, 1, 0), UK_OK);
    expect(start, "a message of 65 words", call_with(CONSOLE_WRITE, 65, 8), 1000 + UK_TOO_LARGE);
    expect(start, "read that gives up", (uk_word)uk_call(TASK_CONSOLE, &message, uk_clock() + 1000), UK_TIMED_OUT);
    message = uk_message(CONSOLE_READ, 0);
    expect(start, "and again", (uk_word)uk_call(TASK_CONSOLE, &message, uk_clock() + 1000), UK_TIMED_OUT);
    boot_say(start, "nonsense done\n");
    return 0;
}

/* A shell that sleeps until its input would have been read by the other one. */
static uk_word late_main(const struct task_start *start)
{
    uk_word bits;
    (void)uk_retype(TASK_UNTYPED, UK_TYPE_NOTIFICATION, 0, TASK_CNODE, TASK_FIRST_FREE, 1);
    (void)uk_wait(TASK_FIRST_FREE, &bits, uk_clock() + 1000000);
    boot_say(start, "late done\n");
    return 0;
}

/* A reader who gave up neither blocks the console nor its own next read, though nobody ever types. */
static void test_nonsense_gets_a_status(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct boot_world world = {.entry = boot_plan_main, .input_fd = ends[0]};
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, late_main);
    boot_plan_add("nonsense", nonsense_main, 60);
    boot_world_expect(&world, "nonsense done\nlate done\n", 0);
    close(ends[0]);
    close(ends[1]);
}

/* What is typed while nobody reads is read later; what is typed while somebody waits wakes them. */
static void test_live_input(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one\ntwo", 7), 7);
    close(ends[1]);
    struct boot_world world = {.entry = boot_plan_main, .input_fd = ends[0]};
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, measure_main);
    boot_world_expect(&world, "<4><3><0>\n", 0);
    close(ends[0]);
}

/* A driver gone mad: any index at any time. */
static uk_word mad_driver_main(const struct task_start *start)
{
    struct hosted_console *ring = (struct hosted_console *)start->device_base;
    uint32_t seed = 1;
    for (unsigned i = 0; i < 2000; i++) {
        volatile uint32_t *indices[] = {&ring->output_head, &ring->output_tail, &ring->input_head, &ring->input_tail,
                                        &ring->input_ended};
        seed = seed * 1664525 + 1013904223;
        *indices[(seed >> 8) % 5] = seed >> 16 & 1 ? seed : seed >> 20;
        (void)uk_interrupt_acknowledge(TASK_INTERRUPT);
    }
    return 3;
}

static void test_the_host_survives_a_mad_driver(void **state)
{
    struct boot_world world = {.entry = boot_plan_main, .script = "echo never read by a shell\n"};
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_CONSOLE, mad_driver_main);
    boot_world_run(&world);
    assert_int_equal(world.code, 3);
    boot_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_keep_every_byte),
        cmocka_unit_test(test_reads_are_lines),
        cmocka_unit_test(test_no_output_is_lost),
        cmocka_unit_test(test_nonsense_gets_a_status),
        cmocka_unit_test(test_live_input),
        cmocka_unit_test(test_the_host_survives_a_mad_driver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
