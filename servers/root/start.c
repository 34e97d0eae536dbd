/* SPDX-License-Identifier: MIT */
/* Starts a system from its table: all objects, all mappings, all grants, and only then the first task runs. */
#include "memory/memory.h"
#include "root/root.h"

#define SPARE_SLOTS     1
#define PATIENCE_NS     1000000000
#define FREE_BYTES_WORD 5 /* of UK_CAPABILITY_INSPECT on an Untyped */

/* Where the rows' blocks begin, and whether the CNode has room for them. */
static enum uk_status open_root(struct root *root, uint32_t row)
{
    (void)row;
    uint32_t need = SPARE_SLOTS + root->plan->row_count * BLOCK_SLOTS;
    root->spare = root->info->first_free;
    root->blocks = root->spare + SPARE_SLOTS;
    root->window = (root->info->free_base + UK_PAGE - 1) & ~(UK_PAGE - 1);
    root->pool_bytes = root->info->untyped_bytes;
    if (root->plan->row_count > ROOT_TASKS_MAX || root->info->slot_count < root->info->first_free + need)
        return UK_LIMIT;
    return UK_OK;
}

/* How a start goes. Once a row has failed, those up to the console are still started, so that it can be said. */
struct start {
    struct root *root;
    uint32_t end;          /* rows from here on are left out */
    uint32_t failed;       /* the first row that failed, ... */
    enum uk_status status; /* ... and why */
};

/* One step for rows [first, end). */
static void for_rows(struct start *start, uint32_t first, uint32_t end,
                     enum uk_status (*step)(struct root *root, uint32_t row))
{
    for (uint32_t row = first; row < end && row < start->end; row++) {
        enum uk_status status = step(start->root, row);
        if (status == UK_OK)
            continue;
        if (start->status == UK_OK) {
            start->failed = row;
            start->status = status;
        }
        start->end = row > ROW_CONSOLE ? ROW_CONSOLE + 1 : 0;
    }
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

/* What the objects left is the pool; from here on the root task takes nothing from it. */
static enum uk_status measure_pool(struct root *root, uint32_t row)
{
    (void)row;
    uk_word words[UK_REGISTER_WORDS];
    enum uk_status status = uk_inspect(UK_SLOT_CNODE, UK_SLOT_UNTYPED, words);
    root->pool_bytes = words[FREE_BYTES_WORD];
    return status;
}

enum uk_status root_start(struct root *root, uint32_t *row)
{
    const uint32_t all = root->plan->row_count;
    struct start start = {.root = root, .end = all};
    for_rows(&start, ROW_ROOT, ROW_ROOT + 1, open_root);
    for_rows(&start, ROW_ROOT, all, root_make);
    for_rows(&start, ROW_ROOT, ROW_ROOT + 1, measure_pool);
    for_rows(&start, ROW_MEMORY, all, root_map);
    for_rows(&start, ROW_MEMORY, all, root_grant);
    for_rows(&start, ROW_MEMORY, ROW_MEMORY + 1, resume);
    for_rows(&start, ROW_CONSOLE, all, introduce);
    for_rows(&start, ROW_CONSOLE, all, resume);
    *row = start.failed;
    return start.status;
}
