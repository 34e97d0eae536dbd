/* SPDX-License-Identifier: MIT */
/* A client with four pages of its own to lend, and a server with four of its own: each byte's first value says where it is. */
#ifndef IPC_LEASE_WORLD_H
#define IPC_LEASE_WORLD_H

#include <string.h>

#include "core/reply.h"
#include "ipc/pair.h"

#define LENT       0x40000000u /* the client's pages: 0x40000000 up to 0x40004000 */
#define OWN        0x50000000u /* the server's */
#define LEASE_RW   (UK_RIGHT_READ | UK_RIGHT_WRITE)
#define LEASE_SIZE ((uk_word)4 * UK_PAGE)

struct lease_world {
    struct scene *scene;
    struct actor *client, *server;
    struct service_of service;
    uk_handle calls;
    uk_handle lent[4], own[4]; /* frames, in their CNodes */
};

/* What is at this offset before anything was copied. */
static inline unsigned char lease_pattern(uk_word offset, unsigned char side)
{
    return (unsigned char)(offset * 7 + offset / 256 + side);
}

static inline void lease_fill(const struct actor *actor, uk_word address, unsigned char side)
{
    unsigned char page[UK_PAGE];
    for (uk_word at = 0; at < LEASE_SIZE; at += UK_PAGE) {
        for (uk_word i = 0; i < UK_PAGE; i++)
            page[i] = lease_pattern(at + i, side);
        poke(actor, address + at, page, sizeof page);
    }
}

/* The pages of a side must still be as they were filled, but for `bytes` from `offset` on, which are those of the other. */
static inline void lease_expect(const struct actor *actor, uk_word address, unsigned char side, uk_word offset, uk_word bytes,
                                uk_word other_offset)
{
    unsigned char page[UK_PAGE];
    for (uk_word at = 0; at < LEASE_SIZE; at += UK_PAGE) {
        assert_int_equal(peek(actor, address + at, page, sizeof page), UK_OK);
        for (uk_word i = 0; i < UK_PAGE; i++) {
            int copied = at + i >= offset && at + i - offset < bytes;
            unsigned char wanted = copied ? lease_pattern(at + i - offset + other_offset, side ^ 1)
                                          : lease_pattern(at + i, side);
            if (page[i] != wanted)
                fail_msg("byte %llu is %u, not %u", (unsigned long long)(at + i), page[i], wanted);
        }
    }
}

static inline void lease_untouched(const struct lease_world *world)
{
    lease_expect(world->client, LENT, 0, 0, 0, 0);
    lease_expect(world->server, OWN, 1, 0, 0, 0);
}

static inline void lease_fill_both(const struct lease_world *world)
{
    lease_fill(world->client, LENT, 0);
    lease_fill(world->server, OWN, 1);
}

static inline struct lease_world lease_open_on(const struct stage *stage)
{
    struct lease_world world = {.scene = scene_open(stage)};
    world.client = actor_new(world.scene, "client", 10);
    world.server = actor_new(world.scene, "server", 20);
    world.service = service_new(world.server, UK_ORDER_PRIORITY);
    world.calls = client_of(world.client, &world.service);
    for (unsigned i = 0; i < 4; i++) {
        world.lent[i] = frame_at(world.client, LENT + i * UK_PAGE, UK_PAGE, LEASE_RW);
        world.own[i] = frame_at(world.server, OWN + i * UK_PAGE, UK_PAGE, LEASE_RW);
    }
    lease_fill_both(&world);
    return world;
}

static inline struct lease_world lease_open(void)
{
    const struct stage stage = {.arena_bytes = 1 << 20}; /* small, for refusals compare all of it */
    return lease_open_on(&stage);
}

/* The client calls with as many items as it has set; the server takes it. */
static inline void lease_call(struct lease_world *world, unsigned items)
{
    expect(serve(&world->service), BLOCKED);
    expect(do_call(world->client, world->calls, LONG(1, 0, items)), BLOCKED);
    expect(after(world->server), UK_OK);
}

static inline struct uk_call lease_operation(const struct lease_world *world, uint32_t operation, uk_handle lease,
                                             uk_word offset, uk_word address, uk_word bytes)
{
    return OP(operation, world->service.answers, lease, offset, address, bytes);
}

static inline int do_lease(struct lease_world *world, uint32_t operation, uk_handle lease, uk_word offset, uk_word address,
                           uk_word bytes)
{
    return step(world->server, lease_operation(world, operation, lease, offset, address, bytes));
}

/* The name under which the server knows the item. */
static inline uk_handle lease_name(const struct lease_world *world, unsigned item)
{
    return buffer_of_actor(world->server).received[item].handle;
}

static inline void lease_answer(struct lease_world *world)
{
    expect(do_reply(world->server, world->service.answers, EMPTY(0)), UK_OK);
    expect(after(world->client), UK_OK);
}

#endif
