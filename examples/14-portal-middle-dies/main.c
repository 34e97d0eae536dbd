/* SPDX-License-Identifier: 0BSD */
/* One thread through three servers, and the middle one dies: the last goes on, and its answer skips the dead. */
#include "common/example.h"

enum { IN = 10, OUT = 11, BELL = 12, VICTIM = 13, MEMORY = 14, FRAMES = 20, STACK_BYTES = 16 * UK_PAGE, SPACE = UK_SLOT_SPACE };

static uk_word stack(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(SPACE, words);
    return (words[4] - UK_LARGE) & ~(UK_LARGE - 1);
}

static enum uk_status call(uk_handle portal, struct uk_message *message, const char *text)
{
    *message = uk_message(0, 0);
    enum uk_status status = uk_portal_call(portal, message, UK_FOREVER);
    say_status(text, status);
    return status;
}

/* Servers A and B: each passes the call on. */
static void serve_a(struct uk_message *message)
{
    say("  A: passing it on to B");
    if (call(OUT, message, "  A: B ended with ") != UK_OK)
        say("  A: then I answer without it");
    *message = uk_message(0, 1);
    message->word[0] = 'A';
}
UK_PORTAL_ENTRY(enter_a, serve_a);

static void serve_b(struct uk_message *message)
{
    say("    B: passing it on to C");
    (void)call(OUT, message, "    B: C ended with ");
}
UK_PORTAL_ENTRY(enter_b, serve_b);

static void serve_c(struct uk_message *message)
{
    uk_word bits = 0;
    say("      C: working, until somebody rings");
    (void)uk_wait(BELL, &bits, UK_FOREVER);
    say("      C: my work is done, whoever wanted it");
    *message = uk_message(0, 0);
}
UK_PORTAL_ENTRY(enter_c, serve_c);

static uk_word server(uk_word argument)
{
    static void (*const entries[])(void) = {enter_a, enter_b, enter_c};
    (void)uk_retype(MEMORY, UK_TYPE_FRAME, UK_PAGE, UK_NONE, FRAMES, STACK_BYTES / UK_PAGE);
    for (unsigned i = 0; i < STACK_BYTES / UK_PAGE; i++)
        (void)uk_map(SPACE, FRAMES + i, stack() + i * UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    return uk_portal_configure(IN, UK_SLOT_CNODE, SPACE, UK_NONE, (uk_word)(uintptr_t)entries[argument - 1], stack(),
                               STACK_BYTES);
}

static uk_word client(uk_word argument)
{
    struct uk_message message;
    for (unsigned i = 0; i < 2; i++)
        if (call(OUT, &message, "A ended with ") == UK_OK)
            say_number("the answer is letter %", message.word[0]);
    return argument;
}

/* Takes away what derives from B's capability to its own space, so the portal's, while the client's thread is in C. */
static uk_word killer(uk_word argument)
{
    say_status("killing B: ", uk_revoke(VICTIM, SPACE));
    say("ringing for C");
    return uk_signal(BELL) + argument;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_PORTAL, 1}, {UK_TYPE_PORTAL, 1}, {UK_TYPE_PORTAL, 1}, {UK_TYPE_NOTIFICATION, 0},
                    {UK_TYPE_UNTYPED, 2 * STACK_BYTES}, {UK_TYPE_UNTYPED, 2 * STACK_BYTES}, {UK_TYPE_UNTYPED, 2 * STACK_BYTES}},
        .tasks = {{.name = "client", .entry = client, .priority = 20},
                  {.name = "A", .entry = server, .priority = 50},
                  {.name = "B", .entry = server, .priority = 50},
                  {.name = "C", .entry = server, .priority = 50},
                  {.name = "killer", .entry = killer, .priority = 10}},
        .grants = {{0, OUT, GRANT_OBJECT, 0, UK_RIGHT_SEND, 0},
                   {1, IN, GRANT_OBJECT, 0, UK_RIGHT_MANAGE, 0},
                   {1, OUT, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {1, MEMORY, GRANT_OBJECT, 4, UK_RIGHT_MANAGE, 0},
                   {2, IN, GRANT_OBJECT, 1, UK_RIGHT_MANAGE, 0},
                   {2, OUT, GRANT_OBJECT, 2, UK_RIGHT_SEND, 0},
                   {2, MEMORY, GRANT_OBJECT, 5, UK_RIGHT_MANAGE, 0},
                   {3, IN, GRANT_OBJECT, 2, UK_RIGHT_MANAGE, 0},
                   {3, BELL, GRANT_OBJECT, 3, UK_RIGHT_RECEIVE, 0},
                   {3, MEMORY, GRANT_OBJECT, 6, UK_RIGHT_MANAGE, 0},
                   {4, BELL, GRANT_OBJECT, 3, UK_RIGHT_SEND, 0},
                   {4, VICTIM, GRANT_CNODE, 2, UK_RIGHT_MANAGE, 0}}};
    return example_run(&example);
}
