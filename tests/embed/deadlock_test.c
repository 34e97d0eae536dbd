/* SPDX-License-Identifier: MIT */
/* uk_deadlock: circles with their story, waits that nobody can end, threads without time; and never a false alarm. */
#include <stdio.h>
#include <stdlib.h>

#include "support/scene.h"

static void tells(const struct scene *scene, size_t count, const char *wanted)
{
    char text[500] = "?";
    size_t found = uk_deadlock(scene->kernel, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(found, count);
}

static uint32_t number(const struct scene *scene, uk_handle handle) { return object_of(scene->root, handle)->number; }

/* "a" calls "b" and "b" calls "a", each while the other is busy: the kernel refuses to close such a circle for ever, so
 * the last call has no circle yet; binding the server afterwards closes it. */
static void a_circle_of_two(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *a = actor_new(scene, "a", 10), *b = actor_new(scene, "b", 10);
    uk_handle to_b = make(scene, UK_TYPE_ENDPOINT, 0), to_a = make(scene, UK_TYPE_ENDPOINT, 0);
    uk_handle calls_b = give(a, to_b, UK_RIGHT_SEND), calls_a = give(b, to_a, UK_RIGHT_SEND);
    expect(do_call(a, calls_b, EMPTY(1)), BLOCKED);
    expect(do_send(b, calls_a, EMPTY(1)), BLOCKED);
    tells(scene, 0, "");
    thread_of(a)->send_generation = thread_of(b)->send_generation = 0;
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, to_b, b->thread)), UK_OK);
    tells(scene, 0, "");
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, to_a, a->thread)), UK_OK);
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted,
                   "\"a\" calls endpoint %u served by \"b\"; \"b\" sends to endpoint %u served by \"a\"",
                   number(scene, to_b), number(scene, to_a));
    tells(scene, 2, wanted);
    scene_close(scene);
}

static void a_circle_through_a_reply(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *a = actor_new(scene, "a", 10), *b = actor_new(scene, "b", 10);
    uk_handle to_b = make(scene, UK_TYPE_ENDPOINT, 0), to_a = make(scene, UK_TYPE_ENDPOINT, 0);
    uk_handle reply = make(scene, UK_TYPE_REPLY, 0);
    uk_handle calls_b = give(a, to_b, UK_RIGHT_SEND), calls_a = give(b, to_a, UK_RIGHT_SEND);
    expect(do_receive(b, give(b, to_b, UK_RIGHTS_ALL), give(b, reply, UK_RIGHTS_ALL)), BLOCKED);
    expect(do_call(a, calls_b, EMPTY(1)), BLOCKED);
    expect(do_call(b, calls_a, EMPTY(1)), BLOCKED);
    tells(scene, 0, "");
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, to_a, a->thread)), UK_OK);
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted,
                   "\"a\" awaits reply %u from \"b\"; \"b\" calls endpoint %u served by \"a\"",
                   number(scene, reply), number(scene, to_a));
    tells(scene, 2, wanted);
    scene_close(scene);
}

/* With a deadline on one side, time will break the circle. */
static void a_deadline_is_a_way_out(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *a = actor_new(scene, "a", 10), *b = actor_new(scene, "b", 10);
    uk_handle to_b = make(scene, UK_TYPE_ENDPOINT, 0), to_a = make(scene, UK_TYPE_ENDPOINT, 0);
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, to_a, a->thread)), UK_OK);
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, to_b, b->thread)), UK_OK);
    uk_handle calls_b = give(a, to_b, UK_RIGHT_SEND), calls_a = give(b, to_a, UK_RIGHT_SEND);
    slot_of(a, calls_b)->generation = slot_of(b, calls_a)->generation = 0;
    expect(do_call(until(a, 1000000), calls_b, EMPTY(1)), BLOCKED);
    expect(do_call(b, calls_a, EMPTY(1)), BLOCKED);
    tells(scene, 0, "");
    scene_close(scene);
}

/* The first thread holds every capability, so as long as it can run it could help anybody. */
static void root_waits_for_ever(struct scene *scene)
{
    uk_handle never = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(do_wait(scene->root, never), BLOCKED);
}

static void nobody_left_to_help(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *client = actor_new(scene, "client", 10);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0);
    expect(do_call(client, give(client, endpoint, UK_RIGHT_SEND), EMPTY(1)), BLOCKED);
    tells(scene, 0, "");
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted, "\"client\" calls endpoint %u, where nobody who can run may receive",
                   number(scene, endpoint));
    root_waits_for_ever(scene);
    tells(scene, 1, wanted);
    uk_destroy(scene->kernel);
    free(scene->memory);
    free(scene);
}

/* A timer that is armed is somebody. */
static void a_timer_will_help(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *client = actor_new(scene, "client", 10), *server = actor_new(scene, "server", 10);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0), notification = make(scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle timer = make(scene, UK_TYPE_TIMER, 0);
    (void)give(server, endpoint, UK_RIGHT_RECEIVE);
    expect(do_call(client, give(client, endpoint, UK_RIGHT_SEND), EMPTY(1)), BLOCKED);
    expect(do_wait(server, give(server, notification, UK_RIGHT_RECEIVE)), BLOCKED);
    expect(step(scene->root, OP(UK_TIMER_BIND, timer, notification)), UK_OK);
    expect(step(scene->root, OP(UK_TIMER_SET, timer, 1000000000, 0)), UK_OK);
    root_waits_for_ever(scene);
    tells(scene, 0, "");
    advance(scene, 2000000000);
    tells(scene, 0, ""); /* the server runs */
    uk_destroy(scene->kernel);
    free(scene->memory);
    free(scene);
}

/* Idle servers are not stuck while somebody may become their client; those that nobody can ever reach are. */
static void unreachable_waits(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *server = actor_new(scene, "server", 10), *waiter = actor_new(scene, "waiter", 10);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0), notification = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(do_receive(server, give(server, endpoint, UK_RIGHT_RECEIVE), 0), BLOCKED);
    expect(do_wait(waiter, give(waiter, notification, UK_RIGHT_RECEIVE)), BLOCKED);
    tells(scene, 0, "");
    char wanted[300];
    (void)snprintf(wanted, sizeof wanted,
                   "\"server\" receives on endpoint %u, to which nobody may send; "
                   "\"waiter\" waits on notification %u, which nobody may signal",
                   number(scene, endpoint), number(scene, notification));
    expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, endpoint)), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, notification)), UK_OK);
    tells(scene, 2, wanted);
    char text[20];
    assert_int_equal(uk_deadlock(scene->kernel, text, sizeof text), 2);
    assert_string_equal(text, "\"server\" receives o");
    scene_close(scene);
}

static void ready_but_without_time(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "idle", 10);
    tells(scene, 0, "");
    expect(step(scene->root, OP(UK_SCHED_UNBIND, actor->sched, 0)), UK_OK);
    tells(scene, 1, "\"idle\" is ready but without time");
    expect(step(scene->root, OP(UK_SCHED_BIND, actor->sched, actor->thread)), UK_OK);
    tells(scene, 0, "");
    expect(step(scene->root, OP(UK_SCHED_CONFIGURE, actor->sched, 0, 0, 0)), UK_OK);
    tells(scene, 1, "\"idle\" is ready but without time");
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_of_two),         cmocka_unit_test(a_circle_through_a_reply),
        cmocka_unit_test(a_deadline_is_a_way_out), cmocka_unit_test(nobody_left_to_help),
        cmocka_unit_test(a_timer_will_help),       cmocka_unit_test(unreachable_waits),
        cmocka_unit_test(ready_but_without_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
