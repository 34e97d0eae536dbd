/* SPDX-License-Identifier: MIT */
/* The whole authority of the system: one row for each task, and what is not named in its row it can never reach. */
#include "names/names.h"
#include "root/root.h"
#include "runtime/transports.h"

#define MANAGE UK_RIGHT_MANAGE
#define SERVE  UK_RIGHT_RECEIVE
#define READ   UK_RIGHT_READ
#define CALL   UK_RIGHT_SEND
#define GIVE   (UK_RIGHT_SEND | UK_RIGHT_GRANT)

static const struct row rows[ROW_COUNT] = {
    /* The first task has everything that boot leaves; it lends the rest of this table what each row names. */
    [ROW_ROOT] = {.name = "root", .priority = UK_PRIORITY_MAX},

    /* The pager: all free memory, and (put there by the root task) the space of every task that it feeds. */
    [ROW_MEMORY] = {.name = "memory", .program = "memory", .flags = ROW_ESSENTIAL | ROW_RESIDENT, .priority = 250,
        .slots = 128, .stack_bytes = 32 << 10, .heap_bytes = 64 << 10,
        .grants = {{TASK_CNODE, GRANT_CNODE, MANAGE, 0, 0},
                   {TASK_ENDPOINT, GRANT_ENDPOINT, SERVE, 0, 0},
                   {TASK_REPLY, GRANT_REPLY, CALL, 0, 0},
                   {TASK_UNTYPED, GRANT_POOL, MANAGE, 0, 0},
                   {TASK_CONSOLE, GRANT_SERVICE, CALL, ROW_CONSOLE, ROW_MEMORY}}},

    /* The only task that touches a device. Its page of memory becomes a second Reply, to hold a reader's call with, and an
     * endpoint on which nothing but signals comes. */
    [ROW_CONSOLE] = {.name = "console", .program = "console", .flags = ROW_ESSENTIAL | ROW_RESIDENT, .priority = 240,
        .slots = 32, .stack_bytes = 32 << 10, .untyped_bytes = 4 << 10, .device = "console",
        .grants = {{TASK_CNODE, GRANT_CNODE, MANAGE, 0, 0},
                   {TASK_ENDPOINT, GRANT_ENDPOINT, SERVE, 0, 0},
                   {TASK_REPLY, GRANT_REPLY, CALL, 0, 0},
                   {TASK_UNTYPED, GRANT_UNTYPED, MANAGE, 0, 0},
                   {TASK_NOTIFICATION, GRANT_NOTIFICATION, SERVE, 0, 0},
                   {TASK_INTERRUPT, GRANT_INTERRUPT, MANAGE, 0, 0}}},

    [ROW_NAMES] = {.name = "names", .program = "names", .flags = ROW_ESSENTIAL | ROW_RESIDENT, .priority = 230,
        .slots = 128, .stack_bytes = 32 << 10,
        .grants = {{TASK_CNODE, GRANT_CNODE, MANAGE, 0, 0},
                   {TASK_ENDPOINT, GRANT_ENDPOINT, SERVE, 0, 0},
                   {TASK_REPLY, GRANT_REPLY, CALL, 0, 0}}},

    /* Reads the archive, and may enter a name. Its sessions are badged copies of its own endpoint. With rings it hears the
     * bells of clients; with ports it makes these, and a thread that minds the endpoint; with snapshots it has frames to
     * keep them in; with a portal it lets clients' threads into its space. */
    [ROW_FILES] = {.name = "files", .program = "files", .flags = ROW_ESSENTIAL | ROW_ARCHIVE | ROW_ARGUMENT,
        .priority = 100, .memory_percent = 60, .slots = 1152, .stack_bytes = 256 << 10, .heap_bytes = HEAP_TO_QUOTA,
        .untyped_bytes = 128 << 10,
        .grants = {{TASK_CNODE, GRANT_CNODE, MANAGE, 0, 0},
                   {TASK_ENDPOINT, GRANT_ENDPOINT, SERVE | GIVE, 0, 0},
                   {TASK_REPLY, GRANT_REPLY, CALL, 0, 0},
                   {TASK_CONSOLE, GRANT_SERVICE, CALL, ROW_CONSOLE, ROW_FILES},
                   {TASK_NAMES, GRANT_SERVICE, GIVE, ROW_NAMES, ROW_FILES | NAMES_REGISTRAR}},
        .extras = {{{TASK_NOTIFICATION, GRANT_NOTIFICATION, CALL, 0, 0}, TRANSPORT_RING},
                   {{TASK_UNTYPED, GRANT_UNTYPED, MANAGE, 0, 0}, TRANSPORT_PORT},
                   {{TASK_UNTYPED, GRANT_UNTYPED, MANAGE, 0, 0}, TRANSPORT_COW},
                   {{TASK_SPACE, GRANT_SPACE, MANAGE, 0, 0}, TRANSPORT_COW},
                   {{TASK_SPACE, GRANT_SPACE, MANAGE, 0, 0}, TRANSPORT_PORT},
                   {{TASK_THREAD, GRANT_THREAD, READ, 0, 0}, TRANSPORT_PORT},
                   {{TASK_UNTYPED, GRANT_UNTYPED, MANAGE, 0, 0}, TRANSPORT_PORTAL},
                   {{TASK_SPACE, GRANT_SPACE, MANAGE, 0, 0}, TRANSPORT_PORTAL},
                   {{TASK_FAULT, GRANT_FAULT, CALL, 0, 0}, TRANSPORT_PORTAL},
                   {{TASK_RESIDENT, GRANT_RESIDENT, CALL, 0, 0}, TRANSPORT_RESIDENT}}},

    /* What the user sees. Its memory of its own becomes the buffer that it shares with the file server. */
    [ROW_SHELL] = {.name = "shell", .program = "shell", .flags = ROW_LEADER | ROW_ARGUMENT | ROW_HOST, .priority = 50,
        .memory_percent = 20, .slots = 256, .stack_bytes = 256 << 10, .heap_bytes = HEAP_TO_QUOTA,
        .untyped_bytes = 256 << 10,
        .grants = {{TASK_CNODE, GRANT_CNODE, MANAGE, 0, 0},
                   {TASK_SPACE, GRANT_SPACE, MANAGE, 0, 0},
                   {TASK_THREAD, GRANT_THREAD, READ, 0, 0},
                   {TASK_UNTYPED, GRANT_UNTYPED, MANAGE, 0, 0},
                   {TASK_NAMES, GRANT_SERVICE, CALL, ROW_NAMES, ROW_SHELL},
                   {TASK_CONSOLE, GRANT_SERVICE, CALL, ROW_CONSOLE, ROW_SHELL},
                   {TASK_ROOT, GRANT_SERVICE, CALL, ROW_ROOT, ROW_SHELL}},
        .extras = {{{TASK_SELF, GRANT_THREAD, MANAGE | READ, 0, 0}, TRANSPORT_DIRECT},
                   {{TASK_FAULT, GRANT_FAULT, CALL, 0, 0}, TRANSPORT_DIRECT}}},
};

const struct plan root_plan = {rows, ROW_COUNT, &system_loader};
