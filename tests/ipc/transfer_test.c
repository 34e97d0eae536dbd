/* SPDX-License-Identifier: MIT */
/* A payload that picks its means by size, without a kernel: what a receiver believes of what a sender says. OZ-1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <ukern/transfer.h>

#include "support/percent.h"

enum { BYTES = 4096, WORDS = BYTES / sizeof(uk_word), CANARY = 0x5a, LIES = 200000 };

/* The receiver's memory, and what lies behind it. */
static _Alignas(4096) struct {
    uk_word words[WORDS], behind[UK_MESSAGE_WORDS];
} memory;
static struct uk_buffer buffer;
static struct uk_transfer self;

static void begin(void)
{
    memset(&memory, CANARY, sizeof memory);
    memset(&buffer, 0, sizeof buffer);
    self = (struct uk_transfer){.buffer = &buffer, .memory = (uk_word)(uintptr_t)memory.words, .bytes = BYTES};
}

static enum uk_status take(uk_word all, uk_word from, unsigned length, unsigned items)
{
    struct uk_message message = {.tag = UK_TAG(1, length, items), .word = {all, from, 10, 11, 12, 13}};
    const void *payload;
    uk_word bytes;
    for (unsigned i = UK_REGISTER_WORDS; i < UK_MESSAGE_WORDS; i++)
        buffer.words[i] = 100 + i;
    enum uk_status status = uk_transfer_take(&self, &message, &payload, &bytes);
    for (unsigned i = 0; i < UK_MESSAGE_WORDS; i++)
        assert_int_equal(memory.behind[i] & 0xff, CANARY);
    if (status == UK_OK)
        assert_int_equal(bytes, all);
    return status;
}

static void sizes_pick_their_means(void **state)
{
    static const struct uk_transfer_limits limits = {64, 128, 4096}, none = {0, 0, 0}, mixed = {32, 16, 8};
    (void)state;
    assert_int_equal(uk_transfer_means(&limits, 0), UK_TRANSFER_REGISTERS);
    assert_int_equal(uk_transfer_means(&limits, 64), UK_TRANSFER_REGISTERS);
    assert_int_equal(uk_transfer_means(&limits, 65), UK_TRANSFER_COPY);
    assert_int_equal(uk_transfer_means(&limits, 128), UK_TRANSFER_COPY);
    assert_int_equal(uk_transfer_means(&limits, 129), UK_TRANSFER_SNAPSHOT);
    assert_int_equal(uk_transfer_means(&limits, 4096), UK_TRANSFER_SNAPSHOT);
    assert_int_equal(uk_transfer_means(&limits, 4097), UK_TRANSFER_SHARE);
    assert_int_equal(uk_transfer_means(&none, 0), UK_TRANSFER_REGISTERS); /* nothing needs no memory */
    assert_int_equal(uk_transfer_means(&none, 1), UK_TRANSFER_SHARE);
    assert_int_equal(uk_transfer_means(&mixed, 32), UK_TRANSFER_REGISTERS);
    assert_int_equal(uk_transfer_means(&mixed, 33), UK_TRANSFER_SHARE);
}

/* In registers, then in the buffer: one message may change how the rest of a payload comes. */
static void pieces_become_a_whole(void **state)
{
    (void)state;
    begin();
    assert_int_equal(take(16, 0, 4, 0), UK_OK);
    assert_int_equal(memory.words[1], 11);
    assert_int_equal(take(0, 0, 2, 0), UK_OK);
    assert_int_equal(take(8 * 9, 0, 6, 0), UK_WOULD_BLOCK);
    assert_int_equal(take(8 * 9, 4, 11, 0), UK_OK);
    assert_int_equal(memory.words[3], 13);
    assert_int_equal(memory.words[4], 106);
    assert_int_equal(memory.words[8], 110);
    assert_int_equal(take(8 * 60, 0, 64, 0), UK_WOULD_BLOCK);
    assert_int_equal(take(8 * 2, 0, 4, 0), UK_OK); /* it gave up, and begins anew */
}

static void lies_are_refused(void **state)
{
    (void)state;
    begin();
    assert_int_equal(take(8, 0, 1, 0), UK_BAD_ARGUMENT);             /* no header */
    assert_int_equal(take(BYTES + 1, 0, 6, 0), UK_BAD_ARGUMENT);     /* more than there is room */
    assert_int_equal(take(~(uk_word)0, 0, 6, 0), UK_BAD_ARGUMENT);
    assert_int_equal(take(8, 0, 4, 0), UK_BAD_ARGUMENT);             /* a piece longer than the whole */
    assert_int_equal(take(8, 0, 8, 0), UK_BAD_ARGUMENT);
    assert_int_equal(take(BYTES, 4, 6, 0), UK_BAD_ARGUMENT);         /* what came before did not come */
    assert_int_equal(take(BYTES, 0, 64, 0), UK_WOULD_BLOCK);
    assert_int_equal(take(BYTES, 57, 64, 0), UK_BAD_ARGUMENT);
    assert_int_equal(take(8, 58, 64, 0), UK_BAD_ARGUMENT);           /* the whole became shorter than what is here */
    assert_int_equal(take(8, 0, 2, 2), UK_BAD_ARGUMENT);             /* two items */
    buffer.received[0] = (struct uk_item){.kind = UK_ITEM_GIFT, .count = 1};
    assert_int_equal(take(8, 0, 2, 1), UK_BAD_ARGUMENT);             /* of a kind that no sender picks */
    buffer.received[0] = (struct uk_item){.kind = UK_ITEM_SNAPSHOT, .count = 1};
    assert_int_equal(take(BYTES, 0, 2, 1), UK_OK);
    buffer.received[0].count = 0;
    assert_int_equal(take(8, 0, 2, 1), UK_BAD_ARGUMENT);             /* fewer pages than it says */
}

/* Whatever is said, nothing is written behind the memory (take looks), and what is whole was sent. */
static void whatever_is_said(void **state)
{
    static const uk_word wholes[] = {0, 8, 24, 32, 64, 480, BYTES - 8, BYTES, BYTES + 8, ~(uk_word)0};
    uint64_t random = 88172645463325252u, whole = 0;
    (void)state;
    begin();
    for (unsigned long i = 0; i < percent_of(LIES); i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        uk_word all = wholes[random % (sizeof wholes / sizeof wholes[0])];
        uk_word from = random >> 8 & 3 ? self.taken : random >> 10 & 1 ? 0 : random >> 11 & 1023;
        enum uk_status status = take(all, from, (unsigned)(random >> 24) % (UK_MESSAGE_WORDS + 1), 0);
        if (status == UK_OK)
            assert_true(self.taken == (all + 7) / 8 && all <= BYTES);
        whole += status == UK_OK;
    }
    assert_true(whole > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_pick_their_means),
        cmocka_unit_test(pieces_become_a_whole),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(whatever_is_said),
    };
    return cmocka_run_group_tests_name("ipc/transfer", tests, NULL, NULL);
}
