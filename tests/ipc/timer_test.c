/* SPDX-License-Identifier: MIT */
/* Timers and interrupts: deadlines and lines arrive as signals, once each; missed periods are skipped. */
#include "ipc/timer.h"

#include "ipc/pair.h"

struct clock {
    struct scene *scene;
    struct actor *sleeper;
    uk_handle timer, notification, waits;
};

static struct clock clock_open(void)
{
    struct clock clock = {.scene = scene_open(NULL)};
    clock.sleeper = actor_new(clock.scene, "sleeper", 10);
    clock.timer = make(clock.scene, UK_TYPE_TIMER, 0);
    clock.notification = make(clock.scene, UK_TYPE_NOTIFICATION, 0);
    clock.waits = give(clock.sleeper, clock.notification, UK_RIGHTS_ALL);
    expect(step(clock.scene->root, OP(UK_TIMER_BIND, clock.timer, clock.notification)), UK_OK);
    return clock;
}

static int set(const struct clock *clock, uk_time deadline, uk_time period)
{
    return step(clock->scene->root, OP(UK_TIMER_SET, clock->timer, deadline, period));
}

static int rang(const struct clock *clock)
{
    return do_wait(until(clock->sleeper, UK_NOW), clock->waits) == UK_OK;
}

static void rings_once_at_its_deadline(void **state)
{
    (void)state;
    struct clock clock = clock_open();
    uk_time at = time_now(clock.scene) + 50000;
    expect(set(&clock, at, 0), UK_OK);
    expect(do_wait(clock.sleeper, clock.waits), BLOCKED);
    advance(clock.scene, at - 200);
    expect(after(clock.sleeper), BLOCKED);
    advance(clock.scene, at);
    expect(after(clock.sleeper), UK_OK);
    assert_int_equal(got(clock.sleeper)->handle, 1);
    advance(clock.scene, at + 1000000);
    assert_false(rang(&clock));
    scene_close(clock.scene);
}

/* A deadline in the past rings at once; UK_FOREVER cancels; setting again replaces. */
static void set_again_and_cancel(void **state)
{
    (void)state;
    struct clock clock = clock_open();
    expect(set(&clock, 1, 0), UK_OK);
    assert_true(rang(&clock));
    uk_time at = time_now(clock.scene) + 50000;
    expect(set(&clock, at, 1000), UK_OK);
    expect(set(&clock, UK_FOREVER, 0), UK_OK);
    advance(clock.scene, at + 10000);
    assert_false(rang(&clock));
    at = time_now(clock.scene) + 50000;
    expect(set(&clock, at, 0), UK_OK);
    expect(set(&clock, at + 50000, 0), UK_OK);
    advance(clock.scene, at);
    assert_false(rang(&clock));
    advance(clock.scene, at + 50000);
    assert_true(rang(&clock));
    expect(set(&clock, at, UK_FOREVER / 2), UK_BAD_ARGUMENT);
    scene_close(clock.scene);
}

/* Periods keep their phase; those that were missed are one signal. */
static void periods_keep_their_phase(void **state)
{
    (void)state;
    struct clock clock = clock_open();
    const struct timer *timer = (const struct timer *)object_of(clock.scene->root, clock.timer);
    uk_time at = time_now(clock.scene) + 50000;
    expect(set(&clock, at, 10000), UK_OK);
    for (unsigned i = 0; i < 5; i++) {
        advance(clock.scene, at + i * 10000);
        assert_true(rang(&clock));
        assert_false(rang(&clock));
        assert_int_equal(timer->deadline.at, at + (i + 1) * 10000);
    }
    advance(clock.scene, at + 97000);
    assert_true(rang(&clock));
    assert_false(rang(&clock));
    assert_int_equal(timer->deadline.at, at + 100000);
    scene_close(clock.scene);
}

static void either_side_vanishes(void **state)
{
    (void)state;
    struct clock clock = clock_open();
    uk_time at = time_now(clock.scene) + 50000;
    expect(set(&clock, at, 1000), UK_OK);
    expect(step(clock.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, clock.notification)), UK_OK);
    expect(step(clock.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, clock.notification)), UK_OK);
    advance(clock.scene, at + 5000);
    expect(step(clock.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, clock.timer)), UK_OK);
    assert_null(clock.scene->inside->deadlines);
    scene_close(clock.scene);
}

/* Whoever binds last decides, also which capability the binding hangs on. */
static void bound_again_from_another_capability(void **state)
{
    (void)state;
    struct clock clock = clock_open();
    struct actor *root = clock.scene->root;
    uk_handle first = slot_new(clock.scene), second = slot_new(clock.scene);
    expect(step(root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, first, clock.notification, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, second, clock.notification, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(root, OP(UK_TIMER_BIND, clock.timer, first)), UK_OK);
    expect(step(root, OP(UK_TIMER_BIND, clock.timer, second)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, first)), UK_OK);
    expect(set(&clock, 1, 0), UK_OK);
    assert_true(rang(&clock));
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, second)), UK_OK);
    expect(set(&clock, 1, 0), UK_OK);
    assert_false(rang(&clock));
    scene_close(clock.scene);
}

/* Many timers fire in the order of their deadlines, equals in the order in which they were set. */
static void many_timers(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    struct scene *scene = scene_open(NULL);
    struct actor *sleeper = actor_new(scene, "sleeper", 10);
    uk_handle notification = make(scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle waits = give(sleeper, notification, UK_RIGHTS_ALL);
    scene_seed(scene, 7);
    uk_time base = time_now(scene) + 1000000, at[COUNT];
    for (unsigned i = 0; i < COUNT; i++) {
        uk_handle timer = make(scene, UK_TYPE_TIMER, 0), badged = slot_new(scene);
        at[i] = base + scene_random(scene, 20) * 1000;
        expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, badged, notification, 0, UK_RIGHTS_ALL,
                                    (uk_word)1 << i)),
               UK_OK);
        expect(step(scene->root, OP(UK_TIMER_BIND, timer, badged)), UK_OK);
        expect(step(scene->root, OP(UK_TIMER_SET, timer, at[i], 0)), UK_OK);
    }
    for (uk_time now = base; now < base + 20000; now += 1000) {
        uk_word wanted = 0;
        for (unsigned i = 0; i < COUNT; i++)
            wanted |= at[i] == now ? (uk_word)1 << i : 0;
        advance(scene, now);
        int status = do_wait(until(sleeper, UK_NOW), waits);
        expect(status, wanted != 0 ? UK_OK : UK_WOULD_BLOCK);
        if (wanted != 0)
            assert_int_equal(got(sleeper)->handle, wanted);
    }
    scene_close(scene);
}

/* A line signals once until it is acknowledged; what came meanwhile follows then. */
static void lines_signal_and_mask(void **state)
{
    (void)state;
    const struct uk_device device = {.name = "bell", .bytes = UK_PAGE};
    const struct stage stage = {.devices = &device, .device_count = 1};
    struct clock clock = {.scene = scene_open(&stage)};
    clock.sleeper = actor_new(clock.scene, "driver", 10);
    clock.notification = make(clock.scene, UK_TYPE_NOTIFICATION, 0);
    clock.waits = give(clock.sleeper, clock.notification, UK_RIGHTS_ALL);
    uk_handle interrupt = UK_SLOT_FIRST_FREE + 1; /* behind the register frame */
    expect(slot_of(clock.scene->root, interrupt)->type, UK_TYPE_INTERRUPT);
    uk_interrupt(clock.scene->kernel, 0); /* bound to nobody: lost, but masked */
    expect(step(clock.scene->root, OP(UK_INTERRUPT_BIND, interrupt, clock.notification)), UK_OK);
    expect(step(clock.scene->root, OP(UK_INTERRUPT_ACKNOWLEDGE, interrupt, 0)), UK_OK);
    assert_false(rang(&clock));
    uk_interrupt(clock.scene->kernel, 0);
    assert_true(rang(&clock));
    uk_interrupt(clock.scene->kernel, 0);
    uk_interrupt(clock.scene->kernel, 0);
    scene_check(clock.scene);
    assert_false(rang(&clock));
    expect(step(clock.scene->root, OP(UK_INTERRUPT_ACKNOWLEDGE, interrupt, 0)), UK_OK);
    assert_true(rang(&clock));
    expect(step(clock.scene->root, OP(UK_INTERRUPT_ACKNOWLEDGE, interrupt, 0)), UK_OK);
    assert_false(rang(&clock));
    expect(step(clock.scene->root, OP(UK_INTERRUPT_BIND, interrupt, 0)), UK_OK);
    uk_interrupt(clock.scene->kernel, 0);
    uk_interrupt(clock.scene->kernel, 99);
    assert_false(rang(&clock));
    expect(step(clock.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, interrupt)), UK_OK);
    uk_interrupt(clock.scene->kernel, 0);
    scene_close(clock.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_once_at_its_deadline),
        cmocka_unit_test(set_again_and_cancel),
        cmocka_unit_test(periods_keep_their_phase),
        cmocka_unit_test(either_side_vanishes),
        cmocka_unit_test(bound_again_from_another_capability),
        cmocka_unit_test(many_timers),
        cmocka_unit_test(lines_signal_and_mask),
    };
    return cmocka_run_group_tests_name("ipc/timer", tests, NULL, NULL);
}
