/* SPDX-License-Identifier: MIT */
/* System calls with garbage in every register: each is answered with a status and nothing else, and everyone lives. */
#include <stdio.h>
#include <string.h>

#include "bare.h"
#include "faults.h"
#include "misdeeds.h"
#include "probe.h"

enum {
    CALLS = 100,    /* of one task */
    TASKS = 80,     /* of each kind */
    RICH_SLOTS = 14 /* in the CNode of a rich task, beside its own four */
};

static struct {
    uk_word seed;
    unsigned calls, strange;
    struct probe probe;
    /* The first strange thing; tasks cannot print. */
    const char *what;
    unsigned call, number;
    struct probe seen;
} garbage;

/* Values that are at the edge of something. */
static uk_word interesting(void)
{
    static const uk_word values[] = {
        0, 1, 7, 8, 63, 64, 127, 128, 255, 256, 4095, 4096, 0x7fffffff, 0x80000000, 0xffffffff, (uk_word)1 << 32,
        ((uk_word)1 << 32) + 3, (uk_word)1 << 62, (uk_word)1 << 63, ~(uk_word)0, ~(uk_word)0 - 1, CODE_PAGE, DATA_PAGE,
        OTHER_PAGE, DIRECT, DIRECT + 0x80200000, (uk_word)1 << 47, (uk_word)255 << 39, ((uk_word)255 << 39) - 4096,
    };
    uk_word draw = bare_random(&garbage.seed);
    switch (draw >> 60) {
    case 0:
        return bare_random(&garbage.seed);
    case 1:
        return draw % 97 << draw / 97 % 64;
    case 2:
    case 3:
    case 4:
        return UK_TAG(draw % 50, draw / 50 % 128, draw / 6400 % 8);
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
        return draw % 22; /* a slot, a small number */
    default:
        return values[draw % (sizeof values / sizeof values[0])];
    }
}

static void strange(const char *what, unsigned number)
{
    if (garbage.strange++ != 0)
        return;
    garbage.what = what;
    garbage.call = garbage.calls;
    garbage.number = number;
    memcpy(&garbage.seen, &garbage.probe, sizeof garbage.seen);
}

static void tell_strange(void)
{
    const struct probe *seen = &garbage.seen;
    printf("  WRONG: call %u: %s (x%u was %lx, is %lx; operation %lx, handle %lx, status %lx)\n", garbage.call, garbage.what,
           garbage.number, (unsigned long)seen->in[garbage.number], (unsigned long)seen->out[garbage.number],
           (unsigned long)seen->in[A0], (unsigned long)seen->in[A1], (unsigned long)seen->out[A0]);
}

static int is_kept(unsigned number) { return number == SP || number == GP || number == TP || number == S0; }
static int is_result(unsigned number) { return (number >= A0 && number <= A7) || number == T0; }

/* A query that finds nothing tells the space's size; an operation that may send before it receives, whether it has. */
static int tells_when_failed(uk_word operation, unsigned number)
{
    if (operation == UK_PORT_RECEIVE || operation == UK_PORT_SET_RECEIVE || operation == UK_PORT_EXCHANGE)
        return number == A2;
    return operation == UK_SPACE_QUERY;
}

/* A status, registers that are kept, zeros in the rest; and a call that failed has left its words alone. */
static void judge(unsigned base)
{
    const struct probe *probe = &garbage.probe;
    if (probe->out[A0] >= UK_STATUS_COUNT)
        strange("the answer is no status", A0);
    for (unsigned i = 1; i < PROBE_REGISTERS; i++) {
        if (is_kept(i) && i != base && probe->out[i] != probe->in[i])
            strange("a register is not kept", i);
        else if (!is_kept(i) && !is_result(i) && probe->out[i] != 0)
            strange("a register is not cleared", i);
        else if (is_result(i) && i != A0 && probe->out[A0] != UK_OK && probe->out[i] != probe->in[i] &&
                 !tells_when_failed(probe->in[A0] & ~UK_FILTERED, i))
            strange("an argument is not as it was", i);
    }
}

static uk_word garbage_task(uk_word calls)
{
    for (uk_word i = 0; i < calls; i++) {
        for (unsigned number = 1; number < PROBE_REGISTERS; number++)
            garbage.probe.in[number] = interesting();
        uk_word draw = bare_random(&garbage.seed);
        if (draw % 8 != 0)
            garbage.probe.in[A0] = draw / 8 % (UK_OPERATION_COUNT + 2) | (draw >> 60 == 0 ? UK_FILTERED : 0);
        if ((garbage.probe.in[A0] & ~UK_FILTERED) == UK_EXIT)
            continue; /* that ends it, whatever the rest */
        garbage.calls++;
        (i % 2 == 0 ? probe_call_tp : probe_call_s0)(&garbage.probe);
        judge(i % 2 == 0 ? TP : S0);
    }
    return 0;
}

static void enrich(const struct uk_task *task)
{
    static const struct {
        uint32_t type;
        uk_word size;
    } riches[RICH_SLOTS] = {
        {UK_TYPE_UNTYPED, 16 * UK_PAGE}, {UK_TYPE_CNODE, 16}, {UK_TYPE_FRAME, UK_PAGE}, {UK_TYPE_FRAME, UK_PAGE},
        {UK_TYPE_SPACE, 0}, {UK_TYPE_THREAD, 0}, {UK_TYPE_SCHED_CONTEXT, 0}, {UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0},
        {UK_TYPE_NOTIFICATION, 0}, {UK_TYPE_TIMER, 0}, {UK_TYPE_ENDPOINT, UK_ORDER_ARRIVAL},
        {UK_TYPE_PORT, UK_PORT_SIZE(4, 4)}, {UK_TYPE_PORT_SET, 0},
    };
    for (unsigned i = 0; i < RICH_SLOTS; i++)
        bare_grant(task, UK_SLOT_SCHED + 1 + i, bare_make(riches[i].type, riches[i].size), UK_RIGHTS_ALL, 0);
}

static void impoverish(const struct uk_task *task)
{
    for (uk_handle slot = UK_SLOT_CNODE; slot <= UK_SLOT_SCHED; slot++)
        (void)bare_ask(UK_CAPABILITY_DELETE, task->cnode, slot);
}

/* One task, for as long as it lasts; then everything of it is deleted. */
static void play(int rich)
{
    struct uk_task task = {.name = "garbage", .entry = garbage_task, .argument = CALLS, .priority = 30, .suspended = 1};
    bare_spawn(&task);
    (rich ? enrich : impoverish)(&task);
    bare_resume(&task);
    if (uk_run(bare_kernel, UK_FOREVER, 2 * CALLS) != UK_RUN_ENTRIES)
        printf("  WRONG: the machine did not run on\n");
    if (!rich && bare_state(&task) != UK_THREAD_DEAD)
        printf("  WRONG: a task did not come to its end\n");
    (void)bare_check("after garbage");
    bare_unmake(task.own_space);
    (void)bare_check("when it is gone");
}

void garbage_main(void)
{
    garbage.seed = 20240;
    for (int rich = 0; rich < 2; rich++) {
        garbage.calls = garbage.strange = 0;
        for (unsigned i = 0; i < TASKS; i++)
            play(rich);
        printf("%u tasks with %s in their CNodes make system calls with garbage in all registers: %s\n", TASKS,
               rich ? "everything" : "nothing", garbage.calls < (rich ? 1000 : 7000) ? "TOO FEW" : "thousands");
        printf("each was answered with a status and nothing else: %s\n", garbage.strange == 0 ? "yes" : "NO");
        if (garbage.strange != 0)
            tell_strange();
    }
}
