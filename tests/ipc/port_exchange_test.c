/* SPDX-License-Identifier: MIT */
/* Exchanges and sets: a request and its answer in one entry for each side, what that costs, and whose turn it is. */
#include "port_world.h"

/* A client with a reply port, to which the server may send. */
struct talk {
    struct harbour h;
    uk_handle own;     /* the client's reply port */
    uk_handle answers; /* the server's send right to it */
};

static struct talk talk_open(uk_word messages, uint32_t priority)
{
    struct talk talk = {.h = harbour_at(messages, 0, priority)};
    uk_handle own = make(talk.h.scene, UK_TYPE_PORT, UK_PORT_SIZE(2, 0));
    talk.answers = give(talk.h.server, own, SENDS);
    talk.own = hand(talk.h.client, own);
    return talk;
}

/* A null request and its answer: two entries, two direct switches, each word copied once each way, no pick, no queue. */
static void counts_of_a_request(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 255);
    expect(take(t.h.server, t.h.port), BLOCKED);
    expect(step(t.h.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    struct counters at = t.h.scene->inside->counters;
    expect(swap(t.h.client, t.h.sends, WORDS(1, 10, 11), t.own), BLOCKED);
    expect_next(t.h.server);
    assert_int_equal(got(t.h.server)->word[1], 11);
    expect(swap(t.h.server, t.answers, WORDS(2, 20), t.h.port), BLOCKED);
    expect_next(t.h.client);
    expect(after(t.h.client), UK_OK);
    assert_int_equal(got(t.h.client)->word[0], 20);
    const struct counters *now = &t.h.scene->inside->counters;
    assert_int_equal(now->entries - at.entries, 2);
    assert_int_equal(now->switches - at.switches, 2);
    assert_int_equal(now->direct_switches - at.direct_switches, 2);
    assert_int_equal(now->sends - at.sends, 2);
    assert_int_equal(now->receives - at.receives, 2);
    assert_int_equal(now->words_copied - at.words_copied, 3);
    assert_int_equal(now->capabilities_moved - at.capabilities_moved, 0);
    assert_int_equal(now->picks - at.picks, 0);
    scene_close(t.h.scene);
}

/* Mach's way, a fresh send-once right in each request: one entry more to make it, and the request goes through the queue. */
static void counts_of_a_request_with_a_right(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 255);
    set_window(t.h.server, 60, 1, 0, 0);
    expect(take(t.h.server, t.h.port), BLOCKED);
    expect(step(t.h.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    uk_handle sleep = make(t.h.scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle wakes = give(t.h.client, sleep, UK_RIGHT_SEND);
    struct actor *root = t.h.scene->root;
    uk_handle naps = give(t.h.other, sleep, UK_RIGHT_RECEIVE);
    expect(do_wait(root, sleep), BLOCKED); /* else they would be picked, too */
    expect(do_wait(t.h.other, naps), BLOCKED);
    set_item(t.h.client, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, 70, 1);
    struct counters at = t.h.scene->inside->counters;
    expect(step(t.h.client, OP(UK_PORT_ONCE, t.own, 70, 0, 1)), UK_OK);
    expect(swap(t.h.client, t.h.sends, LONG(1, 2, 1), t.own), BLOCKED);
    expect_next(t.h.server);
    expect(swap(t.h.server, 60, WORDS(2, 20), t.h.port), BLOCKED);
    expect_next(t.h.client);
    const struct counters *now = &t.h.scene->inside->counters;
    assert_int_equal(now->entries - at.entries, 3);
    assert_int_equal(now->switches - at.switches, 2);
    assert_int_equal(now->direct_switches - at.direct_switches, 1);
    assert_int_equal(now->picks - at.picks, 1);
    assert_int_equal(now->words_copied - at.words_copied, 2 * 2 + 1);
    assert_int_equal(now->capabilities_moved - at.capabilities_moved, 2);
    expect(step(t.h.client, OP(UK_SIGNAL, wakes, 0)), UK_OK);
    expect(after(root), UK_OK);
    scene_close(t.h.scene);
}

/* With nobody waiting a word is copied twice, as in Mach: into the queue, and out of it. */
static void counts_of_a_queued_message(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 10);
    struct counters at = t.h.scene->inside->counters;
    expect(put(t.h.client, t.h.sends, WORDS(1, 1, 2, 3)), UK_OK);
    expect(take(t.h.server, t.h.port), UK_OK);
    const struct counters *now = &t.h.scene->inside->counters;
    assert_int_equal(now->entries - at.entries, 2);
    assert_int_equal(now->words_copied - at.words_copied, 6);
    scene_close(t.h.scene);
}

/* The first half waits for room, the second for the answer; the thread goes on by itself in between. */
static void an_exchange_that_waits_twice(void **state)
{
    (void)state;
    struct talk t = talk_open(1, 10);
    expect(put(t.h.other, t.h.sends_too, WORDS(1, 1)), UK_OK);
    expect(swap(t.h.client, t.h.sends, WORDS(1, 2), t.own), BLOCKED);
    assert_int_equal(thread_of(t.h.client)->state, UK_THREAD_SENDING);
    expect_message(t.h.server, t.h.port, 1, 2, 1);
    expect(after(t.h.client), RESTARTING);
    expect(step(t.h.client, OP(UK_YIELD, 0, 0)), BLOCKED); /* it receives before any code of its own */
    expect_message(t.h.server, t.h.port, 1, 1, 2);
    assert_int_equal(thread_of(t.h.client)->state, UK_THREAD_RECEIVING);
    expect(put(t.h.server, t.answers, WORDS(9, 4)), UK_OK);
    expect(after(t.h.client), UK_OK);
    assert_int_equal(got(t.h.client)->word[0], 4);
    expect(put(t.h.other, t.h.sends_too, WORDS(1, 1)), UK_OK); /* again, and now nobody answers */
    expect(swap(until(t.h.client, time_now(t.h.scene) + 2000), t.h.sends, WORDS(1, 2), t.own), BLOCKED);
    expect_message(t.h.server, t.h.port, 1, 2, 1);
    expect(step(t.h.client, OP(UK_YIELD, 0, 0)), BLOCKED);
    advance(t.h.scene, time_now(t.h.scene) + 3000);
    expect(after(t.h.client), UK_TIMED_OUT);
    assert_int_equal(got(t.h.client)->tag, UK_TAG_SENT);
    expect_message(t.h.server, t.h.port, 1, 1, 2);
    scene_close(t.h.scene);
}

/* If it cannot send it does not receive; if it has sent and then cannot, it says so; and a late answer stays queued. */
static void an_exchange_fails_by_halves(void **state)
{
    (void)state;
    struct talk t = talk_open(1, 10);
    struct uk_call call = {.operation = UK_PORT_EXCHANGE, .handle = t.h.sends, .tag = UK_TAG(1, 0, 0)};
    expect_refused(t.h.client, UK_EMPTY_SLOT, call);
    call.reply = t.h.sends;
    expect_refused(t.h.client, UK_NO_RIGHT, call);
    call.reply = UK_SLOT_CNODE;
    expect_refused(t.h.client, UK_WRONG_TYPE, call);
    expect(swap(until(t.h.client, time_now(t.h.scene) + 100000), t.h.sends, EMPTY(1), t.own), BLOCKED);
    advance(t.h.scene, time_now(t.h.scene) + 200000);
    expect(after(t.h.client), UK_TIMED_OUT);
    assert_int_equal(got(t.h.client)->tag, UK_TAG_SENT);
    expect(swap(until(t.h.client, UK_NOW), t.h.sends, EMPTY(1), t.own), UK_WOULD_BLOCK); /* full: not sent */
    assert_int_equal(got(t.h.client)->tag & UK_TAG_SENT, 0);
    expect(take(t.h.server, t.h.port), UK_OK);
    expect(put(t.h.server, t.answers, WORDS(1, 77)), UK_OK); /* too late */
    expect(swap(t.h.client, t.h.sends, EMPTY(1), t.own), UK_OK);
    assert_int_equal(got(t.h.client)->word[0], 77); /* the client tells by what is in it that it is the old one */
    drop(t.h.server, t.h.port);
    expect(swap(t.h.client, t.h.sends, EMPTY(1), t.own), UK_PEER_DIED);
    assert_int_equal(got(t.h.client)->tag & UK_TAG_SENT, 0);
    scene_close(t.h.scene);
}

/* Who waited for the request runs, also if the answer is there already, so that the client goes on at once. */
static void an_exchange_that_need_not_wait(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 10);
    expect(put(t.h.server, t.answers, WORDS(9, 1)), UK_OK);
    expect(take(t.h.server, t.h.port), BLOCKED);
    expect(swap(t.h.client, t.h.sends, WORDS(1, 2), t.own), UK_OK);
    assert_int_equal(got(t.h.client)->word[0], 1);
    expect(after(t.h.server), UK_OK);
    assert_int_equal(got(t.h.server)->word[0], 2);
    expect(put(t.h.server, t.answers, WORDS(9, 3)), UK_OK); /* it has the CPU in its turn */
    scene_close(t.h.scene);
}

/* A client may send away the port at which it meant to wait; then it waits at none. */
static void an_exchange_without_its_port(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 10);
    set_item(t.h.client, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, t.own, 1);
    expect(swap(t.h.client, t.h.sends, LONG(1, 0, 1), t.own), UK_EMPTY_SLOT);
    assert_int_equal(got(t.h.client)->tag, UK_TAG_SENT);
    set_window(t.h.server, 60, 1, 0, 0);
    expect(take(t.h.server, t.h.port), UK_OK);
    assert_int_equal(slot_of(t.h.server, 60)->rights, UK_RIGHTS_ALL);
    scene_close(t.h.scene);
}

/* OZ-5: an exchange waits at the port that it names, so it ends with its answer, whatever older messages wait elsewhere. */
static void older_messages_do_not_answer(void **state)
{
    (void)state;
    struct talk t = talk_open(1, 10);
    uk_handle inbox = make(t.h.scene, UK_TYPE_PORT, UK_PORT_SIZE(3, 0));
    uk_handle tells = give_badged(t.h.other, inbox, SENDS, 2), mine = hand(t.h.client, inbox);
    for (uk_word i = 0; i < 3; i++)
        expect(put(t.h.other, tells, WORDS(4, i)), UK_OK);
    expect(swap(t.h.client, t.h.sends, WORDS(1, 5), t.own), BLOCKED);
    expect_message(t.h.server, t.h.port, 1, 1, 5);
    expect(put(t.h.server, t.answers, WORDS(9, 6)), UK_OK);
    expect(after(t.h.client), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(t.h.client)->tag), 9);
    assert_int_equal(got(t.h.client)->word[0], 6);
    for (uk_word i = 0; i < 3; i++)
        expect_message(t.h.client, mine, 4, 2, i);
    scene_close(t.h.scene);
}

/* ZI-3: an answer that comes too late is an ordinary message, and none to a newer request: its badge, the kernel's word, is
 * of the send-once right that went with the request. The server cannot spend another one, nor one twice. */
static void a_late_answer_is_no_answer_to_a_newer_request(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 10);
    for (uk_word call = 1; call <= 2; call++) {
        set_item(t.h.client, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, once_of(t.h.client, t.own, call), 1);
        expect(swap(until(t.h.client, time_now(t.h.scene) + 1000), t.h.sends, LONG(1, 0, 1), t.own), BLOCKED);
        set_window(t.h.server, 60 + (uint32_t)call, 1, 0, 0);
        expect(take(t.h.server, t.h.port), UK_OK);
        if (call == 1)
            advance(t.h.scene, time_now(t.h.scene) + 2000);
    }
    expect(put(t.h.server, 61, WORDS(9, 1)), UK_OK);
    expect(after(t.h.client), UK_OK);
    assert_int_equal(got(t.h.client)->handle, 1); /* not what it waits for, so it waits again */
    expect(put(t.h.server, 61, WORDS(9, 1)), UK_EMPTY_SLOT);
    expect(take(t.h.client, t.own), BLOCKED);
    expect(put(t.h.server, 62, WORDS(9, 2)), UK_OK);
    expect(after(t.h.client), UK_OK);
    assert_int_equal(got(t.h.client)->handle, 2);
    assert_int_equal(got(t.h.client)->word[0], 2);
    scene_close(t.h.scene);
}

/* HQ-1: the server dies with the client's send-once right, wherever that is: the client hears exactly once. */
static void a_server_that_dies_answers_all_the_same(void **state)
{
    (void)state;
    struct talk t = talk_open(2, 10);
    uk_handle once = once_of(t.h.client, t.own, 5);
    set_window(t.h.server, 60, 1, 0, 0);
    set_item(t.h.client, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, once, 1);
    expect(swap(t.h.client, t.h.sends, LONG(1, 0, 1), t.own), BLOCKED);
    expect(take(t.h.server, t.h.port), UK_OK);
    expect(step(t.h.scene->root, OP(UK_THREAD_KILL, t.h.server->thread, 0)), UK_OK);
    expect(after(t.h.client), BLOCKED); /* its rights live on in its CNode */
    expect(step(t.h.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, t.h.server->cnode)), UK_OK);
    expect(step(t.h.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, t.h.server->cnode)), UK_OK);
    expect(after(t.h.client), UK_OK);
    assert_int_equal(got(t.h.client)->tag, UK_TAG_UNUSED);
    assert_int_equal(got(t.h.client)->handle, 5);
    scene_close(t.h.scene);
}

struct fleet {
    struct scene *scene;
    struct actor *server, *client;
    uk_handle set, ports[3], sends[3];
};

static struct fleet fleet_open(void)
{
    struct fleet fleet = {.scene = scene_open(NULL)};
    fleet.server = actor_new(fleet.scene, "server", 10);
    fleet.client = actor_new(fleet.scene, "client", 10);
    fleet.set = hand(fleet.server, make(fleet.scene, UK_TYPE_PORT_SET, 0));
    for (unsigned i = 0; i < 3; i++) {
        uk_handle port = make(fleet.scene, UK_TYPE_PORT, UK_PORT_SIZE(4, 0));
        fleet.sends[i] = give_badged(fleet.client, port, SENDS, 1);
        fleet.ports[i] = hand(fleet.server, port);
    }
    return fleet;
}

static void expect_from(struct fleet *fleet, unsigned key, uk_word word)
{
    expect(step(until(fleet->server, UK_NOW), OP(UK_PORT_SET_RECEIVE, fleet->set, 0)), UK_OK);
    assert_int_equal(UK_TAG_KEY(got(fleet->server)->tag), key);
    assert_int_equal(got(fleet->server)->word[0], word);
}

/* No member starves: they are served in turn, however full the others are. */
static void members_are_served_in_turn(void **state)
{
    (void)state;
    struct fleet f = fleet_open();
    for (uk_word i = 0; i < 3; i++)
        expect(put(f.client, f.sends[0], WORDS(1, i)), UK_OK); /* before it joins */
    for (unsigned i = 0; i < 3; i++)
        expect(step(f.server, OP(UK_PORT_JOIN, f.ports[i], f.set, 10 + i)), UK_OK);
    expect(put(f.client, f.sends[1], WORDS(1, 20)), UK_OK);
    expect(put(f.client, f.sends[2], WORDS(1, 30)), UK_OK);
    expect_from(&f, 10, 0);
    expect_from(&f, 11, 20);
    expect(put(f.client, f.sends[1], WORDS(1, 21)), UK_OK);
    expect_from(&f, 12, 30);
    expect_from(&f, 10, 1);
    expect_from(&f, 11, 21);
    expect_from(&f, 10, 2);
    expect(step(f.server, OP(UK_PORT_SET_RECEIVE, f.set, 0)), BLOCKED);
    expect(put(f.client, f.sends[2], WORDS(1, 31)), UK_OK);
    expect(after(f.server), UK_OK);
    assert_int_equal(UK_TAG_KEY(got(f.server)->tag), 12);
    scene_close(f.scene);
}

/* One message is one receiver's, be it short, from registers to registers, or long, through the queue. */
static void one_message_wakes_one(void **state)
{
    (void)state;
    for (unsigned words = 1; words <= 2 * UK_REGISTER_WORDS; words += 2 * UK_REGISTER_WORDS - 1) {
        struct fleet f = fleet_open();
        struct actor *second = actor_new(f.scene, "second", 10);
        uk_handle set = make(f.scene, UK_TYPE_PORT_SET, 0), first = give(f.server, set, UK_RIGHTS_ALL);
        uk_handle other = give(second, set, UK_RIGHTS_ALL);
        expect(step(f.server, OP(UK_PORT_JOIN, f.ports[0], first, 1)), UK_OK);
        expect(step(f.server, OP(UK_PORT_SET_RECEIVE, first, 0)), BLOCKED);
        expect(step(second, OP(UK_PORT_SET_RECEIVE, other, 0)), BLOCKED);
        expect(put(f.client, f.sends[0], LONG(5, words, 0)), UK_OK);
        expect(after(f.server), UK_OK);
        expect(after(second), BLOCKED);
        expect(put(f.client, f.sends[0], LONG(6, words, 0)), UK_OK);
        expect(after(second), UK_OK);
        assert_int_equal(UK_TAG_LABEL(got(f.server)->tag), 5);
        assert_int_equal(UK_TAG_LABEL(got(second)->tag), 6);
        scene_close(f.scene);
    }
}

/* A port that joins with a message in its queue, and a sender who waits for room, serves who waits at the set. */
static void a_full_port_joins(void **state)
{
    (void)state;
    struct harbour h = harbour_open(1, 0);
    uk_handle set = make(h.scene, UK_TYPE_PORT_SET, 0), joins = give(h.server, set, UK_RIGHTS_ALL);
    struct actor *second = actor_new(h.scene, "second", 10);
    uk_handle takes = give(second, set, UK_RIGHTS_ALL);
    expect(step(second, OP(UK_PORT_SET_RECEIVE, takes, 0)), BLOCKED);
    expect(put(h.client, h.sends, WORDS(1, 5)), UK_OK);
    expect(put(h.other, h.sends_too, WORDS(1, 6)), BLOCKED);
    expect(step(h.server, OP(UK_PORT_JOIN, h.port, joins, UK_PORT_KEY_MAX)), UK_OK);
    expect(after(second), UK_OK);
    assert_int_equal(got(second)->word[0], 5);
    assert_int_equal(UK_TAG_KEY(got(second)->tag), UK_PORT_KEY_MAX);
    expect(after(h.other), UK_OK);
    expect(step(second, OP(UK_PORT_SET_RECEIVE, takes, 0)), UK_OK);
    assert_int_equal(got(second)->word[0], 6);
    scene_close(h.scene);
}

/* In one set at most; a member is not received from directly; members and sets may go at any time. */
static void members_come_and_go(void **state)
{
    (void)state;
    struct fleet f = fleet_open();
    uk_handle other = hand(f.server, make(f.scene, UK_TYPE_PORT_SET, 0));
    expect(step(f.server, OP(UK_PORT_JOIN, f.ports[0], f.set, 65536)), UK_BAD_ARGUMENT);
    for (unsigned i = 0; i < 3; i++)
        expect(step(f.server, OP(UK_PORT_JOIN, f.ports[i], f.set, i)), UK_OK);
    expect_refused(f.server, UK_BUSY, OP(UK_PORT_JOIN, f.ports[0], other, 0));
    expect_refused(f.server, UK_BUSY, OP(UK_PORT_RECEIVE, f.ports[0], 0));
    expect_refused(f.server, UK_BUSY, ((struct uk_call){.operation = UK_PORT_EXCHANGE, .handle = f.ports[1],
                                                        .reply = f.ports[0]}));
    for (unsigned i = 0; i < 3; i++)
        expect(put(f.client, f.sends[i], WORDS(1, i)), UK_OK);
    expect(step(f.server, OP(UK_PORT_JOIN, f.ports[1], 0)), UK_OK); /* takes its messages along */
    expect_message(f.server, f.ports[1], 1, 1, 1);
    drop(f.server, f.ports[0]); /* simply gone */
    expect_from(&f, 2, 2);
    expect(step(f.client, OP(UK_PORT_SEND, f.sends[2], 0)), UK_OK);
    expect(step(f.server, OP(UK_PORT_EXCHANGE, f.ports[1], 0)), UK_EMPTY_SLOT);
    drop(f.server, f.set);
    assert_null(port_at(f.server, f.ports[2])->set);
    expect_message(f.server, f.ports[2], 0, 1, 0);
    expect(take(f.server, f.ports[2]), BLOCKED);
    scene_close(f.scene);
}

/* An exchange may receive from a set, also when its first half had to wait. */
static void an_exchange_with_a_set(void **state)
{
    (void)state;
    struct talk t = talk_open(1, 10);
    uk_handle set = hand(t.h.client, make(t.h.scene, UK_TYPE_PORT_SET, 0));
    expect(step(t.h.client, OP(UK_PORT_JOIN, t.own, set, 7)), UK_OK);
    expect(put(t.h.other, t.h.sends_too, WORDS(1, 1)), UK_OK);
    expect(swap(t.h.client, t.h.sends, WORDS(1, 2), set), BLOCKED);
    expect(put(t.h.server, t.answers, WORDS(3, 6)), UK_OK);
    expect_message(t.h.server, t.h.port, 1, 2, 1);
    expect_message(t.h.server, t.h.port, 1, 1, 2);
    expect(step(t.h.server, OP(UK_YIELD, 0, 0)), UK_OK);
    for (unsigned i = 0; i < 4 && after(t.h.client) == RESTARTING; i++)
        (void)step(t.h.client, OP(UK_YIELD, 0, 0));
    expect(after(t.h.client), UK_OK);
    assert_int_equal(UK_TAG_KEY(got(t.h.client)->tag), 7);
    assert_int_equal(got(t.h.client)->word[0], 6);
    scene_close(t.h.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_a_request),
        cmocka_unit_test(counts_of_a_request_with_a_right),
        cmocka_unit_test(counts_of_a_queued_message),
        cmocka_unit_test(an_exchange_that_waits_twice),
        cmocka_unit_test(an_exchange_fails_by_halves),
        cmocka_unit_test(an_exchange_that_need_not_wait),
        cmocka_unit_test(an_exchange_without_its_port),
        cmocka_unit_test(older_messages_do_not_answer),
        cmocka_unit_test(a_late_answer_is_no_answer_to_a_newer_request),
        cmocka_unit_test(a_server_that_dies_answers_all_the_same),
        cmocka_unit_test(members_are_served_in_turn),
        cmocka_unit_test(one_message_wakes_one),
        cmocka_unit_test(a_full_port_joins),
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(an_exchange_with_a_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
