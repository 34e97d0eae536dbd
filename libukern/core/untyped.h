/* SPDX-License-Identifier: MIT */
/* Untyped memory: small objects grow up from the bottom, pages down from the top; what lies between is zero. */
#ifndef CORE_UNTYPED_H
#define CORE_UNTYPED_H

#include "core/object.h"
#include "core/outcome.h"

struct untyped {
    struct object object;
    uk_word base, bytes;     /* physical range */
    uk_word low, high;       /* watermarks, physical: free is [low, high) */
    uk_word live_bytes;      /* of what lives; the rest below `low` and above `high` died, or is padding */
    uint32_t live;           /* objects and tables in it, the dying included; 0: the watermarks go back */
    uint32_t reserved;
};

/* Takes room for one thing from the bottom (objects) or the top (pages); the caller has checked untyped_fits. */
void *untyped_take(struct kernel *kernel, struct untyped *untyped, uk_word bytes, uk_word align, int pages);
/* Would `count` objects of this type and size fit, one after the other? */
int untyped_fits(const struct untyped *untyped, uint32_t type, uk_word size, uint32_t count);
/* Would `count` tables fit? */
int untyped_fits_tables(const struct untyped *untyped, uint32_t count);
/* Something that was taken is gone. The last one sends the watermarks back (zeroing is done by object_drain). */
void untyped_give(struct kernel *kernel, struct untyped *untyped, uk_word bytes);
/* Zeroes and resets in steps; 0: preempted. */
int untyped_drain(struct kernel *kernel, struct object *object);
/* Begins an Untyped over a range of zeroed memory. */
void untyped_begin(struct untyped *untyped, uk_word base, uk_word bytes);

struct outcome untyped_retype(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
