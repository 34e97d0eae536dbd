/* SPDX-License-Identifier: MIT */
/* The file server for who calls it as a function: tree and conversations in one piece of memory, and no IPC of its own. */
#ifndef FILES_ENGINE_H
#define FILES_ENGINE_H

#include <ukern/abi.h>

#include "files/archive.h"
#include "files/ninep.h"
#include "files/session.h"

struct engine {
    struct archive_report report; /* if it has an error, nothing else is to be used */
    struct tree tree;
    uint8_t *request, *reply;      /* WINDOW_BYTES each, for who has no place of his own */
    struct ninep_session *ninep;   /* of each place; those never begun are never touched */
    uint32_t place_count;
    uk_word badge[SESSIONS_MAX];   /* whose conversation it is; 0: the place is free */
};

/* Makes one with the archive's files at the beginning of this memory, all of which it has from now on: at most a quarter for
 * conversations, as many as `places` (no more than SESSIONS_MAX). It must be aligned to a page; the archive must stay.
 * NULL: that is too little. */
struct engine *engine_open(void *memory, size_t bytes, uint32_t places, const void *archive, size_t archive_bytes);

/* Begins a conversation, in which messages have at most `limit` bytes. UK_LIMIT: there is no place. */
enum uk_status engine_begin(struct engine *engine, uk_word badge, uint32_t limit);

/* Ends it. UK_STALE: there is none of this badge. */
enum uk_status engine_end(struct engine *engine, uk_word badge);

/* The limit of the conversation; 0: there is none of this badge. */
uint32_t engine_limit(const struct engine *engine, uk_word badge);

/* One exchange at kernel time `now`, with `reply` at least as large as the limit. As ninep_exchange. */
size_t engine_exchange(struct engine *engine, uk_word badge, uk_time now, const uint8_t *request, size_t request_bytes,
                       uint8_t *reply);

#endif
