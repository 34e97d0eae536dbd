/* SPDX-License-Identifier: MIT */
/* Direct calls without a kernel: owners, loans, contracts, limits, and who dies when. SA-1, SA-3, SA-4, SA-5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <ukern/direct.h>

enum { BLOCK = 64, BLOCKS = 8, TYPE = 7, OTHER_TYPE = 8 };
enum { ADD, KEEP, GIVE_BACK, FORGE, PASS_ON, LOOK, SUICIDE, KILL_CALLER, NEST, METHODS };

static _Alignas(64) unsigned char memory[BLOCKS * (BLOCK + sizeof(struct uk_holding)) + 64];
static struct uk_direct world;
static struct uk_direct_thread self;
static struct uk_direct_proxy to_b, to_c; /* b's own way to c */
static uint32_t a, b, c;
static uk_block kept; /* what a callee remembered, though it should not */
static int calls;

static enum uk_status add(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)here, (void)state;
    calls++;
    message->word[0] += message->word[1];
    return message->word[2] != 0 ? UK_REFUSED : UK_OK;
}

static enum uk_status keep(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    calls++;
    assert_non_null(uk_direct_use(here, message->moved));
    kept = message->moved;
    message->moved = 0;
    return UK_OK;
}

static enum uk_status give_back(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    unsigned char *bytes = uk_direct_use(here, message->moved);
    assert_non_null(bytes);
    bytes[0]++;
    kept = message->moved;
    return UK_OK;
}

static enum uk_status forge(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)here, (void)state;
    message->moved = message->word[0];
    return UK_OK;
}

/* b lends what it was lent, or gives what it was given, to c. */
static enum uk_status pass_on(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    struct uk_direct_message inner = {.moved = message->moved, .lent = message->lent};
    assert_int_equal(uk_direct_call(here, &to_c, message->moved != 0 ? GIVE_BACK : LOOK, &inner), UK_OK);
    message->word[0] = inner.word[0];
    message->word[1] = message->lent == 0 || uk_direct_use(here, message->lent) != NULL; /* it is ours again */
    message->moved = inner.moved;
    return UK_OK;
}

static enum uk_status look(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    const unsigned char *bytes = uk_direct_use(here, message->lent);
    message->word[0] = bytes != NULL ? bytes[0] : 999;
    message->word[1] = (uk_word)uk_direct_drop(here, message->lent); /* not ours to give */
    kept = message->lent;
    return UK_OK;
}

static enum uk_status suicide(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    uk_block block;
    (void)state, (void)message;
    assert_int_equal(uk_direct_take(here, &block), UK_OK);
    uk_direct_kill(here->world, uk_direct_here(here));
    assert_int_equal(uk_direct_take(here, &block), UK_PEER_DIED);
    return UK_OK; /* to whom it does not concern any more what it says, but it did return */
}

static enum uk_status kill_caller(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    calls++;
    uk_direct_kill(here->world, (uint32_t)message->word[0]);
    return UK_OK;
}

static enum uk_status nest(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    struct uk_direct_message inner = *message;
    struct uk_direct_proxy *next = uk_direct_here(here) == b ? &to_c : &to_b;
    inner.word[0]++;
    enum uk_status status = uk_direct_call(here, next, (uint32_t)message->word[1], &inner);
    message->word[0] = inner.word[0];
    calls += 100; /* not reached if b is dead when c comes back */
    return status;
}

static const uk_direct_method methods[METHODS] = {add, keep, give_back, forge, pass_on, look, suicide, kill_caller, nest};
static const struct uk_direct_interface interface = {TYPE, METHODS, methods, NULL};

static int setup(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    assert_int_equal(uk_exchange_begin(&world.heap, memory, sizeof memory, BLOCK), BLOCKS);
    a = uk_direct_domain(&world, NULL, NULL);
    b = uk_direct_domain(&world, &interface, NULL);
    c = uk_direct_domain(&world, &interface, NULL);
    self = uk_direct_attach(&world, a, 0);
    assert_int_equal(uk_direct_bind(&world, b, TYPE, &to_b), UK_OK);
    assert_int_equal(uk_direct_bind(&world, c, TYPE, &to_c), UK_OK);
    kept = 0;
    calls = 0;
    return 0;
}

/* Every block has one owner or none, nothing is lent, and the thread is at home. */
static int settled(void **state)
{
    (void)state;
    uint32_t sum = 0;
    for (uint32_t domain = 0; domain <= c; domain++)
        sum += uk_exchange_count(&world.heap, domain);
    for (unsigned i = 0; i < BLOCKS; i++)
        if (world.heap.holdings[i].borrower != 0)
            return -1;
    return sum == BLOCKS && self.frame == NULL && self.home == a ? 0 : -1;
}

static void words_there_and_back(void **state)
{
    (void)state;
    struct uk_direct_message message = {.word = {1, 2}};
    assert_int_equal(uk_direct_call(&self, &to_b, ADD, &message), UK_OK);
    assert_int_equal(message.word[0], 3);
    message.word[2] = 1;
    assert_int_equal(uk_direct_call(&self, &to_b, ADD, &message), UK_REFUSED);
    assert_int_equal(uk_direct_call(&self, &to_b, METHODS, &message), UK_BAD_OPERATION);
    assert_int_equal(calls, 2);
}

/* SA-1: what was given away is nobody's but the callee's, whoever kept a copy of its name. */
static void a_block_has_one_owner(void **state)
{
    (void)state;
    uk_block block;
    assert_int_equal(uk_direct_take(&self, &block), UK_OK);
    unsigned char *bytes = uk_direct_use(&self, block);
    for (unsigned i = 0; i < BLOCK; i++)
        assert_int_equal(bytes[i], 0);
    struct uk_direct_message message = {.moved = block};
    assert_int_equal(uk_direct_call(&self, &to_b, KEEP, &message), UK_OK);
    assert_int_equal(message.moved, 0);
    assert_null(uk_direct_use(&self, block));
    assert_null(uk_direct_use(&self, kept));
    assert_int_equal(uk_direct_drop(&self, block), UK_STALE);
    assert_int_equal(uk_exchange_count(&world.heap, a), 0);
    assert_int_equal(uk_exchange_count(&world.heap, b), 1);
    message.moved = block;
    assert_int_equal(uk_direct_call(&self, &to_b, KEEP, &message), UK_STALE);
    assert_int_equal(message.moved, block);
    assert_int_equal(calls, 1);
}

static void given_and_given_back(void **state)
{
    (void)state;
    struct uk_direct_message message = {0};
    assert_int_equal(uk_direct_take(&self, &message.moved), UK_OK);
    uk_block first = message.moved;
    const unsigned char *before = uk_direct_use(&self, first);
    assert_int_equal(uk_direct_call(&self, &to_b, GIVE_BACK, &message), UK_OK);
    const unsigned char *bytes = uk_direct_use(&self, message.moved);
    assert_ptr_equal(bytes, before); /* nothing was copied */
    assert_int_equal(bytes[0], 1);
    assert_null(uk_direct_use(&self, first));
    self.home = b; /* what b remembers of it is good for nothing */
    assert_null(uk_direct_use(&self, kept));
    self.home = a;
    assert_int_equal(uk_direct_call(&self, &to_b, PASS_ON, &message), UK_OK);
    assert_int_equal(((const unsigned char *)uk_direct_use(&self, message.moved))[0], 2);
    assert_int_equal(uk_direct_drop(&self, message.moved), UK_OK);
    assert_int_equal(uk_direct_drop(&self, message.moved), UK_STALE);
}

static void callees_that_give_what_they_have_not(void **state)
{
    (void)state;
    uk_block mine;
    assert_int_equal(uk_direct_take(&self, &mine), UK_OK);
    const uk_word forged[] = {mine, mine + 1, 1, 77, UK_FOREVER, (uk_word)1 << 63};
    for (unsigned i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        struct uk_direct_message message = {.word = {forged[i]}};
        assert_int_equal(uk_direct_call(&self, &to_b, FORGE, &message), UK_PEER_FAULT);
        assert_int_equal(message.moved, 0);
    }
    assert_non_null(uk_direct_use(&self, mine));
}

/* SA-5: a loan is good until the callee returns; meanwhile the owner has to do without. */
static void loans_end(void **state)
{
    (void)state;
    uk_block block;
    assert_int_equal(uk_direct_take(&self, &block), UK_OK);
    *(unsigned char *)uk_direct_use(&self, block) = 42;
    struct uk_direct_message message = {.lent = block};
    assert_int_equal(uk_direct_call(&self, &to_b, LOOK, &message), UK_OK);
    assert_int_equal(message.word[0], 42);
    assert_int_equal(message.word[1], UK_STALE);
    assert_int_equal(message.lent, block);
    assert_non_null(uk_direct_use(&self, block));
    self.home = b;
    assert_null(uk_direct_use(&self, kept));
    struct uk_direct_message again = {.lent = kept};
    assert_int_equal(uk_direct_call(&self, &to_c, LOOK, &again), UK_STALE);
    self.home = a;
    assert_int_equal(uk_direct_call(&self, &to_b, PASS_ON, &message), UK_OK); /* lent on, and had back */
    assert_int_equal(message.word[0], 42);
    assert_int_equal(message.word[1], 1);
    message.moved = message.lent;
    assert_int_equal(uk_direct_call(&self, &to_b, LOOK, &message), UK_BAD_ARGUMENT);
}

/* SA-1, the other half: who kept a pointer reads poison, and whoever writes through it is found out. */
static void strict_heaps_catch_kept_pointers(void **state)
{
    (void)state;
    world.heap.strict = 1;
    struct uk_direct_message message = {0};
    assert_int_equal(uk_direct_take(&self, &message.moved), UK_OK);
    volatile uk_word *wild = uk_direct_use(&self, message.moved);
    *wild = 5;
    assert_int_equal(uk_direct_call(&self, &to_b, GIVE_BACK, &message), UK_OK);
    assert_ptr_not_equal(uk_direct_use(&self, message.moved), wild);
    assert_int_equal(*(uk_word *)uk_direct_use(&self, message.moved), 6);
    assert_true(*wild == UK_EXCHANGE_POISON);
    *wild = 7;
    uk_block block;
    for (unsigned i = 1; i < BLOCKS; i++)
        assert_int_equal(uk_direct_take(&self, &block), UK_OK);
    assert_int_equal(uk_direct_take(&self, &block), UK_NO_MEMORY);
    assert_int_equal(world.heap.scribbles, 1);
    assert_int_equal(uk_direct_call(&self, &to_b, GIVE_BACK, &message), UK_OK); /* without room for a copy it moves as it is */
}

/* SA-3, and who is dead says so. */
static void stale_proxies_are_refused(void **state)
{
    (void)state;
    struct uk_direct_message message = {0};
    struct uk_direct_proxy proxy;
    static const struct uk_direct_interface other = {OTHER_TYPE, METHODS, methods, NULL};
    assert_int_equal(uk_direct_bind(&world, 0, TYPE, &proxy), UK_BAD_ARGUMENT);
    assert_int_equal(uk_direct_bind(&world, c + 1, TYPE, &proxy), UK_BAD_ARGUMENT);
    assert_int_equal(uk_direct_bind(&world, b, OTHER_TYPE, &proxy), UK_WRONG_TYPE);
    assert_int_equal(uk_direct_bind(&world, a, TYPE, &proxy), UK_WRONG_TYPE);
    uk_direct_kill(&world, b);
    uk_direct_kill(&world, b);
    assert_int_equal(uk_direct_call(&self, &to_b, ADD, &message), UK_PEER_DIED);
    assert_int_equal(uk_direct_bind(&world, b, TYPE, &proxy), UK_PEER_DIED);
    uk_direct_restart(&world, b, &other, NULL);
    assert_int_equal(uk_direct_call(&self, &to_b, ADD, &message), UK_STALE);
    assert_int_equal(uk_direct_bind(&world, b, OTHER_TYPE, &proxy), UK_OK);
    assert_int_equal(uk_direct_call(&self, &proxy, ADD, &message), UK_OK);
    uk_direct_restart(&world, b, &interface, NULL); /* without dying before */
    assert_int_equal(uk_direct_call(&self, &proxy, ADD, &message), UK_STALE);
    assert_int_equal(uk_direct_call(&self, &to_b, ADD, &message), UK_STALE);
    assert_int_equal(calls, 1);
}

/* Nothing that the dead owned survives them, but what somebody has on loan, until that is over. */
static void the_dead_own_nothing(void **state)
{
    (void)state;
    struct uk_direct_message message = {0};
    assert_int_equal(uk_direct_take(&self, &message.moved), UK_OK);
    assert_int_equal(uk_direct_call(&self, &to_b, KEEP, &message), UK_OK);
    assert_int_equal(uk_direct_call(&self, &to_b, SUICIDE, &message), UK_OK);
    assert_int_equal(uk_exchange_count(&world.heap, b), 0);
    assert_int_equal(uk_exchange_count(&world.heap, 0), BLOCKS);
    assert_int_equal(world.heap.scribbles, 0);
}

/* A lends to B, who kills A: B may use the block until it returns, then it is free. */
static void loans_outlive_their_owner(void **state)
{
    (void)state;
    uk_block block;
    uk_word before = 0;
    assert_int_equal(uk_exchange_take(&world.heap, a, &block), UK_OK);
    struct uk_holding *holding = uk_exchange_find(&world.heap, block);
    assert_int_equal(uk_exchange_lend(&world.heap, &block, a, b, &before), UK_OK);
    uk_exchange_reclaim(&world.heap, a);
    assert_int_equal(uk_exchange_count(&world.heap, a), 0);
    assert_non_null(uk_exchange_use(&world.heap, block, b));
    uk_exchange_return(&world.heap, holding, before);
    uk_exchange_return(&world.heap, holding, before);
    assert_null(uk_exchange_use(&world.heap, block, b));
    assert_int_equal(uk_exchange_count(&world.heap, 0), BLOCKS);
}

/* A calls B calls C, and C kills B: C finishes, and A is told; B's code is never come back to. */
static void the_middle_of_a_chain_dies(void **state)
{
    (void)state;
    struct uk_direct_message message = {.word = {b - 1, KILL_CALLER}};
    uk_block block;
    assert_int_equal(uk_direct_take(&self, &block), UK_OK);
    message.moved = block;
    assert_int_equal(uk_direct_call(&self, &to_b, NEST, &message), UK_PEER_DIED);
    assert_int_equal(calls, 1);
    assert_int_equal(message.moved, 0); /* it went down with b */
    assert_int_equal(uk_exchange_count(&world.heap, 0), BLOCKS);
}

static void nests_end(void **state)
{
    (void)state;
    struct uk_direct_message message = {.word = {0, NEST}};
    assert_int_equal(uk_direct_call(&self, &to_b, NEST, &message), UK_LIMIT);
    assert_int_equal(message.word[0], UK_DIRECT_DEPTH_MAX);
    self.stack_least = (uk_word)(uintptr_t)__builtin_frame_address(0) - 6000;
    message.word[0] = 0;
    assert_int_equal(uk_direct_call(&self, &to_b, NEST, &message), UK_LIMIT);
    assert_in_range(message.word[0], 1, UK_DIRECT_DEPTH_MAX - 1);
    self.stack_least = (uk_word)(uintptr_t)__builtin_frame_address(0);
    assert_int_equal(uk_direct_call(&self, &to_b, ADD, &message), UK_LIMIT);
}

/* SA-4: open, then any number of reads, then close; nothing else. */
static void contracts_are_watched(void **state)
{
    (void)state;
    enum { NO = UK_DIRECT_REFUSED };
    static const uk_direct_method three[] = {add, add, add};
    static const uint8_t contract[] = {1, NO, NO, /* closed */ NO, 1, 0 /* open */};
    static const struct uk_direct_interface file = {OTHER_TYPE, 3, three, contract};
    struct uk_direct_proxy one, other;
    struct uk_direct_message message = {0};
    uk_direct_restart(&world, b, &file, NULL);
    assert_int_equal(uk_direct_bind(&world, b, OTHER_TYPE, &one), UK_OK);
    other = one;
    static const struct { uint32_t method, status; } steps[] = {{1, UK_BUSY}, {2, UK_BUSY}, {0, UK_OK}, {0, UK_BUSY},
                                                                {1, UK_OK},   {1, UK_OK},   {2, UK_OK}, {1, UK_BUSY}};
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
        assert_int_equal(uk_direct_call(&self, &one, steps[i].method, &message), steps[i].status);
    assert_int_equal(uk_direct_call(&self, &other, 0, &message), UK_OK); /* each way has a place of its own */
    assert_int_equal(calls, 5);
}

static void limits_of_the_heap(void **state)
{
    (void)state;
    uk_block block;
    for (unsigned i = 0; i < BLOCKS; i++)
        assert_int_equal(uk_direct_take(&self, &block), UK_OK);
    assert_int_equal(uk_direct_take(&self, &block), UK_NO_MEMORY);
    assert_int_equal(block, 0);
    uk_exchange_reclaim(&world.heap, a);
    struct uk_exchange none;
    assert_int_equal(uk_exchange_begin(&none, memory, 70, BLOCK), 0);
    assert_int_equal(uk_exchange_take(&none, a, &block), UK_NO_MEMORY);
    while (uk_direct_domain(&world, NULL, NULL) != 0)
        continue;
    assert_int_equal(world.domain_count, UK_DIRECT_DOMAINS_MAX);
    world.domain_count = c;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, settled)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_there_and_back),      TEST(a_block_has_one_owner),     TEST(given_and_given_back),
        TEST(callees_that_give_what_they_have_not), TEST(loans_end),      TEST(strict_heaps_catch_kept_pointers),
        TEST(stale_proxies_are_refused), TEST(the_dead_own_nothing),      TEST(loans_outlive_their_owner),
        TEST(the_middle_of_a_chain_dies), TEST(nests_end),                TEST(contracts_are_watched),
        TEST(limits_of_the_heap),
    };
    return cmocka_run_group_tests_name("ipc/direct", tests, NULL, NULL);
}
