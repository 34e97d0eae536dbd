/* SPDX-License-Identifier: MIT */
/* 9P2000.L as a function: a request in, its one answer out, with all state in the session and the tree. */
#ifndef FILES_NINEP_H
#define FILES_NINEP_H

#include "files/fids.h"
#include "files/ninep_format.h"
#include "files/tree.h"

/* Every answer but a piece of data fits in this; a client that offers less gets version "unknown". */
#define NINEP_MESSAGE_MIN 512u

struct ninep_session {
    struct tree *tree;
    uint32_t limit;        /* the largest message that the server will agree to */
    uint32_t message_size; /* as negotiated; 0: before Tversion */
    uint32_t user;         /* who attached last: owns what is created */
    struct fids fids;
};

/* The session must be zeroed, or ended. `limit` is at least NINEP_MESSAGE_MIN. */
void ninep_start(struct ninep_session *session, struct tree *tree, uint32_t limit);

/* Clunks all fids. */
void ninep_end(struct ninep_session *session);

/*
 * Answers one request: returns the bytes put in `reply`, which has at least the session's `limit` of room. 0: the
 * server hangs up (wrong size, a field cut off or left over, anything before Tversion); all fids are gone, and only
 * Tversion can begin anew. The request must not change meanwhile and must not overlap the reply.
 */
size_t ninep_exchange(struct ninep_session *session, const uint8_t *request, size_t request_bytes, uint8_t *reply,
                      size_t reply_room);

/* Whether answering this may need to know the time (tree->now): it need not be right for others. */
bool ninep_wants_time(const uint8_t *request, size_t request_bytes);

#endif
