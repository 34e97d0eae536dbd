/* SPDX-License-Identifier: MIT */
/* How 9P messages travel: one request for one reply, whatever IPC design carries them; one implementation for each. */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stddef.h>

/* A connection to a 9P server. Its makers embed it as their first member. */
struct transport {
    /* Sends the request of `bytes` at `message` and puts its reply in its place, at most `room` bytes: a longer one need
     * not be expected. Returns the reply's length; 0: the server hung up or died, and so it will every time from now on.
     * The server cannot touch `message` afterwards. */
    size_t (*exchange)(struct transport *transport, unsigned char *message, size_t bytes, size_t room);
    /* Ends the conversation. NULL: nothing to do. */
    void (*close)(struct transport *transport);
    size_t message_max; /* bytes of a message at most, either way */
};

#endif
