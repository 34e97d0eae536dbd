/* SPDX-License-Identifier: MIT */
/* Helping: who waits for a busy thread lends it urgency and time, for as long as it waits (NO-2, QN-2). */
#include "pair.h"
#include "portal_world.h"

#include "core/sched_context.h"

enum { LONG_TIME = 1000000000 };

static int helps(const struct actor *waiter, const struct actor *actor)
{
    return thread_of(actor)->helper == thread_of(waiter) && thread_of(waiter)->helps == thread_of(actor) &&
           thread_of(actor)->effective == thread_of(waiter)->effective;
}

static int is_alone(const struct actor *actor)
{
    const struct thread *thread = thread_of(actor);
    return thread->helper == NULL && thread->effective == thread_own_urgency(thread);
}

static uint64_t helps_begun(const struct scene *scene) { return scene->inside->counters.helps; }

/* The first thread is less urgent than all others. */
static void stand_aside(struct scene *scene)
{
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 0, 255)), UK_OK);
}

/* It has no time of its own left, until the next refill. */
static void spend(struct actor *actor, uk_time period)
{
    expect(step(actor->scene->root, OP(UK_SCHED_CONFIGURE, actor->sched, 1, period, 0)), UK_OK);
    expect(step(actor, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_int_equal(thread_of(actor)->own_context->left, 0);
}

/* NO-2: the callee is busy, and of two callers the more urgent helps; the first request is finished on its time. */
static void the_more_urgent_helps(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *inside = h.client[0], *between = h.client[1], *urgent = h.client[2];
    expect(enter(inside, h.door[0], EMPTY(0)), UK_OK);
    expect(enter(between, h.door[1], EMPTY(0)), BLOCKED);
    assert_true(helps(between, inside));
    expect(enter(urgent, h.door[2], EMPTY(0)), BLOCKED);
    assert_true(helps(urgent, inside));
    assert_null(thread_of(between)->helps);
    const struct sched_context *payer = thread_of(urgent)->own_context, *own = thread_of(inside)->own_context;
    assert_ptr_equal(thread_of(inside)->context, own); /* what is its own it keeps */
    uk_time paid = payer->total, spent = own->total;
    for (unsigned i = 0; i < 10; i++)
        expect(step(inside, OP(UK_CLOCK, 0, 0)), UK_OK);
    expect(leave(inside, EMPTY(0)), UK_OK);
    assert_true(payer->total >= paid + 10);
    assert_int_equal(own->total, spent);
    expect(after(urgent), UK_OK); /* it is inside now, and who came second helps it, or need not */
    assert_true(is_alone(inside) && is_alone(urgent));
    assert_int_equal(helps_begun(h.scene), 2);
    expect(leave(urgent, EMPTY(0)), UK_OK);
    expect(after(between), UK_OK);
    scene_close(h.scene);
}

/* And so nobody in between can keep the urgent one waiting: the one who is inside runs at once. */
static void nobody_comes_in_between(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    stand_aside(h.scene);
    expect(enter(h.client[0], h.door[0], EMPTY(0)), UK_OK);
    expect(step(h.client[1], OP(UK_YIELD, 0, 0)), UK_OK); /* could run for ever */
    expect(enter(h.client[2], h.door[2], EMPTY(0)), BLOCKED);
    assert_int_equal(h.client[2]->result.next, h.client[0]->number);
    expect_next(h.client[0]);
    scene_close(h.scene);
}

/* What ends a wait ends the help: a deadline, to the entry; a suspension; a death. The next one helps then. */
static void help_ends_with_the_wait(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct hall h = hall_open(1);
        struct actor *inside = h.client[0], *next = h.client[1], *urgent = h.client[2];
        expect(enter(inside, h.door[0], EMPTY(0)), UK_OK);
        expect(enter(next, h.door[1], EMPTY(0)), BLOCKED);
        uk_time deadline = time_now(h.scene) + 1000000;
        expect(enter(until(urgent, deadline), h.door[2], EMPTY(0)), BLOCKED);
        assert_true(helps(urgent, inside));
        if (how == 0)
            advance(h.scene, deadline);
        else
            expect(step(h.scene->root, OP(how == 1 ? UK_THREAD_SUSPEND : UK_THREAD_KILL, urgent->thread, 0)), UK_OK);
        expect(after(urgent), how == 0 ? UK_TIMED_OUT : how == 1 ? STOPPED : DEAD);
        assert_true(helps(next, inside));
        expect(step(h.scene->root, OP(UK_THREAD_KILL, inside->thread, 0)), UK_OK); /* its stack is free */
        expect(after(next), UK_OK);
        assert_true(is_alone(next));
        scene_close(h.scene);
    }
}

/* The domain dies while somebody helps. */
static void help_ends_with_the_portal(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    expect(enter(h.client[0], h.door[0], EMPTY(0)), UK_OK);
    expect(enter(h.client[2], h.door[2], EMPTY(0)), BLOCKED);
    expect(kill_space(h.server), UK_OK);
    expect(after(h.client[0]), UK_PEER_DIED);
    expect(after(h.client[2]), UK_PEER_DIED);
    assert_true(is_alone(h.client[0]));
    scene_close(h.scene);
}

/* Priorities may change on both sides meanwhile. */
static void priorities_change(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *root = h.scene->root, *inside = h.client[0], *waiter = h.client[2];
    expect(enter(inside, h.door[0], EMPTY(0)), UK_OK);
    expect(enter(waiter, h.door[2], EMPTY(0)), BLOCKED);
    expect(step(root, OP(UK_THREAD_PRIORITY, waiter->thread, 20, 255)), UK_OK);
    assert_true(helps(waiter, inside));
    assert_int_equal(thread_of(inside)->effective, 20);
    expect(step(root, OP(UK_THREAD_PRIORITY, inside->thread, 30, 255)), UK_OK);
    assert_true(is_alone(inside));
    expect(step(root, OP(UK_THREAD_PRIORITY, inside->thread, 5, 255)), UK_OK);
    assert_true(helps(waiter, inside));
    expect(step(root, OP(UK_THREAD_PRIORITY, waiter->thread, 3, 255)), UK_OK);
    assert_true(is_alone(inside));
    scene_close(h.scene);
}

/* Time helps even where urgency does not: who has spent his own goes on at once, as urgent as his helper. */
static void time_for_who_has_none(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *inside = h.client[2], *waiter = h.client[0], *other = h.client[1];
    expect(enter(inside, h.door[2], EMPTY(0)), UK_OK);
    spend(inside, LONG_TIME);
    expect(step(inside, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    expect(enter(waiter, h.door[0], EMPTY(0)), BLOCKED);
    assert_true(helps(waiter, inside));
    assert_int_equal(thread_of(inside)->effective, 10); /* less than its own, which comes with its own time */
    expect(step(inside, OP(UK_CLOCK, 0, 0)), UK_OK);
    spend(other, LONG_TIME); /* who has no time helps nobody, how urgent it may be */
    expect(step(h.scene->root, OP(UK_SCHED_CONFIGURE, waiter->sched, 0, 0, 0)), UK_OK);
    assert_true(is_alone(inside));
    expect(step(inside, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    expect(step(h.scene->root, OP(UK_SCHED_CONFIGURE, waiter->sched, LONG_TIME, LONG_TIME, 0)), UK_OK);
    assert_true(helps(waiter, inside));
    advance(h.scene, time_now(h.scene) + 2 * (uk_time)LONG_TIME); /* its own time is back */
    assert_true(is_alone(inside));
    assert_int_equal(thread_of(inside)->effective, 12);
    expect(leave(inside, EMPTY(0)), UK_OK);
    expect(after(waiter), UK_OK);
    scene_close(h.scene);
}

/* Who helps may run out of time himself, and get it again. */
static void helpers_run_out(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *inside = h.client[0], *next = h.client[1], *urgent = h.client[2];
    expect(enter(inside, h.door[0], EMPTY(0)), UK_OK);
    expect(step(h.scene->root, OP(UK_SCHED_CONFIGURE, urgent->sched, 1000, LONG_TIME, 0)), UK_OK);
    expect(enter(next, h.door[1], EMPTY(0)), BLOCKED);
    expect(enter(urgent, h.door[2], EMPTY(0)), BLOCKED);
    assert_true(helps(urgent, inside));
    unsigned steps = 0;
    while (helps(urgent, inside) && steps++ < 100)
        expect(step(inside, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_in_range(steps, 1, 11);
    assert_true(helps(next, inside)); /* he is the most urgent of those with time */
    assert_int_equal(thread_of(urgent)->own_context->left, 0);
    advance(h.scene, time_now(h.scene) + LONG_TIME);
    assert_true(helps(urgent, inside));
    expect(step(h.scene->root, OP(UK_SCHED_UNBIND, urgent->sched, 0)), UK_OK); /* and the loss of it all */
    assert_true(helps(next, inside));
    expect(step(h.scene->root, OP(UK_SCHED_UNBIND, next->sched, 0)), UK_OK);
    assert_true(is_alone(inside));
    scene_close(h.scene);
}

/* Of several stacks one is chosen: whoever can run before who cannot, the more urgent before the less. */
static void one_of_those_inside(void **state)
{
    (void)state;
    struct hall h = hall_open(2);
    struct actor *root = h.scene->root, *other = actor_new(h.scene, "other", 11);
    uk_handle bell = give(h.server, make(h.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle door = give(other, h.portal, ENTERS);
    expect(enter(h.client[0], h.door[0], EMPTY(0)), UK_OK);
    expect(enter(h.client[1], h.door[1], EMPTY(0)), UK_OK);
    expect(step(h.client[1], OP(UK_WAIT, bell, 0)), BLOCKED); /* inside, by the server's handle */
    expect(enter(h.client[2], h.door[2], EMPTY(0)), BLOCKED);
    assert_true(helps(h.client[2], h.client[0]) && is_alone(h.client[1]));
    expect(leave(h.client[0], EMPTY(0)), UK_OK);
    expect(after(h.client[2]), UK_OK);
    expect(step(root, OP(UK_THREAD_PRIORITY, other->thread, 20, 255)), UK_OK);
    expect(enter(other, door, EMPTY(0)), BLOCKED);
    assert_true(helps(other, h.client[2]));
    expect(step(h.client[2], OP(UK_EXIT, 0, 0)), UK_PEER_DIED); /* leaves otherwise than by returning */
    expect(after(other), UK_OK);
    assert_true(is_alone(h.client[2]));
    scene_close(h.scene);
}

/* What a thread did inside another one does now (MT-4), and that one is helped. */
static void heirs_are_helped(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *captured = h.client[0], *heir = h.client[1], *urgent = h.client[2];
    expect(enter(captured, h.door[0], EMPTY(0)), UK_OK);
    expect(enter(urgent, h.door[2], EMPTY(0)), BLOCKED);
    expect(step(h.scene->root, OP(UK_THREAD_SUSPEND, heir->thread, 0)), UK_OK);
    expect(step(h.scene->root, OP(UK_PORTAL_ABANDON, captured->thread, heir->thread)), UK_OK);
    assert_true(is_alone(captured) && helps(urgent, heir));
    expect(step(h.scene->root, OP(UK_THREAD_RESUME, heir->thread, 0)), UK_OK);
    expect(leave(heir, EMPTY(0)), DEAD); /* there was nobody to answer */
    expect(after(urgent), UK_OK);
    scene_close(h.scene);
}

/* One client of a passive server is served while others wait. */
struct shop {
    struct scene *scene;
    struct actor *server, *client[3];
    struct service_of service;
    uk_handle calls[3];
};

static struct shop shop_open(uint32_t order, int passive)
{
    struct shop shop = {.scene = scene_open(NULL)};
    shop.server = actor_new(shop.scene, "server", 1);
    shop.service = service_new(shop.server, order);
    expect(step(shop.scene->root, OP(UK_ENDPOINT_BIND, shop.service.endpoint, shop.server->thread)), UK_OK);
    expect(serve(&shop.service), BLOCKED);
    if (passive)
        actor_make_passive(shop.server);
    for (unsigned i = 0; i < 3; i++) {
        shop.client[i] = actor_new(shop.scene, "client", 10 + 10 * i);
        shop.calls[i] = client_of(shop.client[i], &shop.service);
    }
    return shop;
}

/* QN-2: the server is raised when the message is sent, not when it is received; QN-1: and receives by priority. */
static void raised_at_the_send(void **state)
{
    (void)state;
    struct shop s = shop_open(UK_ORDER_PRIORITY, 1);
    expect(do_call(s.client[0], s.calls[0], WORDS(1, 1)), BLOCKED);
    assert_int_equal(thread_of(s.server)->effective, 10);
    expect(do_call(s.client[1], s.calls[1], WORDS(1, 2)), BLOCKED);
    assert_int_equal(thread_of(s.server)->effective, 20);
    expect(do_send(s.client[2], s.calls[2], WORDS(1, 3)), BLOCKED); /* who wants no answer helps, too */
    assert_int_equal(thread_of(s.server)->effective, 30);
    assert_true(helps(s.client[2], s.server));
    assert_ptr_equal(thread_of(s.server)->context, thread_of(s.client[0])->own_context); /* still lent by the first */
    uk_time first = thread_of(s.client[0])->own_context->total;
    expect(step(s.server, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_int_equal(thread_of(s.client[0])->own_context->total, first);
    expect(answer_and_serve(&s.service, EMPTY(0)), UK_OK);
    assert_int_equal(got(s.server)->word[0], 3);
    assert_true(helps(s.client[1], s.server)); /* has no time: nobody waits for an answer, but somebody waits */
    expect(answer_and_serve(&s.service, EMPTY(0)), UK_OK);
    assert_int_equal(got(s.server)->word[0], 2);
    assert_true(is_alone(s.server));
    assert_int_equal(thread_of(s.server)->effective, 20); /* lent by the caller that it serves */
    scene_close(s.scene);
}

/* A server with time of its own serves on that; and order by arrival means that nobody is more urgent. */
static void those_who_do_not_want_help(void **state)
{
    (void)state;
    struct shop active = shop_open(UK_ORDER_PRIORITY, 0), arrival = shop_open(UK_ORDER_ARRIVAL, 1);
    expect(do_call(active.client[0], active.calls[0], EMPTY(0)), BLOCKED);
    expect(do_call(active.client[2], active.calls[2], EMPTY(0)), BLOCKED);
    assert_true(is_alone(active.server));
    assert_int_equal(thread_of(active.server)->effective, 1);
    expect(step(active.scene->root, OP(UK_SCHED_UNBIND, active.server->sched, 0)), UK_OK); /* now it does */
    assert_true(helps(active.client[2], active.server));
    expect(step(active.scene->root, OP(UK_SCHED_BIND, active.server->sched, active.server->thread)), UK_OK);
    assert_true(is_alone(active.server));
    expect(do_call(arrival.client[0], arrival.calls[0], EMPTY(0)), BLOCKED);
    expect(do_call(arrival.client[2], arrival.calls[2], EMPTY(0)), BLOCKED);
    assert_true(is_alone(arrival.server));
    scene_close(active.scene);
    scene_close(arrival.scene);
}

/* A passive server that nobody has served yet, or whose caller took his time with him, comes to its next receive by help. */
static void timeless_servers_go_on(void **state)
{
    (void)state;
    struct shop s = shop_open(UK_ORDER_PRIORITY, 1);
    expect(do_call(s.client[0], s.calls[0], EMPTY(0)), BLOCKED);
    expect(do_reply(s.server, s.service.answers, EMPTY(0)), UK_OK); /* a plain answer: the time is gone */
    expect(step(s.server, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    expect(do_call(s.client[1], s.calls[1], WORDS(0, 5)), BLOCKED);
    assert_true(helps(s.client[1], s.server));
    expect(serve(&s.service), UK_OK);
    assert_int_equal(got(s.server)->word[0], 5);
    assert_ptr_equal(thread_of(s.server)->context, thread_of(s.client[1])->own_context);
    assert_true(is_alone(s.server));
    scene_close(s.scene);
}

/* And what it asks others for meanwhile is done on the same time, though it has none to lend. */
static void timeless_servers_call_others(void **state)
{
    (void)state;
    struct shop s = shop_open(UK_ORDER_PRIORITY, 1);
    struct actor *other = actor_new(s.scene, "other", 2);
    struct service_of service = service_new(other, UK_ORDER_PRIORITY);
    uk_handle asks = client_of(s.server, &service);
    expect(serve(&service), BLOCKED);
    stand_aside(s.scene);
    actor_make_passive(other);
    expect(do_send(s.client[0], s.calls[0], EMPTY(0)), UK_OK); /* taken, but without time */
    expect(do_call(s.client[2], s.calls[2], EMPTY(0)), BLOCKED);
    assert_true(helps(s.client[2], s.server));
    expect(do_call(s.server, asks, WORDS(0, 7)), BLOCKED);
    assert_true(helps(s.client[2], s.server) && helps(s.server, other));
    assert_null(thread_of(other)->context);
    expect(step(other, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_ptr_equal(s.scene->inside->charging, thread_of(s.client[2])->own_context);
    expect(answer_and_serve(&service, WORDS(0, 8)), BLOCKED);
    expect(after(s.server), UK_OK);
    assert_true(helps(s.client[2], s.server) && is_alone(other));
    expect(serve(&s.service), UK_OK);
    assert_true(is_alone(s.server)); /* it was lent time with the call */
    scene_close(s.scene);
}

/* Who calls a server that has time of another keeps his own, and helps when that goes home before his answer comes. */
static void those_who_are_owed_an_answer(void **state)
{
    (void)state;
    struct shop s = shop_open(UK_ORDER_PRIORITY, 1);
    uk_handle second = give(s.server, make(s.scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    expect(do_call(s.client[0], s.calls[0], EMPTY(0)), BLOCKED);
    expect(do_receive(until(s.server, time_now(s.scene) + 1000), s.service.receives, second), BLOCKED);
    expect(do_call(s.client[1], s.calls[1], EMPTY(0)), BLOCKED);
    expect(after(s.server), UK_OK); /* it has two to answer, and the first one's time */
    assert_ptr_equal(thread_of(s.server)->context, thread_of(s.client[0])->own_context);
    assert_ptr_equal(thread_of(s.client[1])->context, thread_of(s.client[1])->own_context);
    assert_true(helps(s.client[1], s.server)); /* 20 against 10 */
    expect(do_reply(s.server, s.service.answers, EMPTY(0)), UK_OK);
    assert_null(thread_of(s.server)->context);
    assert_true(helps(s.client[1], s.server));
    expect(do_reply(s.server, second, EMPTY(0)), UK_OK);
    assert_true(is_alone(s.server));
    expect(after(s.client[1]), UK_OK);
    scene_close(s.scene);
}

/* A server is bound while somebody waits already; it dies; another one is bound. */
static void servers_come_and_go(void **state)
{
    (void)state;
    struct shop s = shop_open(UK_ORDER_PRIORITY, 1);
    struct actor *root = s.scene->root;
    expect(do_call(s.client[0], s.calls[0], EMPTY(0)), BLOCKED);
    expect(do_call(s.client[1], s.calls[1], EMPTY(0)), BLOCKED);
    expect(step(root, OP(UK_ENDPOINT_BIND, s.service.endpoint, UK_NONE)), UK_OK);
    assert_true(is_alone(s.server));
    expect(step(root, OP(UK_ENDPOINT_BIND, s.service.endpoint, s.server->thread)), UK_OK);
    assert_true(helps(s.client[1], s.server) || after(s.client[1]) == UK_PEER_DIED); /* of the incarnation before */
    expect(step(root, OP(UK_THREAD_KILL, s.server->thread, 0)), UK_OK);
    expect(after(s.client[0]), UK_PEER_DIED);
    expect(after(s.client[1]), UK_PEER_DIED);
    scene_close(s.scene);
}

/* Down the line: a door, behind it a call of a passive server, which itself waits for another. All of them have it. */
struct line {
    struct hall hall;
    struct actor *middle, *last, *low;
    struct service_of to_middle, to_last;
    uk_handle calls_middle, calls_last, low_calls;
};

static struct line line_open(void)
{
    struct line line = {.hall = hall_open(1)};
    struct scene *scene = line.hall.scene;
    line.middle = actor_new(scene, "middle", 2);
    line.last = actor_new(scene, "last", 3);
    line.low = actor_new(scene, "low", 4);
    line.to_middle = service_new(line.middle, UK_ORDER_PRIORITY);
    line.to_last = service_new(line.last, UK_ORDER_PRIORITY);
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, line.to_middle.endpoint, line.middle->thread)), UK_OK);
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, line.to_last.endpoint, line.last->thread)), UK_OK);
    line.calls_middle = client_of(line.hall.server, &line.to_middle); /* code behind the door uses the server's handles */
    line.calls_last = client_of(line.middle, &line.to_last);
    line.low_calls = client_of(line.low, &line.to_last);
    expect(serve(&line.to_last), BLOCKED);
    expect(serve(&line.to_middle), BLOCKED);
    actor_make_passive(line.last);
    actor_make_passive(line.middle);
    return line;
}

static void help_goes_down_the_line(void **state)
{
    (void)state;
    struct line l = line_open();
    struct actor *inside = l.hall.client[0], *urgent = l.hall.client[2];
    stand_aside(l.hall.scene);
    expect(do_call(l.low, l.low_calls, EMPTY(0)), BLOCKED); /* keeps the last one busy */
    expect(enter(inside, l.hall.door[0], EMPTY(0)), UK_OK);
    expect(do_call(inside, l.calls_middle, EMPTY(0)), BLOCKED);
    expect(do_call(l.middle, l.calls_last, EMPTY(0)), BLOCKED);
    assert_true(helps(l.middle, l.last)); /* with the time of who is inside, 10 against 4 */
    assert_int_equal(thread_of(l.last)->effective, 10);
    uk_time deadline = time_now(l.hall.scene) + 1000000;
    expect(enter(until(urgent, deadline), l.hall.door[2], EMPTY(0)), BLOCKED);
    assert_true(helps(urgent, inside) && helps(inside, l.middle) && helps(l.middle, l.last));
    assert_int_equal(thread_of(l.last)->effective, 12);
    expect_next(l.last);
    expect(step(l.last, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_ptr_equal(l.hall.scene->inside->charging, thread_of(urgent)->own_context); /* three waits up the line */
    advance(l.hall.scene, deadline); /* and all of them have it no longer */
    assert_true(is_alone(inside) && helps(l.middle, l.last));
    assert_int_equal(thread_of(l.last)->effective, 10);
    expect(enter(urgent, l.hall.door[2], EMPTY(0)), BLOCKED);
    assert_int_equal(thread_of(l.last)->effective, 12);
    expect(step(l.hall.scene->root, OP(UK_THREAD_KILL, l.middle->thread, 0)), UK_OK);
    expect(after(inside), UK_PEER_DIED);
    assert_true(helps(urgent, inside) && is_alone(l.last));
    assert_int_equal(thread_of(l.last)->effective, 4);
    scene_close(l.hall.scene);
}

/* Who is helped makes its own calls with it: the server that it calls then is as urgent, and runs on the same time. */
static void calls_made_while_helped(void **state)
{
    (void)state;
    struct line l = line_open();
    struct actor *inside = l.hall.client[0], *urgent = l.hall.client[2];
    expect(enter(inside, l.hall.door[0], EMPTY(0)), UK_OK);
    expect(enter(urgent, l.hall.door[2], EMPTY(0)), BLOCKED);
    expect(do_call(inside, l.calls_middle, EMPTY(0)), BLOCKED);
    assert_true(helps(inside, l.middle));
    assert_int_equal(thread_of(l.middle)->effective, 12);
    assert_int_equal(thread_of(l.middle)->lent_priority, 10); /* what is lent for the call itself is the caller's */
    expect(answer_and_serve(&l.to_middle, EMPTY(0)), BLOCKED);
    assert_true(helps(urgent, inside) && is_alone(l.middle));
    assert_int_equal(thread_of(l.middle)->effective, 2);
    expect(leave(inside, EMPTY(0)), UK_OK);
    expect(after(urgent), UK_OK);
    scene_close(l.hall.scene);
}

/* Two wait for each other, with a deadline: whoever closed the circle helps nobody; when it breaks, all is as it should be. */
static void circles_help_nobody(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *second = actor_new(h.scene, "second", 1);
    struct actor *one = h.client[0], *other = h.client[1], *urgent = h.client[2];
    uk_handle portal = portal_new(second, 1);
    uk_handle there = give(h.server, portal, ENTERS), back = give(second, h.portal, ENTERS);
    uk_handle door = give(other, portal, ENTERS);
    uk_time deadline = time_now(h.scene) + 1000000;
    stand_aside(h.scene);
    expect(enter(one, h.door[0], EMPTY(0)), UK_OK);
    expect(enter(other, door, EMPTY(0)), UK_OK);
    expect(enter(one, there, EMPTY(0)), BLOCKED);
    expect(enter(until(other, deadline), back, EMPTY(0)), BLOCKED);
    assert_true((thread_of(other)->marks & THREAD_CIRCLES) != 0);
    expect(enter(urgent, h.door[2], EMPTY(0)), BLOCKED);
    assert_true(helps(urgent, one) && helps(one, other));
    advance(h.scene, deadline);
    expect(after(other), UK_TIMED_OUT);
    assert_true(helps(urgent, one) && helps(one, other));
    assert_int_equal(thread_of(other)->effective, 12);
    expect_next(other);
    expect(leave(other, EMPTY(0)), UK_OK);
    expect(after(one), UK_OK);
    expect(leave(one, EMPTY(0)), UK_OK);
    expect(leave(one, EMPTY(0)), UK_OK);
    expect(after(urgent), UK_OK);
    scene_close(h.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_more_urgent_helps),     cmocka_unit_test(nobody_comes_in_between),
        cmocka_unit_test(help_ends_with_the_wait),   cmocka_unit_test(help_ends_with_the_portal),
        cmocka_unit_test(priorities_change),         cmocka_unit_test(time_for_who_has_none),
        cmocka_unit_test(helpers_run_out),           cmocka_unit_test(one_of_those_inside),
        cmocka_unit_test(heirs_are_helped),          cmocka_unit_test(raised_at_the_send),
        cmocka_unit_test(those_who_do_not_want_help), cmocka_unit_test(timeless_servers_go_on),
        cmocka_unit_test(timeless_servers_call_others), cmocka_unit_test(those_who_are_owed_an_answer),
        cmocka_unit_test(servers_come_and_go),       cmocka_unit_test(help_goes_down_the_line),
        cmocka_unit_test(calls_made_while_helped),   cmocka_unit_test(circles_help_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
