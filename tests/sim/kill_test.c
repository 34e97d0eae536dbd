/* SPDX-License-Identifier: MIT */
/* Every design of `ukern compare` with somebody killed at every kernel entry of a short run: each call completes once or the
 * table says why not, every invariant holds, and when the world is taken down nothing is left. `--all`: all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "census.h"
#include "support/percent.h"

enum {
    ROUNDS = 2,         /* exchanges of each client: the second begins in the state that the first has left */
    ENTRIES_MAX = 2000, /* of a run; more is none that ends */
    THREADS_MAX = 4096  /* object numbers */
};

/* Who is killed, or what is taken away. */
enum victim { SERVER, CLIENT, MEMORY, VICTIMS };
static const char *const victims[VICTIMS] = {"server", "client", "server's space"};

static const struct compare_work works[] = {
    {"two clients", "", COMPARE_CROWD, 0, 1, 2, 1, true},
    {"payload", "", COMPARE_ECHO, 2 * UK_PAGE, 1, 1, 1, true},
    {"chain", "", COMPARE_CHAIN, 0, 3, 1, 1, true},
    {"batch", "", COMPARE_BATCH, 0, 1, 1, 4, true},
    {"operations", "", COMPARE_OPERATIONS, 0, 1, 1, 4, true},
    {"look-64B", "", COMPARE_LOOK, 64, 1, 1, 1, true},   /* two pieces in registers, or one in a buffer */
    {"look-512B", "", COMPARE_LOOK, 512, 1, 1, 1, true}, /* two pieces in buffers, or a page */
};

/* Where a client may wait for ever, and why. Each must be seen to be needed. */
static const struct excuse {
    const char *design, *work; /* NULL: any */
    enum victim victim;
    const char *why;
} excuses[] = {
    {"notify", NULL, SERVER, "nobody watches anybody: a signal that never comes is not missed"},
    {"notify", NULL, MEMORY, "the same"},
    {"ring", "two clients", SERVER, "a thread's death signals one notification: who watched last hears of it, not the other"},
    {"ring", "two clients", MEMORY, "the same"},
    {"direct", NULL, MEMORY, "the server's space is the client's own, who stops with it"},
};
static unsigned needed[sizeof excuses / sizeof excuses[0]];

/* HQ-1 from the trace: whatever a thread asks for is completed at most once. Operations in a ring are part of entering it;
 * in portals a thread asks for more before the call by which it came is completed. */
struct judge {
    unsigned char open[THREADS_MAX], rings[THREADS_MAX], portals[THREADS_MAX];
    unsigned twice, questions;
};

static void hear_entry(struct judge *judge, const struct uk_event *event)
{
    judge->open[event->thread] = event->operation != UK_PORTAL_CALL;
    judge->rings[event->thread] = event->operation == UK_RING_ENTER;
    judge->portals[event->thread] += event->operation == UK_PORTAL_CALL;
}

static void hear_result(struct judge *judge, const struct uk_event *event)
{
    unsigned char *asked = event->operation == UK_PORTAL_CALL ? &judge->portals[event->thread] : &judge->open[event->thread];
    judge->twice += *asked == 0;
    *asked -= *asked != 0;
    judge->open[event->thread] = judge->rings[event->thread] = 0;
}

static void hear(void *context, const struct uk_event *event)
{
    struct judge *judge = context;
    if (event->thread >= THREADS_MAX || (judge->rings[event->thread] && event->operation != UK_RING_ENTER))
        return;
    if (event->kind == UK_EVENT_ENTRY)
        hear_entry(judge, event);
    if (event->kind == UK_EVENT_RESULT)
        hear_result(judge, event);
}

/* Every second time that the CPU may be taken away it is: long operations are broken off, equals take turns. */
static uint32_t take_away(void *context, enum uk_choice what, uint32_t count)
{
    struct judge *judge = context;
    (void)count;
    return what == UK_CHOICE_PREEMPT && ++judge->questions % 2 == 0;
}

/* What else is so in a run: fast paths are taken; somebody watches, which forbids them; and preempts. */
enum manner { PLAIN, WATCHED, PREEMPTED, MANNERS };
static const char *const manners[MANNERS] = {"", ", watched", ", preempted"};

/* One kill. */
struct campaign {
    const struct compare_design *design;
    const struct compare_work *work;
    enum victim victim;
    uint32_t which;  /* of the servers */
    enum manner manner;
    struct judge judge;
    struct compare_world *world;
    uint64_t kills, ends[UK_STATUS_COUNT], hangs; /* of all kills: how the clients' last calls ended */
};

static void fails(const struct campaign *campaign, uint64_t at, const char *what)
{
    fail_msg("%s, %s%s, %s %u killed at entry %llu: %s", campaign->design->name, campaign->work->name,
             manners[campaign->manner], victims[campaign->victim], campaign->which, (unsigned long long)at, what);
}

static void check_all(const struct campaign *campaign, uint64_t at)
{
    const char *broken = census_check(campaign->world);
    if (broken != NULL)
        fails(campaign, at, broken);
    if (campaign->judge.twice != 0)
        fails(campaign, at, "an operation completed twice");
}

static void revoke_and_delete(const struct campaign *campaign, uk_handle handle)
{
    struct uk_kernel *kernel = campaign->world->kernel;
    assert_int_equal(BENCH_ASK(kernel, UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, handle), UK_OK);
    assert_int_equal(BENCH_ASK(kernel, UK_CAPABILITY_DELETE, UK_SLOT_CNODE, handle), UK_OK);
}

static void kill_one(const struct campaign *campaign, struct compare_task *task)
{
    bool designs = task >= campaign->world->servers && campaign->design->kill != NULL;
    if (designs)
        assert_true(campaign->design->kill(task));
    else
        assert_int_equal(BENCH_ASK(campaign->world->kernel, UK_THREAD_KILL, task->task.thread, 0), UK_OK);
}

static void strike(struct campaign *campaign)
{
    struct compare_world *world = campaign->world;
    if (campaign->victim == MEMORY)
        revoke_and_delete(campaign, world->servers[campaign->which].task.own_space);
    else
        kill_one(campaign, campaign->victim == CLIENT ? &world->clients[0] : &world->servers[campaign->which]);
}

static void run_on(const struct campaign *campaign, uint64_t at)
{
    if (uk_run(campaign->world->kernel, UK_FOREVER, ENTRIES_MAX) != UK_RUN_IDLE)
        fails(campaign, at, "it does not come to rest");
    check_all(campaign, at);
}

/* A thread that has lost its space stops, with a record, for whoever supervises it: here that one kills it. */
static void bury_the_stopped(const struct campaign *campaign, uint64_t at)
{
    struct compare_world *world = campaign->world;
    for (uint32_t i = 0; i < world->work->servers; i++) {
        struct uk_thread_info info;
        char text[200];
        if (uk_inspect_thread(world->kernel, world->servers[i].task.thread, &info) != UK_OK || info.state == UK_THREAD_DEAD)
            continue;
        if (info.state == UK_THREAD_STOPPED && uk_explain(world->kernel, world->servers[i].task.thread, text, sizeof text) == 0)
            fails(campaign, at, "a server stopped and nobody can say why");
        if (info.state == UK_THREAD_STOPPED || i == campaign->which)
            kill_one(campaign, &world->servers[i]);
    }
    run_on(campaign, at);
}

static bool is_excused(const struct campaign *campaign)
{
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if (strcmp(excuses[i].design, campaign->design->name) == 0 && excuses[i].victim == campaign->victim &&
            (excuses[i].work == NULL || strcmp(excuses[i].work, campaign->work->name) == 0)) {
            needed[i]++;
            return true;
        }
    return false;
}

/* A message that finds the server's memory gone says so. */
static bool may_see_a_fault(const struct campaign *campaign, const struct compare_task *client)
{
    return campaign->victim == MEMORY && client->status == UK_PEER_FAULT;
}

/* Every client that lives has its answer, or a status; all of them, if it was another client that died. */
static void judge_clients(struct campaign *campaign, uint64_t at)
{
    const struct compare_world *world = campaign->world;
    for (uint32_t i = campaign->victim == CLIENT; i < world->work->clients; i++) {
        const struct compare_task *client = &world->clients[i];
        if (client->running && !is_excused(campaign))
            fails(campaign, at, "a client waits for ever");
        campaign->hangs += client->running;
        if (client->running)
            continue;
        assert_in_range(client->status, 0, UK_STATUS_COUNT - 1);
        campaign->ends[client->status]++;
        if (campaign->victim == CLIENT && client->status != UK_OK)
            fails(campaign, at, "another client's death cost a client its answer");
        if (client->status != UK_OK && client->status != UK_PEER_DIED && !may_see_a_fault(campaign, client))
            fails(campaign, at, uk_status_name((enum uk_status)client->status));
    }
}

static void take_down(const struct campaign *campaign, uint64_t at)
{
    const char *left = census_take_down(campaign->world);
    if (left != NULL)
        fails(campaign, at, left);
}

/* false: the run ended before that entry, so nobody was killed. */
static bool kill_at(struct campaign *campaign, uint64_t at)
{
    const struct compare_watch watch = {hear, campaign->manner == PREEMPTED ? take_away : NULL, &campaign->judge};
    memset(&campaign->judge, 0, sizeof campaign->judge);
    campaign->world =
        compare_world_open_watched(campaign->design, campaign->work, campaign->manner == PLAIN ? NULL : &watch);
    assert_non_null(campaign->world);
    assert_true(compare_world_begin(campaign->world, ROUNDS));
    bool reached = uk_run(campaign->world->kernel, UK_FOREVER, at) != UK_RUN_IDLE;
    if (reached) {
        strike(campaign);
        check_all(campaign, at);
        run_on(campaign, at);
        if (campaign->victim == MEMORY)
            bury_the_stopped(campaign, at);
        judge_clients(campaign, at);
        campaign->kills++;
    }
    take_down(campaign, at);
    compare_world_close(campaign->world);
    return reached;
}

static bool applies(const struct campaign *campaign)
{
    if (campaign->work->kind == COMPARE_OPERATIONS || campaign->work->bytes > 0 || campaign->design->exchange == NULL)
        return compare_applies(campaign->design, campaign->work);
    return !campaign->design->payload_only;
}

static bool all; /* every entry in every manner; else a slice, dense at the beginning */

static uint64_t kill_at_each(struct campaign *campaign)
{
    uint64_t at = 1;
    while (kill_at(campaign, at) && at < ENTRIES_MAX) {
        at += all ? 1 : 1 + at * percent_stride(5) / 2;
        if (!all)
            campaign->manner = at % 2 == 0 ? PREEMPTED : WATCHED;
    }
    assert_true(at < ENTRIES_MAX);
    return campaign->kills;
}

static void tell(const struct campaign *campaign)
{
    print_message("%-12s %-12s %-14s %u  %4llu kills%s:", campaign->design->name, campaign->work->name,
                  victims[campaign->victim], campaign->which, (unsigned long long)campaign->kills,
                  all ? manners[campaign->manner] : "");
    for (unsigned status = 0; status < UK_STATUS_COUNT; status++)
        if (campaign->ends[status] != 0)
            print_message(" %s %llu", uk_status_name((enum uk_status)status), (unsigned long long)campaign->ends[status]);
    if (campaign->hangs != 0)
        print_message(" waiting for ever %llu", (unsigned long long)campaign->hangs);
    print_message("\n");
}

/* Everybody in turn, in every work that shows something of the design. */
static uint64_t run_campaign(const struct compare_design *design, const struct compare_work *work, enum manner manner)
{
    uint64_t kills = 0;
    for (enum victim victim = SERVER; victim < VICTIMS; victim++)
        for (uint32_t which = 0; which < (victim == CLIENT ? 1 : work->servers); which++) {
            struct campaign campaign = {.design = design, .work = work, .victim = victim, .which = which, .manner = manner};
            if (!applies(&campaign))
                continue;
            kills += kill_at_each(&campaign);
            tell(&campaign);
        }
    return kills;
}

static void every_design_survives(void **state)
{
    (void)state;
    const struct compare_design *design;
    uint64_t kills = 0;
    for (size_t d = 0; (design = compare_design_at(d)) != NULL; d++)
        for (size_t w = 0; w < sizeof works / sizeof works[0]; w++)
            for (enum manner manner = all ? PLAIN : PREEMPTED; manner < MANNERS; manner++)
                kills += run_campaign(design, &works[w], manner);
    print_message("%llu kills\n", (unsigned long long)kills);
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if (needed[i] == 0 && percent_stride(2) == 1)
            fail_msg("%s: no excuse is needed when the %s is killed", excuses[i].design, victims[excuses[i].victim]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_design_survives)};
    all = argc == 2 && strcmp(argv[1], "--all") == 0;
    return cmocka_run_group_tests_name("sim/kill", tests, NULL, NULL);
}
