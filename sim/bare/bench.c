/* SPDX-License-Identifier: MIT */
/* Counts instructions on a bare machine: each run of a case is a freshly booted kernel, set up the same way as the last.
 * Words at boot: rounds=N, case=NAME (none: all). Prints "bench: NAME ROUNDS INSTRUCTIONS", for N rounds and for 2 N; what
 * a run costs beside its rounds is in both. A timer that struck would be in one of them only: so slices are longer than
 * any run, no deadline is set, and all numbers are the same each time. Who counts by mode may rely on this: user code runs
 * twice in each run, once up to where the server waits, then until the client has ended; main runs in the kernel's mode. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ukern/ukern.h>

enum {
    ROUNDS = 1000,
    FEW_ROUNDS = 1, /* of cases with children */
    ROOT_SLOTS = 256,
    ARENA_BYTES = 8 << 20,
    UNTYPED_BYTES = 1 << 16,
    BELOW_END = 1 << 20 /* nothing that uk_spawn maps is so near to the end of a space */
};
#define HOUR_NS ((uk_time)3600 * 1000000000)

/* One run of one case. Written by main, read by the tasks, but for the last two. */
struct run {
    struct uk_kernel *kernel;
    const struct bench_case *about;
    uk_word rounds;
    struct uk_task client, server;
    uk_handle endpoint;
    volatile enum uk_status status; /* UK_BUSY: the client has not come to its end */
    volatile uk_word instructions;
};

static enum uk_status ask(struct run *run, uint32_t operation, uk_handle handle, const uk_word words[UK_REGISTER_WORDS])
{
    struct uk_call call = {.operation = operation, .handle = handle, .deadline = UK_NOW};
    memcpy(call.word, words, sizeof call.word);
    return uk_root(run->kernel, &call);
}
#define ASK(run, operation, handle, ...) ask(run, operation, handle, (const uk_word[UK_REGISTER_WORDS]){__VA_ARGS__})

/* That this hart has completed, in every mode. */
static inline uk_word instructions(void)
{
    uk_word count;
    __asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
    return count;
}

static uk_word client_begin(uk_word address)
{
    struct run *run = (struct run *)address;
    uk_word begin = instructions();
    enum uk_status status = run->about->client(run->rounds);
    run->instructions = instructions() - begin;
    run->status = status;
    return 0;
}

static uk_word server_begin(uk_word address)
{
    const struct run *run = (const struct run *)address;
    return run->about->server != NULL ? (uk_word)run->about->server() : 0;
}

static enum uk_status copy_to(struct run *run, const struct uk_task *task, uint32_t slot, uk_handle handle)
{
    return ASK(run, UK_CAPABILITY_COPY, task->cnode, slot, handle, 0, UK_RIGHTS_ALL);
}

/* A new object for both tasks. */
static enum uk_status give(struct run *run, uint32_t type, uk_word size, uint32_t slot, uk_handle *made)
{
    *made = uk_slots(run->kernel, 1);
    enum uk_status status = ASK(run, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, *made, 1);
    if (status == UK_OK)
        status = copy_to(run, &run->client, slot, *made);
    return status == UK_OK ? copy_to(run, &run->server, slot, *made) : status;
}

static enum uk_status give_all(struct run *run)
{
    static const struct {
        uint32_t type, slot;
        uk_word size;
    } gifts[] = {{UK_TYPE_REPLY, BENCH_REPLY, 0},
                 {UK_TYPE_NOTIFICATION, BENCH_PING, 0},
                 {UK_TYPE_NOTIFICATION, BENCH_PONG, 0},
                 {UK_TYPE_FRAME, BENCH_FRAME, UK_PAGE},
                 {UK_TYPE_RING, BENCH_RING, 0},
                 {UK_TYPE_BOUND, BENCH_BOUND, 0},
                 {UK_TYPE_FRAME, BENCH_RING_FRAME, UK_LARGE},
                 {UK_TYPE_UNTYPED, BENCH_UNTYPED, UNTYPED_BYTES}};
    uk_handle made;
    enum uk_status status = give(run, UK_TYPE_ENDPOINT, 0, BENCH_ENDPOINT, &run->endpoint);
    for (uint32_t i = 0; i < sizeof gifts / sizeof gifts[0] && status == UK_OK; i++)
        status = give(run, gifts[i].type, gifts[i].size, gifts[i].slot, &made);
    if (status == UK_OK)
        status = copy_to(run, &run->server, BENCH_CLIENT_SPACE, run->client.own_space);
    if (status == UK_OK && run->about->handles_faults)
        status = ASK(run, UK_THREAD_CONFIGURE, run->client.thread, 0, 0, run->endpoint, 0, 0, UK_PART_FAULT);
    return status;
}

/* In the client's CNode: for each round a capability, and behind all of them the children, which are copies of it. */
static enum uk_status make_children(struct run *run)
{
    uk_handle cnode = run->client.cnode;
    uk_word slot = BENCH_FIRST_FREE + run->rounds;
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < run->rounds && run->about->children != 0 && status == UK_OK; i++) {
        status = copy_to(run, &run->client, (uint32_t)(BENCH_FIRST_FREE + i), run->endpoint);
        for (uint32_t n = 0; n < run->about->children && status == UK_OK; n++)
            status = ASK(run, UK_CAPABILITY_COPY, cnode, slot++, BENCH_FIRST_FREE + i, cnode, UK_RIGHTS_ALL);
    }
    return status;
}

static enum uk_status find_address(struct run *run)
{
    struct uk_call call = {.operation = UK_SPACE_QUERY, .handle = run->client.own_space, .deadline = UK_NOW};
    enum uk_status status = uk_root(run->kernel, &call);
    bench_address = (call.word[4] - BELOW_END) & ~(UK_PAGE - 1);
    bench_ring_address = (call.word[4] - 2 * UK_LARGE) & ~(UK_LARGE - 1);
    return status == UK_NOT_MAPPED ? UK_OK : status;
}

/* The server is where it waits for the client, and without time of its own if it is passive. */
static enum uk_status start_server(struct run *run)
{
    enum uk_status status = ASK(run, UK_THREAD_RESUME, run->server.thread, 0);
    if (status == UK_OK && uk_run(run->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        status = UK_BUSY;
    return status == UK_OK && run->about->passive ? ASK(run, UK_SCHED_UNBIND, run->server.sched_context, 0) : status;
}

static enum uk_status prepare(struct run *run)
{
    const struct bench_case *about = run->about;
    uk_word address = (uk_word)run;
    run->server = (struct uk_task){.name = "server", .entry = server_begin, .argument = address,
                                   .priority = about->server_priority, .suspended = 1};
    run->client = (struct uk_task){.name = "client", .entry = client_begin, .argument = address,
                                   .priority = about->client_priority, .suspended = 1};
    if (about->children != 0)
        run->client.slots = BENCH_FIRST_FREE + (uint32_t)run->rounds * (1 + about->children);
    enum uk_status status = uk_spawn(run->kernel, &run->server);
    if (status == UK_OK)
        status = uk_spawn(run->kernel, &run->client);
    if (status == UK_OK)
        status = give_all(run);
    if (status == UK_OK)
        status = make_children(run);
    if (status == UK_OK)
        status = find_address(run);
    return status == UK_OK ? start_server(run) : status;
}

static enum uk_status measure(struct run *run)
{
    enum uk_status status = prepare(run);
    run->status = UK_BUSY;
    if (status == UK_OK)
        status = ASK(run, UK_THREAD_RESUME, run->client.thread, 0);
    if (status == UK_OK && uk_run(run->kernel, UK_FOREVER, 0) != UK_RUN_IDLE)
        status = UK_BUSY;
    return status == UK_OK ? run->status : status;
}

/* False: it could not be measured. */
static int run_case(const struct bench_case *about, uk_word rounds, void *memory, const struct uk_config *config)
{
    static struct run run; /* not on the stack, where user code cannot see it */
    run = (struct run){.about = about, .rounds = rounds};
    enum uk_status status = uk_boot(memory, uk_memory_bytes(config), config, &run.kernel);
    if (status == UK_OK) {
        status = measure(&run);
        uk_destroy(run.kernel);
    }
    if (status == UK_OK)
        printf("bench: %s %lu %lu\n", about->name, rounds, run.instructions);
    else
        printf("bench: %s failed: %s\n", about->name, uk_status_text(status));
    return status == UK_OK;
}

/* The text behind `key`, if `word` begins with it. */
static const char *value_of(const char *word, const char *key)
{
    size_t length = strlen(key);
    return strlen(word) >= length && memcmp(word, key, length) == 0 ? word + length : NULL;
}

static uk_word number_of(const char *text)
{
    uk_word number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uk_word)(*text - '0');
    return number;
}

static int is_same(const char *one, const char *other)
{
    return strlen(one) == strlen(other) && memcmp(one, other, strlen(one)) == 0;
}

int main(int count, char **words)
{
    const struct uk_config config = {.run = 1, .real_time = 1, .slice_ns = HOUR_NS, .root_slots = ROOT_SLOTS,
                                     .arena_bytes = ARENA_BYTES};
    const char *only = NULL, *value;
    uk_word rounds = ROUNDS;
    int good = 1;
    for (int i = 1; i < count; i++)
        if ((value = value_of(words[i], "rounds=")) != NULL)
            rounds = number_of(value);
        else if ((value = value_of(words[i], "case=")) != NULL)
            only = value;
    void *memory = aligned_alloc(UK_PAGE, uk_memory_bytes(&config));
    for (uint32_t i = 0; i < bench_case_count && memory != NULL; i++) {
        const struct bench_case *about = &bench_cases[i];
        uk_word here = about->children == 0 ? rounds : FEW_ROUNDS;
        if (only != NULL && !is_same(only, about->name))
            continue;
        good = run_case(about, here, memory, &config) && good;
        good = run_case(about, 2 * here, memory, &config) && good;
    }
    return good && memory != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
