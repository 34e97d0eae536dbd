/* SPDX-License-Identifier: MIT */
/* The players of the registers' tests: what they put in, and what they may find afterwards. */
#include "player.h"

#include <stdio.h>

unsigned player_base(const struct player *player) { return player->round % 2 == 0 ? TP : S0; }

static void fill(struct player *player)
{
    uk_word *in = player->probe.in;
    for (unsigned i = 1; i < PROBE_REGISTERS; i++)
        in[i] = player->secret << 32 | (player->round << 8) | i;
    if (player->calls) {
        in[A0] = player->round == 0 ? player->first : player->operation;
        in[A1] = player->handle;
        in[A2] = 0; /* a message without words */
        in[T1] = REPLY;
        in[T2] = UK_FOREVER;
    }
    if (player->prepare != NULL)
        player->prepare(player);
}

static void wrong(struct player *player, const char *what, unsigned number)
{
    if (player->wrong++ != 0)
        return;
    player->what = what;
    player->number = number;
    player->value = player->probe.out[number];
}

static int is_foreign(const struct player *player, uk_word half)
{
    return half != 0 && (half == player->foreign[0] || half == player->foreign[1]);
}

static void judge(struct player *player)
{
    const struct probe *probe = &player->probe;
    for (unsigned i = 1; i < PROBE_REGISTERS; i++) {
        int kept = i == SP || i == GP || i == TP || i == S0, result = i == T0 || (i >= A0 && i <= A7);
        if (i == player_base(player))
            continue;
        if (is_foreign(player, probe->out[i] >> 32))
            wrong(player, "holds what another thread had", i);
        if ((kept || !player->calls) && probe->out[i] != probe->in[i])
            wrong(player, "is not kept", i);
        if (player->calls && !kept && !result && probe->out[i] != 0)
            wrong(player, "is not cleared", i);
    }
    if (player->calls && probe->out[A0] != player->status)
        wrong(player, "is the status", A0);
}

static uk_word player_main(uk_word argument)
{
    struct player *player = (struct player *)argument;
    volatile uk_word mine = player->secret; /* on the stack: at the same address in every space */
    for (; player->round < player->rounds; player->round++) {
        fill(player);
        player->enter[player->round % 2](&player->probe);
        judge(player);
        if (mine != player->secret)
            wrong(player, "points to another space's stack", SP);
    }
    return 0;
}

uk_handle player_door, player_bell;

void player_spawn(struct player *player, uint32_t priority)
{
    player->task = (struct uk_task){.name = player->name, .entry = player_main, .argument = (uk_word)player,
                                    .priority = priority, .suspended = 1};
    player->round = player->wrong = 0;
    bare_spawn(&player->task);
    bare_grant(&player->task, DOOR, player_door, UK_RIGHTS_ALL, 0);
    bare_grant(&player->task, BELL, player_bell, UK_RIGHTS_ALL, 0);
    bare_grant(&player->task, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_resume(&player->task);
}

void player_begin(uint32_t real_time)
{
    struct uk_config config = {.run = 1, .arena_bytes = 16u << 20, .real_time = real_time};
    bare_boot(&config);
    player_door = bare_make(UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY);
    player_bell = bare_make(UK_TYPE_NOTIFICATION, 0);
}

static int went_well(const struct player *player)
{
    if (player->wrong != 0)
        printf("  WRONG: %s: x%u %s: %lx\n", player->name, player->number, player->what, (unsigned long)player->value);
    if (player->round + 1 < player->rounds)
        printf("  WRONG: %s came to round %u of %u\n", player->name, player->round, player->rounds);
    return player->wrong == 0 && player->round + 1 >= player->rounds;
}

void player_line(int good, const char *what)
{
    printf("%s: %s\n", what, good ? "yes" : "NO");
    bare_failed += !good;
}

void player_finish(const char *what, struct player *const *players, unsigned count)
{
    int good = uk_run(bare_kernel, UK_FOREVER, 0) == UK_RUN_IDLE;
    for (unsigned i = 0; i < count; i++)
        good = went_well(players[i]) && good;
    good = bare_check(what) && good;
    player_line(good, what);
}

void player_wait_a_little(struct player *player) { player->probe.in[T2] = uk_clock() + 100000; }
