/* SPDX-License-Identifier: MIT */
/* Death behind a portal: a domain, a fault, a thread, the portal itself; each call ends once, and no stack is lost. */
#include "portal_world.h"

#include <stdio.h>
#include <string.h>

/* The client may enter a, which may enter b, which may enter c. */
struct street {
    struct scene *scene;
    struct actor *client, *other, *a, *b, *c;
    uk_handle portal[3], door, other_door, to_b, to_c;
};

static struct street street_open(unsigned stacks)
{
    struct street s = {.scene = scene_open(NULL)};
    s.client = actor_new(s.scene, "client", 10);
    s.other = actor_new(s.scene, "other", 10);
    s.a = actor_new(s.scene, "a", 10);
    s.b = actor_new(s.scene, "b", 10);
    s.c = actor_new(s.scene, "c", 10);
    s.portal[0] = portal_new(s.a, stacks);
    s.portal[1] = portal_new(s.b, stacks);
    s.portal[2] = portal_new(s.c, stacks);
    s.door = give(s.client, s.portal[0], ENTERS);
    s.other_door = give(s.other, s.portal[0], ENTERS);
    s.to_b = give(s.a, s.portal[1], ENTERS);
    s.to_c = give(s.b, s.portal[2], ENTERS);
    return s;
}

/* The client is in a, b or c (1, 2, 3). */
static void walk(struct street *s, unsigned to)
{
    const uk_handle by[] = {s->door, s->to_b, s->to_c};
    for (unsigned i = 0; i < to; i++)
        expect(enter(s->client, by[i], WORDS(i, 1, 2, 3, 4, 5, 6)), UK_OK);
    assert_int_equal(depth(s->client), to);
}

static const struct portal *portal_at(const struct street *s, unsigned n)
{
    return (const struct portal *)object_of(s->scene->root, s->portal[n]);
}

static unsigned used(const struct street *s, unsigned n)
{
    unsigned count = 0;
    for (unsigned i = 0; i < portal_at(s, n)->count; i++)
        count += portal_at(s, n)->stacks[i].thread != NULL;
    return count;
}

static void test_middle_dies(void **state) /* MT-3 */
{
    (void)state;
    struct street s = street_open(1);
    uint64_t late = s.scene->inside->counters.late_replies;
    walk(&s, 3);
    expect(kill_space(s.b), UK_OK);
    assert_int_equal(depth(s.client), 2); /* c goes on */
    assert_ptr_equal(thread_of(s.client)->cnode, thread_of(s.c)->cnode);
    expect(step(s.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    expect(leave(s.client, WORDS(1, 99)), UK_PEER_DIED); /* and comes back to a: b is skipped */
    expect_failed(s.client, UK_PEER_DIED, s.to_b);
    assert_ptr_equal(thread_of(s.client)->cnode, thread_of(s.a)->cnode);
    assert_int_equal(s.scene->inside->counters.late_replies, late + 1);
    assert_int_equal(used(&s, 1) + used(&s, 2), 0);
    expect(leave(s.client, WORDS(1, 88)), UK_OK);
    assert_int_equal(got(s.client)->word[0], 88);
    expect(enter(s.client, s.door, EMPTY(0)), UK_OK);
    expect_refused(s.client, UK_PEER_DIED, OP(UK_PORTAL_CALL, s.to_b, 0));
    scene_close(s.scene);
}

static void test_first_and_middle_die(void **state) /* MT-3 */
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 3);
    expect(kill_space(s.a), UK_OK);
    expect(kill_space(s.b), UK_OK);
    assert_int_equal(depth(s.client), 1);
    expect(leave(s.client, WORDS(1, 99)), UK_PEER_DIED);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    assert_int_equal(depth(s.client), 0);
    scene_close(s.scene);
}

static void test_innermost_dies(void **state) /* NO-3 */
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 2);
    expect(kill_space(s.b), UK_OK);
    expect_failed(s.client, UK_PEER_DIED, s.to_b);
    assert_int_equal(depth(s.client), 1);
    expect(leave(s.client, EMPTY(0)), UK_OK);
    scene_close(s.scene);
}

static void test_outer_then_inner_dies(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 2);
    expect(kill_space(s.a), UK_OK);
    assert_int_equal(depth(s.client), 1);
    expect(kill_space(s.b), UK_OK);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    scene_close(s.scene);
}

static void test_dies_while_blocked(void **state)
{
    (void)state;
    struct street s = street_open(1);
    uk_handle bell = give(s.a, make(s.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    walk(&s, 1);
    expect(do_wait(s.client, bell), BLOCKED);
    expect(enter(s.other, s.other_door, EMPTY(0)), BLOCKED);
    expect(kill_space(s.a), UK_OK);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    expect(after(s.other), UK_PEER_DIED);
    assert_int_equal(used(&s, 0), 0);
    scene_close(s.scene);
}

static void test_dies_while_calling_on(void **state) /* time that was lent from inside comes home */
{
    (void)state;
    struct street s = street_open(1);
    uk_handle endpoint = make(s.scene, UK_TYPE_ENDPOINT, 0);
    uk_handle calls = give(s.a, endpoint, UK_RIGHTS_ALL), serves = give(s.c, endpoint, UK_RIGHTS_ALL);
    uk_handle reply = give(s.c, make(s.scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    expect(do_receive(s.c, serves, reply), BLOCKED);
    actor_make_passive(s.c);
    walk(&s, 1);
    expect(do_call(s.client, calls, EMPTY(0)), BLOCKED);
    expect(kill_space(s.a), UK_OK);
    assert_int_equal(depth(s.client), 0);
    assert_null(thread_of(s.client)->context); /* answered, but without its time, until c is done */
    expect(do_reply_receive(s.c, serves, reply, EMPTY(0)), BLOCKED);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    assert_non_null(thread_of(s.client)->context);
    scene_close(s.scene);
}

static void test_dies_while_stopped(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 1);
    expect(step(s.scene->root, OP(UK_THREAD_SUSPEND, s.client->thread, 0)), UK_OK);
    expect(kill_space(s.a), UK_OK);
    expect(after(s.client), STOPPED);
    assert_int_equal(depth(s.client), 0);
    expect(step(s.scene->root, OP(UK_THREAD_RESUME, s.client->thread, 0)), UK_OK);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    scene_close(s.scene);
}

static void test_portal_is_deleted(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 1);
    expect(enter(s.other, s.other_door, EMPTY(0)), BLOCKED);
    expect(step(s.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, s.portal[0])), UK_OK);
    expect(after(s.other), BLOCKED); /* the capability is gone, but not what it was used for */
    expect(step(s.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, s.portal[0])), UK_OK);
    expect(after(s.other), UK_PEER_DIED);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    scene_close(s.scene);
}

static void test_cnode_is_revoked(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 1);
    expect(step(s.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, s.a->cnode)), UK_OK);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    scene_close(s.scene);
}

static void test_own_space_dies(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 1);
    expect(kill_space(s.client), UK_OK);
    assert_int_equal(depth(s.client), 1); /* the server's code goes on */
    expect(leave(s.client, WORDS(1, 5)), UK_OK);
    assert_null(thread_of(s.client)->space); /* a running thread stops here: it has no code any more */
    scene_close(s.scene);
}

static void test_server_closes_under_itself(void **state)
{
    (void)state;
    struct street s = street_open(1);
    uk_handle root_cnode = give(s.a, UK_SLOT_CNODE, UK_RIGHTS_ALL);
    walk(&s, 1);
    expect(step(s.client, OP(UK_CAPABILITY_REVOKE, root_cnode, s.a->space)), UK_PEER_DIED);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    expect(step(s.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(s.scene);
}

static void test_exit_ends_the_call(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 1);
    expect(step(s.client, OP(UK_EXIT, 0, 7)), UK_PEER_DIED);
    expect_failed(s.client, UK_PEER_DIED, s.door);
    assert_int_equal(used(&s, 0), 0);
    scene_close(s.scene);
}

static void fault(struct actor *actor)
{
    expect(uk_step_fault(actor->scene->kernel, actor->thread, UK_FAULT_PAGE, 0x10, UK_RIGHT_READ, &actor->result), UK_OK);
    actor->settled = 0;
    scene_check(actor->scene);
}

static void test_fault_without_handler(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 2);
    fault(s.client);
    expect_failed(s.client, UK_PEER_FAULT, s.to_b);
    assert_int_equal(depth(s.client), 1);
    expect(leave(s.client, EMPTY(0)), UK_OK);
    scene_close(s.scene);
}

/* A portal whose server has a handler of faults, and the client inside at a fault. */
static uk_handle faulted(struct street *s, uk_handle *endpoint)
{
    uk_handle portal = make(s->scene, UK_TYPE_PORTAL, 1), all = make(s->scene, UK_TYPE_ENDPOINT, 0);
    uk_handle reply = give(s->other, make(s->scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL), door = give(s->client, portal, ENTERS);
    struct uk_call call = CONFIGURE(s->a, portal);
    call.word[2] = all;
    expect(step(s->scene->root, call), UK_OK);
    *endpoint = give(s->other, all, UK_RIGHTS_ALL);
    expect(do_receive(s->other, *endpoint, reply), BLOCKED);
    expect(enter(s->client, door, EMPTY(0)), UK_OK);
    fault(s->client);
    expect(after(s->client), BLOCKED);
    assert_true((got(s->other)->tag & UK_TAG_FAULT) != 0);
    return reply;
}

static void test_fault_handled(void **state)
{
    (void)state;
    struct street s = street_open(1);
    uk_handle endpoint, reply = faulted(&s, &endpoint);
    expect(do_reply(s.other, reply, EMPTY(UK_FAULT_RESUME)), UK_OK);
    assert_int_equal(depth(s.client), 1);
    expect(leave(s.client, WORDS(0, 3)), UK_OK);
    assert_int_equal(got(s.client)->word[0], 3);
    scene_close(s.scene);
}

static void test_fault_not_forgiven(void **state) /* a server's handler ends its code, not its client */
{
    (void)state;
    struct street s = street_open(1);
    uk_handle endpoint, reply = faulted(&s, &endpoint);
    expect(do_reply(s.other, reply, EMPTY(UK_FAULT_KILL)), UK_OK);
    expect(after(s.client), UK_PEER_FAULT);
    assert_int_equal(depth(s.client), 0);
    scene_close(s.scene);
}

static void test_handler_dies(void **state)
{
    (void)state;
    struct street s = street_open(1);
    uk_handle endpoint;
    (void)faulted(&s, &endpoint);
    expect(step(s.scene->root, OP(UK_THREAD_KILL, s.other->thread, 0)), UK_OK);
    expect(after(s.client), UK_PEER_FAULT);
    assert_int_equal(depth(s.client), 0);
    scene_close(s.scene);
}

static void test_thread_is_killed_inside(void **state)
{
    (void)state;
    struct street s = street_open(1);
    walk(&s, 3);
    expect(enter(s.other, s.other_door, WORDS(1, 2)), BLOCKED);
    expect(step(s.scene->root, OP(UK_THREAD_KILL, s.client->thread, 0)), UK_OK);
    expect(after(s.client), DEAD);
    expect(after(s.other), UK_OK);
    assert_int_equal(depth(s.other), 1);
    assert_int_equal(used(&s, 0), 1);
    assert_int_equal(used(&s, 1) + used(&s, 2), 0);
    scene_close(s.scene);
}

static void test_killed_by_the_server(void **state) /* who has the capability may: the server's code kills who runs it */
{
    (void)state;
    struct street s = street_open(1);
    uk_handle client = give(s.a, s.client->thread, UK_RIGHTS_ALL);
    walk(&s, 1);
    expect(step(s.client, OP(UK_THREAD_KILL, client, 0)), DEAD);
    assert_int_equal(used(&s, 0), 0);
    scene_close(s.scene);
}

static void test_operations_on_threads_inside(void **state)
{
    (void)state;
    struct street s = street_open(1);
    struct actor *root = s.scene->root, *client = s.client;
    uk_handle bell = give(s.a, make(s.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle handler = make(s.scene, UK_TYPE_ENDPOINT, 0);
    struct uk_thread_info info;
    walk(&s, 2);
    expect(uk_inspect_thread(s.scene->kernel, client->thread, &info), UK_OK);
    assert_int_equal(info.inside, portal_at(&s, 1)->object.number);
    assert_int_equal(info.depth, 2);
    expect(leave(client, EMPTY(0)), UK_OK);
    expect(do_wait(client, bell), BLOCKED);
    expect(step(root, OP(UK_THREAD_SUSPEND, client->thread, 0)), UK_OK);
    expect_refused(root, UK_BUSY, OP(UK_THREAD_REGISTERS, client->thread, ENTRY, STACKS, 0));
    expect_refused(root, UK_BUSY, OP(UK_THREAD_CONFIGURE, client->thread, 0, s.b->space, 0, 0, 0, UK_PART_SPACE));
    expect_refused(root, UK_BUSY, OP(UK_THREAD_CONFIGURE, client->thread, s.b->cnode, 0, 0, 0, 0, UK_PART_CNODE));
    expect_refused(root, UK_BUSY, OP(UK_THREAD_CONFIGURE, client->thread, 0, 0, 0, 0x1000, 0, UK_PART_BUFFER));
    expect_refused(root, UK_BUSY, OP(UK_THREAD_CONFIGURE, client->thread, 0, 0, 0, 0, 1, UK_PART_FLAGS));
    expect(step(root, OP(UK_THREAD_CONFIGURE, client->thread, 0, 0, handler, 0, 0, UK_PART_FAULT)), UK_OK);
    expect(step(root, OP(UK_THREAD_RESUME, client->thread, 0)), UK_OK);
    expect(after(client), UK_CANCELLED); /* the server's wait was broken off; it is still inside */
    assert_int_equal(depth(client), 1);
    fault(client);
    expect(after(client), UK_PEER_FAULT); /* the server has no handler; the client's is for its own code */
    scene_close(s.scene);
}

static void test_flags_stay_at_home(void **state)
{
    (void)state;
    struct street s = street_open(1);
    const uk_word flags = UK_THREAD_FAULT_ON_MISUSE | UK_THREAD_FAULT_ON_TIMEOUT;
    expect(step(s.scene->root, OP(UK_THREAD_CONFIGURE, s.client->thread, 0, 0, 0, 0, flags, UK_PART_FLAGS)), UK_OK);
    walk(&s, 1);
    expect(step(s.client, OP(UK_SIGNAL, 200, 0)), UK_EMPTY_SLOT); /* a status, as the server expects */
    expect(leave(s.client, EMPTY(0)), UK_OK);
    assert_int_equal(thread_of(s.client)->flags, flags);
    expect(step(s.client, OP(UK_SIGNAL, 200, 0)), STOPPED);
    scene_close(s.scene);
}

static void test_signals_stay_at_home(void **state)
{
    (void)state;
    struct street s = street_open(1);
    uk_handle bell = make(s.scene, UK_TYPE_NOTIFICATION, 0), rings = slot_new(s.scene);
    uk_handle endpoint = make(s.scene, UK_TYPE_ENDPOINT, 0);
    uk_handle inside = give(s.a, endpoint, UK_RIGHTS_ALL), home = give(s.client, endpoint, UK_RIGHTS_ALL);
    expect(step(s.scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, rings, bell, 0, UK_RIGHTS_ALL, 4)), UK_OK);
    expect(step(s.scene->root, OP(UK_THREAD_BIND, s.client->thread, bell)), UK_OK);
    walk(&s, 1);
    expect(do_receive(s.client, inside, 0), BLOCKED);
    expect(step(s.scene->root, OP(UK_SIGNAL, rings, 0)), UK_OK);
    expect(after(s.client), BLOCKED);
    expect(do_send(s.other, give(s.other, endpoint, UK_RIGHTS_ALL), EMPTY(0)), UK_OK);
    expect(do_receive(until(s.client, UK_NOW), inside, 0), UK_WOULD_BLOCK);
    expect(leave(s.client, EMPTY(0)), UK_OK);
    expect(do_receive(s.client, home, 0), UK_OK);
    assert_int_equal(got(s.client)->handle, 4);
    scene_close(s.scene);
}

static struct actor *heir_new(struct street *s)
{
    struct actor *heir = actor_new(s->scene, "heir", 10);
    expect(step(s->scene->root, OP(UK_THREAD_SUSPEND, heir->thread, 0)), UK_OK);
    return heir;
}

static void test_abandon(void **state) /* MT-4 */
{
    (void)state;
    struct street s = street_open(1);
    struct actor *root = s.scene->root, *heir = heir_new(&s);
    uk_handle bell = give(s.b, make(s.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    walk(&s, 2);
    expect(do_wait(s.client, bell), BLOCKED);
    expect(step(root, OP(UK_PORTAL_ABANDON, s.client->thread, heir->thread)), UK_OK);
    expect_failed(s.client, UK_CANCELLED, s.door);
    assert_int_equal(depth(s.client), 0);
    expect(after(heir), STOPPED);
    assert_int_equal(depth(heir), 2);
    assert_int_equal(used(&s, 0) + used(&s, 1), 2);
    expect(step(s.client, OP(UK_CLOCK, 0, 0)), UK_OK);
    expect(step(root, OP(UK_THREAD_RESUME, heir->thread, 0)), UK_OK);
    expect(after(heir), UK_CANCELLED); /* b's wait was broken off */
    expect(leave(heir, WORDS(0, 9)), UK_OK);
    assert_int_equal(got(heir)->word[0], 9);
    assert_ptr_equal(thread_of(heir)->cnode, thread_of(s.a)->cnode);
    struct uk_call before = *got(s.client);
    expect(leave(heir, WORDS(0, 8)), DEAD); /* there is nobody to come back to */
    assert_memory_equal(&before, got(s.client), sizeof before);
    assert_int_equal(used(&s, 0) + used(&s, 1), 0);
    expect(enter(s.client, s.door, EMPTY(0)), UK_OK);
    scene_close(s.scene);
}

static void test_abandoned_then_broken(void **state)
{
    (void)state;
    struct street s = street_open(1);
    struct actor *root = s.scene->root, *heir = heir_new(&s);
    walk(&s, 3);
    expect(step(root, OP(UK_PORTAL_ABANDON, s.client->thread, heir->thread)), UK_OK);
    expect(kill_space(s.a), UK_OK);
    assert_int_equal(depth(heir), 2);
    expect(kill_space(s.b), UK_OK);
    expect(kill_space(s.c), UK_OK);
    expect(after(heir), DEAD);
    expect(after(s.client), UK_CANCELLED);
    scene_close(s.scene);
}

static void test_abandon_is_refused(void **state)
{
    (void)state;
    struct street s = street_open(2);
    struct actor *root = s.scene->root, *heir = heir_new(&s);
    uk_handle self = give(s.a, s.client->thread, UK_RIGHTS_ALL), of_heir = give(s.a, heir->thread, UK_RIGHTS_ALL);
    walk(&s, 1);
    expect(enter(s.other, s.other_door, EMPTY(0)), UK_OK);
    expect_refused(root, UK_BUSY, OP(UK_PORTAL_ABANDON, s.client->thread, s.b->thread)); /* it runs */
    expect_refused(root, UK_BUSY, OP(UK_PORTAL_ABANDON, s.client->thread, s.client->thread));
    expect_refused(s.client, UK_BAD_ARGUMENT, OP(UK_PORTAL_ABANDON, self, of_heir));
    expect(step(root, OP(UK_PORTAL_ABANDON, s.client->thread, heir->thread)), UK_OK);
    expect_refused(root, UK_BUSY, OP(UK_PORTAL_ABANDON, s.other->thread, heir->thread)); /* it is inside itself */
    expect(step(root, OP(UK_THREAD_KILL, heir->thread, 0)), UK_OK);
    expect_refused(root, UK_PEER_DIED, OP(UK_PORTAL_ABANDON, s.other->thread, heir->thread));
    assert_int_equal(used(&s, 0), 1);
    scene_close(s.scene);
}

static void test_explained(void **state)
{
    (void)state;
    struct street s = street_open(1);
    char text[200], wanted[200];
    walk(&s, 1);
    (void)uk_explain(s.scene->kernel, s.client->thread, text, sizeof text);
    snprintf(wanted, sizeof wanted, "inside of portal %u", portal_at(&s, 0)->object.number);
    assert_string_equal(text, wanted);
    fault(s.client);
    (void)uk_explain(s.scene->kernel, s.client->thread, text, sizeof text);
    snprintf(wanted, sizeof wanted, "portal call on slot %u: %s", (unsigned)s.door, uk_status_text(UK_PEER_FAULT));
    assert_string_equal(text, wanted);
    scene_close(s.scene);
}

static void test_deadlock_is_told(void **state)
{
    (void)state;
    struct street s = street_open(1);
    char text[300], wanted[300];
    uk_handle door_b = give(s.other, s.portal[1], ENTERS), to_a = give(s.b, s.portal[0], ENTERS);
    walk(&s, 1);
    expect(enter(s.other, door_b, EMPTY(0)), UK_OK);
    expect(enter(s.other, to_a, EMPTY(0)), BLOCKED);
    assert_int_equal(uk_deadlock(s.scene->kernel, text, sizeof text), 0);
    expect(enter(s.client, s.to_b, EMPTY(0)), BLOCKED);
    assert_int_equal(uk_deadlock(s.scene->kernel, text, sizeof text), 2);
    snprintf(wanted, sizeof wanted, "calls portal %u that is held by \"other\"", portal_at(&s, 1)->object.number);
    assert_non_null(strstr(text, wanted));
    scene_close(s.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_middle_dies),
        cmocka_unit_test(test_first_and_middle_die),
        cmocka_unit_test(test_innermost_dies),
        cmocka_unit_test(test_outer_then_inner_dies),
        cmocka_unit_test(test_dies_while_blocked),
        cmocka_unit_test(test_dies_while_calling_on),
        cmocka_unit_test(test_dies_while_stopped),
        cmocka_unit_test(test_portal_is_deleted),
        cmocka_unit_test(test_cnode_is_revoked),
        cmocka_unit_test(test_own_space_dies),
        cmocka_unit_test(test_server_closes_under_itself),
        cmocka_unit_test(test_exit_ends_the_call),
        cmocka_unit_test(test_fault_without_handler),
        cmocka_unit_test(test_fault_handled),
        cmocka_unit_test(test_fault_not_forgiven),
        cmocka_unit_test(test_handler_dies),
        cmocka_unit_test(test_thread_is_killed_inside),
        cmocka_unit_test(test_killed_by_the_server),
        cmocka_unit_test(test_operations_on_threads_inside),
        cmocka_unit_test(test_flags_stay_at_home),
        cmocka_unit_test(test_signals_stay_at_home),
        cmocka_unit_test(test_abandon),
        cmocka_unit_test(test_abandoned_then_broken),
        cmocka_unit_test(test_abandon_is_refused),
        cmocka_unit_test(test_explained),
        cmocka_unit_test(test_deadlock_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
