/* SPDX-License-Identifier: MIT */
/* What users ask of a space: everything is checked before the tables change. */
#include "core/kernel.h"
#include "core/machine.h"
#include "core/space.h"

enum {
    MAP_RIGHTS = UK_RIGHT_READ | UK_RIGHT_WRITE | UK_RIGHT_EXECUTE
};

struct outcome space_configure(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    (void)kernel;
    struct space *space = (struct space *)via->object;
    struct capability *memory;
    enum uk_status status =
        capability_require(caller, caller->registers.call.word[0], UK_TYPE_UNTYPED, UK_RIGHT_MANAGE, &memory);
    if (status != UK_OK)
        return outcome_done(status);
    if (space->memory.type != UK_TYPE_NONE || space_is_draining(space))
        return outcome_done(UK_BUSY);
    capability_derive(&space->memory, memory, UK_RIGHT_MANAGE, 0);
    space->table_memory = (struct untyped *)memory->object;
    return outcome_done(UK_OK);
}

/* Read is always among the rights of a mapping; the others must be held. */
static enum uk_status check_rights(const struct capability *frame, uk_word rights)
{
    if ((rights & ~(uk_word)MAP_RIGHTS) != 0 || (rights & UK_RIGHT_READ) == 0)
        return UK_BAD_ARGUMENT;
    return (frame->rights & rights) == rights ? UK_OK : UK_NO_RIGHT;
}

struct outcome space_map(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct space *space = (struct space *)via->object;
    const uk_word *word = caller->registers.call.word;
    struct capability *slot;
    struct table_count tables = {0};
    enum uk_status status = capability_require(caller, word[0], UK_TYPE_FRAME, 0, &slot);
    if (status == UK_OK)
        status = check_rights(slot, word[2]);
    if (status != UK_OK)
        return outcome_done(status);
    if (space_is_draining(space))
        return outcome_done(UK_BUSY);
    if (slot->space != 0)
        return outcome_done(UK_MAPPED);
    status = space_can_map(kernel, space, (const struct frame *)slot->object, word[1], &tables);
    if (status != UK_OK)
        return outcome_done(status);
    if (tables.missing > 0 && !space_has_memory(space, tables.missing))
        return outcome_done(UK_NO_MEMORY);
    space_enter(kernel, space, slot, word[1], (uint32_t)word[2]);
    return outcome_done(UK_OK);
}

/* The mapping that begins exactly at `address`. */
static int find_start(const struct kernel *kernel, const struct space *space, uk_word address, struct mapping *mapping)
{
    return space_walk(kernel, space, address, mapping) && mapping->address == address;
}

struct outcome space_unmap(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct mapping mapping;
    if (!find_start(kernel, (struct space *)via->object, caller->registers.call.word[0], &mapping))
        return outcome_done(UK_NOT_MAPPED);
    space_leave(kernel, mapping.behind);
    return outcome_done(UK_OK);
}

struct outcome space_protect(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct space *space = (struct space *)via->object;
    const uk_word *word = caller->registers.call.word;
    struct mapping mapping;
    if (!find_start(kernel, space, word[0], &mapping))
        return outcome_done(UK_NOT_MAPPED);
    enum uk_status status = check_rights(mapping.behind, word[1]);
    if (status != UK_OK)
        return outcome_done(status);
    struct capability *slot = mapping.behind;
    space_leave(kernel, slot);
    space_enter(kernel, space, slot, word[0], (uint32_t)word[1]);
    return outcome_done(UK_OK);
}

struct outcome space_query(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    const struct space *space = (const struct space *)via->object;
    uk_word *word = caller->registers.call.word;
    struct mapping mapping = {0};
    int found = space_next(kernel, space, word[0], &mapping);
    word[0] = mapping.address;
    word[1] = mapping.bytes;
    word[2] = mapping.rights | mapping.kept;
    word[3] = space->base;
    word[4] = space->end;
    word[5] = space->mapped_bytes;
    return outcome_done(found ? UK_OK : UK_NOT_MAPPED);
}
