/* SPDX-License-Identifier: 0BSD */
/* A ring and its doorbell: many operations in one kernel entry, executed by a helper while their owner sleeps. */
#include <ukern/ring.h>

#include "common/example.h"

enum { BELL = 10, RING = 11, FRAME = 12, WORK = 13, SPACE = UK_SLOT_SPACE, ENTRIES = 8 };

/* An address of the task where nothing is mapped. */
static uk_word free_address(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(SPACE, words);
    return (words[4] - UK_LARGE) & ~(UK_PAGE - 1);
}

static struct uk_ring_entry *ask(struct uk_ring *ring, uk_word operation, uk_handle handle, uk_word user_data, uk_word flags)
{
    struct uk_ring_entry *entry = uk_ring_prepare(ring);
    if (entry == NULL)
        return NULL; /* too many are under way */
    *entry = (struct uk_ring_entry){.user_data = user_data, .flags = flags};
    entry->call.operation = operation;
    entry->call.handle = handle;
    return entry;
}

static void reap(struct uk_ring *ring)
{
    struct uk_ring_completion completion;
    while (uk_ring_reap(ring, &completion)) {
        say_number("  operation % of the batch", completion.user_data);
        say_status("    ", (enum uk_status)completion.status);
    }
}

static uk_word owner(uk_word argument)
{
    uk_word address = free_address(), words[UK_REGISTER_WORDS] = {0}, bits = 0;
    say_status("mapping the page: ", uk_map(SPACE, FRAME, address, UK_RIGHT_READ | UK_RIGHT_WRITE));
    say_status("making it a ring: ", uk_ring_configure(RING, FRAME, ENTRIES, ENTRIES, BELL));
    struct uk_ring ring = uk_ring_attach((void *)(uintptr_t)address, ENTRIES, ENTRIES);

    (void)ask(&ring, UK_SIGNAL, WORK, 1, 0);
    (void)ask(&ring, UK_WAIT, WORK, 2, 0);                 /* deadline UK_NOW, as all in a ring */
    (void)ask(&ring, UK_WAIT, WORK, 3, UK_RING_LINK);      /* nothing is left: it fails, ... */
    (void)ask(&ring, UK_SIGNAL, WORK, 4, 0);               /* ... so this does not run */
    (void)ask(&ring, UK_YIELD, 0, 5, 0);                   /* who runs is not for a ring to say */
    (void)uk_ring_submit(&ring);
    say_status("five operations in one kernel entry: ", uk_ring_enter(RING, ENTRIES, 0, words));
    say_number("executed: %", words[0]);
    reap(&ring);

    ring.header->submit_tail += 100; /* what we write there can only harm ourselves */
    say_status("a hundred submissions that are not there: ", uk_ring_enter(RING, ENTRIES, 0, NULL));
    ring.header->submit_tail = ring.submit;

    (void)ask(&ring, UK_SIGNAL, WORK, 6, 0);
    (void)uk_ring_submit(&ring);
    say("going to sleep; the helper executes what is there, and the kernel rings the doorbell");
    while (uk_ring_submitter_may_sleep(&ring)) { /* looks once more after saying that it sleeps: so no wake-up is lost */
        (void)uk_wait(BELL, &bits, UK_FOREVER);
        uk_ring_submitter_woke(&ring);
    }
    reap(&ring);
    say_status("giving the page back: ", uk_revoke(UK_SLOT_CNODE, FRAME));
    say_status("entering without it: ", uk_ring_enter(RING, ENTRIES, 0, NULL));
    return argument;
}

/* Less urgent: it runs while the owner sleeps. What it enters runs with its own rights. */
static uk_word helper(uk_word argument)
{
    say_status("helper: entering: ", uk_ring_enter(RING, ENTRIES, 0, NULL));
    return argument;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_NOTIFICATION, 0}, {UK_TYPE_RING, 0}, {UK_TYPE_FRAME, UK_PAGE}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "owner", .entry = owner, .priority = 20}, {.name = "helper", .entry = helper, .priority = 10}},
        .grants = {{0, BELL, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_RECEIVE, 0},
                   {0, RING, GRANT_OBJECT, 1, UK_RIGHT_SEND | UK_RIGHT_MANAGE, 0},
                   {0, FRAME, GRANT_OBJECT, 2, UK_RIGHT_READ | UK_RIGHT_WRITE, 0},
                   {0, WORK, GRANT_OBJECT, 3, UK_RIGHT_SEND | UK_RIGHT_RECEIVE, 0},
                   {1, RING, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {1, WORK, GRANT_OBJECT, 3, UK_RIGHT_SEND, 0}}};
    return example_run(&example);
}
