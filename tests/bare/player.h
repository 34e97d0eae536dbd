/* SPDX-License-Identifier: MIT */
/* A task that fills its registers, does one thing again and again, and looks at them; its stack tells whose space it is in. */
#ifndef BARE_PLAYER_H
#define BARE_PLAYER_H

#include "bare.h"
#include "probe.h"

enum {
    DOOR = 10, /* slots of every player: an endpoint and a notification for all, and a Reply of its own */
    REPLY,
    BELL,
    ROUNDS = 8
};

struct player {
    const char *name;
    uk_word secret;                  /* in the upper halves of its registers; ... */
    uk_word foreign[2];              /* ... of others', which it must not find; 0: nobody's */
    void (*enter[2])(struct probe *); /* with the probe in tp, in s0 */
    void (*prepare)(struct player *player); /* sets what the operation needs; NULL: nothing */
    int calls;                       /* 1: a system call, after which most registers are zero; 0: all are kept */
    uk_word operation, first, handle, status; /* `first`: what it asks for in the first round */
    unsigned rounds, round, wrong;
    const char *what;                /* the first thing wrong, and with which register; tasks cannot print */
    unsigned number;
    uk_word value;
    struct probe probe;
    struct uk_task task;
};
#define PLAYER_CALLS {probe_call_tp, probe_call_s0}

extern uk_handle player_door, player_bell;

/* The register that holds the probe's address in this round. */
unsigned player_base(const struct player *player);
void player_begin(uint32_t real_time);
void player_spawn(struct player *player, uint32_t priority);
/* Runs to the end of all, and prints the players' verdict. */
void player_finish(const char *what, struct player *const *players, unsigned count);
/* Prints "WHAT: yes" or "WHAT: NO". */
void player_line(int good, const char *what);
/* As `prepare`: the operation ends soon by its deadline. */
void player_wait_a_little(struct player *player);

/* What the timer and faults leave alone. */
void kept_main(void);

#endif
