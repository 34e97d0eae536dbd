/* SPDX-License-Identifier: MIT */
/* What uk_inspect_* and uk_counters tell of a kernel in which every kind of object exists. */
#include "world.h"

#include <string.h>

#include "embed/embed.h"

static void slots_tell_their_capability(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_kernel *kernel = world->scene->kernel;
    struct uk_capability_info info;
    expect(uk_inspect_slot(kernel, UK_SLOT_CNODE, (uint32_t)world->badged, &info), UK_OK);
    assert_int_equal(info.type, UK_TYPE_ENDPOINT);
    assert_int_equal(info.rights, UK_RIGHT_SEND);
    assert_int_equal(info.badge, 7);
    assert_int_equal(info.object, ((struct object *)world_object(world, world->open))->number);
    assert_int_equal(info.parent, info.object);
    assert_int_equal(info.depth, 2); /* of `open`, which derives from the Untyped */
    assert_int_equal((uint32_t)info.handle, world->badged);
    assert_int_equal(info.handle >> 32, 1);
    assert_int_equal(info.mapped_at, 0);
    expect(uk_inspect_slot(kernel, world->bound->cnode, (uint32_t)world->page, &info), UK_OK);
    assert_int_equal(info.type, UK_TYPE_FRAME);
    assert_int_equal(info.badge, 0);
    assert_int_equal(info.mapped_at, 0x40000000);
    expect(uk_inspect_slot(kernel, UK_SLOT_CNODE, UK_SLOT_UNTYPED, &info), UK_OK);
    assert_int_equal(info.parent, 0);
    assert_int_equal(info.depth, 0);
    world_close(world);
}

static void slots_that_cannot_be_told(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_kernel *kernel = world->scene->kernel;
    struct uk_capability_info info;
    expect(uk_inspect_slot(kernel, UK_SLOT_CNODE, 0, &info), UK_EMPTY_SLOT);
    expect(uk_inspect_slot(kernel, UK_SLOT_CNODE, 100000, &info), UK_BAD_HANDLE);
    expect(uk_inspect_slot(kernel, UK_SLOT_SPACE, 1, &info), UK_WRONG_TYPE);
    expect(uk_inspect_slot(kernel, (uk_handle)9 << 32 | UK_SLOT_CNODE, 1, &info), UK_STALE);
    expect(uk_inspect_slot(kernel, 0, 1, &info), UK_EMPTY_SLOT);
    expect(uk_inspect_slot(kernel, 1 << 30, 1, &info), UK_BAD_HANDLE);
    world_close(world);
}

static void threads_tell_what_they_do(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_kernel *kernel = world->scene->kernel;
    struct uk_thread_info info, same;
    expect(uk_inspect_thread(kernel, world->b->thread, &info), UK_OK);
    assert_string_equal(info.name, "b");
    assert_int_equal(info.state, UK_THREAD_AWAITING_REPLY);
    assert_int_equal(info.priority, 40);
    assert_int_equal(info.effective_priority, 40); /* what it was lent went on to c */
    assert_int_equal(info.waits_for, ((struct object *)world_object(world, world->reply_c))->number);
    assert_int_equal(info.served, 1);
    assert_int_equal(info.sched_context, 0);
    assert_true(info.deadline == UK_FOREVER);
    expect(uk_find_thread(kernel, info.object, &same), UK_OK);
    assert_memory_equal(&info, &same, sizeof info);
    expect(uk_inspect_thread(kernel, world->c->thread, &info), UK_OK);
    assert_int_equal(info.state, UK_THREAD_READY);
    assert_int_equal(info.effective_priority, 50);
    assert_int_equal(info.sched_context, thread_of(world->a)->own_context->object.number);
    assert_int_equal(info.call.handle, 2);
    expect(uk_inspect_thread(kernel, world->receiver->thread, &info), UK_OK);
    assert_int_equal(info.deadline, 1000000000);
    assert_int_equal(info.served, 0);
    expect(uk_find_thread(kernel, 0, &info), UK_BAD_ARGUMENT);
    expect(uk_find_thread(kernel, ((struct object *)world_object(world, world->open))->number, &info), UK_BAD_ARGUMENT);
    expect(uk_inspect_thread(kernel, world->open, &info), UK_WRONG_TYPE);
    world_close(world);
}

static struct uk_object_info look(const struct world *world, uk_handle handle)
{
    struct uk_object_info info;
    expect(uk_inspect_object(world->scene->kernel, handle, &info), UK_OK);
    return info;
}

static void objects_of_every_type(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_object_info info = look(world, world->untyped);
    const struct untyped *untyped = world_object(world, world->untyped);
    assert_int_equal(info.value[0], 4 * UK_PAGE);
    assert_int_equal(info.value[1], 4 * UK_PAGE - untyped->live_bytes);
    assert_int_equal(info.value[2], untyped->live_bytes);
    assert_int_equal(info.value[3], 0);
    assert_int_equal(info.value[4], 1);
    assert_int_equal(info.bytes, 4 * UK_PAGE + uk_object_bytes(UK_TYPE_UNTYPED));
    info = look(world, world->bound->cnode);
    assert_int_equal(info.value[0], 256);
    assert_int_equal(info.value[1], 5);
    assert_int_equal(info.bytes, 64 + 256 * sizeof(struct capability));
    info = look(world, world->bound->space);
    assert_int_equal(info.type, UK_TYPE_SPACE);
    assert_int_equal(info.value[0], thread_space(thread_of(world->bound))->mapped_bytes);
    assert_in_range(info.value[1], 4, 8);
    info = look(world, world->spent->sched);
    assert_int_equal(info.value[0], 150);
    assert_int_equal(info.value[1], 1000000000);
    assert_int_equal(info.value[2], 0);
    assert_int_equal(info.value[3], world->spent->number);
    info = look(world, world->busy);
    assert_int_equal(info.value[0], 3);
    assert_int_equal(info.value[1], 0);
    info = look(world, world->served);
    assert_int_equal(info.value[2], 0);
    assert_int_equal(info.value[3], world->bound->number);
    info = look(world, world->reply_b);
    assert_int_equal(info.value[0], world->a->number);
    assert_int_equal(info.value[1], world->b->number);
    assert_int_equal(info.value[2] + info.value[3], 0);
    info = look(world, world->lent);
    assert_int_equal(info.value[0], world->lender->number);
    assert_int_equal(info.value[2], 3);
    assert_int_equal(info.value[3], UK_PAGE + 5);
    info = look(world, world->notification);
    assert_int_equal(info.value[1], 1);
    assert_int_equal(info.references, 4); /* the first thread's, the waiter's, the timer's, the ring's */
    info = look(world, world->feed);
    assert_int_equal(info.value[2], world->bound->number);
    info = look(world, world->resident);
    assert_int_equal(info.type, UK_TYPE_RESIDENT);
    assert_int_equal(info.value[0], 1);
    assert_int_equal(info.value[1], 300);
    assert_int_equal(info.value[2], 300);
    assert_int_equal(info.value[3], 0);
    info = look(world, world->timer);
    assert_int_equal(info.value[0], 2000000000);
    info = look(world, world->ring);
    assert_int_equal(info.value[0], 4);
    assert_int_equal(info.value[1], 8);
    assert_int_equal(info.value[4], ((struct object *)world_object(world, world->ring_page))->number);
    info = look(world, world->bound_call);
    assert_int_equal(info.value[0], ((struct object *)world_object(world, world->open))->number);
    assert_int_equal(info.value[1], 9);
    assert_int_equal(info.value[2], 77);
    info = look(world, world->interrupt);
    assert_int_equal(info.type, UK_TYPE_INTERRUPT);
    assert_int_equal(info.value[0], 0);
    info = look(world, UK_SLOT_FIRST_FREE);
    assert_int_equal(info.type, UK_TYPE_FRAME);
    assert_int_equal(info.value[0], UK_PAGE);
    assert_int_equal(info.value[1], 1); /* a device's frame */
    world_close(world);
}

static void queues_in_serving_order(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_kernel *kernel = world->scene->kernel;
    uint32_t threads[3] = {0, 0, 0};
    assert_int_equal(uk_inspect_queue(kernel, world->busy, 0, threads, 2), 3);
    assert_int_equal(threads[0], world->queued[1]->number);
    assert_int_equal(threads[1], world->queued[0]->number);
    assert_int_equal(threads[2], 0);
    assert_int_equal(uk_inspect_queue(kernel, world->busy, 1, threads, 3), 0);
    assert_int_equal(uk_inspect_queue(kernel, world->open, 1, threads, 3), 1);
    assert_int_equal(threads[0], world->receiver->number);
    assert_int_equal(uk_inspect_queue(kernel, world->notification, 1, threads, 3), 1);
    assert_int_equal(uk_inspect_queue(kernel, world->notification, 0, NULL, 0), 0);
    assert_int_equal(uk_inspect_queue(kernel, world->timer, 1, NULL, 0), 0);
    assert_int_equal(uk_inspect_queue(kernel, 0, 1, NULL, 0), 0);
    world_close(world);
}

static void mappings_in_order(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_kernel *kernel = world->scene->kernel;
    struct uk_mapping_info info;
    expect(uk_inspect_mapping(kernel, world->bound->space, 0x30000000, &info), UK_OK);
    assert_int_equal(info.address, 0x40000000);
    assert_int_equal(info.bytes, UK_PAGE);
    assert_int_equal(info.rights, UK_RIGHT_READ);
    assert_int_equal(info.frame, slot_of(world->bound, world->page)->object->number);
    expect(uk_inspect_mapping(kernel, world->bound->space, 0x40001000, &info), UK_NOT_MAPPED);
    expect(uk_inspect_mapping(kernel, world->busy, 0, &info), UK_WRONG_TYPE);
    world_close(world);
}

static void counters_count(void **state)
{
    (void)state;
    struct world *world = world_open();
    struct uk_counters before, counters;
    uk_counters(world->scene->kernel, &before);
    assert_int_equal(before.threads, 23);
    assert_int_equal(before.spaces, 23);
    assert_int_equal(before.objects, world->kernel->objects);
    assert_int_equal(before.now, world->kernel->now);
    assert_int_equal(before.host_maps, 0);
    expect(step(world->scene->root, OP(UK_SIGNAL, world->feed, 0)), UK_OK);
    uk_counters(world->scene->kernel, &counters);
    assert_int_equal(counters.entries, before.entries + 1);
    assert_int_equal(counters.signals, before.signals + 1);
    assert_string_equal(uk_panic_text(world->scene->kernel), "");
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_tell_their_capability), cmocka_unit_test(slots_that_cannot_be_told),
        cmocka_unit_test(threads_tell_what_they_do),   cmocka_unit_test(objects_of_every_type),
        cmocka_unit_test(queues_in_serving_order),     cmocka_unit_test(mappings_in_order),
        cmocka_unit_test(counters_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
