/* SPDX-License-Identifier: MIT */
/* Rows of rings; what A has submitted before each is in world.c. */
#include "conformance/tables.h"

#define ALONE {{0}}
#define ENTER(submit, complete) DO(A, UK_RING_ENTER, RING, WORDS(submit, complete))
#define CONFIGURE(ring, ...)    DO(A, UK_RING_CONFIGURE, ring, WORDS(__VA_ARGS__))

const struct conformance_row table_rings[] = {
    {"enter a ring, nothing asked for", ENTER(0, 0), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"enter a ring, four operations", ENTER(4, 4), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"enter a ring, more than there is room for", ENTER(5, 0), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"enter a ring, no room at all", ENTER(5, 0), GIVES(UK_BUSY, 'A', "rss", 1, 0, 0, 0), {ENTER(4, 0)}},
    {"enter a ring, fewer completions than wanted", ENTER(2, 3), GIVES(UK_WOULD_BLOCK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"enter a ring, an unknown flag", DO(A, UK_RING_ENTER, RING, WORDS(1, 0, 1)),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"enter a ring, it has no memory", DO(A, UK_RING_ENTER, RAW_RING, WORDS(1)),
     GIVES(UK_CALLER_FAULT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"enter a ring, its memory was deleted by its owner", ENTER(1, 0), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0),
     {DO(A, UK_CAPABILITY_DELETE, CNODE, WORDS(RING_PAGE))}},
    {"enter a ring, its memory was revoked", DO(A, UK_RING_ENTER, RAW_RING, WORDS(1)),
     GIVES(UK_CALLER_FAULT, 'A', "rss", 1, 0, 0, 0),
     {CONFIGURE(RAW_RING, PAGE, 8, 8), DO(A, UK_CAPABILITY_REVOKE, CNODE, WORDS(PAGE))}},
    {"enter a ring, somebody equal is woken", ENTER(4, 0), GIVES(UK_OK, 'A', "rrs", 1, 0, 0, 0),
     {START(B), DO(B, UK_WAIT, SIGNALS, UNTIL(NEVER)), DO(A, UK_THREAD_PRIORITY, THREAD_B, WORDS(PRIORITY_A, 0))}},
    {"enter a ring, somebody more urgent is woken, and then it goes on",
     DO(B, UK_WAIT, SIGNALS, UNTIL(NEVER), SEEN_BY(A)), GIVES(UK_OK, 'A', "rws", 1, 1, 1, 0),
     {START(B), DO(B, UK_WAIT, SIGNALS, UNTIL(NEVER)), ENTER(4, 0)}},
    {"configure a ring", CONFIGURE(RAW_RING, PAGE, 8, 16, BELL), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a ring twice", CONFIGURE(RING, PAGE, 8, 8), GIVES(UK_BUSY, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a ring anew", CONFIGURE(RING, PAGE, 8, 8), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), {CONFIGURE(RING, 0)}},
    {"configure a ring, with a page that cannot be written", CONFIGURE(RAW_RING, READ_PAGE, 8, 8),
     GIVES(UK_NO_RIGHT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a ring, no entries", CONFIGURE(RAW_RING, PAGE, 0, 8), GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a ring, not a power of two", CONFIGURE(RAW_RING, PAGE, 8, 7),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"configure a ring, larger than its page", CONFIGURE(RAW_RING, PAGE, 32, 8),
     GIVES(UK_BAD_ARGUMENT, 'A', "rss", 1, 0, 0, 0), ALONE},
    {"delete a ring", DO(A, UK_CAPABILITY_DELETE, CNODE, WORDS(RING)), GIVES(UK_OK, 'A', "rss", 1, 0, 0, 0), ALONE},
    END_OF_TABLE};
