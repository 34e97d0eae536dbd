/* SPDX-License-Identifier: MIT */
/* Devices of the embedder: doorbells and lines are only noted here, and acted on between two kernel entries. */
#include "hosted.h"

#include "entry/entry.h"

uk_word machine_device_place(struct kernel *kernel, unsigned device, uk_word page)
{
    return machine_of(kernel)->device_registers[device] = page;
}

UK_API void *uk_device_registers(struct uk_kernel *embedded, unsigned device)
{
    struct kernel *kernel = (struct kernel *)embedded;
    const struct machine *machine = machine_of(kernel);
    if (device >= machine->device_count || machine->device_registers[device] == UK_FOREVER)
        return NULL;
    return arena_pointer(kernel, machine->device_registers[device]);
}

void machine_interrupt_acknowledge(struct kernel *kernel, uint32_t line)
{
    struct machine *machine = machine_of(kernel);
    machine->doorbells |= (uint32_t)1 << line;
    atomic_fetch_or(&machine->attention, ATTENTION_DEVICE);
}

/* Looks at the devices named in `which`. */
void device_poll(struct machine *machine, uint32_t which)
{
    machine->polling = 1;
    for (uint32_t i = 0; i < machine->device_count; i++)
        if ((which >> i & 1) && machine->devices[i].poll != NULL)
            machine->devices[i].poll(machine->devices[i].context, (struct uk_kernel *)machine->kernel, i);
    machine->polling = 0;
}

int machine_devices_settle(struct kernel *kernel)
{
    struct machine *machine = machine_of(kernel);
    uint32_t doorbells = machine->doorbells;
    machine->doorbells = 0;
    /* A restart that was asked for is the caller's next step; when stepping nobody else would forget it. */
    atomic_fetch_and(&machine->attention, ~(uint32_t)(ATTENTION_DEVICE | ATTENTION_RESTART));
    device_poll(machine, doorbells);
    uint32_t lines = machine->lines;
    machine->lines = 0;
    for (uint32_t i = 0; i < machine->device_count; i++)
        if (lines >> i & 1)
            entry_line(kernel, i);
    return lines != 0;
}

UK_API void uk_interrupt(struct uk_kernel *embedded, unsigned device)
{
    struct kernel *kernel = (struct kernel *)embedded;
    struct machine *machine = machine_of(kernel);
    if (device >= machine->device_count)
        return;
    machine->lines |= (uint32_t)1 << device;
    if (machine->running || machine->polling)
        atomic_fetch_or(&machine->attention, ATTENTION_DEVICE);
    else if (machine_devices_settle(kernel))
        (void)entry_interrupt(kernel);
}
