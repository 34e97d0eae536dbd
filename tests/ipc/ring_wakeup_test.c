/* SPDX-License-Identifier: MIT */
/* No wake-up is lost: both sides of a ring, interleaved at every access, on a machine whose stores are seen late. IU-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint32_t model_load(const uint32_t *address);
static void model_store(uint32_t *address, uint32_t value);
static void model_fence(void);

#define UK_RING_LOAD(address)         model_load(address)
#define UK_RING_STORE(address, value) model_store((address), (value))
#define UK_RING_FENCE()               model_fence()
#include <ukern/ring.h>

#include "support/percent.h"

enum { STEPS_MAX = 96, BUFFER_MAX = 8, WORDS = sizeof(struct uk_ring_header) / 4, SUBMITTER = 0, EXECUTOR = 1 };

/* A side is what it has read so far: run again from its beginning, it does the same up to there, and then one more step.
 * Its stores wait in a buffer until they are flushed, in order, at any later time (x86: total store order). */
struct model_side {
    uint32_t steps, finished, blocked;
    uint32_t buffered;
    uint32_t log[STEPS_MAX];
    struct { uint32_t word, value; } buffer[BUFFER_MAX];
};

struct model {
    struct model_side side[2];
    uint32_t word[WORDS];
    uint32_t bell[2]; /* pending bits of the two doorbells */
};

static struct model now;
static unsigned running, at;
static jmp_buf step_done;
static int with_fences;
static unsigned messages;
static unsigned char memory[UK_RING_BYTES(2, 2)] __attribute__((aligned(64)));

static void flush_one(struct model *model, unsigned side)
{
    struct model_side *from = &model->side[side];
    model->word[from->buffer[0].word] = from->buffer[0].value;
    memmove(from->buffer, from->buffer + 1, --from->buffered * sizeof from->buffer[0]);
    from->buffer[from->buffered].word = from->buffer[from->buffered].value = 0;
}

static void flush_all(unsigned side)
{
    while (now.side[side].buffered > 0)
        flush_one(&now, side);
}

/* Was this step taken in an earlier run? Then its result is in the log. */
static int replayed(uint32_t *value)
{
    struct model_side *side = &now.side[running];
    if (at == side->steps)
        return 0;
    *value = side->log[at++];
    return 1;
}

__attribute__((noreturn)) static void stepped(uint32_t value)
{
    struct model_side *side = &now.side[running];
    assert_true(side->steps < STEPS_MAX);
    side->log[side->steps++] = value;
    longjmp(step_done, 1);
}

static uint32_t word_of(const uint32_t *address) { return (uint32_t)(address - (const uint32_t *)(const void *)memory); }

static uint32_t model_load(const uint32_t *address)
{
    const struct model_side *side = &now.side[running];
    uint32_t value, word = word_of(address);
    if (replayed(&value))
        return value;
    value = now.word[word];
    for (uint32_t i = 0; i < side->buffered; i++)
        value = side->buffer[i].word == word ? side->buffer[i].value : value;
    stepped(value);
}

static void model_store(uint32_t *address, uint32_t value)
{
    struct model_side *side = &now.side[running];
    uint32_t ignored;
    if (replayed(&ignored))
        return;
    assert_true(side->buffered < BUFFER_MAX);
    side->buffer[side->buffered].word = word_of(address);
    side->buffer[side->buffered++].value = value;
    stepped(0);
}

static void model_fence(void)
{
    uint32_t ignored;
    if (replayed(&ignored))
        return;
    if (with_fences)
        flush_all(running);
    stepped(0);
}

/* Entering the kernel is a fence. */
static void model_signal(unsigned side)
{
    uint32_t ignored;
    if (replayed(&ignored))
        return;
    flush_all(running);
    now.bell[side] = 1;
    now.side[side].blocked = 0;
    stepped(0);
}

static void model_wait(void)
{
    uint32_t ignored;
    if (replayed(&ignored))
        return;
    flush_all(running);
    if (now.bell[running] == 0) {
        now.side[running].blocked = 1; /* and asks again when it is signalled */
        longjmp(step_done, 1);
    }
    now.bell[running] = 0;
    stepped(0);
}

static void submit_and_wait(void)
{
    struct uk_ring ring = uk_ring_attach(memory, 2, 2);
    struct uk_ring_completion completion;
    for (unsigned sent = 0, done = 0; done < messages;) {
        int added = 0;
        while (sent < messages && uk_ring_prepare(&ring) != NULL) {
            sent++;
            added = 1;
        }
        if (added && uk_ring_submit(&ring))
            model_signal(EXECUTOR);
        if (uk_ring_reap(&ring, &completion)) {
            done++;
        } else if (uk_ring_submitter_may_sleep(&ring)) {
            model_wait();
            uk_ring_submitter_woke(&ring);
        }
    }
}

static void execute(void)
{
    struct uk_ring ring = uk_ring_attach(memory, 2, 2);
    struct uk_ring_entry entry;
    for (unsigned done = 0; done < messages;) {
        if (uk_ring_take(&ring, &entry)) {
            assert_non_null(uk_ring_complete(&ring));
            done++;
            if (uk_ring_finish(&ring))
                model_signal(SUBMITTER);
        } else if (uk_ring_executor_may_sleep(&ring)) {
            model_wait();
            uk_ring_executor_woke(&ring);
        }
    }
}

static void step_once(unsigned side)
{
    running = side;
    at = 0;
    if (setjmp(step_done) == 0) {
        side == SUBMITTER ? submit_and_wait() : execute();
        now.side[running].finished = 1;
    }
}

/* Exploring. -------------------------------------------------------------------------------------------------------- */

enum { SEEN = 1 << 22 };
static uint64_t *seen;
static unsigned long states, lost;

static uint64_t hash_of(const struct model *model)
{
    const unsigned char *byte = (const unsigned char *)model;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sizeof *model; i++)
        hash = (hash ^ byte[i]) * 1099511628211u;
    return hash | 1;
}

static int is_new(const struct model *model)
{
    uint64_t hash = hash_of(model);
    size_t place = hash % SEEN;
    while (seen[place] != 0 && seen[place] != hash)
        place = (place + 1) % SEEN;
    if (seen[place] == hash)
        return 0;
    seen[place] = hash;
    assert_true(++states < SEEN / 2);
    return 1;
}

/* Every state that can follow: a step of either side, or the oldest buffered store of either becoming visible. */
static void explore(const struct model *model)
{
    int stuck = 1;
    for (unsigned choice = 0; choice < 4; choice++) {
        unsigned side = choice % 2;
        const struct model_side *of = &model->side[side];
        if (choice < 2 ? of->finished || of->blocked : of->buffered == 0)
            continue;
        stuck = 0;
        now = *model;
        if (choice < 2)
            step_once(side);
        else
            flush_one(&now, side);
        struct model next = now;
        if (is_new(&next))
            explore(&next);
    }
    if (stuck && (!model->side[SUBMITTER].finished || !model->side[EXECUTOR].finished))
        lost++;
}

static unsigned long explore_all(unsigned count, int fences)
{
    static const struct model begin;
    seen = calloc(SEEN, sizeof *seen);
    assert_non_null(seen);
    messages = count;
    with_fences = fences;
    states = lost = 0;
    explore(&begin);
    free(seen);
    print_message("%u messages, %s fences: %lu states, stuck in %lu\n", count, fences ? "with" : "without", states, lost);
    assert_true(states > 100);
    return lost;
}

static void no_wake_up_is_lost(void **state)
{
    (void)state;
    unsigned most = percent_of(100) < 100 ? 1 : 3; /* a slice of them takes all states of one message */
    for (unsigned count = 1; count <= most; count++)
        assert_int_equal(explore_all(count, 1), 0);
}

/* The test can tell: without the fences both sides may sleep for ever. */
static void without_fences_some_are(void **state)
{
    (void)state;
    assert_true(explore_all(1, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(without_fences_some_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
