/* SPDX-License-Identifier: MIT */
/* The words of `ukern run`, the seeded choices, and the closing table: what users type and what they read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/transports.h"
#include "sim/choose.h"
#include "sim/options.h"
#include "sim/report.h"

#define WORDS_MAX 16

/* Splits at spaces. */
static bool read_words(struct run_options *options, const char *line, char *error, size_t room)
{
    static char text[256];
    char *words[WORDS_MAX];
    int count = 0;
    strcpy(text, line);
    for (char *word = strtok(text, " "); word != NULL && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    error[0] = '\0';
    return run_options_read(options, count, words, error, room);
}

static void expect_good(struct run_options *options, const char *line)
{
    char error[256];
    if (!read_words(options, line, error, sizeof error))
        fail_msg("%s: %s", line, error);
}

static void expect_bad(const char *line, const char *wanted)
{
    struct run_options options;
    char error[256];
    assert_false(read_words(&options, line, error, sizeof error));
    assert_string_equal(error, wanted);
}

static void test_good_words(void **state)
{
    struct run_options options;
    (void)state;
    expect_good(&options, "");
    assert_null(options.archive);
    assert_null(options.script);
    assert_false(options.seeded || options.strict || options.trace || options.real_time || options.quiet);
    assert_int_equal(options.memory_mib, OPTIONS_MEMORY_MIB);
    expect_good(&options, "DIR --script FILE --seed 0x10 --strict --trace --real-time --memory 7 --quiet");
    assert_string_equal(options.archive, "DIR");
    assert_string_equal(options.script, "FILE");
    assert_true(options.seeded && options.strict && options.trace && options.real_time && options.quiet);
    assert_int_equal(options.seed, 16);
    assert_int_equal(options.memory_mib, 7);
    expect_good(&options, "--seed 18446744073709551615 -- --odd-name");
    assert_string_equal(options.archive, "--odd-name");
    assert_true(options.seed == UINT64_MAX);
    expect_good(&options, "-h");
    assert_true(options.help);
    expect_good(&options, "--transport ring --latency 10us");
    assert_int_equal(options.transport, TRANSPORT_RING);
    assert_true(options.latency_ns == 10000 && !options.transports);
    expect_good(&options, "--latency 1s --latency 2ms --latency 0 --transport help");
    assert_true(options.latency_ns == 0 && options.transports);
}

static void test_bad_words(void **state)
{
    (void)state;
    expect_bad("--sript x", "there is no option --sript; see ukern run --help");
    expect_bad("-", "there is no option -; see ukern run --help");
    expect_bad("a --script", "--script needs a value; see ukern run --help");
    expect_bad("a b", "one directory or archive at a time, not both a and b");
    expect_bad("--seed -1", "--seed -1: give a whole number");
    expect_bad("--seed 1x", "--seed 1x: give a whole number");
    expect_bad("--seed 18446744073709551616", "--seed 18446744073709551616: give a whole number");
    expect_bad("--memory 3", "--memory 3: give a number of MiB from 4 to 4096");
    expect_bad("--memory 4097", "--memory 4097: give a number of MiB from 4 to 4096");
    expect_bad("--transport x", "there is no transport x; there are: call copy share gift ring port lease cow bound portal "
                                 "resident direct");
    expect_bad("--latency 10", "--latency 10: give a time up to a day with its unit (ns, us, ms, s), as 10us");
    expect_bad("--latency ms", "--latency ms: give a time up to a day with its unit (ns, us, ms, s), as 10us");
    expect_bad("--latency 300000s", "--latency 300000s: give a time up to a day with its unit (ns, us, ms, s), as 10us");
    expect_bad("--memory lots", "--memory lots: give a number of MiB from 4 to 4096");
}

static void test_choices(void **state)
{
    struct chooser one, two, other;
    unsigned differ = 0, preempted = 0, counts[5] = {0};
    (void)state;
    chooser_open(&one, 1);
    chooser_open(&two, 1);
    chooser_open(&other, 2);
    for (unsigned i = 0; i < 64000; i++) {
        uint32_t choice = chooser_choose(&one, UK_CHOICE_EQUALS, 5);
        assert_true(choice < 5);
        counts[choice]++;
        assert_int_equal(choice, chooser_choose(&two, UK_CHOICE_EQUALS, 5));
        differ += choice != chooser_choose(&other, UK_CHOICE_EQUALS, 5);
    }
    for (unsigned i = 0; i < 5; i++)
        assert_in_range(counts[i], 12000, 13600);
    assert_in_range(differ, 64000 * 7 / 10, 64000 * 9 / 10);
    for (unsigned i = 0; i < 64000; i++) {
        uint32_t choice = chooser_choose(&one, UK_CHOICE_PREEMPT, 2);
        assert_true(choice < 2);
        preempted += choice;
    }
    assert_in_range(preempted, 800, 1200);
    assert_int_equal(chooser_choose(&one, UK_CHOICE_EQUALS, 1), 0);
    assert_int_equal(chooser_choose(&one, UK_CHOICE_EQUALS, 0), 0);
}

static void test_the_table(void **state)
{
    struct uk_counters counters = {.now = 1234567890,
                                   .threads = 6,
                                   .spaces = 7,
                                   .calls = 1000,
                                   .signals = 0,
                                   .faults = 999,
                                   .switches = 1234567,
                                   .entries = UINT64_MAX};
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    (void)state;
    assert_non_null(file);
    report_table(file, &counters, 42, 5000);
    fclose(file);
    assert_string_equal(text, "  threads                           6\n"
                              "  spaces                            7\n"
                              "  calls                         1,000\n"
                              "  signals                           0\n"
                              "  faults                          999\n"
                              "  context switches          1,234,567\n"
                              "  kernel entries     18,446,744,073,709,551,615\n"
                              "  host system calls                42\n"
                              "  virtual time             1.234568 s\n"
                              "  real time                0.000005 s\n");
    free(text);
}

/* No line for a file that is no terminal, however long it takes. */
static void test_progress_is_for_terminals(void **state)
{
    struct progress progress;
    FILE *file = tmpfile();
    (void)state;
    assert_non_null(file);
    progress_open(&progress, file);
    progress.started = 0;
    assert_false(progress_due(&progress));
    assert_false(progress_due(NULL));
    progress_hide(&progress);
    assert_int_equal(ftell(file), 0);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_words),
        cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_progress_is_for_terminals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
