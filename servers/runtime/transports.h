/* SPDX-License-Identifier: MIT */
/* The ways in which the file server and its clients can talk: one for a whole run, chosen at boot, known by its number. */
#ifndef RUNTIME_TRANSPORTS_H
#define RUNTIME_TRANSPORTS_H

#include <stdbool.h>

#include <ukern/abi.h>

/* Each is client/transport_NAME.c for clients and files/listener_NAME.c for the server (bound: that of call). Numbers go
 * through boot: they stay. */
#define TRANSPORTS(X)                                                                                                      \
    X(TRANSPORT_CALL, 0, call, "rendezvous; bytes in frames that both share as long as the session lasts")                 \
    X(TRANSPORT_COPY, 1, copy, "rendezvous; bytes in message buffers, piece by piece, and nothing shared")                 \
    X(TRANSPORT_SHARE, 2, share, "rendezvous; each request brings frames, which the server has until it answers")          \
    X(TRANSPORT_GIFT, 3, gift, "rendezvous; each request gives frames away, and its answer gives them back")               \
    X(TRANSPORT_RING, 4, ring, "a ring in shared frames between the two tasks; a bell only for who sleeps")                \
    X(TRANSPORT_PORT, 5, port, "a port on either side; bytes in messages, piece by piece")                                 \
    X(TRANSPORT_LEASE, 6, lease, "rendezvous; the server reads and writes the caller's memory until it answers")           \
    X(TRANSPORT_COW, 7, cow, "rendezvous; a copy-on-write snapshot of the sender's frames, either way")                    \
    X(TRANSPORT_BOUND, 8, bound, "rendezvous by a bound call, made once for the session; bytes as with call")              \
    X(TRANSPORT_PORTAL, 9, portal, "the client's own thread enters the server, on its only stack; bytes as with call")     \
    X(TRANSPORT_RESIDENT, 10, resident, "the server is in the kernel, and reaches into the caller's memory from there")    \
    X(TRANSPORT_DIRECT, 11, direct, "the server is in the client's own space, behind a proxy; a block that is lent")

enum transport_kind {
#define TRANSPORTS_X(kind, number, name, what) kind = number,
    TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X
};

enum {
#define TRANSPORTS_X(kind, number, name, what) +1
    TRANSPORT_COUNT = TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X
};

/* The word that boot hands to those tasks whose rows ask for it: bit 0: the shell prompts; bits 8..15: the transport;
 * bits 16..: how far away the server is, in ns each way. */
enum {
    ARGUMENT_INTERACTIVE = 1,
    ARGUMENT_KIND_SHIFT = 8,
    ARGUMENT_LATENCY_SHIFT = 16
};
#define ARGUMENT_LATENCY_MAX (((uk_time)1 << 48) - 1)

static inline uk_word argument_make(bool interactive, unsigned kind, uk_time latency)
{
    return (interactive ? ARGUMENT_INTERACTIVE : 0) | (uk_word)kind << ARGUMENT_KIND_SHIFT |
           latency << ARGUMENT_LATENCY_SHIFT;
}

/* Not less than TRANSPORT_COUNT: boot has named one that is not here. */
static inline unsigned argument_kind(uk_word argument) { return (unsigned)(argument >> ARGUMENT_KIND_SHIFT & 255); }
static inline uk_time argument_latency(uk_word argument) { return argument >> ARGUMENT_LATENCY_SHIFT; }

#endif
