/* SPDX-License-Identifier: MIT */
/* Stale translations: a task uses a mapping, loses it in the same space without any switch, and must fault when it uses it
 * again; what is still mapped must go on to work. */
#include <stdio.h>
#include <string.h>

#include "bare.h"
#include "losses.h"
#include "spaces.h"

/* Rows. -------------------------------------------------------------------------------------------------------------- */

enum ending {
    FAULTS,  /* at `address` */
    FETCHES, /* faults where its code was */
    STOPS,   /* with a record */
    ENDS
};

static const struct row {
    const char *name;
    uk_word (*deed)(uk_word argument);
    uk_word argument;
    enum ending ending;
    uk_word address, access;
} rows[] = {
    {"a page is unmapped, and read", unmapped, 0, FAULTS, PAGE_AT, UK_RIGHT_READ},
    {"a page is unmapped, and written", unmapped, 1, FAULTS, PAGE_AT, UK_RIGHT_WRITE},
    {"a page loses the right to write, and is written", made_readable, 0, FAULTS, PAGE_AT, UK_RIGHT_WRITE},
    {"a page becomes code, and is written", made_code, 0, FAULTS, PAGE_AT, UK_RIGHT_WRITE},
    {"a page is code no more, and is executed", made_data, 0, FAULTS, PAGE_AT, UK_RIGHT_EXECUTE},
    {"the capability above a page's is revoked", revoked, 0, FAULTS, PAGE_AT, UK_RIGHT_WRITE},
    {"the capability of a page is deleted", deleted, 0, FAULTS, PAGE_AT, UK_RIGHT_WRITE},
    {"a page is unmapped by another thread of the space", unmapped_by_a_mate, 0, FAULTS, PAGE_AT, UK_RIGHT_WRITE},
    {"a large page is unmapped, and its first word read", large_unmapped, 0, FAULTS, LARGE_AT, UK_RIGHT_READ},
    {"a large page is unmapped, and its last word read", large_unmapped, LAST, FAULTS, LARGE_AT + LAST, UK_RIGHT_READ},
    {"a large page loses the right to write, its first word", large_made_readable, 0, FAULTS, LARGE_AT, UK_RIGHT_WRITE},
    {"a large page loses the right to write, its last word", large_made_readable, LAST, FAULTS, LARGE_AT + LAST,
     UK_RIGHT_WRITE},
    {"a small page comes where a large one was: before it", large_then_small, 8, FAULTS, LARGE_AT + 8, UK_RIGHT_READ},
    {"a small page comes where a large one was: behind it", large_then_small, 2 * UK_PAGE, FAULTS, LARGE_AT + 2 * UK_PAGE,
     UK_RIGHT_READ},
    {"the memory of a space's tables is revoked by its own thread", tables_lost, 0, FETCHES, 0, UK_RIGHT_EXECUTE},
    {"a space is revoked by its own thread", space_lost, 0, STOPS, 0, 0},
    {"pages and rights come and go", gained, 0, ENDS, 0, 0},
};

static struct {
    unsigned count;
    uk_word tag, word[UK_REGISTER_WORDS];
} heard;

static uk_word handler_main(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    (void)argument;
    while (status == UK_OK) {
        heard.count++;
        heard.tag = message.tag;
        memcpy(heard.word, message.word, sizeof heard.word);
        message = uk_message(UK_FAULT_KILL, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

/* A space whose tables come from memory that can be revoked. */
static void make_space(void)
{
    table_memory = bare_make(UK_TYPE_UNTYPED, 256 * 1024);
    victim_space = bare_make(UK_TYPE_SPACE, 0);
    bare_need(bare_ask(UK_SPACE_CONFIGURE, victim_space, table_memory) == UK_OK, "a space gets memory");
}

static void grant_frame(const struct uk_task *task, uk_word slot, uk_word bytes)
{
    bare_grant(task, slot, bare_make(UK_TYPE_FRAME, bytes), UK_RIGHTS_ALL, 0);
    bare_need(bare_ask(UK_CAPABILITY_COPY, task->cnode, slot + 1, slot, task->cnode, UK_RIGHTS_ALL) == UK_OK,
              "a frame's capability is copied");
}

static int came_as_expected(const struct row *row, const struct uk_task *victim)
{
    uint32_t state = bare_state(victim);
    int faulted = heard.count == 1 && UK_TAG_LABEL(heard.tag) == UK_FAULT_PAGE && heard.word[1] == row->access;
    if (stage != 2)
        return 0;
    if (row->ending == FAULTS)
        return faulted && heard.word[0] == row->address && state == UK_THREAD_DEAD;
    if (row->ending == FETCHES)
        return faulted && heard.word[0] == heard.word[2] && state == UK_THREAD_DEAD;
    return heard.count == 0 && state == (row->ending == STOPS ? UK_THREAD_STOPPED : UK_THREAD_DEAD);
}

static void play(const struct row *row, uk_handle door)
{
    struct uk_task victim = {.name = "victim", .entry = row->deed, .argument = row->argument, .priority = 10, .suspended = 1};
    struct uk_task mate = {.name = "mate", .entry = mate_main, .priority = 10, .suspended = 1};
    char text[256];
    make_space();
    victim.space = mate.space = victim_space;
    bare_spawn(&victim);
    bare_spawn(&mate);
    grant_frame(&victim, FRAME, UK_PAGE);
    grant_frame(&victim, LARGE_FRAME, UK_LARGE);
    bare_grant(&victim, ROOT, UK_SLOT_CNODE, UK_RIGHTS_ALL, 0);
    bare_grant(&victim, MATE, mate.thread, UK_RIGHTS_ALL, 0);
    bare_need(bare_ask(UK_THREAD_CONFIGURE, victim.thread, 0, 0, door, 0, 0, UK_PART_FAULT) == UK_OK, "a handler is set");
    bare_resume(&victim);
    stage = heard.count = 0;
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
    text[uk_explain(bare_kernel, victim.thread, text, sizeof text - 1)] = 0;
    if (!bare_line(came_as_expected(row, &victim), row->name))
        printf("# stage %u, %u faults, label %u, address %lx, access %lx; %s\n", stage, heard.count, UK_TAG_LABEL(heard.tag),
               (unsigned long)heard.word[0], (unsigned long)heard.word[1], text);
    (void)bare_check(row->name);
    bare_unmake(table_memory);
}

void stale_main(void)
{
    struct uk_config config = {.run = 1, .arena_bytes = 96u << 20, .root_slots = 8192};
    struct uk_task handler = {.name = "handler", .entry = handler_main, .priority = 20, .suspended = 1};
    bare_boot(&config);
    uk_handle door = bare_make(UK_TYPE_ENDPOINT, 0);
    bare_spawn(&handler);
    bare_grant(&handler, DOOR, door, UK_RIGHTS_ALL, 0);
    bare_grant(&handler, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_resume(&handler);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        play(&rows[i], door);
}
