/* SPDX-License-Identifier: MIT */
/* Direct calls: servers are domains behind proxies in memory that all see; the thread of a "server" only supervises. */
#include <ukern/direct.h>

#include "sim/compare.h"

enum { TYPE = 1, CLIENT_THREAD = 0 }; /* of far: the supervisor's way to the client's thread */

/* A server: who entered it last. Calls on down the chain are on that thread. */
struct place {
    struct uk_direct_thread *visitor;
    uint32_t domain;
};

/* What all tasks share. */
struct common {
    struct uk_direct direct;
    struct uk_direct_thread threads[COMPARE_CLIENTS_MAX]; /* the clients' */
    struct place places[COMPARE_SERVERS_MAX];
};

/* In compare_link.state. */
struct way {
    struct uk_direct_proxy proxy;
    struct uk_direct_thread *self; /* the client's; NULL: whoever visits the server that calls */
    struct uk_direct_message message; /* of the client; `moved` is the payload, while it is its own */
};
_Static_assert(sizeof(struct way) <= COMPARE_STATE, "a link has room for it");

static struct common *common_of(const struct compare_world *world) { return world->common; }
static struct way *way_of(struct compare_link *link) { return (struct way *)(void *)link->state; }
static struct place *place_of(const struct compare_task *server)
{
    return &common_of(server->world)->places[server - server->world->servers];
}

/* User, on the client's own thread: w0 what, w1 bytes, w2 the link. */
static enum uk_status enter(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    struct place *place = state;
    struct compare_link *link = (struct compare_link *)(uintptr_t)message->word[2];
    place->visitor = self;
    if (message->moved != 0) {
        link->there = (uk_word)(uintptr_t)uk_direct_use(self, message->moved);
        if (link->there == 0)
            return UK_STALE;
    }
    return compare_answer(link, (enum compare_what)message->word[0], (uint32_t)message->word[1]);
}

static const uk_direct_method methods[] = {enter};
static const struct uk_direct_interface interface = {TYPE, 1, methods, NULL};

/* The heap has a block for each client that has payload. */
static bool open_common(struct compare_world *world)
{
    uk_word block = (world->work->bytes + 63) & ~(uk_word)63, clients = world->work->clients;
    uk_word heap = block != 0 ? clients * (block + sizeof(struct uk_holding)) + 64 : 0;
    uk_word before = (sizeof(struct common) + 63) & ~(uk_word)63;
    unsigned char *memory = compare_take(before + heap, COMPARE_FOR_USERS);
    world->common = memory;
    if (memory == NULL)
        return false;
    return block == 0 || uk_exchange_begin(&common_of(world)->direct.heap, memory + before, heap, block) >= clients;
}

static bool open_server(struct compare_task *server)
{
    struct compare_world *world = server->world;
    if (world->common == NULL && !open_common(world))
        return false;
    struct place *place = place_of(server);
    place->domain = uk_direct_domain(&common_of(world)->direct, &interface, place);
    return place->domain != 0;
}

/* A client is a domain and a thread of its own; a server that calls the next one does so on whatever thread it was called. */
static bool open_link(struct compare_link *link)
{
    struct compare_world *world = link->world;
    struct common *common = common_of(world);
    struct way *way = way_of(link);
    if (uk_direct_bind(&common->direct, place_of(link->server)->domain, TYPE, &way->proxy) != UK_OK)
        return false;
    way->message.word[2] = (uk_word)(uintptr_t)link;
    if (link >= world->links + world->work->clients)
        return true;
    uint32_t domain = uk_direct_domain(&common->direct, NULL, NULL);
    const struct uk_task *task = &link->client->task; /* its buffer is the page above its stack */
    struct uk_direct_thread *thread = way->self = &common->threads[link->index];
    *thread = uk_direct_attach(&common->direct, domain, task->buffer - task->stack_bytes);
    if (world->work->bytes != 0 && uk_direct_take(thread, &way->message.moved) != UK_OK)
        return false;
    link->here = (uk_word)(uintptr_t)uk_direct_use(thread, way->message.moved);
    link->far[CLIENT_THREAD] = compare_give(link->server, task->thread, UK_RIGHTS_ALL, 0);
    return domain != 0 && link->far[CLIENT_THREAD] != UK_NONE;
}

/* One call down a chain at a time: chains have one client. */
static enum uk_status exchange(struct compare_link *link, enum compare_what what, uint32_t bytes)
{
    struct way *way = way_of(link);
    way->message.word[0] = what;
    way->message.word[1] = bytes;
    return uk_direct_call(way->self != NULL ? way->self : place_of(link->client)->visitor, &way->proxy, 0, &way->message);
}

/* The supervisor: when it is told so, its domain dies, and whoever is in it comes back with an error. */
static enum uk_status serve(struct compare_task *self)
{
    struct common *common = common_of(self->world);
    uk_word bits;
    while (uk_wait(self->wait, &bits, UK_FOREVER) == UK_OK) {
        uk_direct_kill(&common->direct, place_of(self)->domain);
        for (uint32_t i = 0; i < self->world->work->clients; i++)
            (void)uk_direct_evict(&common->threads[i], self->world->links[i].far[CLIENT_THREAD], UK_PEER_DIED);
    }
    return UK_OK;
}

static bool kill_domain(struct compare_task *server)
{
    return BENCH_ASK(server->world->kernel, UK_SIGNAL, server->go, 0) == UK_OK;
}

const struct compare_design compare_direct = {
    .name = "direct",
    .what = "the server is a function in the caller's own space, behind a proxy; payload changes its owner, not its place",
    .after = "Singularity, RedLeaf, Opal, Mungi",
    .kernel_free = 1,
    .one_space = 1,
    .open_server = open_server,
    .open_link = open_link,
    .exchange = exchange,
    .serve = serve,
    .kill = kill_domain,
};
