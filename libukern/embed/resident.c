/* SPDX-License-Identifier: MIT */
/* How a resident server reaches its caller's memory: only what the call named, and only while it lasts. */
#include "ipc/resident.h"

#include "embed/embed.h"

UK_API void *uk_resident_view(const struct uk_resident_call *call, uk_word offset, uint32_t right, size_t *bytes)
{
    struct kernel *kernel = kernel_of(call->kernel);
    uk_word there = 0;
    if (offset >= call->bytes || kernel->guest == NULL)
        return NULL;
    void *view = resident_view(kernel, kernel->current, call->address + offset, right, &there);
    *bytes = there < call->bytes - offset ? there : call->bytes - offset;
    return view;
}
