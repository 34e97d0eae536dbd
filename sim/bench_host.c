/* SPDX-License-Identifier: MIT */
/* What the host offers for the same job, and the floor: both sides on one CPU, which is where these are fastest. */
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "sim/bench.h"

enum {
    STACK_BYTES = 64 * 1024,
    SAVED_REGISTERS = 6 /* by bench_floor_switch, below the return address */
};

void bench_floor_switch(void **save, void *const *load);

/* Two coroutines. ----------------------------------------------------------------------------------------------------- */

struct coroutines {
    void *here, *there; /* floor: stack pointers */
    ucontext_t main, other;
    _Alignas(64) unsigned char stack[STACK_BYTES];
};

static struct coroutines *partner_of; /* whom the partner serves: it begins without arguments */

static void floor_partner(void)
{
    struct coroutines *both = partner_of;
    for (;;)
        bench_floor_switch(&both->there, &both->here);
}

static void *floor_open(const struct bench_case *self)
{
    (void)self;
    struct coroutines *both = aligned_alloc(64, sizeof *both);
    if (both == NULL)
        return NULL;
    uintptr_t *saved = (uintptr_t *)(void *)(both->stack + STACK_BYTES - 64) - SAVED_REGISTERS;
    memset(saved, 0, SAVED_REGISTERS * sizeof *saved);
    saved[SAVED_REGISTERS] = (uintptr_t)floor_partner; /* once it is popped the stack is as after a call */
    both->there = saved;
    return both;
}

static bool floor_run(void *state, uint64_t count, struct bench_time *took)
{
    struct coroutines *both = partner_of = state;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count; i++)
        bench_floor_switch(&both->here, &both->there);
    *took = bench_since(begin);
    return true;
}

static void context_partner(void)
{
    struct coroutines *both = partner_of;
    for (;;)
        swapcontext(&both->other, &both->main);
}

static void *context_open(const struct bench_case *self)
{
    (void)self;
    struct coroutines *volatile kept = aligned_alloc(64, sizeof *kept); /* getcontext may return twice */
    if (kept == NULL || getcontext(&kept->other) != 0)
        return free(kept), NULL;
    struct coroutines *both = kept;
    both->other.uc_stack.ss_sp = both->stack;
    both->other.uc_stack.ss_size = sizeof both->stack;
    both->other.uc_link = NULL;
    makecontext(&both->other, context_partner, 0);
    return both;
}

static bool context_run(void *state, uint64_t count, struct bench_time *took)
{
    struct coroutines *both = partner_of = state;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count; i++)
        swapcontext(&both->main, &both->other);
    *took = bench_since(begin);
    return true;
}

/* Two processes. ------------------------------------------------------------------------------------------------------ */

struct processes {
    pid_t child;
    int ask[2], answer[2];  /* pipe or socket: [0] to read from, [1] to write to */
    _Atomic uint32_t *word; /* futex: 1: the child's turn; 0: the parent's */
};

static void echo_bytes(int from, int to)
{
    uint64_t word;
    while (read(from, &word, sizeof word) == sizeof word && write(to, &word, sizeof word) == sizeof word)
        continue;
}

static void await(_Atomic uint32_t *word, uint32_t value)
{
    while (atomic_load(word) != value)
        syscall(SYS_futex, word, FUTEX_WAIT, value ^ 1, NULL, NULL, 0);
}

static void pass(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store(word, value);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void child_main(struct processes *both)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (both->word != NULL) {
        await(both->word, 1);
        pass(both->word, 0);
    }
    echo_bytes(both->ask[0], both->answer[1]);
    _exit(0);
}

static void processes_close(void *state)
{
    struct processes *both = state;
    if (both->child > 0) {
        kill(both->child, SIGKILL);
        waitpid(both->child, NULL, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (both->ask[i] >= 0)
            close(both->ask[i]);
        if (both->answer[i] >= 0 && both->answer[i] != both->ask[1 - i])
            close(both->answer[i]);
    }
    if (both->word != NULL)
        munmap(both->word, UK_PAGE);
    free(both);
}

static struct processes *processes_new(void)
{
    struct processes *both = calloc(1, sizeof *both);
    if (both != NULL)
        both->ask[0] = both->ask[1] = both->answer[0] = both->answer[1] = -1;
    return both;
}

static void *processes_begin(struct processes *both, bool ready)
{
    if (ready)
        both->child = fork();
    if (ready && both->child == 0)
        child_main(both);
    if (ready && both->child > 0)
        return both;
    processes_close(both);
    return NULL;
}

static void *pipe_open(const struct bench_case *self)
{
    struct processes *both = processes_new();
    (void)self;
    return both != NULL ? processes_begin(both, pipe(both->ask) == 0 && pipe(both->answer) == 0) : NULL;
}

static void *socket_open(const struct bench_case *self)
{
    struct processes *both = processes_new();
    int pair[2] = {-1, -1};
    (void)self;
    if (both == NULL)
        return NULL;
    bool ready = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0;
    both->ask[1] = both->answer[0] = pair[0];
    both->ask[0] = both->answer[1] = pair[1];
    return processes_begin(both, ready);
}

static void *futex_open(const struct bench_case *self)
{
    struct processes *both = processes_new();
    (void)self;
    if (both == NULL)
        return NULL;
    void *page = mmap(NULL, UK_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    both->word = page != MAP_FAILED ? page : NULL;
    return processes_begin(both, both->word != NULL);
}

static bool bytes_run(void *state, uint64_t count, struct bench_time *took)
{
    struct processes *both = state;
    uint64_t word = 1;
    bool good = true;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count && good; i++)
        good = write(both->ask[1], &word, sizeof word) == sizeof word &&
               read(both->answer[0], &word, sizeof word) == sizeof word;
    *took = bench_since(begin);
    return good;
}

static bool futex_run(void *state, uint64_t count, struct bench_time *took)
{
    struct processes *both = state;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count; i++) {
        pass(both->word, 1);
        await(both->word, 0);
    }
    *took = bench_since(begin);
    return true;
}

const struct bench_case bench_host_cases[] = {
    {"floor_two_switches", "a bare coroutine switch in assembly, there and back", floor_open, floor_run, free, NULL,
     false},
    {"pipe_round_trip", "8 bytes through a pipe to another process, 8 back", pipe_open, bytes_run, processes_close,
     NULL, false},
    {"unix_socket_round_trip", "the same through a Unix socket pair", socket_open, bytes_run, processes_close, NULL,
     false},
    {"futex_round_trip", "wake another process by a futex and sleep until it wakes us", futex_open, futex_run,
     processes_close, NULL, false},
    {"ucontext_two_switches", "swapcontext, there and back", context_open, context_run, free, NULL, false},
};
const size_t bench_host_count = sizeof bench_host_cases / sizeof bench_host_cases[0];
