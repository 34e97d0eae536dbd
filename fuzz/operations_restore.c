/* SPDX-License-Identifier: MIT */
/* Back to the beginning: an input may only have changed what the watermarks and the page counters say, and that is copied. */
#include <string.h>

#include "fuzz/operations_inside.h"

enum {
    VERIFY_EVERY = 65536 /* runs after which all is compared, to be sure that nothing else changes, at first more often */
};

static void *object_in(const struct operations *operations, unsigned slot)
{
    return operations->kernel->root_cnode->slots[slot].object;
}

static size_t offset_of(const struct operations *operations, const void *pointer)
{
    return (size_t)((const unsigned char *)pointer - operations->memory);
}

static size_t arena_offset(const struct operations *operations)
{
    return offset_of(operations, operations->kernel->arena);
}

static uk_word least(uk_word one, uk_word other) { return one < other ? one : other; }
static uk_word greatest(uk_word one, uk_word other) { return one > other ? one : other; }

void world_remember(struct operations *operations, struct world *world)
{
    const struct untyped *outer = object_in(operations, UK_SLOT_UNTYPED);
    const struct frame *buffers = object_in(operations, WORLD_FRAME), *spare = object_in(operations, WORLD_FRAME + 1);
    memcpy(world->copy, operations->memory, operations->memory_bytes);
    world->low = outer->low;
    world->high = outer->high;
    world->frames = least(buffers->physical, spare->physical);
    world->frames_end = greatest(buffers->physical + buffers->bytes, spare->physical + spare->bytes);
    world->inner = *(struct untyped *)object_in(operations, WORLD_UNTYPED);
    world->inner_offset = offset_of(operations, object_in(operations, WORLD_UNTYPED));
    world->space_offset = offset_of(operations, object_in(operations, WORLD_SPACE));
    world->pages = operations->kernel->counters.pages_mapped + operations->kernel->counters.pages_unmapped;
    world->made = 1;
}

void world_mark(struct operations *operations)
{
    const struct world *world = operations->world;
    const struct untyped *outer = object_in(operations, UK_SLOT_UNTYPED);
    const struct untyped *inner = (const void *)(operations->memory + world->inner_offset);
    operations->low = greatest(operations->low, outer->low);
    operations->high = least(operations->high, outer->high);
    if (outer->low < world->low)
        operations->reset = 1;
    if (operations->reset || inner->object.type != UK_TYPE_UNTYPED || inner->object.number != world->inner.object.number)
        return;
    operations->inner_low = greatest(operations->inner_low, inner->low);
    operations->inner_high = least(operations->inner_high, inner->high);
}

/* Tables change only when something is mapped, unmapped, or when their space loses them. */
static int tables_changed(const struct operations *operations, const struct world *world)
{
    const struct counters *counters = &operations->kernel->counters;
    return operations->reset || counters->pages_mapped + counters->pages_unmapped != world->pages ||
           memcmp(operations->memory + world->space_offset, world->copy + world->space_offset, sizeof(struct space)) != 0;
}

static void arena_copy(struct operations *operations, const struct world *world, uk_word from, uk_word to)
{
    size_t arena = arena_offset(operations);
    memcpy(operations->memory + arena + from, world->copy + arena + from, to - from);
}

static void arena_zero(struct operations *operations, uk_word from, uk_word to)
{
    if (from < to)
        memset(operations->memory + arena_offset(operations) + from, 0, to - from);
}

/* What was taken from either Untyped beyond what `world` has. */
static void grown_zero(struct operations *operations, const struct world *world)
{
    uk_word base = world->inner.base, end = base + world->inner.bytes;
    arena_zero(operations, world->low, operations->low);
    arena_zero(operations, operations->high, world->high);
    arena_zero(operations, base, operations->reset ? end : operations->inner_low);
    arena_zero(operations, operations->reset ? end : operations->inner_high, end);
}

static void verify(struct operations *operations, const struct world *world)
{
    const unsigned char *now = operations->memory, *then = world->copy;
    for (size_t i = 0; i < operations->memory_bytes; i++)
        if (now[i] != then[i]) {
            operations_fail(operations, "something wrote to unused memory: arena offset %zd",
                            (ptrdiff_t)(i - arena_offset(operations)));
            return;
        }
}

void world_load(struct operations *operations, unsigned which)
{
    struct world *world = &operations->worlds[which];
    if (operations->world == NULL) {
        memcpy(operations->memory, world->copy, operations->memory_bytes);
    } else {
        int tables = operations->world != world || tables_changed(operations, world);
        grown_zero(operations, world);
        memcpy(operations->memory, world->copy, arena_offset(operations) + world->low);
        arena_copy(operations, world, tables ? world->high : world->frames, world->frames_end);
    }
    operations->world = world;
    operations->low = world->low;
    operations->high = world->high;
    operations->inner_low = world->inner.low;
    operations->inner_high = world->inner.high;
    operations->reset = 0;
    operations->runs++;
    if (operations->runs % VERIFY_EVERY == 0 || (operations->runs & (operations->runs - 1)) == 0)
        verify(operations, world);
}

/* Everything but the unused middle. */
static void state_copy(const struct operations *operations, unsigned char *to, const unsigned char *from)
{
    size_t low = arena_offset(operations) + operations->low, high = arena_offset(operations) + operations->high;
    memcpy(to, from, low);
    memcpy(to + high, from + high, operations->memory_bytes - high);
}

void world_save(const struct operations *operations, unsigned char *copy)
{
    state_copy(operations, copy, operations->memory);
}

void world_return(struct operations *operations, const unsigned char *copy)
{
    state_copy(operations, operations->memory, copy);
}

static int is_zero(const struct operations *operations, uk_word from, uk_word to)
{
    const unsigned char *arena = operations->kernel->arena;
    return from >= to || (arena[from] == 0 && memcmp(arena + from, arena + from + 1, to - from - 1) == 0);
}

static void finish_check(struct operations *operations)
{
    struct uk_counters counters;
    const struct untyped *outer = object_in(operations, UK_SLOT_UNTYPED);
    uk_word end = outer->base + outer->bytes;
    uk_counters(operations->embedded, &counters);
    if (counters.objects != operations->boot_objects || counters.threads != operations->boot_threads ||
        counters.spaces != operations->boot_spaces)
        operations_fail(operations, "all is revoked, but %d objects, %d threads, %d spaces more are alive than after boot",
                        (int)(counters.objects - operations->boot_objects),
                        (int)(counters.threads - operations->boot_threads),
                        (int)(counters.spaces - operations->boot_spaces));
    if (outer->live != 0 || outer->live_bytes != 0 || outer->low != outer->base || outer->high != end)
        operations_fail(operations, "all is revoked, but the first Untyped holds %u live things in %u bytes",
                        (unsigned)outer->live, (unsigned)outer->live_bytes);
    else if (!is_zero(operations, outer->base, operations->low) || !is_zero(operations, operations->high, end))
        operations_fail(operations, "all is revoked, but the memory is not zero");
}

void world_finish(struct operations *operations)
{
    const uk_word words[UK_REGISTER_WORDS] = {UK_SLOT_UNTYPED, 0, 0, 0, 0, 0};
    operations->choices = 0;
    world_root_awake(operations, UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, words);
    world_mark(operations);
    oracles_state(operations);
    finish_check(operations);
}
