/* SPDX-License-Identifier: MIT */
/* Windows: the host's mappings are a cache of the page tables, so they may vanish at any time but never say more. */
#include "hosted.h"

#include <sys/mman.h>

#include "annotate.h"

enum { RUN_BYTES_MAX = 1 << 21 }; /* how far a demand fill looks for neighbours that fit in the same host mapping */

static struct hosted_window *window_of(const struct machine *machine, const struct space *space)
{
    return &machine->windows[space->machine.window];
}

static void *host_pointer(uk_word address) { return (void *)(uintptr_t)address; }

/* Gives the space window `index`. Its first and last page are never mapped: guards. */
static void window_take(struct machine *machine, struct space *space, uint32_t index)
{
    uk_word start = (uk_word)(uintptr_t)machine->windows_base + index * machine->window_bytes;
    machine->windows[index] = (struct hosted_window){space, start + machine->window_bytes, 0};
    space->machine.window = index;
    space->base = start + UK_PAGE;
    space->end = start + machine->window_bytes - UK_PAGE;
    annotate_hidden(host_pointer(start), machine->window_bytes);
}

enum uk_status machine_space_create(struct kernel *kernel, struct space *space)
{
    struct machine *machine = machine_of(kernel);
    space->machine = (struct machine_space){UINT32_MAX, 0};
    space->base = SPACE_BASE;
    space->end = SPACE_END;
    if (!kernel->running)
        return UK_OK;
    for (uint32_t i = 0; i < machine->windows_max; i++)
        if (machine->windows[i].space == NULL) {
            window_take(machine, space, i);
            return UK_OK;
        }
    return UK_LIMIT;
}

static int host_reserve(struct machine *machine, void *address, size_t bytes)
{
    machine->kernel->counters.host_maps++;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if (mmap(address, bytes, PROT_NONE, flags, -1, 0) == MAP_FAILED)
        return 0;
    annotate_hidden(address, bytes);
    return 1;
}

/* Drops every host mapping of every space; splits no mapping of the host, so it cannot run out of them. */
static void windows_drop_all(struct machine *machine)
{
    if (mprotect(machine->reserved, machine->reserved_bytes, PROT_NONE) != 0)
        machine_panic(machine->kernel, "the host refused to take mappings away");
    (void)host_reserve(machine, machine->reserved, machine->reserved_bytes);
    for (uint32_t i = 0; i < machine->windows_max; i++)
        if (machine->windows[i].space != NULL)
            machine->windows[i].space->machine.touched = 0;
}

static void window_drop(struct machine *machine, struct space *space)
{
    const struct hosted_window *window = window_of(machine, space);
    if (!space->machine.touched)
        return;
    if (!host_reserve(machine, host_pointer(window->low), window->high - window->low))
        windows_drop_all(machine);
    space->machine.touched = 0;
}

static void window_note(struct machine *machine, struct space *space, const struct mapping *run)
{
    struct hosted_window *window = window_of(machine, space);
    window->low = run->address < window->low ? run->address : window->low;
    window->high = run->address + run->bytes > window->high ? run->address + run->bytes : window->high;
    space->machine.touched = 1;
}

/* The host allows only so many mappings (vm.max_map_count): then the cache starts again from nothing. */
static int host_map(struct machine *machine, struct space *space, const struct mapping *run)
{
    int protection = (run->rights & UK_RIGHT_READ ? PROT_READ : 0) | (run->rights & UK_RIGHT_WRITE ? PROT_WRITE : 0) |
                     (run->rights & UK_RIGHT_EXECUTE ? PROT_EXEC : 0);
    for (unsigned attempt = 0; attempt < 3; attempt++) {
        machine->kernel->counters.host_maps++;
        if (mmap(host_pointer(run->address), run->bytes, protection, MAP_SHARED | MAP_FIXED, machine->file,
                 (off_t)run->physical) != MAP_FAILED) {
            window_note(machine, space, run);
            return 1;
        }
        if (attempt == 0)
            window_drop(machine, space);
        else
            windows_drop_all(machine);
    }
    return 0;
}

/* Lengthens the run upwards to `end` at most, as long as one host mapping can serve it. */
static void run_extend(const struct kernel *kernel, const struct space *space, struct mapping *run, uk_word end)
{
    struct mapping next;
    while (run->address + run->bytes < end && space_walk(kernel, space, run->address + run->bytes, &next) &&
           next.physical == run->physical + run->bytes && next.rights == run->rights)
        run->bytes += next.bytes;
}

static void run_extend_down(const struct kernel *kernel, const struct space *space, struct mapping *run)
{
    struct mapping previous;
    while (run->bytes < RUN_BYTES_MAX && run->address > space->base &&
           space_walk(kernel, space, run->address - 1, &previous) &&
           previous.physical + previous.bytes == run->physical && previous.rights == run->rights) {
        run->address = previous.address;
        run->physical = previous.physical;
        run->bytes += previous.bytes;
    }
}

/* User code touched `address`: 1: the tables allow it and the host now maps it; 0: a genuine fault. */
int window_fill(struct machine *machine, struct space *space, uk_word address, uint32_t access)
{
    struct mapping run;
    if (space == NULL || space->machine.window == UINT32_MAX || address < space->base || address >= space->end ||
        !space_walk(machine->kernel, space, address, &run) || (run.rights & access) != access)
        return 0;
    run_extend_down(machine->kernel, space, &run);
    run_extend(machine->kernel, space, &run, run.address + RUN_BYTES_MAX);
    return host_map(machine, space, &run);
}

void machine_space_map(struct kernel *kernel, struct space *space, uk_word address, uk_word bytes)
{
    struct machine *machine = machine_of(kernel);
    struct mapping run;
    uk_word end = address + bytes;
    if (!space->machine.touched)
        return;
    for (; address < end && space_next(kernel, space, address, &run) && run.address < end;
         address = run.address + run.bytes) {
        run_extend(kernel, space, &run, end);
        if (!host_map(machine, space, &run))
            return;
    }
}

void machine_space_unmap(struct kernel *kernel, struct space *space, uk_word address, uk_word bytes)
{
    struct machine *machine = machine_of(kernel);
    if (space->machine.touched && !host_reserve(machine, host_pointer(address), bytes))
        window_drop(machine, space);
    if (space->machine.window != UINT32_MAX)
        annotate_unmapped(host_pointer(address), bytes);
}

void machine_space_clear(struct kernel *kernel, struct space *space)
{
    struct machine *machine = machine_of(kernel);
    if (space->machine.window == UINT32_MAX)
        return;
    const struct hosted_window *window = window_of(machine, space);
    window_drop(machine, space);
    if (window->high != 0)
        annotate_unmapped(host_pointer(window->low), window->high - window->low);
}

void machine_space_destroy(struct kernel *kernel, struct space *space)
{
    struct machine *machine = machine_of(kernel);
    machine_space_clear(kernel, space);
    if (space->machine.window != UINT32_MAX)
        window_of(machine, space)->space = NULL;
    if (machine->active == space)
        machine->active = NULL;
    space->machine.window = UINT32_MAX;
}

/* Strict: user code of this space runs next, and sees no other. */
void window_activate(struct machine *machine, struct space *space)
{
    if (machine->active == space)
        return;
    if (machine->active != NULL)
        window_drop(machine, machine->active);
    machine->active = space;
}
