/* SPDX-License-Identifier: MIT */
/* 9P messages in pieces of one IPC message each; a server that does not send exactly the next piece has hung up. */
#ifndef CLIENT_PIECES_H
#define CLIENT_PIECES_H

#include "client/link.h"

/* An exchange by calls of `call`, each a message for its answer; it returns the answer's status. */
size_t pieces_exchange(struct link *link, unsigned char *message, size_t bytes, size_t room,
                       enum uk_status (*call)(struct link *link, struct uk_message *message));

#endif
