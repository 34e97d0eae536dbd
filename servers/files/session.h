/* SPDX-License-Identifier: MIT */
/* The sessions of the file server: each has a badge that never comes again, a 9P conversation, and what its design keeps. */
#ifndef FILES_SESSION_H
#define FILES_SESSION_H

#include <ukern/ring.h>

#include "files/ninep.h"
#include "files/window.h"
#include "runtime/task.h"

#define SESSIONS_MAX 64 /* so that each has a bit of its own in a word of signals */

/* Slots of a session. */
enum session_slot {
    SESSION_RIGHT, /* what the client speaks through, kept to be revoked */
    SESSION_BELL,  /* what the client rings, kept to be revoked */
    SESSION_PEER,  /* what the client brought, whatever it is for: when it is gone, so is the client */
    SESSION_LANDS, /* where its frames land, and one capability more */
    SESSION_SLOTS = SESSION_LANDS + WINDOW_FRAMES_MAX + 1
};

/* A message that travels in pieces: one way, then the other. */
struct pieces {
    uint8_t *bytes;   /* WINDOW_BYTES */
    size_t all, have; /* of the request: its length, and what has come; afterwards `all` is the answer's length */
};

/* One client. Its place in the table says which slots it has. */
struct session {
    uk_word badge;        /* 0: the place is free */
    struct window window; /* frames that it shares as long as it lasts */
    uk_handle peer;       /* what is in SESSION_PEER; UK_NONE: nothing */
    union {
        struct pieces pieces;
        struct {
            struct uk_ring ring;
            uk_word user_data; /* of the request under way */
        };
    } by;
    struct ninep_session ninep;
};

/* A place that was never used has not been touched, so it takes no memory. */
struct sessions {
    struct session *places;
    uk_word windows; /* where those of all places are, one after the other */
    uint32_t count;
    uk_word opened; /* sessions ever opened: no badge comes twice */
    void (*ended)(uk_word badge); /* tells whoever else keeps something of a session that it is over; NULL: nobody does */
};

/* Opens the place for a client whose largest 9P message is `limit` bytes. */
void session_begin(struct sessions *sessions, struct session *session, struct tree *tree, uint32_t limit);

/* Everything that the session had is given back; whatever the client has of it is revoked. */
void session_end(struct sessions *sessions, struct session *session);

/* The session of this badge; NULL: it was never given, or it is over. */
struct session *session_find(struct sessions *sessions, uk_word badge);

/* A place for the next client, with its window; NULL: there is none. */
struct session *session_vacant(struct sessions *sessions);

/* Is what a client brought of this type? If it were an endpoint, an operation on it would be a call to whoever is there,
 * who need not answer. */
bool session_peer_is(uk_handle peer, uint32_t type);

/* Puts it in its place if it is. */
bool session_take_peer(struct sessions *sessions, struct session *session, uk_handle peer, uint32_t type);

uint32_t session_place(const struct sessions *sessions, const struct session *session);
uint32_t session_slot(const struct sessions *sessions, const struct session *session, enum session_slot slot);

#endif
