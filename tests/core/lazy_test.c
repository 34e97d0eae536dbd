/* SPDX-License-Identifier: MIT */
/* Copy-on-write (MA-4, OZ-4): whatever happens to either side, each reads what it should, and no memory is made or lost. */
#include "core/lazy.h"

#include <string.h>

#include "core/untyped.h"
#include "lazy_world.h"

static const uk_word sizes[] = {UK_PAGE, UK_LARGE};
#define SMALL ((uk_word)2 << 20) /* an arena for small pages alone */

/* Who writes first, by a store or through the kernel; before that both show one page, and afterwards each has its own. */
static void later_writes_are_invisible(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 8; variant++) {
        uk_word bytes = sizes[variant & 1];
        struct lazy_world w = lazy_world_open(bytes == UK_PAGE ? SMALL : 0);
        uk_handle from = own_frame_at(w.one, FIRST, bytes), into = own_frame_at(w.two, FIRST, bytes);
        lazy_put(w.one, FIRST + bytes - 8, 11);
        lazy_put(w.two, FIRST + bytes - 8, 22);
        const struct untyped *untyped = (const struct untyped *)object_of(w.scene->root, UK_SLOT_UNTYPED);
        uk_word live = untyped->live_bytes, high = untyped->high;
        expect(lazy_send(w.one, w.two, from, into, 1), UK_OK);
        assert_int_equal(lazy_get(w.two, FIRST + bytes - 8), 11);
        assert_true(lazy_place(w.one, FIRST) == lazy_place(w.two, FIRST));
        assert_int_equal(w.scene->inside->counters.pages_copied, 0);
        struct actor *writer = variant & 2 ? w.one : w.two, *other = variant & 2 ? w.two : w.one;
        if (variant & 4)
            lazy_put(writer, FIRST + bytes - 8, 33);
        else
            lazy_store(writer, FIRST + bytes - 8, 33);
        assert_int_equal(w.scene->inside->counters.pages_copied, 1);
        assert_int_equal(w.scene->inside->counters.copy_faults, variant & 4 ? 0 : 1);
        assert_int_equal(lazy_get(writer, FIRST + bytes - 8), 33);
        assert_int_equal(lazy_get(other, FIRST + bytes - 8), 11);
        assert_true(lazy_place(w.one, FIRST) != lazy_place(w.two, FIRST));
        lazy_put(other, FIRST + bytes - 8, 44); /* it has its right back, without a fault */
        assert_int_equal(lazy_get(writer, FIRST + bytes - 8), 33);
        assert_int_equal(w.scene->inside->counters.pages_copied, 1);
        assert_true(untyped->live_bytes == live && untyped->high == high);
        assert_ptr_equal(slot_of(w.one, from)->object->untyped, untyped);
        scene_close(w.scene);
    }
}

/* Nothing was written in between, so there is nothing to do; then one side writes, and there is. */
static void what_is_the_same_is_not_copied_again(void **state)
{
    (void)state;
    struct lazy_world w = lazy_world_open(SMALL);
    uk_handle from = own_frame_at(w.one, FIRST, UK_PAGE), into = own_frame_at(w.two, FIRST, UK_PAGE);
    lazy_put(w.one, FIRST, 1);
    expect(lazy_send(w.one, w.two, from, into, 1), UK_OK);
    uint64_t changed = w.scene->inside->counters.pages_mapped;
    expect(lazy_send(w.one, w.two, from, into, 1), UK_OK);
    expect(lazy_send(w.two, w.one, into, from, 1), UK_OK); /* and back */
    assert_int_equal(w.scene->inside->counters.pages_mapped, changed);
    lazy_store(w.two, FIRST, 2);
    assert_int_equal(lazy_get(w.one, FIRST), 1);
    expect(lazy_send(w.two, w.one, into, from, 1), UK_OK);
    assert_int_equal(lazy_get(w.one, FIRST), 2);
    lazy_store(w.one, FIRST, 3);
    assert_int_equal(lazy_get(w.two, FIRST), 2);
    assert_int_equal(w.scene->inside->counters.pages_copied, 2);
    scene_close(w.scene);
}

/* Four frames that hold the same bytes, however they came by them, are written in every order. */
static void copies_of_copies_in_every_order(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 2 * 24; order++) {
        struct lazy_world w = lazy_world_open(SMALL);
        uk_handle frame[4];
        unsigned left[4] = {0, 1, 2, 3}, number = order / 2;
        for (unsigned i = 0; i < 4; i++) {
            frame[i] = own_frame_at(i % 2 == 0 ? w.one : w.two, FIRST + i * UK_PAGE, UK_PAGE);
            lazy_put(i % 2 == 0 ? w.one : w.two, FIRST + i * UK_PAGE, 100 + i);
        }
        expect(lazy_send(w.one, w.two, frame[0], frame[1], 1), UK_OK);
        expect(lazy_send(w.two, w.one, frame[1], frame[2], 1), UK_OK);
        expect(lazy_send(w.one, w.two, frame[order % 2 == 0 ? 0 : 2], frame[3], 1), UK_OK);
        assert_int_equal(w.scene->inside->counters.pages_copied, 0);
        for (unsigned count = 4; count > 0; count--) {
            unsigned pick = number % count, who = left[pick];
            number /= count;
            left[pick] = left[count - 1];
            lazy_store(who % 2 == 0 ? w.one : w.two, FIRST + who * UK_PAGE, 200 + who);
            left[count - 1] = who;
            for (unsigned i = 0; i < 4; i++)
                assert_int_equal(lazy_get(left[i] % 2 == 0 ? w.one : w.two, FIRST + left[i] * UK_PAGE),
                                 i < count - 1 ? 100 : 200 + left[i]);
        }
        assert_int_equal(w.scene->inside->counters.pages_copied, 3); /* the last had the page for itself */
        scene_close(w.scene);
    }
}

/* What is done to one side; the other reads the same bytes afterwards, and can be written. */
enum deed { DELETED, UNTYPED_REVOKED, UNMAPPED, PROTECTED, GIVEN, MOVED, COPIED, SHARED, PORTED, RINGED, SPACE_GONE, DEEDS };

static void do_deed(struct lazy_world *w, struct actor *actor, uk_handle frame, uk_handle memory, enum deed deed)
{
    struct actor *other = actor == w->one ? w->two : w->one;
    struct scene *scene = w->scene;
    switch (deed) {
    case DELETED:
        expect(step(actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, frame)), UK_OK);
        break;
    case UNTYPED_REVOKED:
        expect(step(scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, memory)), UK_OK);
        expect(slot_of(actor, frame)->type, UK_TYPE_NONE);
        break;
    case UNMAPPED:
        expect(step(actor, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, FIRST)), UK_OK);
        expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, SECOND, RW)), UK_OK);
        assert_int_equal(lazy_get(actor, SECOND), 7);
        lazy_store(actor, SECOND, 8);
        break;
    case PROTECTED:
        expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, FIRST, UK_RIGHT_READ)), UK_OK);
        expect(uk_poke(scene->kernel, actor->thread, FIRST, "x", 1), UK_CALLER_FAULT);
        expect(step(actor, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, FIRST, RW)), UK_OK);
        lazy_store(actor, FIRST, 8);
        break;
    case GIVEN:
    case SHARED:
        set_window(other, 100, 1, SECOND, UK_LARGE);
        expect(lazy_item(actor, other, deed == GIVEN ? UK_ITEM_GIFT : UK_ITEM_SHARE, frame, 1), UK_OK);
        assert_int_equal(lazy_get(other, SECOND), 7);
        lazy_store(other, SECOND, 8);
        break;
    case MOVED:
        expect(step(actor, OP(UK_CAPABILITY_MOVE, UK_SLOT_CNODE, 90, frame)), UK_OK);
        lazy_store(actor, FIRST, 8);
        break;
    case COPIED:
        expect(step(actor, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 90, frame, 0, RW)), UK_OK);
        expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, 90, SECOND, RW)), UK_OK);
        lazy_store(actor, SECOND, 8);
        assert_int_equal(lazy_get(actor, FIRST), 8);
        break;
    case PORTED: {
        uk_handle port = make(scene, UK_TYPE_PORT, UK_PORT_SIZE(2, 0));
        set_item(actor, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, frame, 1);
        struct uk_call call = OP(UK_PORT_SEND, give(actor, port, UK_RIGHT_SEND | UK_RIGHT_GRANT), 0);
        call.tag = UK_TAG(1, 0, 1);
        expect(step(actor, call), UK_OK);
        lazy_store(actor, FIRST, 8); /* the mapping travels with its capability */
        expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, port)), UK_OK);
        break;
    }
    case RINGED: {
        uk_handle ring = give(actor, make(scene, UK_TYPE_RING, 0), UK_RIGHTS_ALL);
        expect(step(actor, OP(UK_RING_CONFIGURE, ring, frame, 4, 4)), UK_OK);
        lazy_store(actor, FIRST + 2048, 8);
        break;
    }
    default:
        expect(step(scene->root, OP(UK_THREAD_KILL, actor->thread, 0)), UK_OK);
        expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, actor->space)), UK_OK);
    }
}

static void whatever_is_done_to_one_side(void **state)
{
    (void)state;
    for (unsigned deed = 0; deed < DEEDS; deed++)
        for (unsigned variant = 0; variant < 8; variant++) {
            uk_word bytes = sizes[variant & 1];
            if (deed == SHARED && bytes == UK_LARGE)
                continue; /* that is refused: see too_large_to_be_settled */
            if ((deed * 8 + variant) % percent_stride(7) != 0)
                continue;
            struct lazy_world w = lazy_world_open(bytes == UK_PAGE ? SMALL : 0);
            uk_handle memory[2], frame[2];
            for (unsigned i = 0; i < 2; i++) {
                struct actor *actor = i == 0 ? w.one : w.two;
                memory[i] = make(w.scene, UK_TYPE_UNTYPED, 2 * bytes);
                frame[i] = hand(actor, make_from(w.scene, memory[i], UK_TYPE_FRAME, bytes));
                expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame[i], FIRST, RW)), UK_OK);
            }
            lazy_put(w.one, FIRST, 7);
            uk_handle third = own_frame_at(w.three, FIRST, bytes);
            if (variant & 4) /* another copy stands between */
                expect(lazy_send(w.one, w.three, frame[0], third, 1), UK_OK);
            expect(lazy_send(w.one, w.two, frame[0], frame[1], 1), UK_OK);
            unsigned side = variant >> 1 & 1;
            do_deed(&w, side == 0 ? w.one : w.two, frame[side], memory[side], deed);
            struct actor *other = side == 0 ? w.two : w.one;
            assert_int_equal(lazy_get(other, FIRST), 7);
            lazy_store(other, FIRST, 9);
            assert_int_equal(lazy_get(other, FIRST), 9);
            if (variant & 4) {
                assert_int_equal(lazy_get(w.three, FIRST), 7);
                lazy_store(w.three, FIRST, 10);
                assert_int_equal(lazy_get(other, FIRST), 9);
            }
            scene_close(w.scene);
        }
}

/* A small page serves so many; one more is copied at once. Of a large one there are no more. */
static void as_many_copies_as_allowed(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 2; variant++) {
        uk_word bytes = sizes[variant];
        struct lazy_world w = lazy_world_open(bytes == UK_PAGE ? SMALL : 24 * UK_LARGE);
        uk_handle from = own_frame_at(w.one, FIRST, bytes), into[UK_SNAPSHOTS_MAX + 1];
        lazy_put(w.one, FIRST, 5);
        for (unsigned i = 0; i <= UK_SNAPSHOTS_MAX; i++) {
            into[i] = own_frame_at(w.two, FIRST + i * bytes, bytes);
            int last = i == UK_SNAPSHOTS_MAX;
            expect(lazy_send(w.one, w.two, from, into[i], 1), last && bytes == UK_LARGE ? UK_LIMIT : UK_OK);
            assert_int_equal(w.scene->inside->counters.pages_copied, last && bytes == UK_PAGE);
        }
        lazy_store(w.one, FIRST, 6); /* the first of the copies serves the others now */
        assert_int_equal(w.scene->inside->counters.pages_copied, bytes == UK_PAGE ? 2 : 1);
        for (unsigned i = 0; i < UK_SNAPSHOTS_MAX; i++) {
            assert_int_equal(lazy_get(w.two, FIRST + i * bytes), 5);
            lazy_store(w.two, FIRST + i * bytes, 50 + i);
        }
        for (unsigned i = 0; i < UK_SNAPSHOTS_MAX; i++)
            assert_int_equal(lazy_get(w.two, FIRST + i * bytes), 50 + i);
        assert_int_equal(lazy_get(w.one, FIRST), 6);
        scene_close(w.scene);
    }
}

/* Copying 2 MiB lets others in between; whoever is asked to go on finds it done, or begun, or the other side gone. */
static void a_large_copy_is_preempted(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 6; variant++) {
        struct lazy_world w = lazy_world_open(0);
        uk_handle from = own_frame_at(w.one, FIRST, UK_LARGE), into = own_frame_at(w.two, FIRST, UK_LARGE);
        uk_handle other = own_frame_at(w.three, FIRST, UK_LARGE);
        for (uk_word at = 0; at < UK_LARGE; at += UK_PAGE)
            poke(w.one, FIRST + at, &(uk_word){at + 1}, sizeof(uk_word));
        expect(lazy_send(w.one, w.two, from, into, 1), UK_OK);
        expect(lazy_send(w.one, w.three, from, other, 1), UK_OK);
        const struct frame *frame = (const struct frame *)object_of(w.two, into);
        w.scene->preempt_every = 1;
        struct uk_result result;
        struct actor *writer = variant % 2 == 0 ? w.one : w.two;
        for (unsigned i = 0; i < 3; i++)
            expect(uk_step_fault(w.scene->kernel, writer->thread, UK_FAULT_PAGE, FIRST, UK_RIGHT_WRITE, &result), UK_OK);
        w.scene->preempt_every = 0;
        scene_check(w.scene);
        const struct frame *third = (const struct frame *)object_of(w.three, other);
        assert_true(frame->copied + third->copied > 0 && frame->copied < UK_LARGE / UK_PAGE);
        if (variant >= 4)
            lazy_delete_slowly(&w, variant == 4 ? w.one : w.two, variant == 4 ? from : into);
        else if (variant >= 2)
            lazy_store(w.three, FIRST, 77);
        if (variant != 5)
            lazy_store(w.two, FIRST, 99);
        for (uk_word at = UK_PAGE; at < UK_LARGE; at += UK_PAGE) {
            if (variant != 4)
                assert_int_equal(lazy_get(w.one, FIRST + at), at + 1);
            if (variant != 5)
                assert_int_equal(lazy_get(w.two, FIRST + at), at + 1);
            assert_int_equal(lazy_get(w.three, FIRST + at), at + 1);
        }
        scene_close(w.scene);
    }
}

/* A second capability to a large frame takes a settled one, and a message has not the time for that. */
static void too_large_to_be_settled(void **state)
{
    (void)state;
    struct lazy_world w = lazy_world_open(0);
    uk_handle from = own_frame_at(w.one, FIRST, UK_LARGE), into = own_frame_at(w.two, FIRST, UK_LARGE);
    expect(lazy_send(w.one, w.two, from, into, 1), UK_OK);
    set_window(w.two, 100, 1, SECOND, UK_LARGE);
    expect(lazy_item(w.one, w.two, UK_ITEM_SHARE, from, 1), UK_BUSY);
    expect(lazy_item(w.one, w.two, UK_ITEM_COPY, from, 1), UK_BUSY);
    set_window(w.one, 100, 1, SECOND, UK_LARGE);
    expect(lazy_item(w.two, w.one, UK_ITEM_SHARE, into, 1), UK_BUSY);
    uk_handle again = own_frame_at(w.three, FIRST, UK_LARGE);
    expect(lazy_send(w.three, w.one, again, from, 1), UK_NO_WINDOW); /* its copy would have to be served first */
    lazy_store(w.one, FIRST, 1);
    expect(lazy_send(w.three, w.one, again, from, 1), UK_OK);
    expect(step(w.one, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 90, from, 0, RW)), UK_OK);
    expect(lazy_send(w.one, w.two, from, into, 1), UK_BUSY); /* which could be written through the other capability */
    scene_close(w.scene);
}

/* Kernel writes count as writes: a message that arrives in a buffer of which somebody has a copy. */
static void a_message_buffer_is_copied(void **state)
{
    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        struct lazy_world w = lazy_world_open(SMALL);
        struct actor *owner = side == 0 ? w.one : w.two, *writer = w.three;
        uk_handle from = own_frame_at(w.one, FIRST, UK_PAGE), into = own_frame_at(w.two, FIRST, UK_PAGE);
        for (unsigned i = 0; i < UK_PAGE / 8; i++)
            lazy_put(w.one, FIRST + 8 * i, 1000 + i);
        expect(lazy_send(w.one, w.two, from, into, 1), UK_OK);
        expect(step(w.scene->root, OP(UK_THREAD_SUSPEND, owner->thread, 0)), UK_OK);
        expect(step(w.scene->root, OP(UK_THREAD_CONFIGURE, owner->thread, 0, 0, 0, FIRST, 0, UK_PART_BUFFER)), UK_OK);
        expect(step(w.scene->root, OP(UK_THREAD_RESUME, owner->thread, 0)), UK_OK);
        expect(do_receive(owner, w.endpoint, w.reply), BLOCKED);
        set_word(writer, 8, 4711);
        expect(do_send(writer, w.endpoint, LONG(1, 9, 0)), UK_OK);
        assert_int_equal(lazy_get(owner, FIRST + 64), 4711);
        assert_int_equal(lazy_get(owner, FIRST + 2048), 1000 + 256);
        assert_int_equal(lazy_get(side == 0 ? w.two : w.one, FIRST + 64), 1008);
        assert_int_equal(w.scene->inside->counters.pages_copied, 1);
        scene_close(w.scene);
    }
}

/* Everything that may be wrong with either side: a status each, and nothing has changed. */
static void bad_snapshots_are_refused(void **state)
{
    (void)state;
    struct lazy_world w = lazy_world_open(0);
    uk_handle from = own_frame_at(w.one, FIRST, UK_PAGE), into = own_frame_at(w.two, FIRST, UK_PAGE);
    uk_handle second = own_frame_at(w.one, FIRST + UK_PAGE, UK_PAGE), large = own_frame_at(w.two, 2 * FIRST, UK_LARGE);
    uk_handle shared = frame_at(w.one, SECOND, UK_PAGE, RW), twice = frame_at(w.two, SECOND, UK_PAGE, RW);
    uk_handle bell = give(w.two, make(w.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle device = w.device;
    assert_int_equal(second, from + 1);
    const struct {
        int status;
        uk_handle from, into;
        uint32_t count, room;
    } bad[] = {
        {UK_NO_WINDOW, from, into, 1, 0},
        {UK_NO_WINDOW, from, into, 2, 1},
        {UK_NO_WINDOW, from, 0, 1, 1},
        {UK_NO_WINDOW, from, 255, 2, 2},
        {UK_NO_WINDOW, from, UINT32_MAX, 1, UINT32_MAX},
        {UK_NO_WINDOW, from, 200, 1, 1},   /* an empty slot */
        {UK_NO_WINDOW, from, bell, 1, 1},  /* no frame */
        {UK_NO_WINDOW, from, large, 1, 1}, /* of another size */
        {UK_NO_WINDOW, from, twice, 1, 1}, /* somebody else could write it */
        {UK_BUSY, shared, into, 1, 1},
        {UK_EMPTY_SLOT, 200, into, 1, 1},
        {UK_BAD_HANDLE, 4000, into, 1, 1},
        {UK_BAD_ARGUMENT, from, into, 0, 1},
        {UK_BAD_ARGUMENT, device, into, 1, 1},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_copies(w.two, bad[i].into, bad[i].room);
        set_item(w.one, 0, UK_ITEM_SNAPSHOT, RW, bad[i].from, bad[i].count);
        expect(do_receive(w.two, w.endpoint, w.reply), BLOCKED);
        expect_refused(w.one, bad[i].status, (struct uk_call){.operation = UK_SEND, .handle = w.endpoint,
                                                              .tag = UK_TAG(1, 0, 1), .deadline = UK_FOREVER});
        expect(step(w.scene->root, OP(UK_THREAD_SUSPEND, w.two->thread, 0)), UK_OK);
        expect(step(w.scene->root, OP(UK_THREAD_RESUME, w.two->thread, 0)), UK_OK);
    }
    set_item(w.one, 0, UK_ITEM_SNAPSHOT, UK_RIGHT_WRITE, from, 1);
    set_copies(w.two, into, 1);
    expect(do_receive(w.two, w.endpoint, w.reply), BLOCKED);
    expect(do_send(w.one, w.endpoint, LONG(1, 0, 1)), UK_NO_RIGHT);
    scene_close(w.scene);
}

/* Where the message itself lies cannot be copied into, nor from while the answer is written there; nor what else it names. */
static void not_what_the_message_is_about(void **state)
{
    (void)state;
    struct lazy_world w = lazy_world_open(SMALL);
    uk_handle from = own_frame_at(w.one, FIRST, UK_PAGE), page = own_frame_at(w.two, FIRST, UK_PAGE);
    expect(step(w.scene->root, OP(UK_THREAD_SUSPEND, w.two->thread, 0)), UK_OK);
    expect(step(w.scene->root, OP(UK_THREAD_CONFIGURE, w.two->thread, 0, 0, 0, FIRST, 0, UK_PART_BUFFER)), UK_OK);
    expect(step(w.scene->root, OP(UK_THREAD_RESUME, w.two->thread, 0)), UK_OK);
    w.two->buffer = FIRST;
    expect(lazy_send(w.one, w.two, from, page, 1), UK_NO_WINDOW);
    /* Two threads with one CNode. */
    uk_handle mine = own_frame_at(w.three, FIRST, UK_PAGE), yours = own_frame_at(w.three, SECOND, UK_PAGE);
    expect(step(w.scene->root, OP(UK_THREAD_SUSPEND, w.one->thread, 0)), UK_OK);
    expect(step(w.scene->root, OP(UK_THREAD_CONFIGURE, w.one->thread, w.three->cnode, 0, 0, 0, 0, UK_PART_CNODE)), UK_OK);
    expect(step(w.scene->root, OP(UK_THREAD_RESUME, w.one->thread, 0)), UK_OK);
    expect(lazy_send(w.one, w.three, mine, mine, 1), UK_NO_WINDOW);
    set_item(w.one, 1, UK_ITEM_MOVE, UK_RIGHTS_ALL, yours, 1);
    set_window(w.three, 100, 1, 0, 0);
    set_item(w.one, 0, UK_ITEM_SNAPSHOT, RW, mine, 1);
    set_copies(w.three, yours, 1);
    expect(do_receive(w.three, w.endpoint, w.reply), BLOCKED);
    expect(do_send(w.one, w.endpoint, LONG(1, 0, 2)), UK_NO_WINDOW);
    expect(do_send(w.one, w.endpoint, LONG(1, 0, 1)), UK_OK);
    scene_close(w.scene);
}

/* What the receiver is told: its own frames, and where they are. */
static void the_receiver_is_told(void **state)
{
    (void)state;
    struct lazy_world w = lazy_world_open(SMALL);
    uk_handle from = own_frame_at(w.one, FIRST, UK_PAGE), into = own_frame_at(w.two, SECOND, UK_PAGE);
    expect(own_frame_at(w.one, FIRST + UK_PAGE, UK_PAGE), (int)from + 1);
    expect(hand(w.two, make(w.scene, UK_TYPE_FRAME, UK_PAGE)), (int)into + 1); /* need not be mapped */
    lazy_put(w.one, FIRST + UK_PAGE, 12);
    expect(lazy_send(w.one, w.two, from, into, 2), UK_OK);
    struct uk_item item = buffer_of_actor(w.two).received[0];
    assert_true(item.kind == UK_ITEM_SNAPSHOT && item.rights == UK_RIGHTS_ALL && item.count == 2 && item.address == SECOND);
    assert_int_equal((uint32_t)item.handle, into);
    expect(step(w.two, OP(UK_SPACE_MAP, UK_SLOT_SPACE, into + 1, SECOND + UK_PAGE, UK_RIGHT_READ)), UK_OK);
    assert_int_equal(lazy_get(w.two, SECOND + UK_PAGE), 12);
    struct uk_result result; /* a genuine fault is none of ours */
    expect(uk_step_fault(w.scene->kernel, w.two->thread, UK_FAULT_PAGE, SECOND + UK_PAGE, UK_RIGHT_WRITE, &result), UK_OK);
    expect(after(w.two), STOPPED);
    expect(step(w.one, OP(UK_SPACE_QUERY, UK_SLOT_SPACE, FIRST)), UK_OK);
    assert_int_equal(got(w.one)->word[2], RW);
    scene_close(w.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_writes_are_invisible),
        cmocka_unit_test(what_is_the_same_is_not_copied_again),
        cmocka_unit_test(copies_of_copies_in_every_order),
        cmocka_unit_test(whatever_is_done_to_one_side),
        cmocka_unit_test(as_many_copies_as_allowed),
        cmocka_unit_test(a_large_copy_is_preempted),
        cmocka_unit_test(too_large_to_be_settled),
        cmocka_unit_test(a_message_buffer_is_copied),
        cmocka_unit_test(bad_snapshots_are_refused),
        cmocka_unit_test(not_what_the_message_is_about),
        cmocka_unit_test(the_receiver_is_told),
    };
    return cmocka_run_group_tests_name("core/lazy", tests, NULL, NULL);
}
