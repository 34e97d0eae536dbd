/* SPDX-License-Identifier: MIT */
/* Ports: messages queue in order and within bounds, and a flood costs the flooder. */
#include "port_world.h"

/* MA-3: q sends with no time to wait succeed, the next does not; a send-once message still does. */
static void queue_is_bounded(void **state)
{
    (void)state;
    struct harbour h = harbour_open(6, 0);
    uk_handle once = once_of(h.server, h.port, 9);
    for (uk_word i = 0; i < 5; i++)
        expect(put(until(h.client, UK_NOW), h.sends, WORDS(7, i)), UK_OK);
    expect_refused(h.client, UK_WOULD_BLOCK, ((struct uk_call){.operation = UK_PORT_SEND, .handle = h.sends}));
    expect_refused(h.client, UK_TIMED_OUT,
                   ((struct uk_call){.operation = UK_PORT_SEND, .handle = h.sends, .deadline = 1}));
    expect_refused(h.server, UK_NO_MEMORY, OP(UK_PORT_ONCE, h.port, 99, 0, 1));
    expect(put(until(h.server, UK_NOW), once, WORDS(8, 42)), UK_OK);
    assert_null(object_of(h.server, once)); /* it went with its message */
    for (uk_word i = 0; i < 5; i++)
        expect_message(h.server, h.port, 7, 1, i);
    expect_message(h.server, h.port, 8, 9, 42);
    expect(take(until(h.server, UK_NOW), h.port), UK_WOULD_BLOCK);
    expect(take(until(h.server, 1), h.port), UK_TIMED_OUT);
    scene_close(h.scene);
}

/* OZ-2: a queue of n holds n, wherever in it the oldest is, the next sender waits, and all arrive in order. Whoever takes a
 * full queue for an empty one loses them all. */
static void a_full_queue_is_full(void **state)
{
    enum { MESSAGES = 190 };
    (void)state;
    struct harbour h = harbour_open(MESSAGES, 0);
    h.scene->unchecked = 1;
    for (unsigned first = 0; first < MESSAGES; first += 63) {
        for (uk_word i = 0; i < MESSAGES; i++)
            expect(put(until(h.client, UK_NOW), h.sends, WORDS(1, i)), UK_OK);
        expect(put(h.other, h.sends_too, WORDS(1, MESSAGES)), BLOCKED);
        scene_check(h.scene);
        for (uk_word i = 0; i < MESSAGES; i++)
            expect_message(h.server, h.port, 1, 1, i);
        expect(after(h.other), UK_OK);
        expect_message(h.server, h.port, 1, 2, MESSAGES);
        expect(take(until(h.server, UK_NOW), h.port), UK_WOULD_BLOCK);
        for (unsigned i = 0; i < 62; i++) { /* the next round begins elsewhere in it */
            expect(put(h.client, h.sends, EMPTY(1)), UK_OK);
            expect(take(h.server, h.port), UK_OK);
        }
    }
    scene_close(h.scene);
}

/* BI-1: messages of one port come in order, and one at a time: the next one when its receiver asks for it, while that of
 * another port is taken at once. */
static void one_port_is_one_after_the_other(void **state)
{
    (void)state;
    struct harbour h = harbour_open(4, 0);
    uk_handle second = make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(4, 0));
    struct actor *neighbour = actor_new(h.scene, "neighbour", 10);
    uk_handle sends = give_badged(h.client, second, SENDS, 1), takes = hand(neighbour, second);
    expect(take(h.server, h.port), BLOCKED);
    expect(take(neighbour, takes), BLOCKED);
    expect(put(h.client, h.sends, WORDS(1, 1)), UK_OK);
    expect(put(h.client, h.sends, WORDS(1, 2)), UK_OK);
    expect(put(h.client, sends, WORDS(1, 3)), UK_OK);
    expect(after(h.server), UK_OK); /* at work on the first, beside the neighbour */
    expect(after(neighbour), UK_OK);
    assert_int_equal(got(h.server)->word[0], 1);
    assert_int_equal(got(neighbour)->word[0], 3);
    assert_int_equal(port_at(h.server, h.port)->queued, 1);
    expect(take(h.client, h.sends), UK_NO_RIGHT); /* nobody else can take the second meanwhile */
    expect_message(h.server, h.port, 1, 1, 2);
    scene_close(h.scene);
}

/* Who finds it full waits by priority, then arrival, up to his deadline. */
static void senders_wait_for_room(void **state)
{
    (void)state;
    struct harbour h = harbour_open(1, 0);
    struct actor *urgent = actor_new(h.scene, "urgent", 11);
    uk_handle sends = give_badged(urgent, h.open, SENDS, 3);
    expect(put(h.client, h.sends, WORDS(1, 10)), UK_OK);
    expect(put(h.client, h.sends, WORDS(1, 11)), BLOCKED);
    expect(put(until(h.other, time_now(h.scene) + 100000), h.sends_too, WORDS(1, 20)), BLOCKED);
    expect(put(urgent, sends, WORDS(1, 30)), BLOCKED);
    expect_message(h.server, h.port, 1, 1, 10);
    expect(after(urgent), UK_OK);
    expect(after(h.client), BLOCKED);
    expect_message(h.server, h.port, 1, 3, 30);
    expect(after(h.client), UK_OK);
    advance(h.scene, time_now(h.scene) + 200000);
    expect(after(h.other), UK_TIMED_OUT);
    expect(put(h.other, h.sends_too, WORDS(1, 21)), BLOCKED);
    expect(put(urgent, sends, WORDS(1, 31)), BLOCKED);
    expect(step(h.scene->root, OP(UK_THREAD_KILL, urgent->thread, 0)), UK_OK); /* a sender dies while it waits */
    expect_message(h.server, h.port, 1, 1, 11);
    expect_message(h.server, h.port, 1, 2, 21);
    expect(take(until(h.server, UK_NOW), h.port), UK_WOULD_BLOCK);
    scene_close(h.scene);
}

/* Receivers wait too; the first gets the message, and may run at once. */
static void receivers_wait_for_messages(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    expect(take(h.server, h.port), BLOCKED);
    expect(put(h.client, h.sends, WORDS(5, 1, 2, 3, 4, 5, 6)), UK_OK);
    expect(after(h.server), UK_OK);
    assert_int_equal(got(h.server)->word[5], 6);
    assert_int_equal(got(h.server)->handle, 1);
    assert_int_equal(port_at(h.server, h.port)->queued, 0);
    expect(take(until(h.server, time_now(h.scene) + 100000), h.port), BLOCKED);
    advance(h.scene, time_now(h.scene) + 200000);
    expect(after(h.server), UK_TIMED_OUT);
    expect(take(h.server, h.port), BLOCKED); /* a thread that dies while it waits leaves a sound port */
    expect(step(h.scene->root, OP(UK_THREAD_KILL, h.server->thread, 0)), UK_OK);
    expect(put(h.client, h.sends, EMPTY(5)), UK_OK);
    expect(put(h.client, h.sends, EMPTY(5)), UK_OK);
    expect(put(until(h.client, UK_NOW), h.sends, EMPTY(5)), UK_WOULD_BLOCK);
    scene_close(h.scene);
}

/* HQ-4: with a quota a flood by one badge, from however many threads, fills its own part only, and is served in turn. */
static void a_flood_costs_the_flooder(void **state)
{
    (void)state;
    struct harbour h = harbour_open(4, 2);
    struct actor *flood[6];
    for (unsigned i = 0; i < 6; i++) {
        flood[i] = actor_new(h.scene, "flood", 12);
        expect(put(flood[i], give_badged(flood[i], h.open, SENDS, 66), WORDS(1, i)), i < 2 ? UK_OK : BLOCKED);
    }
    expect(put(until(h.client, UK_NOW), h.sends, WORDS(2, 7)), UK_OK); /* nobody else notices */
    expect(put(until(h.other, UK_NOW), h.sends_too, WORDS(2, 8)), UK_OK);
    expect(put(until(h.other, UK_NOW), h.sends_too, WORDS(2, 9)), UK_WOULD_BLOCK); /* now it is full */
    expect(put(h.other, h.sends_too, WORDS(2, 9)), BLOCKED);
    expect_message(h.server, h.port, 1, 66, 0);
    expect(after(flood[2]), UK_OK);
    expect_message(h.server, h.port, 1, 66, 1);
    expect(after(flood[3]), UK_OK);
    expect_message(h.server, h.port, 2, 1, 7); /* served third, however many flood */
    expect(after(h.other), UK_OK); /* it waited behind the flood, but the flood has its quota */
    expect(after(flood[4]), BLOCKED);
    expect_message(h.server, h.port, 2, 2, 8);
    expect_message(h.server, h.port, 1, 66, 2);
    expect_message(h.server, h.port, 1, 66, 3);
    expect_message(h.server, h.port, 2, 2, 9);
    expect_message(h.server, h.port, 1, 66, 4);
    expect_message(h.server, h.port, 1, 66, 5);
    scene_close(h.scene);
}

/* ZI-4: what the receiver has no room for stays as it is, and the receiver learns how large it is. */
static void too_small_keeps_the_message(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle moved = give(h.client, make(h.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    for (unsigned i = UK_REGISTER_WORDS; i < 20; i++)
        set_word(h.client, i, 100 + i);
    set_item(h.client, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, moved, 1);
    expect(put(h.client, h.sends, LONG(3, 20, 1)), UK_OK);
    assert_null(object_of(h.client, moved)); /* a moved right leaves nothing behind */
    uk_word buffer = thread_of(h.server)->buffer;
    thread_of(h.server)->buffer = 0;
    expect(take(h.server, h.port), UK_TOO_LARGE);
    thread_of(h.server)->buffer = (uk_word)1 << 40;
    expect(take(h.server, h.port), UK_CALLER_FAULT);
    thread_of(h.server)->buffer = buffer;
    set_window(h.server, 60, 0, 0, 0);
    expect(take(h.server, h.port), UK_NO_WINDOW);
    assert_int_equal(UK_TAG_LENGTH(got(h.server)->tag), 20);
    assert_int_equal(UK_TAG_ITEMS(got(h.server)->tag), 1);
    assert_int_equal(got(h.server)->handle, 1); /* and whose it is */
    set_window(h.server, UK_SLOT_CNODE, 1, 0, 0);
    expect(take(h.server, h.port), UK_NO_WINDOW);
    assert_int_equal(port_at(h.server, h.port)->queued, 1);
    set_window(h.server, 60, 1, 0, 0);
    expect(take(h.server, h.port), UK_OK);
    struct uk_buffer seen = buffer_of_actor(h.server);
    for (unsigned i = UK_REGISTER_WORDS; i < 20; i++)
        assert_int_equal(seen.words[i], 100 + i);
    assert_int_equal(got(h.server)->word[5], 6);
    assert_int_equal(seen.received[0].kind, UK_ITEM_MOVE);
    assert_int_equal((uint32_t)seen.received[0].handle, 60);
    assert_int_equal(slot_of(h.server, 60)->type, UK_TYPE_NOTIFICATION);
    expect(take(h.server, h.port), BLOCKED); /* the same for a receiver that waits already: it hears, the message stays */
    set_item(h.client, 0, UK_ITEM_COPY, UK_RIGHT_SEND, UK_SLOT_CNODE, 1);
    expect(put(h.client, h.sends, LONG(4, 7, 1)), UK_OK);
    expect(after(h.server), UK_NO_WINDOW);
    assert_int_equal(port_at(h.server, h.port)->queued, 1);
    scene_close(h.scene);
}

/* A capability that is revoked while its message waits does not arrive; the message does. */
static void revocation_reaches_the_queue(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle bell = make(h.scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle first = give(h.client, bell, UK_RIGHTS_ALL);
    set_item(h.client, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, first, 1);
    set_item(h.client, 1, UK_ITEM_COPY, UK_RIGHT_MANAGE, UK_SLOT_CNODE, 1);
    expect(put(h.client, h.sends, LONG(3, 2, 2)), UK_OK);
    expect(step(h.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, bell)), UK_OK);
    set_window(h.server, 60, 1, 0, 0); /* room for what is left */
    expect(take(h.server, h.port), UK_OK);
    struct uk_buffer seen = buffer_of_actor(h.server);
    assert_int_equal(seen.received[0].kind, UK_ITEM_NONE);
    assert_int_equal((uint32_t)seen.received[1].handle, 60);
    assert_int_equal(slot_of(h.server, 60)->rights, UK_RIGHT_MANAGE);
    scene_close(h.scene);
}

/* MA-6, and ZI-1 the other way round: whatever is wrong with a message, all its rights are where they were. */
static void a_failed_send_moves_nothing(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    struct uk_call send = {.operation = UK_PORT_SEND, .handle = h.sends, .tag = UK_TAG(1, 0, 2), .deadline = UK_FOREVER};
    uk_handle bell = give(h.client, make(h.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle frame = frame_at(h.client, (uk_word)1 << 30, UK_PAGE, UK_RIGHT_READ);
    uk_handle own = hand(h.client, make(h.scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0)));
    uk_handle once = once_of(h.client, own, 4);
    const struct {
        int status;
        uint32_t kind, rights;
        uk_handle handle;
        uk_word count;
    } bad[] = {
        {UK_BAD_ARGUMENT, UK_ITEM_NONE, UK_RIGHTS_ALL, bell, 1},   {UK_BAD_ARGUMENT, 9, UK_RIGHTS_ALL, bell, 1},
        {UK_BAD_ARGUMENT, UK_ITEM_SHARE, UK_RIGHTS_ALL, frame, 1}, {UK_BAD_ARGUMENT, UK_ITEM_GIFT, 3, frame, 1},
        {UK_BAD_ARGUMENT, UK_ITEM_MOVE, UK_RIGHTS_ALL, bell, 2},   {UK_BAD_ARGUMENT, UK_ITEM_MOVE, 32, bell, 1},
        {UK_BAD_ARGUMENT, UK_ITEM_COPY, 1, UK_SLOT_CNODE, 1},      {UK_EMPTY_SLOT, UK_ITEM_MOVE, 31, 99, 1},
        {UK_BAD_HANDLE, UK_ITEM_COPY, 31, 1 << 20, 1},             {UK_STALE, UK_ITEM_COPY, 31, bell | 9ull << 32, 1},
        {UK_NO_RIGHT, UK_ITEM_COPY, 31, once, 1},                  {UK_BUSY, UK_ITEM_MOVE, UK_RIGHT_GRANT, once, 1},
        {UK_BUSY, UK_ITEM_MOVE, UK_RIGHT_SEND, own, 1},
    };
    set_item(h.client, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, UK_SLOT_CNODE, 1);
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_item(h.client, 1, bad[i].kind, bad[i].rights, bad[i].handle, bad[i].count);
        expect_refused(h.client, bad[i].status, send);
    }
    send.tag = UK_TAG(1, 65, 0);
    expect_refused(h.client, UK_TOO_LARGE, send);
    send.tag = UK_TAG(1, 0, 5);
    expect_refused(h.client, UK_BAD_ARGUMENT, send);
    send.handle = give_badged(h.client, h.open, UK_RIGHT_SEND, 1); /* without the right to grant */
    send.tag = UK_TAG(1, 0, 1);
    expect_refused(h.client, UK_NO_RIGHT, send);
    thread_of(h.client)->buffer = (uk_word)1 << 40;
    send.handle = h.sends;
    expect_refused(h.client, UK_CALLER_FAULT, send);
    scene_close(h.scene);
}

/* A sender that waits for room and whose message turns out to be bad is told, and costs nobody his place. */
static void a_bad_sender_in_the_queue(void **state)
{
    (void)state;
    struct harbour h = harbour_open(1, 0);
    uk_handle bell = give(h.client, make(h.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    expect(put(h.server, h.port, EMPTY(0)), UK_OK);
    set_item(h.client, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, bell, 1);
    expect(put(h.client, h.sends, LONG(1, 0, 1)), BLOCKED);
    expect(put(h.other, h.sends_too, WORDS(2, 5)), BLOCKED);
    expect(step(h.scene->root, OP(UK_CAPABILITY_DELETE, h.client->cnode, bell)), UK_OK);
    expect_message(h.server, h.port, 0, 0, 0);
    expect(after(h.client), UK_EMPTY_SLOT);
    expect(after(h.other), UK_OK);
    expect_message(h.server, h.port, 2, 2, 5);
    scene_close(h.scene);
}

/* A bound notification ends a port's receive too, before any message (HU-2). */
static void signals_come_first(void **state)
{
    (void)state;
    struct harbour h = harbour_open(2, 0);
    uk_handle bell = make(h.scene, UK_TYPE_NOTIFICATION, 0);
    expect(step(h.scene->root, OP(UK_THREAD_BIND, h.server->thread, bell)), UK_OK);
    expect(take(h.server, h.port), BLOCKED);
    expect(step(h.scene->root, OP(UK_SIGNAL, bell, 0)), UK_OK);
    expect(after(h.server), UK_OK);
    assert_int_equal(got(h.server)->tag, UK_TAG_SIGNAL);
    expect(put(h.client, h.sends, EMPTY(4)), UK_OK);
    expect(step(h.scene->root, OP(UK_SIGNAL, bell, 0)), UK_OK);
    expect(take(h.server, h.port), UK_OK);
    assert_int_equal(got(h.server)->tag, UK_TAG_SIGNAL);
    expect_message(h.server, h.port, 4, 1, 0);
    scene_close(h.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_is_bounded),
        cmocka_unit_test(a_full_queue_is_full),
        cmocka_unit_test(one_port_is_one_after_the_other),
        cmocka_unit_test(senders_wait_for_room),
        cmocka_unit_test(receivers_wait_for_messages),
        cmocka_unit_test(a_flood_costs_the_flooder),
        cmocka_unit_test(too_small_keeps_the_message),
        cmocka_unit_test(revocation_reaches_the_queue),
        cmocka_unit_test(a_failed_send_moves_nothing),
        cmocka_unit_test(a_bad_sender_in_the_queue),
        cmocka_unit_test(signals_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
