/* SPDX-License-Identifier: MIT */
/* MINIX' notify and Hubris' post as badges of a bound notification: they never complete a call, come first, and come once. */
#include "ipc/notification.h"

#include "ipc/pair.h"

/* A pair whose two sides each have a notification bound to them, and somebody who signals. */
struct desk {
    struct pair pair;
    struct actor *source;
    uk_handle to_client, to_server; /* the source's: badges 1, 1 */
};

static struct desk desk_open(void)
{
    struct desk desk = {.pair = pair_open(10, 20, UK_ORDER_PRIORITY)};
    struct scene *scene = desk.pair.scene;
    desk.source = actor_new(scene, "source", 30);
    uk_handle of_client = make(scene, UK_TYPE_NOTIFICATION, 0), of_server = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(step(scene->root, OP(UK_THREAD_BIND, desk.pair.client->thread, of_client)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_BIND, desk.pair.server->thread, of_server)), UK_OK);
    desk.to_client = give_badged(desk.source, of_client, UK_RIGHT_SEND, 1);
    desk.to_server = give_badged(desk.source, of_server, UK_RIGHT_SEND, 1);
    return desk;
}

static void notify(const struct desk *desk, uk_handle whom) { expect(step(desk->source, OP(UK_SIGNAL, whom, 0)), UK_OK); }

static void expect_signal(const struct actor *actor, uk_word bits)
{
    expect(after(actor), UK_OK);
    assert_int_equal(got(actor)->tag, UK_TAG_SIGNAL);
    assert_int_equal(got(actor)->handle, bits);
}

/* MX-1: a call (SENDREC) is completed by its answer and by nothing else, wherever it stands when somebody notifies. */
static void a_call_is_never_completed_by_a_notification(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct actor *client = desk.pair.client;
    expect(do_call(client, desk.pair.calls, WORDS(1, 2)), BLOCKED); /* queued */
    notify(&desk, desk.to_client);
    expect(after(client), BLOCKED);
    expect(serve(&desk.pair.service), UK_OK); /* taken */
    notify(&desk, desk.to_client);
    expect(after(client), BLOCKED);
    expect(do_reply(desk.pair.server, desk.pair.service.answers, WORDS(5, 6)), UK_OK);
    expect(after(client), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(client)->tag), 5);
    assert_int_equal(got(client)->word[0], 6);
    uk_handle own = make(desk.pair.scene, UK_TYPE_ENDPOINT, 0);
    expect(do_receive(until(client, UK_NOW), give(client, own, UK_RIGHTS_ALL), 0), UK_OK); /* the bits were kept */
    expect_signal(client, 1);
    scene_close(desk.pair.scene);
}

/* MX-1 for the calls that are not asked for as such: an operation on a stand-in, and a fault. */
static void nor_are_the_calls_that_look_otherwise(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct actor *client = desk.pair.client, *server = desk.pair.server;
    expect(serve(&desk.pair.service), BLOCKED);
    expect(step(client, OP(UK_TIMER_SET, desk.pair.calls, 5, 6)), BLOCKED);
    notify(&desk, desk.to_client);
    expect(after(client), BLOCKED);
    expect(do_reply(server, desk.pair.service.answers, EMPTY(UK_LIMIT)), UK_OK);
    expect(after(client), UK_LIMIT);
    expect(step(desk.pair.scene->root, OP(UK_THREAD_CONFIGURE, client->thread, 0, 0, desk.pair.service.endpoint, 0,
                                          UK_THREAD_FAULT_ON_MISUSE, UK_PART_FAULT | UK_PART_FLAGS)),
           UK_OK);
    expect(serve(&desk.pair.service), BLOCKED);
    expect(step(client, OP(UK_SIGNAL, 200, 0)), BLOCKED); /* a fault: nothing is there */
    expect(after(server), UK_OK);
    assert_true((got(server)->tag & UK_TAG_FAULT) != 0);
    notify(&desk, desk.to_client);
    expect(after(client), BLOCKED);
    assert_int_equal(thread_of(client)->state, UK_THREAD_AWAITING_REPLY);
    scene_close(desk.pair.scene);
}

/* MX-2: k notifications of one source before the receive are one message; of n sources, one message with n bits. */
static void notifications_of_one_source_are_one_message(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct scene *scene = desk.pair.scene;
    for (unsigned k = 1; k <= 20; k++) {
        for (unsigned i = 0; i < k; i++)
            notify(&desk, desk.to_server);
        expect(do_receive(until(desk.pair.server, UK_NOW), desk.pair.service.receives, 0), UK_OK);
        expect_signal(desk.pair.server, 1);
        expect(do_receive(until(desk.pair.server, UK_NOW), desk.pair.service.receives, 0), UK_WOULD_BLOCK);
    }
    uk_handle bound = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(step(scene->root, OP(UK_THREAD_BIND, desk.pair.server->thread, 0)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_BIND, desk.pair.server->thread, bound)), UK_OK);
    for (unsigned source = 0; source < 64; source++)
        for (unsigned i = 0; i < 2; i++) {
            uk_handle bit = slot_new(scene);
            expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, bit, bound, 0, UK_RIGHT_SEND, (uk_word)1 << source)),
                   UK_OK);
            expect(step(scene->root, OP(UK_SIGNAL, bit, 0)), UK_OK);
        }
    expect(do_receive(until(desk.pair.server, UK_NOW), desk.pair.service.receives, 0), UK_OK);
    expect_signal(desk.pair.server, ~(uk_word)0);
    scene_close(scene);
}

/* MX-6, HU-2: first what was notified, then who is queued, by priority; a closed receive takes its sender past all of it. */
static void notifications_come_before_the_queue(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct actor *server = desk.pair.server, *urgent = actor_new(desk.pair.scene, "urgent", 40);
    struct actor *late = actor_new(desk.pair.scene, "late", 40);
    const struct service_of *service = &desk.pair.service;
    expect(do_send(desk.pair.client, desk.pair.calls, EMPTY(1)), BLOCKED);
    expect(do_send(urgent, client_of(urgent, service), EMPTY(2)), BLOCKED);
    expect(do_send(late, client_of(late, service), EMPTY(3)), BLOCKED);
    notify(&desk, desk.to_server);
    expect(do_receive(from(server, late->number), service->receives, 0), UK_OK); /* it asked for nobody else */
    assert_int_equal(UK_TAG_LABEL(got(server)->tag), 3);
    expect(do_receive(server, service->receives, 0), UK_OK);
    expect_signal(server, 1);
    for (unsigned label = 2; label >= 1; label--) {
        expect(do_receive(server, service->receives, 0), UK_OK);
        assert_int_equal(UK_TAG_LABEL(got(server)->tag), label);
    }
    scene_close(desk.pair.scene);
}

/* MX-5, HU-4: what was given out for an earlier incarnation of the server is dead at once, for calls and for sends, and says
 * which one there is now; a stale handle is stale for whatever it is used; an answer to nobody is ignored. */
static void old_names_are_dead(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct scene *scene = desk.pair.scene;
    struct actor *client = desk.pair.client, *next = actor_new(scene, "next", 20);
    const struct service_of *service = &desk.pair.service;
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, service->endpoint, desk.pair.server->thread)), UK_OK);
    uk_handle old = client_of(client, service);
    expect(serve(service), BLOCKED);
    expect(step(scene->root, OP(UK_THREAD_KILL, desk.pair.server->thread, 0)), UK_OK);
    expect(do_call(client, old, EMPTY(1)), UK_PEER_DIED);
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, service->endpoint, next->thread)), UK_OK);
    expect(do_call(client, old, EMPTY(1)), UK_PEER_DIED); /* although somebody is there now */
    assert_int_equal(got(client)->word[0], 1);
    expect(do_send(client, old, EMPTY(1)), UK_PEER_DIED);
    uk_handle slot = slot_new(scene), notification = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(step(scene->root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, slot, notification, 0, UK_RIGHTS_ALL)), UK_OK);
    uk_handle named = capability_handle(slot_of(scene->root, slot), (uint32_t)slot);
    expect(step(scene->root, OP(UK_SIGNAL, named, 0)), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slot)), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, slot, notification, 0, UK_RIGHTS_ALL)), UK_OK);
    const uint32_t posts[] = {UK_SIGNAL, UK_WAIT, UK_SEND, UK_RECEIVE, UK_CALL, UK_REPLY};
    for (unsigned i = 0; i < sizeof posts / sizeof posts[0]; i++)
        expect_refused(scene->root, UK_STALE, OP(posts[i], named, 0));
    uint64_t late = scene->inside->counters.late_replies;
    expect(do_reply(next, give(next, make(scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL), EMPTY(0)), UK_OK);
    assert_int_equal(scene->inside->counters.late_replies, late + 1);
    scene_close(scene);
}

/* HU-3: an answer that is too long for its caller is the server's mistake: the caller goes on waiting, and gets the next. */
static void an_answer_that_is_too_long(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct scene *scene = desk.pair.scene;
    struct actor *client = desk.pair.client, *server = desk.pair.server;
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, client->thread, 0)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_CONFIGURE, client->thread, 0, 0, 0, 0, 0, UK_PART_BUFFER)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_RESUME, client->thread, 0)), UK_OK);
    expect(serve(&desk.pair.service), BLOCKED);
    expect(do_call(client, desk.pair.calls, EMPTY(1)), BLOCKED);
    for (unsigned length = UK_REGISTER_WORDS + 1; length <= 127; length += 20)
        expect_refused(server, UK_TOO_LARGE, ((struct uk_call){.operation = UK_REPLY, .handle = desk.pair.service.answers,
                                                               .tag = UK_TAG(0, length, 0)}));
    expect_refused(server, UK_TOO_LARGE,
                   ((struct uk_call){.operation = UK_REPLY_RECEIVE, .handle = desk.pair.service.receives,
                                     .reply = desk.pair.service.answers, .tag = UK_TAG(0, 64, 0), .deadline = UK_FOREVER}));
    expect(after(client), BLOCKED);
    expect(do_reply(server, desk.pair.service.answers, WORDS(7, 1, 2, 3, 4, 5, 6)), UK_OK);
    expect(after(client), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(client)->tag), 7);
    scene_close(scene);
}

/* HU-5 the other way round (DESIGN.md, Leases): who holds a Reply may answer with whatever label, and that is all he may. */
static void an_answer_stops_nobody(void **state)
{
    (void)state;
    static const uint32_t labels[] = {UK_FAULT_KILL, UK_FAULT_RESUME, 255, UINT32_MAX};
    struct desk desk = desk_open();
    for (unsigned i = 0; i < 4; i++) {
        expect(serve(&desk.pair.service), BLOCKED);
        expect(do_call(desk.pair.client, desk.pair.calls, EMPTY(1)), BLOCKED);
        expect(do_reply(desk.pair.server, desk.pair.service.answers, EMPTY(labels[i])), UK_OK);
        expect(after(desk.pair.client), UK_OK);
        assert_int_equal(UK_TAG_LABEL(got(desk.pair.client)->tag), labels[i]);
        assert_int_equal(thread_of(desk.pair.client)->record.fault, UK_FAULT_NONE);
    }
    scene_close(desk.pair.scene);
}

/* QN-4: callers come, give up and come again at random: a late answer goes to nobody, never to who came next. */
static void late_answers_go_to_nobody(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct scene *scene = desk.pair.scene;
    struct actor *clients[3] = {desk.pair.client, actor_new(scene, "second", 10), actor_new(scene, "third", 10)};
    const struct service_of *service = &desk.pair.service;
    uk_handle calls[3] = {desk.pair.calls, client_of(clients[1], service), client_of(clients[2], service)};
    unsigned asked[3] = {0}, exact = 0, late = 0, serving = 3;
    scene_seed(scene, 4);
    scene->unchecked = 1;
    for (unsigned i = 0; i < 4000; i++) {
        unsigned who = scene_random(scene, 3);
        if (after(clients[who]) != BLOCKED) {
            expect(do_call(until(clients[who], time_now(scene) + 200 + scene_random(scene, 900)), calls[who],
                           WORDS(who, ++asked[who])),
                   BLOCKED);
        } else if (serving == 3) {
            if (do_receive(until(desk.pair.server, UK_NOW), service->receives, service->answers) == UK_OK)
                serving = UK_TAG_LABEL(got(desk.pair.server)->tag);
        } else {
            unsigned number = (unsigned)got(desk.pair.server)->word[0];
            int waits = after(clients[serving]) == BLOCKED && asked[serving] == number;
            expect(do_reply(desk.pair.server, service->answers, WORDS(9, number)), UK_OK);
            if (waits) {
                expect(after(clients[serving]), UK_OK);
                assert_int_equal(got(clients[serving])->word[0], number);
            }
            exact += waits != 0;
            late += waits == 0;
            serving = 3;
        }
    }
    assert_true(exact > 100 && late > 100);
    scene_check(scene);
    scene_close(scene);
}

/* HY-4: a server that watches its client hears of its death once, wherever in the call that is; what it still answers is a
 * counted no-op, and whoever calls next has nothing of it. */
static void a_client_that_died_is_told_once(void **state)
{
    enum { QUEUED, TAKEN, ANSWERED, WHERE };
    (void)state;
    for (unsigned where = QUEUED; where < WHERE; where++) {
        struct desk desk = desk_open();
        struct scene *scene = desk.pair.scene;
        struct actor *client = desk.pair.client, *server = desk.pair.server, *next = actor_new(scene, "next", 10);
        const struct service_of *service = &desk.pair.service;
        uk_handle bell = make(scene, UK_TYPE_NOTIFICATION, 0), told = slot_new(scene);
        expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, told, bell, 0, UK_RIGHT_SEND, 1 << 4)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_BIND, server->thread, 0)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_BIND, server->thread, bell)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_WATCH, client->thread, told)), UK_OK);
        expect(do_call(client, desk.pair.calls, EMPTY(1)), BLOCKED);
        if (where != QUEUED)
            expect(serve(service), UK_OK);
        if (where == ANSWERED)
            expect(do_reply(server, service->answers, EMPTY(1)), UK_OK);
        uint64_t late = scene->inside->counters.late_replies;
        expect(step(scene->root, OP(UK_THREAD_KILL, client->thread, 0)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_KILL, client->thread, 0)), UK_OK); /* deader than dead it does not get */
        if (where == TAKEN)
            expect(do_reply(server, service->answers, EMPTY(1)), UK_OK);
        assert_int_equal(scene->inside->counters.late_replies, late + (where == TAKEN));
        expect(do_call(next, client_of(next, service), EMPTY(2)), BLOCKED);
        expect(serve(service), UK_OK);
        expect_signal(server, 1 << 4);
        expect(serve(service), UK_OK);
        assert_int_equal(UK_TAG_LABEL(got(server)->tag), 2); /* no second word of it, and no call of the dead */
        expect(do_reply(server, service->answers, WORDS(3, 7)), UK_OK);
        expect(after(next), UK_OK);
        assert_int_equal(got(next)->word[0], 7);
        scene_close(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_never_completed_by_a_notification),
        cmocka_unit_test(nor_are_the_calls_that_look_otherwise),
        cmocka_unit_test(notifications_of_one_source_are_one_message),
        cmocka_unit_test(notifications_come_before_the_queue),
        cmocka_unit_test(old_names_are_dead),
        cmocka_unit_test(an_answer_that_is_too_long),
        cmocka_unit_test(an_answer_stops_nobody),
        cmocka_unit_test(late_answers_go_to_nobody),
        cmocka_unit_test(a_client_that_died_is_told_once),
    };
    return cmocka_run_group_tests_name("ipc/notify", tests, NULL, NULL);
}
