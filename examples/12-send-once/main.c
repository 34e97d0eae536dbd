/* SPDX-License-Identifier: 0BSD */
/* Send-once rights: whatever becomes of one, exactly one message comes of it; so nobody waits for an answer in vain. */
#include "common/example.h"

enum { SERVICE = 10, OWN = 11, ONCE = 12, LATE = 13, ANSWER = 20 };

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

/* Sends a request with the right to answer it, and tells what came. */
static void ask(uk_word number)
{
    struct uk_message message = uk_message(1, 1);
    (void)uk_port_once(OWN, ONCE, UK_NONE, number);
    buffer_of(find_buffer())->items[0] = (struct uk_item){UK_ITEM_MOVE, UK_RIGHT_ONCE, ONCE, 1, 0};
    message.tag = UK_TAG(1, 1, 1);
    message.word[0] = number;
    say_number("request %", number);
    enum uk_status status = uk_port_exchange(SERVICE, &message, OWN, UK_FOREVER);
    if ((message.tag & UK_TAG_SENT) != 0 || status != UK_OK)
        say_status("it could not even be sent: ", status);
    else if ((message.tag & UK_TAG_UNUSED) != 0)
        say_number("the right to answer request % is gone, unused", message.badge);
    else
        say_number("the answer is %", message.word[0]);
}

static uk_word client(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    for (uk_word number = 1; number <= 4; number++)
        ask(number);
    say_status("another answer to the third: ", uk_port_receive(OWN, &message, UK_NOW));
    (void)uk_delete(UK_SLOT_CNODE, ONCE); /* it came back, for the port was dead */
    say_status("of it comes: ", uk_port_receive(OWN, &message, UK_NOW));
    say_number("word of number %", message.badge);
    return 0;
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    buffer_of(find_buffer())->window = (struct uk_window){.slot = ANSWER, .slot_count = 1};
    (void)uk_port_receive(SERVICE, &message, UK_FOREVER);
    message = uk_message(0, 1);
    message.word[0] = 100;
    say("I answer the first");
    (void)uk_port_exchange(ANSWER, &message, SERVICE, UK_FOREVER);
    say("I delete the right to answer the second");
    (void)uk_delete(UK_SLOT_CNODE, ANSWER);
    (void)uk_port_receive(SERVICE, &message, UK_FOREVER);
    say_status("a copy of the third right: ", uk_copy(UK_SLOT_CNODE, LATE, UK_NONE, ANSWER, UK_RIGHTS_ALL));
    (void)uk_move(UK_SLOT_CNODE, LATE, UK_NONE, ANSWER);
    message = uk_message(0, 1);
    message.word[0] = 300;
    say_status("the first answer: ", uk_port_send(LATE, &message, UK_NOW));
    say_status("a second answer: ", uk_port_send(LATE, &message, UK_NOW));
    say("I close my port");
    (void)uk_delete(UK_SLOT_CNODE, SERVICE);
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_PORT, UK_PORT_SIZE(2, 0)}, {UK_TYPE_PORT, UK_PORT_SIZE(2, 0)}},
        .tasks = {{.name = "client", .entry = client, .priority = 10},
                  {.name = "server", .entry = server, .priority = 20}},
        .grants = {{0, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 1},
                   {1, SERVICE, GRANT_MOVED, 0, UK_RIGHTS_ALL, 0},
                   {0, OWN, GRANT_MOVED, 1, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
