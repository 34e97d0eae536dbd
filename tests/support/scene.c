/* SPDX-License-Identifier: MIT */
/* Boots scenes and steps threads in them; no step passes without a look at every invariant. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sched_context.h"
#include "embed/embed.h"

enum { ARENA_BYTES = 4 << 20, ROOT_SLOTS = 2048 };

static uint32_t choose(void *context, enum uk_choice what, uint32_t count)
{
    struct scene *scene = context;
    (void)count;
    if (what != UK_CHOICE_PREEMPT || scene->preempt_every == 0)
        return 0;
    return ++scene->questions % scene->preempt_every == 0;
}

static struct actor *actor_add(struct scene *scene, const char *name)
{
    assert_true(scene->count < SCENE_ACTORS);
    struct actor *actor = &scene->actors[scene->count++];
    *actor = (struct actor){.scene = scene, .name = name, .until = UK_FOREVER};
    return actor;
}

static void actor_known(struct actor *actor)
{
    actor->number = thread_of(actor)->object.number;
    actor->next_slot = UK_SLOT_SCHED + 1;
}

struct scene *scene_open(const struct stage *stage)
{
    static const struct stage defaults;
    stage = stage != NULL ? stage : &defaults;
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    struct uk_config config = {.arena_bytes = stage->arena_bytes ? stage->arena_bytes : ARENA_BYTES,
                               .root_slots = stage->root_slots ? stage->root_slots : ROOT_SLOTS,
                               .slice_ns = stage->slice_ns ? stage->slice_ns : 1000000000,
                               .choose = stage->preemptible ? choose : NULL,
                               .choose_context = scene,
                               .devices = stage->devices,
                               .device_count = stage->device_count,
                               .residents = stage->residents,
                               .resident_count = stage->resident_count};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    scene->memory = aligned_alloc(UK_PAGE, bytes);
    assert_non_null(scene->memory);
    memset(scene->memory, 0xa5, bytes); /* whatever boot forgets to clear shows */
    expect(uk_boot(scene->memory, bytes, &config, &scene->kernel), UK_OK);
    scene->inside = kernel_of(scene->kernel);
    scene->root = actor_add(scene, "root");
    scene->root->thread = UK_SLOT_THREAD;
    scene->root->cnode = UK_SLOT_CNODE;
    scene->root->space = UK_SLOT_SPACE;
    scene->root->sched = UK_SLOT_SCHED;
    actor_known(scene->root);
    scene_check(scene);
    return scene;
}

void scene_close(struct scene *scene)
{
    if (thread_of(scene->root) != NULL && slot_of(scene->root, UK_SLOT_UNTYPED)->type == UK_TYPE_UNTYPED) {
        const struct untyped *untyped = (const struct untyped *)object_of(scene->root, UK_SLOT_UNTYPED);
        int status = step(scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, UK_SLOT_UNTYPED));
        while (status == RESTARTING)
            status = step(scene->root, OP(UK_YIELD, 0, 0));
        expect(status, UK_OK);
        assert_int_equal(untyped->live, 0);
        assert_int_equal(untyped->live_bytes, 0);
        assert_int_equal(untyped->high - untyped->low, untyped->bytes);
        const unsigned char *memory = scene->inside->arena + untyped->base;
        assert_true(memory[0] == 0 && memcmp(memory, memory + 1, untyped->bytes - 1) == 0); /* all of it is zero */
    }
    uk_destroy(scene->kernel);
    free(scene->memory);
    free(scene);
}

void scene_seed(struct scene *scene, uint64_t seed)
{
    print_message("seed %llu\n", (unsigned long long)seed);
    scene->seed = seed;
}

uint32_t scene_random(struct scene *scene, uint32_t bound)
{
    uint64_t z = scene->seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % bound);
}

struct actor *actor_with_budget(struct scene *scene, const char *name, uint32_t priority, uk_time budget,
                                uk_time period)
{
    struct uk_task task = {.name = name, .priority = priority, .stack_bytes = UK_PAGE, .slots = 256,
                           .budget_ns = budget, .period_ns = period};
    expect(uk_spawn(scene->kernel, &task), UK_OK);
    struct actor *actor = actor_add(scene, name);
    actor->thread = task.thread;
    actor->cnode = task.cnode;
    actor->space = task.own_space;
    actor->sched = task.sched_context;
    actor->buffer = task.buffer;
    actor_known(actor);
    scene->root->settled = 0;
    scene_check(scene);
    return actor;
}

struct actor *actor_new(struct scene *scene, const char *name, uint32_t priority)
{
    return actor_with_budget(scene, name, priority, 0, 0);
}

void actor_make_passive(struct actor *actor)
{
    expect(step(actor->scene->root, OP(UK_SCHED_UNBIND, actor->sched, 0)), UK_OK);
}

struct thread *thread_of(const struct actor *actor)
{
    const struct kernel *kernel = actor->scene->inside;
    struct capability *slot;
    if (embed_find(kernel, actor->thread, UK_TYPE_THREAD, &slot) != UK_OK)
        return NULL;
    return actor->number == 0 || slot->object->number == actor->number ? (struct thread *)slot->object : NULL;
}

static void tell_steps(const struct scene *scene)
{
    uint64_t first = scene->steps_done > SCENE_STEPS ? scene->steps_done - SCENE_STEPS : 0;
    for (uint64_t i = first; i < scene->steps_done; i++)
        print_error("  step %llu: %s\n", (unsigned long long)i, scene->steps[i % SCENE_STEPS]);
}

void scene_check(struct scene *scene)
{
    char text[400] = "";
    if (scene->unchecked || uk_check(scene->kernel, text, sizeof text) == 0)
        return;
    print_error("invariant broken: %s\n", text);
    tell_steps(scene);
    fail();
}

/* A thread that neither waits nor runs keeps its registers: so no operation completes twice (HQ-1). Unless the portal dies
 * that it is inside of: then its call completes. */
static void registers_check(struct scene *scene, const struct actor *stepped)
{
    for (uint32_t i = 0; i < scene->count; i++) {
        struct actor *actor = &scene->actors[i];
        const struct thread *thread = thread_of(actor);
        int settled = thread != NULL && thread->state == UK_THREAD_READY && (thread->marks & THREAD_RESTART) == 0;
        if (settled && actor->settled && actor != stepped && actor->depth == thread->depth &&
            memcmp(&actor->seen, &thread->registers.call, sizeof actor->seen) != 0) {
            print_error("the registers of %s changed though it neither ran nor waited\n", actor->name);
            tell_steps(scene);
            fail();
        }
        actor->settled = settled;
        actor->depth = settled ? thread->depth : 0;
        if (settled)
            actor->seen = thread->registers.call;
    }
}

int after(const struct actor *actor)
{
    const struct thread *thread = thread_of(actor);
    if (thread == NULL)
        return GONE;
    if (thread_is_blocked(thread))
        return BLOCKED;
    if (thread->state != UK_THREAD_READY)
        return thread->state == UK_THREAD_DEAD ? DEAD : STOPPED;
    return (thread->marks & THREAD_RESTART) != 0 ? RESTARTING : (int)thread->registers.call.operation;
}

const struct uk_call *got(const struct actor *actor) { return &thread_of(actor)->registers.call; }

struct actor *until(struct actor *actor, uk_time deadline)
{
    actor->until = deadline;
    return actor;
}

struct actor *from(struct actor *actor, uk_word badge)
{
    actor->filter = badge;
    actor->filtered = 1;
    return actor;
}

static void remember(struct scene *scene, const struct actor *actor, const struct uk_call *call)
{
    snprintf(scene->steps[scene->steps_done++ % SCENE_STEPS], sizeof scene->steps[0],
             "%s: operation %llu on %llx (%llx, %llx)", actor->name, (unsigned long long)call->operation,
             (unsigned long long)call->handle, (unsigned long long)call->word[0], (unsigned long long)call->word[1]);
}

int step(struct actor *actor, struct uk_call call)
{
    struct scene *scene = actor->scene;
    if (actor->until != UK_FOREVER)
        call.deadline = actor->until;
    if (actor->filtered) {
        call.operation |= UK_FILTERED;
        call.filter = actor->filter;
    }
    actor->until = UK_FOREVER;
    actor->filtered = 0;
    remember(scene, actor, &call);
    enum uk_status status = uk_step(scene->kernel, actor->thread, &call, &actor->result);
    if (status != UK_OK)
        return thread_of(actor) == NULL ? GONE : NOT_RUNNABLE;
    scene_check(scene);
    registers_check(scene, actor);
    return after(actor);
}

void advance(struct scene *scene, uk_time time)
{
    (void)uk_advance(scene->kernel, time);
    snprintf(scene->steps[scene->steps_done++ % SCENE_STEPS], sizeof scene->steps[0], "time %llu",
             (unsigned long long)time);
    scene_check(scene);
    registers_check(scene, NULL);
}

uk_time time_now(const struct scene *scene) { return scene->inside->now; }

static struct uk_call carry(uint32_t operation, uk_handle handle, const struct note *note, uk_handle reply)
{
    struct uk_call call = {.operation = operation, .handle = handle, .tag = note->tag, .reply = reply,
                           .deadline = UK_FOREVER};
    memcpy(call.word, note->word, sizeof call.word);
    return call;
}

int do_send(struct actor *actor, uk_handle endpoint, struct note note)
{
    return step(actor, carry(UK_SEND, endpoint, &note, 0));
}

int do_call(struct actor *actor, uk_handle endpoint, struct note note)
{
    return step(actor, carry(UK_CALL, endpoint, &note, 0));
}

int do_receive(struct actor *actor, uk_handle endpoint, uk_handle reply)
{
    struct note note = {0, {0}};
    return step(actor, carry(UK_RECEIVE, endpoint, &note, reply));
}

int do_reply(struct actor *actor, uk_handle reply, struct note note)
{
    return step(actor, carry(UK_REPLY, reply, &note, 0));
}

int do_reply_receive(struct actor *actor, uk_handle endpoint, uk_handle reply, struct note note)
{
    return step(actor, carry(UK_REPLY_RECEIVE, endpoint, &note, reply));
}

int do_wait(struct actor *actor, uk_handle notification) { return step(actor, OP(UK_WAIT, notification, 0)); }

static const char *name_of(int value)
{
    static const char *const names[] = {"BLOCKED", "STOPPED", "DEAD", "GONE", "NOT_RUNNABLE", "RESTARTING"};
    if (value >= BLOCKED && value <= RESTARTING)
        return names[value - BLOCKED];
    return uk_status_name((enum uk_status)value);
}

void expect_at(int value, int wanted, const char *text, const char *file, int line)
{
    if (value == wanted)
        return;
    print_error("%s is %s (%d), not %s\n", text, name_of(value), value, name_of(wanted));
    _fail(file, line);
}

void expect_next_at(const struct actor *actor, const char *file, int line)
{
    const struct thread *current = actor->scene->inside->current;
    if (current != NULL && current == thread_of(actor))
        return;
    print_error("%s runs, not %s\n", current != NULL ? current->name : "nobody", actor->name);
    _fail(file, line);
}
