/* SPDX-License-Identifier: MIT */
/* The ABI as data: rows of set-up, one operation, and what must come of it. Needs nothing but mem*, so any machine runs it. */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include <ukern/abi.h>

/* Three threads, the later ones more urgent. At first only A is ready; A starts the others (START). */
enum conformance_actor {
    A,
    B,
    C,
    ACTORS
};

enum {
    PRIORITY_A = 10,
    PRIORITY_B = 20,
    PRIORITY_C = 30,
    PRIORITY_MAXIMUM = 40, /* what A may give */
    STEPS_MAX = 12         /* of a set-up */
};

/* Slots of each actor's CNode; what is marked A is only in A's. */
enum conformance_slot {
    CNODE = UK_SLOT_CNODE, /* its own four */
    SPACE = UK_SLOT_SPACE,
    THREAD = UK_SLOT_THREAD,
    SCHED = UK_SLOT_SCHED,
    MEMORY,       /* A: an Untyped of 128 KiB */
    ENDPOINT,     /* by priority; all rights */
    ARRIVAL,      /* an endpoint by arrival */
    CLIENT,       /* ENDPOINT with badge 7 (A), 8 (B), 9 (C): send and grant */
    SENDER,       /* ENDPOINT without badge: send only */
    SIGNALS,      /* a notification; all rights */
    BELL,         /* SIGNALS with badge 4; send */
    REPLY,        /* of its own */
    SHARED_REPLY, /* the same for all */
    PORT,         /* the receive right of a port of its own, for 2 messages */
    TO_A,         /* a send right to A's, with badge 7, 8, 9; send and grant */
    TO_B,
    PORTS,        /* a port set; all rights */
    PORTAL,       /* into C's domain, with two stacks; send and grant, badge 7, 8, 9 */
    TIMER,        /* A */
    LINE,         /* A: an interrupt */
    TABLES,       /* A: a space with memory for tables */
    RAW_SPACE,    /* A: a space without */
    PAGE,         /* A: a frame of UK_PAGE; all rights */
    OTHER_PAGE,   /* A */
    READ_PAGE,    /* A: PAGE, read only */
    THREAD_B,     /* A and C */
    THREAD_C,     /* A */
    SCHED_B,      /* A: the context of B */
    SCHED_C,      /* A */
    FRESH,        /* A: a thread without anything */
    SPARE,        /* A: a scheduling context, bound to nobody */
    SMALL,        /* A: a CNode of 4 slots */
    NONE_CNODE,   /* A: capabilities without rights, one of each type */
    NONE_UNTYPED,
    NONE_SPACE,
    NONE_THREAD,
    NONE_SCHED,
    NONE_ENDPOINT,
    NONE_REPLY,
    NONE_SIGNALS,
    NONE_TIMER,
    NONE_LINE,
    NONE_RING,
    RING,         /* A: a ring in RING_PAGE, 8 entries and 4 completions; entries: see ring_entries in world.c */
    RAW_RING,     /* A: a ring without memory */
    RING_PAGE,    /* A: a frame, mapped where only the world knows */
    NONE_PORT,
    NONE_PORTS,
    RESIDENT,     /* A: a resident server that answers with the status in word 0 */
    NONE_RESIDENT,
    RAW_PORTAL,   /* A: a portal that is not open yet, for one stack; all rights */
    NONE_PORTAL,
    BOUND,        /* A: stands for ENDPOINT */
    CHAIN,        /* A: stands for ENDPOINT, and then for BOUND_LATER */
    BOUND_LATER,  /* A: stands for ARRIVAL */
    RAW_BOUND,    /* A: stands for nothing */
    NONE_BOUND,
    EMPTY,        /* from here on nothing */
    SLOTS = 64
};

#define STALE(slot)  ((uk_handle)77 << 32 | (slot))
#define BEYOND       ((uk_handle)SLOTS)
#define STALE_REPLY  UINT16_MAX /* as `reply`: STALE(REPLY) */
/* An address so many bytes after the base of the space TABLES, of RAW_SPACE, or of the actor's own space. */
#define IN_TABLES(offset) ((uk_word)0x5ace << 48 | (offset))
#define IN_RAW(offset)    ((uk_word)0x5acc << 48 | (offset))
#define IN_OWN(offset)    ((uk_word)0x5acd << 48 | (offset))
/* Own addresses that nothing is mapped at. */
#define NOWHERE           IN_OWN((uk_word)8 << 20)

/* When waiting ends; times are absolute. */
enum conformance_deadline {
    AT_ONCE = 0, /* UK_NOW */
    NEVER,       /* UK_FOREVER */
    PASSED,      /* has passed before the row began */
    LATER        /* when all others have nothing to do any more (ACT_IDLE) */
};
#define TIME_PASSED ((uk_time)1)
#define TIME_LATER  ((uk_time)50000000)

/* What a step does, beside operations. */
enum conformance_act {
    ACT_NONE = 0,
    ACT_OPERATION,
    ACT_WINDOW,  /* the actor writes its window: word 0 slot, 1 slots, 2 address, 3 bytes */
    ACT_ITEM,    /* the actor writes an item: word 0 which, 1 kind, 2 rights, 3 slot, 4 count, 5 address */
    ACT_READ,    /* the actor loads from, or ... */
    ACT_WRITE,   /* ... stores to the address in word 0, where nothing is mapped so */
    ACT_IDLE,    /* nobody can run: time passes up to the next deadline */
    ACT_LINE,    /* the device of LINE raises it */
    ACT_COPIES   /* the actor writes into which frames snapshots may be copied: word 0 slot, 1 how many */
};

struct conformance_step {
    uint8_t act;      /* enum conformance_act */
    uint8_t actor;    /* must be the one that runs */
    uint8_t deadline; /* enum conformance_deadline */
    uint8_t filtered; /* 1: takes only `filter` */
    uint8_t seen;     /* 0: the row tells how it ended for the actor; else for actor `seen - 1` */
    uint16_t reply;   /* slot; 0: none */
    uint16_t filter;
    uk_word operation;
    uk_handle handle;
    uk_word tag;
    uk_word word[UK_REGISTER_WORDS];
};

/* How an operation ended, beside enum uk_status. */
enum {
    BLOCKED = 100,
    STOPPED,
    DEAD
};

struct conformance_result {
    uint8_t outcome;           /* enum uk_status, or the above */
    char next;                 /* 'A', 'B', 'C'; '-': nobody can run */
    char states[ACTORS + 1];   /* s stopped, r ready, S sending, C calling, R receiving, a awaiting reply, w waiting, d dead */
    uint8_t entries, switches, picks, words; /* how far these counters went; words: copied */
};

struct conformance_row {
    const char *name;
    struct conformance_step tested;
    struct conformance_result expected;
    struct conformance_step setup[STEPS_MAX]; /* up to the first ACT_NONE */
};

/* Rows that a driver cannot play, and why. */
struct conformance_exception {
    const char *row;
    const char *driver;
    const char *reason;
};

/* What plays the rows on some machine. */
struct conformance_driver {
    const char *name;
    void *context;
    int (*begin)(void *context); /* a fresh world; 0: impossible */
    void (*end)(void *context);
    /* The actor, who must be the one that runs, does the step. 0: somebody else runs. */
    int (*play)(void *context, const struct conformance_step *step);
    /* The totals so far, and everybody's state. `actor`: whose outcome. */
    void (*observe)(void *context, unsigned actor, struct conformance_result *result, uint64_t totals[4]);
};

extern const struct conformance_row *const conformance_tables[]; /* ends with NULL; each table with a row without name */
extern const struct conformance_exception conformance_exceptions[]; /* ends without a row */

struct conformance_totals {
    unsigned rows, failed, left_out;
    uint8_t reached[UK_STATUS_COUNT]; /* by a row that came out as expected */
};

/* Plays every row; `line` gets one line for each, the same on every machine, without newline. */
void conformance_play(const struct conformance_driver *driver, void (*line)(void *context, const char *text),
                      void *context, struct conformance_totals *totals);

/* Shorthand for tables. ------------------------------------------------------------------------------------------- */

/* DO(who, operation, handle[, what else]) */
#define DO(who, ...)   {.act = ACT_OPERATION, .actor = (who), .operation = __VA_ARGS__}
#define ACT(what, who, ...) {.act = (what), .actor = (who), .word = {__VA_ARGS__}}
/* A starts another thread, which is more urgent and runs at once. */
#define START(who)     DO(A, UK_THREAD_RESUME, (who) == B ? THREAD_B : THREAD_C, .deadline = AT_ONCE)
#define UNTIL(when)    .deadline = (when)
#define SEEN_BY(who)   .seen = (who) + 1 /* the row tells what comes of it for another actor */
#define WITH_REPLY     .reply = REPLY
#define LENGTH(n)      .tag = UK_TAG(3, n, 0)
#define CARRIES(n)     .tag = UK_TAG(3, 2, n)
#define WORDS(...)     .word = {__VA_ARGS__}
#define NOTHING        UNTIL(AT_ONCE)
#define LINE_RAISED    {.act = ACT_LINE}
#define IDLE           {.act = ACT_IDLE}
#define GIVES(outcome, next, states, entries, switches, picks, words)                                                  \
    {outcome, next, states, entries, switches, picks, words}

#endif
