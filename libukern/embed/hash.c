/* SPDX-License-Identifier: MIT */
/* A hash of all state that users could observe: names are object numbers and offsets, so no host address goes in. */
#include "core/reply.h"
#include "core/sched_context.h"
#include "embed/check.h"
#include "embed/embed.h"
#include "ipc/bound.h"
#include "ipc/endpoint.h"
#include "ipc/notification.h"
#include "ipc/port.h"
#include "ipc/resident.h"
#include "ipc/portal.h"
#include "ipc/ring.h"
#include "ipc/timer.h"

struct hash {
    const struct kernel *kernel;
    uint64_t value;
};

/* One round of a multiply-and-fold hash; the constant is 2^64 divided by the golden ratio. */
static void mix(struct hash *hash, uint64_t value)
{
    uint64_t mixed = (hash->value ^ value) * 0x9e3779b97f4a7c15u;
    hash->value = (mixed ^ mixed >> 32) + 0x632be59bd9b4e019u;
}

static void mix_object(struct hash *hash, const struct object *object)
{
    mix(hash, object != NULL ? object->number : 0);
}

static void mix_thread(struct hash *hash, const struct thread *thread)
{
    mix(hash, thread != NULL ? thread->object.number : 0);
}

static void mix_reply(struct hash *hash, const struct reply *reply)
{
    mix(hash, reply != NULL ? reply->object.number : 0);
}

static void mix_queue(struct hash *hash, const struct queue *queue)
{
    for (const struct thread *thread = queue->first; thread != NULL; thread = queue_next(queue, thread))
        mix_thread(hash, thread);
    mix(hash, 0);
}

/* User addresses are host addresses when user code runs: what counts is where they are in their space. */
static uk_word relative(const struct space *space, uk_word address)
{
    return space != NULL && address >= space->base && address < space->end ? address - space->base + 1 : 0;
}

static void hash_slot(struct hash *hash, const struct capability *slot)
{
    int is_frame = slot->type == UK_TYPE_FRAME;
    mix(hash, slot->type | (uint64_t)slot->rights << 8 | (uint64_t)slot->slot_generation << 32);
    if (slot->type == UK_TYPE_NONE)
        return;
    const struct space *space = is_frame ? space_of(hash->kernel, slot) : NULL;
    mix_object(hash, slot->object);
    mix(hash, is_frame ? relative(space, slot->badge) : slot->badge);
    mix(hash, slot->generation);
    mix_object(hash, space != NULL ? &space->object : NULL);
    mix_object(hash, slot->parent->object);
}

static void hash_cnode(struct hash *hash, const struct cnode *cnode)
{
    mix(hash, cnode->slot_count);
    for (uint32_t i = 0; i < cnode->slot_count; i++) {
        if (cnode->slots[i].slot_generation == 0)
            continue; /* never used */
        mix(hash, i);
        hash_slot(hash, &cnode->slots[i]);
    }
}

static void hash_untyped(struct hash *hash, const struct untyped *untyped)
{
    mix(hash, untyped->bytes);
    mix(hash, untyped->low - untyped->base);
    mix(hash, untyped->high - untyped->low);
    mix(hash, untyped->live_bytes);
    mix(hash, untyped->live);
}

static void hash_frame(struct hash *hash, const struct frame *frame)
{
    mix(hash, frame->bytes | frame->device);
    if (!frame_is_lazy(frame))
        return;
    mix_object(hash, &frame_source(hash->kernel, frame)->object);
    mix(hash, frame->copies | (uint64_t)frame->copied << 32);
}

static void hash_space(struct hash *hash, const struct space *space)
{
    struct mapping mapping;
    uk_word at = space->base, left = space->mapped_bytes; /* to see all without a walk to the end of all addresses */
    mix(hash, space->mapped_bytes);
    mix(hash, space->table_count);
    hash_slot(hash, &space->memory);
    for (; left > 0 && space_next(hash->kernel, space, at, &mapping); at = mapping.address + mapping.bytes) {
        mix(hash, mapping.address - space->base);
        mix(hash, mapping.bytes | mapping.rights | (uint64_t)mapping.kept << 8);
        mix_object(hash, mapping.behind->object);
        left -= mapping.bytes < left ? mapping.bytes : left;
    }
}

/* What user code keeps in its registers may be host addresses; what threads that are stepped have there is not. */
static void hash_registers(struct hash *hash, const struct uk_call *call)
{
    mix(hash, call->operation);
    mix(hash, call->handle);
    mix(hash, call->tag);
    mix(hash, call->reply);
    mix(hash, call->deadline);
    mix(hash, call->filter);
    for (unsigned i = 0; i < UK_REGISTER_WORDS && !hash->kernel->running; i++)
        mix(hash, call->word[i]);
}

static void hash_record(struct hash *hash, const struct thread *thread)
{
    const struct record *record = &thread->record;
    mix(hash, record->fault | (uint64_t)record->status << 32);
    mix(hash, record->operation | (uint64_t)record->access << 32);
    mix(hash, record->found_type | (uint64_t)record->found_rights << 32);
    mix(hash, record->handle);
    mix(hash, hash->kernel->running ? relative(thread_space(thread), record->address) : record->address);
}

static void hash_thread(struct hash *hash, const struct thread *thread)
{
    const unsigned told = THREAD_UNTOLD | THREAD_BY_ARRIVAL; /* of the trace; said by the endpoint */
    hash_registers(hash, &thread->registers.call);
    mix(hash, thread->state | (uint64_t)thread->priority << 8 | (uint64_t)thread->effective << 16 |
                  (uint64_t)thread->maximum << 24 | (uint64_t)(thread->marks & 0xff & ~told) << 32 |
                  (uint64_t)thread->flags << 40 | (uint64_t)thread->lent_priority << 48 |
                  (uint64_t)thread->operation << 56);
    mix_object(hash, thread->waits_on);
    mix_thread(hash, thread->helper);
    mix_reply(hash, thread->state == UK_THREAD_RECEIVING ? thread->receives_with : NULL);
    mix(hash, thread->stage);
    mix(hash, thread->send_badge);
    mix(hash, thread->send_generation | (uint64_t)thread->send_rights << 32);
    mix(hash, thread->deadline.at);
    for (const struct reply *reply = thread->serving; reply != NULL; reply = reply->served_next)
        mix_reply(hash, reply);
    mix(hash, thread->signals);
    mix_object(hash, thread->bound);
    mix_object(hash, thread->domain->owner);
    hash_slot(hash, &thread->own.cnode);
    hash_slot(hash, &thread->own.space);
    hash_slot(hash, &thread->own.fault);
    hash_slot(hash, &thread->watch);
    mix(hash, hash->kernel->running ? relative(thread_space(thread), thread->buffer) : thread->buffer);
    for (unsigned i = 0; i < UK_NAME_MAX; i++)
        mix(hash, (unsigned char)thread->name[i]);
    hash_record(hash, thread);
    mix(hash, thread->entries);
    mix(hash, thread->calls);
    mix(hash, thread->faults);
    mix(hash, thread->exit_code);
}

static void hash_context(struct hash *hash, const struct sched_context *context)
{
    mix_thread(hash, context->holder);
    mix_thread(hash, context->owner);
    mix(hash, context->budget);
    mix(hash, context->period);
    mix(hash, context->left);
    mix(hash, context == hash->kernel->charging ? hash->kernel->now - context->started : 0);
    mix(hash, context->total);
    mix(hash, context->policy);
    for (uint32_t i = 0; i < context->refill_count; i++) {
        mix(hash, context->refills[i].at);
        mix(hash, context->refills[i].amount);
    }
    mix(hash, context->deadline.at);
    for (const struct reply *reply = context->chain; reply != NULL; reply = reply->outer) {
        mix_reply(hash, reply);
        mix_thread(hash, reply->lender);
    }
}

static void hash_endpoint(struct hash *hash, const struct endpoint *endpoint)
{
    mix_queue(hash, &endpoint->senders);
    mix_queue(hash, &endpoint->receivers);
    mix_thread(hash, endpoint->service.server);
    mix(hash, endpoint->generation);
    mix(hash, endpoint->by_priority | (uint64_t)endpoint->closed << 8 | (uint64_t)endpoint->served << 16);
}

static void hash_notification(struct hash *hash, const struct notification *notification)
{
    mix_queue(hash, &notification->waiters);
    mix_thread(hash, notification->service.server);
    mix(hash, notification->bits);
    mix(hash, notification->active);
}

static void hash_timer(struct hash *hash, const struct timer *timer)
{
    mix(hash, timer->deadline.at);
    mix(hash, timer->period);
    hash_slot(hash, &timer->target);
}

static void hash_interrupt(struct hash *hash, const struct interrupt *interrupt)
{
    mix(hash, interrupt->line | (uint64_t)interrupt->masked << 32 | (uint64_t)interrupt->pending << 40);
    hash_slot(hash, &interrupt->target);
}

static void hash_resident(struct hash *hash, const struct resident *resident)
{
    for (unsigned i = 0; i < UK_NAME_MAX; i++)
        mix(hash, (unsigned char)resident->guest.name[i]);
    mix(hash, resident->bound_ns);
    mix(hash, resident->longest_ns);
    mix(hash, resident->calls);
    mix(hash, resident->overruns);
}

/* What users keep in its page is theirs; the submission in progress is the kernel's. */
/* What was lent by an earlier call is nobody's any more. */
static void hash_reply(struct hash *hash, const struct reply *reply)
{
    const struct thread *caller = reply->caller;
    mix_thread(hash, caller);
    mix_thread(hash, reply->server);
    mix(hash, reply->lease_number);
    for (unsigned i = 0; i < UK_ITEMS_MAX && caller != NULL && (caller->marks & THREAD_LENDS) != 0; i++) {
        const struct lease *lease = &reply->leases[i];
        mix(hash, hash->kernel->running ? relative(thread_space(caller), lease->address) : lease->address);
        mix(hash, lease->bytes);
        mix(hash, lease->rights);
    }
}

static void hash_ring(struct hash *hash, const struct ring *ring)
{
    const struct uk_ring_entry *entry = &ring->entry;
    mix(hash, ring->submit_entries | (uint64_t)ring->complete_entries << 32);
    mix(hash, ring->submit_head | (uint64_t)ring->complete_tail << 32);
    mix(hash, ring->stage);
    hash_slot(hash, &ring->memory);
    hash_slot(hash, &ring->doorbell);
    if (ring->stage < RING_BROKEN_OFF)
        return;
    hash_registers(hash, &entry->call);
    mix(hash, entry->user_data);
    mix(hash, entry->flags);
}

static void hash_bound(struct hash *hash, const struct bound *bound)
{
    hash_slot(hash, &bound->target);
    mix(hash, bound->next);
}

static void hash_parcel(struct hash *hash, const struct parcel *parcel)
{
    mix(hash, parcel->tag);
    mix(hash, parcel->badge);
    for (unsigned i = 0; i < UK_TAG_LENGTH(parcel->tag) && !hash->kernel->running; i++)
        mix(hash, parcel->words[i]);
    for (unsigned i = 0; i < UK_TAG_ITEMS(parcel->tag); i++) {
        mix(hash, parcel->kinds[i]);
        hash_slot(hash, &parcel->items[i]);
    }
}

static void hash_port(struct hash *hash, const struct port *port)
{
    mix_queue(hash, &port->senders);
    mix_queue(hash, &port->receivers);
    mix_object(hash, port->set != NULL ? &port->set->object : NULL);
    mix(hash, port->count | (uint64_t)port->quota << 32);
    mix(hash, port->queued | (uint64_t)port->promised << 32);
    mix(hash, port->key | (uint64_t)port->closed << 16 | (uint64_t)port->deserted << 24 | (uint64_t)port->travels << 32);
    hash_slot(hash, &port->no_senders);
    for (uint32_t i = 0; i < port->queued; i++)
        hash_parcel(hash, &port->slots[(port->head + i) % port->count].parcel);
    for (uint32_t i = 0; i < port->count; i++) {
        mix(hash, port->slots[i].watch.type != UK_TYPE_NONE ? port->slots[i].watched_by : 0);
        hash_slot(hash, &port->slots[i].watch);
    }
}

static void hash_port_set(struct hash *hash, const struct port_set *set)
{
    const struct port *port = set->ready;
    mix_queue(hash, &set->receivers);
    for (int first = 1; port != NULL && (first || port != set->ready); port = port->ready.next, first = 0)
        mix_object(hash, &port->object);
}

/* Addresses of the server's are host addresses when user code runs. */
static void hash_portal(struct hash *hash, const struct portal *portal)
{
    mix_queue(hash, &portal->callers);
    mix(hash, portal->count | (uint64_t)portal->configured << 32);
    hash_slot(hash, &portal->domain.cnode);
    hash_slot(hash, &portal->domain.space);
    hash_slot(hash, &portal->domain.fault);
    for (const struct crossing *free = portal->free; free != NULL; free = free->outer)
        mix(hash, (uint64_t)(free - portal->stacks) + 1);
    for (uint32_t i = 0; i < portal->count; i++) {
        const struct crossing *crossing = &portal->stacks[i];
        mix_thread(hash, crossing->thread);
        mix(hash, hash->kernel->running ? 0 : crossing->buffer);
        if (crossing->thread == NULL)
            continue;
        mix_object(hash, crossing->outer != NULL ? crossing->outer->domain->owner : NULL);
        mix(hash, hash->kernel->running ? 0 : crossing->kept_buffer);
        mix(hash, crossing->handle);
        mix(hash, crossing->kept_flags | (uint64_t)crossing->cut << 32);
    }
}

static void hash_object(struct hash *hash, const struct object *object)
{
    mix(hash, object->type | (uint64_t)object->flags << 8 | (uint64_t)object->number << 32);
    mix(hash, object->references);
    mix_object(hash, object->untyped != NULL ? &object->untyped->object : NULL);
    switch (object->type) {
    case UK_TYPE_UNTYPED:
        hash_untyped(hash, (const struct untyped *)object);
        break;
    case UK_TYPE_CNODE:
        hash_cnode(hash, (const struct cnode *)object);
        break;
    case UK_TYPE_FRAME:
        hash_frame(hash, (const struct frame *)object);
        break;
    case UK_TYPE_SPACE:
        hash_space(hash, (const struct space *)object);
        break;
    case UK_TYPE_THREAD:
        hash_thread(hash, (const struct thread *)object);
        break;
    case UK_TYPE_SCHED_CONTEXT:
        hash_context(hash, (const struct sched_context *)object);
        break;
    case UK_TYPE_ENDPOINT:
        hash_endpoint(hash, (const struct endpoint *)object);
        break;
    case UK_TYPE_REPLY:
        hash_reply(hash, (const struct reply *)object);
        break;
    case UK_TYPE_NOTIFICATION:
        hash_notification(hash, (const struct notification *)object);
        break;
    case UK_TYPE_TIMER:
        hash_timer(hash, (const struct timer *)object);
        break;
    case UK_TYPE_RING:
        hash_ring(hash, (const struct ring *)object);
        break;
    case UK_TYPE_BOUND:
        hash_bound(hash, (const struct bound *)object);
        break;
    case UK_TYPE_PORT:
        hash_port(hash, (const struct port *)object);
        break;
    case UK_TYPE_RESIDENT:
        hash_resident(hash, (const struct resident *)object);
        break;
    case UK_TYPE_PORT_SET:
        hash_port_set(hash, (const struct port_set *)object);
        break;
    case UK_TYPE_PORTAL:
        hash_portal(hash, (const struct portal *)object);
        break;
    default:
        hash_interrupt(hash, (const struct interrupt *)object);
    }
}

/* Who runs, who is ready in which order, and what dies next. */
static void hash_kernel(struct hash *hash)
{
    const struct kernel *kernel = hash->kernel;
    mix(hash, kernel->now);
    mix_thread(hash, kernel->current);
    mix_thread(hash, kernel->root);
    for (uint32_t priority = 0; priority <= UK_PRIORITY_MAX; priority++)
        for (const struct thread *thread = kernel->scheduler.lists[priority].first; thread != NULL;
             thread = thread->next)
            mix_thread(hash, thread);
    for (const struct object *object = kernel->dying_first; object != NULL; object = object->dying_next)
        mix_object(hash, object);
    mix_queue(hash, &kernel->faulting);
    mix(hash, kernel->object_number);
    mix(hash, kernel->halted);
    mix(hash, (uint64_t)kernel->exit_code);
}

/* The order of deadlines that fall on the same time shows too. */
static void hash_deadlines(struct hash *hash, const struct deadline *root)
{
    const struct deadline *node = root;
    while (node != NULL && node->left != NULL)
        node = node->left;
    while (node != NULL) {
        mix(hash, node->at);
        mix(hash, node->kind);
        if (node->right != NULL) {
            for (node = node->right; node->left != NULL; node = node->left)
                continue;
            continue;
        }
        while (node->parent != NULL && node->parent->right == node)
            node = node->parent;
        node = node->parent;
    }
}

/* Whom a revocation would reach: the shape of the derivation forest, parents before children. */
static void hash_forest(struct hash *hash)
{
    const struct capability *forest = &hash->kernel->forest, *at = forest;
    uint64_t depth = 0;
    for (;;) {
        if (at->child != NULL) {
            at = at->child;
            depth++;
        } else {
            for (; at != forest && at->next == NULL; depth--)
                at = at->parent;
            if (at == forest)
                return;
            at = at->next;
        }
        mix(hash, depth << 32 | at->object->number);
        mix(hash, at->rights | (uint64_t)at->slot_generation << 32);
    }
}

UK_API uint64_t uk_state_hash(const struct uk_kernel *outside)
{
    struct checker all = {.kernel = kernel_inside(outside)};
    struct hash hash = {all.kernel, 0};
    if (check_collect(&all))
        hash_forest(&hash);
    for (const struct object *object = all.first; object != NULL; object = check_next(&all, object))
        hash_object(&hash, object);
    check_forget(&all);
    hash_deadlines(&hash, all.kernel->deadlines);
    hash_kernel(&hash);
    return hash.value;
}
