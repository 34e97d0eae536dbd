/* SPDX-License-Identifier: MIT */
/* Anything from anybody: random operations with random handles by random threads; every invariant holds after each. */
#include "support/scene.h"

enum { ACTORS = 6, SLOTS = 48, STEPS = 400 };

struct soup {
    struct scene *scene;
    struct actor *actor[ACTORS];
    uk_handle memory; /* an Untyped that all of them hold */
    uk_handle endpoints[3], shared[8];
    unsigned born;
    unsigned done, blocked, refused, idle; /* how the steps ended */
};

static void tally(struct soup *soup, int status)
{
    soup->done += status == UK_OK;
    soup->blocked += status == BLOCKED;
    soup->refused += status != UK_OK && status < UK_STATUS_COUNT;
    soup->idle += status == NOT_RUNNABLE || status == GONE;
}

static uint32_t pick(struct soup *soup, uint32_t bound) { return scene_random(soup->scene, bound); }

static void give_if_there(struct actor *actor, uk_handle handle)
{
    if (slot_of(actor->scene->root, handle)->type != UK_TYPE_NONE)
        give(actor, handle, UK_RIGHTS_ALL);
}

/* Everybody gets some of everything, so that most handles name something. */
static void soup_add(struct soup *soup, unsigned i)
{
    struct scene *scene = soup->scene;
    const struct actor *neighbour = soup->actor[(i + 1) % ACTORS] != NULL ? soup->actor[(i + 1) % ACTORS] : NULL;
    struct actor *actor = i % 3 != 2 ? actor_new(scene, "soup", 10 + 80 * (i % 4))
                                     : actor_with_budget(scene, "budget", 10 + 80 * (i % 4), 3000, 20000);
    soup->actor[i] = actor;
    soup->born++;
    for (unsigned e = 0; e < 3; e++)
        give_if_there(actor, soup->endpoints[e]);
    for (unsigned s = 0; s < 8; s++)
        give_if_there(actor, soup->shared[s]);
    give(actor, make(scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    give(actor, make(scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    give_if_there(actor, soup->memory);
    if (neighbour != NULL) {
        give_if_there(actor, neighbour->thread);
        give_if_there(actor, neighbour->sched);
        give_if_there(actor, neighbour->cnode);
    }
    set_window(actor, 40, 4, 0x40000000, 16 * UK_PAGE);
}

static struct soup soup_open(uint64_t seed, uint32_t preemptible)
{
    const struct stage stage = {.preemptible = preemptible, .root_slots = 512, .arena_bytes = 2 << 20,
                                .slice_ns = seed % 3 == 0 ? 5000 : 0};
    struct soup soup = {.scene = scene_open(&stage)};
    struct scene *scene = soup.scene;
    scene->seed = seed;
    soup.memory = make(scene, UK_TYPE_UNTYPED, 65536);
    for (unsigned i = 0; i < 3; i++)
        soup.endpoints[i] = make(scene, UK_TYPE_ENDPOINT, i % 2);
    const uint32_t types[8] = {UK_TYPE_NOTIFICATION, UK_TYPE_REPLY, UK_TYPE_FRAME, UK_TYPE_TIMER,
                               UK_TYPE_SCHED_CONTEXT, UK_TYPE_CNODE, UK_TYPE_SPACE, UK_TYPE_THREAD};
    for (unsigned i = 0; i < 8; i++)
        soup.shared[i] = make_from(scene, i < 5 ? UK_SLOT_UNTYPED : soup.memory, types[i],
                              types[i] == UK_TYPE_FRAME ? UK_PAGE : types[i] == UK_TYPE_CNODE ? 16 : 0);
    for (unsigned i = 0; i < ACTORS; i++)
        soup_add(&soup, i);
    return soup;
}

/* Words: mostly handles, slots and small numbers, at times anything. */
static uk_word word(struct soup *soup)
{
    switch (pick(soup, 8)) {
    case 0:
        return 0;
    case 1:
        return pick(soup, 12);
    case 2:
        return (uk_word)pick(soup, 64) * UK_PAGE + 0x40000000;
    case 3:
        return UK_RIGHTS_ALL & pick(soup, 64);
    case 4:
        return ~(uk_word)0 >> pick(soup, 64);
    default:
        return pick(soup, SLOTS);
    }
}

static uk_handle handle_for(struct soup *soup, const struct actor *actor, uint32_t type)
{
    const struct thread *thread = thread_of(actor);
    const struct cnode *cnode = thread != NULL ? thread->cnode : NULL;
    uk_handle start = pick(soup, SLOTS);
    for (uint32_t i = 0; cnode != NULL && i < SLOTS; i++) {
        uk_handle at = (start + i) % SLOTS;
        if (at < cnode->slot_count && cnode->slots[at].type == type)
            return pick(soup, 4) ? at : at | (uk_word)cnode->slots[at].slot_generation << 32;
    }
    return start;
}

/* What type of object the operations want; the table of the ABI. */
static uint32_t type_of(uint32_t operation)
{
    static const uint8_t types[UK_OPERATION_COUNT] = {
#define UK_X(name, number, function, type, right, handles) [name] = type,
        UK_OPERATIONS(UK_X)
#undef UK_X
    };
    return operation < UK_OPERATION_COUNT ? types[operation] : UK_TYPE_NONE;
}

/* Where a word is a handle, often name one of a fitting type. */
static void fit_words(struct soup *soup, const struct actor *actor, struct uk_call *call)
{
    static const uint8_t wanted[UK_OPERATION_COUNT] = {
        [UK_SPACE_MAP] = UK_TYPE_FRAME,         [UK_SPACE_CONFIGURE] = UK_TYPE_UNTYPED,
        [UK_SCHED_BIND] = UK_TYPE_THREAD,       [UK_ENDPOINT_BIND] = UK_TYPE_THREAD,
        [UK_THREAD_BIND] = UK_TYPE_NOTIFICATION, [UK_THREAD_WATCH] = UK_TYPE_NOTIFICATION,
        [UK_TIMER_BIND] = UK_TYPE_NOTIFICATION, [UK_THREAD_CONFIGURE] = UK_TYPE_CNODE};
    uint32_t operation = (uint32_t)call->operation & 255;
    if (operation < UK_OPERATION_COUNT && wanted[operation] != 0 && pick(soup, 3))
        call->word[0] = handle_for(soup, actor, wanted[operation]);
    if (operation == UK_RETYPE && pick(soup, 3)) {
        call->word[0] = 1 + pick(soup, UK_TYPE_INTERRUPT);
        call->word[1] = call->word[0] == UK_TYPE_FRAME || call->word[0] == UK_TYPE_UNTYPED ? UK_PAGE
                        : call->word[0] == UK_TYPE_CNODE                                   ? 8
                                                                                           : 0;
        call->word[2] = UK_SLOT_CNODE;
        call->word[3] = 20 + pick(soup, 20);
        call->word[4] = 1 + pick(soup, 3);
    }
    if (operation == UK_SCHED_CONFIGURE && pick(soup, 3)) {
        call->word[1] = 1000 + pick(soup, 20000);
        call->word[0] = pick(soup, 2) ? call->word[1] : 1 + pick(soup, 1000);
        call->word[2] = pick(soup, 2);
    }
}

static struct uk_call any_call(struct soup *soup, const struct actor *actor)
{
    struct uk_call call = {.operation = pick(soup, UK_OPERATION_COUNT + 1), .deadline = UK_FOREVER};
    if (pick(soup, 3) == 0)
        call.operation = UK_SEND + pick(soup, 8); /* what threads do most */
    if ((call.operation == UK_THREAD_KILL || call.operation == UK_EXIT || call.operation == UK_CAPABILITY_REVOKE ||
         call.operation == UK_THREAD_SUSPEND) && pick(soup, 4))
        call.operation = UK_YIELD; /* what ends everything is rarer */
    call.handle = pick(soup, 8) ? handle_for(soup, actor, type_of((uint32_t)call.operation)) : word(soup);
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = word(soup);
    fit_words(soup, actor, &call);
    call.tag =
        UK_TAG(pick(soup, 4), pick(soup, 4) ? pick(soup, 8) : pick(soup, 128), pick(soup, 3) ? 0 : pick(soup, 8));
    call.reply = pick(soup, 4) ? handle_for(soup, actor, UK_TYPE_REPLY) : 0;
    if (pick(soup, 3) == 0)
        call.deadline = pick(soup, 2) ? UK_NOW : time_now(soup->scene) + pick(soup, 20000);
    if (pick(soup, 8) == 0) {
        call.operation |= UK_FILTERED;
        call.filter = pick(soup, 2);
    }
    return call;
}

static void any_items(struct soup *soup, const struct actor *actor)
{
    const struct thread *thread = thread_of(actor);
    if (thread == NULL || thread->buffer != actor->buffer)
        return;
    for (unsigned i = 0; i < UK_ITEMS_MAX; i++) {
        struct uk_item item = {pick(soup, 6), UK_RIGHTS_ALL & pick(soup, 64),
                               pick(soup, 2) ? handle_for(soup, actor, UK_TYPE_FRAME) : pick(soup, SLOTS),
                               pick(soup, 3) ? 1 : pick(soup, 4), 0};
        (void)uk_poke(soup->scene->kernel, actor->thread,
                      actor->buffer + offsetof(struct uk_buffer, items) + i * sizeof item, &item, sizeof item);
    }
}

/* Somebody cannot run: what a supervisor would do about it. */
static void revive(struct soup *soup, unsigned i)
{
    struct actor *root = soup->scene->root, *actor = soup->actor[i];
    int state = after(actor);
    if ((state == DEAD || state == GONE) && soup->born < 4 * ACTORS) {
        soup->scene->preempt_every = 0;
        soup_add(soup, i);
        return;
    }
    if (pick(soup, 2) || state == UK_OK)
        (void)step(root, OP(UK_SCHED_BIND, actor->sched, actor->thread));
    if (pick(soup, 4) == 0)
        (void)step(root, OP(UK_SCHED_CONFIGURE, actor->sched, 3000, 3000, pick(soup, 2)));
    if (state == BLOCKED && pick(soup, 3) == 0)
        (void)step(root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
    (void)step(root, OP(UK_THREAD_RESUME, actor->thread, 0));
}

static struct soup stir(uint64_t seed, uint32_t preemptible)
{
    struct soup soup = soup_open(seed, preemptible);
    struct scene *scene = soup.scene;
    scene->preempt_every = preemptible;
    for (unsigned i = 0; i < STEPS; i++) {
        uint32_t who = pick(&soup, ACTORS);
        struct actor *actor = pick(&soup, 10) ? soup.actor[who] : scene->root;
        uint32_t what = pick(&soup, 20);
        if (what == 0) {
            advance(scene, time_now(scene) + pick(&soup, 30000));
        } else if (what == 1 && actor != scene->root) {
            struct uk_result result;
            (void)uk_step_fault(scene->kernel, actor->thread, 1 + pick(&soup, UK_FAULT_COUNT - 1), word(&soup),
                                UK_RIGHT_WRITE, &result);
            actor->settled = 0;
            scene_check(scene);
        } else {
            if (actor == scene->root) { /* it may do to the others what it likes, but lives on, with its handles */
                static const uint32_t harmless[] = {UK_THREAD_RESUME, UK_THREAD_SUSPEND, UK_THREAD_PRIORITY,
                                                    UK_SCHED_BIND, UK_SCHED_UNBIND, UK_ENDPOINT_BIND, UK_THREAD_BIND,
                                                    UK_THREAD_CONFIGURE};
                const struct actor *other = soup.actor[pick(&soup, ACTORS)];
                uint32_t operation = harmless[pick(&soup, 8)];
                struct uk_call call = OP(operation, other->thread, word(&soup), word(&soup), word(&soup), 0, 0,
                                         pick(&soup, 32));
                if (operation == UK_SCHED_BIND || operation == UK_SCHED_UNBIND) {
                    call.handle = other->sched;
                    call.word[0] = other->thread;
                }
                if (operation != UK_THREAD_CONFIGURE && (operation == UK_THREAD_BIND || operation == UK_ENDPOINT_BIND))
                    call.word[0] = handle_for(&soup, scene->root, UK_TYPE_NOTIFICATION);
                (void)step(scene->root, call);
            } else {
                any_items(&soup, actor);
                int status = step(actor, any_call(&soup, actor));
                tally(&soup, status);
                if ((status == NOT_RUNNABLE || status == GONE) && pick(&soup, 3) == 0)
                    revive(&soup, who);
                scene->preempt_every = preemptible;
            }
        }
    }
    scene->preempt_every = 0;
    scene_close(scene);
    return soup;
}

/* Many soups; they must not be all refusals and sleep. */
static void stir_all(uint64_t first, uint64_t count, uint32_t preemptions)
{
    unsigned done = 0, blocked = 0, refused = 0, idle = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        struct soup soup = stir(seed, preemptions != 0 ? 1 + (uint32_t)seed % preemptions : 0);
        done += soup.done, blocked += soup.blocked, refused += soup.refused, idle += soup.idle;
    }
    print_message("%u done, %u blocked, %u refused, %u could not run\n", done, blocked, refused, idle);
    assert_true(done > refused / 4 && blocked > 0);
}

static void any_operation_by_anybody(void **state)
{
    (void)state;
    stir_all(1, percent_of(60), 0);
}

static void any_operation_preempted_anywhere(void **state)
{
    (void)state;
    stir_all(100000, percent_of(60), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_operation_by_anybody),
        cmocka_unit_test(any_operation_preempted_anywhere),
    };
    return cmocka_run_group_tests_name("entry/random", tests, NULL, NULL);
}
