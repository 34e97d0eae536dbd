/* SPDX-License-Identifier: MIT */
/* 9P with a server in the program's own space: each exchange is a direct call, and a crash there an end of the session. */
#include "client/link.h"
#include "client/within.h"

#include <string.h>

#define HANDLE_WORD 4       /* of UK_CAPABILITY_INSPECT: the slot with its generation */
#define SLICE_NS    1000000 /* of the supervisor, that it may run when the thread that faulted is not to lend its time */

/* A link's slots here. */
enum { ENDPOINT = LINK_OWN, REPLY = LINK_SESSION, THREAD = LINK_BELL, CONTEXT = LINK_FRAMES };

static uk_word whole_pages(uk_word bytes) { return (bytes + UK_PAGE - 1) & ~(UK_PAGE - 1); }

/* Where the parts behind struct within begin. */
static uk_word stack_base(const struct task_start *start) { return start->server_base + whole_pages(sizeof(struct within)); }
static uk_word heap_base(const struct task_start *start) { return stack_base(start) + WITHIN_STACK_BYTES; }
static uk_word memory_base(const struct task_start *start) { return heap_base(start) + whole_pages(WITHIN_HEAP_BYTES); }

static enum uk_status call(struct within *within, enum domain_method method)
{
    return uk_direct_call(&within->self, &within->proxy, method, &within->message);
}

/* Is there a session? Its guard may have been deleted with the link's slots. */
static bool is_busy(const struct within *within)
{
    uk_word words[UK_REGISTER_WORDS];
    return within->guard != UK_NONE && uk_inspect(TASK_CNODE, within->guard, words) == UK_OK;
}

/* The program and its server, once for all sessions; and the supervisor's stack, so that it never lacks a page of its own. */
static enum uk_status make_domains(struct within *within, const struct task_start *start)
{
    struct uk_direct *world = &within->world;
    within->domain = (struct domain){.memory = (void *)(uintptr_t)memory_base(start),
                                     .bytes = start->server_base + start->server_bytes - memory_base(start),
                                     .archive = (const void *)(uintptr_t)start->archive_base,
                                     .archive_bytes = start->archive_bytes};
    memset((void *)(uintptr_t)stack_base(start), 0, WITHIN_STACK_BYTES);
    (void)uk_exchange_begin(&world->heap, (void *)(uintptr_t)heap_base(start), WITHIN_HEAP_BYTES, DOMAIN_BLOCK_BYTES);
    within->client = uk_direct_domain(world, NULL, NULL);
    within->server = uk_direct_domain(world, &domain_interface, &within->domain);
    within->self = uk_direct_attach(world, within->client, start->stack_base);
    return uk_direct_take(&within->self, &within->block);
}

/* A server that is alive: the one there was, or one that begins anew with what is in the archive. */
static enum uk_status find_server(struct within *within, const struct task_start *start)
{
    struct uk_direct *world = &within->world;
    enum uk_status status = within->block == 0 ? make_domains(within, start) : UK_OK;
    if (status == UK_OK && world->domains[within->server].generation % 2 == 0) {
        within->domain.engine = NULL;
        uk_direct_restart(world, within->server, &domain_interface, &within->domain);
    }
    return status == UK_OK ? uk_direct_bind(world, within->server, DOMAIN_TYPE, &within->proxy) : status;
}

static enum uk_status make(const struct link *link, enum uk_status before, uint32_t type, uint32_t slot)
{
    return before != UK_OK ? before : uk_retype(TASK_UNTYPED, type, 0, TASK_CNODE, link->first_slot + slot, 1);
}

static enum uk_status make_objects(const struct link *link)
{
    enum uk_status status = make(link, UK_OK, UK_TYPE_ENDPOINT, ENDPOINT);
    status = make(link, status, UK_TYPE_REPLY, REPLY);
    status = make(link, status, UK_TYPE_THREAD, THREAD);
    return make(link, status, UK_TYPE_SCHED_CONTEXT, CONTEXT);
}

/* As urgent as this thread, with time of its own: that of the other goes home when it is stopped. */
static enum uk_status set_up(const struct link *link, uk_handle thread)
{
    uk_word self[UK_REGISTER_WORDS] = {0};
    enum uk_status status = uk_thread_inspect(TASK_SELF, self);
    if (status == UK_OK)
        status = uk_thread_priority(thread, self[1] & 255, self[1] & 255);
    if (status == UK_OK)
        status = uk_thread_name(thread, (const char[UK_NAME_MAX]){"supervisor"});
    if (status == UK_OK)
        status = uk_thread_configure(thread, UK_PART_CNODE | UK_PART_SPACE | UK_PART_FAULT, TASK_CNODE, TASK_SPACE, TASK_FAULT,
                                     0, 0);
    if (status == UK_OK)
        status = uk_sched_configure(link->first_slot + CONTEXT, SLICE_NS, SLICE_NS, UK_CHAIN_FINISH);
    if (status == UK_OK)
        status = uk_sched_bind(link->first_slot + CONTEXT, thread);
    return status == UK_OK ? uk_endpoint_bind(link->first_slot + ENDPOINT, thread) : status;
}

/* From here on faults of this thread are the supervisor's to answer. */
static enum uk_status hire(const struct link *link, struct within *within)
{
    const struct task_start *start = link->start;
    uk_word words[UK_REGISTER_WORDS] = {0};
    uk_handle thread = link->first_slot + THREAD, endpoint = link->first_slot + ENDPOINT;
    within->supervisor = (struct supervisor){&within->self, TASK_SELF, endpoint, link->first_slot + REPLY, TASK_FAULT};
    enum uk_status status = make_objects(link);
    if (status == UK_OK)
        status = set_up(link, thread);
    if (status == UK_OK)
        status = uk_thread_registers(thread, (uk_word)(uintptr_t)supervisor_main, stack_base(start) + WITHIN_STACK_BYTES,
                                     (uk_word)(uintptr_t)&within->supervisor);
    if (status == UK_OK)
        status = uk_thread_resume(thread);
    if (status == UK_OK)
        status = uk_inspect(TASK_CNODE, thread, words);
    within->guard = words[HANDLE_WORD];
    return status == UK_OK ? uk_thread_configure(TASK_SELF, UK_PART_FAULT, UK_NONE, UK_NONE, endpoint, 0, 0) : status;
}

/* The session is over; the server stays. Returns 0, as exchanges do then. */
static size_t end(struct link *link, struct within *within)
{
    (void)supervisor_dismiss(&within->supervisor);
    (void)uk_delete_run(TASK_CNODE, link->first_slot, CONTEXT + 1);
    within->guard = link->session = UK_NONE;
    return 0;
}

static size_t exchange(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct link *link = link_of(transport);
    struct within *within = within_of(link->start);
    if (link->session == UK_NONE || bytes > WINDOW_BYTES)
        return 0;
    unsigned char *block = uk_direct_use(&within->self, within->block);
    memcpy(block, message, bytes);
    within->message.word[0] = bytes;
    within->message.lent = within->block;
    enum uk_status status = call(within, DOMAIN_EXCHANGE);
    size_t length = (size_t)within->message.word[0];
    within->message.lent = 0;
    if (status != UK_OK || length == 0 || length > room || length > WINDOW_BYTES)
        return end(link, within);
    memcpy(message, block + WINDOW_BYTES, length);
    return length;
}

static void close(struct transport *transport)
{
    struct link *link = link_of(transport);
    struct within *within = within_of(link->start);
    if (link->session == UK_NONE)
        return;
    (void)call(within, DOMAIN_CLOSE);
    (void)end(link, within);
}

/* One session at a time: the program is its server's only client. */
enum uk_status transport_direct_open(struct link *link, uk_handle server, uint32_t frames)
{
    const struct task_start *start = link->start;
    struct within *within = within_of(start);
    (void)server;
    (void)frames;
    link->transport.exchange = exchange;
    link->transport.close = close;
    if (start->server_base + start->server_bytes < memory_base(start) || start->server_bytes == 0)
        return UK_NO_MEMORY;
    if (is_busy(within))
        return UK_NO_WINDOW;
    enum uk_status status = find_server(within, start);
    if (status == UK_OK)
        status = hire(link, within);
    if (status == UK_OK)
        status = call(within, DOMAIN_OPEN);
    link->session = within->guard;
    link->transport.message_max = (size_t)within->message.word[0];
    if (status != UK_OK)
        (void)end(link, within);
    return status;
}
