/* SPDX-License-Identifier: MIT */
/* The words of `ukern boot` and `ukern image`, each line that refuses some, and the words that QEMU is given for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/boot_options.h"
#include "sim/qemu.h"

#define WORDS_MAX 32

/* Splits at spaces. */
static bool read_words(struct boot_options *options, enum boot_command command, const char *line, char *error)
{
    static char text[512];
    char *words[WORDS_MAX];
    int count = 0;
    strcpy(text, line);
    for (char *word = strtok(text, " "); word != NULL && count < WORDS_MAX; word = strtok(NULL, " "))
        words[count++] = word;
    error[0] = '\0';
    return boot_options_read(options, command, count, words, error, 256);
}

static void expect_good(struct boot_options *options, enum boot_command command, const char *line)
{
    char error[256];
    if (!read_words(options, command, line, error))
        fail_msg("%s: %s", line, error);
}

static void expect_bad(enum boot_command command, const char *line, const char *wanted)
{
    struct boot_options options;
    char error[256];
    assert_false(read_words(&options, command, line, error));
    assert_string_equal(error, wanted);
}

static void test_good_words(void **state)
{
    struct boot_options options;
    (void)state;
    expect_good(&options, BOOT_WORDS, "");
    assert_string_equal(options.machine, "riscv64");
    assert_string_equal(options.compiler, "gcc");
    assert_true(options.archive == NULL && options.script == NULL && options.image == NULL && options.output == NULL);
    assert_false(options.icount || options.virtual_time || options.trace || options.gdb || options.quiet ||
                 options.help);
    assert_true(options.memory_mib == 128 && options.harts == 1 && options.timeout_s == BOOT_TIMEOUT_NONE_GIVEN);
    expect_good(&options, BOOT_WORDS,
                "--machine riscv64 DIR --script FILE --memory 0x10 --harts 4 --image IMAGE --icount --virtual-time "
                "--trace --timeout 0 --gdb --quiet --compiler clang");
    assert_string_equal(options.archive, "DIR");
    assert_string_equal(options.script, "FILE");
    assert_string_equal(options.image, "IMAGE");
    assert_string_equal(options.compiler, "clang");
    assert_true(options.icount && options.virtual_time && options.trace && options.gdb && options.quiet);
    assert_true(options.memory_mib == 16 && options.harts == 4 && options.timeout_s == 0);
    expect_good(&options, BOOT_WORDS, "--memory 15 --memory 16 -- --odd-name");
    assert_string_equal(options.archive, "--odd-name");
    assert_int_equal(options.memory_mib, 16);
    expect_good(&options, IMAGE_WORDS, "-o OUT --compiler gcc --image IN --quiet A.cpio");
    assert_string_equal(options.output, "OUT");
    assert_string_equal(options.archive, "A.cpio");
    expect_good(&options, IMAGE_WORDS, "-h");
    assert_true(options.help);
}

static void test_bad_words(void **state)
{
    (void)state;
    expect_bad(BOOT_WORDS, "--sript x", "there is no option --sript; see ukern boot --help");
    expect_bad(BOOT_WORDS, "-", "there is no option -; see ukern boot --help");
    expect_bad(BOOT_WORDS, "-o x", "there is no option -o; see ukern boot --help");
    expect_bad(IMAGE_WORDS, "-o x --gdb", "there is no option --gdb; see ukern image --help");
    expect_bad(BOOT_WORDS, "a --script", "--script needs a value; see ukern boot --help");
    expect_bad(IMAGE_WORDS, "a -o", "-o needs a value; see ukern image --help");
    expect_bad(IMAGE_WORDS, "a", "give -o FILE: the image to write; see ukern image --help");
    expect_bad(BOOT_WORDS, "a b", "one directory or archive at a time, not both a and b");
    expect_bad(BOOT_WORDS, "a -- b", "one directory or archive at a time, not both a and b");
    expect_bad(BOOT_WORDS, "--machine pdp11", "--machine pdp11: there is only: riscv64");
    expect_bad(BOOT_WORDS, "--machine riscv", "--machine riscv: there is only: riscv64");
    expect_bad(IMAGE_WORDS, "--compiler tcc", "--compiler tcc: there is only: gcc clang");
    expect_bad(BOOT_WORDS, "--memory 7", "--memory 7: give a number of MiB from 8 to 4096");
    expect_bad(BOOT_WORDS, "--memory 4097", "--memory 4097: give a number of MiB from 8 to 4096");
    expect_bad(BOOT_WORDS, "--memory lots", "--memory lots: give a number of MiB from 8 to 4096");
    expect_bad(BOOT_WORDS, "--harts 0", "--harts 0: give a number of processors from 1 to 64");
    expect_bad(BOOT_WORDS, "--timeout -1", "--timeout -1: give a whole number of seconds, 0 for no limit");
    expect_bad(BOOT_WORDS, "--timeout 18446744073709551616",
               "--timeout 18446744073709551616: give a whole number of seconds, 0 for no limit");
    struct boot_options options;
    char error[256], script[] = "--script", empty[] = "", *words[] = {script, empty};
    assert_false(boot_options_read(&options, BOOT_WORDS, 2, words, error, sizeof error));
    assert_string_equal(error, "--script needs the name of a file; see ukern boot --help");
}

static void expect_words(const struct qemu_request *request, const char *wanted)
{
    struct qemu_arguments arguments;
    char line[1024] = "";
    qemu_arguments_make(&arguments, request);
    for (size_t i = 0; i < arguments.count; i++)
        strcat(strcat(line, i > 0 ? "|" : ""), arguments.words[i]);
    assert_null(arguments.words[arguments.count]);
    assert_string_equal(line, wanted);
}

#define ALWAYS "q|-M|virt|-bios|default|-serial|stdio|-display|none|-no-user-config|-nodefaults"

static void test_words_for_qemu(void **state)
{
    struct qemu_request request = {
        .program = "q", .image = "i,j", .archive = "a b", .monitor = "/t/m", .memory_mib = 129, .harts = 1};
    (void)state;
    expect_words(&request, ALWAYS "|-m|129|-smp|1|-monitor|unix:/t/m,server=on,wait=off|-kernel|i,j|-initrd|a b");
    request.archive = NULL;
    request.monitor = "/t,u/m";
    request.virtual_time = true;
    expect_words(&request,
                 ALWAYS "|-m|129|-smp|1|-monitor|unix:/t,,u/m,server=on,wait=off|-kernel|i,j|-append|virtual");
    request.argument = 0x401;
    expect_words(&request, ALWAYS "|-m|129|-smp|1|-monitor|unix:/t,,u/m,server=on,wait=off|-kernel|i,j|"
                                  "-append|virtual argument=1025");
    request.argument = 0;
    request.interactive = request.trace = request.icount = true;
    request.gdb_port = 21000;
    request.harts = 8;
    expect_words(&request, ALWAYS "|-m|129|-smp|8|-icount|shift=0,sleep=off|-monitor|unix:/t,,u/m,server=on,wait=off|"
                                  "-kernel|i,j|-append|interactive virtual trace|-gdb|tcp:127.0.0.1:21000|-S");
}

/* All eight sets of words that a kernel may be told. */
static void test_boot_words(void **state)
{
    static const char *const wanted[] = {NULL,    "interactive",       "virtual",       "interactive virtual",
                                         "trace", "interactive trace", "virtual trace", "interactive virtual trace"};
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct qemu_request request = {.program = "q",
                                       .image = "i",
                                       .monitor = "m",
                                       .interactive = i & 1,
                                       .virtual_time = i >> 1 & 1,
                                       .trace = i >> 2 & 1};
        struct qemu_arguments arguments;
        qemu_arguments_make(&arguments, &request);
        const char *last = arguments.words[arguments.count - 1];
        if (wanted[i] == NULL)
            assert_string_equal(last, "i");
        else
            assert_string_equal(last, wanted[i]);
    }
}

static void test_memory(void **state)
{
    (void)state;
    assert_int_equal(qemu_memory_mib(128, 0), 128);
    assert_int_equal(qemu_memory_mib(128, 124), 129);
    assert_int_equal(qemu_memory_mib(128, 1 << 19), 129);
    assert_int_equal(qemu_memory_mib(128, (1 << 19) + 1), 130);
    assert_int_equal(qemu_memory_mib(16, UINT64_C(768) << 20), 16 + 1536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_words), cmocka_unit_test(test_bad_words), cmocka_unit_test(test_words_for_qemu),
        cmocka_unit_test(test_boot_words), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
