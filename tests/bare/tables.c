/* SPDX-License-Identifier: MIT */
/* Looks at page tables through the direct map, as the processor does: main runs in the kernel's mode. */
#include <stdio.h>

#include "bare.h"
#include "core/kernel.h"
#include "core/space.h"
#include "offsets.h"
#include "spaces.h"

enum { SPACES = 5 };

struct seen {
    unsigned leaves, writable, executable, user, both, global;
};

static const page_entry *entries_at(uk_word physical) { return (const page_entry *)(DIRECT_MAP + physical); }

/* Every leaf below one entry of a table at `level`. */
static void walk(page_entry entry, unsigned level, struct seen *seen)
{
    if (!page_entry_present(entry))
        return;
    if (!page_entry_is_leaf(entry, level)) {
        for (unsigned i = 0; i < PAGE_ENTRIES; i++)
            walk(entries_at(page_entry_physical(entry))[i], level - 1, seen);
        return;
    }
    seen->leaves++;
    seen->writable += (entry & PAGE_WRITE) != 0;
    seen->executable += (entry & PAGE_EXECUTE) != 0;
    seen->user += (entry & PAGE_USER) != 0;
    seen->global += (entry & PAGE_GLOBAL) != 0;
    seen->both += (entry & PAGE_WRITE) != 0 && (entry & PAGE_EXECUTE) != 0;
}

static const struct space *space_at(uk_handle handle)
{
    const struct kernel *kernel = (const struct kernel *)bare_kernel;
    return (const struct space *)kernel->root_cnode->slots[handle].object;
}

static const page_entry *kernel_root(void)
{
    uk_word satp;
    __asm__ volatile("csrr %0, satp" : "=r"(satp));
    return entries_at((satp & (((uk_word)1 << 44) - 1)) << PAGE_BITS);
}

static void kernel_part(void)
{
    struct seen seen = {0}, lower = {0};
    const page_entry *root = kernel_root();
    for (unsigned i = PROGRAM_INDEX + 1; i < PAGE_ENTRIES; i++)
        walk(root[i], PAGE_LEVELS - 1, &seen);
    for (unsigned i = 0; i < PROGRAM_INDEX; i++)
        walk(root[i], PAGE_LEVELS - 1, &lower);
    printf("# the kernel maps %u pages, %u writable, %u executable\n", seen.leaves, seen.writable, seen.executable);
    (void)bare_line(seen.leaves > 0 && seen.user == 0, "no page of the kernel's is the user's");
    (void)bare_line(seen.executable > 0 && seen.both == 0, "none is both writable and executable");
    (void)bare_line(seen.global == seen.leaves, "all are global");
    (void)bare_line(lower.leaves == 0, "the kernel's table maps nothing where spaces do");
}

static uk_word idle_main(uk_word argument) { return argument; }

static void spaces_part(void)
{
    struct uk_task tasks[SPACES];
    unsigned different = 0, other = 0;
    struct seen seen = {0}, program = {0};
    for (unsigned i = 0; i < SPACES; i++) {
        tasks[i] = (struct uk_task){.name = "idle", .entry = idle_main, .priority = 10};
        bare_spawn(&tasks[i]);
        (void)bare_map(tasks[i].own_space, UK_LARGE, (uk_word)(i + 1) << 39, UK_RIGHT_READ | UK_RIGHT_EXECUTE);
    }
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
    for (unsigned i = 0; i < SPACES; i++) {
        const page_entry *root = space_at(tasks[i].own_space)->root->entries;
        different += root[DIRECT_INDEX] != kernel_root()[DIRECT_INDEX];
        different += root[PROGRAM_INDEX] != space_at(tasks[0].own_space)->root->entries[PROGRAM_INDEX];
        for (unsigned k = DIRECT_INDEX + 1; k < PAGE_ENTRIES; k++)
            other += root[k] != 0;
        for (unsigned k = 0; k < PROGRAM_INDEX; k++)
            walk(root[k], PAGE_LEVELS - 1, &seen);
        walk(root[PROGRAM_INDEX], PAGE_LEVELS - 1, &program);
    }
    (void)bare_line(different == 0, "the kernel's memory and the program are the same in all spaces");
    (void)bare_line(other == 0, "... and nothing else is in the upper half");
    (void)bare_line(seen.leaves >= SPACES && seen.user == seen.leaves && seen.global == 0, "what spaces map is the user's");
    (void)bare_line(seen.both == 0 && seen.executable == SPACES, "... and nothing is both writable and executable");
    (void)bare_line(program.both == 0 && program.user == program.leaves && program.global == 0, "... nor is the program");
}

void tables_main(void)
{
    struct uk_config config = {.run = 1, .arena_bytes = 32u << 20};
    bare_boot(&config);
    kernel_part();
    spaces_part();
    (void)bare_check("with these spaces");
}
