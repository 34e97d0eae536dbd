/* SPDX-License-Identifier: MIT */
/* HQ-1: under random kills, deadlines, suspends and revokes each call completes exactly once, and nobody hangs. */
#include "ipc/pair.h"

enum { CLIENTS = 6, SERVERS = 4, STEPS = 250 };

/* Servers call each other, too, so that chains of lent time form. Even servers are passive. */
struct market {
    struct scene *scene;
    struct actor *actor[CLIENTS + SERVERS];
    struct service_of service[SERVERS];
    uk_handle calls[CLIENTS + SERVERS][SERVERS];
    unsigned asked[CLIENTS + SERVERS], answered[CLIENTS + SERVERS]; /* calls begun, calls that ended */
};

static uint32_t roll(struct market *market, uint32_t bound) { return scene_random(market->scene, bound); }

static struct market market_open(uint64_t seed)
{
    const struct stage stage = {.preemptible = seed % 2 == 1,
                                .arena_bytes = 2 << 20,
                                .slice_ns = seed % 3 == 0 ? 2000 : 0};
    struct market market = {.scene = scene_open(&stage)};
    market.scene->seed = seed;
    for (unsigned i = 0; i < CLIENTS + SERVERS; i++)
        market.actor[i] = actor_new(market.scene, i < SERVERS ? "server" : "client", 10 + roll(&market, 5));
    for (unsigned s = 0; s < SERVERS; s++) {
        market.service[s] = service_new(market.actor[s], s % 2);
        if (s != 3)
            expect(step(market.scene->root, OP(UK_ENDPOINT_BIND, market.service[s].endpoint, market.actor[s]->thread)),
                   UK_OK);
    }
    for (unsigned i = 0; i < CLIENTS + SERVERS; i++)
        for (unsigned s = 0; s < SERVERS; s++)
            market.calls[i][s] = client_of(market.actor[i], &market.service[s]);
    for (unsigned s = 0; s < SERVERS; s += 2) {
        expect(serve(&market.service[s]), BLOCKED);
        actor_make_passive(market.actor[s]);
    }
    for (unsigned i = 0; i < CLIENTS + SERVERS; i++)
        if (i >= SERVERS || i % 2 == 1)
            expect(step(market.scene->root, OP(UK_SCHED_CONFIGURE, market.actor[i]->sched, 1000000000, 1000000000,
                                               roll(&market, 2))),
                   UK_OK);
    return market;
}

static int may_ask(const struct market *market, unsigned i)
{
    int status = after(market->actor[i]);
    return market->asked[i] == market->answered[i] && status < UK_STATUS_COUNT;
}

/* A call that waited and now does not has ended; the scene's own check sees to it that it does not end again. */
static void count_ends(struct market *market)
{
    for (unsigned i = 0; i < CLIENTS + SERVERS; i++)
        if (market->asked[i] > market->answered[i] && after(market->actor[i]) != BLOCKED) {
            market->answered[i]++;
            int status = after(market->actor[i]);
            assert_true(status == UK_OK || status == UK_PEER_DIED || status == UK_TIMED_OUT || status == UK_CANCELLED ||
                        status == UK_NO_REPLY || status == STOPPED || status == DEAD || status == GONE ||
                        status == RESTARTING);
        }
}

static void asks(struct market *market, unsigned i)
{
    struct actor *actor = market->actor[i];
    uint32_t server = roll(market, SERVERS);
    if (roll(market, 4) == 0)
        until(actor, time_now(market->scene) + 100 + roll(market, 3000));
    int status = do_call(actor, market->calls[i][server], WORDS(1, i));
    if (status == BLOCKED)
        market->asked[i]++;
}

static void serves(struct market *market, unsigned s)
{
    if (roll(market, 3) == 0)
        (void)do_reply(market->actor[s], market->service[s].answers, WORDS(2, s));
    else if (roll(market, 3) == 0)
        (void)serve(&market->service[s]);
    else
        (void)answer_and_serve(&market->service[s], WORDS(2, s));
}

/* Whatever a supervisor may do. Lethal things are rare. */
static void meddles(struct market *market)
{
    struct actor *root = market->scene->root, *victim = market->actor[roll(market, CLIENTS + SERVERS)];
    uint32_t server = roll(market, SERVERS);
    switch (roll(market, 12)) {
    case 0:
        (void)step(root, OP(UK_THREAD_KILL, victim->thread, 0));
        break;
    case 1:
        (void)step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, market->service[server].endpoint));
        break;
    case 2:
        (void)step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, market->service[server].reply));
        break;
    case 3:
        (void)step(root, OP(UK_SCHED_UNBIND, victim->sched, 0));
        (void)step(root, OP(UK_SCHED_BIND, victim->sched, victim->thread));
        break;
    case 4:
        advance(market->scene, time_now(market->scene) + roll(market, 5000));
        break;
    case 5:
    case 6:
        (void)step(root, OP(UK_THREAD_PRIORITY, victim->thread, roll(market, 30), 30));
        break;
    case 7:
        (void)step(root, OP(UK_ENDPOINT_BIND, market->service[server].endpoint, victim->thread));
        break;
    default:
        (void)step(root, OP(UK_THREAD_SUSPEND, victim->thread, 0));
        count_ends(market);
        (void)step(root, OP(UK_THREAD_RESUME, victim->thread, 0));
    }
}

static void open_and_close(uint64_t seed)
{
    struct market market = market_open(seed);
    unsigned asked = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned who = roll(&market, CLIENTS + SERVERS);
        market.scene->preempt_every = roll(&market, 3);
        if (roll(&market, 12) == 0)
            meddles(&market);
        else if (may_ask(&market, who) && (who >= SERVERS || roll(&market, 3) == 0))
            asks(&market, who);
        else if (who < SERVERS)
            serves(&market, who);
        count_ends(&market);
    }
    market.scene->preempt_every = 0;
    for (unsigned i = 0; i < SERVERS; i++) /* without endpoints and Replies nobody has anything left to wait for */
        for (unsigned what = 0; what < 2; what++) {
            uk_handle handle = what == 0 ? market.service[i].endpoint : market.service[i].reply;
            while (step(market.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, handle)) == RESTARTING)
                continue;
            (void)step(market.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, handle));
        }
    count_ends(&market);
    for (unsigned i = 0; i < CLIENTS + SERVERS; i++) {
        asked += market.asked[i];
        assert_int_equal(market.asked[i], market.answered[i]);
    }
    assert_true(asked > 0);
    scene_close(market.scene);
}

static void every_call_ends_exactly_once(void **state)
{
    (void)state;
    unsigned long count = percent_of(150);
    for (uint64_t seed = 1; seed <= count; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        open_and_close(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_ends_exactly_once),
    };
    return cmocka_run_group_tests_name("ipc/random", tests, NULL, NULL);
}
