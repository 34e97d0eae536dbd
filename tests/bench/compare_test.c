/* SPDX-License-Identifier: MIT */
/* What each design costs in counts that are the same everywhere, what its clients see, and how `ukern compare` says no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim/compare_results.h"
#include "sim/sim.h"
#include "support/percent.h"

static const struct compare_design *design_of(const char *name)
{
    const struct compare_design *design = compare_design_find(name, strlen(name));
    assert_non_null(design);
    return design;
}

static struct compare_cell count(const char *design, const char *work)
{
    struct compare_cell cell = {.design = design_of(design), .work = compare_work_find(work)};
    assert_non_null(cell.work);
    assert_true(compare_count(&cell));
    return cell;
}

static void assert_near(const char *what, const char *design, const char *work, double is, double wanted)
{
    if (fabs(is - wanted) > 1e-9)
        print_error("%s of %s, %s: %g, not %g\n", what, design, work, is, wanted);
    assert_true(fabs(is - wanted) <= 1e-9);
}

/* Of one operation: a row for each design whose path a change must not lengthen unnoticed. */
static const struct {
    const char *design, *work;
    double entries, switches, picks, words, maps;
} costs[] = {
    {"rendezvous", "null", 2, 2, 0, 0, 0},
    {"active", "null", 2, 2, 0, 0, 0},
    {"notify", "null", 4, 2, 2, 0, 0},
    {"ring", "null", 2, 2, 2, 0, 0},
    {"rendezvous", "echo-64B", 2, 2, 0, 20, 0},        /* 8 words of payload and 2 of header, each way */
    {"rendezvous", "echo-4KiB", 34, 34, 0, 1092, 0},   /* 9 pieces there, and 8 more calls for the rest of the answer */
    {"rendezvous", "echo-64KiB", 530, 530, 0, 17444, 0},
    {"active", "echo-4KiB", 34, 34, 0, 1092, 0},
    {"shared", "echo-64KiB", 2, 2, 0, 1, 0},           /* the length is a word */
    {"shared-copy", "echo-64KiB", 2, 2, 0, 3, 0},      /* so are three; what user code copies is not the kernel's */
    {"share", "echo-4KiB", 3, 2, 0, 1, 2},             /* mapped, and deleted by an operation */
    {"share", "echo-64KiB", 3, 2, 0, 1, 32},           /* sixteen in one go */
    {"gift", "echo-4KiB", 2, 2, 0, 1, 4},              /* unmapped here and mapped there, and back */
    {"gift", "echo-64KiB", 2, 2, 0, 1, 64},
    {"cow", "echo-4KiB", 4, 2, 0, 1, 8},               /* a fault and a copy on each side; four table entries change twice */
    {"cow", "echo-64KiB", 34, 2, 0, 1, 128},
    {"cow", "look-64KiB", 2, 2, 0, 1, 0},              /* what nobody wrote since the last time is the same still */
    {"share", "look-64KiB", 3, 2, 0, 1, 32},
    {"rendezvous", "look-64KiB", 266, 266, 0, 8724, 0}, /* 133 pieces; nothing comes back but a short word on each */
    {"rendezvous", "look-16B", 2, 2, 0, 6, 0},         /* an answer without payload has a header, too */
    {"registers", "look-16B", 2, 2, 0, 4, 0},          /* and this one has none */
    {"registers", "look-32B", 2, 2, 0, 6, 0},          /* as much as fits */
    {"registers", "look-64B", 4, 4, 0, 12, 0},         /* two messages: 8 words of payload and 2 of header in each */
    {"registers", "look-1KiB", 64, 64, 0, 192, 0},
    {"buffer", "look-16B", 2, 2, 0, 8, 0},             /* all six registers go, and payload comes after them */
    {"buffer", "look-64B", 2, 2, 0, 14, 0},
    {"buffer", "look-1KiB", 6, 6, 0, 146, 0},          /* 58 words of payload, 58, and 12 */
    {"buffer", "look-64KiB", 284, 284, 0, 9044, 0},
    {"cow", "look-16B", 2, 2, 0, 1, 0},                /* a page is one, however little is in it */
    {"share", "look-16B", 3, 2, 0, 1, 2},
    {"auto", "look-32B", 2, 2, 0, 6, 0},
    {"auto", "look-64B", 4, 4, 0, 12, 0},              /* as `registers`, ... */
    {"auto", "look-128B", 2, 2, 0, 22, 0},             /* ... as `buffer`, ... */
    {"auto", "look-256B", 2, 2, 0, 2, 0},              /* ... as `cow` */
    {"auto", "look-4KiB", 2, 2, 0, 2, 0},
    {"auto", "look-64KiB", 2, 2, 0, 2, 0},
    {"notify", "echo-64KiB", 4, 2, 2, 0, 0},
    {"ring", "echo-64KiB", 2, 2, 2, 0, 0},
    {"rendezvous", "chain-16", 32, 32, 0, 0, 0},
    {"active", "chain-16", 32, 32, 0, 0, 0},
    {"notify", "chain-16", 64, 32, 32, 0, 0},
    {"ring", "chain-16", 62, 32, 32, 0, 0},            /* in the middle equals wait: a bell each way, but for one */
    {"rendezvous", "batch-64", 2, 2, 0, 0, 0},         /* nothing to gain: one call after the other */
    {"ring", "batch-64", 2.0 / 64, 2.0 / 64, 2.0 / 64, 0, 0},
    {"ring", "batch-4", 2.0 / 4, 2.0 / 4, 2.0 / 4, 0, 0},
    {"port", "null", 2, 2, 0, 0, 0},                   /* somebody waits on both sides, so nothing is queued */
    {"port-once", "null", 3, 2, 1, 0, 0},              /* and the right is made and moved, by the long road */
    {"port-drop", "null", 3, 2, 1, 0, 0},              /* to send without waiting and then to wait are two operations */
    {"port", "echo-64B", 2, 2, 2, 40, 0},              /* beyond registers it is queued: every word is copied twice */
    {"port", "echo-4KiB", 34, 34, 18, 2152, 0},
    {"port", "chain-16", 32, 32, 0, 0, 0},
    {"port-once", "chain-16", 48, 32, 16, 0, 0},
    {"port", "clients-64", 2, 2, 0, 0, 0},
    {"rendezvous", "open", 12, 12, 0, 174, 0},         /* walk, open, read, close; the file takes two pieces more */
    {"shared", "open", 8, 8, 0, 4, 0},
    {"gift", "open", 8, 8, 0, 4, 16},
    {"port", "open", 12, 12, 4, 317, 0},
    {"rendezvous", "read-64KiB", 266, 266, 0, 8726, 0}, /* a request of 3 words, an answer of 8191: 133 pieces */
    {"shared", "read-64KiB", 2, 2, 0, 1, 0},
    {"ring", "read-64KiB", 2, 2, 2, 0, 0},
    {"rendezvous", "list-1", 2, 2, 0, 13, 0},
    {"rendezvous", "list-16", 2.0 / 16, 2.0 / 16, 0, 69.0 / 16, 0}, /* 16 names are as long as a message can be */
    {"shared-copy", "list-1", 2, 2, 0, 3, 0},
    {"shared", "list-256", 2.0 / 256, 2.0 / 256, 0, 1.0 / 256, 0},
    {"notify", "list-256", 4.0 / 256, 2.0 / 256, 2.0 / 256, 0, 0},
    {"portal", "null", 2, 0, 0, 0, 0},                 /* the thread itself goes, so nobody is switched to */
    {"portal", "echo-64KiB", 2, 0, 0, 1, 0},
    {"portal", "chain-16", 32, 0, 0, 0, 0},
    {"portal", "clients-64", 2, 0, 0, 0, 0},
    {"bound", "null", 2, 2, 0, 0, 0},                  /* as rendezvous: what it saves is within the entries */
    {"bound", "echo-64B", 2, 2, 0, 20, 0},
    {"bound", "chain-16", 32, 32, 0, 0, 0},
    {"bound-chain", "chain-1", 2, 2, 0, 0, 0},
    {"bound-chain", "chain-16", 17, 32, 0, 0, 0},      /* the client once, and each server once */
    {"bound", "clients-64", 2, 2, 0, 0, 0},
    {"kernel-ring", "operations-64", 1.0 / 64, 0, 0, 0, 0},
    {"rendezvous", "operations-64", 1, 0, 0, 0, 0},
    {"lease", "echo-64B", 4, 2, 0, 17, 0},             /* a read and a write beside the call, whatever the size */
    {"lease", "echo-64KiB", 4, 2, 0, 16385, 0},        /* each word once each way; the length is one */
    {"rendezvous", "clients-64", 2, 2, 0, 0, 0},
    {"notify", "clients-64", 4, 2, 2, 0, 0},
    {"ring", "clients-64", 2, 2, 2, 0, 0},
    {"direct", "null", 0, 0, 0, 0, 0},                 /* the kernel hears of nothing */
    {"direct", "echo-64KiB", 0, 0, 0, 0, 0},           /* and what moves stays where it is */
    {"direct", "chain-16", 0, 0, 0, 0, 0},
    {"direct", "clients-64", 0, 0, 0, 0, 0},
    {"resident", "null", 1, 0, 0, 0, 0},
    {"resident", "echo-64KiB", 1, 0, 0, 0, 0},         /* HY-3: no word is copied */
    {"resident", "chain-16", 1, 0, 0, 0, 0},           /* the servers behind it are in the kernel, too */
    {"resident", "clients-64", 1, 0, 0, 0, 0},
};

/* Where edges are counted, slices end within long loops of user code, and an interrupt is a kernel entry. */
static bool is_preempted(const char *work)
{
    return COUNTED_EDGES && compare_has_files(compare_work_find(work));
}

static void each_design_costs_what_it_costs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        const char *design = costs[i].design, *work = costs[i].work;
        struct compare_cell cell = count(design, work);
        if (!is_preempted(work)) {
            assert_near("entries", design, work, cell.counts.entries, costs[i].entries);
            assert_near("switches", design, work, cell.counts.switches, costs[i].switches);
            assert_near("picks", design, work, cell.counts.picks, costs[i].picks);
        }
        assert_near("bytes", design, work, cell.counts.bytes, 8 * costs[i].words);
        assert_near("pages", design, work, cell.counts.maps, costs[i].maps);
        assert_string_equal(cell.saw, strcmp(work, "list-256") == 0 ? "UK_OK, and every name once" : "UK_OK");
    }
}

/* Neighbouring pages are one thing to the machine: a call of the host for each run, however long. */
static void a_run_of_pages_is_one_call_of_the_host(void **state)
{
    static const struct {
        const char *design;
        uint64_t calls;
    } rows[] = {{"share", 2}, {"gift", 4}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct compare_world *world = compare_world_open(design_of(rows[i].design), compare_work_find("echo-64KiB"),
                                                         NULL);
        struct uk_counters before, after;
        struct compare_time took;
        assert_non_null(world);
        assert_true(compare_world_run(world, 2, &took));
        uk_counters(world->kernel, &before);
        assert_true(compare_world_run(world, 8, &took));
        uk_counters(world->kernel, &after);
        assert_int_equal(after.host_maps - before.host_maps, 8 * rows[i].calls);
        assert_int_equal(after.host_faults, before.host_faults);
        compare_world_close(world);
    }
}

/* OZ-1, with limits that are data: the same payload by every means. */
static void limits_decide_by_what_means(void **state)
{
    static const struct {
        struct uk_transfer_limits limits;
        const char *work;
        double entries, words, pages;
    } rows[] = {
        {{32, 4096, 8192}, "look-32B", 2, 6, 0},
        {{31, 4096, 8192}, "look-32B", 2, 10, 0},   /* though it would fit into registers */
        {{32, 0, 0}, "look-32B", 2, 6, 0},
        {{0, 0, 32}, "look-32B", 2, 2, 0},
        {{0, 0, 0}, "look-32B", 3, 2, 2},           /* mapped, and deleted */
        {{64, 4096, 8192}, "look-64B", 4, 12, 0},
        {{63, 4096, 8192}, "look-64B", 2, 14, 0},
        {{32, 4096, 8192}, "look-4KiB", 18, 566, 0},
        {{4096, 4096, 8192}, "look-4KiB", 256, 768, 0},
        {{32, 4095, 4096}, "look-4KiB", 2, 2, 0},
        {{32, 0, 4095}, "look-4KiB", 3, 2, 2},
        {{32, 0, 4096}, "look-16KiB", 3, 2, 8},
    };
    const struct uk_transfer_limits usual = compare_limits;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        compare_limits = rows[i].limits;
        struct compare_cell cell = count("auto", rows[i].work);
        assert_near("entries", "auto", rows[i].work, cell.counts.entries, rows[i].entries);
        assert_near("bytes", "auto", rows[i].work, cell.counts.bytes, 8 * rows[i].words);
        assert_near("pages", "auto", rows[i].work, cell.counts.maps, rows[i].pages);
        assert_string_equal(cell.saw, "UK_OK");
    }
    compare_limits = usual;
}

static const struct {
    const char *design, *work, *saw;
} sights[] = {
    {"rendezvous", "kill", "UK_PEER_DIED"},
    {"active", "kill", "UK_PEER_DIED"},
    {"notify", "kill", "nothing: it waits for ever"}, /* nobody watches: that is the design */
    {"ring", "kill", "UK_PEER_DIED"},                 /* it watches */
    {"bound", "kill", "UK_PEER_DIED"},
    {"bound", "flood", "UK_OK"},
    {"port", "kill", "UK_PEER_DIED"},                 /* with the task go its rights */
    {"port-once", "kill", "UK_PEER_DIED"},
    {"direct", "kill", "UK_PEER_DIED"},               /* HY-2: an error for its callers ... */
    {"resident", "kill", "a system crash"},           /* ... or the end of all */
    {"resident", "flood", "UK_OK"},
    {"port-once", "flood", "UK_OK"},
    {"port-once", "flood-post", "UK_OK"},             /* room for the answer was kept; its quota is the flooder's */
    {"portal", "kill", "UK_PEER_DIED"},               /* the server is a place: its space goes */
    {"portal", "flood", "UK_OK"},
    {"rendezvous", "flood", "UK_OK"},
    {"notify", "flood", "UK_OK"},
    {"ring", "flood", "UK_OK"},
    {"active", "flood", "UK_OK"},
    {"active", "flood-post", "UK_OK"},
    {"rendezvous", "flood-post", "UK_OK"},            /* a server without time is sent a message: who waits for it helps */
    {"port", "flood", "UK_OK"},
    {"port", "flood-post", "starved"},                /* it waits for room in the queue of one who takes nothing out */
    {"port-drop", "flood-post", "UK_OK"},
    {"port-drop", "kill", "UK_PEER_DIED"},
    {"notify", "flood-post", "UK_OK"},
    {"ring", "flood-post", "UK_OK"},
};

static void clients_see_what_they_see(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sights / sizeof sights[0]; i++) {
        struct compare_cell cell = count(sights[i].design, sights[i].work);
        if (strncmp(cell.saw, sights[i].saw, strlen(sights[i].saw)) != 0)
            print_error("%s, %s: the client saw %s\n", sights[i].design, sights[i].work, cell.saw);
        assert_memory_equal(cell.saw, sights[i].saw, strlen(sights[i].saw));
    }
}

/* Also those that no row names, and twice the same; the largest payloads are the middle ones but longer. */
static void every_cell_can_be_counted(void **state)
{
    const struct compare_design *design;
    const struct compare_work *work;
    struct compare_files *files = compare_files_open();
    unsigned cells = 0;
    (void)state;
    assert_non_null(files);
    for (size_t i = 0; (design = compare_design_at(i)) != NULL; i++) {
        assert_ptr_equal(compare_design_find(design->name, strlen(design->name)), design);
        for (size_t j = 0; (work = compare_work_at(j)) != NULL; j++) {
            struct compare_cell once = {.design = design, .work = work, .files = files}, again = once;
            if (!compare_applies(design, work) || work->bytes > 16384 || cells++ % percent_stride(31) != 0)
                continue;
            bool counted = compare_count(&once) && compare_count(&again);
            if (!counted)
                print_error("%s, %s cannot be counted\n", design->name, work->name);
            assert_true(counted);
            assert_memory_equal(&once.counts, &again.counts, sizeof once.counts);
            assert_string_equal(once.saw, again.saw);
        }
    }
    compare_files_close(files);
    assert_true(compare_design_find("no such design", 14) == NULL);
}

/* A claim is computed: other numbers, another verdict; and of designs that are not there nothing is said. */
static void claims_follow_the_cells(void **state)
{
    static struct compare_results results;
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    (void)state;
    assert_int_equal(compare_claims(&results, claims), 0);
    results.designs[0] = compare_design_at(0);
    results.designs[1] = design_of("ring");
    results.design_count = 2;
    results.works[0] = compare_work_find("batch-64");
    results.work_count = 1;
    for (size_t i = 0; i < 2; i++)
        results.cells[i][0] = (struct compare_cell){.design = results.designs[i], .work = results.works[0], .timed = true,
                                                    .time_ns = {100, 100, 100}, .ratio = {1, 1, 1}};
    for (unsigned i = 0; i < 2; i++) {
        bool found = false;
        results.cells[1][0].ratio.value = i == 0 ? 0.25 : 0.75;
        size_t count = compare_claims(&results, claims);
        for (size_t j = 0; j < count; j++)
            if (strstr(claims[j].claim, "at most half") != NULL) {
                found = true;
                assert_int_equal(claims[j].findings[COMPARE_HOSTED].verdict, i == 0 ? COMPARE_HOLDS : COMPARE_FAILS);
                assert_non_null(strstr(claims[j].findings[COMPARE_HOSTED].found, i == 0 ? "0.25" : "0.75"));
                assert_non_null(strstr(claims[j].findings[COMPARE_HOSTED].row, "batch-64"));
            }
        assert_true(found);
    }
}

/* What a process says to the claim that begins so; NULL: nothing. */
static const struct compare_finding *found_in(const struct compare_results *results, const char *claim)
{
    static struct compare_claim claims[COMPARE_CLAIMS_MAX];
    size_t count = compare_claims(results, claims);
    for (size_t j = 0; j < count; j++)
        if (strncmp(claims[j].claim, claim, strlen(claim)) == 0)
            return &claims[j].findings[COMPARE_HOSTED];
    return NULL;
}

/* OZ-1: limits are found where one means begins to beat another, and at the largest size there is no end in sight. */
static void limits_follow_the_cells(void **state)
{
    static struct compare_results results;
    static const char *const names[] = {"registers", "buffer", "cow", "share"};
    static const char *const works[] = {"look-16B", "look-64B", "look-4KiB", "look-1MiB"};
    static const struct {
        double ratios[4][4]; /* of each means, at each size; no registers for 1 MiB, whatever stands there */
        uk_word registers, copied, snapshot;
        enum compare_verdict by_size;
        const char *found;
    } rows[] = {
        {{{1, 1, 1, 0}, {2, 2, 2, 2}, {3, 3, .5, .1}, {9, 9, .9, .2}}, 64, 64, UK_FOREVER, COMPARE_FAILS,
         "the cheapest is registers up to 64 bytes, cow above that"},
        {{{1, 3, 3, 0}, {2, 2, 2, 2}, {3, 3, .5, .3}, {9, 9, .9, .2}}, 16, 64, 4096, COMPARE_HOLDS,
         "the cheapest is registers up to 16 bytes, buffer up to 64 bytes, cow up to 4096 bytes, share above that"},
        {{{9, 9, 9, 0}, {2, 2, 2, 2}, {9, 9, 9, 9}, {9, 9, 9, 1}}, 0, 4096, 4096, COMPARE_FAILS,
         "the cheapest is buffer up to 4096 bytes, share above that"},
        {{{1, 1, 1, 0}, {2, 2, 2, 2}, {9, 9, 9, 9}, {9, 9, 9, 9}}, 4096, UK_FOREVER, UK_FOREVER, COMPARE_FAILS,
         "the cheapest is registers up to 4096 bytes, buffer above that"},
        {{{9, 9, 9, 0}, {9, 9, 9, 9}, {2, 2, 2, 2}, {1, 1, 1, 1}}, 0, 0, 0, COMPARE_FAILS,
         "the cheapest is share everywhere"},
    };
    struct uk_transfer_limits limits;
    (void)state;
    assert_false(compare_find_limits(&results, COMPARE_HOSTED, &limits));
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        results.design_count = results.work_count = 4;
        for (size_t j = 0; j < 4; j++)
            for (size_t k = 0; k < 4; k++) {
                double ratio = rows[i].ratios[j][k];
                results.designs[j] = design_of(names[j]);
                results.works[k] = compare_work_find(works[k]);
                results.cells[j][k] = (struct compare_cell){.design = results.designs[j], .work = results.works[k],
                                                            .timed = true, .ratio = {ratio, ratio, ratio}};
            }
        assert_true(compare_find_limits(&results, COMPARE_HOSTED, &limits));
        assert_int_equal(limits.registers, rows[i].registers);
        assert_int_equal(limits.copied, rows[i].copied);
        assert_int_equal(limits.snapshot, rows[i].snapshot);
        const struct compare_finding *finding = found_in(&results, "Small messages in registers");
        assert_int_equal(finding->verdict, rows[i].by_size);
        assert_string_equal(finding->found, rows[i].found);
        assert_false(compare_find_limits(&results, COMPARE_BARE, &limits)); /* nothing was weighed */
        results.design_count = 3;
        assert_false(compare_find_limits(&results, COMPARE_HOSTED, &limits)); /* a means is missing */
        assert_null(found_in(&results, "Small messages in registers"));
    }
}

/* HY-5 is a claim like the others: nobody asserts it, it is decided. */
static void orders_follow_the_cells(void **state)
{
    static struct compare_results results;
    static const char *const names[] = {"rendezvous", "resident", "port"};
    struct compare_claim claims[COMPARE_CLAIMS_MAX];
    (void)state;
    results.works[0] = compare_work_find("null");
    results.work_count = 1;
    for (unsigned i = 0; i < 4; i++) {
        double ratios[] = {1, i % 2 == 0 ? 0.5 : 1.5, 2};
        unsigned found = 0;
        results.design_count = i < 2 ? 3 : 2; /* of two designs there is no order */
        for (size_t j = 0; j < 3; j++) {
            results.designs[j] = design_of(names[j]);
            results.cells[j][0] = (struct compare_cell){.design = results.designs[j], .work = results.works[0], .timed = true,
                                                        .ratio = {ratios[j], ratios[j], ratios[j]}};
        }
        size_t count = compare_claims(&results, claims);
        for (size_t j = 0; j < count; j++)
            if (strncmp(claims[j].claim, "The closer", 10) == 0) {
                found++;
                assert_int_equal(claims[j].findings[COMPARE_HOSTED].verdict, i % 2 == 0 ? COMPARE_HOLDS : COMPARE_FAILS);
                assert_string_equal(claims[j].findings[COMPARE_HOSTED].found, i % 2 == 0 ? "resident 0.5, rendezvous 1, port 2"
                                                                : "resident 1.5, rendezvous 1, port 2");
            }
        assert_int_equal(found, i < 2);
    }
}

/* What the first design was measured to be of itself tells of the machine, not of the design; nothing is divided by
 * nothing; and what is said of designs holds when it is true of all. */
static void claims_are_sound(void **state)
{
    static struct compare_results results;
    static const char *const names[] = {"rendezvous", "active", "direct"}, *const works[] = {"null", "clients-64", "kill"};
    static const double entries[] = {2, 2, 0};
    (void)state;
    results.design_count = results.work_count = 3;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            double ratio = i == 0 ? 0.8 : 2;
            results.designs[i] = design_of(names[i]);
            results.works[j] = compare_work_find(works[j]);
            results.cells[i][j] =
                (struct compare_cell){.design = results.designs[i], .work = results.works[j], .tried = true, .timed = j < 2,
                                      .counts = {.entries = entries[i]}, .ratio = {ratio, ratio, ratio}};
            snprintf(results.cells[i][j].saw, sizeof results.cells[i][j].saw, "%s", i == 0 ? "nothing" : "UK_PEER_DIED");
        }
    const struct compare_finding *lent = found_in(&results, "A server needs no time");
    assert_string_equal(lent->found, "rendezvous costs 0.5 times active (the claim: at most 1)");
    const struct compare_finding *crowd = found_in(&results, "A server's work for one client");
    assert_int_equal(crowd->verdict, COMPARE_HOLDS);
    assert_non_null(strstr(crowd->found, "at most 1 times"));
    assert_null(strstr(crowd->row, "direct"));
    const struct compare_finding *crash = found_in(&results, "When a server crashes");
    assert_int_equal(crash->verdict, COMPARE_FAILS);
    assert_non_null(strstr(crash->found, "true in 1 of 3 designs: rendezvous;"));
    for (size_t i = 1; i < 3; i++)
        snprintf(results.cells[i][2].saw, sizeof results.cells[i][2].saw, "a system crash");
    crash = found_in(&results, "When a server crashes");
    assert_int_equal(crash->verdict, COMPARE_HOLDS);
    assert_string_equal(crash->found, "true in 3 of 3 designs: rendezvous, active, direct"); /* so there are no others */
    for (size_t i = 0; i < 3; i++)
        snprintf(results.cells[i][2].saw, sizeof results.cells[i][2].saw, "UK_PEER_DIED");
    assert_string_equal(found_in(&results, "When a server crashes")->found,
                        "true in 0 of 3 designs; all clients see UK_PEER_DIED");
}

static void numbers_are_readable(void **state)
{
    char text[24];
    (void)state;
    assert_string_equal(compare_number(2, text), "2");
    assert_string_equal(compare_number(279060, text), "279060");
    assert_string_equal(compare_number(2.0 / 64, text), "0.031");
    assert_string_equal(compare_number(6.54, text), "6.54");
    assert_string_equal(compare_ratio(0.98214, text), "0.982");
    assert_string_equal(compare_ratio(1309.6, text), "1310");
    assert_string_equal(compare_time(34.53, text), "34.5 ns");
    assert_string_equal(compare_time(999.7, text), "1.00 us");
    assert_string_equal(compare_time(1.5e6, text), "1.50 ms");
}

#define COMMAND(...)                                                                                                   \
    compare_command(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), (char *[]){__VA_ARGS__})

static void words_that_make_no_sense(void **state)
{
    (void)state;
    assert_int_equal(COMMAND("--help"), 0);
    assert_int_equal(COMMAND("--list"), 0);
    assert_int_equal(COMMAND("--no-such-option"), EXIT_USAGE);
    assert_int_equal(COMMAND("--design"), EXIT_USAGE);
    assert_int_equal(COMMAND("--design", "rendezvous,teleport"), EXIT_USAGE);
    assert_int_equal(COMMAND("--design", ""), EXIT_USAGE);
    assert_int_equal(COMMAND("--machine", "vax"), EXIT_USAGE);
    assert_int_equal(COMMAND("--machine", "hosted,vax"), EXIT_USAGE);
    assert_int_equal(COMMAND("--machine", ""), EXIT_USAGE);
    assert_int_equal(COMMAND("--images"), EXIT_USAGE);
    assert_int_equal(COMMAND("--json"), EXIT_USAGE);
    assert_int_equal(COMMAND("--limits", "many"), EXIT_USAGE);
    assert_int_equal(COMMAND("--limits", "64,4096"), EXIT_USAGE);
    assert_int_equal(COMMAND("--limits", "64,4096,"), EXIT_USAGE);
    assert_int_equal(COMMAND("--limits", "64,4096,8192,16384"), EXIT_USAGE);
    assert_int_equal(COMMAND("--limits", "-1,4096,8192"), EXIT_USAGE);
    assert_int_equal(COMMAND("--quick", "--json", "/nowhere/at/all"), EXIT_OUTPUT);
    assert_int_equal(COMMAND("--quick", "--html", "/nowhere/at/all"), EXIT_OUTPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_design_costs_what_it_costs), cmocka_unit_test(clients_see_what_they_see),
        cmocka_unit_test(a_run_of_pages_is_one_call_of_the_host),
        cmocka_unit_test(limits_decide_by_what_means),
        cmocka_unit_test(every_cell_can_be_counted),       cmocka_unit_test(claims_follow_the_cells),
        cmocka_unit_test(limits_follow_the_cells),
        cmocka_unit_test(orders_follow_the_cells),
        cmocka_unit_test(claims_are_sound),
        cmocka_unit_test(numbers_are_readable),            cmocka_unit_test(words_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
