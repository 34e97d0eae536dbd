/* SPDX-License-Identifier: 0BSD */
/* Twenty lines that link a microkernel: a task in a space of its own sleeps a day, in no time at all. */
#include <stdio.h>
#include <stdlib.h>
#include <ukern/call.h>
#include <ukern/ukern.h>

static uk_word sleeper(uk_word hours)
{
    uk_word words[UK_REGISTER_WORDS], bits;
    (void)uk_retype(10, UK_TYPE_NOTIFICATION, 0, UK_NONE, 11, 1); /* slot 10: memory that we grant below */
    (void)uk_wait(11, &bits, hours * 3600 * 1000000000);          /* nobody signals: the deadline ends it */
    return uk_inspect(UK_SLOT_CNODE, 11, words) == UK_OK ? uk_clock() / 1000000000 : 0;
}

int main(void)
{
    struct uk_config config = {.run = 1};
    size_t bytes = (uk_memory_bytes(&config) + 4095) & ~(size_t)4095;
    struct uk_task task = {.name = "sleeper", .entry = sleeper, .argument = 24, .priority = 10};
    struct uk_kernel *kernel;
    void *memory = aligned_alloc(4096, bytes);
    if (memory == NULL || uk_boot(memory, bytes, &config, &kernel) != UK_OK || uk_spawn(kernel, &task) != UK_OK)
        return 1;
    uk_root(kernel, &(struct uk_call){UK_CAPABILITY_COPY, task.cnode, 0, {10, UK_SLOT_UNTYPED, 0, UK_RIGHTS_ALL}, 0, 0, 0});
    uk_run(kernel, UK_FOREVER, 0);
    struct uk_call code = {UK_THREAD_INSPECT, task.thread, 0, {1}, 0, 0, 0};
    uk_root(kernel, &code);
    printf("the task slept until second %llu of kernel time\n", (unsigned long long)code.word[4]);
    uk_destroy(kernel);
    free(memory);
    return 0;
}
