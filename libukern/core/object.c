/* SPDX-License-Identifier: MIT */
/* Life and death of objects. What nobody can name is disabled at once and taken apart in preemptible steps. */
#include "core/object.h"

#include "core/kernel.h"
#include "core/machine.h"

static uk_word round_up(uk_word bytes, uk_word align) { return (bytes + align - 1) & ~(align - 1); }

uk_word object_bytes(uint32_t type, uk_word size)
{
    if (type >= UK_TYPE_COUNT || object_classes[type].bytes == 0)
        return 0;
    uk_word bytes = round_up(object_classes[type].bytes, OBJECT_ALIGN);
    switch (type) {
    case UK_TYPE_CNODE:
        return size >= 2 && size <= UINT32_MAX ? bytes + size * sizeof(struct capability) : 0;
    case UK_TYPE_FRAME:
        return size == UK_PAGE || size == UK_LARGE ? bytes + size : 0;
    case UK_TYPE_UNTYPED:
        return size >= UK_PAGE && (size & (size - 1)) == 0 && size < (uk_word)1 << 48 ? bytes + size : 0;
    case UK_TYPE_ENDPOINT:
        return size <= UK_ORDER_ARRIVAL ? bytes : 0;
    case UK_TYPE_PORTAL:
        return size > 0 && size <= UK_PORTAL_STACKS_MAX ? bytes + size * UK_PORTAL_STACK_BYTES : 0;
    case UK_TYPE_PORT:
        size &= UINT32_MAX; /* above: a quota */
        return size > 0 && size <= UK_PORT_SIZE(UK_PORT_MESSAGES_MAX, 0) && size % UK_PORT_SIZE(1, 0) == 0 ? bytes + size
                                                                                                           : 0;
    default:
        return size == 0 ? bytes : 0;
    }
}

enum uk_status object_make(struct kernel *kernel, struct object *object, uint32_t type, struct untyped *untyped,
                           uk_word size)
{
    object->type = (uint8_t)type;
    object->flags = untyped == NULL ? OBJECT_PERMANENT : 0;
    object->number = kernel->object_number + 1;
    object->untyped = untyped;
    if (object_classes[type].make != NULL) {
        enum uk_status status = object_classes[type].make(kernel, object, size);
        if (status != UK_OK)
            return status;
    }
    kernel->object_number++;
    kernel->objects++;
    return UK_OK;
}

void object_signal(struct kernel *kernel, const struct capability *via)
{
    if (via->type != UK_TYPE_NONE && object_classes[via->type].signal != NULL)
        object_classes[via->type].signal(kernel, via->object, via->badge);
}

void object_bury(struct kernel *kernel, struct object *object)
{
    if ((object->flags & OBJECT_DYING) != 0)
        return;
    object->flags |= OBJECT_DYING;
    kernel->fast_until = 0;
    object->dying_next = NULL;
    *(kernel->dying_last != NULL ? &kernel->dying_last->dying_next : &kernel->dying_first) = object;
    kernel->dying_last = object;
}

void object_release(struct kernel *kernel, struct object *object)
{
    if (--object->references > 0)
        return;
    if (object_classes[object->type].disable != NULL)
        object_classes[object->type].disable(kernel, object);
    object_bury(kernel, object);
}

static uk_word size_of(const struct object *object)
{
    if (object_rules[object->type].size != NULL)
        return object_rules[object->type].size(object);
    switch (object->type) {
    case UK_TYPE_CNODE:
        return ((const struct cnode *)object)->slot_count;
    case UK_TYPE_FRAME:
        return ((const struct frame *)object)->bytes;
    case UK_TYPE_UNTYPED:
        return ((const struct untyped *)object)->bytes;
    default:
        return 0;
    }
}

/* Nobody names it, nothing is in it: its memory is its Untyped's again. */
static void object_free(struct kernel *kernel, struct object *object)
{
    struct untyped *untyped = object->untyped;
    uk_word bytes = object_bytes(object->type, size_of(object));
    kernel->objects--;
    object->type = UK_TYPE_NONE;
    if (untyped != NULL)
        untyped_give(kernel, untyped, bytes);
}

/* An Untyped without capabilities stays for as long as something lives in it. */
static int is_needed(const struct object *object)
{
    return object->references > 0 || (object->flags & OBJECT_PERMANENT) != 0 ||
           (object->type == UK_TYPE_UNTYPED && ((const struct untyped *)object)->live > 0);
}

int object_drain(struct kernel *kernel)
{
    while (kernel->dying_first != NULL) {
        struct object *object = kernel->dying_first;
        if (object_classes[object->type].drain != NULL && !object_classes[object->type].drain(kernel, object))
            return 0;
        kernel->dying_first = object->dying_next;
        if (kernel->dying_first == NULL)
            kernel->dying_last = NULL;
        object->dying_next = NULL;
        object->flags &= (uint8_t)~OBJECT_DYING;
        if (!is_needed(object))
            object_free(kernel, object);
        if (machine_preempted(kernel) && kernel->dying_first != NULL)
            return 0;
    }
    return 1;
}
