/* SPDX-License-Identifier: MIT */
/* Threads: what may be set when, how they stop, go on and die, and what inspection tells of it. */
#include "core/thread.h"

#include <stdlib.h>
#include <string.h>

#include "support/scene.h"

static int root_asks(struct scene *scene, struct uk_call call) { return step(scene->root, call); }

static void configure_wants_a_stopped_thread(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0), own = give(actor, actor->thread, UK_RIGHTS_ALL);
    struct uk_call set =
        OP(UK_THREAD_CONFIGURE, actor->thread, actor->cnode, actor->space, endpoint, actor->buffer, 0, 0);
    const uk_word stopped_only[] = {UK_PART_CNODE, UK_PART_SPACE, UK_PART_BUFFER, 31};
    for (unsigned i = 0; i < 4; i++) {
        set.word[5] = stopped_only[i];
        expect_refused(scene->root, UK_BUSY, set);
    }
    const uk_word bad[] = {0, 32, ~(uk_word)0};
    for (unsigned i = 0; i < 3; i++) {
        set.word[5] = bad[i];
        expect_refused(scene->root, UK_BAD_ARGUMENT, set);
    }
    set.word[5] = UK_PART_FLAGS;
    set.word[4] = 4;
    expect_refused(scene->root, UK_BAD_ARGUMENT, set);
    set.word[4] = UK_THREAD_FAULT_ON_MISUSE | UK_THREAD_FAULT_ON_TIMEOUT;
    expect(root_asks(scene, set), UK_OK);
    set.word[4] = 0;
    expect(root_asks(scene, set), UK_OK);
    expect_refused(actor, UK_BUSY, OP(UK_THREAD_CONFIGURE, own, 0, UK_SLOT_SPACE, 0, 0, 0, UK_PART_SPACE));
    expect(step(actor, OP(UK_THREAD_CONFIGURE, own, UK_SLOT_CNODE, 0, 0, 0, 0, UK_PART_CNODE | UK_PART_BUFFER)), UK_OK);
    expect(root_asks(scene, OP(UK_THREAD_SUSPEND, actor->thread, 0)), UK_OK);
    set.word[5] = 31;
    expect(root_asks(scene, set), UK_OK);
    set.word[3] = actor->buffer + 8;
    expect_refused(scene->root, UK_BAD_ARGUMENT, set);
    expect(root_asks(scene, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    expect(step(actor, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(scene);
}

/* A thread changes its own root CNode in the middle of its life: the old one may even be gone by that. */
static void own_cnode_is_replaced(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle other = make(scene, UK_TYPE_CNODE, 16), bell = make(scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle theirs = give(actor, other, UK_RIGHTS_ALL), own = give(actor, actor->thread, UK_RIGHTS_ALL);
    expect(root_asks(scene, OP(UK_CAPABILITY_COPY, other, 3, bell, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, UK_SLOT_CNODE)), UK_OK);
    expect(root_asks(scene, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->cnode)), UK_OK);
    expect(step(actor, OP(UK_THREAD_CONFIGURE, own, theirs, 0, 0, 0, 0, UK_PART_CNODE)), UK_OK);
    expect(step(actor, OP(UK_SIGNAL, 3, 0)), UK_OK);
    scene_close(scene);
}

static void registers_of_a_stopped_thread(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    struct uk_call set = OP(UK_THREAD_REGISTERS, actor->thread, 0x1000, 0x20000, 7);
    expect_refused(scene->root, UK_BUSY, set);
    expect(root_asks(scene, OP(UK_THREAD_SUSPEND, actor->thread, 0)), UK_OK);
    set.word[1] = 0x20008;
    expect_refused(scene->root, UK_BAD_ARGUMENT, set);
    set.word[1] = 0x20000;
    expect(root_asks(scene, set), UK_OK);
    expect(root_asks(scene, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    expect(root_asks(scene, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK); /* already */
    expect(step(actor, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(scene);
}

static void suspends_and_kills_itself(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle own = give(actor, actor->thread, UK_RIGHTS_ALL);
    expect(step(actor, OP(UK_THREAD_SUSPEND, own, 0)), STOPPED);
    expect(root_asks(scene, OP(UK_THREAD_SUSPEND, actor->thread, 0)), UK_OK);
    expect(root_asks(scene, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    expect(after(actor), UK_OK);
    expect(step(actor, OP(UK_THREAD_KILL, own, 0)), DEAD);
    expect(root_asks(scene, OP(UK_THREAD_KILL, actor->thread, 0)), UK_OK); /* once is enough */
    expect_refused(scene->root, UK_PEER_DIED,
                   ((struct uk_call){.operation = UK_THREAD_RESUME, .handle = actor->thread}));
    expect_refused(scene->root, UK_PEER_DIED,
                   ((struct uk_call){.operation = UK_THREAD_SUSPEND, .handle = actor->thread}));
    expect_refused(scene->root, UK_BUSY, OP(UK_THREAD_REGISTERS, actor->thread, 0, 0, 0));
    expect(root_asks(scene, OP(UK_THREAD_PRIORITY, actor->thread, 3, 3)), UK_OK);
    scene_close(scene);
}

static void exit_tells_its_code(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    expect(step(actor, OP(UK_EXIT, 0, 4711)), DEAD);
    expect(root_asks(scene, OP(UK_THREAD_INSPECT, actor->thread, 1)), UK_OK);
    assert_int_equal(got(scene->root)->word[4], 4711);
    expect(step(actor, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    expect(step(scene->root, OP(UK_EXIT, 0, 9)), DEAD); /* the first thread's exit halts the machine */
    struct uk_counters counters;
    uk_counters(scene->kernel, &counters);
    assert_int_equal(counters.exit_code, 9);
    struct actor *none = scene->root;
    expect(step(none, OP(UK_CLOCK, 0, 0)), NOT_RUNNABLE);
    uk_destroy(scene->kernel);
    free(scene->memory);
    free(scene);
}

static void inspection_tells_what_is(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "seventeen letters", 10);
    expect(root_asks(scene, OP(UK_THREAD_PRIORITY, actor->thread, 12, 34)), UK_OK);
    for (unsigned i = 0; i < 5; i++)
        expect(step(actor, OP(UK_CLOCK, 0, 0)), UK_OK);
    expect(root_asks(scene, OP(UK_THREAD_INSPECT, actor->thread, 0)), UK_OK);
    const uk_word *word = got(scene->root)->word;
    assert_true(word[0] == UK_THREAD_READY && word[1] == (12 | 12 << 8 | 34 << 16) && word[2] == actor->number);
    assert_int_equal(word[3], 500); /* five entries of 100 ns */
    char name[UK_NAME_MAX];
    memcpy(name, &word[4], sizeof name);
    assert_string_equal(name, "seventeen lette"); /* 15 bytes and a zero */
    expect(root_asks(scene, OP(UK_THREAD_INSPECT, actor->thread, 1)), UK_OK);
    word = got(scene->root)->word;
    assert_true(word[0] == 5 && word[1] == 0 && word[2] == 0 && word[3] == UK_FOREVER && word[5] == 0);
    expect_refused(scene->root, UK_BAD_ARGUMENT, OP(UK_THREAD_INSPECT, actor->thread, 2));
    expect(root_asks(scene, OP(UK_THREAD_NAME, actor->thread, ~(uk_word)0, ~(uk_word)0)), UK_OK);
    assert_int_equal(thread_of(actor)->name[UK_NAME_MAX - 1], 0);
    scene_close(scene);
}

/* Lent time makes the borrower as urgent as the lender, for as long as it has it. */
static void a_priority_is_inherited_with_time(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *client = actor_new(scene, "client", 90), *server = actor_new(scene, "server", 10);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0);
    uk_handle receives = give(server, endpoint, UK_RIGHTS_ALL);
    uk_handle answers = give(server, make(scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    expect(do_receive(server, receives, answers), BLOCKED);
    actor_make_passive(server);
    expect(do_call(client, give(client, endpoint, UK_RIGHTS_ALL), EMPTY(0)), BLOCKED);
    assert_int_equal(thread_of(server)->effective, 90);
    expect(root_asks(scene, OP(UK_THREAD_PRIORITY, server->thread, 95, 95)), UK_OK);
    assert_int_equal(thread_of(server)->effective, 95);
    expect(root_asks(scene, OP(UK_THREAD_PRIORITY, server->thread, 20, 20)), UK_OK);
    assert_int_equal(thread_of(server)->effective, 90);
    expect(do_reply_receive(server, receives, answers, EMPTY(0)), BLOCKED);
    assert_int_equal(thread_of(server)->effective, 20);
    assert_int_equal(thread_of(client)->effective, 90);
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configure_wants_a_stopped_thread),
        cmocka_unit_test(own_cnode_is_replaced),
        cmocka_unit_test(registers_of_a_stopped_thread),
        cmocka_unit_test(suspends_and_kills_itself),
        cmocka_unit_test(exit_tells_its_code),
        cmocka_unit_test(inspection_tells_what_is),
        cmocka_unit_test(a_priority_is_inherited_with_time),
    };
    return cmocka_run_group_tests_name("core/thread", tests, NULL, NULL);
}
