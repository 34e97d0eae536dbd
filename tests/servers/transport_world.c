/* SPDX-License-Identifier: MIT */
/* Nothing here fails a test from within a task: it says so on the console, and the test looks there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "files_client.h"
#include "runtime/protocol.h"
#include "runtime/text.h"
#include "transport_world.h"

const char *const transport_names[TRANSPORT_COUNT] = {
#define TRANSPORTS_X(kind, number, name, what) [kind] = #name,
    TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X
};

void transport_run(task_entry entry, unsigned kind)
{
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, entry);
    boot_plan.rows[ROW_SHELL].slots = 512;
    boot_plan.rows[ROW_SHELL].untyped_bytes = 8 << 20; /* what is made anew again and again is never all gone */
    struct boot_world world = {.entry = boot_plan_main, .transport = kind, .memory_mib = 64};
    boot_world_run(&world);
    if (world.code != 0 || strcmp(world.output, "done\n") != 0)
        fail_msg("%s: code %d, %s, %s", transport_names[kind], world.code, world.error, world.output);
    boot_world_close(&world);
}

void transport_end(const struct task_start *start, bool good)
{
    struct uk_message message = uk_message(ROOT_EXIT, 1);
    message.word[0] = !good;
    boot_say(start, good ? "done\n" : "failed\n");
    (void)uk_send(TASK_ROOT, &message, UK_FOREVER);
    uk_exit(!good);
}

void transport_check(const struct task_start *start, bool holds, unsigned line)
{
    char text[40];
    if (holds)
        return;
    text[text_format(text, sizeof text - 1, "line %u\n", line)] = '\0';
    boot_say(start, text);
    transport_end(start, false);
}

bool transport_open(const struct task_start *start, struct link *link)
{
    struct link_room room = {LINK, 4, start->free_base + ((uk_word)1 << 20)};
    return link_open(link, argument_kind(start->argument), start, FILES, &room) == UK_OK;
}

void transport_check_served(const struct task_start *start)
{
    for (uint32_t slot = GOOD; slot < GOOD + 10; slot++)
        (void)uk_delete(TASK_CNODE, slot);
    CHECK(files_client_works(start, GOOD, 4));
}

void talk_begin(const struct task_start *start, struct talk *talk)
{
    CHECK(client_open(&talk->client, &talk->link.transport, talk->message, sizeof talk->message, "user", "/") == 0);
}

uint32_t talk_open_hello(const struct task_start *start, struct talk *talk)
{
    uint32_t fid;
    CHECK(client_walk(&talk->client, talk->client.root, "hello", 5, &fid, NULL) == 0);
    CHECK(client_lopen(&talk->client, fid, CLIENT_READ) == 0);
    return fid;
}

int talk_read_hello(struct talk *talk, uint32_t fid)
{
    char bytes[10];
    size_t done;
    int error = client_read(&talk->client, fid, 0, bytes, sizeof bytes, &done);
    return error != 0 || (done == sizeof bytes && memcmp(bytes, "the quick ", sizeof bytes) == 0) ? error : -1;
}
