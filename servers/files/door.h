/* SPDX-License-Identifier: MIT */
/* The file server's endpoint, where sessions begin and end; invariant: whatever else comes there has its answer here. */
#ifndef FILES_DOOR_H
#define FILES_DOOR_H

#include "files/session.h"

struct service;

/* What a design has for rules at the door. */
struct door_rules {
    enum {
        DOOR_NOTHING,         /* messages bring no frames */
        DOOR_SESSION_FRAMES,  /* the message that opens a session shares frames for as long as it lasts */
        DOOR_EXCHANGE_FRAMES  /* each request brings frames */
    } lands;
    bool carries; /* requests carry items */
    /* Of the capability that this message brings beside frames; UK_TYPE_NONE: it brings none. If it serves for nothing else,
     * then as a sign of life. */
    uint32_t peer_type;
    /* A new session's part in the design. `welcome` items beside the first go with the answer. NULL: nothing to do. */
    enum uk_status (*begin)(struct service *service, struct session *session, unsigned *welcome);
};

struct door {
    uk_handle way;             /* what sessions' rights are made from: the endpoint, if a listener has nothing else */
    struct uk_message message; /* what came; after that, its answer */
    bool owes;                 /* somebody waits for that answer */
    struct session *vacant;    /* the place of who comes next; NULL: there is none */
    struct window *landing;    /* where frames land; NULL: nowhere */
    struct session *carries;   /* whose capabilities or frames the answer brings: over, if they cannot be given */
};

/* Makes room for who comes next, and says so in the message buffer. */
void door_open(struct service *service, const struct door_rules *rules);

/* Gives the answer that is owed, and waits for whatever comes: a message, or the bits of a signal (UK_TAG_SIGNAL). Fails for
 * good, or, while the answer carries something, because its caller has no room for that: then there is another to give. */
enum uk_status door_wait(struct service *service);

/* That other answer: the session is over. */
void door_regret(struct service *service, enum uk_status status);

/* All this, until something has come. */
enum uk_status door_pass(struct service *service, const struct door_rules *rules);

/* Answers what concerns the design's sessions as such. What is left is a message of a session, which is returned, with all
 * items that it brought; else NULL, and door->message is an answer. */
struct session *door_talk(struct service *service, const struct door_rules *rules);

/* door_pass and door_talk, until a session has something to say. */
enum uk_status door_next(struct service *service, const struct door_rules *rules, struct session **session);

/* The answer: a status, and with UK_OK one word. */
void door_answer(struct service *service, enum uk_status status, uk_word word);

/* The same, and the session is over. */
void door_end(struct service *service, struct session *session, enum uk_status status);

/* Deletes what came along with a message that is not welcome. */
void door_drop_items(struct service *service);

#endif
