/* SPDX-License-Identifier: MIT */
/* Portal: a way into a server's domain that the caller's own thread goes, on a stack from the server's pool. After LRPC. */
#ifndef IPC_PORTAL_H
#define IPC_PORTAL_H

#include "core/crossing.h"

/* Each stack is free, or a thread is on it. It is open once its domain is there, and closed for good when that is lost. */
struct portal {
    struct object object;
    struct queue callers;      /* wait for a stack */
    struct domain domain;
    struct crossing *free;     /* stacks that nobody is on; NULL: none, or not configured */
    uint32_t count;            /* of stacks */
    uint8_t configured;        /* once */
    uint8_t reserved[3];
    struct crossing stacks[];
};

/* Nobody will ever enter any more. */
static inline int portal_is_closed(const struct portal *portal)
{
    return portal->configured && !domain_is_whole(&portal->domain);
}

enum uk_status portal_make(struct kernel *kernel, struct object *object, uk_word size);
void portal_disable(struct kernel *kernel, struct object *object);
int portal_drain(struct kernel *kernel, struct object *object);
uk_word portal_size(const struct object *object);
void portal_evicted(struct kernel *kernel, struct object *object);
void portal_vacated(struct kernel *kernel, struct object *object, struct crossing *crossing);

struct outcome portal_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome portal_call(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome portal_return(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome portal_abandon(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
