/* SPDX-License-Identifier: MIT */
/* Calls between tasks make no system call of the host: strace counts a process with N calls and one with 2 N. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALLS = 2000 };

static const char *build(void)
{
    const char *folder = getenv("UKERN_BUILD");
    return folder != NULL ? folder : ".";
}

/* The portable switch by ucontext changes the signal mask at each switch: that build promises nothing here. */
static int is_portable_build(void)
{
    char path[4096], line[4096];
    int portable = 0;
    snprintf(path, sizeof path, "%s/CMakeCache.txt", build());
    FILE *cache = fopen(path, "r");
    assert_non_null(cache);
    while (fgets(line, sizeof line, cache) != NULL)
        portable |= strcmp(line, "UKERN_SWITCH:STRING=ucontext\n") == 0;
    fclose(cache);
    return portable;
}

/* All system calls of a process that performs `count` operations, as strace -c sums them up. */
static unsigned long count_calls(const char *name, unsigned count)
{
    char path[] = "/tmp/ukern-strace-XXXXXX", command[4096], line[512];
    unsigned long calls = 0;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command,
             "ASAN_OPTIONS=detect_leaks=0 strace -c -f -o '%s' '%s/ukern' bench --loop %s %u", path, build(), name,
             count);
    assert_int_equal(system(command), 0);
    FILE *summary = fopen(path, "r");
    assert_non_null(summary);
    while (fgets(line, sizeof line, summary) != NULL)
        if (strstr(line, " total\n") != NULL)
            assert_int_equal(sscanf(line, "%*s %*s %*s %lu", &calls), 1);
    fclose(summary);
    unlink(path);
    assert_true(calls > 0);
    return calls;
}

static void compare(const char *name)
{
    unsigned long once = count_calls(name, CALLS), twice = count_calls(name, 2 * CALLS);
    printf("%s: %lu system calls with %d operations, %lu with %d\n", name, once, CALLS, twice, 2 * CALLS);
    if (!is_portable_build())
        assert_true(twice <= once + CALLS / 100); /* a timer's tick, once in a while, is not a call's */
}

static void a_call_makes_no_system_call(void **state)
{
    (void)state;
    compare("call_reply_4w");
    compare("call_reply_64w");
}

static void a_signal_makes_no_system_call(void **state)
{
    (void)state;
    compare("signal_wait");
}

/* The measure itself: mapping does ask the host, for each operation. */
static void mapping_makes_some(void **state)
{
    (void)state;
    unsigned long once = count_calls("map_unmap", CALLS), twice = count_calls("map_unmap", 2 * CALLS);
    assert_true(twice >= once + CALLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_makes_no_system_call),
        cmocka_unit_test(a_signal_makes_no_system_call),
        cmocka_unit_test(mapping_makes_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
