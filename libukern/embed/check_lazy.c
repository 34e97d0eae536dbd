/* SPDX-License-Identifier: MIT */
/* Invariants of lazy copies: a ring of frames is walked with every link verified, and never farther than one can be long. */
#include "embed/check.h"

static int fails(struct checker *checker, const struct frame *frame, const char *why)
{
    return check_fail(checker, CHECK_LAZY, &frame->object, why);
}

/* One frame of a ring, by itself. */
static int check_member(struct checker *checker, const struct frame *frame, uk_word bytes)
{
    const struct capability *holder = frame->holder;
    if (frame->bytes != bytes || frame->device)
        return fails(checker, frame, "it is in a ring with frames that cannot show its page");
    if (frame->object.references != 1)
        return fails(checker, frame, "it is in a ring, but has not a single capability");
    if (!check_in_arena(checker, holder, sizeof *holder, _Alignof(struct capability)) ||
        holder->type != UK_TYPE_FRAME || holder->object != &frame->object)
        return fails(checker, frame, "it does not know its capability");
    return frame->copied < bytes / UK_PAGE || fails(checker, frame, "all of it is copied, and still it is lazy");
}

int check_lazy(struct checker *checker, const struct frame *frame, const struct frame **source)
{
    const struct frame *at = frame;
    unsigned members = 0, sources = 0;
    *source = frame;
    if (!frame_is_lazy(frame))
        return (frame->copies == 0 && frame->copied == 0 && frame->holder == NULL) ||
               fails(checker, frame, "it is in no ring, but remembers one");
    do {
        if (!check_member(checker, at, frame->bytes))
            return 0;
        *source = at->copies > 0 ? at : *source;
        sources += at->copies > 0;
        members++;
        at = frame_next(checker->kernel, at);
        if (members > UK_SNAPSHOTS_MAX + 1 || !check_is_live(checker, at, UK_TYPE_FRAME))
            return fails(checker, frame, "its ring does not close");
    } while (at != frame);
    return (sources == 1 && (*source)->copies == members - 1 && (*source)->copied == 0) ||
           fails(checker, frame, "its ring has not one source that counts its copies");
}
