/* SPDX-License-Identifier: 0BSD */
/* The smallest program that links a microkernel: one task asks, another answers, and both really run. */
#include <stdio.h>
#include <stdlib.h>
#include <ukern/call.h>
#include <ukern/ukern.h>

enum { DOOR = 10, REPLY = 11 }; /* slots that we grant below */

static uk_word client(uk_word argument)
{
    struct uk_message message = uk_message(0, 1);
    message.word[0] = argument;
    return uk_call(DOOR, &message, UK_FOREVER) == UK_OK ? message.word[0] : 0;
}

static uk_word server(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    for (enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER); status == UK_OK;
         status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER))
        message.word[0] += argument;
    return 0;
}

static enum uk_status root(struct uk_kernel *kernel, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1,
                           uk_word w2, uk_word w3, uk_word w4)
{
    struct uk_call call = {operation, handle, 0, {w0, w1, w2, w3, w4, 0}, 0, UK_NOW, 0};
    return uk_root(kernel, &call);
}

int main(void)
{
    struct uk_config config = {.run = 1};
    size_t bytes = (uk_memory_bytes(&config) + 4095) & ~(size_t)4095;
    void *memory = aligned_alloc(4096, bytes);
    struct uk_kernel *kernel;
    if (memory == NULL || uk_boot(memory, bytes, &config, &kernel) != UK_OK)
        return 1;
    struct uk_task asks = {.name = "client", .entry = client, .argument = 40, .priority = 10};
    struct uk_task answers = {.name = "server", .entry = server, .argument = 2, .priority = 20};
    uk_spawn(kernel, &asks);
    uk_spawn(kernel, &answers);
    uk_handle door = uk_slots(kernel, 2);
    root(kernel, UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_NONE, door, 1);
    root(kernel, UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_REPLY, 0, UK_NONE, door + 1, 1);
    root(kernel, UK_CAPABILITY_COPY, asks.cnode, DOOR, door, UK_NONE, UK_RIGHT_SEND, 0);
    root(kernel, UK_CAPABILITY_COPY, answers.cnode, DOOR, door, UK_NONE, UK_RIGHT_RECEIVE, 0);
    root(kernel, UK_CAPABILITY_COPY, answers.cnode, REPLY, door + 1, UK_NONE, UK_RIGHT_SEND, 0);
    enum uk_run_end end = uk_run(kernel, UK_FOREVER, 0);
    struct uk_call exit_code = {UK_THREAD_INSPECT, asks.thread, 0, {1}, 0, UK_NOW, 0};
    uk_root(kernel, &exit_code);
    printf("run ended %s; the client computed %llu\n", end == UK_RUN_IDLE ? "idle" : "otherwise",
           (unsigned long long)exit_code.word[4]);
    uk_destroy(kernel);
    free(memory);
    return 0;
}
