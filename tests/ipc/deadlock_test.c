/* SPDX-License-Identifier: MIT */
/* MX-3: whoever would close a circle of threads that wait for each other for ever is told so, and nobody hangs. */
#include "ipc/pair.h"

enum { RING_MAX = 10 };

/* actor[i] serves service[i], bound to it, and calls its successor. */
struct ring {
    struct scene *scene;
    unsigned length;
    struct actor *actor[RING_MAX];
    struct service_of service[RING_MAX];
    uk_handle calls[RING_MAX];
};

static struct ring ring_open(unsigned length)
{
    struct ring ring = {.scene = scene_open(NULL), .length = length};
    for (unsigned i = 0; i < length; i++) {
        ring.actor[i] = actor_new(ring.scene, "ring", 10);
        ring.service[i] = service_new(ring.actor[i], UK_ORDER_PRIORITY);
        expect(step(ring.scene->root, OP(UK_ENDPOINT_BIND, ring.service[i].endpoint, ring.actor[i]->thread)), UK_OK);
    }
    for (unsigned i = 0; i < length; i++)
        ring.calls[i] = client_of(ring.actor[i], &ring.service[(i + 1) % length]);
    return ring;
}

/* Everybody is queued at the next one; the last may not. */
static void circle_of_queued_calls(void **state)
{
    (void)state;
    for (unsigned length = 2; length <= RING_MAX; length++) {
        struct ring ring = ring_open(length);
        for (unsigned i = 0; i + 1 < length; i++)
            expect(do_call(ring.actor[i], ring.calls[i], EMPTY(0)), BLOCKED);
        struct actor *closer = ring.actor[length - 1];
        expect_refused(closer, UK_DEADLOCK, OP(UK_CALL, ring.calls[length - 1], 0));
        expect_refused(closer, UK_DEADLOCK, OP(UK_SEND, ring.calls[length - 1], 0));
        char text[200];
        assert_int_equal(uk_deadlock(ring.scene->kernel, text, sizeof text), 0);
        for (unsigned i = length; i-- > 1;) { /* and everybody goes on */
            expect(serve(&ring.service[i]), UK_OK);
            expect(do_reply(ring.actor[i], ring.service[i].answers, EMPTY(0)), UK_OK);
            expect(after(ring.actor[i - 1]), UK_OK);
        }
        scene_close(ring.scene);
    }
}

/* Everybody has received its predecessor's call, and calls on. */
static void circle_of_nested_calls(void **state)
{
    (void)state;
    for (unsigned length = 2; length <= RING_MAX; length++) {
        struct ring ring = ring_open(length);
        for (unsigned i = 1; i < length; i++)
            expect(serve(&ring.service[i]), BLOCKED);
        for (unsigned i = 0; i + 1 < length; i++)
            expect(do_call(ring.actor[i], ring.calls[i], EMPTY(0)), BLOCKED);
        expect_refused(ring.actor[length - 1], UK_DEADLOCK, OP(UK_CALL, ring.calls[length - 1], 0));
        scene_close(ring.scene);
    }
}

/* A deadline anywhere in the circle opens it. */
static void circle_with_a_deadline(void **state)
{
    (void)state;
    for (unsigned with = 0; with < 3; with++) {
        struct ring ring = ring_open(3);
        uk_time end = time_now(ring.scene) + 100000;
        for (unsigned i = 0; i < 3; i++)
            expect(do_call(until(ring.actor[i], i == with ? end : UK_FOREVER), ring.calls[i], EMPTY(0)), BLOCKED);
        advance(ring.scene, end);
        expect(after(ring.actor[with]), UK_TIMED_OUT);
        scene_close(ring.scene);
    }
}

/* To itself; and a fault that only the faulting thread itself could handle stops it. */
static void circle_of_one(void **state)
{
    (void)state;
    struct ring ring = ring_open(1);
    struct actor *alone = ring.actor[0];
    expect_refused(alone, UK_DEADLOCK, OP(UK_CALL, ring.calls[0], 0));
    expect(step(ring.scene->root, OP(UK_THREAD_CONFIGURE, alone->thread, 0, 0, ring.service[0].endpoint, 0, 0,
                                     UK_PART_FAULT)),
           UK_OK);
    struct uk_result result;
    expect(uk_step_fault(ring.scene->kernel, alone->thread, UK_FAULT_PAGE, 0x123000, UK_RIGHT_READ, &result), UK_OK);
    scene_check(ring.scene);
    expect(after(alone), STOPPED);
    scene_close(ring.scene);
}

/* An operation on an object that is interposed closes circles too. */
static void circle_through_an_interposed_object(void **state)
{
    (void)state;
    struct ring ring = ring_open(2);
    expect(do_call(ring.actor[0], ring.calls[0], EMPTY(0)), BLOCKED);
    expect(step(ring.actor[1], OP(UK_SIGNAL, ring.calls[1], 0)), UK_DEADLOCK);
    scene_close(ring.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circle_of_queued_calls),
        cmocka_unit_test(circle_of_nested_calls),
        cmocka_unit_test(circle_with_a_deadline),
        cmocka_unit_test(circle_of_one),
        cmocka_unit_test(circle_through_an_interposed_object),
    };
    return cmocka_run_group_tests_name("ipc/deadlock", tests, NULL, NULL);
}
