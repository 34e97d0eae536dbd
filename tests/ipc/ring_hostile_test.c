/* SPDX-License-Identifier: MIT */
/* Rings against their users: nothing in the shared page, and nothing taken away in the middle, breaks. Oracle IU-6. */
#include <stdlib.h>

#include <ukern/ring.h>

#include "ipc/ring_world.h"

static void indices_that_cannot_be(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    const uint32_t tails[] = {5, 0xffffffff, 0x80000000, 0x80000002};
    for (unsigned i = 0; i < 4; i++) {
        world.header->submit_tail = tails[i];
        expect_refused(world.user, UK_BAD_ARGUMENT, OP(UK_RING_ENTER, world.ring, 4));
    }
    world.header->submit_tail = 2;
    expect_refused(world.user, UK_BAD_ARGUMENT, OP(UK_RING_ENTER, world.ring, 4, 0, 1)); /* flags: none yet */
    expect(ring_enter_for(&world, 4, 0), UK_OK);
    world.header->submit_tail = 1; /* backwards, before what was taken */
    expect_refused(world.user, UK_BAD_ARGUMENT, OP(UK_RING_ENTER, world.ring, 4));
    world.header->submit_tail = 2;
    const uint32_t heads[] = {3, 0x7fffffff, 0x80000003, 0xfffffffd};
    for (unsigned i = 0; i < 4; i++) {
        world.header->complete_head = heads[i];
        expect_refused(world.user, UK_BAD_ARGUMENT, OP(UK_RING_ENTER, world.ring, 4));
    }
    world.header->complete_head = 0;
    world.header->submit_head = 77; /* ours are only copies */
    world.header->complete_tail = 99;
    world.header->submit_entries = world.header->complete_entries = 1 << 30;
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(ring_enter_for(&world, 4, 3), UK_OK);
    assert_int_equal(world.header->submit_head, 3);
    for (unsigned i = 0; i < 3; i++)
        ring_take(&world, i, UK_OK);
    scene_close(world.scene);
}

/* Indices wrap at 2^32 as if nothing were there. */
static void indices_wrap(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    struct ring *inside = (struct ring *)object_of(world.user, world.ring);
    inside->submit_head = inside->complete_tail = 0xfffffffe;
    world.tail = world.head = 0xfffffffe;
    world.header->complete_head = world.header->submit_tail = 0xfffffffe;
    for (unsigned i = 0; i < 4; i++)
        ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(ring_enter_for(&world, 4, 4), UK_OK);
    for (unsigned i = 0; i < 4; i++)
        ring_take(&world, 0xfffffffe + i, UK_OK);
    assert_int_equal(world.inside->submit_head, 2);
    scene_close(world.scene);
}

/* IU-6: what was taken is what runs, whatever is written over it while it is preempted. */
static void changed_after_it_was_taken(void **state)
{
    (void)state;
    struct ring_world world = ring_open_preemptible(4, 4);
    uk_handle parent = give(world.user, make(world.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    for (unsigned i = 0; i < 20; i++)
        expect(step(world.user, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 100 + i, parent, 0, UK_RIGHTS_ALL)), UK_OK);
    struct uk_ring_entry *entry = ring_put(&world, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, parent), 0);
    world.scene->preempt_every = 3;
    int status = step(world.user, OP(UK_RING_ENTER, world.ring, 1));
    expect(status, RESTARTING);
    assert_int_equal(world.inside->stage, RING_BROKEN_OFF);
    *entry = (struct uk_ring_entry){.call = OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, parent), .user_data = 5};
    world.header->submit_tail = 0; /* nor can it be taken back */
    while (status == RESTARTING)
        status = step(world.user, OP(UK_YIELD, 0, 0));
    world.scene->preempt_every = 0;
    expect(status, UK_OK);
    assert_int_equal(ring_word(&world, 0), 1);
    ring_take(&world, 0, UK_OK);
    assert_int_equal(slot_of(world.user, parent)->type, UK_TYPE_NOTIFICATION);
    assert_int_equal(descendants(slot_of(world.user, parent)), 0);
    scene_close(world.scene);
}

/* The user's own mapping is its own affair: the kernel goes by the frame. */
static void unmapped(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    ring_put(&world, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, RING_PAGE), 0);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(ring_enter_for(&world, 4, 2), UK_OK);
    char byte;
    expect(peek(world.user, RING_PAGE, &byte, 1), UK_CALLER_FAULT);
    ring_take(&world, 0, UK_OK);
    ring_take(&world, 1, UK_OK);
    scene_close(world.scene);
}

static void frame_revoked_before(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(step(world.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, world.root_frame)), UK_OK);
    expect_refused(world.user, UK_CALLER_FAULT, OP(UK_RING_ENTER, world.ring, 4));
    world.frame = give(world.user, world.root_frame, UK_RIGHTS_ALL);
    expect(step(world.user, OP(UK_RING_CONFIGURE, world.ring, world.frame, 8, 8, world.doorbell)), UK_OK);
    assert_int_equal(world.header->submit_tail, 0);
    scene_close(world.scene);
}

/* What an entry takes away from under its own batch, with and without preemption at every chance: the enter answers
 * what the operation answers, later entries do not run, and what had been completed before can be seen. */
enum victim { THE_FRAME, THE_HANDLE, THE_RING, THE_MEMORY, THE_CNODE, THE_THREAD, THE_SPACE, VICTIMS };

static struct uk_call taking_away(struct ring_world *world, enum victim victim, uk_handle memory)
{
    uk_handle root_cnode = give(world->user, UK_SLOT_CNODE, UK_RIGHTS_ALL);
    switch (victim) {
    case THE_FRAME:
        return OP(UK_CAPABILITY_REVOKE, root_cnode, world->root_frame);
    case THE_HANDLE:
        return OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, world->ring);
    case THE_RING:
        expect(step(world->scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, world->root_ring)), UK_OK);
        return OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, world->ring);
    case THE_MEMORY:
        return OP(UK_CAPABILITY_REVOKE, root_cnode, memory);
    case THE_CNODE:
        return OP(UK_CAPABILITY_REVOKE, root_cnode, world->user->cnode);
    case THE_THREAD:
        return OP(UK_CAPABILITY_REVOKE, root_cnode, UK_SLOT_UNTYPED);
    default:
        return OP(UK_CAPABILITY_REVOKE, root_cnode, world->user->space);
    }
}

static void taken_away_in_the_middle(void **state)
{
    (void)state;
    for (unsigned every = 0; every < 4; every++)
        for (enum victim victim = THE_FRAME; victim < VICTIMS; victim++) {
            struct ring_world world = ring_open_preemptible(4, 4);
            uk_handle memory = make(world.scene, UK_TYPE_UNTYPED, 1 << 16);
            if (victim == THE_MEMORY) { /* the ring lies in it, and the frame, too */
                expect(step(world.user, OP(UK_RING_CONFIGURE, world.ring, 0)), UK_OK);
                world.ring = give(world.user, make_from(world.scene, memory, UK_TYPE_RING, 0), UK_RIGHTS_ALL);
                expect(step(world.user, OP(UK_RING_CONFIGURE, world.ring, world.frame, 4, 4, 0)), UK_OK);
            }
            struct uk_call takes = taking_away(&world, victim, memory);
            ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
            ring_put(&world, takes, 0);
            ring_put(&world, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 200, UK_SLOT_CNODE, 0, 0), 0);
            world.scene->preempt_every = every;
            int status = step(world.user, OP(UK_RING_ENTER, world.ring, 3));
            while (status == RESTARTING)
                status = step(world.user, OP(UK_YIELD, 0, 0));
            world.scene->preempt_every = 0;
            if (victim != THE_CNODE || status != UK_BAD_HANDLE) /* a single revocation preempted there ends so, too */
                expect(victim == THE_THREAD && status == NOT_RUNNABLE ? GONE : status, victim == THE_THREAD ? GONE : UK_OK);
            if (victim != THE_THREAD && victim != THE_CNODE)
                assert_int_equal(slot_of(world.user, 200)->type, victim == THE_SPACE ? UK_TYPE_CNODE : UK_TYPE_NONE);
            if (victim == THE_HANDLE) { /* it lives on, and has consumed the entry once */
                assert_int_equal(world.header->submit_head, 2);
                ring_take(&world, 0, UK_OK);
                ring_take(&world, 1, UK_OK);
            }
            scene_check(world.scene);
            scene_close(world.scene);
        }
}

/* Between two tasks neither side believes the other: with garbage for indices nothing is taken that is not there twice,
 * and no index of ours leaves its queue (the sanitizers look on). */
static void two_tasks_do_not_believe_each_other(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    scene_seed(scene, 9);
    void *memory = aligned_alloc(64, UK_RING_BYTES(4, 8));
    assert_non_null(memory);
    memset(memory, 0, UK_RING_BYTES(4, 8));
    struct uk_ring ours = uk_ring_attach(memory, 4, 8), theirs = ours;
    uint32_t taken = 0, given = 0;
    for (unsigned i = 0; i < 10000; i++) {
        struct uk_ring_entry entry;
        struct uk_ring_completion completion;
        uint32_t *word = (uint32_t *)ours.header + scene_random(scene, 32);
        uint32_t kept = *word;
        if (scene_random(scene, 2) == 0)
            *word = (uint32_t)scene->seed;
        if (uk_ring_prepare(&ours) != NULL)
            (void)uk_ring_submit(&ours);
        taken += (uint32_t)uk_ring_take(&theirs, &entry);
        if (uk_ring_complete(&theirs) != NULL)
            (void)uk_ring_finish(&theirs);
        given += (uint32_t)uk_ring_reap(&ours, &completion);
        assert_int_equal(taken, theirs.submit);
        assert_int_equal(given, ours.complete);
        *word = kept;
    }
    free(memory);
    scene_close(scene);
}

/* The random user. -------------------------------------------------------------------------------------------------- */

struct model {
    struct ring_world world;
    struct scene *scene;
    uint32_t submit_head, complete_tail; /* as the kernel must have them */
    uint32_t cancels;
};

static uint32_t chance(struct model *model, uint32_t one_in) { return scene_random(model->scene, one_in) == 0; }

/* Entries whose success or failure the model knows: an inspection of a slot that is filled, or is not. */
static void write_entry(struct model *model, uint32_t at)
{
    struct uk_ring_entry *entry = &model->world.entries[at & (model->world.submissions - 1)];
    *entry = (struct uk_ring_entry){.call = OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, chance(model, 4) ? 200 : 1),
                                    .user_data = model->scene->seed,
                                    .flags = scene_random(model->scene, 2)};
    entry->call.deadline = UK_NOW;
    if (chance(model, 8))
        ((unsigned char *)entry)[scene_random(model->scene, sizeof *entry)] = (unsigned char)model->scene->seed;
}

static int is_plain(const struct uk_ring_entry *entry)
{
    const struct uk_call *call = &entry->call;
    return (call->operation & ~UK_FILTERED) == UK_CAPABILITY_INSPECT && call->handle == UK_SLOT_CNODE;
}

/* What the completion must say; -1: anything. */
static int wanted_status(const struct model *model, const struct uk_ring_entry *entry)
{
    if (model->cancels)
        return UK_CANCELLED;
    if (entry->flags > 1 || entry->call.deadline != 0)
        return UK_BAD_ARGUMENT;
    if (!is_plain(entry))
        return -1;
    return entry->call.word[0] == 1 ? UK_OK : entry->call.word[0] == 200 ? UK_EMPTY_SLOT : -1;
}

/* The page as it was before the enter says what had to happen; the page after it what did. */
static void compare_with(struct model *model, const unsigned char *before, uk_word submit, int status)
{
    struct ring_world *world = &model->world;
    const struct uk_ring_header *header = (const struct uk_ring_header *)(const void *)before;
    const struct uk_ring_entry *entries = (const struct uk_ring_entry *)(header + 1);
    uint32_t available = header->submit_tail - model->submit_head, used = model->complete_tail - header->complete_head;
    uint32_t executed = 0;
    if (available > world->submissions || used > world->room) {
        expect(status, UK_BAD_ARGUMENT);
    } else {
        uint32_t room = world->room - used, most = available < submit ? available : (uint32_t)submit;
        executed = most < room ? most : room;
        expect(status, executed == 0 && most > 0 ? UK_BUSY : UK_OK);
        assert_int_equal(ring_word(world, 0), executed);
    }
    for (uint32_t i = 0; i < executed; i++) {
        const struct uk_ring_entry *entry = &entries[model->submit_head++ & (world->submissions - 1)];
        const struct uk_ring_completion *completion =
            &world->completions[model->complete_tail++ & (world->room - 1)];
        int wanted = wanted_status(model, entry);
        assert_int_equal(completion->user_data, entry->user_data);
        if (wanted >= 0)
            expect((int)completion->status, wanted);
        model->cancels = completion->status != UK_OK && (entry->flags & UK_RING_LINK) != 0;
    }
    assert_int_equal(world->inside->submit_head, model->submit_head);
    assert_int_equal(world->inside->complete_tail, model->complete_tail);
}

static void user_writes(struct model *model)
{
    struct ring_world *world = &model->world;
    struct uk_ring_header *header = world->header;
    uint32_t add = scene_random(model->scene, world->submissions + 1);
    for (uint32_t i = 0; i < add; i++)
        write_entry(model, model->submit_head + i);
    header->submit_tail = model->submit_head + add;
    header->complete_head = model->complete_tail - scene_random(model->scene, world->room + 1);
    if (chance(model, 10))
        header->submit_tail = (uint32_t)model->scene->seed;
    if (chance(model, 10))
        header->complete_head = (uint32_t)(model->scene->seed >> 7);
    for (unsigned i = scene_random(model->scene, 10); i > 8; i--) /* and at times anything anywhere */
        ((unsigned char *)header)[scene_random(model->scene, UK_PAGE)] = (unsigned char)model->scene->seed;
}

static void accepted_entries_run_once_and_in_order(void **state)
{
    (void)state;
    struct model model = {.world = ring_open_preemptible(8, 8)};
    model.scene = model.world.scene;
    scene_seed(model.scene, 4);
    for (unsigned long round = 0; round < percent_of(6000); round++) {
        unsigned char before[UK_PAGE];
        user_writes(&model);
        memcpy(before, model.world.header, sizeof before);
        uk_word submit = scene_random(model.scene, 12);
        model.scene->preempt_every = scene_random(model.scene, 4);
        int status = ring_enter_for(&model.world, submit, 0);
        model.scene->preempt_every = 0;
        compare_with(&model, before, submit, status);
    }
    scene_close(model.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_that_cannot_be),
        cmocka_unit_test(indices_wrap),
        cmocka_unit_test(changed_after_it_was_taken),
        cmocka_unit_test(unmapped),
        cmocka_unit_test(frame_revoked_before),
        cmocka_unit_test(taken_away_in_the_middle),
        cmocka_unit_test(two_tasks_do_not_believe_each_other),
        cmocka_unit_test(accepted_entries_run_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
