/* SPDX-License-Identifier: MIT */
/* What a machine says, cut at every place: console, trace, firmware; what its monitor says; and the watchdog's steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_fake.h"
#include "sim/boot_input.h"
#include "sim/boot_outlet.h"
#include "sim/boot_stream.h"
#include "sim/boot_watch.h"
#include "sim/qemu_monitor.h"

static struct boot_outlet console, trace;

static void clear(struct boot_outlet *outlet) { outlet->total = outlet->done = outlet->used = 0; }

static void expect_bytes(const struct boot_outlet *outlet, const char *wanted)
{
    size_t count = outlet->used - outlet->done;
    if (count != strlen(wanted) || memcmp(outlet->bytes + outlet->done, wanted, count) != 0)
        fail_msg("\"%.*s\" is not \"%s\"", (int)count, outlet->bytes + outlet->done, wanted);
    assert_int_equal(outlet->total, count);
}

/* The same, however the text is cut in three. */
static void expect_sorted(bool traced, const char *text, const char *to_console, const char *to_trace)
{
    size_t count = strlen(text);
    for (size_t first = 0; first <= count; first++)
        for (size_t second = first; second <= count; second += 1 + (second - first) / 16) {
            struct boot_stream stream = {.console = &console, .trace = traced ? &trace : NULL};
            clear(&console);
            clear(&trace);
            boot_stream_take(&stream, text, first);
            boot_stream_take(&stream, text + first, second - first);
            boot_stream_take(&stream, text + second, count - second);
            boot_stream_end(&stream);
            expect_bytes(&console, to_console);
            expect_bytes(&trace, to_trace);
        }
}

static void test_trace_and_console(void **state)
{
    (void)state;
    expect_sorted(true, "ab\n\035one\ncd\035two\r\n\035\nef", "ab\ncdef", "one\ntwo\n\n");
    expect_sorted(true, "\035one\n", "", "one\n");
    expect_sorted(true, "a\r\nb\035unfinished", "a\r\nb", "unfinished");
    expect_sorted(false, "ab\035one\r\ncd", "ab\035one\r\ncd", "");
}

static void test_the_banner_is_left_out(void **state)
{
    (void)state;
    expect_sorted(true, BOOT_FAKE_BANNER "$ \035t\nx", "$ x", "t\n");
    expect_sorted(true, BOOT_FAKE_BANNER "\r\n\r\nPlatform Name             : mine\n",
                  "\r\n\r\nPlatform Name             : mine\n", "");
    expect_sorted(false, BOOT_FAKE_BANNER, "", "");
    /* no firmware, or another one */
    expect_sorted(false, "", "", "");
    expect_sorted(false, "\r\n", "\r\n", "");
    expect_sorted(false, "\nOpenSUSE", "\nOpenSUSE", "");
    expect_sorted(false, "$ ", "$ ", "");
    expect_sorted(false, "OpenSBI v1.1\r\nPlatform Name             : x\r\ninit failed\r\nmore", "init failed\r\nmore",
                  "");
    expect_sorted(true, "OpenSBI v1.1\r\n\035t\nhello", "hello", "t\n");
    expect_sorted(false, "OpenSBI v1.1\r\nunfini", "", "");
}

static void test_no_line_is_too_long_to_hold(void **state)
{
    char text[512] = "OpenSBI v1.1\n";
    (void)state;
    memset(text + strlen(text), '_', 300);
    strcat(text, "\nx");
    expect_sorted(false, text, text + 13, "");
}

static void test_a_second_life(void **state)
{
    struct boot_stream stream = {.console = &console, .trace = NULL};
    (void)state;
    clear(&console);
    boot_stream_take(&stream, "half a li", 9);
    assert_int_equal(stream.phase, BOOT_STREAM_CONSOLE);
    boot_stream_restart(&stream);
    boot_stream_take(&stream, BOOT_FAKE_BANNER "dump\n", strlen(BOOT_FAKE_BANNER "dump\n"));
    expect_bytes(&console, "half a lidump\n");
}

static void test_outlets_keep_order(void **state)
{
    int ends[2];
    char bytes[8192], back[8192];
    unsigned written = 0, seen = 0;
    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    console = (struct boot_outlet){.fd = ends[1]};
    for (unsigned round = 0; round < 200; round++) {
        size_t count = (round * 977) % sizeof bytes, room = boot_outlet_room(&console);
        count = count < room ? count : room;
        for (size_t i = 0; i < count; i++)
            bytes[i] = (char)(written++ % 251);
        boot_outlet_put(&console, bytes, count);
        for (unsigned i = 0; i < 3 && boot_outlet_pending(&console); i++)
            boot_outlet_write(&console);
        ssize_t got = boot_outlet_pending(&console) || round % 8 == 0 ? read(ends[0], back, sizeof back) : 0;
        for (ssize_t i = 0; i < got; i++)
            assert_int_equal((unsigned char)back[i], seen++ % 251);
    }
    assert_int_equal(console.total, written);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    boot_outlet_put(&console, "x", 1);
    boot_outlet_write(&console);
    assert_int_not_equal(console.error, 0);
    assert_false(boot_outlet_pending(&console));
    console.error = 0;
    close(ends[1]);
}

static void test_input_ends_with_its_byte(void **state)
{
    struct boot_input script = {.script = "ls\n", .script_bytes = 3}, file = {.fd = open("/dev/null", O_RDONLY)};
    char back[16];
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(boot_input_wants(&script));
    while (boot_input_pending(&script))
        assert_true(boot_input_feed(&script, ends[1]));
    assert_true(boot_input_wants(&file));
    boot_input_read(&file);
    while (boot_input_pending(&file))
        assert_true(boot_input_feed(&file, ends[1]));
    assert_false(boot_input_wants(&file));
    assert_int_equal(read(ends[0], back, sizeof back), 5);
    assert_memory_equal(back, "ls\n\4\4", 5);
    close(ends[0]);
    close(file.fd);
    file = (struct boot_input){.script = "", .script_bytes = 0};
    assert_false(boot_input_feed(&file, ends[1]));
    close(ends[1]);
}

static void test_the_monitor_tells_where_it_is(void **state)
{
    static const char text[] = "QEMU 7.2\r\n(qemu) in\33[K\33[Dinfo registers -a\r\n\r\nCPU#0\r\n V      =   0\r\n"
                               " pc       ffff800080201234\r\n mepc     01\r\n scause   0000000000000009\r\n"
                               " x0/zero  0000 x1/ra    0001 x2/sp    ffff80008020f000 x3/gp    0000\r\n(qemu) ";
    (void)state;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct qemu_monitor monitor = {.fd = -1};
        clear(&console);
        qemu_monitor_take(&monitor, text, cut, &console);
        assert_int_equal(monitor.prompts, cut >= 17 ? 1 + (cut == sizeof text - 1) : 0);
        qemu_monitor_take(&monitor, text + cut, sizeof text - 1 - cut, &console);
        assert_int_equal(monitor.prompts, 2);
        expect_bytes(&console, "CPU#0\n  pc       ffff800080201234\n  scause   0000000000000009\n"
                               "  sp       ffff80008020f000\n");
    }
}

/* A QEMU that takes the connection and says nothing: each step comes when its time is over, and the last one kills. */
static void test_the_watchdog_loses_patience(void **state)
{
    const uint64_t second = 1000000000;
    char path[64];
    struct boot_stream stream = {.console = &console};
    struct qemu_process process = {.pid = fork(), .input = -1, .output = -1, .messages = -1};
    struct boot_watch watch = {.timeout_ns = 3 * second, .process = &process, .stream = &stream, .messages = &trace};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    while (process.pid == 0)
        pause();
    snprintf(path, sizeof path, "/tmp/ukern-watch-%d", (int)getpid());
    strcpy(address.sun_path, path);
    watch.monitor_path = path;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    clear(&trace);
    boot_watch_open(&watch, second);
    assert_int_equal(boot_watch_wait(&watch, second), 3001);
    boot_watch_alive(&watch, 2 * second);
    boot_watch_tick(&watch, 5 * second - 1);
    assert_int_equal(watch.phase, BOOT_WATCH_RUNNING);
    boot_watch_tick(&watch, 5 * second);
    assert_int_equal(watch.phase, BOOT_WATCH_ASKING);
    expect_bytes(&trace, "ukern: the machine hung: no output for 3 s\n");
    boot_watch_alive(&watch, 6 * second);
    boot_watch_tick(&watch, 7 * second);
    assert_int_equal(watch.phase, BOOT_WATCH_RESETTING);
    boot_watch_tick(&watch, 12 * second - 1);
    assert_false(process.ended);
    boot_watch_tick(&watch, 12 * second);
    assert_int_equal(watch.phase, BOOT_WATCH_OVER);
    assert_true(process.ended && WIFSIGNALED(process.status) && watch.hung);
    assert_int_equal(boot_watch_wait(&watch, 13 * second), -1);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace_and_console),
        cmocka_unit_test(test_the_banner_is_left_out),
        cmocka_unit_test(test_no_line_is_too_long_to_hold),
        cmocka_unit_test(test_a_second_life),
        cmocka_unit_test(test_outlets_keep_order),
        cmocka_unit_test(test_input_ends_with_its_byte),
        cmocka_unit_test(test_the_monitor_tells_where_it_is),
        cmocka_unit_test(test_the_watchdog_loses_patience),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
