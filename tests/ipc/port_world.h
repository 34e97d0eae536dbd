/* SPDX-License-Identifier: MIT */
/* A port, its receiver, and whoever may send: who holds which right is set up here, for all tests of ports. */
#ifndef IPC_PORT_WORLD_H
#define IPC_PORT_WORLD_H

#include "ipc/port.h"
#include "support/scene.h"

#define SENDS (UK_RIGHT_SEND | UK_RIGHT_GRANT)

struct harbour {
    struct scene *scene;
    struct actor *server, *client, *other;
    uk_handle port;             /* the server's: the receive right */
    uk_handle open;             /* the first thread's: a send right without a badge */
    uk_handle sends, sends_too; /* the client's (badge 1), and the other's (badge 2) */
};

static inline struct port *port_at(const struct actor *actor, uk_handle handle)
{
    return (struct port *)object_of(actor, handle);
}

static inline struct harbour harbour_at(uk_word messages, uk_word quota, uint32_t priority)
{
    struct harbour harbour = {.scene = scene_open(NULL)};
    uk_handle port = make(harbour.scene, UK_TYPE_PORT, UK_PORT_SIZE(messages, quota));
    harbour.server = actor_new(harbour.scene, "server", priority);
    harbour.client = actor_new(harbour.scene, "client", priority);
    harbour.other = actor_new(harbour.scene, "other", priority);
    harbour.sends = give_badged(harbour.client, port, SENDS, 1);
    harbour.sends_too = give_badged(harbour.other, port, SENDS, 2);
    harbour.open = slot_new(harbour.scene);
    expect(step(harbour.scene->root, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, harbour.open, port, 0, SENDS)), UK_OK);
    harbour.port = hand(harbour.server, port);
    return harbour;
}

static inline struct harbour harbour_open(uk_word messages, uk_word quota) { return harbour_at(messages, quota, 10); }

static inline int put(struct actor *actor, uk_handle port, struct note note)
{
    struct uk_call call = {.operation = UK_PORT_SEND, .handle = port, .tag = note.tag, .deadline = UK_FOREVER};
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = note.word[i];
    return step(actor, call);
}

static inline int take(struct actor *actor, uk_handle port) { return step(actor, OP(UK_PORT_RECEIVE, port, 0)); }

static inline int swap(struct actor *actor, uk_handle port, struct note note, uk_handle own)
{
    struct uk_call call = {.operation = UK_PORT_EXCHANGE, .handle = port, .tag = note.tag, .reply = own,
                           .deadline = UK_FOREVER};
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call.word[i] = note.word[i];
    return step(actor, call);
}

/* A send-once right to an actor's port, in its own CNode. */
static inline uk_handle once_of(struct actor *actor, uk_handle port, uk_word badge)
{
    uk_handle slot = actor->next_slot++;
    expect(step(actor, OP(UK_PORT_ONCE, port, slot, 0, badge)), UK_OK);
    return slot;
}

/* The next message is this, from this badge, with this first word. */
static inline void expect_message(struct actor *actor, uk_handle port, uint32_t label, uk_word badge, uk_word word)
{
    expect(take(until(actor, UK_NOW), port), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(actor)->tag), label);
    assert_int_equal(got(actor)->handle, badge);
    assert_int_equal(got(actor)->word[0], word);
}

static inline void drop(struct actor *actor, uk_handle slot)
{
    expect(step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slot)), UK_OK);
}

#endif
