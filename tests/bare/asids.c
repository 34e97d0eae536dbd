/* SPDX-License-Identifier: MIT */
/* Address-space identifiers: as many spaces as there are, none with another's, and nothing left over for the next one. */
#include <stdio.h>
#include <string.h>

#include "bare.h"
#include "core/kernel.h"
#include "core/space.h"
#include "spaces.h"

enum {
    SPACES = 6, /* config.spaces_max; the first thread's is one of them */
    ROUNDS = 40
};
#define PAGE_AT 0x40000000

static uint32_t asid_of(uk_handle handle)
{
    const struct kernel *kernel = (const struct kernel *)bare_kernel;
    return ((const struct space *)kernel->root_cnode->slots[handle].object)->machine.asid;
}

static enum uk_status make_space(uk_handle *space)
{
    *space = uk_slots(bare_kernel, 1);
    return bare_ask(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_SPACE, 0, UK_SLOT_CNODE, *space, 1);
}

/* Its page is fresh; then it is its own, whatever others do with theirs. */
static uk_word owner_main(uk_word mine)
{
    volatile uk_word *word = (volatile uk_word *)PAGE_AT;
    if (*word != 0)
        return 1;
    *word = mine;
    for (unsigned i = 0; i < 4; i++) {
        uk_yield();
        if (*word != mine)
            return 2;
    }
    return 0;
}

static void owner_spawn(struct uk_task *task, uk_word mine)
{
    *task = (struct uk_task){.name = "owner", .entry = owner_main, .argument = mine, .priority = 10, .stack_bytes = UK_PAGE,
                             .suspended = 1};
    bare_spawn(task);
    (void)bare_map(task->own_space, UK_PAGE, PAGE_AT, UK_RIGHT_READ | UK_RIGHT_WRITE);
    bare_resume(task);
}

static int ended_well(const struct uk_task *task)
{
    static const char end[] = "exited with 0";
    char text[256];
    size_t length = uk_explain(bare_kernel, task->thread, text, sizeof text - 1);
    text[length] = 0;
    if (length >= sizeof end && strcmp(text + length + 1 - sizeof end, end) == 0)
        return 1;
    printf("# %s\n", text);
    return 0;
}

static void too_many(void)
{
    uk_handle spaces[SPACES];
    unsigned made = 0;
    while (made < SPACES && make_space(&spaces[made]) == UK_OK)
        made++;
    (void)bare_between(made, SPACES - 1, SPACES, "there are as many spaces as the configuration says");
    (void)bare_line(make_space(&spaces[SPACES - 1]) == UK_LIMIT, "one more is refused");
    (void)bare_check("without identifiers left");
    (void)bare_ask(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, spaces[2]);
    (void)bare_line(make_space(&spaces[2]) == UK_OK, "... until one is deleted");
    (void)bare_line(make_space(&spaces[SPACES - 1]) == UK_LIMIT, "... and then again");
    for (unsigned i = 0; i < made; i++)
        (void)bare_ask(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, spaces[i]);
}

/* All spaces that there may be, at the same addresses, with different memory; then the next ones with the same names. */
static void used_again(void)
{
    unsigned same = 0, bad = 0, reused = 0;
    uint64_t used = 0;
    uk_word mine = 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct uk_task tasks[SPACES - 1];
        uint64_t now = 0;
        for (unsigned i = 0; i < SPACES - 1; i++) {
            owner_spawn(&tasks[i], mine++);
            uint64_t bit = (uint64_t)1 << asid_of(tasks[i].own_space);
            same += (now & bit) != 0;
            reused += (used & bit) != 0;
            now |= bit;
        }
        used |= now;
        (void)uk_run(bare_kernel, UK_FOREVER, 0);
        for (unsigned i = 0; i < SPACES - 1; i++)
            bad += !ended_well(&tasks[i]);
        bad += !bare_check("with all spaces in use");
        bare_unmake(tasks[0].own_space);
    }
    (void)bare_between(same, 0, 1, "no two spaces that live have the same identifier");
    (void)bare_line(reused > ROUNDS, "those of dead ones are used again");
    (void)bare_between(bad, 0, 1, "and everyone sees fresh memory of its own");
}

/* A space loses all its tables, and gets others: its identifier stays, and what was mapped before is gone. */
static uk_word looker_main(uk_word wanted)
{
    volatile uk_word *word = (volatile uk_word *)PAGE_AT;
    uk_word found = *word;
    *word = 77;
    return found != wanted;
}

static void looker_spawn(struct uk_task *task, uk_handle space, uk_word wanted)
{
    *task = (struct uk_task){.name = "looker", .entry = looker_main, .argument = wanted, .priority = 10, .space = space,
                             .stack_bytes = UK_PAGE};
    bare_spawn(task);
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
}

static void renewed(void)
{
    struct uk_task first, second, third;
    uk_handle memory = bare_make(UK_TYPE_UNTYPED, 256 * 1024), space;
    bare_need(make_space(&space) == UK_OK && bare_ask(UK_SPACE_CONFIGURE, space, memory) == UK_OK, "a space is made");
    uint32_t asid = asid_of(space);
    uk_handle frame = bare_map(space, UK_PAGE, PAGE_AT, UK_RIGHT_READ | UK_RIGHT_WRITE);
    looker_spawn(&first, space, 0);
    (void)bare_line(ended_well(&first), "a space whose tables can be taken away");
    bare_need(bare_ask(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, memory) == UK_OK, "tables are taken away");
    bare_need(bare_ask(UK_SPACE_CONFIGURE, space, memory) == UK_OK, "... and come again");
    looker_spawn(&second, space, 0);
    (void)bare_line(asid_of(space) == asid && bare_state(&second) == UK_THREAD_STOPPED, "... maps nothing with new ones");
    bare_need(bare_ask(UK_SPACE_MAP, space, frame, PAGE_AT, UK_RIGHT_READ | UK_RIGHT_WRITE) == UK_OK, "a frame is mapped");
    looker_spawn(&third, space, 77);
    (void)bare_line(ended_well(&third), "... but what it is given again");
    (void)bare_check("with new tables");
    bare_unmake(memory);
}

void asids_main(void)
{
    struct uk_config config = {.run = 1, .arena_bytes = 32u << 20, .spaces_max = SPACES, .root_slots = 8192};
    bare_boot(&config);
    too_many();
    renewed();
    used_again();
}
