/* SPDX-License-Identifier: MIT */
/* The shell's world in one process; whatever is wrong in it fails the running test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "servers/shell_world.h"

#define WORLD_OUTPUT ((size_t)4 << 20)

static size_t world_exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct world_transport *self = (struct world_transport *)transport;
    unsigned char *request = malloc(bytes), *reply = malloc(self->session->limit);
    memcpy(request, message, bytes);
    size_t length = ninep_exchange(self->session, request, bytes, reply, self->session->limit);
    assert_true(length <= self->session->limit);
    if (self->after == NULL)
        assert_true(length <= room);
    memset(message, 0xa5, room);
    memcpy(message, reply, length < room ? length : room);
    free(request);
    free(reply);
    self->exchanges++;
    return self->after == NULL ? length : self->after(self, message, length, room);
}

static bool world_write(struct console *console, const char *bytes, size_t count)
{
    struct world_console *self = (struct world_console *)console;
    if (self->gone || count >= self->output_room - self->output_used)
        return false;
    memcpy(self->output + self->output_used, bytes, count);
    self->output_used += count;
    self->output[self->output_used] = '\0';
    return true;
}

static size_t world_read(struct console *console, char *bytes, size_t room)
{
    struct world_console *self = (struct world_console *)console;
    size_t count = 0;
    while (count < self->input_left && count < room && count < self->piece) {
        bytes[count] = self->input[count];
        if (bytes[count++] == '\n')
            break;
    }
    self->input += count;
    self->input_left -= count;
    return count;
}

static bool world_thread(struct system *system, uk_word index, unsigned page, uk_word words[UK_REGISTER_WORDS])
{
    static const char names[3][UK_NAME_MAX] = {"root", "files", "sixteen bytes ok"};
    (void)system;
    if (index >= 3)
        return false;
    if (page == 1) {
        words[0] = 100 * (index + 1);
        words[1] = 10;
        words[2] = index;
        words[3] = words[4] = words[5] = 0;
        return true;
    }
    words[0] = index == 0 ? UK_THREAD_RECEIVING : index == 1 ? UK_THREAD_READY : 99;
    words[1] = 10 * index | 200 << 8 | 255 << 16;
    words[2] = index + 7;
    words[3] = 1234567890 * index;
    memcpy(&words[4], names[index], UK_NAME_MAX);
    return true;
}

static bool world_slot(struct system *system, uint32_t slot, uk_word words[UK_REGISTER_WORDS])
{
    static const uk_word slots[4][UK_REGISTER_WORDS] = {
        {0, 0, 0, 0, 0, 0},
        {UK_TYPE_CNODE, UK_RIGHT_MANAGE, 0, 3, 0, 64},
        {UK_TYPE_ENDPOINT, UK_RIGHT_SEND | UK_RIGHT_GRANT, 0x1f, 4, 0, 2},
        {UK_TYPE_FRAME, UK_RIGHT_READ | UK_RIGHT_WRITE, 0, 5, 0, 0x7000},
    };
    (void)system;
    if (slot >= 4 || slots[slot][0] == UK_TYPE_NONE)
        return false;
    memcpy(words, slots[slot], sizeof slots[slot]);
    return true;
}

static uk_time world_clock(struct system *system)
{
    (void)system;
    return 12345678;
}

void world_system_open(struct world_system *system)
{
    system->system = (struct system){world_thread, world_slot, world_clock, 10};
}

struct world *world_open(size_t store_bytes, size_t memory_bytes)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->region = aligned_alloc(4096, store_bytes);
    assert_non_null(world->region);
    memset(world->region, 0, store_bytes);
    assert_int_equal(TREE_OK, tree_initialise(&world->tree, world->region, store_bytes));
    ninep_start(&world->session, &world->tree, WORLD_MESSAGE);
    world->transport = (struct world_transport){.transport = {world_exchange, NULL, WORLD_MESSAGE},
                                                .session = &world->session};
    assert_int_equal(0, client_open(&world->client, &world->transport.transport, world->message, WORLD_MESSAGE,
                                    "tester", "/"));
    world->console = (struct world_console){.console = {world_write, world_read}, .piece = 7,
                                            .output = malloc(WORLD_OUTPUT), .output_room = WORLD_OUTPUT};
    world_system_open(&world->system);
    world->memory_bytes = memory_bytes;
    world->memory = malloc(memory_bytes);
    return world;
}

void world_close(struct world *world)
{
    if (world->client.broken == 0) {
        assert_int_equal(1, world->client.fids);
        assert_int_equal(1, world->session.fids.count);
    }
    assert_true(tree_check(&world->tree));
    client_close(&world->client);
    ninep_end(&world->session);
    free(world->console.output);
    free(world->memory);
    free(world->region);
    free(world);
}

static struct tree_text text_of(const char *text) { return (struct tree_text){text, strlen(text)}; }

/* The directory at a path like "a/b"; "" is the root. */
static struct tree_node *directory_at(struct world *world, const char *path)
{
    struct tree_node *node = world->tree.root;
    struct tree_entry *entry;
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        assert_int_equal(TREE_OK, tree_find(node, (struct tree_text){path, length}, &entry));
        node = entry->node;
        path += length + (path[length] == '/');
    }
    return node;
}

void world_link(struct world *world, const char *directory, const char *name, const char *target)
{
    struct tree_attributes attributes = {.mode = TREE_SYMLINK | 0777};
    struct tree_node *node;
    assert_int_equal(TREE_OK, tree_symlink(&world->tree, directory_at(world, directory), text_of(name), &attributes,
                                           text_of(target), &node));
}

void world_special(struct world *world, const char *name, uint32_t mode, uint32_t major, uint32_t minor)
{
    struct tree_attributes attributes = {.mode = mode, .special_major = major, .special_minor = minor};
    struct tree_node *node;
    assert_int_equal(TREE_OK, tree_create(&world->tree, world->tree.root, text_of(name), &attributes, &node));
}

void world_file(struct world *world, const char *directory, const char *name, const void *bytes, size_t count)
{
    struct tree_attributes attributes = {.mode = TREE_REGULAR | 0644};
    struct tree_node *node;
    assert_int_equal(TREE_OK, tree_create(&world->tree, directory_at(world, directory), text_of(name), &attributes,
                                          &node));
    assert_int_equal(TREE_OK, tree_write(&world->tree, node, 0, bytes, count));
}

static int run(struct world *world, const char *script, bool interactive)
{
    struct shell_parts parts = {&world->console.console, &world->client, &world->system.system,
                                world->memory, world->memory_bytes, interactive};
    world->console.input = script;
    world->console.input_left = strlen(script);
    world->console.output_used = 0;
    world->console.output[0] = '\0';
    memset(world->memory, 0xc3, world->memory_bytes);
    assert_int_equal(0, shell_open(&world->shell, &parts));
    size_t used = world->shell.arena.used;
    int code = shell_run(&world->shell);
    assert_int_equal(used, world->shell.arena.used);
    if (world->shell.here != world->client.root)
        (void)client_clunk(&world->client, world->shell.here);
    return code;
}

int world_run(struct world *world, const char *script) { return run(world, script, false); }

int world_run_interactive(struct world *world, const char *script) { return run(world, script, true); }

void world_expect(struct world *world, const char *script, const char *output, int code)
{
    int actual = world_run(world, script);
    assert_string_equal(output, world->console.output);
    assert_int_equal(code, actual);
}

struct world *world_open_furnished(void)
{
    struct world *world = world_open((size_t)1 << 20, (size_t)1 << 18);
    world_file(world, "", "file", "content\n", 8);
    assert_int_equal(0, world_run(world, "mkdir -p a/b/c; echo deep > a/b/c/leaf; mkdir d"));
    world_link(world, "", "absolute", "/a/b/c/leaf");
    world_link(world, "a", "relative", "b/c/leaf");
    world_link(world, "a/b", "up", "../../file");
    world_link(world, "", "directory", "a/b");
    world_link(world, "", "here", ".");
    world_link(world, "", "loop", "pool");
    world_link(world, "", "pool", "loop");
    world_link(world, "", "dangling", "nowhere");
    world_link(world, "", "through", "file/below");
    world_link(world, "", "root", "/");
    return world;
}
