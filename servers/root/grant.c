/* SPDX-License-Identifier: MIT */
/* Fills a task's CNode from its row: this is the only place where the root task hands out authority. */
#include "root/root.h"
#include "runtime/transports.h"

#define LINE_BADGE 1 /* what a driver sees of its device's line */

const struct grant *root_grant_at(const struct root *root, const struct row *row, unsigned i)
{
    static const struct grant none = {.kind = GRANT_NONE};
    if (i < ROOT_GRANTS_MAX)
        return &row->grants[i];
    if (i == ROOT_GRANTS_MAX + ROOT_EXTRAS_MAX)
        return NULL;
    const struct extra *extra = &row->extras[i - ROOT_GRANTS_MAX];
    return extra->transport == argument_kind(root->info->argument) ? &extra->grant : &none;
}

/* The root task's own capability behind a grant; 0: there is none to give. */
static uk_handle source_of(const struct root *root, uint32_t row, const struct grant *grant)
{
    static const uint8_t made[] = {
        [GRANT_CNODE] = BLOCK_CNODE,     [GRANT_SPACE] = BLOCK_SPACE,
        [GRANT_THREAD] = BLOCK_THREAD,   [GRANT_SCHED] = BLOCK_SCHED,
        [GRANT_UNTYPED] = BLOCK_UNTYPED, [GRANT_ENDPOINT] = BLOCK_ENDPOINT,
        [GRANT_REPLY] = BLOCK_REPLY,     [GRANT_NOTIFICATION] = BLOCK_NOTIFICATION,
        [GRANT_FAULT] = BLOCK_FAULT,
    };
    const struct uk_device_info *device = root_device(root, row);
    if (grant->kind == GRANT_SERVICE)
        return root_slot(root, grant->of, BLOCK_ENDPOINT);
    if (grant->kind == GRANT_POOL)
        return UK_SLOT_UNTYPED;
    if (grant->kind == GRANT_RESIDENT)
        return root->info->resident_count != 0 ? root->info->resident_first : UK_NONE;
    if (grant->kind == GRANT_INTERRUPT)
        return device != NULL ? device->interrupt : UK_NONE;
    return root_slot(root, row, (enum block_slot)made[grant->kind]);
}

static enum uk_status give(const struct root *root, uint32_t row, const struct grant *grant)
{
    uk_handle cnode = root_slot(root, row, BLOCK_CNODE), source = source_of(root, row, grant);
    if (source == UK_NONE)
        return UK_EMPTY_SLOT;
    if (grant->kind == GRANT_SERVICE)
        return uk_mint(cnode, grant->slot, UK_NONE, source, grant->rights, grant->badge);
    return uk_copy(cnode, grant->slot, UK_NONE, source, grant->rights);
}

/* The memory server hears of its faults (of the memory server's own, the root task), the root task of its end. */
static enum uk_status watch(const struct root *root, uint32_t row)
{
    uint32_t fault = root_slot(root, row, BLOCK_FAULT), end = root_slot(root, row, BLOCK_WATCH);
    uint32_t handler = root_slot(root, row == ROW_MEMORY ? ROW_ROOT : ROW_MEMORY, BLOCK_ENDPOINT);
    enum uk_status status = uk_mint(UK_SLOT_CNODE, fault, UK_NONE, handler, UK_RIGHT_SEND, row);
    if (status == UK_OK)
        status = uk_mint(UK_SLOT_CNODE, end, UK_NONE, root_slot(root, ROW_ROOT, BLOCK_NOTIFICATION), UK_RIGHT_SEND,
                         (uk_word)1 << row);
    return status == UK_OK ? uk_thread_watch(root_slot(root, row, BLOCK_THREAD), end) : status;
}

static enum uk_status bind_line(const struct root *root, uint32_t row)
{
    const struct uk_device_info *device = root_device(root, row);
    uint32_t line = root_slot(root, row, BLOCK_LINE);
    if (device == NULL || device->interrupt == 0)
        return UK_OK;
    enum uk_status status =
        uk_mint(UK_SLOT_CNODE, line, UK_NONE, root_slot(root, row, BLOCK_NOTIFICATION), UK_RIGHT_SEND, LINE_BADGE);
    return status == UK_OK ? uk_interrupt_bind(device->interrupt, line) : status;
}

enum uk_status root_grant(struct root *root, uint32_t row)
{
    const struct row *spec = &root->plan->rows[row];
    const struct grant *grant;
    enum uk_status status = watch(root, row);
    for (unsigned i = 0; (grant = root_grant_at(root, spec, i)) != NULL && status == UK_OK; i++)
        if (grant->kind != GRANT_NONE)
            status = give(root, row, grant);
    if (status == UK_OK)
        status = bind_line(root, row);
    if (status != UK_OK)
        return status;
    return uk_thread_configure(root_slot(root, row, BLOCK_THREAD),
                               UK_PART_CNODE | UK_PART_SPACE | UK_PART_FAULT | UK_PART_BUFFER,
                               root_slot(root, row, BLOCK_CNODE), root_slot(root, row, BLOCK_SPACE),
                               root_slot(root, row, BLOCK_FAULT), root->tasks[row].layout.buffer, 0);
}
