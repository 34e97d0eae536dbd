/* SPDX-License-Identifier: MIT */
/* A kernel with the tasks and links of one workload; every object is made by the first thread before any task runs. */
#include "sim/compare.h"

enum {
    CLIENT_PRIORITY = 10,
    SERVER_PRIORITY = 20,
    STACK_BYTES = 32 << 10,
    ROOT_SLOTS = 1 << 14,
    WINDOW_BYTES = 16 << 20,
    BELOW_END = 1 << 20,        /* nothing that uk_spawn maps is so near to the end of a space */
    SLICE_ENTRIES = 23,         /* in a flood; prime, so that slices end everywhere in turn; elsewhere none ends by accident */
    ENTRY_NS = 100,
    LONG_SLICE_NS = 1000000000,
    FIRST_FREE = 8,             /* of a task's CNode */
    SPACES = COMPARE_CLIENTS_MAX + COMPARE_SERVERS_MAX + 2
};
#define ARENA_BYTES      ((uk_word)48 << 20)
#define STARVED_EACH     1600
#define STARVED_ENTRIES  100000 /* then a flooded client that is not served has waited long enough */

uk_handle compare_make(struct compare_world *world, uint32_t type, uk_word size, uint32_t count)
{
    uk_handle first = uk_slots(world->kernel, count);
    bool good = first != UK_NONE && BENCH_ASK(world->kernel, UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, first,
                                              count) == UK_OK;
    return good ? first : UK_NONE;
}

uk_handle compare_slots(struct compare_task *task, uint32_t count)
{
    uk_handle first = task->next_slot;
    if (first + count > COMPARE_SLOTS)
        return UK_NONE;
    task->next_slot += count;
    return first;
}

uk_handle compare_give(struct compare_task *task, uk_handle handle, uint32_t rights, uk_word badge)
{
    uk_handle slot = handle != UK_NONE ? compare_slots(task, 1) : UK_NONE;
    uint32_t operation = badge != 0 ? UK_CAPABILITY_MINT : UK_CAPABILITY_COPY;
    bool good = slot != UK_NONE && BENCH_ASK(task->world->kernel, operation, task->task.cnode, slot, handle, 0, rights,
                                             badge) == UK_OK;
    return good ? slot : UK_NONE;
}

bool compare_make_in(struct compare_task *task, uint32_t type, uk_word size, uk_handle *slot)
{
    uk_handle made = compare_make(task->world, type, size, 1);
    *slot = compare_slots(task, 1);
    return made != UK_NONE && *slot != UK_NONE &&
           BENCH_ASK(task->world->kernel, UK_CAPABILITY_MOVE, task->task.cnode, *slot, made, 0) == UK_OK;
}

uk_handle compare_pass(const struct compare_task *from, uk_handle slot, struct compare_task *to, uint32_t rights,
                       uk_word badge)
{
    uk_handle target = compare_slots(to, 1);
    uint32_t operation = badge != 0 ? UK_CAPABILITY_MINT : UK_CAPABILITY_COPY;
    bool good = target != UK_NONE && BENCH_ASK(to->world->kernel, operation, to->task.cnode, target, slot,
                                               from->task.cnode, rights, badge) == UK_OK;
    return good ? target : UK_NONE;
}

uk_word compare_addresses(struct compare_task *task, uint32_t pages)
{
    task->top -= (pages + 1) * UK_PAGE; /* one stays free, so that running over is noticed */
    return task->top;
}

uk_word compare_map(struct compare_task *task, uk_handle frames, uint32_t pages)
{
    uk_word address = compare_addresses(task, pages);
    for (uint32_t i = 0; i < pages; i++)
        if (frames == UK_NONE || BENCH_ASK(task->world->kernel, UK_SPACE_MAP, task->task.own_space, frames + i,
                                           address + i * UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE) != UK_OK)
            return 0;
    return address;
}

uk_word compare_memory(struct compare_task *task, uint64_t bytes)
{
    uint32_t pages = compare_pages(bytes);
    return compare_map(task, compare_make(task->world, UK_TYPE_FRAME, UK_PAGE, pages), pages);
}

/* A capability maps a frame once, so the second side gets copies. */
bool compare_share(struct compare_link *link, uint64_t bytes)
{
    struct compare_world *world = link->world;
    uint32_t pages = compare_pages(bytes);
    uk_handle frames = compare_make(world, UK_TYPE_FRAME, UK_PAGE, pages), copies = uk_slots(world->kernel, pages);
    for (uint32_t i = 0; i < pages; i++)
        if (frames == UK_NONE || copies == UK_NONE ||
            BENCH_ASK(world->kernel, UK_CAPABILITY_COPY, UK_SLOT_CNODE, copies + i, frames + i, 0, UK_RIGHTS_ALL) != UK_OK)
            return false;
    link->shared = compare_map(link->client, frames, pages);
    link->shared_there = compare_map(link->server, copies, pages);
    return link->shared != 0 && link->shared_there != 0;
}

static bool spawn(struct compare_world *world, struct compare_task *task, bool server)
{
    task->world = world;
    task->task = (struct uk_task){.name = server ? "server" : "client",
                                  .entry = server ? compare_server : compare_client,
                                  .argument = (uk_word)(uintptr_t)task,
                                  .priority = server ? SERVER_PRIORITY : CLIENT_PRIORITY,
                                  .slots = COMPARE_SLOTS,
                                  .stack_bytes = STACK_BYTES,
                                  .space = world->design->one_space ? world->servers[0].task.own_space : UK_NONE,
                                  .suspended = 1};
    task->next_slot = FIRST_FREE;
    if (uk_spawn(world->kernel, &task->task) != UK_OK)
        return false;
    struct uk_call query = {.operation = UK_SPACE_QUERY, .handle = task->task.own_space, .deadline = UK_NOW};
    (void)uk_root(world->kernel, &query);
    task->top = (query.word[4] - BELOW_END) & ~(UK_PAGE - 1);
    task->go = compare_make(world, UK_TYPE_NOTIFICATION, 0, 1);
    task->wait = compare_give(task, task->go, UK_RIGHTS_ALL, 0);
    return task->wait != UK_NONE;
}

static bool link_up(struct compare_world *world, struct compare_task *client, struct compare_task *server, uint32_t index)
{
    struct compare_link *link = &world->links[world->link_count++];
    *link = (struct compare_link){.world = world, .client = client, .server = server, .index = index};
    client->down = link;
    bool good = !compare_has_files(world->work) || compare_files_join(link);
    return good && world->design->open_link(link);
}

static bool make_tasks(struct compare_world *world)
{
    const struct compare_work *work = world->work;
    bool good = true;
    for (uint32_t i = 0; i < work->servers && good; i++)
        good = spawn(world, &world->servers[i], true) && world->design->open_server(&world->servers[i]);
    for (uint32_t i = 0; i < work->clients && good; i++)
        good = spawn(world, &world->clients[i], false) && link_up(world, &world->clients[i], &world->servers[0], i);
    for (uint32_t i = 0; i + 1 < work->servers && good; i++)
        good = link_up(world, &world->servers[i], &world->servers[i + 1], 0);
    return good;
}

/* All run up to where they wait; then passive servers lose their own time. */
static bool begin(struct compare_world *world)
{
    const struct compare_work *work = world->work;
    bool good = make_tasks(world);
    for (uint32_t i = 0; i < work->servers && good; i++)
        good = BENCH_ASK(world->kernel, UK_THREAD_RESUME, world->servers[i].task.thread, 0) == UK_OK;
    for (uint32_t i = 0; i < work->clients && good; i++)
        good = BENCH_ASK(world->kernel, UK_THREAD_RESUME, world->clients[i].task.thread, 0) == UK_OK;
    good = good && uk_run(world->kernel, UK_FOREVER, 0) == UK_RUN_IDLE;
    for (uint32_t i = 0; i < work->servers && good && world->design->passive; i++)
        good = BENCH_ASK(world->kernel, UK_SCHED_UNBIND, world->servers[i].task.sched_context, 0) == UK_OK;
    return good;
}

/* The kernel's memory, and the tree if there is none to share. */
static bool prepare(struct compare_world *world, struct compare_files *files)
{
    const struct uk_resident resident = {.name = "server", .function = world->design->resident, .context = world};
    struct uk_config config = {.run = 1,
                               .root_slots = ROOT_SLOTS,
                               .residents = &resident,
                               .resident_count = world->design->resident != NULL,
                               .spaces_max = SPACES,
                               .threads_max = SPACES + COMPARE_SERVERS_MAX * COMPARE_STACKS,
                               .arena_bytes = ARENA_BYTES,
                               .window_bytes = WINDOW_BYTES,
                               .entry_cost_ns = ENTRY_NS,
                               .slice_ns = compare_is_flood(world->work) ? SLICE_ENTRIES * ENTRY_NS : LONG_SLICE_NS};
    if (world->watch != NULL) {
        config.trace = world->watch->trace;
        config.choose = world->watch->choose;
        config.trace_context = config.choose_context = world->watch->context;
    }
    size_t bytes = uk_memory_bytes(&config);
    world->files = files;
    if (files == NULL && compare_has_files(world->work)) {
        world->files = compare_files_open();
        world->own_files = true;
    }
    world->memory = compare_take(bytes, COMPARE_FOR_KERNEL);
    bool good = world->memory != NULL && (world->files != NULL || !compare_has_files(world->work)) &&
                uk_boot(world->memory, bytes, &config, &world->kernel) == UK_OK;
    if (good)
        uk_counters(world->kernel, &world->at_boot);
    return good;
}

static struct compare_world *open_with(const struct compare_design *design, const struct compare_work *work,
                                       struct compare_files *files, const struct compare_watch *watch)
{
    struct compare_world *world = compare_take(sizeof *world, COMPARE_FOR_USERS);
    if (world == NULL)
        return NULL;
    world->design = design;
    world->work = work;
    world->watch = watch;
    if (prepare(world, files) && begin(world))
        return world;
    compare_world_close(world);
    return NULL;
}

struct compare_world *compare_world_open(const struct compare_design *design, const struct compare_work *work,
                                         struct compare_files *files)
{
    return open_with(design, work, files, NULL);
}

struct compare_world *compare_world_open_watched(const struct compare_design *design, const struct compare_work *work,
                                                 const struct compare_watch *watch)
{
    return open_with(design, work, NULL, watch);
}

bool compare_world_begin(struct compare_world *world, uint64_t count)
{
    bool good = true;
    world->count = count;
    world->begun = world->stop = 0;
    for (uint32_t i = 0; i < world->work->clients && good; i++) {
        struct compare_task *client = &world->clients[i];
        client->running = 1;
        client->status = UK_OK;
        client->done = client->refused = 0;
        good = BENCH_ASK(world->kernel, UK_SIGNAL, client->go, 0) == UK_OK;
    }
    return good;
}

/* Only a flood can keep all others busy for ever. A run without a limit takes the same ways on every machine. */
bool compare_world_run(struct compare_world *world, uint64_t count, struct compare_time *took)
{
    uint64_t limit = compare_is_flood(world->work) ? STARVED_ENTRIES + count * STARVED_EACH : 0;
    bool good = compare_world_begin(world, count);
    good = good && uk_run(world->kernel, UK_FOREVER, limit) == UK_RUN_IDLE;
    for (uint32_t i = 0; i < world->work->clients && good; i++)
        good = !world->clients[i].running && world->clients[i].status == UK_OK;
    *took = world->took;
    return good;
}

void compare_world_close(struct compare_world *world)
{
    if (world == NULL)
        return;
    if (world->kernel != NULL)
        uk_destroy(world->kernel);
    if (world->common != NULL)
        compare_drop(world->common, COMPARE_FOR_USERS);
    compare_drop(world->memory, COMPARE_FOR_KERNEL);
    for (uint32_t i = world->link_count; i > 0; i--)
        compare_files_leave(&world->links[i - 1]);
    if (world->own_files)
        compare_files_close(world->files);
    compare_drop(world, COMPARE_FOR_USERS);
}
