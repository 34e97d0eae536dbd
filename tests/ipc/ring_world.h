/* SPDX-License-Identifier: MIT */
/* One thread with a ring, and its page as the kernel sees it: what is written there is what a user would write. */
#ifndef IPC_RING_WORLD_H
#define IPC_RING_WORLD_H

#include <string.h>

#include "ipc/ring.h"
#include "support/scene.h"

#define RING_PAGE 0x50000000 /* where it is mapped */

struct ring_world {
    struct scene *scene;
    struct actor *user;
    uk_handle ring, frame, doorbell; /* the user's */
    uk_handle root_ring, root_frame; /* what those were derived from */
    const struct ring *inside;
    struct uk_ring_header *header;
    struct uk_ring_entry *entries;
    struct uk_ring_completion *completions;
    uint32_t submissions, room;      /* sizes of the queues */
    uint32_t tail, head;             /* the user's two indices */
};

static inline struct ring_world ring_open_on(const struct stage *stage, uint32_t submissions, uint32_t room)
{
    struct ring_world world = {.scene = scene_open(stage), .submissions = submissions, .room = room};
    struct scene *scene = world.scene;
    world.user = actor_new(scene, "user", 10);
    world.root_ring = make(scene, UK_TYPE_RING, 0);
    world.root_frame = make(scene, UK_TYPE_FRAME, UK_RING_BYTES(submissions, room) > UK_PAGE ? UK_LARGE : UK_PAGE);
    world.ring = give(world.user, world.root_ring, UK_RIGHTS_ALL);
    world.frame = give(world.user, world.root_frame, UK_RIGHTS_ALL);
    world.doorbell = give_badged(world.user, make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL, 64);
    expect(step(world.user, OP(UK_SPACE_MAP, UK_SLOT_SPACE, world.frame, RING_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE)),
           UK_OK);
    expect(step(world.user, OP(UK_RING_CONFIGURE, world.ring, world.frame, submissions, room, world.doorbell)), UK_OK);
    world.inside = (const struct ring *)object_of(world.user, world.ring);
    world.header = arena_pointer(scene->inside, ((struct frame *)object_of(world.user, world.frame))->physical);
    world.entries = (struct uk_ring_entry *)(world.header + 1);
    world.completions = (struct uk_ring_completion *)(world.entries + submissions);
    return world;
}

static inline struct ring_world ring_open(uint32_t submissions, uint32_t room)
{
    const struct stage stage = {.arena_bytes = UK_RING_BYTES(submissions, room) > UK_PAGE ? 8 << 20 : 1 << 20};
    return ring_open_on(&stage, submissions, room);
}

/* Asks for the preemption of every `preempt_every`th question, once that is set. */
static inline struct ring_world ring_open_preemptible(uint32_t submissions, uint32_t room)
{
    const struct stage stage = {.arena_bytes = 1 << 20, .preemptible = 1};
    return ring_open_on(&stage, submissions, room);
}

static inline struct uk_ring_entry *ring_put(struct ring_world *world, struct uk_call call, uint32_t flags)
{
    struct uk_ring_entry *entry = &world->entries[world->tail & (world->submissions - 1)];
    call.deadline = UK_NOW;
    *entry = (struct uk_ring_entry){.call = call, .user_data = 1000 + world->tail, .flags = flags};
    world->header->submit_tail = ++world->tail;
    return entry;
}

/* Enters; goes on after each preemption. */
static inline int ring_enter_for(struct ring_world *world, uk_word submit, uk_word complete)
{
    int status = step(world->user, OP(UK_RING_ENTER, world->ring, submit, complete));
    while (status == RESTARTING)
        status = step(world->user, OP(UK_YIELD, 0, 0));
    return status;
}

static inline uk_word ring_word(const struct ring_world *world, unsigned i) { return got(world->user)->word[i]; }

/* The next completion, which must be that of the submission with this number, and its status. */
static inline struct uk_ring_completion *ring_take(struct ring_world *world, uint32_t number, int status)
{
    struct uk_ring_completion *completion = &world->completions[world->head & (world->room - 1)];
    assert_true(world->header->complete_tail - world->head - 1 < world->room);
    assert_int_equal(completion->user_data, 1000 + number);
    expect((int)completion->status, status);
    assert_int_equal(completion->reserved, 0);
    world->header->complete_head = ++world->head;
    return completion;
}

#endif
