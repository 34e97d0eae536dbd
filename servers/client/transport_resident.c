/* SPDX-License-Identifier: MIT */
/* 9P with a server in the kernel: it reaches into the caller's own memory, within the one kernel entry that is the call. */
#include "client/link.h"
#include "runtime/protocol.h"

/* The server is there until the session is over, and hangs up only on who makes no sense: so the door is told at once. */
static size_t hang_up(struct link *link)
{
    struct uk_message message = uk_message(NINEP_CLOSE, 0);
    (void)link_call(link, &message);
    return link_end(link);
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct link *link = link_of(transport);
    size_t most = bytes > room ? bytes : room;
    uk_word words[UK_REGISTER_WORDS] = {bytes};
    if (link->session == UK_NONE || most == 0)
        return 0;
    link_touch(message, most);
    enum uk_status status = uk_resident_ask(link_slot(link, LINK_BELL), words, message, most);
    return status != UK_OK || words[0] == 0 || words[0] > room ? hang_up(link) : (size_t)words[0];
}

enum uk_status transport_resident_open(struct link *link, uk_handle server, uint32_t frames)
{
    (void)frames;
    link->transport.exchange = exchange;
    enum uk_status status = link_make_own(link, 0);
    return status == UK_OK ? link_ask(link, server, 1, 2) : status;
}
