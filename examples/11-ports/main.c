/* SPDX-License-Identifier: 0BSD */
/* Ports: messages queue, so whoever sends need not wait; a request brings the right to answer it, as in Mach. */
#include "common/example.h"

enum { SERVICE = 10, OWN = 11, ONCE = 12, ANSWER = 20 };

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

/* One request: a send-once right to its own port goes along, then it waits there. Two kernel entries. */
static uk_word ask(uk_word number)
{
    struct uk_buffer *buffer = buffer_of(find_buffer());
    struct uk_message message = uk_message(1, 1);
    (void)uk_port_once(OWN, ONCE, UK_NONE, number);
    buffer->items[0] = (struct uk_item){UK_ITEM_MOVE, UK_RIGHT_ONCE, ONCE, 1, 0};
    message.tag = UK_TAG(1, 1, 1);
    message.word[0] = number;
    enum uk_status status = uk_port_exchange(SERVICE, &message, OWN, UK_FOREVER);
    return status == UK_OK ? message.word[0] : 0;
}

static uk_word client(uk_word argument)
{
    (void)argument;
    for (uk_word number = 3; number <= 5; number++) {
        say_number("how much is % squared?", number);
        say_number("it is %", ask(number));
    }
    return 0;
}

/* Its quota of the queue is two messages; the third would have to wait, and does not. */
static uk_word gossip(uk_word argument)
{
    (void)argument;
    for (uk_word number = 1; number <= 3; number++) {
        struct uk_message message = uk_message(2, 1);
        message.word[0] = number;
        say_status("by the way: ", uk_port_send(SERVICE, &message, UK_NOW));
    }
    return 0;
}

/* Answers through what the request brought, and takes the next in the same kernel entry. */
static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    buffer_of(find_buffer())->window = (struct uk_window){.slot = ANSWER, .slot_count = 1};
    enum uk_status status = uk_port_receive(SERVICE, &message, UK_FOREVER);
    while (status == UK_OK) {
        uk_word word = message.word[0];
        int wants_answer = UK_TAG_ITEMS(message.tag) > 0;
        say_number(wants_answer ? "a request: %" : "gossip, number %", word);
        message = uk_message(0, 1);
        message.word[0] = word * word;
        status = wants_answer ? uk_port_exchange(ANSWER, &message, SERVICE, UK_FOREVER)
                              : uk_port_receive(SERVICE, &message, UK_FOREVER);
    }
    say_status("no more: ", status);
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_PORT, UK_PORT_SIZE(4, 2)}, {UK_TYPE_PORT, UK_PORT_SIZE(1, 0)}},
        .tasks = {{.name = "gossip", .entry = gossip, .priority = 20},
                  {.name = "client", .entry = client, .priority = 10},
                  {.name = "server", .entry = server, .priority = 5}},
        .grants = {{0, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND, 1},
                   {1, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 2},
                   {2, SERVICE, GRANT_MOVED, 0, UK_RIGHTS_ALL, 0},
                   {1, OWN, GRANT_MOVED, 1, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
