/* SPDX-License-Identifier: MIT */
/* Mutations of device trees, from a seed: of single bytes, of the blocks, and (by libfdt) of what the tree means. */
#ifndef MACHINE_FDT_MUTATIONS_H
#define MACHINE_FDT_MUTATIONS_H

#include "fdt_trees.h"

enum { MUTATION_EXTRA = 8192, HEADER_FIELDS = 10, FIELD_TOTALSIZE = 1, FIELD_STRUCTURE_SIZE = 9 };

struct mutant {
    size_t room; /* how many bytes there are */
    uint32_t boot_hart;
    uint64_t random;
    _Alignas(8) unsigned char bytes[65536];
    _Alignas(8) unsigned char other[65536];
};

static inline uint64_t mutant_random(struct mutant *mutant)
{
    uint64_t value = mutant->random += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static inline unsigned below(struct mutant *mutant, size_t limit)
{
    return limit == 0 ? 0 : (unsigned)(mutant_random(mutant) % limit);
}

static inline uint32_t mutant_word(struct mutant *mutant, uint32_t old)
{
    static const uint32_t words[] = {0, 1, 2, 3, 4, 5, 8, 9, 12, 13, 16, 17, 18, 24, 40, 0x7fffffff, 0x80000000, 0xc0000000,
                                     0xffffffff, 0xfffffffe, 0xfffffff8, 0xfffffff0, 0xffffff00, 0x1000, 0x10000};
    unsigned choice = below(mutant, 8);
    if (choice == 0)
        return old + 1;
    if (choice == 1)
        return old - 1;
    if (choice == 2)
        return old + (below(mutant, 2) ? 4 : (uint32_t)-4);
    if (choice == 3)
        return below(mutant, 64);
    return words[below(mutant, sizeof words / sizeof *words)];
}

static inline void mutate_bytes(struct mutant *mutant)
{
    for (unsigned i = below(mutant, 4); mutant->room > 0 && i < 4; i++)
        mutant->bytes[below(mutant, mutant->room)] ^= (unsigned char)(1u << below(mutant, 8));
}

/* A word of the structure block; every other time one of a token: itself, its length, its name. */
static inline void mutate_structure(struct mutant *mutant)
{
    uint32_t size = fdt_size_dt_struct(mutant->bytes), start = fdt_off_dt_struct(mutant->bytes);
    int offset = (int)below(mutant, size / 4) * 4;
    if (below(mutant, 2)) {
        int next = 0;
        for (unsigned i = below(mutant, 150); i > 0 && fdt_next_tag(mutant->bytes, next, &next) != FDT_END; i--)
            offset = next;
        offset += (int)below(mutant, 3) * 4;
    }
    if ((uint32_t)offset + 4 <= size && start + (uint32_t)offset + 4 <= mutant->room) {
        unsigned char *at = mutant->bytes + start + offset;
        word_set(at, below(mutant, 4) == 0 ? FDT_NOP : mutant_word(mutant, word_at(at)));
    }
}

static inline void mutate_header(struct mutant *mutant)
{
    unsigned char *at = mutant->bytes + 4 * (size_t)below(mutant, HEADER_FIELDS);
    word_set(at, mutant_word(mutant, word_at(at)));
}

static inline void mutate_size(struct mutant *mutant)
{
    size_t size = below(mutant, mutant->room + 1);
    if (below(mutant, 2))
        mutant->room = size;
    else
        word_set(mutant->bytes + 4 * FIELD_TOTALSIZE, (uint32_t)size);
}

/* The structure block, here and there with a token more that means nothing, even before and after the root; its size. */
static inline uint32_t mutant_loosen(struct mutant *mutant, unsigned char *to)
{
    const unsigned char *from = mutant->bytes + fdt_off_dt_struct(mutant->bytes);
    unsigned char *at = to;
    unsigned often = below(mutant, 2) ? 0 : 8;
    int next = 0, offset;
    uint32_t tag;
    do {
        offset = next;
        tag = fdt_next_tag(mutant->bytes, offset, &next);
        for (; often != 0 && below(mutant, often) == 0; at += 4)
            word_set(at, FDT_NOP);
        memcpy(at, from + offset, (size_t)(next - offset));
        at += next - offset;
    } while (tag != FDT_END);
    return (uint32_t)(at - to);
}

/* The same blocks in another order, with gaps of which nobody says anything, at any alignment. */
static inline void mutate_order(struct mutant *mutant)
{
    const unsigned char *from = mutant->bytes;
    uint32_t offsets[3] = {fdt_off_mem_rsvmap(from), fdt_off_dt_struct(from), fdt_off_dt_strings(from)};
    uint32_t sizes[3] = {(uint32_t)(fdt_num_mem_rsv(from) + 1) * 16, fdt_size_dt_struct(from), fdt_size_dt_strings(from)};
    static const unsigned fields[3] = {4, 2, 3};
    uint32_t at = 40;
    unsigned first = below(mutant, 3), step = 1 + below(mutant, 2);
    for (size_t i = 0; i < 2 * mutant->room + 256; i++)
        mutant->other[i] = (unsigned char)mutant_random(mutant);
    memcpy(mutant->other, from, 40);
    for (unsigned i = 0; i < 3; i++) {
        unsigned block = (first + i * step) % 3;
        at += below(mutant, 2) ? below(mutant, 40) : 0;
        if (block == 1)
            sizes[block] = mutant_loosen(mutant, mutant->other + at);
        else
            memcpy(mutant->other + at, from + offsets[block], sizes[block]);
        word_set(mutant->other + 4 * fields[block], at);
        at += sizes[block];
    }
    mutant->room = at + below(mutant, 40);
    word_set(mutant->other + 4 * FIELD_STRUCTURE_SIZE, sizes[1]);
    word_set(mutant->other + 4 * FIELD_TOTALSIZE, at);
    memcpy(mutant->bytes, mutant->other, mutant->room);
}

static inline int mutant_node(struct mutant *mutant)
{
    int node = fdt_next_node(mutant->bytes, -1, NULL), next = node;
    for (unsigned i = below(mutant, 60); i > 0 && (next = fdt_next_node(mutant->bytes, next, NULL)) >= 0; i--)
        node = next;
    return node;
}

static const char *const mutant_names[] = {
    "#address-cells", "#size-cells", "ranges", "status", "device_type", "compatible", "reg", "phandle", "interrupts",
    "interrupts-extended", "riscv,ndev", "reg-shift", "clock-frequency", "timebase-frequency", "bootargs",
    "linux,initrd-start", "linux,initrd-end", "reg", "reg", "status", "compatible", "reg-", "xreg"};
static const char *const mutant_texts[] = {
    "okay", "ok", "disabled", "fail", "reserved", "memory", "cpu", "ns16550a", "sifive,plic-1.0.0", "riscv,plic0",
    "sifive,test0", "riscv,cpu-intc", "simple-bus", "", "ns16550", "okay "};
static const char *const mutant_nodes[] = {"cpus", "chosen", "reserved-memory", "memory@1", "cpu@1", "cpu@7", "soc", "x",
                                           "chosen@0", "cpu", "cpusx"};
#define ONE_OF(mutant, list) (list)[below(mutant, sizeof(list) / sizeof *(list))]

/* A value in the buffer; its length. */
static inline int mutant_value(struct mutant *mutant, const char *name, unsigned char *value, size_t room)
{
    unsigned choice = below(mutant, 8);
    int length = 0;
    memset(value, 'x', room);
    if (choice == 0)
        return (int)below(mutant, 2) * (int)(FDT_BOOTARGS_MAX - 4 + below(mutant, 8));
    if (choice <= 3) {
        for (unsigned i = below(mutant, 3); i < 3; i++)
            length += snprintf((char *)value + length, 40, "%s", ONE_OF(mutant, mutant_texts)) + 1;
        return length - (below(mutant, 8) == 0);
    }
    unsigned count = name[0] == '#' ? 1 : below(mutant, 9);
    for (unsigned i = 0; i < count; i++)
        word_set(value + 4 * i, below(mutant, 3) ? below(mutant, 4) : mutant_word(mutant, 0x80000000));
    return (int)(4 * count) - (int)(below(mutant, 16) == 0 && count > 0);
}

static inline void edit_property(struct mutant *mutant)
{
    unsigned char value[512];
    const char *name = ONE_OF(mutant, mutant_names);
    int length = mutant_value(mutant, name, value, sizeof value), node = mutant_node(mutant);
    if (below(mutant, 3) == 0)
        (void)fdt_appendprop(mutant->bytes, node, name, value, length);
    else
        (void)fdt_setprop(mutant->bytes, node, name, value, length);
}

/* Another length or value of a property that is there: what is refused or taken often depends on it alone. */
static inline void edit_value(struct mutant *mutant)
{
    unsigned char value[512];
    int node = mutant_node(mutant), at = fdt_first_property_offset(mutant->bytes, node), next = at;
    const char *name;
    for (unsigned i = below(mutant, 6); i > 0 && (next = fdt_next_property_offset(mutant->bytes, next)) >= 0; i--)
        at = next;
    if (at < 0 || fdt_getprop_by_offset(mutant->bytes, at, &name, NULL) == NULL)
        return;
    int length = mutant_value(mutant, name, value, sizeof value);
    (void)fdt_setprop(mutant->bytes, node, name, value, below(mutant, 2) && length > 8 ? 8 : length);
}

static inline void edit_reservations(struct mutant *mutant)
{
    if (below(mutant, 3) == 0)
        (void)fdt_del_mem_rsv(mutant->bytes, 0);
    for (unsigned i = below(mutant, 6) ? 1 : below(mutant, 18); i > 0; i--)
        (void)fdt_add_mem_rsv(mutant->bytes, mutant_word(mutant, 0x80000000), mutant_word(mutant, 0x1000));
    if (below(mutant, 4) == 0)
        (void)fdt_add_mem_rsv(mutant->bytes, ~(uint64_t)0 - below(mutant, 4), below(mutant, 6));
}

/* A chain of nodes below some node: one, or so many that it is too deep. */
static inline void edit_nodes(struct mutant *mutant)
{
    int node = mutant_node(mutant);
    for (unsigned i = below(mutant, 4) ? 1 : below(mutant, 18); i > 0 && node >= 0; i--)
        node = fdt_add_subnode(mutant->bytes, node, ONE_OF(mutant, mutant_nodes));
}

/* Memory, or reserved memory: some ranges of it, in the cells that are usual. */
static inline void edit_memory(struct mutant *mutant)
{
    int root = fdt_next_node(mutant->bytes, -1, NULL), reserved = fdt_subnode_offset(mutant->bytes, root, "reserved-memory");
    int is_reserved = reserved >= 0 && below(mutant, 2), parent = is_reserved ? reserved : root;
    unsigned char value[256];
    unsigned count = (1 + (below(mutant, 3) ? 0 : below(mutant, is_reserved ? 16 : 4))) * 4;
    for (unsigned i = 0; i < count; i++)
        word_set(value + 4 * i, i % 2 == 0 && below(mutant, 40) ? 0 : mutant_word(mutant, 0x80000000));
    int node = fdt_add_subnode(mutant->bytes, parent, "memory@2");
    (void)fdt_setprop(mutant->bytes, node, "reg", value, (int)(4 * count));
    if (!is_reserved)
        (void)fdt_setprop(mutant->bytes, node, "device_type", "memory", 7);
}

static inline void edit_removal(struct mutant *mutant)
{
    int node = mutant_node(mutant);
    const char *name = ONE_OF(mutant, mutant_names);
    unsigned choice = below(mutant, 6);
    if (choice == 0)
        (void)fdt_del_node(mutant->bytes, node);
    else if (choice == 1)
        (void)fdt_nop_node(mutant->bytes, node);
    else if (choice == 2)
        (void)fdt_set_name(mutant->bytes, node, ONE_OF(mutant, mutant_nodes));
    else if (choice <= 4)
        (void)fdt_nop_property(mutant->bytes, node, name);
    else
        (void)fdt_delprop(mutant->bytes, node, name);
}

/* What the tree means; libfdt refuses what is impossible, and then nothing happens. */
static inline void mutate_meaning(struct mutant *mutant)
{
    static void (*const edits[])(struct mutant *) = {edit_property, edit_property, edit_value,  edit_value,
                                                     edit_removal,  edit_nodes,    edit_memory, edit_reservations};
    int bytes = (int)mutant->room + MUTATION_EXTRA;
    if (fdt_open_into(mutant->bytes, mutant->other, bytes) != 0)
        return;
    memcpy(mutant->bytes, mutant->other, (size_t)bytes);
    for (unsigned i = below(mutant, 4); i < 4; i++)
        ONE_OF(mutant, edits)(mutant);
    (void)fdt_pack(mutant->bytes);
    mutant->room = fdt_totalsize(mutant->bytes);
}

static inline void mutant_make(struct mutant *mutant, const struct tree *tree, uint64_t seed)
{
    static void (*const plain[])(struct mutant *) = {mutate_bytes, mutate_structure, mutate_structure, mutate_header,
                                                     mutate_size};
    mutant->random = seed;
    mutant->boot_hart = below(mutant, 4);
    mutant->room = tree->size;
    memcpy(mutant->bytes, tree->bytes, tree->size);
    unsigned choice = below(mutant, 8);
    if (choice >= 2)
        mutate_meaning(mutant);
    if (choice == 1 || choice == 7)
        mutate_order(mutant);
    if (choice == 0 || below(mutant, 4) == 0)
        ONE_OF(mutant, plain)(mutant);
}

#endif
