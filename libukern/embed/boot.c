/* SPDX-License-Identifier: MIT */
/* Boot: lays a kernel out in the embedder's memory and makes the first thread, whose CNode holds all authority. */
#include <string.h>

#include "core/machine.h"
#include "core/sched_context.h"
#include "embed/embed.h"
#include "ipc/resident.h"
#include "ipc/timer.h"

enum {
    ROOT_SLOTS = 4096,
    ARENA_LEAST = 16384
};
#define SLICE_NS ((uk_time)1000000)

static size_t rounded(size_t bytes, size_t align) { return (bytes + align - 1) & ~(align - 1); }

static uint32_t root_slots(const struct uk_config *config)
{
    return config->root_slots != 0 ? config->root_slots : ROOT_SLOTS;
}

/* In front of the arena: the kernel's own struct and what the machine needs. */
static size_t fixed_bytes(const struct uk_config *config)
{
    return rounded(rounded(sizeof(struct kernel), 64) + machine_bytes(config), UK_PAGE);
}

static uk_word archive_frame_bytes(const struct uk_config *config)
{
    return config->archive_bytes > UK_LARGE ? UK_LARGE : UK_PAGE;
}

static uk_word archive_frames(const struct uk_config *config)
{
    uk_word bytes = archive_frame_bytes(config);
    return (config->archive_bytes + bytes - 1) / bytes;
}

/* What boot itself takes from the arena, and some room for the first thread to work with. */
static uk_word arena_default(const struct uk_config *config)
{
    uk_word bytes = root_slots(config) * sizeof(struct capability) + 2 * UK_LARGE;
    for (uint32_t i = 0; i < config->device_count && i < UK_DEVICES_MAX; i++)
        bytes += config->devices[i].bytes;
    return rounded(bytes + archive_frames(config) * archive_frame_bytes(config), UK_PAGE);
}

UK_API size_t uk_memory_bytes(const struct uk_config *config)
{
    uk_word arena = config->arena_bytes != 0 ? config->arena_bytes : arena_default(config);
    return fixed_bytes(config) + (config->run ? 0 : arena);
}

static int device_is_valid(const struct uk_device *device)
{
    return device->name != NULL && strlen(device->name) < UK_NAME_MAX && device->bytes % UK_PAGE == 0 &&
           (device->bytes <= UK_PAGE || device->bytes == UK_LARGE);
}

static int resident_is_valid(const struct uk_resident *resident)
{
    return resident->name != NULL && strlen(resident->name) < UK_NAME_MAX && resident->function != NULL;
}

static int config_is_valid(const struct uk_config *config)
{
    if (config->arena_bytes % UK_PAGE != 0 || (config->root_slots != 0 && config->root_slots < 16) ||
        config->device_count > UK_DEVICES_MAX || (config->archive == NULL && config->archive_bytes != 0))
        return 0;
    if (config->window_bytes % UK_LARGE != 0 || (config->run == 0 && config->strict != 0))
        return 0;
    for (uint32_t i = 0; i < config->device_count; i++)
        if (!device_is_valid(&config->devices[i]))
            return 0;
    if (config->resident_count > UK_RESIDENTS_MAX)
        return 0;
    for (uint32_t i = 0; i < config->resident_count; i++)
        if (!resident_is_valid(&config->residents[i]))
            return 0;
    return root_slots(config) > archive_frames(config) + 16 + (uk_word)config->device_count * 2 + config->resident_count;
}

/* Boot's own hand on the arena: objects from the bottom, pages from the top, as an Untyped would. */
struct boot {
    struct kernel *kernel;
    const struct uk_config *config;
    uk_word low, high;
    uint32_t next_slot;
    uint32_t pages_slot; /* of the frames for boot information and message buffer */
    struct uk_boot_info info;
};

static void *take(struct boot *boot, uk_word bytes)
{
    uk_word at = boot->low;
    if (rounded(bytes, OBJECT_ALIGN) > boot->high - boot->low)
        return NULL;
    boot->low += rounded(bytes, OBJECT_ALIGN);
    return arena_pointer(boot->kernel, at);
}

static uk_word take_pages(struct boot *boot, uk_word bytes)
{
    uk_word align = bytes < UK_LARGE ? UK_PAGE : UK_LARGE;
    if (bytes > boot->high)
        return 0;
    uk_word at = (boot->high - bytes) & ~(align - 1);
    if (at < boot->low)
        return 0;
    boot->high = at;
    return at;
}

static void *make(struct boot *boot, uint32_t type, uk_word bytes, uk_word size)
{
    struct object *object = take(boot, bytes);
    if (object == NULL || object_make(boot->kernel, object, type, NULL, size) != UK_OK)
        return NULL;
    return object;
}

static struct capability *slot_of(struct boot *boot, uint32_t index) { return &boot->kernel->root_cnode->slots[index]; }

/* Every capability made by boot is a child of the kernel's own root slot. */
static void grant(struct boot *boot, uint32_t index, void *object, uint32_t rights)
{
    uint32_t type = ((struct object *)object)->type;
    capability_insert(slot_of(boot, index), &boot->kernel->forest, object, type, rights, 0);
}

static enum uk_status make_first(struct boot *boot)
{
    struct kernel *kernel = boot->kernel;
    uint32_t slots = root_slots(boot->config);
    kernel->root_cnode = make(boot, UK_TYPE_CNODE, object_bytes(UK_TYPE_CNODE, slots), slots);
    struct thread *thread = make(boot, UK_TYPE_THREAD, sizeof(struct thread), 0);
    struct sched_context *context = make(boot, UK_TYPE_SCHED_CONTEXT, sizeof(struct sched_context), 0);
    struct space *space = make(boot, UK_TYPE_SPACE, sizeof(struct space), 0);
    if (kernel->root_cnode == NULL || thread == NULL || context == NULL || space == NULL)
        return UK_NO_MEMORY;
    kernel->root = thread;
    grant(boot, UK_SLOT_CNODE, kernel->root_cnode, UK_RIGHT_MANAGE);
    grant(boot, UK_SLOT_SPACE, space, UK_RIGHT_MANAGE);
    grant(boot, UK_SLOT_THREAD, thread, UK_RIGHT_READ | UK_RIGHT_MANAGE);
    grant(boot, UK_SLOT_SCHED, context, UK_RIGHT_MANAGE);
    capability_derive(&thread->own.cnode, slot_of(boot, UK_SLOT_CNODE), UK_RIGHT_MANAGE, 0);
    capability_derive(&thread->own.space, slot_of(boot, UK_SLOT_SPACE), UK_RIGHT_MANAGE, 0);
    thread_use(thread, &thread->own);
    memcpy(thread->name, "root", 5);
    thread->maximum = UK_PRIORITY_MAX;
    thread_reprioritise(kernel, thread, UK_PRIORITY_MAX, 0);
    context->budget = context->period = context->left = kernel->slice_ns;
    context->owner = thread;
    thread->own_context = context;
    sched_context_give(kernel, context, thread, 0);
    return UK_OK;
}

static struct frame *make_frame(struct boot *boot, uk_word bytes)
{
    struct frame *frame = make(boot, UK_TYPE_FRAME, sizeof(struct frame), bytes);
    uk_word physical = frame != NULL ? take_pages(boot, bytes) : 0;
    if (physical == 0)
        return NULL;
    frame->physical = physical;
    frame->bytes = bytes;
    grant(boot, boot->next_slot++, frame, UK_RIGHTS_ALL);
    return frame;
}

static enum uk_status make_archive(struct boot *boot)
{
    const struct uk_config *config = boot->config;
    uk_word bytes = archive_frame_bytes(config), done = 0;
    boot->info.archive_bytes = config->archive_bytes;
    boot->info.archive_frame_bytes = bytes;
    boot->info.archive_first = boot->next_slot;
    boot->info.archive_count = (uint32_t)archive_frames(config);
    for (uint32_t i = 0; i < boot->info.archive_count; i++, done += bytes) {
        struct frame *frame = make_frame(boot, bytes);
        if (frame == NULL)
            return UK_NO_MEMORY;
        uk_word here = config->archive_bytes - done < bytes ? config->archive_bytes - done : bytes;
        memcpy(arena_pointer(boot->kernel, frame->physical), (const unsigned char *)config->archive + done, here);
    }
    return UK_OK;
}

static enum uk_status make_device(struct boot *boot, uint32_t number)
{
    const struct uk_device *device = &boot->config->devices[number];
    struct uk_device_info *info = &boot->info.devices[number];
    memcpy(info->name, device->name, strlen(device->name));
    info->bytes = device->bytes;
    if (device->bytes != 0) {
        info->frame = boot->next_slot;
        struct frame *frame = make_frame(boot, device->bytes);
        if (frame == NULL)
            return UK_NO_MEMORY;
        frame->device = 1;
        frame->physical = machine_device_place(boot->kernel, number, frame->physical);
    }
    struct interrupt *interrupt = make(boot, UK_TYPE_INTERRUPT, sizeof(struct interrupt), 0);
    if (interrupt == NULL)
        return UK_NO_MEMORY;
    interrupt->line = number;
    interrupt->target.held = HELD_BY_THREAD;
    info->interrupt = boot->next_slot;
    boot->kernel->lines[number] = interrupt;
    grant(boot, boot->next_slot++, interrupt, UK_RIGHT_MANAGE);
    return UK_OK;
}

static enum uk_status make_resident(struct boot *boot, const struct uk_resident *about)
{
    struct resident *resident = make(boot, UK_TYPE_RESIDENT, sizeof(struct resident), 0);
    if (resident == NULL)
        return UK_NO_MEMORY;
    resident_begin(resident, about);
    grant(boot, boot->next_slot++, resident, UK_RIGHT_SEND | UK_RIGHT_MANAGE);
    return UK_OK;
}

/* A running kernel's first thread finds the boot information and a message buffer before it has asked for anything. */
static enum uk_status make_pages(struct boot *boot)
{
    boot->pages_slot = boot->next_slot;
    struct frame *info = make_frame(boot, UK_PAGE), *buffer = info != NULL ? make_frame(boot, UK_PAGE) : NULL;
    if (buffer == NULL)
        return UK_NO_MEMORY;
    boot->kernel->boot_info = info->physical;
    return UK_OK;
}

static enum uk_status map_pages(struct boot *boot)
{
    struct kernel *kernel = boot->kernel;
    struct space *space = thread_space(kernel->root);
    if (!space_has_memory(space, PAGE_LEVELS))
        return UK_NO_MEMORY;
    space_enter(kernel, space, slot_of(boot, boot->pages_slot), space->base, UK_RIGHT_READ);
    space_enter(kernel, space, slot_of(boot, boot->pages_slot + 1), space->base + UK_PAGE,
                UK_RIGHT_READ | UK_RIGHT_WRITE);
    kernel->root->buffer = space->base + UK_PAGE;
    return UK_OK;
}

/* All memory that is left. */
static enum uk_status make_untyped(struct boot *boot)
{
    struct kernel *kernel = boot->kernel;
    struct untyped *untyped = make(boot, UK_TYPE_UNTYPED, sizeof(struct untyped), 0);
    if (untyped == NULL || boot->high <= rounded(boot->low, OBJECT_ALIGN))
        return UK_NO_MEMORY;
    untyped_begin(untyped, boot->low, boot->high - boot->low);
    grant(boot, UK_SLOT_UNTYPED, untyped, UK_RIGHT_MANAGE);
    struct space *space = thread_space(kernel->root);
    capability_derive(&space->memory, slot_of(boot, UK_SLOT_UNTYPED), UK_RIGHT_MANAGE, 0);
    space->table_memory = untyped;
    return UK_OK;
}

static void write_info(struct boot *boot)
{
    struct kernel *kernel = boot->kernel;
    const struct space *space = thread_space(kernel->root);
    const struct untyped *untyped = (const struct untyped *)slot_of(boot, UK_SLOT_UNTYPED)->object;
    struct uk_boot_info *info = &boot->info;
    info->abi_version = UK_ABI_VERSION;
    info->slot_count = root_slots(boot->config);
    info->first_free = boot->next_slot;
    info->device_count = boot->config->device_count;
    info->untyped_bytes = untyped->high - untyped->low;
    info->user_base = space->base;
    info->user_end = space->end;
    info->free_base = space->base + (kernel->running ? 2 * UK_PAGE : 0);
    info->argument = boot->config->argument;
    kernel->next_slot = boot->next_slot;
    if (kernel->running)
        memcpy(arena_pointer(kernel, kernel->boot_info), info, sizeof *info);
}

static enum uk_status make_all(struct boot *boot)
{
    int runs = boot->config->run != 0;
    enum uk_status status = make_first(boot);
    if (status == UK_OK && boot->config->archive_bytes != 0)
        status = make_archive(boot);
    for (uint32_t i = 0; i < boot->config->device_count && status == UK_OK; i++)
        status = make_device(boot, i);
    boot->info.resident_first = boot->next_slot;
    boot->info.resident_count = boot->config->resident_count;
    for (uint32_t i = 0; i < boot->config->resident_count && status == UK_OK; i++)
        status = make_resident(boot, &boot->config->residents[i]);
    if (status == UK_OK && runs)
        status = make_pages(boot);
    if (status == UK_OK)
        status = make_untyped(boot);
    if (status == UK_OK && runs)
        status = map_pages(boot);
    if (status == UK_OK)
        write_info(boot);
    return status;
}

static void hooks_set(struct kernel *kernel, const struct uk_config *config)
{
    kernel->trace = config->trace;
    kernel->trace_context = config->trace_context;
    kernel->tracing = config->trace != NULL;
    kernel->choose = config->choose;
    kernel->choose_context = config->choose_context;
    kernel->choosing = config->choose != NULL;
    kernel->watched = kernel->tracing || kernel->choosing;
    kernel->running = config->run != 0;
    kernel->slice_ns = config->slice_ns != 0 ? config->slice_ns : SLICE_NS;
    kernel->next_event = UK_FOREVER;
    sched_begin(&kernel->scheduler);
}

/* The first thread runs, as far as the kernel knows; in a kernel that runs user code it waits for uk_start. */
static void begin(struct kernel *kernel)
{
    if (kernel->running)
        kernel->root->state = UK_THREAD_STOPPED;
    else
        kernel->root->state = UK_THREAD_READY;
    kernel->current = kernel->running ? NULL : kernel->root;
    if (!kernel->running)
        sched_context_use(kernel, kernel->root->context);
    kernel->next_event = 0; /* looked at anew at the end of the first entry: the slice of this context ends some day */
}

UK_API enum uk_status uk_boot(void *memory, size_t memory_bytes, const struct uk_config *config,
                              struct uk_kernel **booted)
{
    if (memory == NULL || (uintptr_t)memory % UK_PAGE != 0 || !config_is_valid(config))
        return UK_BAD_ARGUMENT;
    size_t fixed = fixed_bytes(config);
    uk_word step_bytes = config->arena_bytes != 0 ? config->arena_bytes : (memory_bytes - fixed) & ~(UK_PAGE - 1);
    if (memory_bytes < fixed || (!config->run && (memory_bytes - fixed < step_bytes || step_bytes < ARENA_LEAST)))
        return UK_NO_MEMORY;
    struct kernel *kernel = memory;
    memset(kernel, 0, sizeof *kernel);
    hooks_set(kernel, config);
    struct uk_config adjusted = *config;
    if (config->run && config->arena_bytes == 0 && arena_default(config) > (uk_word)64 << 20)
        adjusted.arena_bytes = arena_default(config);
    enum uk_status status = machine_boot(kernel, (unsigned char *)memory + rounded(sizeof *kernel, 64), &adjusted);
    if (status != UK_OK)
        return status;
    if (!config->run) {
        kernel->arena = (unsigned char *)memory + fixed;
        kernel->arena_bytes = step_bytes;
        memset(kernel->arena, 0, step_bytes);
    }
    struct boot boot = {kernel, config, kernel->arena_first, kernel->arena_bytes, UK_SLOT_FIRST_FREE, 0, {0}};
    boot.info.abi_version = UK_ABI_VERSION;
    status = make_all(&boot);
    if (status != UK_OK) {
        machine_shutdown(kernel);
        return status;
    }
    begin(kernel);
    *booted = (struct uk_kernel *)kernel;
    return UK_OK;
}

UK_API void uk_destroy(struct uk_kernel *embedded)
{
    if (embedded != NULL)
        machine_shutdown(kernel_of(embedded));
}
