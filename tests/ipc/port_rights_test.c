/* SPDX-License-Identifier: MIT */
/* Rights of ports: one receive right, send-once rights that yield exactly one message, and who hears of which death. */
#include "port_world.h"

/* MA-1: the receive right moves in messages, and is never copied; every step checks that there is one (invariant 44). */
static void the_receive_right_moves(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    struct harbour own = h;
    own.port = hand(h.client, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0)));
    expect(step(h.client, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 70, own.port, 0, UK_RIGHTS_ALL)), UK_OK);
    assert_int_equal(slot_of(h.client, 70)->rights, SENDS);
    expect(put(h.client, 70, WORDS(1, 5)), UK_OK); /* what is queued goes along */
    set_item(h.client, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, own.port, 1);
    expect(put(h.client, h.sends, LONG(2, 0, 1)), UK_OK);
    assert_null(object_of(h.client, own.port));
    expect(put(until(h.client, UK_NOW), 70, WORDS(1, 5)), UK_WOULD_BLOCK);
    set_window(h.server, 60, 1, 0, 0);
    expect(take(h.server, h.port), UK_OK);
    assert_int_equal(slot_of(h.server, 60)->rights, UK_RIGHTS_ALL);
    expect_message(h.server, 60, 1, 0, 5);
    expect(take(h.client, 70), UK_NO_RIGHT);
    scene_close(h.scene);
}

/* A copy of it is a right to send, and may go anywhere: into the port's own queue, while it is in a set. It
 * keeps nothing alive: the port dies with its receive right, and with what lies in its queue. */
static void its_copies_are_rights_to_send(void **state)
{
    (void)state;
    struct harbour h = harbour_open(3, 0);
    uk_handle set = hand(h.server, make(h.scene, UK_TYPE_PORT_SET, 0));
    set_item(h.server, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, h.port, 1);
    expect(put(h.server, h.port, LONG(1, 0, 1)), UK_OK);
    expect(step(h.server, OP(UK_PORT_JOIN, h.port, set, 3)), UK_OK);
    expect(put(h.server, h.port, LONG(2, 0, 1)), UK_OK);
    set_window(h.server, 60, 1, 0, 0);
    expect(step(h.server, OP(UK_PORT_SET_RECEIVE, set, 0)), UK_OK);
    assert_int_equal(slot_of(h.server, 60)->rights, SENDS);
    expect(put(h.server, 60, WORDS(3, 4)), UK_OK);
    drop(h.server, h.port); /* the second message is still there, with a right to the port that it is in */
    expect(put(h.server, 60, WORDS(3, 4)), UK_PEER_DIED);
    scene_close(h.scene);
}

/* A receive right does not travel while it is in use, nor into itself by any detour. */
static void no_port_lies_in_itself(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle inner = hand(h.server, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0)));
    uk_handle set = hand(h.server, make(h.scene, UK_TYPE_PORT_SET, 0));
    uk_handle to_inner = h.server->next_slot++;
    expect(step(h.server, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, to_inner, inner, 0, SENDS)), UK_OK);
    struct uk_call send = {.operation = UK_PORT_SEND, .handle = h.port, .tag = UK_TAG(1, 0, 1), .deadline = UK_FOREVER};
    set_item(h.server, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, h.port, 1);
    expect_refused(h.server, UK_BAD_ARGUMENT, send); /* the port itself */
    set_item(h.server, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, inner, 1);
    expect(step(h.server, OP(UK_PORT_JOIN, inner, set, 3)), UK_OK);
    expect_refused(h.server, UK_BUSY, send);
    expect(step(h.server, OP(UK_PORT_JOIN, inner, 0)), UK_OK);
    expect(step(h.server, send), UK_OK);
    set_item(h.server, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, h.port, 1);
    send.handle = to_inner; /* which lies in h.port */
    expect_refused(h.server, UK_BUSY, send);
    drop(h.server, h.port); /* the outer port dies, and with it the inner: no recursion, nothing left */
    expect(put(h.server, to_inner, EMPTY(1)), UK_PEER_DIED);
    scene_close(h.scene);
}

/* MA-2: a reply spends it ... */
static void once_by_message(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle once = once_of(h.server, h.port, 9);
    set_item(h.server, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, once, 1);
    uk_handle inbox = hand(h.client, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0)));
    expect(step(h.client, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 70, inbox, 0, SENDS)), UK_OK);
    uk_handle to_client = h.server->next_slot++;
    expect(step(h.scene->root, OP(UK_CAPABILITY_COPY, h.server->cnode, to_client, h.client->cnode, 0, UK_RIGHTS_ALL)),
           UK_OK);
    expect(step(h.server, OP(UK_CAPABILITY_MOVE, UK_SLOT_CNODE, 80, 70, to_client)), UK_OK);
    expect(put(h.server, 80, LONG(1, 0, 1)), UK_OK);
    assert_null(object_of(h.server, once));
    set_window(h.client, 60, 1, 0, 0);
    expect(take(h.client, inbox), UK_OK);
    expect_refused(h.client, UK_NO_RIGHT, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 90, 60, 0, UK_RIGHTS_ALL));
    expect_refused(h.client, UK_NO_RIGHT, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, 90, 60, 0, UK_RIGHTS_ALL, 3));
    set_item(h.client, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, 60, 1); /* not with the message that spends it */
    expect_refused(h.client, UK_BAD_ARGUMENT,
                   ((struct uk_call){.operation = UK_PORT_SEND, .handle = 60, .tag = UK_TAG(1, 0, 1)}));
    expect(take(h.server, h.port), BLOCKED);
    expect(put(h.client, 60, WORDS(6, 1)), UK_OK);
    expect(after(h.server), UK_OK);
    assert_int_equal(got(h.server)->tag, UK_TAG(6, 1, 0));
    assert_int_equal(got(h.server)->handle, 9);
    expect(put(h.client, 60, WORDS(6, 1)), UK_EMPTY_SLOT);
    scene_close(h.scene);
}

/* ... and whatever else becomes of it says so, in its own slot: deletion, a dead CNode, a dead port in which it was. */
static void once_unused(void **state)
{
    (void)state;
    struct harbour h = harbour_open(4, 0);
    struct actor *mortal = actor_new(h.scene, "mortal", 10);
    drop(h.server, once_of(h.server, h.port, 1));
    uk_handle once = once_of(h.server, h.port, 2);
    uk_handle there = h.server->next_slot++;
    expect(step(h.scene->root, OP(UK_CAPABILITY_COPY, h.server->cnode, there, mortal->cnode, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(h.server, OP(UK_CAPABILITY_MOVE, there, 40, once)), UK_OK);
    uk_handle doomed = hand(h.server, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0)));
    once = once_of(h.server, h.port, 3);
    set_item(h.server, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, once, 1);
    expect(put(h.server, doomed, LONG(1, 0, 1)), UK_OK);
    once = once_of(h.server, h.port, 4);
    expect(put(until(h.client, UK_NOW), h.sends, EMPTY(1)), UK_WOULD_BLOCK);
    drop(h.server, doomed);
    drop(h.server, there);
    expect(step(h.scene->root, OP(UK_THREAD_KILL, mortal->thread, 0)), UK_OK);
    expect(step(h.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, mortal->cnode)), UK_OK);
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, mortal->thread)), UK_OK);
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, mortal->cnode)), UK_OK);
    expect(step(h.server, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, h.port)), UK_OK); /* the last, and all send rights */
    const uk_word badges[4] = {1, 3, 2, 4};
    for (unsigned i = 0; i < 4; i++) {
        expect_message(h.server, h.port, 0, badges[i], 0);
        assert_int_equal(got(h.server)->tag, UK_TAG_UNUSED);
    }
    expect(take(h.server, h.port), UK_PEER_DIED);
    scene_close(h.scene);
}

/* MT-6: a full queue loses no word of a death: the slot was kept. */
static void a_full_queue_loses_no_notice(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle once = once_of(h.server, h.port, 5);
    expect(put(h.client, h.sends, WORDS(1, 1)), UK_OK);
    expect(put(h.other, h.sends_too, WORDS(1, 2)), BLOCKED);
    drop(h.server, once);
    expect_message(h.server, h.port, 1, 1, 1);
    expect(after(h.other), UK_OK);
    expect_message(h.server, h.port, 0, 5, 0);
    expect_message(h.server, h.port, 1, 2, 2);
    scene_close(h.scene);
}

/* A receiver waits, all slots are promised, and a sender too: the promise made free lets him in. */
static void a_spent_promise_makes_room(void **state)
{
    (void)state;
    struct harbour h = harbour_open(1, 0);
    uk_handle once = once_of(h.client, hand(h.client, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0))), 1);
    (void)once;
    uk_handle mine = once_of(h.server, h.port, 5);
    uk_handle there = h.server->next_slot++;
    expect(step(h.scene->root, OP(UK_CAPABILITY_COPY, h.server->cnode, there, h.other->cnode, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(h.server, OP(UK_CAPABILITY_MOVE, there, 40, mine)), UK_OK);
    expect(put(h.client, h.sends, WORDS(1, 2)), BLOCKED);
    expect(take(h.server, h.port), BLOCKED);
    expect(put(h.other, 40, WORDS(3, 4)), UK_OK);
    expect(after(h.server), UK_OK);
    assert_int_equal(got(h.server)->word[0], 4);
    expect(after(h.client), UK_OK);
    expect_message(h.server, h.port, 1, 1, 2);
    scene_close(h.scene);
}

/* The same with two who wait for messages: the first has that of the promise, the second the sender's, and both run. */
static void a_spent_promise_feeds_two(void **state)
{
    (void)state;
    struct harbour h = harbour_open(1, 0);
    struct actor *second = actor_new(h.scene, "second", 10);
    uk_handle set = make(h.scene, UK_TYPE_PORT_SET, 0), there = h.server->next_slot++;
    uk_handle joins = give(h.server, set, UK_RIGHTS_ALL), takes = give(second, set, UK_RIGHTS_ALL);
    uk_handle once = once_of(h.server, h.port, 5);
    expect(step(h.scene->root, OP(UK_CAPABILITY_COPY, h.server->cnode, there, h.other->cnode, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(h.server, OP(UK_CAPABILITY_MOVE, there, 40, once)), UK_OK);
    expect(step(h.server, OP(UK_PORT_JOIN, h.port, joins, 1)), UK_OK);
    expect(put(h.client, h.sends, WORDS(1, 2)), BLOCKED); /* the only slot is promised */
    expect(step(h.server, OP(UK_PORT_SET_RECEIVE, joins, 0)), BLOCKED);
    expect(step(second, OP(UK_PORT_SET_RECEIVE, takes, 0)), BLOCKED);
    expect(put(h.other, 40, WORDS(3, 4)), UK_OK);
    expect(after(h.server), UK_OK);
    assert_int_equal(got(h.server)->word[0], 4);
    expect(after(second), UK_OK);
    assert_int_equal(got(second)->word[0], 2);
    expect(after(h.client), UK_OK);
    scene_close(h.scene);
}

static uk_word bits_of(struct harbour *h, uk_handle bell)
{
    int status = do_wait(until(h->scene->root, UK_NOW), bell);
    return status == UK_OK ? got(h->scene->root)->handle : 0;
}

/* MA-5, BI-4: after the port's death every name of it is dead, each request fires once, and a late one at once. */
static void the_port_dies(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    struct actor *waiter = actor_new(h.scene, "waiter", 10);
    uk_handle bell = make(h.scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle first = give_badged(h.client, bell, UK_RIGHT_SEND, 1), second = give_badged(h.client, bell, UK_RIGHT_SEND, 2);
    uk_handle third = give_badged(h.other, bell, UK_RIGHT_SEND, 4);
    expect(step(h.client, OP(UK_PORT_WATCH, h.sends, first)), UK_OK);
    expect(step(h.client, OP(UK_PORT_WATCH, h.sends, second)), UK_OK); /* in place of the first */
    expect(step(h.other, OP(UK_PORT_WATCH, h.sends_too, third)), UK_OK);
    uk_handle sends = give_badged(waiter, h.open, SENDS, 3);
    expect(step(waiter, OP(UK_PORT_WATCH, sends, give(waiter, bell, UK_RIGHT_SEND))), UK_LIMIT);
    expect(step(waiter, OP(UK_PORT_WATCH, sends, 0)), UK_OK);
    expect(put(h.client, h.sends, EMPTY(1)), UK_OK);
    expect(put(h.client, h.sends, EMPTY(1)), UK_OK);
    expect(put(waiter, sends, EMPTY(1)), BLOCKED);
    drop(h.server, h.port);
    expect(after(waiter), UK_PEER_DIED);
    assert_int_equal(bits_of(&h, bell), 2 | 4);
    expect(put(until(h.client, UK_NOW), h.sends, EMPTY(1)), UK_PEER_DIED);
    expect(step(h.client, OP(UK_PORT_WATCH, h.sends, first)), UK_OK);
    assert_int_equal(bits_of(&h, bell), 1);
    expect(step(h.other, OP(UK_PORT_WATCH, h.sends_too, 0)), UK_OK);
    assert_int_equal(bits_of(&h, bell), 0);
    scene_close(h.scene);
}

/* Whoever waits at a port, or at a set, that is destroyed hears of it. */
static void receivers_hear_of_the_end(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle set = make(h.scene, UK_TYPE_PORT_SET, 0);
    uk_handle mine = give(h.other, set, UK_RIGHTS_ALL);
    expect(take(h.server, h.port), BLOCKED);
    expect(step(h.other, OP(UK_PORT_SET_RECEIVE, mine, 0)), BLOCKED);
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, h.server->cnode, h.port)), UK_OK);
    expect(after(h.server), UK_CANCELLED);
    expect(step(h.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, set)), UK_OK);
    expect(after(h.other), BLOCKED);
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, set)), UK_OK);
    expect(after(h.other), UK_CANCELLED);
    scene_close(h.scene);
}

/* ZI-2: after the last send right the queue is drained first; then its receiver hears that nobody is left. */
static void closed_after_drained(void **state)
{
    (void)state;
    struct harbour h = harbour_open(3, 0);
    uk_handle bell = make(h.scene, UK_TYPE_NOTIFICATION, 0), rings = give(h.server, bell, UK_RIGHT_SEND);
    expect(step(h.server, OP(UK_PORT_WATCH, h.port, rings)), UK_OK);
    expect(put(h.client, h.sends, WORDS(1, 1)), UK_OK);
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, h.open)), UK_OK);
    drop(h.other, h.sends_too);
    assert_int_equal(bits_of(&h, bell), 0);
    drop(h.client, h.sends);
    assert_int_equal(bits_of(&h, bell), 1);
    expect_message(h.server, h.port, 1, 1, 1);
    expect(take(h.server, h.port), UK_PEER_DIED);
    expect(step(h.server, OP(UK_PORT_WATCH, h.port, rings)), UK_OK); /* it is so already */
    assert_int_equal(bits_of(&h, bell), 1);
    uk_handle again = h.server->next_slot++;
    expect(step(h.server, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, again, h.port, 0, SENDS)), UK_OK);
    expect(take(h.server, h.port), BLOCKED); /* its holder let somebody send again */
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, h.server->cnode, again)), UK_OK);
    expect(after(h.server), UK_PEER_DIED);
    scene_close(h.scene);
}

/* Nobody could send yet: that is no end, and its watcher hears of the first one only. */
static void a_new_port_is_not_deserted(void **state)
{
    (void)state;
    struct harbour h = harbour_open(1, 0);
    uk_handle fresh = hand(h.server, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0)));
    uk_handle bell = make(h.scene, UK_TYPE_NOTIFICATION, 0), copy = h.server->next_slot++;
    expect(step(h.server, OP(UK_PORT_WATCH, fresh, give(h.server, bell, UK_RIGHT_SEND))), UK_OK);
    assert_int_equal(do_wait(until(h.scene->root, UK_NOW), bell), UK_WOULD_BLOCK);
    expect(take(until(h.server, UK_NOW), fresh), UK_WOULD_BLOCK);
    expect(step(h.server, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, copy, fresh, 0, SENDS)), UK_OK);
    drop(h.server, copy);
    expect(do_wait(until(h.scene->root, UK_NOW), bell), UK_OK);
    expect(take(until(h.server, UK_NOW), fresh), UK_PEER_DIED);
    scene_close(h.scene);
}

/* A port full of rights dies step by step, however often it is interrupted. */
static void a_long_death_is_preemptible(void **state)
{
    (void)state;
    const struct stage stage = {.preemptible = 1, .arena_bytes = 8 << 20};
    struct scene *scene = scene_open(&stage);
    struct actor *server = actor_new(scene, "server", 10);
    uk_handle port = hand(server, make(scene, UK_TYPE_PORT, UK_PORT_SIZE(UK_PORT_MESSAGES_MAX, 0)));
    uk_handle bell = make(scene, UK_TYPE_NOTIFICATION, 0);
    scene->unchecked = 1;
    for (unsigned i = 0; i < 4; i++)
        set_item(server, i, UK_ITEM_COPY, UK_RIGHTS_ALL, give(server, bell, UK_RIGHTS_ALL), 1);
    for (unsigned i = 0; i < UK_PORT_MESSAGES_MAX; i++)
        expect(put(server, port, LONG(1, 8, 4)), UK_OK);
    scene->unchecked = 0;
    scene->preempt_every = 3;
    struct uk_call call = OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, port);
    unsigned restarts = 0;
    for (int status = step(server, call); status != UK_OK; status = step(server, call), restarts++)
        expect(status, RESTARTING);
    assert_true(restarts > 20);
    assert_int_equal(object_of(scene->root, bell)->references, 5);
    scene->preempt_every = 0;
    scene_close(scene);
}

/* Also when the CPU is wanted at every single question: each turn gets a step further. */
static void a_death_gets_on_however_often_it_is_broken_off(void **state)
{
    (void)state;
    const struct stage stage = {.preemptible = 1, .arena_bytes = 1 << 20};
    struct scene *scene = scene_open(&stage);
    struct actor *server = actor_new(scene, "server", 10);
    uk_handle port = hand(server, make(scene, UK_TYPE_PORT, UK_PORT_SIZE(4, 0)));
    expect(put(server, port, EMPTY(1)), UK_OK);
    scene->preempt_every = 1;
    int status = step(server, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, port));
    for (unsigned turns = 0; status == RESTARTING && turns < 20; turns++)
        status = step(server, OP(UK_YIELD, 0, 0));
    expect(status, UK_OK);
    scene->preempt_every = 0;
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_receive_right_moves),
        cmocka_unit_test(its_copies_are_rights_to_send),
        cmocka_unit_test(no_port_lies_in_itself),
        cmocka_unit_test(once_by_message),
        cmocka_unit_test(once_unused),
        cmocka_unit_test(a_full_queue_loses_no_notice),
        cmocka_unit_test(a_spent_promise_makes_room),
        cmocka_unit_test(a_spent_promise_feeds_two),
        cmocka_unit_test(the_port_dies),
        cmocka_unit_test(receivers_hear_of_the_end),
        cmocka_unit_test(closed_after_drained),
        cmocka_unit_test(a_new_port_is_not_deserted),
        cmocka_unit_test(a_long_death_is_preemptible),
        cmocka_unit_test(a_death_gets_on_however_often_it_is_broken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
