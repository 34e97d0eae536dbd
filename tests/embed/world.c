/* SPDX-License-Identifier: MIT */
/* Builds the world of world.h by ordinary operations, and remembers all of its memory. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_ADDRESS = 0x40000000 };

static uk_handle serve(struct actor *actor, uk_handle endpoint, uk_handle reply)
{
    uk_handle receives = give(actor, endpoint, UK_RIGHTS_ALL), answers = give(actor, reply, UK_RIGHTS_ALL);
    expect(do_receive(actor, receives, answers), BLOCKED);
    return receives;
}

/* b and c have no time of their own, so that they run on a's. */
static void make_chain(struct world *world)
{
    struct scene *scene = world->scene;
    uk_handle to_b = make(scene, UK_TYPE_ENDPOINT, 0), to_c = make(scene, UK_TYPE_ENDPOINT, 0);
    world->a = actor_new(scene, "a", 50);
    world->b = actor_new(scene, "b", 40);
    world->c = actor_new(scene, "c", 30);
    world->reply_b = make(scene, UK_TYPE_REPLY, 0);
    world->reply_c = make(scene, UK_TYPE_REPLY, 0);
    (void)serve(world->b, to_b, world->reply_b);
    (void)serve(world->c, to_c, world->reply_c);
    actor_make_passive(world->b);
    actor_make_passive(world->c);
    expect(do_call(world->a, give_badged(world->a, to_b, UK_RIGHT_SEND, 1), WORDS(1, 2, 3)), BLOCKED);
    expect(do_call(world->b, give_badged(world->b, to_c, UK_RIGHT_SEND, 2), EMPTY(4)), BLOCKED);
}

static void make_queue(struct world *world)
{
    static const char *const names[] = {"q0", "q1", "q2"};
    static const uint32_t priorities[] = {20, 60, 20};
    world->busy = make(world->scene, UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY);
    for (unsigned i = 0; i < 3; i++) {
        world->queued[i] = actor_new(world->scene, names[i], priorities[i]);
        uk_handle handle = give_badged(world->queued[i], world->busy, UK_RIGHT_SEND, i + 1);
        expect(i == 1 ? do_send(world->queued[i], handle, EMPTY(1)) : do_call(world->queued[i], handle, EMPTY(1)),
               BLOCKED);
    }
}

static void make_waiters(struct world *world)
{
    struct scene *scene = world->scene;
    world->open = make(scene, UK_TYPE_ENDPOINT, UK_ORDER_ARRIVAL);
    world->idle_reply = make(scene, UK_TYPE_REPLY, 0);
    world->receiver = actor_new(scene, "receiver", 25);
    uk_handle receives = give(world->receiver, world->open, UK_RIGHTS_ALL);
    uk_handle answers = give(world->receiver, world->idle_reply, UK_RIGHTS_ALL);
    (void)until(world->receiver, 1000000000);
    expect(do_receive(world->receiver, receives, answers), BLOCKED);
    world->badged = slot_new(scene);
    expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, world->badged, world->open, 0, UK_RIGHT_SEND, 7)),
           UK_OK);
    world->notification = make(scene, UK_TYPE_NOTIFICATION, 0);
    world->waiter = actor_new(scene, "waiter", 26);
    expect(do_wait(world->waiter, give(world->waiter, world->notification, UK_RIGHTS_ALL)), BLOCKED);
    world->timer = make(scene, UK_TYPE_TIMER, 0);
    expect(step(scene->root, OP(UK_TIMER_BIND, world->timer, world->notification)), UK_OK);
    expect(step(scene->root, OP(UK_TIMER_SET, world->timer, 2000000000, 0)), UK_OK);
    world->ring = make(scene, UK_TYPE_RING, 0);
    world->ring_page = make(scene, UK_TYPE_FRAME, UK_PAGE);
    expect(step(scene->root, OP(UK_RING_CONFIGURE, world->ring, world->ring_page, 4, 8, world->notification)), UK_OK);
    uk_handle called = slot_new(scene);
    world->bound_call = make(scene, UK_TYPE_BOUND, 0);
    expect(step(scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, called, world->open, 0, UK_RIGHT_SEND, 9)), UK_OK);
    expect(step(scene->root, OP(UK_BOUND_CONFIGURE, world->bound_call, called, 77)), UK_OK);
}

static void make_bound(struct world *world)
{
    struct scene *scene = world->scene;
    world->bound = actor_new(scene, "bound", 27);
    world->served = make(scene, UK_TYPE_ENDPOINT, 0);
    world->feed = make(scene, UK_TYPE_NOTIFICATION, 0);
    expect(step(scene->root, OP(UK_ENDPOINT_BIND, world->served, world->bound->thread)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_BIND, world->bound->thread, world->feed)), UK_OK);
    world->page = frame_at(world->bound, PAGE_ADDRESS, UK_PAGE, UK_RIGHT_READ);
}

static void make_runnable(struct world *world)
{
    struct scene *scene = world->scene;
    world->first = actor_new(scene, "first", 10);
    world->second = actor_new(scene, "second", 10);
    world->dead = actor_new(scene, "dead", 10);
    expect(step(scene->root, OP(UK_THREAD_KILL, world->dead->thread, 0)), UK_OK);
    world->spent = actor_with_budget(scene, "spent", 11, 150, 1000000000);
    expect(step(scene->root, OP(UK_YIELD, 0, 0)), UK_OK);
    for (unsigned i = 0; i < 2; i++)
        expect(step(world->spent, OP(UK_YIELD, 0, 0)), UK_OK);
    assert_int_equal(thread_of(world->spent)->context->left, 0);
    world->untyped = make(scene, UK_TYPE_UNTYPED, 4 * UK_PAGE);
    world->inner = make_from(scene, world->untyped, UK_TYPE_ENDPOINT, 0);
    expect(step(scene->root, OP(UK_YIELD, 0, 0)), UK_OK);
}

static void make_ports(struct world *world)
{
    struct scene *scene = world->scene;
    struct actor *owner = actor_new(scene, "owner", 28);
    uk_handle inner = make(scene, UK_TYPE_PORT, UK_PORT_SIZE(1, 0));
    world->set = make(scene, UK_TYPE_PORT_SET, 0);
    world->port = make(scene, UK_TYPE_PORT, UK_PORT_SIZE(4, 0));
    world->lone = make(scene, UK_TYPE_PORT, UK_PORT_SIZE(2, 0));
    world->carried = slot_new(scene);
    uk_handle once = slot_new(scene), sends = give(owner, world->port, UK_RIGHTS_ALL);
    expect(step(scene->root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, world->carried, inner, 0, UK_RIGHTS_ALL)), UK_OK);
    set_item(owner, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, hand(owner, inner), 1);
    const struct uk_call send = {.operation = UK_PORT_SEND, .handle = sends, .deadline = UK_NOW};
    struct uk_call first = send;
    first.tag = UK_TAG(1, 0, 1);
    expect(step(owner, first), UK_OK);
    expect(step(owner, send), UK_OK);
    expect(step(scene->root, OP(UK_PORT_ONCE, world->port, once)), UK_OK);
    expect(step(scene->root, OP(UK_PORT_JOIN, world->port, world->set, 1)), UK_OK);
    world->listener = actor_new(scene, "listener", 28);
    (void)give(world->listener, world->lone, UK_RIGHTS_ALL);
    world->lone = hand(world->listener, world->lone);
    expect(step(world->listener, OP(UK_PORT_RECEIVE, world->lone, 0)), BLOCKED);
}

static enum uk_status nobody(void *context, struct uk_resident_call *call)
{
    (void)context, (void)call;
    return UK_OK;
}

static void make_lease(struct world *world)
{
    struct scene *scene = world->scene;
    struct actor *borrower = actor_new(scene, "borrower", 29);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0);
    world->lender = actor_new(scene, "lender", 28);
    world->lent = make(scene, UK_TYPE_REPLY, 0);
    (void)serve(borrower, endpoint, world->lent);
    set_lease(world->lender, 0, UK_RIGHT_READ, PAGE_ADDRESS, UK_PAGE);
    set_lease(world->lender, 2, UK_RIGHT_WRITE, PAGE_ADDRESS, 5);
    set_item(world->lender, 1, UK_ITEM_LEASE, UK_RIGHT_READ, UK_NONE, 0);
    expect(do_call(world->lender, give(world->lender, endpoint, UK_RIGHTS_ALL), LONG(1, 0, 3)), BLOCKED);
    expect(do_wait(borrower, give(borrower, make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL)), BLOCKED);
}

/* Two lazy copies of one page. */
static void make_lazy(struct world *world)
{
    struct scene *scene = world->scene;
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0);
    world->giver = actor_new(scene, "giver", 28);
    world->taker = actor_new(scene, "taker", 28);
    uk_handle sends = give(world->giver, endpoint, UK_RIGHTS_ALL), receives = give(world->taker, endpoint, UK_RIGHTS_ALL);
    world->source = own_frame_at(world->giver, PAGE_ADDRESS, UK_PAGE);
    world->copies = own_frame_at(world->taker, PAGE_ADDRESS, UK_PAGE);
    (void)own_frame_at(world->taker, PAGE_ADDRESS + UK_PAGE, UK_PAGE);
    set_item(world->giver, 0, UK_ITEM_SNAPSHOT, UK_RIGHT_READ, world->source, 1);
    for (unsigned i = 0; i < 2; i++) {
        set_copies(world->taker, world->copies + i, 1);
        expect(do_receive(world->taker, receives, UK_NONE), BLOCKED);
        expect(do_send(world->giver, sends, LONG(0, 0, 1)), UK_OK);
    }
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, world->giver->thread, 0)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, world->taker->thread, 0)), UK_OK);
}

static uk_handle make_portal(struct scene *scene, const struct actor *server, unsigned stacks)
{
    uk_handle portal = make(scene, UK_TYPE_PORTAL, stacks);
    expect(step(scene->root, OP(UK_PORTAL_CONFIGURE, portal, server->cnode, server->space, 0, 16, UK_PAGE, UK_PAGE)), UK_OK);
    return portal;
}

static void make_portals(struct world *world)
{
    struct scene *scene = world->scene;
    struct actor *server = actor_new(scene, "server", 28);
    world->inside = actor_new(scene, "inside", 28);
    world->outside = actor_new(scene, "outside", 29); /* so it helps */
    world->gate = make_portal(scene, server, 2);
    world->inner_gate = make_portal(scene, server, 1);
    uk_handle door = give(world->inside, world->gate, UK_RIGHT_SEND), next = give(server, world->inner_gate, UK_RIGHT_SEND);
    expect(step(world->inside, OP(UK_PORTAL_CALL, door, 0)), UK_OK);
    expect(step(world->inside, OP(UK_PORTAL_CALL, next, 0)), UK_OK);
    expect(step(world->outside, OP(UK_PORTAL_CALL, give(world->outside, world->inner_gate, UK_RIGHT_SEND), 0)), BLOCKED);
}

struct world *world_open(void)
{
    static const struct uk_resident resident = {.name = "resident", .function = nobody, .bound_ns = 300};
    static const struct uk_device device = {.name = "device", .bytes = UK_PAGE};
    const struct stage stage = {.arena_bytes = 2 << 20, .root_slots = 512, .devices = &device, .device_count = 1,
                                .residents = &resident, .resident_count = 1};
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->scene = scene_open(&stage);
    world->kernel = world->scene->inside;
    world->interrupt = UK_SLOT_FIRST_FREE + 1;
    world->resident = UK_SLOT_FIRST_FREE + 2;
    expect(step(world->scene->root, OP(UK_RESIDENT_CALL, world->resident, 0)), UK_OK);
    make_chain(world);
    make_queue(world);
    make_waiters(world);
    make_bound(world);
    make_ports(world);
    make_lease(world);
    make_lazy(world);
    make_portals(world);
    make_runnable(world);
    world->bytes = (size_t)(world->kernel->arena - (unsigned char *)world->scene->memory) + world->kernel->arena_bytes;
    world->copy = malloc(world->bytes);
    assert_non_null(world->copy);
    memcpy(world->copy, world->scene->memory, world->bytes);
    return world;
}

void world_restore(struct world *world) { memcpy(world->scene->memory, world->copy, world->bytes); }

void world_close(struct world *world)
{
    world_restore(world);
    scene_close(world->scene);
    free(world->copy);
    free(world);
}
