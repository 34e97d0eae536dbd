/* SPDX-License-Identifier: MIT */
/* The file server: makes a tree out of the archive, and serves it to whoever opens a session; no client can stop it. */
#include "files/archive.h"
#include "files/service.h"
#include "runtime/console.h"
#include "runtime/names.h"

#include <string.h>

#define LINE_BYTES 240

/* What it returns when it cannot serve. */
enum files_exit {
    FILES_BAD_ARCHIVE = 1,
    FILES_NO_MEMORY = 2,
    FILES_NO_NAME = 3,
    FILES_NO_RECEIVE = 4,
    FILES_NO_TRANSPORT = 5,
    FILES_TORN = 6
};

/* All that it needs of its heap, in order; what is left is the tree's. */
struct place {
    uint8_t *next, *end;
};

static void *place_take(struct place *place, size_t bytes)
{
    void *taken = place->next;
    bytes = (bytes + STORE_PAGE - 1) & ~(STORE_PAGE - 1);
    if ((size_t)(place->end - place->next) < bytes)
        return NULL;
    place->next += bytes;
    return taken;
}

static void say(const struct task_start *start, const char *line, size_t bytes)
{
    struct console_call console;
    console_call_open(&console, start);
    (void)console.console.write(&console.console, line, bytes);
}

static uk_word fail(const struct task_start *start, enum files_exit code, const char *reason)
{
    char line[LINE_BYTES];
    say(start, line, text_format(line, sizeof line, "files: %s\n", reason));
    return code;
}

static uk_word refuse_archive(const struct task_start *start, const struct archive_report *report)
{
    char line[LINE_BYTES];
    size_t bytes = text_format(line, sizeof line, "files: the archive is refused at byte %lu: %s\n",
                               (unsigned long)report->offset, cpio_error_text(report->error));
    say(start, line, bytes);
    return FILES_BAD_ARCHIVE;
}

/* Sessions take at most a quarter of the heap; those that nobody opens take only its addresses. */
static uint32_t sessions_for(const struct task_start *start)
{
    uk_word room = (start->heap_end - start->heap_base) / 4 / (sizeof(struct session) + WINDOW_BYTES);
    return room < service_capacity(start) ? (uint32_t)room : service_capacity(start);
}

static bool lay_out(struct service *service, struct tree *tree, const struct task_start *start)
{
    struct place place = {(uint8_t *)(uintptr_t)start->heap_base, (uint8_t *)(uintptr_t)start->heap_end};
    uint32_t sessions = sessions_for(start);
    uint8_t *windows = place_take(&place, service_window_bytes(sessions));
    *service = (struct service){.start = start, .tree = tree, .sessions.count = sessions};
    service->sessions.places = place_take(&place, sessions * sizeof(struct session));
    service->request = place_take(&place, WINDOW_BYTES);
    service->reply = place_take(&place, WINDOW_BYTES);
    service->scratch = place_take(&place, SERVICE_SCRATCH_BYTES);
    if (sessions == 0 || service->scratch == NULL)
        return false;
    service_lay_out(service, windows);
    return tree_initialise(tree, place.next, (size_t)(place.end - place.next)) == TREE_OK;
}

static struct archive_report load(struct service *service)
{
    const struct task_start *start = service->start;
    if (service->listener->load != NULL)
        return service->listener->load(service);
    return archive_load(service->tree, (const void *)(uintptr_t)start->archive_base, (size_t)start->archive_bytes);
}

uk_word files_main(const struct task_start *start)
{
    struct tree tree;
    struct service service;
    if (!lay_out(&service, &tree, start))
        return fail(start, FILES_NO_MEMORY, "there is too little memory to begin with");
    service.listener = listener_find(argument_kind(start->argument));
    if (service.listener == NULL)
        return fail(start, FILES_NO_TRANSPORT, "there is no transport of the number that boot gave");
    struct archive_report report = load(&service);
    if (report.error != CPIO_OK)
        return refuse_archive(start, &report);
    service.epoch_seconds = report.newest;
    if (names_register(start, "files", TASK_ENDPOINT) != UK_OK)
        return fail(start, FILES_NO_NAME, "the name server does not take the name 'files'");
    (void)service_run(&service);
    if (service.torn)
        return fail(start, FILES_TORN, "a client died amidst its request, and the tree cannot be trusted any more");
    return FILES_NO_RECEIVE;
}
