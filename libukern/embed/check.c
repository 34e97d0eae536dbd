/* SPDX-License-Identifier: MIT */
/* uk_check: finds every object, lets the rules of its type look at it, compares sums. Never allocates or recurses. */
#include "embed/check.h"

#include "core/reply.h"
#include "core/sched_context.h"
#include "embed/embed.h"
#include "ipc/timer.h"

enum {
    LINK_END = 1,             /* in reserved2: seen, and the last of the list */
    LINK_FIRST = 2,           /* seen; the next is at (link - LINK_FIRST) * OBJECT_ALIGN in the arena */
    EXACT_ARENA_BYTES = 65536 /* arenas up to this have all of their free memory looked at */
};

static const char *const meanings[CHECK_COUNT] = {
#define UK_X(name, number, text) [number] = text,
    CHECKS(UK_X)
#undef UK_X
};

int check_fail(struct checker *checker, enum check_number number, const struct object *object, const char *why)
{
    struct text *text = &checker->text;
    if (checker->failed != CHECK_NONE)
        return 0;
    checker->failed = number;
    text_string(text, "invariant ");
    text_number(text, number);
    text_string(text, ": ");
    if (object != NULL) {
        text_string(text, uk_type_name(object->type));
        text_string(text, " ");
        text_number(text, object->number);
        text_string(text, ": ");
    }
    text_string(text, why);
    text_string(text, " (");
    text_string(text, meanings[number]);
    text_string(text, ")");
    return 0;
}

int check_in_arena(const struct checker *checker, const void *at, size_t bytes, size_t align)
{
    uintptr_t base = (uintptr_t)checker->kernel->arena, address = (uintptr_t)at;
    return address >= base && address - base <= checker->kernel->arena_bytes &&
           bytes <= checker->kernel->arena_bytes - (address - base) && (address - base) % align == 0;
}

/* The list of all objects runs through their reserved2; their reserved counts capabilities. ------------------------ */

struct object *check_next(const struct checker *checker, const struct object *object)
{
    if (object->reserved2 == LINK_END)
        return NULL;
    return arena_pointer(checker->kernel, (uk_word)(object->reserved2 - LINK_FIRST) * OBJECT_ALIGN);
}

int check_is_live(const struct checker *checker, const void *pointer, uint32_t type)
{
    const struct object *object = pointer;
    return check_in_arena(checker, object, sizeof *object, OBJECT_ALIGN) && object->reserved2 != 0 &&
           object->type == type;
}

static void append(struct checker *checker, struct object *object)
{
    if (checker->last != NULL)
        checker->last->reserved2 =
            (uint32_t)(arena_physical(checker->kernel, object) / OBJECT_ALIGN) + LINK_FIRST;
    else
        checker->first = object;
    checker->last = object;
    object->reserved2 = LINK_END;
    checker->objects++;
}

int check_see(struct checker *checker, struct object *object, uint32_t type)
{
    if (!check_in_arena(checker, object, sizeof *object, OBJECT_ALIGN) || object->type != type || type == UK_TYPE_NONE)
        return 0;
    if (object->reserved2 == 0)
        append(checker, object);
    return 1;
}

void check_forget(struct checker *checker)
{
    for (struct object *object = checker->first, *next; object != NULL; object = next) {
        next = check_next(checker, object);
        object->reserved = 0;
        object->reserved2 = 0;
    }
}

/* What no capability names but what still exists: the dying, ... */
static int find_dying(struct checker *checker)
{
    uint64_t most = checker->kernel->objects;
    struct object *before = NULL;
    for (struct object *object = checker->kernel->dying_first; object != NULL; object = object->dying_next) {
        if (!check_in_arena(checker, object, sizeof *object, OBJECT_ALIGN) || object->type >= UK_TYPE_COUNT ||
            !check_see(checker, object, object->type))
            return check_fail(checker, CHECK_DYING, NULL, "something on the list is not an object");
        if ((object->flags & OBJECT_DYING) == 0)
            return check_fail(checker, CHECK_DYING, object, "is on the list but not marked");
        if (checker->dying++ >= most)
            return check_fail(checker, CHECK_DYING, object, "the list has no end");
        before = object;
    }
    return before == checker->kernel->dying_last ||
           check_fail(checker, CHECK_DYING, before, "is the last of the list, but the kernel remembers another");
}

/* ... and Untypeds that are needed for what lives in them. The list grows behind the reader. */
static int find_needed(struct checker *checker)
{
    for (struct object *object = checker->first; object != NULL; object = check_next(checker, object))
        if (object->untyped != NULL && !check_see(checker, &object->untyped->object, UK_TYPE_UNTYPED))
            return check_fail(checker, CHECK_OBJECT, object, "its Untyped is none");
    return 1;
}

int check_collect(struct checker *checker)
{
    return check_forest(checker) && find_dying(checker) && check_permanent(checker) && find_needed(checker);
}

/* Objects, one by one. --------------------------------------------------------------------------------------------- */

/* May nobody name it? */
static int may_be_unnamed(const struct object *object)
{
    return (object->flags & (OBJECT_DYING | OBJECT_PERMANENT)) != 0 ||
           (object->type == UK_TYPE_UNTYPED && ((const struct untyped *)object)->live > 0);
}

static int check_header(struct checker *checker, const struct object *object)
{
    if (object->number == 0 || object->number > checker->kernel->object_number)
        return check_fail(checker, CHECK_OBJECT, object, "its number has not been given");
    if ((object->flags & ~(OBJECT_DYING | OBJECT_PERMANENT)) != 0)
        return check_fail(checker, CHECK_OBJECT, object, "it has an unknown flag");
    if (((object->flags & OBJECT_PERMANENT) != 0) != (object->untyped == NULL))
        return check_fail(checker, CHECK_OBJECT, object, "it is permanent and of an Untyped, or neither");
    if ((uint16_t)object->references != object->reserved)
        return check_fail(checker, CHECK_REFERENCES, object, "it counts other than there are");
    if (object->references == 0 && !may_be_unnamed(object))
        return check_fail(checker, CHECK_OBJECT, object, "nobody names it, but it lives");
    checker->references += object->references;
    checker->dying -= (object->flags & OBJECT_DYING) != 0;
    return 1;
}

static int check_timer(struct checker *checker, const struct timer *timer)
{
    checker->armed += timer->deadline.at != UK_FOREVER;
    return timer->deadline.kind == DEADLINE_TIMER ||
           check_fail(checker, CHECK_ARMED, &timer->object, "its deadline is of another kind");
}

static int check_object(struct checker *checker, const struct object *object)
{
    switch (object->type) {
    case UK_TYPE_UNTYPED:
        return check_untyped(checker, (const struct untyped *)object);
    case UK_TYPE_FRAME:
        return check_frame(checker, (const struct frame *)object);
    case UK_TYPE_SPACE:
        return check_space(checker, (const struct space *)object);
    case UK_TYPE_THREAD:
        return check_thread(checker, (const struct thread *)object);
    case UK_TYPE_SCHED_CONTEXT:
        return check_context(checker, (const struct sched_context *)object);
    case UK_TYPE_ENDPOINT:
        return check_endpoint(checker, object);
    case UK_TYPE_REPLY:
        return check_reply(checker, (const struct reply *)object);
    case UK_TYPE_NOTIFICATION:
        return check_notification(checker, object);
    case UK_TYPE_TIMER:
        return check_timer(checker, (const struct timer *)object);
    case UK_TYPE_INTERRUPT:
        return check_interrupt(checker, object);
    case UK_TYPE_RING:
        return check_ring(checker, object);
    case UK_TYPE_RESIDENT:
        return check_resident(checker, object);
    case UK_TYPE_BOUND:
        return check_bound(checker, object);
    case UK_TYPE_PORT:
        return check_port(checker, object);
    case UK_TYPE_PORT_SET:
        return check_port_set(checker, object);
    case UK_TYPE_PORTAL:
        return check_portal(checker, object);
    default:
        return 1;
    }
}

static int check_objects(struct checker *checker)
{
    for (const struct object *object = checker->first; object != NULL; object = check_next(checker, object))
        if (!check_header(checker, object) || !check_slots(checker, object) || !check_object(checker, object))
            return 0;
    return 1;
}

/* The whole. ------------------------------------------------------------------------------------------------------- */

static int check_sums(struct checker *checker)
{
    const struct kernel *kernel = checker->kernel;
    const struct {
        enum check_number number;
        int agrees;
        const char *why;
    } sums[] = {
        {CHECK_DYING, checker->dying == 0, "an object is marked as dying but not on the list"},
        {CHECK_REFERENCES, checker->references == checker->slots, "objects count other than there are"},
        {CHECK_SLOTS, checker->filled == checker->slots, "a filled slot is not in the forest"},
        {CHECK_COUNTS, checker->objects == kernel->objects, "the kernel counts other objects than there are"},
        {CHECK_COUNTS, checker->threads == kernel->threads, "the kernel counts other threads than there are"},
        {CHECK_COUNTS, checker->spaces == kernel->spaces, "the kernel counts other spaces than there are"},
        {CHECK_PLACES, checker->placed == checker->objects, "an object does not lie where its Untyped's objects do"},
        {CHECK_ACCOUNT, checker->tables_weighed == 0, "an Untyped counts other tables than spaces have from it"},
        {CHECK_MAPPED, checker->mapped == checker->mapped_slots, "a frame capability says it is mapped but is not"},
        {CHECK_MEMBERS, checker->waiting == checker->members, "a thread waits in a queue that it is not on"},
        {CHECK_REPLY, checker->calling == checker->callers, "a Reply names a caller that does not wait on it"},
        {CHECK_SERVING, checker->owed == checker->serving, "a Reply is bound to a thread that does not list it"},
        {CHECK_CHAIN, checker->lenders == checker->lending, "a Reply names a lender that does not know of it"},
        {CHECK_CHAIN, checker->lent == checker->chained, "a Reply names a context whose chain it is not in"},
        {CHECK_HOLDER, checker->held == checker->holders, "a thread runs on a context that it does not hold"},
        {CHECK_HOLDER, checker->owned == checker->owners, "a thread owns a context that does not know it"},
        {CHECK_SERVICES, checker->bound == checker->services, "an object names a server that does not list it"},
        {CHECK_PORT_RIGHTS, checker->receive_weighed == 0, "an open port has no receive right, or two, or a closed one has"},
        {CHECK_PORT_RIGHTS, checker->once_weighed == 0, "a port promised other slots than it has send-once rights"},
        {CHECK_PORT_RIGHTS, checker->travels_weighed == 0, "a port mistakes whether its receive right travels"},
        {CHECK_PORT_SET, checker->joined == 0, "a port is in a set that does not list it"},
        {CHECK_PORT_SET, checker->ready == 0, "a port has messages, but its set does not know"},
        {CHECK_CROSSING, checker->inside == 0, "a stack is in use by a thread that did not cross there"},
    };
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        if (!sums[i].agrees)
            return check_fail(checker, sums[i].number, NULL, sums[i].why);
    return 1;
}

static int check_root(struct checker *checker)
{
    const struct kernel *kernel = checker->kernel;
    if (kernel->root != NULL && !check_is_live(checker, kernel->root, UK_TYPE_THREAD))
        return check_fail(checker, CHECK_ROOT, NULL, "the first thread is none");
    return check_is_live(checker, kernel->root_cnode, UK_TYPE_CNODE) ||
           check_fail(checker, CHECK_ROOT, NULL, "the first thread's CNode is none");
}

static int check_all(struct checker *checker)
{
    return check_collect(checker) && check_objects(checker) && check_root(checker) && check_ready(checker) &&
           check_deadlines(checker) && check_asked(checker) && check_sums(checker);
}

unsigned check_kernel(const struct kernel *kernel, enum check_depth depth, char *text, size_t text_bytes)
{
    struct checker checker = {.kernel = kernel, .depth = depth};
    text_begin(&checker.text, text, text_bytes);
    (void)check_all(&checker);
    check_forget(&checker);
    return checker.failed;
}

UK_API unsigned uk_check(const struct uk_kernel *outside, char *text, size_t text_bytes)
{
    const struct kernel *kernel = kernel_inside(outside);
    int small = kernel->arena_bytes - kernel->arena_first <= EXACT_ARENA_BYTES;
    return check_kernel(kernel, small ? CHECK_EXACT : CHECK_SAMPLED, text, text_bytes);
}
