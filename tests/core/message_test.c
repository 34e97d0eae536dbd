/* SPDX-License-Identifier: MIT */
/* Messages: words and items arrive whole or not at all (L4-5), and each failure says whose fault it was. */
#include "core/message.h"

#include <string.h>

#include "support/scene.h"

#define HERE   ((uk_word)0x40000000)
#define THERE  ((uk_word)0x50000000)
#define RW     (UK_RIGHT_READ | UK_RIGHT_WRITE)

struct post {
    struct scene *scene;
    struct actor *sender, *receiver;
    uk_handle endpoint, sends, receives, answers;
};

static struct post post_open(void)
{
    const struct stage stage = {.arena_bytes = 16 << 20};
    struct post post = {.scene = scene_open(&stage)};
    post.sender = actor_new(post.scene, "sender", 10);
    post.receiver = actor_new(post.scene, "receiver", 10);
    post.endpoint = make(post.scene, UK_TYPE_ENDPOINT, 0);
    post.sends = give(post.sender, post.endpoint, UK_RIGHT_SEND | UK_RIGHT_GRANT);
    post.receives = give(post.receiver, post.endpoint, UK_RIGHTS_ALL);
    post.answers = give(post.receiver, make(post.scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    return post;
}

static struct uk_call send_of(const struct post *post, unsigned length, unsigned items)
{
    return (struct uk_call){.operation = UK_SEND, .handle = post->sends, .tag = UK_TAG(9, length, items),
                            .word = {1, 2, 3, 4, 5, 6}, .deadline = UK_FOREVER};
}

/* Both ways of meeting: the receiver waits, or the sender does. */
static int transfer(const struct post *post, unsigned length, unsigned items, unsigned sender_first)
{
    if (!sender_first) {
        expect(do_receive(post->receiver, post->receives, post->answers), BLOCKED);
        return step(post->sender, send_of(post, length, items));
    }
    expect(step(post->sender, send_of(post, length, items)), BLOCKED);
    int status = do_receive(until(post->receiver, UK_NOW), post->receives, post->answers);
    expect(status, after(post->sender) == UK_OK ? UK_OK : UK_WOULD_BLOCK);
    return after(post->sender);
}

/* Promise 8 and every length: what was sent arrives; registers beyond it are zero; the buffer beyond is untouched. */
static void every_length_arrives_whole(void **state)
{
    (void)state;
    struct post post = post_open();
    for (unsigned length = 0; length <= UK_MESSAGE_WORDS; length++)
        for (unsigned sender_first = 0; sender_first < 2; sender_first++) {
            for (unsigned i = 0; i < UK_MESSAGE_WORDS; i++) {
                set_word(post.sender, i, 1000 * length + i);
                set_word(post.receiver, i, 7);
            }
            expect(transfer(&post, length, 0, sender_first), UK_OK);
            const struct uk_call *call = got(post.receiver);
            assert_int_equal(call->tag, UK_TAG(9, length, 0));
            struct uk_buffer buffer = buffer_of_actor(post.receiver);
            for (unsigned i = 0; i < UK_MESSAGE_WORDS; i++) {
                if (i < UK_REGISTER_WORDS)
                    assert_int_equal(call->word[i], i < length ? i + 1 : 0);
                assert_int_equal(buffer.words[i], i >= UK_REGISTER_WORDS && i < length ? 1000 * length + i : 7);
            }
        }
    scene_close(post.scene);
}

/* What the sender puts into the kernel's part of the tag is dropped. */
static void kernels_part_of_the_tag(void **state)
{
    (void)state;
    struct post post = post_open();
    expect(do_receive(post.receiver, post.receives, post.answers), BLOCKED);
    struct uk_call call = send_of(&post, 2, 0);
    call.tag |= UK_TAG_SIGNAL | UK_TAG_FAULT | UK_TAG_CALL | UK_TAG_INTERPOSED | (uk_word)1 << 20;
    expect(step(post.sender, call), UK_OK);
    assert_int_equal(got(post.receiver)->tag, UK_TAG(9, 2, 0));
    scene_close(post.scene);
}

/* Refused: the status is the sender's, the receiver waits on, and nothing has moved or changed. */
static void refused(struct post *post, int status, unsigned length, unsigned items)
{
    expect(do_receive(post->receiver, post->receives, post->answers), BLOCKED);
    expect_refused(post->sender, status, send_of(post, length, items));
    expect(after(post->receiver), BLOCKED);
    expect(step(post->scene->root, OP(UK_THREAD_SUSPEND, post->receiver->thread, 0)), UK_OK);
    expect(step(post->scene->root, OP(UK_THREAD_RESUME, post->receiver->thread, 0)), UK_OK);
    expect(transfer(post, length, items, 1), status); /* queued, it is told when its turn comes */
}

static int configure_buffer(const struct post *post, const struct actor *actor, uk_word address)
{
    int status = step(post->scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0));
    expect(status, UK_OK);
    status = step(post->scene->root, OP(UK_THREAD_CONFIGURE, actor->thread, 0, 0, 0, address, 0, UK_PART_BUFFER));
    expect(step(post->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    return status;
}

/* L4-5 (our way: nothing is cut off): too long for the protocol, or for a receiver without a buffer. */
static void too_large_moves_nothing(void **state)
{
    (void)state;
    struct post post = post_open();
    refused(&post, UK_TOO_LARGE, UK_MESSAGE_WORDS + 1, 0);
    refused(&post, UK_TOO_LARGE, 127, 0);
    expect(configure_buffer(&post, post.receiver, 0), UK_OK);
    refused(&post, UK_TOO_LARGE, 7, 0);
    expect(transfer(&post, 6, 0, 0), UK_OK);
    set_item(post.sender, 0, UK_ITEM_COPY, UK_RIGHTS_ALL, post.sends, 1);
    refused(&post, UK_NO_WINDOW, 0, 1);
    scene_close(post.scene);
}

/* Whose memory is at fault: the sender's own buffer, or the receiver's; read-only, unmapped, or none. */
static void faults_name_the_guilty(void **state)
{
    (void)state;
    struct post post = post_open();
    uk_word own = post.sender->buffer, theirs = post.receiver->buffer;
    expect(configure_buffer(&post, post.sender, 0), UK_OK);
    refused(&post, UK_CALLER_FAULT, 7, 0);
    refused(&post, UK_CALLER_FAULT, 0, 1);
    expect(configure_buffer(&post, post.sender, THERE), UK_OK);
    refused(&post, UK_CALLER_FAULT, 7, 0);
    expect(configure_buffer(&post, post.sender, own), UK_OK);
    expect(configure_buffer(&post, post.receiver, THERE), UK_OK);
    refused(&post, UK_PEER_FAULT, 7, 0);
    expect(configure_buffer(&post, post.receiver, theirs), UK_OK);
    expect(step(post.scene->root, OP(UK_SPACE_PROTECT, post.receiver->space, theirs, UK_RIGHT_READ)), UK_OK);
    refused(&post, UK_PEER_FAULT, 7, 0);
    expect(configure_buffer(&post, post.receiver, 1), UK_BAD_ARGUMENT);
    expect(step(post.scene->root, OP(UK_SPACE_PROTECT, post.receiver->space, theirs, RW)), UK_OK);
    expect(step(post.scene->root, OP(UK_SPACE_PROTECT, post.sender->space, own, UK_RIGHT_READ)), UK_OK);
    expect(transfer(&post, 64, 0, 0), UK_OK); /* reading is enough for a sender */
    scene_close(post.scene);
}

/* A reply that cannot arrive is the server's to mend; the caller waits on. */
static void reply_that_does_not_fit(void **state)
{
    (void)state;
    struct post post = post_open();
    expect(configure_buffer(&post, post.sender, 0), UK_OK);
    expect(do_receive(post.receiver, post.receives, post.answers), BLOCKED);
    expect(do_call(post.sender, post.sends, EMPTY(0)), BLOCKED);
    struct uk_call reply = {.operation = UK_REPLY, .handle = post.answers, .tag = UK_TAG(0, 7, 0)};
    expect_refused(post.receiver, UK_TOO_LARGE, reply);
    reply.tag = UK_TAG(0, 65, 0);
    expect_refused(post.receiver, UK_TOO_LARGE, reply);
    reply = (struct uk_call){.operation = UK_REPLY_RECEIVE, .handle = post.receives, .reply = post.answers,
                             .tag = UK_TAG(0, 7, 0)};
    expect_refused(post.receiver, UK_TOO_LARGE, reply);
    expect(after(post.sender), BLOCKED);
    expect(do_reply(post.receiver, post.answers, WORDS(0, 1)), UK_OK);
    expect(after(post.sender), UK_OK);
    scene_close(post.scene);
}

/* Items: each malformed one is refused with its own status. */
static void bad_items_are_refused(void **state)
{
    (void)state;
    struct post post = post_open();
    struct actor *sender = post.sender;
    uk_handle frame = frame_at(sender, HERE, UK_PAGE, RW),
              bell = give(sender, make(post.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    uk_handle unreadable = give(sender, make(post.scene, UK_TYPE_FRAME, UK_PAGE), UK_RIGHT_WRITE);
    set_window(post.receiver, 100, 8, THERE, 8 * UK_PAGE);
    const struct {
        int status;
        uint32_t kind, rights;
        uk_handle handle;
        uk_word count;
    } bad[] = {
        {UK_BAD_ARGUMENT, UK_ITEM_NONE, UK_RIGHTS_ALL, bell, 1},
        {UK_BAD_ARGUMENT, UK_ITEM_SNAPSHOT + 1, UK_RIGHTS_ALL, bell, 1},
        {UK_BAD_ARGUMENT, UK_ITEM_COPY, 32, bell, 1},
        {UK_BAD_ARGUMENT, UK_ITEM_COPY, UK_RIGHTS_ALL, bell, 0},
        {UK_BAD_ARGUMENT, UK_ITEM_COPY, UK_RIGHTS_ALL, bell, 2},
        {UK_BAD_ARGUMENT, UK_ITEM_SHARE, UK_RIGHTS_ALL, frame, UK_ITEM_FRAMES_MAX + 1},
        {UK_BAD_ARGUMENT, UK_ITEM_SHARE, UK_RIGHTS_ALL, frame, ~(uk_word)0},
        {UK_BAD_HANDLE, UK_ITEM_MOVE, UK_RIGHTS_ALL, 256, 1},
        {UK_EMPTY_SLOT, UK_ITEM_MOVE, UK_RIGHTS_ALL, 0, 1},
        {UK_EMPTY_SLOT, UK_ITEM_COPY, UK_RIGHTS_ALL, 200, 1},
        {UK_STALE, UK_ITEM_COPY, UK_RIGHTS_ALL, bell | (uk_word)9 << 32, 1},
        {UK_WRONG_TYPE, UK_ITEM_SHARE, UK_RIGHTS_ALL, bell, 1},
        {UK_WRONG_TYPE, UK_ITEM_GIFT, UK_RIGHTS_ALL, bell, 1},
        {UK_WRONG_TYPE, UK_ITEM_SHARE, UK_RIGHTS_ALL, frame, 2},
        {UK_NO_RIGHT, UK_ITEM_SHARE, UK_RIGHT_WRITE, frame, 1},
        {UK_NO_RIGHT, UK_ITEM_SHARE, UK_RIGHTS_ALL, unreadable, 1},
        {UK_EMPTY_SLOT, UK_ITEM_GIFT, UK_RIGHTS_ALL, unreadable - 2, 4},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_item(sender, 1, bad[i].kind, bad[i].rights, bad[i].handle, bad[i].count);
        set_item(sender, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, post.sends, 1); /* good, but must not go alone */
        if (i == 16)
            continue; /* its slots begin with the moved one */
        refused(&post, bad[i].status, 0, 2);
    }
    set_item(sender, 1, UK_ITEM_MOVE, UK_RIGHTS_ALL, post.sends, 1);
    refused(&post, UK_BAD_ARGUMENT, 0, 2); /* the same slot twice */
    refused(&post, UK_BAD_ARGUMENT, 0, 5);
    refused(&post, UK_BAD_ARGUMENT, 0, 7);
    uk_handle weak = give(sender, post.endpoint, UK_RIGHT_SEND), strong = post.sends;
    post.sends = weak;
    refused(&post, UK_NO_RIGHT, 0, 1);
    post.sends = strong;
    expect(step(sender, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 60, bell, 0, UK_RIGHTS_ALL)), UK_OK);
    set_item(sender, 1, UK_ITEM_MOVE, UK_RIGHT_SEND, bell, 1);
    refused(&post, UK_BUSY, 0, 2); /* its child would have more rights than it */
    expect(step(sender, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 61, frame, 0, RW)), UK_OK);
    set_item(sender, 1, UK_ITEM_GIFT, RW, frame, 1);
    refused(&post, UK_BUSY, 0, 2);
    scene_close(post.scene);
}

/* The receiver's window: slots and addresses, how many, and what is in the way. */
static void window_limits(void **state)
{
    (void)state;
    struct post post = post_open();
    struct actor *sender = post.sender, *receiver = post.receiver;
    uk_handle frames = frame_at(sender, HERE, UK_PAGE, RW);
    expect(frame_at(sender, HERE + UK_PAGE, UK_PAGE, RW), (int)frames + 1);
    set_item(sender, 0, UK_ITEM_SHARE, RW, frames, 2);
    const struct { uint32_t slot, slots; uk_word address, bytes; } bad[] = {
        {0, 0, 0, 0},
        {100, 1, THERE, 2 * UK_PAGE},
        {100, 2, THERE, UK_PAGE},
        {100, 2, THERE + 1, 2 * UK_PAGE},
        {100, 2, 0, 2 * UK_PAGE},
        {100, 2, ~(uk_word)0 - UK_PAGE + 1, 2 * UK_PAGE},
        {0, 2, THERE, 2 * UK_PAGE},
        {5, 2, THERE, 2 * UK_PAGE},
        {255, 2, THERE, 2 * UK_PAGE},
        {4000000000u, 200, THERE, 2 * UK_PAGE},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_window(receiver, bad[i].slot, bad[i].slots, bad[i].address, bad[i].bytes);
        refused(&post, UK_NO_WINDOW, 3, 1);
    }
    frame_at(receiver, THERE + UK_PAGE, UK_PAGE, RW);
    set_window(receiver, 100, 2, THERE, 2 * UK_PAGE);
    refused(&post, UK_NO_WINDOW, 3, 1); /* the second page is taken */
    set_window(receiver, 100, 2, THERE + 4 * UK_PAGE, 2 * UK_PAGE);
    expect(transfer(&post, 3, 1, 0), UK_OK);
    refused(&post, UK_NO_WINDOW, 3, 1); /* now the slots are */
    scene_close(post.scene);
}

/* No memory for the tables that the window would need: the receiver's, so the sender hears UK_NO_WINDOW. */
static void window_without_memory_for_tables(void **state)
{
    (void)state;
    struct post post = post_open();
    struct scene *scene = post.scene;
    struct actor *poor = actor_new(scene, "poor", 10);
    uk_handle memory = make(scene, UK_TYPE_UNTYPED, 32768), space = make(scene, UK_TYPE_SPACE, 0);
    expect(step(scene->root, OP(UK_SPACE_CONFIGURE, space, memory)), UK_OK); /* four tables: for the buffer alone */
    uk_handle page = make(scene, UK_TYPE_FRAME, UK_PAGE);
    expect(step(scene->root, OP(UK_SPACE_MAP, space, page, HERE, RW)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, poor->thread, 0)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_CONFIGURE, poor->thread, 0, space, 0, HERE, 0,
                                UK_PART_SPACE | UK_PART_BUFFER)),
           UK_OK);
    expect(step(scene->root, OP(UK_THREAD_RESUME, poor->thread, 0)), UK_OK);
    poor->buffer = HERE;
    set_window(poor, 100, 4, (uk_word)1 << 40, 4 * UK_PAGE);
    expect(do_receive(poor, give(poor, post.endpoint, UK_RIGHTS_ALL), 0), BLOCKED);
    set_item(post.sender, 0, UK_ITEM_SHARE, RW, frame_at(post.sender, HERE, UK_PAGE, RW), 1);
    expect_refused(post.sender, UK_NO_WINDOW, send_of(&post, 0, 1));
    scene_close(scene);
}

/* Copy and move: what arrives, where, with which rights and badge. */
static void capabilities_arrive(void **state)
{
    (void)state;
    for (unsigned sender_first = 0; sender_first < 2; sender_first++) {
        struct post post = post_open();
        struct actor *sender = post.sender;
        uk_handle bell = make(post.scene, UK_TYPE_NOTIFICATION, 0);
        uk_handle copied = give_badged(sender, bell, UK_RIGHTS_ALL, 8), moved = give_badged(sender, bell, RW, 16);
        set_window(post.receiver, 100, 4, 0, 0);
        set_item(sender, 0, UK_ITEM_COPY, UK_RIGHT_SEND, copied, 1);
        set_item(sender, 1, UK_ITEM_MOVE, UK_RIGHTS_ALL, moved, 1);
        uint64_t counted = post.scene->inside->counters.capabilities_moved;
        expect(transfer(&post, 10, 2, sender_first), UK_OK);
        assert_int_equal(post.scene->inside->counters.capabilities_moved, counted + 2);
        struct uk_buffer buffer = buffer_of_actor(post.receiver);
        assert_int_equal(UK_TAG_ITEMS(got(post.receiver)->tag), 2);
        assert_true((uint32_t)buffer.received[0].handle == 100 && buffer.received[0].kind == UK_ITEM_COPY &&
                    buffer.received[0].rights == UK_RIGHT_SEND && buffer.received[0].count == 1);
        assert_true((uint32_t)buffer.received[1].handle == 101 && buffer.received[1].rights == RW);
        assert_ptr_equal(slot_of(post.receiver, 100)->parent, slot_of(sender, copied));
        expect(slot_of(sender, moved)->type, UK_TYPE_NONE);
        expect(step(post.receiver, OP(UK_SIGNAL, buffer.received[1].handle, 0)), UK_OK);
        expect(step(post.receiver, OP(UK_SIGNAL, buffer.received[0].handle, 0)), UK_OK);
        expect(step(post.scene->root, OP(UK_WAIT, bell, 0)), UK_OK);
        assert_int_equal(got(post.scene->root)->handle, 24);
        scene_close(post.scene);
    }
}

/* Share and gift, small and large frames, through calls and replies. What is shared for reading the receiver cannot write, nor
 * make writable (OZ-3), while the sender's later writes show: who fears them asks for a snapshot (OZ-4). */
static void memory_arrives(void **state)
{
    (void)state;
    struct post post = post_open();
    struct actor *sender = post.sender, *receiver = post.receiver;
    uk_handle shared = frame_at(sender, HERE, UK_PAGE, RW), gift = frame_at(sender, HERE + UK_PAGE, UK_PAGE, RW);
    uk_handle large = frame_at(sender, HERE + UK_LARGE, UK_LARGE, RW);
    const char text[] = "given";
    char seen[sizeof text];
    poke(sender, HERE + UK_PAGE, text, sizeof text);
    set_window(receiver, 100, 8, THERE, 4 * UK_PAGE);
    set_item(sender, 0, UK_ITEM_SHARE, UK_RIGHT_READ, shared, 1);
    set_item(sender, 1, UK_ITEM_GIFT, RW, gift, 1);
    expect(transfer(&post, 0, 2, 0), UK_OK);
    assert_int_equal(buffer_of_actor(receiver).received[0].address, THERE);
    assert_int_equal(buffer_of_actor(receiver).received[1].address, THERE + UK_PAGE);
    expect(peek(receiver, THERE + UK_PAGE, seen, sizeof seen), UK_OK);
    assert_string_equal(seen, text);
    expect(peek(sender, HERE + UK_PAGE, seen, 1), UK_CALLER_FAULT); /* given is given */
    expect(slot_of(sender, gift)->type, UK_TYPE_NONE);
    poke(sender, HERE, "later", sizeof text);
    expect(peek(receiver, THERE, seen, sizeof seen), UK_OK);
    assert_string_equal(seen, "later");
    expect(uk_poke(post.scene->kernel, receiver->thread, THERE, text, 1), UK_CALLER_FAULT);
    expect(step(receiver, OP(UK_SPACE_PROTECT, UK_SLOT_SPACE, THERE, RW)), UK_NO_RIGHT);
    set_window(receiver, 110, 1, THERE + UK_LARGE, UK_LARGE);
    set_item(sender, 0, UK_ITEM_SHARE, RW, large, 1);
    expect(transfer(&post, 0, 1, 1), UK_OK);
    expect(peek(receiver, THERE + 2 * UK_LARGE - 1, seen, 1), UK_OK);
    expect(step(sender, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, large)), UK_OK); /* HQ-6 */
    expect(peek(receiver, THERE + UK_LARGE, seen, 1), UK_CALLER_FAULT);
    expect(step(sender, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, shared)), UK_OK);
    expect(peek(receiver, THERE, seen, 1), UK_CALLER_FAULT);
    expect(peek(receiver, THERE + UK_PAGE, seen, 1), UK_OK);
    expect(do_receive(receiver, post.receives, post.answers), BLOCKED); /* and back, with the reply */
    set_window(sender, 120, 1, HERE + 8 * UK_PAGE, UK_PAGE);
    expect(do_call(sender, post.sends, EMPTY(0)), BLOCKED);
    set_item(receiver, 0, UK_ITEM_GIFT, UK_RIGHT_READ, 101, 1);
    expect(do_reply(receiver, post.answers, LONG(0, 0, 1)), UK_OK);
    expect(peek(sender, HERE + 8 * UK_PAGE, seen, sizeof seen), UK_OK);
    assert_string_equal(seen, text);
    scene_close(post.scene);
}

/* The most that one message may carry. */
static void as_many_frames_as_allowed(void **state)
{
    (void)state;
    struct post post = post_open();
    struct scene *scene = post.scene;
    uk_handle first = uk_slots(scene->kernel, UK_ITEM_FRAMES_MAX + 1), wide = make(scene, UK_TYPE_CNODE, 1200);
    expect(step(scene->root, OP(UK_RETYPE, UK_SLOT_UNTYPED, UK_TYPE_FRAME, UK_PAGE, wide, 1, UK_ITEM_FRAMES_MAX + 1)),
           UK_OK);
    (void)first;
    for (unsigned i = 0; i < 2; i++) { /* both use the wide CNode */
        struct actor *actor = i == 0 ? post.sender : post.receiver;
        expect(step(scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0)), UK_OK);
        expect(step(scene->root, OP(UK_CAPABILITY_COPY, wide, 1100 + i, post.endpoint, 0, UK_RIGHTS_ALL)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_CONFIGURE, actor->thread, wide, 0, 0, 0, 0, UK_PART_CNODE)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    }
    post.sends = 1100;
    post.receives = 1101;
    post.answers = 0;
    set_window(post.receiver, 520, 520, THERE, UK_LARGE + UK_PAGE);
    set_item(post.sender, 0, UK_ITEM_GIFT, RW, 1, UK_ITEM_FRAMES_MAX);
    set_item(post.sender, 1, UK_ITEM_SHARE, RW, UK_ITEM_FRAMES_MAX + 1, 1);
    refused(&post, UK_LIMIT, 0, 2);
    expect(transfer(&post, 0, 1, 0), UK_OK);
    char byte;
    expect(peek(post.receiver, THERE + UK_LARGE - 1, &byte, 1), UK_OK);
    expect(peek(post.receiver, THERE + UK_LARGE, &byte, 1), UK_CALLER_FAULT);
    scene_close(scene);
}

/* The capability that the message goes through may itself be in the message. */
static void capability_in_use_is_moved(void **state)
{
    (void)state;
    for (unsigned calls = 0; calls < 2; calls++) {
        struct post post = post_open();
        set_window(post.receiver, 100, 1, 0, 0);
        set_item(post.sender, 0, UK_ITEM_MOVE, UK_RIGHTS_ALL, post.sends, 1);
        expect(do_receive(post.receiver, post.receives, post.answers), BLOCKED);
        if (calls)
            expect(do_call(post.sender, post.sends, LONG(0, 0, 1)), BLOCKED);
        else
            expect(do_send(post.sender, post.sends, LONG(0, 0, 1)), UK_OK);
        expect(slot_of(post.sender, post.sends)->type, UK_TYPE_NONE);
        expect(slot_of(post.receiver, 100)->type, UK_TYPE_ENDPOINT);
        scene_close(post.scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_arrives_whole),
        cmocka_unit_test(kernels_part_of_the_tag),
        cmocka_unit_test(too_large_moves_nothing),
        cmocka_unit_test(faults_name_the_guilty),
        cmocka_unit_test(reply_that_does_not_fit),
        cmocka_unit_test(bad_items_are_refused),
        cmocka_unit_test(window_limits),
        cmocka_unit_test(window_without_memory_for_tables),
        cmocka_unit_test(capabilities_arrive),
        cmocka_unit_test(memory_arrives),
        cmocka_unit_test(as_many_frames_as_allowed),
        cmocka_unit_test(capability_in_use_is_moved),
    };
    return cmocka_run_group_tests_name("core/message", tests, NULL, NULL);
}
