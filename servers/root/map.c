/* SPDX-License-Identifier: MIT */
/* Maps what a task finds in its space when it starts; stack and heap only of those tasks that may not page-fault. */
#include "root/root.h"
#include "runtime/text.h"

static uk_handle space_of(const struct root *root, uint32_t row) { return root_slot(root, row, BLOCK_SPACE); }

const struct uk_device_info *root_device(const struct root *root, uint32_t row)
{
    const char *name = root->plan->rows[row].device;
    for (uint32_t i = 0; name != NULL && i < root->info->device_count; i++)
        if (text_equal(root->info->devices[i].name, name))
            return &root->info->devices[i];
    return NULL;
}

static enum uk_status lay_out(struct root *root, uint32_t row)
{
    const struct row *spec = &root->plan->rows[row];
    struct started *task = &root->tasks[row];
    const struct uk_device_info *device = root_device(root, row);
    uk_word range[UK_REGISTER_WORDS] = {0};
    enum uk_status status = uk_query(space_of(root, row), range);
    if (status != UK_OK && status != UK_NOT_MAPPED)
        return status;
    task->quota_bytes = root->pool_bytes / 100 * root_percent(root, spec);
    task->server_bytes = root->pool_bytes / 100 * root_server_percent(root, spec) & ~(UK_PAGE - 1);
    uk_word heap = task->quota_bytes > spec->stack_bytes ? task->quota_bytes - spec->stack_bytes : 0;
    bool archive = (spec->flags & ROW_ARCHIVE) != 0 || root_hosts(root, spec);
    struct layout_need need = {
        .stack_bytes = spec->stack_bytes,
        .heap_bytes = (spec->heap_bytes != HEAP_TO_QUOTA ? spec->heap_bytes : heap) & ~(UK_PAGE - 1),
        .device_bytes = device != NULL && device->frame != 0 ? device->bytes : 0,
        .archive_bytes = archive ? root->info->archive_count * root->info->archive_frame_bytes : 0,
    };
    uk_word base = task->shape.end > range[3] ? task->shape.end : range[3];
    return layout_make(&task->layout, &need, base, range[4]) ? UK_OK : UK_NO_WINDOW;
}

/* Frames in consecutive slots from `slot` on to consecutive addresses [base, end). */
static enum uk_status map_range(const struct root *root, uint32_t row, uint32_t slot, uk_word base, uk_word end,
                                uk_word frame_bytes, uint32_t rights)
{
    enum uk_status status = UK_OK;
    for (uk_word address = base; status == UK_OK && address < end; address += frame_bytes)
        status = uk_map(space_of(root, row), slot++, address, rights);
    return status;
}

static enum uk_status map_resident(const struct root *root, uint32_t row)
{
    const struct layout *layout = &root->tasks[row].layout;
    uint32_t slot = root_slot(root, row, BLOCK_PAGES), rights = UK_RIGHT_READ | UK_RIGHT_WRITE;
    if ((root->plan->rows[row].flags & ROW_RESIDENT) == 0)
        return UK_OK;
    enum uk_status status = map_range(root, row, slot, layout->stack_base, layout->stack_end, UK_PAGE, rights);
    slot += (uint32_t)((layout->stack_end - layout->stack_base) / UK_PAGE);
    if (status != UK_OK)
        return status;
    return map_range(root, row, slot, layout->heap_base, layout->heap_end, UK_PAGE, rights);
}

/* The archive in one of several spaces: a frame's capability is of one mapping, and so each host has its own, in the slots
 * behind those that it knows of. */
static enum uk_status map_copies(const struct root *root, uint32_t row)
{
    const struct uk_boot_info *info = root->info;
    uk_word address = root->tasks[row].layout.archive_base;
    uint32_t slot = root->plan->rows[row].slots;
    enum uk_status status = UK_OK;
    for (uint32_t i = 0; i < info->archive_count && status == UK_OK; i++, address += info->archive_frame_bytes) {
        status = uk_copy(UK_SLOT_CNODE, root->spare, UK_NONE, info->archive_first + i, UK_RIGHT_READ);
        if (status == UK_OK)
            status = uk_map(space_of(root, row), root->spare, address, UK_RIGHT_READ);
        if (status == UK_OK)
            status = uk_move(root_slot(root, row, BLOCK_CNODE), slot + i, UK_NONE, root->spare);
    }
    (void)uk_delete(UK_SLOT_CNODE, root->spare);
    return status;
}

static enum uk_status map_given(const struct root *root, uint32_t row)
{
    const struct uk_boot_info *info = root->info;
    const struct layout *layout = &root->tasks[row].layout;
    const struct uk_device_info *device = root_device(root, row);
    enum uk_status status = UK_OK;
    if (layout->device_base != 0)
        status = uk_map(space_of(root, row), device->frame, layout->device_base, UK_RIGHT_READ | UK_RIGHT_WRITE);
    if (status != UK_OK || layout->archive_base == 0)
        return status;
    if (root_hosts(root, &root->plan->rows[row]))
        return map_copies(root, row);
    return map_range(root, row, info->archive_first, layout->archive_base,
                     layout->archive_base + info->archive_count * info->archive_frame_bytes, info->archive_frame_bytes,
                     UK_RIGHT_READ);
}

static void fill_start(const struct root *root, uint32_t row, const struct loaded *loaded, struct start_page *page)
{
    const struct row *spec = &root->plan->rows[row];
    const struct layout *layout = &root->tasks[row].layout;
    const struct uk_device_info *device = root_device(root, row);
    uk_word slots[UK_REGISTER_WORDS], server_bytes = root->tasks[row].server_bytes;
    (void)uk_inspect(UK_SLOT_CNODE, root_slot(root, row, BLOCK_CNODE), slots);
    page->task = (struct task_start){
        .heap_base = layout->heap_base,
        .heap_end = layout->heap_end - server_bytes,
        .archive_base = layout->archive_base,
        .archive_bytes = layout->archive_base != 0 ? root->info->archive_bytes : 0,
        .server_base = server_bytes > 0 ? layout->heap_end - server_bytes : 0,
        .server_bytes = server_bytes,
        .device_base = layout->device_base,
        .device_bytes = layout->device_base != 0 ? device->bytes : 0,
        .stack_base = layout->stack_base,
        .free_base = layout->free_base,
        .free_end = layout->free_end,
        .slots = slots[5] - (root_hosts(root, spec) ? root->info->archive_count : 0),
        .argument = (spec->flags & ROW_ARGUMENT) != 0 ? root->info->argument : 0,
        .buffer = (struct uk_buffer *)layout->buffer,
    };
    for (unsigned i = 0; i < UK_NAME_MAX - 1 && spec->name[i] != '\0'; i++)
        page->task.name[i] = spec->name[i];
    for (unsigned i = 0; i < sizeof loaded->loader / sizeof loaded->loader[0]; i++)
        page->loader[i] = loaded->loader[i];
}

/* The root task writes through a second capability of the frame, so that the task's own mapping never allows it. */
static enum uk_status map_start(const struct root *root, uint32_t row, const struct loaded *loaded)
{
    uint32_t frame = root_slot(root, row, BLOCK_START), rights = UK_RIGHT_READ | UK_RIGHT_WRITE;
    enum uk_status status = uk_copy(UK_SLOT_CNODE, root->spare, UK_NONE, frame, rights);
    if (status == UK_OK)
        status = uk_map(UK_SLOT_SPACE, root->spare, root->window, rights);
    if (status == UK_OK)
        fill_start(root, row, loaded, (struct start_page *)root->window);
    (void)uk_delete(UK_SLOT_CNODE, root->spare);
    if (status != UK_OK)
        return status;
    return uk_map(space_of(root, row), frame, root->tasks[row].layout.start, UK_RIGHT_READ);
}

/* The program's frames follow those of stack and heap in the row's block. */
static enum uk_status load(struct root *root, uint32_t row, struct loaded *loaded)
{
    const struct row *spec = &root->plan->rows[row];
    const struct loader_place place = {
        .untyped = root_slot(root, row, BLOCK_HOME),
        .space = space_of(root, row),
        .slot = root_slot(root, row, BLOCK_PAGES) + (uint32_t)root_resident_pages(spec),
        .slot_count = (uint32_t)root->tasks[row].shape.pages,
        .spare = root->spare,
        .window = root->window,
    };
    enum uk_status status = loader_load(root->plan->loader, spec->program, &place, loaded);
    if (root->refusal == UK_ELF_OK)
        root->refusal = loaded->refusal;
    return status;
}

enum uk_status root_map(struct root *root, uint32_t row)
{
    const struct layout *layout = &root->tasks[row].layout;
    struct loaded loaded = {0};
    enum uk_status status = load(root, row, &loaded);
    if (status == UK_OK)
        status = lay_out(root, row);
    if (status == UK_OK)
        status = map_start(root, row, &loaded);
    if (status == UK_OK)
        status = uk_map(space_of(root, row), root_slot(root, row, BLOCK_BUFFER), layout->buffer,
                        UK_RIGHT_READ | UK_RIGHT_WRITE);
    if (status == UK_OK)
        status = map_resident(root, row);
    if (status == UK_OK)
        status = map_given(root, row);
    if (status != UK_OK)
        return status;
    return uk_thread_registers(root_slot(root, row, BLOCK_THREAD), loaded.entry, layout->stack_end, layout->start);
}
