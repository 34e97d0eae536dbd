/* SPDX-License-Identifier: MIT */
/* Endpoints: rendezvous, order of service, direct switch, filters and Reply objects; no message is ever lost. */
#include "ipc/endpoint.h"

#include "ipc/pair.h"

static void call_and_reply_carry_words_and_badge(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    expect(serve(&pair.service), BLOCKED);
    expect(do_call(pair.client, pair.calls, WORDS(5, 1, 2, 3, 4)), BLOCKED);
    expect(after(pair.server), UK_OK);
    const struct uk_call *call = got(pair.server);
    assert_int_equal(call->handle, pair.client->number);
    assert_int_equal(call->tag, UK_TAG(5, 4, 0) | UK_TAG_CALL);
    assert_int_equal(call->word[3], 4);
    assert_int_equal(call->word[4], 0);
    expect(do_reply(pair.server, pair.service.answers, WORDS(9, 42)), UK_OK);
    expect(after(pair.client), UK_OK);
    assert_int_equal(got(pair.client)->word[0], 42);
    assert_int_equal(got(pair.client)->word[1], 0); /* promise 8 */
    assert_int_equal(got(pair.client)->tag, UK_TAG(9, 1, 0));
    scene_close(pair.scene);
}

/* L4-1: the scheduler is not asked; nothing moves. */
static void send_that_may_not_wait(void **state)
{
    (void)state;
    struct pair pair = pair_open(255, 255, UK_ORDER_PRIORITY);
    expect(step(pair.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    struct counters before = pair.scene->inside->counters;
    expect(do_send(until(pair.client, UK_NOW), pair.calls, EMPTY(0)), UK_WOULD_BLOCK);
    expect(do_call(until(pair.client, UK_NOW), pair.calls, EMPTY(0)), UK_WOULD_BLOCK);
    expect(do_send(until(pair.client, 1), pair.calls, EMPTY(0)), UK_TIMED_OUT); /* long ago */
    assert_int_equal(pair.scene->inside->counters.picks, before.picks);
    assert_int_equal(pair.scene->inside->counters.queue_operations, before.queue_operations);
    expect_next(pair.client);
    expect(do_receive(until(pair.server, UK_NOW), pair.service.receives, 0), UK_WOULD_BLOCK);
    expect(do_receive(until(pair.server, 1), pair.service.receives, 0), UK_TIMED_OUT);
    scene_close(pair.scene);
}

enum { SENDERS = 8 };

static void queue_senders(struct scene *scene, const struct service_of *service, struct actor **senders,
                          const uint32_t *priorities)
{
    for (unsigned i = 0; i < SENDERS; i++)
        senders[i] = actor_new(scene, "sender", priorities[i]);
    for (unsigned i = 0; i < SENDERS; i++)
        expect(do_send(senders[i], client_of(senders[i], service), WORDS(0, i)), BLOCKED);
}

static const uint32_t priorities[SENDERS] = {5, 200, 5, 100, 7, 200, 0, 100};

/* L4-2: arrival order, whatever the priorities. */
static void senders_by_arrival(void **state)
{
    (void)state;
    struct pair pair = pair_open(1, 1, UK_ORDER_ARRIVAL);
    struct actor *senders[SENDERS];
    queue_senders(pair.scene, &pair.service, senders, priorities);
    expect(step(pair.scene->root, OP(UK_THREAD_PRIORITY, senders[6]->thread, 250, 250)), UK_OK);
    for (unsigned i = 0; i < SENDERS; i++) {
        expect(serve(&pair.service), UK_OK);
        assert_int_equal(got(pair.server)->word[0], i);
        expect(after(senders[i]), UK_OK);
    }
    scene_close(pair.scene);
}

/* SEL-8, QN-1: by priority, then arrival; a change of priority while queued counts. */
static void senders_by_priority(void **state)
{
    (void)state;
    struct pair pair = pair_open(1, 1, UK_ORDER_PRIORITY);
    struct actor *senders[SENDERS];
    queue_senders(pair.scene, &pair.service, senders, priorities);
    expect(step(pair.scene->root, OP(UK_THREAD_PRIORITY, senders[6]->thread, 150, 150)), UK_OK);
    expect(step(pair.scene->root, OP(UK_THREAD_PRIORITY, senders[1]->thread, 100, 100)), UK_OK);
    expect(step(pair.scene->root, OP(UK_THREAD_PRIORITY, senders[0]->thread, 5, 250)), UK_OK); /* no change */
    const unsigned order[SENDERS] = {5, 6, 3, 7, 1, 4, 0, 2};
    for (unsigned i = 0; i < SENDERS; i++) {
        expect(serve(&pair.service), UK_OK);
        assert_int_equal(got(pair.server)->word[0], order[i]);
    }
    scene_close(pair.scene);
}

/* SEL-8, the other side: the most urgent receiver is served first. */
static void receivers_by_priority(void **state)
{
    (void)state;
    struct pair pair = pair_open(1, 1, UK_ORDER_PRIORITY);
    struct actor *receivers[3];
    const uint32_t ranks[3] = {3, 9, 9};
    for (unsigned i = 0; i < 3; i++) {
        receivers[i] = actor_new(pair.scene, "receiver", ranks[i]);
        expect(do_receive(receivers[i], give(receivers[i], pair.service.endpoint, UK_RIGHTS_ALL), 0), BLOCKED);
    }
    expect(step(pair.scene->root, OP(UK_THREAD_PRIORITY, receivers[0]->thread, 9, 9)), UK_OK);
    const unsigned order[3] = {1, 2, 0};
    for (unsigned i = 0; i < 3; i++) {
        expect(do_send(pair.client, pair.calls, WORDS(0, i)), UK_OK);
        expect(after(receivers[order[i]]), UK_OK);
        assert_int_equal(got(receivers[order[i]])->word[0], i);
    }
    scene_close(pair.scene);
}

/* L4-3: a call and its reply hand the CPU over; the ready queue is not touched. */
static void direct_switch(void **state)
{
    (void)state;
    struct pair pair = pair_open(255, 255, UK_ORDER_PRIORITY);
    expect(serve(&pair.service), BLOCKED);
    expect(step(pair.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    struct uk_counters before, now;
    uk_counters(pair.scene->kernel, &before);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect_next(pair.server);
    expect(answer_and_serve(&pair.service, EMPTY(0)), BLOCKED);
    expect_next(pair.client);
    uk_counters(pair.scene->kernel, &now);
    assert_int_equal(now.queue_operations, before.queue_operations);
    assert_int_equal(now.picks, before.picks);
    assert_int_equal(now.direct_switches, before.direct_switches + 2);
    scene_close(pair.scene);
}

/* L4-3, the other half: not when somebody more urgent is ready. */
static void no_direct_switch_past_the_more_urgent(void **state)
{
    (void)state;
    struct pair pair = pair_open(100, 50, UK_ORDER_PRIORITY);
    expect(serve(&pair.service), BLOCKED);
    struct actor *urgent = actor_new(pair.scene, "urgent", 60);
    uk_handle sleep = make(pair.scene, UK_TYPE_NOTIFICATION, 0);
    expect(do_wait(until(pair.scene->root, time_now(pair.scene) + 1000000), sleep), BLOCKED);
    expect_next(pair.client);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect_next(urgent);
    expect(after(pair.server), UK_OK);
    advance(pair.scene, time_now(pair.scene) + 1000000); /* the first thread wakes, to take all of this apart */
    scene_close(pair.scene);
}

/* L4-6: with the endpoint gone, all that queue there are completed. */
static void queued_threads_outlive_the_endpoint(void **state)
{
    (void)state;
    struct pair pair = pair_open(1, 1, UK_ORDER_PRIORITY);
    struct actor *senders[SENDERS];
    queue_senders(pair.scene, &pair.service, senders, priorities);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    struct actor *closed = actor_new(pair.scene, "closed", 9);
    expect(do_receive(from(closed, 12345), give(closed, pair.service.endpoint, UK_RIGHTS_ALL), 0), BLOCKED);
    expect(step(pair.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, pair.service.endpoint)), UK_OK);
    expect(after(senders[0]), BLOCKED);
    expect(step(pair.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, pair.service.endpoint)), UK_OK);
    for (unsigned i = 0; i < SENDERS; i++)
        expect(after(senders[i]), UK_PEER_DIED);
    expect(after(pair.client), UK_PEER_DIED);
    expect(after(closed), UK_CANCELLED);
    scene_close(pair.scene);
}

/* L4's closed wait: only the badge asked for; others keep their place. */
static void filter_takes_one_badge(void **state)
{
    (void)state;
    struct pair pair = pair_open(1, 1, UK_ORDER_PRIORITY);
    struct actor *other = actor_new(pair.scene, "other", 200);
    uk_handle others = client_of(other, &pair.service);
    expect(do_send(other, others, WORDS(0, 1)), BLOCKED);
    expect(do_receive(from(pair.server, pair.client->number), pair.service.receives, 0), BLOCKED);
    expect(do_send(pair.client, pair.calls, WORDS(0, 2)), UK_OK);
    expect(after(pair.server), UK_OK);
    assert_int_equal(got(pair.server)->word[0], 2);
    assert_int_equal(got(pair.server)->handle, pair.client->number);
    expect(after(other), BLOCKED);
    expect(do_receive(from(pair.server, pair.client->number), pair.service.receives, 0), BLOCKED);
    expect(step(pair.scene->root, OP(UK_THREAD_SUSPEND, pair.server->thread, 0)), UK_OK);
    expect(step(pair.scene->root, OP(UK_THREAD_RESUME, pair.server->thread, 0)), UK_OK);
    expect(after(pair.server), UK_CANCELLED);
    expect(do_receive(pair.server, pair.service.receives, 0), UK_OK); /* an open receive after a closed one */
    assert_int_equal(got(pair.server)->word[0], 1);
    scene_close(pair.scene);
}

/* A closed receive in front does not hide an open one behind it. */
static void sender_finds_the_receiver_that_wants_it(void **state)
{
    (void)state;
    struct pair pair = pair_open(1, 1, UK_ORDER_PRIORITY);
    struct actor *closed = actor_new(pair.scene, "closed", 9);
    expect(do_receive(from(closed, 4711), give(closed, pair.service.endpoint, UK_RIGHTS_ALL), 0), BLOCKED);
    expect(serve(&pair.service), BLOCKED);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect(after(pair.server), UK_OK);
    expect(after(closed), BLOCKED);
    scene_close(pair.scene);
}

/* SEL-5: the second use of a Reply has no effect on any thread, and is counted. */
static void second_reply_is_a_counted_no_op(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    expect(serve(&pair.service), BLOCKED);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect(do_reply(pair.server, pair.service.answers, WORDS(0, 1)), UK_OK);
    uint64_t late = pair.scene->inside->counters.late_replies;
    expect_refused(pair.server, UK_OK, ((struct uk_call){.operation = UK_REPLY, .handle = pair.service.answers,
                                                         .tag = UK_TAG(0, 1, 0), .word = {2}}));
    assert_int_equal(pair.scene->inside->counters.late_replies, late + 1);
    assert_int_equal(got(pair.client)->word[0], 1);
    scene_close(pair.scene);
}

/* SEL-9: receiving again with an occupied Reply completes the caller that was forgotten. */
static void receive_with_an_occupied_reply(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    expect(serve(&pair.service), BLOCKED);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect(serve(&pair.service), BLOCKED);
    expect(after(pair.client), UK_PEER_DIED);
    scene_close(pair.scene);
}

static void call_without_a_reply_object(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    expect(do_receive(pair.server, pair.service.receives, 0), BLOCKED);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), UK_NO_REPLY);
    expect(after(pair.server), BLOCKED);
    expect(do_send(pair.client, pair.calls, EMPTY(0)), UK_OK);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED); /* queued: the next receive decides */
    expect(do_receive(until(pair.server, UK_NOW), pair.service.receives, 0), UK_WOULD_BLOCK);
    expect(after(pair.client), UK_NO_REPLY);
    scene_close(pair.scene);
}

static void reply_object_of_another_receive(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    struct actor *second = actor_new(pair.scene, "second", 10);
    uk_handle receives = give(second, pair.service.endpoint, UK_RIGHTS_ALL);
    uk_handle answers = give(second, pair.service.reply, UK_RIGHTS_ALL);
    expect(serve(&pair.service), BLOCKED);
    expect_refused(second, UK_BUSY, ((struct uk_call){.operation = UK_RECEIVE, .handle = receives, .reply = answers,
                                                      .deadline = UK_FOREVER}));
    expect_refused(second, UK_BUSY, ((struct uk_call){.operation = UK_REPLY_RECEIVE, .handle = receives,
                                                      .reply = answers, .deadline = UK_FOREVER}));
    expect_refused(second, UK_EMPTY_SLOT, ((struct uk_call){.operation = UK_RECEIVE, .handle = receives, .reply = 200,
                                                            .deadline = UK_FOREVER}));
    expect(do_reply(second, answers, EMPTY(0)), UK_OK); /* nobody waits: counted, and the receive goes on */
    expect(after(pair.server), BLOCKED);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect(do_reply(second, answers, WORDS(0, 3)), UK_OK); /* the right to answer, not the receiver, answers */
    expect(after(pair.client), UK_OK);
    scene_close(pair.scene);
}

/* Destroying the Reply object: a waiting caller is completed, and so is a receive that counted on it. */
static void reply_object_destroyed(void **state)
{
    (void)state;
    for (unsigned called = 0; called < 2; called++) {
        struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
        expect(serve(&pair.service), BLOCKED);
        if (called)
            expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
        expect(step(pair.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, pair.service.reply)), UK_OK);
        expect(step(pair.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, pair.service.reply)), UK_OK);
        expect(after(pair.server), called ? UK_OK : UK_CANCELLED);
        if (called)
            expect(after(pair.client), UK_PEER_DIED);
        scene_close(pair.scene);
    }
}

/* Every way of waiting ends at its deadline, not before, and leaves nothing behind. */
static void deadlines_end_every_wait(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    struct actor *calls = actor_new(pair.scene, "calls", 9), *waits = actor_new(pair.scene, "waits", 9);
    struct actor *served = actor_new(pair.scene, "served", 9), *receives = actor_new(pair.scene, "receives", 9);
    struct service_of other = service_new(receives, UK_ORDER_ARRIVAL);
    uk_handle bits = give(waits, make(pair.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_time end = time_now(pair.scene) + 1000000;
    expect(serve(&pair.service), BLOCKED);
    expect(do_call(until(served, end), client_of(served, &pair.service), EMPTY(0)), BLOCKED);
    expect(do_send(until(pair.client, end), pair.calls, EMPTY(0)), BLOCKED);
    expect(do_call(until(calls, end), client_of(calls, &pair.service), EMPTY(0)), BLOCKED);
    expect(do_wait(until(waits, end), bits), BLOCKED);
    expect(do_reply_receive(until(receives, end), other.receives, other.answers, EMPTY(0)), BLOCKED);
    struct actor *all[] = {served, pair.client, calls, waits, receives};
    advance(pair.scene, end - 200);
    for (unsigned i = 0; i < 5; i++)
        expect(after(all[i]), BLOCKED);
    advance(pair.scene, end);
    for (unsigned i = 0; i < 5; i++)
        expect(after(all[i]), UK_TIMED_OUT);
    assert_null(pair.scene->inside->deadlines);
    expect(do_receive(until(pair.server, UK_NOW), pair.service.receives, 0), UK_WOULD_BLOCK);
    scene_close(pair.scene);
}

/* Suspending breaks every wait off with UK_CANCELLED, seen when the thread is resumed; queues are left in order. */
static void suspend_breaks_every_wait_off(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    struct scene *scene = pair.scene;
    struct actor *calls = actor_new(scene, "calls", 9), *waits = actor_new(scene, "waits", 9);
    struct actor *served = actor_new(scene, "served", 9), *stays = actor_new(scene, "stays", 10);
    uk_handle bits = give(waits, make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    expect(serve(&pair.service), BLOCKED);
    expect(do_call(served, client_of(served, &pair.service), EMPTY(0)), BLOCKED);
    expect(do_send(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect(do_send(stays, client_of(stays, &pair.service), WORDS(0, 4)), BLOCKED);
    expect(do_call(calls, client_of(calls, &pair.service), EMPTY(0)), BLOCKED);
    expect(do_wait(waits, bits), BLOCKED);
    struct actor *all[] = {served, pair.client, calls, waits};
    for (unsigned i = 0; i < 4; i++) {
        expect(step(scene->root, OP(UK_THREAD_SUSPEND, all[i]->thread, 0)), UK_OK);
        expect(after(all[i]), STOPPED);
        expect(step(all[i], OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
        expect(step(scene->root, OP(UK_THREAD_RESUME, all[i]->thread, 0)), UK_OK);
        expect(after(all[i]), UK_CANCELLED);
    }
    expect(do_reply(pair.server, pair.service.answers, EMPTY(0)), UK_OK); /* late */
    expect(after(served), UK_CANCELLED);
    expect(serve(&pair.service), UK_OK);
    assert_int_equal(got(pair.server)->word[0], 4);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(call_and_reply_carry_words_and_badge),
        cmocka_unit_test(send_that_may_not_wait),
        cmocka_unit_test(senders_by_arrival),
        cmocka_unit_test(senders_by_priority),
        cmocka_unit_test(receivers_by_priority),
        cmocka_unit_test(direct_switch),
        cmocka_unit_test(no_direct_switch_past_the_more_urgent),
        cmocka_unit_test(queued_threads_outlive_the_endpoint),
        cmocka_unit_test(filter_takes_one_badge),
        cmocka_unit_test(sender_finds_the_receiver_that_wants_it),
        cmocka_unit_test(second_reply_is_a_counted_no_op),
        cmocka_unit_test(receive_with_an_occupied_reply),
        cmocka_unit_test(call_without_a_reply_object),
        cmocka_unit_test(reply_object_of_another_receive),
        cmocka_unit_test(reply_object_destroyed),
        cmocka_unit_test(deadlines_end_every_wait),
        cmocka_unit_test(suspend_breaks_every_wait_off),
    };
    return cmocka_run_group_tests_name("ipc/endpoint", tests, NULL, NULL);
}
