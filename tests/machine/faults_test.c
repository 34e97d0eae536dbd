/* SPDX-License-Identifier: MIT */
/* What user code does wrong is its own fault; what the embedder does wrong goes to whoever handled it before. */
#include "world.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

static volatile uk_word told;

static uk_word innocent(uk_word unused)
{
    (void)unused;
    for (int i = 0; i < 10; i++)
        uk_yield();
    told++;
    return 0;
}

/* Runs one task beside an innocent one; checks that it stopped by this fault and the other ran on. */
static void one_fault(uk_entry entry, uk_word argument, uint32_t kind, uk_word address, uint32_t access)
{
    struct world world = {0};
    world_open(&world, NULL);
    told = 0;
    struct uk_task task = world_task(&world, "guilty", entry, argument, 10);
    struct uk_task other = world_task(&world, "innocent", innocent, 0, 10);
    world_start(&world, &task);
    world_start(&world, &other);
    world_run(&world, UK_RUN_IDLE);
    world_faulted(&world, kind, address, access);
    assert_int_equal(world_state(&world, &task), UK_THREAD_STOPPED);
    assert_int_equal(world_state(&world, &other), UK_THREAD_DEAD);
    assert_int_equal(told, 1);
    world_close(&world);
}

static uk_word reads(uk_word address) { return load_raw(address); }
static uk_word writes(uk_word address) { return store_raw(address, 1), 0; }
static uk_word jumps(uk_word address)
{
    __asm__ volatile("call *%0" : : "r"(address) : "memory");
    return 0;
}

/* Valgrind rightly reports what these do. */
static void wild_pointers(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND)
        skip();
    one_fault(reads, 0, UK_FAULT_PAGE, 0, UK_RIGHT_READ);
    one_fault(writes, 0x1234, UK_FAULT_PAGE, 0x1234, UK_RIGHT_WRITE);
    one_fault(jumps, 0, UK_FAULT_PAGE, 0, UK_RIGHT_EXECUTE);
    one_fault(jumps, 0x1000, UK_FAULT_PAGE, 0x1000, UK_RIGHT_EXECUTE);
    one_fault(writes, (uk_word)1 << 63, UK_FAULT_PAGE, UK_FOREVER, UK_RIGHT_READ); /* the host does not say where */
}

static uk_word illegal(uk_word unused)
{
    __asm__ volatile("ud2");
    return unused;
}

static uk_word divides(uk_word zero)
{
    uint32_t high = 0, low = 1;
    __asm__ volatile("divl %2" : "+a"(low), "+d"(high) : "r"((uint32_t)zero) : "cc");
    return low;
}

static void instructions_and_arithmetic(void **state)
{
    (void)state;
    if (!RUNNING_ON_VALGRIND)
        one_fault(illegal, 0, UK_FAULT_INSTRUCTION, 0, 0);
    one_fault(divides, 0, UK_FAULT_ARITHMETIC, 0, 0);
}

static uk_word loses_stack(uk_word address)
{
    __asm__ volatile("mov %0, %%rsp\n\tpush %%rax" : : "r"(address) : "memory");
    return 0;
}

static void broken_stacks(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND)
        skip();
    one_fault(loses_stack, 0x108, UK_FAULT_PAGE, 0x100, UK_RIGHT_WRITE);
}

static volatile uk_word depth_limit = UK_FOREVER; /* volatile: no compiler may find out that this never ends */

static uk_word recurses(uk_word depth)
{
    volatile unsigned char room[512];
    room[0] = (unsigned char)depth;
    return depth == depth_limit ? 0 : recurses(depth + 1) + room[0];
}

static void a_stack_overflow_hits_a_guard(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    told = 0;
    struct uk_task task = world_task(&world, "deep", recurses, 0, 10);
    struct uk_task other = world_task(&world, "innocent", innocent, 0, 10);
    world_start(&world, &task);
    world_start(&world, &other);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(world.fault_count, 1);
    assert_int_equal(world.faults[0].kind, UK_FAULT_PAGE);
    assert_in_range(world.faults[0].address, task.buffer - 65 * 1024 - UK_PAGE, task.buffer - 64 * 1024);
    assert_int_equal(told, 1);
    world_close(&world);
}

/* The embedder's side. --------------------------------------------------------------------------------------------- */

static unsigned char *closed_page; /* of the host, not of any window */
static volatile int handled;

static void open_page(int number, siginfo_t *info, void *frame)
{
    (void)number, (void)frame;
    handled++;
    if (info->si_code > 0)
        mprotect(closed_page, UK_PAGE, PROT_READ | PROT_WRITE);
}

static void touch_in_hook(struct world *world, const struct uk_event *event)
{
    (void)world;
    if (event->kind == UK_EVENT_ENTRY && event->operation == UK_CLOCK)
        store_raw((uk_word)(uintptr_t)closed_page, 3);
}

static uk_word asks_time(uk_word unused)
{
    (void)unused;
    told = uk_clock() > 0;
    return 0;
}

static struct sigaction handler_now(int number)
{
    struct sigaction action;
    assert_int_equal(sigaction(number, NULL, &action), 0);
    return action;
}

static void embedder_faults_reach_its_own_handler(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND)
        skip();
    struct sigaction before, ours = {.sa_sigaction = open_page, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &ours, &before);
    closed_page = mmap(NULL, UK_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handled = 0;
    struct world world = {.hook = touch_in_hook};
    world_open(&world, NULL);
    struct uk_task task = world_task(&world, "asks", asks_time, 0, 10);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(handled, 1);
    assert_int_equal(closed_page[0], 3);
    assert_int_equal(told, 1);
    assert_int_equal(world.fault_count, 0);
    world_close(&world);
    munmap(closed_page, UK_PAGE);
    sigaction(SIGSEGV, &before, NULL);
}

static uk_word raises(uk_word unused)
{
    (void)unused;
    raise(SIGFPE);
    told = 5;
    return 0;
}

static void sent_signals_reach_the_old_handler(void **state)
{
    (void)state;
    struct sigaction before, ours = {.sa_sigaction = open_page, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &ours, &before);
    handled = 0;
    struct world world = {0};
    world_open(&world, NULL);
    struct uk_task task = world_task(&world, "raises", raises, 0, 10);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(handled, 1);
    assert_int_equal(told, 5);
    world_close(&world);
    sigaction(SIGFPE, &before, NULL);
}

static void nothing_stays_installed(void **state)
{
    (void)state;
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    struct sigaction before[4];
    stack_t stack_before, stack_after;
    sigset_t mask_before, mask_after, blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGSEGV);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &mask_before);
    sigaltstack(NULL, &stack_before);
    for (int i = 0; i < 4; i++)
        before[i] = handler_now(numbers[i]);
    struct sigaction timer_before = handler_now(SIGRTMAX - 1);
    one_fault(divides, 0, UK_FAULT_ARITHMETIC, 0, 0);
    for (int i = 0; i < 4; i++)
        assert_true(handler_now(numbers[i]).sa_sigaction == before[i].sa_sigaction);
    assert_true(handler_now(SIGRTMAX - 1).sa_sigaction == timer_before.sa_sigaction);
    sigaltstack(NULL, &stack_after);
    assert_int_equal(stack_after.ss_flags, stack_before.ss_flags);
    if (!(stack_before.ss_flags & SS_DISABLE))
        assert_ptr_equal(stack_after.ss_sp, stack_before.ss_sp);
    pthread_sigmask(SIG_BLOCK, NULL, &mask_after);
    assert_int_equal(sigismember(&mask_after, SIGSEGV), 1);
    assert_memory_equal(&mask_after, &mask_before, 8);
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wild_pointers),
        cmocka_unit_test(instructions_and_arithmetic),
        cmocka_unit_test(broken_stacks),
        cmocka_unit_test(a_stack_overflow_hits_a_guard),
        cmocka_unit_test(embedder_faults_reach_its_own_handler),
        cmocka_unit_test(sent_signals_reach_the_old_handler),
        cmocka_unit_test(nothing_stays_installed),
    };
    return cmocka_run_group_tests_name("machine/faults", tests, NULL, NULL);
}
