/* SPDX-License-Identifier: MIT */
/* Makes the world of the conformance rows: one of everything in A's CNode, what is shared also in B's and C's. */
#include "conformance/world.h"

#include <stdlib.h>
#include <string.h>

#include "core/kernel.h"

enum {
    WINDOWS = 8, /* of a kernel that runs: the first thread, three actors, two spaces, and two to be had */
    MEMORY_BYTES = 128 * 1024,
    STACKS = 2, /* of PORTAL */
    STACK_BYTES = 4 * UK_PAGE
};

static const uint8_t priorities[ACTORS] = {PRIORITY_A, PRIORITY_B, PRIORITY_C};
static const char *const names[ACTORS] = {"A", "B", "C"};

/* Originals, in the first thread's CNode. */
struct originals {
    uk_handle memory, endpoint, arrival, signals, reply[ACTORS], shared_reply, timer, line, tables, raw_space, page,
        other_page, fresh, spare, small, port[ACTORS], ports, ring, raw_ring, ring_page,
        resident, portal, raw_portal, bound, chain, later, raw_bound;
};

static int ask(struct conformance_world *world, uk_word operation, uk_handle handle, uk_word w0, uk_word w1, uk_word w2,
               uk_word w3, uk_word w4)
{
    struct uk_call call = {operation, handle, 0, {w0, w1, w2, w3, w4, 0}, 0, UK_NOW, 0};
    return uk_root(world->kernel, &call) == UK_OK;
}

static uk_handle made(struct conformance_world *world, uint32_t type, uk_word size)
{
    uk_handle slot = uk_slots(world->kernel, 1);
    return ask(world, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, slot, 1) ? slot : 0;
}

static int make_originals(struct conformance_world *world, struct originals *made_here)
{
    struct originals all = {.line = UK_SLOT_FIRST_FREE, .resident = UK_SLOT_FIRST_FREE + 1}; /* boot put them there */
    all.memory = made(world, UK_TYPE_UNTYPED, MEMORY_BYTES);
    all.endpoint = made(world, UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY);
    all.arrival = made(world, UK_TYPE_ENDPOINT, UK_ORDER_ARRIVAL);
    all.signals = made(world, UK_TYPE_NOTIFICATION, 0);
    for (unsigned i = 0; i < ACTORS; i++)
        all.reply[i] = made(world, UK_TYPE_REPLY, 0);
    all.shared_reply = made(world, UK_TYPE_REPLY, 0);
    all.timer = made(world, UK_TYPE_TIMER, 0);
    all.tables = made(world, UK_TYPE_SPACE, 0);
    all.raw_space = made(world, UK_TYPE_SPACE, 0);
    all.page = made(world, UK_TYPE_FRAME, UK_PAGE);
    all.other_page = made(world, UK_TYPE_FRAME, UK_PAGE);
    all.fresh = made(world, UK_TYPE_THREAD, 0);
    all.spare = made(world, UK_TYPE_SCHED_CONTEXT, 0);
    for (unsigned i = 0; i < ACTORS; i++)
        all.port[i] = made(world, UK_TYPE_PORT, UK_PORT_SIZE(2, 0));
    all.ports = made(world, UK_TYPE_PORT_SET, 0);
    all.small = made(world, UK_TYPE_CNODE, 4);
    all.ring = made(world, UK_TYPE_RING, 0);
    all.raw_ring = made(world, UK_TYPE_RING, 0);
    all.ring_page = made(world, UK_TYPE_FRAME, UK_PAGE);
    all.portal = made(world, UK_TYPE_PORTAL, STACKS);
    all.raw_portal = made(world, UK_TYPE_PORTAL, 1);
    all.bound = made(world, UK_TYPE_BOUND, 0);
    all.chain = made(world, UK_TYPE_BOUND, 0);
    all.later = made(world, UK_TYPE_BOUND, 0);
    all.raw_bound = made(world, UK_TYPE_BOUND, 0);
    *made_here = all;
    return all.small != 0 && ask(world, UK_SPACE_CONFIGURE, all.tables, UK_SLOT_UNTYPED, 0, 0, 0, 0);
}

struct gift {
    uint8_t slot, rights;
    uint8_t badge; /* 0: a copy; else minted */
    uk_handle source;
};

static int give(struct conformance_world *world, unsigned actor, const struct gift *gifts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uk_word operation = gifts[i].badge != 0 ? UK_CAPABILITY_MINT : UK_CAPABILITY_COPY;
        if (!ask(world, operation, world->task[actor].cnode, gifts[i].slot, gifts[i].source, 0, gifts[i].rights,
                 gifts[i].badge))
            return 0;
    }
    return 1;
}

static int give_all(struct conformance_world *world, const struct originals *all, unsigned actor)
{
    const struct gift gifts[] = {
        {ENDPOINT, UK_RIGHTS_ALL, 0, all->endpoint},
        {ARRIVAL, UK_RIGHTS_ALL, 0, all->arrival},
        {CLIENT, UK_RIGHT_SEND | UK_RIGHT_GRANT, (uint8_t)(7 + actor), all->endpoint},
        {SENDER, UK_RIGHT_SEND, 0, all->endpoint},
        {SIGNALS, UK_RIGHTS_ALL, 0, all->signals},
        {BELL, UK_RIGHT_SEND, 4, all->signals},
        {REPLY, UK_RIGHTS_ALL, 0, all->reply[actor]},
        {SHARED_REPLY, UK_RIGHTS_ALL, 0, all->shared_reply},
        {TO_A, UK_RIGHT_SEND | UK_RIGHT_GRANT, (uint8_t)(7 + actor), all->port[A]},
        {TO_B, UK_RIGHT_SEND | UK_RIGHT_GRANT, (uint8_t)(7 + actor), all->port[B]},
        {PORTS, UK_RIGHTS_ALL, 0, all->ports},
        {PORTAL, UK_RIGHT_SEND | UK_RIGHT_GRANT, (uint8_t)(7 + actor), all->portal},
    };
    const struct gift victim = {THREAD_B, UK_RIGHTS_ALL, 0, world->task[B].thread};
    return give(world, actor, gifts, sizeof gifts / sizeof gifts[0]) && (actor != C || give(world, C, &victim, 1));
}

static int give_manager(struct conformance_world *world, const struct originals *all)
{
    const struct uk_task *task = world->task;
    const struct gift gifts[] = {
        {MEMORY, UK_RIGHTS_ALL, 0, all->memory},         {TIMER, UK_RIGHTS_ALL, 0, all->timer},
        {LINE, UK_RIGHTS_ALL, 0, all->line},             {TABLES, UK_RIGHTS_ALL, 0, all->tables},
        {RAW_SPACE, UK_RIGHTS_ALL, 0, all->raw_space},   {PAGE, UK_RIGHTS_ALL, 0, all->page},
        {OTHER_PAGE, UK_RIGHTS_ALL, 0, all->other_page}, {READ_PAGE, UK_RIGHT_READ, 0, all->page},
        {THREAD_B, UK_RIGHTS_ALL, 0, task[B].thread},    {THREAD_C, UK_RIGHTS_ALL, 0, task[C].thread},
        {SCHED_B, UK_RIGHTS_ALL, 0, task[B].sched_context}, {SCHED_C, UK_RIGHTS_ALL, 0, task[C].sched_context},
        {FRESH, UK_RIGHTS_ALL, 0, all->fresh},           {SPARE, UK_RIGHTS_ALL, 0, all->spare},
        {SMALL, UK_RIGHTS_ALL, 0, all->small},           {NONE_CNODE, 0, 0, all->small},
        {NONE_UNTYPED, 0, 0, all->memory},               {NONE_SPACE, 0, 0, all->tables},
        {NONE_THREAD, 0, 0, all->fresh},                 {NONE_SCHED, 0, 0, all->spare},
        {NONE_ENDPOINT, 0, 0, all->endpoint},            {NONE_REPLY, 0, 0, all->reply[A]},
        {NONE_SIGNALS, 0, 0, all->signals},              {NONE_TIMER, 0, 0, all->timer},
        {NONE_RING, 0, 0, all->ring},
        {RING, UK_RIGHTS_ALL, 0, all->ring},             {RAW_RING, UK_RIGHTS_ALL, 0, all->raw_ring},
        {RING_PAGE, UK_RIGHTS_ALL, 0, all->ring_page},
        {NONE_LINE, 0, 0, all->line},                    {NONE_PORT, 0, 0, all->port[A]},
        {NONE_PORTS, 0, 0, all->ports},                  {NONE_RESIDENT, 0, 0, all->resident},
        {RESIDENT, UK_RIGHTS_ALL, 0, all->resident},
        {RAW_PORTAL, UK_RIGHTS_ALL, 0, all->raw_portal}, {NONE_PORTAL, 0, 0, all->portal},
        {NONE_BOUND, 0, 0, all->bound},
        {BOUND, UK_RIGHTS_ALL, 0, all->bound},           {CHAIN, UK_RIGHTS_ALL, 0, all->chain},
        {BOUND_LATER, UK_RIGHTS_ALL, 0, all->later},     {RAW_BOUND, UK_RIGHTS_ALL, 0, all->raw_bound},
    };
    return give(world, A, gifts, sizeof gifts / sizeof gifts[0]);
}

static uk_word base_of(struct conformance_world *world, uk_handle space)
{
    struct uk_call call = {.operation = UK_SPACE_QUERY, .handle = space};
    (void)uk_root(world->kernel, &call);
    return call.word[3];
}

static int make_actors(struct conformance_world *world, uk_entry entry, const uk_word arguments[ACTORS])
{
    for (unsigned i = 0; i < ACTORS; i++) {
        struct uk_thread_info info;
        world->task[i] = (struct uk_task){.name = names[i], .entry = entry, .priority = priorities[i], .slots = SLOTS,
                                          .stack_bytes = 8 * UK_PAGE, .suspended = 1};
        world->task[i].argument = arguments != NULL ? arguments[i] : 0;
        if (uk_spawn(world->kernel, &world->task[i]) != UK_OK ||
            !ask(world, UK_THREAD_PRIORITY, world->task[i].thread, priorities[i], PRIORITY_MAXIMUM, 0, 0, 0) ||
            uk_inspect_thread(world->kernel, world->task[i].thread, &info) != UK_OK)
            return 0;
        world->number[i] = info.object;
        world->base_own[i] = base_of(world, world->task[i].own_space);
    }
    return 1;
}

/* What A has submitted: a signal, a chain that fails at once, a message to whoever receives, one to nobody. */
static int fill_ring(struct conformance_world *world, const struct originals *all)
{
    static const struct uk_ring_entry ring_entries[] = {
        {.call = {.operation = UK_SIGNAL, .handle = BELL}},
        {.call = {.operation = UK_SIGNAL, .handle = EMPTY}, .flags = UK_RING_LINK},
        {.call = {.operation = UK_SIGNAL, .handle = BELL}},
        {.call = {.operation = UK_SEND, .handle = SENDER, .tag = UK_TAG(1, 2, 0)}},
        {.call = {.operation = UK_CALL, .handle = CLIENT}},
    };
    const uint32_t tail = sizeof ring_entries / sizeof ring_entries[0];
    uk_word address = world->base_own[A] + ((uk_word)12 << 20);
    return ask(world, UK_RING_CONFIGURE, all->ring, all->ring_page, 8, 4, 0, 0) &&
           ask(world, UK_SPACE_MAP, world->task[A].own_space, all->ring_page, address, UK_RIGHT_READ | UK_RIGHT_WRITE, 0,
               0) &&
           uk_poke(world->kernel, world->task[A].thread, address, &tail, sizeof tail) == UK_OK &&
           uk_poke(world->kernel, world->task[A].thread, address + sizeof(struct uk_ring_header), ring_entries,
                   sizeof ring_entries) == UK_OK;
}

/* Its code runs in C's domain, and does what the one who entered is told next. */
static int open_portal(struct conformance_world *world, const struct originals *all, uk_entry entry)
{
    uk_word base = world->base_own[C] + ((uk_word)12 << 20);
    struct uk_call call = {.operation = UK_PORTAL_CONFIGURE, .handle = all->portal};
    call.word[0] = world->task[C].cnode;
    call.word[1] = world->task[C].own_space;
    call.word[3] = entry != NULL ? (uk_word)(uintptr_t)conformance_inside : UK_PAGE;
    call.word[4] = base;
    call.word[5] = STACK_BYTES;
    for (unsigned i = 0; i < STACKS * STACK_BYTES / UK_PAGE; i++)
        if (!ask(world, UK_SPACE_MAP, world->task[C].own_space, made(world, UK_TYPE_FRAME, UK_PAGE), base + i * UK_PAGE,
                 UK_RIGHT_READ | UK_RIGHT_WRITE, 0, 0))
            return 0;
    return uk_root(world->kernel, &call) == UK_OK;
}

static int bind_calls(struct conformance_world *world, const struct originals *all)
{
    return ask(world, UK_BOUND_CONFIGURE, all->bound, all->endpoint, 0, 0, 0, 0) &&
           ask(world, UK_BOUND_CONFIGURE, all->chain, all->endpoint, BOUND_LATER, 0, 0, 0) &&
           ask(world, UK_BOUND_CONFIGURE, all->later, all->arrival, 0, 0, 0, 0);
}

static int furnish(struct conformance_world *world, uk_entry entry, const uk_word arguments[ACTORS])
{
    struct originals all;
    if (!make_actors(world, entry, arguments) || !make_originals(world, &all))
        return 0;
    world->base_tables = base_of(world, all.tables);
    world->base_raw = base_of(world, all.raw_space);
    for (unsigned i = 0; i < ACTORS; i++)
        if (!give_all(world, &all, i))
            return 0;
    if (!give_manager(world, &all) || !fill_ring(world, &all) || !open_portal(world, &all, entry) ||
        !bind_calls(world, &all))
        return 0;
    for (unsigned i = 0; i < ACTORS; i++) /* there is one receive right, so the right itself goes */
        if (!ask(world, UK_CAPABILITY_MOVE, world->task[i].cnode, PORT, all.port[i], 0, 0, 0))
            return 0;
    return ask(world, UK_THREAD_RESUME, world->task[A].thread, 0, 0, 0, 0, 0);
}

static enum uk_status resident(void *context, struct uk_resident_call *call)
{
    (void)context;
    return (enum uk_status)call->word[0];
}

int world_open(struct conformance_world *world, int runs, uk_entry entry, const uk_word arguments[ACTORS])
{
    static const struct uk_resident server = {.name = "resident", .function = resident, .bound_ns = 1000};
    static const struct uk_device line = {.name = "line"};
    struct uk_config config = {.arena_bytes = 4 << 20, .root_slots = 512, .run = runs != 0, .slice_ns = 1000000000,
                               .devices = &line, .device_count = 1, .residents = &server, .resident_count = 1};
    if (runs) {
        config.spaces_max = WINDOWS;
        config.threads_max = 4 + STACKS; /* one more than there are */
        config.window_bytes = 16 << 20;
    }
    if (world->memory == NULL) {
        world->memory_bytes = uk_memory_bytes(&config);
        world->memory = aligned_alloc(UK_PAGE, (world->memory_bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1));
    }
    world->rounds = world->extra_picks = 0;
    if (world->memory == NULL || uk_boot(world->memory, world->memory_bytes, &config, &world->kernel) != UK_OK ||
        !furnish(world, entry, arguments))
        return 0;
    struct uk_call stop = {.operation = UK_THREAD_SUSPEND, .handle = UK_SLOT_THREAD};
    return runs || uk_root(world->kernel, &stop) == UK_BUSY;
}

void world_close(struct conformance_world *world) { uk_destroy(world->kernel); }

uk_word world_address(const struct conformance_world *world, unsigned actor, uk_word word)
{
    uk_word offset = word & (((uk_word)1 << 48) - 1);
    switch (word >> 48) {
    case 0x5ace:
        return world->base_tables + offset;
    case 0x5acd:
        return world->base_own[actor] + offset;
    case 0x5acc:
        return world->base_raw + offset;
    default:
        return word;
    }
}

void world_call(const struct conformance_world *world, const struct conformance_step *step, struct uk_call *call)
{
    static const uk_time times[] = {[AT_ONCE] = UK_NOW, [NEVER] = UK_FOREVER, [PASSED] = TIME_PASSED, [LATER] = TIME_LATER};
    call->operation = step->operation | (step->filtered ? UK_FILTERED : 0);
    call->handle = step->handle;
    call->tag = step->tag;
    if (step->operation == UK_PORTAL_CALL) /* so that whoever comes out there knows whose orders to follow */
        call->tag |= (uk_word)step->actor << 48;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call->word[i] = world_address(world, step->actor, step->word[i]);
    call->reply = step->reply == STALE_REPLY ? STALE(REPLY) : step->reply;
    call->deadline = times[step->deadline];
    call->filter = step->filter;
}

size_t world_buffer(const struct conformance_world *world, const struct conformance_step *step, uk_word *offset,
                    unsigned char bytes[sizeof(struct uk_item)])
{
    const uk_word *word = step->word;
    if (step->act == ACT_WINDOW) {
        const struct uk_window window = {(uint32_t)word[0], (uint32_t)word[1],
                                         world_address(world, step->actor, word[2]), word[3]};
        *offset = offsetof(struct uk_buffer, window);
        memcpy(bytes, &window, sizeof window);
        return sizeof window;
    }
    if (step->act == ACT_COPIES) {
        const uint32_t copies[] = {(uint32_t)word[0], (uint32_t)word[1]};
        *offset = offsetof(struct uk_buffer, copy_slot);
        memcpy(bytes, copies, sizeof copies);
        return sizeof copies;
    }
    const struct uk_item item = {(uint32_t)word[1], (uint32_t)word[2], word[3], word[4],
                                 world_address(world, step->actor, word[5])};
    *offset = offsetof(struct uk_buffer, items) + word[0] * sizeof item;
    memcpy(bytes, &item, sizeof item);
    return sizeof item;
}

static unsigned actor_of(const struct conformance_world *world, const struct thread *thread)
{
    unsigned actor = 0;
    while (actor < ACTORS && (thread == NULL || world->number[actor] != thread->object.number))
        actor++;
    return actor;
}

unsigned world_current(const struct conformance_world *world)
{
    return actor_of(world, ((const struct kernel *)(const void *)world->kernel)->current);
}

static uint8_t outcome_of(const struct uk_thread_info *info)
{
    switch (info->state) {
    case UK_THREAD_READY:
        return (uint8_t)info->call.operation;
    case UK_THREAD_STOPPED:
        return STOPPED;
    case UK_THREAD_DEAD:
        return DEAD;
    default:
        return BLOCKED;
    }
}

void world_observe(const struct conformance_world *world, unsigned actor, struct conformance_result *result,
                   uint64_t totals[4])
{
    static const char letters[] = "srSCRawd", actors[] = "ABC-";
    struct uk_counters counters;
    memset(result, 0, sizeof *result);
    for (unsigned i = 0; i < ACTORS; i++) {
        struct uk_thread_info info = {.state = UK_THREAD_DEAD};
        (void)uk_inspect_thread(world->kernel, world->task[i].thread, &info);
        result->states[i] = letters[info.state];
        if (i == actor)
            result->outcome = outcome_of(&info);
    }
    result->next = actors[world_current(world)];
    uk_counters(world->kernel, &counters);
    totals[0] = counters.entries - world->rounds;
    totals[1] = counters.switches;
    totals[2] = counters.picks - world->extra_picks;
    totals[3] = counters.words_copied;
}
