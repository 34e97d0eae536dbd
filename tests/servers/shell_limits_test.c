/* SPDX-License-Identifier: MIT */
/* The shell at its limits: deep trees, little memory, a full store, a failing server; it says so, and that is all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "servers/shell_world.h"
#include "support/percent.h"

#define STORE  ((size_t)4 << 20)
#define MEMORY ((size_t)1 << 20)

static struct world *open_world(void) { return world_open(STORE, MEMORY); }

static void deep_trees_end_in_words_not_in_a_crash(void **state)
{
    struct world *world = open_world();
    char name[CLIENT_NAME_MAX + 1];
    uint32_t fid = world->client.root, next;
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(0, client_mkdir(&world->client, fid, name, 0755));
        assert_int_equal(0, client_walk(&world->client, fid, name, CLIENT_NAME_MAX, &next, NULL));
        if (fid != world->client.root)
            assert_int_equal(0, client_clunk(&world->client, fid));
        fid = next;
    }
    assert_int_equal(0, client_clunk(&world->client, fid));
    assert_int_equal(1, world_run(world, "find"));
    assert_non_null(strstr(world->console.output, "nnn: File name too long\n"));
    assert_int_equal(1, world_run(world, "ls -lR"));
    assert_int_equal(1, world_run(world, "tree"));
    snprintf(world->console.output, 600, "-cp -r %s copy\n-sha256sum -r .\nrm -r %s", name, name);
    char script[700];
    strcpy(script, world->console.output);
    assert_int_equal(1, world_run(world, script));
    world_close(world);
}

static struct world *open_deep_world(unsigned levels)
{
    struct world *world = world_open((size_t)64 << 20, MEMORY);
    char path[CLIENT_PATH_MAX + 16] = "mkdir -p ";
    for (unsigned i = 0; i < levels; i++)
        strcat(path, "a/");
    assert_int_equal(0, world_run(world, path));
    return world;
}

static void as_many_levels_as_a_path_can_name(void **state)
{
    struct world *world = open_deep_world(2040);
    (void)state;
    world_expect(world, "find -type d > list; wc -l list", "2041 list\n", 0);
    world_close(world);
}

static void every_command_goes_deep(void **state)
{
    struct world *world = open_deep_world(500);
    (void)state;
    world_expect(world, "tree > drawn; sha256sum -r a; ls -lR > drawn; cp -r a b", "", 0);
    world_expect(world, "find b > list; wc -l list", "500 list\n", 0);
    world_expect(world, "rm -r a b; rm list drawn; find", ".\n", 0);
    world_close(world);
}

static void little_memory_is_an_error_line(void **state)
{
    static const char *const commands[] = {"ls -lR", "find", "tree", "cp -r d e", "rm -r d", "sha256sum -r .",
                                           "echo x > f", "cat f > g", "stat l", "cd d", "mkdir d/e", "wc f", "ls -a d"};
    bool refused = false;
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        for (size_t memory = 82000; memory < 140000; memory += 1013 * percent_stride(5)) {
            struct world *world = open_world();
            assert_int_equal(0, world_run(world, "mkdir d; echo > f; echo > d/f"));
            world_link(world, "", "l", "f");
            for (unsigned j = 0; j < 60; j++) {
                char name[64];
                snprintf(name, sizeof name, "a rather long name, so as to fill memory %u", j);
                world_file(world, "d", name, "x", 1);
            }
            world->memory_bytes = memory;
            struct shell_parts parts = {&world->console.console, &world->client, &world->system.system,
                                        world->memory, memory, false};
            if (shell_open(&world->shell, &parts) == 0 && world_run(world, commands[i]) != 0) {
                assert_non_null(strstr(world->console.output, "Cannot allocate memory"));
                refused = true;
            }
            world_close(world);
        }
    assert_true(refused);
}

/* Answers the n-th request from now on with an error, whatever it was. */
static size_t refuse_one(struct world_transport *transport, unsigned char *reply, size_t length, size_t room)
{
    unsigned *countdown = transport->context;
    (void)room;
    if ((*countdown)-- != 0)
        return length;
    reply[0] = 11;
    reply[1] = reply[2] = reply[3] = 0;
    reply[4] = 7;
    reply[7] = CLIENT_EIO;
    reply[8] = reply[9] = reply[10] = 0;
    return 11;
}

static void any_request_may_fail(void **state)
{
    static const char *const commands[] = {
        "ls -la d", "ls -R", "ls l", "find", "tree", "cp -r d e", "cp f g", "rm -r d", "sha256sum -r .", "echo x > f",
        "echo x >> f", "cat f", "stat l", "cd d", "mkdir -p d/e/g", "wc f l", "df", "chmod 7 f", "mv f d", "mv d h",
        "readlink l", "cp d/f f d", "cat d/l/f", "cp -r l k"};
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        for (unsigned n = 0;; n += percent_stride(3)) {
            struct world *world = open_world();
            unsigned countdown = n;
            assert_int_equal(0, world_run(world, "mkdir d; echo > f; echo > d/f"));
            world_link(world, "", "l", "f");
            world_link(world, "d", "l", ".");
            world->transport.context = &countdown;
            world->transport.after = refuse_one;
            int code = world_run(world, commands[i]);
            bool reached = countdown > n;
            if (code != 0)
                assert_non_null(strstr(world->console.output, ": "));
            assert_int_equal(1, world->client.fids);
            world->client.broken = CLIENT_EIO;
            world_close(world);
            assert_true(n < 500);
            if (!reached)
                break;
        }
}

static void a_console_that_goes_away_ends_the_shell(void **state)
{
    struct world *world = open_world();
    (void)state;
    world->console.gone = true;
    assert_int_equal(1, world_run(world, "echo a\ncat none\necho b"));
    world->console.gone = false;
    world_close(world);
}

static void a_full_store_is_told(void **state)
{
    struct world *world = world_open((size_t)64 << 10, MEMORY);
    char text[8000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    char script[9000];
    snprintf(script, sizeof script, "-echo %s > a\n-cat a a a a a a a a a a a a a a > b\n-cat a > c/d\nls", text);
    assert_int_equal(0, world_run(world, script));
    assert_string_equal("shell: b: No space left on device\nshell: c/d: No such file or directory\na\nb\n",
                        world->console.output);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_trees_end_in_words_not_in_a_crash),
        cmocka_unit_test(as_many_levels_as_a_path_can_name),
        cmocka_unit_test(every_command_goes_deep),
        cmocka_unit_test(little_memory_is_an_error_line),
        cmocka_unit_test(any_request_may_fail),
        cmocka_unit_test(a_console_that_goes_away_ends_the_shell),
        cmocka_unit_test(a_full_store_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
