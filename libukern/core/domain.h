/* SPDX-License-Identifier: MIT */
/* Domains: where code runs and what its handles mean. A thread has one of its own, a portal one that threads enter. */
#ifndef CORE_DOMAIN_H
#define CORE_DOMAIN_H

#include "core/capability.h"

struct domain {
    struct capability cnode;  /* in which handles are looked up */
    struct capability space;  /* where the code is */
    struct capability fault;  /* the endpoint that faults are calls to; may be empty */
    struct object *owner;     /* the thread or portal in which this is */
};

/* Its three slots are empty; `owner` is the object that they are in. */
void domain_begin(struct domain *domain, struct object *owner);
/* Code can run in it: nothing that this takes was revoked, or not given yet. */
static inline int domain_is_whole(const struct domain *domain)
{
    return domain->cnode.object != NULL && domain->space.object != NULL;
}
/* Its slot for a CNode or space was emptied: nobody runs there any more. */
void domain_lost(struct kernel *kernel, struct capability *slot);

#endif
