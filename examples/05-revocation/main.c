/* SPDX-License-Identifier: 0BSD */
/* Revocation: what was handed out comes back at once, copies of copies and mapped memory included. */
#include "common/example.h"

enum { DOOR = 10, FRAME = 12, ONCE = 20, TWICE = 21, GO = 13 };

/* Addresses of the guest that nothing uses: well above its stack. */
static uk_word free_address(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(UK_SLOT_SPACE, words);
    return (words[4] - 64 * UK_PAGE) & ~(UK_PAGE - 1);
}

static uk_word guest(uk_word argument)
{
    (void)argument;
    uk_word bits = 0, address = free_address();
    (void)uk_copy(UK_SLOT_CNODE, TWICE, UK_NONE, ONCE, UK_RIGHTS_ALL);
    say_status("mapping a copy of the shared frame: ", uk_map(UK_SLOT_SPACE, TWICE, address, UK_RIGHT_READ));
    volatile const uint32_t *memory = (volatile const uint32_t *)(uintptr_t)address;
    say_number("reading it: %", *memory);
    (void)uk_signal(GO);
    (void)uk_wait(GO, &bits, UK_NOW);
    uk_yield();
    say_status("my capability: ", uk_signal(ONCE));
    say_status("my copy of it: ", uk_signal(TWICE));
    say("reading again ...");
    say_number("this is never said: %", *memory);
    return 0;
}

static uk_word owner(uk_word argument)
{
    (void)argument;
    uk_word bits = 0;
    (void)uk_wait(GO, &bits, UK_FOREVER);
    say_status("the guest has it; revoking my frame's descendants: ", uk_revoke(UK_SLOT_CNODE, FRAME));
    uk_word words[UK_REGISTER_WORDS];
    say_status("my own capability: ", uk_inspect(UK_SLOT_CNODE, FRAME, words));
    return 0;
}

/* Gives the guest a child of the frame in the owner's CNode, so that the owner can take it back. */
static uk_word broker(uk_word argument)
{
    (void)argument;
    say_status("granting the frame to the guest: ", uk_copy(DOOR, ONCE, DOOR + 1, FRAME, UK_RIGHT_READ));
    (void)uk_thread_resume(DOOR + 2);
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_FRAME, UK_PAGE}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "guest", .entry = guest, .priority = 10, .suspended = 1},
                  {.name = "owner", .entry = owner, .priority = 20},
                  {.name = "broker", .entry = broker, .priority = 30}},
        .grants = {{1, FRAME, GRANT_OBJECT, 0, UK_RIGHTS_ALL, 0},
                   {0, GO, GRANT_OBJECT, 1, UK_RIGHT_SEND | UK_RIGHT_RECEIVE, 0},
                   {1, GO, GRANT_OBJECT, 1, UK_RIGHT_SEND | UK_RIGHT_RECEIVE, 0},
                   {2, DOOR, GRANT_CNODE, 0, UK_RIGHTS_ALL, 0},
                   {2, DOOR + 1, GRANT_CNODE, 1, UK_RIGHTS_ALL, 0},
                   {2, DOOR + 2, GRANT_THREAD, 0, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
