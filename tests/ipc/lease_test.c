/* SPDX-License-Identifier: MIT */
/* Leases: whatever is read or written in whatever pieces is what the caller lent, while it waits and not after (QN-3, HU-1). */
#include "ipc/lease_world.h"

static void what_is_lent_is_told(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    set_window(world.server, 0, 0, 0, 0); /* a lease takes no room */
    set_lease(world.client, 0, UK_RIGHT_READ, LENT + 5, 100);
    set_lease(world.client, 1, LEASE_RW, LENT, LEASE_SIZE);
    lease_call(&world, 2);
    assert_int_equal(UK_TAG_ITEMS(got(world.server)->tag), 2);
    const struct uk_buffer buffer = buffer_of_actor(world.server);
    const uk_word bytes[2] = {100, LEASE_SIZE};
    const uint32_t rights[2] = {UK_RIGHT_READ, LEASE_RW};
    for (unsigned i = 0; i < 2; i++) {
        const struct uk_item *item = &buffer.received[i];
        assert_int_equal(item->kind, UK_ITEM_LEASE);
        assert_int_equal(item->rights, rights[i]);
        assert_int_equal(item->count, bytes[i]);
        assert_int_equal(item->address, 0); /* where it lies is nobody's business */
        for (unsigned named = 0; named < 2; named++) {
            expect(step(world.server, OP(UK_LEASE_INSPECT, world.service.answers, named ? item->handle : i)), UK_OK);
            assert_int_equal(got(world.server)->word[0], item->handle);
            assert_int_equal(got(world.server)->word[1], rights[i]);
            assert_int_equal(got(world.server)->word[2], bytes[i]);
            for (unsigned word = 3; word < UK_REGISTER_WORDS; word++)
                assert_int_equal(got(world.server)->word[word], 0);
        }
    }
    struct uk_object_info info;
    assert_int_equal(uk_inspect_object(world.scene->kernel, world.service.reply, &info), UK_OK);
    assert_int_equal(info.value[2], 2);
    assert_int_equal(info.value[3], 100 + LEASE_SIZE);
    lease_answer(&world);
    assert_int_equal(uk_inspect_object(world.scene->kernel, world.service.reply, &info), UK_OK);
    assert_int_equal(info.value[2] + info.value[3], 0);
    scene_close(world.scene);
}

/* QN-3: any partition of what is lent reassembles it exactly, in both directions, across pages on either side. */
static void any_partition_reassembles(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    const uk_word bytes = LEASE_SIZE - 100;
    scene_seed(world.scene, 11);
    world.scene->unchecked = 1;
    for (unsigned round = 0; round < 60; round++) {
        int writes = round % 2 == 1;
        uk_word lent_at = scene_random(world.scene, 100), own_at = scene_random(world.scene, 100);
        lease_fill_both(&world);
        set_lease(world.client, 0, writes ? UK_RIGHT_WRITE : UK_RIGHT_READ, LENT + lent_at, bytes);
        lease_call(&world, 1);
        for (uk_word at = 0, left = bytes; left > 0;) {
            uk_word piece = scene_random(world.scene, (uint32_t)left + 1);
            expect(do_lease(&world, writes ? UK_LEASE_WRITE : UK_LEASE_READ, 0, at, OWN + own_at + at, piece), UK_OK);
            at += piece;
            left -= piece;
            assert_int_equal(got(world.server)->word[1], at);
            assert_int_equal(got(world.server)->word[2], OWN + own_at + at);
            assert_int_equal(got(world.server)->word[3], 0);
        }
        lease_expect(world.client, LENT, 0, lent_at, writes ? bytes : 0, own_at);
        lease_expect(world.server, OWN, 1, own_at, writes ? 0 : bytes, lent_at);
        lease_answer(&world);
    }
    scene_check(world.scene);
    scene_close(world.scene);
}

/* Each way in which a caller stops waiting. */
enum end { END_REPLY, END_DEADLINE, END_SUSPEND, END_KILL, END_RECEIVE, END_ENDS };

static void end_wait(struct lease_world *world, enum end end)
{
    switch (end) {
    case END_REPLY:
        lease_answer(world);
        break;
    case END_DEADLINE:
        advance(world->scene, 1000000);
        expect(after(world->client), UK_TIMED_OUT);
        break;
    case END_SUSPEND:
        expect(step(world->scene->root, OP(UK_THREAD_SUSPEND, world->client->thread, 0)), UK_OK);
        break;
    case END_KILL:
        expect(step(world->scene->root, OP(UK_THREAD_KILL, world->client->thread, 0)), UK_OK);
        break;
    default: /* SEL-9: the server receives with the Reply again */
        expect(do_receive(until(world->server, UK_NOW), world->service.receives, world->service.answers), UK_WOULD_BLOCK);
        expect(after(world->client), UK_PEER_DIED);
    }
}

/* Leases end when the wait does: afterwards not a byte is moved, by number or by name. */
static void leases_end_with_the_wait(void **state)
{
    (void)state;
    for (enum end end = END_REPLY; end < END_ENDS; end++) {
        struct lease_world world = lease_open();
        set_lease(world.client, 0, LEASE_RW, LENT, LEASE_SIZE);
        expect(serve(&world.service), BLOCKED);
        expect(do_call(end == END_DEADLINE ? until(world.client, 1000000) : world.client, world.calls, LONG(1, 0, 1)), BLOCKED);
        uk_handle name = lease_name(&world, 0);
        expect(do_lease(&world, UK_LEASE_WRITE, name, 0, OWN, 0), UK_OK); /* nothing, but it could */
        end_wait(&world, end);
        for (unsigned named = 0; named < 2; named++) {
            uk_handle lease = named ? name : 0;
            expect_refused(world.server, UK_PEER_DIED, lease_operation(&world, UK_LEASE_READ, lease, 0, OWN, 1));
            expect_refused(world.server, UK_PEER_DIED, lease_operation(&world, UK_LEASE_WRITE, lease, 0, OWN, 1));
            expect_refused(world.server, UK_PEER_DIED, lease_operation(&world, UK_LEASE_INSPECT, lease, 0, 0, 0));
        }
        if (end != END_KILL)
            lease_untouched(&world);
        scene_close(world.scene);
    }
}

/* A name is good for one call: the next one on the same Reply has other leases, or none (MX-4, the reused slot). */
static void a_name_is_good_for_one_call(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    set_lease(world.client, 0, LEASE_RW, LENT, 64);
    lease_call(&world, 1);
    uk_handle old = lease_name(&world, 0);
    lease_answer(&world);
    lease_call(&world, 1);
    uk_handle name = lease_name(&world, 0);
    assert_int_not_equal(name, old);
    expect_refused(world.server, UK_STALE, lease_operation(&world, UK_LEASE_READ, old, 0, OWN, 1));
    expect_refused(world.server, UK_STALE, lease_operation(&world, UK_LEASE_INSPECT, old, 0, 0, 0));
    expect(do_lease(&world, UK_LEASE_READ, name, 0, OWN, 64), UK_OK);
    lease_answer(&world);
    lease_fill_both(&world);
    expect(serve(&world.service), BLOCKED); /* the same thread, and this time it lends nothing */
    expect(do_call(world.client, world.calls, WORDS(1, 2)), BLOCKED);
    expect_refused(world.server, UK_STALE, lease_operation(&world, UK_LEASE_READ, name, 0, OWN, 1));
    expect_refused(world.server, UK_BAD_ARGUMENT, lease_operation(&world, UK_LEASE_READ, 0, 0, OWN, 1));
    expect_refused(world.server, UK_BAD_ARGUMENT, lease_operation(&world, UK_LEASE_INSPECT, 0, 0, 0, 0));
    lease_untouched(&world);
    scene_close(world.scene);
}

static void numbers_never_become_zero(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    struct reply *reply = (struct reply *)object_of(world.scene->root, world.service.reply);
    reply->lease_number = UINT32_MAX;
    set_lease(world.client, 0, UK_RIGHT_READ, LENT, 64);
    lease_call(&world, 1);
    assert_int_equal(lease_name(&world, 0) >> 32, 1); /* 0 would mean: any */
    scene_close(world.scene);
}

/* What is lent is what the call said, not what its buffer says later. */
static void the_offer_is_taken_once(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    set_lease(world.client, 0, UK_RIGHT_READ, LENT, 64);
    lease_call(&world, 1);
    set_lease(world.client, 0, LEASE_RW, LENT, LEASE_SIZE);
    set_lease(world.client, 1, LEASE_RW, LENT, LEASE_SIZE);
    expect_refused(world.server, UK_BAD_ARGUMENT, lease_operation(&world, UK_LEASE_READ, 0, 0, OWN, 65));
    expect_refused(world.server, UK_NO_RIGHT, lease_operation(&world, UK_LEASE_WRITE, 0, 0, OWN, 1));
    expect_refused(world.server, UK_BAD_ARGUMENT, lease_operation(&world, UK_LEASE_READ, 1, 0, OWN, 1));
    expect(do_lease(&world, UK_LEASE_READ, 0, 0, OWN, 64), UK_OK);
    scene_close(world.scene);
}

/* Also from a queue, with a capability beside the lease, and by way of a Reply that was passed on (QNX: any thread). */
static void leases_come_along(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    uk_handle bell = give(world.client, make(world.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    struct actor *helper = actor_new(world.scene, "helper", 15);
    uk_handle answers = give(helper, world.service.reply, UK_RIGHTS_ALL);
    frame_at(helper, OWN, UK_PAGE, LEASE_RW);
    set_item(world.client, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, bell, 1);
    set_lease(world.client, 1, LEASE_RW, LENT, 64);
    set_window(world.server, 100, 1, 0, 0);
    expect(do_call(world.client, world.calls, LONG(1, 0, 2)), BLOCKED);
    expect(serve(&world.service), UK_OK);
    expect(step(world.server, OP(UK_SIGNAL, 100, 0)), UK_OK);
    expect_refused(world.server, UK_BAD_ARGUMENT, lease_operation(&world, UK_LEASE_READ, 0, 0, OWN, 1));
    expect(do_lease(&world, UK_LEASE_READ, 1, 0, OWN, 64), UK_OK);
    expect(step(helper, OP(UK_LEASE_WRITE, answers, 1, 0, OWN, 64)), UK_OK);
    unsigned char first = 1;
    assert_int_equal(peek(world.client, LENT, &first, 1), UK_OK);
    assert_int_equal(first, 0); /* the helper's page was empty */
    scene_close(world.scene);
}

/* Whose memory it was that is not there, and how far the copy got. */
static void a_fault_says_whose_and_where(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    set_lease(world.client, 0, LEASE_RW, LENT, 8 * UK_PAGE);
    lease_call(&world, 1);
    expect_refused(world.server, UK_CALLER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, 0, 0, 8));
    expect_refused(world.server, UK_CALLER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, 0, UK_FOREVER, 8));
    expect_refused(world.server, UK_PEER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, LEASE_SIZE, OWN, 8));
    expect_refused(world.server, UK_CALLER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, LEASE_SIZE, 0, 8));
    expect(step(world.server, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, OWN, UK_RIGHT_READ)), UK_OK);
    expect_refused(world.server, UK_CALLER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, 0, OWN, 8));
    expect(step(world.scene->root, OP(UK_SPACE_PROTECT, world.client->space, LENT, UK_RIGHT_READ)), UK_OK);
    expect_refused(world.server, UK_PEER_FAULT, lease_operation(&world, UK_LEASE_WRITE, 0, 0, OWN, 8));
    lease_untouched(&world);
    expect(step(world.server, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, OWN, LEASE_RW)), UK_OK);
    expect(step(world.scene->root, OP(UK_SPACE_PROTECT, world.client->space, LENT, LEASE_RW)), UK_OK);
    expect(do_lease(&world, UK_LEASE_READ, 0, LEASE_SIZE - 10, OWN + UK_PAGE, 11), UK_PEER_FAULT);
    assert_int_equal(got(world.server)->word[1], LEASE_SIZE);
    assert_int_equal(got(world.server)->word[2], OWN + UK_PAGE + 10);
    assert_int_equal(got(world.server)->word[3], 1);
    lease_expect(world.server, OWN, 1, UK_PAGE, 10, LEASE_SIZE - 10);
    lease_fill(world.server, OWN, 1);
    expect(do_lease(&world, UK_LEASE_WRITE, 0, UK_PAGE, OWN + LEASE_SIZE - 7, 8), UK_CALLER_FAULT);
    assert_int_equal(got(world.server)->word[3], 1);
    lease_expect(world.client, LENT, 0, UK_PAGE, 7, LEASE_SIZE - 7);
    expect(step(world.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, world.client->space)), UK_OK);
    expect_refused(world.server, UK_PEER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, 0, OWN + UK_PAGE, 8));
    scene_close(world.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lent_is_told),        cmocka_unit_test(any_partition_reassembles),
        cmocka_unit_test(leases_end_with_the_wait),    cmocka_unit_test(a_name_is_good_for_one_call),
        cmocka_unit_test(numbers_never_become_zero),   cmocka_unit_test(the_offer_is_taken_once),
        cmocka_unit_test(leases_come_along),           cmocka_unit_test(a_fault_says_whose_and_where),
    };
    return cmocka_run_group_tests_name("ipc/lease", tests, NULL, NULL);
}
