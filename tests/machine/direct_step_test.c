/* SPDX-License-Identifier: MIT */
/* A domain is killed before any instruction of a nested call: the call ends once, and every block has its owner. */
#include "world.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <ukern/direct.h>

enum { BLOCK = 64, BLOCKS = 4, TYPE = 1, OUTER = 0, INNER = 1, TRAP_FLAG = 256 };

static _Alignas(64) unsigned char memory[BLOCKS * (BLOCK + sizeof(struct uk_holding)) + 64];
static struct uk_direct world;
static struct uk_direct_thread self;
static struct uk_direct_proxy to_b, to_c;
static uint32_t a, b, c;

static volatile uint64_t step, target; /* instructions so far; the one before which somebody dies */
static volatile uint32_t victim;       /* 0: whoever the thread is in */
static volatile int struck;

/* What c does: uses both blocks, gives one back. */
static enum uk_status inner(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    uk_word *given = uk_direct_use(here, message->moved), *lent = uk_direct_use(here, message->lent);
    if (given == NULL || lent == NULL)
        return UK_STALE;
    *given += *lent;
    return UK_OK;
}

/* What b does: takes a block of its own, hands what it got to c, and gives back what comes back. */
static enum uk_status outer(struct uk_direct_thread *here, void *state, struct uk_direct_message *message)
{
    (void)state;
    uk_block own;
    enum uk_status status = uk_direct_take(here, &own);
    struct uk_direct_message below = {.moved = message->moved, .lent = message->lent};
    if (status == UK_OK)
        status = uk_direct_call(here, &to_c, INNER, &below);
    message->moved = below.moved;
    if (uk_direct_use(here, message->moved) == NULL)
        message->moved = 0; /* c died with it */
    enum uk_status dropped = uk_direct_drop(here, own);
    return status != UK_OK ? status : dropped;
}

static const uk_direct_method methods[] = {outer, inner};
static const struct uk_direct_interface interface = {TYPE, 2, methods, NULL};

/* The supervisor, which the kernel would have let run instead of us: the same three words for the registers. */
static void strike(greg_t *general)
{
    uk_word words[3];
    struct uk_direct_frame *frame = self.frame;
    uint32_t dies = victim != 0 ? victim : frame != NULL ? (uint32_t)(frame->callee - world.domains) : 0;
    struck = 1;
    general[REG_EFL] &= ~(greg_t)TRAP_FLAG;
    if (dies == 0)
        return;
    uk_direct_kill(&world, dies);
    if (!uk_direct_way_out(&self, UK_PEER_DIED, words))
        return;
    general[REG_RIP] = (greg_t)words[0];
    general[REG_RSP] = (greg_t)words[1] - 8; /* as if it had been called */
    general[REG_RDI] = (greg_t)words[2];
}

static void on_step(int number, siginfo_t *info, void *frame)
{
    (void)number, (void)info;
    if (++step == target)
        strike(((ucontext_t *)frame)->uc_mcontext.gregs);
}

static inline void stepping(int on)
{
    if (on)
        __asm__ volatile("pushfq\n\torq $256, (%%rsp)\n\tpopfq" ::: "memory", "cc");
    else
        __asm__ volatile("pushfq\n\tandq $~256, (%%rsp)\n\tpopfq" ::: "memory", "cc");
}

/* Kept from being inlined, so that no push of `stepping` meets a red zone that is in use. */
static __attribute__((noinline)) enum uk_status stepped_call(struct uk_direct_message *message)
{
    volatile unsigned char below[256];
    below[0] = 0;
    stepping(1);
    enum uk_status status = uk_direct_call(&self, &to_b, OUTER, message);
    stepping(0);
    (void)below[0];
    return status;
}

/* One call, with somebody's death before instruction `at`. */
static void one_death(uint32_t who, uint64_t at)
{
    struct uk_direct_message message = {0};
    uk_block lent;
    memset(&world, 0, sizeof world);
    assert_int_equal(uk_exchange_begin(&world.heap, memory, sizeof memory, BLOCK), BLOCKS);
    a = uk_direct_domain(&world, NULL, NULL);
    b = uk_direct_domain(&world, &interface, NULL);
    c = uk_direct_domain(&world, &interface, NULL);
    self = uk_direct_attach(&world, a, 0);
    assert_int_equal(uk_direct_bind(&world, b, TYPE, &to_b), UK_OK);
    assert_int_equal(uk_direct_bind(&world, c, TYPE, &to_c), UK_OK);
    assert_int_equal(uk_direct_take(&self, &message.moved), UK_OK);
    assert_int_equal(uk_direct_take(&self, &lent), UK_OK);
    *(uk_word *)uk_direct_use(&self, message.moved) = 40;
    *(uk_word *)uk_direct_use(&self, lent) = 2;
    message.lent = lent;
    step = 0, target = at, victim = who, struck = 0;
    enum uk_status status = stepped_call(&message);

    assert_true(status == UK_OK || status == UK_PEER_DIED);
    assert_true(self.frame == NULL && uk_direct_here(&self) == a);
    assert_int_equal(message.lent, lent);
    assert_int_equal(*(uk_word *)uk_direct_use(&self, lent), 2); /* the loan is over, and nobody spoiled it */
    const uk_word *given = uk_direct_use(&self, message.moved);
    assert_int_equal(uk_exchange_count(&world.heap, a), given != NULL ? 2 : 1); /* what is ours we know by name */
    assert_true(given == NULL || *given == 42 || *given == 40);
    assert_int_equal(message.moved != 0, given != NULL);
    if (status == UK_OK && who != c)
        assert_non_null(given);
    for (uint32_t domain = b; domain <= c; domain++)
        if (world.domains[domain].generation % 2 == 0)
            assert_int_equal(uk_exchange_count(&world.heap, domain), 0); /* SA-2 */
    for (unsigned i = 0; i < BLOCKS; i++)
        assert_int_equal(world.heap.holdings[i].borrower, 0);
    if (world.domains[b].generation % 2 != 0 && status == UK_OK)
        assert_int_equal(uk_exchange_count(&world.heap, b), 0);
    assert_int_equal(world.heap.scribbles, 0);
}

static void killed_before_an_instruction(void **state)
{
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO}, before;
    (void)state;
    if (RUNNING_ON_VALGRIND || WORLD_SANITIZED) /* they do not let single steps through, or are far too slow */
        skip();
    assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
    one_death(0, UINT64_MAX);
    assert_false(struck);
    uint64_t all = step;
    print_message("%llu instructions\n", (unsigned long long)all);
    uint64_t stride = getenv("UKERN_EVERY_INSTRUCTION") != NULL ? 1 : 1 + all / 40; /* all of them take minutes */
    for (uint32_t who = 0; who <= c; who++)
        for (uint64_t at = 1 + who * stride / 3; who != a && at < all; at += stride)
            one_death(who, at);
    assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_before_an_instruction)};
    return cmocka_run_group_tests_name("machine/direct_step", tests, NULL, NULL);
}
