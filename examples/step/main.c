/* SPDX-License-Identifier: 0BSD */
/* Step: perform operations as given threads and look at each outcome; no user code runs, and nothing is left to chance. */
#include <stdio.h>
#include <stdlib.h>
#include <ukern/ukern.h>

enum { DOOR = 10, REPLY = 11 };

static struct uk_result step(struct uk_kernel *kernel, const char *who, uk_handle thread, struct uk_call call)
{
    struct uk_result result = {0};
    struct uk_thread_info next = {0};
    enum uk_status status = uk_step(kernel, thread, &call, &result);
    (void)uk_find_thread(kernel, result.next, &next);
    printf("%-6s %-16s %-9s %-13s next: %s\n", who, uk_operation_name((uint32_t)call.operation),
           status != UK_OK ? "refused" : result.completed ? "completed" : "blocked",
           result.completed ? uk_status_name(result.status) : "", next.name);
    char text[200];
    if (uk_check(kernel, text, sizeof text) != 0)
        printf("broken: %s\n", text);
    return result;
}

static void grant(struct uk_kernel *kernel, uk_handle cnode, uk_word slot, uk_handle what, uk_word rights)
{
    struct uk_call call = {UK_CAPABILITY_COPY, cnode, 0, {slot, what, UK_NONE, rights}, 0, UK_NOW, 0};
    (void)uk_root(kernel, &call);
}

static uk_handle make(struct uk_kernel *kernel, uk_word type)
{
    uk_handle slot = uk_slots(kernel, 1);
    struct uk_call call = {UK_RETYPE, UK_SLOT_UNTYPED, 0, {type, 0, UK_NONE, slot, 1}, 0, UK_NOW, 0};
    return uk_root(kernel, &call) == UK_OK ? slot : UK_NONE;
}

int main(void)
{
    struct uk_config config = {.arena_bytes = 1u << 20, .root_slots = 256};
    size_t bytes = (uk_memory_bytes(&config) + 4095) & ~(size_t)4095;
    void *memory = aligned_alloc(4096, bytes);
    struct uk_kernel *kernel;
    if (memory == NULL || uk_boot(memory, bytes, &config, &kernel) != UK_OK)
        return 1;
    struct uk_task alice = {.name = "alice", .priority = 10, .stack_bytes = UK_PAGE};
    struct uk_task bob = {.name = "bob", .priority = 20, .stack_bytes = UK_PAGE};
    if (uk_spawn(kernel, &alice) != UK_OK || uk_spawn(kernel, &bob) != UK_OK)
        return 1;
    uk_handle door = make(kernel, UK_TYPE_ENDPOINT), reply = make(kernel, UK_TYPE_REPLY);
    grant(kernel, alice.cnode, DOOR, door, UK_RIGHT_SEND);
    grant(kernel, bob.cnode, DOOR, door, UK_RIGHT_RECEIVE);
    grant(kernel, bob.cnode, REPLY, reply, UK_RIGHT_SEND);
    struct uk_call pause = {UK_THREAD_SUSPEND, UK_SLOT_THREAD, 0, {0}, 0, UK_NOW, 0};
    step(kernel, "root", UK_SLOT_THREAD, pause); /* the first thread is the most urgent: out of the way */

    struct uk_call call = {UK_CALL, DOOR, UK_TAG(7, 1, 0), {41}, 0, UK_FOREVER, 0};
    struct uk_call receive = {UK_RECEIVE, DOOR, 0, {0}, REPLY, UK_FOREVER, 0};
    struct uk_call answer = {UK_REPLY_RECEIVE, DOOR, UK_TAG(0, 1, 0), {42}, REPLY, UK_FOREVER, 0};
    struct uk_call misuse = {UK_RECEIVE, DOOR, 0, {0}, 0, UK_FOREVER, 0};
    char text[200];
    step(kernel, "alice", alice.thread, misuse);
    (void)uk_explain(kernel, alice.thread, text, sizeof text);
    printf("       because: %s\n", text);
    step(kernel, "bob", bob.thread, receive);
    step(kernel, "alice", alice.thread, call);
    step(kernel, "bob", bob.thread, answer);
    struct uk_thread_info info;
    (void)uk_inspect_thread(kernel, alice.thread, &info);
    printf("alice's call has returned %llu\n", (unsigned long long)info.call.word[0]);
    struct uk_counters counters;
    uk_counters(kernel, &counters);
    printf("%llu kernel entries, kernel time %llu ns: the same in every run\n", (unsigned long long)counters.entries,
           (unsigned long long)counters.now);
    uk_destroy(kernel);
    free(memory);
    return 0;
}
