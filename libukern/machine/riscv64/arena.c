/* SPDX-License-Identifier: MIT */
/* Physical memory: what the device tree names, less what others have; and kernels that are booted in it. */
#include "riscv64.h"

#include <string.h>

struct platform platform;

#define LIFE_MARK ((uint64_t)0x6c6966656265666f)

/* Outlives a reset: it is neither loaded nor zeroed. */
static struct {
    uint64_t mark; /* LIFE_MARK while a kernel runs */
    struct kernel *kernel;
} life __attribute__((section(".noinit")));

void platform_runs(struct kernel *kernel)
{
    life.kernel = kernel;
    life.mark = kernel != NULL ? LIFE_MARK : 0;
}

struct kernel *platform_earlier(void)
{
    struct kernel *kernel = life.mark == LIFE_MARK ? life.kernel : NULL;
    platform_runs(NULL);
    return kernel;
}

extern unsigned char image_end[];

/* Cuts [begin, end) out of free memory; of what is left on both sides the larger part stays. */
static void cut(uk_word begin, uk_word end)
{
    if (end <= platform.low || begin >= platform.high)
        return;
    uk_word below = begin > platform.low ? begin - platform.low : 0, above = end < platform.high ? platform.high - end : 0;
    if (below >= above)
        platform.high = platform.low + below;
    else
        platform.low = platform.high - above;
}

/* Free memory: the bank that the image is in, from its end on. */
static int memory_find(void)
{
    uk_word end = (physical_of(image_end) + UK_PAGE - 1) & ~(UK_PAGE - 1);
    for (uint32_t i = 0; i < platform.facts.memory_count; i++) {
        const struct fdt_range *bank = &platform.facts.memory[i];
        if (end - bank->base >= bank->bytes)
            continue;
        platform.low = end;
        platform.high = (bank->base + bank->bytes) & ~(UK_PAGE - 1);
        for (uint32_t k = 0; k < platform.facts.reserved_count; k++)
            cut(platform.facts.reserved[k].base, platform.facts.reserved[k].base + platform.facts.reserved[k].bytes);
        return 1;
    }
    return 0;
}

/* Moves the archive to the bottom of free memory, so that all that is left lies together. */
static int archive_move(struct fdt_range archive)
{
    uk_word room = platform.high - platform.low, bytes = (archive.bytes + UK_PAGE - 1) & ~(UK_PAGE - 1);
    if (archive.bytes == 0)
        return 1;
    if (bytes < archive.bytes || bytes > room)
        return 0;
    platform.archive = direct(platform.low);
    platform.archive_bytes = archive.bytes;
    memmove(platform.archive, direct(archive.base), archive.bytes);
    platform.low += bytes;
    return 1;
}

extern const struct {
    char magic[8];
    uint64_t archive_physical, archive_bytes;
} image_header;

int memory_boot(void)
{
    struct fdt_range archive = platform.facts.initrd;
    if (archive.bytes == 0)
        archive = (struct fdt_range){image_header.archive_physical, image_header.archive_bytes};
    return memory_find() && archive_move(archive);
}

void *platform_take(uk_word bytes)
{
    bytes = (bytes + UK_PAGE - 1) & ~(UK_PAGE - 1);
    if (bytes > platform.high - platform.low)
        return NULL;
    platform.low += bytes;
    return memset(direct(platform.low - bytes), 0, bytes);
}

size_t machine_bytes(const struct uk_config *config) { return (void)config, (sizeof(struct machine) + 63) & ~(size_t)63; }

static void hook_trace(void *context, const struct uk_event *event)
{
    const struct uk_config *program = context;
    uk_word satp = space_leave_user();
    program->trace(program->trace_context, event);
    csr_write(satp, satp);
}

static uint32_t hook_choose(void *context, enum uk_choice what, uint32_t count)
{
    const struct uk_config *program = context;
    uk_word satp = space_leave_user();
    uint32_t choice = program->choose(program->choose_context, what, count);
    csr_write(satp, satp);
    return choice;
}

enum uk_status machine_visit(uk_resident_function function, void *context, struct uk_resident_call *call)
{
    uk_word satp = space_leave_user();
    enum uk_status status = function(context, call);
    csr_write(satp, satp);
    return status;
}

enum uk_status machine_boot(struct kernel *kernel, void *memory, const struct uk_config *config)
{
    struct machine *machine = memory;
    uk_word room = platform.high - platform.low, bytes = config->arena_bytes != 0 ? config->arena_bytes : room;
    memset(machine, 0, sizeof *machine);
    kernel->machine = machine;
    machine->kernel = kernel;
    machine->asid_limit = platform.asid_limit;
    if (config->spaces_max != 0 && config->spaces_max < platform.asid_limit)
        machine->asid_limit = config->spaces_max + 1;
    device_boot(machine, config);
    clock_boot(machine, config);
    machine->program = *config;
    kernel->trace = hook_trace;
    kernel->choose = hook_choose;
    kernel->trace_context = kernel->choose_context = &machine->program;
    if (!config->run)
        return UK_OK;
    if (bytes > room)
        return UK_NO_MEMORY;
    kernel->arena = direct(0);
    kernel->arena_first = platform.low;
    kernel->arena_bytes = platform.low + bytes;
    memset(direct(platform.low), 0, bytes);
    return UK_OK;
}

void machine_shutdown(struct kernel *kernel)
{
    if (machine_current == machine_of(kernel))
        machine_current = NULL;
}
