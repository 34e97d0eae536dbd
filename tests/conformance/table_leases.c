/* SPDX-License-Identifier: MIT */
/* Rows of leases: A lends 64 bytes of a page with its call, beside a page for B to copy them to. */
#include "conformance/tables.h"

#define LEASE_BYTES 64
#define BOTH        (UK_RIGHT_READ | UK_RIGHT_WRITE)
#define WINDOW                                                                                                         \
    START(B), ACT(ACT_WINDOW, B, EMPTY, 4, NOWHERE, 4 * UK_PAGE), DO(B, UK_RECEIVE, ENDPOINT, WITH_REPLY, UNTIL(NEVER))
#define LEASE(rights, address, bytes) ACT(ACT_ITEM, A, 1, UK_ITEM_LEASE, rights, 0, bytes, address)
#define OFFER       DO(A, UK_CALL, CLIENT, CARRIES(2), UNTIL(NEVER))
#define LENT(rights)                                                                                                   \
    DO(A, UK_SPACE_MAP, SPACE, WORDS(OTHER_PAGE, NOWHERE, BOTH)), WINDOW,                                              \
        ACT(ACT_ITEM, A, 0, UK_ITEM_SHARE, UK_RIGHTS_ALL, PAGE, 1), LEASE(rights, NOWHERE, LEASE_BYTES), OFFER
#define READ(...)   DO(B, UK_LEASE_READ, REPLY, WORDS(__VA_ARGS__))
#define WRITE(...)  DO(B, UK_LEASE_WRITE, REPLY, WORDS(__VA_ARGS__))
#define LOOK(...)   DO(B, UK_LEASE_INSPECT, REPLY, WORDS(__VA_ARGS__))
#define NAMED(number, item) ((uk_word)(number) << 32 | (item))

const struct conformance_row table_leases[] = {
    {"memory is lent", OFFER, GIVES(BLOCKED, 'B', "ars", 1, 1, 0, 2),
     {WINDOW, ACT(ACT_ITEM, A, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, SIGNALS, 1), LEASE(BOTH, NOWHERE, LEASE_BYTES)}},
    {"a lease is read", READ(1, 0, NOWHERE, LEASE_BYTES), GIVES(UK_OK, 'B', "ars", 1, 0, 0, 8), {LENT(UK_RIGHT_READ)}},
    {"a lease is read by its name", READ(NAMED(1, 1), 8, NOWHERE, 8), GIVES(UK_OK, 'B', "ars", 1, 0, 0, 1), {LENT(BOTH)}},
    {"a lease is written", WRITE(1, 1, NOWHERE, 62), GIVES(UK_OK, 'B', "ars", 1, 0, 0, 8), {LENT(UK_RIGHT_WRITE)}},
    {"a lease is looked at", LOOK(1), GIVES(UK_OK, 'B', "ars", 1, 0, 0, 0), {LENT(BOTH)}},
    {"nothing of a lease is read", READ(1, LEASE_BYTES, 0, 0), GIVES(UK_OK, 'B', "ars", 1, 0, 0, 0), {LENT(BOTH)}},
    {"a lease is read beyond its end", READ(1, 1, NOWHERE, LEASE_BYTES), GIVES(UK_BAD_ARGUMENT, 'B', "ars", 1, 0, 0, 0),
     {LENT(BOTH)}},
    {"a lease is read around the end of all words", READ(1, UK_FOREVER, NOWHERE, 2),
     GIVES(UK_BAD_ARGUMENT, 'B', "ars", 1, 0, 0, 0), {LENT(BOTH)}},
    {"a lease is written, not lent for that", WRITE(1, 0, NOWHERE, 8), GIVES(UK_NO_RIGHT, 'B', "ars", 1, 0, 0, 0),
     {LENT(UK_RIGHT_READ)}},
    {"a lease is read, not lent for that", READ(1, 0, NOWHERE, 8), GIVES(UK_NO_RIGHT, 'B', "ars", 1, 0, 0, 0),
     {LENT(UK_RIGHT_WRITE)}},
    {"a lease is read that is another item", READ(0, 0, NOWHERE, 8), GIVES(UK_BAD_ARGUMENT, 'B', "ars", 1, 0, 0, 0),
     {LENT(BOTH)}},
    {"a lease is read that is no item", READ(4, 0, NOWHERE, 8), GIVES(UK_BAD_ARGUMENT, 'B', "ars", 1, 0, 0, 0),
     {LENT(BOTH)}},
    {"a lease of another call is read", READ(NAMED(2, 1), 0, NOWHERE, 8), GIVES(UK_STALE, 'B', "ars", 1, 0, 0, 0),
     {LENT(BOTH)}},
    {"a lease is read, the reader's memory is not there", READ(1, 0, IN_OWN((uk_word)9 << 20), 8),
     GIVES(UK_CALLER_FAULT, 'B', "ars", 1, 0, 0, 0), {LENT(BOTH)}},
    {"a lease is read, the lender's memory is not there", READ(1, 0, NOWHERE, 8),
     GIVES(UK_PEER_FAULT, 'B', "ars", 1, 0, 0, 0),
     {WINDOW, ACT(ACT_ITEM, A, 0, UK_ITEM_SHARE, UK_RIGHTS_ALL, PAGE, 1), LEASE(BOTH, NOWHERE, LEASE_BYTES), OFFER}},
    {"a lease is read after the answer", READ(1, 0, NOWHERE, 8), GIVES(UK_PEER_DIED, 'B', "rrs", 1, 0, 0, 0),
     {LENT(BOTH), DO(B, UK_REPLY, REPLY)}},
    {"a lease is looked at after the answer", LOOK(1), GIVES(UK_PEER_DIED, 'B', "rrs", 1, 0, 0, 0),
     {LENT(BOTH), DO(B, UK_REPLY, REPLY)}},
    {"a lease is read, nobody has called", READ(0, 0, NOWHERE, 8), GIVES(UK_PEER_DIED, 'B', "rrs", 1, 0, 0, 0), {START(B)}},
    {"a lease in a send", DO(A, UK_SEND, CLIENT, CARRIES(2)), GIVES(UK_BAD_ARGUMENT, 'A', "rRs", 1, 0, 0, 0),
     {WINDOW, ACT(ACT_ITEM, A, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, SIGNALS, 1), LEASE(BOTH, NOWHERE, LEASE_BYTES)}},
    {"a lease in an answer", DO(B, UK_REPLY, REPLY, CARRIES(1)), GIVES(UK_BAD_ARGUMENT, 'B', "ars", 1, 0, 0, 0),
     {ACT(ACT_WINDOW, A, EMPTY, 1), SERVES(B), DO(A, UK_CALL, CLIENT, UNTIL(NEVER)),
      ACT(ACT_ITEM, B, 0, UK_ITEM_LEASE, BOTH, 0, LEASE_BYTES, NOWHERE)}},
    {"a lease of nothing allowed", OFFER, GIVES(UK_BAD_ARGUMENT, 'A', "rRs", 1, 0, 0, 0),
     {WINDOW, ACT(ACT_ITEM, A, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, SIGNALS, 1), LEASE(0, NOWHERE, LEASE_BYTES)}},
    {"a lease to execute", OFFER, GIVES(UK_BAD_ARGUMENT, 'A', "rRs", 1, 0, 0, 0),
     {WINDOW, ACT(ACT_ITEM, A, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, SIGNALS, 1), LEASE(UK_RIGHTS_ALL, NOWHERE, LEASE_BYTES)}},
    {"a lease that wraps around", OFFER, GIVES(UK_BAD_ARGUMENT, 'A', "rRs", 1, 0, 0, 0),
     {WINDOW, ACT(ACT_ITEM, A, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, SIGNALS, 1), LEASE(BOTH, NOWHERE, UK_FOREVER)}},
    END_OF_TABLE};
