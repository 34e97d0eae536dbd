/* SPDX-License-Identifier: MIT */
/* Mappings that change under a thread that works on them: a mover takes pages and rights away at any instruction, and gives
 * them back when the worker faults. No store is lost, and none is made twice. */
#include <stdio.h>

#include "bare.h"
#include "spaces.h"

enum {
    DOOR = 10, /* slots of the mover */
    REPLY,
    SPACE_OF,
    FRAMES,
    PAGES = 8,
    WORK = 60000,
    PERIOD_NS = 20000
};
#define AREA ((uk_word)0x40000000)

static struct {
    volatile unsigned done;
    unsigned wrong, moves, faults;
} seen;

static volatile uk_word *word_of(uk_word page) { return (volatile uk_word *)(AREA + page * UK_PAGE); }

/* Counts in the pages, and beside that on its stack. */
static uk_word worker_main(uk_word seed)
{
    uk_word counts[PAGES] = {0};
    for (unsigned i = 0; i < WORK; i++) {
        uk_word page = bare_random(&seed) % PAGES;
        uk_word now = *word_of(page);
        seen.wrong += now != counts[page];
        *word_of(page) = now + 1;
        counts[page]++;
    }
    for (unsigned page = 0; page < PAGES; page++)
        seen.wrong += *word_of(page) != counts[page];
    seen.done = 1;
    return 0;
}

enum held { NOTHING = 0, READS = UK_RIGHT_READ, WRITES = UK_RIGHT_READ | UK_RIGHT_WRITE };

static enum uk_status give(uint8_t *held, uk_word address, uk_word access)
{
    uk_word page = (address - AREA) / UK_PAGE;
    uint32_t rights = access == UK_RIGHT_WRITE ? WRITES : READS;
    if (page >= PAGES || held[page] == WRITES)
        return UK_BAD_ARGUMENT; /* a fault that should not be */
    uint8_t before = held[page];
    held[page] = (uint8_t)rights;
    return before == NOTHING ? uk_map(SPACE_OF, FRAMES + page, AREA + page * UK_PAGE, rights)
                             : uk_protect(SPACE_OF, AREA + page * UK_PAGE, rights);
}

static enum uk_status take(uint8_t *held, uk_word draw)
{
    uk_word page = draw % PAGES;
    uint8_t before = held[page];
    if (before == NOTHING)
        return UK_OK;
    seen.moves++;
    held[page] = before == WRITES && (draw >> 40 & 1) != 0 ? READS : NOTHING;
    return held[page] == READS ? uk_protect(SPACE_OF, AREA + page * UK_PAGE, READS) : uk_unmap(SPACE_OF, AREA + page * UK_PAGE);
}

static uk_word mover_main(uk_word seed)
{
    uint8_t held[PAGES] = {0};
    uk_time next = uk_clock();
    while (!seen.done) {
        struct uk_message message = uk_message(0, 0);
        next += next <= uk_clock() ? PERIOD_NS + bare_random(&seed) % 5000 : 0;
        enum uk_status status = uk_receive(DOOR, &message, REPLY, next);
        if (status == UK_TIMED_OUT) {
            seen.wrong += take(held, bare_random(&seed)) != UK_OK;
            continue;
        }
        seen.faults++;
        status = give(held, message.word[0], message.word[1]);
        seen.wrong += status != UK_OK;
        message = uk_message(status == UK_OK ? UK_FAULT_RESUME : UK_FAULT_KILL, 0);
        (void)uk_reply(REPLY, &message);
    }
    return 0;
}

void moving_main(void)
{
    struct uk_config config = {.run = 1, .real_time = 1, .arena_bytes = 16u << 20};
    struct uk_task worker = {.name = "worker", .entry = worker_main, .argument = 3, .priority = 10, .suspended = 1};
    struct uk_task mover = {.name = "mover", .entry = mover_main, .argument = 4, .priority = 20, .suspended = 1};
    bare_boot(&config);
    uk_handle door = bare_make(UK_TYPE_ENDPOINT, 0);
    bare_spawn(&worker);
    bare_spawn(&mover);
    bare_grant(&mover, DOOR, door, UK_RIGHTS_ALL, 0);
    bare_grant(&mover, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_grant(&mover, SPACE_OF, worker.own_space, UK_RIGHTS_ALL, 0);
    for (unsigned i = 0; i < PAGES; i++)
        bare_grant(&mover, FRAMES + i, bare_make(UK_TYPE_FRAME, UK_PAGE), UK_RIGHTS_ALL, 0);
    bare_need(bare_ask(UK_THREAD_CONFIGURE, worker.thread, 0, 0, door, 0, 0, UK_PART_FAULT) == UK_OK, "a pager is set");
    bare_resume(&mover);
    bare_resume(&worker);
    enum uk_run_end end = uk_run(bare_kernel, UK_FOREVER, 0);
    printf("# %u moves, %u faults\n", seen.moves, seen.faults);
    (void)bare_line(end == UK_RUN_IDLE && bare_state(&worker) == UK_THREAD_DEAD, "a worker gets to its end on moving pages");
    (void)bare_line(seen.wrong == 0, "... and no store is lost or made twice");
    (void)bare_line(seen.moves > 100 && seen.faults > 100, "... though they moved often");
    (void)bare_check("after all the moving");
}
