/* SPDX-License-Identifier: MIT */
/* HY-2: a resident server's crash is the system's: the run ends, says whose fault it was, and only the embedder lives on. */
#include "world.h"

#include <signal.h>
#include <string.h>

enum { RESIDENT = 20 };

static volatile uk_word told;

static enum uk_status crash(void *context, struct uk_resident_call *call)
{
    (void)context;
    size_t bytes;
    unsigned char *view = uk_resident_view(call, 0, UK_RIGHT_WRITE, &bytes);
    switch (call->word[0]) {
    case 0:
        return UK_OK;
    case 1:
        return (enum uk_status)load_raw(64);
    case 2:
        return store_raw(64, 1), UK_OK;
    case 3:
        __asm__ volatile("ud2");
        return UK_OK;
    case 4: {
        uint32_t high = 0, low = 1;
        __asm__ volatile("divl %2" : "+a"(low), "+d"(high) : "r"(0) : "cc");
        return UK_OK;
    }
    case 5:
        return (enum uk_status)UK_STATUS_COUNT; /* no crash, but a promise broken */
    case 6:
        call->word[0] = (uk_word)(uintptr_t)view; /* what user code could do with it, a resident can, too */
        return UK_OK;
    default: /* an operation from inside the kernel: there is no user code that it could come back to */
        uk_yield();
        return UK_OK;
    }
}

static uk_word asks(uk_word how)
{
    uk_word words[UK_REGISTER_WORDS] = {0}, payload[4] = {0};
    if (uk_resident_ask(RESIDENT, words, payload, sizeof payload) == UK_OK)
        told++;
    words[0] = how;
    (void)uk_resident_ask(RESIDENT, words, payload, sizeof payload);
    told++;
    return 0;
}

static void one_crash(uk_word how, const char *words)
{
    static const struct uk_resident server = {.name = "glass", .function = crash, .bound_ns = 100};
    const struct uk_config change = {.residents = &server, .resident_count = 1};
    struct world world = {0}, other = {0};
    struct uk_counters before;
    world_open(&other, NULL);
    world_open(&world, &change);
    told = 0;
    struct uk_task task = world_task(&world, "client", asks, how, 10);
    world_give(&world, &task, RESIDENT, UK_SLOT_FIRST_FREE);
    world_start(&world, &task);
    assert_int_equal(uk_run(world.kernel, UK_FOREVER, 0), UK_RUN_PANIC);
    assert_int_equal(told, 1);
    assert_non_null(strstr(uk_panic_text(world.kernel), words));
    assert_int_equal(world.fault_count, 0); /* it is no thread's fault */
    uk_counters(world.kernel, &before);
    assert_int_equal(uk_run(world.kernel, UK_FOREVER, 0), UK_RUN_PANIC); /* and there is no way back */
    struct uk_task another = world_task(&other, "innocent", asks, 0, 10); /* without a resident, in a healthy kernel */
    world_start(&other, &another);
    world_run(&other, UK_RUN_IDLE);
    world_close(&world);
    world_close(&other);
}

static volatile sig_atomic_t chained;
static void note_signal(int number) { chained = number; }

static void crashes_are_told_by_name(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND)
        skip();
    struct sigaction mine = {.sa_handler = note_signal}, before, after;
    assert_int_equal(sigaction(SIGSEGV, &mine, &before), 0);
    for (uk_word how = 1; how <= 4; how++)
        one_crash(how, "a crash in the resident server \"glass\"");
    one_crash(7, "a crash in the resident server \"glass\"");
    assert_int_equal(sigaction(SIGSEGV, &before, &after), 0);
    assert_ptr_equal(after.sa_handler, note_signal); /* handlers are back, and nobody else was bothered */
    assert_int_equal(chained, 0);
}

static void a_status_that_is_none(void **state)
{
    (void)state;
    one_crash(5, "status < UK_STATUS_COUNT");
}

/* Its memory is the caller's own page, wherever that is mapped for user code. */
static uk_word looks(uk_word unused)
{
    (void)unused;
    uk_word words[UK_REGISTER_WORDS] = {6}, payload[1] = {0};
    enum uk_status status = uk_resident_ask(RESIDENT, words, payload, sizeof payload);
    return status == UK_OK && words[0] != 0;
}

static void views_are_of_the_callers_memory(void **state)
{
    static const struct uk_resident server = {.name = "glass", .function = crash};
    const struct uk_config change = {.residents = &server, .resident_count = 1};
    struct world world = {0};
    (void)state;
    world_open(&world, &change);
    struct uk_task task = world_task(&world, "client", looks, 0, 10);
    world_give(&world, &task, RESIDENT, UK_SLOT_FIRST_FREE);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    struct uk_call code = {UK_THREAD_INSPECT, task.thread, 0, {1}, 0, 0, 0};
    assert_int_equal(uk_root(world.kernel, &code), UK_OK);
    assert_int_equal(code.word[4], 1);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashes_are_told_by_name),
        cmocka_unit_test(a_status_that_is_none),
        cmocka_unit_test(views_are_of_the_callers_memory),
    };
    return cmocka_run_group_tests_name("machine/resident", tests, NULL, NULL);
}
