/* SPDX-License-Identifier: 0BSD */
/* A bound call: asked once what does not change, seen at once when it does; and a chain that is one call of its client. */
#include "common/example.h"

enum { FIRST = 10, SECOND = 11, TWICE = 12, BOTH = 13, OWN = 10, REPLY = 11 };

static void ask(const char *what, uk_handle bound, uk_word number)
{
    struct uk_message message = uk_message(0, 1);
    message.word[0] = number;
    enum uk_status status = uk_bound_call(bound, &message, UK_FOREVER);
    say_number(what, number);
    if (status == UK_OK)
        say_number("  answer: %", message.word[0]);
    else
        say_number("  it ended at the bound call in slot %", message.badge);
    say_status("  ", status);
}

static uk_word client(uk_word argument)
{
    say_status("TWICE stands for the first server: ", uk_bound_configure(TWICE, FIRST, UK_NONE));
    ask("doubled: %", TWICE, 4);
    ask("doubled: %", TWICE, 5);
    say_status("BOTH stands for the first, and goes on with the second: ", uk_bound_configure(BOTH, FIRST, TWICE));
    say_status("TWICE stands for the second now: ", uk_bound_configure(TWICE, SECOND, UK_NONE));
    ask("doubled and then squared, by one call: %", BOTH, 3);
    ask("squared: %", TWICE, 3);
    say_status("revoking what TWICE holds: ", uk_revoke(UK_SLOT_CNODE, SECOND));
    ask("squared: %", TWICE, 3);
    ask("doubled and then squared: %", BOTH, 3);
    say_status("BOTH goes on with nothing: ", uk_bound_configure(BOTH, FIRST, UK_NONE));
    ask("doubled: %", BOTH, 3);
    return argument;
}

static uk_word serve(int squares)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(OWN, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        uk_word number = message.word[0];
        message = uk_message(0, 1);
        message.word[0] = squares ? number * number : number + number;
        status = uk_reply_receive(OWN, &message, REPLY, UK_FOREVER);
    }
    return 0;
}

static uk_word doubler(uk_word argument) { return argument + serve(0); }
static uk_word squarer(uk_word argument) { return argument + serve(1); }

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_REPLY, 0},
                    {UK_TYPE_BOUND, 0}, {UK_TYPE_BOUND, 0}},
        .tasks = {{.name = "client", .entry = client, .priority = 10},
                  {.name = "doubler", .entry = doubler, .priority = 20, .passive = 1},
                  {.name = "squarer", .entry = squarer, .priority = 20, .passive = 1}},
        .grants = {{0, FIRST, GRANT_OBJECT, 0, UK_RIGHT_SEND, 7},
                   {0, SECOND, GRANT_OBJECT, 1, UK_RIGHT_SEND, 7},
                   {0, TWICE, GRANT_OBJECT, 4, UK_RIGHT_SEND | UK_RIGHT_MANAGE, 0},
                   {0, BOTH, GRANT_OBJECT, 5, UK_RIGHT_SEND | UK_RIGHT_MANAGE, 0},
                   {1, OWN, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 2, UK_RIGHT_SEND, 0},
                   {2, OWN, GRANT_OBJECT, 1, UK_RIGHT_RECEIVE, 0},
                   {2, REPLY, GRANT_OBJECT, 3, UK_RIGHT_SEND, 0}}};
    return example_run(&example);
}
