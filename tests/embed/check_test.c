/* SPDX-License-Identifier: MIT */
/* Every invariant of uk_check fires: each mutant damages a field of a healthy kernel, and the right number answers. */
#include "world.h"

#include <string.h>

#include "embed/check.h"

static struct thread *thread(const struct actor *actor) { return thread_of(actor); }
static struct sched_context *context(const struct actor *actor) { return thread_of(actor)->own_context; }
static struct capability *root_slot(struct world *world, uk_handle handle)
{
    return slot_of(world->scene->root, handle);
}
static struct untyped *boot_untyped(struct world *world) { return world_object(world, UK_SLOT_UNTYPED); }
static struct space *space_of_bound(struct world *world) { return thread_space(thread(world->bound)); }

static void forest_circle(struct world *w) { root_slot(w, w->badged)->child = root_slot(w, w->open); }
static void forest_parent(struct world *w) { root_slot(w, w->badged)->parent = root_slot(w, w->busy); }
static void forest_previous(struct world *w) { root_slot(w, w->busy)->child->next->previous = NULL; }
static void forest_outside(struct world *w) { root_slot(w, w->badged)->child = (struct capability *)(void *)w; }
static void slot_type(struct world *w) { root_slot(w, w->busy)->type = UK_TYPE_REPLY; }
static void slot_object(struct world *w) { root_slot(w, w->busy)->object = (struct object *)(void *)w; }
static void slot_dead_object(struct world *w) { ((struct object *)world_object(w, w->busy))->type = UK_TYPE_NONE; }
static void derived_elsewhere(struct world *w)
{
    ((struct untyped *)world_object(w, w->untyped))->base -= 64 * UK_PAGE;
}
static void derived_other_object(struct world *w) { root_slot(w, w->badged)->object = world_object(w, w->busy); }
static void rights_more(struct world *w) { root_slot(w, w->open)->rights = UK_RIGHT_RECEIVE; }
static void rights_unknown(struct world *w) { root_slot(w, w->open)->rights = 0xff; }
static void badge_changed(struct world *w) { root_slot(w, w->open)->badge = 8; }
static void badge_on_thread(struct world *w) { root_slot(w, UK_SLOT_THREAD)->badge = 8; }
static void generation_ahead(struct world *w) { root_slot(w, w->badged)->generation = 1; }
static void generation_of_sender(struct world *w) { thread(w->queued[1])->send_generation = 3; }
static void slots_hidden(struct world *w)
{
    struct capability *slot = root_slot(w, w->badged); /* taken out of the forest, but still filled */
    *(slot->previous != NULL ? &slot->previous->next : &slot->parent->child) = slot->next;
    if (slot->next != NULL)
        slot->next->previous = slot->previous;
    slot->object->references--;
}
static void slots_dirty(struct world *w) { root_slot(w, 500)->badge = 1; }
static void slots_zero(struct world *w)
{
    struct cnode *cnode = thread(w->bound)->cnode;
    cnode->slots[0].type = UK_TYPE_FRAME;
}
static void slots_holder(struct world *w) { space_of_bound(w)->memory.held = HELD_BY_CNODE; }
static void references_more(struct world *w) { ((struct object *)world_object(w, w->busy))->references++; }
static void references_wrapped(struct world *w) { ((struct object *)world_object(w, w->busy))->references += 65536; }
static void object_number(struct world *w) { ((struct object *)world_object(w, w->busy))->number = 100000; }
static void object_flags(struct world *w) { ((struct object *)world_object(w, w->busy))->flags = 0x40; }
static void object_permanent(struct world *w)
{
    ((struct object *)world_object(w, w->busy))->flags |= OBJECT_PERMANENT;
}
static void object_untyped(struct world *w)
{
    ((struct object *)world_object(w, w->busy))->untyped = world_object(w, w->open);
}
static void counts_objects(struct world *w) { w->kernel->objects++; }
static void counts_threads(struct world *w) { w->kernel->threads--; }
static void counts_spaces(struct world *w) { w->kernel->spaces++; }
static void dying_unlisted(struct world *w) { ((struct object *)world_object(w, w->busy))->flags |= OBJECT_DYING; }
static void dying_unmarked(struct world *w)
{
    w->kernel->dying_first = w->kernel->dying_last = world_object(w, w->busy);
}
static void dying_last(struct world *w) { w->kernel->dying_last = world_object(w, w->busy); }
static void watermarks_crossed(struct world *w) { boot_untyped(w)->low = boot_untyped(w)->high + 64; }
static void watermarks_beyond(struct world *w)
{
    boot_untyped(w)->high = boot_untyped(w)->base + boot_untyped(w)->bytes + 1;
}
static void watermarks_kept(struct world *w)
{
    struct untyped *untyped = world_object(w, w->untyped);
    untyped->live = 0;
}
static void places_low(struct world *w) { boot_untyped(w)->low -= 64; }
static void places_permanent(struct world *w)
{
    ((struct object *)world_object(w, UK_SLOT_SCHED))->flags = 0;
}
static void account_overlap(struct world *w)
{
    struct cnode *cnode = thread(w->a)->cnode; /* grows over what comes after it */
    cnode->slot_count += 4;
}
static void pages_overlap(struct world *w)
{
    struct frame *frame = (struct frame *)slot_of(w->bound, w->page)->object;
    frame->physical += UK_PAGE;
}
static void pages_of_table(struct world *w)
{
    struct frame *frame = (struct frame *)slot_of(w->bound, w->page)->object;
    frame->physical = arena_physical(w->kernel, space_of_bound(w)->root);
}
static void account_bytes(struct world *w) { boot_untyped(w)->live_bytes += 64; }
static void account_live(struct world *w)
{
    boot_untyped(w)->live++;
    boot_untyped(w)->live_bytes += sizeof(struct table);
}
static void free_low(struct world *w) { w->kernel->arena[boot_untyped(w)->low + 5] = 1; }
static void free_high(struct world *w) { w->kernel->arena[boot_untyped(w)->high - 1] = 1; }
static void tables_fewer(struct world *w) { space_of_bound(w)->table_count--; }
static void tables_more(struct world *w) { space_of_bound(w)->table_count++; }
static void tables_place(struct world *w)
{
    space_of_bound(w)->root->entries[0] = page_entry_table(space_of_bound(w)->table_memory->low);
}
static void tables_dirty(struct world *w) { space_of_bound(w)->root->entries[3] = 2; }
static void mapping_elsewhere(struct world *w) { slot_of(w->bound, w->page)->badge += UK_PAGE; }
static void mapping_rights(struct world *w) { slot_of(w->bound, w->page)->rights = UK_RIGHT_WRITE; }
static void mapping_behind(struct world *w) { space_of_bound(w)->root->behind[5] = root_slot(w, w->busy); }
static page_entry *leaf_entry(struct world *w, struct capability ***behind)
{
    struct table *table = space_of_bound(w)->root;
    uk_word address = slot_of(w->bound, w->page)->badge;
    for (unsigned level = PAGE_LEVELS - 1; level > 0; level--) {
        unsigned index = (unsigned)(address >> (PAGE_BITS + level * PAGE_LEVEL_BITS)) % PAGE_ENTRIES;
        table = arena_pointer(w->kernel, page_entry_physical(table->entries[index]));
    }
    *behind = &table->behind[(address >> PAGE_BITS) % PAGE_ENTRIES];
    return &table->entries[(address >> PAGE_BITS) % PAGE_ENTRIES];
}
static void mapping_other_memory(struct world *w)
{
    struct capability **behind;
    *leaf_entry(w, &behind) += UK_PAGE;
}
static void mapping_without(struct world *w)
{
    struct capability **behind;
    (void)leaf_entry(w, &behind);
    *behind = NULL;
}
static void mapped_lost(struct world *w)
{
    struct capability **behind;
    *leaf_entry(w, &behind) = 0;
    *behind = NULL;
    space_of_bound(w)->mapped_bytes -= UK_PAGE;
}
static void mapped_bytes(struct world *w) { space_of_bound(w)->mapped_bytes += UK_PAGE; }
static void thread_state(struct world *w) { thread(w->first)->state = 99; }
static void thread_effective(struct world *w) { thread(w->waiter)->effective++; }
static void thread_lent(struct world *w)
{
    thread(w->dead)->lent_priority = thread(w->dead)->effective = 200;
}
static void thread_faulted(struct world *w) { thread(w->first)->marks |= THREAD_FAULTED; }
static void ready_bitmap(struct world *w) { w->kernel->scheduler.map[1] |= 1; }
static void ready_previous(struct world *w) { thread(w->second)->previous = NULL; }
static void ready_last(struct world *w) { w->kernel->scheduler.lists[10].last = thread(w->first); }
static void ready_priority(struct world *w)
{
    thread(w->second)->priority = thread(w->second)->effective = 12;
}
static void ready_top(struct world *w) { w->kernel->scheduler.top = 11; }
static void ready_lost(struct world *w)
{
    w->kernel->scheduler.lists[10].last = thread(w->first); /* second is marked, but not in the list */
    thread(w->first)->next = NULL;
}
static void runnable_forgotten(struct world *w)
{
    w->kernel->scheduler.lists[10].last = thread(w->first);
    thread(w->first)->next = NULL;
    thread(w->second)->previous = NULL;
    thread(w->second)->queued = 0;
}
static void runnable_waits(struct world *w) { thread(w->waiter)->queued = 1; }
static void current_stopped(struct world *w) { w->kernel->current->state = UK_THREAD_STOPPED; }
static void current_charging(struct world *w) { w->kernel->charging = NULL; }
static void current_idle(struct world *w) { w->kernel->current = NULL; }
static void current_faulting(struct world *w) { w->kernel->faulting.first = thread(w->first); }
static void current_gone(struct world *w) { w->kernel->current = world_object(w, w->busy); }
static void waits_type(struct world *w) { thread(w->waiter)->waits_on = world_object(w, w->busy); }
static void waits_nothing(struct world *w) { thread(w->waiter)->waits_on = NULL; }
static void waits_ready(struct world *w) { thread(w->first)->waits_on = world_object(w, w->busy); }
static void waits_queue(struct world *w)
{
    thread(w->queued[0])->waits_in = &((struct endpoint *)world_object(w, w->busy))->receivers;
}
static void queue_rank(struct world *w) { thread(w->queued[0])->rank = 19; }
static void queue_order(struct world *w)
{
    struct thread *first = thread(w->queued[1]);
    first->rank = first->effective = first->priority = 5;
}
static void queue_ring(struct world *w) { thread(w->queued[2])->previous = thread(w->queued[2]); }
static void queue_head(struct world *w) { thread(w->queued[2])->group_next = thread(w->queued[2]); }
static void queue_arrival(struct world *w) { thread(w->queued[0])->marks |= THREAD_BY_ARRIVAL; }
static void members_lost(struct world *w)
{
    ((struct notification *)world_object(w, w->notification))->waiters.first = NULL;
}
static void members_other(struct world *w)
{
    struct queue *queue = &((struct notification *)world_object(w, w->feed))->waiters;
    queue->first = thread(w->waiter);
}
static void receiver_unbound(struct world *w) { ((struct reply *)world_object(w, w->idle_reply))->server = NULL; }
static void receiver_not_idle(struct world *w)
{
    ((struct reply *)world_object(w, w->idle_reply))->context = context(w->first);
}
static void receiver_other(struct world *w) { thread(w->receiver)->receives_with = world_object(w, w->reply_b); }
static void reply_forgotten(struct world *w) { ((struct reply *)world_object(w, w->reply_b))->caller = NULL; }
static void reply_twice(struct world *w) { thread(w->b)->waits_on = world_object(w, w->reply_b); }
static void serving_lost(struct world *w) { thread(w->b)->serving = NULL; }
static void serving_back(struct world *w)
{
    struct reply *reply = world_object(w, w->reply_b);
    reply->served_previous = reply;
}
static void chain_short(struct world *w) { context(w->a)->depth = 1; }
static void chain_lost(struct world *w)
{
    context(w->a)->chain = context(w->a)->chain->outer;
    context(w->a)->depth--;
}
static void chain_lender(struct world *w)
{
    ((struct reply *)world_object(w, w->reply_c))->lender = world_object(w, w->busy);
}
static void chain_idle(struct world *w)
{
    ((struct reply *)world_object(w, w->idle_reply))->lender = thread(w->first);
}
static void chain_lending(struct world *w) { thread(w->first)->lending = world_object(w, w->idle_reply); }
static void chain_unknown(struct world *w) { thread(w->a)->lending = NULL; }
static void holder_forgets(struct world *w) { context(w->first)->holder = NULL; }
static void holder_twice(struct world *w) { context(w->first)->holder = thread(w->second); }
static void owner_forgets(struct world *w) { context(w->first)->owner = NULL; }
static void holder_extra(struct world *w) { thread(w->waiter)->context = context(w->first); }
static void budget_more(struct world *w) { context(w->spent)->refills[0].amount += 7; }
static void budget_order(struct world *w)
{
    struct sched_context *spent = context(w->spent);
    spent->refills[spent->refill_count - 1].at = 0;
}
static void budget_slice(struct world *w) { context(w->first)->left = context(w->first)->budget + 1; }
static void refill_lost(struct world *w) { context(w->waiter)->left = 0; }
static void refill_needless(struct world *w) { context(w->spent)->left = 150, context(w->spent)->refill_count = 0; }
static void refill_when(struct world *w) { context(w->spent)->refills[0].at++, context(w->spent)->refills[1].at += 2; }
static void deadline_weight(struct world *w)
{
    w->kernel->deadlines->weight = 0;
}
static void deadline_order(struct world *w) { thread(w->receiver)->deadline.at = 3000000000; }
static void deadline_parent(struct world *w)
{
    struct deadline *root = w->kernel->deadlines;
    (root->left != NULL ? root->left : root->right)->parent = NULL;
}
static void armed_lost(struct world *w) { w->kernel->deadlines = NULL; }
static void armed_ready(struct world *w) { thread(w->first)->deadline.at = 5; }
static void armed_kind(struct world *w) { thread(w->first)->deadline.kind = DEADLINE_TIMER; }
static void services_lost(struct world *w) { thread(w->bound)->services = NULL; }
static void services_back(struct world *w) { thread(w->bound)->services->server = thread(w->first); }
static void services_bound(struct world *w) { thread(w->bound)->bound = NULL; }
static void endpoint_closed(struct world *w) { ((struct endpoint *)world_object(w, w->busy))->closed = 1; }
static void endpoint_both(struct world *w)
{
    struct endpoint *open = world_object(w, w->open), *busy = world_object(w, w->busy);
    struct thread *receiver = thread(w->receiver);
    open->receivers.first = NULL;
    busy->receivers.first = receiver;
    receiver->waits_in = &busy->receivers;
    receiver->waits_on = &busy->object;
    receiver->marks &= (uint16_t)~THREAD_BY_ARRIVAL;
    receiver->rank = receiver->effective;
}
static void notification_both(struct world *w)
{
    struct notification *notification = world_object(w, w->notification);
    notification->bits = 1;
    notification->active = 1;
}
static void notification_inactive(struct world *w)
{
    ((struct notification *)world_object(w, w->notification))->bits = 1;
}
static void notification_bound(struct world *w)
{
    struct notification *feed = world_object(w, w->feed);
    feed->bits = 1;
    feed->active = 1;
}
static void notification_signalled(struct world *w) { thread(w->bound)->signals = 4; }
static struct resident *resident(struct world *w) { return world_object(w, w->resident); }
static void resident_hollow(struct world *w) { resident(w)->function = NULL; }
static void resident_made(struct world *w) { resident(w)->guest.name[UK_NAME_MAX - 1] = 'x'; }
static void resident_uncounted(struct world *w) { resident(w)->overruns = 2; }
static void resident_timed(struct world *w) { resident(w)->calls = 0; }
static void resident_stays(struct world *w) { w->kernel->guest = &resident(w)->guest; }
static void interrupt_pending(struct world *w) { ((struct interrupt *)world_object(w, w->interrupt))->pending = 1; }
static void interrupt_line(struct world *w) { ((struct interrupt *)world_object(w, w->interrupt))->line = 1; }
static void next_event_late(struct world *w) { w->kernel->next_event = UK_FOREVER; }
static void next_event_fast(struct world *w) { w->kernel->fast_until = w->kernel->next_event + 1; }
static void dead_owns(struct world *w)
{
    struct thread *dead = thread(w->dead);
    struct sched_context *own = world_object(w, w->dead->sched);
    dead->own_context = own;
    own->owner = dead;
}
static void root_gone(struct world *w) { w->kernel->root = world_object(w, w->busy); }
static void root_cnode(struct world *w) { w->kernel->root_cnode = world_object(w, w->busy); }
static void ring_size(struct world *w) { ((struct ring *)world_object(w, w->ring))->submit_entries = 3; }
static void ring_large(struct world *w) { ((struct ring *)world_object(w, w->ring))->complete_entries = 64; }
static void ring_stage(struct world *w) { ((struct ring *)world_object(w, w->ring))->stage = RING_DRAINS + 1; }
static void ring_empty(struct world *w)
{
    struct ring *ring = world_object(w, w->ring);
    ring->submit_entries = ring->complete_entries = 0;
    ring->complete_tail = 1;
}
static void ring_doorbell(struct world *w) { ((struct ring *)world_object(w, w->ring))->doorbell.held = HELD_BY_CNODE; }

static struct reply *lent(struct world *w) { return world_object(w, w->lent); }
static void lease_wraps(struct world *w) { lent(w)->leases[2].bytes = UK_FOREVER; }
static void lease_rights(struct world *w) { lent(w)->leases[0].rights = UK_RIGHTS_ALL; }
static void lease_none(struct world *w) { memset(lent(w)->leases, 0, sizeof lent(w)->leases); }
static void lease_unnumbered(struct world *w) { lent(w)->lease_number = 0; }
static void lease_outlives(struct world *w) { thread(w->waiter)->marks |= THREAD_LENDS; }
static void lease_elsewhere(struct world *w) { thread(w->a)->marks |= THREAD_LENDS; }
static struct bound *folding(struct world *w) { return world_object(w, w->bound_call); }
static void bound_slot(struct world *w) { folding(w)->target.held = HELD_BY_CNODE; }
static void bound_right(struct world *w) { folding(w)->target.rights = 0; }
static void bound_folded(struct world *w) { folding(w)->caller = thread(w->a); }
static void bound_untold(struct world *w) { folding(w)->replies = 1; }
static void bound_kernel(struct world *w) { w->kernel->folded = folding(w); }
static void help_unmarked(struct world *w) { thread(w->outside)->marks &= (uint16_t)~THREAD_HELPS; }
static void help_unknown(struct world *w) { thread(w->outside)->helps = thread(w->first); }
static void help_one_sided(struct world *w)
{
    thread(w->inside)->helper = NULL;
    thread(w->inside)->effective = thread(w->inside)->priority;
}
static void help_missing(struct world *w)
{
    help_one_sided(w);
    help_unmarked(w);
    thread(w->outside)->helps = NULL;
}
static void help_in_a_circle(struct world *w) { thread(w->outside)->marks |= THREAD_CIRCLES; }
static void help_awake(struct world *w) { thread(w->first)->marks |= THREAD_CIRCLES; }
static void help_not_awaited(struct world *w) { thread(w->inside)->marks &= (uint16_t)~THREAD_AWAITED; }
static void help_asked(struct world *w) { thread(w->first)->marks |= THREAD_ASKED; }
static void help_listed(struct world *w) { w->kernel->asked_first = thread(w->first); }
static void thread_staged(struct world *w) { thread(w->first)->stage = 5; }
static void thread_unstaged(struct world *w) { thread(w->b)->stage = 5; }

static struct port *port(struct world *w) { return world_object(w, w->port); }
static struct port *lone(struct world *w) { return (struct port *)object_of(w->listener, w->lone); }
static void port_overfull(struct world *w) { port(w)->queued = 5; }
static void port_promises(struct world *w) { port(w)->promised = 3; }
static void port_leaks(struct world *w) { port(w)->head = 1, port(w)->queued = 1; }
static void port_closed_full(struct world *w)
{
    struct capability *slot = root_slot(w, w->port);
    slot->rights = UK_RIGHT_SEND; /* as if the receive right had gone, but nothing had been taken apart */
    for (struct capability *child = slot->child; child != NULL; child = child->next)
        child->rights = 0;
    port(w)->set->members = port(w)->set->ready = NULL;
    port(w)->set = NULL;
    port(w)->promised = 0;
    port(w)->closed = 1;
}
static void port_two_receive(struct world *w) { root_slot(w, w->port)->child->rights |= UK_RIGHT_RECEIVE; }
static void port_none_receives(struct world *w) { root_slot(w, w->port)->rights &= (uint8_t)~UK_RIGHT_RECEIVE; }
static void port_forgets_promise(struct world *w) { port(w)->promised = 0; }
static void port_stays_home(struct world *w) { ((struct port *)world_object(w, w->carried))->travels = 0; }
static void port_message_waits(struct world *w) { lone(w)->queued = 1; }
static void port_deserted(struct world *w)
{
    struct capability *slot = slot_of(w->listener, w->lone);
    slot->child->parent = NULL; /* its only copy, taken out */
    *slot->child = (struct capability){.slot_generation = 1};
    slot->child = NULL;
    lone(w)->object.references = 1;
    lone(w)->deserted = 1;
}
static struct portal *gate(struct world *w) { return world_object(w, w->gate); }
static struct portal *inner_gate(struct world *w) { return world_object(w, w->inner_gate); }
static void portal_domain(struct world *w) { gate(w)->stacks[1].domain = &inner_gate(w)->domain; }
static void portal_lost_stack(struct world *w) { gate(w)->free = NULL; }
static void portal_free_twice(struct world *w) { gate(w)->free->outer = gate(w)->free; }
static void portal_free_taken(struct world *w) { inner_gate(w)->free = &inner_gate(w)->stacks[0]; }
static void portal_unopened(struct world *w) { gate(w)->configured = 0; }
static void portal_closed(struct world *w)
{
    struct capability *slot = &inner_gate(w)->domain.space;
    *(slot->previous != NULL ? &slot->previous->next : &slot->parent->child) = slot->next;
    if (slot->next != NULL)
        slot->next->previous = slot->previous;
    slot->object->references--;
    *slot = (struct capability){.held = HELD_AS_SPACE, .slot_generation = 2};
}
static void portal_owner(struct world *w) { gate(w)->domain.owner = world_object(w, w->inner_gate); }
static void portal_held(struct world *w) { gate(w)->domain.fault.held = HELD_BY_CNODE; }
static void crossing_broken(struct world *w) { thread(w->inside)->crossing->outer = NULL; }
static void crossing_thread(struct world *w) { thread(w->inside)->crossing->thread = thread(w->outside); }
static void crossing_unknown(struct world *w)
{
    gate(w)->stacks[1].thread = thread(w->outside);
    gate(w)->free = NULL;
}
static void crossing_depth(struct world *w) { thread(w->inside)->depth = 1; }
static void crossing_elsewhere(struct world *w) { thread(w->inside)->domain = &gate(w)->domain; }
static void crossing_space(struct world *w) { thread(w->inside)->space = thread(w->outside)->space; }
static void crossing_at_home(struct world *w) { thread(w->outside)->cnode = NULL; }
static void crossing_flags(struct world *w) { thread(w->inside)->flags = UK_THREAD_FAULT_ON_MISUSE; }
static void crossing_severed(struct world *w) { thread(w->inside)->crossing->cut = CROSSING_SEVERED; }
static void port_set_forgets(struct world *w) { port(w)->set->members = NULL; }
static void port_set_idle(struct world *w) { port(w)->set->ready = NULL; }
static void port_set_broken(struct world *w) { port(w)->ready.previous = NULL; }
static void port_set_foreign(struct world *w) { port(w)->set->members = lone(w); }

static struct frame *lazy_source(struct world *w) { return (struct frame *)object_of(w->giver, w->source); }
static struct frame *lazy_frame(struct world *w) { return (struct frame *)object_of(w->taker, w->copies); }
static void lazy_forgotten(struct world *w) { lazy_source(w)->next = lazy_frame(w)->next; }
static void lazy_open(struct world *w) { lazy_frame(w)->next = frame_reference(w->kernel, lazy_frame(w)) + 1; }
static void lazy_two_sources(struct world *w) { lazy_frame(w)->copies = 1; }
static void lazy_without_source(struct world *w) { lazy_source(w)->copies = 0; }
static void lazy_miscounted(struct world *w) { lazy_source(w)->copies++; }
static void lazy_copied(struct world *w) { lazy_frame(w)->copied = 1; }
static void lazy_holder(struct world *w) { lazy_frame(w)->holder = slot_of(w->giver, w->source); }
static void lazy_remembers(struct world *w) { ((struct frame *)slot_of(w->bound, w->page)->object)->copied = 1; }
static void lazy_of_device(struct world *w) { lazy_frame(w)->device = 1; }
/* The leaf entry behind which this slot is. */
static page_entry *entry_of(struct world *w, struct actor *actor, uk_handle handle)
{
    const struct capability *slot = slot_of(actor, handle);
    struct table *table = thread_space(thread(actor))->root;
    for (unsigned level = PAGE_LEVELS - 1; level > 0; level--) {
        unsigned index = (unsigned)(slot->badge >> (PAGE_BITS + level * PAGE_LEVEL_BITS)) % PAGE_ENTRIES;
        table = arena_pointer(w->kernel, page_entry_physical(table->entries[index]));
    }
    return &table->entries[(slot->badge >> PAGE_BITS) % PAGE_ENTRIES];
}
static void lazy_writable(struct world *w) { *entry_of(w, w->giver, w->source) |= PAGE_WRITE; }
static void lazy_kept_for_ever(struct world *w) { *entry_of(w, w->bound, w->page) |= PAGE_KEPT; }
static void lazy_shows_its_own(struct world *w)
{
    *entry_of(w, w->taker, w->copies) = page_entry_keep(page_entry_leaf(lazy_frame(w)->physical, UK_RIGHT_READ, 0));
}

static const struct mutant {
    enum check_number number;
    void (*damage)(struct world *world);
    const char *name;
} mutants[] = {
#define M(number, damage) {number, damage, #damage}
    M(CHECK_FOREST, forest_circle),
    M(CHECK_FOREST, forest_parent),
    M(CHECK_FOREST, forest_previous),
    M(CHECK_FOREST, forest_outside),
    M(CHECK_SLOT, slot_type),
    M(CHECK_SLOT, slot_object),
    M(CHECK_SLOT, slot_dead_object),
    M(CHECK_DERIVED, derived_elsewhere),
    M(CHECK_DERIVED, derived_other_object),
    M(CHECK_RIGHTS, rights_more),
    M(CHECK_RIGHTS, rights_unknown),
    M(CHECK_BADGE, badge_changed),
    M(CHECK_BADGE, badge_on_thread),
    M(CHECK_GENERATION, generation_ahead),
    M(CHECK_GENERATION, generation_of_sender),
    M(CHECK_SLOTS, slots_hidden),
    M(CHECK_SLOTS, slots_dirty),
    M(CHECK_SLOTS, slots_zero),
    M(CHECK_SLOTS, slots_holder),
    M(CHECK_REFERENCES, references_more),
    M(CHECK_REFERENCES, references_wrapped),
    M(CHECK_OBJECT, object_number),
    M(CHECK_OBJECT, object_flags),
    M(CHECK_OBJECT, object_permanent),
    M(CHECK_OBJECT, object_untyped),
    M(CHECK_COUNTS, counts_objects),
    M(CHECK_COUNTS, counts_threads),
    M(CHECK_COUNTS, counts_spaces),
    M(CHECK_DYING, dying_unlisted),
    M(CHECK_DYING, dying_unmarked),
    M(CHECK_DYING, dying_last),
    M(CHECK_WATERMARKS, watermarks_crossed),
    M(CHECK_WATERMARKS, watermarks_beyond),
    M(CHECK_WATERMARKS, watermarks_kept),
    M(CHECK_PLACES, places_low),
    M(CHECK_PLACES, places_permanent),
    M(CHECK_PAGES, pages_overlap),
    M(CHECK_PAGES, pages_of_table),
    M(CHECK_ACCOUNT, account_bytes),
    M(CHECK_ACCOUNT, account_live),
    M(CHECK_ACCOUNT, account_overlap),
    M(CHECK_FREE, free_low),
    M(CHECK_FREE, free_high),
    M(CHECK_TABLES, tables_fewer),
    M(CHECK_TABLES, tables_more),
    M(CHECK_TABLES, tables_place),
    M(CHECK_TABLES, tables_dirty),
    M(CHECK_MAPPING, mapping_elsewhere),
    M(CHECK_MAPPING, mapping_rights),
    M(CHECK_MAPPING, mapping_behind),
    M(CHECK_MAPPING, mapping_other_memory),
    M(CHECK_MAPPING, mapping_without),
    M(CHECK_MAPPED, mapped_lost),
    M(CHECK_MAPPED, mapped_bytes),
    M(CHECK_THREAD, thread_state),
    M(CHECK_THREAD, thread_effective),
    M(CHECK_THREAD, thread_lent),
    M(CHECK_THREAD, thread_faulted),
    M(CHECK_READY_LISTS, ready_bitmap),
    M(CHECK_READY_LISTS, ready_previous),
    M(CHECK_READY_LISTS, ready_last),
    M(CHECK_READY_LISTS, ready_priority),
    M(CHECK_READY_LISTS, ready_lost),
    M(CHECK_READY_LISTS, ready_top),
    M(CHECK_RUNNABLE, runnable_forgotten),
    M(CHECK_RUNNABLE, runnable_waits),
    M(CHECK_CURRENT, current_stopped),
    M(CHECK_CURRENT, current_charging),
    M(CHECK_CURRENT, current_faulting),
    M(CHECK_RUNNABLE, current_idle),
    M(CHECK_RUNNABLE, current_gone),
    M(CHECK_WAITS, waits_type),
    M(CHECK_WAITS, waits_nothing),
    M(CHECK_WAITS, waits_ready),
    M(CHECK_WAITS, waits_queue),
    M(CHECK_QUEUES, queue_rank),
    M(CHECK_QUEUES, queue_order),
    M(CHECK_QUEUES, queue_ring),
    M(CHECK_QUEUES, queue_head),
    M(CHECK_QUEUES, queue_arrival),
    M(CHECK_MEMBERS, members_lost),
    M(CHECK_MEMBERS, members_other),
    M(CHECK_RECEIVER, receiver_unbound),
    M(CHECK_RECEIVER, receiver_not_idle),
    M(CHECK_RECEIVER, receiver_other),
    M(CHECK_REPLY, reply_forgotten),
    M(CHECK_REPLY, reply_twice),
    M(CHECK_SERVING, serving_lost),
    M(CHECK_SERVING, serving_back),
    M(CHECK_CHAIN, chain_short),
    M(CHECK_CHAIN, chain_lost),
    M(CHECK_CHAIN, chain_lender),
    M(CHECK_CHAIN, chain_idle),
    M(CHECK_CHAIN, chain_lending),
    M(CHECK_CHAIN, chain_unknown),
    M(CHECK_HOLDER, holder_forgets),
    M(CHECK_HOLDER, holder_twice),
    M(CHECK_HOLDER, owner_forgets),
    M(CHECK_HOLDER, holder_extra),
    M(CHECK_BUDGET, budget_more),
    M(CHECK_BUDGET, budget_order),
    M(CHECK_BUDGET, budget_slice),
    M(CHECK_REFILL, refill_lost),
    M(CHECK_REFILL, refill_needless),
    M(CHECK_REFILL, refill_when),
    M(CHECK_DEADLINES, deadline_weight),
    M(CHECK_DEADLINES, deadline_order),
    M(CHECK_DEADLINES, deadline_parent),
    M(CHECK_ARMED, armed_lost),
    M(CHECK_ARMED, armed_ready),
    M(CHECK_ARMED, armed_kind),
    M(CHECK_SERVICES, services_lost),
    M(CHECK_SERVICES, services_back),
    M(CHECK_SERVICES, services_bound),
    M(CHECK_ENDPOINT, endpoint_closed),
    M(CHECK_ENDPOINT, endpoint_both),
    M(CHECK_NOTIFICATION, notification_both),
    M(CHECK_NOTIFICATION, notification_inactive),
    M(CHECK_NOTIFICATION, notification_bound),
    M(CHECK_NOTIFICATION, notification_signalled),
    M(CHECK_INTERRUPT, interrupt_pending),
    M(CHECK_INTERRUPT, interrupt_line),
    M(CHECK_NEXT_EVENT, next_event_late),
    M(CHECK_NEXT_EVENT, next_event_fast),
    M(CHECK_DEAD, dead_owns),
    M(CHECK_ROOT, root_gone),
    M(CHECK_ROOT, root_cnode),
    M(CHECK_RING, ring_size),
    M(CHECK_RING, ring_large),
    M(CHECK_RING, ring_stage),
    M(CHECK_RING, ring_empty),
    M(CHECK_RESIDENT, resident_hollow),
    M(CHECK_RESIDENT, resident_made),
    M(CHECK_RESIDENT, resident_uncounted),
    M(CHECK_RESIDENT, resident_timed),
    M(CHECK_RESIDENT, resident_stays),
    M(CHECK_SLOTS, ring_doorbell),
    M(CHECK_LEASE, lease_wraps),
    M(CHECK_LEASE, lease_rights),
    M(CHECK_LEASE, lease_none),
    M(CHECK_LEASE, lease_unnumbered),
    M(CHECK_LEASE, lease_outlives),
    M(CHECK_LEASE, lease_elsewhere),
    M(CHECK_LAZY, lazy_forgotten),
    M(CHECK_LAZY, lazy_open),
    M(CHECK_LAZY, lazy_two_sources),
    M(CHECK_LAZY, lazy_without_source),
    M(CHECK_LAZY, lazy_miscounted),
    M(CHECK_LAZY, lazy_copied),
    M(CHECK_LAZY, lazy_holder),
    M(CHECK_LAZY, lazy_remembers),
    M(CHECK_LAZY, lazy_of_device),
    M(CHECK_LAZY_MAPPING, lazy_writable),
    M(CHECK_LAZY_MAPPING, lazy_kept_for_ever),
    M(CHECK_LAZY_MAPPING, lazy_shows_its_own),
    M(CHECK_SLOTS, bound_slot),
    M(CHECK_BOUND, bound_right),
    M(CHECK_BOUND, bound_folded),
    M(CHECK_BOUND, bound_untold),
    M(CHECK_BOUND, bound_kernel),
    M(CHECK_HELP, help_unmarked),
    M(CHECK_HELP, help_unknown),
    M(CHECK_HELP, help_one_sided),
    M(CHECK_HELP, help_missing),
    M(CHECK_HELP, help_in_a_circle),
    M(CHECK_HELP, help_awake),
    M(CHECK_HELP, help_not_awaited),
    M(CHECK_HELP, help_asked),
    M(CHECK_HELP, help_listed),
    M(CHECK_THREAD, thread_staged),
    M(CHECK_THREAD, thread_unstaged),
    M(CHECK_PORT, port_overfull),
    M(CHECK_PORT, port_promises),
    M(CHECK_PORT, port_leaks),
    M(CHECK_PORT, port_closed_full),
    M(CHECK_PORT_RIGHTS, port_two_receive),
    M(CHECK_PORT_RIGHTS, port_none_receives),
    M(CHECK_PORT_RIGHTS, port_forgets_promise),
    M(CHECK_PORT_RIGHTS, port_stays_home),
    M(CHECK_PORT_WAITS, port_message_waits),
    M(CHECK_PORT_WAITS, port_deserted),
    M(CHECK_PORTAL, portal_domain),
    M(CHECK_PORTAL, portal_lost_stack),
    M(CHECK_PORTAL, portal_free_twice),
    M(CHECK_PORTAL, portal_free_taken),
    M(CHECK_PORTAL, portal_unopened),
    M(CHECK_PORTAL, portal_closed),
    M(CHECK_SLOTS, portal_owner),
    M(CHECK_SLOTS, portal_held),
    M(CHECK_CROSSING, crossing_broken),
    M(CHECK_CROSSING, crossing_thread),
    M(CHECK_CROSSING, crossing_unknown),
    M(CHECK_CROSSING, crossing_depth),
    M(CHECK_CROSSING, crossing_elsewhere),
    M(CHECK_CROSSING, crossing_space),
    M(CHECK_CROSSING, crossing_at_home),
    M(CHECK_CROSSING, crossing_flags),
    M(CHECK_CROSSING, crossing_severed),
    M(CHECK_PORT_SET, port_set_forgets),
    M(CHECK_PORT_SET, port_set_idle),
    M(CHECK_PORT_SET, port_set_broken),
    M(CHECK_PORT_SET, port_set_foreign),
#undef M
};

static void every_mutant_is_caught(void **state)
{
    (void)state;
    struct world *world = world_open();
    unsigned char seen[CHECK_COUNT] = {0};
    for (size_t i = 0; i < sizeof mutants / sizeof mutants[0]; i++) {
        char text[400] = "";
        mutants[i].damage(world);
        unsigned number = check_kernel(world->kernel, CHECK_SAMPLED, text, sizeof text);
        if (number != (unsigned)mutants[i].number)
            fail_msg("%s: %u instead of %d: %s", mutants[i].name, number, (int)mutants[i].number, text);
        assert_int_not_equal(text[0], 0);
        seen[number] = 1;
        world_restore(world);
        scene_check(world->scene);
    }
    for (unsigned number = 1; number < CHECK_COUNT; number++)
        if (!seen[number])
            fail_msg("no mutant for invariant %u", number);
    world_close(world);
}

/* The marks are the checker's own: a check, also a failed one, leaves memory as it was. */
static void a_check_changes_nothing(void **state)
{
    (void)state;
    struct world *world = world_open();
    assert_int_equal(check_kernel(world->kernel, CHECK_EXACT, NULL, 0), 0);
    assert_memory_equal(world->scene->memory, world->copy, world->bytes);
    world->kernel->objects++;
    assert_int_equal(uk_check(world->scene->kernel, NULL, 0), CHECK_COUNTS);
    world->kernel->objects--;
    assert_memory_equal(world->scene->memory, world->copy, world->bytes);
    world_close(world);
}

/* Only an exact check sees what lies in the middle of a large free range. */
static void an_exact_check_sees_all_free_memory(void **state)
{
    (void)state;
    struct world *world = world_open();
    const struct untyped *untyped = boot_untyped(world);
    world->kernel->arena[(untyped->low + untyped->high) / 2] = 1;
    assert_int_equal(check_kernel(world->kernel, CHECK_SAMPLED, NULL, 0), 0);
    assert_int_equal(check_kernel(world->kernel, CHECK_EXACT, NULL, 0), CHECK_FREE);
    world_close(world);
}

static void the_text_is_cut_to_its_room(void **state)
{
    (void)state;
    struct world *world = world_open();
    char text[16];
    memset(text, 'x', sizeof text);
    world->kernel->objects++;
    assert_int_equal(uk_check(world->scene->kernel, text, 10), CHECK_COUNTS);
    assert_string_equal(text, "invariant");
    assert_int_equal(text[10], 'x');
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutant_is_caught),
        cmocka_unit_test(a_check_changes_nothing),
        cmocka_unit_test(an_exact_check_sees_all_free_memory),
        cmocka_unit_test(the_text_is_cut_to_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
