/* SPDX-License-Identifier: MIT */
/* One line, "trace-hash 0x...": every event and state of fixed and random histories. Equal in every build. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ukern/call.h>
#include <ukern/ukern.h>

#include "fuzz/operations.h"

enum {
    SEQUENCES = 400,
    RECORDS = 60,
    SYSTEMS = 4
};

static uint64_t fold(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static __attribute__((noreturn)) void give_up(const char *why)
{
    fprintf(stderr, "trace_hash: %s\n", why);
    exit(1);
}

static void *memory_of(size_t bytes)
{
    void *memory = aligned_alloc(UK_PAGE, (bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1));
    if (memory == NULL)
        give_up("no memory");
    return memory;
}

/* Histories that are stepped. -------------------------------------------------------------------------------------- */

static uint64_t history_hash(struct operations *operations, uint64_t hash, const uint8_t *data, size_t size)
{
    const char *text = operations_run(operations, data, size, CHECK_FINISH);
    if (text != NULL)
        give_up(text);
    return fold(fold(hash, operations_hash(operations)), operations_events(operations));
}

static uint64_t seeds_hash(struct operations *operations, uint64_t hash)
{
    uint8_t data[(RECORDS + 1) * OPERATIONS_RECORD_BYTES];
    const char *name;
    size_t size;
    for (unsigned i = 0; (size = operations_seed(i, &name, data, sizeof data)) != 0; i++)
        hash = history_hash(operations, hash, data, size);
    return hash;
}

static uint64_t random_hash(struct operations *operations, uint64_t hash)
{
    uint8_t data[(RECORDS + 1) * OPERATIONS_RECORD_BYTES];
    struct operations_random random = {1};
    for (unsigned i = 0; i < SEQUENCES; i++) {
        const struct operations_header header = {.world = (uint8_t)i};
        memcpy(data, &header, sizeof header);
        for (unsigned k = 1; k <= RECORDS; k++) {
            struct operations_record record;
            operations_record_random(&random, &record);
            memcpy(data + k * sizeof record, &record, sizeof record);
        }
        hash = history_hash(operations, hash, data, sizeof data);
    }
    return hash;
}

static uint64_t stepped_hash(uint64_t hash)
{
    size_t bytes = operations_bytes();
    void *memory = memory_of(bytes);
    struct operations *operations = operations_make(memory, bytes);
    if (operations == NULL)
        give_up("the kernel does not boot");
    operations_trace(operations, 1);
    hash = random_hash(operations, seeds_hash(operations, hash));
    free(memory);
    return hash;
}

/* A system that runs: two clients of a server, a ticking task, and one whose pages come from a pager. -------------- */

enum {
    CALLS = 150,
    TICKS = 40,
    PAGES = 12,
    PAGES_BASE = 1 << 20,    /* from the space's base on, in multiples of the page */
    SLOT_ENDPOINT = 8,       /* in each task's CNode */
    SLOT_REPLY,
    SLOT_NOTIFICATION,
    SLOT_TIMER,
    SLOT_SPACE_PAGED,
    SLOT_FRAMES
};

struct system {
    struct uk_kernel *kernel;
    uint64_t events, choices;
    uk_handle endpoint, fault_endpoint, reply, notification, timer, frames;
    struct uk_task server, pager, ticker, paged, clients[2];
};

static uk_word serve(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    uk_word sum = argument;
    enum uk_status status = uk_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        sum += message.word[0] + message.badge;
        message = uk_message((uint32_t)message.badge, 2);
        message.word[0] = sum;
        status = uk_reply_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    }
    return status;
}

static uk_word ask(uk_word argument)
{
    for (uk_word i = 0; i < CALLS; i++) {
        struct uk_message message = uk_message(1, 3);
        message.word[0] = i * argument;
        (void)uk_call(SLOT_ENDPOINT, &message, i % 7 == 0 ? uk_clock() + 700 : UK_FOREVER);
        if (i % 16 == 0)
            uk_yield();
    }
    return uk_signal(SLOT_NOTIFICATION);
}

static uk_word tick(uk_word argument)
{
    uk_word bits;
    (void)uk_timer_bind(SLOT_TIMER, SLOT_NOTIFICATION);
    (void)uk_timer_set(SLOT_TIMER, argument, 1700);
    for (unsigned i = 0; i < TICKS; i++)
        (void)uk_wait(SLOT_NOTIFICATION, &bits, UK_FOREVER);
    (void)uk_timer_set(SLOT_TIMER, UK_FOREVER, 0);
    return bits;
}

static uk_word touch(uk_word argument)
{
    volatile uint64_t *pages = (volatile uint64_t *)(uintptr_t)argument;
    uk_word sum = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        unsigned page = i * 5 % PAGES;
        sum += pages[page * UK_PAGE / sizeof *pages];
        pages[page * UK_PAGE / sizeof *pages + 1] = sum + page;
    }
    return sum;
}

/* Maps the next frame wherever the fault was. */
static uk_word page(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    uk_word next = argument;
    enum uk_status status = uk_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    while (status == UK_OK) {
        uk_word address = message.word[0] & ~(UK_PAGE - 1);
        status = uk_map(SLOT_SPACE_PAGED, next++, address, UK_RIGHT_READ | UK_RIGHT_WRITE);
        message = uk_message(status == UK_OK ? UK_FAULT_RESUME : UK_FAULT_KILL, 0);
        status = uk_reply_receive(SLOT_ENDPOINT, &message, SLOT_REPLY, UK_FOREVER);
    }
    return status;
}

/* Where user code and windows lie differs from build to build; smaller numbers do not. */
static uint64_t no_address(uk_word value) { return value < (uk_word)1 << 20 || value >= (uk_word)1 << 48 ? value : 1; }

static void event_fold(void *context, const struct uk_event *event)
{
    struct system *system = context;
    uint64_t hash = fold(system->events, event->time);
    hash = fold(hash, (uint64_t)event->kind << 32 | event->thread);
    hash = fold(hash, (uint64_t)event->operation << 32 | event->status);
    hash = fold(fold(fold(hash, event->handle), event->badge), event->tag);
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        hash = fold(hash, no_address(event->word[i]));
    system->events = hash;
}

static uint32_t choose(void *context, enum uk_choice what, uint32_t count)
{
    struct system *system = context;
    struct operations_random random = {system->choices};
    uint32_t answer = what == UK_CHOICE_PREEMPT ? operations_random(&random, 20) == 0 : operations_random(&random, count);
    system->choices = random.state;
    return answer;
}

static void do_root(struct system *system, uk_word operation, uk_handle handle, const uk_word words[UK_REGISTER_WORDS])
{
    struct uk_call call = {.operation = operation, .handle = handle};
    memcpy(call.word, words, sizeof call.word);
    if (uk_root(system->kernel, &call) != UK_OK)
        give_up("the first thread was refused");
}

#define ROOT(system, operation, handle, ...) do_root(system, operation, handle, (uk_word[UK_REGISTER_WORDS]){__VA_ARGS__})

static uk_handle make(struct system *system, uint32_t type, uk_word size, uint32_t count)
{
    uk_handle first = uk_slots(system->kernel, count);
    ROOT(system, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, first, count);
    return first;
}

static void spawn(struct system *system, struct uk_task *task, const char *name, uk_entry entry, uint32_t priority)
{
    task->name = name;
    task->entry = entry;
    task->priority = priority;
    task->suspended = 1;
    if (uk_spawn(system->kernel, task) != UK_OK)
        give_up("a task was refused");
}

static void give(struct system *system, const struct uk_task *task, uk_word slot, uk_handle source, uk_word badge)
{
    if (badge != 0)
        ROOT(system, UK_CAPABILITY_MINT, task->cnode, slot, source, 0, UK_RIGHTS_ALL, badge);
    else
        ROOT(system, UK_CAPABILITY_COPY, task->cnode, slot, source, 0, UK_RIGHTS_ALL);
}

static void set_argument(struct system *system, struct uk_task *task, uk_word argument)
{
    ROOT(system, UK_THREAD_REGISTERS, task->thread, (uk_word)(uintptr_t)task->entry, task->buffer, argument);
}

/* The paged task's base address is known only when its space exists. */
static void add_paging(struct system *system)
{
    spawn(system, &system->paged, "paged", touch, 10);
    spawn(system, &system->pager, "pager", page, 40);
    struct uk_call query = {.operation = UK_SPACE_QUERY, .handle = system->paged.own_space};
    (void)uk_root(system->kernel, &query);
    uk_word base = (query.word[3] + PAGES_BASE) & ~(UK_PAGE - 1);
    set_argument(system, &system->paged, base);
    set_argument(system, &system->pager, SLOT_FRAMES);
    give(system, &system->pager, SLOT_ENDPOINT, system->fault_endpoint, 0);
    give(system, &system->pager, SLOT_REPLY, system->reply + 1, 0);
    give(system, &system->pager, SLOT_SPACE_PAGED, system->paged.own_space, 0);
    for (unsigned i = 0; i < PAGES; i++)
        give(system, &system->pager, SLOT_FRAMES + i, system->frames + i, 0);
    ROOT(system, UK_THREAD_CONFIGURE, system->paged.thread, 0, 0, system->fault_endpoint, 0, 0, UK_PART_FAULT);
}

static void add_service(struct system *system)
{
    spawn(system, &system->server, "server", serve, 20);
    give(system, &system->server, SLOT_ENDPOINT, system->endpoint, 0);
    give(system, &system->server, SLOT_REPLY, system->reply, 0);
    for (unsigned i = 0; i < 2; i++) {
        system->clients[i].argument = i + 3;
        spawn(system, &system->clients[i], i == 0 ? "anna" : "bert", ask, 10);
        give(system, &system->clients[i], SLOT_ENDPOINT, system->endpoint, i + 1);
        give(system, &system->clients[i], SLOT_NOTIFICATION, system->notification, (uk_word)1 << i);
    }
    system->ticker.argument = 5000;
    spawn(system, &system->ticker, "ticker", tick, 30);
    give(system, &system->ticker, SLOT_NOTIFICATION, system->notification, 16);
    give(system, &system->ticker, SLOT_TIMER, system->timer, 0);
}

static void add_all(struct system *system)
{
    system->endpoint = make(system, UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY, 1);
    system->fault_endpoint = make(system, UK_TYPE_ENDPOINT, UK_ORDER_ARRIVAL, 1);
    system->reply = make(system, UK_TYPE_REPLY, 0, 2);
    system->notification = make(system, UK_TYPE_NOTIFICATION, 0, 1);
    system->timer = make(system, UK_TYPE_TIMER, 0, 1);
    system->frames = make(system, UK_TYPE_FRAME, UK_PAGE, PAGES);
    add_service(system);
    add_paging(system);
    const struct uk_task *tasks[] = {&system->server, &system->pager, &system->ticker, &system->paged,
                                     &system->clients[0], &system->clients[1]};
    for (unsigned i = 0; i < sizeof tasks / sizeof tasks[0]; i++)
        ROOT(system, UK_THREAD_RESUME, tasks[i]->thread, 0);
}

static uint64_t counters_hash(const struct system *system, uint64_t hash)
{
    struct uk_counters counters;
    uk_counters(system->kernel, &counters);
    const uint64_t values[] = {counters.now, counters.entries, counters.calls, counters.replies, counters.receives,
                               counters.signals, counters.faults, counters.switches, counters.picks,
                               counters.words_copied, counters.pages_mapped, counters.objects};
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++)
        hash = fold(hash, values[i]);
    return hash;
}

/* Runs in pieces, so that states in the middle count too. */
static uint64_t system_hash(uint64_t hash, uint64_t seed)
{
    struct system system = {.choices = seed};
    struct uk_config config = {.run = 1, .arena_bytes = 8 << 20, .spaces_max = 8, .threads_max = 16,
                               .slice_ns = 3000, .window_bytes = 16 << 20};
    config.trace = event_fold;
    config.choose = choose;
    config.trace_context = config.choose_context = &system;
    size_t bytes = uk_memory_bytes(&config);
    void *memory = memory_of(bytes);
    if (uk_boot(memory, bytes, &config, &system.kernel) != UK_OK)
        give_up("the host refuses a kernel that runs");
    add_all(&system);
    enum uk_run_end end;
    do {
        end = uk_run(system.kernel, UK_FOREVER, 100);
        hash = fold(fold(hash, system.events), uk_state_hash(system.kernel));
    } while (end == UK_RUN_ENTRIES);
    char text[300];
    if (end != UK_RUN_IDLE || uk_check(system.kernel, text, sizeof text) != 0)
        give_up(end != UK_RUN_IDLE ? "the system did not come to rest" : text);
    hash = counters_hash(&system, hash);
    uk_destroy(system.kernel);
    free(memory);
    return hash;
}

int main(void)
{
    uint64_t hash = stepped_hash(0);
    for (uint64_t seed = 1; seed <= SYSTEMS; seed++)
        hash = system_hash(hash, seed);
    printf("trace-hash 0x%016llx\n", (unsigned long long)hash);
    return 0;
}
