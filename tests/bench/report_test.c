/* SPDX-License-Identifier: MIT */
/* What `ukern bench` writes and answers: JSON that any reader takes, medians that are medians, exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/bench.h"
#include "sim/sim.h"

/* A reader of JSON (RFC 8259) that only says whether it is some; NULL: it is not. */
static const char *skip_value(const char *at, int depth);

static const char *skip_space(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *skip_string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < ' ')
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (*at == 'u' ? strspn(at + 1, "0123456789abcdefABCDEF") < 4 : strchr("\"\\/bfnrt", *at) == NULL || *at == 0)
            return NULL;
    }
    return at + 1;
}

static const char *skip_number(const char *at)
{
    const char digits[] = "0123456789";
    at += *at == '-';
    size_t whole = strspn(at, digits);
    if (whole == 0 || (whole > 1 && *at == '0'))
        return NULL;
    at += whole;
    if (*at == '.') {
        size_t part = strspn(at + 1, digits);
        at = part > 0 ? at + 1 + part : NULL;
    }
    if (at != NULL && (*at == 'e' || *at == 'E')) {
        at += 1 + (at[1] == '+' || at[1] == '-');
        size_t power = strspn(at, digits);
        at = power > 0 ? at + power : NULL;
    }
    return at;
}

static const char *skip_members(const char *at, char end, int depth)
{
    at = skip_space(at + 1);
    if (*at == end)
        return at + 1;
    for (;;) {
        if (end == '}') {
            at = skip_string(skip_space(at));
            if (at == NULL || *(at = skip_space(at)) != ':')
                return NULL;
            at++;
        }
        at = skip_value(at, depth);
        if (at == NULL)
            return NULL;
        at = skip_space(at);
        if (*at == end)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static const char *skip_value(const char *at, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    at = skip_space(at);
    if (depth > 16)
        return NULL;
    if (*at == '{' || *at == '[')
        return skip_members(at, *at == '{' ? '}' : ']', depth + 1);
    if (*at == '"')
        return skip_string(at);
    for (size_t i = 0; i < 3; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return skip_number(at);
}

static int is_json(const char *text)
{
    const char *end = skip_value(text, 0);
    return end != NULL && *skip_space(end) == '\0';
}

static void the_reader_knows_json(void **state)
{
    (void)state;
    assert_true(is_json("{\"a\": [1, -2.5e-3, \"x\\u00e4\\\"\", true, null, {}, []]}\n"));
    static const char *const bad[] = {"",      "{",        "{\"a\":1,}", "[1 2]",  "nan",  "[1,]",  "01",
                                      "\"\n\"", "{\"a\" 1}", "1.",        "\"\\q\"", "inf", "[1]]", "{a: 1}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(is_json(bad[i]));
}

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 22);
    assert_non_null(file);
    assert_non_null(text);
    size_t length = fread(text, 1, (1 << 22) - 1, file);
    assert_true(length > 0 && length < (1 << 22) - 1);
    fclose(file);
    return text;
}

static unsigned occurrences(const char *text, const char *what)
{
    unsigned count = 0;
    while ((text = strstr(text, what)) != NULL)
        count++, text++;
    return count;
}

#define COMMAND(...)                                                                                                   \
    bench_command(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), (char *[]){__VA_ARGS__})

static void json_in_google_benchmarks_schema(void **state)
{
    char path[] = "/tmp/ukern-bench-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(COMMAND("--quick", "--filter", "call_reply_0w", "--json", path), 0);
    char *text = read_all(path);
    unlink(path);
    assert_true(is_json(text));
    assert_int_equal(occurrences(text, "\"name\": \"call_reply_0w\""), 31);
    assert_int_equal(occurrences(text, "\"run_type\": \"iteration\""), 31);
    assert_int_equal(occurrences(text, "\"name\": \"call_reply_0w_median\""), 1);
    assert_int_equal(occurrences(text, "\"aggregate_name\": \"median\""), 1);
    static const char *const keys[] = {"\"context\": {",  "\"benchmarks\": [", "\"num_cpus\": ", "\"date\": ",
                                       "\"real_time\": ", "\"cpu_time\": ",    "\"iterations\": "};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_true(occurrences(text, keys[i]) > 0);
    assert_int_equal(occurrences(text, "\"time_unit\": \"ns\""), 32);
    free(text);
}

/* SY-3: from which call on it pays is told, or that it never does; there is no bar to be met. */
static void binding_is_a_figure(void **state)
{
    char path[] = "/tmp/ukern-bench-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(COMMAND("--quick", "--filter", "binding pays", "--json", path), 0);
    char *text = read_all(path);
    unlink(path);
    assert_true(is_json(text));
    assert_int_equal(occurrences(text, "binding pays from this call on_median"), 2);
    assert_int_equal(occurrences(text, "\"value\": "), 2);
    assert_int_equal(occurrences(text, "bar_at"), 0);
    free(text);
}

/* Also without any row, and with figures only. */
static void figures_in_json(void **state)
{
    static const struct bench_options options = {.pairs = 31};
    struct bench_results *results = calloc(1, sizeof *results);
    char *text = NULL;
    size_t bytes = 0;
    (void)state;
    assert_non_null(results);
    results->options = &options;
    for (unsigned count = 0; count < 4; count++) {
        FILE *file = open_memstream(&text, &bytes);
        assert_non_null(file);
        results->figures[0] = (struct bench_figure){.name = "a / b", .bar = 6, .value = {5.5, 5.25, 5.75}};
        results->figures[1] = (struct bench_figure){.name = "c", .bar = 60, .at_least = true, .value = {59, 59, 59}};
        results->figures[2] = (struct bench_figure){.name = "d", .bar = INFINITY, .value = {4, 4, 5}}; /* no bar */
        results->figure_count = count;
        assert_true(bench_json_write(file, results));
        fclose(file);
        assert_true(is_json(text));
        assert_int_equal(occurrences(text, "\"ok\": 1"), count > 0);
        assert_int_equal(occurrences(text, "\"ok\": 0"), count > 1);
        assert_int_equal(occurrences(text, "\"value\": "), count);
        free(text);
    }
    free(results);
}

static void medians(void **state)
{
    double odd[] = {5, 1, 4, 2, 3}, even[] = {4, 1, 3, 2}, one[] = {7}, many[101];
    (void)state;
    assert_true(bench_median(odd, 5).value == 3);
    assert_true(bench_median(even, 4).value == 2.5);
    assert_true(bench_median(one, 1).value == 7 && bench_median(one, 1).low == 7 && bench_median(one, 1).high == 7);
    for (unsigned i = 0; i < 101; i++)
        many[i] = 100 - i;
    struct bench_value value = bench_median(many, 101);
    assert_true(value.value == 50 && value.low == 39 && value.high == 61);
}

static void words_that_make_no_sense(void **state)
{
    (void)state;
    assert_int_equal(COMMAND("--help"), 0);
    assert_int_equal(COMMAND("--no-such-option"), EXIT_USAGE);
    assert_int_equal(COMMAND("--json"), EXIT_USAGE);
    assert_int_equal(COMMAND("--filter"), EXIT_USAGE);
    assert_int_equal(COMMAND("--quick", "--filter", "no name contains this"), EXIT_USAGE);
    assert_int_equal(COMMAND("--loop", "call_reply_4w"), EXIT_USAGE);
    assert_int_equal(COMMAND("--loop", "call_reply_4w", "0"), EXIT_USAGE);
    assert_int_equal(COMMAND("--loop", "call_reply_4w", "10x"), EXIT_USAGE);
    assert_int_equal(COMMAND("--loop", "no_such_case", "10"), EXIT_USAGE);
    assert_int_equal(COMMAND("--loop", "call_reply_4w", "10"), 0);
    assert_int_equal(COMMAND("--quick", "--filter", "floor_two_switches", "--json", "/nowhere/at/all"), EXIT_OUTPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reader_knows_json),    cmocka_unit_test(json_in_google_benchmarks_schema),
        cmocka_unit_test(figures_in_json),          cmocka_unit_test(medians),
        cmocka_unit_test(binding_is_a_figure),
        cmocka_unit_test(words_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
