/* SPDX-License-Identifier: MIT */
/* What the host lends: several kernels share one process, and a host that refuses is answered, never crashed on. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/percent.h"

#define READ_WRITE (UK_RIGHT_READ | UK_RIGHT_WRITE)

static uk_word adds_calls(uk_word count)
{
    struct uk_message message = uk_message(0, 1);
    uk_word sum = 0;
    for (uk_word i = 0; i < count; i++) {
        message.tag = UK_TAG(0, 1, 0);
        message.word[0] = i;
        sum += uk_call(SLOT_ENDPOINT, &message, UK_FOREVER) == UK_OK ? message.word[0] : 0;
    }
    return sum;
}

static uk_word answers_plus_one(uk_word unused)
{
    (void)unused;
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        message.word[0]++;
        message.tag = UK_TAG(0, 1, 0);
        status = uk_reply_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    }
    return status;
}

/* One kernel of its own, some calls and page faults; 1 if everything came out right. Safe on any host thread. */
static int small_system(uk_word calls, uint32_t strict)
{
    struct uk_config config = {.run = 1, .arena_bytes = (uk_word)4 << 20, .spaces_max = 4, .threads_max = 4,
                               .window_bytes = (uk_word)16 << 20, .strict = strict};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    struct uk_kernel *kernel;
    if (memory == NULL || uk_boot(memory, bytes, &config, &kernel) != UK_OK) {
        free(memory);
        return 0;
    }
    struct uk_task server = {.name = "server", .entry = answers_plus_one, .priority = 20, .suspended = 1};
    struct uk_task client = {.name = "client", .entry = adds_calls, .argument = calls, .priority = 10, .suspended = 1};
    int good = uk_spawn(kernel, &server) == UK_OK && uk_spawn(kernel, &client) == UK_OK;
    uk_handle slots = uk_slots(kernel, 2);
    const struct uk_call setup[] = {
        {UK_RETYPE, UK_SLOT_UNTYPED, 0, {UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, slots, 1}, 0, 0, 0},
        {UK_RETYPE, UK_SLOT_UNTYPED, 0, {UK_TYPE_REPLY, 0, UK_SLOT_CNODE, slots + 1, 1}, 0, 0, 0},
        {UK_CAPABILITY_COPY, server.cnode, 0, {SLOT_ENDPOINT, slots, 0, UK_RIGHTS_ALL}, 0, 0, 0},
        {UK_CAPABILITY_COPY, server.cnode, 0, {SLOT_REPLY, slots + 1, 0, UK_RIGHTS_ALL}, 0, 0, 0},
        {UK_CAPABILITY_COPY, client.cnode, 0, {SLOT_ENDPOINT, slots, 0, UK_RIGHTS_ALL}, 0, 0, 0},
        {UK_THREAD_RESUME, server.thread, 0, {0}, 0, 0, 0},
        {UK_THREAD_RESUME, client.thread, 0, {0}, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof setup / sizeof setup[0]; i++) {
        struct uk_call call = setup[i];
        good = good && uk_root(kernel, &call) == UK_OK;
    }
    struct uk_thread_info info;
    struct uk_counters counters;
    good = good && uk_run(kernel, UK_FOREVER, 0) == UK_RUN_IDLE;
    good = good && uk_inspect_thread(kernel, client.thread, &info) == UK_OK && info.state == UK_THREAD_DEAD;
    uk_counters(kernel, &counters);
    good = good && counters.calls == calls && counters.faults == 0 && uk_check(kernel, NULL, 0) == 0;
    uk_destroy(kernel);
    free(memory);
    return good;
}

static void *many_systems(void *wrong)
{
    for (unsigned long i = 0; i < percent_of(60); i++)
        *(int *)wrong += !small_system(300, i & 1);
    return NULL;
}

static void kernels_run_on_several_host_threads(void **state)
{
    (void)state;
    pthread_t threads[3];
    int wrong[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_systems, &wrong[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(wrong[i], 0);
    }
}

static int nested_runs;

static void runs_another(struct world *world, const struct uk_event *event)
{
    (void)world;
    if (event->kind == UK_EVENT_SWITCH && event->thread != 0)
        nested_runs += small_system(20, 0);
}

static void a_hook_may_run_another_kernel(void **state)
{
    (void)state;
    struct world world = {.hook = runs_another};
    nested_runs = 0;
    world_open(&world, NULL);
    struct uk_task server = world_task(&world, "server", answers_plus_one, 0, 20);
    struct uk_task client = world_task(&world, "client", adds_calls, 5, 10);
    world_start(&world, &server);
    world_start(&world, &client);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(world_counters(&world).calls, 5);
    assert_true(nested_runs >= 10);
    world_close(&world);
}

static struct uk_kernel *own_kernel;
static volatile enum uk_run_end nested_end;

static uk_word runs_itself(uk_word unused)
{
    (void)unused;
    nested_end = uk_run(own_kernel, UK_FOREVER, 0);
    return 0;
}

static void a_task_may_not_run_a_kernel(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, NULL);
    own_kernel = world.kernel;
    struct uk_task task = world_task(&world, "runs", runs_itself, 0, 10);
    world_start(&world, &task);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(nested_end, UK_RUN_REFUSED);
    world_close(&world);
}

static uk_word does_nothing(uk_word unused) { return unused; }

static void windows_and_threads_run_out(void **state)
{
    (void)state;
    struct world world = {0};
    world_open(&world, &(struct uk_config){.spaces_max = 3, .threads_max = 2});
    struct uk_task one = world_task(&world, "one", does_nothing, 0, 10);
    struct uk_task two = world_task(&world, "two", does_nothing, 0, 10);
    struct uk_task three = {.name = "three", .entry = does_nothing, .priority = 10};
    assert_int_equal(uk_spawn(world.kernel, &three), UK_LIMIT); /* the first thread's space is the third */
    three.space = one.own_space;
    three.suspended = 1;
    assert_int_equal(uk_spawn(world.kernel, &three), UK_OK);
    world_start(&world, &one);
    world_start(&world, &two);
    struct uk_call resume = {UK_THREAD_RESUME, three.thread, 0, {0}, 0, UK_NOW, 0};
    assert_int_equal(uk_root(world.kernel, &resume), UK_LIMIT);
    world_run(&world, UK_RUN_IDLE);
    /* The dead give back what they held. */
    world_do(&world, UK_CAPABILITY_DELETE, UK_SLOT_CNODE, one.thread, 0, 0, 0, 0);
    world_do(&world, UK_CAPABILITY_DELETE, one.cnode, UK_SLOT_THREAD, 0, 0, 0, 0);
    world_do(&world, UK_THREAD_RESUME, three.thread, 0, 0, 0, 0, 0);
    world_run(&world, UK_RUN_IDLE);
    assert_int_equal(world_state(&world, &three), UK_THREAD_DEAD);
    world_close(&world);
}

static int open_files(void)
{
    int count = 0;
    for (int i = 0; i < 256; i++)
        count += fcntl(i, F_GETFD) != -1;
    return count;
}

static void boot_refused(struct uk_config config)
{
    struct uk_kernel *kernel;
    config.run = 1;
    config.arena_bytes = (uk_word)1 << 20;
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    assert_int_equal(uk_boot(memory, bytes, &config, &kernel), UK_REFUSED);
    free(memory);
}

static void a_refusing_host_is_answered(void **state)
{
    (void)state;
    int files = open_files();
    boot_refused((struct uk_config){.spaces_max = 1024, .window_bytes = (uk_word)1 << 40});
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 0;
    if (!RUNNING_ON_VALGRIND) { /* whose own files count too */
        setrlimit(RLIMIT_NOFILE, &none);
        boot_refused((struct uk_config){0});
        setrlimit(RLIMIT_NOFILE, &before);
    }
    assert_int_equal(open_files(), files);
    assert_int_equal(small_system(10, 0), 1);
}

/* Writes to every second page, so that no two can share a host mapping. */
static volatile uk_word told;

static uk_word touches_many(uk_word address)
{
    for (int lap = 0; lap < 2; lap++)
        for (uk_word i = 0; i < 200; i++)
            *(volatile uk_word *)(address + 2 * i * UK_PAGE) += i + 1;
    uk_word wrong = 0;
    for (uk_word i = 0; i < 200; i++)
        wrong += *(volatile uk_word *)(address + 2 * i * UK_PAGE) != 2 * (i + 1);
    told = wrong;
    return 0;
}

/* The host allows a process only so many mappings: the software TLB then starts again from nothing, and nobody notices. */
static void mappings_run_out(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND || WORLD_SANITIZED)
        skip(); /* their own mappings would be refused too */
    struct world world = {0};
    world_open(&world, NULL);
    told = 1;
    struct uk_task task = world_task(&world, "many", touches_many, 0, 10);
    uk_word room = world_room(&world, &task);
    for (uk_word i = 0; i < 200; i++)
        world_map(&world, &task, room + 2 * i * UK_PAGE, 1, READ_WRITE);
    world_begin_with(&world, &task, room);
    world_start(&world, &task);
    /* Take all mappings but a few dozen. */
    enum { PAGES = 1 << 18 };
    unsigned char *waste = mmap(NULL, PAGES * UK_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(waste != MAP_FAILED);
    size_t used = 0;
    while (used < PAGES && mprotect(waste + used * UK_PAGE, UK_PAGE, PROT_READ) == 0)
        used += 2;
    assert_true(used < PAGES);
    for (size_t i = 2; i < 40; i += 2)
        mprotect(waste + (used - i) * UK_PAGE, UK_PAGE, PROT_NONE);
    enum uk_run_end end = uk_run(world.kernel, UK_FOREVER, 0);
    munmap(waste, PAGES * UK_PAGE);
    assert_int_equal(end, UK_RUN_IDLE);
    assert_int_equal(world.fault_count, 0);
    assert_int_equal(told, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_run_on_several_host_threads),
        cmocka_unit_test(a_hook_may_run_another_kernel),
        cmocka_unit_test(a_task_may_not_run_a_kernel),
        cmocka_unit_test(windows_and_threads_run_out),
        cmocka_unit_test(a_refusing_host_is_answered),
        cmocka_unit_test(mappings_run_out),
    };
    return cmocka_run_group_tests_name("machine/host", tests, NULL, NULL);
}
