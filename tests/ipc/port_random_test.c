/* SPDX-License-Identifier: MIT */
/* Random operations on ports by threads that also die: after each one all invariants hold, and in the end nothing leaks. */
#include "port_world.h"

#include "support/percent.h"

enum { SAILORS = 4, PORTS = 3, SLOTS = 24, STEPS = 4000, STEPS_LEAST = 1500 };

struct fleet {
    struct scene *scene;
    struct actor *sailor[SAILORS];
    uint32_t spawned;
    uint64_t sent, received, unused, moved; /* as their operations said */
};

static uk_handle any_slot(struct fleet *fleet) { return 10 + scene_random(fleet->scene, SLOTS); }

/* Mostly one that holds a capability of this type. */
static uk_handle slot_with(struct fleet *fleet, const struct actor *actor, uint32_t type)
{
    uk_handle slot = any_slot(fleet);
    for (unsigned i = 0; i < 12 && slot_of(actor, slot)->type != type; i++)
        slot = any_slot(fleet);
    return slot;
}

/* A new thread with rights to everything that there is; the receive rights go to whoever comes first. */
static void enlist(struct fleet *fleet, unsigned who)
{
    static const char *const names[SAILORS] = {"one", "two", "three", "four"};
    struct actor *actor = actor_new(fleet->scene, names[who], 10 + scene_random(fleet->scene, 3));
    fleet->sailor[who] = NULL;
    fleet->spawned++;
    actor->next_slot = 10;
    uk_handle set = make(fleet->scene, UK_TYPE_PORT_SET, 0);
    uk_handle bell = make(fleet->scene, UK_TYPE_NOTIFICATION, 0);
    for (unsigned i = 0; i < PORTS; i++) {
        uk_word messages = 1 + scene_random(fleet->scene, 4);
        uk_handle port = make(fleet->scene, UK_TYPE_PORT, UK_PORT_SIZE(messages, scene_random(fleet->scene, 2)));
        for (unsigned other = 0; other < SAILORS; other++)
            if (fleet->sailor[other] != NULL && thread_of(fleet->sailor[other]) != NULL)
                (void)step(fleet->scene->root, OP(UK_CAPABILITY_MINT, fleet->sailor[other]->cnode, any_slot(fleet), port, 0,
                                                  SENDS, 1 + scene_random(fleet->scene, 3)));
        (void)hand(actor, port);
    }
    (void)hand(actor, set);
    (void)hand(actor, bell);
    fleet->sailor[who] = actor;
}

static struct uk_call any_call(struct fleet *fleet, const struct actor *actor)
{
    static const uint32_t operations[] = {
        UK_PORT_SEND,  UK_PORT_SEND,    UK_PORT_SEND,     UK_PORT_RECEIVE,       UK_PORT_RECEIVE,    UK_PORT_RECEIVE,
        UK_PORT_ONCE,  UK_PORT_ONCE,    UK_PORT_EXCHANGE, UK_PORT_EXCHANGE,      UK_PORT_SET_RECEIVE, UK_PORT_WATCH,
        UK_PORT_JOIN,  UK_CAPABILITY_COPY, UK_CAPABILITY_MOVE, UK_CAPABILITY_DELETE, UK_CAPABILITY_REVOKE, UK_PORT_SEND};
    struct scene *scene = fleet->scene;
    struct uk_call call = {.operation = operations[scene_random(scene, sizeof operations / sizeof operations[0])],
                           .reply = slot_with(fleet, actor, UK_TYPE_PORT), .deadline = UK_FOREVER};
    call.handle = slot_with(fleet, actor, call.operation == UK_PORT_SET_RECEIVE ? UK_TYPE_PORT_SET : UK_TYPE_PORT);
    call.tag = UK_TAG(1, scene_random(scene, 10), scene_random(scene, 3) == 0 ? 1 + scene_random(scene, 2) : 0);
    call.word[0] = scene_random(scene, 8) != 0 ? any_slot(fleet) : 0;
    if (call.operation >= UK_CAPABILITY_COPY && call.operation <= UK_CAPABILITY_REVOKE) {
        call.handle = UK_SLOT_CNODE;
        call.word[1] = any_slot(fleet);
        call.word[3] = UK_RIGHTS_ALL;
    } else if (call.operation == UK_PORT_ONCE) {
        call.word[1] = 0;
        call.word[2] = 7;
    }
    if (call.operation == UK_PORT_WATCH || call.operation == UK_PORT_JOIN)
        call.word[0] = slot_with(fleet, actor, call.operation == UK_PORT_JOIN ? UK_TYPE_PORT_SET : UK_TYPE_NOTIFICATION);
    if (scene_random(scene, 6) != 0)
        call.deadline = time_now(scene) + scene_random(scene, 3000);
    return call;
}

static void act(struct fleet *fleet, struct actor *actor)
{
    for (unsigned i = 0; i < 2; i++)
        set_item(actor, i, scene_random(fleet->scene, 4) != 0 ? UK_ITEM_MOVE : UK_ITEM_COPY, UK_RIGHTS_ALL, any_slot(fleet), 1);
    set_window(actor, (uint32_t)any_slot(fleet), 4, 0, 0);
    struct uk_call call = any_call(fleet, actor);
    (void)until(actor, call.deadline);
    int status = step(actor, call);
    fleet->sent += call.operation == UK_PORT_SEND && status == UK_OK;
    if (call.operation == UK_PORT_RECEIVE && status == UK_OK) {
        fleet->received++;
        fleet->unused += (got(actor)->tag & UK_TAG_UNUSED) != 0;
        fleet->moved += UK_TAG_ITEMS(got(actor)->tag);
    }
}

static void sail(uint64_t seed, uint32_t preempt_every)
{
    const struct stage stage = {.arena_bytes = 16 << 20, .preemptible = 1};
    struct fleet fleet = {.scene = scene_open(&stage)};
    scene_seed(fleet.scene, seed);
    fleet.scene->preempt_every = preempt_every;
    for (unsigned i = 0; i < SAILORS; i++)
        enlist(&fleet, i);
    unsigned long steps = percent_of(STEPS) > STEPS_LEAST ? percent_of(STEPS) : STEPS_LEAST;
    for (unsigned long i = 0; i < steps; i++) {
        unsigned who = scene_random(fleet.scene, SAILORS);
        struct actor *actor = fleet.sailor[who];
        if (scene_random(fleet.scene, 20) == 0)
            advance(fleet.scene, time_now(fleet.scene) + scene_random(fleet.scene, 4000));
        else if (fleet.spawned < 100 && (scene_random(fleet.scene, 60) == 0 || after(actor) == GONE || after(actor) == DEAD)) {
            fleet.scene->preempt_every = 0;
            (void)step(fleet.scene->root, OP(UK_THREAD_KILL, actor->thread, 0));
            (void)step(fleet.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, actor->cnode));
            (void)step(fleet.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->thread));
            (void)step(fleet.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->cnode));
            enlist(&fleet, who);
            fleet.scene->preempt_every = preempt_every;
        } else if (after(actor) == RESTARTING) {
            (void)step(actor, OP(UK_YIELD, 0, 0));
        } else if (thread_of(actor) != NULL && thread_of(actor)->state == UK_THREAD_READY) {
            act(&fleet, actor);
        }
    }
    print_message("sent %llu, received %llu, of these %llu unused rights, %llu items\n", (unsigned long long)fleet.sent,
                  (unsigned long long)fleet.received, (unsigned long long)fleet.unused, (unsigned long long)fleet.moved);
    assert_true(fleet.sent > steps / 200 && fleet.received > steps / 200);
    fleet.scene->preempt_every = 0;
    scene_close(fleet.scene);
}

static void random_fleets(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        sail(seed, 0);
}

static void random_fleets_preempted(void **state)
{
    (void)state;
    for (uint64_t seed = 101; seed <= 102; seed++)
        sail(seed, 3 + (uint32_t)seed % 5);
}

enum { RIGHTS = 150, TURNS = 1200, HOLDERS = 3, PARKED = 40 };

/* A server whose send-once rights (badges 1, 2, ...) go from hand to hand, from port to port, and to ruin. */
struct mint {
    struct scene *scene;
    struct actor *server, *holder[HOLDERS];
    uk_handle port, inbox[HOLDERS], to_inbox[HOLDERS]; /* the server's port; each holder's, and the server's way there */
    unsigned made, seen[RIGHTS + 1];
};

static void mint_hire(struct mint *mint, unsigned who)
{
    mint->holder[who] = actor_new(mint->scene, "holder", 10);
    uk_handle inbox = make(mint->scene, UK_TYPE_PORT, UK_PORT_SIZE(2, 0));
    mint->to_inbox[who] = give(mint->server, inbox, SENDS);
    mint->inbox[who] = hand(mint->holder[who], inbox);
}

static void mint_dismiss(struct mint *mint, unsigned who)
{
    struct actor *root = mint->scene->root, *holder = mint->holder[who];
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, holder->cnode)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, holder->thread)), UK_OK);
    expect(step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, holder->cnode)), UK_OK);
    expect(step(mint->server, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, mint->to_inbox[who])), UK_OK);
}

/* What the server hears comes of one right, once. */
static int mint_hear(struct mint *mint)
{
    if (take(until(mint->server, UK_NOW), mint->port) != UK_OK)
        return 0;
    uk_word badge = got(mint->server)->handle;
    assert_in_range(badge, 1, mint->made);
    assert_int_equal(mint->seen[badge]++, 0);
    return 1;
}

static void mint_stir(struct mint *mint)
{
    unsigned who = scene_random(mint->scene, HOLDERS), what = scene_random(mint->scene, 12);
    struct actor *holder = mint->holder[who], *server = mint->server;
    uk_handle parked = PARKED + scene_random(mint->scene, 4);
    set_window(holder, (uint32_t)parked, 1, 0, 0);
    if (what < 5 && mint->made < RIGHTS && step(server, OP(UK_PORT_ONCE, mint->port, PARKED, 0, mint->made + 1)) == UK_OK) {
        mint->made++;
        set_item(server, 0, UK_ITEM_MOVE, UK_RIGHT_ONCE, PARKED, 1);
        if (put(until(server, UK_NOW), mint->to_inbox[who], LONG(1, 0, 1)) != UK_OK)
            drop(server, PARKED); /* no room there: unused already */
    } else if (what < 8) {
        (void)take(until(holder, UK_NOW), mint->inbox[who]); /* finds it, if the slot is free */
    } else if (what == 8) {
        (void)put(until(holder, UK_NOW), parked, WORDS(2, 2));
    } else if (what == 9) {
        drop(holder, parked);
    } else if (what == 10 && scene_random(mint->scene, 6) == 0) {
        mint_dismiss(mint, who); /* with what it holds, and what is in its inbox */
        mint_hire(mint, who);
    } else {
        (void)mint_hear(mint);
    }
}

/* MA-2: every send-once right that was ever made yields exactly one message, whatever became of it. */
static void every_right_is_one_message(void **state)
{
    (void)state;
    const struct stage stage = {.arena_bytes = 8 << 20};
    struct mint mint = {.scene = scene_open(&stage)};
    scene_seed(mint.scene, 2);
    mint.server = actor_new(mint.scene, "server", 10);
    mint.server->next_slot = PARKED + 1;
    mint.port = hand(mint.server, make(mint.scene, UK_TYPE_PORT, UK_PORT_SIZE(8, 0)));
    for (unsigned who = 0; who < HOLDERS; who++)
        mint_hire(&mint, who);
    for (unsigned turn = 0; turn < TURNS; turn++)
        mint_stir(&mint);
    for (unsigned who = 0; who < HOLDERS; who++)
        mint_dismiss(&mint, who);
    while (mint_hear(&mint))
        continue;
    assert_true(mint.made > RIGHTS / 3);
    for (unsigned badge = 1; badge <= mint.made; badge++)
        assert_int_equal(mint.seen[badge], 1);
    assert_int_equal(port_at(mint.server, mint.port)->promised, 0);
    scene_close(mint.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_fleets), cmocka_unit_test(random_fleets_preempted),
                                       cmocka_unit_test(every_right_is_one_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
