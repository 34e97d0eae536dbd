/* SPDX-License-Identifier: MIT */
/* Time and preemption: virtual time is exact, counted edges preempt reproducibly, and no loop holds the host for ever. */
#include "world.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

enum { MILLISECOND = 1000000 };

static volatile uk_word told, laps[2];
static volatile uint32_t stop;

static uk_word host_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uk_word)now.tv_sec * 1000 + (uk_word)now.tv_nsec / MILLISECOND;
}

static uk_word loops(uk_word unused)
{
    (void)unused;
    while (!stop)
        continue;
    return 0;
}

static uk_word yields(uk_word unused)
{
    (void)unused;
    for (int i = 0; i < 10; i++)
        uk_yield();
    told++;
    return 0;
}

static void a_runaway_is_stopped(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, &(struct uk_config){.runaway_ms = 50});
    told = stop = 0;
    struct uk_task task = world_task(&world, "loops", loops, 0, 10);
    struct uk_task other = world_task(&world, "yields", yields, 0, 5);
    world_start(&world, &task);
    world_start(&world, &other);
    world_run(&world, UK_RUN_IDLE);
    world_faulted(&world, UK_FAULT_RUNAWAY, 0, 0);
    assert_int_equal(world_state(&world, &task), UK_THREAD_STOPPED);
    assert_int_equal(told, 1);
    world_close(&world);
}

static uk_word laps_with_edges(uk_word index)
{
    for (uk_word i = 0; i < 350000; i++) {
        laps[index] = i + 1;
        uk_edge();
    }
    return laps[1 - index]; /* how far the other was: says where the slices ended */
}

static uint64_t edges_hash(uk_time *end)
{
    struct world world = {0};
    world_open(&world, NULL);
    laps[0] = laps[1] = 0;
    for (uk_word i = 0; i < 2; i++) {
        struct uk_task task = world_task(&world, i ? "second" : "first", laps_with_edges, i, 10);
        world_start(&world, &task);
    }
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(laps[0], 350000);
    assert_int_equal(laps[1], 350000);
    assert_int_equal(world.fault_count, 0);
    *end = world_counters(&world).now;
    assert_true(world_counters(&world).switches >= 7);
    uint64_t hash = world.trace_hash;
    world_close(&world);
    return hash;
}

static void counted_edges_preempt_reproducibly(void **state)
{
    (void)state;
    uk_time first, second;
    uint64_t hash = edges_hash(&first);
    assert_true(hash == edges_hash(&second));
    assert_int_equal(first, second);
    assert_in_range(first, 7 * MILLISECOND, 8 * MILLISECOND); /* 700,000 edges of a slice for each 100,000 */
    uk_edge();                                                /* outside of a run it does nothing */
}

static uk_word sleeps(uk_word until)
{
    struct uk_message message = uk_message(0, 0);
    told = uk_receive(SLOT_ENDPOINT, &message, 0, until);
    return 0;
}

static void idle_time_jumps_to_the_deadline(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    uk_word begin = host_milliseconds();
    uk_time hour = (uk_time)3600 * 1000 * MILLISECOND;
    struct uk_task task = world_task(&world, "sleeps", sleeps, hour, 10);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(told, UK_TIMED_OUT);
    assert_in_range(world_counters(&world).now, hour, hour + MILLISECOND);
    assert_true(host_milliseconds() - begin < 60000);
    world_close(&world);
}

static void a_run_ends_where_it_was_told_to(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    uk_time at = world_counters(&world).now + 5 * MILLISECOND;
    struct uk_task task = world_task(&world, "sleeps", sleeps, at + MILLISECOND, 10);
    struct uk_task other = world_task(&world, "yields", yields, 0, 10);
    world_start(&world, &task);
    world_start(&world, &other);
    told = 0;
    assert_int_equal(uk_run(world.kernel, UK_FOREVER, 3), UK_RUN_ENTRIES);
    assert_int_equal(told, 0);
    assert_int_equal(uk_run(world.kernel, at, 0), UK_RUN_DEADLINE);
    assert_int_equal(told, 1);
    assert_in_range(world_counters(&world).now, at, at + MILLISECOND / 2);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(told, UK_TIMED_OUT);
    world_close(&world);
}

static uk_word exits(uk_word unused)
{
    (void)unused;
    uk_exit(42);
}

static void the_first_thread_halts_the_machine(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    struct uk_task other = world_task(&world, "loops", loops, 0, 1);
    world_start(&world, &other);
    assert_int_equal(uk_start(world.kernel, exits, 0), UK_OK);
    world_run(&world, UK_RUN_HALTED);
    assert_int_equal(world_counters(&world).exit_code, 42);
    assert_int_equal(uk_run(world.kernel, UK_FOREVER, 0), UK_RUN_HALTED);
    world_close(&world);
}

static void *breaks_soon(void *kernel)
{
    usleep(30000);
    uk_break(kernel);
    return NULL;
}

static void break_ends_a_loop(void **state)
{
    (void)state;
    for (uint32_t real_time = 0; real_time < 2; real_time++) {
        struct world world = {0};
        pthread_t thread;
        world_open(&world, &(struct uk_config){.real_time = real_time, .runaway_ms = 60000});
        stop = 0;
        struct uk_task task = world_task(&world, "loops", loops, 0, 10);
        world_start(&world, &task);
        assert_int_equal(pthread_create(&thread, NULL, breaks_soon, world.kernel), 0);
        world_run(&world, UK_RUN_DEADLINE);
        pthread_join(thread, NULL);
        assert_int_equal(world.fault_count, 0);
        stop = 1; /* and it goes on where it was */
        world_run(&world, UK_RUN_IDLE);
        assert_int_equal(world_state(&world, &task), UK_THREAD_DEAD);
        world_close(&world);
    }
}

static void real_time_waits(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, &(struct uk_config){.real_time = 1});
    uk_word begin = host_milliseconds();
    struct uk_task task = world_task(&world, "sleeps", sleeps, world_counters(&world).now + 40 * MILLISECOND, 10);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(told, UK_TIMED_OUT);
    assert_in_range(host_milliseconds() - begin, 20, 5000);
    uk_time until = world_counters(&world).now + 20 * MILLISECOND;
    struct uk_task late = world_task(&world, "late", sleeps, UK_FOREVER - 1, 10);
    world_start(&world, &late);
    assert_int_equal(uk_run(world.kernel, until, 0), UK_RUN_DEADLINE);
    assert_true(world_counters(&world).now >= until);
    world_close(&world);
}

static uk_word laps_until_stop(uk_word index)
{
    while (!stop) {
        laps[index]++;
        if (laps[0] > 1000 && laps[1] > 1000)
            stop = 1;
    }
    return 0;
}

/* Two loops that never call share the CPU, because the host's timer ends their slices. */
static void real_time_preempts(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, &(struct uk_config){.real_time = 1, .slice_ns = 2 * MILLISECOND});
    laps[0] = laps[1] = stop = 0;
    for (uk_word i = 0; i < 2; i++) {
        struct uk_task task = world_task(&world, i ? "second" : "first", laps_until_stop, i, 10);
        world_start(&world, &task);
    }
    world_run(&world, UK_RUN_IDLE);
    assert_true(laps[0] > 1000 && laps[1] > 1000);
    assert_int_equal(world.fault_count, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_runaway_is_stopped),
        cmocka_unit_test(counted_edges_preempt_reproducibly),
        cmocka_unit_test(idle_time_jumps_to_the_deadline),
        cmocka_unit_test(a_run_ends_where_it_was_told_to),
        cmocka_unit_test(the_first_thread_halts_the_machine),
        cmocka_unit_test(break_ends_a_loop),
        cmocka_unit_test(real_time_waits),
        cmocka_unit_test(real_time_preempts),
    };
    return cmocka_run_group_tests_name("machine/time", tests, NULL, NULL);
}
