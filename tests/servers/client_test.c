/* SPDX-License-Identifier: MIT */
/* The 9P client against the real engine: paths mean what they mean on Linux, and no fid is ever lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "servers/shell_world.h"

static int resolve(struct world *world, const char *path, bool follow, uint8_t *type)
{
    struct client_qid qid = {0xee, 0, 0};
    uint32_t fid;
    int error = client_resolve(&world->client, world->client.root, path, strlen(path), follow, &fid, &qid);
    *type = qid.type;
    if (error == 0)
        assert_int_equal(0, client_clunk(&world->client, fid));
    assert_int_equal(1, world->client.fids);
    assert_int_equal(1, world->session.fids.count);
    return error;
}

static void paths_resolve_as_on_linux(void **state)
{
    enum { FILE = 0, DIRECTORY = 0x80, LINK = 2, NONE = 0xee };
    static const struct {
        const char *path;
        bool follow;
        int error;
        uint8_t type;
    } rows[] = {
        {"/", true, 0, DIRECTORY}, {".", true, 0, DIRECTORY}, {"..", true, 0, DIRECTORY}, {"", true, 2, NONE},
        {"file", true, 0, FILE}, {"/file", true, 0, FILE}, {"//file", true, 0, FILE}, {"./file", true, 0, FILE},
        {"file/", true, 20, NONE}, {"file/.", true, 20, NONE}, {"file/x", true, 20, NONE}, {"none", true, 2, NONE},
        {"none/x", true, 2, NONE}, {"a/b/c/leaf", true, 0, FILE}, {"a//b/./c/../c/leaf", true, 0, FILE},
        {"absolute", true, 0, FILE}, {"absolute", false, 0, LINK}, {"absolute/", false, 20, NONE},
        {"a/relative", true, 0, FILE}, {"a/b/up", true, 0, FILE}, {"a/b/up", false, 0, LINK},
        {"directory", true, 0, DIRECTORY}, {"directory", false, 0, LINK}, {"directory/", false, 0, DIRECTORY},
        {"directory/.", false, 0, DIRECTORY}, {"directory/c/leaf", false, 0, FILE},
        {"directory/..", true, 0, DIRECTORY},
        {"directory/../b/c", true, 0, DIRECTORY}, {"directory/up", true, 0, FILE}, {"here", true, 0, DIRECTORY},
        {"here/here/here/file", true, 0, FILE}, {"here/.", true, 0, DIRECTORY}, {"loop", true, 40, NONE},
        {"loop", false, 0, LINK}, {"loop/x", false, 40, NONE}, {"dangling", true, 2, NONE},
        {"dangling", false, 0, LINK}, {"dangling/x", true, 2, NONE}, {"through", true, 20, NONE},
        {"root/a/b", true, 0, DIRECTORY}, {"root/root/root", true, 0, DIRECTORY}, {"root", false, 0, LINK},
        {"../../../a", true, 0, DIRECTORY}, {"a/..", true, 0, DIRECTORY}, {"a/../file", true, 0, FILE},
    };
    struct world *world = world_open_furnished();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t type;
        int error = resolve(world, rows[i].path, rows[i].follow, &type);
        if (error != rows[i].error || (error == 0 && type != rows[i].type))
            fail_msg("%s: error %d, type %x", rows[i].path, error, type);
    }
    world_close(world);
}

static void long_paths_go_in_steps_and_too_long_ones_nowhere(void **state)
{
    struct world *world = world_open_furnished();
    char path[CLIENT_PATH_MAX + 2] = "";
    uint32_t fid, deepest;
    uint8_t type;
    struct client_qid qid;
    (void)state;
    assert_int_equal(0, client_walk(&world->client, world->client.root, "", 0, &deepest, NULL));
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(0, client_mkdir(&world->client, deepest, "n", 0755));
        assert_int_equal(0, client_walk(&world->client, deepest, "n", 1, &fid, &qid));
        assert_int_equal(CLIENT_QID_DIRECTORY, qid.type);
        assert_int_equal(0, client_clunk(&world->client, deepest));
        deepest = fid;
        strcat(path, "n/");
    }
    assert_int_equal(0, client_clunk(&world->client, deepest));
    unsigned before = world->transport.exchanges;
    assert_int_equal(0, client_walk(&world->client, world->client.root, path, strlen(path), &fid, &qid));
    assert_int_equal(3, world->transport.exchanges - before);
    assert_int_equal(0, client_clunk(&world->client, fid));
    assert_int_equal(0, resolve(world, path, true, &type));
    strcat(path, "n/n");
    assert_int_equal(CLIENT_ENOENT, client_walk(&world->client, world->client.root, path, strlen(path), &fid, &qid));
    assert_int_equal(CLIENT_ENOENT, resolve(world, path, true, &type));
    memset(path, 'x', 256);
    path[256] = '\0';
    assert_int_equal(CLIENT_ENAMETOOLONG, resolve(world, path, true, &type));
    assert_int_equal(CLIENT_ENAMETOOLONG, client_walk(&world->client, world->client.root, path, 256, &fid, &qid));
    for (unsigned i = 0; i <= CLIENT_PATH_MAX; i++)
        path[i] = "./"[i % 2];
    path[CLIENT_PATH_MAX] = '\0';
    assert_int_equal(0, resolve(world, path, true, &type));
    path[CLIENT_PATH_MAX] = '.';
    path[CLIENT_PATH_MAX + 1] = '\0';
    assert_int_equal(CLIENT_ENAMETOOLONG, resolve(world, path, true, &type));
    world_close(world);
}

static void forty_links_are_followed_and_no_more(void **state)
{
    struct world *world = world_open_furnished();
    char name[16], target[16];
    uint8_t type;
    (void)state;
    world_link(world, "", "link0", "file");
    for (unsigned i = 1; i < 45; i++) {
        snprintf(name, sizeof name, "link%u", i);
        snprintf(target, sizeof target, "link%u", i - 1);
        world_link(world, "", name, target);
    }
    assert_int_equal(0, resolve(world, "link39", true, &type));
    assert_int_equal(CLIENT_ELOOP, resolve(world, "link40", true, &type));
    world_close(world);
}

static void parents_of_paths(void **state)
{
    static const struct {
        const char *path;
        int error;
        const char *name;
    } rows[] = {
        {"x", 0, "x"}, {"/x", 0, "x"}, {"a/b/x//", 0, "x"}, {"directory/x", 0, "x"}, {"/", 22, ""}, {"", 22, ""},
        {"a/.", 22, ""}, {"a/..", 22, ""}, {"none/x", 2, ""}, {"file/x", 20, ""}, {"loop/x", 40, ""},
    };
    struct world *world = world_open_furnished();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[CLIENT_NAME_MAX + 1];
        uint32_t fid;
        int error = client_resolve_parent(&world->client, world->client.root, rows[i].path, strlen(rows[i].path), &fid,
                                          name);
        assert_int_equal(rows[i].error, error);
        if (error != 0)
            continue;
        assert_string_equal(rows[i].name, name);
        assert_int_equal(0, client_clunk(&world->client, fid));
    }
    world_close(world);
}

static void every_request_against_the_real_server(void **state)
{
    struct world *world = world_open_furnished();
    struct client *client = &world->client;
    struct client_attributes attributes;
    struct client_space space;
    char text[64];
    uint32_t fid, other;
    size_t done;
    (void)state;
    assert_int_equal(0, client_lcreate(client, client->root, "new", CLIENT_READ_WRITE, 0600, &fid));
    assert_int_equal(0, client_write(client, fid, 3, "abc", 3, &done));
    assert_int_equal(3, done);
    assert_int_equal(0, client_fsync(client, fid));
    assert_int_equal(0, client_read(client, fid, 0, text, sizeof text, &done));
    assert_int_equal(6, done);
    assert_memory_equal("\0\0\0abc", text, 6);
    assert_int_equal(0, client_read(client, fid, 6, text, sizeof text, &done));
    assert_int_equal(0, done);
    struct client_change change = {.valid = CLIENT_CHANGE_SIZE | CLIENT_CHANGE_MODE | CLIENT_CHANGE_MODIFIED
                                            | CLIENT_CHANGE_MODIFIED_SET,
                                   .size = 4, .mode = 0640, .modified = {1700000000, 5}};
    assert_int_equal(0, client_setattr(client, fid, &change));
    assert_int_equal(0, client_getattr(client, fid, &attributes));
    assert_int_equal(4, attributes.size);
    assert_int_equal(CLIENT_MODE_FILE | 0640, attributes.mode);
    assert_int_equal(1700000000, attributes.modified.seconds);
    assert_int_equal(5, attributes.modified.nanoseconds);
    assert_int_equal(1, attributes.links);
    assert_int_equal(0, client_clunk(client, fid));
    assert_int_equal(CLIENT_EBADF, client_clunk(client, fid));
    assert_int_equal(0, client_symlink(client, client->root, "link", "a target"));
    assert_int_equal(0, client_walk(client, client->root, "link", 4, &fid, NULL));
    assert_int_equal(0, client_readlink(client, fid, text, sizeof text));
    assert_string_equal("a target", text);
    assert_int_equal(CLIENT_ENAMETOOLONG, client_readlink(client, fid, text, 8));
    assert_int_equal(0, client_clunk(client, fid));
    assert_int_equal(0, client_walk(client, client->root, "d", 1, &other, NULL));
    assert_int_equal(0, client_renameat(client, client->root, "new", other, "moved"));
    assert_int_equal(CLIENT_ENOTEMPTY, client_unlinkat(client, client->root, "d", true));
    assert_int_equal(CLIENT_EISDIR, client_unlinkat(client, client->root, "d", false));
    assert_int_equal(0, client_unlinkat(client, other, "moved", false));
    assert_int_equal(0, client_clunk(client, other));
    assert_int_equal(0, client_unlinkat(client, client->root, "d", true));
    assert_int_equal(0, client_statfs(client, client->root, &space));
    assert_int_equal(255, space.name_max);
    assert_true(space.blocks >= space.free && space.free > 0);
    assert_int_equal(0, client_flush(client, 12345));
    char *huge = world->console.output;
    memset(huge, 'x', 70000);
    huge[70000] = '\0';
    assert_int_equal(CLIENT_EMSGSIZE, client_symlink(client, client->root, "huge", huge));
    huge[9000] = '\0';
    assert_int_equal(CLIENT_EMSGSIZE, client_symlink(client, client->root, "huge", huge));
    world_close(world);
}

static void a_directory_in_pieces_is_the_same_directory(void **state)
{
    struct world *world = world_open_furnished();
    unsigned char bytes[4096];
    char name[300];
    (void)state;
    memset(name, 'n', 254);
    name[254] = '\0';
    world_file(world, "d", name, "", 0);
    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "entry %u", i);
        world_file(world, "d", name, "", 0);
    }
    for (size_t count = CLIENT_ENTRY_MAX; count < sizeof bytes; count += 97) {
        uint32_t fid;
        uint64_t offset = 0;
        size_t done, entries = 0;
        assert_int_equal(0, client_walk(&world->client, world->client.root, "d", 1, &fid, NULL));
        assert_int_equal(0, client_lopen(&world->client, fid, CLIENT_READ | CLIENT_DIRECTORY));
        do {
            const unsigned char *next = bytes;
            struct client_entry entry;
            int error;
            assert_int_equal(0, client_readdir(&world->client, fid, offset, bytes, count, &done));
            for (size_t left = done; client_entry_next(&next, &left, &entry, &error); entries++)
                offset = entry.next;
            assert_int_equal(0, error);
        } while (done > 0);
        assert_int_equal(53, entries);
        assert_int_equal(0, client_clunk(&world->client, fid));
    }
    world_close(world);
}

static void fids_run_out_politely(void **state)
{
    struct world *world = world_open_furnished();
    uint32_t fid, first = 0;
    (void)state;
    for (unsigned i = 1; i < CLIENT_FIDS_MAX; i++) {
        assert_int_equal(0, client_walk(&world->client, world->client.root, "a", 1, &fid, NULL));
        first = i == 1 ? fid : first;
    }
    assert_int_equal(CLIENT_EMFILE, client_walk(&world->client, world->client.root, "a", 1, &fid, NULL));
    assert_int_equal(CLIENT_EMFILE, client_resolve(&world->client, world->client.root, "a", 1, true, &fid, NULL));
    assert_int_equal(CLIENT_EMFILE, client_lcreate(&world->client, world->client.root, "n", 0, 0, &fid));
    for (fid = first; fid < CLIENT_FIDS_MAX; fid++)
        assert_int_equal(0, client_clunk(&world->client, fid));
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_resolve_as_on_linux),
        cmocka_unit_test(long_paths_go_in_steps_and_too_long_ones_nowhere),
        cmocka_unit_test(forty_links_are_followed_and_no_more),
        cmocka_unit_test(parents_of_paths),
        cmocka_unit_test(every_request_against_the_real_server),
        cmocka_unit_test(a_directory_in_pieces_is_the_same_directory),
        cmocka_unit_test(fids_run_out_politely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
