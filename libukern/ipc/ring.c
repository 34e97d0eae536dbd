/* SPDX-License-Identifier: MIT */
/* Ring: each accepted submission runs once, in order, and has one completion, whatever users write in their page. */
#include "ipc/ring.h"

#include <string.h>

#include "core/kernel.h"
#include "core/lazy.h"
#include "core/machine.h"

/* The operations that may be in a ring, because they leave the caller running, and what is copied of them: copying is most of
 * what a ring costs. A later design's come in by name. */
enum ring_shape {
    RING_SHORT = 1,  /* in: handle and w0 to w2; out: badge */
    RING_LONG = 3,   /* in: all registers */
    RING_ASKING = 5, /* in as short; out: tag and words, too */
    RING_MESSAGE = 7 /* all registers, in and out */
};
static const uint8_t ring_shapes[64] = {
    [UK_CLOCK] = RING_MESSAGE, [UK_SEND] = RING_LONG, [UK_RECEIVE] = RING_MESSAGE, [UK_REPLY_RECEIVE] = RING_MESSAGE,
    [UK_ENDPOINT_BIND] = RING_SHORT, [UK_REPLY] = RING_LONG, [UK_SIGNAL] = RING_SHORT, [UK_WAIT] = RING_SHORT,
    [UK_CAPABILITY_COPY] = RING_LONG, [UK_CAPABILITY_MINT] = RING_LONG, [UK_CAPABILITY_MOVE] = RING_SHORT,
    [UK_CAPABILITY_DELETE] = RING_SHORT, [UK_CAPABILITY_REVOKE] = RING_SHORT, [UK_CAPABILITY_INSPECT] = RING_ASKING,
    [UK_RETYPE] = RING_LONG, [UK_SPACE_CONFIGURE] = RING_SHORT, [UK_SPACE_MAP] = RING_SHORT, [UK_SPACE_UNMAP] = RING_SHORT,
    [UK_SPACE_PROTECT] = RING_SHORT, [UK_SPACE_QUERY] = RING_ASKING, [UK_THREAD_CONFIGURE] = RING_LONG,
    [UK_THREAD_NAME] = RING_SHORT, [UK_THREAD_PRIORITY] = RING_SHORT, [UK_THREAD_REGISTERS] = RING_SHORT,
    [UK_THREAD_RESUME] = RING_SHORT, [UK_THREAD_BIND] = RING_SHORT, [UK_THREAD_WATCH] = RING_SHORT,
    [UK_THREAD_INSPECT] = RING_ASKING, [UK_SCHED_CONFIGURE] = RING_SHORT, [UK_SCHED_BIND] = RING_SHORT,
    [UK_SCHED_UNBIND] = RING_SHORT, [UK_TIMER_BIND] = RING_SHORT, [UK_TIMER_SET] = RING_SHORT,
    [UK_INTERRUPT_BIND] = RING_SHORT, [UK_INTERRUPT_ACKNOWLEDGE] = RING_SHORT,
};
_Static_assert(UK_OPERATION_COUNT <= 64, "each operation has a shape; what is taken for one is refused by the operation table");
static inline int shape_takes_all(uint32_t shape) { return (shape & 2) != 0; }
static inline int shape_answers(uint32_t shape) { return (shape & 4) != 0; }

/* One ring-enter operation. Its progress is in the caller's registers (w0: left, w3: done) and in the ring, so that it
 * can be broken off between, and within, any two of its entries. */
struct batch {
    struct kernel *kernel;
    struct thread *caller;
    struct ring *ring;
    const struct uk_ring_entry *entries, *entry;              /* the queue, and the next of it */
    struct uk_ring_completion *completions, *completion, *end; /* the same; the queues lie one behind the other */
    const struct cnode *cnode;  /* in which `via` is, by which it was entered, ... */
    const struct capability *via;
    uint32_t generation;    /* ... when it was filled so often */
    int outranked;          /* from the beginning: an embedder steps the caller before it is its turn */
    uint32_t available;     /* submissions, and room for completions: read once, then ours */
    uint32_t room;
    uint32_t todo, added;   /* entries to execute at most; of them executed */
    uk_word user_data, flags, deadline; /* of the entry that is being executed; the rest is in the registers */
    uint32_t shape;         /* of its operation: enum ring_shape, or 0 */
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
static inline enum uk_status batch_begin(struct batch *batch)
{
    const struct ring *ring = batch->ring;
    const struct uk_ring_header *header = ring_header(batch->kernel, ring);
    if (header == NULL)
        return UK_CALLER_FAULT;
    uint32_t available = __atomic_load_n(&header->submit_tail, __ATOMIC_ACQUIRE) - ring->submit_head;
    uint32_t used = ring->complete_tail - __atomic_load_n(&header->complete_head, __ATOMIC_ACQUIRE);
    if (batch->asked.word[2] != 0 || available > ring->submit_entries || used > ring->complete_entries)
        return UK_BAD_ARGUMENT;
    batch->available = available == 0 && ring->stage >= RING_BROKEN_OFF ? 1 : available; /* what was taken stays taken */
    batch->room = ring->complete_entries - used;
    uint32_t most = batch->available < batch->room ? batch->available : batch->room;
    batch->todo = batch->asked.word[0] < most ? (uint32_t)batch->asked.word[0] : most;
    batch->entries = (const struct uk_ring_entry *)(header + 1);
    batch->completions = (struct uk_ring_completion *)(uintptr_t)(batch->entries + ring->submit_entries);
    batch->end = batch->completions + ring->complete_entries;
    batch->entry = batch->entries + (ring->submit_head & (ring->submit_entries - 1));
    batch->completion = batch->completions + (ring->complete_tail & (ring->complete_entries - 1));
    return UK_OK;
}

/* Copies the next submission out of the users' reach, once: its call into the caller's registers, where all that it does not
 * take is zero. Word by word, for compilers make calls of copies of whole structs. */
static inline void batch_take(struct batch *batch, uint32_t stage)
{
    const struct uk_ring_entry *entry = batch->entry;
    if (__builtin_expect(stage >= RING_BROKEN_OFF, 0))
        entry = &batch->ring->entry;
    const struct uk_call *from = &entry->call;
    struct uk_call *to = &batch->caller->registers.call;
    batch->user_data = entry->user_data;
    batch->flags = entry->flags;
    batch->deadline = from->deadline;
    uk_word operation = from->operation;
    batch->shape = ring_shapes[operation & 63];
    to->operation = operation;
    to->handle = from->handle;
    to->word[0] = from->word[0];
    to->word[1] = from->word[1];
    to->word[2] = from->word[2];
    if (shape_takes_all(batch->shape)) {
        to->tag = from->tag;
        to->word[3] = from->word[3];
        to->word[4] = from->word[4];
        to->word[5] = from->word[5];
        to->reply = from->reply;
        to->filter = from->filter;
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* the compiler must not read any of it again */
}

static int batch_names_caller(const struct thread *caller)
{
    struct capability *slot;
    return capability_find(caller, caller->registers.call.handle, &slot) == UK_OK &&
           slot->object == &caller->object;
}

/* Suspending or killing another thread is fine; all else that has no shape is refused. */
static int batch_refuses(const struct thread *caller)
{
    uk_word operation = caller->registers.call.operation & ~UK_FILTERED;
    return (operation != UK_THREAD_SUSPEND && operation != UK_THREAD_KILL) || batch_names_caller(caller);
}

static inline struct outcome batch_decide(const struct batch *batch, uint32_t stage)
{
    if (__builtin_expect(stage == RING_DRAINS || stage == RING_CANCELS, 0))
        return outcome_done(stage == RING_DRAINS ? UK_OK : UK_CANCELLED);
    if (__builtin_expect(batch->flags > UK_RING_LINK || batch->deadline != UK_NOW, 0))
        return outcome_done(UK_BAD_ARGUMENT);
    if (__builtin_expect(batch->shape == 0, 0) && batch_refuses(batch->caller))
        return outcome_done(UK_BAD_OPERATION);
    struct outcome outcome = operation_within(batch->kernel, batch->caller);
    if (__builtin_expect(outcome.status != UK_OK || batch->kernel->tracing != 0, 0) && outcome.kind == OUTCOME_DONE)
        operation_within_tell(batch->kernel, batch->caller, outcome.status);
    return outcome;
}

/* Is the page gone, or does the caller's handle name the ring no more? Its slot lives as long as its CNode is that one. */
static inline int batch_lost_its_ring(const struct batch *batch)
{
    return batch->ring->memory.type == UK_TYPE_NONE || batch->caller->cnode != batch->cnode ||
           batch->via->slot_generation != batch->generation;
}

/* Also, the next operation may be one that takes less. */
static inline void batch_answer_words(struct uk_ring_completion *completion, struct uk_call *call, int answers)
{
    if (answers) {
        completion->tag = call->tag;
        completion->word[0] = call->word[0];
        completion->word[1] = call->word[1];
        completion->word[2] = call->word[2];
        completion->word[3] = call->word[3];
        completion->word[4] = call->word[4];
        completion->word[5] = call->word[5];
    }
    call->tag = call->word[3] = call->word[4] = call->word[5] = call->reply = call->filter = 0;
}

static inline void batch_complete(struct batch *batch, uint32_t status, struct uk_call *call)
{
    struct ring *ring = batch->ring;
    struct uk_ring_completion *completion = batch->completion;
    completion->user_data = batch->user_data;
    completion->status = status;
    completion->reserved = 0;
    completion->badge = call->handle;
    if (batch->shape > RING_SHORT)
        batch_answer_words(completion, call, shape_answers(batch->shape));
    ring->stage = status != UK_OK && (batch->flags & UK_RING_LINK) != 0 ? RING_CANCELS : RING_IDLE;
    batch->added++;
    if (++batch->entry == (const void *)batch->completions)
        batch->entry = batch->entries;
    if (++batch->completion == batch->end)
        batch->completion = batch->completions;
}

/* The ring knows how far we are; users see it, and whoever sleeps until then is woken. No fence: they cannot run in between. */
static void ring_advance(struct kernel *kernel, struct ring *ring, uint32_t added)
{
    struct uk_ring_header *header = ring_header(kernel, ring);
    ring->submit_head += added;
    ring->complete_tail += added;
    if (added == 0 || header == NULL)
        return;
    __atomic_store_n(&header->submit_head, ring->submit_head, __ATOMIC_RELEASE);
    __atomic_store_n(&header->complete_tail, ring->complete_tail, __ATOMIC_RELEASE);
    if (__atomic_load_n(&header->submitter_sleeps, __ATOMIC_ACQUIRE) != 0)
        object_signal(kernel, &ring->doorbell);
}

/* The entry took away what its batch stands on. Its operation goes on, and answers, as if it were the caller's own; the
 * completion, if there is a page for it, says what has been decided. */
static struct outcome batch_end_early(struct batch *batch, struct outcome outcome, int gone)
{
    struct uk_call nobody = {0};
    uint32_t status = outcome.kind == OUTCOME_DONE ? outcome.status : UK_OK;
    if (batch->ring->memory.type != UK_TYPE_NONE)
        batch_complete(batch, status, gone ? &nobody : &batch->caller->registers.call);
    ring_advance(batch->kernel, batch->ring, batch->added);
    if (gone) /* killed (it stays off), or taken apart (then nobody is left to restart) */
        return batch->kernel->current == batch->caller ? outcome_block(NULL) : outcome_restart();
    return outcome;
}

/* The operation was preempted: its entry stays taken, and is looked at first when the ring is entered again. */
static void batch_break_off(const struct batch *batch, struct outcome outcome)
{
    struct ring *ring = batch->ring;
    struct thread *caller = batch->caller;
    check(batch->kernel, outcome.kind == OUTCOME_RESTART); /* none that could block is taken */
    ring->stage = (caller->marks & THREAD_DRAINS) != 0 ? RING_DRAINS : RING_BROKEN_OFF;
    caller->marks &= (uint16_t)~THREAD_DRAINS;
    ring->entry.call = caller->registers.call; /* as it is now: a restart needs it so */
    ring->entry.user_data = batch->user_data;
    ring->entry.flags = batch->flags;
}

/* One submission. It may take away everything that we stand on: the caller, its handle, the ring, the page. */
static inline enum batch_step batch_execute(struct batch *batch)
{
    struct kernel *kernel = batch->kernel;
    struct thread *caller = batch->caller;
    uint32_t stage = batch->ring->stage;
    batch_take(batch, stage);
    struct outcome outcome = batch_decide(batch, stage);
    int gone = kernel->current != caller || caller->state != UK_THREAD_READY;
    if (__builtin_expect(gone || batch_lost_its_ring(batch), 0)) {
        batch->outcome = batch_end_early(batch, outcome, gone);
        return BATCH_IS_OVER;
    }
    if (__builtin_expect(outcome.kind != OUTCOME_DONE, 0)) {
        batch_break_off(batch, outcome);
        return BATCH_RESTARTS;
    }
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
    caller->registers.call = (struct uk_call){.deadline = UK_NOW};
    enum batch_step step = BATCH_GOES_ON;
    object_reference(&ring->object); /* an operation may delete the ring under us */
    while (step == BATCH_GOES_ON && batch.added < batch.todo)
        step = batch_execute(&batch);
    if (step == BATCH_IS_OVER)
        return batch_give_up(&batch);
    object_release(kernel, &ring->object);
    caller->registers.call = batch.asked;
    caller->operation = UK_RING_ENTER;
    ring_advance(kernel, ring, batch.added);
    return step == BATCH_RESTARTS && batch.added < batch.todo ? batch_restart(&batch) : batch_answer(&batch);
}
