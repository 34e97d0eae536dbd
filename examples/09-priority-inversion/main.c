/* SPDX-License-Identifier: 0BSD */
/* Priority inversion: an urgent caller waits behind an idle chatterer, unless its time and priority go with it. */
#include "common/example.h"

#include <stdio.h>

enum { DOOR = 10, REPLY = 11, START = 12, SELF = 13, MILLISECOND = 1000000 };

static void work(uk_time time)
{
    for (uk_time end = uk_clock() + time; uk_clock() < end;)
        ;
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    (void)uk_endpoint_bind(DOOR, SELF); /* so that it is known for whom callers wait */
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        work(2 * MILLISECOND);
        message = uk_message(0, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

static uk_word urgent(uk_word argument)
{
    (void)argument;
    uk_word bits = 0;
    (void)uk_wait(START, &bits, 2 * MILLISECOND); /* the chatterer begins first */
    struct uk_message message = uk_message(1, 0);
    uk_time before = uk_clock();
    (void)uk_call(DOOR, &message, UK_FOREVER);
    uk_time took = (uk_clock() - before) / MILLISECOND;
    if (took >= 20)
        say("my call of 2 ms work took 20 ms and more");
    else
        say_number("my call of 2 ms work took % ms", took);
    return 0;
}

static uk_word chatterer(uk_word argument)
{
    (void)argument;
    uk_word bits = 0;
    (void)uk_wait(START, &bits, 1 * MILLISECOND);
    work(20 * MILLISECOND);
    say("I have finished my 20 ms of chatter");
    return 0;
}

/* Less urgent than all, and here before them. */
static uk_word modest(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(1, 0);
    (void)uk_call(DOOR, &message, UK_FOREVER);
    say("I was served, too");
    return 0;
}

static int run(const char *title, uint32_t passive, uint32_t busy)
{
    struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "server", .entry = server, .priority = 5, .passive = passive},
                  {.name = "chatter", .entry = chatterer, .priority = 10},
                  {.name = "urgent", .entry = urgent, .priority = 20},
                  {.name = busy ? "modest" : NULL, .entry = modest, .priority = 3}},
        .grants = {{0, DOOR, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE | UK_RIGHT_MANAGE, 0},
                   {0, SELF, GRANT_THREAD, 0, UK_RIGHT_MANAGE, 0},
                   {0, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {2, DOOR, GRANT_OBJECT, 0, UK_RIGHT_SEND, 0},
                   {1, START, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {2, START, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {3, DOOR, GRANT_OBJECT, 0, busy ? UK_RIGHT_SEND : 0, 0}}};
    printf("%s\n", title);
    return example_run(&example);
}

int main(void)
{
    return run("== the server has its own time, at priority 5", 0, 0) |
           run("== the server is passive: time and priority come with the call", 1, 0) |
           run("== the same, but it is busy for somebody modest: who waits helps", 1, 1);
}
