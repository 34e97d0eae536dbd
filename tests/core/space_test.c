/* SPDX-License-Identifier: MIT */
/* Spaces: the tables say what is mapped, revoke takes it back everywhere at once (L4-4, HQ-6), the space pays. */
#include "core/space.h"

#include <string.h>

#include "support/scene.h"

#define HERE  ((uk_word)0x40000000)
#define RW    (UK_RIGHT_READ | UK_RIGHT_WRITE)
#define RWX   (RW | UK_RIGHT_EXECUTE)

static int map(struct actor *actor, uk_handle frame, uk_word address, uint32_t rights)
{
    return step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, address, rights));
}

static int is_mapped(const struct actor *actor, uk_word address)
{
    char byte;
    return peek(actor, address, &byte, 1) == UK_OK;
}

static int is_writable(const struct actor *actor, uk_word address)
{
    char byte = 1;
    return uk_poke(actor->scene->kernel, actor->thread, address, &byte, 1) == UK_OK;
}

static void map_query_protect_unmap(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle frame = give(actor, make(scene, UK_TYPE_FRAME, UK_PAGE), RWX);
    uk_word mapped = ((const struct space *)object_of(actor, UK_SLOT_SPACE))->mapped_bytes;
    expect(map(actor, frame, HERE, RW), UK_OK);
    assert_true(is_writable(actor, HERE) && is_writable(actor, HERE + UK_PAGE - 1) &&
                !is_mapped(actor, HERE + UK_PAGE));
    expect(step(actor, OP(UK_SPACE_QUERY, UK_SLOT_SPACE, HERE - 5 * UK_PAGE)), UK_OK);
    const uk_word *word = got(actor)->word;
    assert_true(word[0] == HERE && word[1] == UK_PAGE && word[2] == RW && word[5] == mapped + UK_PAGE);
    assert_true(word[3] < HERE && word[4] > HERE);
    expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, HERE, UK_RIGHT_READ)), UK_OK);
    assert_true(is_mapped(actor, HERE) && !is_writable(actor, HERE));
    expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, HERE, RWX)), UK_OK);
    assert_true(is_writable(actor, HERE));
    expect_refused(actor, UK_MAPPED, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE + UK_PAGE, RW));
    expect(step(actor, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, HERE)), UK_OK);
    assert_false(is_mapped(actor, HERE));
    expect(map(actor, frame, HERE + UK_PAGE, UK_RIGHT_READ), UK_OK);
    expect(step(actor, OP(UK_SPACE_QUERY, UK_SLOT_SPACE, HERE + 2 * UK_PAGE)), UK_NOT_MAPPED);
    assert_true(got(actor)->word[0] == 0 && got(actor)->word[5] == mapped + UK_PAGE);
    scene_close(scene);
}

static void bad_mappings_are_refused(void **state)
{
    (void)state;
    const struct stage stage = {.arena_bytes = 16 << 20};
    struct scene *scene = scene_open(&stage);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle frame = give(actor, make(scene, UK_TYPE_FRAME, UK_PAGE), RW);
    uk_handle other = give(actor, make(scene, UK_TYPE_FRAME, UK_PAGE), RWX);
    uk_handle large = give(actor, make(scene, UK_TYPE_FRAME, UK_LARGE), RWX);
    const struct space *space = (const struct space *)object_of(actor, UK_SLOT_SPACE);
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE + 1, RW));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, 0, RW));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, space->end, RW));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, ~(uk_word)0 & ~(UK_PAGE - 1), RW));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, large, HERE + UK_PAGE, RW));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE, UK_RIGHT_WRITE));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE, 0));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE, UK_RIGHTS_ALL));
    expect_refused(actor, UK_NO_RIGHT, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE, RWX));
    expect_refused(actor, UK_WRONG_TYPE, OP(UK_SPACE_MAP, UK_SLOT_SPACE, UK_SLOT_THREAD, HERE, RW));
    expect(map(actor, other, HERE, RW), UK_OK);
    expect_refused(actor, UK_MAPPED, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE, RW));
    expect_refused(actor, UK_MAPPED, OP(UK_SPACE_MAP, UK_SLOT_SPACE, large, HERE & ~(UK_LARGE - 1), RW));
    expect_refused(actor, UK_NOT_MAPPED, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, HERE + UK_PAGE));
    expect_refused(actor, UK_NOT_MAPPED, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, ~(uk_word)0));
    expect_refused(actor, UK_NOT_MAPPED, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, HERE + UK_PAGE, RW));
    expect_refused(actor, UK_BAD_ARGUMENT, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, HERE, 0));
    expect(map(actor, large, HERE + UK_LARGE, RW), UK_OK);
    expect_refused(actor, UK_MAPPED, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, HERE + UK_LARGE + UK_PAGE, RW));
    expect_refused(actor, UK_NOT_MAPPED, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, HERE + UK_LARGE + UK_PAGE)); /* inside */
    assert_true(is_writable(actor, HERE + 2 * UK_LARGE - 1));
    expect(step(actor, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, HERE + UK_LARGE)), UK_OK);
    assert_false(is_mapped(actor, HERE + UK_LARGE));
    scene_close(scene);
}

/* The kernel's copies cross pages, and are all or nothing. */
static void copies_are_all_or_nothing(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10);
    frame_at(actor, HERE, UK_PAGE, RW);
    frame_at(actor, HERE + UK_PAGE, UK_PAGE, RW);
    uk_handle third = frame_at(actor, HERE + 2 * UK_PAGE, UK_PAGE, RW);
    unsigned char out[3 * UK_PAGE], in[3 * UK_PAGE];
    for (unsigned i = 0; i < sizeof out; i++)
        out[i] = (unsigned char)(i * 7 + i / UK_PAGE);
    poke(actor, HERE, out, sizeof out);
    expect(peek(actor, HERE, in, sizeof in), UK_OK);
    assert_memory_equal(in, out, sizeof in);
    expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, HERE + 2 * UK_PAGE, UK_RIGHT_READ)), UK_OK);
    memset(in, 0xff, sizeof in);
    expect(uk_poke(scene->kernel, actor->thread, HERE, in, 2 * UK_PAGE + 1), UK_CALLER_FAULT);
    expect(peek(actor, HERE, in, sizeof in), UK_OK);
    assert_memory_equal(in, out, sizeof in);
    expect(step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, third)), UK_OK);
    in[0] = 99;
    expect(peek(actor, HERE + 1, in, 3 * UK_PAGE - 1), UK_CALLER_FAULT);
    assert_int_equal(in[0], 99);
    expect(peek(actor, ~(uk_word)0 - 3, in, 8), UK_CALLER_FAULT);
    expect(peek(actor, HERE, in, 0), UK_OK);
    scene_close(scene);
}

/* L4-4 and HQ-6: A gives to B, B to C; A's revoke reaches every mapping made with any of them, and nothing leaks. */
static void revoke_unmaps_everywhere(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor[4];
    uk_handle at = make(scene, UK_TYPE_FRAME, UK_PAGE), names[4];
    for (unsigned i = 0; i < 4; i++)
        actor[i] = actor_new(scene, "sharer", 10);
    names[0] = give(actor[0], at, RW);
    for (unsigned i = 1; i < 4; i++) { /* each from the one before */
        uk_handle via = give(actor[i - 1], actor[i]->cnode, UK_RIGHTS_ALL);
        names[i] = actor[i]->next_slot++;
        expect(step(actor[i - 1], OP(UK_CAPABILITY_COPY, via, names[i], names[i - 1], 0, RW)), UK_OK);
    }
    for (unsigned i = 0; i < 4; i++)
        expect(map(actor[i], names[i], HERE + i * UK_PAGE, RW), UK_OK);
    const char text[] = "one memory";
    char seen[sizeof text];
    poke(actor[3], HERE + 3 * UK_PAGE, text, sizeof text);
    expect(peek(actor[1], HERE + UK_PAGE, seen, sizeof seen), UK_OK);
    assert_string_equal(seen, text);
    expect(step(actor[1], OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, names[1])), UK_OK);
    assert_true(is_mapped(actor[0], HERE) && is_mapped(actor[1], HERE + UK_PAGE));
    assert_false(is_mapped(actor[2], HERE + 2 * UK_PAGE) || is_mapped(actor[3], HERE + 3 * UK_PAGE));
    struct uk_result result;
    expect(uk_step_fault(scene->kernel, actor[3]->thread, UK_FAULT_PAGE, HERE + 3 * UK_PAGE, UK_RIGHT_READ, &result),
           UK_OK);
    expect(after(actor[3]), STOPPED);
    expect(step(scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, at)), UK_OK);
    assert_false(is_mapped(actor[0], HERE) || is_mapped(actor[1], HERE + UK_PAGE));
    assert_int_equal(((const struct object *)object_of(scene->root, at))->references, 1);
    scene_close(scene);
}

/* Moving a mapped capability moves nothing in the space; deleting it unmaps. */
static void mapping_belongs_to_the_capability(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *actor = actor_new(scene, "actor", 10), *other = actor_new(scene, "other", 10);
    uk_handle frame = frame_at(actor, HERE, UK_PAGE, RW), in = give(actor, other->cnode, UK_RIGHTS_ALL);
    expect(step(actor, OP(UK_CAPABILITY_MOVE, in, 100, frame)), UK_OK);
    assert_true(is_mapped(actor, HERE));
    expect(step(other, OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, 100)), UK_OK);
    assert_true(got(other)->word[5] == HERE);
    expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, HERE, UK_RIGHT_READ)), UK_OK);
    expect(step(other, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, 100)), UK_OK);
    assert_false(is_mapped(actor, HERE));
    scene_close(scene);
}

/* Tables come from the space's own Untyped: it pays, it may run out, and with its revocation every mapping goes. */
static void tables_cost_the_space(void **state)
{
    (void)state;
    struct scene *scene = scene_open(NULL);
    struct actor *root = scene->root;
    uk_handle memory = make(scene, UK_TYPE_UNTYPED, 65536), space = make(scene, UK_TYPE_SPACE, 0), frames[16];
    for (unsigned i = 0; i < 16; i++)
        frames[i] = make(scene, UK_TYPE_FRAME, UK_PAGE);
    expect_refused(root, UK_NO_MEMORY, OP(UK_SPACE_MAP, space, frames[0], HERE, RW)); /* none yet */
    expect(step(root, OP(UK_SPACE_CONFIGURE, space, memory)), UK_OK);
    expect_refused(root, UK_BUSY, OP(UK_SPACE_CONFIGURE, space, memory));
    const struct untyped *untyped = (const struct untyped *)object_of(root, memory);
    const struct space *object = (const struct space *)object_of(root, space);
    unsigned mapped = 0;
    int status = UK_OK;
    for (; mapped < 16 && status == UK_OK; mapped++) /* 512 GiB apart: three tables each */
        status = step(root, OP(UK_SPACE_MAP, space, frames[mapped], HERE + ((uk_word)mapped << 39), RW));
    expect(status, UK_NO_MEMORY);
    mapped--;
    assert_int_equal(object->table_count, 1 + 3 * mapped);
    assert_int_equal(untyped->live, object->table_count);
    expect_refused(root, UK_NO_MEMORY, OP(UK_SPACE_MAP, space, frames[15], (uk_word)1 << 46, RW));
    expect(step(root, OP(UK_SPACE_MAP, space, frames[15], HERE + UK_PAGE, RW)), UK_OK); /* its tables are there */
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, memory)), UK_OK);
    assert_int_equal(untyped->live, 0);
    assert_int_equal(object->mapped_bytes, 0);
    for (unsigned i = 0; i < 16; i++) {
        expect(step(root, OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, frames[i])), UK_OK);
        assert_true(got(root)->word[5] == 0);
    }
    expect(step(root, OP(UK_SPACE_QUERY, space, 0)), UK_NOT_MAPPED);
    expect_refused(root, UK_NO_MEMORY, OP(UK_SPACE_MAP, space, frames[0], HERE, RW));
    expect(step(root, OP(UK_SPACE_CONFIGURE, space, memory)), UK_OK); /* and again */
    expect(step(root, OP(UK_SPACE_MAP, space, frames[0], HERE, RW)), UK_OK);
    scene_close(scene);
}

/* A space dies with frames mapped: they are free to be mapped elsewhere, its tables go back. */
static void space_dies_with_mappings(void **state)
{
    (void)state;
    for (uint32_t every = 0; every < 6; every++) {
        const struct stage stage = {.preemptible = 1};
        struct scene *scene = scene_open(&stage);
        struct actor *root = scene->root, *actor = actor_new(scene, "actor", 255);
        uk_handle memory = make(scene, UK_TYPE_UNTYPED, 1 << 18), space = make(scene, UK_TYPE_SPACE, 0), frames[20];
        expect(step(root, OP(UK_SPACE_CONFIGURE, space, memory)), UK_OK);
        for (unsigned i = 0; i < 20; i++) {
            frames[i] = make(scene, UK_TYPE_FRAME, UK_PAGE);
            expect(step(root, OP(UK_SPACE_MAP, space, frames[i], HERE + i * UK_LARGE, RW)), UK_OK);
        }
        scene->preempt_every = every;
        int status = step(root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, space));
        while (status == RESTARTING) {
            (void)step(actor, OP(UK_CLOCK, 0, 0));
            status = after(root) == RESTARTING ? step(root, OP(UK_YIELD, 0, 0)) : after(root);
        }
        scene->preempt_every = 0;
        expect(status, UK_OK);
        assert_int_equal(((const struct untyped *)object_of(root, memory))->live, 0);
        uk_handle mine = give(actor, frames[7], RW);
        expect(map(actor, mine, HERE, RW), UK_OK);
        scene_close(scene);
    }
}

/* While its tables are taken apart in pieces, a space takes no new ones, and nobody finds half a mapping. */
static void loses_its_memory_in_pieces(void **state)
{
    (void)state;
    for (uint32_t every = 1; every < 6; every++) {
        const struct stage stage = {.preemptible = 1};
        struct scene *scene = scene_open(&stage);
        struct actor *root = scene->root, *actor = actor_new(scene, "actor", 255);
        uk_handle memory = make(scene, UK_TYPE_UNTYPED, 1 << 18), space = make(scene, UK_TYPE_SPACE, 0);
        expect(step(root, OP(UK_SPACE_CONFIGURE, space, memory)), UK_OK);
        for (unsigned i = 0; i < 12; i++)
            expect(step(root, OP(UK_SPACE_MAP, space, make(scene, UK_TYPE_FRAME, UK_PAGE), HERE + i * UK_LARGE, RW)),
                   UK_OK);
        uk_handle extra = give(actor, make(scene, UK_TYPE_FRAME, UK_PAGE), RW);
        uk_handle theirs = give(actor, space, UK_RIGHTS_ALL), other = give(actor, UK_SLOT_UNTYPED, UK_RIGHTS_ALL);
        scene->preempt_every = every;
        int status = step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, memory));
        while (status == RESTARTING) {
            if ((((const struct object *)object_of(root, space))->flags & OBJECT_DYING) != 0) {
                int answer = step(actor, OP(UK_SPACE_MAP, theirs, extra, HERE + UK_PAGE, RW));
                assert_true(answer == UK_BUSY || answer == UK_NO_MEMORY);
                answer = step(actor, OP(UK_SPACE_CONFIGURE, theirs, other, 0));
                assert_true(answer == UK_BUSY || answer == UK_OK);
                (void)step(actor, OP(UK_SPACE_UNMAP, theirs, HERE + 5 * UK_LARGE));
                (void)step(actor, OP(UK_SPACE_PROTECT, theirs, HERE + 6 * UK_LARGE, UK_RIGHT_READ));
            } else {
                (void)step(actor, OP(UK_CLOCK, 0, 0));
            }
            status = after(root) == RESTARTING ? step(root, OP(UK_YIELD, 0, 0)) : after(root);
        }
        scene->preempt_every = 0;
        expect(status, UK_OK);
        scene_close(scene);
    }
}

/* Random maps, unmaps and protects against an array. */
static void tables_equal_an_array(void **state)
{
    (void)state;
    enum { PAGES = 48 };
    struct scene *scene = scene_open(NULL);
    scene_seed(scene, 5);
    struct actor *actor = actor_new(scene, "actor", 10);
    uk_handle frame[PAGES];
    uk_word where[PAGES] = {0};
    uint32_t rights[PAGES] = {0};
    for (unsigned i = 0; i < PAGES; i++)
        frame[i] = give(actor, make(scene, UK_TYPE_FRAME, UK_PAGE), RWX);
    for (unsigned long i = 0; i < percent_of(1500); i++) {
        unsigned page = scene_random(scene, PAGES);
        uk_word address = HERE + scene_random(scene, 64) * (scene_random(scene, 2) ? UK_PAGE : UK_LARGE);
        uint32_t wanted = UK_RIGHT_READ | (RWX & scene_random(scene, 8));
        int taken = 0;
        for (unsigned k = 0; k < PAGES; k++)
            taken |= where[k] == address;
        if (where[page] == 0) {
            expect(map(actor, frame[page], address, wanted), taken ? UK_MAPPED : UK_OK);
            where[page] = taken ? 0 : address;
            rights[page] = wanted;
        } else if (scene_random(scene, 2)) {
            expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, where[page], wanted)), UK_OK);
            rights[page] = wanted;
        } else {
            expect(step(actor, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, where[page])), UK_OK);
            where[page] = 0;
        }
        const struct space *space = (const struct space *)object_of(actor, UK_SLOT_SPACE);
        struct mapping mapping;
        unsigned found = 0, known = 0;
        uk_word at = HERE;
        while (space_next(scene->inside, space, at, &mapping) && mapping.address < HERE + 64 * UK_LARGE) {
            for (unsigned k = 0; k < PAGES; k++)
                known += where[k] == mapping.address && mapping.behind == slot_of(actor, frame[k]) &&
                         mapping.rights == rights[k];
            found++;
            at = mapping.address + mapping.bytes;
        }
        assert_int_equal(found, known);
        for (unsigned k = 0; k < PAGES; k++)
            found -= where[k] != 0;
        assert_int_equal(found, 0);
    }
    scene_close(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_query_protect_unmap),
        cmocka_unit_test(bad_mappings_are_refused),
        cmocka_unit_test(copies_are_all_or_nothing),
        cmocka_unit_test(revoke_unmaps_everywhere),
        cmocka_unit_test(mapping_belongs_to_the_capability),
        cmocka_unit_test(tables_cost_the_space),
        cmocka_unit_test(space_dies_with_mappings),
        cmocka_unit_test(loses_its_memory_in_pieces),
        cmocka_unit_test(tables_equal_an_array),
    };
    return cmocka_run_group_tests_name("core/space", tests, NULL, NULL);
}
