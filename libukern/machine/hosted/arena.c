/* SPDX-License-Identifier: MIT */
/* Boots the machine: its memory, the arena as a memfd, the reserved windows. Whatever the host lent goes back at once
 * if a later step is refused. */
#include "hosted.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "annotate.h"

enum {
    SPACES_DEFAULT = 64,
    THREADS_DEFAULT = 256,
    SIGNAL_STACK_BYTES = 128 * 1024, /* a chained handler may be a sanitizer that writes a report */
    LANDING_STACK_BYTES = 16 * 1024
};
#define ARENA_DEFAULT  ((uk_word)64 << 20)
#define WINDOW_DEFAULT ((uk_word)256 << 20)

static uint32_t spaces_max(const struct uk_config *config)
{
    return config->spaces_max ? config->spaces_max : SPACES_DEFAULT;
}

static uint32_t threads_max(const struct uk_config *config)
{
    return config->threads_max ? config->threads_max : THREADS_DEFAULT;
}

static size_t rounded(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

static size_t signal_stack_bytes(void)
{
    long least = sysconf(_SC_MINSIGSTKSZ);
    return SIGNAL_STACK_BYTES + rounded(least > 0 ? (size_t)least : MINSIGSTKSZ);
}

size_t machine_bytes(const struct uk_config *config)
{
    size_t bytes = rounded(sizeof(struct machine));
    if (!config->run)
        return bytes;
    return bytes + threads_max(config) * context_size() + rounded(spaces_max(config) * sizeof(struct hosted_window)) +
           signal_stack_bytes() + LANDING_STACK_BYTES;
}

/* Hands out the memory behind struct machine, in the order in which machine_bytes counts it. */
static void memory_divide(struct machine *machine, const struct uk_config *config)
{
    unsigned char *at = (unsigned char *)machine + rounded(sizeof *machine);
    machine->contexts = at;
    machine->contexts_max = threads_max(config);
    machine->context_bytes = context_size();
    at += machine->contexts_max * machine->context_bytes;
    machine->windows = (void *)at;
    machine->windows_max = spaces_max(config);
    memset(machine->windows, 0, machine->windows_max * sizeof *machine->windows);
    at += rounded(machine->windows_max * sizeof *machine->windows);
    machine->signal_stack = at;
    machine->signal_stack_bytes = signal_stack_bytes();
#if defined(UKERN_SWITCH_UCONTEXT)
    machine->landing_stack = at + machine->signal_stack_bytes;
    machine->landing_stack_bytes = LANDING_STACK_BYTES;
#endif
    context_pool(machine);
}

static int arena_create(struct kernel *kernel, struct machine *machine, uk_word bytes)
{
    machine->file = memfd_create("ukern", MFD_CLOEXEC);
    if (machine->file < 0 || ftruncate(machine->file, (off_t)bytes) != 0)
        return 0;
    void *arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, machine->file, 0);
    if (arena == MAP_FAILED)
        return 0;
    kernel->arena = arena;
    kernel->arena_bytes = bytes;
    annotate_arena(arena, bytes, 1);
    return 1;
}

/* Which bases work depends on the sanitizer, so each is tried (DESIGN.md, Windows). 0: wherever the host likes. */
static const uk_word bases[] = {0x10000000,     0x200000000000, 0x1000000000, 0x550000000000,
                                0x510000000000, 0x7e8000000000, 0};

static void *window_try(uk_word base, uk_word bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (base ? MAP_FIXED_NOREPLACE : 0);
    void *hint = (void *)(uintptr_t)base;
    void *found = mmap(hint, bytes, PROT_NONE, flags, -1, 0);
    if (found == MAP_FAILED)
        return NULL;
    if (base == 0 || found == hint)
        return found;
    munmap(found, bytes);
    return NULL;
}

static int windows_reserve(struct machine *machine)
{
    uk_word bytes = machine->windows_max * machine->window_bytes;
    uk_word slack = UK_LARGE; /* so that windows begin on a large page whatever the host answers */
    for (unsigned i = 0; machine->reserved == NULL && i < sizeof bases / sizeof bases[0]; i++)
        for (unsigned k = 0; machine->reserved == NULL && k < (bases[i] ? 16 : 1); k++)
            machine->reserved = window_try(bases[i] ? bases[i] + k * (bytes + slack) : 0, bytes + slack);
    if (machine->reserved == NULL)
        return 0;
    machine->reserved_bytes = bytes + slack;
    uk_word first = ((uk_word)(uintptr_t)machine->reserved + slack - 1) & ~(slack - 1);
    machine->windows_base = (unsigned char *)(uintptr_t)first;
    return 1;
}

static void devices_copy(struct machine *machine, const struct uk_config *config)
{
    machine->device_count = config->device_count;
    for (uint32_t i = 0; i < config->device_count; i++) {
        machine->devices[i] = config->devices[i];
        machine->device_registers[i] = UK_FOREVER;
    }
}

enum uk_status machine_boot(struct kernel *kernel, void *memory, const struct uk_config *config)
{
    struct machine *machine = memory;
    memset(machine, 0, sizeof *machine);
    kernel->machine = machine;
    machine->kernel = kernel;
    machine->file = -1;
    devices_copy(machine, config);
    clock_boot(machine, config);
    if (!config->run)
        return UK_OK;
    machine->strict = config->strict;
    machine->attention = config->strict ? ATTENTION_STRICT : 0;
    machine->window_bytes = config->window_bytes ? config->window_bytes : WINDOW_DEFAULT;
    memory_divide(machine, config);
    uk_word arena_bytes = config->arena_bytes ? config->arena_bytes : ARENA_DEFAULT;
    if (arena_create(kernel, machine, (arena_bytes + UK_PAGE - 1) & ~(UK_PAGE - 1)) && windows_reserve(machine))
        return UK_OK;
    machine_shutdown(kernel);
    return UK_REFUSED;
}

void machine_shutdown(struct kernel *kernel)
{
    struct machine *machine = machine_of(kernel);
    if (machine->file < 0)
        return;
    for (uint32_t i = 0; i < machine->contexts_max; i++)
        annotate_context_end(machine, (void *)(machine->contexts + i * machine->context_bytes));
    for (uint32_t i = 0; i < machine->windows_max; i++) /* the next kernel's may lie where these did */
        if (machine->windows[i].high != 0)
            annotate_unmapped((void *)machine->windows[i].low, machine->windows[i].high - machine->windows[i].low);
    if (machine->reserved != NULL)
        munmap(machine->reserved, machine->reserved_bytes);
    if (kernel->arena != NULL) {
        annotate_arena(kernel->arena, kernel->arena_bytes, 0);
        munmap(kernel->arena, kernel->arena_bytes);
    }
    close(machine->file);
    machine->file = -1;
    kernel->arena = NULL;
}
