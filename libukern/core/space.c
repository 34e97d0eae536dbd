/* SPDX-License-Identifier: MIT */
/* Address spaces: what the tables say is the truth; the machine's caches follow each change at once. */
#include "core/space.h"

#include <string.h>

#include "core/kernel.h"
#include "core/machine.h"
#include "core/lazy.h"

static unsigned level_shift(unsigned level) { return PAGE_BITS + level * PAGE_LEVEL_BITS; }

static unsigned level_index(uk_word address, unsigned level)
{
    return (unsigned)(address >> level_shift(level)) % PAGE_ENTRIES;
}

static unsigned leaf_level(uk_word bytes) { return bytes == UK_LARGE ? 1 : 0; }

static struct table *table_at(const struct kernel *kernel, page_entry entry)
{
    return arena_pointer(kernel, page_entry_physical(entry));
}

/* The table and entry that decide about `address`: a leaf, or the first that is not present. */
static struct table *find(const struct kernel *kernel, const struct space *space, uk_word address, unsigned *level)
{
    struct table *table = space->root;
    *level = PAGE_LEVELS - 1;
    while (table != NULL && *level > 0) {
        page_entry entry = table->entries[level_index(address, *level)];
        if (!page_entry_present(entry) || page_entry_is_leaf(entry, *level))
            break;
        table = table_at(kernel, entry);
        --*level;
    }
    return table;
}

static int in_range(const struct space *space, uk_word address) { return address >= space->base && address < space->end; }

int space_walk(const struct kernel *kernel, const struct space *space, uk_word address, struct mapping *mapping)
{
    unsigned level;
    if (!in_range(space, address))
        return 0;
    const struct table *table = find(kernel, space, address, &level);
    if (table == NULL)
        return 0;
    unsigned index = level_index(address, level);
    page_entry entry = table->entries[index];
    if (!page_entry_present(entry))
        return 0;
    mapping->bytes = (uk_word)1 << level_shift(level);
    mapping->address = address & ~(mapping->bytes - 1);
    mapping->physical = page_entry_physical(entry);
    mapping->rights = page_entry_rights(entry);
    mapping->kept = page_entry_kept(entry);
    mapping->behind = table->behind[index];
    return 1;
}

int space_next(const struct kernel *kernel, const struct space *space, uk_word address, struct mapping *mapping)
{
    address = address < space->base ? space->base : address;
    while (in_range(space, address)) {
        if (space_walk(kernel, space, address, mapping))
            return 1;
        unsigned level;
        uk_word skip;
        skip = find(kernel, space, address, &level) != NULL ? (uk_word)1 << level_shift(level) : space->end;
        if (skip >= space->end - address)
            return 0;
        address = (address & ~(skip - 1)) + skip;
    }
    return 0;
}

static void count_tables(struct table_count *tables, uk_word address, unsigned from, unsigned to)
{
    for (unsigned level = from; level-- > to;) {
        uk_word table = (address >> level_shift(level + 1)) + 1;
        if (tables->counted[level] != table)
            tables->missing++;
        tables->counted[level] = table;
    }
}

enum uk_status space_can_map(const struct kernel *kernel, const struct space *space, const struct frame *frame,
                             uk_word address, struct table_count *tables)
{
    if ((address & (frame->bytes - 1)) != 0 || !in_range(space, address) || frame->bytes > space->end - address)
        return UK_BAD_ARGUMENT;
    unsigned level, leaf = leaf_level(frame->bytes);
    const struct table *table = find(kernel, space, address, &level);
    if (table == NULL) { /* not even a root */
        if (tables->counted[PAGE_LEVELS - 1]++ == 0)
            tables->missing++;
        count_tables(tables, address, PAGE_LEVELS - 1, leaf);
        return UK_OK;
    }
    if (level < leaf || page_entry_present(table->entries[level_index(address, level)]))
        return UK_MAPPED;
    count_tables(tables, address, level, leaf);
    return UK_OK;
}

int space_has_memory(const struct space *space, uint32_t tables)
{
    return space->memory.type == UK_TYPE_UNTYPED &&
           untyped_fits_tables((const struct untyped *)space->memory.object, tables);
}

uint32_t frame_reference(const struct kernel *kernel, const struct frame *frame)
{
    return (uint32_t)(arena_physical(kernel, frame) / OBJECT_ALIGN) + 1;
}

struct frame *frame_next(const struct kernel *kernel, const struct frame *frame)
{
    return arena_pointer(kernel, (uk_word)(frame->next - 1) * OBJECT_ALIGN);
}

struct frame *frame_source(const struct kernel *kernel, const struct frame *frame)
{
    while (frame_is_lazy(frame) && frame->copies == 0)
        frame = frame_next(kernel, frame);
    return arena_pointer(kernel, arena_physical(kernel, frame));
}

uint32_t space_reference(const struct kernel *kernel, const struct space *space)
{
    return (uint32_t)(arena_physical(kernel, space) / OBJECT_ALIGN) + 1;
}

struct space *space_of(const struct kernel *kernel, const struct capability *frame)
{
    return frame->space == 0 ? NULL : arena_pointer(kernel, (uk_word)(frame->space - 1) * OBJECT_ALIGN);
}

static struct table *table_new(struct kernel *kernel, struct space *space)
{
    space->table_count++;
    space->table_memory->live++;
    return untyped_take(kernel, space->table_memory, sizeof(struct table), UK_PAGE, 1);
}

/* The leaf table for an address, made as needed. */
static struct table *descend(struct kernel *kernel, struct space *space, uk_word address, unsigned leaf)
{
    if (space->root == NULL)
        space->root = table_new(kernel, space);
    struct table *table = space->root;
    for (unsigned level = PAGE_LEVELS - 1; level > leaf; level--) {
        page_entry *entry = &table->entries[level_index(address, level)];
        if (!page_entry_present(*entry))
            *entry = page_entry_table(arena_physical(kernel, table_new(kernel, space)));
        table = table_at(kernel, *entry);
    }
    return table;
}

static page_entry leaf_entry(const struct kernel *kernel, const struct frame *frame, uint32_t rights)
{
    page_entry entry = page_entry_leaf(frame_source(kernel, frame)->physical, rights, frame->bytes == UK_LARGE);
    return frame_is_lazy(frame) ? page_entry_keep(entry) : entry;
}

void space_enter_run(struct kernel *kernel, struct space *space, struct capability *slots, uk_word count,
                     uk_word address, uint32_t rights)
{
    struct table *table = NULL;
    uk_word at = address, bytes = 0;
    for (struct capability *slot = slots; slot < slots + count; slot++, at += bytes) {
        const struct frame *frame = (const struct frame *)slot->object;
        unsigned leaf = leaf_level(frame->bytes), index = level_index(at, leaf);
        if (frame->bytes != bytes || index == 0)
            table = descend(kernel, space, at, leaf);
        bytes = frame->bytes;
        check(kernel, !page_entry_present(table->entries[index]) && slot->space == 0);
        table->entries[index] = leaf_entry(kernel, frame, rights & slot->rights);
        table->behind[index] = slot;
        slot->badge = at;
        slot->space = space_reference(kernel, space);
    }
    space->mapped_bytes += at - address;
    kernel->counters.pages_mapped += count;
    machine_space_map(kernel, space, address, at - address);
}

/* The leaf entry of a mapped frame capability. */
static struct table *leaf_of(const struct kernel *kernel, const struct capability *slot, unsigned *index)
{
    unsigned level;
    struct table *table = find(kernel, space_of(kernel, slot), slot->badge, &level);
    *index = level_index(slot->badge, level);
    return table;
}

void space_run_end(struct kernel *kernel, struct space_run *run)
{
    if (run->bytes != 0 && run->map)
        machine_space_map(kernel, run->space, run->address, run->bytes);
    else if (run->bytes != 0)
        machine_space_unmap(kernel, run->space, run->address, run->bytes);
    run->bytes = 0;
}

void space_run_add(struct kernel *kernel, struct space_run *run, struct space *space, uk_word address, uk_word bytes)
{
    if (space != run->space || address != run->address + run->bytes) {
        space_run_end(kernel, run);
        run->space = space;
        run->address = address;
    }
    run->bytes += bytes;
}

void space_leave_run(struct kernel *kernel, struct capability *slots, uk_word count)
{
    struct space_run run = {.map = 0};
    struct table *table = NULL;
    for (struct capability *slot = slots; slot < slots + count; slot++) {
        struct space *space = slot->type == UK_TYPE_FRAME ? space_of(kernel, slot) : NULL;
        if (space == NULL)
            continue;
        uk_word bytes = ((const struct frame *)slot->object)->bytes, address = slot->badge;
        unsigned index = level_index(address, leaf_level(bytes));
        if (space != run.space || address != run.address + run.bytes || index == 0 || table->behind[index] != slot)
            table = leaf_of(kernel, slot, &index);
        check(kernel, table->behind[index] == slot);
        table->entries[index] = 0;
        table->behind[index] = NULL;
        slot->badge = 0;
        slot->space = 0;
        space->mapped_bytes -= bytes;
        kernel->counters.pages_unmapped++;
        space_run_add(kernel, &run, space, address, bytes);
    }
    space_run_end(kernel, &run);
}

void space_show(struct kernel *kernel, const struct capability *slot, struct space_run *run)
{
    struct space *space = space_of(kernel, slot);
    const struct frame *frame = (const struct frame *)slot->object;
    unsigned index;
    if (space == NULL)
        return;
    page_entry *entry = &leaf_of(kernel, slot, &index)->entries[index];
    *entry = leaf_entry(kernel, frame, page_entry_rights(*entry) | page_entry_kept(*entry));
    kernel->counters.pages_mapped++;
    space_run_add(kernel, run, space, slot->badge, frame->bytes);
}

void space_behind(struct kernel *kernel, struct capability *slot)
{
    unsigned index;
    struct frame *frame = (struct frame *)slot->object;
    if (slot->space != 0)
        leaf_of(kernel, slot, &index)->behind[index] = slot;
    if (frame_is_lazy(frame))
        frame->holder = slot;
}

int space_walk_for(struct kernel *kernel, const struct space *space, uk_word address, uint32_t right,
                   struct mapping *mapping)
{
    if (space == NULL || !space_walk(kernel, space, address, mapping))
        return 0;
    if ((mapping->rights & right) != 0)
        return 1;
    if ((mapping->kept & right) == 0)
        return 0;
    (void)lazy_settle(kernel, (struct frame *)mapping->behind->object, 0);
    return space_walk(kernel, space, address, mapping);
}

void *space_pointer(struct kernel *kernel, const struct space *space, uk_word address, uk_word length, uint32_t right)
{
    struct mapping mapping;
    if (!space_walk_for(kernel, space, address, right, &mapping))
        return NULL;
    uk_word offset = address - mapping.address;
    return length <= mapping.bytes - offset ? arena_pointer(kernel, mapping.physical + offset) : NULL;
}

/* Is every byte mapped with this right? */
static int is_mapped(const struct kernel *kernel, const struct space *space, uk_word address, uk_word length,
                     uint32_t right)
{
    struct mapping mapping;
    while (length > 0) {
        if (!space_walk(kernel, space, address, &mapping) || ((mapping.rights | mapping.kept) & right) == 0)
            return 0;
        uk_word here = mapping.bytes - (address - mapping.address);
        here = here < length ? here : length;
        address += here;
        length -= here;
    }
    return 1;
}

static void copy(const struct kernel *kernel, const struct space *space, uk_word address, unsigned char *to,
                 const unsigned char *from, uk_word length)
{
    struct mapping mapping;
    while (length > 0 && space_walk(kernel, space, address, &mapping)) {
        uk_word offset = address - mapping.address, here = mapping.bytes - offset;
        here = here < length ? here : length;
        unsigned char *page = (unsigned char *)arena_pointer(kernel, mapping.physical + offset);
        memcpy(to != NULL ? to : page, to != NULL ? page : from, here);
        to = to != NULL ? to + here : NULL;
        from = from != NULL ? from + here : NULL;
        address += here;
        length -= here;
    }
}

int space_read(const struct kernel *kernel, const struct space *space, uk_word address, void *bytes, uk_word length)
{
    if (!is_mapped(kernel, space, address, length, UK_RIGHT_READ))
        return 0;
    copy(kernel, space, address, bytes, NULL, length);
    return 1;
}

/* Every page that the bytes touch takes no more part in lazy copies. */
static void settle_range(struct kernel *kernel, const struct space *space, uk_word address, uk_word length)
{
    struct mapping mapping;
    uk_word end = address + length;
    for (; address < end && space_walk(kernel, space, address, &mapping); address = mapping.address + mapping.bytes)
        if (mapping.kept != 0)
            (void)lazy_settle(kernel, (struct frame *)mapping.behind->object, 0);
}

int space_write(struct kernel *kernel, const struct space *space, uk_word address, const void *bytes, uk_word length)
{
    if (!is_mapped(kernel, space, address, length, UK_RIGHT_WRITE))
        return 0;
    settle_range(kernel, space, address, length);
    copy(kernel, space, address, NULL, bytes, length);
    return 1;
}

enum uk_status space_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)size;
    struct space *space = (struct space *)object;
    space->memory.held = HELD_BY_SPACE;
    enum uk_status status = machine_space_create(kernel, space);
    if (status == UK_OK)
        kernel->spaces++;
    return status;
}

static struct space *space_holding(struct capability *slot)
{
    return (struct space *)(void *)((unsigned char *)slot - offsetof(struct space, memory));
}

void space_lose_memory(struct kernel *kernel, struct capability *slot)
{
    struct space *space = space_holding(slot);
    machine_space_clear(kernel, space);
    object_bury(kernel, &space->object);
}

void space_disable(struct kernel *kernel, struct object *object)
{
    struct space *space = (struct space *)object;
    machine_space_clear(kernel, space);
    (void)capability_remove(kernel, &space->memory); /* it has no children: nothing is derived from a held slot */
}

static void table_free(struct kernel *kernel, struct space *space, struct table *table)
{
    memset(table, 0, sizeof *table);
    space->table_count--;
    untyped_give(kernel, space->table_memory, sizeof *table);
}

/* Forgets the leaf mapping at `index`. */
static void leaf_forget(struct space *space, struct table *table, unsigned index)
{
    struct capability *slot = table->behind[index];
    space->mapped_bytes -= ((const struct frame *)slot->object)->bytes;
    slot->badge = 0;
    slot->space = 0;
    table->behind[index] = NULL;
    table->entries[index] = 0;
}

/* Empties the lowest left table of the tree and frees it; 0 when the root is gone. */
static int drain_one_table(struct kernel *kernel, struct space *space)
{
    struct table *table = space->root;
    page_entry *link = NULL;
    for (unsigned level = PAGE_LEVELS; table != NULL && level-- > 0;) {
        struct table *below = NULL;
        unsigned count = level == PAGE_LEVELS - 1 ? PAGE_ROOT_ENTRIES : PAGE_ENTRIES;
        for (unsigned i = 0; i < count && below == NULL; i++) {
            if (!page_entry_present(table->entries[i]))
                continue;
            if (page_entry_is_leaf(table->entries[i], level)) {
                leaf_forget(space, table, i);
                continue;
            }
            link = &table->entries[i];
            below = table_at(kernel, *link);
        }
        if (below == NULL) {
            *(link != NULL ? link : &(page_entry){0}) = 0;
            space->root = link != NULL ? space->root : NULL;
            table_free(kernel, space, table);
            return 1;
        }
        table = below;
    }
    return 0;
}

int space_drain(struct kernel *kernel, struct object *object)
{
    struct space *space = (struct space *)object;
    while (space->root != NULL) {
        (void)drain_one_table(kernel, space);
        machine_space_clear(kernel, space); /* what its code touched meanwhile may have been in this table */
        if (space->root != NULL && machine_preempted(kernel))
            return 0;
    }
    machine_space_clear(kernel, space); /* what it cached while the drain was interrupted */
    space->table_memory = (struct untyped *)space->memory.object;
    if (object->references == 0) {
        machine_space_destroy(kernel, space);
        kernel->spaces--;
    }
    return 1;
}
