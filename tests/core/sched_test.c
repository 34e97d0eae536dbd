/* SPDX-License-Identifier: MIT */
/* Scheduling: the most urgent runs, equals take turns, and a pick costs the same however many wait. */
#include "core/sched.h"

#include "core/sched_context.h"
#include "support/scene.h"

/* The first thread sleeps, so that the others compete among themselves. */
static uk_handle sleep_first(struct scene *scene, uk_time until_then)
{
    uk_handle bed = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(do_wait(until(scene->root, until_then), bed), BLOCKED);
    return bed;
}

static void the_most_urgent_runs(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    const uint32_t priorities[] = {0, 255, 63, 64, 127, 128, 191, 192, 1, 254};
    const unsigned order[] = {1, 9, 7, 6, 5, 4, 3, 2, 8, 0};
    struct actor *actor[10];
    uk_handle bed[10];
    for (unsigned i = 0; i < 10; i++) {
        actor[i] = actor_new(scene, "ready", priorities[i]);
        bed[i] = give(actor[i], make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    }
    uk_time end = time_now(scene) + 1000000;
    sleep_first(scene, end);
    for (unsigned i = 0; i < 10; i++) {
        expect_next(actor[order[i]]);
        expect(do_wait(actor[order[i]], bed[order[i]]), BLOCKED);
    }
    assert_null(scene->inside->current);
    advance(scene, end);
    expect_next(scene->root);
    scene_close(scene);
}

/* Yielding goes behind equals, not behind the less urgent. */
static void equals_take_turns(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor[4], *lower = actor_new(scene, "lower", 19);
    for (unsigned i = 0; i < 4; i++)
        actor[i] = actor_new(scene, "equal", 20);
    uk_time end = time_now(scene) + 1000000;
    sleep_first(scene, end);
    for (unsigned turn = 0; turn < 12; turn++) {
        expect_next(actor[turn % 4]);
        expect(step(actor[turn % 4], OP(UK_YIELD, 0, 0)), UK_OK);
    }
    (void)lower;
    advance(scene, end);
    scene_close(scene);
}

/* A slice of round robin ends by itself; without equals the thread goes on. */
static void slices_end(void **state)
{
    (void)state;
    const struct stage stage = {.slice_ns = 1000};
    struct scene *scene = scene_open(&stage);
    struct actor *one = actor_new(scene, "one", 20), *two = actor_new(scene, "two", 20);
    uk_time end = time_now(scene) + 100000;
    sleep_first(scene, end);
    unsigned switches = 0, ran[2] = {0, 0};
    const struct actor *last = NULL;
    for (unsigned i = 0; i < 200; i++) {
        struct actor *runs = scene->inside->current == thread_of(one) ? one : two;
        switches += runs != last;
        ran[runs == two]++;
        last = runs;
        expect(step(runs, OP(UK_CLOCK, 0, 0)), UK_OK);
    }
    assert_in_range(switches, 15, 25); /* ten entries of 100 ns a slice */
    assert_in_range(ran[0], 80, 120);
    advance(scene, end);
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, two->thread, 0)), UK_OK);
    end = time_now(scene) + 100000;
    sleep_first(scene, end);
    for (unsigned i = 0; i < 50; i++) {
        expect_next(one);
        expect(step(one, OP(UK_CLOCK, 0, 0)), UK_OK);
    }
    advance(scene, end);
    scene_close(scene);
}

/* One pick is one removal, with 2 threads ready or with 150. */
static void picks_are_constant(void **state)
{
    (void)state;
    const struct stage stage = {.arena_bytes = 16 << 20, .root_slots = 8192};
    uint64_t cost[2];
    for (unsigned many = 0; many < 2; many++) {
        struct scene *scene = scene_open(&stage);
        struct actor *first = actor_new(scene, "first", 30), *second = actor_new(scene, "second", 30);
        for (unsigned i = 0; many && i < 150; i++)
            (void)actor_new(scene, "crowd", i % 30);
        uk_time end = time_now(scene) + 1000000;
        sleep_first(scene, end);
        expect_next(first);
        struct counters before = scene->inside->counters;
        expect(step(first, OP(UK_YIELD, 0, 0)), UK_OK);
        expect_next(second);
        assert_int_equal(scene->inside->counters.picks, before.picks + 1);
        cost[many] = scene->inside->counters.queue_operations - before.queue_operations;
        advance(scene, end);
        scene_close(scene);
    }
    assert_int_equal(cost[0], cost[1]);
}

/* A change of priority takes effect at once: for the ready, the running and the blocked. */
static void priority_changes_take_effect(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *low = actor_new(scene, "low", 10), *high = actor_new(scene, "high", 20);
    uk_handle self = give(low, high->thread, UK_RIGHTS_ALL), own = give(high, high->thread, UK_RIGHTS_ALL);
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, low->thread, 10, 255)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, high->thread, 20, 255)), UK_OK);
    uk_time end = time_now(scene) + 1000000;
    sleep_first(scene, end);
    expect_next(high);
    expect(step(high, OP(UK_THREAD_PRIORITY, own, 5, 5)), UK_OK);
    expect_next(low);
    expect(step(high, OP(UK_THREAD_PRIORITY, own, 6, 6)), UK_NO_RIGHT); /* it gave its maximum away */
    expect_next(low);
    expect(step(low, OP(UK_THREAD_PRIORITY, self, 200, 200)), UK_OK);
    expect_next(high);
    expect(step(high, OP(UK_THREAD_PRIORITY, own, 256, 0)), UK_BAD_ARGUMENT);
    advance(scene, end);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_urgent_runs),
        cmocka_unit_test(equals_take_turns),
        cmocka_unit_test(slices_end),
        cmocka_unit_test(picks_are_constant),
        cmocka_unit_test(priority_changes_take_effect),
    };
    return cmocka_run_group_tests_name("core/sched", tests, NULL, NULL);
}
