/* SPDX-License-Identifier: MIT */
/* Rows of resident servers; the one in the world answers with the status in word 0. */
#include "conformance/tables.h"

#define ALONE {{0}}
#define PAGE_OF_RING IN_OWN((uk_word)12 << 20) /* mapped; nothing beside it is */
#define ASK(...)     DO(A, UK_RESIDENT_CALL, RESIDENT, WORDS(__VA_ARGS__))
#define ANSWERS(status) GIVES(status, 'A', "rss", 1, 0, 0, 0)

const struct conformance_row table_residents[] = {
    {"call a resident", ASK(UK_OK), ANSWERS(UK_OK), ALONE},
    {"call a resident, it refuses", ASK(UK_REFUSED), ANSWERS(UK_REFUSED), ALONE},
    {"call a resident, a page of payload", ASK(UK_OK, 0, 0, 0, PAGE_OF_RING, UK_PAGE), ANSWERS(UK_OK), ALONE},
    {"call a resident, an address without payload", ASK(UK_OK, 0, 0, 0, NOWHERE, 0), ANSWERS(UK_OK), ALONE},
    {"call a resident, payload that is not there", ASK(UK_OK, 0, 0, 0, NOWHERE, 1), ANSWERS(UK_CALLER_FAULT), ALONE},
    {"call a resident, payload that ends too early", ASK(UK_OK, 0, 0, 0, PAGE_OF_RING + 8, UK_PAGE),
     ANSWERS(UK_CALLER_FAULT), ALONE},
    {"call a resident, payload that begins too early", ASK(UK_OK, 0, 0, 0, PAGE_OF_RING - 8, UK_PAGE),
     ANSWERS(UK_CALLER_FAULT), ALONE},
    {"call a resident, payload around the end of all addresses", ASK(UK_OK, 0, 0, 0, UK_FOREVER, 2),
     ANSWERS(UK_CALLER_FAULT), ALONE},
    {"call a resident, too much payload", ASK(UK_OK, 0, 0, 0, PAGE_OF_RING, UK_RESIDENT_BYTES_MAX + 1),
     ANSWERS(UK_TOO_LARGE), ALONE},
    {"call a resident, by an endpoint in its place", DO(A, UK_RESIDENT_CALL, CLIENT, WORDS(UK_OK)),
     GIVES(BLOCKED, 'B', "ars", 1, 1, 0, 6), {SERVES(B)}},
    {"make a resident", DO(A, UK_RETYPE, MEMORY, WORDS(UK_TYPE_RESIDENT, 0, 0, EMPTY, 1)), ANSWERS(UK_BAD_ARGUMENT), ALONE},
    {"mint a resident", DO(A, UK_CAPABILITY_MINT, CNODE, WORDS(EMPTY, RESIDENT, 0, UK_RIGHT_SEND, 5)), ANSWERS(UK_OK), ALONE},
    {"delete a resident, and call it", ASK(UK_OK), ANSWERS(UK_EMPTY_SLOT),
     {DO(A, UK_CAPABILITY_DELETE, CNODE, WORDS(RESIDENT))}},
    END_OF_TABLE};
