/* SPDX-License-Identifier: MIT */
/* The table of listeners: every transport has one. */
#include "files/listener.h"

#define TRANSPORTS_X(kind, number, name, what) extern const struct listener listener_##name;
TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X

static const struct listener *const listeners[TRANSPORT_COUNT] = {
#define TRANSPORTS_X(kind, number, name, what) [kind] = &listener_##name,
    TRANSPORTS(TRANSPORTS_X)
#undef TRANSPORTS_X
};

const struct listener *listener_find(unsigned kind) { return kind < TRANSPORT_COUNT ? listeners[kind] : NULL; }
