/* SPDX-License-Identifier: MIT */
/* SEL-6: fast paths change nothing but speed: random traces with and without them leave the same kernel. */
#include <string.h>

#include "core/reply.h"
#include "core/sched_context.h"
#include "support/scene.h"

enum { ACTORS = 5, SERVERS = 3, STEPS = 300 };

/* Being watched keeps a kernel on the long road: twins differ in nothing else. */
struct twin {
    struct scene *scene;
    struct actor *actor[ACTORS];
    uk_handle receives[SERVERS], answers[SERVERS], calls[ACTORS][SERVERS];
    int passive[SERVERS];
};

/* Everybody anew: servers receive (the passive ones without time of their own), clients are ready. */
static void set_out(struct twin *twin)
{
    struct actor *root = twin->scene->root;
    for (unsigned i = 0; i < ACTORS; i++) {
        struct actor *actor = twin->actor[i];
        (void)step(root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
        (void)step(root, OP(UK_THREAD_RESUME, actor->thread, 0));
        (void)step(root, OP(UK_SCHED_UNBIND, actor->sched, 0));
        (void)step(root, OP(UK_SCHED_BIND, actor->sched, actor->thread));
        if (i < SERVERS)
            (void)do_receive(actor, twin->receives[i], twin->answers[i]);
        if (i < SERVERS && twin->passive[i])
            (void)step(root, OP(UK_SCHED_UNBIND, actor->sched, 0));
    }
}

static struct twin twin_open(uint64_t seed, uint32_t slow)
{
    const struct stage stage = {.arena_bytes = 1 << 20};
    struct twin twin = {.scene = scene_open(&stage)};
    struct scene *scene = twin.scene;
    scene->inside->watched = slow;
    scene->inside->fast_until = 0;
    scene->seed = seed;
    uk_handle endpoint[SERVERS];
    for (unsigned i = 0; i < ACTORS; i++)
        twin.actor[i] = scene_random(scene, 4) ? actor_new(scene, "actor", 250 + scene_random(scene, 6))
                                               : actor_with_budget(scene, "actor", 255, 2000, 9000);
    for (unsigned s = 0; s < SERVERS; s++) {
        endpoint[s] = make(scene, UK_TYPE_ENDPOINT, s % 2);
        twin.receives[s] = give(twin.actor[s], endpoint[s], UK_RIGHTS_ALL);
        twin.answers[s] = give(twin.actor[s], make(scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
        if (scene_random(scene, 2))
            expect(step(scene->root, OP(UK_ENDPOINT_BIND, endpoint[s], twin.actor[s]->thread)), UK_OK);
    }
    for (unsigned i = 0; i < ACTORS; i++)
        for (unsigned s = 0; s < SERVERS; s++)
            twin.calls[i][s] = give_badged(twin.actor[i], endpoint[s], UK_RIGHT_SEND | UK_RIGHT_GRANT, 1 + i);
    for (unsigned s = 0; s < SERVERS; s++)
        twin.passive[s] = scene_random(scene, 4) != 0;
    set_out(&twin);
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 0, 255)), UK_OK); /* out of the way */
    return twin;
}

/* Fast paths are for whoever runs already, so step that one mostly. */
static unsigned choose_actor(const struct twin *twin)
{
    unsigned who = scene_random(twin->scene, ACTORS), keep = scene_random(twin->scene, 6);
    for (unsigned i = 0; i < ACTORS; i++)
        if (keep != 0 && twin->scene->inside->current == thread_of(twin->actor[i]))
            return i;
    for (unsigned i = 0; i < ACTORS && keep != 0; i++) /* else somebody who can run */
        if (after(twin->actor[(who + i) % ACTORS]) < UK_STATUS_COUNT)
            return (who + i) % ACTORS;
    return who;
}

/* One random step; the same in both, as long as they are the same. */
static int stir(struct twin *twin)
{
    struct scene *scene = twin->scene;
    unsigned who = choose_actor(twin), server = scene_random(scene, SERVERS), what = scene_random(scene, 24);
    struct actor *actor = twin->actor[who];
    unsigned length = scene_random(scene, 8) ? scene_random(scene, 7) : 7 + scene_random(scene, 60);
    struct note note = {UK_TAG(what, length, 0), {scene_random(scene, 1000), 2, 3, 4, 5, 6}};
    if (scene_random(scene, 10) == 0)
        until(actor, scene_random(scene, 2) ? UK_NOW : time_now(scene) + scene_random(scene, 2000));
    if (what == 0)
        return step(scene->root, OP(UK_THREAD_PRIORITY, actor->thread, 250 + scene_random(scene, 6), 255));
    if (what == 1 && scene_random(scene, 2)) {
        (void)step(scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
        return step(scene->root, OP(UK_THREAD_RESUME, actor->thread, 0));
    }
    if (after(actor) >= BLOCKED && scene_random(scene, 3) == 0)
        set_out(twin);
    if (what == 2) {
        advance(scene, time_now(scene) + scene_random(scene, 3000));
        return UK_OK;
    }
    if (what == 3)
        return step(actor, OP(UK_YIELD, 0, 0));
    const struct thread *thread = thread_of(actor);
    int owes = who < SERVERS && thread != NULL && thread->serving != NULL && thread->serving->caller != NULL;
    if (owes && what == 4 + scene_random(scene, 4))
        return do_reply(actor, twin->answers[who], note);
    if (who < SERVERS && (owes || what < 12))
        return what == 4 ? do_receive(actor, twin->receives[who], twin->answers[who])
                         : do_reply_receive(actor, twin->receives[who], twin->answers[who], note);
    return what == 6 ? do_send(actor, twin->calls[who][server], note) : do_call(actor, twin->calls[who][server], note);
}

static void compare(const struct twin *fast, const struct twin *slow)
{
    const struct kernel *one = fast->scene->inside, *other = slow->scene->inside;
    assert_true(uk_state_hash(fast->scene->kernel) == uk_state_hash(slow->scene->kernel));
    assert_true(one->now == other->now);
    struct uk_counters counters, wanted;
    uk_counters(fast->scene->kernel, &counters);
    uk_counters(slow->scene->kernel, &wanted);
    assert_memory_equal(&counters, &wanted, sizeof counters);
    assert_int_equal(arena_physical(one, one->current != NULL ? (void *)one->current : (void *)one->arena),
                     arena_physical(other, other->current != NULL ? (void *)other->current : (void *)other->arena));
    for (unsigned i = 0; i < ACTORS; i++) {
        const struct thread *a = thread_of(fast->actor[i]), *b = thread_of(slow->actor[i]);
        assert_memory_equal(&a->registers.call, &b->registers.call, sizeof a->registers.call);
        assert_true(a->state == b->state && a->effective == b->effective && a->lent_priority == b->lent_priority &&
                    a->queued == b->queued && a->marks == b->marks && a->rank == b->rank &&
                    a->operation == b->operation);
        assert_true(a->entries == b->entries && a->calls == b->calls);
        assert_true((a->own_context == NULL) == (b->own_context == NULL));
        if (a->own_context != NULL)
            assert_true(a->own_context->total == b->own_context->total &&
                        a->own_context->left == b->own_context->left && a->own_context->depth == b->own_context->depth);
    }
}

static void fast_and_slow_are_the_same(void **state)
{
    (void)state;
    uint64_t switches = 0;
    for (uint64_t seed = 1; seed <= percent_of(60); seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        struct twin fast = twin_open(seed, 0), slow = twin_open(seed, 1);
        compare(&fast, &slow);
        for (unsigned i = 0; i < STEPS; i++) {
            int one = stir(&fast), other = stir(&slow);
            expect(one, other);
            compare(&fast, &slow);
        }
        switches += fast.scene->inside->counters.fast_calls + fast.scene->inside->counters.fast_replies;
        scene_close(fast.scene);
        scene_close(slow.scene);
    }
    assert_true(switches > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_and_slow_are_the_same),
    };
    return cmocka_run_group_tests_name("entry/fast", tests, NULL, NULL);
}
