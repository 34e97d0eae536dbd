/* SPDX-License-Identifier: MIT */
/* Untyped memory: free, live and dead are the whole (SEL-2), new objects are zero, nothing is lost or used twice. */
#include "core/untyped.h"

#include <string.h>

#include "support/scene.h"

static int retype(struct scene *scene, uk_handle untyped, uint32_t type, uk_word size, uk_handle slot, uk_word count)
{
    return step(scene->root, OP(UK_RETYPE, untyped, type, size, UK_SLOT_CNODE, slot, count));
}

static int delete(struct scene *scene, uk_handle slot)
{
    return step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slot));
}

static int revoke(struct scene *scene, uk_handle slot)
{
    return step(scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, slot));
}

static const struct untyped *untyped_at(const struct scene *scene, uk_handle slot)
{
    return (const struct untyped *)object_of(scene->root, slot);
}

/* The size that a retype of this type wants, at random where there is a choice. */
static uk_word size_for(struct scene *scene, uint32_t type)
{
    switch (type) {
    case UK_TYPE_UNTYPED:
        return UK_PAGE << scene_random(scene, 3);
    case UK_TYPE_CNODE:
        return 2 + scene_random(scene, 30);
    case UK_TYPE_FRAME:
        return UK_PAGE;
    case UK_TYPE_ENDPOINT:
        return scene_random(scene, 2);
    default:
        return 0;
    }
}

/* SEL-2: random makes, deletes and revokes; sums are checked against what the test itself knows. */
static void sums_are_constant(void **state)
{
    (void)state;
    enum { SLOTS = 40 };
    struct scene *scene = scene_open(NULL);
    scene_seed(scene, 2);
    uk_handle memory = make(scene, UK_TYPE_UNTYPED, 1 << 18), slot[SLOTS];
    uk_word bytes[SLOTS] = {0};
    for (unsigned i = 0; i < SLOTS; i++)
        slot[i] = slot_new(scene);
    const struct untyped *untyped = untyped_at(scene, memory);
    unsigned resets = 0;
    for (unsigned long i = 0; i < percent_of(3000); i++) {
        unsigned at = scene_random(scene, SLOTS);
        uint32_t type = UK_TYPE_UNTYPED + scene_random(scene, UK_TYPE_TIMER);
        if (bytes[at] != 0) {
            expect(delete(scene, slot[at]), UK_OK);
            bytes[at] = 0;
        } else if (scene_random(scene, 100) == 0) {
            expect(revoke(scene, memory), UK_OK);
            memset(bytes, 0, sizeof bytes);
        } else {
            uk_word size = size_for(scene, type);
            int status = retype(scene, memory, type, size, slot[at], 1);
            if (status == UK_OK)
                bytes[at] = object_bytes(type, size);
            else
                expect(status, UK_NO_MEMORY);
        }
        uk_word live = 0, count = 0;
        for (unsigned k = 0; k < SLOTS; k++) {
            live += bytes[k];
            count += bytes[k] != 0;
        }
        assert_int_equal(untyped->live_bytes, live);
        assert_int_equal(untyped->live, count);
        uk_word free = untyped->high - untyped->low, dead = untyped->bytes - free - live;
        assert_true(free <= untyped->bytes && dead <= untyped->bytes);
        if (count == 0) { /* reset only with no children, and then wholly */
            assert_int_equal(free, untyped->bytes);
            resets++;
        }
    }
    expect(revoke(scene, memory), UK_OK);
    assert_int_equal(untyped->high - untyped->low, untyped->bytes);
    assert_true(resets + 1 >= percent_of(11));
    scene_close(scene);
}

/* Promise 8: what a revoked frame held is not there for the next owner; nor what objects leave behind. */
static void memory_is_zero_when_it_comes_again(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle memory = make(scene, UK_TYPE_UNTYPED, 1 << 16), frame = slot_new(scene);
    unsigned char secret[UK_PAGE], found[UK_PAGE];
    memset(secret, 0x5e, sizeof secret);
    for (unsigned round = 0; round < 3; round++) {
        expect(retype(scene, memory, UK_TYPE_FRAME, UK_PAGE, frame, 1), UK_OK);
        uk_handle mine = give(actor, frame, UK_RIGHTS_ALL);
        expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, mine, 0x40000000, UK_RIGHT_READ | UK_RIGHT_WRITE)), UK_OK);
        expect(peek(actor, 0x40000000, found, sizeof found), UK_OK);
        for (unsigned i = 0; i < UK_PAGE; i++)
            assert_int_equal(found[i], 0);
        poke(actor, 0x40000000, secret, sizeof secret);
        if (round == 0)
            expect(revoke(scene, memory), UK_OK);
        else
            expect(revoke(scene, frame), UK_OK);
        expect(peek(actor, 0x40000000, found, 1), UK_CALLER_FAULT);
        expect(delete(scene, frame), UK_OK);
    }
    scene_close(scene);
}

/* All memory can be had, to the last page; then UK_NO_MEMORY, and nothing changes. */
static void memory_ends(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    uk_handle memory = make(scene, UK_TYPE_UNTYPED, 1 << 16);
    unsigned frames = 0;
    while (retype(scene, memory, UK_TYPE_FRAME, UK_PAGE, slot_new(scene), 1) == UK_OK)
        frames++;
    assert_int_equal(frames, 15); /* the last page went to headers */
    uk_handle slot = slot_new(scene);
    expect_refused(scene->root, UK_NO_MEMORY, OP(UK_RETYPE, memory, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, slot, 1));
    expect(retype(scene, memory, UK_TYPE_ENDPOINT, 0, slot, 1), UK_OK);
    slot = uk_slots(scene->kernel, 64);
    expect_refused(scene->root, UK_NO_MEMORY, OP(UK_RETYPE, memory, UK_TYPE_THREAD, 0, UK_SLOT_CNODE, slot, 64));
    scene_close(scene);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *root = scene->root;
    uk_handle slot = uk_slots(scene->kernel, 4), taken = make(scene, UK_TYPE_ENDPOINT, 0);
    const struct { uk_word type, size; } bad[] = {
        {UK_TYPE_NONE, 0},          {UK_TYPE_INTERRUPT, 0},         {UK_TYPE_COUNT, 0},
        {~(uk_word)0, 0},           {UK_TYPE_UNTYPED, 0},           {UK_TYPE_UNTYPED, 2048},
        {UK_TYPE_UNTYPED, 12288},   {UK_TYPE_UNTYPED, (uk_word)1 << 63}, {UK_TYPE_CNODE, 0},
        {UK_TYPE_CNODE, 1},         {UK_TYPE_CNODE, (uk_word)1 << 32},   {UK_TYPE_FRAME, 0},
        {UK_TYPE_FRAME, 8192},      {UK_TYPE_FRAME, ~(uk_word)0},   {UK_TYPE_SPACE, 1},
        {UK_TYPE_ENDPOINT, 2},      {UK_TYPE_THREAD, UK_PAGE},      {((uk_word)1 << 32) + UK_TYPE_THREAD, 0}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(root, UK_BAD_ARGUMENT,
                       OP(UK_RETYPE, UK_SLOT_UNTYPED, bad[i].type, bad[i].size, UK_SLOT_CNODE, slot, 1));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, slot, 0));
    expect_refused(root, UK_BAD_ARGUMENT,
                   OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, slot, UK_RETYPE_MAX + 1));
    expect_refused(root, UK_BAD_ARGUMENT, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_SPACE, 0, UK_SLOT_CNODE, slot, 2));
    expect_refused(root, UK_SLOT_TAKEN, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, taken, 1));
    expect_refused(root, UK_SLOT_TAKEN, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, slot, 5));
    expect_refused(root, UK_BAD_HANDLE, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, 0, 1));
    expect_refused(root, UK_BAD_HANDLE, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, 2047, 2));
    expect_refused(root, UK_BAD_HANDLE,
                   OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_CNODE, ~(uk_word)0, 1));
    expect_refused(root, UK_WRONG_TYPE, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_ENDPOINT, 0, UK_SLOT_THREAD, slot, 1));
    scene_close(scene);
}

/* An Untyped that nobody names any more lives on while something lives in it, and goes with the last of that. */
static void orphaned_and_nested(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    uk_handle outer = make(scene, UK_TYPE_UNTYPED, 1 << 17), inner = slot_new(scene), thing = slot_new(scene);
    uk_handle other = slot_new(scene);
    expect(retype(scene, outer, UK_TYPE_UNTYPED, 1 << 14, inner, 1), UK_OK);
    expect(retype(scene, inner, UK_TYPE_UNTYPED, 1 << 12, other, 1), UK_OK);
    expect(retype(scene, inner, UK_TYPE_NOTIFICATION, 0, thing, 1), UK_OK);
    const struct untyped *memory = untyped_at(scene, outer);
    expect(delete(scene, inner), UK_OK);
    assert_int_equal(memory->live, 1);
    assert_ptr_equal(slot_of(scene->root, thing)->parent, slot_of(scene->root, outer));
    expect(step(scene->root, OP(UK_SIGNAL, thing, 0)), UK_OK);
    expect(delete(scene, other), UK_OK);
    assert_int_equal(memory->live, 1);
    expect(delete(scene, thing), UK_OK);
    assert_int_equal(memory->live, 0);
    assert_int_equal(memory->high - memory->low, memory->bytes);
    /* the same, ended by a revoke from above */
    expect(retype(scene, outer, UK_TYPE_UNTYPED, 1 << 14, inner, 1), UK_OK);
    expect(retype(scene, inner, UK_TYPE_CNODE, 8, thing, 1), UK_OK);
    expect(step(scene->root, OP(UK_CAPABILITY_MOVE, thing, 1, inner)), UK_OK);
    expect(revoke(scene, outer), UK_OK);
    assert_int_equal(memory->live, 0);
    scene_close(scene);
}

/* Large frames are aligned to their size; small things fill the gaps between. */
static void large_frames_are_aligned(void **state)
{
    (void)state;
    const struct stage stage = {.arena_bytes = 16 << 20};
    struct scene *scene = scene_open(&stage);
    for (unsigned i = 0; i < 4; i++) {
        uk_handle large = make(scene, UK_TYPE_FRAME, UK_LARGE), small = make(scene, UK_TYPE_FRAME, UK_PAGE);
        assert_int_equal(((const struct frame *)object_of(scene->root, large))->physical % UK_LARGE, 0);
        assert_int_equal(((const struct frame *)object_of(scene->root, small))->physical % UK_PAGE, 0);
    }
    scene_close(scene);
}

/* Many at once, all or none. */
static void many_at_once(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    uk_handle first = uk_slots(scene->kernel, UK_RETYPE_MAX), memory = make(scene, UK_TYPE_UNTYPED, 1 << 19);
    expect(retype(scene, memory, UK_TYPE_ENDPOINT, 0, first, UK_RETYPE_MAX), UK_OK);
    assert_int_equal(untyped_at(scene, memory)->live, UK_RETYPE_MAX);
    expect(revoke(scene, memory), UK_OK);
    expect_refused(scene->root, UK_NO_MEMORY,
                   OP(UK_RETYPE, memory, UK_TYPE_FRAME, UK_PAGE, UK_SLOT_CNODE, first, UK_RETYPE_MAX));
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_constant),
        cmocka_unit_test(memory_is_zero_when_it_comes_again),
        cmocka_unit_test(memory_ends),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(orphaned_and_nested),
        cmocka_unit_test(large_frames_are_aligned),
        cmocka_unit_test(many_at_once),
    };
    return cmocka_run_group_tests_name("core/untyped", tests, NULL, NULL);
}
