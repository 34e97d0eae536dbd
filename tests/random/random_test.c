/* SPDX-License-Identifier: MIT */
/* Ten thousand random sequences of operations: every invariant after each step, and all memory back at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fuzz/operations.h"
#include "support/percent.h"

enum {
    SEQUENCES = 10000,
    LEAST = 4,  /* operations of a sequence */
    MOST = 40
};

static uint64_t seed = 20261122;
static unsigned long sequences;
static struct operations *operations;
static void *memory;

struct sequence {
    uint8_t data[(MOST + 1) * OPERATIONS_RECORD_BYTES];
    size_t size;
};

/* Every sequence has its own seed, so that one can be repeated alone: --seed N --sequences 1. */
static void sequence_make(struct sequence *sequence, uint64_t number)
{
    struct operations_random random = {seed + number * 0x9e3779b97f4a7c15u};
    struct operations_header header = {.world = (uint8_t)operations_random(&random, OPERATIONS_WORLDS)};
    unsigned count = LEAST + operations_random(&random, MOST - LEAST + 1);
    header.checks = operations_random(&random, 4) == 0 ? CHECK_ALL : CHECK_FINISH;
    memcpy(sequence->data, &header, sizeof header);
    for (unsigned i = 1; i <= count; i++) {
        struct operations_record record;
        operations_record_random(&random, &record);
        memcpy(sequence->data + i * sizeof record, &record, sizeof record);
    }
    sequence->size = (count + 1) * OPERATIONS_RECORD_BYTES;
}

static void print_line(void *context, const char *line)
{
    (void)context;
    print_error("%s\n", line);
}

/* Tells what led to it, and how to see it again. */
static void fail_with(const struct sequence *sequence, uint64_t number, const char *text)
{
    print_error("sequence %llu of seed %llu: %s\n", (unsigned long long)number, (unsigned long long)seed, text);
    print_error("alone: --seed %llu --sequences 1\n", (unsigned long long)(seed + number * 0x9e3779b97f4a7c15u));
    operations_tell(operations, print_line, NULL);
    (void)operations_run(operations, sequence->data, sequence->size, 0);
    operations_tell(operations, NULL, NULL);
    fail();
}

static void test_random_sequences_keep_every_invariant(void **state)
{
    (void)state;
    struct sequence sequence;
    print_message("seed %llu, %lu sequences\n", (unsigned long long)seed, sequences);
    for (unsigned long i = 0; i < sequences; i++) {
        sequence_make(&sequence, i);
        const char *text = operations_run(operations, sequence.data, sequence.size, 0);
        if (text != NULL)
            fail_with(&sequence, i, text);
    }
}

static uint64_t hash_of(struct sequence *sequence, uint8_t world)
{
    sequence->data[offsetof(struct operations_header, world)] = world;
    sequence->data[offsetof(struct operations_header, checks)] = 0;
    const char *text = operations_run(operations, sequence->data, sequence->size, 0);
    if (text != NULL)
        fail_with(sequence, 0, text);
    return operations_hash(operations);
}

static void choose_nothing(struct sequence *sequence)
{
    for (size_t at = OPERATIONS_RECORD_BYTES; at < sequence->size; at += OPERATIONS_RECORD_BYTES)
        sequence->data[at + offsetof(struct operations_record, choices)] = 0;
}

/* SEL-6: with nobody watching, the kernel takes short cuts; the states that they lead to are those of the long way. */
static void test_short_cuts_lead_to_the_same_states(void **state)
{
    (void)state;
    struct sequence sequence;
    for (unsigned long i = 0; i < sequences / 2; i++) {
        sequence_make(&sequence, sequences + i);
        choose_nothing(&sequence);
        uint8_t world = sequence.data[offsetof(struct operations_header, world)] % WORLD_ALONE;
        uint64_t watched = hash_of(&sequence, world), alone = hash_of(&sequence, world | WORLD_ALONE);
        if (watched != alone)
            fail_with(&sequence, sequences + i, "the short cut leads to another state");
    }
}

/* An input gives the same states whatever ran before it: otherwise no finding of the fuzzer could be repeated. */
static void test_inputs_do_not_depend_on_those_before(void **state)
{
    (void)state;
    struct sequence first, other;
    sequence_make(&first, 0);
    uint8_t world = first.data[offsetof(struct operations_header, world)];
    uint64_t hash = hash_of(&first, world);
    for (unsigned long i = 1; i <= sequences / 10 + 1; i++) {
        sequence_make(&other, i);
        assert_null(operations_run(operations, other.data, other.size, 0));
        assert_int_equal(hash_of(&first, world), hash);
    }
}

static int setup(void **state)
{
    (void)state;
    size_t bytes = operations_bytes();
    memory = aligned_alloc(UK_PAGE, (bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1));
    operations = memory != NULL ? operations_make(memory, bytes) : NULL;
    if (operations != NULL)
        operations_trace(operations, 1);
    return operations == NULL;
}

static int teardown(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static void read_arguments(int argc, char **argv)
{
    sequences = percent_of(SEQUENCES);
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "--sequences") == 0)
            sequences = strtoul(argv[i + 1], NULL, 0);
}

int main(int argc, char **argv)
{
    read_arguments(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_sequences_keep_every_invariant),
        cmocka_unit_test(test_short_cuts_lead_to_the_same_states),
        cmocka_unit_test(test_inputs_do_not_depend_on_those_before),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
