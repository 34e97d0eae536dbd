/* SPDX-License-Identifier: MIT */
/* Address spaces: real page tables in arena frames, and beside each entry the capability that justifies it. */
#ifndef CORE_SPACE_H
#define CORE_SPACE_H

#include <registers.h>

#include "core/capability.h"
#include "core/outcome.h"

/* A table: one page of entries as the machine defines them, and one page of the slots behind the leaf entries. */
struct table {
    page_entry entries[PAGE_ENTRIES];
    struct capability *behind[PAGE_ENTRIES]; /* leaf: the frame capability mapped; else NULL */
};

struct space {
    struct object object;
    uk_word base, end;            /* addresses that it may map; set by the machine */
    struct table *root;           /* NULL: nothing mapped yet */
    uk_word mapped_bytes;
    uint32_t table_count;         /* that its Untyped holds for it */
    uint32_t reserved;
    struct capability memory;     /* the Untyped for its tables */
    struct untyped *table_memory; /* whose memory the tables are, also when that capability is gone */
    struct machine_space machine; /* private to the machine */
};

/* One page of physical memory: 4 KiB or 2 MiB. */
struct frame {
    struct object object;
    uk_word physical; /* offset in the arena */
    uk_word bytes;    /* UK_PAGE or UK_LARGE */
    uint32_t device;  /* registers of a device: never zeroed or reused */
    uint32_t reserved;
};

/* A mapping found by walking: where the bytes are, and how far this page goes. */
struct mapping {
    uk_word address, bytes, physical;
    uint32_t rights;
    struct capability *behind;
};

/* It is losing its tables, and takes no mappings until that is done. */
static inline int space_is_draining(const struct space *space) { return (space->object.flags & OBJECT_DYING) != 0; }

/* The mapping at `address`; 0 if there is none. */
int space_walk(const struct kernel *kernel, const struct space *space, uk_word address, struct mapping *mapping);
/* The first mapping at or after `address`; 0 if there is none. */
int space_next(const struct kernel *kernel, const struct space *space, uk_word address, struct mapping *mapping);
/* How many tables a run of mappings at rising addresses still needs. Zero-initialise. */
struct table_count {
    uint32_t missing;
    uk_word counted[PAGE_LEVELS]; /* the last table counted at this level, plus one */
};
/* Could the frame be mapped here? UK_BAD_ARGUMENT (range, alignment), UK_MAPPED. Adds the tables that it needs. */
enum uk_status space_can_map(const struct kernel *kernel, const struct space *space, const struct frame *frame,
                             uk_word address, struct table_count *tables);
int space_has_memory(const struct space *space, uint32_t tables);
/* Maps the frames of `count` consecutive slots one behind the other, and tells the machine once; after space_can_map
 * and with enough memory for tables it cannot fail. */
void space_enter_run(struct kernel *kernel, struct space *space, struct capability *frames, uk_word count,
                     uk_word address, uint32_t rights);
static inline void space_enter(struct kernel *kernel, struct space *space, struct capability *frame, uk_word address,
                               uint32_t rights)
{
    space_enter_run(kernel, space, frame, 1, address, rights);
}
/* Takes the mappings made with the capabilities in `count` consecutive slots away, from the tables and from the machine;
 * pages that were neighbours in one go. Slots that map nothing are passed over. */
void space_leave_run(struct kernel *kernel, struct capability *slots, uk_word count);
static inline void space_leave(struct kernel *kernel, struct capability *frame) { space_leave_run(kernel, frame, 1); }
/* The capability moved to another slot: the table points there now. */
void space_behind(struct kernel *kernel, struct capability *frame);
/* The kernel's reference to a space in a capability. */
uint32_t space_reference(const struct kernel *kernel, const struct space *space);
struct space *space_of(const struct kernel *kernel, const struct capability *frame);
/* Copies through the tables: 0 if some byte is not mapped with the right needed; then nothing was copied. */
int space_read(const struct kernel *kernel, const struct space *space, uk_word address, void *bytes, uk_word length);
int space_write(const struct kernel *kernel, const struct space *space, uk_word address, const void *bytes,
                uk_word length);
/* Pointer to `length` bytes that do not cross a page, for the kernel's own loads or stores; NULL if not mapped so. */
void *space_pointer(const struct kernel *kernel, const struct space *space, uk_word address, uk_word length,
                    uint32_t right);
/* Takes tables apart, in steps; 0: preempted. For dying spaces, and those that lost their memory. */
int space_drain(struct kernel *kernel, struct object *object);
void space_disable(struct kernel *kernel, struct object *object);
enum uk_status space_make(struct kernel *kernel, struct object *object, uk_word size);
/* Its slot for the Untyped was emptied: every mapping goes. */
void space_lose_memory(struct kernel *kernel, struct capability *slot);

struct outcome space_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome space_map(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome space_unmap(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome space_protect(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome space_query(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
