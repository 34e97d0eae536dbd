/* SPDX-License-Identifier: MIT */
/* SEL-6 for portals: twins that enter and leave them at random, one of which never takes the fast path, stay the same. */
#include <string.h>

#include "ipc/portal.h"
#include "support/scene.h"

enum { ACTORS = 4, PORTALS = 3, STEPS = 400, STACKS_AT = 0x400000 };

struct twin {
    struct scene *scene;
    struct actor *actor[ACTORS]; /* the last one is the server, and may go through its own portals */
    uk_handle portal[PORTALS];   /* the first thread's */
    uk_handle door[PORTALS];     /* the same in every CNode: a thread inside finds them where it had them */
};

static struct twin twin_open(uint64_t seed, uint32_t slow)
{
    const struct stage stage = {.arena_bytes = 1 << 20};
    struct twin twin = {.scene = scene_open(&stage)};
    struct scene *scene = twin.scene;
    scene->inside->watched = slow;
    scene->inside->fast_until = 0;
    scene->seed = seed;
    for (unsigned i = 0; i < ACTORS; i++)
        twin.actor[i] = actor_new(scene, "actor", 250 + scene_random(scene, 6));
    const struct actor *server = twin.actor[ACTORS - 1];
    for (unsigned p = 0; p < PORTALS; p++) {
        twin.portal[p] = make(scene, UK_TYPE_PORTAL, 1 + p);
        for (unsigned i = 0; i < ACTORS; i++)
            twin.door[p] = give_badged(twin.actor[i], twin.portal[p], UK_RIGHT_SEND, 10 * i + p + 1);
        expect(step(scene->root, OP(UK_PORTAL_CONFIGURE, twin.portal[p], server->cnode, server->space, 0, 16 + p,
                                    STACKS_AT + p * 16 * UK_PAGE, UK_PAGE)), UK_OK);
    }
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 0, 255)), UK_OK); /* out of the way */
    return twin;
}

static struct actor *choose_actor(const struct twin *twin)
{
    unsigned who = scene_random(twin->scene, ACTORS), keep = scene_random(twin->scene, 6);
    for (unsigned i = 0; i < ACTORS; i++)
        if (keep != 0 && twin->scene->inside->current == thread_of(twin->actor[i]))
            return twin->actor[i];
    return twin->actor[who];
}

static int stir(struct twin *twin)
{
    struct scene *scene = twin->scene;
    struct actor *actor = choose_actor(twin);
    unsigned what = scene_random(scene, 24), length = scene_random(scene, 8) ? scene_random(scene, 7) : 7;
    struct uk_call call = {.operation = UK_PORTAL_CALL, .handle = twin->door[scene_random(scene, PORTALS)],
                           .tag = UK_TAG(what, length, 0) | UK_TAG_SIGNAL, .word = {what, 2, 3, 4, 5, 6},
                           .deadline = scene_random(scene, 4) ? UK_FOREVER : UK_NOW};
    if (what == 0)
        return step(scene->root, OP(UK_THREAD_PRIORITY, actor->thread, 250 + scene_random(scene, 6), 255));
    if (what == 1) {
        (void)step(scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
        return step(scene->root, OP(UK_THREAD_RESUME, actor->thread, 0));
    }
    if (what == 2)
        return step(actor, OP(UK_YIELD, 0, 0));
    if (what < 12)
        call.operation = UK_PORTAL_RETURN;
    return step(actor, call);
}

static void compare(const struct twin *fast, const struct twin *slow)
{
    struct uk_counters counters, wanted;
    assert_true(uk_state_hash(fast->scene->kernel) == uk_state_hash(slow->scene->kernel));
    uk_counters(fast->scene->kernel, &counters);
    uk_counters(slow->scene->kernel, &wanted);
    assert_memory_equal(&counters, &wanted, sizeof counters);
    for (unsigned i = 0; i < ACTORS; i++) {
        const struct thread *a = thread_of(fast->actor[i]), *b = thread_of(slow->actor[i]);
        assert_memory_equal(&a->registers, &b->registers, sizeof a->registers);
        assert_true(a->depth == b->depth && ((a->marks ^ b->marks) & ~THREAD_AWAITED) == 0 && a->operation == b->operation &&
                    a->buffer == b->buffer && a->queued == b->queued);
    }
}

static void fast_and_slow_are_the_same(void **state)
{
    (void)state;
    unsigned inside = 0;
    for (uint64_t seed = 1; seed <= 4 + percent_of(60); seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        struct twin fast = twin_open(seed, 0), slow = twin_open(seed, 1);
        for (unsigned i = 0; i < STEPS; i++) {
            int one = stir(&fast), other = stir(&slow);
            expect(one, other);
            compare(&fast, &slow);
            inside += fast.scene->inside->fast_until != 0 && thread_of(fast.actor[0])->depth > 1;
        }
        scene_close(fast.scene);
        scene_close(slow.scene);
    }
    assert_true(inside > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_and_slow_are_the_same),
    };
    return cmocka_run_group_tests_name("entry/fast_portal", tests, NULL, NULL);
}
