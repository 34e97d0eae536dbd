/* SPDX-License-Identifier: 0BSD */
/* Confused deputy: a compiler that writes where it is told, by name with its own authority or by the caller's capability. */
#include "common/example.h"

enum { DOOR = 10, REPLY = 11, BILL = 12, MINE = 13, ARRIVED = 20, BY_NAME = 1, BY_CAPABILITY = 2 };

static struct uk_buffer *find_buffer(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0}, last = 0;
    while (uk_query(UK_SLOT_SPACE, words) == UK_OK) {
        last = words[0];
        words[0] += words[1];
    }
    return (struct uk_buffer *)(uintptr_t)last;
}

/* Files are notifications here; "writing" signals them. The deputy may write the bill: that is how it earns. */
static uk_word deputy(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = find_buffer();
    struct uk_message message = uk_message(0, 0);
    buffer->window = (struct uk_window){.slot = ARRIVED, .slot_count = 1};
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        int named = UK_TAG_LABEL(message.tag) == BY_NAME;
        enum uk_status wrote = uk_signal(named ? message.word[0] : ARRIVED);
        (void)uk_delete(UK_SLOT_CNODE, ARRIVED);
        message = uk_message(wrote, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

static enum uk_status ask(uint32_t label, uk_word name, unsigned items)
{
    struct uk_message message = uk_message(label, 1);
    message.tag = UK_TAG(label, 1, items);
    message.word[0] = name;
    enum uk_status status = uk_call(DOOR, &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

static uk_word client(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = find_buffer();
    say_status("writing the bill myself: ", uk_signal(BILL));
    say_status("asking the deputy to write file 12, by name: ", ask(BY_NAME, BILL, 0));
    say("... the deputy used its own authority for me, and overwrote the bill");
    buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, MINE, 1, 0};
    say_status("asking it to write the file whose capability I send: ", ask(BY_CAPABILITY, 0, 1));
    buffer->items[0].handle = BILL;
    say_status("sending a capability that I do not have: ", ask(BY_CAPABILITY, 0, 1));
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_NOTIFICATION, 0}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "client", .entry = client, .priority = 10},
                  {.name = "deputy", .entry = deputy, .priority = 20, .passive = 1}},
        .grants = {{0, DOOR, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 0},
                   {1, DOOR, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {1, BILL, GRANT_OBJECT, 2, UK_RIGHT_SEND, 0},
                   {0, MINE, GRANT_OBJECT, 3, UK_RIGHT_SEND, 0}}};
    return example_run(&example);
}
