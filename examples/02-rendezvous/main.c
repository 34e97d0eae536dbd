/* SPDX-License-Identifier: 0BSD */
/* Rendezvous: the message moves when both sides are there, and the CPU goes with it. */
#include "common/example.h"

enum { DOOR = 10, REPLY = 11 };

static uk_word client(uk_word argument)
{
    (void)argument;
    for (uk_word number = 1; number <= 3; number++) {
        struct uk_message message = uk_message(1, 1);
        message.word[0] = number;
        say_number("I call with %", number);
        enum uk_status status = uk_call(DOOR, &message, UK_FOREVER);
        say_number(status == UK_OK ? "the answer is %" : "no answer: %", message.word[0]);
    }
    return 0;
}

/* Waits first, then answers and waits again in one kernel entry: the loop of every server. */
static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        say_number("somebody brought %", message.word[0]);
        uk_word square = message.word[0] * message.word[0];
        message = uk_message(0, 1);
        message.word[0] = square;
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, UK_ORDER_PRIORITY}, {UK_TYPE_REPLY, 0}},
        .tasks = {{.name = "client", .entry = client, .priority = 10},
                  {.name = "server", .entry = server, .priority = 20, .passive = 1}},
        .grants = {{0, DOOR, GRANT_OBJECT, 0, UK_RIGHT_SEND, 0},
                   {1, DOOR, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0}},
        .show = 1};
    return example_run(&example);
}
