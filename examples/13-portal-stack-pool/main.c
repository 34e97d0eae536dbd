/* SPDX-License-Identifier: 0BSD */
/* LRPC with a stack pool: clients' own threads run the server's code, as many at once as the server gave stacks. */
#include "common/example.h"

enum { PORTAL = 10, BELL = 11, FRAME = 12, STACKS = 2, STACK_BYTES = 16 * UK_PAGE, SPACE = UK_SLOT_SPACE };

/* An address of the server where nothing is mapped; the same whoever of its threads asks. */
static uk_word stacks(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(SPACE, words);
    return (words[4] - UK_LARGE) & ~(UK_LARGE - 1);
}

/* The server's code. Its handles are the server's, its stack is the server's; thread, priority and time are the client's. */
static void serve(struct uk_message *message)
{
    uk_word here = (uk_word)(uintptr_t)message, bits = 0;
    say_number("  inside, on stack %", (here - stacks()) / STACK_BYTES);
    if (UK_TAG_LABEL(message->tag) == 1) {
        say("  the server makes me wait");
        (void)uk_wait(BELL, &bits, UK_FOREVER);
    }
    uk_word client = message->badge;
    *message = uk_message(0, 1);
    message->word[0] = client * client;
}

UK_PORTAL_ENTRY(enter, serve);

/* Needed only to open the portal: afterwards the server has no thread at all. */
static uk_word server(uk_word argument)
{
    (void)uk_map(SPACE, FRAME, stacks(), UK_RIGHT_READ | UK_RIGHT_WRITE);
    say_status("opening a portal with two stacks: ",
               uk_portal_configure(PORTAL, UK_SLOT_CNODE, SPACE, UK_NONE, (uk_word)(uintptr_t)enter, stacks(), STACK_BYTES));
    return argument;
}

static void call(uint32_t label, uk_time deadline)
{
    struct uk_message message = uk_message(label, 0);
    say_status("  back, with ", uk_portal_call(PORTAL, &message, deadline));
    say_number("  the answer is %", message.word[0]);
}

/* Two of these: they take both stacks and wait inside. */
static uk_word slow(uk_word argument)
{
    say("calling");
    call(1, UK_FOREVER);
    return argument;
}

static uk_word urgent(uk_word argument)
{
    say("not willing to wait for a stack");
    call(0, UK_NOW);
    say("willing to wait for a moment");
    call(0, uk_clock() + 200);
    say("willing to wait");
    call(0, UK_FOREVER);
    return argument;
}

/* Rings the server's bell: whoever waits inside goes on, and leaves. */
static uk_word ringer(uk_word argument)
{
    for (unsigned i = 0; i < 2; i++) {
        say("ringing");
        (void)uk_signal(BELL);
    }
    return argument;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_PORTAL, STACKS}, {UK_TYPE_NOTIFICATION, 0}, {UK_TYPE_FRAME, UK_LARGE}},
        .tasks = {{.name = "server", .entry = server, .priority = 50},
                  {.name = "slow 1", .entry = slow, .priority = 31},
                  {.name = "slow 2", .entry = slow, .priority = 30},
                  {.name = "urgent", .entry = urgent, .priority = 20},
                  {.name = "ringer", .entry = ringer, .priority = 10}},
        .grants = {{0, PORTAL, GRANT_OBJECT, 0, UK_RIGHT_MANAGE, 0},
                   {0, BELL, GRANT_OBJECT, 1, UK_RIGHT_RECEIVE, 0},
                   {0, FRAME, GRANT_OBJECT, 2, UK_RIGHT_READ | UK_RIGHT_WRITE, 0},
                   {1, PORTAL, GRANT_OBJECT, 0, UK_RIGHT_SEND, 7},
                   {2, PORTAL, GRANT_OBJECT, 0, UK_RIGHT_SEND, 8},
                   {3, PORTAL, GRANT_OBJECT, 0, UK_RIGHT_SEND, 9},
                   {4, BELL, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0}}};
    return example_run(&example);
}
