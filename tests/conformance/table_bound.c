/* SPDX-License-Identifier: MIT */
/* Rows of bound calls: those of a call by the endpoint's capability, and what only they have. */
#include "conformance/tables.h"

#define ALONE {{0}}
#define CALLS(bound, ...)       DO(A, UK_BOUND_CALL, bound, __VA_ARGS__)
#define CONFIGURE(bound, ...)   DO(A, UK_BOUND_CONFIGURE, bound, WORDS(__VA_ARGS__))
#define ANSWERS(who, endpoint)  DO(who, UK_REPLY_RECEIVE, endpoint, WITH_REPLY, LENGTH(1), UNTIL(NEVER))
/* B serves ENDPOINT and C serves ARRIVAL, both on their callers' time. */
#define BOTH_SERVE                                                                                                     \
    START(C), DO(C, UK_RECEIVE, ARRIVAL, WITH_REPLY, UNTIL(NEVER)), SERVES(B), PASSIVE(SCHED_B), PASSIVE(SCHED_C)

const struct conformance_row table_bound[] = {
    {"bound call, nobody waits", CALLS(BOUND, LENGTH(2), UNTIL(NEVER)), GIVES(BLOCKED, '-', "Css", 1, 1, 1, 0), ALONE},
    {"bound call, nobody waits, not at all", CALLS(BOUND, NOTHING), GIVES(UK_WOULD_BLOCK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"bound call, nobody waits, too late", CALLS(BOUND, UNTIL(PASSED)), GIVES(UK_TIMED_OUT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"bound call, a server with time of its own waits", CALLS(BOUND, LENGTH(4), UNTIL(NEVER)),
     GIVES(BLOCKED, 'B', "ars", 1, 1, 0, 4), {SERVES(B)}},
    {"bound call, a server without time waits", CALLS(BOUND, LENGTH(4), UNTIL(NEVER)),
     GIVES(BLOCKED, 'B', "ars", 1, 1, 0, 4), {SERVES(B), PASSIVE(SCHED_B)}},
    {"bound call, and again", CALLS(BOUND, LENGTH(6), UNTIL(NEVER)), GIVES(BLOCKED, 'B', "ars", 1, 1, 0, 6),
     {SERVES(B), PASSIVE(SCHED_B), CALLS(BOUND, LENGTH(3), UNTIL(NEVER)), ANSWERS(B, ENDPOINT)}},
    {"bound call, the answer to the second", DO(B, UK_REPLY_RECEIVE, ENDPOINT, WITH_REPLY, LENGTH(2), UNTIL(NEVER), SEEN_BY(A)),
     GIVES(UK_OK, 'A', "rRs", 1, 1, 0, 2),
     {SERVES(B), PASSIVE(SCHED_B), CALLS(BOUND, LENGTH(3), UNTIL(NEVER)), ANSWERS(B, ENDPOINT),
      CALLS(BOUND, LENGTH(6), UNTIL(NEVER))}},
    {"bound call, the server does something else first", DO(B, UK_SIGNAL, BELL), GIVES(UK_OK, 'B', "ars", 1, 0, 0, 0),
     {SERVES(B), PASSIVE(SCHED_B), CALLS(BOUND, LENGTH(3), UNTIL(NEVER))}},
    {"bound call, the server dies", DO(B, UK_EXIT, 0, SEEN_BY(A)), GIVES(UK_PEER_DIED, 'A', "rds", 1, 1, 1, 0),
     {SERVES(B), PASSIVE(SCHED_B), CALLS(BOUND, UNTIL(NEVER))}},
    {"bound call, who waits brought no Reply", CALLS(BOUND, UNTIL(NEVER)), GIVES(UK_NO_REPLY, 'A', "rRs", 1, 0, 0, 0),
     {LISTENS(B)}},
    {"bound call, its server died before", CALLS(BOUND, UNTIL(NEVER)), GIVES(UK_PEER_DIED, 'A', "rds", 1, 0, 0, 0),
     {DO(A, UK_ENDPOINT_BIND, ENDPOINT, WORDS(THREAD_B)), CONFIGURE(BOUND, ENDPOINT), DO(A, UK_THREAD_KILL, THREAD_B)}},
    {"bound call, to the server before the present one", CALLS(BOUND, UNTIL(NEVER)),
     GIVES(UK_PEER_DIED, 'A', "rds", 1, 0, 0, 0),
     {DO(A, UK_ENDPOINT_BIND, ENDPOINT, WORDS(THREAD_B)), CONFIGURE(BOUND, ENDPOINT), DO(A, UK_THREAD_KILL, THREAD_B),
      DO(A, UK_ENDPOINT_BIND, ENDPOINT, WORDS(THREAD_C))}},
    {"bound call, it stands for nothing", CALLS(RAW_BOUND, UNTIL(NEVER)), GIVES(UK_EMPTY_SLOT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"bound call, its capability was given back", CALLS(BOUND, UNTIL(NEVER)), GIVES(UK_EMPTY_SLOT, 'A', "rss", 1, 0, 0, 0),
     {CONFIGURE(BOUND, 0)}},
    {"bound call, its capability was revoked", CALLS(RAW_BOUND, UNTIL(NEVER)), GIVES(UK_EMPTY_SLOT, 'A', "rss", 1, 0, 0, 0),
     {CONFIGURE(RAW_BOUND, CLIENT), DO(A, UK_CAPABILITY_REVOKE, CNODE, WORDS(CLIENT))}},
    {"bound call, the capability that it came from was deleted", CALLS(RAW_BOUND, NOTHING),
     GIVES(UK_WOULD_BLOCK, 'A', "rss", 1, 0, 0, 0),
     {CONFIGURE(RAW_BOUND, CLIENT), DO(A, UK_CAPABILITY_DELETE, CNODE, WORDS(CLIENT))}},
    {"bound call, a chain", CALLS(CHAIN, LENGTH(3), UNTIL(NEVER)), GIVES(BLOCKED, 'B', "arR", 1, 1, 0, 3), {BOTH_SERVE}},
    {"bound call, a chain, the first answers", ANSWERS(B, ENDPOINT), GIVES(BLOCKED, 'C', "aRr", 1, 2, 0, 2),
     {BOTH_SERVE, CALLS(CHAIN, LENGTH(3), UNTIL(NEVER))}},
    {"bound call, a chain, the last answers",
     DO(C, UK_REPLY_RECEIVE, ARRIVAL, WITH_REPLY, LENGTH(4), UNTIL(NEVER), SEEN_BY(A)), GIVES(UK_OK, 'A', "rRR", 1, 1, 0, 4),
     {BOTH_SERVE, CALLS(CHAIN, LENGTH(3), UNTIL(NEVER)), ANSWERS(B, ENDPOINT)}},
    {"bound call, a chain, the first dies", DO(B, UK_EXIT, 0, SEEN_BY(A)), GIVES(UK_PEER_DIED, 'A', "rdR", 1, 1, 1, 0),
     {BOTH_SERVE, CALLS(CHAIN, UNTIL(NEVER))}},
    {"bound call, a chain, the last dies", DO(C, UK_EXIT, 0, SEEN_BY(A)), GIVES(UK_PEER_DIED, 'A', "rRd", 1, 1, 1, 0),
     {BOTH_SERVE, CALLS(CHAIN, UNTIL(NEVER)), ANSWERS(B, ENDPOINT)}},
    {"bound call, a chain, whose next is not there",
     DO(B, UK_REPLY_RECEIVE, ENDPOINT, WITH_REPLY, LENGTH(1), UNTIL(NEVER), SEEN_BY(A)),
     GIVES(UK_EMPTY_SLOT, 'A', "rRR", 1, 1, 0, 1),
     {BOTH_SERVE, CONFIGURE(CHAIN, ENDPOINT, EMPTY), CALLS(CHAIN, UNTIL(NEVER))}},
    {"bound call, a chain, whose next is no bound call",
     DO(B, UK_REPLY_RECEIVE, ENDPOINT, WITH_REPLY, LENGTH(1), UNTIL(NEVER), SEEN_BY(A)),
     GIVES(UK_WRONG_TYPE, 'A', "rRR", 1, 1, 0, 1),
     {BOTH_SERVE, CONFIGURE(CHAIN, ENDPOINT, SIGNALS), CALLS(CHAIN, UNTIL(NEVER))}},
    {"configure a bound call", CONFIGURE(RAW_BOUND, CLIENT, BOUND), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a bound call again", CONFIGURE(BOUND, SENDER), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a bound call, with a next one but nothing before", CONFIGURE(RAW_BOUND, 0, BOUND),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"delete a bound call", DO(A, UK_CAPABILITY_DELETE, CNODE, WORDS(BOUND)), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    END_OF_TABLE};
