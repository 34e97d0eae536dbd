/* SPDX-License-Identifier: MIT */
/* Bytes become operations on a small kernel: the same bytes do the same, whatever was run before. */
#ifndef FUZZ_OPERATIONS_H
#define FUZZ_OPERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include <ukern/ukern.h>

enum {
    OPERATIONS_RECORD_BYTES = 16,
    OPERATIONS_RECORDS_MAX = 128, /* of one input; further ones are ignored */
    OPERATIONS_THREADS = 4,
    OPERATIONS_SLOTS = 16,        /* of each thread's CNode */
    OPERATIONS_WORLDS = 16
};

/* The first record of an input: which world, and which costly checks. */
struct operations_header {
    uint8_t world;  /* enum operations_world, modulo OPERATIONS_WORLDS */
    uint8_t checks; /* enum operations_check; each is on when its three bits are all set, so it is rare by chance */
    uint8_t reserved[14];
};

enum operations_world {
    WORLD_MEMORY = 1,  /* the threads have message buffers, mapped in the space that they share */
    WORLD_RECLAIM = 2, /* lent time is pulled back when a call chain breaks (UK_CHAIN_RECLAIM) */
    WORLD_SERVERS = 4, /* threads 2 and 3 have no time of their own and wait for callers */
    WORLD_ALONE = 8    /* no hooks: nothing is traced or chosen, so that the kernel may take its fast paths */
};

enum operations_check {
    CHECK_FINISH = 7,   /* at the end the first thread revokes everything, and all memory must be back */
    CHECK_COMPARE = 56, /* a refused operation must leave the same state as an operation that does not exist */
    CHECK_ALL = 63
};

/* One thing that happens. Every value of every byte means something; small ones mean what is most often sensible. */
struct operations_record {
    uint8_t actor;    /* below 128: whoever runs now; else thread (actor % 4), if it can run */
    uint8_t action;   /* modulo 128: an operation's number, or enum operations_action */
    uint8_t handle;   /* below 128: a slot of the right type; below 240: any slot; else a boundary value */
    uint8_t flags;    /* enum operations_flag */
    uint8_t word[6];  /* each by its kind, see operations_decode.c */
    uint8_t reply;    /* as handle */
    uint8_t deadline; /* modulo 16: from a table */
    uint8_t tag;      /* bits 0..2 length, 3..5 items, 6..7 label, from tables */
    uint8_t filter;
    uint8_t choices;  /* answers of the choice hook, lowest bit first, then zeros */
    uint8_t extra;    /* of actions */
};
UK_STATIC_ASSERT(sizeof(struct operations_record) == OPERATIONS_RECORD_BYTES, "records are 16 bytes");
UK_STATIC_ASSERT(sizeof(struct operations_header) == OPERATIONS_RECORD_BYTES, "the header is one record");

enum operations_flag {
    FLAG_GENERATION = 1, /* handles carry the slot's generation ... */
    FLAG_STALE = 2,      /* ... or one too small */
    FLAG_FILTERED = 4,
    FLAG_HIGH = 8,       /* the first word has bit 32 set too */
    FLAG_NUMBER = 16     /* the operation's number has high bits set */
};

/* What happens besides operations of threads, and once more the operations that matter most. */
enum operations_action {
    ACTION_WINDOW = UK_INTERRUPT_ACKNOWLEDGE + 1, /* the actor writes its window: w0 slot, w1 slots, w2 address,
                                                     w3 bytes; w4 and w5: frames for snapshots, slot and how many.
                                                     Operations of later designs have no number here */
    ACTION_ITEM,         /* the actor writes item (extra % 4): w0 kind, w1 rights, w2 slot (lease: address), w3 count */
    ACTION_ADVANCE,      /* time passes: w0 */
    ACTION_NEXT,         /* time passes up to the first deadline */
    ACTION_PAGE_FAULT,   /* of the actor: w0 address, w1 access */
    ACTION_FAULT,        /* w0: kind */
    ACTION_ROOT_KILL,    /* the first thread kills thread (w0 % 4) */
    ACTION_ROOT_REVOKE,  /* the first thread revokes its slot w0 */
    ACTION_ROOT_DELETE,  /* the first thread deletes its slot w0 */
    ACTION_INTERRUPT,    /* the second line is raised */
    ACTION_POKE,         /* memory of the actor: w0 address, w1 length */
    ACTION_PEEK,
    ACTION_ROOT_SUSPEND, /* the first thread suspends (extra odd: resumes) thread (w0 % 4) */
    ACTION_ROOT_TIME,    /* the first thread binds (extra odd: unbinds) context (w0 % 4) to thread (w1 % 4) */
    ACTION_RESTART,      /* the actor goes on with a preempted operation, if it has one */
    ACTION_CALL,
    ACTION_RECEIVE,
    ACTION_REPLY_RECEIVE,
    ACTION_SEND,
    ACTION_REPLY,
    ACTION_NUMBER,       /* an operation that does not exist: w0 */
    ACTION_WAIT,
    ACTION_SIGNAL,
    ACTION_GRANT,        /* the first thread copies its slot w0 to slot w1 of thread (extra % 4), with rights w2 */
    ACTION_MORE,         /* from here on: operations from ACTION_WINDOW's number on, round and round */
    ACTION_COUNT = 128
};
UK_STATIC_ASSERT(ACTION_MORE == 64, "every action keeps its number, whatever operations are added");

struct operations;

/* Bytes of memory (page-aligned) that one interpreter needs. */
size_t operations_bytes(void);
/* Makes an interpreter in this memory. NULL: the kernel does not boot, which is a bug. */
struct operations *operations_make(void *memory, size_t bytes);
/* Performs an input. NULL: all that must hold did; else what did not, in words. `checks` are added to the header's. */
const char *operations_run(struct operations *operations, const uint8_t *data, size_t size, unsigned checks);

/* What happened, folded together: the state's hash after the last run, and whether events are folded in too. */
uint64_t operations_hash(const struct operations *operations);
/* Tells every operation and its result as a line of text; NULL: nobody. */
void operations_tell(struct operations *operations, void (*tell)(void *context, const char *line), void *context);
/* Folds every trace event into operations_events from now on. */
void operations_trace(struct operations *operations, int on);
uint64_t operations_events(const struct operations *operations);
/* The kernel as the last run left it. */
struct uk_kernel *operations_kernel(struct operations *operations);

/* Random records: the same generator serves the mutator and the random test. */
struct operations_random {
    uint64_t state;
};
uint32_t operations_random(struct operations_random *random, uint32_t below);
void operations_record_random(struct operations_random *random, struct operations_record *record);
/* Changes an input in place; returns its new size, a multiple of the record's. */
size_t operations_mutate(struct operations_random *random, uint8_t *data, size_t size, size_t room);
size_t operations_cross(struct operations_random *random, const uint8_t *one, size_t one_size, const uint8_t *other,
                        size_t other_size, uint8_t *out, size_t room);

/* Seeds: meaningful scenarios as inputs. `name` becomes the file's name. Returns the size; 0: there is no such seed. */
size_t operations_seed(unsigned number, const char **name, uint8_t *data, size_t room);

#endif
