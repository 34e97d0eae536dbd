/* SPDX-License-Identifier: MIT */
/* Memory by watermarks: free plus live plus dead equals the whole, and what is free is zero. */
#include "core/untyped.h"

#include <string.h>

#include "core/cnode.h"
#include "core/kernel.h"
#include "core/machine.h"

enum {
    CLEAN_STEP = 65536 /* bytes zeroed between two looks at the clock */
};

static uk_word header_bytes(uint32_t type)
{
    return (object_classes[type].bytes + OBJECT_ALIGN - 1) & ~(uk_word)(OBJECT_ALIGN - 1);
}

/* Has it a part that is taken from the top? Its size is its alignment, but no more than a large page's. */
static uk_word pages_of(uint32_t type, uk_word size)
{
    return type == UK_TYPE_FRAME || type == UK_TYPE_UNTYPED ? size : 0;
}

static uk_word align_of(uk_word pages) { return pages < UK_LARGE ? pages : UK_LARGE; }

void untyped_begin(struct untyped *untyped, uk_word base, uk_word bytes)
{
    untyped->base = untyped->low = base;
    untyped->bytes = bytes;
    untyped->high = base + bytes;
}

/* Moves copies of the watermarks as taking would; 0: no room. */
static int advance(uk_word *low, uk_word *high, uk_word bytes, uk_word pages, uk_word align)
{
    if (bytes > *high - *low)
        return 0;
    *low += bytes;
    if (pages == 0)
        return 1;
    if (pages > *high - *low)
        return 0;
    uk_word top = (*high - pages) & ~(align - 1);
    if (top < *low)
        return 0;
    *high = top;
    return 1;
}

int untyped_fits(const struct untyped *untyped, uint32_t type, uk_word size, uint32_t count)
{
    uk_word low = untyped->low, high = untyped->high, pages = pages_of(type, size);
    uk_word bytes = pages != 0 ? header_bytes(type) : object_bytes(type, size);
    for (uint32_t i = 0; i < count; i++)
        if (!advance(&low, &high, bytes, pages, align_of(pages)))
            return 0;
    return 1;
}

int untyped_fits_tables(const struct untyped *untyped, uint32_t count)
{
    uk_word low = untyped->low, high = untyped->high;
    for (uint32_t i = 0; i < count; i++)
        if (!advance(&low, &high, 0, sizeof(struct table), UK_PAGE))
            return 0;
    return 1;
}

void *untyped_take(struct kernel *kernel, struct untyped *untyped, uk_word bytes, uk_word align, int pages)
{
    uk_word at = untyped->low;
    int fits = pages ? advance(&untyped->low, &untyped->high, 0, bytes, align)
                     : advance(&untyped->low, &untyped->high, bytes, 0, 1);
    check(kernel, fits);
    untyped->live_bytes += bytes;
    return arena_pointer(kernel, pages ? untyped->high : at);
}

void untyped_give(struct kernel *kernel, struct untyped *untyped, uk_word bytes)
{
    check(kernel, untyped->live > 0 && untyped->live_bytes >= bytes);
    untyped->live_bytes -= bytes;
    if (--untyped->live == 0)
        object_bury(kernel, &untyped->object);
}

int untyped_drain(struct kernel *kernel, struct object *object)
{
    struct untyped *untyped = (struct untyped *)object;
    uk_word end = untyped->base + untyped->bytes;
    while (untyped->live == 0 && (untyped->low > untyped->base || untyped->high < end)) {
        uk_word below = untyped->low - untyped->base, above = end - untyped->high;
        uk_word step = below != 0 ? below : above;
        step = step < CLEAN_STEP ? step : CLEAN_STEP;
        untyped->low -= below != 0 ? step : 0;
        memset(arena_pointer(kernel, below != 0 ? untyped->low : untyped->high), 0, step);
        untyped->high += below != 0 ? 0 : step;
        if (machine_preempted(kernel))
            return 0;
    }
    return 1;
}

static void fill_pages(struct kernel *kernel, struct untyped *untyped, struct object *object, uint32_t type,
                       uk_word size)
{
    void *pages = untyped_take(kernel, untyped, size, align_of(size), 1);
    if (type == UK_TYPE_FRAME) {
        ((struct frame *)object)->physical = arena_physical(kernel, pages);
        ((struct frame *)object)->bytes = size;
    } else {
        untyped_begin((struct untyped *)object, arena_physical(kernel, pages), size);
    }
}

static enum uk_status make_one(struct kernel *kernel, struct capability *via, uint32_t type, uk_word size,
                               struct capability *slot)
{
    struct untyped *untyped = (struct untyped *)via->object;
    uk_word pages = pages_of(type, size), bytes = pages != 0 ? header_bytes(type) : object_bytes(type, size);
    struct object *object = untyped_take(kernel, untyped, bytes, OBJECT_ALIGN, 0);
    enum uk_status status = object_make(kernel, object, type, untyped, size);
    if (status != UK_OK) { /* only the machine refuses, and only a single object: take the watermark back */
        memset((void *)object, 0, bytes);
        untyped->low -= bytes;
        untyped->live_bytes -= bytes;
        return status;
    }
    untyped->live++;
    if (pages != 0)
        fill_pages(kernel, untyped, object, type, size);
    capability_insert(slot, via, object, type, object_classes[type].rights, 0);
    return UK_OK;
}

struct outcome untyped_retype(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    if (!object_drain(kernel) || kernel->current != caller)
        return outcome_restart(); /* or it was the caller that was taken apart */
    const uk_word *word = caller->registers.call.word;
    uk_word size = word[1], count = word[4];
    if (word[0] >= UK_TYPE_COUNT || count == 0 || count > UK_RETYPE_MAX)
        return outcome_done(UK_BAD_ARGUMENT);
    uint32_t type = (uint32_t)word[0];
    if (object_bytes(type, size) == 0 || (type == UK_TYPE_SPACE && count > 1))
        return outcome_done(UK_BAD_ARGUMENT);
    struct capability *slots;
    enum uk_status status = cnode_empty_slots(caller, word[2], word[3], count, &slots);
    if (status != UK_OK)
        return outcome_done(status);
    if (!untyped_fits((struct untyped *)via->object, type, size, (uint32_t)count))
        return outcome_done(UK_NO_MEMORY);
    for (uk_word i = count; i > 0 && status == UK_OK; i--) /* pages come from the top: so neighbours in slots are in memory */
        status = make_one(kernel, via, type, size, &slots[i - 1]);
    return outcome_done(status);
}
