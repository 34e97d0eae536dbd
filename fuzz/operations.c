/* SPDX-License-Identifier: MIT */
/* The interpreter: one record after the other happens to the kernel, and after each one everything is checked. */
#include "fuzz/operations.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/machine.h"
#include "core/sched_context.h"
#include "entry/entry.h"
#include "fuzz/operations_inside.h"

void operations_fail(struct operations *operations, const char *format, ...)
{
    va_list arguments;
    if (operations->failed)
        return;
    operations->failed = 1;
    va_start(arguments, format);
    (void)vsnprintf(operations->text, sizeof operations->text, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static void tell(struct operations *operations, const char *format, ...)
{
    char line[300];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    operations->tell(operations->tell_context, line);
}

static void tell_call(struct operations *operations, const struct thread *thread, const struct uk_call *call)
{
    if (operations->tell != NULL)
        tell(operations, "%8llu thread %u: %s%s handle %llx tag %llx words %llx %llx %llx %llx %llx %llx reply %llx "
             "deadline %lld", (unsigned long long)operations->kernel->now, thread->object.number,
             uk_operation_name((uint32_t)call->operation & 0xff), (call->operation & UK_FILTERED) ? " (filtered)" : "",
             (unsigned long long)call->handle, (unsigned long long)call->tag, (unsigned long long)call->word[0],
             (unsigned long long)call->word[1], (unsigned long long)call->word[2], (unsigned long long)call->word[3],
             (unsigned long long)call->word[4], (unsigned long long)call->word[5], (unsigned long long)call->reply,
             (long long)call->deadline);
}

static void tell_result(struct operations *operations, const struct uk_result *result)
{
    if (operations->tell != NULL)
        tell(operations, "         %s, next is %u", result->completed ? uk_status_name(result->status) : "blocked",
             result->next);
}

static int is_runnable(const struct thread *thread)
{
    return sched_may_run(thread);
}

/* The handle by which the first thread names it; 0: it does not (any more). */
static uk_handle handle_of(const struct operations *operations, const struct thread *thread)
{
    const struct cnode *root = operations->kernel->root_cnode;
    for (unsigned i = 0; i < OPERATIONS_THREADS; i++)
        if (root->slots[WORLD_THREAD + i].object == &thread->object)
            return WORLD_THREAD + i;
    return 0;
}

/* NULL: nobody can run. The first thread is nobody: it only acts when an action says so. */
static struct thread *actor_of(const struct operations *operations, const struct operations_record *record)
{
    const struct cnode *root = operations->kernel->root_cnode;
    struct thread *current = operations->kernel->current;
    if (record->actor >= 128) {
        const struct capability *slot = &root->slots[WORLD_THREAD + record->actor % OPERATIONS_THREADS];
        if (slot->type == UK_TYPE_THREAD && is_runnable((const struct thread *)slot->object))
            return (struct thread *)slot->object;
    }
    return current == operations->kernel->root ? NULL : current;
}

/* A thread that the first one cannot name runs only when the kernel picked it: then it traps, as a machine would. */
static void step_current(struct operations *operations, const struct uk_call *call, struct uk_result *result)
{
    struct thread *thread = operations->kernel->current;
    uint32_t number = thread->object.number;
    memset(result, 0, sizeof *result);
    if ((thread->marks & THREAD_RESTART) == 0)
        thread->registers.call = *call;
    const struct thread *next = (thread->marks & THREAD_RESTART) != 0 ? entry_interrupt(operations->kernel)
                                                                        : entry_syscall(operations->kernel);
    while (machine_devices_settle(operations->kernel))
        next = entry_interrupt(operations->kernel);
    result->next = next != NULL ? next->object.number : 0;
    if (thread->object.type != UK_TYPE_THREAD || thread->object.number != number)
        return;
    result->call = thread->registers.call;
    result->completed = thread->state == UK_THREAD_READY && (thread->marks & THREAD_RESTART) == 0;
    result->status = result->completed ? (enum uk_status)result->call.operation : UK_OK;
}

static void step(struct operations *operations, struct thread *thread, const struct uk_call *call,
                 struct uk_result *result)
{
    uk_handle handle = handle_of(operations, thread);
    if (handle == 0)
        step_current(operations, call, result);
    else if (uk_step(operations->embedded, handle, call, result) != UK_OK)
        operations_fail(operations, "thread %u can run, but uk_step says that it cannot", thread->object.number);
}

/* What one operation leaves, without what its own status is told by. */
static uint64_t hash_without(struct operations *operations, struct thread *thread)
{
    memset(&thread->registers.call, 0, sizeof thread->registers.call);
    memset(&thread->record, 0, sizeof thread->record);
    memset(&operations->kernel->counters, 0, sizeof operations->kernel->counters);
    thread->operation = 0;
    thread->calls = 0;
    return uk_state_hash(operations->embedded);
}

/* A refused operation must leave the state that an operation that does not exist leaves (from the same one, `before`). */
static void compare(struct operations *operations, struct thread *thread, unsigned choices)
{
    const struct uk_call nothing = {.operation = UK_OPERATION_COUNT};
    struct uk_result result;
    world_save(operations, operations->after);
    uint64_t refused = hash_without(operations, thread);
    world_return(operations, operations->before);
    operations->quiet = 1;
    operations->choices = choices;
    step(operations, thread, &nothing, &result);
    operations->quiet = 0;
    if (hash_without(operations, thread) != refused)
        operations_fail(operations, "thread %u: the operation was refused, but something changed",
                        thread->object.number);
    world_return(operations, operations->after);
}

static void perform(struct operations *operations, struct thread *thread, const struct operations_record *record)
{
    struct uk_call call;
    struct uk_result result;
    uint32_t number = thread->object.number;
    unsigned choices = operations->choices;
    int restarts = (thread->marks & THREAD_RESTART) != 0;
    int settled = !restarts && operations->kernel->dying_first == NULL; /* else any entry takes dying objects apart */
    int compares = (operations->checks & CHECK_COMPARE) == CHECK_COMPARE && settled && thread->flags == 0;
    record_decode(operations, thread, record, &call);
    tell_call(operations, thread, &call);
    if (compares)
        world_save(operations, operations->before);
    step(operations, thread, &call, &result);
    tell_result(operations, &result);
    if (restarts || operations->failed)
        return;
    oracles_result(operations, thread, number, &call, &result);
    if (compares && oracles_refused(&call, &result))
        compare(operations, thread, choices);
}

static void fault(struct operations *operations, const struct thread *thread, uint32_t kind, uk_word address,
                  uint32_t access)
{
    struct uk_result result;
    uk_handle handle = handle_of(operations, thread);
    if (handle == 0)
        return;
    if (operations->tell != NULL)
        tell(operations, "%8llu thread %u: fault %u at %llx", (unsigned long long)operations->kernel->now,
             thread->object.number, kind, (unsigned long long)address);
    if (uk_step_fault(operations->embedded, handle, (enum uk_fault_kind)kind, address, access, &result) == UK_BUSY)
        operations_fail(operations, "thread %u can run, but uk_step_fault says that it cannot", thread->object.number);
}

static void poke(struct operations *operations, const struct thread *thread, uk_word address, const void *bytes,
                 size_t length)
{
    uk_handle handle = handle_of(operations, thread);
    if (handle != 0)
        (void)uk_poke(operations->embedded, handle, address, bytes, length);
}

/* What the thread would take, or what its next message carries, written by itself into its buffer. */
static void prepare(struct operations *operations, const struct thread *thread, const struct operations_record *record)
{
    const uint8_t *word = record->word;
    struct uk_window window = {word[0] % (OPERATIONS_SLOTS + 2), word[1] % 8, record_address(word[2]),
                               word[3] < 240 ? word[3] % 8 * UK_PAGE : UK_FOREVER - word[3] % 16};
    uint32_t copies[2] = {word[4] % (OPERATIONS_SLOTS + 2), word[5] % 8};
    struct uk_item item = {word[0] % (UK_ITEM_SNAPSHOT + 2), word[1] < 64 ? UK_RIGHTS_ALL : word[1] % 64,
                           word[2] % (OPERATIONS_SLOTS + 2), word[3] < 200 ? 1 : word[3] % 4, 0};
    uk_word base = thread->buffer;
    if (item.kind == UK_ITEM_LEASE)
        item = (struct uk_item){UK_ITEM_LEASE, word[1] % 8, UK_NONE, word[3] < 240 ? word[3] : UK_FOREVER - word[3] % 16,
                                record_address(word[2])};
    if (record->action % ACTION_COUNT == ACTION_WINDOW) {
        poke(operations, thread, base + offsetof(struct uk_buffer, window), &window, sizeof window);
        poke(operations, thread, base + offsetof(struct uk_buffer, copy_slot), copies, sizeof copies);
    } else {
        poke(operations, thread, base + offsetof(struct uk_buffer, items) + record->extra % UK_ITEMS_MAX * sizeof item,
             &item, sizeof item);
    }
}

static void poke_or_peek(struct operations *operations, const struct thread *thread,
                         const struct operations_record *record)
{
    unsigned char bytes[256];
    uk_word address = record_address(record->word[0]) + record->word[2];
    uk_handle handle = handle_of(operations, thread);
    memset(bytes, record->extra, sizeof bytes);
    if (record->action % ACTION_COUNT == ACTION_POKE)
        poke(operations, thread, address, bytes, record->word[1]);
    else if (handle != 0)
        (void)uk_peek(operations->embedded, handle, address, bytes, record->word[1]);
}

/* Actions of the first thread. */
static int act_root(struct operations *operations, const struct operations_record *record)
{
    const uint8_t *word = record->word;
    uk_word words[UK_REGISTER_WORDS] = {0};
    uk_word thread = WORLD_THREAD + word[0] % OPERATIONS_THREADS;
    uk_word slot = WORLD_LINE + word[0] % (WORLD_SLOTS - WORLD_LINE);
    uint32_t operation;
    uk_handle handle = UK_SLOT_CNODE;
    slot = slot == WORLD_BELL ? WORLD_NOTIFICATION : slot;
    switch (record->action % ACTION_COUNT) {
    case ACTION_ROOT_KILL:
        operation = UK_THREAD_KILL, handle = thread;
        break;
    case ACTION_ROOT_SUSPEND:
        operation = record->extra & 1 ? UK_THREAD_RESUME : UK_THREAD_SUSPEND, handle = thread;
        break;
    case ACTION_ROOT_TIME:
        operation = record->extra & 1 ? UK_SCHED_UNBIND : UK_SCHED_BIND;
        handle = WORLD_CONTEXT + word[0] % OPERATIONS_THREADS;
        words[0] = WORLD_THREAD + word[1] % OPERATIONS_THREADS;
        break;
    case ACTION_ROOT_REVOKE:
        operation = UK_CAPABILITY_REVOKE, words[0] = slot;
        break;
    case ACTION_ROOT_DELETE:
        operation = UK_CAPABILITY_DELETE, words[0] = slot;
        break;
    case ACTION_GRANT:
        operation = UK_CAPABILITY_COPY, handle = WORLD_CNODE + record->extra % OPERATIONS_THREADS;
        words[0] = word[1] % OPERATIONS_SLOTS, words[1] = slot, words[3] = word[2] % 32;
        break;
    default:
        return 0;
    }
    if (operations->tell != NULL)
        tell(operations, "%8llu root: %s handle %llu words %llu %llu", (unsigned long long)operations->kernel->now,
             uk_operation_name(operation), (unsigned long long)handle, (unsigned long long)words[0],
             (unsigned long long)words[1]);
    world_root_awake(operations, operation, handle, words);
    return 1;
}

static void advance(struct operations *operations, uk_time time)
{
    if (operations->tell != NULL)
        tell(operations, "%8llu advance to %llu", (unsigned long long)operations->kernel->now,
             (unsigned long long)time);
    (void)uk_advance(operations->embedded, time);
}

static void advance_to_next(struct operations *operations)
{
    const struct deadline *first = deadline_first(operations->kernel);
    if (first != NULL)
        advance(operations, first->at);
}

/* Actions that need nobody who runs. */
static int act_outside(struct operations *operations, const struct operations_record *record)
{
    static const uk_time spans[8] = {100, 500, 1000, 2500, 5000, 100000, 10000000, (uk_time)1 << 40};
    switch (record->action % ACTION_COUNT) {
    case ACTION_ADVANCE:
        advance(operations, operations->kernel->now + spans[record->word[0] % 8]);
        return 1;
    case ACTION_NEXT:
        advance_to_next(operations);
        return 1;
    case ACTION_INTERRUPT:
        uk_interrupt(operations->embedded, 1);
        return 1;
    default:
        return act_root(operations, record);
    }
}

static void act_record(struct operations *operations, const struct operations_record *record)
{
    operations->choices = record->choices;
    if (act_outside(operations, record))
        return;
    struct thread *thread = actor_of(operations, record);
    if (thread == NULL) {
        advance_to_next(operations);
        return;
    }
    switch (record->action % ACTION_COUNT) {
    case ACTION_WINDOW:
    case ACTION_ITEM:
        prepare(operations, thread, record);
        break;
    case ACTION_POKE:
    case ACTION_PEEK:
        poke_or_peek(operations, thread, record);
        break;
    case ACTION_PAGE_FAULT:
        fault(operations, thread, UK_FAULT_PAGE, record_address(record->word[0]), record->word[1]);
        break;
    case ACTION_FAULT:
        fault(operations, thread, record->word[0] % (UK_FAULT_COUNT + 1), 0, 0);
        break;
    case ACTION_RESTART:
        if ((thread->marks & THREAD_RESTART) != 0)
            perform(operations, thread, record);
        break;
    default:
        perform(operations, thread, record);
    }
}

static int has_checks(unsigned checks, unsigned which) { return (checks & which) == which; }

const char *operations_run(struct operations *operations, const uint8_t *data, size_t size, unsigned checks)
{
    struct operations_header header = {0};
    size_t count = size / OPERATIONS_RECORD_BYTES;
    if (count > 0)
        memcpy(&header, data, sizeof header);
    unsigned which = header.world % OPERATIONS_WORLDS;
    operations->failed = 0;
    operations->checks = header.checks | checks;
    if (!operations->worlds[which].made && !world_make(operations, which))
        return "the world cannot be made";
    world_load(operations, which);
    oracles_begin(operations);
    for (size_t i = 1; i < count && i <= OPERATIONS_RECORDS_MAX && !operations->failed; i++) {
        struct operations_record record;
        memcpy(&record, data + i * OPERATIONS_RECORD_BYTES, sizeof record);
        act_record(operations, &record);
        world_mark(operations);
        if (!operations->failed)
            oracles_state(operations);
    }
    operations->hash = operations->failed || !operations->tracing ? 0 : uk_state_hash(operations->embedded);
    if (!operations->failed && has_checks(operations->checks, CHECK_FINISH))
        world_finish(operations);
    if (operations->kernel->panic != NULL)
        operations_fail(operations, "the kernel broke a promise: %s", operations->kernel->panic);
    return operations->failed ? operations->text : NULL;
}

uint64_t operations_hash(const struct operations *operations) { return operations->hash; }
uint64_t operations_events(const struct operations *operations) { return operations->events; }
struct uk_kernel *operations_kernel(struct operations *operations) { return operations->embedded; }

void operations_trace(struct operations *operations, int on) { operations->tracing = on; }

void operations_tell(struct operations *operations, void (*teller)(void *context, const char *line), void *context)
{
    operations->tell = teller;
    operations->tell_context = context;
}
