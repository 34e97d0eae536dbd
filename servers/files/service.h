/* SPDX-License-Identifier: MIT */
/* The file server's loop, and all that it has: a request is answered before the next one is looked at. */
#ifndef FILES_SERVICE_H
#define FILES_SERVICE_H

#include "files/door.h"
#include "files/listener.h"

#define SERVICE_LANDINGS       2  /* windows for frames that come with a request; a second should the first be spoilt */
#define SERVICE_LISTENER_SLOTS 20 /* for what a listener makes */

#define SERVICE_SCRATCH_BYTES  ((size_t)20 * UK_PAGE)

struct service {
    const struct task_start *start;
    struct tree *tree;
    struct sessions sessions;
    const struct listener *listener;
    struct door door;
    struct window landings[SERVICE_LANDINGS];
    uk_handle lease;          /* lease: of the request under way */
    uk_word pending;          /* ring: a bit for each session that may have asked, ... */
    uint32_t turn;            /* ... and whose turn it is */
    struct uk_message message; /* port: the answer under way, ... */
    struct session *answered; /* ... and whose it is; NULL: none is */
    volatile bool torn;       /* portal: a client is changing what all share, or died while it did */
    uint8_t *scratch;         /* SERVICE_SCRATCH_BYTES for a listener */
    uint64_t epoch_seconds;   /* what the clock adds to */
    uint8_t *request, *reply; /* WINDOW_BYTES each, private */
};

/* How many sessions the task's slots have room for. */
uint32_t service_capacity(const struct task_start *start);

/* Bytes of windows for so many sessions: addresses that become memory only when they are used. */
size_t service_window_bytes(uint32_t sessions);

/* Says where the windows are. */
void service_lay_out(struct service *service, uint8_t *windows);

/* Slots after those of sessions and windows, for what a listener makes. */
uint32_t service_first_slot(const struct service *service);

/* Does what a request asks for: bytes of its answer in service->reply; 0: the conversation is over. */
size_t service_exchange(struct service *service, const struct request *request);

/* Serves until nothing can come any more; says why. */
enum uk_status service_run(struct service *service);

#endif
