/* SPDX-License-Identifier: MIT */
/* Distance: any transport, but every message takes a while to arrive, either way, by kernel time. */
#ifndef CLIENT_TRANSPORT_FAR_H
#define CLIENT_TRANSPORT_FAR_H

#include <ukern/abi.h>

#include "client/transport.h"

struct transport_far {
    struct transport transport;
    struct transport *near;
    uk_handle pause; /* a notification that nobody signals, to wait on */
    uk_time latency; /* ns, each way */
};

/* Makes `far` a transport that talks through `near`, which must stay. */
void transport_far_open(struct transport_far *far, struct transport *near, uk_handle pause, uk_time latency);

#endif
