/* SPDX-License-Identifier: MIT */
/* What the interpreter's own files share: the world as it was made, what the threads owe, and what went wrong. */
#ifndef FUZZ_OPERATIONS_INSIDE_H
#define FUZZ_OPERATIONS_INSIDE_H

#include "core/kernel.h"
#include "fuzz/operations.h"

/* The first thread's slots. */
enum world_slot {
    WORLD_LINE_ROOT = UK_SLOT_FIRST_FREE, /* wakes the first thread */
    WORLD_LINE,
    WORLD_RESIDENT,
    WORLD_THREAD,
    WORLD_CNODE = WORLD_THREAD + OPERATIONS_THREADS,
    WORLD_CONTEXT = WORLD_CNODE + OPERATIONS_THREADS,
    WORLD_ENDPOINT = WORLD_CONTEXT + OPERATIONS_THREADS, /* two: by priority, by arrival */
    WORLD_NOTIFICATION = WORLD_ENDPOINT + 2,
    WORLD_BELL, /* the first thread waits here */
    WORLD_REPLY, /* three */
    WORLD_TIMER = WORLD_REPLY + 3,
    WORLD_SPACE,
    WORLD_FRAME, /* two: message buffers, spare */
    WORLD_UNTYPED = WORLD_FRAME + 2,
    WORLD_END,
    WORLD_SLOTS = 40
};

enum {
    WORLD_ARENA = 512 * 1024,
    WORLD_UNTYPED_BYTES = 65536
};

/* A thread's own slots; what is behind SLOT_OWN differs from thread to thread. */
enum own_slot {
    SLOT_CNODE = 1,
    SLOT_ENDPOINT,
    SLOT_OTHER_ENDPOINT,
    SLOT_NOTIFICATION,
    SLOT_REPLY,
    SLOT_THREAD,
    SLOT_CONTEXT,
    SLOT_UNTYPED,
    SLOT_SPACE,
    SLOT_FRAME,
    SLOT_OWN,
    SLOT_RESIDENT,
    SLOT_FREE
};

/* A world as it was made; offsets are from the beginning of the kernel's memory. */
struct world {
    int made;
    unsigned char *copy;   /* of all memory */
    uk_word low, high;     /* watermarks of the first Untyped: between them all is zero */
    uk_word frames, frames_end; /* physical: the threads' frames; from `high` up to them lie tables */
    uint64_t pages;        /* mapped and unmapped so far */
    size_t space_offset;   /* the shared space's object */
    size_t inner_offset;   /* the threads' Untyped, and as it was */
    struct untyped inner;
};

/* One thread as the oracles see it. */
struct watched {
    struct thread *thread;
    uint32_t number;
    uint32_t open; /* it asked for an operation that has not completed */
};

struct operations {
    unsigned char *memory; /* the kernel's */
    size_t memory_bytes;
    struct uk_kernel *embedded;
    struct kernel *kernel;
    struct world worlds[OPERATIONS_WORLDS];
    struct world *world;         /* loaded; NULL: none */
    unsigned char *before, *after; /* whole snapshots, for comparing */
    uk_word low, high;           /* the farthest that the first Untyped's watermarks went in this run */
    uk_word inner_low, inner_high;
    int reset;                   /* everything was freed once: all must be copied back */
    uint64_t runs;
    uint64_t boot_objects, boot_threads, boot_spaces;
    struct watched watched[OPERATIONS_THREADS];
    unsigned checks;
    unsigned choices;            /* left of the record's */
    int tracing;                 /* fold events */
    int quiet;                   /* events are those of a comparison */
    uint64_t events;
    uint64_t hash;
    char text[400];
    int failed;
    void (*tell)(void *context, const char *line);
    void *tell_context;
};

/* Notes the first thing that went wrong. */
__attribute__((format(printf, 2, 3))) void operations_fail(struct operations *operations, const char *format, ...);

/* operations_world.c */
int world_make(struct operations *operations, unsigned which);
enum uk_status world_root(struct operations *operations, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1,
                          uk_word w2, uk_word w3, uk_word w4, uk_word w5);
/* The first thread wakes up, performs this, and waits again. */
void world_root_awake(struct operations *operations, uint32_t operation, uk_handle handle, const uk_word *words);

/* operations_restore.c */
void world_remember(struct operations *operations, struct world *world);
void world_load(struct operations *operations, unsigned which);
/* Looks how far watermarks have gone; after every action. */
void world_mark(struct operations *operations);
/* Whole states, to come back to. */
void world_save(const struct operations *operations, unsigned char *copy);
void world_return(struct operations *operations, const unsigned char *copy);
/* The first thread revokes all memory; it must be as after boot. */
void world_finish(struct operations *operations);

/* operations_decode.c */
void record_decode(const struct operations *operations, const struct thread *actor,
                   const struct operations_record *record, struct uk_call *call);
uk_word record_address(uint8_t byte);
uk_word record_time(const struct operations *operations, uint8_t byte);

/* operations_oracles.c */
void oracles_begin(struct operations *operations);
void oracles_event(struct operations *operations, const struct uk_event *event);
/* After every action. */
void oracles_state(struct operations *operations);
/* After an operation of `actor`. */
void oracles_result(struct operations *operations, const struct thread *actor, uint32_t number,
                    const struct uk_call *call, const struct uk_result *result);
/* Must this outcome leave everything as it was? */
int oracles_refused(const struct uk_call *call, const struct uk_result *result);

#endif
