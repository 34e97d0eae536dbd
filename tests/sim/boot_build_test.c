/* SPDX-License-Identifier: MIT */
/* Building the kernel image with a stand-in for CMake: what it is asked and when, what is missing, and what fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot_fake.h"
#include "boot_scene.h"
#include "sim/machine_build.h"
#include "sim/machine_build_tools.h"

/* A source folder that holds what is looked for, and notes of what CMake was asked. */
static int open_sources(void **state)
{
    static const char *const folders[] = {"source", "source/cmake", "source/cmake/riscv64"};
    int result = boot_scene_open(state);
    struct boot_scene *scene = *state;
    for (unsigned i = 0; i < 3 && result == 0; i++)
        result = mkdir(boot_scene_path(scene, folders[i]), 0755);
    boot_scene_write(scene, "source/cmake/riscv64/gcc.cmake", "", 0);
    boot_scene_write(scene, "source/cmake/riscv64/clang.cmake", "", 0);
    boot_scene_set("FAKE_NOTES", boot_scene_path(scene, "notes"));
    boot_scene_set("CFLAGS", "-march=native");
    return result;
}

static int close_sources(void **state)
{
    unsetenv("CFLAGS");
    return boot_scene_close(state);
}

/* As a command: "SOURCE COMPILER"; prints the image's path, or why there is none. */
static int build_command(int count, char **words)
{
    struct boot_signals signals;
    struct progress progress = {0};
    static struct machine_build build;
    if (count != 2 || !boot_signals_open(&signals))
        return 99;
    build.source = words[0];
    build.machine = "riscv64";
    build.compiler = words[1];
    build.progress = &progress;
    build.signals = &signals;
    bool good = machine_build_run(&build);
    printf("%s\n", good ? build.image : build.error);
    boot_signals_close(&signals);
    boot_signals_obey(&signals);
    return good ? 0 : 1;
}

static void build(struct boot_scene *scene, const char *compiler)
{
    char line[128];
    snprintf(line, sizeof line, "%s/source %s", scene->folder, compiler);
    boot_scene_run(scene, build_command, line, NULL);
}

static void expect_text(struct boot_scene *scene, const char *text, const char *format, const char *tail)
{
    char wanted[1024];
    snprintf(wanted, sizeof wanted, format, scene->folder, scene->folder, scene->folder, tail);
    assert_string_equal(text, wanted);
}

static char *read_notes(struct boot_scene *scene)
{
    static char text[4096];
    FILE *file = fopen(boot_scene_path(scene, "notes"), "r");
    size_t count = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[count] = '\0';
    if (file != NULL)
        fclose(file);
    unlink(boot_scene_path(scene, "notes"));
    return text;
}

#define CONFIGURES                                                                                                     \
    "-S %s/source -B %s/source/build/riscv64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=%s/source/cmake/riscv64/gcc.cmake "       \
    "-DCMAKE_BUILD_TYPE=Release"

static void test_configures_once_and_builds_each_time(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, "cmake", "build");
    build(scene, "gcc");
    boot_scene_expect(scene, 0, "");
    expect_text(scene, scene->output, "%s/source/build/riscv64/ukern-riscv64.elf\n", "");
    char *notes = read_notes(scene), *second = strchr(notes, '\n');
    assert_non_null(second);
    *second++ = '\0';
    expect_text(scene, notes, CONFIGURES, "");
    expect_text(scene, second, "--build %s/source/build/riscv64 --target ukern-riscv64\n", "");
    build(scene, "gcc");
    expect_text(scene, read_notes(scene), "--build %s/source/build/riscv64 --target ukern-riscv64\n", "");
    build(scene, "clang");
    expect_text(scene, scene->output, "%s/source/build/riscv64-clang/ukern-riscv64.elf\n", "");
    /* made for other sources: anew */
    boot_scene_write(scene, "source/build/riscv64/CMakeCache.txt", "CMAKE_HOME_DIRECTORY:INTERNAL=/x\n", 33);
    (void)read_notes(scene);
    build(scene, "gcc");
    notes = read_notes(scene);
    *strchr(notes, '\n') = '\0';
    expect_text(scene, notes, CONFIGURES "%s", " --fresh");
}

/* A plain file where the folder should be stops even root. */
static void test_builds_in_the_cache(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, "cmake", "build");
    boot_scene_write(scene, "source/build", "", 0);
    boot_scene_set("XDG_CACHE_HOME", boot_scene_path(scene, "cache"));
    build(scene, "gcc");
    expect_text(scene, scene->output, "%s/cache/ukern/riscv64/ukern-riscv64.elf\n", "");
    boot_scene_set("XDG_CACHE_HOME", "relative");
    boot_scene_set("HOME", scene->folder);
    build(scene, "gcc");
    expect_text(scene, scene->output, "%s/.cache/ukern/riscv64/ukern-riscv64.elf\n", "");
    boot_scene_set("HOME", "/dev/null");
    build(scene, "gcc");
    boot_scene_expect(scene, 1, "");
    expect_text(scene, scene->output,
                "there is no folder to build in: make %s/source/build writable, or set XDG_CACHE_HOME\n", "");
    unsetenv("XDG_CACHE_HOME");
}

static void test_failures_are_shown(void **state)
{
    struct boot_scene *scene = *state;
    boot_scene_fake(scene, "cmake", "fail");
    build(scene, "gcc");
    boot_scene_expect(scene, 1, "the compiler is not amused\n");
    expect_text(scene, scene->output,
                "the kernel image could not be built: see above, or %s/source/build/riscv64/ukern-build.log\n", "");
    boot_scene_fake(scene, "cmake", "nothing");
    build(scene, "gcc");
    boot_scene_expect(scene, 1, "");
    expect_text(scene, scene->output,
                "the build made no ukern-riscv64.elf in %s/source/build/riscv64; see ukern-build.log there\n", "");
    boot_scene_run(scene, build_command, "/nonexistent gcc", NULL);
    assert_string_equal(scene->output, "the sources to build the kernel image from are not in /nonexistent; "
                                       "give a ready image with --image FILE\n");
}

/* Waits while another builder has the folder; and a signal ends a build, and with it what it had started. */
static void test_waits_and_can_be_stopped(void **state)
{
    struct boot_scene *scene = *state;
    char line[128];
    const int files[] = {-1, -1, -1};
    boot_scene_fake(scene, "cmake", "build");
    build(scene, "gcc");
    FILE *folder = fopen(boot_scene_path(scene, "source/build/riscv64"), "r");
    assert_non_null(folder);
    assert_int_equal(flock(fileno(folder), LOCK_EX), 0);
    (void)read_notes(scene);
    snprintf(line, sizeof line, "%s/source gcc", scene->folder);
    pid_t child = boot_scene_start(scene, build_command, line, files);
    usleep(100000);
    assert_int_equal(boot_scene_count(scene, "notes"), 0);
    flock(fileno(folder), LOCK_UN); /* the child has the same open file */
    fclose(folder);
    boot_scene_finish(scene, child);
    boot_scene_expect(scene, 0, "");
    (void)read_notes(scene);
    boot_scene_fake(scene, "cmake", "stuck");
    child = boot_scene_start(scene, build_command, line, files);
    while (boot_scene_count(scene, "notes") == 0)
        usleep(10000);
    kill(child, SIGTERM);
    boot_scene_finish(scene, child);
    assert_true(WIFSIGNALED(scene->status) && WTERMSIG(scene->status) == SIGTERM);
}

static void expect_missing(const char *compiler, bool boots, const char *wanted)
{
    char error[512] = "";
    assert_int_equal(machine_build_tools_check(compiler, boots, error, sizeof error), wanted == NULL);
    assert_string_equal(error, wanted != NULL ? wanted : "");
}

static void test_missing_tools_are_named(void **state)
{
    struct boot_scene *scene = *state;
    char *before = strdup(getenv("PATH")), path[512];
    assert_non_null(before);
    boot_scene_set("PATH", boot_scene_path(scene, "bin"));
    expect_missing("gcc", true,
                   "not found in PATH: cmake, ninja, riscv64-unknown-elf-gcc, qemu-system-riscv64; install "
                   "with apt-get install cmake ninja-build gcc-riscv64-unknown-elf qemu-system-misc");
    expect_missing("clang", false,
                   "not found in PATH: cmake, ninja, clang, ld.lld; install with apt-get install cmake "
                   "ninja-build clang lld");
    expect_missing(NULL, true, "not found in PATH: qemu-system-riscv64; install with apt-get install qemu-system-misc");
    expect_missing(NULL, false, NULL);
    boot_scene_fake(scene, "qemu-system-riscv64", "echo");
    expect_missing(NULL, true, NULL);
    snprintf(path, sizeof path, "/nonexistent::%s", boot_scene_path(scene, "bin"));
    boot_scene_set("PATH", path);
    expect_missing(NULL, true, NULL);
    assert_true(machine_build_find("qemu-system-riscv64", path, sizeof path));
    assert_string_equal(path, boot_scene_path(scene, "bin/qemu-system-riscv64"));
    boot_scene_set("PATH", "");
    expect_missing(NULL, true, "not found in PATH: qemu-system-riscv64; install with apt-get install qemu-system-misc");
    boot_scene_set("PATH", before);
    free(before);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_configures_once_and_builds_each_time, open_sources, close_sources),
        cmocka_unit_test_setup_teardown(test_builds_in_the_cache, open_sources, close_sources),
        cmocka_unit_test_setup_teardown(test_failures_are_shown, open_sources, close_sources),
        cmocka_unit_test_setup_teardown(test_waits_and_can_be_stopped, open_sources, close_sources),
        cmocka_unit_test_setup_teardown(test_missing_tools_are_named, open_sources, close_sources),
    };
    boot_fake_main(count, words);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
