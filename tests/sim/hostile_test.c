/* SPDX-License-Identifier: MIT */
/* Every design of `ukern compare` with a client that asks for whatever comes to its mind beside one that works: the latter
 * has all its answers, every invariant holds, and when the world is taken down nothing is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <ukern/call.h>

#include "census.h"
#include "support/percent.h"

enum {
    EXCHANGES = 40,
    MISDEEDS = 400,
    SEEDS = 12,
    ENTRIES_MAX = 400000
};

static const struct compare_work works[] = {
    {.name = "null", .what = "", .kind = COMPARE_CROWD, .servers = 1, .clients = 2, .requests = 1, .quick = true},
    {.name = "payload", .what = "", .kind = COMPARE_CROWD, .bytes = 2 * UK_PAGE, .servers = 1, .clients = 2, .requests = 1},
};

/* Servers of the comparison that rely on their clients, and fall with them; the kernel may not. Each must be seen to fall. */
static const struct {
    const char *design, *why;
} believers[] = {
    {"share", "it looks for as many pages as the client says it has sent"},
    {"gift", "the same"},
    {"port", "who leaves no room for an answer makes the server wait for it, and everybody with it"},
    {"port-drop", "it gives up when the oldest message brings a capability for which it has no room, as that stays the oldest"},
    {"port-once", "it answers by whatever right came along, though only send-once rights always have room"},
};
static unsigned fallen[sizeof believers / sizeof believers[0]];

static bool is_excused(const struct compare_design *design)
{
    for (size_t i = 0; i < sizeof believers / sizeof believers[0]; i++)
        if (strcmp(believers[i].design, design->name) == 0)
            return ++fallen[i] > 0;
    return false;
}

/* What the hostile one asks by, and how often what came of it. User code and the test both see it. */
static struct {
    uint64_t seed;
    struct compare_link *link;
    volatile uint64_t asked, ends[UK_STATUS_COUNT];
} hostile;

static uint32_t roll(uint32_t below)
{
    uint64_t z = hostile.seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % below);
}

/* Mostly what it was given for its design; one's own CNode, space and thread seldom, or it would soon have nothing left. */
static uk_handle any_handle(void)
{
    uint32_t kind = roll(32), which = roll(6);
    for (unsigned i = 0; i < 6 && hostile.link->near[which] == UK_NONE; i++)
        which = (which + 1) % 6;
    uk_handle handle = kind < 28 ? hostile.link->near[which] : kind == 28 ? 1 + roll(4) : roll(COMPARE_SLOTS + 8);
    if (roll(16) == 0)
        handle |= (uk_handle)roll(3) << 32; /* perhaps stale */
    return roll(64) == 0 ? ~(uk_handle)0 >> roll(64) : handle;
}

static uk_word any_word(void)
{
    static const uk_word borders[] = {0, 1, 2, UK_PAGE, UK_PAGE - 1, UK_LARGE, 1ull << 32, 1ull << 47, 1ull << 63, UK_FOREVER};
    switch (roll(4)) {
    case 0:
        return borders[roll(sizeof borders / sizeof borders[0])];
    case 1:
        return any_handle();
    case 2:
        return roll(64);
    default:
        return hostile.link->client->task.buffer + roll(4 * UK_PAGE) - 2 * UK_PAGE; /* an address of its own, or nearly */
    }
}

static void fill_buffer(struct uk_buffer *buffer)
{
    for (unsigned i = 0; i < UK_ITEMS_MAX; i++)
        buffer->items[i] = (struct uk_item){roll(9), roll(33), any_handle(), roll(4) == 0 ? any_word() : 1, any_word()};
    buffer->window = (struct uk_window){roll(COMPARE_SLOTS), roll(4), any_word() & ~(UK_PAGE - 1), roll(4) * UK_PAGE};
}

/* Every second time one that brings something to somebody else. */
static uk_word any_operation(void)
{
    static const uint8_t to_others[] = {UK_CALL,     UK_SEND,          UK_SIGNAL,    UK_PORT_SEND,
                                        UK_PORT_EXCHANGE, UK_PORT_RECEIVE, UK_RING_ENTER, UK_TIMER_SET};
    return roll(2) == 0 ? to_others[roll(sizeof to_others)] : roll(UK_OPERATION_COUNT + 1);
}

/* Whatever would end it before its time. And what leaves a server without time standing, as DESIGNS.md says: a post to it
 * (shown by flood-post), and time that is pulled back from it (ipc/chain_test.c). */
static bool is_spared(uk_word operation)
{
    return operation == UK_EXIT || operation == UK_THREAD_KILL || operation == UK_THREAD_SUSPEND ||
           ((operation == UK_SEND || operation == UK_SCHED_CONFIGURE) && hostile.link->world->design->passive);
}

/* User. It never asks the server to hang, which any client may, and waits for a moment at most. */
static uk_word misbehave(uk_word argument)
{
    struct uk_buffer *buffer = (struct uk_buffer *)(uintptr_t)argument;
    for (unsigned i = 0; i < MISDEEDS; i++) {
        static const uint32_t labels[] = {COMPARE_ANSWER, 7, UINT32_MAX};
        struct uk_call call = {.operation = any_operation(), .handle = any_handle()};
        if (is_spared(call.operation))
            continue;
        fill_buffer(buffer);
        call.operation |= roll(8) == 0 ? UK_FILTERED : 0;
        call.tag = UK_TAG(labels[roll(3)], roll(4) == 0 ? roll(128) : roll(7), roll(2) == 0 ? roll(8) : 0);
        for (unsigned word = 0; word < UK_REGISTER_WORDS; word++)
            call.word[word] = any_word();
        if ((call.operation & ~(uk_word)UK_FILTERED) == UK_RESIDENT_CALL && call.word[0] == COMPARE_HANG)
            call.word[0] = COMPARE_ANSWER; /* there it would crash the system, as it may */
        call.reply = any_handle();
        call.deadline = roll(3) == 0 ? UK_NOW : uk_clock() + 100 * roll(40);
        call.filter = roll(3);
        uk_trap(&call);
        hostile.asked++;
        hostile.ends[call.operation < UK_STATUS_COUNT ? call.operation : UK_OK]++;
        uk_yield();
    }
    return 0;
}

/* The second client begins another life. */
static bool turn(struct compare_world *world)
{
    struct compare_task *task = &world->clients[1];
    hostile.link = task->down;
    return BENCH_ASK(world->kernel, UK_THREAD_SUSPEND, task->task.thread, 0) == UK_OK &&
           BENCH_ASK(world->kernel, UK_THREAD_REGISTERS, task->task.thread, (uk_word)(uintptr_t)misbehave, task->task.buffer,
                     task->task.buffer) == UK_OK &&
           BENCH_ASK(world->kernel, UK_THREAD_RESUME, task->task.thread, 0) == UK_OK;
}

/* Equals take turns after every entry, and what is long is broken off. */
static uint32_t take_away(void *context, enum uk_choice what, uint32_t count)
{
    (void)context, (void)count;
    return what == UK_CHOICE_PREEMPT;
}

static void fails(const struct compare_world *world, uint64_t seed, const char *what)
{
    fail_msg("%s, %s, seed %llu: %s", world->design->name, world->work->name, (unsigned long long)seed, what);
}

static void live_beside_it(const struct compare_design *design, const struct compare_work *work, uint64_t seed)
{
    const struct compare_watch watch = {.choose = take_away};
    struct compare_world *world = compare_world_open_watched(design, work, &watch);
    assert_non_null(world);
    struct compare_task *client = &world->clients[0];
    hostile.seed = seed;
    assert_true(turn(world) && compare_world_begin(world, EXCHANGES));
    enum uk_run_end end = uk_run(world->kernel, UK_FOREVER, ENTRIES_MAX);
    const char *broken = end == UK_RUN_IDLE    ? census_check(world)
                         : end == UK_RUN_PANIC ? uk_panic_text(world->kernel)
                                               : "it does not come to rest";
    if (broken != NULL)
        fails(world, seed, broken);
    bool served = !client->running && client->status == UK_OK && client->done == EXCHANGES;
    if (!served && !is_excused(design)) {
        char text[100];
        snprintf(text, sizeof text, "the other client %s after %llu exchanges (%s)", client->running ? "waits" : "ended",
                 (unsigned long long)client->done, uk_status_name((enum uk_status)client->status));
        fails(world, seed, text);
    }
    broken = census_take_down(world);
    if (broken != NULL)
        fails(world, seed, broken);
    compare_world_close(world);
}

static void every_design_bears_it(void **state)
{
    (void)state;
    const struct compare_design *design;
    for (size_t d = 0; (design = compare_design_at(d)) != NULL; d++)
        for (size_t w = 0; w < sizeof works / sizeof works[0]; w++)
            for (uint64_t seed = 1; seed <= percent_of(SEEDS) && compare_applies(design, &works[w]); seed++)
                live_beside_it(design, &works[w], seed);
    for (size_t i = 0; i < sizeof believers / sizeof believers[0]; i++)
        if (fallen[i] == 0 && percent_stride(2) == 1)
            fail_msg("%s never fell, and needs no excuse", believers[i].design);
    print_message("%llu misdeeds:", (unsigned long long)hostile.asked);
    for (unsigned status = 0; status < UK_STATUS_COUNT; status++)
        print_message(" %s %llu", uk_status_name((enum uk_status)status), (unsigned long long)hostile.ends[status]);
    print_message("\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_design_bears_it)};
    return cmocka_run_group_tests_name("sim/hostile", tests, NULL, NULL);
}
