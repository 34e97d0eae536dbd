/* SPDX-License-Identifier: MIT */
/* What the measured operations cost, in counts that are the same on every machine: entries, switches, words, pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/bench.h"

enum { MANY = 40 };

/* MANY operations cost this: batches of MANY and of twice as many differ by it exactly, whatever a batch itself costs. */
static struct uk_counters cost_of(const struct bench_task *task)
{
    const struct uk_config config = {.run = 1, .slice_ns = (uk_time)1000000000}; /* no slice ends by accident */
    struct bench_world *world = bench_world_open(task, &config);
    struct uk_counters at[3];
    struct bench_time took;
    assert_non_null(world);
    assert_true(bench_world_run(world, 1, &took));
    uk_counters(world->kernel, &at[0]);
    assert_true(bench_world_run(world, MANY, &took));
    uk_counters(world->kernel, &at[1]);
    assert_true(bench_world_run(world, 2 * MANY, &took));
    uk_counters(world->kernel, &at[2]);
    assert_int_equal(uk_check(world->kernel, NULL, 0), 0);
    bench_world_close(world);
#define DIFFER(field) at[0].field = (at[2].field - at[1].field) - (at[1].field - at[0].field)
    DIFFER(entries), DIFFER(calls), DIFFER(replies), DIFFER(receives), DIFFER(signals), DIFFER(faults);
    DIFFER(switches), DIFFER(picks), DIFFER(direct_switches), DIFFER(queue_operations), DIFFER(words_copied);
    DIFFER(pages_mapped), DIFFER(pages_unmapped), DIFFER(host_maps), DIFFER(host_faults);
    return at[0];
}

#define EACH(cost, field, wanted) assert_int_equal((cost).field, MANY * (wanted))

static void call_costs(const struct bench_task *task, unsigned words)
{
    struct uk_counters cost = cost_of(task);
    EACH(cost, entries, 2);
    EACH(cost, switches, 2);
    EACH(cost, direct_switches, 2);
    EACH(cost, queue_operations, 0);
    EACH(cost, picks, 0);
    EACH(cost, calls, 1);
    EACH(cost, replies, 1);
    EACH(cost, receives, 1);
    EACH(cost, words_copied, 2 * words);
    EACH(cost, host_maps, 0);
    EACH(cost, host_faults, 0);
}

static void a_call_is_two_entries_and_no_queue(void **state)
{
    (void)state;
    call_costs(&bench_call_0, 0);
    call_costs(&bench_call_4, 4);
    call_costs(&bench_call_4_active, 4);
    call_costs(&bench_call_64, 64);
}

/* SY-3: what binding costs is an entry, and making and deleting what is bound one each; a bound call is a call. */
static void binding_is_an_entry(void **state)
{
    struct uk_counters bind = cost_of(&bench_bind), make = cost_of(&bench_make_bound);
    (void)state;
    call_costs(&bench_bound, 0);
    EACH(bind, entries, 3);
    EACH(bind, switches, 2);
    EACH(bind, calls, 1);
    EACH(bind, queue_operations, 0);
    EACH(make, entries, 5);
    EACH(make, switches, 2);
    EACH(make, calls, 1);
    EACH(make, host_maps, 0);
}

static void a_signal_to_a_waiter_is_two_entries(void **state)
{
    struct uk_counters cost = cost_of(&bench_signal);
    (void)state;
    EACH(cost, entries, 2);
    EACH(cost, signals, 1);
    EACH(cost, switches, 2);
    EACH(cost, words_copied, 0);
    EACH(cost, host_maps, 0);
    assert_true(cost.queue_operations <= 4 * MANY);
}

/* 2 MANY take two batches, so what differs is one batch of MANY. */
static void a_batch_by_a_ring_is_one_entry(void **state)
{
    struct uk_counters kernel_ring = cost_of(&bench_ring), task_ring = cost_of(&bench_task_ring);
    (void)state;
    assert_int_equal(kernel_ring.entries, 1);
    assert_int_equal(kernel_ring.signals, MANY);
    assert_int_equal(kernel_ring.switches, 0);
    assert_int_equal(kernel_ring.host_maps, 0);
    assert_int_equal(task_ring.entries, 4); /* two signals, two waits */
    assert_int_equal(task_ring.signals, 2);
    assert_int_equal(task_ring.switches, 2);
}

static void a_fault_message_is_two_entries(void **state)
{
    struct uk_counters cost = cost_of(&bench_fault);
    (void)state;
    EACH(cost, entries, 2);
    EACH(cost, faults, 1);
    EACH(cost, switches, 2);
    EACH(cost, direct_switches, 2);
    EACH(cost, queue_operations, 0);
    EACH(cost, replies, 1);
    EACH(cost, pages_mapped, 0);
}

static void mapping_and_unmapping_are_one_entry_each(void **state)
{
    struct uk_counters cost = cost_of(&bench_map);
    (void)state;
    EACH(cost, entries, 2);
    EACH(cost, pages_mapped, 1);
    EACH(cost, pages_unmapped, 1);
    EACH(cost, switches, 0);
    assert_true(cost.host_maps <= 2 * MANY);
}

static void a_thread_is_five_operations(void **state)
{
    struct uk_counters cost = cost_of(&bench_thread);
    (void)state;
    EACH(cost, entries, 5);
    EACH(cost, switches, 0);
    EACH(cost, queue_operations, 0);
}

/* A thousand copies and one revocation. */
static void a_revocation_is_one_operation(void **state)
{
    struct uk_counters cost = cost_of(&bench_revoke);
    (void)state;
    EACH(cost, entries, 1001);
    EACH(cost, switches, 0);
}

/* Whatever is measured can be opened, used and closed again. */
static void every_case_runs(void **state)
{
    const struct bench_case *about;
    (void)state;
    for (size_t i = 0; (about = bench_case_at(i)) != NULL; i++) {
        struct bench_time took = {0, 0};
        if (strcmp(about->name, "call_reply_4w_among_100000") == 0)
            continue; /* the one with ten is the same but smaller */
        void *opened = about->open(about);
        assert_non_null(opened);
        assert_true(about->run(opened, 3, &took));
        assert_true(about->run(opened, 2, &took));
        about->close(opened);
        assert_ptr_equal(bench_case_find(about->name), about);
    }
    assert_true(bench_case_find("no such case") == NULL);
}

static void blocked_threads_cost_what_they_weigh(void **state)
{
    struct bench_memory memory;
    (void)state;
    assert_true(bench_memory(2000, &memory));
    assert_true(memory.thread > 0 && memory.endpoint > 0);
    assert_true(memory.total > 2000 * (memory.thread + memory.endpoint));
    assert_true(memory.total < 2000 * 1.5 * 1024 * 1024 * 1024 / 1e6); /* the bar for a million: 1.5 GiB */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_two_entries_and_no_queue),
        cmocka_unit_test(binding_is_an_entry),
        cmocka_unit_test(a_signal_to_a_waiter_is_two_entries),
        cmocka_unit_test(a_batch_by_a_ring_is_one_entry),
        cmocka_unit_test(a_fault_message_is_two_entries),
        cmocka_unit_test(mapping_and_unmapping_are_one_entry_each),
        cmocka_unit_test(a_thread_is_five_operations),
        cmocka_unit_test(a_revocation_is_one_operation),
        cmocka_unit_test(every_case_runs),
        cmocka_unit_test(blocked_threads_cost_what_they_weigh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
