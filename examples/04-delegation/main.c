/* SPDX-License-Identifier: 0BSD */
/* Delegation: a capability travels in a message, and may lose rights on the way but never gain any. */
#include "common/example.h"

enum { DOOR = 10, BELL = 12, GIVEN = 20 };

static struct uk_buffer *buffer_of(uk_word address) { return (struct uk_buffer *)(uintptr_t)address; }

/* The harness puts each task's message buffer in the page above its stack; the owner asks its space where that is. */
static uk_word find_buffer(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0}, last = 0;
    while (uk_query(UK_SLOT_SPACE, words) == UK_OK) {
        last = words[0];
        words[0] += words[1];
    }
    return last;
}

static uk_word owner(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, BELL, 1, 0};
    struct uk_message message = uk_message(0, 0);
    message.tag = UK_TAG(1, 0, 1);
    say("I hold every right to the bell, and hand on the right to ring it");
    say_status("delegating: ", uk_send(DOOR, &message, UK_FOREVER));
    uk_word bits = 0;
    say_status("waiting for the bell: ", uk_wait(BELL, &bits, UK_FOREVER));
    return 0;
}

static uk_word guest(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    buffer->window = (struct uk_window){.slot = GIVEN, .slot_count = 1};
    struct uk_message message = uk_message(0, 0);
    uk_word words[UK_REGISTER_WORDS], bits = 0;
    say_status("before: ", uk_signal(GIVEN));
    (void)uk_receive(DOOR, &message, UK_NONE, UK_FOREVER);
    say_number("% item arrived", UK_TAG_ITEMS(message.tag));
    (void)uk_inspect(UK_SLOT_CNODE, GIVEN, words);
    say_number("its rights are %: send, and no more", words[1]);
    say_status("waiting on it: ", uk_wait(GIVEN, &bits, UK_NOW));
    say_status("copying it with all rights: ", uk_copy(UK_SLOT_CNODE, GIVEN + 1, UK_NONE, GIVEN, UK_RIGHTS_ALL));
    (void)uk_inspect(UK_SLOT_CNODE, GIVEN + 1, words);
    say_number("the copy's rights are % all the same", words[1]);
    say_status("ringing it: ", uk_signal(GIVEN + 1));
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "owner", .entry = owner, .priority = 10}, {.name = "guest", .entry = guest, .priority = 20}},
        .grants = {{0, DOOR, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 0},
                   {1, DOOR, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {0, BELL, GRANT_OBJECT, 1, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
