/* SPDX-License-Identifier: MIT */
/* What <ukern/fdt.h> should say of a tree that libfdt accepts, found with libfdt: no code is shared with it. */
#ifndef MACHINE_FDT_REFERENCE_H
#define MACHINE_FDT_REFERENCE_H

#include <libfdt.h>
#include <stdint.h>
#include <string.h>

#include <ukern/fdt.h>

/* A set of errors. */
#define REASON(error) ((uint32_t)1 << (error))

struct reference {
    const void *tree;
    uint32_t boot_hart, phandle;
    const unsigned char *contexts;
    int context_count;
    struct fdt_facts facts;
    uint32_t reasons; /* every error that a reader may give; none: it must accept the tree */
};

struct reference_node {
    const struct reference_node *parent;
    int offset, depth, boots; /* the root's depth is 1 */
    const char *name;
};

static inline const unsigned char *reference_value(const struct reference *reference, const struct reference_node *node,
                                                   const char *name, int *length)
{
    return fdt_getprop(reference->tree, node->offset, name, length);
}

static inline uint64_t reference_load(const unsigned char *at, int cells)
{
    return cells == 2 ? fdt64_ld((const fdt64_t *)(const void *)at) : fdt32_ld((const fdt32_t *)(const void *)at);
}

static inline uint64_t reference_number(const struct reference *reference, const struct reference_node *node,
                                        const char *name, int cells_max)
{
    int length;
    const unsigned char *value = reference_value(reference, node, name, &length);
    if (value == NULL || (length != 4 && length != 8) || length > 4 * cells_max)
        return 0;
    return reference_load(value, length / 4);
}

static inline int reference_says(const struct reference *reference, const struct reference_node *node, const char *name,
                                 const char *text)
{
    return fdt_stringlist_search(reference->tree, node->offset, name, text) >= 0;
}

static inline int reference_is_live(const struct reference *reference, const struct reference_node *node)
{
    int length;
    for (; node != NULL; node = node->parent)
        if (reference_value(reference, node, "status", &length) != NULL &&
            !reference_says(reference, node, "status", "okay") && !reference_says(reference, node, "status", "ok"))
            return 0;
    return 1;
}

/* Every bus between the node and the root must say that it translates nothing. */
static inline int reference_is_mapped(const struct reference *reference, const struct reference_node *node)
{
    int length;
    for (node = node->parent; node->parent != NULL; node = node->parent)
        if (reference_value(reference, node, "ranges", &length) == NULL || length != 0)
            return 0;
    return 1;
}

/* The size of one reg of the node in bytes, and its cells; 0 when it cannot be understood. */
static inline int reference_reg(const struct reference *reference, const struct reference_node *node, int *high, int *low,
                                int *length)
{
    *high = fdt_address_cells(reference->tree, node->parent->offset);
    *low = fdt_size_cells(reference->tree, node->parent->offset);
    if (reference_value(reference, node, "reg", length) == NULL || *high < 1 || *high > 2 || *low < 1 || *low > 2)
        return 0;
    if (*length == 0 || *length % (4 * (*high + *low)) != 0 || !reference_is_mapped(reference, node))
        return 0;
    return 4 * (*high + *low);
}

static inline void reference_add(struct reference *reference, struct fdt_range range, struct fdt_range *ranges,
                                 uint32_t *count, uint32_t max)
{
    if (range.base + range.bytes < range.base)
        reference->reasons |= REASON(FDT_BAD_RANGE);
    else if (range.bytes > 0 && *count >= max)
        reference->reasons |= REASON(FDT_TOO_MANY);
    else if (range.bytes > 0)
        ranges[(*count)++] = range;
}

static inline void reference_memory(struct reference *reference, const struct reference_node *node,
                                    struct fdt_range *ranges, uint32_t *count, uint32_t max)
{
    int high, low, length, bytes = reference_reg(reference, node, &high, &low, &length);
    const unsigned char *reg = reference_value(reference, node, "reg", NULL);
    if (bytes == 0)
        reference->reasons |= REASON(FDT_BAD_RANGE);
    for (int i = 0; bytes != 0 && i < length; i += bytes) {
        struct fdt_range range = {reference_load(reg + i, high), reference_load(reg + i + 4 * high, low)};
        reference_add(reference, range, ranges, count, max);
    }
}

static inline int reference_device(const struct reference *reference, const struct reference_node *node, const char *kind,
                                   struct fdt_range *device)
{
    int high, low, length, bytes = reference_reg(reference, node, &high, &low, &length);
    const unsigned char *reg = reference_value(reference, node, "reg", NULL);
    if (device->bytes != 0 || !reference_says(reference, node, "compatible", kind) || bytes == 0)
        return 0;
    for (int i = 0; i < length; i += bytes) {
        struct fdt_range range = {reference_load(reg + i, high), reference_load(reg + i + 4 * high, low)};
        if (range.base + range.bytes < range.base)
            return 0;
        if (range.bytes > 0) {
            *device = range;
            return 1;
        }
    }
    return 0;
}

static inline void reference_devices(struct reference *reference, const struct reference_node *node)
{
    struct fdt_facts *facts = &reference->facts;
    int length;
    const unsigned char *value = reference_value(reference, node, "interrupts", &length);
    if (reference_device(reference, node, "ns16550a", &facts->uart)) {
        facts->uart_line = value != NULL && length >= 4 ? (uint32_t)reference_load(value, 1) : 0;
        facts->uart_shift = (uint32_t)reference_number(reference, node, "reg-shift", 1);
        facts->uart_clock_hz = (uint32_t)reference_number(reference, node, "clock-frequency", 1);
    }
    value = reference_value(reference, node, "interrupts-extended", &length);
    if (reference_device(reference, node, "sifive,plic-1.0.0", &facts->plic) ||
        reference_device(reference, node, "riscv,plic0", &facts->plic)) {
        facts->plic_sources = (uint32_t)reference_number(reference, node, "riscv,ndev", 1);
        reference->contexts = value;
        reference->context_count = value != NULL ? length / 8 : 0;
    }
    (void)reference_device(reference, node, "sifive,test0", &facts->finisher);
}

static inline void reference_chosen(struct reference *reference, const struct reference_node *node)
{
    struct fdt_facts *facts = &reference->facts;
    uint64_t start = reference_number(reference, node, "linux,initrd-start", 2);
    uint64_t end = reference_number(reference, node, "linux,initrd-end", 2);
    int length;
    const unsigned char *words = reference_value(reference, node, "bootargs", &length);
    if (facts->initrd.bytes == 0 && start > 0 && end > start)
        facts->initrd = (struct fdt_range){start, end - start};
    if (words == NULL || facts->bootargs[0] != 0)
        return;
    size_t count = strnlen((const char *)words, (size_t)length);
    facts->bootargs_cut = count > FDT_BOOTARGS_MAX - 1;
    memcpy(facts->bootargs, words, facts->bootargs_cut ? FDT_BOOTARGS_MAX - 1 : count);
}

static inline void reference_hart(struct reference *reference, struct reference_node *node)
{
    int length, cells = fdt_address_cells(reference->tree, node->parent->offset);
    const unsigned char *reg = reference_value(reference, node, "reg", &length);
    reference->facts.cpu_count++;
    node->boots = (cells == 1 || cells == 2) && reg != NULL && length == 4 * cells &&
                  reference_load(reg, cells) == reference->boot_hart;
}

static inline void reference_visit(struct reference *reference, struct reference_node *node)
{
    struct fdt_facts *facts = &reference->facts;
    const char *name = node->name, *above = node->depth == 3 ? node->parent->name : "";
    if (!reference_is_live(reference, node) || node->depth == 1)
        return;
    if (node->depth == 2 && strcmp(name, "chosen") == 0)
        reference_chosen(reference, node);
    else if (node->depth == 2 && strcmp(name, "cpus") == 0 && facts->timebase_hz == 0)
        facts->timebase_hz = reference_number(reference, node, "timebase-frequency", 2);
    else if (strcmp(above, "cpus") == 0 && reference_says(reference, node, "device_type", "cpu"))
        reference_hart(reference, node);
    else if (node->parent->boots && reference->phandle == 0 &&
             reference_says(reference, node, "compatible", "riscv,cpu-intc"))
        reference->phandle = (uint32_t)reference_number(reference, node, "phandle", 1);
    else if (strcmp(above, "reserved-memory") == 0 && reference_value(reference, node, "reg", NULL) != NULL)
        reference_memory(reference, node, facts->reserved, &facts->reserved_count, FDT_RESERVED_MAX);
    else if (node->depth == 2 && reference_says(reference, node, "device_type", "memory"))
        reference_memory(reference, node, facts->memory, &facts->memory_count, FDT_MEMORY_MAX);
    else
        reference_devices(reference, node);
}

static inline void reference_walk(struct reference *reference, struct reference_node *node)
{
    int child;
    if (node->depth > 16)
        reference->reasons |= REASON(FDT_TOO_DEEP);
    node->name = fdt_get_name(reference->tree, node->offset, NULL);
    reference_visit(reference, node);
    fdt_for_each_subnode(child, reference->tree, node->offset) {
        struct reference_node below = {.parent = node, .offset = child, .depth = node->depth + 1};
        reference_walk(reference, &below);
    }
}

/* libfdt does not mind properties outside of nodes or after children, a tree without root, nor (version 1.6.1) a length
 * of 2 GiB and more, which it adds as a negative number. */
static inline int reference_is_well_formed(const void *tree)
{
    int depth = 0, roots = 0, offset = 0, next, had_child = 0, length;
    for (uint32_t tag; (tag = fdt_next_tag(tree, offset, &next)) != FDT_END; offset = next) {
        if (tag == FDT_PROP && (depth == 0 || had_child || fdt_get_property_by_offset(tree, offset, &length) == NULL ||
                                length < 0))
            return 0;
        if (tag == FDT_BEGIN_NODE || tag == FDT_END_NODE) {
            had_child = tag == FDT_END_NODE;
            roots += tag == FDT_BEGIN_NODE && depth == 0;
            depth += tag == FDT_BEGIN_NODE ? 1 : -1;
        }
    }
    return roots == 1;
}

/* libfdt ends the reservation block at a size of 0; the specification wants an address of 0 too. */
static inline void reference_reservations(struct reference *reference)
{
    struct fdt_range range;
    for (int i = 0; fdt_get_mem_rsv(reference->tree, i, &range.base, &range.bytes) == 0; i++) {
        if (range.base == 0 && range.bytes == 0)
            return;
        reference_add(reference, range, reference->facts.reserved, &reference->facts.reserved_count, FDT_RESERVED_MAX);
    }
    reference->reasons |= REASON(FDT_BAD_BLOCK);
}

static inline void reference_complete(struct reference *reference)
{
    struct fdt_facts *facts = &reference->facts;
    int context = 0;
    while (context < reference->context_count &&
           (reference->phandle == 0 || reference_load(reference->contexts + 8 * context, 1) != reference->phandle ||
            reference_load(reference->contexts + 8 * context + 4, 1) != 9))
        context++;
    if (context < reference->context_count)
        facts->plic_context = (uint32_t)context;
    else
        facts->plic.base = facts->plic.bytes = facts->plic_sources = 0;
    reference->reasons |= facts->memory_count == 0 ? REASON(FDT_NO_MEMORY) : 0;
    reference->reasons |= facts->timebase_hz == 0 ? REASON(FDT_NO_TIMEBASE) : 0;
    reference->reasons |= facts->cpu_count == 0 ? REASON(FDT_NO_HART) : 0;
}

/* The tree lies on a multiple of 8, and fdt_check_full has accepted it. */
static inline void reference_read(struct reference *reference, const void *tree, uint32_t boot_hart)
{
    memset(reference, 0, sizeof *reference);
    reference->tree = tree;
    reference->boot_hart = boot_hart;
    if (fdt_version(tree) < 17)
        reference->reasons |= REASON(FDT_BAD_VERSION);
    if (!reference_is_well_formed(tree))
        reference->reasons |= REASON(FDT_BAD_STRUCTURE);
    reference_reservations(reference);
    struct reference_node root = {.offset = fdt_next_node(tree, -1, NULL), .depth = 1};
    if (root.offset >= 0)
        reference_walk(reference, &root);
    reference_complete(reference);
}

#endif
