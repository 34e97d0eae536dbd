/* SPDX-License-Identifier: MIT */
/* Methods of the file server that run on their caller's thread, with its one conversation. */
#include "files/domain.h"

#define BADGE 1 /* of the conversation */

static enum uk_status open(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    struct domain *domain = state;
    (void)self;
    if (domain->engine == NULL)
        domain->engine = engine_open(domain->memory, domain->bytes, 1, domain->archive, domain->archive_bytes);
    if (domain->engine == NULL)
        return UK_NO_MEMORY;
    if (domain->engine->report.error != CPIO_OK)
        return UK_BAD_ARGUMENT;
    (void)engine_end(domain->engine, BADGE); /* whoever talked before may have left without a word */
    message->word[0] = WINDOW_BYTES;
    return engine_begin(domain->engine, BADGE, WINDOW_BYTES);
}

static enum uk_status exchange(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    struct domain *domain = state;
    uint8_t *request = uk_direct_use(self, message->lent);
    size_t bytes = (size_t)message->word[0];
    if (request == NULL || message->word[0] > WINDOW_BYTES)
        return UK_BAD_ARGUMENT;
    uk_time now = ninep_wants_time(request, bytes) ? uk_clock() : 0;
    message->word[0] = engine_exchange(domain->engine, BADGE, now, request, bytes, request + WINDOW_BYTES);
    return UK_OK;
}

static enum uk_status close(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    struct domain *domain = state;
    (void)self;
    (void)message;
    return engine_end(domain->engine, BADGE);
}

static const uk_direct_method methods[DOMAIN_METHODS] = {
    [DOMAIN_OPEN] = open,
    [DOMAIN_EXCHANGE] = exchange,
    [DOMAIN_CLOSE] = close,
};

enum { SHUT, OPENED, STATES };

static const uint8_t contract[STATES * DOMAIN_METHODS] = {
    OPENED, UK_DIRECT_REFUSED, UK_DIRECT_REFUSED, /* shut: open, exchange, close */
    UK_DIRECT_REFUSED, OPENED, SHUT,              /* opened */
};

const struct uk_direct_interface domain_interface = {DOMAIN_TYPE, DOMAIN_METHODS, methods, contract};
