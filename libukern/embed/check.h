/* SPDX-License-Identifier: MIT */
/* The invariants, numbered for ever, and what the files that check them share. Nothing in the kernel is changed but
 * struct object's `reserved` and `reserved2`, which belong to the checker and are zero outside of it. */
#ifndef EMBED_CHECK_H
#define EMBED_CHECK_H

#include "core/kernel.h"
#include "embed/format.h"

struct reply;
struct sched_context;

#define CHECKS(X)                                                                                                      \
    X(CHECK_FOREST, 1, "the pointers of the derivation forest agree, and it has no circle")                            \
    X(CHECK_SLOT, 2, "a filled slot names a live object of its type")                                                  \
    X(CHECK_DERIVED, 3, "a capability derives from one to its object, or to the Untyped that its object lies in")      \
    X(CHECK_RIGHTS, 4, "a capability has no right that the one it derives from lacks")                                 \
    X(CHECK_BADGE, 5, "a badge is inherited, and only what serves many has one")                                       \
    X(CHECK_GENERATION, 6, "no capability names a generation that its endpoint has not reached")                       \
    X(CHECK_SLOTS, 7, "the filled slots of all objects are those in the forest; empty ones are clean")                 \
    X(CHECK_REFERENCES, 8, "an object counts the capabilities that name it")                                           \
    X(CHECK_OBJECT, 9, "an object's header is possible, and what nobody names is dying")                               \
    X(CHECK_COUNTS, 10, "the kernel counts its objects, threads and spaces")                                           \
    X(CHECK_DYING, 11, "exactly the objects marked as dying are on that list")                                         \
    X(CHECK_WATERMARKS, 12, "an Untyped's watermarks lie in its range, and are back when nothing lives in it")         \
    X(CHECK_PLACES, 13, "live objects lie below the low watermark of their Untyped and do not overlap")                \
    X(CHECK_PAGES, 14, "pages lie above the high watermark of their Untyped and do not overlap")                       \
    X(CHECK_ACCOUNT, 15, "an Untyped counts what lives in it, and its bytes")                                          \
    X(CHECK_FREE, 16, "free memory is zero")                                                                           \
    X(CHECK_TABLES, 17, "a space counts its tables, and they lie in its Untyped")                                      \
    X(CHECK_MAPPING, 18, "a mapping has a live frame capability that says the same, with all its rights")              \
    X(CHECK_MAPPED, 19, "a frame capability that says it is mapped is, and a space counts the bytes")                  \
    X(CHECK_THREAD, 20, "a thread's state and priorities are possible")                                                \
    X(CHECK_READY_LISTS, 21, "the ready lists are well formed, and bitmap and top tell which are empty")               \
    X(CHECK_RUNNABLE, 22, "the ready lists hold who can run and has budget, without the current thread")               \
    X(CHECK_CURRENT, 23, "the current thread can run, its context is the one charged, and no fault has been put off")  \
    X(CHECK_WAITS, 24, "a blocked thread waits on an object of the type that its state says, any other on none")       \
    X(CHECK_QUEUES, 25, "a wait queue is well formed: ranks fall, rings close")                                        \
    X(CHECK_MEMBERS, 26, "each waiting thread is on exactly one queue, that of its object")                            \
    X(CHECK_RECEIVER, 27, "the Reply that a thread receives with is bound to it, and idle")                            \
    X(CHECK_REPLY, 28, "each thread awaiting a reply has exactly one Reply, and each Reply at most one caller")        \
    X(CHECK_SERVING, 29, "a thread's list of Replies holds exactly those that are bound to it")                        \
    X(CHECK_CHAIN, 30, "the chain of a lent context is as long as it says, of live replies and lenders")               \
    X(CHECK_HOLDER, 31, "each scheduling context has one holder and one owner, and they know it")                      \
    X(CHECK_BUDGET, 32, "what is left of a budget and its refills, which are in order, make the whole")                \
    X(CHECK_REFILL, 33, "a context with nothing left waits for its next refill")                                       \
    X(CHECK_DEADLINES, 34, "the deadline tree is ordered, balanced and closed")                                        \
    X(CHECK_ARMED, 35, "exactly the armed deadlines of live objects are in the tree")                                  \
    X(CHECK_SERVICES, 36, "an object bound to a thread is on that thread's list, and a bound notification is its one") \
    X(CHECK_ENDPOINT, 37, "a closed endpoint has no waiters, and nobody waits for somebody who is here")               \
    X(CHECK_NOTIFICATION, 38, "a notification has bits, or waiters, or a bound thread that keeps the bits")            \
    X(CHECK_INTERRUPT, 39, "an interrupt is pending only while masked, and is the one of its line")                    \
    X(CHECK_NEXT_EVENT, 40, "nothing will happen before the kernel next looks")                                        \
    X(CHECK_DEAD, 41, "a dead thread owes and owns nothing once it has been taken apart")                              \
    X(CHECK_ROOT, 42, "the first thread and its CNode are what the kernel remembers")                                  \
    X(CHECK_PORT, 43, "a port's messages and promises fit into its queue, and what it does not hold is empty")         \
    X(CHECK_PORT_RIGHTS, 44, "an open port has one receive right, and a slot kept for each of its send-once rights")   \
    X(CHECK_PORT_WAITS, 45, "nobody waits at a port, or at its set, for what is there")                                \
    X(CHECK_PORT_SET, 46, "a set's rings hold exactly its members, and of these those that have messages")             \
    X(CHECK_RING, 47, "a ring's queues have sizes that its page holds, and without a page nothing is in progress")     \
    X(CHECK_RESIDENT, 48, "a resident server has a function and a name, is boot's, and nobody visits the kernel now")  \
    X(CHECK_LEASE, 49, "only who awaits a reply lends memory, and what he lends is numbered and does not wrap")        \
    X(CHECK_LAZY, 50, "frames that show one page are in a ring with one source; each knows its only capability")       \
    X(CHECK_LAZY_MAPPING, 51, "a frame in such a ring is mapped to the page of its source, and not to be written")          \
    X(CHECK_PORTAL, 52, "each stack of a portal is free or has one thread, and nobody waits for what there is")          \
    X(CHECK_CROSSING, 53, "a thread is where its innermost crossing says, and each crossing in use is in its list")          \
    X(CHECK_BOUND, 54, "a bound call holds a right to call, and between kernel entries nothing is folded")             \
    X(CHECK_HELP, 55, "a thread is helped by the most urgent of those with time who wait for it, and knows it")

enum check_number {
    CHECK_NONE = 0,
#define UK_X(name, number, text) name = number,
    CHECKS(UK_X)
#undef UK_X
    CHECK_COUNT
};

enum check_depth {
    CHECK_SAMPLED, /* of free memory, look only at both ends of each range */
    CHECK_EXACT    /* look at every byte */
};

/* As uk_check, with a choice of depth. */
unsigned check_kernel(const struct kernel *kernel, enum check_depth depth, char *text, size_t text_bytes);

/* For the files that check, and others that must see every object once. -------------------------------------------- */

/* Sums over all objects; each is compared with what lists and trees say. A `weighed` sum adds up object numbers
 * times a count, so that errors in two objects cannot cancel out. */
struct checker {
    const struct kernel *kernel;
    enum check_depth depth;
    struct text text;
    enum check_number failed;
    struct object *first, *last;       /* of the list of all objects */
    const struct untyped *first_untyped; /* made by boot; NULL: none */
    uint64_t objects, permanent, threads, spaces, dying;
    uint64_t references, slots, filled; /* counted by objects; slots in the forest; filled slots in objects */
    uint64_t placed;                   /* objects found by walking memory */
    uint64_t tables_weighed;           /* wraps around 0 at the end */
    uint64_t mapped, mapped_slots;     /* table entries; frame capabilities that say they are mapped */
    uint64_t queued;                   /* threads marked as in a ready list */
    uint64_t waiting, members;         /* threads with a queue; members of queues */
    uint64_t calling, callers;         /* threads awaiting replies; replies with a caller */
    uint64_t owed, serving;            /* replies with a server; members of threads' lists */
    uint64_t lent, chained;            /* replies with a context; members of chains */
    uint64_t lenders, lending;         /* replies with a lender; threads that know through which they lent */
    uint64_t held, holders, owned, owners;
    uint64_t armed;
    uint64_t bound, services;          /* objects with a server; members of threads' lists */
    uint64_t receive_weighed, once_weighed, travels_weighed; /* rights of ports; 0 at the end */
    uint64_t joined, ready;            /* members of sets, and those with messages; 0 at the end */
    uint64_t inside;                   /* stacks in use, less the crossings of threads; 0 at the end */
    uint64_t asked;                    /* threads marked as asked about */
};

/* Finds every object: they are on a list from checker->first on, in an order that only their history decides. 0: the
 * kernel's structures are damaged, and the list is not complete. Afterwards check_forget. */
int check_collect(struct checker *checker);
void check_forget(struct checker *checker);
/* Remembers the first failure. Always 0. `object` may be NULL. */
int check_fail(struct checker *checker, enum check_number number, const struct object *object, const char *why);

/* Puts an object that could be one on the list of all objects, unless it is there. 0: it could not. */
int check_see(struct checker *checker, struct object *object, uint32_t type);
/* The next of that list, which begins at checker->first; NULL: the end. */
struct object *check_next(const struct checker *checker, const struct object *object);
/* Is this a pointer to a live object of the type? Valid once all objects have been found; reads nothing else. */
int check_is_live(const struct checker *checker, const void *object, uint32_t type);
/* Could `bytes` bytes at this pointer be an aligned piece of the arena? */
int check_in_arena(const struct checker *checker, const void *at, size_t bytes, size_t align);

/* Each checks some invariants; 0: failed. */
int check_forest(struct checker *checker);                                /* check_forest.c */
int check_slots(struct checker *checker, const struct object *object);
int check_untyped(struct checker *checker, const struct untyped *untyped); /* check_memory.c */
int check_permanent(struct checker *checker);
int check_space(struct checker *checker, const struct space *space);       /* check_space.c */
int check_frame(struct checker *checker, const struct frame *frame);
/* Also finds the frame whose page it shows. */
int check_lazy(struct checker *checker, const struct frame *frame, const struct frame **source); /* check_lazy.c */
int check_thread(struct checker *checker, const struct thread *thread);    /* check_thread.c */
int check_ready(struct checker *checker);
int check_queue(struct checker *checker, const struct queue *queue, const struct object *object, int by_priority);
int check_endpoint(struct checker *checker, const struct object *object);  /* check_ipc.c */
int check_notification(struct checker *checker, const struct object *object);
int check_interrupt(struct checker *checker, const struct object *object);
int check_reply(struct checker *checker, const struct reply *reply);
int check_ring(struct checker *checker, const struct object *object);
int check_resident(struct checker *checker, const struct object *object);
int check_bound(struct checker *checker, const struct object *object);
int check_port(struct checker *checker, const struct object *object);      /* check_port.c */
int check_port_set(struct checker *checker, const struct object *object);
int check_portal(struct checker *checker, const struct object *object);    /* check_portal.c */
int check_crossings(struct checker *checker, const struct thread *thread);
int check_help(struct checker *checker, const struct thread *thread);      /* check_help.c */
int check_asked(struct checker *checker);
int check_context(struct checker *checker, const struct sched_context *context); /* check_time.c */
int check_deadlines(struct checker *checker);

#endif
