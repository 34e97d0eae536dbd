/* SPDX-License-Identifier: MIT */
/* Direct calls with a kernel: a crash or a loop in the callee becomes an error of the call, and nothing is lost. SA-2. */
#include "world.h"

#include <string.h>

#include <ukern/direct.h>

enum { BLOCK = 256, BLOCKS = 16, TYPE = 1, CLIENT_THREAD = 20, STACK = 65536 };
enum { FINE, READ, WRITE, ILLEGAL, DIVIDE, LOOP, YIELD_LOOP, OVERFLOW, INNER, CRASH_LATER, METHODS };

static _Alignas(64) unsigned char memory[BLOCKS * (BLOCK + sizeof(struct uk_holding)) + 64];
static struct uk_direct direct;
static struct uk_direct_thread client;
static struct uk_direct_proxy to_b, to_c;
static uint32_t a, b, c;

static struct {
    volatile uint32_t status, again, inner, unwound, finished, moved, locals;
} seen;

static enum uk_status fine(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)state;
    uk_block own;
    uk_yield();
    uk_word *word = uk_direct_use(self, message->moved);
    if (word != NULL)
        ++*word;
    enum uk_status status = uk_direct_take(self, &own);
    uk_yield();
    if (status == UK_OK)
        status = uk_direct_drop(self, own);
    uk_yield();
    return status;
}

static enum uk_status read_wild(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)state, (void)message;
    uk_block own;
    (void)uk_direct_take(self, &own);
    return (enum uk_status)load_raw(64);
}

static enum uk_status write_wild(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state, (void)message;
    store_raw(64, 1);
    return UK_OK;
}

static enum uk_status illegal(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state, (void)message;
    __asm__ volatile("ud2");
    return UK_OK;
}

static enum uk_status divide(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    uint32_t high = 0, low = 1;
    (void)self, (void)state, (void)message;
    __asm__ volatile("divl %2" : "+a"(low), "+d"(high) : "r"(0) : "cc");
    return UK_OK;
}

static enum uk_status loop(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state;
    while (message != NULL)
        __asm__ volatile("" ::: "memory");
    return UK_OK;
}

static enum uk_status yield_loop(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state;
    while (message != NULL)
        uk_yield();
    return UK_OK;
}

static enum uk_status overflow(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state, (void)message;
    for (uk_word at = (uk_word)(uintptr_t)__builtin_frame_address(0) - 256; at != 0; at -= 64)
        store_raw(at, 0); /* as a recursion without end does, down to where no stack is */
    return UK_OK;
}

/* B asks C for what w0 says, and lives on whatever becomes of C. */
static enum uk_status ask_inner(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)state;
    struct uk_direct_message below = {.moved = message->moved};
    uk_yield();
    seen.inner = (uint32_t)uk_direct_call(self, &to_c, (uint32_t)message->word[0], &below);
    uk_yield();
    message->moved = below.moved;
    if (message->word[1] != 0)
        return (enum uk_status)load_raw(64); /* and then dies itself */
    return UK_OK;
}

static const uk_direct_method methods[METHODS] = {
    [FINE] = fine,   [READ] = read_wild, [WRITE] = write_wild,       [ILLEGAL] = illegal,   [DIVIDE] = divide,
    [LOOP] = loop,   [YIELD_LOOP] = yield_loop, [OVERFLOW] = overflow, [INNER] = ask_inner, [CRASH_LATER] = ask_inner};
static const struct uk_direct_interface interface = {TYPE, METHODS, methods, NULL};

static void direct_begin(void)
{
    memset(&direct, 0, sizeof direct);
    memset((void *)&seen, 0, sizeof seen);
    assert_int_equal(uk_exchange_begin(&direct.heap, memory, sizeof memory, BLOCK), BLOCKS);
    a = uk_direct_domain(&direct, NULL, NULL);
    b = uk_direct_domain(&direct, &interface, NULL);
    c = uk_direct_domain(&direct, &interface, NULL);
    assert_int_equal(uk_direct_bind(&direct, b, TYPE, &to_b), UK_OK);
    assert_int_equal(uk_direct_bind(&direct, c, TYPE, &to_c), UK_OK);
}

/* User: one call that ends badly, then a good one of the next incarnation. */
static uk_word calls(uk_word order)
{
    volatile uk_word local[4] = {1, 2, 3, 4};
    struct uk_direct_message message = {.word = {order >> 8 & 255, order >> 16}};
    client = uk_direct_attach(&direct, a, (uk_word)(uintptr_t)__builtin_frame_address(0) - STACK / 2);
    (void)uk_direct_take(&client, &message.moved);
    seen.status = (uint32_t)uk_direct_call(&client, &to_b, (uint32_t)order & 255, &message);
    seen.moved = uk_direct_use(&client, message.moved) != NULL;
    seen.locals = local[0] == 1 && local[1] == 2 && local[2] == 3 && local[3] == 4;
    struct uk_direct_message next = {.word = {0}};
    if (direct.domains[b].generation % 2 == 0)
        uk_direct_restart(&direct, b, &interface, NULL);
    struct uk_direct_proxy fresh;
    if (uk_direct_bind(&direct, b, TYPE, &fresh) == UK_OK)
        seen.again = (uint32_t)uk_direct_call(&client, &fresh, FINE, &next);
    seen.finished++;
    return 0;
}

/* User, in the same space: faults come here as calls, and go back to the proxy. */
static uk_word supervises(uk_word unused)
{
    struct uk_message message = uk_message(0, 0);
    (void)unused;
    while (uk_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER) == UK_OK) {
        uint32_t kind = UK_TAG_LABEL(message.tag);
        enum uk_status why = kind == UK_FAULT_TIMEOUT || kind == UK_FAULT_RUNAWAY ? UK_TIMED_OUT : UK_PEER_DIED;
        seen.unwound += uk_direct_unwind(&client, CLIENT_THREAD, why) == UK_OK;
        message = uk_message(0, 0);
    }
    return 0;
}

struct stage {
    struct world world;
    struct uk_task task, supervisor;
};

static void stage_open(struct stage *stage, uk_entry entry, uk_word order, uk_time budget)
{
    const struct uk_config change = {.runaway_ms = 50};
    memset(stage, 0, sizeof *stage);
    world_open(&stage->world, &change);
    direct_begin();
    stage->task = (struct uk_task){.name = "client", .entry = entry, .argument = order, .priority = 10, .suspended = 1,
                                   .stack_bytes = STACK, .budget_ns = budget, .period_ns = budget * 10};
    assert_int_equal(uk_spawn(stage->world.kernel, &stage->task), UK_OK);
    stage->supervisor = (struct uk_task){.name = "supervisor", .entry = supervises, .priority = 20, .suspended = 1,
                                         .space = stage->task.own_space};
    assert_int_equal(uk_spawn(stage->world.kernel, &stage->supervisor), UK_OK);
    world_give(&stage->world, &stage->supervisor, SLOT_ENDPOINT, stage->world.endpoint);
    world_give(&stage->world, &stage->supervisor, SLOT_REPLY, stage->world.reply);
    world_give(&stage->world, &stage->supervisor, CLIENT_THREAD, stage->task.thread);
    struct uk_call call = {.operation = UK_THREAD_CONFIGURE, .handle = stage->task.thread,
                           .word = {0, 0, stage->world.endpoint, 0, UK_THREAD_FAULT_ON_TIMEOUT,
                                    UK_PART_FAULT | UK_PART_FLAGS}};
    assert_int_equal(uk_root(stage->world.kernel, &call), UK_OK);
}

/* The dead own nothing, the living what they know of, nothing is lent, and the kernel is sound. */
static void settled(const struct stage *stage)
{
    char text[256];
    for (uint32_t domain = b; domain <= c; domain++)
        assert_int_equal(uk_exchange_count(&direct.heap, domain), 0);
    assert_int_equal(uk_exchange_count(&direct.heap, a), seen.moved);
    assert_int_equal(uk_exchange_count(&direct.heap, 0), BLOCKS - seen.moved);
    assert_int_equal(direct.heap.scribbles, 0);
    assert_true(client.frame == NULL && uk_direct_here(&client) == a);
    if (uk_check(stage->world.kernel, text, sizeof text) != 0)
        fail_msg("%s", text);
}

static void one_call(uk_word order, uk_time budget, enum uk_status status, uint32_t unwound)
{
    struct stage stage;
    stage_open(&stage, calls, order, budget);
    world_start(&stage.world, &stage.supervisor);
    world_start(&stage.world, &stage.task);
    world_run(&stage.world, UK_RUN_IDLE);
    assert_int_equal(seen.status, status);
    assert_int_equal(seen.again, UK_OK);
    assert_int_equal(seen.finished, 1);
    assert_int_equal(seen.unwound, unwound);
    assert_int_equal(seen.locals, 1);
    assert_int_equal(world_state(&stage.world, &stage.task), UK_THREAD_DEAD); /* it ran to its end */
    settled(&stage);
    world_close(&stage.world);
}

static void calls_that_end_well(void **state)
{
    (void)state;
    one_call(FINE, 0, UK_OK, 0);
    one_call(INNER | FINE << 8, 0, UK_OK, 0);
}

static void crashes_become_errors(void **state)
{
    (void)state;
    if (!RUNNING_ON_VALGRIND) /* it reports what these do, rightly */
        for (uk_word method = READ; method <= ILLEGAL; method++)
            one_call(method, 0, UK_PEER_DIED, 1);
    one_call(DIVIDE, 0, UK_PEER_DIED, 1);
    if (!RUNNING_ON_VALGRIND)
        one_call(OVERFLOW, 0, UK_PEER_DIED, 1);
}

static void loops_become_errors(void **state)
{
    (void)state;
    one_call(LOOP, 0, UK_TIMED_OUT, 1);
    one_call(YIELD_LOOP, 3000, UK_TIMED_OUT, 1);
}

static void chains_end_where_they_broke(void **state)
{
    (void)state;
    one_call(INNER | DIVIDE << 8, 0, UK_OK, 1);
    assert_int_equal(seen.inner, UK_PEER_DIED);
    one_call(INNER | LOOP << 8, 0, UK_OK, 1);
    assert_int_equal(seen.inner, UK_TIMED_OUT);
    if (RUNNING_ON_VALGRIND)
        return;
    one_call(CRASH_LATER | FINE << 8 | 1 << 16, 0, UK_PEER_DIED, 1);
    assert_int_equal(seen.inner, UK_OK);
    one_call(CRASH_LATER | READ << 8 | 1 << 16, 0, UK_PEER_DIED, 2);
}

/* A fault at home is not a callee's: the thread stops, as without a supervisor. */
static uk_word faults_at_home(uk_word unused)
{
    (void)unused;
    client = uk_direct_attach(&direct, a, 0);
    return load_raw(64);
}

static void faults_at_home_are_ones_own(void **state)
{
    struct stage stage;
    (void)state;
    if (RUNNING_ON_VALGRIND)
        skip();
    stage_open(&stage, faults_at_home, 0, 0);
    world_start(&stage.world, &stage.supervisor);
    world_start(&stage.world, &stage.task);
    world_run(&stage.world, UK_RUN_IDLE);
    assert_int_equal(world_state(&stage.world, &stage.task), UK_THREAD_STOPPED);
    assert_int_equal(seen.unwound, 0);
    world_close(&stage.world);
}

/* The domain in the middle, or at the end, is killed before each kernel entry of the call, by whoever runs the kernel. */
static uint64_t killed_at(uint64_t entry, uint32_t (*who)(void))
{
    struct stage stage;
    uk_word words[3];
    stage_open(&stage, calls, INNER | FINE << 8, 0);
    world_start(&stage.world, &stage.supervisor);
    world_start(&stage.world, &stage.task);
    (void)uk_run(stage.world.kernel, UK_FOREVER, entry);
    uint32_t state = world_state(&stage.world, &stage.task);
    if (state == UK_THREAD_READY) {
        uk_direct_kill(&direct, who());
        world_do(&stage.world, UK_THREAD_SUSPEND, stage.task.thread, 0, 0, 0, 0, 0);
        if (client.world != NULL && uk_direct_way_out(&client, UK_PEER_DIED, words))
            world_do(&stage.world, UK_THREAD_REGISTERS, stage.task.thread, words[0], words[1], words[2], 0, 0);
        world_do(&stage.world, UK_THREAD_RESUME, stage.task.thread, 0, 0, 0, 0, 0);
        world_run(&stage.world, UK_RUN_IDLE);
    }
    assert_int_equal(seen.finished, 1);
    assert_true(seen.status == UK_OK || seen.status == UK_PEER_DIED);
    assert_true(seen.again == UK_OK || seen.again == UK_PEER_DIED);
    settled(&stage);
    world_close(&stage.world);
    return state == UK_THREAD_READY;
}

static uint32_t the_middle(void) { return b; }
static uint32_t the_end(void) { return c; }

static void killed_at_every_kernel_entry(void **state)
{
    (void)state;
    uint64_t entries = 0;
    memset(&client, 0, sizeof client);
    while (killed_at(entries + 1, the_middle))
        entries++;
    assert_in_range(entries, 8, 100);
    for (uint64_t i = 1; i <= entries; i++)
        (void)killed_at(i, the_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_end_well),         cmocka_unit_test(crashes_become_errors),
        cmocka_unit_test(loops_become_errors),         cmocka_unit_test(chains_end_where_they_broke),
        cmocka_unit_test(faults_at_home_are_ones_own), cmocka_unit_test(killed_at_every_kernel_entry),
    };
    return cmocka_run_group_tests_name("machine/direct", tests, NULL, NULL);
}
