/* SPDX-License-Identifier: MIT */
/* Makes a row's kernel objects, all from one Untyped of its own, so that one revoke takes all of it back. */
#include "root/root.h"

#define SLOT_BYTES   64      /* a CNode's slot */
#define OBJECT_BYTES 512     /* no other small object takes more */
#define SLICE_NS     1000000 /* round robin among tasks of one priority */

static uk_word pages(uk_word bytes) { return (bytes + UK_PAGE - 1) / UK_PAGE; }

static bool row_has(const struct root *root, const struct row *row, enum grant_kind kind)
{
    const struct grant *grant;
    for (unsigned i = 0; (grant = root_grant_at(root, row, i)) != NULL; i++)
        if (grant->kind == kind)
            return true;
    return false;
}

/* Does a server of this table let threads of others in? Then root_leave needs memory. */
static bool lets_in(const struct root *root)
{
    for (uint32_t row = ROW_MEMORY; row < root->plan->row_count; row++)
        if (row_has(root, &root->plan->rows[row], GRANT_FAULT) && row_has(root, &root->plan->rows[row], GRANT_ENDPOINT))
            return true;
    return false;
}

static uk_word own_bytes(const struct root *root, const struct row *row)
{
    return row_has(root, row, GRANT_UNTYPED) ? row->untyped_bytes : 0;
}

static uk_word row_slots(const struct root *root, const struct row *row)
{
    return row->slots + (row_has(root, row, GRANT_POOL) ? pages(root->pool_bytes) : 0) +
           (root_hosts(root, row) ? root->info->archive_count : 0);
}

/* Page tables for what lies in the space, and as many again for windows. */
static uk_word table_pages(const struct root *root, const struct row *row)
{
    uk_word bytes = row->stack_bytes + row->heap_bytes;
    if (row->heap_bytes == HEAP_TO_QUOTA)
        bytes = root->pool_bytes / 100 * root_percent(root, row);
    if (((row->flags & ROW_ARCHIVE) != 0 || root_hosts(root, row)) && root->info->archive_frame_bytes == UK_PAGE)
        bytes += root->info->archive_bytes;
    return 16 + bytes / UK_LARGE;
}

uk_word root_resident_pages(const struct row *row)
{
    return (row->flags & ROW_RESIDENT) != 0 ? pages(row->stack_bytes) + pages(row->heap_bytes) : 0;
}

/* `frames`: of a resident stack and heap, and of the program. */
static uk_word home_bytes(const struct root *root, const struct row *row, uk_word frames)
{
    uk_word need = row_slots(root, row) * SLOT_BYTES + own_bytes(root, row) + BLOCK_PAGES * OBJECT_BYTES +
                   (table_pages(root, row) + 2) * UK_PAGE + frames * (UK_PAGE + OBJECT_BYTES);
    uk_word bytes = UK_PAGE;
    while (bytes < need)
        bytes *= 2;
    return bytes;
}

/* One retype into the row's block, unless a step `before` has failed: then its status is passed on. */
static enum uk_status make(const struct root *root, uint32_t row, enum uk_status before, uint32_t type, uk_word size,
                           enum block_slot slot, uint32_t count)
{
    if (before != UK_OK || count == 0)
        return before;
    uk_handle untyped = row == ROW_ROOT || slot == BLOCK_HOME ? UK_SLOT_UNTYPED : root_slot(root, row, BLOCK_HOME);
    return uk_retype(untyped, type, size, UK_SLOT_CNODE, root_slot(root, row, slot), count);
}

static enum uk_status make_pages(const struct root *root, uint32_t row, enum uk_status status)
{
    uk_word resident = root_resident_pages(&root->plan->rows[row]);
    status = make(root, row, status, UK_TYPE_FRAME, UK_PAGE, BLOCK_START, 1);
    status = make(root, row, status, UK_TYPE_FRAME, UK_PAGE, BLOCK_BUFFER, 1);
    return make(root, row, status, UK_TYPE_FRAME, UK_PAGE, BLOCK_PAGES, (uint32_t)resident);
}

/* What callers and devices reach the task by. Bound first: a capability speaks to the server of its time. */
static enum uk_status make_service(const struct root *root, uint32_t row, enum uk_status status, uk_handle thread)
{
    const struct row *spec = &root->plan->rows[row];
    uint32_t serves = row == ROW_ROOT || row_has(root, spec, GRANT_ENDPOINT);
    uint32_t notified = row == ROW_ROOT || row_has(root, spec, GRANT_NOTIFICATION);
    status = make(root, row, status, UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY, BLOCK_ENDPOINT, serves);
    status = make(root, row, status, UK_TYPE_REPLY, 0, BLOCK_REPLY, serves);
    status = make(root, row, status, UK_TYPE_NOTIFICATION, 0, BLOCK_NOTIFICATION, notified);
    if (status == UK_OK && serves)
        status = uk_endpoint_bind(root_slot(root, row, BLOCK_ENDPOINT), thread);
    if (status == UK_OK && notified)
        status = uk_thread_bind(thread, root_slot(root, row, BLOCK_NOTIFICATION));
    return status;
}

static enum uk_status set_up(const struct root *root, uint32_t row)
{
    const struct row *spec = &root->plan->rows[row];
    uk_handle thread = root_slot(root, row, BLOCK_THREAD), sched = root_slot(root, row, BLOCK_SCHED);
    char name[UK_NAME_MAX] = {0};
    for (unsigned i = 0; i < UK_NAME_MAX - 1 && spec->name[i] != '\0'; i++)
        name[i] = spec->name[i];
    enum uk_status status = uk_space_configure(root_slot(root, row, BLOCK_SPACE), root_slot(root, row, BLOCK_HOME));
    if (status == UK_OK)
        status = uk_thread_name(thread, name);
    if (status == UK_OK)
        status = uk_thread_priority(thread, spec->priority, spec->priority);
    if (status == UK_OK)
        status = uk_sched_configure(sched, SLICE_NS, SLICE_NS, UK_CHAIN_FINISH);
    return status == UK_OK ? uk_sched_bind(sched, thread) : status;
}

/* How many frames the row's block must hold; all of them must have their slot there. */
static enum uk_status count_frames(struct root *root, uint32_t row, uk_word *frames)
{
    const uk_word room = BLOCK_SLOTS - BLOCK_PAGES;
    struct program_shape *shape = &root->tasks[row].shape;
    enum uk_status status = loader_measure(root->plan->loader, root->plan->rows[row].program, shape);
    if (root->refusal == UK_ELF_OK)
        root->refusal = shape->refusal;
    *frames = root_resident_pages(&root->plan->rows[row]);
    if (status == UK_OK && (*frames > room || shape->pages > room - *frames))
        status = UK_LIMIT;
    *frames += shape->pages;
    return status;
}

enum uk_status root_make(struct root *root, uint32_t row)
{
    const struct row *spec = &root->plan->rows[row];
    uk_word frames;
    if (row == ROW_ROOT)
        return make_service(root, row, make(root, row, UK_OK, UK_TYPE_UNTYPED, UK_PAGE, BLOCK_HOME, lets_in(root)),
                            UK_SLOT_THREAD);
    enum uk_status status = count_frames(root, row, &frames);
    if (status != UK_OK)
        return status;
    status = make(root, row, status, UK_TYPE_UNTYPED, home_bytes(root, spec, frames), BLOCK_HOME, 1);
    status = make(root, row, status, UK_TYPE_UNTYPED, own_bytes(root, spec), BLOCK_UNTYPED, own_bytes(root, spec) > 0);
    status = make(root, row, status, UK_TYPE_CNODE, row_slots(root, spec), BLOCK_CNODE, 1);
    status = make(root, row, status, UK_TYPE_SPACE, 0, BLOCK_SPACE, 1);
    status = make(root, row, status, UK_TYPE_THREAD, 0, BLOCK_THREAD, 1);
    status = make(root, row, status, UK_TYPE_SCHED_CONTEXT, 0, BLOCK_SCHED, 1);
    status = make_service(root, row, status, root_slot(root, row, BLOCK_THREAD));
    status = make_pages(root, row, status);
    return status == UK_OK ? set_up(root, row) : status;
}
