/* SPDX-License-Identifier: MIT */
/* Whole systems for tests; everything that a run leaves behind is in the struct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_builder.h"
#include "boot_world.h"
#include "runtime/console.h"
#include "runtime/transports.h"
#include "sim/choose.h"

#define SAMPLE_BYTES 16384

struct boot_plan boot_plan;
void *boot_linked;

static bool keep_output(void *context, const char *bytes, size_t count)
{
    struct boot_world *world = context;
    while (world->output_used + count + 1 > world->output_room) {
        world->output_room = world->output_room == 0 ? 4096 : world->output_room * 2;
        world->output = realloc(world->output, world->output_room);
        assert_non_null(world->output);
    }
    memcpy(world->output + world->output_used, bytes, count);
    world->output_used += count;
    world->output[world->output_used] = '\0';
    return true;
}

/* FNV-1a over what does not depend on the host. */
static void hash_event(void *context, const struct uk_event *event)
{
    struct boot_world *world = context;
    const uint64_t parts[] = {event->time, event->kind, event->thread, event->operation, event->status, event->badge};
    const unsigned char *bytes = (const unsigned char *)parts;
    for (size_t i = 0; i < sizeof parts; i++)
        world->trace_hash = (world->trace_hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void open_console(struct boot_world *world, struct host_console *console)
{
    console->script = world->script != NULL ? world->script : "";
    console->script_bytes = world->script_bytes != 0 ? world->script_bytes : strlen(console->script);
    console->input_fd = console->output_fd = -1;
    if (world->input_fd > 0) {
        console->script = NULL;
        console->input_fd = world->input_fd;
    }
    console->sink = keep_output;
    console->context = world;
}

static void check_and_count(struct boot_world *world, const struct simulation *simulation)
{
    char text[256] = "";
    if (world->code != 70)
        assert_int_equal(uk_check(simulation->kernel, text, sizeof text), 0);
    uk_counters(simulation->kernel, &world->counters);
    world->host_calls = simulation_host_calls(simulation);
}

void boot_world_run(struct boot_world *world)
{
    uint8_t sample[SAMPLE_BYTES];
    struct simulation *simulation = calloc(1, sizeof *simulation);
    struct chooser chooser;
    assert_non_null(simulation);
    struct uk_config config = {.archive = world->archive,
                               .archive_bytes = world->archive_bytes,
                               .strict = world->strict,
                               .argument = argument_make(false, world->transport, world->latency_ns),
                               .runaway_ms = world->runaway_ms,
                               .trace = hash_event,
                               .trace_context = world};
    if (config.archive == NULL) {
        config.archive = sample;
        config.archive_bytes = archive_sample(sample, sizeof sample);
    }
    chooser_open(&chooser, world->seed);
    config.choose = world->seeded ? chooser_choose : NULL;
    config.choose_context = &chooser;
    open_console(world, &simulation->console);
    simulation_configure(&config, (uk_word)(world->memory_mib != 0 ? world->memory_mib : 16) << 20);
    assert_true(simulation_boot(simulation, &config, world->error, sizeof world->error));
    boot_linked = simulation->linked;
    world->output_used = 0;
    world->trace_hash = UINT64_C(0xcbf29ce484222325);
    keep_output(world, "", 0);
    world->code =
        simulation_run(simulation, world->entry != NULL ? world->entry : root_main, world->error, sizeof world->error);
    check_and_count(world, simulation);
    simulation_close(simulation);
    free(simulation);
}

void boot_world_close(struct boot_world *world)
{
    free(world->output);
    world->output = NULL;
    world->output_used = world->output_room = 0;
}

void boot_world_expect(struct boot_world *world, const char *output, int code)
{
    boot_world_run(world);
    assert_string_equal(world->error, "");
    assert_string_equal(world->output, output);
    assert_int_equal(world->code, code);
    boot_world_close(world);
}

void boot_world_says(const struct boot_world *world, const char *text)
{
    if (strstr(world->output, text) == NULL)
        fail_msg("\"%s\" is not in what the console said:\n%s%s", text, world->output, world->error);
}

void boot_plan_reset(void)
{
    size_t count = 0;
    memset(&boot_plan, 0, sizeof boot_plan);
    memcpy(boot_plan.rows, root_plan.rows, root_plan.row_count * sizeof boot_plan.rows[0]);
    for (; root_plan.loader->programs[count].name != NULL; count++)
        boot_plan.programs[count] = root_plan.loader->programs[count];
    boot_plan.loader.programs = boot_plan.programs;
    boot_plan.plan = (struct plan){boot_plan.rows, root_plan.row_count, &boot_plan.loader};
}

static const char *add_program(const char *name, task_entry entry)
{
    struct hosted_program *program = boot_plan.programs;
    while (program->name != NULL)
        program++;
    *program = (struct hosted_program){name, entry};
    return name;
}

void boot_plan_replace(uint32_t row, task_entry entry) { boot_plan.rows[row].program = add_program("replaced", entry); }

uint32_t boot_plan_add(const char *name, task_entry entry, uint8_t priority)
{
    uint32_t row = boot_plan.plan.row_count++;
    boot_plan.rows[row] = boot_plan.rows[ROW_SHELL];
    boot_plan.rows[row].name = name;
    boot_plan.rows[row].program = add_program(name, entry);
    boot_plan.rows[row].flags = ROW_ARGUMENT | ROW_HOST;
    boot_plan.rows[row].priority = priority;
    boot_plan.rows[row].memory_percent = 5;
    for (unsigned i = 0; i < ROOT_GRANTS_MAX; i++)
        if (boot_plan.rows[row].grants[i].kind == GRANT_SERVICE)
            boot_plan.rows[row].grants[i].badge = row;
    return row;
}

uk_word boot_plan_main(uk_word boot_info) { return root_run(&boot_plan.plan, boot_info); }

struct boot_kill boot_kill;

/* The root task hears of a death by a signal; this one is a timer's. */
static enum uk_status set_timer(const struct root *root)
{
    uint32_t timer = root_slot(root, ROW_ROOT, BLOCK_PAGES), line = timer + 1;
    enum uk_status status = uk_retype(UK_SLOT_UNTYPED, UK_TYPE_TIMER, 0, UK_SLOT_CNODE, timer, 1);
    if (status == UK_OK)
        status = uk_mint(UK_SLOT_CNODE, line, UK_NONE, root_slot(root, ROW_ROOT, BLOCK_NOTIFICATION), UK_RIGHT_SEND,
                         (uk_word)1 << boot_kill.row);
    if (status == UK_OK)
        status = uk_timer_bind(timer, line);
    return status == UK_OK ? uk_timer_set(timer, boot_kill.at, 0) : status;
}

uk_word boot_kill_main(uk_word boot_info)
{
    struct root root = {.plan = &boot_plan.plan, .info = (const struct uk_boot_info *)boot_info};
    uint32_t row;
    if (root_start(&root, &row) != UK_OK || set_timer(&root) != UK_OK)
        return ROOT_NO_START;
    root.tasks[ROW_ROOT].alive = 1;
    return root_serve(&root);
}

void boot_say(const struct task_start *start, const char *text)
{
    struct console_call console;
    console_call_open(&console, start);
    (void)console.console.write(&console.console, text, strlen(text));
}
