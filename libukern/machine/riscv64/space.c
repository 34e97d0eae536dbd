/* SPDX-License-Identifier: MIT */
/* Sv48: spaces run on their own tables, of which two root entries are ours: the kernel's memory, the same in all, which
 * user code cannot touch, and the embedder's program, if there is one. Nothing is both writable and executable. */
#include "riscv64.h"

enum { LEVEL_UPPER = 2 /* of 1 GiB pages */, KERNEL_TABLES = 24 };
#define PAGE_KERNEL (PAGE_PRESENT | PAGE_READ | PAGE_GLOBAL | PAGE_ACCESSED | PAGE_DIRTY)

struct page_table {
    page_entry entries[PAGE_ENTRIES];
};

static _Alignas(4096) struct page_table kernel_tables[KERNEL_TABLES];
static uint32_t kernel_tables_used = 2; /* the root, and the program's as user code sees it */

static struct page_table *kernel_root(void) { return &kernel_tables[0]; }
static struct page_table *program_root(void) { return &kernel_tables[1]; }

static uk_word satp_of(uk_word root, uint32_t asid)
{
    return (uk_word)SATP_SV48 << 60 | (uk_word)asid << 44 | root >> PAGE_BITS;
}

uk_word space_kernel_satp(void) { return satp_of(physical_of(kernel_root()), 0); }

static struct page_table *table_below(page_entry *entry)
{
    if (!page_entry_present(*entry)) {
        if (kernel_tables_used == KERNEL_TABLES)
            return NULL;
        *entry = page_entry_table(physical_of(&kernel_tables[kernel_tables_used++]));
    }
    return direct(page_entry_physical(*entry));
}

/* One entry at `level` below `table`, which is one at `from`. 0: there are no tables left. */
static int kernel_map(struct page_table *table, unsigned from, uk_word address, unsigned level, page_entry entry)
{
    for (; from > level; from--) {
        table = table_below(&table->entries[address >> (PAGE_BITS + from * PAGE_LEVEL_BITS) & (PAGE_ENTRIES - 1)]);
        if (table == NULL)
            return 0;
    }
    table->entries[address >> (PAGE_BITS + level * PAGE_LEVEL_BITS) & (PAGE_ENTRIES - 1)] = entry;
    return 1;
}

extern unsigned char image_begin[], text_end[], rodata_end[], image_end[];

static page_entry image_rights(uk_word physical)
{
    if (physical >= physical_of(image_begin) && physical < physical_of(text_end))
        return PAGE_EXECUTE;
    return physical >= physical_of(text_end) && physical < physical_of(rodata_end) ? 0 : PAGE_WRITE;
}

/* Maps [from, to) of physical memory with the largest pages that what lies there allows. */
static int map_direct(uk_word from, uk_word to)
{
    static const uk_word sizes[] = {UK_PAGE, UK_LARGE, UK_LARGE << PAGE_LEVEL_BITS};
    uk_word first = physical_of(image_begin), last = physical_of(rodata_end);
    while (from < to) {
        unsigned level = LEVEL_UPPER;
        while (level > 0 && (from % sizes[level] != 0 || to - from < sizes[level] ||
                             (from < last && first < from + sizes[level])))
            level--;
        page_entry entry = (from >> 2 & PAGE_PHYSICAL) | PAGE_KERNEL | image_rights(from);
        if (!kernel_map(kernel_root(), PAGE_LEVELS - 1, DIRECT_MAP + from, level, entry))
            return 0;
        from += sizes[level];
    }
    return 1;
}

static uint32_t asid_limit(void)
{
    uk_word before = csr_read(satp);
    csr_write(satp, before | (uk_word)0xffff << 44);
    uk_word width = csr_read(satp) >> 44 & 0xffff;
    csr_write(satp, before);
    return width + 1 < ASIDS_MAX ? (uint32_t)width + 1 : ASIDS_MAX;
}

/* Devices lie in the first two GiB, memory in the banks that the device tree names. */
void space_boot(void)
{
    int mapped = map_direct(0, (uk_word)2 << 30);
    for (uint32_t i = 0; i < platform.facts.memory_count; i++) {
        uk_word from = platform.facts.memory[i].base & ~(UK_PAGE - 1), bytes = platform.facts.memory[i].bytes;
        mapped = mapped && map_direct(from, (from + bytes) & ~(UK_PAGE - 1));
    }
    if (!mapped) {
        console_text("ukern: memory is too scattered for the kernel's page tables\n");
        power_off(EXIT_BOOT);
    }
    csr_write(satp, space_kernel_satp());
    __asm__ volatile("sfence.vma" ::: "memory");
    platform.asid_limit = asid_limit();
}

int program_map(uk_word address, void *page, uint32_t rights)
{
    page_entry user = page_entry_leaf(physical_of(page), rights, 0);
    platform.program = page_entry_table(physical_of(program_root()));
    if (!kernel_map(kernel_root(), PAGE_LEVELS - 1, address, 0, user & ~PAGE_USER) ||
        !kernel_map(program_root(), LEVEL_UPPER, address, 0, user))
        return 0;
    __asm__ volatile("sfence.vma\n\tfence.i" ::: "memory");
    return 1;
}

/* Whatever runs in the space from its next resumption on finds these tables, and nothing that was cached of it before;
 * the kernel itself leaves the old ones at once. */
static void use_tables(struct space *space, uk_word satp)
{
    if (csr_read(satp) == space->machine.satp)
        csr_write(satp, space_kernel_satp());
    space->machine.satp = satp;
    __asm__ volatile("sfence.vma zero, %0" ::"r"((uk_word)space->machine.asid) : "memory");
}

enum uk_status machine_space_create(struct kernel *kernel, struct space *space)
{
    struct machine *machine = machine_of(kernel);
    space->base = SPACE_BASE;
    space->end = SPACE_END;
    space->machine = (struct machine_space){space_kernel_satp(), 0, 0};
    if (!kernel->running)
        return UK_OK;
    for (uint32_t i = 1; i < machine->asid_limit; i++) {
        uint32_t asid = (machine->asid_last + i) % machine->asid_limit;
        if (asid == 0 || (machine->asids[asid / 8] >> asid % 8 & 1) != 0)
            continue;
        machine->asids[asid / 8] |= (uint8_t)(1u << asid % 8);
        machine->asid_last = space->machine.asid = asid;
        return UK_OK;
    }
    return UK_LIMIT;
}

/* The hart forgets a page by its address; of a run everything in the space, for that is one fence, too. */
void machine_space_unmap(struct kernel *kernel, struct space *space, uk_word address, uk_word bytes)
{
    uk_word asid = space->machine.asid;
    if (kernel->running && bytes == UK_PAGE)
        __asm__ volatile("sfence.vma %0, %1" ::"r"(address), "r"(asid) : "memory");
    else if (kernel->running)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

void machine_space_map(struct kernel *kernel, struct space *space, uk_word address, uk_word bytes)
{
    struct table *root = space->root;
    if (!kernel->running)
        return;
    if (!page_entry_present(root->entries[DIRECT_INDEX])) {
        root->entries[DIRECT_INDEX] = kernel_root()->entries[DIRECT_INDEX];
        root->entries[PROGRAM_INDEX] = platform.program;
        use_tables(space, satp_of(physical_of(root), space->machine.asid));
    }
    machine_space_unmap(kernel, space, address, bytes);
    __asm__ volatile("fence.i" ::: "memory");
}

/* Without tables its code runs on the kernel's, where it finds nothing, until machine_space_map puts it on new ones. */
void machine_space_clear(struct kernel *kernel, struct space *space)
{
    if (!kernel->running)
        return;
    if (space->root != NULL)
        space->root->entries[DIRECT_INDEX] = space->root->entries[PROGRAM_INDEX] = 0;
    use_tables(space, space_kernel_satp());
}

void machine_space_destroy(struct kernel *kernel, struct space *space)
{
    struct machine *machine = machine_of(kernel);
    uint32_t asid = space->machine.asid;
    if (!kernel->running || asid == 0)
        return;
    machine_space_clear(kernel, space);
    machine->asids[asid / 8] &= (uint8_t)~(1u << asid % 8);
    space->machine.asid = 0;
}

enum uk_status machine_thread_start(struct kernel *kernel, struct thread *thread) { return (void)kernel, (void)thread, UK_OK; }
void machine_thread_destroy(struct kernel *kernel, struct thread *thread) { (void)kernel, (void)thread; }
enum uk_status machine_stack_start(struct kernel *kernel, struct registers_kept *place, uk_word bytes)
{
    return (void)kernel, (void)place, (void)bytes, UK_OK;
}
void machine_stack_end(struct kernel *kernel, struct registers_kept *place) { (void)kernel, (void)place; }

void machine_registers_start(struct thread *thread, uk_word ip, uk_word sp, uk_word argument)
{
    thread->registers = (struct registers){
        .ip = ip, .full = 1, .general = {[1] = platform.program_return, [2] = sp & ~(uk_word)15, [10] = argument}};
}
