/* SPDX-License-Identifier: MIT */
/* Bound calls as objects: what they hold goes with them, and whatever they name is a call by an endpoint or nothing at all. */
#include "pair.h"

/* A pair, and a bound call to the server for which client and first thread have a capability. */
struct binding {
    struct pair pair;
    uk_handle made, calls; /* the first thread's, the client's */
    uk_handle target;      /* the first thread's: the capability that it is bound to */
};

static struct binding binding_open(void)
{
    struct binding binding = {.pair = pair_open(10, 20, UK_ORDER_PRIORITY)};
    struct scene *scene = binding.pair.scene;
    binding.target = slot_new(scene);
    binding.made = make(scene, UK_TYPE_BOUND, 0);
    binding.calls = give(binding.pair.client, binding.made, UK_RIGHT_SEND);
    expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, binding.target, binding.pair.service.endpoint, 0,
                                UK_RIGHT_SEND, 9)),
           UK_OK);
    expect(step(scene->root, OP(UK_BOUND_CONFIGURE, binding.made, binding.target, 0)), UK_OK);
    return binding;
}

static int call_bound(const struct binding *binding, uk_word word)
{
    struct uk_call call = OP(UK_BOUND_CALL, binding->calls, word);
    call.tag = UK_TAG(1, 1, 0);
    return step(binding->pair.client, call);
}

/* What it is bound to is a child of the capability that was named: one at a time, and none when it is gone. */
static void what_it_holds_goes_with_it(void **state)
{
    (void)state;
    struct binding b = binding_open();
    struct actor *root = b.pair.scene->root;
    const struct capability *target = slot_of(root, b.target);
    assert_int_equal(descendants(target), 1);
    expect(step(root, OP(UK_BOUND_CONFIGURE, b.made, b.target, 0)), UK_OK); /* in place of the first */
    assert_int_equal(descendants(target), 1);
    expect(step(root, OP(UK_BOUND_CONFIGURE, b.made, 0, 0)), UK_OK);
    assert_int_equal(descendants(target), 0);
    expect(call_bound(&b, 1), UK_EMPTY_SLOT);
    expect(step(root, OP(UK_BOUND_CONFIGURE, b.made, b.target, 0)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_DELETE, b.pair.client->cnode, b.calls)), UK_OK);
    assert_int_equal(descendants(target), 1);
    expect(step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b.made)), UK_OK); /* the last */
    assert_int_equal(descendants(target), 0);
    scene_close(b.pair.scene);
}

/* It goes while its call waits for an answer: that is a call as any other, and is answered. */
static void it_goes_in_the_middle_of_its_call(void **state)
{
    (void)state;
    struct binding b = binding_open();
    struct actor *root = b.pair.scene->root;
    expect(serve(&b.pair.service), BLOCKED);
    expect(call_bound(&b, 7), BLOCKED);
    assert_int_equal(got(b.pair.server)->handle, 9);
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, b.made)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b.made)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, b.target)), UK_OK);
    expect(do_reply(b.pair.server, b.pair.service.answers, WORDS(2, 8)), UK_OK);
    expect(after(b.pair.client), UK_OK);
    assert_int_equal(got(b.pair.client)->word[0], 8);
    expect(call_bound(&b, 7), UK_EMPTY_SLOT);
    scene_close(b.pair.scene);
}

/* To what cannot be called, and by whom it may not be told. */
static void bindings_that_are_refused(void **state)
{
    (void)state;
    struct binding b = binding_open();
    struct actor *root = b.pair.scene->root, *client = b.pair.client;
    uk_handle listens = slot_new(b.pair.scene);
    expect(step(root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, listens, b.pair.service.endpoint, 0, UK_RIGHT_RECEIVE)), UK_OK);
    expect_refused(root, UK_NO_RIGHT, OP(UK_BOUND_CONFIGURE, b.made, listens, 0));
    expect_refused(root, UK_WRONG_TYPE, OP(UK_BOUND_CONFIGURE, b.made, b.made, 0)); /* a bound call is no endpoint */
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_BOUND_CONFIGURE, b.made, 0, b.made));
    expect_refused(root, UK_EMPTY_SLOT, OP(UK_BOUND_CONFIGURE, b.made, 1000, 0));
    expect_refused(client, UK_NO_RIGHT, OP(UK_BOUND_CONFIGURE, b.calls, b.pair.calls, 0));
    expect_refused(root, UK_NO_RIGHT, OP(UK_RECEIVE, b.target, 0));
    scene_close(b.pair.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_holds_goes_with_it),
        cmocka_unit_test(it_goes_in_the_middle_of_its_call),
        cmocka_unit_test(bindings_that_are_refused),
    };
    return cmocka_run_group_tests_name("ipc/bound", tests, NULL, NULL);
}
