/* SPDX-License-Identifier: MIT */
/* What the bare bench's two files share: a case is a client that is counted and a server that helps, N operations a run. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#include <ukern/call.h>

/* Slots of both tasks' CNodes; 1..4 are as enum uk_boot_slot says. */
enum bench_slot {
    BENCH_ENDPOINT = 10,
    BENCH_REPLY,
    BENCH_PING,
    BENCH_PONG,
    BENCH_FRAME,
    BENCH_UNTYPED,
    BENCH_CLIENT_SPACE,
    BENCH_RING,
    BENCH_RING_FRAME, /* a large one */
    BENCH_BOUND,
    BENCH_FIRST_FREE = 32
};

struct bench_case {
    const char *name;
    enum uk_status (*client)(uk_word rounds);
    enum uk_status (*server)(void); /* for ever; NULL: there is none to help */
    uint32_t client_priority, server_priority;
    uint32_t passive;        /* the server runs on its callers' time */
    uint32_t handles_faults; /* the client's page faults are calls to the server */
    uint32_t children;       /* of one capability for each round, from BENCH_FIRST_FREE on; then there are few rounds */
};

extern const struct bench_case bench_cases[];
extern const uint32_t bench_case_count;

/* A program's pages are in every space, so both tasks see this. */
extern uk_word bench_address; /* in the client's space: nothing is mapped there */
extern uk_word bench_ring_address; /* the same, with room for BENCH_RING_FRAME */

#endif
