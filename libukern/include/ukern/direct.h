/* SPDX-License-Identifier: MIT */
/* Direct calls: servers in the caller's own space, behind proxies that no crash, no stale name and no lost block passes. */
#ifndef UKERN_DIRECT_H
#define UKERN_DIRECT_H

#include <ukern/call.h>
#include <ukern/exchange.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * After Singularity (one owner for each block, contracts) and RedLeaf (proxies, unwinding), without a language that makes it
 * impossible to bypass them: a stray store can still hit anything in the space. What is caught: use of what was given away or
 * is lent no more, calls to who died or was replaced, calls out of order, crashes, endless loops, and too deep a nest.
 *
 * A program (a space) has one `struct uk_direct`. Its threads enter domains by uk_direct_call, on their own stacks and without
 * the kernel. A more urgent thread of the same space supervises them: their faults are calls to its endpoint, and it sends them
 * back to the proxy (uk_direct_unwind). It may do so wherever they are.
 *
 * UK_LAND_HERE(place, label) stores in `place` (four words: instruction, stack, frame, base) where uk_land(place) arrives: at
 * `label`, with the three registers as they were by which a compiler finds its locals, and nothing else as it was but memory.
 * From anywhere below on the same stack.
 */

enum {
    UK_DIRECT_DOMAINS_MAX = 127,
    UK_DIRECT_DEPTH_MAX = 16,    /**< proxies that a thread may be behind */
    UK_DIRECT_STACK_BYTES = 4096, /**< that a callee finds at least */
    UK_DIRECT_REFUSED = 255      /**< in a contract: not in this state */
};

/** What goes along with a call, and comes back. */
struct uk_direct_message {
    uk_word word[UK_REGISTER_WORDS];
    uk_block moved; /**< in: from now on the callee's; out: the caller's, by what name the callee gave it back; 0: none */
    uk_block lent;  /**< the callee alone may use it until it returns; 0: none */
};

struct uk_direct_thread;
/** @return what the caller gets; any status that is none of the proxy's own makes sense. */
typedef enum uk_status (*uk_direct_method)(struct uk_direct_thread *self, void *state, struct uk_direct_message *message);

/** What a domain offers. Two are the same if their types are. */
struct uk_direct_interface {
    uint32_t type, method_count;
    const uk_direct_method *methods;
    const uint8_t *contract; /**< [state * method_count + method]: the next state, or UK_DIRECT_REFUSED. NULL: any order */
};

/** One incarnation of a server, or a program that only calls. */
struct uk_direct_domain {
    const struct uk_direct_interface *interface; /**< NULL: nobody calls it */
    void *state;
    uint32_t generation; /**< odd: it lives */
    uint32_t crashes;
    uk_word reserved;
};

/** A way to a domain; each has its own place in the contract, beginning with state 0. */
struct uk_direct_proxy {
    struct uk_direct_domain *domain;
    uint32_t generation, state;
};

struct uk_direct {
    struct uk_exchange heap;
    uint32_t domain_count;
    struct uk_direct_domain domains[UK_DIRECT_DOMAINS_MAX + 1]; /**< by number; 0 is nobody */
};

struct uk_direct_frame;
/** Where a thread is: all of it follows from the frame, so that one store enters a domain, and one leaves it. Its own to write;
 *  its supervisor reads it while it is stopped. */
struct uk_direct_thread {
    struct uk_direct *world;
    struct uk_direct_frame *frame; /**< the innermost; NULL: it is at home */
    uk_word stack_least;           /**< its stack ends here */
    uk_word home;                  /**< its own domain */
};

/** One call in progress, on the caller's stack. All that the proxy needs when it is landed at is here. */
struct uk_direct_frame {
    uk_word landing[4];
    struct uk_direct_frame *outer;
    struct uk_direct_thread *self;
    struct uk_direct_domain *callee;
    struct uk_direct_message *message;
    struct uk_holding *loan;     /**< NULL: none */
    uk_block given;              /**< the new name of what moves now; 0: nothing yet */
    uint32_t generation, depth;  /**< of the callee when it was entered; proxies that the thread is behind */
    uk_block lent;               /**< the caller's name of the loan */
    uk_word borrower;            /**< for uk_exchange_return */
    uint32_t status;             /**< what the caller gets if the thread is landed here; whoever sends it here writes it */
};

/* Setting up. ------------------------------------------------------------------------------------------------------------ */

/** A new domain. @return its number; 0: there are too many. */
static inline uint32_t uk_direct_domain(struct uk_direct *world, const struct uk_direct_interface *interface, void *state)
{
    if (world->domain_count == UK_DIRECT_DOMAINS_MAX)
        return 0;
    struct uk_direct_domain *domain = &world->domains[++world->domain_count];
    domain->interface = interface;
    domain->state = state;
    domain->generation = 1;
    domain->crashes = 0;
    return world->domain_count;
}

/** A proxy. UK_BAD_ARGUMENT: no such domain; UK_PEER_DIED; UK_WRONG_TYPE: it offers something else. */
static inline enum uk_status uk_direct_bind(struct uk_direct *world, uint32_t number, uint32_t type,
                                            struct uk_direct_proxy *proxy)
{
    if (number == 0 || number > world->domain_count)
        return UK_BAD_ARGUMENT;
    struct uk_direct_domain *domain = &world->domains[number];
    if (domain->generation % 2 == 0)
        return UK_PEER_DIED;
    if (domain->interface == (const struct uk_direct_interface *)0 || domain->interface->type != type)
        return UK_WRONG_TYPE;
    proxy->domain = domain;
    proxy->generation = domain->generation;
    proxy->state = 0;
    return UK_OK;
}

/** The calling thread, whose stack ends at `stack_least`, belongs to this domain. */
static inline struct uk_direct_thread uk_direct_attach(struct uk_direct *world, uint32_t domain, uk_word stack_least)
{
    struct uk_direct_thread self = {world, (struct uk_direct_frame *)0, stack_least, domain};
    return self;
}

/** The number of the domain that a frame is a call to; NULL: of the one that the thread is at home in. */
static inline uint32_t uk_direct_number(const struct uk_direct_thread *self, const struct uk_direct_frame *frame)
{
    int home = frame == (const struct uk_direct_frame *)0;
    return (uint32_t)(home ? self->home : (uk_word)(frame->callee - self->world->domains));
}

/** The number of the domain that the thread is in. */
static inline uint32_t uk_direct_here(const struct uk_direct_thread *self) { return uk_direct_number(self, self->frame); }

/** Has the domain that the frame is a call to died since? */
static inline int uk_direct_is_dead(const struct uk_direct_frame *frame)
{
    return frame != (const struct uk_direct_frame *)0 &&
           __atomic_load_n(&frame->callee->generation, __ATOMIC_ACQUIRE) != frame->generation;
}

/* Blocks of the domain that the thread is in; as in <ukern/exchange.h>. -------------------------------------------------- */

static inline void *uk_direct_use(const struct uk_direct_thread *self, uk_block block)
{
    return uk_exchange_use(&self->world->heap, block, uk_direct_here(self));
}

/** Also UK_PEER_DIED: this domain is dead, and owns nothing any more. */
static inline enum uk_status uk_direct_take(struct uk_direct_thread *self, uk_block *block)
{
    enum uk_status status = uk_exchange_take(&self->world->heap, uk_direct_here(self), block);
    if (status != UK_OK || !uk_direct_is_dead(self->frame))
        return status;
    (void)uk_exchange_drop(&self->world->heap, *block, uk_direct_here(self));
    return UK_PEER_DIED;
}

static inline enum uk_status uk_direct_drop(struct uk_direct_thread *self, uk_block block)
{
    return uk_exchange_drop(&self->world->heap, block, uk_direct_here(self));
}

/* Each word of a frame is stored by itself: compilers gather neighbours in vector registers first, which takes longer. */
#define UK_DIRECT_SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/* Calls. ----------------------------------------------------------------------------------------------------------------- */

/** Checks all that a message names before anything changes hands. */
static inline enum uk_status uk_direct_check(const struct uk_direct_thread *self, const struct uk_direct_message *message,
                                             struct uk_direct_frame *frame)
{
    const struct uk_exchange *heap = &self->world->heap;
    uint32_t here = uk_direct_here(self);
    if (message->moved != 0 && !uk_exchange_owns(heap, message->moved, here))
        return UK_STALE;
    if (message->lent == 0)
        return UK_OK;
    if (!uk_exchange_owns(heap, message->lent, here) && !uk_exchange_borrows(heap, message->lent, here))
        return UK_STALE;
    if (message->lent == message->moved)
        return UK_BAD_ARGUMENT;
    frame->loan = uk_exchange_find(heap, message->lent);
    frame->lent = message->lent;
    frame->borrower = frame->loan->borrower;
    return UK_OK;
}

/** The callee gets what the message names, by new names. */
static inline void uk_direct_hand_over(struct uk_direct_frame *frame)
{
    struct uk_direct_message *message = frame->message;
    struct uk_exchange *heap = &frame->self->world->heap;
    uint32_t from = uk_direct_number(frame->self, frame->outer), to = uk_direct_number(frame->self, frame);
    if (message->moved != 0) {
        frame->given = message->moved;
        (void)uk_exchange_move(heap, &frame->given, from, to);
        message->moved = frame->given;
    }
    if (frame->loan != (struct uk_holding *)0)
        (void)uk_exchange_lend(heap, &message->lent, from, to, &frame->borrower);
}

/** The callee returned: what it says to give back becomes the caller's. UK_PEER_FAULT: it was not its own. */
static inline enum uk_status uk_direct_take_back(struct uk_direct_frame *frame, enum uk_status status)
{
    struct uk_direct_message *message = frame->message;
    struct uk_direct_thread *self = frame->self;
    frame->given = message->moved;
    enum uk_status moved = uk_exchange_move(&self->world->heap, &frame->given, uk_direct_number(self, frame),
                                            uk_direct_number(self, frame->outer));
    message->moved = moved == UK_OK ? frame->given : 0;
    return moved == UK_OK ? status : UK_PEER_FAULT;
}

/** The thread was landed at the proxy: whatever was moving is either the caller's by now, or went down with the callee. */
static inline void uk_direct_salvage(struct uk_direct_frame *frame)
{
    const struct uk_exchange *heap = &frame->self->world->heap;
    uint32_t caller = uk_direct_number(frame->self, frame->outer);
    struct uk_direct_message *message = frame->message;
    if (uk_exchange_owns(heap, frame->given, caller))
        message->moved = frame->given;
    else if (!uk_exchange_owns(heap, message->moved, caller))
        message->moved = 0;
}

static inline void uk_direct_end_loan(struct uk_direct_frame *frame)
{
    if (__builtin_expect(frame->loan == (struct uk_holding *)0, 1))
        return;
    uk_exchange_return(&frame->self->world->heap, frame->loan, frame->borrower);
    frame->message->lent = frame->lent;
}

/** A thread that was unwound begins here; its stack ends where that of the frame's function does. */
__attribute__((noreturn, unused)) static void uk_direct_land(uk_word frame)
{
    uk_land(((const struct uk_direct_frame *)(uintptr_t)frame)->landing);
}

/** It came back to a caller that died meanwhile: that call ends, too, with what it was to be given. */
static inline void uk_direct_leave_dead(struct uk_direct_frame *frame, uk_block moved)
{
    (void)uk_exchange_drop(&frame->self->world->heap, moved, uk_direct_here(frame->self));
    frame->status = UK_PEER_DIED;
    uk_direct_land((uk_word)(uintptr_t)frame);
}

/** From here on nobody sends the thread to this frame. */
static inline void uk_direct_leave(struct uk_direct_frame *frame)
{
    __atomic_store_n(&frame->self->frame, frame->outer, __ATOMIC_RELEASE);
    if (__builtin_expect(uk_direct_is_dead(frame->outer), 0))
        uk_direct_leave_dead(frame->outer, frame->message->moved);
}

/** The end of a call whose thread was landed here, once or more often, or whose callee was dead before it began. */
static inline enum uk_status uk_direct_unwound(struct uk_direct_frame *frame)
{
    enum uk_status status = (enum uk_status)frame->status;
    uk_direct_end_loan(frame);
    uk_direct_salvage(frame);
    uk_direct_leave(frame);
    return status;
}

/**
 * Calls a method through a proxy: on this thread, on this stack, without the kernel.
 * UK_PEER_DIED: the domain is dead, or crashed in this call; UK_TIMED_OUT: it was given time enough, and died of that;
 * UK_STALE: the proxy is of an earlier incarnation, or the message names what is not the caller's to give or lend;
 * UK_BAD_OPERATION: no such method; UK_BUSY: the contract does not allow it now; UK_LIMIT: too deep, or too little stack;
 * UK_BAD_ARGUMENT: moved and lent are the same; UK_PEER_FAULT: the callee gave back what was not its own; else the method's.
 * Whatever is refused leaves everything as it was. A crash takes along what the callee owned, the gift included.
 */
static inline enum uk_status uk_direct_call(struct uk_direct_thread *self, struct uk_direct_proxy *proxy, uint32_t method,
                                            struct uk_direct_message *message)
{
    struct uk_direct_domain *callee = proxy->domain;
    const struct uk_direct_interface *interface = callee->interface;
    struct uk_direct_frame frame;
    enum uk_status answer;
    uint32_t generation = proxy->generation;
    if (__builtin_expect(generation != callee->generation, 0))
        return callee->generation % 2 == 0 ? UK_PEER_DIED : UK_STALE;
    if (method >= interface->method_count)
        return UK_BAD_OPERATION;
    struct uk_direct_frame *outer = self->frame;
    uint32_t depth = outer != (struct uk_direct_frame *)0 ? outer->depth + 1 : 1;
    uk_word stack = (uk_word)(uintptr_t)__builtin_frame_address(0);
    if (depth > UK_DIRECT_DEPTH_MAX || stack < self->stack_least + UK_DIRECT_STACK_BYTES + sizeof frame)
        return UK_LIMIT;
    UK_DIRECT_SET(frame.loan, (struct uk_holding *)0);
    UK_DIRECT_SET(frame.given, 0);
    if (__builtin_expect((message->moved | message->lent) != 0, 0)) {
        enum uk_status status = uk_direct_check(self, message, &frame);
        if (status != UK_OK)
            return status;
    }
    if (__builtin_expect(interface->contract != (const uint8_t *)0, 0)) {
        uint32_t state = interface->contract[proxy->state * interface->method_count + method];
        if (state == UK_DIRECT_REFUSED)
            return UK_BUSY;
        proxy->state = state; /* nothing else refuses the call, but that the domain is dead by then */
    }
    UK_DIRECT_SET(frame.outer, outer);
    UK_DIRECT_SET(frame.self, self);
    UK_DIRECT_SET(frame.callee, callee);
    UK_DIRECT_SET(frame.message, message);
    UK_DIRECT_SET(frame.generation, generation);
    UK_DIRECT_SET(frame.depth, depth);
    UK_LAND_HERE(frame.landing, landed);
    __atomic_store_n(&frame.self->frame, &frame, __ATOMIC_RELEASE); /* from here on we may be unwound */
    if (__builtin_expect(uk_direct_is_dead(&frame), 0)) { /* it died in the last moment */
        frame.status = UK_PEER_DIED;
        return uk_direct_unwound(&frame);
    }
    if (__builtin_expect((frame.message->moved | frame.message->lent) != 0, 0))
        uk_direct_hand_over(&frame);
    answer = frame.callee->interface->methods[method](frame.self, frame.callee->state, frame.message);
    uk_direct_end_loan(&frame);
    if (__builtin_expect(frame.message->moved != 0, 0))
        answer = uk_direct_take_back(&frame, answer);
    uk_direct_leave(&frame);
    return answer;
landed:
    return uk_direct_unwound(&frame);
}

/* Death. ----------------------------------------------------------------------------------------------------------------- */

/** The domain is dead: its proxies say so, and nothing is its own any more. Threads in it go on until uk_direct_evict. */
static inline void uk_direct_kill(struct uk_direct *world, uint32_t number)
{
    struct uk_direct_domain *domain = &world->domains[number];
    if (domain->generation % 2 == 0)
        return;
    __atomic_store_n(&domain->generation, domain->generation + 1, __ATOMIC_RELEASE);
    uk_exchange_reclaim(&world->heap, number);
}

/** A new incarnation, perhaps of other code; the old one dies if it has not. No old proxy will ever reach it. */
static inline void uk_direct_restart(struct uk_direct *world, uint32_t number, const struct uk_direct_interface *interface,
                                     void *state)
{
    struct uk_direct_domain *domain = &world->domains[number];
    uk_direct_kill(world, number);
    domain->interface = interface;
    domain->state = state;
    __atomic_store_n(&domain->generation, domain->generation + 1, __ATOMIC_RELEASE);
}

/** Where a stopped thread has to go on, because the innermost domain that it is in died: the words of UK_THREAD_REGISTERS.
 *  Its caller gets `why`. 0: it may stay where it is. */
static inline int uk_direct_way_out(const struct uk_direct_thread *self, enum uk_status why, uk_word words[3])
{
    struct uk_direct_frame *frame = self->frame;
    if (!uk_direct_is_dead(frame))
        return 0;
    frame->status = why;
    words[0] = (uk_word)(uintptr_t)uk_direct_land;
    words[1] = frame->landing[1] & ~(uk_word)15;
    words[2] = (uk_word)(uintptr_t)frame;
    return 1;
}

/** Supervisor: the thread leaves the innermost domain that it is in, if that is dead; the caller gets `why`. Dead domains
 *  farther out end their calls when it comes back to them. @return of the operations on `thread`. */
static inline enum uk_status uk_direct_evict(struct uk_direct_thread *self, uk_handle thread, enum uk_status why)
{
    uk_word words[3];
    if (!uk_direct_is_dead(self->frame))
        return UK_OK; /* and it will enter no dead one: nothing that it waits for is broken off */
    enum uk_status status = uk_thread_suspend(thread);
    if (status == UK_OK && uk_direct_way_out(self, why, words))
        status = uk_thread_registers(thread, words[0], words[1], words[2]);
    return status == UK_OK ? uk_thread_resume(thread) : status;
}

/** Supervisor: the thread faulted, or shall not go on: the domain that it is in dies, and its caller gets `why`.
 *  UK_PEER_FAULT: it is in no domain but its own, and was stopped. */
static inline enum uk_status uk_direct_unwind(struct uk_direct_thread *self, uk_handle thread, enum uk_status why)
{
    enum uk_status status = uk_thread_suspend(thread);
    if (status != UK_OK)
        return status;
    if (self->frame == (struct uk_direct_frame *)0)
        return UK_PEER_FAULT;
    self->frame->callee->crashes++;
    uk_direct_kill(self->world, (uint32_t)(self->frame->callee - self->world->domains));
    return uk_direct_evict(self, thread, why);
}

#ifdef __cplusplus
}
#endif
#endif
