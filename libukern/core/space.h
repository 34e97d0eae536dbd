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

/* One page of physical memory: 4 KiB or 2 MiB. Frames that show one and the same page, that of a source of lazy copies,
 * are in a ring (lazy.c); each has a single capability then. */
struct frame {
    struct object object;
    uk_word physical;          /* offset in the arena */
    uk_word bytes;             /* UK_PAGE or UK_LARGE */
    uint8_t device;            /* registers of a device: never zeroed or reused */
    uint8_t copies;            /* of a source: how many lazy copies it has */
    uint16_t copied;           /* of a lazy copy: small pages that are in its own page already */
    uint32_t next;             /* in the ring: frame_reference; 0: in none */
    struct capability *holder; /* in a ring: the only capability; else NULL */
};

static inline int frame_is_lazy(const struct frame *frame) { return frame->next != 0; }
uint32_t frame_reference(const struct kernel *kernel, const struct frame *frame);
struct frame *frame_next(const struct kernel *kernel, const struct frame *frame);
/* The frame whose page holds the bytes of this one: itself, or what it is a lazy copy of. */
struct frame *frame_source(const struct kernel *kernel, const struct frame *frame);

/* A mapping found by walking: where the bytes are, and how far this page goes. */
struct mapping {
    uk_word address, bytes, physical;
    uint32_t rights; /* that the machine grants now */
    uint32_t kept;   /* UK_RIGHT_WRITE: granted, too, but the first store must go through lazy_fault */
    struct capability *behind;
};

/* The right to write while a lazy copy stands in its way: taken from a leaf entry, and remembered in it. */
static inline page_entry page_entry_keep(page_entry entry)
{
    return (entry & PAGE_WRITE) != 0 ? (entry & ~PAGE_WRITE) | PAGE_KEPT : entry;
}
static inline uint32_t page_entry_kept(page_entry entry) { return (entry & PAGE_KEPT) != 0 ? UK_RIGHT_WRITE : 0; }

/* Neighbouring pages of which the machine is told in one go. Initialise `map` alone: whether they are mapped, or left. */
struct space_run {
    struct space *space;
    uk_word address, bytes;
    int map;
};
void space_run_add(struct kernel *kernel, struct space_run *run, struct space *space, uk_word address, uk_word bytes);
void space_run_end(struct kernel *kernel, struct space_run *run);
/* The frame of this slot shows another page, or may be written now, or not: so does its mapping, if it has one. */
void space_show(struct kernel *kernel, const struct capability *slot, struct space_run *run);

/* It is losing its tables, and takes no mappings until that is done. */
static inline int space_is_draining(const struct space *space) { return (space->object.flags & OBJECT_DYING) != 0; }

/* The mapping at `address`; 0 if there is none. */
int space_walk(const struct kernel *kernel, const struct space *space, uk_word address, struct mapping *mapping);
/* The mapping at `address`, for the kernel's own loads or stores; 0 if there is none with this right. A lazy copy that is
 * in the way of stores is settled, 2 MiB in one go. */
int space_walk_for(struct kernel *kernel, const struct space *space, uk_word address, uint32_t right,
                   struct mapping *mapping);
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
/* The frame's capability moved to this slot: what points to it points here now. */
void space_behind(struct kernel *kernel, struct capability *frame);
/* The kernel's reference to a space in a capability. */
uint32_t space_reference(const struct kernel *kernel, const struct space *space);
struct space *space_of(const struct kernel *kernel, const struct capability *frame);
/* Copies through the tables: 0 if some byte is not mapped with the right needed; then nothing was copied. */
int space_read(const struct kernel *kernel, const struct space *space, uk_word address, void *bytes, uk_word length);
int space_write(struct kernel *kernel, const struct space *space, uk_word address, const void *bytes, uk_word length);
/* Pointer to `length` bytes that do not cross a page, for the kernel's own loads or stores; NULL if not mapped so. */
void *space_pointer(struct kernel *kernel, const struct space *space, uk_word address, uk_word length, uint32_t right);
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
