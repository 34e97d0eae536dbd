/* SPDX-License-Identifier: 0BSD */
/* Makes what an example's tables ask for, with the first thread's ordinary operations, and prints a trace without addresses. */
#include "example.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct running {
    const struct example *example;
    struct uk_kernel *kernel;
    uk_handle objects, say;
    struct uk_task tasks[EXAMPLE_TASKS_MAX];
    int column; /* inside a line of text */
    int silent; /* while setting up */
};

static int is_text(const struct uk_event *event)
{
    uint32_t label = UK_TAG_LABEL(event->tag);
    return event->kind == UK_EVENT_ENTRY && event->operation == UK_SEND && event->handle == SAY &&
           (label == SAY_TEXT || label == SAY_END);
}

static void print_text(struct running *running, const struct uk_event *event)
{
    char text[49] = {0};
    for (unsigned i = 0; i < 48; i++)
        text[i] = (char)(event->word[i / 8] >> (i % 8 * 8));
    if (!running->column)
        printf("%-8s ", event->name);
    running->column = UK_TAG_LABEL(event->tag) == SAY_TEXT;
    printf("%s%s", text, running->column ? "" : "\n");
}

static void trace(void *context, const struct uk_event *event)
{
    struct running *running = context;
    if (running->silent || strcmp(event->name, "root") == 0) /* the harness itself */
        return;
    if (is_text(event))
        print_text(running, event);
    else if (running->example->show && event->kind == UK_EVENT_RESULT && event->status != UK_WOULD_BLOCK)
        printf("%-8s   %s: %s\n", event->name, uk_operation_name(event->operation),
               uk_status_name((enum uk_status)event->status));
    else if (running->example->show && event->kind == UK_EVENT_SWITCH)
        printf("-> %s\n", event->thread != 0 ? event->name : "nobody");
}

static enum uk_status ask(struct running *running, uint32_t operation, uk_handle handle, const uk_word *words)
{
    struct uk_call call = {operation, handle, 0, {words[0], words[1], words[2], words[3], words[4], words[5]}, 0, UK_NOW, 0};
    return uk_root(running->kernel, &call);
}

static enum uk_status make_object(struct running *running, uk_handle slot, const struct example_object *object)
{
    return ask(running, UK_RETYPE, UK_SLOT_UNTYPED,
               (uk_word[]){object->type, object->size, UK_SLOT_CNODE, slot, 1, 0});
}

static enum uk_status make_objects(struct running *running)
{
    running->objects = uk_slots(running->kernel, EXAMPLE_OBJECTS_MAX + 1);
    running->say = running->objects + EXAMPLE_OBJECTS_MAX;
    enum uk_status status = make_object(running, running->say, &(struct example_object){UK_TYPE_ENDPOINT, 0});
    for (unsigned i = 0; i < EXAMPLE_OBJECTS_MAX && status == UK_OK; i++)
        if (running->example->objects[i].type != UK_TYPE_NONE)
            status = make_object(running, running->objects + i, &running->example->objects[i]);
    return status;
}

static uk_handle granted(const struct running *running, const struct example_grant *grant)
{
    const struct uk_task *task = &running->tasks[grant->index % EXAMPLE_TASKS_MAX];
    const uk_handle handles[] = {running->objects + grant->index, task->thread, task->own_space, task->cnode,
                                 task->sched_context, UK_SLOT_FIRST_FREE + grant->index,
                                 running->objects + grant->index};
    return handles[grant->kind];
}

static enum uk_status grant_one(struct running *running, const struct example_grant *grant)
{
    uk_word words[] = {grant->slot, granted(running, grant), 0, grant->rights, grant->badge, 0};
    uint32_t operation = grant->badge != 0 ? UK_CAPABILITY_MINT : UK_CAPABILITY_COPY;
    return ask(running, grant->kind == GRANT_MOVED ? UK_CAPABILITY_MOVE : operation, running->tasks[grant->task].cnode,
               words);
}

static enum uk_status make_task(struct running *running, unsigned number)
{
    const struct example_task *wanted = &running->example->tasks[number];
    struct uk_task *task = &running->tasks[number];
    *task = (struct uk_task){.name = wanted->name, .entry = wanted->entry, .priority = wanted->priority,
                             .argument = number, .budget_ns = wanted->budget_ns, .period_ns = wanted->period_ns,
                             .suspended = 1,
                             .space = wanted->with != 0 ? running->tasks[wanted->with - 1].own_space : UK_NONE};
    enum uk_status status = uk_spawn(running->kernel, task);
    if (status == UK_OK)
        status = ask(running, UK_CAPABILITY_COPY, task->cnode, (uk_word[]){SAY, running->say, 0, UK_RIGHT_SEND, 0, 0});
    if (status == UK_OK && wanted->fault != 0)
        status = ask(running, UK_THREAD_CONFIGURE, task->thread,
                     (uk_word[]){0, 0, running->objects + wanted->fault - 1, 0, 0, UK_PART_FAULT});
    return status;
}

static enum uk_status set_up(struct running *running)
{
    enum uk_status status = make_objects(running);
    for (unsigned i = 0; i < EXAMPLE_TASKS_MAX && running->example->tasks[i].name != NULL && status == UK_OK; i++)
        status = make_task(running, i);
    const struct example_grant *grants = running->example->grants;
    for (unsigned i = 0; i < EXAMPLE_GRANTS_MAX && grants[i].rights != 0 && status == UK_OK; i++)
        status = grants[i].kind != GRANT_MOVED ? grant_one(running, &grants[i]) : UK_OK;
    for (unsigned i = 0; i < EXAMPLE_GRANTS_MAX && grants[i].rights != 0 && status == UK_OK; i++)
        status = grants[i].kind == GRANT_MOVED ? grant_one(running, &grants[i]) : UK_OK;
    return status;
}

/* Passive tasks run up to their first wait, and then give their time back. */
static enum uk_status start(struct running *running, int passive)
{
    enum uk_status status = UK_OK;
    for (unsigned i = 0; i < EXAMPLE_TASKS_MAX && running->example->tasks[i].name != NULL && status == UK_OK; i++) {
        const struct example_task *task = &running->example->tasks[i];
        if ((task->passive != 0) != passive || task->suspended)
            continue;
        status = ask(running, UK_THREAD_RESUME, running->tasks[i].thread, (uk_word[6]){0});
        if (passive && status == UK_OK) {
            (void)uk_run(running->kernel, UK_FOREVER, 0);
            status = ask(running, UK_SCHED_UNBIND, running->tasks[i].sched_context, (uk_word[6]){0});
        }
    }
    return status;
}

/* Whatever ran was in the same kernel as the server that crashed. */
static int go_down(const struct running *running)
{
    if (uk_panic_text(running->kernel)[0] == 0)
        return 1;
    printf("the system is down: %s\n", uk_panic_text(running->kernel));
    return running->example->resident_count == 0;
}

/* How it ended: threads that stopped with a record, circles of waiting, broken invariants. */
static int finish(struct running *running)
{
    char text[512];
    for (unsigned i = 0; i < EXAMPLE_TASKS_MAX && running->example->tasks[i].name != NULL; i++) {
        struct uk_thread_info info;
        if (uk_inspect_thread(running->kernel, running->tasks[i].thread, &info) == UK_OK &&
            info.state != UK_THREAD_DEAD)
            printf("at the end, \"%s\" is %s\n", info.name,
                   (const char *[]){"stopped", "ready", "sending", "calling", "receiving", "awaiting a reply",
                                    "waiting"}[info.state]);
    }
    if (uk_check(running->kernel, text, sizeof text) == 0)
        return 0;
    printf("a broken invariant: %s\n", text);
    return 1;
}

int example_run(const struct example *example)
{
    struct running running = {.example = example, .silent = 1};
    struct uk_config config = {.run = 1, .arena_bytes = 8u << 20, .trace = trace, .trace_context = &running,
                               .residents = example->residents, .resident_count = example->resident_count};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    enum uk_status status = memory != NULL ? uk_boot(memory, bytes, &config, &running.kernel) : UK_NO_MEMORY;
    int failed = 1;
    if (status == UK_OK) {
        status = set_up(&running);
        running.silent = 0;
        if (status == UK_OK)
            status = start(&running, 1);
        if (status == UK_OK)
            status = start(&running, 0);
        if (status == UK_OK)
            failed = uk_run(running.kernel, UK_FOREVER, 0) == UK_RUN_IDLE ? finish(&running) : go_down(&running);
        uk_destroy(running.kernel);
    }
    if (status != UK_OK)
        fprintf(stderr, "the example could not be set up: %s\n", uk_status_text(status));
    free(memory);
    return failed;
}
