/* SPDX-License-Identifier: MIT */
/* Servers with portals, and threads that go through them: who may enter where is set up here, for all tests of portals. */
#ifndef IPC_PORTAL_WORLD_H
#define IPC_PORTAL_WORLD_H

#include "ipc/portal.h"
#include "support/scene.h"

#define STACKS       ((uk_word)0x400000) /* in each server's space */
#define STACK_BYTES  UK_PAGE
#define ENTRY        ((uk_word)0x123450)
#define ENTERS       (UK_RIGHT_SEND | UK_RIGHT_GRANT)
#define CONFIGURE(server, portal)                                                                                      \
    OP(UK_PORTAL_CONFIGURE, portal, (server)->cnode, (server)->space, 0, ENTRY, STACKS, STACK_BYTES)

/* The message buffer of a portal's n-th stack, and where code begins there. */
static inline uk_word buffer_at(unsigned n) { return STACKS + (n + 1) * STACK_BYTES - UK_BUFFER_BYTES; }

/* A portal into the server's domain; its handle is the first thread's. */
static inline uk_handle portal_new(struct actor *server, unsigned stacks)
{
    uk_handle portal = make(server->scene, UK_TYPE_PORTAL, stacks);
    for (unsigned i = 0; i < stacks; i++)
        (void)frame_at(server, STACKS + i * STACK_BYTES, UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    expect(step(server->scene->root, CONFIGURE(server, portal)), UK_OK);
    return portal;
}

static inline int enter(struct actor *actor, uk_handle portal, struct note note)
{
    struct uk_call call = {.operation = UK_PORTAL_CALL, .handle = portal, .tag = note.tag, .deadline = UK_FOREVER};
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = note.word[i];
    return step(actor, call);
}

static inline int leave(struct actor *actor, struct note note)
{
    struct uk_call call = {.operation = UK_PORTAL_RETURN, .tag = note.tag, .deadline = UK_FOREVER};
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = note.word[i];
    return step(actor, call);
}

static inline unsigned depth(const struct actor *actor) { return thread_of(actor)->depth; }

/* One server with so many stacks, and three who may enter: badges 1, 2 and 3, each more urgent than the one before. */
struct hall {
    struct scene *scene;
    struct actor *server, *client[3];
    uk_handle portal, door[3];
};

static inline struct hall hall_open(unsigned stacks)
{
    struct hall hall = {.scene = scene_open(NULL)};
    hall.server = actor_new(hall.scene, "server", 10);
    hall.portal = portal_new(hall.server, stacks);
    for (unsigned i = 0; i < 3; i++) {
        hall.client[i] = actor_new(hall.scene, "client", 10 + i);
        hall.door[i] = give_badged(hall.client[i], hall.portal, ENTERS, i + 1);
    }
    return hall;
}

/* Its space goes, and with it every portal into it. */
static inline int kill_space(const struct actor *server)
{
    return step(server->scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, server->space));
}

/* What a call that failed leaves in the registers: its status, its handle, and nothing of the server's. */
static inline void expect_failed(const struct actor *actor, int status, uk_handle handle)
{
    const struct uk_call *call = got(actor);
    expect(after(actor), status);
    assert_int_equal(call->handle, handle);
    assert_int_equal(call->tag, 0);
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        assert_int_equal(call->word[i], 0);
}

#endif
