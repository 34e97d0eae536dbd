/* SPDX-License-Identifier: MIT */
/* Snapshots compare all memory of a kernel byte by byte, but for what any operation changes: time and who asked. */
#include <stdlib.h>
#include <string.h>

#include "core/sched_context.h"
#include "scene.h"

struct snapshot {
    struct scene *scene;
    unsigned char *arena;
    struct kernel kernel;
};

struct snapshot *snapshot_take(struct scene *scene)
{
    struct snapshot *snapshot = malloc(sizeof *snapshot);
    assert_non_null(snapshot);
    snapshot->scene = scene;
    snapshot->kernel = *scene->inside;
    snapshot->arena = malloc(scene->inside->arena_bytes);
    assert_non_null(snapshot->arena);
    memcpy(snapshot->arena, scene->inside->arena, scene->inside->arena_bytes);
    return snapshot;
}

/* The object as it was then. */
static void *then(const struct snapshot *snapshot, const void *object)
{
    return snapshot->arena + ((const unsigned char *)object - snapshot->scene->inside->arena);
}

static void forget_time(struct snapshot *snapshot, const struct sched_context *now)
{
    struct sched_context *old = then(snapshot, now);
    old->left = now->left;
    old->started = now->started;
    old->total = now->total;
    old->refill_count = now->refill_count;
    memcpy(old->refills, now->refills, sizeof old->refills);
    old->deadline = now->deadline;
}

static void forget_asking(struct snapshot *snapshot, const struct thread *now)
{
    struct thread *old = then(snapshot, now);
    old->registers.call = now->registers.call;
    old->record = now->record;
    old->entries = now->entries;
    old->calls = now->calls;
    old->operation = now->operation;
    old->handle_words = now->handle_words;
}

static const char *difference(const struct snapshot *snapshot)
{
    const struct kernel *old = &snapshot->kernel, *now = snapshot->scene->inside;
    if (memcmp(&old->scheduler, &now->scheduler, sizeof old->scheduler) != 0)
        return "the ready queues";
    if (old->deadlines != now->deadlines || old->deadline_sequence != now->deadline_sequence)
        return "the deadlines";
    if (old->dying_first != now->dying_first || old->faulting.first != now->faulting.first)
        return "the lists of the dying or faulting";
    if (old->forest.child != now->forest.child || old->object_number != now->object_number ||
        old->objects != now->objects || old->threads != now->threads || old->spaces != now->spaces)
        return "the objects";
    if (old->root != now->root || old->halted != now->halted || old->panic != now->panic)
        return "the life of the system";
    return NULL;
}

void snapshot_same(struct snapshot *snapshot, const struct actor *actor, const char *file, int line)
{
    struct scene *scene = snapshot->scene;
    for (uint32_t i = 0; i < scene->count; i++) {
        const struct thread *thread = thread_of(&scene->actors[i]);
        if (thread != NULL && thread->own_context != NULL)
            forget_time(snapshot, thread->own_context);
    }
    if (actor != NULL && thread_of(actor) != NULL)
        forget_asking(snapshot, thread_of(actor));
    const char *what = difference(snapshot);
    const unsigned char *now = scene->inside->arena;
    int same = memcmp(snapshot->arena, now, scene->inside->arena_bytes) == 0;
    uk_word at = 0;
    while (!same && snapshot->arena[at] == now[at])
        at++;
    free(snapshot->arena);
    free(snapshot);
    if (what == NULL && same)
        return;
    if (what != NULL)
        print_error("changed: %s\n", what);
    else
        print_error("changed: physical memory at 0x%llx\n", (unsigned long long)at);
    _fail(file, line);
}

void refused_at(struct actor *actor, int status, struct uk_call call, const char *file, int line)
{
    (void)step(actor, OP(UK_CLOCK, 0, 0)); /* so that the ready queues are in the order that a step of it leaves */
    struct snapshot *snapshot = snapshot_take(actor->scene);
    int answer = step(actor, call);
    expect_at(answer, status, "the answer", file, line);
    struct uk_call now = *got(actor), then_ = call;
    now.operation = then_.operation = 0;
    if (status == UK_PEER_DIED)
        then_.word[0] = now.word[0];
    then_.deadline = now.deadline;
    then_.filter = now.filter;
    if (memcmp(&now, &then_, sizeof now) != 0) {
        print_error("a refused operation changed the registers of its caller\n");
        _fail(file, line);
    }
    snapshot_same(snapshot, actor, file, line);
}
