/* SPDX-License-Identifier: MIT */
/* Exchanges that carry their memory: as many frames as the longer of request and reply needs, for that long only. */
#ifndef CLIENT_ITEMS_H
#define CLIENT_ITEMS_H

#include "client/link.h"

/* Sends the request in frames of this kind (enum uk_item_kind); `back` such items come with the reply: 0 or 1. */
size_t items_exchange(struct link *link, unsigned char *message, size_t bytes, size_t room, uint32_t kind, unsigned back);

/* A session to which frames come with each request. */
enum uk_status items_open(struct link *link, uk_handle server, uint32_t frames);

#endif
