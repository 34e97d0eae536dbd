/* SPDX-License-Identifier: MIT */
/* What the tasks of the bare bench do: loops around the stubs of <ukern/call.h>, each as plain as a user's would be. */
#include <ukern/ring.h>

#include "bench.h"

uk_word bench_address, bench_ring_address;
static volatile uk_word faults_left;

/* Call and reply, `length` words each way; the server adds one to the first of them. */
__attribute__((always_inline)) static inline enum uk_status calls(uk_word rounds, unsigned length)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++) {
        message = uk_message(1, length);
        for (unsigned k = 0; k < length && k < UK_REGISTER_WORDS; k++)
            message.word[k] = i;
        status = uk_call(BENCH_ENDPOINT, &message, UK_FOREVER);
    }
    return length > 0 && status == UK_OK && message.word[0] != rounds ? UK_BAD_ARGUMENT : status;
}

__attribute__((always_inline)) static inline enum uk_status serve(unsigned length)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        message.word[0]++;
        message.tag = UK_TAG(0, length, 0);
        status = uk_reply_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    }
    return status;
}

/* As above, by a bound call that is configured at first. */
__attribute__((always_inline)) static inline enum uk_status bound_calls(uk_word rounds, unsigned length)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_bound_configure(BENCH_BOUND, BENCH_ENDPOINT, UK_NONE);
    for (uk_word i = 0; i < rounds && status == UK_OK; i++) {
        message = uk_message(1, length);
        for (unsigned k = 0; k < length && k < UK_REGISTER_WORDS; k++)
            message.word[k] = i;
        status = uk_bound_call(BENCH_BOUND, &message, UK_FOREVER);
    }
    return status == UK_OK && length > 0 && message.word[0] != rounds ? UK_BAD_ARGUMENT : status;
}

/* Bound anew for so many calls. What is left over, compared to calls that were bound long ago, is what binding costs. */
__attribute__((always_inline)) static inline enum uk_status bind_and_call(uk_word rounds, unsigned each)
{
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++)
        status = bound_calls(each, 0);
    return status;
}

static enum uk_status client_bind(uk_word rounds) { return bind_and_call(rounds, 1); }
static enum uk_status client_bind_for_2(uk_word rounds) { return bind_and_call(rounds, 2); }
static enum uk_status client_bind_for_7(uk_word rounds) { return bind_and_call(rounds, 7); }
static enum uk_status client_bound_0(uk_word rounds) { return bound_calls(rounds, 0); }
static enum uk_status client_bound_4(uk_word rounds) { return bound_calls(rounds, 4); }
static enum uk_status client_0(uk_word rounds) { return calls(rounds, 0); }
static enum uk_status server_0(void) { return serve(0); }
static enum uk_status client_4(uk_word rounds) { return calls(rounds, 4); }
static enum uk_status server_4(void) { return serve(4); }
static enum uk_status client_6(uk_word rounds) { return calls(rounds, 6); }
static enum uk_status server_6(void) { return serve(6); }
static enum uk_status client_64(uk_word rounds) { return calls(rounds, UK_MESSAGE_WORDS); }
static enum uk_status server_64(void) { return serve(UK_MESSAGE_WORDS); }

static enum uk_status client_signal(uk_word rounds)
{
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++)
        status = uk_signal(BENCH_PING);
    return status;
}

static enum uk_status server_wait(void)
{
    uk_word bits;
    enum uk_status status = UK_OK;
    while (status == UK_OK)
        status = uk_wait(BENCH_PING, &bits, UK_FOREVER);
    return status;
}

static enum uk_status client_ping(uk_word rounds)
{
    uk_word bits;
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++) {
        status = uk_signal(BENCH_PING);
        if (status == UK_OK)
            status = uk_wait(BENCH_PONG, &bits, UK_FOREVER);
    }
    return status;
}

static enum uk_status server_pong(void)
{
    uk_word bits;
    enum uk_status status = UK_OK;
    while (status == UK_OK) {
        status = uk_wait(BENCH_PING, &bits, UK_FOREVER);
        if (status == UK_OK)
            status = uk_signal(BENCH_PONG);
    }
    return status;
}

static enum uk_status client_yield(uk_word rounds)
{
    for (uk_word i = 0; i < rounds; i++)
        uk_yield();
    return UK_OK;
}

/* One touch faults `rounds` times: the pager answers "try again", and maps the page only at the last time. */
static enum uk_status client_fault(uk_word rounds)
{
    faults_left = rounds;
    *(volatile unsigned char *)bench_address = 1;
    return faults_left == 0 ? UK_OK : UK_BAD_ARGUMENT;
}

static enum uk_status server_fault(void)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        if (--faults_left == 0)
            status = uk_map(BENCH_CLIENT_SPACE, BENCH_FRAME, bench_address, UK_RIGHT_READ | UK_RIGHT_WRITE);
        message.tag = UK_TAG(status == UK_OK ? UK_FAULT_RESUME : UK_FAULT_KILL, 0, 0);
        status = uk_reply_receive(BENCH_ENDPOINT, &message, BENCH_REPLY, UK_FOREVER);
    }
    return status;
}

static enum uk_status client_map(uk_word rounds)
{
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++) {
        status = uk_map(UK_SLOT_SPACE, BENCH_FRAME, bench_address, UK_RIGHT_READ | UK_RIGHT_WRITE);
        if (status == UK_OK)
            status = uk_unmap(UK_SLOT_SPACE, bench_address);
    }
    return status;
}

/* Made, given CNode and space, started, deleted. It has no time of its own, so it never runs. */
static enum uk_status thread_once(void)
{
    const uint32_t thread = BENCH_FIRST_FREE;
    enum uk_status status = uk_retype(BENCH_UNTYPED, UK_TYPE_THREAD, 0, UK_SLOT_CNODE, thread, 1);
    if (status == UK_OK)
        status = uk_thread_configure(thread, UK_PART_CNODE | UK_PART_SPACE, UK_SLOT_CNODE, UK_SLOT_SPACE, 0, 0, 0);
    if (status == UK_OK)
        status = uk_thread_registers(thread, (uk_word)thread_once, bench_address, 0);
    if (status == UK_OK)
        status = uk_thread_resume(thread);
    return status == UK_OK ? uk_delete(UK_SLOT_CNODE, thread) : status;
}

static enum uk_status client_thread(uk_word rounds)
{
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++)
        status = thread_once();
    return status;
}

/* Each round has a capability of its own, with children that were made beforehand. */
static enum uk_status client_revoke(uk_word rounds)
{
    enum uk_status status = UK_OK;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++)
        status = uk_revoke(UK_SLOT_CNODE, BENCH_FIRST_FREE + i);
    return status;
}

enum { BATCH = 64 };

/* Signals that nobody waits for, as the case before has them, 64 in a kernel entry. A round is a batch. */
static enum uk_status client_ring(uk_word rounds)
{
    struct uk_ring ring = uk_ring_attach((void *)bench_ring_address, BATCH, BATCH);
    enum uk_status status = uk_map(UK_SLOT_SPACE, BENCH_RING_FRAME, bench_ring_address, UK_RIGHT_READ | UK_RIGHT_WRITE);
    if (status == UK_OK)
        status = uk_ring_configure(BENCH_RING, BENCH_RING_FRAME, BATCH, BATCH, UK_NONE);
    for (uk_word i = 0; i < rounds && status == UK_OK; i++) {
        struct uk_ring_completion completion;
        for (uk_word n = 0; n < BATCH; n++) {
            struct uk_ring_entry *entry = uk_ring_prepare(&ring);
            entry->call.operation = UK_SIGNAL;
            entry->call.handle = BENCH_PING;
            entry->user_data = n;
        }
        (void)uk_ring_submit(&ring);
        status = uk_ring_enter(BENCH_RING, BATCH, BATCH, NULL);
        while (status == UK_OK && uk_ring_reap(&ring, &completion))
            status = (enum uk_status)completion.status;
    }
    return status;
}

/* Two tasks and memory that both have: 64 requests and their answers for two doorbells. A round is a batch. */
static _Alignas(64) unsigned char shared[UK_RING_BYTES(BATCH, BATCH)];

static enum uk_status client_task_ring(uk_word rounds)
{
    static uint32_t submit, complete; /* where an earlier run left off */
    struct uk_ring ring = uk_ring_attach(shared, BATCH, BATCH);
    struct uk_ring_completion completion;
    enum uk_status status = UK_OK;
    uk_word bits;
    ring.submit = submit, ring.complete = complete;
    for (uk_word i = 0; i < rounds && status == UK_OK; i++) {
        for (uk_word n = 0; n < BATCH; n++) {
            struct uk_ring_entry *entry = uk_ring_prepare(&ring);
            entry->call.operation = 1;
            entry->call.word[0] = n;
            entry->user_data = n;
        }
        if (uk_ring_submit(&ring))
            status = uk_signal(BENCH_PING);
        for (uk_word n = 0; n < BATCH && status == UK_OK;) {
            if (uk_ring_reap(&ring, &completion)) {
                status = completion.word[0] == completion.user_data + 1 ? UK_OK : UK_BAD_ARGUMENT;
                n++;
            } else if (uk_ring_submitter_may_sleep(&ring)) {
                status = uk_wait(BENCH_PONG, &bits, UK_FOREVER);
                uk_ring_submitter_woke(&ring);
            }
        }
    }
    submit = ring.submit, complete = ring.complete;
    return status;
}

static enum uk_status server_task_ring(void)
{
    struct uk_ring ring = uk_ring_attach(shared, BATCH, BATCH);
    struct uk_ring_entry entry;
    enum uk_status status = UK_OK;
    uk_word bits;
    ring.submit = ring.header->submit_head, ring.complete = ring.header->complete_tail;
    while (status == UK_OK) {
        int added = 0;
        while (uk_ring_take(&ring, &entry)) {
            struct uk_ring_completion *completion = uk_ring_complete(&ring);
            completion->user_data = entry.user_data;
            completion->status = UK_OK;
            completion->word[0] = entry.call.word[0] + 1;
            added = 1;
        }
        if (added && uk_ring_finish(&ring))
            status = uk_signal(BENCH_PONG);
        if (status == UK_OK && uk_ring_executor_may_sleep(&ring)) {
            status = uk_wait(BENCH_PING, &bits, UK_FOREVER);
            uk_ring_executor_woke(&ring);
        }
    }
    return status;
}

#define CALL(words)                                                                                                    \
    {.name = "call_reply_" #words "w", .client = client_##words, .server = server_##words, .client_priority = 10,      \
     .server_priority = 20, .passive = 1}

/* Names are those of the hosted bench (sim/bench_kernel.c) where it is the same that is done. */
const struct bench_case bench_cases[] = {
    CALL(0),
    CALL(4),
    CALL(6),
    CALL(64),
    {.name = "bound_call_0w", .client = client_bound_0, .server = server_0, .client_priority = 10, .server_priority = 20,
     .passive = 1},
    {.name = "bound_call_4w", .client = client_bound_4, .server = server_4, .client_priority = 10, .server_priority = 20,
     .passive = 1},
    {.name = "bind_and_call_0w", .client = client_bind, .server = server_0, .client_priority = 10, .server_priority = 20,
     .passive = 1},
    {.name = "bind_and_2_calls_0w", .client = client_bind_for_2, .server = server_0, .client_priority = 10,
     .server_priority = 20, .passive = 1},
    {.name = "bind_and_7_calls_0w", .client = client_bind_for_7, .server = server_0, .client_priority = 10,
     .server_priority = 20, .passive = 1},
    {.name = "call_reply_4w_active", .client = client_4, .server = server_4, .client_priority = 10,
     .server_priority = 20},
    {.name = "signal_wait", .client = client_signal, .server = server_wait, .client_priority = 10,
     .server_priority = 20},
    {.name = "signal_wait_ping_pong", .client = client_ping, .server = server_pong, .client_priority = 20,
     .server_priority = 20},
    {.name = "signal_nobody", .client = client_signal, .client_priority = 10},
    {.name = "ring_64_batch", .client = client_ring, .client_priority = 10},
    {.name = "task_ring_64_batch", .client = client_task_ring, .server = server_task_ring, .client_priority = 10,
     .server_priority = 10},
    {.name = "yield_alone", .client = client_yield, .client_priority = 10},
    {.name = "page_fault_ipc", .client = client_fault, .server = server_fault, .client_priority = 10,
     .server_priority = 20, .passive = 1, .handles_faults = 1},
    {.name = "map_unmap", .client = client_map, .client_priority = 10},
    {.name = "thread_create_delete", .client = client_thread, .client_priority = 10},
    {.name = "revoke_1000", .client = client_revoke, .client_priority = 10, .children = 1000},
};
const uint32_t bench_case_count = sizeof bench_cases / sizeof bench_cases[0];
