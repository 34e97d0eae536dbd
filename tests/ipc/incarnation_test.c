/* SPDX-License-Identifier: MIT */
/* Bound servers: a dead one answers at once, an old name never reaches a new one (HQ-3), a flooder pays. */
#include <stdio.h>

#include "ipc/endpoint.h"
#include "ipc/pair.h"

static int bind_server(const struct service_of *service, const struct actor *server)
{
    return step(service->actor->scene->root, OP(UK_ENDPOINT_BIND, service->endpoint, server->thread));
}

/* The owner's copy speaks to the new incarnation, and so do copies made of it from now on. */
static uk_handle fresh_client(struct actor *client, const struct service_of *service)
{
    return give(client, service->endpoint, UK_RIGHT_SEND | UK_RIGHT_GRANT);
}

/* L4-6 and HQ-3: queued senders are completed within the kill, later ones without blocking. */
static void server_dies_and_is_replaced(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    struct scene *scene = pair.scene;
    struct actor *queued = actor_new(scene, "queued", 10), *second = actor_new(scene, "second", 10);
    expect(bind_server(&pair.service, pair.server), UK_OK);
    expect(bind_server(&pair.service, second), UK_BUSY);
    expect(do_call(queued, client_of(queued, &pair.service), EMPTY(0)), BLOCKED);
    expect(step(scene->root, OP(UK_THREAD_KILL, pair.server->thread, 0)), UK_OK);
    expect(after(queued), UK_PEER_DIED);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), UK_PEER_DIED);
    assert_int_equal(got(pair.client)->word[0], 0);
    expect(bind_server(&pair.service, pair.server), UK_PEER_DIED);
    expect(bind_server(&pair.service, second), UK_OK);
    expect(do_send(pair.client, pair.calls, EMPTY(0)), UK_PEER_DIED); /* the old name */
    assert_int_equal(got(pair.client)->word[0], 1);                   /* and which incarnation there is now */
    uk_handle fresh = fresh_client(pair.client, &pair.service);
    uk_handle receives = give(second, pair.service.endpoint, UK_RIGHTS_ALL);
    uk_handle answers = give(second, pair.service.reply, UK_RIGHTS_ALL);
    expect(do_receive(second, receives, answers), BLOCKED);
    expect(do_call(pair.client, fresh, WORDS(0, 5)), BLOCKED);
    expect(do_reply(second, answers, WORDS(0, 6)), UK_OK);
    expect(after(pair.client), UK_OK);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), UK_PEER_DIED);
    scene_close(scene);
}

/* Killed in the middle of a call, and in the middle of waiting for one. */
static void server_dies_in_any_state(void **state)
{
    (void)state;
    for (unsigned called = 0; called < 2; called++) {
        struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
        struct actor *other = actor_new(pair.scene, "other", 10);
        expect(bind_server(&pair.service, pair.server), UK_OK);
        uk_handle second = give(other, pair.service.endpoint, UK_RIGHTS_ALL);
        expect(do_receive(from(other, 999), second, 0), BLOCKED); /* receivers of a dead service go, too */
        expect(serve(&pair.service), BLOCKED);
        if (called)
            expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
        expect(step(pair.scene->root, OP(UK_THREAD_KILL, pair.server->thread, 0)), UK_OK);
        expect(after(pair.server), DEAD);
        expect(after(other), UK_CANCELLED);
        expect(do_receive(other, second, 0), UK_PEER_DIED);
        if (called)
            expect(after(pair.client), UK_PEER_DIED);
        scene_close(pair.scene);
    }
}

/* Unbinding makes it an endpoint of nobody in particular again; it closes for nobody's death. */
static void unbound_endpoint_stays_open(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    expect(bind_server(&pair.service, pair.server), UK_OK);
    expect(step(pair.scene->root, OP(UK_ENDPOINT_BIND, pair.service.endpoint, 0)), UK_OK);
    expect(do_call(pair.client, pair.calls, EMPTY(0)), BLOCKED);
    expect(step(pair.scene->root, OP(UK_THREAD_KILL, pair.server->thread, 0)), UK_OK);
    expect(after(pair.client), BLOCKED);
    scene_close(pair.scene);
}

/* The kill is preempted, and meanwhile the owner binds the next server: old senders still hear at once. */
static void replaced_while_the_dead_is_taken_apart(void **state)
{
    (void)state;
    const struct stage stage = {.preemptible = 1};
    struct scene *scene = scene_open(&stage);
    struct actor *server = actor_new(scene, "server", 10), *next = actor_new(scene, "next", 10);
    struct actor *killer = actor_new(scene, "killer", 255), *clients[6];
    struct service_of service = service_new(server, UK_ORDER_PRIORITY);
    expect(bind_server(&service, server), UK_OK);
    for (unsigned i = 0; i < 6; i++) {
        clients[i] = actor_new(scene, "client", 10);
        expect(do_call(clients[i], client_of(clients[i], &service), EMPTY(0)), BLOCKED);
    }
    uk_handle kills = give(killer, server->thread, UK_RIGHTS_ALL);
    scene->preempt_every = 1;
    int status = step(killer, OP(UK_THREAD_KILL, kills, 0));
    expect(status, RESTARTING);
    scene->preempt_every = 0;
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, service.endpoint, next->thread)), UK_OK);
    expect(step(killer, OP(UK_YIELD, 0, 0)), UK_OK); /* goes on with the kill, whatever is asked */
    for (unsigned i = 0; i < 6; i++)
        expect(after(clients[i]), UK_PEER_DIED);
    scene_close(scene);
}

/* HQ-3 for faults: a handler that was replaced is told apart from its successor, also when it is set anew. */
static void fault_endpoint_of_a_new_incarnation(void **state)
{
    (void)state;
    struct pair pair = pair_open(10, 10, UK_ORDER_PRIORITY);
    struct scene *scene = pair.scene;
    struct actor *second = actor_new(scene, "second", 10);
    struct uk_call set = OP(UK_THREAD_CONFIGURE, pair.client->thread, 0, 0, pair.service.endpoint, 0, 0, UK_PART_FAULT);
    expect(bind_server(&pair.service, pair.server), UK_OK);
    expect(step(scene->root, set), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_KILL, pair.server->thread, 0)), UK_OK);
    expect(bind_server(&pair.service, second), UK_OK);
    expect(step(scene->root, set), UK_OK);
    struct uk_result result;
    expect(uk_step_fault(scene->kernel, pair.client->thread, UK_FAULT_PAGE, 0x5000, UK_RIGHT_WRITE, &result), UK_OK);
    expect(after(pair.client), BLOCKED);
    scene_close(scene);
}

/* HQ-4: a flooder's messages cost the flooder; whoever is more urgent is served next, the queue costs no memory. */
static void flood_costs_the_flooder(void **state)
{
    (void)state;
    enum { FLOODERS = 100 };
    const struct stage stage = {.arena_bytes = 16 << 20, .root_slots = 8192};
    struct scene *scene = scene_open(&stage);
    struct actor *server = actor_new(scene, "server", 100), *client = actor_new(scene, "client", 50);
    struct service_of service = service_new(server, UK_ORDER_PRIORITY);
    uk_handle calls = client_of(client, &service);
    struct actor *flooders[FLOODERS];
    for (unsigned i = 0; i < FLOODERS; i++)
        flooders[i] = actor_new(scene, "flooder", 10);
    uk_handle floods[FLOODERS];
    for (unsigned i = 0; i < FLOODERS; i++)
        floods[i] = client_of(flooders[i], &service);
    const struct untyped *memory = (const struct untyped *)object_of(scene->root, UK_SLOT_UNTYPED);
    uk_word low = memory->low, high = memory->high, live = memory->live_bytes;
    for (unsigned i = 0; i < FLOODERS; i++)
        expect(do_send(flooders[i], floods[i], WORDS(0, i)), BLOCKED);
    expect(do_call(client, calls, WORDS(0, 4711)), BLOCKED);
    assert_true(memory->low == low && memory->high == high && memory->live_bytes == live);
    expect(serve(&service), UK_OK);
    assert_int_equal(got(server)->word[0], 4711);
    expect(answer_and_serve(&service, EMPTY(0)), UK_OK);
    expect(after(client), UK_OK);
    assert_int_equal(got(server)->word[0], 0); /* then the flood, in order */
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_dies_and_is_replaced),
        cmocka_unit_test(server_dies_in_any_state),
        cmocka_unit_test(unbound_endpoint_stays_open),
        cmocka_unit_test(replaced_while_the_dead_is_taken_apart),
        cmocka_unit_test(fault_endpoint_of_a_new_incarnation),
        cmocka_unit_test(flood_costs_the_flooder),
    };
    return cmocka_run_group_tests_name("ipc/incarnation", tests, NULL, NULL);
}
