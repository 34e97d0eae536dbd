/* SPDX-License-Identifier: MIT */
/* Chains of calls on lent time: A calls B calls C, and anybody dies (HQ-2, SEL-10); the time always comes home. */
#include <stdio.h>

#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/pair.h"

enum { LONGEST = UK_CALL_DEPTH_MAX + 2 };

/* actor[0] has time; the others serve passively, each calling the next. */
struct chain {
    struct scene *scene;
    unsigned length;
    struct actor *actor[LONGEST + 1];
    struct service_of service[LONGEST + 1]; /* of actor[i], i > 0 */
    uk_handle calls[LONGEST + 1];           /* of actor[i], to actor[i + 1] */
};

static void policy_set(struct actor *actor, uint32_t policy)
{
    expect(step(actor->scene->root, OP(UK_SCHED_CONFIGURE, actor->sched, 1000000000, 1000000000, policy)), UK_OK);
}

static struct chain chain_open(unsigned length, uint32_t policy)
{
    static const char *const names[] = {"A", "B", "C", "D", "E"};
    const struct stage stage = {.arena_bytes = 16 << 20};
    struct chain chain = {.scene = scene_open(&stage), .length = length};
    for (unsigned i = 0; i < length; i++)
        chain.actor[i] = actor_new(chain.scene, i < 5 ? names[i] : "link", 50);
    for (unsigned i = 1; i < length; i++) {
        chain.service[i] = service_new(chain.actor[i], UK_ORDER_PRIORITY);
        chain.calls[i - 1] = client_of(chain.actor[i - 1], &chain.service[i]);
        expect(serve(&chain.service[i]), BLOCKED);
        actor_make_passive(chain.actor[i]);
    }
    policy_set(chain.actor[0], policy);
    return chain;
}

static void call_down(const struct chain *chain, unsigned first, unsigned last)
{
    for (unsigned i = first; i < last; i++) {
        expect(do_call(chain->actor[i], chain->calls[i], WORDS(i, i)), BLOCKED);
        expect(after(chain->actor[i + 1]), UK_OK);
    }
}

static int root_kills(struct actor *actor)
{
    return step(actor->scene->root, OP(UK_THREAD_KILL, actor->thread, 0));
}

static int runs_on_time_of(const struct actor *actor, const struct actor *owner)
{
    const struct thread *lender = thread_of(owner);
    return thread_of(actor)->context != NULL && thread_of(actor)->context == lender->own_context;
}

static void time_goes_down_and_comes_home(void **state)
{
    (void)state;
    struct chain chain = chain_open(4, UK_CHAIN_FINISH);
    call_down(&chain, 0, 3);
    assert_true(runs_on_time_of(chain.actor[3], chain.actor[0]));
    for (unsigned i = 3; i > 0; i--) {
        expect(answer_and_serve(&chain.service[i], WORDS(0, 100 + i)), BLOCKED);
        expect(after(chain.actor[i - 1]), UK_OK);
        assert_int_equal(got(chain.actor[i - 1])->word[0], 100 + i);
        assert_true(runs_on_time_of(chain.actor[i - 1], chain.actor[0]));
    }
    scene_close(chain.scene);
}

/* HQ-2, finish: A is completed within the kill, C runs on, its late reply brings the time home. */
static void middle_killed_finish(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_FINISH);
    struct actor *a = chain.actor[0], *b = chain.actor[1], *c = chain.actor[2];
    call_down(&chain, 0, 2);
    expect(root_kills(b), UK_OK);
    expect(after(a), UK_PEER_DIED);
    expect(after(c), UK_OK);
    assert_true(runs_on_time_of(c, a));
    assert_null(thread_of(a)->context);
    uint64_t late = chain.scene->inside->counters.late_replies;
    expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
    assert_int_equal(chain.scene->inside->counters.late_replies, late + 1);
    assert_true(runs_on_time_of(a, a));
    expect(step(a, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(chain.scene);
}

/* HQ-2, reclaim: the time is A's again before the kill is over; C faults for want of time (SEL-10 in fixed mode). */
static void middle_killed_reclaim(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_RECLAIM);
    struct actor *a = chain.actor[0], *b = chain.actor[1], *c = chain.actor[2];
    call_down(&chain, 0, 2);
    expect(root_kills(b), UK_OK);
    expect(after(a), UK_PEER_DIED);
    assert_true(runs_on_time_of(a, a));
    assert_null(thread_of(c)->context);
    expect(after(c), STOPPED); /* it has no handler */
    assert_int_equal(thread_of(c)->record.fault, UK_FAULT_TIMEOUT);
    expect(step(a, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(chain.scene);
}

/* As before; the handler of C binds a context to it, and it goes on. */
static void middle_killed_reclaim_with_handler(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_RECLAIM);
    struct actor *handler = actor_new(chain.scene, "handler", 60), *c = chain.actor[2];
    struct service_of faults = service_new(handler, UK_ORDER_PRIORITY);
    expect(step(chain.scene->root, OP(UK_THREAD_CONFIGURE, c->thread, 0, 0, faults.endpoint, 0, 0, UK_PART_FAULT)),
           UK_OK);
    expect(serve(&faults), BLOCKED);
    call_down(&chain, 0, 2);
    expect(root_kills(chain.actor[1]), UK_OK);
    expect(after(chain.actor[0]), UK_PEER_DIED);
    expect(after(c), BLOCKED);
    expect(after(handler), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(handler)->tag), UK_FAULT_TIMEOUT);
    assert_true((got(handler)->tag & UK_TAG_FAULT) != 0);
    expect(step(chain.scene->root, OP(UK_SCHED_BIND, c->sched, c->thread)), UK_OK);
    expect(do_reply(handler, faults.answers, EMPTY(UK_FAULT_RESUME)), UK_OK);
    expect(after(c), UK_OK);
    expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
    scene_close(chain.scene);
}

static void last_killed(void **state)
{
    (void)state;
    for (uint32_t policy = UK_CHAIN_FINISH; policy <= UK_CHAIN_RECLAIM; policy++) {
        struct chain chain = chain_open(3, policy);
        call_down(&chain, 0, 2);
        expect(root_kills(chain.actor[2]), UK_OK);
        expect(after(chain.actor[1]), UK_PEER_DIED);
        assert_true(runs_on_time_of(chain.actor[1], chain.actor[0]));
        expect(answer_and_serve(&chain.service[1], EMPTY(3)), BLOCKED);
        expect(after(chain.actor[0]), UK_OK);
        scene_close(chain.scene);
    }
}

static void first_killed_finish(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_FINISH);
    call_down(&chain, 0, 2);
    expect(root_kills(chain.actor[0]), UK_OK);
    expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
    expect(after(chain.actor[1]), UK_OK);
    uint64_t late = chain.scene->inside->counters.late_replies;
    expect(answer_and_serve(&chain.service[1], EMPTY(0)), BLOCKED);
    assert_int_equal(chain.scene->inside->counters.late_replies, late + 1);
    assert_null(thread_of(chain.actor[1])->context);
    scene_close(chain.scene);
}

static void first_killed_reclaim(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_RECLAIM);
    call_down(&chain, 0, 2);
    expect(root_kills(chain.actor[0]), UK_OK);
    expect(after(chain.actor[2]), STOPPED);
    assert_null(thread_of(chain.actor[1])->context);
    scene_close(chain.scene);
}

/* Objects too, not only lives: every thread of the chain vanishes with its memory. */
static void any_destroyed(void **state)
{
    (void)state;
    for (uint32_t policy = UK_CHAIN_FINISH; policy <= UK_CHAIN_RECLAIM; policy++)
        for (unsigned victim = 0; victim < 4; victim++) {
            struct chain chain = chain_open(4, policy);
            call_down(&chain, 0, 3);
            struct actor *actor = chain.actor[victim];
            expect(step(chain.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->cnode)), UK_OK);
            struct thread *thread = thread_of(actor);
            if (thread != NULL)
                expect(step(chain.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, actor->thread)), UK_OK);
            expect(step(chain.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->thread)), UK_OK);
            for (unsigned i = 3; i > 0; i--) /* whoever can still answer does */
                if (after(chain.actor[i]) == UK_OK || after(chain.actor[i]) == UK_PEER_DIED)
                    (void)answer_and_serve(&chain.service[i], EMPTY(0));
            if (victim > 0) {
                int answer = after(chain.actor[0]);
                assert_true(answer == UK_OK || answer == UK_PEER_DIED);
                expect(step(chain.actor[0], OP(UK_CLOCK, 0, 0)), UK_OK);
            }
            scene_close(chain.scene);
        }
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct chain chain = chain_open(LONGEST, UK_CHAIN_FINISH);
    call_down(&chain, 0, UK_CALL_DEPTH_MAX);
    expect(do_call(chain.actor[UK_CALL_DEPTH_MAX], chain.calls[UK_CALL_DEPTH_MAX], EMPTY(0)), UK_LIMIT);
    for (unsigned i = UK_CALL_DEPTH_MAX; i > 0; i--)
        expect(answer_and_serve(&chain.service[i], EMPTY(0)), BLOCKED);
    expect(after(chain.actor[0]), UK_OK);
    assert_true(runs_on_time_of(chain.actor[0], chain.actor[0]));
    scene_close(chain.scene);
}

/* Whoever manages the context that he lends can have it pulled back in the middle of his server's work, by a deadline. Then a
 * server without time of its own stands, and others wait: until its supervisor gives it time, or kills it (HQ-1). */
static void a_caller_pulls_his_time_back(void **state)
{
    (void)state;
    for (int supervised = 0; supervised < 2; supervised++) {
        struct chain chain = chain_open(2, UK_CHAIN_RECLAIM);
        struct actor *a = chain.actor[0], *b = chain.actor[1], *other = actor_new(chain.scene, "other", 50);
        struct actor *handler = actor_new(chain.scene, "handler", 60);
        struct service_of faults = service_new(handler, UK_ORDER_PRIORITY);
        expect(serve(&faults), BLOCKED);
        expect(step(chain.scene->root, OP(UK_THREAD_CONFIGURE, b->thread, 0, 0, supervised ? faults.endpoint : 0, 0, 0,
                                          UK_PART_FAULT)), UK_OK);
        expect(step(chain.scene->root, OP(UK_ENDPOINT_BIND, chain.service[1].endpoint, b->thread)), UK_OK);
        uk_handle calls = client_of(other, &chain.service[1]);
        uk_time end = time_now(chain.scene) + 10000;
        expect(do_call(until(a, end), client_of(a, &chain.service[1]), EMPTY(0)), BLOCKED);
        expect(after(b), UK_OK);
        expect(do_call(other, calls, EMPTY(0)), BLOCKED);
        advance(chain.scene, end);
        expect(after(a), UK_TIMED_OUT);
        assert_true(runs_on_time_of(a, a));
        expect(after(other), BLOCKED);
        expect(after(b), supervised ? BLOCKED : STOPPED);
        if (supervised) {
            assert_int_equal(UK_TAG_LABEL(got(handler)->tag), UK_FAULT_TIMEOUT);
            expect(step(chain.scene->root, OP(UK_SCHED_BIND, b->sched, b->thread)), UK_OK);
            expect(do_reply(handler, faults.answers, EMPTY(UK_FAULT_RESUME)), UK_OK);
            expect(answer_and_serve(&chain.service[1], EMPTY(0)), UK_OK); /* a's is a no-op, and here is the other's call */
            expect(answer_and_serve(&chain.service[1], EMPTY(0)), BLOCKED);
        } else {
            expect(root_kills(b), UK_OK);
        }
        expect(after(other), supervised ? UK_OK : UK_PEER_DIED);
        scene_close(chain.scene);
    }
}

/* A's deadline passes while C works on A's time. */
static void deadline_in_a_chain(void **state)
{
    (void)state;
    for (uint32_t policy = UK_CHAIN_FINISH; policy <= UK_CHAIN_RECLAIM; policy++) {
        struct chain chain = chain_open(3, policy);
        struct actor *a = chain.actor[0], *c = chain.actor[2];
        uk_time end = time_now(chain.scene) + 10000;
        expect(do_call(until(a, end), chain.calls[0], EMPTY(0)), BLOCKED);
        call_down(&chain, 1, 2);
        advance(chain.scene, end);
        expect(after(a), UK_TIMED_OUT);
        if (policy == UK_CHAIN_RECLAIM) {
            assert_true(runs_on_time_of(a, a));
            expect(after(c), STOPPED);
        } else {
            assert_true(runs_on_time_of(c, a));
            expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
            expect(answer_and_serve(&chain.service[1], EMPTY(0)), BLOCKED);
            assert_true(runs_on_time_of(a, a));
        }
        expect(step(a, OP(UK_CLOCK, 0, 0)), UK_OK);
        scene_close(chain.scene);
    }
}

/* Priority travels with lent time, and what was lent to the dead is not inherited by the living. */
static void priority_travels_and_returns(void **state)
{
    (void)state;
    struct chain chain = chain_open(4, UK_CHAIN_FINISH);
    struct scene *scene = chain.scene;
    const uint32_t own[] = {10, 20, 200, 30};
    for (unsigned i = 0; i < 4; i++)
        expect(step(scene->root, OP(UK_THREAD_PRIORITY, chain.actor[i]->thread, own[i], own[i])), UK_OK);
    call_down(&chain, 0, 3);
    assert_int_equal(thread_of(chain.actor[1])->effective, 20);
    assert_int_equal(thread_of(chain.actor[3])->effective, 200);
    expect(root_kills(chain.actor[2]), UK_OK);
    expect(after(chain.actor[1]), UK_PEER_DIED);
    expect(answer_and_serve(&chain.service[3], EMPTY(0)), BLOCKED);
    assert_true(runs_on_time_of(chain.actor[1], chain.actor[0]));
    assert_int_equal(thread_of(chain.actor[1])->effective, 20);
    assert_int_equal(thread_of(chain.actor[3])->effective, 30);
    scene_close(scene);
}

/* B hands its Reply object to D, calls C on A's time, and vanishes: C's reply must not bring the time to a ghost. */
static void lender_vanishes_after_handing_its_reply_on(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_FINISH);
    struct actor *a = chain.actor[0], *b = chain.actor[1], *d = actor_new(chain.scene, "D", 50);
    struct service_of service = service_new(d, UK_ORDER_PRIORITY);
    uk_handle to_d = client_of(b, &service);
    expect(do_receive(d, service.receives, 0), BLOCKED);
    set_window(d, 100, 1, 0, 0);
    call_down(&chain, 0, 1);
    set_item(b, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, chain.service[1].answers, 1);
    expect(do_send(b, to_d, LONG(1, 0, 1)), UK_OK);
    call_down(&chain, 1, 2);
    expect(step(chain.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b->cnode)), UK_OK);
    expect(step(chain.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, b->thread)), UK_OK);
    expect(step(chain.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b->thread)), UK_OK);
    assert_null(thread_of(b));
    expect(after(a), BLOCKED); /* D owes the answer now */
    expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
    expect(do_reply(d, 100, EMPTY(0)), UK_OK);
    expect(after(a), UK_OK);
    assert_true(runs_on_time_of(a, a));
    scene_close(chain.scene);
}

/* B's call to C runs out, B gets time of its own and lends that too, then vanishes: two loans, and no ghost. */
static void lender_of_two_loans_vanishes(void **state)
{
    (void)state;
    struct chain chain = chain_open(3, UK_CHAIN_FINISH);
    struct scene *scene = chain.scene;
    struct actor *a = chain.actor[0], *b = chain.actor[1], *d = actor_new(scene, "D", 50);
    struct service_of service = service_new(d, UK_ORDER_PRIORITY);
    uk_handle to_d = client_of(b, &service);
    expect(serve(&service), BLOCKED);
    actor_make_passive(d);
    call_down(&chain, 0, 1);
    uk_time end = time_now(scene) + 10000;
    expect(do_call(until(b, end), chain.calls[1], EMPTY(0)), BLOCKED);
    advance(scene, end);
    expect(after(b), UK_TIMED_OUT);
    expect(step(scene->root, OP(UK_SCHED_BIND, b->sched, b->thread)), UK_OK);
    expect(do_call(b, to_d, EMPTY(0)), BLOCKED);
    expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b->cnode)), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, b->thread)), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b->thread)), UK_OK);
    assert_null(thread_of(b));
    expect(after(a), UK_PEER_DIED);
    expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
    expect(answer_and_serve(&service, EMPTY(0)), BLOCKED);
    assert_true(runs_on_time_of(a, a));
    scene_close(scene);
}

/* D holds a copy of B's Reply object and answers A while C works on A's time. */
static void outer_call_answered_by_a_stranger(void **state)
{
    (void)state;
    for (uint32_t policy = UK_CHAIN_FINISH; policy <= UK_CHAIN_RECLAIM; policy++)
        for (unsigned waits = 0; waits < 2; waits++) {
            struct chain chain = chain_open(3, policy);
            struct actor *a = chain.actor[0], *c = chain.actor[2], *d = actor_new(chain.scene, "D", 50);
            struct service_of service = service_new(d, UK_ORDER_PRIORITY);
            uk_handle copy = give(d, chain.service[1].reply, UK_RIGHT_SEND);
            call_down(&chain, 0, 2);
            if (waits)
                expect(do_reply_receive(d, service.receives, copy, WORDS(0, 7)), BLOCKED);
            else
                expect(do_reply(d, copy, WORDS(0, 7)), UK_OK);
            expect(after(a), UK_OK);
            assert_int_equal(got(a)->word[0], 7);
            if (policy == UK_CHAIN_RECLAIM) {
                assert_true(runs_on_time_of(a, a));
                expect(after(c), STOPPED);
            } else {
                expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
                assert_true(runs_on_time_of(a, a));
            }
            expect(step(a, OP(UK_CLOCK, 0, 0)), UK_OK);
            scene_close(chain.scene);
        }
}

/* C, working on A's time, answers A over B's head and waits, in one step: its time is pulled from under it. */
static void inner_server_answers_the_outer_call(void **state)
{
    (void)state;
    for (uint32_t policy = UK_CHAIN_FINISH; policy <= UK_CHAIN_RECLAIM; policy++)
        for (unsigned waits = 0; waits < 2; waits++) {
            struct chain chain = chain_open(3, policy);
            struct actor *c = chain.actor[2];
            uk_handle copy = give(c, chain.service[1].reply, UK_RIGHT_SEND);
            call_down(&chain, 0, 2);
            if (waits)
                (void)do_reply_receive(c, chain.service[2].receives, copy, WORDS(0, 7));
            else
                (void)do_reply(c, copy, WORDS(0, 7));
            expect(after(chain.actor[0]), UK_OK);
            advance(chain.scene, time_now(chain.scene) + 100);
            scene_close(chain.scene);
        }
}

/* The slice or budget ends in the very entry in which time goes home: its owner must still get the refill. */
static void budget_ends_while_time_goes_home(void **state)
{
    (void)state;
    const uk_time periods[] = {1000, 5000};
    for (unsigned p = 0; p < 2; p++)
        for (unsigned delay = 0; delay < 20; delay++) {
            struct chain chain = chain_open(2, UK_CHAIN_FINISH);
            struct actor *a = chain.actor[0];
            expect(step(chain.scene->root, OP(UK_SCHED_CONFIGURE, a->sched, 1000, periods[p], 0)), UK_OK);
            call_down(&chain, 0, 1);
            int answer = UK_OK;
            for (unsigned i = 0; i < delay && answer != NOT_RUNNABLE; i++)
                answer = step(chain.actor[1], OP(UK_CLOCK, 0, 0));
            if (answer == NOT_RUNNABLE || answer_and_serve(&chain.service[1], EMPTY(0)) == NOT_RUNNABLE) {
                advance(chain.scene, time_now(chain.scene) + 10000);
                expect(answer_and_serve(&chain.service[1], EMPTY(0)), BLOCKED);
            }
            expect(after(a), UK_OK);
            advance(chain.scene, time_now(chain.scene) + 10000);
            expect(step(a, OP(UK_CLOCK, 0, 0)), UK_OK);
            scene_close(chain.scene);
        }
}

/* The lent context itself vanishes, or is unbound, in the middle. */
static void context_taken_away(void **state)
{
    (void)state;
    for (unsigned unbinds = 0; unbinds < 2; unbinds++) {
        struct chain chain = chain_open(3, UK_CHAIN_FINISH);
        struct actor *a = chain.actor[0], *c = chain.actor[2];
        call_down(&chain, 0, 2);
        if (unbinds) {
            expect(step(chain.scene->root, OP(UK_SCHED_UNBIND, a->sched, 0)), UK_OK);
        } else {
            expect(step(chain.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, a->sched)), UK_OK);
            expect(step(chain.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, a->sched)), UK_OK);
        }
        assert_null(thread_of(c)->context);
        expect(step(c, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
        expect(step(chain.scene->root, OP(UK_SCHED_BIND, c->sched, c->thread)), UK_OK);
        expect(answer_and_serve(&chain.service[2], EMPTY(0)), BLOCKED);
        expect(after(chain.actor[1]), UK_OK);
        scene_close(chain.scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_goes_down_and_comes_home),
        cmocka_unit_test(middle_killed_finish),
        cmocka_unit_test(middle_killed_reclaim),
        cmocka_unit_test(middle_killed_reclaim_with_handler),
        cmocka_unit_test(last_killed),
        cmocka_unit_test(first_killed_finish),
        cmocka_unit_test(first_killed_reclaim),
        cmocka_unit_test(any_destroyed),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(deadline_in_a_chain),
        cmocka_unit_test(a_caller_pulls_his_time_back),
        cmocka_unit_test(priority_travels_and_returns),
        cmocka_unit_test(lender_vanishes_after_handing_its_reply_on),
        cmocka_unit_test(lender_of_two_loans_vanishes),
        cmocka_unit_test(outer_call_answered_by_a_stranger),
        cmocka_unit_test(inner_server_answers_the_outer_call),
        cmocka_unit_test(budget_ends_while_time_goes_home),
        cmocka_unit_test(context_taken_away),
    };
    return cmocka_run_group_tests_name("ipc/chain", tests, NULL, NULL);
}
