/* SPDX-License-Identifier: MIT */
/* Plays the rows on a driver and says of each what came of it; the lines are the same on every machine that conforms. */
#include "conformance/conformance.h"

#include <string.h>

enum {
    LINE_BYTES = 200
};

struct line {
    char text[LINE_BYTES];
    size_t length;
};

static void put(struct line *line, const char *text)
{
    while (*text != 0 && line->length + 1 < LINE_BYTES)
        line->text[line->length++] = *text++;
    line->text[line->length] = 0;
}

static void put_number(struct line *line, unsigned number)
{
    char digits[12] = {0};
    unsigned at = sizeof digits - 1;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(line, digits + at);
}

static const char *outcome_name(unsigned outcome)
{
    static const char *const names[UK_STATUS_COUNT] = {
#define UK_X(name, number, text) [number] = #name,
        UK_STATUSES(UK_X)
#undef UK_X
    };
    if (outcome < UK_STATUS_COUNT)
        return names[outcome];
    return outcome == BLOCKED ? "blocked" : outcome == STOPPED ? "stopped" : outcome == DEAD ? "dead" : "?";
}

static void put_result(struct line *line, const struct conformance_result *result)
{
    const char next[] = {result->next, 0};
    put(line, outcome_name(result->outcome));
    put(line, ", next ");
    put(line, next);
    put(line, ", states ");
    put(line, result->states);
    put(line, ", entries ");
    put_number(line, result->entries);
    put(line, " switches ");
    put_number(line, result->switches);
    put(line, " picks ");
    put_number(line, result->picks);
    put(line, " words ");
    put_number(line, result->words);
}

static int is_equal(const struct conformance_result *one, const struct conformance_result *other)
{
    return one->outcome == other->outcome && one->next == other->next &&
           memcmp(one->states, other->states, sizeof one->states) == 0 && one->entries == other->entries &&
           one->switches == other->switches && one->picks == other->picks && one->words == other->words;
}

static int is_same_text(const char *one, const char *other)
{
    while (*one != 0 && *one == *other)
        one++, other++;
    return *one == *other;
}

static int is_excepted(const struct conformance_driver *driver, const struct conformance_row *row)
{
    for (const struct conformance_exception *exception = conformance_exceptions; exception->row != NULL; exception++)
        if (is_same_text(exception->row, row->name) && is_same_text(exception->driver, driver->name))
            return 1;
    return 0;
}

/* 0: the set-up does not go as the row says. */
static int play_setup(const struct conformance_driver *driver, const struct conformance_row *row, struct line *line)
{
    for (unsigned i = 0; i < STEPS_MAX && row->setup[i].act != ACT_NONE; i++)
        if (!driver->play(driver->context, &row->setup[i])) {
            put(line, "somebody else runs at step ");
            put_number(line, i + 1);
            return 0;
        }
    return 1;
}

static int play_tested(const struct conformance_driver *driver, const struct conformance_row *row, struct line *line)
{
    struct conformance_result found;
    uint64_t before[4], after[4];
    unsigned seen = row->tested.seen != 0 ? row->tested.seen - 1u : row->tested.actor;
    driver->observe(driver->context, seen, &found, before);
    if (!driver->play(driver->context, &row->tested)) {
        put(line, "somebody else runs when it comes to it");
        return 0;
    }
    driver->observe(driver->context, seen, &found, after);
    found.entries = (uint8_t)(after[0] - before[0]);
    found.switches = (uint8_t)(after[1] - before[1]);
    found.picks = (uint8_t)(after[2] - before[2]);
    found.words = (uint8_t)(after[3] - before[3]);
    put_result(line, &found);
    if (is_equal(&found, &row->expected))
        return 1;
    put(line, "; but expected: ");
    put_result(line, &row->expected);
    return 0;
}

static int play_row(const struct conformance_driver *driver, const struct conformance_row *row, struct line *line)
{
    put(line, row->name);
    put(line, ": ");
    if (!driver->begin(driver->context)) {
        put(line, "no world");
        return 0;
    }
    int good = play_setup(driver, row, line) && play_tested(driver, row, line);
    driver->end(driver->context);
    return good;
}

void conformance_play(const struct conformance_driver *driver, void (*tell)(void *context, const char *text),
                      void *context, struct conformance_totals *totals)
{
    memset(totals, 0, sizeof *totals);
    for (unsigned table = 0; conformance_tables[table] != NULL; table++)
        for (const struct conformance_row *row = conformance_tables[table]; row->name != NULL; row++) {
            struct line line = {{0}, 0};
            if (row->tested.act == ACT_NONE) /* generated for an operation that it makes no sense for */
                continue;
            if (is_excepted(driver, row)) {
                totals->left_out++;
                continue;
            }
            totals->rows++;
            if (!play_row(driver, row, &line))
                totals->failed++;
            else if (row->expected.outcome < UK_STATUS_COUNT)
                totals->reached[row->expected.outcome] = 1;
            tell(context, line.text);
        }
}
