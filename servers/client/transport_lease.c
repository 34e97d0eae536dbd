/* SPDX-License-Identifier: MIT */
/* 9P in the caller's own memory, lent to the server for the length of a call: no frame is made, mapped or shared. */
#include "client/link.h"
#include "runtime/protocol.h"

#include <string.h>

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct link *link = link_of(transport);
    struct uk_message call = uk_message(NINEP_EXCHANGE, 1);
    struct uk_item *item = &link->start->buffer->items[0];
    size_t most = bytes > room ? bytes : room;
    if (link->session == UK_NONE || most == 0)
        return 0;
    link_touch(message, most);
    *item = (struct uk_item){.kind = UK_ITEM_LEASE,
                             .rights = UK_RIGHT_READ | UK_RIGHT_WRITE,
                             .count = most,
                             .address = (uk_word)(uintptr_t)message};
    call.tag = UK_TAG(NINEP_EXCHANGE, 1, 1);
    call.word[0] = bytes;
    enum uk_status status = link_call(link, &call);
    memset(item, 0, sizeof *item);
    size_t length = UK_TAG_LENGTH(call.tag) < 1 ? 0 : (size_t)call.word[0];
    return status != UK_OK || length == 0 || length > room ? link_end(link) : length;
}

enum uk_status transport_lease_open(struct link *link, uk_handle server, uint32_t frames)
{
    (void)frames;
    link->transport.exchange = exchange;
    enum uk_status status = link_make_own(link, 0);
    return status == UK_OK ? link_ask(link, server, 1, 1) : status;
}
