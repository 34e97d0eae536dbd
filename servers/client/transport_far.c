/* SPDX-License-Identifier: MIT */
/* Waits before and after each exchange of another transport, exactly as long as it was told, and changes nothing else. */
#include "client/transport_far.h"

#include <ukern/call.h>

static void travel(const struct transport_far *far)
{
    uk_word bits;
    uk_time end = uk_clock() + far->latency;
    (void)uk_wait(far->pause, &bits, end);
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct transport_far *far = (struct transport_far *)transport;
    travel(far);
    size_t length = far->near->exchange(far->near, message, bytes, room);
    travel(far);
    return length;
}

static void close(struct transport *transport)
{
    struct transport_far *far = (struct transport_far *)transport;
    travel(far);
    if (far->near->close != NULL)
        far->near->close(far->near);
}

void transport_far_open(struct transport_far *far, struct transport *near, uk_handle pause, uk_time latency)
{
    *far = (struct transport_far){{exchange, close, near->message_max}, near, pause, latency};
}
