/* SPDX-License-Identifier: MIT */
/* A task's session with the file server, over any transport; when it is over, nothing is left but its frames until close. */
#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

#include <ukern/ring.h>

#include "client/transport.h"
#include "runtime/task.h"
#include "runtime/transports.h"

/* A link's slots, from `first_slot` on. What the server gives comes in SESSION and, if it is more, BELL. */
enum link_slot {
    LINK_OWN, /* what the server reaches this side by: a notification, a port; or what this side calls by */
    LINK_SESSION,
    LINK_BELL,
    LINK_FRAMES
};

/* What a link is made of: slots and addresses that the task does not use otherwise. */
struct link_room {
    uint32_t first_slot;  /* LINK_FRAMES + frame_count slots */
    uint32_t frame_count; /* frames wanted; as many are used as TASK_UNTYPED has memory for */
    uk_word address;      /* where they are mapped */
};

struct link {
    struct transport transport;
    const struct task_start *start;
    uk_handle session;     /* the right to it; UK_NONE: over */
    unsigned char *shared; /* where the frames are mapped; the server may write to them while it has them */
    uint32_t first_slot;
    uint32_t frame_count;
    struct uk_ring ring; /* of the transport that has one */
};

/* Opens a session with the server behind `server`. UK_BAD_ARGUMENT: there is no such transport. Nothing is left when it
 * fails. */
enum uk_status link_open(struct link *link, unsigned kind, const struct task_start *start, uk_handle server,
                         const struct link_room *room);

/* For transports; each has an opening function that sets `exchange` and the rest of `link->transport` that it needs. */
typedef enum uk_status (*link_opener)(struct link *link, uk_handle server, uint32_t frames);

static inline struct link *link_of(struct transport *transport) { return (struct link *)transport; }
static inline uint32_t link_slot(const struct link *link, enum link_slot slot) { return link->first_slot + slot; }
static inline size_t link_bytes(const struct link *link) { return link->frame_count * (size_t)UK_PAGE; }

/* Makes and maps as many frames as there is memory for, at most `wanted`. */
enum uk_status link_make_frames(struct link *link, uint32_t wanted);
/* Keeps the first `kept`; to delete a frame's capability is to unmap it, here and wherever it was shared. */
void link_release_frames(struct link *link, uint32_t kept);

/* The item that carries the first `count` frames. */
struct uk_item link_frames(const struct link *link, uint32_t kind, uint32_t count);

/* Makes a notification in LINK_OWN and puts a right to it in item `index` of the message buffer. */
enum uk_status link_make_own(struct link *link, unsigned index);

/* Asks for a session with the `items` in the message buffer, for which the server gives `rights` capabilities. */
enum uk_status link_ask(struct link *link, uk_handle server, unsigned items, unsigned rights);

/* Makes sure that memory of the task's is there, all `bytes` > 0 of it: the kernel, when it reaches into it, asks no pager. */
void link_touch(volatile unsigned char *message, size_t bytes);

/* The session is over. Returns 0, as exchanges do then. */
size_t link_end(struct link *link);

/* The status of a call to the session: its own, or that which the answer says. */
enum uk_status link_call(struct link *link, struct uk_message *message);

/* What every link's `close` does: tells the server by a call, unless the transport has a way of its own. */
void link_close(struct transport *transport);

#endif
