/* SPDX-License-Identifier: MIT */
/* Invariants of memory: each Untyped's range is walked object by object, so that none can overlap, hide or leak. */
#include "embed/check.h"

#include "core/reply.h"
#include "core/sched_context.h"
#include "embed/embed.h"
#include "ipc/resident.h"
#include "ipc/timer.h"

enum {
    SAMPLE_BYTES = 4096 /* at each end of a free range */
};

static uk_word round_up(uk_word bytes) { return (bytes + OBJECT_ALIGN - 1) & ~(uk_word)(OBJECT_ALIGN - 1); }

/* Pages that the object took from the top; 0: none. */
static uk_word pages_of(const struct object *object, uk_word *begin)
{
    if (object->type == UK_TYPE_FRAME) {
        *begin = ((const struct frame *)object)->physical;
        return ((const struct frame *)object)->bytes;
    }
    if (object->type == UK_TYPE_UNTYPED) {
        *begin = ((const struct untyped *)object)->base;
        return ((const struct untyped *)object)->bytes;
    }
    return 0;
}

/* What was found in one Untyped. */
struct census {
    uint32_t objects;
    uk_word bytes;
    uk_word pages_end; /* pages of the next object must end here or before: they were taken from above */
};

/* Is there a live object of this Untyped at `at`? What died has no mark. */
static struct object *object_at(const struct checker *checker, const struct untyped *untyped, uk_word at)
{
    struct object *object = arena_pointer(checker->kernel, at);
    return object->reserved2 != 0 && object->untyped == untyped && object->type != UK_TYPE_NONE ? object : NULL;
}

static int count_object(struct checker *checker, const struct untyped *untyped, const struct object *object,
                        struct census *census)
{
    uk_word begin = 0, pages = pages_of(object, &begin);
    census->objects++;
    census->bytes += embed_object_bytes(object);
    checker->placed++;
    if (pages == 0)
        return 1;
    if (begin < untyped->high || begin > census->pages_end || pages > census->pages_end - begin)
        return check_fail(checker, CHECK_PAGES, object, "its pages overlap others, or are not where pages are");
    census->pages_end = begin;
    return 1;
}

/* Objects were made from the bottom to the top, each right behind the one before, dead or alive. */
static int walk(struct checker *checker, const struct untyped *untyped, struct census *census)
{
    uk_word at = untyped->base;
    while (at < untyped->low) {
        const struct object *object = object_at(checker, untyped, at);
        if (object == NULL) {
            at += OBJECT_ALIGN;
            continue;
        }
        uk_word begin, bytes = embed_object_bytes(object) - pages_of(object, &begin);
        if (bytes > untyped->low - at)
            return check_fail(checker, CHECK_PLACES, object, "it ends above what is in use");
        if (!count_object(checker, untyped, object, census))
            return 0;
        at += bytes;
    }
    return 1;
}

static int is_zero(const struct checker *checker, uk_word begin, uk_word end)
{
    const unsigned char *at = arena_pointer(checker->kernel, begin), *stop = arena_pointer(checker->kernel, end);
    for (; at < stop && (uintptr_t)at % sizeof(uint64_t) != 0; at++)
        if (*at != 0)
            return 0;
    uint64_t some = 0;
    for (const uint64_t *words = (const uint64_t *)(const void *)at; (const unsigned char *)(words + 8) <= stop;
         words += 8, at += 64)
        some |= words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
    for (; at < stop; at++)
        some |= *at;
    return some == 0;
}

static int check_free(struct checker *checker, const struct untyped *untyped)
{
    uk_word low = untyped->low, high = untyped->high;
    int all = checker->depth == CHECK_EXACT || high - low <= 2 * SAMPLE_BYTES;
    if (all ? is_zero(checker, low, high)
            : is_zero(checker, low, low + SAMPLE_BYTES) && is_zero(checker, high - SAMPLE_BYTES, high))
        return 1;
    return check_fail(checker, CHECK_FREE, &untyped->object, "some of its free memory is not zero");
}

static int check_watermarks(struct checker *checker, const struct untyped *untyped)
{
    const struct object *object = &untyped->object;
    uk_word arena = checker->kernel->arena_bytes, end = untyped->base + untyped->bytes;
    if (untyped->bytes > arena || untyped->base > arena - untyped->bytes || untyped->base % OBJECT_ALIGN != 0)
        return check_fail(checker, CHECK_WATERMARKS, object, "it is larger than memory");
    if (untyped->low < untyped->base || untyped->low > untyped->high || untyped->high > end)
        return check_fail(checker, CHECK_WATERMARKS, object, "its watermarks are not in order");
    if (untyped->live == 0 && (object->flags & OBJECT_DYING) == 0 &&
        (untyped->low != untyped->base || untyped->high != end))
        return check_fail(checker, CHECK_WATERMARKS, object, "nothing lives in it, but it was not given back");
    return 1;
}

int check_untyped(struct checker *checker, const struct untyped *untyped)
{
    struct census census = {0, 0, untyped->base + untyped->bytes};
    if (!check_watermarks(checker, untyped) || !walk(checker, untyped, &census))
        return 0;
    if (untyped->live < census.objects || untyped->live_bytes < census.bytes ||
        untyped->live_bytes - census.bytes != (uk_word)(untyped->live - census.objects) * sizeof(struct table))
        return check_fail(checker, CHECK_ACCOUNT, &untyped->object, "it counts other than what lives in it");
    checker->tables_weighed += (uint64_t)(untyped->live - census.objects) * untyped->object.number;
    return check_free(checker, untyped);
}

int check_frame(struct checker *checker, const struct frame *frame)
{
    const struct frame *source;
    if ((frame->bytes != UK_PAGE && frame->bytes != UK_LARGE) || frame->physical % frame->bytes != 0 ||
        (!frame->device && /* its registers need not be memory */
         !check_in_arena(checker, arena_pointer(checker->kernel, frame->physical), frame->bytes, UK_PAGE)))
        return check_fail(checker, CHECK_PAGES, &frame->object, "it is not a page of memory");
    return check_lazy(checker, frame, &source);
}

/* What boot made lies at the very bottom, one behind the other; its pages at the very top. ------------------------- */

static uk_word permanent_bytes(const struct object *object)
{
    if (object->type == UK_TYPE_INTERRUPT || object->type == UK_TYPE_RESIDENT)
        return round_up(object->type == UK_TYPE_INTERRUPT ? sizeof(struct interrupt) : sizeof(struct resident));
    uk_word begin;
    return round_up(embed_object_bytes(object)) - pages_of(object, &begin);
}

static int check_permanent_pages(struct checker *checker, const struct object *object, uk_word *pages_end)
{
    uk_word begin = 0, pages = pages_of(object, &begin);
    if (pages == 0 || begin < checker->kernel->arena_first) /* registers of a device need not be memory */
        return 1;
    if (object->type == UK_TYPE_UNTYPED) {
        checker->first_untyped = (const struct untyped *)object;
        return 1;
    }
    if (begin > *pages_end || pages > *pages_end - begin)
        return check_fail(checker, CHECK_PAGES, object, "its pages overlap others, or are not where pages are");
    *pages_end = begin;
    return 1;
}

int check_permanent(struct checker *checker)
{
    const struct kernel *kernel = checker->kernel;
    uk_word at = kernel->arena_first, pages_end = kernel->arena_bytes;
    const struct untyped *untyped = NULL;
    while (at < pages_end && (untyped == NULL || at < untyped->base)) {
        struct object *object = arena_pointer(kernel, at);
        if ((object->flags & OBJECT_PERMANENT) == 0 || object->type >= UK_TYPE_COUNT ||
            !check_see(checker, object, object->type))
            return check_fail(checker, CHECK_PLACES, NULL, "the objects made by boot do not follow each other");
        if (!check_permanent_pages(checker, object, &pages_end))
            return 0;
        untyped = checker->first_untyped;
        checker->placed++;
        at += permanent_bytes(object);
    }
    if (untyped != NULL && (at != untyped->base || pages_end < untyped->base + untyped->bytes))
        return check_fail(checker, CHECK_PLACES, &untyped->object, "it overlaps what boot made");
    return 1;
}
