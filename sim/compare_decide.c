/* SPDX-License-Identifier: MIT */
/* How claims are decided: one function for each kind, which reads cells and nothing else. */
#include <string.h>

#include "sim/compare_claims.h"

#define SAY(field, ...) snprintf(field, sizeof(field), __VA_ARGS__)

/* A row, a machine, and what it says. */
struct question {
    const struct compare_results *results;
    const struct claim_row *row;
    enum compare_machine machine;
    struct compare_finding *finding;
};

static void settle(const struct question *question, bool holds)
{
    question->finding->verdict = holds ? COMPARE_HOLDS : COMPARE_FAILS;
}

static const struct compare_cell *find(const struct question *question, const char *design, const char *work)
{
    const struct compare_cell *cell = compare_cell_find(question->results, design, work);
    bool known = cell != NULL && (question->machine == COMPARE_BARE ? cell->weight.known : cell->timed);
    return known ? cell : NULL;
}

static bool is_first(const struct compare_cell *cell) { return cell->design == compare_design_at(0); }

/* Times are compared within their pairs: both ratios are to the first design, each in its own; its own is 1, whatever was
 * measured of it against itself. */
static double ratio_of(const struct question *question, const struct compare_cell *cell, const struct compare_cell *other)
{
    if (question->machine == COMPARE_BARE)
        return cell->weight.instructions / other->weight.instructions;
    return (is_first(cell) ? 1 : cell->ratio.value) / (is_first(other) ? 1 : other->ratio.value);
}

/* A time alone would not say what decided. */
static const char *cost_of(const struct question *question, const struct compare_cell *cell, char text[64])
{
    char number[24], ratio[24];
    if (question->machine == COMPARE_BARE)
        snprintf(text, 64, "%s instructions", compare_number((double)(uint64_t)(cell->weight.instructions + 0.5), number));
    else if (is_first(cell))
        snprintf(text, 64, "%s", compare_time(cell->time_ns.value, number));
    else
        snprintf(text, 64, "%s (%s times %s)", compare_time(cell->time_ns.value, number),
                 compare_ratio(cell->ratio.value, ratio), compare_design_at(0)->name);
    return text;
}

static void say_row(const struct question *question, const struct compare_cell *cell, const struct compare_cell *other)
{
    char a[64], b[64];
    SAY(question->finding->row, "%s: %s %s, %s %s", cell->work->name, cell->design->name, cost_of(question, cell, a),
        other->design->name, cost_of(question, other, b));
}

/* In a process no kernel can remap for less than its host. */
static void say_floor(const struct question *question)
{
    struct compare_finding *finding = question->finding;
    const struct compare_floor *floor = &question->results->remap;
    size_t length = strlen(finding->found);
    char time[24], ratio[24];
    if (floor->known)
        snprintf(finding->found + length, sizeof finding->found - length,
                 "; this host alone takes %s, %s times as long, to map 1 MiB and touch it",
                 compare_time(floor->time_ns.value, time), compare_ratio(floor->ratio.value, ratio));
}

static void decide_ratio(const struct question *question)
{
    const struct claim_row *row = question->row;
    const struct compare_cell *cell = find(question, row->design, row->work), *other = find(question, row->other, row->work);
    if (cell == NULL || other == NULL)
        return;
    double ratio = ratio_of(question, cell, other);
    char text[24];
    settle(question, row->kind == AT_LEAST ? ratio >= row->bar : ratio <= row->bar);
    SAY(question->finding->found, "%s costs %s times %s (the claim: at %s %.3g)", row->design, compare_ratio(ratio, text),
        row->other, row->kind == AT_LEAST ? "least" : "most", row->bar);
    say_row(question, cell, other);
    if (row->kind == REMAPPED && question->machine == COMPARE_HOSTED)
        say_floor(question);
}

static void decide_many(const struct question *question)
{
    const struct claim_row *row = question->row;
    const struct compare_cell *one = find(question, row->design, "null"), *one_other = find(question, row->other, "null");
    const struct compare_cell *cell = find(question, row->design, row->work), *other = find(question, row->other, row->work);
    if (one == NULL || one_other == NULL || cell == NULL || other == NULL)
        return;
    double alone = ratio_of(question, one, one_other), many = ratio_of(question, cell, other);
    settle(question, alone > 1 && many <= row->bar);
    SAY(question->finding->found, "%s costs %.3g times %s for a null call, and %.3g times with %u clients", row->design, alone,
        row->other, many, cell->work->clients);
    say_row(question, cell, other);
}

/* The first work of the kind from which on the design wins, in all that follow, too. */
static void decide_crossover(const struct question *question)
{
    const struct claim_row *row = question->row;
    enum compare_kind kind = row->kind == FROM_SIZE   ? COMPARE_ECHO
                             : row->kind == FROM_LOOK ? COMPARE_LOOK
                                                      : COMPARE_BATCH;
    const struct compare_cell *first = NULL, *lost = NULL, *last = NULL, *cell, *other;
    char text[24];
    double at = 0;
    for (size_t i = 0; i < question->results->work_count; i++) {
        const struct compare_work *work = question->results->works[i];
        if (work->kind != kind || (kind == COMPARE_ECHO && work->bytes == 0) ||
            (cell = find(question, row->design, work->name)) == NULL ||
            (other = find(question, row->other, work->name)) == NULL)
            continue;
        double ratio = ratio_of(question, cell, other);
        last = cell;
        if (ratio >= 1)
            first = NULL, lost = cell;
        else if (first == NULL)
            first = cell;
        if (first == NULL || first == cell)
            at = ratio;
    }
    if (last == NULL)
        return;
    settle(question, first != NULL);
    if (first == NULL)
        SAY(question->finding->found, "%s beats %s nowhere up to %s: there it costs %s times", row->design, row->other,
            last->work->name, compare_ratio(at, text));
    else if (lost == NULL)
        SAY(question->finding->found, "%s beats %s everywhere from %s on: there it costs %.3g times", row->design, row->other,
            first->work->name, at);
    else
        SAY(question->finding->found, "from %s on %s beats %s: there it costs %.3g times; up to %s it does not",
            first->work->name, row->design, row->other, at, lost->work->name);
    last = first != NULL ? first : last;
    say_row(question, last, find(question, row->other, last->work->name));
}

/* OZ-1: up to which size each means is the cheapest, if it is at any, in the order in which they are tried. */
static void decide_sizes(const struct question *question)
{
    struct uk_transfer_limits limits;
    if (!compare_find_limits(question->results, question->machine, &limits))
        return;
    const uk_word ends[] = {limits.registers, limits.copied, limits.snapshot, UK_FOREVER};
    char found[160] = "";
    uk_word from = 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && from < UK_FOREVER; i++) {
        size_t used = strlen(found);
        if (ends[i] <= from)
            continue;
        if (ends[i] < UK_FOREVER)
            snprintf(found + used, sizeof found - used, "%s up to %llu bytes, ", compare_means[i],
                     (unsigned long long)ends[i]);
        else
            snprintf(found + used, sizeof found - used, "%s %s", compare_means[i], from > 0 ? "above that" : "everywhere");
        from = ends[i];
    }
    settle(question, limits.registers > 0 && limits.snapshot > limits.registers && limits.snapshot > limits.copied &&
                         limits.snapshot < UK_FOREVER);
    SAY(question->finding->found, "the cheapest is %s", found);
    SAY(question->finding->row, "look-*: registers, buffer, cow and share");
}

/* Across workloads only what is exact is compared: instructions, or kernel entries. */
static double exact_of(const struct question *question, const struct compare_cell *cell)
{
    return question->machine == COMPARE_BARE ? cell->weight.instructions : cell->counts.entries;
}

static const char *exact_name(const struct question *question)
{
    return question->machine == COMPARE_BARE ? "instructions" : "kernel entries";
}

static void say_exact(const struct question *question, const struct compare_cell *cell, const struct compare_cell *other)
{
    char a[24], b[24];
    SAY(question->finding->row, "%s: %s %s, %s: %s", cell->work->name, compare_number(exact_of(question, cell), a),
        exact_name(question), other->work->name, compare_number(exact_of(question, other), b));
}

static void decide_chain(const struct question *question)
{
    const struct claim_row *row = question->row;
    const struct compare_cell *one = find(question, row->design, "chain-1"), *many = find(question, row->design, row->work);
    if (one == NULL || many == NULL)
        return;
    double first = exact_of(question, one), each = (exact_of(question, many) - first) / (many->work->servers - 1) / first;
    settle(question, each <= row->bar && each >= 1 / row->bar);
    SAY(question->finding->found, "in %s each further server costs %.3g times the %s of the first one", row->design, each,
        exact_name(question));
    say_exact(question, many, one);
}

/* "Nobody needs to batch" holds when one by one is nearly as good; "batch" when it is not. */
static void decide_batched(const struct question *question)
{
    const struct claim_row *row = question->row;
    const struct compare_cell *one = find(question, row->design, "list-1"), *many = find(question, row->design, row->work);
    if (one == NULL || many == NULL)
        return;
    double times = exact_of(question, one) / exact_of(question, many);
    settle(question, row->bar < 1 ? 1 / times <= row->bar : times <= row->bar);
    SAY(question->finding->found, "over %s a name costs %.3g times the %s when each has a message of its own", row->design,
        times, exact_name(question));
    say_exact(question, one, many);
}

static void decide_spread(const struct question *question)
{
    const struct compare_cell *least = NULL, *most = NULL, *cell;
    for (size_t i = 0; i < question->results->design_count; i++) {
        cell = find(question, question->results->designs[i]->name, question->row->work);
        if (cell != NULL && (least == NULL || ratio_of(question, cell, least) < 1))
            least = cell;
        if (cell != NULL && (most == NULL || ratio_of(question, cell, most) > 1))
            most = cell;
    }
    if (least == NULL || least == most)
        return;
    char text[24];
    double ratio = ratio_of(question, most, least);
    settle(question, ratio <= question->row->bar);
    SAY(question->finding->found, "the dearest, %s, costs %s times the cheapest, %s", most->design->name,
        compare_ratio(ratio, text), least->design->name);
    say_row(question, most, least);
}

/* A design whose calls do not enter the kernel has nothing here to be compared in a process. */
static void decide_crowd(const struct question *question)
{
    const struct compare_results *results = question->results;
    double worst = 0;
    for (size_t i = 0; i < results->design_count; i++) {
        const char *name = results->designs[i]->name;
        const struct compare_cell *lone = find(question, name, "null"), *crowd = find(question, name, question->row->work);
        if (lone == NULL || crowd == NULL || exact_of(question, lone) == 0)
            continue;
        double ratio = exact_of(question, crowd) / exact_of(question, lone);
        if (ratio <= worst)
            continue;
        worst = ratio;
        SAY(question->finding->row, "%s and null, %s", question->row->work, name);
    }
    if (worst == 0)
        return;
    settle(question, worst <= question->row->bar);
    SAY(question->finding->found, "a call among 64 clients costs at most %.3g times the %s of a lone one, in any design that "
        "has some", worst, exact_name(question));
}

/* HY-5: cheapest first? Designs that are not in this run do not count, but of two there is no order yet. */
static void decide_order(const struct question *question)
{
    const struct compare_cell *first = find(question, compare_design_at(0)->name, question->row->work);
    char found[sizeof question->finding->found] = "";
    size_t used = 0, count = 0;
    double before = 0;
    bool rises = true;
    for (const char *name = question->row->design; *name != '\0'; name += strcspn(name, " "), name += *name == ' ') {
        char word[24];
        SAY(word, "%.*s", (int)strcspn(name, " "), name);
        const struct compare_cell *cell = find(question, word, question->row->work);
        if (cell == NULL || first == NULL)
            continue;
        double ratio = ratio_of(question, cell, first);
        int more = snprintf(found + used, sizeof found - used, "%s%s %.3g", count++ > 0 ? ", " : "", word, ratio);
        used = more > 0 && used + (size_t)more < sizeof found ? used + (size_t)more : used;
        rises = rises && ratio > before;
        before = ratio;
    }
    if (count < 3)
        return;
    settle(question, rises);
    SAY(question->finding->found, "%s", found);
    SAY(question->finding->row, "%s, in units of %s", question->row->work, compare_design_at(0)->name);
}

/* Of those whose clients saw something else than `wanted` (or what begins so) such a claim is true; it holds when that is all.
 * The same on every machine. */
static void decide_saw(const struct question *question)
{
    const struct claim_row *row = question->row;
    const char *wanted = row->kind == NONE_HEARS ? uk_status_name(UK_PEER_DIED) : uk_status_name(UK_OK);
    size_t used = 0, seen = 0, bad = 0;
    char names[160] = "";
    for (size_t i = 0; i < question->results->design_count && question->machine == COMPARE_HOSTED; i++) {
        const struct compare_cell *cell =
            compare_cell_find(question->results, question->results->designs[i]->name, row->work);
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
    settle(question, bad == seen);
    const char *others = row->kind == NONE_HEARS ? "see UK_PEER_DIED" : "are served";
    SAY(question->finding->found, "true in %zu of %zu designs%s%s%s%s", bad, seen, bad > 0 ? ": " : "", names,
        bad == seen ? "" : bad > 0 ? "; the other clients " : "; all clients ", bad == seen ? "" : others);
    SAY(question->finding->row, "%s, the column \"the client saw\"", row->work);
}

void compare_decide(const struct compare_results *results, const struct claim_row *row, enum compare_machine machine,
                    struct compare_finding *finding)
{
    static void (*const ways[])(const struct question *question) = {
        [AT_MOST] = decide_ratio,       [AT_LEAST] = decide_ratio,   [REMAPPED] = decide_ratio,
        [UNTIL_MANY] = decide_many,
        [FROM_SIZE] = decide_crossover, [FROM_BATCH] = decide_crossover, [FROM_LOOK] = decide_crossover,
        [BY_SIZE] = decide_sizes,
        [PER_LINK] = decide_chain,      [PER_CLIENT] = decide_crowd, [BATCHED] = decide_batched,
        [IN_ORDER] = decide_order,      [SPREAD] = decide_spread,
        [NONE_HEARS] = decide_saw,      [NONE_SERVED] = decide_saw,
    };
    ways[row->kind](&(struct question){results, row, machine, finding});
}
