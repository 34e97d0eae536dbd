/* SPDX-License-Identifier: 0BSD */
/* L4's closed wait: in the middle of a conversation a server hears its partner only; who comes meanwhile waits in order. */
#include "common/example.h"

enum { SERVICE = 10, REPLY = 11, PAUSE = 12, MILLISECOND = 1000000 };
enum { BEGIN = 1, ADD, END, ALONE }; /* labels: a sum in several calls, or a call that is all */

static uk_word ask(uint32_t label, uk_word number)
{
    struct uk_message message = uk_message(label, 1);
    message.word[0] = number;
    enum uk_status status = uk_call(SERVICE, &message, UK_FOREVER);
    if (status != UK_OK)
        say_status("that did not work: ", status);
    return message.word[0];
}

/* Lets the others come in between. */
static void dawdle(uk_word milliseconds)
{
    uk_word bits;
    (void)uk_wait(PAUSE, &bits, uk_clock() + milliseconds * MILLISECOND);
}

static uk_word talker(uk_word argument)
{
    (void)argument;
    (void)ask(BEGIN, 0);
    dawdle(3);
    (void)ask(ADD, 20);
    dawdle(3);
    (void)ask(ADD, 22);
    say_number("the sum is %", ask(END, 0));
    (void)ask(BEGIN, 0);
    say("I begin once more, and leave");
    return 0;
}

static uk_word passer_by(uk_word argument)
{
    dawdle(argument);
    say("a question of mine");
    say_number("answered after % calls of a conversation", ask(ALONE, 0));
    return 0;
}

/* One conversation: only messages with the badge that began it, each within 10 ms. */
static uk_word converse(uk_word partner)
{
    struct uk_message message = uk_message(0, 0);
    uk_word sum = 0, calls = 1;
    enum uk_status status = uk_reply(REPLY, &message);
    while (status == UK_OK) {
        status = uk_receive_from(SERVICE, partner, &message, REPLY, uk_clock() + 10 * MILLISECOND);
        if (status != UK_OK) {
            say_status("my partner says nothing: ", status);
            return calls;
        }
        calls++;
        sum += message.word[0];
        int ends = UK_TAG_LABEL(message.tag) == END;
        message = uk_message(0, 1);
        message.word[0] = sum;
        status = uk_reply(REPLY, &message);
        if (ends)
            return calls;
    }
    return calls;
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    uk_word calls = 0;
    while (uk_receive(SERVICE, &message, REPLY, uk_clock() + 50 * MILLISECOND) == UK_OK) {
        say_number("I hear number %", message.badge);
        if (UK_TAG_LABEL(message.tag) == BEGIN) {
            calls = converse(message.badge);
        } else {
            message = uk_message(0, 1);
            message.word[0] = calls;
            (void)uk_reply(REPLY, &message);
        }
    }
    say("nobody comes any more");
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, UK_ORDER_ARRIVAL}, {UK_TYPE_REPLY, 0}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "talker", .entry = talker, .priority = 10},
                  {.name = "first", .entry = passer_by, .priority = 20},
                  {.name = "second", .entry = passer_by, .priority = 30},
                  {.name = "server", .entry = server, .priority = 40}},
        .grants = {{0, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND, 1},
                   {1, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND, 2},
                   {2, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND, 3},
                   {3, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {3, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {0, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {1, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {2, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0}}};
    return example_run(&example);
}
