/* SPDX-License-Identifier: MIT */
/* Looking inside without changing anything: slots, threads, objects, queues and mappings as plain structs. */
#include <string.h>

#include "core/reply.h"
#include "core/sched_context.h"
#include "embed/embed.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/resident.h"
#include "ipc/portal.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

static uint32_t number_of(const struct object *object) { return object != NULL ? object->number : 0; }
static uint32_t number_of_thread(const struct thread *thread) { return thread != NULL ? thread->object.number : 0; }

static uint32_t depth_of(const struct kernel *kernel, const struct capability *slot)
{
    uint32_t depth = 0;
    while (slot->parent != NULL && slot->parent != &kernel->forest) {
        slot = slot->parent;
        depth++;
    }
    return depth;
}

UK_API enum uk_status uk_inspect_slot(const struct uk_kernel *outside, uk_handle cnode, uint32_t index,
                                      struct uk_capability_info *info)
{
    const struct kernel *kernel = kernel_inside(outside);
    struct capability *container;
    enum uk_status status = embed_find(kernel, cnode, UK_TYPE_CNODE, &container);
    if (status != UK_OK)
        return status;
    const struct cnode *in = (const struct cnode *)container->object;
    if (index >= in->slot_count)
        return UK_BAD_HANDLE;
    const struct capability *slot = &in->slots[index];
    if (slot->type == UK_TYPE_NONE)
        return UK_EMPTY_SLOT;
    int is_frame = slot->type == UK_TYPE_FRAME;
    *info = (struct uk_capability_info){
        .type = slot->type,
        .rights = slot->rights,
        .object = slot->object->number,
        .generation = slot->generation,
        .badge = is_frame ? 0 : slot->badge,
        .handle = capability_handle(slot, index),
        .mapped_at = is_frame && slot->space != 0 ? slot->badge : 0,
        .parent = number_of(slot->parent->object),
        .depth = depth_of(kernel, slot),
    };
    return UK_OK;
}

static uint32_t replies_owed(const struct thread *thread)
{
    uint32_t count = 0;
    for (const struct reply *reply = thread->serving; reply != NULL; reply = reply->served_next)
        count += reply->caller != NULL;
    return count;
}

static void describe_thread(const struct thread *thread, struct uk_thread_info *info)
{
    *info = (struct uk_thread_info){
        .object = thread->object.number,
        .state = thread->state,
        .priority = thread->priority,
        .effective_priority = thread->effective,
        .maximum_priority = thread->maximum,
        .waits_for = number_of(thread->waits_on),
        .sched_context = thread->context != NULL ? thread->context->object.number : 0,
        .served = replies_owed(thread),
        .deadline = thread->deadline.at,
        .entries = thread->entries,
        .faults = thread->faults,
        .calls = thread->calls,
        .time_ns = thread->own_context != NULL ? thread->own_context->total : 0,
        .call = thread->registers.call,
        .inside = thread->crossing != NULL ? thread->domain->owner->number : 0,
        .depth = thread->depth,
        .helper = number_of_thread(thread->helper),
    };
    memcpy(info->name, thread->name, UK_NAME_MAX);
}

UK_API enum uk_status uk_inspect_thread(const struct uk_kernel *outside, uk_handle thread, struct uk_thread_info *info)
{
    struct capability *slot;
    enum uk_status status = embed_find(kernel_inside(outside), thread, UK_TYPE_THREAD, &slot);
    if (status == UK_OK)
        describe_thread((const struct thread *)slot->object, info);
    return status;
}

const struct thread *embed_find_thread(const struct kernel *kernel, uint32_t object)
{
    const struct capability *slot = NULL;
    while ((slot = embed_next_slot(kernel, slot)) != NULL)
        if (slot->type == UK_TYPE_THREAD && slot->object->number == object)
            return (const struct thread *)slot->object;
    return NULL;
}

UK_API enum uk_status uk_find_thread(const struct uk_kernel *outside, uint32_t object, struct uk_thread_info *info)
{
    const struct thread *thread = embed_find_thread(kernel_inside(outside), object);
    if (thread == NULL)
        return UK_BAD_ARGUMENT;
    describe_thread(thread, info);
    return UK_OK;
}

static size_t count_queue(const struct queue *queue)
{
    size_t count = 0;
    for (const struct thread *thread = queue->first; thread != NULL; thread = queue_next(queue, thread))
        count++;
    return count;
}

static uint32_t count_slots(const struct cnode *cnode)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < cnode->slot_count; i++)
        used += cnode->slots[i].type != UK_TYPE_NONE;
    return used;
}

static void describe_untyped(const struct untyped *untyped, uk_word *value)
{
    value[0] = untyped->bytes;
    value[1] = untyped->high - untyped->low;
    value[2] = untyped->live_bytes;
    value[3] = untyped->bytes - value[1] - value[2];
    value[4] = untyped->live;
}

static void describe_context(const struct sched_context *context, uk_word *value)
{
    value[0] = context->budget;
    value[1] = context->period;
    value[2] = context->left;
    value[3] = number_of_thread(context->holder);
}

static void describe_endpoint(const struct endpoint *endpoint, uk_word *value)
{
    value[0] = count_queue(&endpoint->senders);
    value[1] = count_queue(&endpoint->receivers);
    value[2] = endpoint->generation;
    value[3] = number_of_thread(endpoint->service.server);
}

static void describe_notification(const struct notification *notification, uk_word *value)
{
    const struct thread *bound = notification->service.server;
    value[0] = bound != NULL ? bound->signals : notification->bits;
    value[1] = count_queue(&notification->waiters);
    value[2] = number_of_thread(bound);
}

static void describe_reply(const struct reply *reply, uk_word value[6])
{
    int lends = reply->caller != NULL && (reply->caller->marks & THREAD_LENDS) != 0;
    value[0] = number_of_thread(reply->caller);
    value[1] = number_of_thread(reply->server);
    for (unsigned i = 0; i < UK_ITEMS_MAX && lends; i++) {
        value[2] += reply->leases[i].rights != 0;
        value[3] += reply->leases[i].bytes;
    }
}

static void describe_ring(const struct ring *ring, uk_word *value)
{
    value[0] = ring->submit_entries;
    value[1] = ring->complete_entries;
    value[2] = ring->submit_head;
    value[3] = ring->complete_tail;
    value[4] = number_of(ring->memory.object);
    value[5] = number_of(ring->doorbell.object);
}

static void describe_bound(const struct bound *bound, uk_word *value)
{
    value[0] = number_of(bound->target.object);
    value[1] = bound->target.badge;
    value[2] = bound->next;
}

static void describe_port(const struct port *port, uk_word *value)
{
    value[0] = port->queued;
    value[1] = port->count;
    value[2] = port->promised;
    value[3] = count_queue(&port->senders);
    value[4] = count_queue(&port->receivers);
    value[5] = port->closed;
}

static void describe_port_set(const struct port_set *set, uk_word *value)
{
    const struct port *port = set->members;
    for (; port != NULL && (value[0] == 0 || port != set->members); port = port->member.next)
        value[0]++;
    for (port = set->ready; port != NULL && (value[1] == 0 || port != set->ready); port = port->ready.next)
        value[1]++;
    value[2] = count_queue(&set->receivers);
}

static void describe_portal(const struct portal *portal, uk_word *value)
{
    for (uint32_t i = 0; i < portal->count; i++)
        value[0] += portal->stacks[i].thread != NULL;
    value[1] = portal->count;
    value[2] = count_queue(&portal->callers);
    value[3] = portal->configured;
    value[4] = (uk_word)portal_is_closed(portal);
}

static void describe_values(const struct object *object, uk_word *value)
{
    switch (object->type) {
    case UK_TYPE_UNTYPED:
        describe_untyped((const struct untyped *)object, value);
        break;
    case UK_TYPE_CNODE:
        value[0] = ((const struct cnode *)object)->slot_count;
        value[1] = count_slots((const struct cnode *)object);
        break;
    case UK_TYPE_FRAME:
        value[0] = ((const struct frame *)object)->bytes;
        value[1] = ((const struct frame *)object)->device;
        value[2] = ((const struct frame *)object)->copies;
        value[3] = frame_is_lazy((const struct frame *)object);
        break;
    case UK_TYPE_SPACE:
        value[0] = ((const struct space *)object)->mapped_bytes;
        value[1] = ((const struct space *)object)->table_count;
        break;
    case UK_TYPE_SCHED_CONTEXT:
        describe_context((const struct sched_context *)object, value);
        break;
    case UK_TYPE_ENDPOINT:
        describe_endpoint((const struct endpoint *)object, value);
        break;
    case UK_TYPE_REPLY:
        describe_reply((const struct reply *)object, value);
        break;
    case UK_TYPE_NOTIFICATION:
        describe_notification((const struct notification *)object, value);
        break;
    case UK_TYPE_TIMER:
        value[0] = ((const struct timer *)object)->deadline.at;
        value[1] = ((const struct timer *)object)->period;
        break;
    case UK_TYPE_INTERRUPT:
        value[0] = ((const struct interrupt *)object)->line;
        break;
    case UK_TYPE_RING:
        describe_ring((const struct ring *)object, value);
        break;
    case UK_TYPE_RESIDENT:
        value[0] = ((const struct resident *)object)->calls;
        value[1] = ((const struct resident *)object)->longest_ns;
        value[2] = ((const struct resident *)object)->bound_ns;
        value[3] = ((const struct resident *)object)->overruns;
        break;
    case UK_TYPE_BOUND:
        describe_bound((const struct bound *)object, value);
        break;
    case UK_TYPE_PORT:
        describe_port((const struct port *)object, value);
        break;
    case UK_TYPE_PORT_SET:
        describe_port_set((const struct port_set *)object, value);
        break;
    case UK_TYPE_PORTAL:
        describe_portal((const struct portal *)object, value);
        break;
    default:
        break;
    }
}

uk_word embed_object_bytes(const struct object *object)
{
    uk_word fixed = uk_object_bytes(object->type);
    switch (object->type) {
    case UK_TYPE_CNODE:
        return fixed + ((const struct cnode *)object)->slot_count * sizeof(struct capability);
    case UK_TYPE_FRAME:
        return fixed + ((const struct frame *)object)->bytes;
    case UK_TYPE_UNTYPED:
        return fixed + ((const struct untyped *)object)->bytes;
    case UK_TYPE_PORT:
        return fixed + port_size(object);
    case UK_TYPE_PORTAL:
        return object_bytes(UK_TYPE_PORTAL, portal_size(object));
    default:
        return fixed;
    }
}

UK_API enum uk_status uk_inspect_object(const struct uk_kernel *outside, uk_handle handle, struct uk_object_info *info)
{
    struct capability *slot;
    enum uk_status status = embed_find(kernel_inside(outside), handle, UK_TYPE_NONE, &slot);
    if (status != UK_OK)
        return status;
    const struct object *object = slot->object;
    *info = (struct uk_object_info){
        .object = object->number,
        .type = object->type,
        .references = object->references,
    };
    info->bytes = (uint32_t)(object->untyped != NULL ? embed_object_bytes(object) : 0);
    describe_values(object, info->value);
    return UK_OK;
}

static const struct queue *find_queue(const struct object *object, int receivers)
{
    if (object->type == UK_TYPE_ENDPOINT)
        return receivers ? &((const struct endpoint *)object)->receivers : &((const struct endpoint *)object)->senders;
    if (object->type == UK_TYPE_PORT)
        return receivers ? &((const struct port *)object)->receivers : &((const struct port *)object)->senders;
    if (object->type == UK_TYPE_PORTAL && !receivers)
        return &((const struct portal *)object)->callers;
    if (object->type == UK_TYPE_PORT_SET && receivers)
        return &((const struct port_set *)object)->receivers;
    if (object->type == UK_TYPE_NOTIFICATION && receivers)
        return &((const struct notification *)object)->waiters;
    return NULL;
}

UK_API size_t uk_inspect_queue(const struct uk_kernel *outside, uk_handle handle, int receivers, uint32_t *threads,
                               size_t room)
{
    struct capability *slot;
    if (embed_find(kernel_inside(outside), handle, UK_TYPE_NONE, &slot) != UK_OK)
        return 0;
    const struct queue *queue = find_queue(slot->object, receivers);
    size_t count = 0;
    for (const struct thread *thread = queue != NULL ? queue->first : NULL; thread != NULL;
         thread = queue_next(queue, thread), count++)
        if (count < room)
            threads[count] = thread->object.number;
    return count;
}

UK_API enum uk_status uk_inspect_mapping(const struct uk_kernel *outside, uk_handle space, uk_word address,
                                         struct uk_mapping_info *info)
{
    const struct kernel *kernel = kernel_inside(outside);
    struct capability *slot;
    struct mapping mapping;
    enum uk_status status = embed_find(kernel, space, UK_TYPE_SPACE, &slot);
    if (status != UK_OK)
        return status;
    if (!space_next(kernel, (const struct space *)slot->object, address, &mapping))
        return UK_NOT_MAPPED;
    *info = (struct uk_mapping_info){.address = mapping.address,
                                     .bytes = mapping.bytes,
                                     .physical = mapping.physical,
                                     .rights = mapping.rights | mapping.kept,
                                     .lazy = frame_is_lazy((const struct frame *)mapping.behind->object),
                                     .frame = mapping.behind->object->number};
    return UK_OK;
}
