/* SPDX-License-Identifier: MIT */
/* SEL-6, SY-1, counting short cuts: three kernels live the same random life, two never take any, and they agree whenever
 * somebody looks. The third has no bound calls, either: it makes the same calls by a capability of the same origin. */
#include "entry/fast.h"

#include <stdio.h>
#include <string.h>

#include "entry/entry.h"
#include "support/scene.h"

enum {
    ACTORS = 6,
    ENDPOINTS = 3,
    LIVES = 120,     /* of three kernels */
    STEPS = 250,     /* of each */
    FAR_SLOT = 64    /* beyond what is deleted at random */
};

enum { FAST, LONG, UNBOUND, KERNELS };

/* What one of the two kernels consists of. */
struct life {
    struct scene *scene;
    struct actor *actor[ACTORS];
    uk_handle endpoint[ENDPOINTS], reply[ACTORS], note;                                       /* of the first thread */
    uk_handle calls[ACTORS][ENDPOINTS], receives[ACTORS][ENDPOINTS], answers[ACTORS][ACTORS]; /* of the actor */
    uk_handle notes[ACTORS];
    uk_handle bound[ACTORS][ENDPOINTS], twins[ACTORS][ENDPOINTS]; /* of the actor: what stands for `calls`; a copy of these */
};

struct lives {
    struct life life[KERNELS];
    uint64_t random;
    unsigned fast_calls, fast_replies, calls, replies, bound_calls, folded, looks;
};

static uint32_t draw(struct lives *lives, uint32_t bound)
{
    uint64_t z = lives->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % bound);
}

static struct kernel *inside(const struct lives *lives, unsigned which) { return lives->life[which].scene->inside; }

/* Clients 0 and 1; 2..4 serve one endpoint each, and call others; 5 does everything, on a small budget. */
static const uint32_t priorities[ACTORS] = {10, 30, 20, 5, 20, 20};

static int serves(unsigned who) { return who >= 2 && who <= 4; }

/* In kernel UNBOUND the bound calls are there, too, so that all else can be the same. */
static void make_bound(struct life *life, unsigned who)
{
    struct scene *scene = life->scene;
    life->actor[who]->next_slot = FAR_SLOT;
    for (unsigned n = 0; n < ENDPOINTS; n++) {
        uk_handle badged = slot_new(scene), bound = make(scene, UK_TYPE_BOUND, 0);
        expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, badged, life->endpoint[n], 0, UK_RIGHT_SEND, who + 1)),
               UK_OK);
        expect(step(scene->root, OP(UK_BOUND_CONFIGURE, bound, badged, 0)), UK_OK);
        life->bound[who][n] = give(life->actor[who], bound, UK_RIGHT_SEND);
        life->twins[who][n] = give(life->actor[who], badged, UK_RIGHTS_ALL);
    }
}

static void life_begin(struct life *life, int watched)
{
    const struct stage stage = {.arena_bytes = 1 << 20, .root_slots = 256, .slice_ns = 200000};
    struct scene *scene = life->scene = scene_open(&stage);
    scene->unchecked = 1;
    scene->inside->watched = (uint32_t)watched;
    for (unsigned i = 0; i < ACTORS; i++)
        life->actor[i] = i == 5 ? actor_with_budget(scene, "spends", priorities[i], 3000, 20000)
                                : actor_new(scene, "actor", priorities[i]);
    for (unsigned i = 0; i < ENDPOINTS; i++)
        life->endpoint[i] = make(scene, UK_TYPE_ENDPOINT, i == 2 ? UK_ORDER_ARRIVAL : UK_ORDER_PRIORITY);
    for (unsigned i = 0; i < ACTORS; i++)
        life->reply[i] = make(scene, UK_TYPE_REPLY, 0);
    life->note = make(scene, UK_TYPE_NOTIFICATION, 0);
    for (unsigned i = 0; i < ACTORS; i++) {
        for (unsigned n = 0; n < ENDPOINTS; n++) {
            life->calls[i][n] = give_badged(life->actor[i], life->endpoint[n], UK_RIGHT_SEND, i + 1);
            life->receives[i][n] = give(life->actor[i], life->endpoint[n], UK_RIGHTS_ALL);
        }
        for (unsigned n = 0; n < ACTORS; n++)
            life->answers[i][n] = give(life->actor[i], life->reply[n], UK_RIGHTS_ALL);
        life->notes[i] = give(life->actor[i], life->note, UK_RIGHTS_ALL);
        make_bound(life, i);
    }
    expect(step(scene->root, OP(UK_THREAD_PRIORITY, UK_SLOT_THREAD, 0, UK_PRIORITY_MAX)), UK_OK);
}

static void life_end(struct life *life)
{
    for (uint32_t i = 0; i < life->scene->count; i++)
        life->scene->actors[i].settled = 0; /* what was not stepped by the scene it does not know */
    scene_close(life->scene);
}

static void count(struct lives *lives, unsigned which, const struct uk_call *call, int fast)
{
    lives->bound_calls += which == 0 && call->operation == UK_BOUND_CALL;
    lives->calls += which == 0 && call->operation == UK_CALL;
    lives->replies += which == 0 && call->operation == UK_REPLY_RECEIVE;
    lives->fast_calls += fast && call->operation == UK_CALL;
    lives->fast_replies += fast && call->operation == UK_REPLY_RECEIVE;
}

/* The same call without what is bound. A bound call whose capability was revoked, as its twin was then, stands for none. */
static struct uk_call unbound(const struct life *life, const struct actor *actor, const struct uk_call *call)
{
    struct uk_call other = *call;
    for (unsigned who = 0; who < ACTORS; who++)
        for (unsigned n = 0; n < ENDPOINTS && life->actor[who] == actor; n++)
            if (life->bound[who][n] == call->handle && slot_of(actor, life->twins[who][n])->type != UK_TYPE_NONE) {
                other.operation = UK_CALL;
                other.handle = life->twins[who][n];
            }
    return other;
}

/* It has made the other call, and says that it was this one. */
static void tell_as_bound(struct thread *thread, const struct uk_call *call, const struct uk_call *other)
{
    thread->operation = UK_BOUND_CALL;
    if (thread_is_blocked(thread))
        thread->registers.call.operation = UK_BOUND_CALL;
    if (thread->registers.call.handle == other->handle)
        thread->registers.call.handle = call->handle;
    if (thread->record.operation == UK_CALL && thread->record.handle == other->handle) {
        thread->record.operation = UK_BOUND_CALL;
        thread->record.handle = call->handle;
    }
}

static int can_trap(const struct thread *thread)
{
    return sched_may_run(thread) && (thread->marks & THREAD_RESTART) == 0;
}

/* As the machine would if the thread runs, else as an embedder steps it. */
static void perform_in(struct lives *lives, unsigned which, struct actor *actor, const struct uk_call *call)
{
    struct kernel *kernel = actor->scene->inside;
    struct thread *thread = thread_of(actor);
    struct uk_result result;
    struct uk_call other = which == UNBOUND && thread != NULL ? unbound(&lives->life[which], actor, call) : *call;
    if (other.operation != call->operation) {
        uint64_t entries = thread->entries;
        perform_in(lives, which, actor, &other);
        if (thread_of(actor) != NULL && thread_of(actor)->entries != entries)
            tell_as_bound(thread_of(actor), call, &other);
        return;
    }
    if (thread == NULL || kernel->current != thread || (kernel->folded == NULL && !can_trap(thread))) {
        fold_end(kernel);
        (void)uk_step(actor->scene->kernel, actor->thread, call, &result);
        return;
    }
    thread->registers.call = *call;
    struct thread *next = fast_syscall(kernel);
    count(lives, which, call, next != NULL);
    if (next == NULL)
        next = entry_syscall_slow(kernel);
    lives->folded += kernel->folded != NULL;
    assert_ptr_equal(next, kernel->current);
    assert_true(which == FAST || kernel->folded == NULL);
}

static void compare_two(struct life *one, struct life *other)
{
    struct uk_counters counters, others;
    uk_counters(one->scene->kernel, &counters);
    uk_counters(other->scene->kernel, &others);
    assert_memory_equal(&counters, &others, sizeof counters);
    assert_true(uk_state_hash(one->scene->kernel) == uk_state_hash(other->scene->kernel));
    for (unsigned i = 0; i < ACTORS; i++) { /* what no user can observe, and the hash leaves out */
        const struct thread *a = thread_of(one->actor[i]), *b = thread_of(other->actor[i]);
        if (a != NULL && thread_is_blocked(a))
            assert_true(a->marks == b->marks && (a->waits_in == NULL || a->rank == b->rank));
    }
}

/* Somebody looks: before that nothing shows whether calls are folded. */
static void compare(struct lives *lives)
{
    char text[400] = "";
    fold_end(inside(lives, FAST));
    lives->looks++;
    for (unsigned i = 0; i < KERNELS; i++)
        if (uk_check(lives->life[i].scene->kernel, text, sizeof text) != 0)
            fail_msg("kernel %u: invariant broken: %s", i, text);
    compare_two(&lives->life[FAST], &lives->life[LONG]);
    compare_two(&lives->life[LONG], &lives->life[UNBOUND]);
}

static uk_time draw_deadline(struct lives *lives)
{
    uint32_t kind = draw(lives, 30);
    return kind == 0 ? UK_NOW : kind == 1 ? inside(lives, 0)->now + draw(lives, 5000) : UK_FOREVER;
}

static uk_word draw_tag(struct lives *lives)
{
    uint32_t kind = draw(lives, 32);
    if (kind == 0)
        return (uk_word)draw(lives, 1 << 16) << 20 | draw(lives, 1 << 20);
    return UK_TAG(draw(lives, 3), draw(lives, kind < 3 ? 70 : 7), kind == 3);
}

static uint32_t draw_operation(struct lives *lives, unsigned who)
{
    static const uint32_t rare[] = {UK_SEND, UK_RECEIVE, UK_RECEIVE, UK_REPLY, UK_SIGNAL,
                                    UK_WAIT, UK_YIELD,   UK_CALL,    UK_CLOCK, UK_REPLY_RECEIVE};
    if (draw(lives, 12) == 0)
        return rare[draw(lives, sizeof rare / sizeof rare[0])];
    int answers = serves(who) || (who == 5 && draw(lives, 2) == 0);
    return answers && draw(lives, 12) != 0 ? UK_REPLY_RECEIVE : draw(lives, 3) != 0 ? UK_BOUND_CALL : UK_CALL;
}

/* Mostly what a client or server does; now and then anything. */
static struct uk_call draw_call(struct lives *lives, unsigned who)
{
    const struct life *life = &lives->life[0];
    uint32_t operation = draw_operation(lives, who);
    unsigned own = serves(who) ? who - 2 : draw(lives, ENDPOINTS), to = draw(lives, ENDPOINTS);
    int receives = operation == UK_RECEIVE || operation == UK_REPLY_RECEIVE;
    struct uk_call call = {.operation = operation, .tag = draw_tag(lives), .deadline = draw_deadline(lives)};
    call.handle = receives ? life->receives[who][draw(lives, 16) == 0 ? to : own] : life->calls[who][to];
    if (operation == UK_BOUND_CALL)
        call.handle = life->bound[who][draw(lives, 8) == 0 ? to : who % ENDPOINTS];
    if (operation == UK_SIGNAL || operation == UK_WAIT)
        call.handle = life->notes[who];
    call.reply = life->answers[who][draw(lives, 16) == 0 ? draw(lives, ACTORS) : who];
    if (operation == UK_REPLY)
        call.handle = call.reply;
    if (operation == UK_RECEIVE && draw(lives, 3) == 0)
        call.reply = UK_NONE;
    if (receives && draw(lives, 16) == 0)
        call.operation |= UK_FILTERED;
    call.filter = draw(lives, ACTORS) + 1;
    if (draw(lives, 32) == 0 && operation != UK_BOUND_CALL)
        call.handle = draw(lives, 2) == 0 ? draw(lives, 40) : call.handle | (uk_word)draw(lives, 3) << 32;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = (uk_word)draw(lives, 1u << 31) << 20 | i;
    return call;
}

/* The first thread meddles, rarely for good: deaths, revocations, new servers. */
static struct uk_call draw_destruction(struct lives *lives)
{
    const struct life *life = &lives->life[0];
    const struct actor *actor = life->actor[draw(lives, 3) == 0 ? draw(lives, ACTORS) : 5]; /* mostly whom few miss */
    uk_handle endpoint = life->endpoint[draw(lives, ENDPOINTS)];
    switch (draw(lives, 9)) {
    case 0: return OP(UK_THREAD_KILL, actor->thread, 0);
    case 1: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, life->reply[draw(lives, ACTORS)]);
    case 2: return OP(UK_CAPABILITY_DELETE, actor->cnode, draw(lives, 40));
    case 3: return OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, endpoint);
    default: return OP(UK_ENDPOINT_BIND, endpoint, draw(lives, 4) != 0 ? actor->thread : 0);
    }
}

static struct uk_call draw_meddling(struct lives *lives)
{
    const struct life *life = &lives->life[0];
    const struct actor *actor = life->actor[draw(lives, ACTORS)];
    uk_handle endpoint = life->endpoint[draw(lives, ENDPOINTS)];
    if (draw(lives, 12) == 0)
        return draw_destruction(lives);
    switch (draw(lives, 13)) {
    case 0: return OP(UK_SCHED_CONFIGURE, actor->sched, 20000, draw(lives, 2) == 0 ? 20000 : 90000, draw(lives, 2));
    case 1: return OP(UK_THREAD_CONFIGURE, actor->thread, 0, 0, endpoint, 0, draw(lives, 4),
                      UK_PART_FAULT | UK_PART_FLAGS);
    case 2:
    case 3: return OP(UK_SIGNAL, life->note, 0);
    case 4: return OP(UK_THREAD_SUSPEND, actor->thread, 0);
    case 5: return OP(UK_THREAD_RESUME, actor->thread, 0);
    case 6:
    case 7: return OP(UK_THREAD_PRIORITY, actor->thread, draw(lives, 40), 40);
    case 8: return OP(UK_SCHED_BIND, actor->sched, actor->thread);
    case 9: return OP(UK_THREAD_BIND, actor->thread, draw(lives, 4) != 0 ? life->note : 0);
    default: return OP(UK_SCHED_UNBIND, life->actor[2 + draw(lives, 3)]->sched, 0);
    }
}

static void both(struct lives *lives, unsigned who, struct uk_call call)
{
    for (unsigned i = 0; i < KERNELS; i++)
        perform_in(lives, i, who < ACTORS ? lives->life[i].actor[who] : lives->life[i].scene->root, &call);
    if (draw(lives, 4) == 0)
        compare(lives);
}

/* Nobody has anything to do: one of them stops waiting, and has time. */
static void wake_one(struct lives *lives)
{
    const struct actor *actor = lives->life[0].actor[draw(lives, ACTORS)];
    both(lives, ACTORS, OP(UK_THREAD_SUSPEND, actor->thread, 0));
    both(lives, ACTORS, OP(UK_SCHED_BIND, actor->sched, actor->thread));
    both(lives, ACTORS, OP(UK_THREAD_RESUME, actor->thread, 0));
}

/* A server that waits, but still has time of its own; ACTORS: there is none. */
static unsigned find_idle_server(const struct life *life)
{
    for (unsigned who = 0; who < ACTORS; who++) {
        const struct thread *thread = thread_of(life->actor[who]);
        if (serves(who) && thread != NULL && thread->state == UK_THREAD_RECEIVING && thread->own_context != NULL)
            return who;
    }
    return ACTORS;
}

/* Who runs, mostly: only then can a fast path be taken. ACTORS: none of them. */
static unsigned draw_actor(struct lives *lives)
{
    if (draw(lives, 16) == 0)
        return draw(lives, ACTORS);
    for (unsigned i = 0; i < ACTORS; i++)
        if (inside(lives, 0)->current != NULL && inside(lives, 0)->current == thread_of(lives->life[0].actor[i]))
            return i;
    return ACTORS;
}

static void let_time_pass(struct lives *lives)
{
    uk_time until = inside(lives, 0)->now + draw(lives, 20000);
    fold_end(inside(lives, FAST));
    for (unsigned i = 0; i < KERNELS; i++)
        (void)uk_advance(lives->life[i].scene->kernel, until);
    compare(lives);
}

static void fault(struct lives *lives, unsigned who)
{
    struct uk_result result;
    fold_end(inside(lives, FAST));
    for (unsigned i = 0; i < KERNELS; i++)
        (void)uk_step_fault(lives->life[i].scene->kernel, lives->life[i].actor[who]->thread, UK_FAULT_PAGE, UK_PAGE,
                            UK_RIGHT_WRITE, &result);
    compare(lives);
}

static void live(struct lives *lives)
{
    unsigned who = draw_actor(lives), kind = draw(lives, 40), idle = find_idle_server(&lives->life[LONG]);
    if (kind == 0)
        let_time_pass(lives);
    else if (kind == 1 && who < ACTORS)
        fault(lives, who);
    else if (kind < 4)
        both(lives, ACTORS, draw_meddling(lives));
    else if (kind < 20 && idle != ACTORS)
        both(lives, ACTORS, OP(UK_SCHED_UNBIND, lives->life[0].actor[idle]->sched, 0));
    else if (who == ACTORS)
        wake_one(lives);
    else
        both(lives, who, draw_call(lives, who));
}

/* Servers wait and have no time of their own: from here the fast paths begin. */
static void prepare(struct lives *lives)
{
    const struct life *life = &lives->life[0];
    for (unsigned who = 0; who < ACTORS; who++) {
        if (!serves(who))
            continue;
        both(lives, who, (struct uk_call){.operation = UK_RECEIVE, .handle = life->receives[who][who - 2],
                                          .reply = life->answers[who][who], .deadline = UK_FOREVER});
        both(lives, ACTORS, OP(UK_SCHED_UNBIND, life->actor[who]->sched, 0));
    }
}

static void short_cuts_do_what_the_long_road_does(void **state)
{
    struct lives lives = {.random = 20261122};
    unsigned long number = percent_of(LIVES);
    (void)state;
    print_message("seed %llu\n", (unsigned long long)lives.random);
    for (unsigned long n = 0; n < number; n++) {
        for (unsigned i = 0; i < KERNELS; i++)
            life_begin(&lives.life[i], i != FAST);
        prepare(&lives);
        for (unsigned i = 0; i < STEPS; i++)
            live(&lives);
        for (unsigned i = 0; i < KERNELS; i++)
            life_end(&lives.life[i]);
    }
    print_message("fast: %u of %u calls, %u of %u answers; %u bound calls, folded after %u entries; %u looks\n",
                  lives.fast_calls, lives.calls, lives.fast_replies, lives.replies, lives.bound_calls, lives.folded,
                  lives.looks);
    assert_true(lives.fast_calls >= 3 * number && lives.fast_replies >= 2 * number && lives.folded >= 5 * number);
}

/* Actor 2 owes actor 0 an answer, on whose time it runs. Endpoint 1 has lost its server; or has a new one, with whom the
 * capabilities of before do not speak: only actor 4 has one of after, and waits. */
static void owe_an_answer(struct lives *lives, int reborn)
{
    const struct life *life = &lives->life[0];
    uk_handle fresh[KERNELS] = {0};
    for (unsigned i = 0; i < KERNELS; i++)
        life_begin(&lives->life[i], i != FAST);
    both(lives, ACTORS, OP(UK_ENDPOINT_BIND, life->endpoint[1], life->actor[5]->thread));
    both(lives, ACTORS, OP(UK_THREAD_KILL, life->actor[5]->thread, 0));
    if (reborn)
        both(lives, ACTORS, OP(UK_ENDPOINT_BIND, life->endpoint[1], life->actor[3]->thread));
    for (unsigned i = 0; i < KERNELS && reborn; i++)
        fresh[i] = give(lives->life[i].actor[4], lives->life[i].endpoint[1], UK_RIGHTS_ALL);
    for (unsigned who = reborn ? 4 : 2; who >= 2; who -= 2) {
        both(lives, who, (struct uk_call){.operation = UK_RECEIVE, .handle = who == 4 ? fresh[0] : life->receives[2][0],
                                          .reply = life->answers[who][who], .deadline = UK_FOREVER});
        both(lives, ACTORS, OP(UK_SCHED_UNBIND, life->actor[who]->sched, 0));
    }
    for (unsigned who = 1; who < ACTORS; who += 2)
        both(lives, ACTORS, OP(UK_THREAD_SUSPEND, life->actor[who]->thread, 0));
    both(lives, ACTORS, OP(UK_SCHED_UNBIND, life->actor[4]->sched, 0)); /* nobody is more urgent than actor 0 */
    both(lives, 0, OP(UK_CLOCK, 0, 0)); /* after being stepped out of turn everything is looked at anew */
}

static void dead_endpoints_are_no_short_cut(void **state)
{
    (void)state;
    for (int reborn = 0; reborn < 2; reborn++) {
        struct lives lives = {.random = 1};
        const struct life *life = &lives.life[0];
        owe_an_answer(&lives, reborn);
        both(&lives, 0, (struct uk_call){.operation = UK_CALL, .handle = life->calls[0][1], .deadline = UK_FOREVER});
        assert_int_equal(got(life->actor[0])->operation, UK_PEER_DIED);
        both(&lives, 0, (struct uk_call){.operation = UK_CALL, .handle = life->calls[0][0], .deadline = UK_FOREVER});
        assert_int_equal(lives.fast_calls, 1);
        both(&lives, 2, (struct uk_call){.operation = UK_REPLY_RECEIVE, .handle = life->receives[2][1],
                                         .reply = life->answers[2][2], .deadline = UK_FOREVER});
        assert_int_equal(got(life->actor[2])->operation, UK_PEER_DIED);
        assert_int_equal(lives.fast_replies, 0);
        for (unsigned i = 0; i < KERNELS; i++)
            life_end(&lives.life[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dead_endpoints_are_no_short_cut),
        cmocka_unit_test(short_cuts_do_what_the_long_road_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
