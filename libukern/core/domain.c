/* SPDX-License-Identifier: MIT */
/* Domains lose what they stand on by revocation: whoever is there has no code to run and no handles from then on. */
#include "core/domain.h"

#include "core/thread.h"

void domain_begin(struct domain *domain, struct object *owner)
{
    domain->owner = owner;
    domain->cnode.held = HELD_AS_CNODE;
    domain->space.held = HELD_AS_SPACE;
    domain->fault.held = HELD_BY_THREAD;
}

static struct domain *domain_of(struct capability *slot)
{
    uintptr_t at = (uintptr_t)slot;
    size_t offset = slot->held == HELD_AS_CNODE ? offsetof(struct domain, cnode) : offsetof(struct domain, space);
    return (struct domain *)(at - offset);
}

void domain_lost(struct kernel *kernel, struct capability *slot)
{
    struct domain *domain = domain_of(slot);
    struct thread *thread = (struct thread *)domain->owner;
    if (domain->owner->type != UK_TYPE_THREAD)
        object_rules[domain->owner->type].evicted(kernel, domain->owner);
    else if (thread->domain == domain)
        thread_use(thread, domain);
}
