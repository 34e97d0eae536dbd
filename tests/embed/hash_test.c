/* SPDX-License-Identifier: MIT */
/* uk_state_hash: equal histories, equal hashes, wherever the kernel lies; every observable change changes it. */
#include "world.h"

#include "core/lazy.h"

#include <string.h>

static uint64_t hash(const struct world *world) { return uk_state_hash(world->scene->kernel); }

static void equal_histories_are_equal(void **state)
{
    (void)state;
    struct world *one = world_open(), *other = world_open();
    assert_ptr_not_equal(one->kernel, other->kernel);
    assert_true(hash(one) == hash(other));
    expect(step(one->scene->root, OP(UK_SIGNAL, one->feed, 0)), UK_OK);
    assert_true(hash(one) != hash(other));
    expect(step(other->scene->root, OP(UK_SIGNAL, other->feed, 0)), UK_OK);
    assert_true(hash(one) == hash(other));
    world_close(one);
    world_close(other);
}

static void looking_changes_nothing(void **state)
{
    (void)state;
    struct world *world = world_open();
    uint64_t before = hash(world);
    assert_true(hash(world) == before);
    assert_memory_equal(world->scene->memory, world->copy, world->bytes);
    assert_int_equal(uk_check(world->scene->kernel, NULL, 0), 0);
    assert_int_equal(uk_deadlock(world->scene->kernel, NULL, 0), uk_deadlock(world->scene->kernel, NULL, 0));
    assert_memory_equal(world->scene->memory, world->copy, world->bytes);
    world_close(world);
}

static struct endpoint *busy(struct world *world) { return world_object(world, world->busy); }

static void swap_senders(struct world *world)
{
    struct thread *one = thread_of(world->queued[0]), *two = thread_of(world->queued[2]);
    queue_remove(&busy(world)->senders, one);
    queue_insert(&busy(world)->senders, one, one->rank);
    (void)two;
}

static void time_passes(struct world *world) { world->kernel->now++; }
static void register_changes(struct world *world) { thread_of(world->c)->registers.call.word[3]++; }
static void badge_changes(struct world *world) { slot_of(world->scene->root, world->badged)->badge++; }
static void rights_change(struct world *world) { slot_of(world->scene->root, world->badged)->rights = 0; }
static void slot_was_used(struct world *world) { slot_of(world->scene->root, 400)->slot_generation = 1; }
static void slot_generation(struct world *world) { slot_of(world->scene->root, world->badged)->slot_generation++; }
static void priority_changes(struct world *world) { thread_of(world->dead)->maximum++; }
static void name_changes(struct world *world) { thread_of(world->dead)->name[15] = 'x'; }
static void current_changes(struct world *world) { world->kernel->current = thread_of(world->first); }
static void bits_change(struct world *world)
{
    ((struct notification *)world_object(world, world->notification))->bits = 2;
}
static void budget_changes(struct world *world) { thread_of(world->waiter)->own_context->left--; }
static void resident_called(struct world *world) { ((struct resident *)world_object(world, world->resident))->calls++; }
static void timer_changes(struct world *world) { ((struct timer *)world_object(world, world->timer))->period = 1; }
static void mapping_changes(struct world *world)
{
    struct capability *slot = slot_of(world->bound, world->page);
    space_leave(world->kernel, slot);
    space_enter(world->kernel, thread_space(thread_of(world->bound)), slot, 0x40001000, UK_RIGHT_READ);
}
static void ready_order_changes(struct world *world)
{
    sched_unready(world->kernel, thread_of(world->first));
    sched_ready(world->kernel, thread_of(world->first), 0);
}
/* The badged capability derives from the Untyped directly: a revocation of `open` would not reach it any more. */
static void derivation_changes(struct world *world)
{
    struct capability *slot = slot_of(world->scene->root, world->badged), *open = slot->parent;
    *(slot->previous != NULL ? &slot->previous->next : &open->child) = slot->next;
    if (slot->next != NULL)
        slot->next->previous = slot->previous;
    slot->previous = NULL;
    slot->parent = open->parent;
    slot->next = open->parent->child;
    slot->next->previous = slot;
    open->parent->child = slot;
}
static void ring_head(struct world *world) { ((struct ring *)world_object(world, world->ring))->submit_head++; }
static void ring_stage(struct world *world) { ((struct ring *)world_object(world, world->ring))->stage = RING_DRAINS; }

static struct reply *lent(struct world *world) { return world_object(world, world->lent); }
static void lease_number(struct world *world) { lent(world)->lease_number++; }
static void lease_address(struct world *world) { lent(world)->leases[0].address++; }
static void lease_bytes(struct world *world) { lent(world)->leases[2].bytes++; }
static void lease_rights(struct world *world) { lent(world)->leases[2].rights = UK_RIGHT_READ; }
static void lease_ended(struct world *world) { thread_of(world->lender)->marks = 0; }
static void lazy_copy_goes_on(struct world *world)
{
    ((struct frame *)object_of(world->taker, world->copies))->copied = 1;
}
static void lazy_copy_is_settled(struct world *world)
{
    (void)lazy_settle(world->kernel, (struct frame *)object_of(world->taker, world->copies), 0);
}
static void bound_next(struct world *world) { ((struct bound *)world_object(world, world->bound_call))->next = 78; }
static void stage_changes(struct world *world)
{
    thread_of(world->a)->stage = 78;
}

static void every_change_shows(void **state)
{
    (void)state;
    static void (*const changes[])(struct world *) = {
        swap_senders,     time_passes,    register_changes, badge_changes,  rights_change,
        slot_was_used,    slot_generation, priority_changes, name_changes,  current_changes,
        bits_change,      budget_changes, timer_changes,    resident_called, mapping_changes, ready_order_changes,
        derivation_changes, ring_head,   ring_stage,        lease_number,   lease_address,
        lease_bytes,      lease_rights,   lease_ended,      lazy_copy_goes_on, lazy_copy_is_settled,
        bound_next,       stage_changes};
    struct world *world = world_open();
    uint64_t before = hash(world);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        changes[i](world);
        if (hash(world) == before)
            fail_msg("change %zu does not show", i);
        world_restore(world);
        assert_true(hash(world) == before);
    }
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_histories_are_equal),
        cmocka_unit_test(looking_changes_nothing),
        cmocka_unit_test(every_change_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
