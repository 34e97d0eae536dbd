/* SPDX-License-Identifier: MIT */
/* Rows of portals: PORTAL leads into C's domain, where the one who entered goes on with the row's next steps. */
#include "conformance/tables.h"

#define ALONE {{0}}
#define ENTER(who, ...) DO(who, UK_PORTAL_CALL, PORTAL, __VA_ARGS__)
#define ENTERS(who)     ENTER(who, UNTIL(NEVER))
#define LEAVE(who, ...) DO(who, UK_PORTAL_RETURN, 0, __VA_ARGS__)
#define CONFIGURE(...)  DO(A, UK_PORTAL_CONFIGURE, RAW_PORTAL, WORDS(CNODE, TABLES, __VA_ARGS__))
/* B, and C, inside: waiting for a signal there. */
#define B_INSIDE START(B), ENTERS(B), DO(B, UK_WAIT, SIGNALS, UNTIL(NEVER))
#define C_INSIDE START(C), ENTERS(C), DO(C, UK_WAIT, SIGNALS, UNTIL(NEVER))

const struct conformance_row table_portals[] = {
    {"portal, enter", ENTER(A, NOTHING), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"portal, enter with four words", ENTER(A, LENGTH(4), UNTIL(NEVER)), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 4), ALONE},
    {"portal, enter with many words", ENTER(A, LENGTH(64), NOTHING), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 64), ALONE},
    {"portal, enter with too many words", ENTER(A, LENGTH(65), NOTHING), GIVES(UK_TOO_LARGE, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"portal, enter with an item, no window", ENTER(A, CARRIES(1), NOTHING), GIVES(UK_NO_WINDOW, 'A', "rss", 1, 0, 0, 0),
     {ACT(ACT_ITEM, A, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, SIGNALS, 1)}},
    {"portal, and back", LEAVE(A, LENGTH(2), NOTHING), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 2), {ENTERS(A)}},
    {"portal, and back with many words", LEAVE(A, LENGTH(40), NOTHING), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 40), {ENTERS(A)}},
    {"portal, and back with too many words", LEAVE(A, LENGTH(70), NOTHING), GIVES(UK_TOO_LARGE, 'A', "rss", 1, 0, 0, 0),
     {ENTERS(A)}},
    {"portal, back without having entered", LEAVE(A, NOTHING), GIVES(UK_NO_REPLY, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"portal, back twice", LEAVE(A, NOTHING), GIVES(UK_NO_REPLY, 'A', "rss", 1, 0, 0, 0), {ENTERS(A), LEAVE(A, NOTHING)}},
    {"portal, inside handles are the server's", DO(A, UK_WAIT, PAGE, NOTHING), GIVES(UK_EMPTY_SLOT, 'A', "rss", 1, 0, 0, 0),
     {ENTERS(A)}},
    {"portal, enter from inside", ENTER(A, NOTHING), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), {ENTERS(A)}},
    {"portal, enter from inside until nobody else could", ENTER(A, UNTIL(NEVER)), GIVES(UK_DEADLOCK, 'A', "rss", 1, 0, 0, 0),
     {ENTERS(A), ENTERS(A)}},
    {"portal, enter from inside, not waiting", ENTER(A, NOTHING), GIVES(UK_WOULD_BLOCK, 'A', "rss", 1, 0, 0, 0),
     {ENTERS(A), ENTERS(A)}},
    {"portal, no stack, not waiting", ENTER(A, NOTHING), GIVES(UK_WOULD_BLOCK, 'A', "rww", 1, 0, 0, 0), {B_INSIDE, C_INSIDE}},
    {"portal, no stack, too late", ENTER(A, UNTIL(PASSED)), GIVES(UK_TIMED_OUT, 'A', "rww", 1, 0, 0, 0), {B_INSIDE, C_INSIDE}},
    {"portal, no stack, waiting", ENTER(A, UNTIL(NEVER)), GIVES(BLOCKED, '-', "Cww", 1, 1, 1, 0), {B_INSIDE, C_INSIDE}},
    {"portal, no stack until the deadline", IDLE, GIVES(UK_TIMED_OUT, 'A', "rww", 1, 1, 1, 0),
     {B_INSIDE, C_INSIDE, ENTER(A, UNTIL(LATER))}},
    {"portal, a stack becomes free", LEAVE(C, NOTHING, SEEN_BY(A)), GIVES(UK_OK, 'C', "rwr", 1, 0, 0, 0),
     {B_INSIDE, START(C), ENTERS(C), DO(C, UK_WAIT, SIGNALS, UNTIL(LATER)), ENTER(A, UNTIL(NEVER)), IDLE}},
    {"portal, not open, not waiting", DO(A, UK_PORTAL_CALL, RAW_PORTAL, NOTHING), GIVES(UK_WOULD_BLOCK, 'A', "rss", 1, 0, 0, 0),
     ALONE},
    {"portal, not open, waiting", DO(A, UK_PORTAL_CALL, RAW_PORTAL, UNTIL(NEVER)), GIVES(BLOCKED, '-', "Css", 1, 1, 1, 0),
     ALONE},
    {"portal, read where nothing is, nobody handles it", ACT(ACT_READ, A, NOWHERE),
     GIVES(UK_PEER_FAULT, 'A', "rss", 1, 0, 1, 0), {ENTERS(A)}},
    {"portal, exit inside", DO(A, UK_EXIT, 0), GIVES(UK_PEER_DIED, 'A', "rss", 1, 0, 1, 0), {ENTERS(A)}},
    {"portal, somebody inside is killed", DO(A, UK_THREAD_KILL, THREAD_B, SEEN_BY(B)), GIVES(DEAD, 'A', "rds", 1, 0, 0, 0),
     {B_INSIDE}},
    {"portal, somebody inside is stopped", DO(A, UK_THREAD_SUSPEND, THREAD_B, SEEN_BY(B)),
     GIVES(STOPPED, 'A', "rss", 1, 0, 0, 0), {B_INSIDE}},
    {"portal, somebody inside gets other registers", DO(A, UK_THREAD_REGISTERS, THREAD_B, WORDS(16, IN_OWN(0), 0)),
     GIVES(UK_BUSY, 'A', "rss", 1, 0, 0, 0), {B_INSIDE, DO(A, UK_THREAD_SUSPEND, THREAD_B)}},
    {"portal, abandon somebody at home", DO(A, UK_PORTAL_ABANDON, THREAD_B, WORDS(FRESH)),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"portal, abandon somebody inside", DO(A, UK_PORTAL_ABANDON, THREAD_B, WORDS(FRESH), SEEN_BY(B)),
     GIVES(UK_CANCELLED, 'B', "rrs", 1, 1, 1, 0), {B_INSIDE}},
    {"portal, abandon, the heir is not stopped", DO(A, UK_PORTAL_ABANDON, THREAD_B, WORDS(THREAD_C)),
     GIVES(UK_BUSY, 'A', "rww", 1, 0, 0, 0), {B_INSIDE, C_INSIDE}},
    {"configure a portal", CONFIGURE(0, 16, IN_TABLES(0), UK_PAGE), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a portal twice", CONFIGURE(0, 16, IN_TABLES(0), UK_PAGE), GIVES(UK_BUSY, 'A', "rss", 1, 0, 0, 0),
     {CONFIGURE(0, 16, IN_TABLES(0), UK_PAGE)}},
    {"configure a portal, stacks at 0", CONFIGURE(0, 16, 0, UK_PAGE), GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a portal, stacks without room", CONFIGURE(0, 16, IN_TABLES(0), UK_BUFFER_BYTES),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a portal, stacks of an odd size", CONFIGURE(0, 16, IN_TABLES(0), UK_PAGE + 16),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"retype, a portal without stacks", DO(A, UK_RETYPE, MEMORY, WORDS(UK_TYPE_PORTAL, 0, 0, EMPTY, 1)),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"retype, a portal with too many stacks", DO(A, UK_RETYPE, MEMORY, WORDS(UK_TYPE_PORTAL, 257, 0, EMPTY, 1)),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"portal, its space was revoked", DO(A, UK_PORTAL_CALL, RAW_PORTAL, NOTHING), GIVES(UK_PEER_DIED, 'A', "rss", 1, 0, 0, 0),
     {CONFIGURE(0, 16, IN_TABLES(0), UK_PAGE), DO(A, UK_CAPABILITY_REVOKE, CNODE, WORDS(TABLES))}},
    END_OF_TABLE};
