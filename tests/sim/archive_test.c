/* SPDX-License-Identifier: MIT */
/* What a system boots with: directories with every kind of name and file, files, pipes, and all that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/cpio.h"
#include "sim/archive.h"

/* A folder of the test's own, and a path in it. */
struct folder {
    char path[64];
    char name[512];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "/tmp/ukern-archive-XXXXXX");
    *state = folder;
    return folder == NULL || mkdtemp(folder->path) == NULL;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    int result = nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
    return result;
}

static const char *in(struct folder *folder, const char *name)
{
    snprintf(folder->name, sizeof folder->name, "%s/%s", folder->path, name);
    return folder->name;
}

static void write_file(struct folder *folder, const char *name, const char *text)
{
    FILE *file = fopen(in(folder, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* The names in the archive, each followed by "|". */
static void expect_names(const struct host_archive *archive, const char *wanted)
{
    struct cpio_reader reader;
    struct cpio_entry entry;
    enum cpio_error error;
    char names[1024] = "";
    cpio_open(&reader, archive->bytes, archive->count);
    while ((error = cpio_next(&reader, &entry)) == CPIO_OK)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%.*s|", (int)entry.name_bytes, entry.name);
    assert_int_equal(error, CPIO_END);
    assert_string_equal(names, wanted);
}

static void test_nothing_is_an_archive(void **state)
{
    struct host_archive archive = {0};
    (void)state;
    assert_true(host_archive_load(&archive, NULL));
    assert_int_equal(archive.count % 4, 0);
    expect_names(&archive, "");
    free(archive.bytes);
}

static void test_a_directory_of_everything(void **state)
{
    struct folder *folder = *state;
    struct host_archive archive = {0}, again = {0};
    char other[512];
    write_file(folder, "plain", "text");
    write_file(folder, "-n", "dash");
    write_file(folder, "two words", "");
    write_file(folder, "new\nline", "x");
    write_file(folder, "\xff\xfe", "not UTF-8");
    assert_int_equal(mkdir(in(folder, "sub"), 0755), 0);
    assert_int_equal(mkdir(in(folder, "sub/empty"), 0755), 0);
    write_file(folder, "sub/.hidden", "h");
    assert_int_equal(symlink("nowhere", in(folder, "dangling")), 0);
    assert_int_equal(symlink("..", in(folder, "up")), 0);
    assert_int_equal(mkfifo(in(folder, "pipe"), 0600), 0);
    strcpy(other, in(folder, "hard"));
    assert_int_equal(link(in(folder, "plain"), other), 0);
    assert_true(host_archive_load(&archive, folder->path));
    /* cpio keeps the names of one file back until it has met all of them */
    expect_names(&archive, ".|-n|dangling|new\nline|pipe|hard|plain|sub|sub/.hidden|sub/empty|two words|up|\xff\xfe|");
    snprintf(other, sizeof other, "%s/", folder->path);
    assert_true(host_archive_load(&again, other));
    assert_int_equal(archive.count, again.count);
    assert_memory_equal(archive.bytes, again.bytes, archive.count);
    free(archive.bytes);
    free(again.bytes);
}

static void test_a_file_is_taken_as_it_is(void **state)
{
    struct folder *folder = *state;
    struct host_archive archive = {0};
    write_file(folder, "a.cpio", "anything at all");
    assert_true(host_archive_load(&archive, in(folder, "a.cpio")));
    assert_int_equal(archive.count, 15);
    assert_memory_equal(archive.bytes, "anything at all", 15);
    free(archive.bytes);
    write_file(folder, "empty", "");
    archive = (struct host_archive){0};
    assert_true(host_archive_load(&archive, in(folder, "empty")));
    assert_int_equal(archive.count, 0);
    free(archive.bytes);
}

static void expect_refusal(const char *path, const char *words)
{
    struct host_archive archive = {0};
    assert_false(host_archive_load(&archive, path));
    assert_null(archive.bytes);
    assert_null(strchr(archive.error, '\n'));
    if (strstr(archive.error, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, archive.error);
}

static void test_what_cannot_be_read_is_told(void **state)
{
    struct folder *folder = *state;
    expect_refusal(in(folder, "absent"), "absent: name a directory, or an archive made by cpio -H newc");
    expect_refusal("", "name a directory");
    expect_refusal("/proc/self/mem", "cannot read /proc/self/mem: ");
    write_file(folder, "huge", "");
    if (truncate(in(folder, "huge"), (off_t)HOST_ARCHIVE_MAX + 1) == 0)
        expect_refusal(in(folder, "huge"), "is too large: archives have at most 4096 MiB");
    if (geteuid() == 0)
        return; /* nothing is forbidden to root */
    assert_int_equal(truncate(in(folder, "huge"), 0), 0);
    assert_int_equal(chmod(in(folder, "huge"), 0), 0);
    expect_refusal(in(folder, "huge"), "make it readable");
    expect_refusal(folder->path, "make it readable");
}

static void test_a_missing_cpio_is_told(void **state)
{
    struct folder *folder = *state;
    char *path = strdup(getenv("PATH") != NULL ? getenv("PATH") : "");
    assert_non_null(path);
    assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
    expect_refusal(folder->path, "install the package cpio");
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_an_archive),
        cmocka_unit_test_setup_teardown(test_a_directory_of_everything, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_file_is_taken_as_it_is, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_told, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_missing_cpio_is_told, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
