/* SPDX-License-Identifier: MIT */
/* Helping at random: after each step nobody with time waits for somebody who could run but is less urgent or has none, and all
 * invariants hold, whoever dies, runs out of time, or changes priority (NO-2, QN-2). */
#include "pair.h"
#include "portal_world.h"

#include "core/reply.h"
#include "core/sched_context.h"
#include "ipc/endpoint.h"

enum { DOMAINS = 2, SERVERS = 3, CLIENTS = 5, ACTORS = SERVERS + CLIENTS, STEPS = 300 };

/* Everybody may enter the portals and call the servers, which are passive but for the last; handles are the same for all. */
struct town {
    struct scene *scene;
    struct actor *domain[DOMAINS], *actor[ACTORS]; /* servers first */
    struct service_of service[SERVERS];
    uk_handle door[DOMAINS], calls[SERVERS];
    uint64_t followed;
};

static void give_all(struct town *town, struct actor *actor)
{
    actor->next_slot = 100;
    for (unsigned i = 0; i < DOMAINS; i++)
        town->door[i] = give(actor, town->door[i], ENTERS);
}

static struct town town_open(uint64_t seed)
{
    const struct stage stage = {.arena_bytes = 2 << 20};
    struct town town = {.scene = scene_open(&stage)};
    uk_handle portal[DOMAINS];
    town.scene->seed = seed;
    for (unsigned i = 0; i < DOMAINS; i++) {
        town.domain[i] = actor_new(town.scene, "domain", 1);
        portal[i] = portal_new(town.domain[i], 1 + i);
    }
    for (unsigned i = 0; i < ACTORS; i++) {
        town.actor[i] = actor_new(town.scene, i < SERVERS ? "server" : "client", 10 + i % 3);
        if (i < SERVERS)
            town.service[i] = service_new(town.actor[i], UK_ORDER_PRIORITY);
    }
    for (unsigned k = 0; k < DOMAINS + ACTORS; k++) {
        struct actor *actor = k < DOMAINS ? town.domain[k] : town.actor[k - DOMAINS];
        for (unsigned i = 0; i < DOMAINS; i++)
            town.door[i] = portal[i];
        give_all(&town, actor);
        for (unsigned i = 0; i < SERVERS; i++)
            town.calls[i] = give(actor, town.service[i].endpoint, UK_RIGHT_SEND | UK_RIGHT_GRANT);
    }
    for (unsigned i = 0; i < SERVERS; i++) {
        expect(step(town.scene->root, OP(UK_ENDPOINT_BIND, town.service[i].endpoint, town.actor[i]->thread)), UK_OK);
        expect(serve(&town.service[i]), BLOCKED);
        if (i + 1 < SERVERS)
            actor_make_passive(town.actor[i]);
    }
    expect(step(town.scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 0, 255)), UK_OK);
    return town;
}

/* Told from the objects, not from what helping says of itself: to whom this wait passes time and urgency. NULL: to nobody. */
static const struct thread *follow(const struct thread *thread)
{
    if ((thread->marks & THREAD_CIRCLES) != 0)
        return NULL;
    if (thread->state == UK_THREAD_AWAITING_REPLY) {
        const struct reply *reply = (const struct reply *)thread->waits_on;
        if (reply->context == NULL)
            return reply->server->own_context == NULL ? reply->server : NULL;
        return reply->context->chain == reply ? reply->context->holder : NULL;
    }
    if (thread->state != UK_THREAD_CALLING && thread->state != UK_THREAD_SENDING)
        return NULL;
    if (thread->waits_on->type == UK_TYPE_PORTAL) {
        const struct portal *portal = (const struct portal *)thread->waits_on;
        return portal->helped != NULL ? portal->helped->thread : NULL;
    }
    const struct thread *server = ((const struct endpoint *)thread->waits_on)->service.server;
    return server != NULL && server->own_context == NULL ? server : NULL;
}

static void nobody_is_kept_waiting(struct town *town)
{
    for (unsigned i = 0; i < ACTORS; i++) {
        const struct thread *waiter = thread_of(town->actor[i]), *last = NULL;
        if (waiter == NULL || waiter->context == NULL || waiter->context->left == 0)
            continue;
        for (const struct thread *next = follow(waiter); next != NULL; next = follow(next))
            last = next;
        if (last == NULL || last->state != UK_THREAD_READY)
            continue;
        town->followed++;
        assert_true(sched_may_run(last));
        assert_true(last->effective >= waiter->effective);
    }
    const struct kernel *kernel = town->scene->inside;
    assert_true(kernel->current == NULL || kernel->scheduler.top <= (int)kernel->current->effective);
}

static int disturb(struct town *t, struct actor *actor, unsigned what)
{
    struct scene *scene = t->scene;
    uk_time period = 1000000000;
    switch (what) {
    case 0: /* but not in a call, which keeps the priority that it was made with */
        if (thread_of(actor) == NULL || thread_of(actor)->state == UK_THREAD_AWAITING_REPLY)
            return UK_OK;
        return step(scene->root, OP(UK_THREAD_PRIORITY, actor->thread, 8 + scene_random(scene, 8), 255));
    case 1: { /* little time, or none, or enough */
        uk_time budget = scene_random(scene, 2) ? scene_random(scene, 900) : period;
        return step(scene->root, OP(UK_SCHED_CONFIGURE, actor->sched, budget, period, scene_random(scene, 2)));
    }
    case 2:
        (void)step(scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
        return step(scene->root, OP(UK_THREAD_RESUME, actor->thread, 0));
    case 3:
        advance(scene, time_now(scene) + scene_random(scene, 3000));
        return UK_OK;
    case 4: /* so a server may become active, and passive again, or a client lose all its time */
        return step(scene->root,
                    OP(scene_random(scene, 2) ? UK_SCHED_UNBIND : UK_SCHED_BIND, actor->sched, actor->thread));
    case 5: {
        const struct service_of *service = &t->service[scene_random(scene, SERVERS)];
        (void)step(scene->root, OP(UK_ENDPOINT_BIND, service->endpoint, UK_NONE));
        return step(scene->root, OP(UK_ENDPOINT_BIND, service->endpoint, service->actor->thread));
    }
    case 6:
        return scene_random(scene, 12) != 0 ? UK_OK : step(scene->root, OP(UK_THREAD_KILL, actor->thread, 0));
    default:
        return scene_random(scene, 12) != 0 ? UK_OK : kill_space(t->domain[scene_random(scene, DOMAINS)]);
    }
}

static int stir(struct town *t)
{
    struct scene *scene = t->scene;
    unsigned who = scene_random(scene, ACTORS), what = scene_random(scene, 40), server = scene_random(scene, SERVERS);
    struct actor *actor = t->actor[who];
    if (what < 8)
        return disturb(t, actor, what);
    for (unsigned i = 0; i < ACTORS && scene_random(scene, 8) != 0; i++) /* mostly whoever runs */
        if (scene->inside->current == thread_of(t->actor[i]))
            actor = t->actor[who = i];
    if (scene_random(scene, 2))
        until(actor, time_now(scene) + scene_random(scene, 4000));
    int serves = who < SERVERS && thread_of(actor) != NULL && thread_of(actor)->depth == 0;
    if (serves && what < 26)
        return what < 12 ? do_reply(actor, t->service[who].answers, WORDS(1, what))
                         : answer_and_serve(&t->service[who], WORDS(1, 2));
    if (serves && what < 28)
        return serve(&t->service[who]);
    if (what < 20)
        return leave(actor, WORDS(what, 1));
    if (what < 28)
        return enter(actor, t->door[scene_random(scene, DOMAINS)], WORDS(what, 3));
    return what < 31 ? do_send(actor, t->calls[server], WORDS(1, what)) : do_call(actor, t->calls[server], WORDS(1, what));
}

static void nobody_waits_for_the_less_urgent(void **state)
{
    (void)state;
    uint64_t followed = 0, begun = 0, seeds = 4 + percent_of(60);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        struct town town = town_open(seed);
        for (unsigned i = 0; i < STEPS; i++) {
            (void)stir(&town);
            nobody_is_kept_waiting(&town);
        }
        followed += town.followed;
        begun += town.scene->inside->counters.helps;
        scene_close(town.scene);
    }
    print_message("%llu lines of waits followed, help begun %llu times\n", (unsigned long long)followed,
                  (unsigned long long)begun);
    assert_true(followed > 20 * seeds && begun > 4 * seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_waits_for_the_less_urgent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
