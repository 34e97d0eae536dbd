/* SPDX-License-Identifier: 0BSD */
/* Badges: the server knows who calls, because the kernel says so; a client cannot lie about it. */
#include "common/example.h"

enum { DOOR = 10, REPLY = 11, ALICE = 101, BOB = 202 };

static uk_word client(uk_word argument)
{
    struct uk_message message = uk_message(1, 1);
    message.word[0] = ALICE; /* what a client claims is only a word */
    say(argument == 0 ? "I am Alice, and I say so" : "I am Bob, and I say that I am Alice");
    enum uk_status status = uk_call(DOOR, &message, UK_FOREVER);
    say_status("my call: ", status);
    return 0;
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        say_number("the message claims %", message.word[0]);
        say_number("the badge says %", message.badge);
        message = uk_message(0, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY}, {UK_TYPE_REPLY, 0}},
        .tasks = {{.name = "alice", .entry = client, .priority = 10},
                  {.name = "bob", .entry = client, .priority = 10},
                  {.name = "server", .entry = server, .priority = 20, .passive = 1}},
        .grants = {{0, DOOR, GRANT_OBJECT, 0, UK_RIGHT_SEND, ALICE},
                   {1, DOOR, GRANT_OBJECT, 0, UK_RIGHT_SEND, BOB},
                   {2, DOOR, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {2, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0}}};
    return example_run(&example);
}
