/* SPDX-License-Identifier: MIT */
/* Budgets: no window of a period holds more use than the budget (SEL-7); who is out of budget waits, or faults. */
#include "core/sched_context.h"

#include <stdlib.h>

#include "support/scene.h"

enum { TICK = 100, USES = 4000 }; /* of a kernel entry */

struct use {
    uk_time from, to;
};

/* Use charged in [from, from + period] beyond the budget. */
static uk_time window_excess(const struct use *use, unsigned count, unsigned first, uk_time period, uk_time budget)
{
    uk_time end = use[first].from + period, sum = 0;
    for (unsigned i = first; i < count && use[i].from < end; i++)
        sum += (use[i].to < end ? use[i].to : end) - use[i].from;
    return sum > budget ? sum - budget : 0;
}

/* A thread runs, sleeps and is kept from running at random; its use is what the clock says while it is current. */
static void sliding_windows(uint64_t seed, uk_time budget, uk_time period)
{
    static struct use use[USES];
    unsigned count = 0;
    struct scene *scene = scene_open(NULL);
    scene->seed = seed;
    struct actor *worker = actor_with_budget(scene, "worker", 50, budget, period);
    uk_handle bed = make(scene, UK_TYPE_NOTIFICATION, 0);
    while (count < percent_of(USES / 8)) {
        uk_time nap = time_now(scene) + 300 + scene_random(scene, 30) * 100;
        expect(do_wait(until(scene->root, nap), bed), BLOCKED);
        while (after(scene->root) == BLOCKED) {
            if (scene->inside->current == thread_of(worker)) {
                uk_time before = time_now(scene);
                expect(step(worker, OP(UK_CLOCK, 0, 0)), UK_OK);
                use[count++] = (struct use){before, time_now(scene)};
                assert_true(count < USES);
            } else {
                const struct deadline *first = deadline_first(scene->inside);
                assert_non_null(first); /* else the worker would never run again */
                advance(scene, first->at);
            }
        }
        if (scene_random(scene, 10) == 0)
            advance(scene, time_now(scene) + scene_random(scene, (uint32_t)period * 2));
    }
    for (unsigned i = 0; i < count; i++) {
        uk_time excess = window_excess(use, count, i, period, budget);
        if (excess > TICK)
            fail_msg("seed %llu: %llu ns too much from %llu on, of %llu in %llu", (unsigned long long)seed,
                     (unsigned long long)excess, (unsigned long long)use[i].from, (unsigned long long)budget,
                     (unsigned long long)period);
    }
    scene_close(scene);
}

/* SEL-7. */
static void no_window_exceeds_the_budget(void **state)
{
    (void)state;
    print_message("seeds 1 to 12\n");
    for (uint64_t seed = 1; seed <= 12; seed++) {
        sliding_windows(seed, 500, 5000);
        sliding_windows(seed, 1000, 3000);
        sliding_windows(seed, 2050, 10000);
    }
}

/* Nor does a thread starve: it gets its budget in every period. */
static void budget_comes_back(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *worker = actor_with_budget(scene, "worker", 50, 1000, 10000);
    uk_handle bed = make(scene, UK_TYPE_NOTIFICATION, 0);
    uk_time begin = time_now(scene), end = begin + 200000;
    expect(do_wait(until(scene->root, end), bed), BLOCKED);
    unsigned ran = 0;
    while (after(scene->root) == BLOCKED)
        if (scene->inside->current == thread_of(worker)) {
            expect(step(worker, OP(UK_CLOCK, 0, 0)), UK_OK);
            ran++;
        } else {
            expect(step(worker, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
            advance(scene, deadline_first(scene->inside)->at);
        }
    assert_in_range(ran, 180, 210); /* 20 periods of ten entries */
    scene_close(scene);
}

/* UK_THREAD_FAULT_ON_TIMEOUT: out of budget is a message; the answer resumes when there is budget again. */
static void exhaustion_is_a_fault_if_wanted(void **state)
{
    (void)state;
    for (unsigned handled = 0; handled < 2; handled++) {
        struct scene *scene = scene_open(NULL);
        struct actor *worker = actor_with_budget(scene, "worker", 50, 500, 5000);
        struct actor *handler = actor_new(scene, "handler", 60);
        uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0), reply = make(scene, UK_TYPE_REPLY, 0);
        uk_handle receives = give(handler, endpoint, UK_RIGHTS_ALL), answers = give(handler, reply, UK_RIGHTS_ALL);
        expect(do_receive(handler, receives, answers), BLOCKED);
        expect(step(scene->root, OP(UK_THREAD_CONFIGURE, worker->thread, 0, 0, handled ? endpoint : 0, 0,
                                    UK_THREAD_FAULT_ON_TIMEOUT, UK_PART_FAULT | UK_PART_FLAGS)),
               UK_OK);
        int status = UK_OK;
        for (unsigned i = 0; i < 10 && status == UK_OK; i++)
            status = step(worker, OP(UK_CLOCK, 0, 0));
        expect(status, handled ? BLOCKED : STOPPED);
        assert_int_equal(thread_of(worker)->record.fault, UK_FAULT_TIMEOUT);
        if (handled) {
            expect(after(handler), UK_OK);
            assert_int_equal(got(handler)->tag, UK_TAG(UK_FAULT_TIMEOUT, 6, 0) | UK_TAG_FAULT | UK_TAG_CALL);
            expect(do_reply(handler, answers, EMPTY(UK_FAULT_RESUME)), UK_OK);
        } else {
            expect(step(scene->root, OP(UK_THREAD_RESUME, worker->thread, 0)), UK_OK);
        }
        expect(step(worker, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
        advance(scene, time_now(scene) + 6000);
        expect(step(worker, OP(UK_CLOCK, 0, 0)), UK_OK);
        scene_close(scene);
    }
}

static void configure_bind_unbind(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *root = scene->root, *worker = actor_new(scene, "worker", 50), *other = actor_new(scene, "other", 50);
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_SCHED_CONFIGURE, worker->sched, 2, 1, 0));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_SCHED_CONFIGURE, worker->sched, 0, 1, 0));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_SCHED_CONFIGURE, worker->sched, 1, 2, 2));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_SCHED_CONFIGURE, worker->sched, 1, UK_FOREVER, 0));
    expect_refused(root, UK_BUSY, OP(UK_SCHED_BIND, worker->sched, other->thread));
    expect_refused(root, UK_BUSY, OP(UK_SCHED_BIND, worker->sched, worker->thread));
    expect(step(root, OP(UK_SCHED_CONFIGURE, worker->sched, 0, 0, 0)), UK_OK);
    expect(step(worker, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    expect(step(root, OP(UK_SCHED_CONFIGURE, worker->sched, 1000, 1000, 0)), UK_OK);
    expect(step(worker, OP(UK_CLOCK, 0, 0)), UK_OK);
    expect(step(root, OP(UK_SCHED_UNBIND, worker->sched, 0)), UK_OK);
    expect_refused(root, UK_BUSY, OP(UK_SCHED_UNBIND, worker->sched, 0));
    expect(step(worker, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    expect(step(root, OP(UK_SCHED_UNBIND, other->sched, 0)), UK_OK);
    expect(step(root, OP(UK_SCHED_BIND, worker->sched, other->thread)), UK_OK);
    expect(step(other, OP(UK_CLOCK, 0, 0)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, other->thread)), UK_OK);
    expect(step(root, OP(UK_THREAD_KILL, other->thread, 0)), UK_OK);
    expect_refused(root, UK_BUSY, OP(UK_SCHED_BIND, other->sched, other->thread)); /* the dead need no time */
    expect(step(root, OP(UK_SCHED_BIND, worker->sched, worker->thread)), UK_OK);
    expect(step(worker, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_window_exceeds_the_budget),
        cmocka_unit_test(budget_comes_back),
        cmocka_unit_test(exhaustion_is_a_fault_if_wanted),
        cmocka_unit_test(configure_bind_unbind),
    };
    return cmocka_run_group_tests_name("core/sched_context", tests, NULL, NULL);
}
