/* SPDX-License-Identifier: MIT */
/* Servers and clients around one endpoint: who holds which capability is set up here, once for all tests of ipc/. */
#ifndef IPC_PAIR_H
#define IPC_PAIR_H

#include "support/scene.h"

/* A server that can receive calls at an endpoint of its own. */
struct service_of {
    struct actor *actor;
    uk_handle endpoint, reply;  /* in the first thread's CNode */
    uk_handle receives, answers; /* the same in the server's */
};

static inline struct service_of service_new(struct actor *actor, uint32_t order)
{
    struct service_of service = {.actor = actor};
    service.endpoint = make(actor->scene, UK_TYPE_ENDPOINT, order);
    service.reply = make(actor->scene, UK_TYPE_REPLY, 0);
    service.receives = give(actor, service.endpoint, UK_RIGHTS_ALL);
    service.answers = give(actor, service.reply, UK_RIGHTS_ALL);
    return service;
}

/* The actor may call the service; the badge is its object number. */
static inline uk_handle client_of(struct actor *actor, const struct service_of *service)
{
    return give_badged(actor, service->endpoint, UK_RIGHT_SEND | UK_RIGHT_GRANT, actor->number);
}

/* One client, one server. */
struct pair {
    struct scene *scene;
    struct actor *client, *server;
    struct service_of service;
    uk_handle calls; /* the client's */
};

static inline struct pair pair_open(uint32_t client_priority, uint32_t server_priority, uint32_t order)
{
    struct pair pair = {.scene = scene_open(NULL)};
    pair.client = actor_new(pair.scene, "client", client_priority);
    pair.server = actor_new(pair.scene, "server", server_priority);
    pair.service = service_new(pair.server, order);
    pair.calls = client_of(pair.client, &pair.service);
    return pair;
}

static inline int serve(const struct service_of *service)
{
    return do_receive(service->actor, service->receives, service->answers);
}

static inline int answer_and_serve(const struct service_of *service, struct note note)
{
    return do_reply_receive(service->actor, service->receives, service->answers, note);
}

#endif
