/* SPDX-License-Identifier: MIT */
/* Reads the flattened device tree (Devicetree Specification 0.4): one bounded walk over untrusted bytes. */
#include <ukern/fdt.h>

#include <string.h>

#define MAGIC 0xd00dfeedu

enum { HEADER_BYTES = 40, ENTRY_BYTES = 16, VERSION = 17, CELL = 4, CELLS_MAX = 2, SUPERVISOR_EXTERNAL = 9 };
enum { TOKEN_BEGIN = 1, TOKEN_END, TOKEN_PROPERTY, TOKEN_NOTHING, TOKEN_LAST = 9 };
enum { ROOT = 1, TOP, CHILD, LEVELS = 16 }; /* depths */

/* Some bytes of the blob; at is NULL where there are none, as opposed to none in them. */
struct bytes {
    const uint8_t *at;
    uint32_t count;
};

/* A token of the structure block, the name and value that come with it, and where the next one is. */
struct item {
    uint32_t token, next;
    struct bytes name, value;
};

/* A node from the root down to where the walk is. */
struct level {
    int live, boots, parent, mapped; /* not disabled; the boot hart; has a child; harts see its children's addresses */
    uint64_t address_cells, size_cells;
};

struct reader {
    struct bytes structure, strings;
    struct level levels[LEVELS + 1]; /* 0 is above the root */
    uint32_t depth, properties;      /* of the innermost node, and where its properties begin */
    struct bytes top, contexts;      /* name of the root's child that the walk is in; interrupts-extended of the PLIC */
    uint64_t boot_hart, controller;  /* and phandle of its interrupt controller; 0: not seen */
};

static uint64_t load(const uint8_t *at, uint64_t cells)
{
    uint64_t value = 0;
    for (uint64_t i = 0; i < cells * CELL; i++)
        value = value << 8 | at[i];
    return value;
}

static uint32_t load32(const uint8_t *at) { return (uint32_t)load(at, 1); }

/* The string, its 0 included, that begins at `at`; none when it does not end in the block. */
static struct bytes string_at(struct bytes block, uint32_t at)
{
    for (uint32_t end = at; end < block.count; end++)
        if (block.at[end] == 0)
            return (struct bytes){block.at + at, end + 1 - at};
    return (struct bytes){NULL, 0};
}

/* Is the text one of a list of strings? */
static int lists(struct bytes list, const char *text)
{
    struct bytes string;
    for (uint32_t at = 0; (string = string_at(list, at)).at != NULL; at += string.count)
        for (uint32_t i = 0; string.at[i] == (uint8_t)text[i]; i++)
            if (text[i] == 0)
                return 1;
    return 0;
}

/* Reads the token at `at`, which is within the block or just after it. 0: it goes beyond the end, or its name does. */
static int item_at(const struct reader *reader, uint32_t at, struct item *item)
{
    struct bytes rest = {reader->structure.at + at, reader->structure.count - at};
    uint64_t bytes = CELL;
    if (rest.count < CELL)
        return 0;
    *item = (struct item){.token = load32(rest.at), .next = at + CELL};
    if (item->token != TOKEN_BEGIN && item->token != TOKEN_PROPERTY)
        return 1;
    if (item->token == TOKEN_BEGIN) {
        item->name = string_at(rest, CELL);
        bytes += item->name.count;
    } else if (rest.count >= 3 * CELL) {
        item->name = string_at(reader->strings, load32(rest.at + 2 * CELL));
        item->value = (struct bytes){rest.at + 3 * CELL, load32(rest.at + CELL)};
        bytes += 2 * CELL + (uint64_t)item->value.count;
    }
    bytes = (bytes + CELL - 1) / CELL * CELL;
    item->next = at + (uint32_t)bytes;
    return bytes <= rest.count && item->name.at != NULL;
}

/* The innermost node's first property of this name. */
static struct bytes property(const struct reader *reader, const char *name)
{
    struct item item;
    for (uint32_t at = reader->properties; item_at(reader, at, &item); at = item.next)
        if (item.token == TOKEN_PROPERTY && lists(item.name, name))
            return item.value;
        else if (item.token != TOKEN_PROPERTY && item.token != TOKEN_NOTHING)
            break;
    return (struct bytes){NULL, 0};
}

/* A property that is a number of at most so many cells; 0 when it has another length. */
static uint64_t number(const struct reader *reader, const char *name, uint32_t cells_max, uint32_t otherwise)
{
    struct bytes value = property(reader, name);
    if (value.at == NULL)
        return otherwise;
    return value.count % CELL == 0 && value.count / CELL <= cells_max ? load(value.at, value.count / CELL) : 0;
}

/* An empty range is no range; one that wraps cannot be understood. */
static enum fdt_error range_add(struct fdt_range range, struct fdt_range *ranges, uint32_t *count, uint32_t max)
{
    if (range.base > UINT64_MAX - range.bytes)
        return FDT_BAD_RANGE;
    if (range.bytes != 0 && *count == max)
        return FDT_TOO_MANY;
    if (range.bytes != 0)
        ranges[(*count)++] = range;
    return FDT_OK;
}

/* Adds the ranges in the innermost node's reg, until one cannot be added. */
static enum fdt_error reg_add(const struct reader *reader, struct fdt_range *ranges, uint32_t *count, uint32_t max)
{
    const struct level *parent = &reader->levels[reader->depth - 1];
    uint64_t high = parent->address_cells, low = parent->size_cells, bytes = (high + low) * CELL;
    struct bytes reg = property(reader, "reg");
    enum fdt_error error = FDT_OK;
    if (!parent->mapped || high == 0 || high > CELLS_MAX || low == 0 || low > CELLS_MAX ||
        reg.count == 0 || reg.count % bytes != 0)
        return FDT_BAD_RANGE;
    for (uint64_t i = 0; error == FDT_OK && i < reg.count; i += bytes)
        error = range_add((struct fdt_range){load(reg.at + i, high), load(reg.at + i + high * CELL, low)},
                          ranges, count, max);
    return error;
}

/* Is the innermost node a device of this kind, and the first that has a range? */
static int device_take(const struct reader *reader, const char *kind, struct fdt_range *device)
{
    uint32_t before = device->bytes != 0, count = before;
    if (lists(property(reader, "compatible"), kind))
        (void)reg_add(reader, device, &count, 1);
    return count != before;
}

static void device_read(struct reader *reader, struct fdt_facts *facts)
{
    struct bytes lines = property(reader, "interrupts");
    if (device_take(reader, "ns16550a", &facts->uart)) {
        facts->uart_line = lines.count >= CELL ? load32(lines.at) : 0;
        facts->uart_shift = (uint32_t)number(reader, "reg-shift", 1, 0);
        facts->uart_clock_hz = (uint32_t)number(reader, "clock-frequency", 1, 0);
    }
    if (device_take(reader, "sifive,plic-1.0.0", &facts->plic) || device_take(reader, "riscv,plic0", &facts->plic)) {
        facts->plic_sources = (uint32_t)number(reader, "riscv,ndev", 1, 0);
        reader->contexts = property(reader, "interrupts-extended");
    }
    (void)device_take(reader, "sifive,test0", &facts->finisher);
}

static void chosen_read(const struct reader *reader, struct fdt_facts *facts)
{
    struct bytes words = property(reader, "bootargs");
    uint64_t start = number(reader, "linux,initrd-start", 2, 0), end = number(reader, "linux,initrd-end", 2, 0);
    if (start != 0 && end > start && facts->initrd.bytes == 0)
        facts->initrd = (struct fdt_range){start, end - start};
    if (facts->bootargs[0] != 0)
        return;
    for (uint32_t i = 0; i < words.count && words.at[i] != 0 && !facts->bootargs_cut; i++)
        if (i < FDT_BOOTARGS_MAX - 1)
            facts->bootargs[i] = (char)words.at[i];
        else
            facts->bootargs_cut = 1;
}

/* Is it the one that boots? Its number has as many cells as its parent has for addresses. */
static int hart_read(const struct reader *reader, uint64_t cells, struct fdt_facts *facts)
{
    facts->cpu_count++;
    return cells != 0 && cells <= CELLS_MAX && property(reader, "reg").count == cells * CELL &&
           number(reader, "reg", CELLS_MAX, 0) == reader->boot_hart;
}

/* All facts come from here, but for the reservation block's. Where the tree says something twice, the first counts. */
static enum fdt_error node_read(struct reader *reader, struct level *level, struct fdt_facts *facts)
{
    int top = reader->depth == TOP, child = reader->depth == CHILD, cpus = lists(reader->top, "cpus");
    struct bytes type = property(reader, "device_type");
    if (top && lists(reader->top, "chosen"))
        chosen_read(reader, facts);
    else if (top && cpus && facts->timebase_hz == 0)
        facts->timebase_hz = number(reader, "timebase-frequency", 2, 0);
    else if (child && cpus && lists(type, "cpu"))
        level->boots = hart_read(reader, level[-1].address_cells, facts);
    else if (level[-1].boots && reader->controller == 0 && lists(property(reader, "compatible"), "riscv,cpu-intc"))
        reader->controller = number(reader, "phandle", 1, 0);
    else if (child && lists(reader->top, "reserved-memory") && property(reader, "reg").at != NULL)
        return reg_add(reader, facts->reserved, &facts->reserved_count, FDT_RESERVED_MAX);
    else if (top && lists(type, "memory"))
        return reg_add(reader, facts->memory, &facts->memory_count, FDT_MEMORY_MAX);
    else
        device_read(reader, facts);
    return FDT_OK;
}

static enum fdt_error node_begin(struct reader *reader, const struct item *item, struct fdt_facts *facts)
{
    if (reader->depth == LEVELS)
        return FDT_TOO_DEEP;
    struct level *level = &reader->levels[++reader->depth];
    reader->properties = item->next;
    if (reader->depth == TOP)
        reader->top = item->name;
    struct bytes status = property(reader, "status"), ranges = property(reader, "ranges");
    level[-1].parent = 1;
    *level = (struct level){
        .live = level[-1].live && (status.at == NULL || lists(status, "okay") || lists(status, "ok")),
        .mapped = reader->depth == ROOT || (level[-1].mapped && ranges.at != NULL && ranges.count == 0),
        .address_cells = number(reader, "#address-cells", 1, 2), .size_cells = number(reader, "#size-cells", 1, 1)};
    return level->live ? node_read(reader, level, facts) : FDT_OK;
}

/* One root, without a name, and in each node properties first, then children. */
static enum fdt_error structure_read(struct reader *reader, struct fdt_facts *facts)
{
    struct item item = {0};
    enum fdt_error error = FDT_OK;
    while (error == FDT_OK && item.token != TOKEN_LAST) {
        int inside = reader->depth != 0, parent = reader->levels[reader->depth].parent;
        if (!item_at(reader, item.next, &item))
            return FDT_BAD_STRUCTURE;
        if (item.token == TOKEN_BEGIN && (inside || (!parent && item.name.count == 1)))
            error = node_begin(reader, &item, facts);
        else if (item.token == TOKEN_END && inside)
            reader->depth--;
        else if (item.token != TOKEN_NOTHING && !(item.token == TOKEN_PROPERTY && inside && !parent) &&
                 !(item.token == TOKEN_LAST && !inside && parent))
            error = FDT_BAD_STRUCTURE;
    }
    return error;
}

static enum fdt_error reservations_read(struct bytes rest, struct fdt_facts *facts)
{
    enum fdt_error error = FDT_OK;
    for (; error == FDT_OK && rest.count >= ENTRY_BYTES; rest.at += ENTRY_BYTES, rest.count -= ENTRY_BYTES) {
        struct fdt_range range = {load(rest.at, 2), load(rest.at + 2 * CELL, 2)};
        if (range.base == 0 && range.bytes == 0)
            return FDT_OK;
        error = range_add(range, facts->reserved, &facts->reserved_count, FDT_RESERVED_MAX);
    }
    return error == FDT_OK ? FDT_BAD_BLOCK : error;
}

static int block_at(struct bytes blob, uint32_t at, uint32_t count, struct bytes *block)
{
    if (at < HEADER_BYTES || at > blob.count || count > blob.count - at)
        return 0;
    *block = (struct bytes){blob.at + at, count};
    return 1;
}

static enum fdt_error tree_read(struct reader *reader, struct bytes blob, struct fdt_facts *facts)
{
    uint32_t entries_at = load32(blob.at + 16);
    struct bytes entries;
    if (load32(blob.at + 20) < VERSION || load32(blob.at + 24) > VERSION)
        return FDT_BAD_VERSION;
    if (!block_at(blob, load32(blob.at + 8), load32(blob.at + 36), &reader->structure) ||
        !block_at(blob, load32(blob.at + 12), load32(blob.at + 32), &reader->strings) ||
        !block_at(blob, entries_at, blob.count - entries_at, &entries))
        return FDT_BAD_BLOCK;
    enum fdt_error error = reservations_read(entries, facts);
    return error == FDT_OK ? structure_read(reader, facts) : error;
}

/* The PLIC's contexts are pairs of a hart's interrupt controller and a cause; without one of ours it is of no use. */
static void context_find(const struct reader *reader, struct fdt_facts *facts)
{
    for (uint32_t i = 0; i < reader->contexts.count / (2 * CELL); i++) {
        const uint8_t *pair = reader->contexts.at + (size_t)i * 2 * CELL;
        facts->plic_context = i;
        if (reader->controller != 0 && load32(pair) == reader->controller && load32(pair + CELL) == SUPERVISOR_EXTERNAL)
            return;
    }
    facts->plic = (struct fdt_range){0, 0};
    facts->plic_sources = facts->plic_context = 0;
}

enum fdt_error fdt_read(const void *blob, size_t room, uint32_t boot_hart, struct fdt_facts *facts)
{
    struct reader reader = {.levels[0].live = 1, .boot_hart = boot_hart};
    struct bytes whole = {blob, room < 2 * CELL ? 0 : load32((const uint8_t *)blob + CELL)};
    enum fdt_error error = FDT_TRUNCATED;
    memset(facts, 0, sizeof *facts);
    if (room >= CELL && load32(whole.at) != MAGIC)
        error = FDT_BAD_MAGIC;
    else if (whole.count >= HEADER_BYTES && whole.count <= room)
        error = tree_read(&reader, whole, facts);
    context_find(&reader, facts);
    if (error == FDT_OK && facts->memory_count == 0)
        error = FDT_NO_MEMORY;
    else if (error == FDT_OK && facts->timebase_hz == 0)
        error = FDT_NO_TIMEBASE;
    else if (error == FDT_OK && facts->cpu_count == 0)
        error = FDT_NO_HART;
    if (error != FDT_OK)
        memset(facts, 0, sizeof *facts);
    return error;
}

const char *fdt_error_text(enum fdt_error error)
{
    static const char *const texts[FDT_ERRORS] = {
        [FDT_OK] = "The device tree is sound.",
        [FDT_BAD_MAGIC] = "There is no device tree: its magic number is missing.",
        [FDT_BAD_VERSION] = "The device tree has a version that is not compatible with version 17.",
        [FDT_TRUNCATED] = "The device tree is larger than its room, or smaller than its header.",
        [FDT_BAD_BLOCK] = "A block of the device tree does not lie, or does not end, inside of it.",
        [FDT_BAD_STRUCTURE] = "The device tree is not well nested, or a token, name or value in it is not sound.",
        [FDT_TOO_DEEP] = "The device tree is more than 16 nodes deep.",
        [FDT_TOO_MANY] = "The device tree has more ranges of memory or of reserved memory than there is room for.",
        [FDT_BAD_RANGE] = "The device tree has memory or reserved memory whose range cannot be understood.",
        [FDT_NO_MEMORY] = "The device tree names no memory.",
        [FDT_NO_TIMEBASE] = "The device tree does not say how fast time counts.",
        [FDT_NO_HART] = "The device tree names no hart.",
    };
    return (unsigned)error < FDT_ERRORS ? texts[error] : "This is no error of the device tree's reader.";
}
