/* SPDX-License-Identifier: MIT */
/* What a read costs over each transport, counted: server and client are the same, and all that differs is the design. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/client.h"
#include "files_client.h"
#include "runtime/protocol.h"
#include "runtime/transports.h"
#include "transport_world.h"

/* What the kernel did for one read: pages it mapped and unmapped, bytes it copied (words in registers, too). What the two
 * sides copy themselves is not in it. One entry asks what time it is. */
struct cost {
    uint64_t entries, switches, pages, bytes;
};

static const struct {
    struct cost small, large; /* an answer of 64 bytes, of 32 KiB */
} expected[TRANSPORT_COUNT] = {
    /* A call, its answer, and questions whether the client's frames are there: for each page, before a copy and after it. */
    [TRANSPORT_CALL] = {{7, 2, 0, 16}, {21, 2, 0, 16}},
    [TRANSPORT_BOUND] = {{7, 2, 0, 16}, {21, 2, 0, 16}},
    /* The same entries, but the thread is one. */
    [TRANSPORT_PORTAL] = {{7, 0, 0, 16}, {21, 0, 0, 16}},
    /* And one to give up the frames, which were mapped for this answer. */
    [TRANSPORT_SHARE] = {{8, 2, 2, 16}, {22, 2, 18, 16}},
    /* Both ends map and unmap them. */
    [TRANSPORT_GIFT] = {{7, 2, 4, 16}, {21, 2, 36, 16}},
    /* A bell, and the wait for the next one; none back, as the answer is there before the client sleeps. Six questions more,
     * about the page of the ring. */
    [TRANSPORT_RING] = {{13, 2, 0, 0}, {27, 2, 0, 0}},
    /* 67 pieces of 496 bytes. */
    [TRANSPORT_COPY] = {{3, 2, 0, 120}, {135, 134, 0, 34408}},
    /* The same pieces, each copied into a queue and out of it. */
    [TRANSPORT_PORT] = {{4, 2, 0, 200}, {202, 134, 0, 68200}},
    /* The kernel copies each byte once, in one operation. */
    [TRANSPORT_LEASE] = {{5, 2, 0, 104}, {5, 2, 0, 32808}},
    /* A page for the request, and those of the answer, are copied when either side next writes there. */
    [TRANSPORT_COW] = {{5, 2, 8, 8208}, {12, 2, 36, 36880}},
    /* The server is the kernel: it asks nobody, not even for the time. */
    [TRANSPORT_RESIDENT] = {{1, 0, 0, 0}, {1, 0, 0, 0}},
    /* The kernel hears of nothing: a read changes nothing, and so needs no time. */
    [TRANSPORT_DIRECT] = {{0, 0, 0, 0}, {0, 0, 0, 0}},
};

enum { FRAMES = 16, SMALL = 64, LARGE = 32 * 1024, HEADER = 11, FEW = 8, MANY = 24 };

/* In place of the shell: its name tells how long the answers shall be, and how many. */
static uk_word reads(const struct task_start *start)
{
    struct link link;
    struct link_room room = {LINK, FRAMES, start->free_base};
    struct client *client = (struct client *)(uintptr_t)start->heap_base;
    unsigned char *message = (unsigned char *)(uintptr_t)start->heap_base + 2 * UK_PAGE, *bytes = message + FRAMES * UK_PAGE;
    size_t count = (start->name[0] == 'l' ? LARGE : SMALL) - HEADER, done = 0;
    struct uk_message over = uk_message(ROOT_EXIT, 1);
    uint32_t file;
    files_client_find(start, TASK_FIRST_FREE);
    bool good = link_open(&link, argument_kind(start->argument), start, TASK_FIRST_FREE, &room) == UK_OK &&
                client_open(client, &link.transport, message, FRAMES * UK_PAGE, "user", "/") == 0 &&
                client_lcreate(client, client->root, "file", CLIENT_READ_WRITE, 0600, &file) == 0 &&
                client_write(client, file, 0, bytes, LARGE, &done) == 0 && done == LARGE;
    for (int i = 0; i < start->name[1] && good; i++)
        good = client_read(client, file, 0, bytes, count, &done) == 0 && done == count;
    over.word[0] = !good;
    (void)uk_send(TASK_ROOT, &over, UK_FOREVER);
    return 0;
}

static struct uk_counters run(unsigned kind, char size, char times)
{
    char name[] = {size, times, '\0'};
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, reads);
    boot_plan.rows[ROW_SHELL].name = name;
    struct boot_world world = {.entry = boot_plan_main, .transport = kind, .memory_mib = 32};
    boot_world_run(&world);
    if (world.code != 0)
        fail_msg("%s: code %d, %s, %s", transport_names[kind], world.code, world.error, world.output);
    boot_world_close(&world);
    return world.counters;
}

/* What many reads take more than a few: no boot, no opening, no first touch of any page. */
static struct cost cost_of(unsigned kind, char size)
{
    (void)run(kind, size, 1); /* the dynamic linker binds a function when it is first called, on the stack of whoever calls */
    const uint64_t more = MANY - FEW;
    struct uk_counters few = run(kind, size, FEW), many = run(kind, size, MANY);
    struct cost cost = {many.entries - few.entries, many.switches - few.switches,
                        many.pages_mapped + many.pages_unmapped - few.pages_mapped - few.pages_unmapped,
                        (many.words_copied - few.words_copied) * sizeof(uk_word) +
                            (many.pages_copied - few.pages_copied) * UK_PAGE};
    if (COUNTED_EDGES) /* slices end within loops, which are no part of the design, and their ends are entries */
        cost.entries = cost.switches = 0;
    struct cost each = {cost.entries / more, cost.switches / more, cost.pages / more, cost.bytes / more};
    assert_true(cost.entries % more == 0 && cost.switches % more == 0); /* each is like the others */
    assert_true(cost.pages % more == 0 && cost.bytes % more == 0);
    return each;
}

static bool costs(unsigned kind, char size, struct cost wanted)
{
    struct cost found = cost_of(kind, size);
    if (COUNTED_EDGES)
        wanted.entries = wanted.switches = 0;
    bool good = memcmp(&found, &wanted, sizeof found) == 0;
    if (!good)
        print_error("%s, %c: {%lu, %lu, %lu, %lu}\n", transport_names[kind], size, (unsigned long)found.entries,
                    (unsigned long)found.switches, (unsigned long)found.pages, (unsigned long)found.bytes);
    return good;
}

static void a_read_costs_exactly_this(void **state)
{
    bool good = true;
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        good &= costs(kind, 's', expected[kind].small);
        good &= costs(kind, 'l', expected[kind].large);
    }
    assert_true(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_read_costs_exactly_this)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
