/* SPDX-License-Identifier: MIT */
/* The seeds of fuzz/operations_seeds.c run clean and are in the corpus; `--write FOLDER` writes them there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fuzz/operations.h"

enum {
    ROOM = (OPERATIONS_RECORDS_MAX + 1) * OPERATIONS_RECORD_BYTES
};

static void print_line(void *context, const char *line)
{
    (void)context;
    print_message("%s\n", line);
}

static void test_seeds_run_clean(void **state)
{
    (void)state;
    uint8_t data[ROOM];
    const char *name;
    size_t size, bytes = operations_bytes();
    void *memory = aligned_alloc(UK_PAGE, (bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1));
    assert_non_null(memory);
    struct operations *operations = operations_make(memory, bytes);
    assert_non_null(operations);
    if (getenv("UKERN_TELL") != NULL)
        operations_tell(operations, print_line, NULL);
    for (unsigned i = 0; (size = operations_seed(i, &name, data, sizeof data)) != 0; i++) {
        print_message("%s\n", name);
        const char *text = operations_run(operations, data, size, CHECK_FINISH);
        if (text != NULL)
            fail_msg("%s: %s", name, text);
    }
    free(memory);
}

static void path_of(char *path, size_t room, const char *folder, const char *name)
{
    (void)snprintf(path, room, "%s/%s", folder, name);
}

static void test_corpus_holds_the_seeds(void **state)
{
    (void)state;
    uint8_t data[ROOM], found[ROOM];
    char folder[600], path[700];
    const char *name, *source = getenv("UKERN_SOURCE");
    size_t size;
    if (source == NULL)
        skip();
    path_of(folder, sizeof folder, source, "fuzz/corpus/operations_fuzzer");
    for (unsigned i = 0; (size = operations_seed(i, &name, data, sizeof data)) != 0; i++) {
        path_of(path, sizeof path, folder, name);
        FILE *file = fopen(path, "rb");
        if (file == NULL)
            fail_msg("%s is missing: run this program with --write %s", path, folder);
        size_t length = fread(found, 1, sizeof found, file);
        fclose(file);
        if (length != size || memcmp(found, data, size) != 0)
            fail_msg("%s is not what operations_seeds.c says: run this program with --write %s", path, folder);
    }
}

static int write_seeds(const char *folder)
{
    uint8_t data[ROOM];
    char path[700];
    const char *name;
    size_t size;
    for (unsigned i = 0; (size = operations_seed(i, &name, data, sizeof data)) != 0; i++) {
        path_of(path, sizeof path, folder, name);
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
            perror(path);
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds_run_clean),
        cmocka_unit_test(test_corpus_holds_the_seeds),
    };
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_seeds(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
