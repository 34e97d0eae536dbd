/* SPDX-License-Identifier: MIT */
/* A session whose 9P messages lie in frames that both sides map as long as it lasts; calls carry their lengths alone. */
#ifndef CLIENT_SHARED_H
#define CLIENT_SHARED_H

#include "client/link.h"

/* Makes the frames and opens the session with them. A server that takes fewer gets fewer. */
enum uk_status shared_open(struct link *link, uk_handle server, uint32_t frames);

/* A transport's `exchange` in one call to the session by the design's own means; `call` returns what the answer says. */
size_t shared_exchange(struct link *link, unsigned char *message, size_t bytes, size_t room,
                       enum uk_status (*call)(struct link *link, struct uk_message *message));

#endif
