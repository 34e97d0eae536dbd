/* SPDX-License-Identifier: MIT */
/* Plays the conformance table by step and by run: every row as expected, and both say the same, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "conformance/world.h"

struct transcript {
    char *text;
    size_t length, room;
};

static void line_add(void *context, const char *line)
{
    struct transcript *transcript = context;
    size_t bytes = strlen(line);
    if (transcript->length + bytes + 2 > transcript->room) {
        transcript->room = transcript->room * 2 + bytes + 4096;
        transcript->text = realloc(transcript->text, transcript->room);
        assert_non_null(transcript->text);
    }
    memcpy(transcript->text + transcript->length, line, bytes);
    transcript->length += bytes;
    transcript->text[transcript->length++] = '\n';
    transcript->text[transcript->length] = 0;
    if (strstr(line, "but expected") != NULL || strstr(line, "somebody else") != NULL || strstr(line, "no world") != NULL)
        print_error("%s\n", line);
}

static struct conformance_totals totals[2];
static struct transcript transcripts[2];
static struct conformance_world worlds[2];

static void play(unsigned which)
{
    struct conformance_driver driver = which == 0 ? step_driver(&worlds[0]) : run_driver(&worlds[1]);
    conformance_play(&driver, line_add, &transcripts[which], &totals[which]);
    print_message("%s: %u rows, %u not as expected, %u that cannot be played\n", driver.name, totals[which].rows,
                  totals[which].failed, totals[which].left_out);
}

static void test_rows_come_out_by_step(void **state)
{
    (void)state;
    play(0);
    assert_int_equal(totals[0].failed, 0);
}

static void test_rows_come_out_by_run(void **state)
{
    (void)state;
    play(1);
    assert_int_equal(totals[1].failed, 0);
}

static int is_left_out(const char *line, const char *driver)
{
    for (const struct conformance_exception *exception = conformance_exceptions; exception->row != NULL; exception++)
        if (strcmp(exception->driver, driver) == 0 && strncmp(line, exception->row, strlen(exception->row)) == 0)
            return 1;
    return 0;
}

/* The next line that the other driver can play too, and what follows it. */
static char *next_line(char **rest, const char *other)
{
    char *line;
    do {
        line = *rest;
        char *end = strchr(line, '\n');
        if (end == NULL)
            return NULL;
        *end = 0;
        *rest = end + 1;
    } while (is_left_out(line, other));
    return line;
}

static void test_both_drivers_say_the_same(void **state)
{
    (void)state;
    char *step = transcripts[0].text, *run = transcripts[1].text, *one, *other;
    assert_non_null(step);
    assert_non_null(run);
    do {
        one = next_line(&step, "run");
        other = next_line(&run, "step");
        if (one != NULL && other != NULL)
            assert_string_equal(one, other);
    } while (one != NULL && other != NULL);
    assert_true(one == NULL && other == NULL);
}

/* UK_REFUSED is what the host says: only boot can meet it. */
static int host_refuses(void)
{
    struct rlimit none = {0, 0}, limit;
    struct uk_config config = {.run = 1, .arena_bytes = 1 << 20};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    struct uk_kernel *kernel;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &none);
    enum uk_status status = uk_boot(memory, bytes, &config, &kernel);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    free(memory);
    return status == UK_REFUSED;
}

static void test_every_status_is_reached(void **state)
{
    (void)state;
    totals[0].reached[UK_REFUSED] = (uint8_t)host_refuses();
    for (unsigned i = 0; i < UK_STATUS_COUNT; i++)
        if (!totals[0].reached[i] && !totals[1].reached[i])
            fail_msg("no row reaches %s", uk_status_name((enum uk_status)i));
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        free(transcripts[i].text);
        free(worlds[i].memory);
    }
    return 0;
}

/* `--print step|run`: only the lines. */
static int print_lines(const char *driver)
{
    play(strcmp(driver, "run") == 0);
    const struct transcript *transcript = &transcripts[strcmp(driver, "run") == 0];
    fputs(transcript->text, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_come_out_by_step),
        cmocka_unit_test(test_rows_come_out_by_run),
        cmocka_unit_test(test_both_drivers_say_the_same),
        cmocka_unit_test(test_every_status_is_reached),
    };
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print_lines(argv[2]);
    return cmocka_run_group_tests(tests, NULL, teardown);
}
