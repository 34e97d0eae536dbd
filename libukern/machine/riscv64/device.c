/* SPDX-License-Identifier: MIT */
/* Lines: those of the interrupt controller, and those that an embedder's device models raise between two entries. */
#include "riscv64.h"

#include "entry/entry.h"

/* The PLIC, in bytes from its base. */
enum {
    PLIC_ENABLE = 0x2000, PLIC_ENABLE_STEP = 0x80,        /* a context; a bit a source. Priorities: 4 bytes a source */
    PLIC_CONTEXT = 0x200000, PLIC_CONTEXT_STEP = 0x1000,  /* threshold, and behind it the source that strikes */
    PLIC_CLAIM = 4
};

static volatile uint32_t *plic(uk_word offset) { return direct(platform.facts.plic.base + offset); }

static uk_word plic_context(void) { return PLIC_CONTEXT + (uk_word)platform.facts.plic_context * PLIC_CONTEXT_STEP; }

void device_boot(struct machine *machine, const struct uk_config *config)
{
    machine->device_count = config->device_count;
    for (uint32_t i = 0; i < config->device_count; i++) {
        machine->devices[i] = config->devices[i];
        if (config->places != NULL)
            machine->places[i] = config->places[i];
        uint32_t line = machine->places[i].line;
        if (line == 0)
            continue;
        machine->has_lines = 1;
        *plic(line * 4) = 1;
        *plic(PLIC_ENABLE + (uk_word)platform.facts.plic_context * PLIC_ENABLE_STEP + line / 32 * 4) |= 1u << line % 32;
        *plic(plic_context()) = 0;
    }
}

uk_word machine_device_place(struct kernel *kernel, unsigned device, uk_word page)
{
    struct uk_place *place = &machine_of(kernel)->places[device];
    if (place->physical == 0)
        place->physical = page;
    return place->physical;
}

UK_API void *uk_device_registers(struct uk_kernel *embedded, unsigned device)
{
    const struct machine *machine = machine_of((struct kernel *)embedded);
    if (device >= machine->device_count || machine->devices[device].bytes == 0)
        return NULL;
    return direct(machine->places[device].physical);
}

/* A claimed line stays silent until it is completed, which is what masks it. */
void device_claim(struct machine *machine)
{
    uint32_t line;
    while ((line = *plic(plic_context() + PLIC_CLAIM)) != 0)
        for (uint32_t i = 0; i < machine->device_count; i++)
            if (machine->places[i].line == line) {
                machine->claimed |= (uint32_t)1 << i;
                machine->lines |= (uint32_t)1 << i;
                machine->attention |= ATTENTION_DEVICE;
            }
}

void machine_interrupt_acknowledge(struct kernel *kernel, uint32_t line)
{
    struct machine *machine = machine_of(kernel);
    uint32_t bit = (uint32_t)1 << line;
    if ((machine->claimed & bit) != 0)
        *plic(plic_context() + PLIC_CLAIM) = machine->places[line].line;
    machine->claimed &= ~bit;
    if (machine->devices[line].poll == NULL)
        return;
    machine->doorbells |= bit;
    machine->attention |= ATTENTION_DEVICE;
}

/* Looks at the devices named in `which`. */
void device_poll(struct machine *machine, uint32_t which)
{
    uk_word satp = space_leave_user();
    machine->polling = 1;
    for (uint32_t i = 0; i < machine->device_count; i++)
        if ((which >> i & 1) != 0 && machine->devices[i].poll != NULL)
            machine->devices[i].poll(machine->devices[i].context, (struct uk_kernel *)machine->kernel, i);
    machine->polling = 0;
    csr_write(satp, satp);
}

int machine_devices_settle(struct kernel *kernel)
{
    struct machine *machine = machine_of(kernel);
    uint32_t doorbells = machine->doorbells;
    machine->doorbells = 0;
    machine->attention &= ~(uint32_t)ATTENTION_DEVICE;
    if (!machine->running) /* a restart that was asked for is the caller's next step */
        machine->attention &= ~(uint32_t)ATTENTION_INTERRUPT;
    device_poll(machine, doorbells);
    uint32_t lines = machine->lines;
    machine->lines = 0;
    for (uint32_t i = 0; i < machine->device_count; i++)
        if ((lines >> i & 1) != 0)
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
    machine->attention |= ATTENTION_DEVICE;
    if (!machine->running && !machine->polling && machine_devices_settle(kernel))
        (void)entry_interrupt(kernel);
}
