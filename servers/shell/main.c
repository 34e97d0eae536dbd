/* SPDX-License-Identifier: MIT */
/* The shell as a task: finds its console and file server, runs lines, and tells the root task how they ended. */
#include "client/link.h"
#include "client/transport_far.h"
#include "runtime/names.h"
#include "runtime/protocol.h"
#include "shell/shell.h"

#include <string.h>

#define FILES_NAME     "files"
#define FRAMES_MAX     16 /* of the session's buffer: 64 KiB, as many as the file server takes */
#define CODE_NO_SYSTEM 126 /* exit code: the shell could not begin */
#define LOOKUP_PERIOD  1000000    /* ns between two questions for the file server */
#define LOOKUP_PATIENCE 5000000000 /* ns after which it is taken to be missing */

/* How the shell uses its slots. */
enum shell_slot {
    SLOT_FILES = TASK_FIRST_FREE,
    SLOT_PAUSE, /* a notification that nobody signals, to wait on until a deadline */
    SLOT_LINK
};

struct program {
    const struct task_start *start;
    struct console_call console;
    struct link link;
    struct transport_far far; /* the same with distance */
    struct system_call system;
    struct client client;
    struct shell shell;
};

static int fail(struct program *program, const char *what, const char *why)
{
    char text[128];
    struct console *console = &program->console.console;
    size_t length = text_format(text, sizeof text, "shell: %s: %s\n", what, why);
    (void)console->write(console, text, length);
    return CODE_NO_SYSTEM;
}

static const char *status_text(enum uk_status status)
{
    switch (status) {
#define UK_X(name, number, text)                                                                                       \
    case name:                                                                                                         \
        return text;
        UK_STATUSES(UK_X)
#undef UK_X
    default: return "an unknown status";
    }
}

/* Asks until the file server has registered itself; it starts at the same time as we do. */
static enum uk_status find_files(const struct task_start *start, uk_handle *files)
{
    uk_time end = uk_clock() + LOOKUP_PATIENCE;
    enum uk_status status = names_lookup(start, FILES_NAME, SLOT_FILES, files);
    while (status == UK_NOT_MAPPED && uk_clock() < end) {
        uk_word bits;
        if (uk_wait(SLOT_PAUSE, &bits, uk_clock() + LOOKUP_PERIOD) != UK_TIMED_OUT)
            uk_yield();
        status = names_lookup(start, FILES_NAME, SLOT_FILES, files);
    }
    return status;
}

/* The way to the file server that boot chose. */
static struct transport *open_transport(struct program *program, uk_handle files, enum uk_status *status)
{
    const struct task_start *start = program->start;
    struct link_room where = {SLOT_LINK, FRAMES_MAX, start->free_base};
    uk_time latency = argument_latency(start->argument);
    *status = link_open(&program->link, argument_kind(start->argument), start, files, &where);
    if (latency == 0)
        return &program->link.transport;
    transport_far_open(&program->far, &program->link.transport, SLOT_PAUSE, latency);
    return &program->far.transport;
}

/* Connects to the file server; an exit code. */
static int connect_files(struct program *program, void *message, size_t room)
{
    const struct task_start *start = program->start;
    uk_handle files;
    (void)uk_retype(TASK_UNTYPED, UK_TYPE_NOTIFICATION, 0, TASK_CNODE, SLOT_PAUSE, 1);
    enum uk_status status = find_files(start, &files);
    if (status != UK_OK)
        return fail(program, "no file server", status_text(status));
    struct transport *transport = open_transport(program, files, &status);
    if (status != UK_OK)
        return fail(program, "no session with the file server", status_text(status));
    int error = client_open(&program->client, transport, message, room, "root", "/");
    return error != 0 ? fail(program, "9P2000.L", client_error_text(error)) : 0;
}

static int run(struct program *program, struct arena *memory)
{
    size_t room = FRAMES_MAX * (size_t)UK_PAGE;
    void *message = arena_take(memory, room);
    if (message == NULL)
        return fail(program, "memory", "the heap is too small");
    int code = connect_files(program, message, room);
    if (code != 0)
        return code;
    system_call_open(&program->system, program->start);
    struct shell_parts parts = {&program->console.console, &program->client, &program->system.system,
                                memory->base + memory->used, memory->room - memory->used,
                                (program->start->argument & ARGUMENT_INTERACTIVE) != 0};
    if (shell_open(&program->shell, &parts) != 0)
        return fail(program, "memory", "the heap is too small");
    code = shell_run(&program->shell);
    client_close(&program->client);
    return code;
}

uk_word shell_main(const struct task_start *start)
{
    struct arena memory = arena_open((void *)(uintptr_t)start->heap_base, start->heap_end - start->heap_base);
    struct program *program = arena_take(&memory, sizeof *program);
    struct uk_message message = uk_message(ROOT_EXIT, 1);
    uk_word code = CODE_NO_SYSTEM;
    if (program != NULL) {
        program->start = start;
        console_call_open(&program->console, start);
        code = (uk_word)run(program, &memory);
    }
    message.word[0] = code;
    (void)uk_send(TASK_ROOT, &message, UK_FOREVER);
    return code;
}
