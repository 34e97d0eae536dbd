/* SPDX-License-Identifier: MIT */
/* Portals at random, with deaths at random, and a death at every kernel entry of a short run: each call ends exactly once,
 * no stack and no object is lost, all invariants hold after each step. */
#include "portal_world.h"

enum { SERVERS = 3, CLIENTS = 4, STEPS = 250 };

struct town {
    struct scene *scene;
    struct actor *server[SERVERS], *client[CLIENTS];
    uk_handle portal[SERVERS], bell;
    uk_handle door[SERVERS], wait; /* the same in every CNode */
};

static struct town town_open(uint64_t seed, uint32_t preempt_every)
{
    const struct stage stage = {.arena_bytes = 2 << 20, .preemptible = preempt_every != 0};
    struct town town = {.scene = scene_open(&stage)};
    town.scene->seed = seed;
    for (unsigned i = 0; i < SERVERS; i++) {
        town.server[i] = actor_new(town.scene, "server", 10);
        town.portal[i] = portal_new(town.server[i], 1 + i);
    }
    town.bell = make(town.scene, UK_TYPE_NOTIFICATION, 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        town.client[i] = actor_new(town.scene, "client", 10 + i % 2);
    for (unsigned i = 0; i < SERVERS; i++) /* servers have used a slot for each of their stacks */
        town.server[i]->next_slot = 100;
    for (unsigned i = 0; i < CLIENTS; i++)
        town.client[i]->next_slot = 100;
    for (unsigned k = 0; k < SERVERS + CLIENTS; k++) {
        struct actor *actor = k < SERVERS ? town.server[k] : town.client[k - SERVERS];
        for (unsigned i = 0; i < SERVERS; i++)
            town.door[i] = give_badged(actor, town.portal[i], ENTERS, k + 1);
        town.wait = give(actor, town.bell, UK_RIGHTS_ALL);
    }
    town.scene->preempt_every = preempt_every;
    return town;
}

static int until_done(struct scene *scene, int status)
{
    while (status == RESTARTING)
        status = step(scene->root, OP(UK_YIELD, 0, 0));
    return status;
}

/* Something dies: a server's space or CNode, a portal, a client. */
static void somebody_dies(struct town *t, unsigned what, unsigned who)
{
    struct actor *root = t->scene->root, *server = t->server[who % SERVERS];
    int status = UK_OK;
    if (what == 0)
        status = kill_space(server);
    if (what == 1)
        status = step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, server->cnode));
    if (what == 2 && slot_of(root, t->portal[who % SERVERS])->type == UK_TYPE_PORTAL) {
        (void)until_done(t->scene, step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, t->portal[who % SERVERS])));
        status = step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, t->portal[who % SERVERS]));
    }
    if (what == 3 && thread_of(t->client[who % CLIENTS]) != NULL)
        status = step(root, OP(UK_THREAD_KILL, t->client[who % CLIENTS]->thread, 0));
    (void)until_done(t->scene, status);
}

static int stir(struct town *t)
{
    struct scene *scene = t->scene;
    struct actor *actor = t->client[scene_random(scene, CLIENTS)];
    unsigned what = scene_random(scene, 40);
    if (what == 0)
        somebody_dies(t, scene_random(scene, 4), scene_random(scene, 12));
    if (what == 1) {
        (void)step(scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
        return step(scene->root, OP(UK_THREAD_RESUME, actor->thread, 0));
    }
    if (what == 2)
        advance(scene, time_now(scene) + 3000);
    if (what == 3)
        return step(scene->root, OP(UK_SIGNAL, t->bell, 0));
    if (what < 7)
        return do_wait(until(actor, time_now(scene) + scene_random(scene, 3000)), t->wait);
    if (what < 10)
        return step(actor, OP(UK_EXIT, 0, 0)); /* at home that is the end; inside, of the call */
    if (what < 24)
        return leave(actor, WORDS(what, 1, 2));
    if (scene_random(scene, 2))
        until(actor, scene_random(scene, 2) ? UK_NOW : time_now(scene) + scene_random(scene, 2000));
    return enter(actor, t->door[scene_random(scene, SERVERS)], WORDS(what, 3, 4));
}

static void test_random(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= percent_of(100); seed++) {
        struct town town = town_open(seed, seed % 4 == 0 ? 3 : 0);
        for (unsigned i = 0; i < STEPS; i++)
            (void)stir(&town);
        town.scene->preempt_every = 0;
        scene_close(town.scene);
    }
}

/* A short run: one goes through three servers and back, another waits for the first one's stack and gets it. */
static int play(struct town *t, unsigned entry)
{
    struct actor *a = t->client[0], *b = t->client[1];
    switch (entry) {
    case 0: return enter(a, t->door[0], WORDS(1, 1));
    case 1: return enter(b, t->door[0], WORDS(1, 2));
    case 2: return enter(a, t->door[1], WORDS(1, 3));
    case 3: return enter(a, t->door[2], WORDS(1, 4));
    case 4: return do_wait(a, t->wait);
    case 5: return step(t->scene->root, OP(UK_SIGNAL, t->bell, 0));
    case 6: return leave(a, WORDS(1, 5));
    case 7: return leave(a, WORDS(1, 6));
    case 8: return leave(a, WORDS(1, 7));
    case 9: return leave(b, WORDS(1, 8));
    default: return NOT_RUNNABLE;
    }
}

enum { ENTRIES = 10 };

/* Whoever is left comes home within a few returns, and hears of a death at most once for each portal it was in. */
static void come_home(struct town *t, struct actor *actor)
{
    for (unsigned i = 0; i < 2 * SERVERS && thread_of(actor) != NULL; i++) {
        int status = after(actor);
        if (status == BLOCKED)
            (void)step(t->scene->root, OP(UK_SIGNAL, t->bell, 0));
        else if (status < UK_STATUS_COUNT && thread_of(actor)->depth > 0)
            (void)leave(actor, WORDS(1, 9));
    }
}

static void test_death_at_every_entry(void **state)
{
    (void)state;
    for (unsigned what = 0; what < 4; what++)
        for (unsigned who = 0; who < (what == 3 ? 2 : SERVERS); who++)
            for (unsigned when = 0; when < ENTRIES; when++)
                for (uint32_t preempt = 0; preempt < 2; preempt++) {
                    struct town t = town_open(1, preempt);
                    for (unsigned entry = 0; entry < ENTRIES; entry++) {
                        if (entry == when)
                            somebody_dies(&t, what, who);
                        (void)play(&t, entry);
                    }
                    t.scene->preempt_every = 0;
                    for (unsigned i = 0; i < 2; i++)
                        come_home(&t, t.client[0]), come_home(&t, t.client[1]);
                    for (unsigned i = 0; i < 2; i++) {
                        const struct thread *thread = thread_of(t.client[i]);
                        assert_true(thread == NULL || thread->state == UK_THREAD_DEAD ||
                                    (thread->state == UK_THREAD_READY && thread->depth == 0));
                    }
                    scene_close(t.scene); /* the census: all memory has come back */
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_death_at_every_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
