/* SPDX-License-Identifier: MIT */
/* Archives of the real cpio make the right trees; hostile ones make clear errors and never a crash. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "archive_builder.h"
#include "files/archive.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define REGION_BYTES ((size_t)8 << 20)

struct loaded {
    struct tree tree;
    void *region;
    struct archive_report report;
};

static struct loaded load_in(const void *bytes, size_t count, size_t region_bytes)
{
    struct loaded loaded;
    loaded.region = aligned_alloc(4096, region_bytes);
    assert_non_null(loaded.region);
    assert_int_equal(tree_initialise(&loaded.tree, loaded.region, region_bytes), TREE_OK);
    loaded.report = archive_load(&loaded.tree, bytes, count);
    return loaded;
}

static struct loaded load(const void *bytes, size_t count) { return load_in(bytes, count, REGION_BYTES); }

static void unload(struct loaded *loaded)
{
    assert_true(tree_check(&loaded->tree));
    free(loaded->region);
}

static struct tree_node *find(const struct tree *tree, const char *path)
{
    struct tree_node *node = tree->root;
    while (*path != 0) {
        size_t count = strcspn(path, "/");
        struct tree_entry *entry;
        if (tree_find(node, (struct tree_text){path, count}, &entry) != TREE_OK)
            return NULL;
        node = entry->node;
        path += count + (path[count] == '/');
    }
    return node;
}

/* Real archives. */

static void run(const char *format, ...)
{
    char command[2048];
    va_list list;
    va_start(list, format);
    vsnprintf(command, sizeof command, format, list);
    va_end(list);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static uint8_t *read_output(const char *command, size_t *count)
{
    size_t room = (size_t)64 << 20;
    uint8_t *bytes = malloc(room);
    FILE *pipe = popen(command, "r");
    assert_non_null(bytes);
    assert_non_null(pipe);
    *count = fread(bytes, 1, room, pipe);
    assert_int_equal(pclose(pipe), 0);
    /* No slack behind it: a sanitizer is to see the first byte too far. */
    bytes = realloc(bytes, *count);
    return bytes;
}

static char *make_directory(void)
{
    char *path = strdup("/tmp/ukern-cpio-test.XXXXXX");
    assert_non_null(mkdtemp(path));
    run("cd %s && mkdir -p a/b/c 'with space' empty && echo hello >a/hello && : >a/b/nothing && "
        "head -c 100000 /dev/zero | tr '\\0' x >a/b/c/big && ln -s ../a/hello 'with space/link' && ln -s loop loop && "
        "ln a/hello a/b/other && ln a/hello third && mkfifo pipe && chmod 4751 a/b/nothing && chmod 400 a/b/c/big && "
        "touch $(printf '%%0255d' 7) && mkdir -p $(seq -s / 1 200) && echo deep >$(seq -s / 1 200)/leaf && "
        "touch -h -d @1234567890 'with space/link' && touch -d @1 third && touch -d @987654321 a",
        path);
    return path;
}

static void compare_directory(const struct tree *tree, const struct tree_node *node, const char *path);

static void compare_data(const struct tree_node *node, const char *path)
{
    uint8_t ours[4096], theirs[4096];
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    for (uint64_t offset = 0;; offset += sizeof ours) {
        size_t count = content_read(&node->content, offset, ours, sizeof ours);
        assert_int_equal(read(file, theirs, sizeof theirs), count);
        assert_memory_equal(ours, theirs, count);
        if (count == 0)
            break;
    }
    close(file);
}

static void compare_link(const struct tree_node *node, const char *path)
{
    char ours[4096], theirs[4096];
    ssize_t count = readlink(path, theirs, sizeof theirs);
    assert_int_equal(content_read(&node->content, 0, (uint8_t *)ours, sizeof ours), count);
    assert_memory_equal(ours, theirs, (size_t)count);
}

/* All that an archive can tell, for it and all below. */
static void compare_node(const struct tree *tree, const struct tree_node *node, const char *path)
{
    struct stat there;
    assert_non_null(node);
    assert_int_equal(lstat(path, &there), 0);
    assert_int_equal(node->attributes.mode, there.st_mode);
    assert_int_equal(node->attributes.user, there.st_uid);
    assert_int_equal(node->attributes.group, there.st_gid);
    assert_int_equal(node->modified.seconds, there.st_mtime);
    assert_int_equal(node->links, there.st_nlink);
    if (S_ISREG(there.st_mode))
        compare_data(node, path);
    if (S_ISLNK(there.st_mode))
        compare_link(node, path);
    if (S_ISDIR(there.st_mode))
        compare_directory(tree, node, path);
}

static void compare_directory(const struct tree *tree, const struct tree_node *node, const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char below[8192];
        struct tree_entry *found;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        assert_int_equal(tree_find(node, (struct tree_text){entry->d_name, strlen(entry->d_name)}, &found), TREE_OK);
        compare_node(tree, found->node, below);
        count++;
    }
    closedir(directory);
    for (const struct tree_entry *entry = tree_entry_after(node, 0); entry != NULL; count--)
        entry = tree_entry_after(node, entry->cookie);
    assert_int_equal(count, 0);
}

static void check_real(const char *list, const char *format)
{
    char command[512];
    char *path = make_directory();
    size_t count;
    snprintf(command, sizeof command, "cd %s && %s | cpio --quiet -o -0 -H %s", path, list, format);
    uint8_t *bytes = read_output(command, &count);
    struct loaded loaded = load(bytes, count);
    assert_int_equal(loaded.report.error, CPIO_OK);
    compare_node(&loaded.tree, loaded.tree.root, path);
    assert_ptr_equal(find(&loaded.tree, "a/hello"), find(&loaded.tree, "a/b/other"));
    assert_ptr_equal(find(&loaded.tree, "a/hello"), find(&loaded.tree, "third"));
    unload(&loaded);
    run("chmod -R u+rwx %s && rm -r %s", path, path);
    free(bytes);
    free(path);
}

static void real_newc_archive_is_the_directory(void **state)
{
    (void)state;
    check_real("find . -print0", "newc");
}

static void real_crc_archive_is_the_directory(void **state)
{
    (void)state;
    check_real("find . -print0", "crc");
}

static void real_archive_with_children_first_is_the_directory(void **state)
{
    (void)state;
    check_real("find . -depth -print0", "newc");
}

static void real_archive_in_any_order_is_the_directory(void **state)
{
    (void)state;
    check_real("find . -print0 | sort -zr", "newc");
}

static void real_archive_of_files_only_has_their_directories(void **state)
{
    (void)state;
    char *path = make_directory();
    char command[512];
    size_t count;
    snprintf(command, sizeof command, "cd %s && find a -type f | cpio --quiet -o -H newc", path);
    uint8_t *bytes = read_output(command, &count);
    struct loaded loaded = load(bytes, count);
    assert_int_equal(loaded.report.error, CPIO_OK);
    assert_int_equal(find(&loaded.tree, "a/b/c")->attributes.mode, TREE_DIRECTORY | 0755);
    assert_int_equal(find(&loaded.tree, "a/b/c/big")->content.bytes, 100000);
    unload(&loaded);
    run("chmod -R u+rwx %s && rm -r %s", path, path);
    free(bytes);
    free(path);
}

static void real_archive_with_absolute_names_is_the_same(void **state)
{
    (void)state;
    char *path = make_directory();
    char command[512];
    size_t count;
    snprintf(command, sizeof command, "find %s/a | cpio --quiet -o -H newc", path);
    uint8_t *bytes = read_output(command, &count);
    struct loaded loaded = load(bytes, count);
    assert_int_equal(loaded.report.error, CPIO_OK);
    assert_int_equal(find(&loaded.tree, path + 1)->directory->implied, true);
    char below[128];
    snprintf(below, sizeof below, "%s/a/b/c/big", path + 1);
    assert_int_equal(find(&loaded.tree, below)->content.bytes, 100000);
    unload(&loaded);
    run("chmod -R u+rwx %s && rm -r %s", path, path);
    free(bytes);
    free(path);
}

/* What stays where it is. */

static void data_stays_in_the_archive_until_it_is_written(void **state)
{
    (void)state;
    uint8_t bytes[8192];
    size_t count = archive_sample(bytes, sizeof bytes);
    struct loaded loaded = load(bytes, count);
    struct tree_node *node = find(&loaded.tree, "hello");
    assert_true(node->content.origin > bytes && node->content.origin < bytes + count);
    uint8_t before[8192];
    memcpy(before, bytes, count);
    assert_int_equal(tree_write(&loaded.tree, node, 4, (const uint8_t *)"QUICK", 5), TREE_OK);
    assert_memory_equal(before, bytes, count);
    char text[16] = {0};
    assert_int_equal(content_read(&node->content, 0, (uint8_t *)text, 15), 15);
    assert_string_equal(text, "the QUICK brown");
    unload(&loaded);
}

static void sample_has_links_devices_and_times(void **state)
{
    (void)state;
    uint8_t bytes[8192];
    struct loaded loaded = load(bytes, archive_sample(bytes, sizeof bytes));
    assert_int_equal(loaded.report.error, CPIO_OK);
    assert_int_equal(loaded.report.entries, 12);
    assert_int_equal(loaded.report.newest, 1010);
    assert_int_equal(find(&loaded.tree, "null")->attributes.special_minor, 3);
    assert_int_equal(find(&loaded.tree, "dir/first")->content.bytes, 19);
    assert_int_equal(find(&loaded.tree, "dir/first")->links, 2);
    assert_int_equal(find(&loaded.tree, "dir")->modified.seconds, 1003);
    assert_int_equal(loaded.tree.root->modified.seconds, 1000);
    assert_int_equal(find(&loaded.tree, "empty")->attributes.user, 7);
    unload(&loaded);
}

/* Hostile archives. */

struct hostile {
    enum cpio_error error;
    struct archive_item items[3]; /* the last one is the bad one */
};

static char long_component[300];
static char long_target[5000];
static char endless_name[70000];

static const struct hostile hostiles[] = {
    {CPIO_BAD_MAGIC, {{.name = "a", .mode = 0100644, .magic = "070707"}}},
    {CPIO_BAD_MAGIC, {{.name = "a", .mode = 0100644, .magic = "\307q\0\0\0\0"}}},
    {CPIO_BAD_DIGIT, {{.name = "a", .mode = 0100644, .magic = "070701"}}}, /* its mode is spoilt below */
    {CPIO_EMPTY_NAME, {{.name = "", .mode = 0100644}}},
    {CPIO_LONG_NAME, {{.name = endless_name, .mode = 0100644}}},
    {CPIO_NAME_BEYOND_END, {{.name = "a", .mode = 0100644, .name_bytes = 5000}}},
    {CPIO_UNENDED_NAME, {{.name = "abcd", .mode = 0100644, .name_bytes = 3}}},
    {CPIO_ZERO_IN_NAME, {{.name = "ab\0", .mode = 0100644, .name_bytes = 6}}},
    {CPIO_DATA_BEYOND_END, {{.name = "a", .mode = 0100644, .claimed_bytes = 100000}}},
    {CPIO_DATA_BEYOND_END, {{.name = "a", .mode = 0100644, .claimed_bytes = 0xffffffff}}},
    {CPIO_BAD_TYPE, {{.name = "a", .mode = 0644}}},
    {CPIO_BAD_TYPE, {{.name = "a", .mode = 0170644}}},
    {CPIO_BAD_TYPE, {{.name = "a", .mode = 01100644}}},
    {CPIO_UNEXPECTED_DATA, {{.name = "a", .mode = 0040755, .data = "data", .data_bytes = 4}}},
    {CPIO_UNEXPECTED_DATA, {{.name = "a", .mode = 0010644, .data = "data", .data_bytes = 4}}},
    {CPIO_BAD_CHECKSUM,
     {{.name = "a", .mode = 0100644, .data = "data", .data_bytes = 4, .magic = "070702", .checksum = 411}}},
    {CPIO_DOT_DOT, {{.name = "..", .mode = 0040755}}},
    {CPIO_DOT_DOT, {{.name = "../a", .mode = 0100644}}},
    {CPIO_DOT_DOT, {{.name = "a/../../b", .mode = 0100644}}},
    {CPIO_DOT_DOT, {{.name = "a", .mode = 0040755}, {.name = "a/..", .mode = 0040755}}},
    {CPIO_DOT_DOT, {{.name = "/../etc/passwd", .mode = 0100644}}},
    {CPIO_LONG_COMPONENT, {{.name = long_component, .mode = 0100644}}},
    {CPIO_NOT_DIRECTORY, {{.name = "a", .mode = 0100644}, {.name = "a/b", .mode = 0100644}}},
    {CPIO_NOT_DIRECTORY,
     {{.name = "a", .mode = 0120777, .data = "/", .data_bytes = 1}, {.name = "a/b", .mode = 0100644}}},
    {CPIO_DUPLICATE, {{.name = "a", .mode = 0100644}, {.name = "./a", .mode = 0100644}}},
    {CPIO_DUPLICATE, {{.name = "a", .mode = 0040755}, {.name = "a/", .mode = 0040755}}},
    {CPIO_DUPLICATE, {{.name = "a/b", .mode = 0100644}, {.name = "a", .mode = 0100644}}},
    {CPIO_DUPLICATE, {{.name = ".", .mode = 0040755}, {.name = "/", .mode = 0040755}}},
    {CPIO_DUPLICATE,
     {{.name = "a", .mode = 0100644, .links = 2, .number = 5},
      {.name = "a", .mode = 0100644, .links = 2, .number = 5}}},
    {CPIO_ROOT_NOT_DIRECTORY, {{.name = ".", .mode = 0100644}}},
    {CPIO_ROOT_NOT_DIRECTORY, {{.name = "//./", .mode = 0120777, .data = "x", .data_bytes = 1}}},
    {CPIO_BAD_TARGET, {{.name = "a", .mode = 0120777}}},
    {CPIO_BAD_TARGET, {{.name = "a", .mode = 0120777, .data = "a\0b", .data_bytes = 3}}},
    {CPIO_BAD_TARGET, {{.name = "a", .mode = 0120777, .data = long_target, .data_bytes = sizeof long_target}}},
};

static size_t build_hostile(const struct hostile *hostile, uint8_t *bytes, size_t room, size_t *last)
{
    struct archive_builder builder = {bytes, room, 0};
    for (size_t i = 0; i < 3 && hostile->items[i].name != NULL; i++) {
        *last = builder.used;
        archive_add(&builder, &hostile->items[i]);
    }
    if (hostile->error == CPIO_BAD_DIGIT)
        bytes[*last + 14] = 'g';
    archive_end(&builder);
    return builder.used;
}

static void hostile_archives_get_their_error_and_its_place(void **state)
{
    (void)state;
    static uint8_t bytes[200000];
    memset(long_component, 'x', 256);
    memset(long_target, 'y', sizeof long_target);
    for (size_t i = 0; i + 2 < sizeof endless_name; i++)
        endless_name[i] = i % 2 ? 'z' : '/';
    for (size_t i = 0; i < sizeof hostiles / sizeof hostiles[0]; i++) {
        size_t last = 0;
        size_t count = build_hostile(&hostiles[i], bytes, sizeof bytes, &last);
        struct loaded loaded = load(bytes, count);
        if (loaded.report.error != hostiles[i].error || loaded.report.offset != last)
            fail_msg("archive %zu: error %s at %lu, expected %s at %zu", i, cpio_error_text(loaded.report.error),
                     (unsigned long)loaded.report.offset, cpio_error_text(hostiles[i].error), last);
        unload(&loaded);
    }
}

static void every_error_has_its_own_words(void **state)
{
    (void)state;
    for (int i = 0; i < CPIO_ERROR_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(cpio_error_text((enum cpio_error)i), cpio_error_text((enum cpio_error)j));
    assert_string_equal(cpio_error_text((enum cpio_error) - 1), "unknown error");
}

static void names_up_to_the_limit_are_taken(void **state)
{
    (void)state;
    static char name[CPIO_NAME_MAX + 1];
    static uint8_t bytes[80000];
    struct archive_builder builder = {bytes, sizeof bytes, 0};
    for (size_t i = 0; i < CPIO_NAME_MAX; i++)
        name[i] = i % 256 == 255 ? '/' : 'n';
    archive_add(&builder, &(struct archive_item){.name = name, .mode = 0100644, .data = "x", .data_bytes = 1});
    archive_end(&builder);
    struct loaded loaded = load(bytes, builder.used);
    assert_int_equal(loaded.report.error, CPIO_OK);
    assert_int_equal(find(&loaded.tree, name)->content.bytes, 1);
    unload(&loaded);
}

static void linked_data_may_come_first_or_last(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct archive_builder builder = {bytes, sizeof bytes, 0};
    archive_add(&builder, &(struct archive_item){
                              .name = "a", .mode = 0100644, .data = "1234", .data_bytes = 4, .number = 9, .links = 3});
    archive_add(&builder, &(struct archive_item){.name = "b", .mode = 0100644, .number = 9, .links = 3});
    archive_end(&builder);
    struct loaded loaded = load(bytes, builder.used);
    assert_int_equal(loaded.report.error, CPIO_OK);
    assert_ptr_equal(find(&loaded.tree, "a"), find(&loaded.tree, "b"));
    assert_int_equal(find(&loaded.tree, "b")->content.bytes, 4);
    /* The archive says 3, but only two of the names are in it. */
    assert_int_equal(find(&loaded.tree, "b")->links, 2);
    unload(&loaded);
}

static void every_truncation_is_an_error(void **state)
{
    (void)state;
    uint8_t bytes[8192];
    size_t count = archive_sample(bytes, sizeof bytes);
    /* The padding behind the trailer's name may be missing. */
    size_t needed = count - (4 - (110 + 11) % 4) % 4;
    for (size_t kept = 0; kept < needed; kept++) {
        uint8_t *copy = malloc(kept);
        memcpy(copy, bytes, kept);
        struct loaded loaded = load_in(copy, kept, (size_t)256 << 10);
        assert_int_not_equal(loaded.report.error, CPIO_OK);
        assert_true(loaded.report.offset <= kept);
        unload(&loaded);
        free(copy);
    }
}

static void every_flipped_byte_is_survived(void **state)
{
    (void)state;
    static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    uint8_t bytes[8192];
    size_t count = archive_sample(bytes, sizeof bytes);
    uint8_t *copy = malloc(count);
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < sizeof flips; j++) {
            memcpy(copy, bytes, count);
            copy[i] ^= flips[j];
            struct loaded loaded = load_in(copy, count, (size_t)256 << 10);
            taken += loaded.report.error == CPIO_OK;
            unload(&loaded);
        }
    }
    assert_true(taken > 0);
    free(copy);
}

static void too_little_memory_is_an_error_for_any_size(void **state)
{
    (void)state;
    uint8_t bytes[8192];
    size_t count = archive_sample(bytes, sizeof bytes);
    enum cpio_error last = CPIO_OK;
    for (size_t pages = 3; pages < 12; pages++) {
        struct loaded loaded = load_in(bytes, count, pages * 4096);
        assert_true(loaded.report.error == CPIO_OK || loaded.report.error == CPIO_NO_MEMORY);
        last = loaded.report.error;
        unload(&loaded);
    }
    assert_int_equal(last, CPIO_OK);
}

#define MANY 100000

static void directory_of_100000_names_is_quick(void **state)
{
    (void)state;
    size_t room = (size_t)MANY * 160;
    uint8_t *bytes = malloc(room);
    struct archive_builder builder = {bytes, room, 0};
    char name[32];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "d/%u", i * 7919u % MANY);
        archive_add(&builder, &(struct archive_item){.name = name, .mode = 0100644, .number = i});
    }
    archive_end(&builder);
    clock_t begin = clock();
    struct loaded loaded = load_in(bytes, builder.used, (size_t)128 << 20);
    assert_int_equal(loaded.report.error, CPIO_OK);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "d/%u", i);
        assert_non_null(find(&loaded.tree, name));
    }
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    print_message("%u names: %.3f s to load and find, %zu bytes a name\n", MANY, seconds,
                  loaded.tree.store.live_bytes / MANY);
    /* Linear directories would take minutes. */
    assert_true(seconds < 20);
    unload(&loaded);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_newc_archive_is_the_directory),
        cmocka_unit_test(real_crc_archive_is_the_directory),
        cmocka_unit_test(real_archive_with_children_first_is_the_directory),
        cmocka_unit_test(real_archive_in_any_order_is_the_directory),
        cmocka_unit_test(real_archive_of_files_only_has_their_directories),
        cmocka_unit_test(real_archive_with_absolute_names_is_the_same),
        cmocka_unit_test(data_stays_in_the_archive_until_it_is_written),
        cmocka_unit_test(sample_has_links_devices_and_times),
        cmocka_unit_test(hostile_archives_get_their_error_and_its_place),
        cmocka_unit_test(every_error_has_its_own_words),
        cmocka_unit_test(names_up_to_the_limit_are_taken),
        cmocka_unit_test(linked_data_may_come_first_or_last),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(every_flipped_byte_is_survived),
        cmocka_unit_test(too_little_memory_is_an_error_for_any_size),
        cmocka_unit_test(directory_of_100000_names_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
