/* SPDX-License-Identifier: 0BSD */
/* A server dies in the middle of a call: the caller hears it at once, and the next server is a new incarnation. */
#include "common/example.h"

enum { DOOR = 10, REPLY = 11, FIRST = 12, SECOND = 13, WATCH = 14, OLD = 20, CLIENT = 21 };

static uk_word client(uk_word argument)
{
    (void)argument;
    for (unsigned i = 1; i <= 3; i++) {
        struct uk_message message = uk_message(i, 0);
        say_number("call %", i);
        enum uk_status status = uk_call(OLD, &message, UK_FOREVER);
        say_status("  answered with ", status);
        if (status == UK_PEER_DIED)
            say_number("  incarnation % serves now; mine was an earlier one", message.word[0]);
    }
    return 0;
}

/* An address of its own space where nothing is mapped. */
static const volatile uk_word *nowhere(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(UK_SLOT_SPACE, words);
    return (const volatile uk_word *)(uintptr_t)((words[4] - 64 * UK_PAGE) & ~(UK_PAGE - 1));
}

/* Answers one call, and dies of a bad pointer in the second. */
static uk_word server(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        if (UK_TAG_LABEL(message.tag) == 2 && argument == 1) {
            say("the second call makes me follow a wild pointer ...");
            return *nowhere();
        }
        say("I answer");
        message = uk_message(0, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

/* Sees the death, and binds the endpoint to another thread: the kernel counts incarnations. */
static uk_word supervisor(uk_word argument)
{
    (void)argument;
    uk_word bits = 0;
    (void)uk_thread_watch(FIRST, WATCH);
    say_status("binding the first server: ", uk_endpoint_bind(DOOR, FIRST));
    (void)uk_copy(CLIENT, OLD, UK_NONE, DOOR, UK_RIGHT_SEND); /* a capability to the first incarnation */
    (void)uk_wait(WATCH, &bits, 10000000);
    (void)uk_thread_kill(FIRST); /* stopped with a record is not dead yet */
    (void)uk_wait(WATCH, &bits, UK_FOREVER);
    say("the first server is dead");
    say_status("binding the second server: ", uk_endpoint_bind(DOOR, SECOND));
    return uk_thread_resume(SECOND);
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "client", .entry = client, .priority = 10},
                  {.name = "first", .entry = server, .priority = 20},
                  {.name = "second", .entry = server, .priority = 20, .suspended = 1},
                  {.name = "super", .entry = supervisor, .priority = 30}},
        .grants = {{1, DOOR, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {2, REPLY, GRANT_OBJECT, 2, UK_RIGHT_SEND, 0},
                   {3, DOOR, GRANT_OBJECT, 0, UK_RIGHTS_ALL, 0},
                   {3, FIRST, GRANT_THREAD, 1, UK_RIGHTS_ALL, 0},
                   {3, SECOND, GRANT_THREAD, 2, UK_RIGHTS_ALL, 0},
                   {3, WATCH, GRANT_OBJECT, 3, UK_RIGHT_SEND | UK_RIGHT_RECEIVE, 0},
                   {3, CLIENT, GRANT_CNODE, 0, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
