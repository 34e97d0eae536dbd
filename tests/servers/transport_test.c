/* SPDX-License-Identifier: MIT */
/* The same system over every transport: it prints the same, and whoever dies at whatever moment, nobody waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "files_client.h"
#include "runtime/transports.h"
#include "support/percent.h"
#include "transport_world.h"

/* Messages of every size: listings, a file that takes several, names, errors. */
static const char script[] = "ls -lR /\nsha256sum -r /\nmkdir -p /new/a/b\ncp /hello /new/copy\n-cat /nowhere\n"
                             "echo 0123456789abcdef0123456789abcdef0123456789abcdef > /new/big\n"
                             "cat /new/big /new/big /new/big /new/big /new/big /new/big /new/big /new/big > /new/a/big\n"
                             "cat /new/a/big /new/a/big /new/a/big /new/a/big > /new/a/b/big\n"
                             "cat /new/a/b/big /new/a/b/big /new/a/b/big /new/a/b/big > /new/a/b/bigger\n"
                             "cat /new/a/b/bigger /new/a/b/bigger /new/a/b/bigger /new/a/b/bigger > /large\n"
                             "cat /large /large /large /large > /larger\n"
                             "wc /large /larger\nsha256sum /large /larger\nrm -r /new /large /larger\ntree /\n";

static void run_all(struct boot_world *world, unsigned kind)
{
    *world = (struct boot_world){.script = script, .transport = kind};
    boot_world_run(world);
    assert_int_equal(world->code, 0);
}

static void every_transport_prints_the_same(void **state)
{
    struct boot_world by_call, world;
    (void)state;
    run_all(&by_call, TRANSPORT_CALL);
    boot_world_says(&by_call, "100352 /larger\n");
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        run_all(&world, kind);
        assert_string_equal(world.output, by_call.output);
        boot_world_close(&world);
        world = (struct boot_world){.script = script, .transport = kind, .strict = true, .seeded = true, .seed = kind};
        boot_world_run(&world);
        assert_string_equal(world.output, by_call.output);
        boot_world_close(&world);
    }
    boot_world_close(&by_call);
}

static void a_transport_that_is_not_there_is_told(void **state)
{
    struct boot_world world = {.transport = TRANSPORT_COUNT};
    (void)state;
    boot_world_run(&world);
    boot_world_says(&world, "files: there is no transport of the number that boot gave\n");
    assert_int_not_equal(world.code, 0);
    boot_world_close(&world);
}

static uint64_t figure(const char *output, const char *name)
{
    const char *found = strstr(output, name);
    assert_non_null(found);
    return strtoull(found + strlen(name), NULL, 10);
}

/* Every exchange is under way twice, and the end of the conversation once; all else takes as long as ever, and says the same
 * (BA-4). */
static void distance_is_exact(void **state)
{
    enum {
        LATENCY_NS = 1000000
    };
    static const char text[] = "ls -lR /\nstats\n";
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        struct boot_world near = {.script = text, .transport = kind};
        struct boot_world far = {.script = text, .transport = kind, .latency_ns = LATENCY_NS};
        boot_world_run(&near);
        boot_world_run(&far);
        size_t listing = (size_t)(strstr(near.output, "threads") - near.output);
        assert_memory_equal(far.output, near.output, listing);
        uint64_t exchanges = figure(far.output, "9P exchanges");
        assert_int_equal(exchanges, figure(near.output, "9P exchanges"));
        uint64_t more = far.counters.now - near.counters.now, travel = (2 * exchanges + 1) * LATENCY_NS;
        assert_in_range(more, travel, travel + travel / 100);
        boot_world_close(&near);
        boot_world_close(&far);
    }
}

/* Many clients. ------------------------------------------------------------------------------------------------------- */

static unsigned count_of(const char *text, const char *wanted)
{
    unsigned count = 0;
    for (; (text = strstr(text, wanted)) != NULL; text++)
        count++;
    return count;
}

static uk_word works(const struct task_start *start)
{
    boot_say(start, files_client_works(start, TASK_FIRST_FREE, 2) ? "client done\n" : "client failed\n");
    return 0;
}

/* In place of the shell: the system ends when the others are through. */
static uk_word works_and_waits(const struct task_start *start)
{
    uk_word bits;
    (void)works(start);
    (void)uk_wait(TASK_FIRST_FREE + 1, &bits, uk_clock() + 1000000000);
    return 0;
}

static void add_client(const char *name, uint8_t priority)
{
    uint32_t row = boot_plan_add(name, works, priority);
    boot_plan.rows[row].memory_percent = 3;
}

static void clients_work_side_by_side_over_any(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        for (uint64_t seed = 1; seed <= percent_of(3); seed++) {
            boot_plan_reset();
            add_client("one", 50);
            add_client("two", 50);
            add_client("three", 60);
            boot_plan_replace(ROW_SHELL, works_and_waits);
            struct boot_world world = {.entry = boot_plan_main, .seeded = true, .seed = seed, .memory_mib = 64,
                                       .transport = kind};
            boot_world_run(&world);
            if (world.code != 0 || count_of(world.output, "client done\n") != 4)
                fail_msg("%s: code %d, %s, %s", transport_names[kind], world.code, world.error, world.output);
            boot_world_close(&world);
        }
    }
}

/* Death. -------------------------------------------------------------------------------------------------------------- */

/* Of "cat /hello" and "ls /dir". */
static const char expected[] = "the quick brown fox jumps over the lazy dog\nfirst\nlast\nsub\n";

/* A run in which nobody is killed: when it begins, with the last task, and when it ends. */
static struct boot_world whole_run(struct boot_world world)
{
    boot_kill.at = UK_FOREVER;
    boot_world_run(&world);
    assert_int_equal(world.code, 0);
    boot_world_close(&world);
    return world;
}

/* Moments of kernel entries are many: every `every`th after `from`, and a slice of these, but five at least. */
static uint64_t stride(const struct boot_world *whole, uint64_t from, unsigned every)
{
    uint64_t end = whole->counters.now, moments = percent_of(whole->counters.entries * (end - from) / end / every);
    return (end - from) / (moments < 10 ? 10 : moments);
}

/* Whose server is no task: whoever has a session keeps it when the one at the door dies. */
static bool outlives_its_task(unsigned kind) { return kind == TRANSPORT_RESIDENT || kind == TRANSPORT_DIRECT; }

/* The server dies: whoever talks to it is told, and nobody waits for ever. */
static void a_server_killed_at_any_moment_ends_the_conversation(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        boot_plan_reset();
        boot_plan.rows[ROW_FILES].flags &= ~(uint32_t)ROW_ESSENTIAL;
        boot_kill.row = ROW_FILES;
        struct boot_world world = {.entry = boot_kill_main, .transport = kind, .script = "cat /hello\nls /dir\n"};
        const struct boot_world whole = whole_run(world);
        uint64_t end = whole.counters.now;
        unsigned told = 0, kept = 0, kills = 0;
        for (boot_kill.at = end / 2; boot_kill.at < end; boot_kill.at += stride(&whole, end / 2, 9)) {
            boot_world_run(&world);
            kills++;
            if (world.error[0] != '\0')
                fail_msg("%s at %lu: %s", transport_names[kind], (unsigned long)boot_kill.at, world.error);
            told += world.code != 0 && strstr(world.output, "reset by peer") != NULL;
            kept += world.code == 0 && strcmp(world.output, expected) == 0;
            boot_world_close(&world);
        }
        assert_true((outlives_its_task(kind) ? kept : told) > kills / 4);
        assert_true(!outlives_its_task(kind) || told == 0);
    }
}

/* A client dies: the others do not notice. */
static void a_client_killed_at_any_moment_disturbs_nobody(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        boot_plan_reset();
        add_client("victim", 60);
        boot_kill.row = ROW_COUNT;
        struct boot_world world = {.entry = boot_kill_main, .transport = kind, .script = "cat /hello\nls /dir\n"};
        const struct boot_world whole = whole_run(world);
        uint64_t end = whole.counters.now;
        uint64_t late = 0;
        unsigned died = 0, kills = 0;
        for (boot_kill.at = end / 4; boot_kill.at < end; boot_kill.at += stride(&whole, end / 4, 23)) {
            boot_world_run(&world);
            kills++;
            if (world.error[0] != '\0' || world.code != 0)
                fail_msg("%s at %lu: code %d, %s, %s", transport_names[kind], (unsigned long)boot_kill.at, world.code,
                         world.error, world.output);
            died += strstr(world.output, "client done\n") == NULL;
            late += world.counters.late_replies;
            boot_world_says(&world, expected);
            boot_world_close(&world);
        }
        assert_true(died > kills / 2);
        assert_true(kind != TRANSPORT_PORTAL || late > died / 2); /* heirs came back for those who were inside (MT-4) */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transport_prints_the_same),
        cmocka_unit_test(a_transport_that_is_not_there_is_told),
        cmocka_unit_test(distance_is_exact),
        cmocka_unit_test(clients_work_side_by_side_over_any),
        cmocka_unit_test(a_server_killed_at_any_moment_ends_the_conversation),
        cmocka_unit_test(a_client_killed_at_any_moment_disturbs_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
