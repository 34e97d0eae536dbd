/* SPDX-License-Identifier: MIT */
/* Device trees for fdt_test.c: built with libfdt's sequential writer, or what QEMU would hand to the firmware. */
#ifndef MACHINE_FDT_TREES_H
#define MACHINE_FDT_TREES_H

#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE_ROOM       ((size_t)1 << 21) /* QEMU's trees say 1 MiB */
#define TREE_ROOM_BUILT 16384

struct tree {
    size_t size;
    _Alignas(8) unsigned char bytes[TREE_ROOM];
};

/* How many cells addresses and sizes have. */
enum cells { CELLS_NONE, CELLS_1_1, CELLS_2_2, CELLS_2_1 };

/* Variants of the built tree: one bit each, and all of them say the same. */
enum {
    SHAPE_NARROW = 1,  /* one cell for addresses and sizes, not two */
    SHAPE_TURNED = 2,  /* the root's children in the opposite order */
    SHAPE_OLD = 4,     /* PLIC's M-mode contexts are crossed out, as the firmware does it; numbers are in two cells */
    SHAPE_DEEP = 8,    /* devices lie on a bus on the bus, which counts in other cells than its parent */
    SHAPE_SILENT = 16, /* two cells for addresses and one for sizes, which goes without saying */
    SHAPES = 32
};

static inline uint32_t word_at(const unsigned char *at) { return fdt32_ld((const fdt32_t *)(const void *)at); }
static inline void word_set(unsigned char *at, uint32_t value) { fdt32_st(at, value); }

static inline void tree_do(int result)
{
    if (result < 0) {
        (void)fprintf(stderr, "libfdt: %s\n", fdt_strerror(result));
        abort();
    }
}

/* A property of cells. */
static inline void tree_cells(struct tree *tree, const char *name, const uint32_t *cells, unsigned count)
{
    fdt32_t value[64];
    for (unsigned i = 0; i < count; i++)
        value[i] = cpu_to_fdt32(cells[i]);
    tree_do(fdt_property(tree->bytes, name, value, (int)(count * sizeof *value)));
}
#define TREE_CELLS(tree, name, ...)                                                                                        \
    tree_cells(tree, name, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static inline void tree_text(struct tree *tree, const char *name, const char *text)
{
    tree_do(fdt_property(tree->bytes, name, text, (int)strlen(text) + 1));
}

/* Says how many cells the children's addresses and sizes have, unless it goes without saying. */
static inline void tree_count(struct tree *tree, enum cells cells)
{
    if (cells == CELLS_2_1)
        return;
    TREE_CELLS(tree, "#address-cells", cells);
    TREE_CELLS(tree, "#size-cells", cells);
}

/* Opens a node that says what it is and where, in its parent's cells. */
static inline void tree_open(struct tree *tree, const char *name, const char *property, const char *text,
                             enum cells cells, uint32_t base, uint32_t bytes)
{
    tree_do(fdt_begin_node(tree->bytes, name));
    if (text != NULL)
        tree_text(tree, property, text);
    if (cells == CELLS_1_1)
        TREE_CELLS(tree, "reg", base, bytes);
    else if (cells == CELLS_2_1)
        TREE_CELLS(tree, "reg", 0, base, bytes);
    else if (cells == CELLS_2_2)
        TREE_CELLS(tree, "reg", 0, base, 0, bytes);
}

static inline void tree_close(struct tree *tree) { tree_do(fdt_end_node(tree->bytes)); }

static inline void tree_begin(struct tree *tree)
{
    memset(tree->bytes, 0, TREE_ROOM_BUILT);
    tree_do(fdt_create(tree->bytes, TREE_ROOM_BUILT));
}

static inline void tree_end(struct tree *tree)
{
    tree_do(fdt_finish(tree->bytes));
    tree->size = fdt_totalsize(tree->bytes);
}

static inline void tree_hart(struct tree *tree, uint32_t number, uint32_t phandle, const char *status)
{
    char name[20];
    (void)snprintf(name, sizeof name, "cpu@%x", number);
    tree_open(tree, name, "device_type", "cpu", 0, 0, 0);
    TREE_CELLS(tree, "reg", number);
    if (status != NULL)
        tree_text(tree, "status", status);
    tree_open(tree, "interrupt-controller", "compatible", "riscv,cpu-intc", 0, 0, 0);
    TREE_CELLS(tree, "#interrupt-cells", 1);
    TREE_CELLS(tree, "phandle", phandle);
    tree_close(tree);
    tree_open(tree, "interrupt-controller@1", "compatible", "riscv,cpu-intc", 0, 0, 0); /* one too many */
    TREE_CELLS(tree, "phandle", 99);
    tree_close(tree);
    tree_close(tree);
}

static inline void tree_build_cpus(struct tree *tree, unsigned shape)
{
    tree_open(tree, "cpus", NULL, NULL, 0, 0, 0);
    TREE_CELLS(tree, "#address-cells", 1);
    TREE_CELLS(tree, "#size-cells", 0);
    if (shape & SHAPE_OLD)
        TREE_CELLS(tree, "timebase-frequency", 0, 10000000);
    else
        TREE_CELLS(tree, "timebase-frequency", 10000000);
    tree_hart(tree, 0, 11, "disabled");
    tree_hart(tree, 1, 12, "okay");
    tree_hart(tree, 2, 13, NULL);
    tree_hart(tree, 3, 14, "fail");
    tree_hart(tree, 5, 15, "ok"); /* has no context */
    tree_open(tree, "cpu-map", NULL, NULL, 0, 0, 0);
    tree_close(tree);
    tree_close(tree);
}

/* What must be taken comes last, after what looks like it. */
static inline void tree_build_devices(struct tree *tree, unsigned shape, enum cells cells)
{
    uint32_t machine = shape & SHAPE_OLD ? 0xffffffff : 11;
    tree_open(tree, "serial@1000", "compatible", "ns16550a", cells, 0x1000, 0x100);
    tree_text(tree, "status", "disabled");
    tree_close(tree);
    tree_open(tree, "serial@2000", "compatible", "ns16550", cells, 0x2000, 0x100);
    tree_close(tree);
    tree_open(tree, "pci@30000000", "compatible", "pci-host-ecam-generic", cells, 0x30000000, 0x10000);
    TREE_CELLS(tree, "ranges", 0x1000000, 0, 0, 0, 0x3000000, 0, 0x10000);
    tree_count(tree, CELLS_2_2);
    tree_open(tree, "serial@3000", "compatible", "ns16550a", CELLS_2_2, 0x3000, 0x100);
    tree_close(tree);
    tree_close(tree);
    tree_open(tree, "wide@0", "compatible", "simple-bus", 0, 0, 0);
    TREE_CELLS(tree, "#address-cells", 3);
    tree_do(fdt_property(tree->bytes, "ranges", NULL, 0));
    tree_open(tree, "serial@4000", "compatible", "ns16550a", CELLS_2_2, 0x4000, 0x100);
    tree_close(tree);
    tree_close(tree);
    tree_open(tree, "serial@10000000", NULL, NULL, cells, 0x10000000, 0x100);
    tree_do(fdt_property(tree->bytes, "compatible", "snps,dw-apb-uart\0ns16550a", 26));
    TREE_CELLS(tree, "interrupts", 10, 4);
    TREE_CELLS(tree, "reg-shift", 2);
    TREE_CELLS(tree, "clock-frequency", 3686400);
    tree_close(tree);
    tree_open(tree, "plic@c000000", NULL, NULL, cells, 0xc000000, 0x600000);
    tree_do(fdt_property(tree->bytes, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30));
    TREE_CELLS(tree, "interrupts-extended", 11, machine, 12, machine, 12, 9, 13, machine, 13, 9, 14, machine, 14, 9, 0, 9);
    TREE_CELLS(tree, "ukern,decoy", 0, 15, 9, 15, 9);
    TREE_CELLS(tree, "riscv,ndev", 96);
    tree_close(tree);
    tree_open(tree, "test@100000", NULL, NULL, cells, 0x100000, 0x1000);
    tree_do(fdt_property(tree->bytes, "compatible", "sifive,test1\0sifive,test0\0syscon", 33));
    tree_close(tree);
}

static inline void tree_build_soc(struct tree *tree, unsigned shape, enum cells cells)
{
    tree_open(tree, "soc", "compatible", "simple-bus", 0, 0, 0);
    tree_count(tree, cells);
    tree_do(fdt_property(tree->bytes, "ranges", NULL, 0));
    if (shape & SHAPE_DEEP) {
        cells = cells == CELLS_1_1 ? CELLS_2_2 : CELLS_1_1;
        tree_open(tree, "bus@0", "compatible", "simple-bus", 0, 0, 0);
        tree_count(tree, cells);
        tree_do(fdt_property(tree->bytes, "ranges", NULL, 0));
    }
    tree_build_devices(tree, shape, cells);
    if (shape & SHAPE_DEEP)
        tree_close(tree);
    tree_close(tree);
}

static inline void tree_build_reserved(struct tree *tree, enum cells cells)
{
    tree_open(tree, "reserved-memory", NULL, NULL, 0, 0, 0);
    tree_count(tree, cells);
    tree_do(fdt_property(tree->bytes, "ranges", NULL, 0));
    tree_open(tree, "firmware@80000000", NULL, NULL, cells, 0x80000000, 0x80000);
    tree_do(fdt_property(tree->bytes, "no-map", NULL, 0));
    tree_close(tree);
    tree_open(tree, "pool", "compatible", "shared-dma-pool", 0, 0, 0);
    TREE_CELLS(tree, "size", 0, 0x10000);
    tree_close(tree);
    tree_open(tree, "unused@81000000", "status", "disabled", cells, 0x81000000, 0x1000);
    tree_close(tree);
    tree_close(tree);
}

static inline void tree_build_chosen(struct tree *tree, unsigned shape)
{
    tree_open(tree, "chosen", "bootargs", "interactive trace", 0, 0, 0);
    if (shape & SHAPE_OLD) {
        TREE_CELLS(tree, "linux,initrd-start", 0, 0x88200000);
        TREE_CELLS(tree, "linux,initrd-end", 0, 0x88201388);
    } else {
        TREE_CELLS(tree, "linux,initrd-start", 0x88200000);
        TREE_CELLS(tree, "linux,initrd-end", 0x88201388);
    }
    tree_close(tree);
    tree_open(tree, "chosen", "bootargs", "the first one counts, not this", 0, 0, 0);
    TREE_CELLS(tree, "linux,initrd-start", 1);
    TREE_CELLS(tree, "linux,initrd-end", 2);
    tree_close(tree);
}

static inline void tree_build_memory(struct tree *tree, enum cells cells)
{
    tree_open(tree, "memory@80000000", "device_type", "memory", cells, 0x80000000, 0x10000000);
    tree_close(tree);
    tree_open(tree, "memory@a0000000", "device_type", "memory", cells, 0xa0000000, 0x1000);
    tree_text(tree, "status", "disabled");
    tree_close(tree);
    tree_open(tree, "memory@c0000000", "device_type", "memory", 0, 0, 0);
    if (cells == CELLS_1_1)
        TREE_CELLS(tree, "reg", 0xc0000000, 0x8000000, 0xd0000000, 0, 0xe0000000, 0x1000);
    else if (cells == CELLS_2_1)
        TREE_CELLS(tree, "reg", 0, 0xc0000000, 0x8000000, 0, 0xd0000000, 0, 0, 0xe0000000, 0x1000);
    else
        TREE_CELLS(tree, "reg", 0, 0xc0000000, 0, 0x8000000, 0, 0xd0000000, 0, 0, 0, 0xe0000000, 0, 0x1000);
    tree_close(tree);
}

/* Has everything; its facts do not depend on the shape. */
static inline void tree_build(struct tree *tree, unsigned shape)
{
    enum cells cells = shape & SHAPE_SILENT ? CELLS_2_1 : shape & SHAPE_NARROW ? CELLS_1_1 : CELLS_2_2;
    tree_begin(tree);
    tree_do(fdt_add_reservemap_entry(tree->bytes, 0x82000000, 0x2000));
    tree_do(fdt_add_reservemap_entry(tree->bytes, 0x83000000, 0x3000));
    tree_do(fdt_finish_reservemap(tree->bytes));
    tree_open(tree, "", "compatible", "riscv-virtio", 0, 0, 0);
    tree_count(tree, cells);
    for (unsigned i = 0; i < 5; i++)
        switch (shape & SHAPE_TURNED ? 4 - i : i) {
        case 0:
            tree_build_chosen(tree, shape);
            break;
        case 1:
            tree_build_memory(tree, cells);
            break;
        case 2:
            tree_build_cpus(tree, shape);
            break;
        case 3:
            tree_build_soc(tree, shape, cells);
            break;
        default:
            tree_build_reserved(tree, cells);
        }
    tree_close(tree);
    tree_end(tree);
}

static inline int tree_has_qemu(void) { return system("command -v qemu-system-riscv64 >/dev/null") == 0; }

static inline size_t tree_load(struct tree *tree, const char *path)
{
    FILE *file = fopen(path, "rb");
    memset(tree, 0, sizeof *tree);
    if (file != NULL) {
        tree->size = fread(tree->bytes, 1, sizeof tree->bytes, file);
        (void)fclose(file);
    }
    return tree->size;
}

/* The tree of QEMU with these options of `virt` and these arguments, where FOLDER/kernel and FOLDER/initrd are files;
 * the size of the blob, or 0. What is random in it is made 0. */
static inline size_t tree_of_qemu(struct tree *tree, const char *folder, const char *options, const char *arguments)
{
    char command[1000], path[500];
    (void)snprintf(path, sizeof path, "%s/tree", folder);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && rm -f tree && timeout 60 qemu-system-riscv64 -M virt,dumpdtb=tree%s %s >log 2>&1", folder,
                   options, arguments);
    if (system(command) != 0 || tree_load(tree, path) == 0)
        return 0;
    int length, chosen = fdt_path_offset(tree->bytes, "/chosen");
    const void *seed = fdt_getprop(tree->bytes, chosen, "rng-seed", &length);
    if (seed != NULL)
        memset(tree->bytes + ((const unsigned char *)seed - tree->bytes), 0, (size_t)length);
    return tree->size;
}

#endif
