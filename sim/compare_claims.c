/* SPDX-License-Identifier: MIT */
/* Claims that people make about designs: a row each; what is found and the verdict are computed from this run's cells. */
#include <string.h>

#include "sim/compare_results.h"

enum kind {
    AT_MOST,    /* the design's time over the other's is at most the bar */
    AT_LEAST,   /* or at least */
    FROM_SIZE,  /* the design beats the other from some size on */
    FROM_BATCH, /* from some number of requests on */
    PER_LINK,   /* each further server of the chain costs at most `bar` times the first, in kernel entries */
    PER_CLIENT, /* a call among many clients costs at most `bar` times a lone one, in kernel entries */
    ALL_HEAR,   /* every design's client hears that its server died */
    ALL_SERVED  /* no design starves who is not hostile */
};

struct row {
    const char *claim;
    enum kind kind;
    const char *design, *other, *work;
    double bar;
};

static const struct row rows[] = {
    {"A server needs no time of its own: lending the caller's is cheaper", AT_MOST, "rendezvous", "active", "null", 1.0},
    {"Mach is slow because its IPC is buffered", AT_LEAST, "port", "rendezvous", "null", 1.5},
    {"A request and reply through a port costs at most 2.5 direct calls", AT_MOST, "port", "rendezvous", "null", 2.5},
    {"Buffering pays when many clients share a server", AT_MOST, "port", "rendezvous", "clients-64", 1.0},
    {"IPC should be a function call: the caller's own thread enters the server", AT_MOST, "portal", "rendezvous", "null", 1.0},
    {"Send only signals through the kernel: notifications are cheaper than calls", AT_MOST, "notify", "rendezvous", "null",
     1.0},
    {"A ring is as good as a call even for one request", AT_MOST, "ring", "rendezvous", "null", 1.0},
    {"You must batch: 64 requests through a ring cost at most half of 64 calls", AT_MOST, "ring", "rendezvous", "batch-64",
     0.5},
    {"From some batch on a ring beats calls", FROM_BATCH, "ring", "rendezvous", NULL, 0},
    {"64 kernel operations in one entry cost at most 0.7 of 64 entries", AT_MOST, "kernel-ring", "rendezvous",
     "operations-64", 0.7},
    {"Memory that both sides share beats copying by the kernel", FROM_SIZE, "shared", "rendezvous", NULL, 0},
    {"Shared memory wins even when both sides copy out of it for safety", FROM_SIZE, "shared-copy", "rendezvous", NULL, 0},
    {"Large messages should be mapped, not copied (for the length of a call)", FROM_SIZE, "share", "rendezvous", NULL, 0},
    {"Large messages should be mapped, not copied (given away and back)", FROM_SIZE, "gift", "rendezvous", NULL, 0},
    {"Mapping for each call beats copying through memory that stays mapped", FROM_SIZE, "gift", "shared-copy", NULL, 0},
    {"Medium messages should be copied on write", FROM_SIZE, "cow", "rendezvous", NULL, 0},
    {"Large messages should be copied once, straight from the caller's memory to the server's", FROM_SIZE, "lease",
     "rendezvous", NULL, 0},
    {"Copying from space to space costs no more than through memory that both map", FROM_SIZE, "lease", "shared-copy", NULL, 0},
    {"1 MiB mapped for a call costs at most a tenth of copying it", AT_MOST, "share", "rendezvous", "echo-1MiB", 0.1},
    {"1 MiB given away and back costs at most a tenth of copying it", AT_MOST, "gift", "rendezvous", "echo-1MiB", 0.1},
    {"1 MiB copied on write costs at most a tenth of copying it", AT_MOST, "cow", "rendezvous", "echo-1MiB", 0.1},
    {"Layers cost what they are many: each server in a chain costs the same", PER_LINK, "rendezvous", NULL, "chain-16", 1.5},
    {"A server's work for one client does not depend on how many there are", PER_CLIENT, NULL, NULL, "clients-64", 1.5},
    {"When a server crashes its clients go down with it, or hang", ALL_HEAR, NULL, NULL, "kill", 0},
    {"Whoever floods a server shuts out the others (by calls)", ALL_SERVED, NULL, NULL, "flood", 0},
    {"Whoever floods a server shuts out the others (by messages that nobody answers)", ALL_SERVED, NULL, NULL, "flood-post",
     0},
};

#define SAY(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

static enum compare_verdict verdict_of(bool holds) { return holds ? COMPARE_HOLDS : COMPARE_FAILS; }

/* Both ratios are to the same design, each in its own pairs. */
static bool ratio_of(const struct compare_cell *cell, const struct compare_cell *other, double *ratio)
{
    if (cell == NULL || other == NULL || !cell->timed || !other->timed)
        return false;
    *ratio = cell->ratio.value / (other->design == compare_design_at(0) ? 1 : other->ratio.value);
    return true;
}

static void decide_ratio(const struct compare_results *results, const struct row *row, struct compare_claim *claim)
{
    const struct compare_cell *cell = compare_cell_find(results, row->design, row->work);
    const struct compare_cell *other = compare_cell_find(results, row->other, row->work);
    char a[24], b[24];
    double ratio;
    if (!ratio_of(cell, other, &ratio))
        return;
    claim->verdict = verdict_of(row->kind == AT_MOST ? ratio <= row->bar : ratio >= row->bar);
    SAY(claim->found, "%s costs %.3g times %s (the claim: at %s %.3g)", row->design, ratio, row->other,
        row->kind == AT_MOST ? "most" : "least", row->bar);
    SAY(claim->row, "%s: %s %s, %s %s", row->work, row->design, compare_time(cell->time_ns.value, a), row->other,
        compare_time(other->time_ns.value, b));
}

/* The first work of the kind from which on the design wins, in all that follow, too. */
static void decide_crossover(const struct compare_results *results, const struct row *row, struct compare_claim *claim)
{
    enum compare_kind kind = row->kind == FROM_SIZE ? COMPARE_ECHO : COMPARE_BATCH;
    const struct compare_cell *first = NULL, *lost = NULL, *last = NULL;
    double ratio = 0, at = 0;
    for (size_t i = 0; i < results->work_count; i++) {
        const struct compare_work *work = results->works[i];
        const struct compare_cell *cell = compare_cell_find(results, row->design, work->name);
        if (work->kind != kind || (kind == COMPARE_ECHO && work->bytes == 0) ||
            !ratio_of(cell, compare_cell_find(results, row->other, work->name), &ratio))
            continue;
        last = cell;
        if (ratio >= 1)
            first = NULL, lost = cell;
        else if (first == NULL)
            first = cell, at = ratio;
    }
    if (last == NULL)
        return;
    claim->verdict = verdict_of(first != NULL);
    if (first == NULL)
        SAY(claim->found, "%s beats %s nowhere up to %s", row->design, row->other, last->work->name);
    else if (lost == NULL)
        SAY(claim->found, "%s beats %s everywhere from %s on", row->design, row->other, first->work->name);
    else
        SAY(claim->found, "from %s on %s beats %s; up to %s it does not", first->work->name, row->design, row->other,
            lost->work->name);
    if (first != NULL)
        SAY(claim->row, "%s: %.3g of %s", first->work->name, at, row->other);
    else
        SAY(claim->row, "%s: %.3g of %s", last->work->name, ratio, row->other);
}

static void decide_chain(const struct compare_results *results, const struct row *row, struct compare_claim *claim)
{
    const struct compare_cell *one = compare_cell_find(results, row->design, "chain-1");
    const struct compare_cell *many = compare_cell_find(results, row->design, row->work);
    char a[24], b[24];
    if (one == NULL || many == NULL || !one->counted || !many->counted)
        return;
    double each = (many->counts.entries - one->counts.entries) / (many->work->servers - 1) / one->counts.entries;
    claim->verdict = verdict_of(each <= row->bar && each >= 1 / row->bar);
    SAY(claim->found, "in %s each further server costs %.3g times the kernel entries of the first one", row->design, each);
    SAY(claim->row, "%s: %s entries, chain-1: %s entries", row->work, compare_number(many->counts.entries, a),
        compare_number(one->counts.entries, b));
}

static void decide_crowd(const struct compare_results *results, const struct row *row, struct compare_claim *claim)
{
    double worst = 0;
    for (size_t i = 0; i < results->design_count; i++) {
        const char *name = results->designs[i]->name;
        const struct compare_cell *lone = compare_cell_find(results, name, "null");
        const struct compare_cell *crowd = compare_cell_find(results, name, row->work);
        if (lone == NULL || crowd == NULL || !lone->counted || !crowd->counted ||
            crowd->counts.entries / lone->counts.entries <= worst)
            continue;
        worst = crowd->counts.entries / lone->counts.entries;
        SAY(claim->row, "%s and null, %s", row->work, name);
    }
    if (worst == 0)
        return;
    claim->verdict = verdict_of(worst <= row->bar);
    SAY(claim->found,
        "a call among 64 clients costs at most %.3g times the kernel entries of a lone one, in any design", worst);
}

/* Those whose clients did not see `wanted` at the beginning. */
static void decide_saw(const struct compare_results *results, const struct row *row, struct compare_claim *claim)
{
    const char *wanted = row->kind == ALL_HEAR ? uk_status_name(UK_PEER_DIED) : uk_status_name(UK_OK);
    size_t used = 0, seen = 0, bad = 0;
    char names[160] = "";
    for (size_t i = 0; i < results->design_count; i++) {
        const struct compare_cell *cell = compare_cell_find(results, results->designs[i]->name, row->work);
        if (cell == NULL || !cell->tried || cell->saw[0] == '\0')
            continue;
        seen++;
        if (strncmp(cell->saw, wanted, strlen(wanted)) == 0)
            continue;
        bad++;
        int more = snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", cell->design->name);
        used = more > 0 && used + (size_t)more < sizeof names ? used + (size_t)more : used;
    }
    if (seen == 0)
        return;
    claim->verdict = verdict_of(bad > 0);
    SAY(claim->found, "true in %zu of %zu designs%s%s; the other clients %s", bad, seen, bad > 0 ? ": " : "", names,
        row->kind == ALL_HEAR ? "see UK_PEER_DIED" : "are served");
    SAY(claim->row, "%s, the column \"the client saw\"", row->work);
}

size_t compare_claims(const struct compare_results *results, struct compare_claim claims[COMPARE_CLAIMS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && count < COMPARE_CLAIMS_MAX; i++) {
        struct compare_claim *claim = &claims[count];
        *claim = (struct compare_claim){.claim = rows[i].claim, .verdict = COMPARE_UNDECIDED};
        if (rows[i].kind == AT_MOST || rows[i].kind == AT_LEAST)
            decide_ratio(results, &rows[i], claim);
        else if (rows[i].kind == FROM_SIZE || rows[i].kind == FROM_BATCH)
            decide_crossover(results, &rows[i], claim);
        else if (rows[i].kind == PER_LINK)
            decide_chain(results, &rows[i], claim);
        else if (rows[i].kind == PER_CLIENT)
            decide_crowd(results, &rows[i], claim);
        else
            decide_saw(results, &rows[i], claim);
        count += claim->verdict != COMPARE_UNDECIDED; /* of designs that are not in this run nothing is said */
    }
    return count;
}

const char *compare_verdict_name(enum compare_verdict verdict)
{
    static const char *const names[] = {"undecided", "holds", "does not hold"};
    return names[verdict];
}
