/* SPDX-License-Identifier: MIT */
/* The tree against simple models: contents, names, listings under change, and memory that runs out at every moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "files/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A generator of our own, so that a printed seed is the same run everywhere. */
static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(2685821657736338717);
}

static uint64_t random_below(uint64_t end) { return (random_next() >> 16) % end; }

static void random_seed(uint64_t seed)
{
    const char *wanted = getenv("UKERN_SEED");
    random_state = wanted != NULL ? strtoull(wanted, NULL, 0) | 1 : seed;
    print_message("seed 0x%llx\n", (unsigned long long)random_state);
}

/* sorted */

struct number {
    struct sorted_link link;
    unsigned value;
};

static int compare_number(const void *key, const struct sorted_link *link)
{
    unsigned value = *(const unsigned *)key;
    const struct number *number = SORTED_OWNER(link, const struct number, link);
    return (value > number->value) - (value < number->value);
}

#define NUMBERS 300

static void check_numbers(const struct sorted *set, const bool *present)
{
    struct sorted_link *link = sorted_first(set);
    assert_true(sorted_check(set));
    for (unsigned i = 0; i < NUMBERS; i++) {
        struct sorted_link *found = sorted_find(set, compare_number, &i);
        assert_int_equal(found != NULL, present[i]);
        if (!present[i])
            continue;
        assert_ptr_equal(found, link);
        link = sorted_next(link);
        assert_ptr_equal(sorted_after(set, compare_number, &i), link);
    }
    assert_null(link);
}

static void sorted_set_agrees_with_an_array(void **state)
{
    (void)state;
    static struct number numbers[NUMBERS];
    bool present[NUMBERS] = {false};
    struct sorted set = {NULL};
    random_seed(1);
    for (unsigned step = 0; step < 6000; step++) {
        unsigned i = (unsigned)random_below(NUMBERS);
        numbers[i].value = i;
        if (present[i])
            sorted_remove(&set, &numbers[i].link);
        else
            sorted_insert(&set, compare_number, &i, &numbers[i].link);
        present[i] = !present[i];
        if (step % 10 == 0)
            check_numbers(&set, present);
    }
}

static void sorted_set_stays_shallow_for_sorted_keys(void **state)
{
    (void)state;
    enum {
        COUNT = 1 << 16
    };
    struct number *numbers = calloc(COUNT, sizeof *numbers);
    struct sorted set = {NULL};
    for (unsigned i = 0; i < COUNT; i++) {
        numbers[i].value = i;
        sorted_insert(&set, compare_number, &i, &numbers[i].link);
    }
    assert_true(set.root->height <= 17);
    assert_true(sorted_check(&set));
    free(numbers);
}

/* store */

static void store_gives_each_byte_once_and_takes_all_back(void **state)
{
    (void)state;
    enum {
        OBJECTS = 400,
        PAGES = 40
    };
    static struct {
        uint8_t *bytes;
        size_t count;
    } objects[OBJECTS];
    void *region = aligned_alloc(4096, PAGES * 4096);
    struct store store;
    size_t full = 0;
    random_seed(2);
    store_initialise(&store, region, PAGES * 4096);
    for (unsigned step = 0; step < 40000; step++) {
        unsigned i = (unsigned)random_below(OBJECTS);
        if (objects[i].bytes != NULL) {
            for (size_t at = 0; at < objects[i].count; at++)
                assert_int_equal(objects[i].bytes[at], (uint8_t)i);
            store_free(&store, objects[i].bytes, objects[i].count);
            objects[i].bytes = NULL;
            continue;
        }
        objects[i].count = 1 + random_below(random_below(8) == 0 ? 4096 : 400);
        objects[i].bytes = store_allocate(&store, objects[i].count);
        full += objects[i].bytes == NULL;
        if (objects[i].bytes == NULL)
            continue;
        assert_int_equal((uintptr_t)objects[i].bytes % 16, 0);
        for (size_t at = 0; at < objects[i].count; at++)
            assert_int_equal(objects[i].bytes[at], 0);
        memset(objects[i].bytes, (int)(uint8_t)i, objects[i].count);
        if (step % 100 == 0)
            assert_true(store_check(&store));
    }
    assert_true(full > 0);
    for (unsigned i = 0; i < OBJECTS; i++)
        if (objects[i].bytes != NULL)
            store_free(&store, objects[i].bytes, objects[i].count);
    assert_int_equal(store.live_bytes, 0);
    assert_int_equal(store_pages_free(&store), PAGES);
    assert_true(store_check(&store));
    free(region);
}

static void store_bears_regions_of_any_shape(void **state)
{
    (void)state;
    uint8_t *region = aligned_alloc(4096, 3 * 4096);
    struct store store;
    for (size_t skip = 0; skip < 4097; skip += 512) {
        for (size_t bytes = 0; bytes + skip <= 3 * 4096; bytes += 1024) {
            store_initialise(&store, region + skip, bytes);
            while (store_allocate(&store, 4096) != NULL) {
            }
            assert_true(store_check(&store));
            assert_null(store_allocate(&store, 1));
        }
    }
    store_initialise(&store, region, 3 * 4096);
    assert_null(store_allocate(&store, 4097));
    free(region);
}

/* content */

#define MODEL_BYTES 70000

/* The model: one array. `far` moves all of it to an offset that needs higher tables. */
static void content_follows_the_model(uint64_t far, size_t pages)
{
    static uint8_t model[MODEL_BYTES], data[MODEL_BYTES], read[MODEL_BYTES], origin[30000];
    uint64_t size = sizeof origin;
    void *region = aligned_alloc(4096, pages * 4096);
    struct store store;
    struct content content = {.origin = origin, .origin_bytes = sizeof origin, .bytes = sizeof origin};
    size_t refused = 0;
    store_initialise(&store, region, pages * 4096);
    for (size_t i = 0; i < sizeof origin; i++)
        origin[i] = (uint8_t)(i * 31 + i / 4096);
    memset(model, 0, sizeof model);
    if (far == 0)
        memcpy(model, origin, sizeof origin);
    else
        size = 0, content = (struct content){.bytes = far};
    for (unsigned step = 0; step < 3000; step++) {
        uint64_t offset = random_below(MODEL_BYTES);
        size_t count = (size_t)random_below(random_below(4) == 0 ? MODEL_BYTES - offset : 100) % (MODEL_BYTES - offset);
        if (random_below(8) == 0) {
            content_resize(&content, &store, far + offset);
            if (offset < size)
                memset(model + offset, 0, (size_t)(size - offset));
            size = offset;
            continue;
        }
        for (size_t i = 0; i < count; i++)
            data[i] = (uint8_t)random_next();
        size_t free_before = store_pages_free(&store);
        if (content_write(&content, &store, far + offset, data, count)) {
            memcpy(model + offset, data, count);
            size = count > 0 && offset + count > size ? offset + count : size;
        } else {
            assert_int_equal(store_pages_free(&store), free_before);
            refused++;
        }
        assert_int_equal(content.bytes, far + size);
        assert_int_equal(content_read(&content, far, read, sizeof read), size);
        assert_memory_equal(read, model, (size_t)size);
        assert_int_equal(content_count(&content), store.live_bytes);
    }
    if (pages < 10)
        assert_true(refused > 0);
    content_resize(&content, &store, 0);
    assert_int_equal(store_pages_free(&store), pages);
    free(region);
}

static void content_agrees_with_an_array(void **state)
{
    (void)state;
    random_seed(3);
    content_follows_the_model(0, 100);
    content_follows_the_model(0, 9);
    content_follows_the_model((uint64_t)512 * 4096 - 30000, 100);
    content_follows_the_model((uint64_t)512 * 512 * 4096 - 30000, 9);
    content_follows_the_model((uint64_t)512 * 512 * 512 * 4096 - 30000, 100);
    content_follows_the_model(CONTENT_BYTES_MAX - MODEL_BYTES, 100);
}

static void content_ends_at_its_limit(void **state)
{
    (void)state;
    void *region = aligned_alloc(4096, 100 * 4096);
    struct store store;
    struct content content = {0};
    store_initialise(&store, region, 100 * 4096);
    assert_true(content_write(&content, &store, CONTENT_BYTES_MAX - 1, (const uint8_t *)"x", 1));
    assert_false(content_write(&content, &store, CONTENT_BYTES_MAX - 1, (const uint8_t *)"xy", 2));
    assert_false(content_write(&content, &store, UINT64_MAX, (const uint8_t *)"xy", 2));
    /* A hole of 2^48 bytes costs tables only. */
    assert_int_equal(content.pages, 1);
    assert_int_equal(store.live_bytes, 5 * 4096);
    uint8_t byte = 1;
    assert_int_equal(content_read(&content, 12345678901, &byte, 1), 1);
    assert_int_equal(byte, 0);
    assert_true(content_write(&content, &store, 0, (const uint8_t *)"x", 1));
    content_resize(&content, &store, 1);
    assert_int_equal(content.pages, 1);
    free(region);
}

/* names */

struct fixture {
    struct tree tree;
    void *region;
};

static struct fixture begin(size_t pages)
{
    struct fixture fixture;
    fixture.region = aligned_alloc(4096, pages * 4096);
    assert_int_equal(tree_initialise(&fixture.tree, fixture.region, pages * 4096), TREE_OK);
    return fixture;
}

static void end(struct fixture *fixture)
{
    assert_true(tree_check(&fixture->tree));
    free(fixture->region);
}

static struct tree_text text(const char *name) { return (struct tree_text){name, strlen(name)}; }

static const struct tree_attributes a_file = {.mode = TREE_REGULAR | 0644};
static const struct tree_attributes a_directory = {.mode = TREE_DIRECTORY | 0755};

static struct tree_node *make(struct tree *tree, struct tree_node *in, const char *name,
                              const struct tree_attributes *attributes)
{
    struct tree_node *node;
    assert_int_equal(tree_create(tree, in, text(name), attributes, &node), TREE_OK);
    return node;
}

static void names_that_are_none_are_refused(void **state)
{
    (void)state;
    struct fixture fixture = begin(10);
    struct tree_node *node, *root = fixture.tree.root;
    struct tree_entry *entry;
    char name[TREE_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    assert_int_equal(tree_create(&fixture.tree, root, text(""), &a_file, &node), TREE_NOT_FOUND);
    assert_int_equal(tree_create(&fixture.tree, root, text("."), &a_file, &node), TREE_INVALID);
    assert_int_equal(tree_create(&fixture.tree, root, text(".."), &a_file, &node), TREE_INVALID);
    assert_int_equal(tree_create(&fixture.tree, root, text("a/b"), &a_file, &node), TREE_INVALID);
    assert_int_equal(tree_create(&fixture.tree, root, (struct tree_text){"a\0b", 3}, &a_file, &node), TREE_INVALID);
    assert_int_equal(tree_create(&fixture.tree, root, (struct tree_text){name, 256}, &a_file, &node),
                     TREE_NAME_TOO_LONG);
    assert_int_equal(tree_create(&fixture.tree, root, (struct tree_text){name, 255}, &a_file, &node), TREE_OK);
    assert_int_equal(tree_create(&fixture.tree, root, text("..."), &a_file, &node), TREE_OK);
    assert_int_equal(tree_create(&fixture.tree, root, text("..."), &a_file, &node), TREE_EXISTS);
    assert_int_equal(tree_create(&fixture.tree, node, text("a"), &a_file, &node), TREE_NOT_DIRECTORY);
    assert_int_equal(tree_find(root, text(".."), &entry), TREE_NOT_FOUND);
    assert_int_equal(tree_find(node, text("a"), &entry), TREE_NOT_DIRECTORY);
    end(&fixture);
}

static void links_are_counted_as_unix_does(void **state)
{
    (void)state;
    struct fixture fixture = begin(20);
    struct tree *tree = &fixture.tree;
    struct tree_node *a = make(tree, tree->root, "a", &a_directory);
    struct tree_node *b = make(tree, a, "b", &a_directory);
    struct tree_node *file = make(tree, a, "file", &a_file);
    assert_int_equal(tree->root->links, 3);
    assert_int_equal(a->links, 3);
    assert_int_equal(b->links, 2);
    assert_int_equal(tree_link(tree, b, text("second"), file), TREE_OK);
    assert_int_equal(file->links, 2);
    assert_int_equal(tree_link(tree, b, text("dir"), a), TREE_NOT_PERMITTED);
    assert_int_equal(tree_unlink(tree, a, text("file"), false), TREE_OK);
    assert_int_equal(file->links, 1);
    assert_int_equal(tree_unlink(tree, tree->root, text("a"), true), TREE_NOT_EMPTY);
    assert_int_equal(tree_unlink(tree, tree->root, text("a"), false), TREE_IS_DIRECTORY);
    assert_int_equal(tree_unlink(tree, b, text("second"), true), TREE_NOT_DIRECTORY);
    assert_int_equal(tree_unlink(tree, b, text("second"), false), TREE_OK);
    assert_int_equal(tree_unlink(tree, a, text("b"), true), TREE_OK);
    assert_int_equal(tree_unlink(tree, tree->root, text("a"), true), TREE_OK);
    assert_int_equal(tree->root->links, 2);
    assert_int_equal(tree->node_count, 1);
    end(&fixture);
}

static void renaming_keeps_what_it_must(void **state)
{
    (void)state;
    struct fixture fixture = begin(20);
    struct tree *tree = &fixture.tree;
    struct tree_node *root = tree->root;
    struct tree_node *a = make(tree, root, "a", &a_directory);
    struct tree_node *b = make(tree, a, "b", &a_directory);
    struct tree_node *file = make(tree, b, "file", &a_file);
    struct tree_entry *entry;
    assert_int_equal(tree_rename(tree, root, text("a"), b, text("c")), TREE_INVALID);
    assert_int_equal(tree_rename(tree, root, text("a"), a, text("c")), TREE_INVALID);
    assert_int_equal(tree_rename(tree, root, text("none"), a, text("c")), TREE_NOT_FOUND);
    assert_int_equal(tree_rename(tree, a, text("b"), root, text("..")), TREE_INVALID);
    assert_int_equal(tree_rename(tree, b, text("file"), root, text("a")), TREE_IS_DIRECTORY);
    assert_int_equal(tree_rename(tree, a, text("b"), root, text("a")), TREE_NOT_EMPTY);
    assert_int_equal(tree_rename(tree, root, text("a"), root, text("a")), TREE_OK);
    assert_int_equal(tree_rename(tree, a, text("b"), root, text("b")), TREE_OK);
    assert_ptr_equal(b->directory->parent, root);
    assert_int_equal(tree_rename(tree, b, text("file"), root, text("file")), TREE_OK);
    assert_int_equal(tree_rename(tree, root, text("a"), root, text("file")), TREE_NOT_DIRECTORY);
    assert_int_equal(tree_rename(tree, root, text("a"), root, text("b")), TREE_OK);
    assert_int_equal(tree->node_count, 3);
    assert_int_equal(tree_link(tree, root, text("same"), file), TREE_OK);
    assert_int_equal(tree_rename(tree, root, text("same"), root, text("file")), TREE_OK);
    assert_int_equal(file->links, 2);
    struct tree_node *other = make(tree, root, "other", &a_file);
    tree_hold(other);
    assert_int_equal(tree_rename(tree, root, text("file"), root, text("other")), TREE_OK);
    assert_int_equal(other->links, 0);
    assert_int_equal(tree_find(root, text("other"), &entry), TREE_OK);
    assert_ptr_equal(entry->node, file);
    tree_release(tree, other);
    end(&fixture);
}

static void removed_nodes_live_while_they_are_held(void **state)
{
    (void)state;
    struct fixture fixture = begin(20);
    struct tree *tree = &fixture.tree;
    struct tree_node *file = make(tree, tree->root, "file", &a_file);
    struct tree_node *directory = make(tree, tree->root, "dir", &a_directory);
    struct tree_node *node;
    uint8_t byte;
    tree_hold(file);
    tree_hold(directory);
    assert_int_equal(tree_write(tree, file, 5000, (const uint8_t *)"!", 1), TREE_OK);
    assert_int_equal(tree_unlink(tree, tree->root, text("file"), false), TREE_OK);
    assert_int_equal(tree_unlink(tree, tree->root, text("dir"), true), TREE_OK);
    assert_int_equal(content_read(&file->content, 5000, &byte, 1), 1);
    assert_int_equal(byte, '!');
    assert_true(tree_check(tree));
    assert_int_equal(tree_create(tree, directory, text("a"), &a_file, &node), TREE_NOT_FOUND);
    assert_int_equal(tree_link(tree, tree->root, text("again"), file), TREE_NOT_FOUND);
    assert_int_equal(tree_rename(tree, tree->root, text("x"), directory, text("x")), TREE_NOT_FOUND);
    tree_release(tree, file);
    tree_release(tree, directory);
    assert_int_equal(tree->node_count, 1);
    end(&fixture);
}

static void numbers_are_unique_and_versions_grow(void **state)
{
    (void)state;
    struct fixture fixture = begin(20);
    struct tree *tree = &fixture.tree;
    uint64_t last = TREE_ROOT;
    for (unsigned i = 0; i < 100; i++) {
        uint32_t version = tree->root->version;
        struct tree_node *node = make(tree, tree->root, "x", &a_file);
        assert_true(node->number > last);
        last = node->number;
        assert_true(tree->root->version > version);
        version = node->version;
        tree->now.seconds = i;
        assert_int_equal(tree_write(tree, node, 0, (const uint8_t *)"1", 1), TREE_OK);
        assert_true(node->version > version);
        assert_int_equal(node->modified.seconds, i);
        version = node->version;
        assert_int_equal(tree_resize(tree, node, 0), TREE_OK);
        assert_true(node->version > version);
        assert_int_equal(tree_unlink(tree, tree->root, text("x"), false), TREE_OK);
    }
    end(&fixture);
}

/* Every name that is there from the beginning to the end of a listing is in it exactly once. */
static void listings_survive_what_is_removed_and_made_meanwhile(void **state)
{
    (void)state;
    enum {
        NAMES = 200
    };
    random_seed(4);
    for (unsigned round = 0; round < 50; round++) {
        struct fixture fixture = begin(100);
        struct tree *tree = &fixture.tree;
        unsigned seen[NAMES] = {0};
        bool removed[NAMES] = {false};
        char name[16];
        for (unsigned i = 0; i < NAMES; i++) {
            snprintf(name, sizeof name, "%u", i);
            make(tree, tree->root, name, &a_file);
        }
        unsigned made = 0;
        uint64_t cookie = 0;
        for (struct tree_entry *entry; (entry = tree_entry_after(tree->root, cookie)) != NULL;) {
            cookie = entry->cookie;
            if (entry->name[0] != 'n') {
                snprintf(name, sizeof name, "%.*s", (int)entry->name_bytes, entry->name);
                seen[atoi(name)]++;
            }
            unsigned victim = (unsigned)random_below(NAMES);
            snprintf(name, sizeof name, "%u", victim);
            removed[victim] |= tree_unlink(tree, tree->root, text(name), false) == TREE_OK;
            snprintf(name, sizeof name, "n%u", made);
            if (made++ < 50)
                make(tree, tree->root, name, &a_file);
        }
        for (unsigned i = 0; i < NAMES; i++)
            assert_true(removed[i] ? seen[i] <= 1 : seen[i] == 1);
        end(&fixture);
    }
}

/* Memory that runs out. */

static enum tree_status random_operation(struct tree *tree, struct tree_node **held)
{
    static const uint8_t data[20000];
    static const char *const names[] = {"a", "bb", "a-rather-long-name-that-needs-a-larger-object-than-the-others-do",
                                        "d"};
    struct tree_node *in = tree->root, *node;
    struct tree_text name = text(names[random_below(4)]), other = text(names[random_below(4)]);
    struct tree_entry *entry;
    /* Down two steps at most. */
    for (unsigned i = 0; i < 2; i++)
        if (random_below(2) == 0 && tree_find(in, text(names[random_below(4)]), &entry) == TREE_OK &&
            tree_is(entry->node, TREE_DIRECTORY))
            in = entry->node;
    switch (random_below(9)) {
    case 0:
        return tree_create(tree, in, name, &a_file, &node);
    case 1:
        return tree_create(tree, in, name, &a_directory, &node);
    case 2:
        return tree_symlink(tree, in, name, &(struct tree_attributes){.mode = TREE_SYMLINK | 0777}, other, &node);
    case 3:
        return tree_unlink(tree, in, name, random_below(2) == 0);
    case 4:
        return tree_rename(tree, in, name, random_below(2) == 0 ? tree->root : in, other);
    case 5:
        return tree_find(in, name, &entry) == TREE_OK ? tree_link(tree, tree->root, other, entry->node) : TREE_OK;
    case 6:
        if (*held != NULL)
            tree_release(tree, *held);
        *held = NULL;
        if (tree_find(in, name, &entry) == TREE_OK)
            tree_hold(*held = entry->node);
        return TREE_OK;
    case 7:
        if (tree_find(in, name, &entry) == TREE_OK)
            return tree_resize(tree, entry->node, random_below(100000));
        return TREE_OK;
    default:
        if (tree_find(in, name, &entry) == TREE_OK)
            return tree_write(tree, entry->node, random_below(100000), data, (size_t)random_below(sizeof data));
        return TREE_OK;
    }
}

static void full_memory_refuses_and_changes_nothing(void **state)
{
    (void)state;
    unsigned refused = 0;
    random_seed(5);
    for (size_t pages = 4; pages < 24; pages++) {
        struct fixture fixture = begin(pages);
        struct tree *tree = &fixture.tree;
        struct tree_node *held = NULL;
        for (unsigned step = 0; step < 2000; step++) {
            size_t live = tree->store.live_bytes;
            uint64_t count = tree->node_count;
            enum tree_status status = random_operation(tree, &held);
            refused += status == TREE_NO_SPACE;
            if (status != TREE_OK) {
                assert_int_equal(tree->store.live_bytes, live);
                assert_int_equal(tree->node_count, count);
            }
            assert_true(tree_check(tree));
        }
        if (held != NULL)
            tree_release(tree, held);
        end(&fixture);
    }
    assert_true(refused > 100);
}

static void a_region_too_small_for_the_root_is_refused(void **state)
{
    (void)state;
    struct tree tree;
    void *region = aligned_alloc(4096, 4096);
    assert_int_equal(tree_initialise(&tree, region, 0), TREE_NO_SPACE);
    assert_int_equal(tree_initialise(&tree, region, 4095), TREE_NO_SPACE);
    assert_int_equal(tree_initialise(&tree, (char *)region + 1, 4095), TREE_NO_SPACE);
    free(region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_set_agrees_with_an_array),
        cmocka_unit_test(sorted_set_stays_shallow_for_sorted_keys),
        cmocka_unit_test(store_gives_each_byte_once_and_takes_all_back),
        cmocka_unit_test(store_bears_regions_of_any_shape),
        cmocka_unit_test(content_agrees_with_an_array),
        cmocka_unit_test(content_ends_at_its_limit),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(links_are_counted_as_unix_does),
        cmocka_unit_test(renaming_keeps_what_it_must),
        cmocka_unit_test(removed_nodes_live_while_they_are_held),
        cmocka_unit_test(numbers_are_unique_and_versions_grow),
        cmocka_unit_test(listings_survive_what_is_removed_and_made_meanwhile),
        cmocka_unit_test(full_memory_refuses_and_changes_nothing),
        cmocka_unit_test(a_region_too_small_for_the_root_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
