/* SPDX-License-Identifier: MIT */
/* Copy-on-write: a lazy copy shows the page of its source until one of both is written; then each has its own bytes, in
 * memory that was its own all the time, so that nothing is allocated and nothing can fail. */
#ifndef CORE_LAZY_H
#define CORE_LAZY_H

#include "core/space.h"

/* May this slot's frame be the source of lazy copies? BUSY: other capabilities to it exist, through which it could be
 * written without anybody's noticing. BAD_ARGUMENT: registers of a device change by themselves. */
enum uk_status lazy_check_source(const struct capability *source);
/* May this slot's frame become a copy of one of `bytes` bytes? */
int lazy_check_target(const struct capability *target, uk_word bytes);
/* The target's frame holds from now on what the source's does. Both were checked; the tables change, and the runs collect
 * what the machine must look at again. A small page that has UK_SNAPSHOTS_MAX lazy copies is copied at once. */
void lazy_copy(struct kernel *kernel, struct capability *target, struct capability *source, struct space_run *targets,
                   struct space_run *sources);
/* The frame's page holds its bytes from now on, and no copy's. 0: preempted (only if `pausable`), call again. */
int lazy_settle(struct kernel *kernel, struct frame *frame, int pausable);
/* The same for what a capability names, if it names a frame: before a second capability to it is made. */
static inline int lazy_settle_capability(struct kernel *kernel, const struct capability *slot, int pausable)
{
    struct frame *frame = (struct frame *)slot->object;
    return slot->type != UK_TYPE_FRAME || !frame_is_lazy(frame) || lazy_settle(kernel, frame, pausable);
}
/* A capability of the frame's is about to go; its copies, if it has some, keep their bytes. 0: preempted, call again. */
int lazy_forget(struct kernel *kernel, struct frame *frame);
/* User code stored to `address`: 1: only a lazy copy was in the way, so it may try again. */
int lazy_fault(struct kernel *kernel, const struct space *space, uk_word address);

#endif
