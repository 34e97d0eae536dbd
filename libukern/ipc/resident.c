/* SPDX-License-Identifier: MIT */
/* Resident: checks who calls and what memory the call names, then is the server: no switch, no copy, no protection. */
#include "ipc/resident.h"

#include <string.h>

#include "core/machine.h"

static char *append(char *at, const char *text)
{
    size_t length = 0;
    while (text[length] != 0)
        length++;
    memcpy(at, text, length);
    return at + length;
}

void resident_begin(struct resident *resident, const struct uk_resident *about)
{
    struct guest *guest = &resident->guest;
    (void)append(guest->name, about->name);
    (void)append(append(append(guest->crash, "a crash in the resident server \""), guest->name), "\"");
    resident->function = about->function;
    resident->context = about->context;
    resident->bound_ns = about->bound_ns;
}

void *resident_view(struct kernel *kernel, const struct thread *caller, uk_word address, uint32_t right,
                    uk_word *bytes)
{
    const struct space *space = thread_space(caller);
    struct mapping mapping;
    if (!space_walk_for(kernel, space, address, right, &mapping) ||
        ((const struct frame *)mapping.behind->object)->device)
        return NULL;
    uk_word offset = address - mapping.address;
    *bytes += mapping.bytes - offset;
    return arena_pointer(kernel, mapping.physical + offset);
}

/* Is all of the payload the caller's to read? At most 257 pages are looked at: that, and the server's own bound, is how long
 * a call takes. Nothing can change meanwhile, for nobody else runs. */
static enum uk_status check_payload(struct kernel *kernel, const struct thread *caller, uk_word address, uk_word length)
{
    if (length > UK_RESIDENT_BYTES_MAX)
        return UK_TOO_LARGE;
    if (address + length < address)
        return UK_CALLER_FAULT;
    for (uk_word seen = 0; seen < length;)
        if (resident_view(kernel, caller, address + seen, UK_RIGHT_READ, &seen) == NULL)
            return UK_CALLER_FAULT;
    return UK_OK;
}

/* The time that it took is the caller's, whose budget pays for it. */
static void count_time(struct kernel *kernel, struct resident *resident)
{
    uk_time began = kernel->now;
    kernel->now = kernel->entry_cost_ns != 0 ? began + resident->bound_ns : machine_time_now(kernel);
    uk_time took = kernel->now - began;
    resident->longest_ns = took > resident->longest_ns ? took : resident->longest_ns;
    resident->overruns += resident->bound_ns != 0 && took > resident->bound_ns;
    resident->calls++;
}

struct outcome resident_call(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct resident *resident = (struct resident *)via->object;
    struct uk_call *registers = &caller->registers.call;
    struct uk_resident_call call = {.badge = via->badge, .address = registers->word[4], .bytes = registers->word[5],
                                    .kernel = (struct uk_kernel *)kernel, .now = kernel->now};
    enum uk_status status = check_payload(kernel, caller, call.address, call.bytes);
    if (status != UK_OK)
        return outcome_done(status);
    memcpy(call.word, registers->word, sizeof call.word);
    kernel->guest = &resident->guest;
    status = machine_visit(resident->function, resident->context, &call);
    kernel->guest = NULL;
    check(kernel, status < UK_STATUS_COUNT);
    count_time(kernel, resident);
    memcpy(registers->word, call.word, sizeof call.word);
    return outcome_done(status);
}
