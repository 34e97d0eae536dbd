/* SPDX-License-Identifier: MIT */
/* The smallest user of the library: boots a kernel in its own memory and performs one operation as its first thread. */
#include <stdio.h>
#include <stdlib.h>

#include <ukern/ukern.h>

int main(void)
{
    struct uk_config config = {.arena_bytes = 1 << 20};
    size_t bytes = uk_memory_bytes(&config);
    void *memory = aligned_alloc(UK_PAGE, (bytes + UK_PAGE - 1) / UK_PAGE * UK_PAGE);
    struct uk_kernel *kernel = NULL;
    if (memory == NULL || uk_boot(memory, bytes, &config, &kernel) != UK_OK)
        return 1;
    struct uk_call call = {.operation = UK_CLOCK};
    struct uk_result result;
    if (uk_step(kernel, UK_SLOT_THREAD, &call, &result) != UK_OK || !result.completed)
        return 1;
    printf("ukern %s: %s\n", UK_VERSION_STRING, uk_status_name(result.status));
    uk_destroy(kernel);
    free(memory);
    return result.status == UK_OK ? 0 : 1;
}
