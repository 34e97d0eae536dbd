/* SPDX-License-Identifier: MIT */
/* Boots, runs and closes one system; every end has an exit code, and every end but the leader's a line too. */
#include "sim/simulation.h"

#include <stdio.h>
#include <sys/mman.h>

#include <ukern/linked.h>

#include "root/root.h"
#include "sim/sim.h"

#define MIB           ((uk_word)1 << 20)
#define WINDOW_MIN    (256 * MIB)
#define WINDOW_EXTRA  (64 * MIB)          /* of a task's addresses, beside archive and memory */
#define SLICE_ENTRIES ((uint64_t)1 << 15) /* kernel entries between two looks at terminal and input */
#define RUN_CALLS     20 /* system calls that one uk_run makes to put signals and a timer in place, and away again */
#define LINKED_PERCENT 60                 /* of the memory, as the file server's row says */
#define SPACES_MAX    (2 * ROOT_TASKS_MAX)

static uk_word round_up(uk_word bytes, uk_word unit) { return (bytes + unit - 1) / unit * unit; }

void simulation_configure(struct uk_config *config, uk_word memory_bytes)
{
    uk_word archive = round_up(config->archive_bytes, UK_LARGE);
    uk_word window = round_up(archive + memory_bytes + WINDOW_EXTRA, UK_LARGE);
    config->run = 1;
    config->arena_bytes = round_up(archive + memory_bytes, UK_LARGE);
    config->root_slots = (uint32_t)(64 + (ROOT_TASKS_MAX + 1) * BLOCK_SLOTS + archive / UK_PAGE);
    config->window_bytes = window > WINDOW_MIN ? window : WINDOW_MIN;
    config->spaces_max = SPACES_MAX;
    config->threads_max = SPACES_MAX;
}

static const char *more_memory(enum uk_status status)
{
    return status == UK_NO_MEMORY ? "; give it more with --memory" : "";
}

static bool refuse(struct simulation *simulation, char *error, size_t room, const char *what, enum uk_status status)
{
    snprintf(error, room, "%s: %s%s", what, uk_status_text(status), more_memory(status));
    simulation_close(simulation);
    return false;
}

static void *host_take(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

/* A server in the kernel has as much memory as if it were a task: most of what is there beside the archive. */
static enum uk_status link_servers(struct simulation *simulation, struct uk_config *config)
{
    if (!linked_wanted(config->argument))
        return UK_OK;
    size_t bytes = (config->arena_bytes - round_up(config->archive_bytes, UK_LARGE)) / 100 * LINKED_PERCENT;
    simulation->linked_bytes = round_up(bytes, UK_PAGE);
    simulation->linked = host_take(simulation->linked_bytes);
    return simulation->linked != NULL ? linked_open(config, simulation->linked, simulation->linked_bytes) : UK_NO_MEMORY;
}

bool simulation_boot(struct simulation *simulation, struct uk_config *config, char *error, size_t error_bytes)
{
    struct uk_device device = host_console_device(&simulation->console);
    error[0] = '\0';
    config->devices = &device;
    config->device_count = 1;
    enum uk_status status = link_servers(simulation, config);
    simulation->memory_bytes = uk_memory_bytes(config);
    simulation->memory = status == UK_OK ? host_take(simulation->memory_bytes) : NULL;
    if (simulation->memory == NULL)
        return refuse(simulation, error, error_bytes, "cannot boot", UK_NO_MEMORY);
    status = uk_boot(simulation->memory, simulation->memory_bytes, config, &simulation->kernel);
    config->devices = NULL;
    return status == UK_OK || refuse(simulation, error, error_bytes, "cannot boot", status);
}

/* Runs on while there is anything to do or to read. */
static enum uk_run_end run_on(struct simulation *simulation)
{
    struct host_console *console = &simulation->console;
    struct uk_device device = host_console_device(console);
    struct uk_counters counters;
    char digits[32];
    for (;;) {
        enum uk_run_end end = uk_run(simulation->kernel, UK_FOREVER, SLICE_ENTRIES);
        simulation->runs++;
        bool more = end == UK_RUN_ENTRIES || end == UK_RUN_DEADLINE;
        if (end == UK_RUN_IDLE)
            more = host_console_wait(console, simulation->kernel, SIMULATION_CONSOLE);
        else if (more)
            device.poll(device.context, simulation->kernel, SIMULATION_CONSOLE);
        if (!more || console->failed)
            return end;
        if (progress_due(simulation->progress)) {
            uk_counters(simulation->kernel, &counters);
            progress_show(simulation->progress, "%s kernel entries", report_digits(counters.entries, digits));
        }
    }
}

static const char *row_name(uk_word code)
{
    return (code & 255) < root_plan.row_count ? root_plan.rows[code & 255].name : "?";
}

static int code_of_halt(uk_word code, char *error, size_t room)
{
    if (code < 256)
        return (int)code;
    enum uk_status status = (enum uk_status)(code >> 8 & 255);
    if ((code & ROOT_NO_START) != 0)
        snprintf(error, room, "the root task could not start \"%s\": %s%s", row_name(code), uk_status_text(status),
                 more_memory(status));
    return EXIT_ENDED;
}

static int explain_standstill(const struct simulation *simulation, char *error, size_t room)
{
    int used = snprintf(error, room, "nothing can run any more: ");
    size_t left = room - (size_t)used;
    if (uk_explain(simulation->kernel, UK_SLOT_THREAD, error + used, left) == 0 &&
        uk_deadlock(simulation->kernel, error + used, left) == 0)
        snprintf(error + used, left, "every thread waits for something that nobody will do");
    return EXIT_BROKEN;
}

int simulation_run(struct simulation *simulation, uk_entry entry, char *error, size_t error_bytes)
{
    struct uk_counters counters;
    error[0] = '\0';
    uint64_t begun = report_host_time();
    enum uk_status status = uk_start(simulation->kernel, entry, 0);
    enum uk_run_end end = status == UK_OK ? run_on(simulation) : UK_RUN_REFUSED;
    simulation->real_ns = report_host_time() - begun;
    host_console_flush(&simulation->console, simulation->kernel, SIMULATION_CONSOLE);
    if (simulation->progress != NULL)
        progress_hide(simulation->progress);
    uk_counters(simulation->kernel, &counters);
    if (simulation->console.failed)
        return snprintf(error, error_bytes, "the console's output cannot be written"), EXIT_OUTPUT;
    switch (end) {
    case UK_RUN_HALTED:
        return code_of_halt((uk_word)counters.exit_code, error, error_bytes);
    case UK_RUN_IDLE:
        return explain_standstill(simulation, error, error_bytes);
    case UK_RUN_PANIC:
        snprintf(error, error_bytes, "the kernel broke a promise: %s", uk_panic_text(simulation->kernel));
        return EXIT_BROKEN;
    default:
        snprintf(error, error_bytes, "cannot run: %s", uk_status_text(status != UK_OK ? status : UK_REFUSED));
        return EXIT_BROKEN;
    }
}

uint64_t simulation_host_calls(const struct simulation *simulation)
{
    struct uk_counters counters;
    uk_counters(simulation->kernel, &counters);
    return counters.host_maps + counters.host_faults + counters.faults + simulation->runs * RUN_CALLS +
           simulation->console.host_calls;
}

void simulation_close(struct simulation *simulation)
{
    if (simulation->kernel != NULL)
        uk_destroy(simulation->kernel);
    if (simulation->memory != NULL)
        munmap(simulation->memory, simulation->memory_bytes);
    if (simulation->linked != NULL)
        munmap(simulation->linked, simulation->linked_bytes);
    simulation->kernel = NULL;
    simulation->memory = simulation->linked = NULL;
}
