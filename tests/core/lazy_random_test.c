/* SPDX-License-Identifier: MIT */
/* Lazy copies against a model that copies at once: whatever is sent, written, moved or lost, frames hold what they should. */
#include "core/lazy.h"

#include <string.h>

#include "lazy_world.h"

enum { FRAMES = 20, STEPS = 1500 };

/* One frame as the model sees it. Its address is its number's, whoever has it. */
struct model {
    struct actor *owner; /* NULL: there is none */
    uk_handle slot;
    int mapped, shared;  /* shared: a second capability exists */
    uk_word word[FRAMES]; /* all that its page holds */
};

struct play {
    struct lazy_world world;
    struct model frame[FRAMES];
};

static uk_word address_of(unsigned i) { return FIRST + i * UK_PAGE; }

static void make_frame(struct play *play, unsigned i)
{
    struct model *frame = &play->frame[i];
    struct scene *scene = play->world.scene;
    *frame = (struct model){.owner = scene_random(scene, 2) ? play->world.one : play->world.two, .mapped = 1};
    frame->owner->next_slot = 100 + i; /* each frame's slot is its own */
    frame->slot = own_frame_at(frame->owner, address_of(i), UK_PAGE);
}

static void send_snapshot(struct play *play, unsigned i, unsigned k)
{
    struct model *from = &play->frame[i], *into = &play->frame[k];
    if (from->owner == into->owner || i == k)
        return;
    int status = lazy_send(from->owner, into->owner, from->slot, into->slot, 1);
    expect(status, from->shared ? UK_BUSY : into->shared ? UK_NO_WINDOW : UK_OK);
    if (status == UK_OK)
        memcpy(into->word, from->word, sizeof into->word);
}

static void remap(struct model *frame, unsigned i)
{
    expect(step(frame->owner, frame->mapped ? OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, address_of(i))
                                            : OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame->slot, address_of(i), RW)),
           UK_OK);
    frame->mapped = !frame->mapped;
}

static void give_away(struct play *play, unsigned i)
{
    struct model *frame = &play->frame[i];
    struct actor *other = frame->owner == play->world.one ? play->world.two : play->world.one;
    set_window(other, 100 + i, 1, address_of(i), UK_PAGE);
    int status = lazy_item(frame->owner, other, UK_ITEM_GIFT, frame->slot, 1);
    expect(status, frame->shared ? UK_BUSY : UK_OK);
    if (status == UK_OK)
        frame->owner = other, frame->slot = 100 + i, frame->mapped = 1;
}

static void share_or_not(struct model *frame, unsigned i)
{
    expect(step(frame->owner, frame->shared ? OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, 150 + i)
                                            : OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 150 + i, frame->slot, 0, RW)),
           UK_OK);
    frame->shared = !frame->shared;
}

static void play_step(struct play *play)
{
    struct scene *scene = play->world.scene;
    unsigned i = scene_random(scene, FRAMES), k = scene_random(scene, FRAMES);
    struct model *frame = &play->frame[i];
    if (frame->owner == NULL) {
        make_frame(play, i);
        return;
    }
    switch (scene_random(scene, 12)) {
    case 0:
        share_or_not(frame, i);
        break;
    case 1:
        give_away(play, i);
        break;
    case 2:
        if (frame->shared)
            share_or_not(frame, i);
        expect(step(frame->owner, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, frame->slot)), UK_OK);
        frame->owner = NULL;
        break;
    case 3:
        remap(frame, i);
        break;
    case 4:
    case 5:
    case 6:
        if (!frame->mapped)
            break;
        frame->word[k] = scene_random(scene, 1000000);
        lazy_store(frame->owner, address_of(i) + k * sizeof(uk_word), frame->word[k]);
        break;
    default:
        if (play->frame[k].owner != NULL)
            send_snapshot(play, i, k);
    }
}

static void every_frame_holds_what_it_should(const struct play *play)
{
    for (unsigned i = 0; i < FRAMES; i++) {
        const struct model *frame = &play->frame[i];
        uk_word page[FRAMES];
        if (frame->owner == NULL || !frame->mapped)
            continue;
        expect(peek(frame->owner, address_of(i), page, sizeof page), UK_OK);
        assert_memory_equal(page, frame->word, sizeof page);
    }
}

static void copies_as_if_copied_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct play play = {.world = lazy_world_open((uk_word)4 << 20)};
        scene_seed(play.world.scene, seed);
        for (unsigned i = 0; i < STEPS; i++) {
            play_step(&play);
            every_frame_holds_what_it_should(&play);
        }
        assert_true(play.world.scene->inside->counters.pages_copied > 50);
        scene_close(play.world.scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_as_if_copied_at_once),
    };
    return cmocka_run_group_tests_name("core/lazy_random", tests, NULL, NULL);
}
