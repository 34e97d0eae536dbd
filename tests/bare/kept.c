/* SPDX-License-Identifier: MIT */
/* What comes between two instructions leaves all registers alone: the timer, other threads, and faults that are handled. */
#include "player.h"

enum {
    SPINS = 2000000 /* some milliseconds */
};
#define TOUCHED 0x60000000

static struct player left, right, looker;

/* Preemption. -------------------------------------------------------------------------------------------------------- */

static void spin_long(struct player *player)
{
    player->probe.in[player_base(player) == TP ? T6 : RA] = SPINS;
}

/* The counter has come to 0, which is all that has changed. */
static void spin_judged(struct probe *probe, unsigned counter)
{
    probe->in[counter] = 0;
}
static void spin_tp(struct probe *probe) { probe_spin_tp(probe), spin_judged(probe, T6); }
static void spin_s0(struct probe *probe) { probe_spin_s0(probe), spin_judged(probe, RA); }

static struct player spinner(const char *name, uk_word secret, uk_word foreign)
{
    return (struct player){.name = name, .secret = secret, .foreign = {foreign}, .enter = {spin_tp, spin_s0},
                           .prepare = spin_long, .rounds = 4};
}

static void preemption(void)
{
    static struct player *const all[] = {&left, &right, &looker};
    struct uk_counters before, after;
    player_begin(1);
    left = spinner("left", 0x1ef7, 0x419417);
    right = spinner("right", 0x419417, 0x1ef7);
    looker = (struct player){.name = "looker", .secret = 0x100c, .foreign = {left.secret, right.secret}, .calls = 1,
                             .enter = PLAYER_CALLS, .prepare = player_wait_a_little, .first = UK_WAIT, .operation = UK_WAIT,
                             .handle = BELL, .status = UK_TIMED_OUT, .rounds = 100};
    player_spawn(&left, 10);
    player_spawn(&right, 10);
    player_spawn(&looker, 20);
    uk_counters(bare_kernel, &before);
    player_finish("threads that the timer interrupts at any instruction keep all registers", all, 3);
    uk_counters(bare_kernel, &after);
    player_line(after.switches - before.switches > 100, "and were interrupted often");
}

/* Faults. ------------------------------------------------------------------------------------------------------------- */

enum {
    SPACE_OF = 13, /* pager: the space that it pages */
    FRAMES         /* ... and frames for it */
};

static unsigned paged;

/* The first fault at a page maps it for reading, the second one for writing, too. */
static uk_word pager_main(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    (void)argument;
    while (status == UK_OK) {
        uk_word page = message.word[0] & ~(UK_PAGE - 1);
        if (message.word[1] == UK_RIGHT_WRITE)
            status = uk_protect(SPACE_OF, page, UK_RIGHT_READ | UK_RIGHT_WRITE);
        else
            status = uk_map(SPACE_OF, FRAMES + (page - TOUCHED) / UK_PAGE, page, UK_RIGHT_READ);
        paged++;
        message = uk_message(status == UK_OK ? UK_FAULT_RESUME : UK_FAULT_KILL, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

static void touch_next(struct player *player)
{
    player->probe.in[player_base(player) == TP ? T6 : RA] = TOUCHED + player->round * UK_PAGE + 8;
}

/* Fresh memory is zero, so that is what was loaded. */
static void touch_tp(struct probe *probe) { probe_touch_tp(probe), probe->in[T5] = 0; }
static void touch_s0(struct probe *probe) { probe_touch_s0(probe), probe->in[A0] = 0; }

static void pager_spawn(void)
{
    struct uk_task pager = {.name = "pager", .entry = pager_main, .priority = 20, .suspended = 1};
    paged = 0;
    bare_spawn(&pager);
    bare_grant(&pager, DOOR, player_door, UK_RIGHTS_ALL, 0);
    bare_grant(&pager, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_grant(&pager, SPACE_OF, left.task.own_space, UK_RIGHTS_ALL, 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        bare_grant(&pager, FRAMES + i, bare_make(UK_TYPE_FRAME, UK_PAGE), UK_RIGHTS_ALL, 0);
    bare_resume(&pager);
    bare_need(bare_ask(UK_THREAD_CONFIGURE, left.task.thread, 0, 0, player_door, 0, 0, UK_PART_FAULT) == UK_OK,
              "a pager is set");
}

static void faults(void)
{
    player_begin(0);
    left = (struct player){.name = "left", .secret = 0x1ef7, .foreign = {0x419417}, .enter = {touch_tp, touch_s0},
                           .prepare = touch_next, .rounds = ROUNDS};
    player_spawn(&left, 10);
    pager_spawn();
    player_finish("faults that a pager handles keep all registers", (struct player *const[]){&left}, 1);
    player_line(paged == 2 * ROUNDS && bare_peek(&left.task, TOUCHED + 8) == (left.secret << 32 | RA),
                "and there were as many as pages and rights were missing");
}

void kept_main(void)
{
    preemption();
    faults();
}
