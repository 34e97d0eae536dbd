/* SPDX-License-Identifier: MIT */
/* Lazy copies: a ring of frames that show one page, that of the only one among them with copies; none of it is writable. */
#include "core/lazy.h"

#include <string.h>

#include "core/kernel.h"
#include "core/machine.h"

enum {
    COPY_PAGES = 16 /* copied between two looks at the clock */
};

static void lazy_join(struct kernel *kernel, struct frame *source, struct frame *copy)
{
    if (source->next == 0)
        source->next = frame_reference(kernel, source);
    copy->next = source->next;
    source->next = frame_reference(kernel, copy);
    source->copies++;
    copy->copied = 0;
}

static void lazy_unlink(struct kernel *kernel, struct frame *frame)
{
    struct frame *before = frame;
    while (frame_next(kernel, before) != frame)
        before = frame_next(kernel, before);
    before->next = frame->next;
    frame->next = 0;
}

/* It shows its own page, and is writable, as its mapping says. */
static void lazy_release(struct kernel *kernel, struct frame *frame, struct space_run *run)
{
    struct capability *holder = frame->holder;
    frame->holder = NULL;
    frame->next = 0;
    frame->copies = 0;
    frame->copied = 0;
    space_show(kernel, holder, run);
}

/* A copy goes its own way. The last one leaves its source alone. */
static void lazy_leave(struct kernel *kernel, struct frame *copy, struct space_run *run)
{
    struct frame *source = frame_source(kernel, copy);
    lazy_unlink(kernel, copy);
    if (--source->copies == 0)
        lazy_release(kernel, source, run);
    lazy_release(kernel, copy, run);
}

/* A copy that has all the bytes is the source of the others from now on. */
static void lazy_hand_on(struct kernel *kernel, struct frame *source, struct frame *copy, struct space_run *run)
{
    copy->copies = source->copies - 1;
    copy->copied = 0;
    lazy_unlink(kernel, source);
    lazy_release(kernel, source, run);
    if (copy->copies == 0) {
        lazy_release(kernel, copy, run);
        return;
    }
    space_show(kernel, copy->holder, run);
    for (struct frame *other = frame_next(kernel, copy); other != copy; other = frame_next(kernel, other))
        space_show(kernel, other->holder, run);
}

/* The bytes go into the copy's own page, which nobody sees yet. Nobody can change them meanwhile, so what has been
 * copied stays good. */
static int lazy_fill(struct kernel *kernel, struct frame *copy, int pausable)
{
    const unsigned char *from = arena_pointer(kernel, frame_source(kernel, copy)->physical);
    unsigned char *to = arena_pointer(kernel, copy->physical);
    while (copy->copied < copy->bytes / UK_PAGE) {
        uk_word done = copy->copied * UK_PAGE, left = copy->bytes - done, step = COPY_PAGES * UK_PAGE;
        step = step < left ? step : left;
        memcpy(to + done, from + done, step);
        copy->copied += (uint16_t)(step / UK_PAGE);
        if (step < left && pausable && machine_preempted(kernel))
            return 0;
    }
    kernel->counters.pages_copied++;
    return 1;
}

int lazy_settle(struct kernel *kernel, struct frame *frame, int pausable)
{
    if (!frame_is_lazy(frame))
        return 1;
    struct space_run run = {.map = 1};
    struct frame *copy = frame->copies > 0 ? frame_next(kernel, frame) : frame;
    if (!lazy_fill(kernel, copy, pausable))
        return 0;
    if (copy == frame)
        lazy_leave(kernel, copy, &run);
    else
        lazy_hand_on(kernel, frame, copy, &run);
    space_run_end(kernel, &run);
    return 1;
}

int lazy_forget(struct kernel *kernel, struct frame *frame)
{
    if (!frame_is_lazy(frame))
        return 1;
    if (frame->copies > 0)
        return lazy_settle(kernel, frame, 1);
    struct space_run run = {.map = 1};
    lazy_leave(kernel, frame, &run);
    space_run_end(kernel, &run);
    return 1;
}

int lazy_fault(struct kernel *kernel, const struct space *space, uk_word address)
{
    struct mapping mapping;
    if (space == NULL || !space_walk(kernel, space, address, &mapping) || mapping.kept == 0)
        return 0;
    kernel->counters.copy_faults++;
    (void)lazy_settle(kernel, (struct frame *)mapping.behind->object, 1);
    return 1;
}

enum uk_status lazy_check_source(const struct capability *source)
{
    const struct frame *frame = (const struct frame *)source->object;
    if (frame->device)
        return UK_BAD_ARGUMENT;
    return frame->object.references == 1 ? UK_OK : UK_BUSY;
}

int lazy_check_target(const struct capability *target, uk_word bytes)
{
    if (target->type != UK_TYPE_FRAME || (target->rights & UK_RIGHT_WRITE) == 0)
        return 0;
    const struct frame *frame = (const struct frame *)target->object;
    return frame->bytes == bytes && !frame->device && frame->object.references == 1 &&
           (frame->copies == 0 || bytes == UK_PAGE); /* a large one's copies are not served within a message */
}

void lazy_copy(struct kernel *kernel, struct capability *target, struct capability *source, struct space_run *targets,
                   struct space_run *sources)
{
    struct frame *to = (struct frame *)target->object, *from = frame_source(kernel, (struct frame *)source->object);
    kernel->counters.snapshots++;
    if (frame_is_lazy(to) && frame_source(kernel, to) == from)
        return; /* neither was written since the last time */
    if (to->copies > 0)
        (void)lazy_settle(kernel, to, 0);
    else if (frame_is_lazy(to))
        lazy_leave(kernel, to, targets);
    if (from->copies == UK_SNAPSHOTS_MAX) {
        memcpy(arena_pointer(kernel, to->physical), arena_pointer(kernel, from->physical), to->bytes);
        kernel->counters.pages_copied++;
        return;
    }
    int first = !frame_is_lazy(from);
    lazy_join(kernel, from, to);
    to->holder = target;
    space_show(kernel, target, targets);
    if (!first)
        return;
    from->holder = source;
    space_show(kernel, source, sources);
}
