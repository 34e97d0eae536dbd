/* SPDX-License-Identifier: MIT */
/* Invariants of address spaces: every table entry is looked at, and each mapping has the capability that allows it. */
#include "embed/check.h"

enum {
    GROUP = 8,          /* entries that are skipped together when all are empty */
    COMPARISONS = 16384 /* pairs of a table and an object at most, for one space, in a sampled check */
};

/* One space's tables while they are walked: the table and the next entry to look at, for each level. */
struct walk {
    const struct space *space;
    const struct table *table[PAGE_LEVELS];
    unsigned index[PAGE_LEVELS];
    unsigned level;
    uk_word address; /* of the table's first entry, level by level */
    uk_word bytes;   /* mapped, found */
    uint32_t tables; /* found */
};

static uk_word span(unsigned level) { return (uk_word)1 << (PAGE_BITS + level * PAGE_LEVEL_BITS); }

/* Pages in the same Untyped that are a frame's or another Untyped's. Tables have no header that a walk could find, so
 * this takes a look at all objects for each table. */
static int is_page_of_object(const struct checker *checker, const struct untyped *memory, uk_word physical)
{
    for (const struct object *object = checker->first; object != NULL; object = check_next(checker, object)) {
        if (object->untyped != memory || (object->type != UK_TYPE_FRAME && object->type != UK_TYPE_UNTYPED))
            continue;
        int is_frame = object->type == UK_TYPE_FRAME;
        uk_word begin = is_frame ? ((const struct frame *)object)->physical : ((const struct untyped *)object)->base;
        uk_word bytes = is_frame ? ((const struct frame *)object)->bytes : ((const struct untyped *)object)->bytes;
        if (physical < begin + bytes && begin < physical + sizeof(struct table))
            return 1;
    }
    return 0;
}

/* A table at `physical` goes on the walk. */
static int enter(struct checker *checker, struct walk *walk, uk_word physical, unsigned level)
{
    const struct untyped *memory = walk->space->table_memory;
    const struct object *object = &walk->space->object;
    const struct table *table = arena_pointer(checker->kernel, physical);
    if (!check_in_arena(checker, table, sizeof *table, UK_PAGE) || physical < memory->high ||
        physical + sizeof *table > memory->base + memory->bytes)
        return check_fail(checker, CHECK_TABLES, object, "a table lies outside of its Untyped's pages");
    if (walk->tables++ >= walk->space->table_count)
        return check_fail(checker, CHECK_TABLES, object, "it has more tables than it counts");
    if ((checker->depth == CHECK_EXACT || checker->objects * walk->space->table_count <= COMPARISONS) &&
        is_page_of_object(checker, memory, physical))
        return check_fail(checker, CHECK_PAGES, object, "a table overlaps the pages of an object");
    walk->table[level] = table;
    walk->index[level] = 0;
    walk->level = level;
    return 1;
}

static int check_leaf(struct checker *checker, struct walk *walk, page_entry entry, const struct capability *slot,
                      uk_word address)
{
    const struct object *object = &walk->space->object;
    uk_word bytes = span(walk->level);
    if (!check_in_arena(checker, slot, sizeof *slot, _Alignof(struct capability)) || slot->type != UK_TYPE_FRAME ||
        !check_is_live(checker, slot->object, UK_TYPE_FRAME))
        return check_fail(checker, CHECK_MAPPING, object, "a mapping has no frame capability");
    const struct frame *frame = (const struct frame *)slot->object, *source;
    if (slot->badge != address || slot->space != space_reference(checker->kernel, walk->space))
        return check_fail(checker, CHECK_MAPPING, object, "a mapping's capability says that it is mapped elsewhere");
    if (!check_lazy(checker, frame, &source))
        return 0;
    if (frame->bytes != bytes || (source == frame && frame->physical != page_entry_physical(entry)))
        return check_fail(checker, CHECK_MAPPING, object, "a mapping shows other memory than its capability's");
    if (source->physical != page_entry_physical(entry))
        return check_fail(checker, CHECK_LAZY_MAPPING, object, "a lazy copy is mapped to another page than its source's");
    if (frame_is_lazy(frame) ? (page_entry_rights(entry) & UK_RIGHT_WRITE) != 0 : page_entry_kept(entry) != 0)
        return check_fail(checker, CHECK_LAZY_MAPPING, object, "a page that copies share may be written, or another not");
    if (((page_entry_rights(entry) | page_entry_kept(entry)) & ~(uint32_t)slot->rights) != 0)
        return check_fail(checker, CHECK_MAPPING, object, "a mapping has a right that its capability lacks");
    if (address < walk->space->base || address >= walk->space->end || bytes > walk->space->end - address)
        return check_fail(checker, CHECK_MAPPING, object, "a mapping lies outside of the space");
    walk->bytes += bytes;
    checker->mapped++;
    return 1;
}

static int is_group_empty(const struct table *table, unsigned index)
{
    const page_entry *entry = &table->entries[index];
    struct capability *const *behind = &table->behind[index];
    uint64_t some = 0;
    for (unsigned i = 0; i < GROUP; i++)
        some |= entry[i] | (uintptr_t)behind[i];
    return some == 0;
}

/* The entry that is next on the walk; an entry that leads to a table makes that the next to be looked at. */
static int check_entry(struct checker *checker, struct walk *walk)
{
    unsigned level = walk->level, index = walk->index[level]++;
    const struct table *table = walk->table[level];
    page_entry entry = table->entries[index];
    const struct capability *slot = table->behind[index];
    uk_word mask = span(level) * PAGE_ENTRIES - 1;
    walk->address = (walk->address & ~mask) | span(level) * index;
    if (page_entry_present(entry) && page_entry_is_leaf(entry, level))
        return check_leaf(checker, walk, entry, slot, walk->address);
    if (slot != NULL)
        return check_fail(checker, CHECK_MAPPING, &walk->space->object, "an entry that maps nothing has a capability");
    if (page_entry_present(entry))
        return enter(checker, walk, page_entry_physical(entry), level - 1);
    return entry == 0 || check_fail(checker, CHECK_TABLES, &walk->space->object, "an empty entry is not zero");
}

static int check_tables(struct checker *checker, struct walk *walk)
{
    while (walk->level < PAGE_LEVELS) {
        unsigned *index = &walk->index[walk->level];
        if (*index >= (walk->level == PAGE_LEVELS - 1 ? PAGE_ROOT_ENTRIES : PAGE_ENTRIES))
            walk->level++;
        else if (*index % GROUP == 0 && is_group_empty(walk->table[walk->level], *index))
            *index += GROUP;
        else if (!check_entry(checker, walk))
            return 0;
    }
    return 1;
}

int check_space(struct checker *checker, const struct space *space)
{
    struct walk walk = {.space = space};
    const struct object *object = &space->object;
    checker->spaces += object->references > 0 || (object->flags & OBJECT_DYING) != 0;
    if (space->table_count > 0 && !check_is_live(checker, space->table_memory, UK_TYPE_UNTYPED))
        return check_fail(checker, CHECK_TABLES, object, "the Untyped of its tables is gone");
    if (space->root != NULL && space->table_count == 0)
        return check_fail(checker, CHECK_TABLES, object, "it has more tables than it counts");
    if (space->memory.type != UK_TYPE_NONE && space->memory.object != &space->table_memory->object)
        return check_fail(checker, CHECK_TABLES, object, "its tables come from another Untyped than its capability's");
    if (space->root != NULL && (!enter(checker, &walk, arena_physical(checker->kernel, space->root), PAGE_LEVELS - 1) ||
                                !check_tables(checker, &walk)))
        return 0;
    if (walk.tables != space->table_count)
        return check_fail(checker, CHECK_TABLES, object, "it counts more tables than it has");
    if (walk.tables > 0)
        checker->tables_weighed -= (uint64_t)walk.tables * space->table_memory->object.number;
    return walk.bytes == space->mapped_bytes ||
           check_fail(checker, CHECK_MAPPED, object, "it counts other bytes than are mapped");
}
