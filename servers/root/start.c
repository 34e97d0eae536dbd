/* SPDX-License-Identifier: MIT */
/* Starts a system from its table: all objects, all mappings, all grants, and only then the first task runs. */
#include "memory/memory.h"
#include "root/root.h"

#define SPARE_SLOTS     1
#define PATIENCE_NS     1000000000
#define FREE_BYTES_WORD 5 /* of UK_CAPABILITY_INSPECT on an Untyped */

/* Where the row's blocks begin, and whether the CNode has room for them. */
static enum uk_status open_root(struct root *root)
{
    uint32_t need = SPARE_SLOTS + root->plan->row_count * BLOCK_SLOTS;
    root->spare = root->info->first_free;
    root->blocks = root->spare + SPARE_SLOTS;
    root->window = (root->info->free_base + UK_PAGE - 1) & ~(UK_PAGE - 1);
    root->pool_bytes = root->info->untyped_bytes;
    if (root->plan->row_count > ROOT_TASKS_MAX || root->info->slot_count < root->info->first_free + need)
        return UK_LIMIT;
    return UK_OK;
}

/* On failure `row` is the one that it failed for. */
static enum uk_status for_each(struct root *root, uint32_t *row, uint32_t first,
                               enum uk_status (*step)(struct root *root, uint32_t row))
{
    for (*row = first; *row < root->plan->row_count; ++*row) {
        enum uk_status status = step(root, *row);
        if (status != UK_OK)
            return status;
    }
    return UK_OK;
}

enum uk_status root_call(const struct root *root, uint32_t row, struct uk_message *message)
{
    enum uk_status status = uk_call(root_slot(root, row, BLOCK_ENDPOINT), message, uk_clock() + PATIENCE_NS);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message->tag) : status;
}

static enum uk_status call_memory(const struct root *root, uint32_t label, unsigned length, const uk_word *words)
{
    struct uk_message message = uk_message(label, length);
    for (unsigned i = 0; i < length; i++)
        message.word[i] = words[i];
    return root_call(root, ROW_MEMORY, &message);
}

static uk_word name_word(const char *name, unsigned word)
{
    uk_word packed = 0;
    unsigned length = 0;
    while (length < UK_NAME_MAX && name[length] != '\0')
        length++;
    for (unsigned i = word * 8; i < length && i < word * 8 + 8; i++)
        packed |= (uk_word)(unsigned char)name[i] << (i % 8 * 8);
    return packed;
}

/* From here on the memory server answers the task's faults, in words with its name; pages only where it may. */
static enum uk_status introduce(struct root *root, uint32_t row)
{
    const struct layout *layout = &root->tasks[row].layout;
    const char *name = root->plan->rows[row].name;
    bool fed = (root->plan->rows[row].flags & ROW_RESIDENT) == 0;
    if (row == ROW_MEMORY)
        return UK_OK;
    enum uk_status status = call_memory(root, MEMORY_NAME, 3, (uk_word[]){row, name_word(name, 0), name_word(name, 1)});
    if (status == UK_OK)
        status = uk_copy(root_slot(root, ROW_MEMORY, BLOCK_CNODE), MEMORY_SPACES + row, UK_NONE,
                         root_slot(root, row, BLOCK_SPACE), UK_RIGHT_MANAGE);
    if (status != UK_OK || !fed)
        return status;
    return call_memory(root, MEMORY_FEED, 6,
                       (uk_word[]){row, layout->stack_base, layout->stack_end, layout->heap_base, layout->heap_end,
                                   root->tasks[row].quota_bytes});
}

static enum uk_status resume(struct root *root, uint32_t row)
{
    enum uk_status status = uk_thread_resume(root_slot(root, row, BLOCK_THREAD));
    root->tasks[row].alive = status == UK_OK;
    return status;
}

/* What the objects left is the pool; from here on the root task makes none. */
static enum uk_status measure_pool(struct root *root)
{
    uk_word words[UK_REGISTER_WORDS];
    enum uk_status status = uk_inspect(UK_SLOT_CNODE, UK_SLOT_UNTYPED, words);
    root->pool_bytes = words[FREE_BYTES_WORD];
    return status;
}

enum uk_status root_start(struct root *root, uint32_t *row)
{
    *row = ROW_ROOT;
    enum uk_status status = open_root(root);
    if (status == UK_OK)
        status = for_each(root, row, ROW_ROOT, root_make);
    if (status == UK_OK)
        status = measure_pool(root);
    if (status == UK_OK)
        status = for_each(root, row, ROW_MEMORY, root_map);
    if (status == UK_OK)
        status = for_each(root, row, ROW_MEMORY, root_grant);
    if (status == UK_OK)
        status = resume(root, *row = ROW_MEMORY);
    if (status == UK_OK)
        status = for_each(root, row, ROW_CONSOLE, introduce);
    return status == UK_OK ? for_each(root, row, ROW_CONSOLE, resume) : status;
}
