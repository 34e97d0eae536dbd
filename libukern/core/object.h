/* SPDX-License-Identifier: MIT */
/* What all kernel objects begin with, and how they die: unreachable at once, taken apart in bounded steps. */
#ifndef CORE_OBJECT_H
#define CORE_OBJECT_H

#include <ukern/abi.h>

struct kernel;
struct outcome;
struct thread;
struct untyped;
struct capability;
struct queue;

enum {
    OBJECT_ALIGN = 64,      /* every object begins on a cache line */
    OBJECT_DYING = 1,       /* on the kernel's list of objects to take apart */
    OBJECT_PERMANENT = 2    /* made by boot outside of any Untyped; never freed */
};

struct object {
    uint8_t type;              /* enum uk_type */
    uint8_t flags;             /* OBJECT_* */
    uint16_t reserved;
    uint32_t number;           /* unique in the kernel's life; what traces call it */
    uint32_t references;       /* capabilities to it, in CNodes and in other objects; 0: dying */
    uint32_t reserved2;
    struct untyped *untyped;   /* whose memory it is; NULL if permanent */
    struct object *dying_next; /* list of the dying; owned by object.c */
};

/* What the kernel must know of a type of objects. One row for each type, in entry/classes.c: adding a design adds its
 * rows there. A NULL function: nothing to do. */
struct object_class {
    uk_word bytes;   /* of the fixed part; 0: users cannot make it */
    uint32_t rights; /* of the first capability */
    /* Fills in a zeroed object; `size` as in UK_RETYPE. May refuse only for what the machine lacks. */
    enum uk_status (*make)(struct kernel *kernel, struct object *object, uk_word size);
    /* The last capability is gone: whatever others could still do to it or through it ends now, in constant time. */
    void (*disable)(struct kernel *kernel, struct object *object);
    /* Takes it apart, or completes its waiting threads, in steps. 0: preempted, call again. */
    int (*drain)(struct kernel *kernel, struct object *object);
    /* Takes a signal; `badge` is that of the capability used. */
    void (*signal)(struct kernel *kernel, struct object *object, uk_word badge);
    /* The thread that serves it is dead. */
    void (*server_died)(struct kernel *kernel, struct object *object);
};

extern const struct object_class object_classes[UK_TYPE_COUNT];

/* What only some types need; beside the classes in entry/classes.c. 0, NULL: nothing special. */
struct object_rule {
    uint32_t single; /* rights that move but are never copied */
    /* A capability with these rights and this badge is about to go. Constant time; the object is still whole. */
    void (*lost)(struct kernel *kernel, struct object *object, uint32_t rights, uk_word badge);
    uk_word (*size)(const struct object *object); /* what its `size` was in UK_RETYPE */
    /* The call in the caller's registers, by this capability, which has the right; for objects that stand for it. */
    struct outcome (*call)(struct kernel *kernel, struct thread *caller, struct capability *via);
    /* The thread whose turn it is to make those who wait here go on, so that they help it; NULL: no particular one. */
    struct thread *(*helped)(const struct object *object);
    /* Those who wait for the thread that serves it. */
    const struct queue *(*waiters)(const struct object *object);
};

extern const struct object_rule object_rules[UK_TYPE_COUNT];

/* Bytes that an object takes from its Untyped. `size` as in UK_RETYPE; 0 if type or size is no good. */
uk_word object_bytes(uint32_t type, uk_word size);

/* Makes zeroed memory an object without references. */
enum uk_status object_make(struct kernel *kernel, struct object *object, uint32_t type, struct untyped *untyped,
                           uk_word size);

/* Signals what the capability names, if it names anything that takes signals. */
void object_signal(struct kernel *kernel, const struct capability *via);

/* A capability to it came or went. The last to go disables the object at once: nobody can reach or be woken by it. */
static inline void object_reference(struct object *object) { object->references++; }
void object_release(struct kernel *kernel, struct object *object);

/* Puts an object on the list of those to take apart, once. */
void object_bury(struct kernel *kernel, struct object *object);

/* Takes dying objects apart. Returns 0 if a preemption stopped it before all was done. */
int object_drain(struct kernel *kernel);

#endif
