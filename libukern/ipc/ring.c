/* SPDX-License-Identifier: MIT */
/* Ring: each accepted submission runs once, in order, and has one completion, whatever users write in their page. */
#include "ipc/ring.h"

#include <string.h>

#include "core/kernel.h"
#include "core/machine.h"
#include "core/lazy.h"

/* Operations that may be in a ring: those that leave the caller running. A later design's come in by name. */
#define RING_TAKES                                                                                                     \
    ((((uint64_t)1 << (UK_INTERRUPT_ACKNOWLEDGE + 1)) - 1) &                                                           \
     ~((uint64_t)1 << UK_YIELD | (uint64_t)1 << UK_EXIT | (uint64_t)1 << UK_CALL | (uint64_t)1 << UK_THREAD_SUSPEND |  \
       (uint64_t)1 << UK_THREAD_KILL))

/* One ring-enter operation. Its progress is in the caller's registers (w0: left, w3: done) and in the ring, so that it
 * can be broken off between, and within, any two of its entries. */
struct batch {
    struct kernel *kernel;
    struct thread *caller;
    struct ring *ring;
    struct uk_ring_header *header;
    const struct uk_ring_entry *entries;
    struct uk_ring_completion *completions;
    const struct cnode *cnode;  /* in which `via` is, by which it was entered, ... */
    const struct capability *via;
    uint32_t generation;    /* ... when it was filled so often */
    int outranked;          /* from the beginning: an embedder steps the caller before it is its turn */
    uint32_t available;     /* submissions, and room for completions: read once, then ours */
    uint32_t room;
    uint32_t todo, added;   /* entries to execute at most; of them executed */
    struct uk_call asked;   /* the caller's registers; the operation of an entry has them for a while */
    struct outcome outcome; /* BATCH_IS_OVER: what becomes of the caller instead of an answer of ours */
};

enum {
    LOOKS_UP_EVERY = 4 /* entries: does anybody want the CPU? Long operations ask by themselves, too */
};

enum batch_step {
    BATCH_GOES_ON,
    BATCH_STOPS,
    BATCH_RESTARTS,
    BATCH_IS_OVER
};

enum uk_status ring_make(struct kernel *kernel, struct object *object, uk_word size)
{
    (void)kernel, (void)size;
    struct ring *ring = (struct ring *)object;
    ring->memory.held = ring->doorbell.held = HELD_BY_THREAD;
    return UK_OK;
}

void ring_disable(struct kernel *kernel, struct object *object)
{
    struct ring *ring = (struct ring *)object;
    (void)capability_remove(kernel, &ring->memory); /* nothing is derived from held slots: cannot be preempted */
    (void)capability_remove(kernel, &ring->doorbell);
}

/* The shared page; NULL: none, or not any more. User level may have unmapped it: that concerns only user level. */
static struct uk_ring_header *ring_header(const struct kernel *kernel, const struct ring *ring)
{
    if (ring->memory.type != UK_TYPE_FRAME)
        return NULL;
    return arena_pointer(kernel, ((const struct frame *)ring->memory.object)->physical);
}

/* Configuring. ----------------------------------------------------------------------------------------------------- */

static int ring_size_is_good(uk_word entries)
{
    return entries != 0 && entries <= UK_RING_ENTRIES_MAX && (entries & (entries - 1)) == 0;
}

static enum uk_status ring_check_parts(const struct thread *caller, struct capability **memory,
                                       struct capability **doorbell)
{
    const uk_word *word = caller->registers.call.word;
    enum uk_status status = capability_require(caller, word[0], UK_TYPE_FRAME, UK_RIGHT_READ | UK_RIGHT_WRITE, memory);
    if (status == UK_OK && word[3] != UK_NONE)
        status = capability_require(caller, word[3], UK_TYPE_NOTIFICATION, UK_RIGHT_SEND, doorbell);
    if (status != UK_OK)
        return status;
    const struct frame *frame = (const struct frame *)(*memory)->object;
    int fits = ring_size_is_good(word[1]) && ring_size_is_good(word[2]) && !frame->device &&
               UK_RING_BYTES(word[1], word[2]) <= frame->bytes;
    return fits ? UK_OK : UK_BAD_ARGUMENT;
}

/* Without memory; whatever was in the queues is gone. */
static void ring_forget(struct kernel *kernel, struct ring *ring)
{
    (void)capability_remove(kernel, &ring->memory);
    (void)capability_remove(kernel, &ring->doorbell);
    ring->submit_entries = ring->complete_entries = 0;
    ring->submit_head = ring->complete_tail = 0;
    ring->stage = RING_IDLE;
    ring->cancels = 0;
}

struct outcome ring_configure(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct ring *ring = (struct ring *)via->object;
    const uk_word *word = caller->registers.call.word;
    struct capability *memory = NULL, *doorbell = NULL;
    if (word[0] == UK_NONE) {
        ring_forget(kernel, ring);
        return outcome_done(UK_OK);
    }
    enum uk_status status = ring_check_parts(caller, &memory, &doorbell);
    if (status == UK_OK && ring->memory.type != UK_TYPE_NONE)
        status = UK_BUSY;
    if (status != UK_OK)
        return outcome_done(status);
    if (!lazy_settle_capability(kernel, memory, 1))
        return outcome_restart();
    ring_forget(kernel, ring);
    capability_derive(&ring->memory, memory, UK_RIGHT_READ | UK_RIGHT_WRITE, 0);
    if (doorbell != NULL)
        capability_derive(&ring->doorbell, doorbell, UK_RIGHT_SEND, doorbell->badge);
    ring->submit_entries = (uint32_t)word[1];
    ring->complete_entries = (uint32_t)word[2];
    struct uk_ring_header *header = ring_header(kernel, ring);
    memset(header, 0, sizeof *header);
    header->submit_entries = ring->submit_entries;
    header->complete_entries = ring->complete_entries;
    return outcome_done(UK_OK);
}

/* Entering. -------------------------------------------------------------------------------------------------------- */

/* The users' two indices, read once. What cannot be is refused; what is merely odd harms them alone. */
static enum uk_status batch_begin(struct batch *batch)
{
    struct ring *ring = batch->ring;
    batch->header = ring_header(batch->kernel, ring);
    if (batch->header == NULL)
        return UK_CALLER_FAULT;
    uint32_t available = __atomic_load_n(&batch->header->submit_tail, __ATOMIC_ACQUIRE) - ring->submit_head;
    uint32_t used = ring->complete_tail - __atomic_load_n(&batch->header->complete_head, __ATOMIC_ACQUIRE);
    if (batch->asked.word[2] != 0 || available > ring->submit_entries || used > ring->complete_entries)
        return UK_BAD_ARGUMENT;
    batch->available = available == 0 && ring->stage != RING_IDLE ? 1 : available; /* what was taken stays taken */
    batch->room = ring->complete_entries - used;
    uint32_t most = batch->available < batch->room ? batch->available : batch->room;
    batch->todo = batch->asked.word[0] < most ? (uint32_t)batch->asked.word[0] : most;
    batch->entries = (const struct uk_ring_entry *)(batch->header + 1);
    batch->completions = (struct uk_ring_completion *)(uintptr_t)(batch->entries + ring->submit_entries);
    return UK_OK;
}

/* Word by word: compilers make calls of copies of whole structs, and these are most of what a ring costs. */
static inline void batch_copy(struct uk_call *to, const struct uk_call *from)
{
    to->operation = from->operation;
    to->handle = from->handle;
    to->tag = from->tag;
    to->word[0] = from->word[0];
    to->word[1] = from->word[1];
    to->word[2] = from->word[2];
    to->word[3] = from->word[3];
    to->word[4] = from->word[4];
    to->word[5] = from->word[5];
    to->reply = from->reply;
    to->filter = from->filter;
    to->deadline = from->deadline;
}

/* Copies the next submission out of the users' reach, once: its call into the caller's registers. */
static void batch_take(struct batch *batch)
{
    struct ring *ring = batch->ring;
    const struct uk_ring_entry *shared = batch->entries + (ring->submit_head & (ring->submit_entries - 1));
    if (ring->stage != RING_IDLE) {
        batch_copy(&batch->caller->registers.call, &ring->entry.call);
        return;
    }
    batch_copy(&batch->caller->registers.call, &shared->call);
    ring->entry.user_data = shared->user_data;
    ring->entry.flags = shared->flags;
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the compiler must not read any of it again */
}

static int batch_names_caller(const struct thread *caller)
{
    struct capability *slot;
    return capability_find(caller, caller->registers.call.handle, &slot) == UK_OK &&
           slot->object == &caller->object;
}

/* Suspending or killing another thread is fine; all else that is not among those above is refused. */
static int batch_refuses(const struct thread *caller)
{
    uk_word operation = caller->registers.call.operation & ~UK_FILTERED;
    return (operation != UK_THREAD_SUSPEND && operation != UK_THREAD_KILL) || batch_names_caller(caller);
}

static struct outcome batch_decide(const struct batch *batch)
{
    const struct ring *ring = batch->ring;
    const struct uk_call *call = &batch->caller->registers.call;
    uk_word operation = call->operation & ~UK_FILTERED;
    if (ring->stage == RING_DRAINS)
        return outcome_done(UK_OK);
    if (ring->cancels)
        return outcome_done(UK_CANCELLED);
    if (ring->entry.flags > UK_RING_LINK || call->deadline != UK_NOW)
        return outcome_done(UK_BAD_ARGUMENT);
    if ((operation >= 64 || (RING_TAKES >> operation & 1) == 0) && batch_refuses(batch->caller))
        return outcome_done(UK_BAD_OPERATION);
    return operation_within(batch->kernel, batch->caller);
}

/* Is the page gone, or does the caller's handle name the ring no more? Its slot lives as long as its CNode is that one. */
static int batch_lost_its_ring(const struct batch *batch)
{
    return batch->ring->memory.type == UK_TYPE_NONE || batch->caller->cnode != batch->cnode ||
           batch->via->slot_generation != batch->generation;
}

static inline void batch_complete(struct batch *batch, uint32_t status, const struct uk_call *call)
{
    struct ring *ring = batch->ring;
    struct uk_ring_completion *completion =
        batch->completions + (ring->complete_tail & (ring->complete_entries - 1));
    completion->user_data = ring->entry.user_data;
    completion->status = status;
    completion->reserved = 0;
    completion->badge = call->handle;
    completion->tag = call->tag;
    completion->word[0] = call->word[0];
    completion->word[1] = call->word[1];
    completion->word[2] = call->word[2];
    completion->word[3] = call->word[3];
    completion->word[4] = call->word[4];
    completion->word[5] = call->word[5];
    ring->cancels = status != UK_OK && (ring->entry.flags & UK_RING_LINK) != 0;
    ring->stage = RING_IDLE;
    ring->complete_tail++;
    ring->submit_head++;
    batch->added++;
}

/* Users see how far we are, and whoever sleeps until then is woken. No fence: users cannot run in between. */
static void batch_publish(const struct batch *batch)
{
    struct ring *ring = batch->ring;
    if (batch->added == 0)
        return;
    __atomic_store_n(&batch->header->submit_head, ring->submit_head, __ATOMIC_RELEASE);
    __atomic_store_n(&batch->header->complete_tail, ring->complete_tail, __ATOMIC_RELEASE);
    if (__atomic_load_n(&batch->header->submitter_sleeps, __ATOMIC_ACQUIRE) != 0)
        object_signal(batch->kernel, &ring->doorbell);
}

/* The entry took away what its batch stands on. Its operation goes on, and answers, as if it were the caller's own; the
 * completion, if there is a page for it, says what has been decided. */
static enum batch_step batch_end_early(struct batch *batch, struct outcome outcome, int gone)
{
    uint32_t status = outcome.kind == OUTCOME_DONE ? outcome.status : UK_OK;
    batch->outcome = outcome;
    if (batch->ring->memory.type != UK_TYPE_NONE) {
        static const struct uk_call nobody;
        batch_complete(batch, status, gone ? &nobody : &batch->caller->registers.call);
        batch_publish(batch);
    }
    if (gone) /* killed (it stays off), or taken apart (then nobody is left to restart) */
        batch->outcome = batch->kernel->current == batch->caller ? outcome_block(NULL) : outcome_restart();
    return BATCH_IS_OVER;
}

/* The operation was preempted: its entry stays taken, and is looked at first when the ring is entered again. */
static enum batch_step batch_break_off(struct batch *batch, struct outcome outcome)
{
    check(batch->kernel, outcome.kind == OUTCOME_RESTART); /* none that could block is taken */
    batch->ring->stage = (batch->caller->marks & THREAD_DRAINS) != 0 ? RING_DRAINS : RING_BROKEN_OFF;
    batch->caller->marks &= (uint8_t)~THREAD_DRAINS;
    batch->ring->entry.call = batch->caller->registers.call; /* as they were taken: a restart needs them so */
    return BATCH_RESTARTS;
}

/* One submission. It may take away everything that we stand on: the caller, its handle, the ring, the page. */
static inline enum batch_step batch_execute(struct batch *batch)
{
    struct kernel *kernel = batch->kernel;
    struct thread *caller = batch->caller;
    batch_take(batch);
    struct outcome outcome = batch_decide(batch);
    int gone = kernel->current != caller || caller->state != UK_THREAD_READY;
    if (__builtin_expect(gone || batch_lost_its_ring(batch), 0))
        return batch_end_early(batch, outcome, gone);
    if (__builtin_expect(outcome.kind != OUTCOME_DONE, 0))
        return batch_break_off(batch, outcome);
    batch_complete(batch, outcome.status, &caller->registers.call);
    if (caller->context == NULL || caller->waits_in != NULL)
        return BATCH_STOPS; /* it gave its time away */
    if (kernel->scheduler.top > caller->effective && !batch->outranked)
        return BATCH_RESTARTS;
    return batch->added % LOOKS_UP_EVERY == 0 && machine_preempted(kernel) ? BATCH_RESTARTS : BATCH_GOES_ON;
}

static struct outcome batch_answer(const struct batch *batch)
{
    uk_word *word = batch->caller->registers.call.word;
    uk_word wanted = word[0], least = word[1], done = word[3] + batch->added;
    word[0] = done;
    word[1] = batch->ring->complete_entries - batch->room + batch->added;
    word[2] = batch->available - batch->added;
    word[3] = word[4] = word[5] = 0;
    if (done == 0 && wanted > 0 && batch->available > 0) /* then there was no room */
        return outcome_done(UK_BUSY);
    return outcome_done(word[1] < least ? UK_WOULD_BLOCK : UK_OK);
}

static struct outcome batch_restart(const struct batch *batch)
{
    uk_word *word = batch->caller->registers.call.word;
    word[0] -= batch->added;
    word[3] += batch->added;
    return outcome_restart();
}

/* If nothing names the ring any more, it is taken apart before the operation that did so answers. */
static struct outcome batch_give_up(struct batch *batch)
{
    int dies = batch->ring->object.references == 1;
    object_release(batch->kernel, &batch->ring->object);
    if (dies && batch->outcome.kind == OUTCOME_DONE && batch->outcome.status == UK_OK)
        return thread_drains(batch->kernel, batch->caller);
    return batch->outcome;
}

struct outcome ring_enter(struct kernel *kernel, struct thread *caller, struct capability *via)
{
    struct ring *ring = (struct ring *)via->object;
    struct batch batch = {.kernel = kernel, .caller = caller, .ring = ring, .asked = caller->registers.call};
    batch.cnode = caller->cnode;
    batch.via = via;
    batch.generation = via->slot_generation;
    batch.outranked = kernel->scheduler.top > caller->effective;
    if (ring->stage == RING_DRAINS && (!object_drain(kernel) || kernel->current != caller))
        return outcome_restart();
    enum uk_status status = batch_begin(&batch);
    if (status != UK_OK)
        return outcome_done(status);
    enum batch_step step = BATCH_GOES_ON;
    object_reference(&ring->object); /* an operation may delete the ring under us */
    while (step == BATCH_GOES_ON && batch.added < batch.todo)
        step = batch_execute(&batch);
    if (step == BATCH_IS_OVER)
        return batch_give_up(&batch);
    object_release(kernel, &ring->object);
    caller->registers.call = batch.asked;
    caller->operation = UK_RING_ENTER;
    batch_publish(&batch);
    return step == BATCH_RESTARTS && batch.added < batch.todo ? batch_restart(&batch) : batch_answer(&batch);
}
