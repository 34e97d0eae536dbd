/* SPDX-License-Identifier: MIT */
/* The driver of the NS16550 over a chip in software: by hand, and under the real console server in whole systems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "archive_builder.h"
#include "boot_world.h"
#include "ns16550_model.h"
#include "runtime/console.h"
#include "runtime/text.h"

static struct model *model; /* of the test that runs */

/* In place of console/ns16550_access.h and of the operation behind device_acknowledge. */
#define CONSOLE_NS16550_ACCESS_H
#define REGISTERS 0x12345000

static uint8_t ns16550_read(uk_word registers, enum ns16550_register number)
{
    (void)registers;
    return model_read(model, number);
}

static void ns16550_write(uk_word registers, enum ns16550_register number, uint8_t value)
{
    (void)registers;
    model_write(model, number, value);
}

static enum uk_status acknowledge(uk_handle line)
{
    model->claimed = false;
    return model->kernel != NULL ? uk_interrupt_acknowledge(line) : UK_OK;
}

#define uk_interrupt_acknowledge acknowledge
#include "console/device_ns16550.c"
#undef uk_interrupt_acknowledge

static struct model *model_open(unsigned kind, uint32_t seed, const char *input, size_t input_bytes)
{
    struct model *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->kind = kind;
    made->seed = seed * 2654435761u + 1;
    made->input = input;
    made->input_bytes = input_bytes;
    made->line_control = 0x1b;
    made->fifo_control = 1;
    return model = made;
}

static void model_close(void)
{
    assert_null(model->broken);
    free(model);
    model = NULL;
}

static struct device open_by_hand(unsigned kind, const char *input)
{
    const struct task_start start = {.device_base = REGISTERS};
    struct device device;
    model_open(kind | MODEL_QUIET, 1, input, strlen(input));
    device_open(&device, &start);
    return device;
}

static size_t get_text(struct device *device, char *bytes, size_t room)
{
    size_t count = device_get(device, bytes, room);
    bytes[count] = '\0';
    return count;
}

static void receive(size_t count)
{
    for (; count > 0; count--)
        model_receive(model);
}

/* What was typed before the driver came is still there. */
static void test_opening_keeps_what_was_typed(void **state)
{
    const struct task_start start = {.device_base = REGISTERS};
    struct device device;
    char bytes[32];
    (void)state;
    model_open(MODEL_QUIET, 1, "typed early\n", 12);
    receive(12);
    model->enable = 0x0f; /* whatever firmware left */
    assert_true(model_claim(model, NULL));
    device_open(&device, &start);
    assert_int_equal(device.registers, REGISTERS);
    assert_int_equal(device.line, TASK_INTERRUPT);
    assert_int_equal(model->enable, NS16550_ENABLE_RECEIVED);
    assert_int_equal(model->line_control, NS16550_LINE_8N1);
    assert_int_equal(model->fifo_control, NS16550_FIFO_ON);
    assert_true(model_claim(model, NULL));
    assert_int_equal(get_text(&device, bytes, 31), 12);
    assert_string_equal(bytes, "typed early\n");
    assert_int_equal(get_text(&device, bytes, 31), 0);
    device_acknowledge(&device);
    assert_false(model_claim(model, NULL));
    model_close();
}

static void test_output_waits_for_room(void **state)
{
    struct device device = open_by_hand(0, "x");
    char bytes[100];
    (void)state;
    memset(bytes, 'a', sizeof bytes);
    assert_int_equal(device_put(&device, bytes, 10), 10);
    assert_int_equal(model->enable, NS16550_ENABLE_RECEIVED);
    assert_int_equal(device_put(&device, bytes, 1), 0); /* room is only known of an empty transmitter */
    assert_int_equal(model->enable, NS16550_ENABLE_EMPTY);
    receive(1);
    assert_false(model_claim(model, NULL)); /* who puts does not look for input */
    for (unsigned i = 0; i < 10; i++)
        model_send(model);
    assert_true(model_claim(model, NULL));
    device_acknowledge(&device);
    assert_false(model_claim(model, NULL)); /* and now it is up to the next put */
    assert_int_equal(device_put(&device, bytes, 100), 16);
    assert_int_equal(device_put(&device, bytes, 0), 0);
    assert_int_equal(model->enable, NS16550_ENABLE_RECEIVED);
    assert_true(model_claim(model, NULL)); /* the input that came meanwhile */
    assert_int_equal(device_get(&device, bytes, 9), 1);
    model_close();
}

static void test_input_without_room_does_not_signal(void **state)
{
    struct device device = open_by_hand(0, "abcdef");
    char bytes[8];
    (void)state;
    receive(3);
    assert_int_equal(get_text(&device, bytes, 2), 2);
    assert_string_equal(bytes, "ab");
    assert_true(model_claim(model, NULL)); /* there is more, and somebody may have room */
    assert_int_equal(device_get(&device, bytes, 0), 0);
    device_acknowledge(&device);
    receive(1);
    assert_false(model_claim(model, NULL));
    assert_int_equal(get_text(&device, bytes, 1), 1);
    assert_string_equal(bytes, "c");
    assert_true(model_claim(model, NULL));
    assert_int_equal(get_text(&device, bytes, 5), 1);
    assert_string_equal(bytes, "d");
    model_close();
}

static void test_a_byte_ends_the_input(void **state)
{
    struct device device = open_by_hand(0, "ab\004cd\004");
    char bytes[32];
    (void)state;
    receive(2);
    assert_int_equal(get_text(&device, bytes, 31), 2);
    assert_false(device_ended(&device));
    receive(4);
    assert_int_equal(get_text(&device, bytes, 31), 0);
    assert_true(device_ended(&device));
    assert_int_equal(get_text(&device, bytes, 31), 0);
    assert_int_equal(device_get(&device, bytes, 0), 0);
    assert_int_equal(get_text(&device, bytes, 31), 0);
    assert_true(device_ended(&device));
    device_acknowledge(&device);
    assert_int_equal(model->enable, 0);
    assert_int_equal(device_put(&device, "out", 3), 3);
    assert_int_equal(device_put(&device, "put", 3), 0);
    assert_int_equal(model->enable, NS16550_ENABLE_EMPTY);
    model_close();
}

/* All bytes but the one that ends it go through as they are. */
static void test_every_byte_goes_through(void **state)
{
    char input[256], got[256], put[256];
    struct device device = open_by_hand(0, "");
    size_t count = 0;
    (void)state;
    for (unsigned i = 0; i < 256; i++)
        put[i] = input[i] = (char)i;
    input[4] = 'd';
    model->input = input;
    model->input_bytes = sizeof input;
    while (model->input_used < sizeof input) {
        receive(16);
        count += device_get(&device, got + count, sizeof got - count);
    }
    assert_int_equal(count, sizeof input);
    assert_memory_equal(got, input, sizeof input);
    for (count = 0; count < sizeof put; count += device_put(&device, put + count, sizeof put - count))
        while (model->sent_count > 0)
            model_send(model);
    while (model->sent_count > 0)
        model_send(model);
    assert_memory_equal(model->output, put, sizeof put);
    model_close();
}

/* Whole systems: the console server is the real one, with this driver. */

#define SAMPLE_BYTES 16384

struct wired {
    struct uk_kernel *kernel;
    void *memory;
    unsigned slice; /* kernel entries between two steps of the model, at most */
    unsigned plug;  /* one in so many steps plugs or unplugs the other end; 0: never */
};

static void wired_boot(struct wired *wired)
{
    static uint8_t sample[SAMPLE_BYTES];
    const struct uk_device device = {.name = "console", .bytes = UK_PAGE};
    struct uk_config config = {.archive = sample, .archive_bytes = archive_sample(sample, sizeof sample)};
    simulation_configure(&config, (uk_word)16 << 20);
    config.devices = &device;
    config.device_count = 1;
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(UK_PAGE - 1);
    wired->memory = aligned_alloc(UK_PAGE, bytes);
    assert_non_null(wired->memory);
    assert_int_equal(uk_boot(wired->memory, bytes, &config, &wired->kernel), UK_OK);
    assert_int_equal(uk_start(wired->kernel, boot_plan_main, 0), UK_OK);
    model->kernel = wired->kernel;
}

/* Nothing can run: something outside must happen, or nothing ever will. */
static void wake(void)
{
    model->plugged = model->plugged && model_random(model) % 4 != 0;
    if (model_claim(model, uk_interrupt) || model_step(model))
        return;
    if (!model->plugged)
        fail_msg("standstill: %zu of %zu bytes in, %zu out", model->input_used, model->input_bytes, model->output_used);
    model->plugged = false;
}

static void outside(const struct wired *wired)
{
    if (wired->plug != 0 && model_random(model) % wired->plug == 0)
        model->plugged = !model->plugged;
    while (model_random(model) % 4 != 0 && model_step(model))
        ;
    if (model_random(model) % 2 == 0)
        (void)model_claim(model, uk_interrupt);
}

/* Runs until the shell is done. Whatever is raised must be worth it: some byte has moved since. */
static void wired_run(struct wired *wired)
{
    struct uk_counters counters;
    enum uk_run_end end;
    wired_boot(wired);
    do {
        end = uk_run(wired->kernel, UK_FOREVER, wired->slice > 0 ? 1 + model_random(model) % wired->slice : 100000);
        if (end == UK_RUN_IDLE)
            wake();
        else if (end == UK_RUN_ENTRIES && wired->slice > 0)
            outside(wired);
        else
            assert_int_equal(end, UK_RUN_HALTED);
        assert_true(model->claims <= model->input_used + model->output_used + NS16550_FIFO_BYTES);
    } while (end != UK_RUN_HALTED);
    uk_counters(wired->kernel, &counters);
    assert_int_equal(counters.exit_code, 0);
    assert_int_equal(uk_check(wired->kernel, NULL, 0), 0);
    uk_destroy(wired->kernel);
    free(wired->memory);
    model->plugged = false;
    while (model_step(model))
        ;
}

/* Shells. Each says all that it reads again, before or while or after more comes in. */

static uk_word echo_main(const struct task_start *start)
{
    struct console_call console;
    char bytes[CONSOLE_CHUNK];
    size_t count;
    console_call_open(&console, start);
    while ((count = console.console.read(&console.console, bytes, sizeof bytes)) > 0)
        (void)console.console.write(&console.console, bytes, count);
    for (unsigned i = 0; i < 100; i++) /* what comes after the end is nobody's business */
        uk_yield();
    return console.console.read(&console.console, bytes, sizeof bytes) == 0 ? 0 : 1;
}

static uk_word late_main(const struct task_start *start)
{
    for (unsigned i = 0; i < 3000; i++) /* so much comes in that the server has no room for it */
        uk_yield();
    return echo_main(start);
}

static uk_word loud_main(const struct task_start *start)
{
    char line[64];
    for (unsigned i = 0; i < 100; i++) {
        text_format(line, sizeof line, "line %u, said before anything is read\n", i);
        boot_say(start, line);
    }
    return echo_main(start);
}

/* Lines of any length, binary bytes among them; one byte is the end, and what follows it is dropped. */
static size_t make_input(char *bytes, size_t room, uint32_t seed)
{
    size_t end = room - 40 - seed % 300;
    for (size_t i = 0; i < room; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = seed >> 26 == 0 && i % 2500 > 900 ? '\n' : (char)(seed >> 16);
        if (bytes[i] == 4)
            bytes[i] = 'x';
    }
    bytes[end] = 4;
    return end;
}

static void expect_echo(task_entry shell, const char *before, unsigned kind, uint32_t seed, struct wired wired)
{
    char input[4000];
    size_t end = make_input(input, sizeof input, seed), said = strlen(before);
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, shell);
    model_open(kind, seed, input, sizeof input);
    wired_run(&wired);
    assert_int_equal(model->output_used, said + end);
    assert_memory_equal(model->output, before, said);
    assert_memory_equal(model->output + said, input, end);
    model_close();
}

static void expect_echoes(task_entry shell, const char *before)
{
    for (uint32_t seed = 1; seed <= 4; seed++) {
        unsigned kind = seed % 4;
        expect_echo(shell, before, kind | MODEL_QUIET, seed, (struct wired){0});
        expect_echo(shell, before, kind, seed, (struct wired){.slice = 4, .plug = 0});
        expect_echo(shell, before, kind, seed, (struct wired){.slice = 30, .plug = 3});
        expect_echo(shell, before, kind | MODEL_QUIET, seed, (struct wired){.slice = 3, .plug = 100});
    }
}

static void test_echo(void **state)
{
    (void)state;
    expect_echoes(echo_main, "");
}

static void test_input_before_anybody_reads(void **state)
{
    (void)state;
    expect_echoes(late_main, "");
}

static void test_input_while_output_waits(void **state)
{
    char before[8192];
    size_t used = 0;
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        used += text_format(before + used, sizeof before - used, "line %u, said before anything is read\n", i);
    expect_echoes(loud_main, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opening_keeps_what_was_typed),
        cmocka_unit_test(test_output_waits_for_room),
        cmocka_unit_test(test_input_without_room_does_not_signal),
        cmocka_unit_test(test_a_byte_ends_the_input),
        cmocka_unit_test(test_every_byte_goes_through),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_input_before_anybody_reads),
        cmocka_unit_test(test_input_while_output_waits),
    };
    return cmocka_run_group_tests_name("servers/ns16550", tests, NULL, NULL);
}
