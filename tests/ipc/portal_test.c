/* SPDX-License-Identifier: MIT */
/* Portals: a call is the caller's thread in the server's domain, and back; as many at once as there are stacks. */
#include "portal_world.h"

#include "core/sched_context.h"

static void test_there_and_back(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *client = h.client[0];
    struct thread *thread = thread_of(client);
    const struct sched_context *context = thread->context;
    uk_word ip = thread->registers.ip = 0x777; /* nobody else sets it while threads are stepped */
    uk_word sp = registers_stack(&thread->registers);
    expect(enter(client, h.door[0], WORDS(7, 11, 12)), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(client)->tag), 7);
    assert_int_equal(UK_TAG_LENGTH(got(client)->tag), 2);
    assert_true((got(client)->tag & UK_TAG_CALL) != 0);
    assert_int_equal(got(client)->handle, 1);
    assert_int_equal(got(client)->word[1], 12);
    assert_int_equal(got(client)->word[2], 0);
    assert_int_equal(thread->registers.ip, ENTRY);
    assert_int_equal(registers_stack(&thread->registers), buffer_at(0));
    assert_ptr_equal(thread->cnode, thread_of(h.server)->cnode);
    assert_ptr_equal(thread->space, thread_of(h.server)->space);
    assert_int_equal(thread->buffer, buffer_at(0));
    assert_ptr_equal(thread->context, context); /* MT-1, NO-1: its own time, its own priority */
    assert_int_equal(thread->effective, 10);
    expect(leave(client, WORDS(8, 21)), UK_OK);
    assert_int_equal(got(client)->tag, UK_TAG(8, 1, 0));
    assert_int_equal(got(client)->word[0], 21);
    assert_int_equal(got(client)->word[1], 0);
    assert_int_equal(got(client)->handle, 0);
    assert_int_equal(thread->registers.ip, ip);
    assert_int_equal(registers_stack(&thread->registers), sp);
    assert_ptr_equal(thread->domain, &thread->own);
    assert_int_equal(thread->buffer, client->buffer);
    assert_int_equal(depth(client), 0);
    scene_close(h.scene);
}

static void test_time_is_the_callers(void **state) /* MT-1, NO-1 */
{
    (void)state;
    struct hall h = hall_open(1);
    const struct sched_context *mine = thread_of(h.client[0])->own_context, *server = thread_of(h.server)->own_context;
    expect(enter(h.client[0], h.door[0], EMPTY(0)), UK_OK);
    uk_time since = time_now(h.scene), before = mine->total + (since - mine->started), others = server->total;
    for (unsigned i = 0; i < 10; i++)
        expect(step(h.client[0], OP(UK_CLOCK, 0, 0)), UK_OK);
    uk_time now = time_now(h.scene);
    assert_true(now > since);
    assert_int_equal(mine->total + (now - mine->started) - before, now - since); /* all of it, to the nanosecond */
    assert_int_equal(server->total, others);
    expect(leave(h.client[0], EMPTY(0)), UK_OK);
    scene_close(h.scene);
}

static void test_pool(void **state) /* MT-2 */
{
    (void)state;
    struct hall h = hall_open(2);
    struct actor *a = h.client[0], *b = h.client[1], *c = h.client[2];
    expect(enter(a, h.door[0], EMPTY(0)), UK_OK);
    expect(enter(b, h.door[1], EMPTY(0)), UK_OK);
    assert_int_not_equal(thread_of(a)->buffer, thread_of(b)->buffer);
    expect_refused(c, UK_WOULD_BLOCK, (struct uk_call){.operation = UK_PORTAL_CALL, .handle = h.door[2]});
    expect(enter(until(c, time_now(h.scene) + 1000000), h.door[2], EMPTY(0)), BLOCKED);
    advance(h.scene, time_now(h.scene) + 2000000);
    expect(after(c), UK_TIMED_OUT);
    assert_int_equal(depth(c), 0);
    expect(enter(c, h.door[2], WORDS(5, 55)), BLOCKED);
    uk_word stack = thread_of(b)->buffer;
    expect(leave(b, EMPTY(0)), UK_OK);
    expect(after(c), UK_OK); /* it is inside now, on the stack that was left */
    assert_int_equal(thread_of(c)->buffer, stack);
    assert_int_equal(got(c)->word[0], 55);
    assert_int_equal(got(c)->handle, 3);
    expect(leave(c, EMPTY(0)), UK_OK);
    expect(leave(a, EMPTY(0)), UK_OK);
    scene_close(h.scene);
}

static void test_waiting_by_priority(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *a = h.client[0], *b = h.client[1], *c = h.client[2];
    expect(enter(h.server, give(h.server, h.portal, ENTERS), EMPTY(0)), UK_OK); /* a server may call itself, too */
    expect(enter(a, h.door[0], EMPTY(0)), BLOCKED);
    expect(enter(c, h.door[2], EMPTY(0)), BLOCKED);
    expect(enter(b, h.door[1], EMPTY(0)), BLOCKED);
    expect(leave(h.server, EMPTY(0)), UK_OK);
    expect(after(c), UK_OK);
    expect(after(b), BLOCKED);
    expect(leave(c, EMPTY(0)), UK_OK);
    expect(after(b), UK_OK);
    expect(after(a), BLOCKED);
    expect(leave(b, EMPTY(0)), UK_OK);
    expect(leave(a, EMPTY(0)), UK_OK);
    scene_close(h.scene);
}

/* Help (NO-2, tests/ipc/help_test.c) makes no one leave who does not want to. What bounds the wait: its deadline, to the entry,
 * whoever runs meanwhile; whoever is inside killed; a door of one's own into that domain. */
static void test_the_wait_is_bounded(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *inside = h.client[0], *between = h.client[1], *urgent = h.client[2];
    uk_handle own = make(h.scene, UK_TYPE_PORTAL, 1), mine = give(urgent, own, ENTERS);
    (void)frame_at(h.server, STACKS + STACK_BYTES, UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    expect(step(h.scene->root, OP(UK_PORTAL_CONFIGURE, own, h.server->cnode, h.server->space, 0, ENTRY,
                                  STACKS + STACK_BYTES, STACK_BYTES)), UK_OK);
    expect(enter(inside, h.door[0], EMPTY(0)), UK_OK);
    uk_time entry = time_now(h.scene), deadline;
    expect(step(between, OP(UK_CLOCK, 0, 0)), UK_OK);
    entry = time_now(h.scene) - entry; /* what one takes */
    deadline = time_now(h.scene) + 40 * entry;
    expect(enter(until(urgent, deadline), h.door[2], EMPTY(0)), BLOCKED);
    for (unsigned i = 0; i < 38; i++) {
        expect(step(between, OP(UK_CLOCK, 0, 0)), UK_OK);
        expect(after(urgent), BLOCKED);
        assert_int_equal(thread_of(inside)->effective, 12);
        assert_ptr_equal(thread_of(inside)->context, thread_of(inside)->own_context);
    }
    expect(step(between, OP(UK_CLOCK, 0, 0)), UK_OK);
    assert_int_equal(time_now(h.scene), deadline);
    expect(after(urgent), UK_TIMED_OUT);
    expect(enter(urgent, mine, EMPTY(0)), UK_OK); /* the same server, at once */
    assert_ptr_equal(thread_of(urgent)->space, thread_of(inside)->space);
    expect(leave(urgent, EMPTY(0)), UK_OK);
    expect(enter(urgent, h.door[2], EMPTY(0)), BLOCKED);
    expect(step(h.scene->root, OP(UK_THREAD_KILL, inside->thread, 0)), UK_OK);
    expect(after(urgent), UK_OK);
    assert_int_equal(depth(urgent), 1);
    scene_close(h.scene);
}

static void test_no_stacks_yet(void **state) /* FI-1 */
{
    (void)state;
    struct hall h = hall_open(1);
    uk_handle portal = make(h.scene, UK_TYPE_PORTAL, 3);
    uk_handle door[3] = {give(h.client[0], portal, ENTERS), give(h.client[1], portal, ENTERS),
                         give(h.client[2], portal, ENTERS)};
    for (unsigned i = 1; i < 3; i++)
        (void)frame_at(h.server, STACKS + i * STACK_BYTES, UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    expect(enter(until(h.client[0], time_now(h.scene) + 1000000), door[0], EMPTY(0)), BLOCKED);
    expect(enter(h.client[1], door[1], EMPTY(0)), BLOCKED);
    expect(enter(h.client[2], door[2], LONG(0, 7, 0)), BLOCKED);
    advance(h.scene, time_now(h.scene) + 2000000);
    expect(after(h.client[0]), UK_TIMED_OUT);
    expect(step(h.scene->root, CONFIGURE(h.server, portal)), UK_OK);
    expect(after(h.client[1]), UK_OK);
    expect(after(h.client[2]), UK_OK);
    assert_int_equal(depth(h.client[1]), 1);
    assert_int_equal(depth(h.client[2]), 1);
    scene_close(h.scene);
}

static void test_depth(void **state) /* MT-5 */
{
    (void)state;
    struct hall h = hall_open(1);
    uk_handle portal = make(h.scene, UK_TYPE_PORTAL, 17), again = give(h.server, portal, ENTERS);
    for (unsigned i = 1; i < 17; i++)
        (void)frame_at(h.server, STACKS + i * STACK_BYTES, UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    expect(step(h.scene->root, CONFIGURE(h.server, portal)), UK_OK);
    struct actor *client = h.client[0];
    uk_handle first = give(client, portal, ENTERS);
    for (unsigned i = 0; i < UK_PORTAL_DEPTH_MAX; i++)
        expect(enter(client, i == 0 ? first : again, WORDS(i, i)), UK_OK);
    assert_int_equal(depth(client), UK_PORTAL_DEPTH_MAX);
    expect_refused(client, UK_LIMIT, OP(UK_PORTAL_CALL, again, 0));
    for (unsigned i = UK_PORTAL_DEPTH_MAX; i > 0; i--) {
        assert_int_equal(thread_of(client)->buffer, buffer_at(i - 1));
        expect(leave(client, WORDS(i, 100 + i)), UK_OK);
        assert_int_equal(got(client)->word[0], 100 + i);
    }
    expect_refused(client, UK_NO_REPLY, OP(UK_PORTAL_RETURN, 0, 0));
    scene_close(h.scene);
}

static void test_recursion(void **state)
{
    (void)state;
    struct hall h = hall_open(2);
    uk_handle again = give(h.server, h.portal, ENTERS);
    expect(enter(h.client[0], h.door[0], EMPTY(0)), UK_OK);
    expect(enter(h.client[0], again, EMPTY(0)), UK_OK);
    expect_refused(h.client[0], UK_DEADLOCK, OP(UK_PORTAL_CALL, again, 0));
    expect(leave(h.client[0], EMPTY(0)), UK_OK);
    expect(enter(h.client[1], h.door[1], EMPTY(0)), UK_OK); /* now one of them is somebody else's, who may come back */
    expect(enter(h.client[0], again, EMPTY(0)), BLOCKED);
    expect(leave(h.client[1], EMPTY(0)), UK_OK);
    expect(after(h.client[0]), UK_OK);
    assert_int_equal(depth(h.client[0]), 2);
    scene_close(h.scene);
}

/* The actor's view of the server's memory is that of a thread inside. */
static void test_long_messages(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *client = h.client[0];
    uk_handle bell = give(client, make(h.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL), theirs = h.server->next_slot++;
    struct uk_window window = {(uint32_t)theirs, 1, 0, 0};
    uk_word word = 0;
    poke(h.server, buffer_at(0) + offsetof(struct uk_buffer, window), &window, sizeof window);
    set_word(client, 63, 4711);
    set_item(client, 0, UK_ITEM_COPY, UK_RIGHT_SEND, bell, 1);
    expect(enter(client, h.door[0], LONG(3, 64, 1)), UK_OK);
    assert_int_equal(UK_TAG_ITEMS(got(client)->tag), 1);
    expect(peek(h.server, buffer_at(0) + 63 * sizeof word, &word, sizeof word), UK_OK);
    assert_int_equal(word, 4711);
    assert_int_equal(slot_of(h.server, theirs)->type, UK_TYPE_NOTIFICATION);
    expect(step(client, OP(UK_SIGNAL, theirs, 0)), UK_OK); /* by the server's handle */
    word = 42;
    poke(h.server, buffer_at(0) + 40 * sizeof word, &word, sizeof word);
    expect(leave(client, LONG(4, 41, 0)), UK_OK);
    assert_int_equal(buffer_of_actor(client).words[40], 42);
    assert_int_equal(UK_TAG_LENGTH(got(client)->tag), 41);
    scene_close(h.scene);
}

static int enter_with(struct actor *actor, uk_handle portal, uk_word tag)
{
    return step(actor, (struct uk_call){.operation = UK_PORTAL_CALL, .handle = portal, .tag = tag, .deadline = UK_FOREVER});
}

static int leave_with(struct actor *actor, uk_word tag)
{
    return step(actor, (struct uk_call){.operation = UK_PORTAL_RETURN, .tag = tag});
}

/* Whose fault it is is said, and nobody has moved. */
static void test_messages_that_do_not_fit(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *client = h.client[0];
    uk_handle bell = give(client, make(h.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle quiet = give(h.client[1], h.portal, UK_RIGHT_SEND);
    set_item(client, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, bell, 1);
    expect(enter_with(client, h.door[0], UK_TAG(0, 0, 1)), UK_NO_WINDOW);
    expect(enter_with(client, h.door[0], UK_TAG(0, 65, 0)), UK_TOO_LARGE);
    expect(enter_with(h.client[1], quiet, UK_TAG(0, 0, 1)), UK_NO_RIGHT);
    expect(step(h.server, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, STACKS)), UK_OK);
    expect(enter_with(client, h.door[0], UK_TAG(0, 7, 0)), UK_PEER_FAULT);
    assert_int_equal(depth(client), 0);
    assert_int_equal(slot_of(client, bell)->type, UK_TYPE_NOTIFICATION);
    expect(enter(client, h.door[0], EMPTY(0)), UK_OK); /* what needs no buffer goes through */
    expect(leave_with(client, UK_TAG(0, 7, 0)), UK_CALLER_FAULT);
    assert_int_equal(depth(client), 1);
    expect(leave(client, EMPTY(0)), UK_OK);
    expect(step(client, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, client->buffer)), UK_OK);
    expect(enter_with(client, h.door[0], UK_TAG(0, 7, 0)), UK_CALLER_FAULT);
    scene_close(h.scene);
}

static void test_waiting_with_a_bad_message(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    expect(enter(h.client[0], h.door[0], EMPTY(0)), UK_OK);
    expect(enter(h.client[1], h.door[1], EMPTY(0)), BLOCKED);
    expect(enter_with(h.client[2], h.door[2], UK_TAG(0, 65, 0)), BLOCKED); /* more urgent, but what it says is no message */
    expect(leave(h.client[0], EMPTY(0)), UK_OK);
    expect(after(h.client[2]), UK_TOO_LARGE);
    expect(after(h.client[1]), UK_OK);
    assert_int_equal(depth(h.client[1]), 1);
    scene_close(h.scene);
}

static void test_refusals(void **state)
{
    (void)state;
    struct hall h = hall_open(1);
    struct actor *root = h.scene->root, *client = h.client[0];
    uk_handle fresh = make(h.scene, UK_TYPE_PORTAL, 2), bell = make(h.scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle managed = give(client, h.portal, UK_RIGHT_MANAGE), sent = give(client, h.portal, UK_RIGHT_SEND);
    uk_word cnode = h.server->cnode, space = h.server->space;
    expect_refused(client, UK_NO_RIGHT, OP(UK_PORTAL_CALL, managed, 0));
    expect_refused(client, UK_NO_RIGHT, OP(UK_PORTAL_CONFIGURE, sent, 0));
    expect_refused(client, UK_WRONG_TYPE, OP(UK_PORTAL_CALL, UK_SLOT_CNODE, 0));
    expect_refused(client, UK_EMPTY_SLOT, OP(UK_PORTAL_CALL, 200, 0));
    expect_refused(client, UK_STALE, OP(UK_PORTAL_CALL, sent | (uk_word)77 << 32, 0));
    expect_refused(root, UK_BUSY, CONFIGURE(h.server, h.portal));
    expect_refused(root, UK_WRONG_TYPE, OP(UK_PORTAL_CONFIGURE, fresh, space, space, 0, ENTRY, STACKS, STACK_BYTES));
    expect_refused(root, UK_WRONG_TYPE, OP(UK_PORTAL_CONFIGURE, fresh, cnode, cnode, 0, ENTRY, STACKS, STACK_BYTES));
    expect_refused(root, UK_WRONG_TYPE, OP(UK_PORTAL_CONFIGURE, fresh, cnode, space, bell, ENTRY, STACKS, STACK_BYTES));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_PORTAL_CONFIGURE, fresh, cnode, space, 0, ENTRY, STACKS + 8, STACK_BYTES));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_PORTAL_CONFIGURE, fresh, cnode, space, 0, ENTRY, STACKS, STACK_BYTES + 8));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_PORTAL_CONFIGURE, fresh, cnode, space, 0, ENTRY, STACKS, UK_BUFFER_BYTES));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_PORTAL_CONFIGURE, fresh, cnode, space, 0, ENTRY, 0, STACK_BYTES));
    expect_refused(root, UK_BAD_ARGUMENT,
                   OP(UK_PORTAL_CONFIGURE, fresh, cnode, space, 0, ENTRY, ~(uk_word)0 << 12, (uk_word)1 << 62));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_PORTAL, 0, 0, slot_new(h.scene), 1));
    expect_refused(root, UK_BAD_ARGUMENT,
                   OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_PORTAL, UK_PORTAL_STACKS_MAX + 1, 0, slot_new(h.scene), 1));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_PORTAL_ABANDON, client->thread, h.server->thread)); /* it is at home */
    expect_refused(root, UK_WRONG_TYPE, OP(UK_PORTAL_ABANDON, client->thread, bell));
    expect_refused(client, UK_NO_REPLY, OP(UK_PORTAL_RETURN, 0, 0));
    scene_close(h.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),  cmocka_unit_test(test_time_is_the_callers),
        cmocka_unit_test(test_pool),            cmocka_unit_test(test_waiting_by_priority),
        cmocka_unit_test(test_the_wait_is_bounded),
        cmocka_unit_test(test_no_stacks_yet),   cmocka_unit_test(test_depth),
        cmocka_unit_test(test_recursion),       cmocka_unit_test(test_long_messages),
        cmocka_unit_test(test_messages_that_do_not_fit), cmocka_unit_test(test_waiting_with_a_bad_message),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
