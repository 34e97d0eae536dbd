/* SPDX-License-Identifier: MIT */
/* `ukern boot` with a stand-in for QEMU: what goes in and out, how it ends, what hangs, and that nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_fake.h"
#include "boot_scene.h"
#include "sim/sim.h"

#define EMULATOR "qemu-system-riscv64"

static char line[512];

/* Runs "boot --image KERNEL" and more words; afterwards its folder is gone. */
static void boot(struct boot_scene *scene, const char *words, const char *input)
{
    boot_scene_kernel(scene, "kernel");
    snprintf(line, sizeof line, "--image %s %s", boot_scene_path(scene, "kernel"), words);
    boot_scene_run(scene, boot_command, line, input);
    assert_int_equal(boot_scene_count(scene, "ukern-boot-"), 0);
}

static void expect_output(const struct boot_scene *scene, const char *wanted)
{
    assert_string_equal(scene->output, wanted);
    assert_int_equal(scene->output_bytes, strlen(wanted));
}

static void test_input_and_exit_code(void **state)
{
    struct boot_scene *scene = *state;
    char script[128];
    boot_scene_fake(scene, EMULATOR, "echo");
    boot_scene_write(scene, "input", "ls\nrm x\n", 8);
    boot(scene, "", "input");
    boot_scene_expect(scene, 7, "real time");
    expect_output(scene, "ready\nls\nrm x\n");
    snprintf(script, sizeof script, "--quiet --script %s/input", scene->folder);
    boot(scene, script, NULL);
    boot_scene_expect(scene, 7, "");
    expect_output(scene, "ready\nls\nrm x\n");
    assert_int_equal(scene->errors_bytes, 0);
    boot(scene, "", NULL);
    expect_output(scene, "ready\n");
}

static void test_large_input_comes_whole(void **state)
{
    struct boot_scene *scene = *state;
    const size_t bytes = 300000;
    char *text = malloc(bytes);
    assert_non_null(text);
    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)(i * 7 % 251 == 4 ? 5 : i * 7 % 251);
    boot_scene_fake(scene, EMULATOR, "echo");
    boot_scene_write(scene, "input", text, bytes);
    boot(scene, "", "input");
    boot_scene_expect(scene, 7, "");
    assert_int_equal(scene->output_bytes, bytes + 6);
    assert_memory_equal(scene->output + 6, text, bytes);
    free(text);
}

/* A reader that begins late and reads little at a time. */
static void test_a_slow_reader_gets_all(void **state)
{
    struct boot_scene *scene = *state;
    char part[1000], wanted[16];
    unsigned lines = 0;
    size_t total = 0;
    int ends[2];
    boot_scene_fake(scene, EMULATOR, "flood");
    boot_scene_kernel(scene, "kernel");
    snprintf(line, sizeof line, "--timeout 1 --image %s", boot_scene_path(scene, "kernel"));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const int files[] = {-1, ends[1], -1};
    pid_t child = boot_scene_start(scene, boot_command, line, files);
    close(ends[1]);
    usleep(1300000); /* longer than the time limit, which is the machine's, not the reader's */
    for (ssize_t count; (count = read(ends[0], part, sizeof part)) > 0; total += (size_t)count)
        for (ssize_t i = 0; i < count; i++) {
            if ((total + (size_t)i) % 15 == 0)
                snprintf(wanted, sizeof wanted, "%014u\n", lines++);
            assert_int_equal(part[i], wanted[(total + (size_t)i) % 15]);
        }
    close(ends[0]);
    boot_scene_finish(scene, child);
    boot_scene_expect(scene, 0, "");
    assert_int_equal(total, 3000000);
}

static void test_output_that_cannot_be_written(void **state)
{
    struct boot_scene *scene = *state;
    int ends[2], full = open("/dev/full", O_WRONLY);
    boot_scene_fake(scene, EMULATOR, "flood");
    boot_scene_kernel(scene, "kernel");
    snprintf(line, sizeof line, "--image %s", boot_scene_path(scene, "kernel"));
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    const int closed[] = {-1, ends[1], -1}, filled[] = {-1, full, -1};
    boot_scene_finish(scene, boot_scene_start(scene, boot_command, line, closed));
    boot_scene_expect(scene, 74, "ukern: cannot write the output: Broken pipe");
    boot_scene_finish(scene, boot_scene_start(scene, boot_command, line, filled));
    boot_scene_expect(scene, 74, "ukern: cannot write the output: No space left on device");
    assert_int_equal(boot_scene_count(scene, "ukern-boot-"), 0);
    close(ends[1]);
    close(full);
}

static void test_the_trace_parts_from_the_console(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, EMULATOR, "trace");
    boot(scene, "--trace --quiet", NULL);
    boot_scene_expect(scene, 0, "");
    expect_output(scene, "one\ntwo\n");
    assert_string_equal(scene->errors, "event 1\nevent 2\n");
    boot(scene, "--quiet", NULL);
    expect_output(scene, "one\n\035event 1\r\ntwo\n\035event 2\r\n");
}

static void test_words_and_archive(void **state)
{
    struct boot_scene *scene = *state;
    char copy[128], words[256];
    snprintf(copy, sizeof copy, "%s/copy", scene->folder);
    boot_scene_set("FAKE_COPY", copy);
    boot_scene_fake(scene, EMULATOR, "words");
    boot_scene_write(scene, "a.cpio", "any bytes", 9);
    snprintf(words, sizeof words, "--memory 16 --harts 4 --icount --virtual-time --trace %s/a.cpio", scene->folder);
    boot(scene, words, NULL);
    boot_scene_expect(scene, 0, "");
    assert_non_null(strstr(scene->output, "/bin/" EMULATOR "\n-M\nvirt\n-bios\ndefault\n"));
    assert_non_null(strstr(scene->output, "\n-m\n17\n-smp\n4\n-icount\nshift=0,sleep=off\n-monitor\nunix:"));
    assert_non_null(strstr(scene->output, "\n-append\nvirtual trace\n"));
    assert_int_equal(boot_scene_count(scene, "copy"), 1);
    FILE *file = fopen(copy, "r");
    assert_non_null(file);
    assert_int_equal(fread(words, 1, sizeof words, file), 9);
    assert_memory_equal(words, "any bytes", 9);
    fclose(file);
    boot(scene, "", NULL);
    assert_non_null(strstr(scene->output, "\n-m\n129\n")); /* no archive: one with nothing in it */
    file = fopen(copy, "r");
    assert_int_equal(fread(words, 1, sizeof words, file), 124);
    fclose(file);
}

static void test_a_hang_is_shown_and_ended(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, EMULATOR, "hang");
    boot(scene, "--timeout 3", NULL);
    boot_scene_expect(scene, 70,
                      "ukern: the machine hung: no output for 3 s\nCPU#0\n  pc       ffff800080201234\n"
                      "  sp       ffff80008020f000\n");
    expect_output(scene, "workingdump of all threads\n");
    boot_scene_fake(scene, EMULATOR, "stuck"); /* and has no monitor */
    boot(scene, "--timeout 3", NULL);
    boot_scene_expect(scene, 70, "ukern: the machine hung: no output for 3 s\n");
    expect_output(scene, "started\n");
}

static void test_how_qemu_ends(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, EMULATOR, "die");
    boot(scene, "", NULL);
    boot_scene_expect(scene, 70, "ukern: QEMU was ended by signal 9 (Killed)\n");
    expect_output(scene, "started\n");
    boot_scene_fake(scene, EMULATOR, "firmware");
    boot(scene, "", NULL);
    boot_scene_expect(scene, 2,
                      "ukern: the firmware OpenSBI is missing; install with apt-get install qemu-system-data\n");
    boot_scene_fake(scene, EMULATOR, "refuse");
    boot(scene, "", NULL);
    boot_scene_expect(scene, 71, "qemu-system-riscv64: no such luck\nukern: QEMU did not start the machine, see above");
}

/* The machine runs until somebody ends the command: then both are gone, and the folder. */
static void test_signals_end_it(void **state)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, EMULATOR, "stuck");
    boot_scene_kernel(scene, "kernel");
    snprintf(line, sizeof line, "--timeout 0 --image %s", boot_scene_path(scene, "kernel"));
    for (unsigned i = 0; i < 3; i++) {
        char byte;
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        const int files[] = {-1, ends[1], -1};
        pid_t child = boot_scene_start(scene, boot_command, line, files);
        close(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 1);
        assert_int_equal(boot_scene_count(scene, "ukern-boot-"), 1);
        kill(child, signals[i]);
        boot_scene_finish(scene, child);
        assert_true(WIFSIGNALED(scene->status) && WTERMSIG(scene->status) == signals[i]);
        assert_int_equal(boot_scene_count(scene, "ukern-boot-"), 0);
        while (read(ends[0], &byte, 1) == 1)
            ; /* ends when QEMU is gone, too */
        close(ends[0]);
    }
}

/* Its end of input is a line's, and the kernel is told. */
static void test_a_terminal(void **state)
{
    struct boot_scene *scene = *state;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    int slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    const int files[] = {slave, -1, -1};
    boot_scene_kernel(scene, "kernel");
    snprintf(line, sizeof line, "--image %s", boot_scene_path(scene, "kernel"));
    boot_scene_fake(scene, EMULATOR, "words");
    boot_scene_finish(scene, boot_scene_start(scene, boot_command, line, files));
    assert_non_null(strstr(scene->output, "\n-append\ninteractive\n"));
    boot_scene_fake(scene, EMULATOR, "echo");
    pid_t child = boot_scene_start(scene, boot_command, line, files);
    assert_int_equal(write(terminal, "help\n\4", 6), 6);
    boot_scene_finish(scene, child);
    boot_scene_expect(scene, 7, "");
    expect_output(scene, "ready\nhelp\n");
    close(slave);
    close(terminal);
}

static void test_a_debugger(void **state)
{
    struct boot_scene *scene = *state;
    unsigned port = 0;
    boot_scene_fake(scene, EMULATOR, "words");
    boot(scene, "--gdb", NULL);
    boot_scene_expect(scene, 0, "\n  gdb-multiarch ");
    const char *told = strstr(scene->errors, "/kernel -ex 'target remote 127.0.0.1:");
    assert_non_null(told);
    assert_int_equal(sscanf(told, "/kernel -ex 'target remote 127.0.0.1:%u'", &port), 1);
    assert_in_range(port, 20000, 40000);
    snprintf(line, sizeof line, "\n-gdb\ntcp:127.0.0.1:%u\n-S\n", port);
    assert_non_null(strstr(scene->output, line));
}

static void test_refusals(void **state)
{
    struct boot_scene *scene = *state;
    boot(scene, "", NULL);
    boot_scene_expect(scene, 2,
                      "ukern: not found in PATH: " EMULATOR "; install with apt-get install qemu-system-misc\n");
    boot_scene_run(scene, boot_command, "", NULL);
    boot_scene_expect(scene, 2, "ukern: ");
    boot_scene_fake(scene, EMULATOR, "echo");
    boot_scene_run(scene, boot_command, "--bad", NULL);
    boot_scene_expect(scene, 2, "ukern: there is no option --bad; see ukern boot --help\n");
    boot(scene, "--script /nonexistent", NULL);
    boot_scene_expect(scene, 2, "ukern: cannot open the script /nonexistent: No such file or directory; name a file");
    boot(scene, "/nonexistent", NULL);
    boot_scene_expect(scene, 2, "ukern: there is no /nonexistent: name a directory, or an archive made by cpio");
    boot_scene_run(scene, boot_command, "--image /nonexistent", NULL);
    boot_scene_expect(scene, 2, "ukern: cannot read the image /nonexistent: No such file");
    boot_scene_run(scene, boot_command, "--image /", NULL);
    boot_scene_expect(scene, 2, "ukern: cannot read the image /: Invalid argument; name a kernel image\n");
    boot_scene_run(scene, boot_command, "--image /proc/self/exe", NULL);
    boot_scene_expect(scene, 2, "is no kernel image: it is not an executable for riscv64\n");
    boot_scene_run(scene, boot_command, "--help", NULL);
    boot_scene_expect(scene, 0, "");
    assert_memory_equal(scene->output, "usage: ukern boot ", 18);
    assert_int_equal(boot_scene_count(scene, "ukern-boot-"), 0);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_input_and_exit_code, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_large_input_comes_whole, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_a_slow_reader_gets_all, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_output_that_cannot_be_written, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_the_trace_parts_from_the_console, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_words_and_archive, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_a_hang_is_shown_and_ended, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_how_qemu_ends, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_signals_end_it, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_a_terminal, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_a_debugger, boot_scene_open, boot_scene_close),
        cmocka_unit_test_setup_teardown(test_refusals, boot_scene_open, boot_scene_close),
    };
    boot_fake_main(count, words);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
