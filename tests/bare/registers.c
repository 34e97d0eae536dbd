/* SPDX-License-Identifier: MIT */
/* Registers: what the kernel keeps, what it clears, and that nobody ever sees what another thread computed. */
#include <string.h>

#include "faults.h"
#include "player.h"

/* New threads. ------------------------------------------------------------------------------------------------------- */

static int is_new(const struct probe *probe, const struct uk_task *task)
{
    unsigned found = 0;
    for (unsigned i = 1; i < PROBE_REGISTERS; i++)
        found += i != RA && i != SP && i != A0 && probe->out[i] != 0;
    return found == 0 && probe->out[A0] == (uk_word)probe && probe->out[SP] == task->buffer;
}

static uk_word spin_full(uk_word probe)
{
    probe_spin_tp((struct probe *)probe);
    return 0;
}

static void new_thread(void)
{
    static struct probe probe;
    struct uk_task task = {.name = "new", .entry = probe_begin, .argument = (uk_word)&probe, .priority = 10};
    memset(&probe, 0xff, sizeof probe);
    player_begin(0);
    bare_spawn(&task);
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
    player_line(is_new(&probe, &task), "a new thread finds its argument, its stack, the end of tasks, and zeros");
}

/* Stopped in the middle of its work, with all registers full. */
static void begun_anew(void)
{
    static struct probe full, probe;
    struct uk_task task = {.name = "anew", .entry = spin_full, .argument = (uk_word)&full, .priority = 10};
    memset(full.in, 0x5e, sizeof full.in);
    memset(&probe, 0xff, sizeof probe);
    player_begin(1);
    bare_spawn(&task);
    (void)uk_run(bare_kernel, bare_now() + 1000000, 0);
    enum uk_status status = bare_ask(UK_THREAD_SUSPEND, task.thread, 0);
    if (status == UK_OK)
        status = bare_ask(UK_THREAD_REGISTERS, task.thread, (uk_word)probe_begin, task.buffer, (uk_word)&probe);
    bare_need(status == UK_OK, "a thread gets other registers");
    bare_resume(&task);
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
    player_line(is_new(&probe, &task) && full.out[T6] == 0 && full.out[T5] == 0, "a thread that begins anew finds the same");
}

/* Operations. -------------------------------------------------------------------------------------------------------- */

static void operations(void)
{
    static const struct {
        const char *name;
        uk_word operation, handle, status;
        void (*prepare)(struct player *);
    } rows[] = {
        {"yield keeps sp, gp, tp, s0 and clears the rest", UK_YIELD, 0, UK_OK, NULL},
        {"a number that is no operation", 200, 0, UK_BAD_OPERATION, NULL},
        {"a handle of nothing", UK_SIGNAL, 30, UK_EMPTY_SLOT, NULL},
        {"a handle beyond all", UK_SIGNAL, 3000, UK_BAD_HANDLE, NULL},
        {"a signal", UK_SIGNAL, BELL, UK_OK, NULL},
        {"a wait that ends at its deadline", UK_WAIT, BELL, UK_TIMED_OUT, player_wait_a_little},
        {"a receive that ends at its deadline", UK_RECEIVE, DOOR, UK_TIMED_OUT, player_wait_a_little},
        {"a call that nobody takes", UK_CALL, DOOR, UK_TIMED_OUT, player_wait_a_little},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct player player;
        player = (struct player){.name = rows[i].name, .secret = 0x5ec1e7, .enter = PLAYER_CALLS, .calls = 1,
                                 .prepare = rows[i].prepare, .operation = rows[i].operation, .first = rows[i].operation,
                                 .handle = rows[i].handle, .status = rows[i].status, .rounds = ROUNDS};
        player_begin(0);
        player_spawn(&player, 10);
        player_finish(rows[i].name, (struct player *const[]){&player}, 1);
    }
}

/* Between threads. ---------------------------------------------------------------------------------------------------- */

static struct player left, right;

static void pair(uk_word left_operation, uk_word right_first, uk_word right_operation, uk_word handle)
{
    left = (struct player){.name = "left", .secret = 0x1ef7, .foreign = {0x419417}, .enter = PLAYER_CALLS, .calls = 1,
                           .rounds = ROUNDS, .first = left_operation, .operation = left_operation, .handle = handle,
                           .status = UK_OK};
    right = (struct player){.name = "right", .secret = 0x419417, .foreign = {0x1ef7}, .enter = PLAYER_CALLS, .calls = 1,
                            .first = right_first, .operation = right_operation, .handle = handle, .status = UK_OK};
    right.rounds = ROUNDS + (right_operation == UK_REPLY_RECEIVE); /* a server waits once more, for ever */
}

static struct player *const both[] = {&left, &right};

/* A server that has no time of its own is reached by the fast path. */
static void messages(int passive)
{
    player_begin(0);
    pair(UK_CALL, UK_RECEIVE, UK_REPLY_RECEIVE, DOOR);
    player_spawn(&right, 20);
    if (passive) {
        (void)uk_run(bare_kernel, UK_FOREVER, 0);
        bare_need(bare_ask(UK_SCHED_UNBIND, right.task.sched_context, 0) == UK_OK, "a server becomes passive");
    }
    player_spawn(&left, 10);
    player_finish(passive ? "a call to a passive server and its answer bring only the message" :
                     "a call to an active server and its answer bring only the message", both, 2);
}

static void signals(void)
{
    player_begin(0);
    pair(UK_SIGNAL, UK_WAIT, UK_WAIT, BELL);
    player_spawn(&right, 20);
    player_spawn(&left, 10);
    player_finish("a signal brings only its bits", both, 2);
}

static void yields(void)
{
    player_begin(0);
    pair(UK_YIELD, UK_YIELD, UK_YIELD, 0);
    player_spawn(&right, 10);
    player_spawn(&left, 10);
    player_finish("a yield brings nothing", both, 2);
}

void registers_main(void)
{
    new_thread();
    begun_anew();
    operations();
    messages(0);
    messages(1);
    signals();
    yields();
    kept_main();
}
