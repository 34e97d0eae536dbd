/* SPDX-License-Identifier: MIT */
/* Every design, a row each, in the order of the tables; the first is what all the others are compared to. */
#include <string.h>

#include "sim/compare.h"

extern const struct compare_design compare_rendezvous, compare_active, compare_shared, compare_shared_copy,
    compare_share_item, compare_gift_item, compare_notify, compare_ring;
extern const struct compare_design compare_port, compare_port_drop, compare_port_once;
extern const struct compare_design compare_bound, compare_bound_chain;
extern const struct compare_design compare_kernel_ring;
extern const struct compare_design compare_lease;
extern const struct compare_design compare_portal;
extern const struct compare_design compare_direct, compare_resident;
extern const struct compare_design compare_cow, compare_registers, compare_buffer, compare_auto;

static const struct compare_design *const designs[] = {
    &compare_rendezvous, &compare_active,    &compare_shared, &compare_shared_copy,
    &compare_share_item, &compare_gift_item, &compare_notify, &compare_ring,
    &compare_port,       &compare_port_drop, &compare_port_once, &compare_portal,
    &compare_bound,      &compare_bound_chain,
    &compare_kernel_ring,
    &compare_lease,
    &compare_direct,     &compare_resident,
    &compare_cow,        &compare_registers, &compare_buffer, &compare_auto,
};

const struct compare_design *compare_design_at(size_t index)
{
    return index < sizeof designs / sizeof designs[0] ? designs[index] : NULL;
}

const struct compare_design *compare_design_find(const char *name, size_t length)
{
    const struct compare_design *design;
    for (size_t i = 0; (design = compare_design_at(i)) != NULL; i++)
        if (strlen(design->name) == length && memcmp(design->name, name, length) == 0)
            return design;
    return NULL;
}
