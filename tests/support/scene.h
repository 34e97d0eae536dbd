/* SPDX-License-Identifier: MIT */
/* A scene: one stepped kernel and the threads that act in it; after every step all invariants are checked. */
#ifndef SUPPORT_SCENE_H
#define SUPPORT_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ukern/ukern.h>

#include "core/kernel.h"
#include "percent.h"

#define SCENE_ACTORS 160
#define SCENE_STEPS  24 /* remembered, to be told when a check fails */

/* What step() and after() answer beside enum uk_status. */
enum {
    BLOCKED = 1000,  /* the thread sleeps in its operation */
    STOPPED,         /* it is stopped */
    DEAD,            /* it is dead, but its object is still there */
    GONE,            /* the object is gone too */
    NOT_RUNNABLE,    /* it could not be stepped: nothing happened */
    RESTARTING       /* its operation was preempted and will go on when it is stepped again */
};

/* A thread with its own CNode, space, message buffer and scheduling context. */
struct actor {
    struct scene *scene;
    const char *name;
    uk_handle thread, cnode, space, sched; /* in the first thread's CNode */
    uint32_t number;                       /* the thread's object number */
    uint32_t next_slot;                    /* the next free one in its own CNode */
    uk_word buffer;
    uk_time until;                         /* deadline of the next step only; see until() */
    uk_word filter;                        /* badge filter of the next step only; see from() */
    int filtered;
    struct uk_result result;               /* of its last step */
    struct uk_call seen;                   /* its registers when it was last seen not waiting ... */
    int settled;                           /* ... and whether nobody but itself may change them, ... */
    uint32_t depth;                        /* ... while it is inside of so many portals */
};

struct scene {
    struct uk_kernel *kernel;
    struct kernel *inside;
    void *memory;
    struct actor *root; /* the first thread */
    struct actor actors[SCENE_ACTORS];
    uint32_t count;
    uint64_t seed;                      /* state of scene_random */
    uint32_t preempt_every;             /* every how many questions the choice hook preempts; 0: never */
    uint32_t questions;
    uint32_t unchecked;                 /* 1: leave uk_check out (for steps in their thousands) */
    char steps[SCENE_STEPS][96];
    uint64_t steps_done;
};

/* How to open a scene; zero-initialise. */
struct stage {
    uk_word arena_bytes;  /* 0: 4 MiB */
    uk_time slice_ns;     /* 0: one second, so that nobody's slice ends by accident */
    uint32_t preemptible; /* install the choice hook; see scene.preempt_every */
    uint32_t root_slots;  /* 0: 2048 */
    const struct uk_device *devices;
    uint32_t device_count;
    const struct uk_resident *residents;
    uint32_t resident_count;
};

struct scene *scene_open(const struct stage *stage); /* NULL: defaults */
/* Also destroys every object by revoking all memory, and checks that all of it came back. */
void scene_close(struct scene *scene);
/* A splitmix64 step, reduced to 0..bound-1; `seed` is printed when it is set. */
void scene_seed(struct scene *scene, uint64_t seed);
uint32_t scene_random(struct scene *scene, uint32_t bound);

/* A thread named so, ready. */
struct actor *actor_new(struct scene *scene, const char *name, uint32_t priority);
/* The same with these budgets, and (passive) the same without any: it runs only on what callers lend it. */
struct actor *actor_with_budget(struct scene *scene, const char *name, uint32_t priority, uk_time budget,
                                uk_time period);
/* The scheduling context goes away from a thread that waits, which makes it passive. */
void actor_make_passive(struct actor *actor);
struct thread *thread_of(const struct actor *actor); /* NULL: gone */

/* Operations. A call is written OP(UK_SIGNAL, handle, word...). */
#define OP(number, object, ...)                                                                                        \
    ((struct uk_call){.operation = (number), .handle = (object), .word = {__VA_ARGS__}, .deadline = UK_FOREVER})
int step(struct actor *actor, struct uk_call call);
/* What has become of its last operation by now: its status, or one of the above. */
int after(const struct actor *actor);
/* The registers of a thread now: a received message, results. */
const struct uk_call *got(const struct actor *actor);
/* The next step of this actor has a deadline; or receives from one badge only. */
struct actor *until(struct actor *actor, uk_time deadline);
struct actor *from(struct actor *actor, uk_word badge);
/* Time passes; invariants are checked. */
void advance(struct scene *scene, uk_time time);
uk_time time_now(const struct scene *scene);
/* Checks all invariants; the message names the steps before. */
void scene_check(struct scene *scene);

/* Messages: WORDS(label, word...) or EMPTY(label). */
struct note {
    uk_word tag;
    uk_word word[UK_REGISTER_WORDS];
};
#define WORDS(label, ...)                                                                                              \
    ((struct note){UK_TAG(label, sizeof((uk_word[]){__VA_ARGS__}) / sizeof(uk_word), 0), {__VA_ARGS__}})
#define EMPTY(label)                ((struct note){UK_TAG(label, 0, 0), {0}})
#define LONG(label, length, items)  ((struct note){UK_TAG(label, length, items), {1, 2, 3, 4, 5, 6}})
int do_send(struct actor *actor, uk_handle endpoint, struct note note);
int do_call(struct actor *actor, uk_handle endpoint, struct note note);
int do_receive(struct actor *actor, uk_handle endpoint, uk_handle reply);
int do_reply(struct actor *actor, uk_handle reply, struct note note);
int do_reply_receive(struct actor *actor, uk_handle endpoint, uk_handle reply, struct note note);
int do_wait(struct actor *actor, uk_handle notification);

/* Objects, made by the first thread in its own CNode: its handle. */
uk_handle make(struct scene *scene, uint32_t type, uk_word size);
uk_handle make_from(struct scene *scene, uk_handle untyped, uint32_t type, uk_word size);
/* A fresh slot of the first thread. */
uk_handle slot_new(struct scene *scene);
/* The actor gets a copy in its own CNode: its handle there. */
uk_handle give(struct actor *actor, uk_handle handle, uint32_t rights);
uk_handle give_badged(struct actor *actor, uk_handle handle, uint32_t rights, uk_word badge);
/* The actor gets the capability itself: its handle there. */
uk_handle hand(struct actor *actor, uk_handle handle);
/* The slot behind a handle in an actor's CNode. NULL: beyond. */
struct capability *slot_of(const struct actor *actor, uk_handle handle);
struct object *object_of(const struct actor *actor, uk_handle handle);
/* Filled slots of all CNodes that derive from this one, however deep. */
size_t descendants(const struct capability *slot);

/* Memory of an actor: a fresh frame, mapped; its handle in the actor's CNode. */
uk_handle frame_at(struct actor *actor, uk_word address, uk_word bytes, uint32_t rights);
uk_handle own_frame_at(struct actor *actor, uk_word address, uk_word bytes); /* the only capability to it; to be written */
void poke(const struct actor *actor, uk_word address, const void *bytes, size_t length);
int peek(const struct actor *actor, uk_word address, void *bytes, size_t length); /* uk_peek's status */
/* Fields of its message buffer. */
void set_item(const struct actor *actor, unsigned index, uint32_t kind, uint32_t rights, uk_handle handle,
              uk_word count);
void set_lease(const struct actor *actor, unsigned index, uint32_t rights, uk_word address, uk_word bytes);
void set_window(const struct actor *actor, uint32_t slot, uint32_t slots, uk_word address, uk_word bytes);
void set_copies(const struct actor *actor, uk_handle first, uint32_t count); /* frames that snapshots go into */
void set_word(const struct actor *actor, unsigned index, uk_word value);
struct uk_buffer buffer_of_actor(const struct actor *actor);

/* State: everything but time, accounting, and the registers and record of `actor`. */
struct snapshot *snapshot_take(struct scene *scene);
void snapshot_same(struct snapshot *snapshot, const struct actor *actor, const char *file, int line); /* frees it */
#define expect_same(snapshot, actor) snapshot_same(snapshot, actor, __FILE__, __LINE__)
/* The step is refused with this status, and changes nothing. */
void refused_at(struct actor *actor, int status, struct uk_call call, const char *file, int line);
#define expect_refused(actor, status, ...) refused_at(actor, status, __VA_ARGS__, __FILE__, __LINE__)

/* Equality that prints names of statuses. */
void expect_at(int value, int wanted, const char *text, const char *file, int line);
#define expect(value, wanted) expect_at(value, wanted, #value, __FILE__, __LINE__)
#define expect_next(actor)    expect_next_at(actor, __FILE__, __LINE__)
void expect_next_at(const struct actor *actor, const char *file, int line); /* it runs now */

#endif
