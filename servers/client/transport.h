/* SPDX-License-Identifier: MIT */
/* How 9P messages travel: one request for one reply, whatever IPC design carries them; one implementation for each. */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include "runtime/task.h"

/* A connection to a 9P server. Its makers embed it as their first member. */
struct transport {
    /* Sends the request of `bytes` at `message` and puts its reply in its place, at most `room` bytes. Returns the
     * reply's length; 0: the server hung up or died, and so it will every time from now on. The server cannot touch
     * `message` afterwards. */
    size_t (*exchange)(struct transport *transport, unsigned char *message, size_t bytes, size_t room);
    /* Ends the conversation. NULL: nothing to do. */
    void (*close)(struct transport *transport);
    size_t message_max; /* bytes of a message at most, either way */
};

/* Rendezvous with a session buffer of shared frames, as protocol.h says (SESSION_OPEN, NINEP_EXCHANGE). */
struct transport_call {
    struct transport transport;
    const struct task_start *start;
    uk_handle session;     /* send right to the session; UK_NONE: over */
    unsigned char *shared; /* the session's buffer; the server may write to it at any time */
    uint32_t first_slot;   /* of its frames */
    uint32_t frame_count;
};

/* What a transport_call is made of: slots and addresses that the task does not use otherwise. */
struct transport_room {
    uint32_t session_slot; /* one slot */
    uint32_t first_slot;   /* `frame_count` slots */
    uint32_t frame_count;  /* frames wanted; as many are used as TASK_UNTYPED has memory for */
    uk_word address;       /* where they are mapped */
};

/* Opens a session with the server behind `server`, with as many frames as it takes. Nothing is left when it fails. */
enum uk_status transport_call_open(struct transport_call *transport, const struct task_start *start, uk_handle server,
                                   const struct transport_room *room);

#endif
