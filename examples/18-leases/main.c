/* SPDX-License-Identifier: 0BSD */
/* Leases: a call lends memory to its server, as much as it says and until it is answered; not a byte more, nor later. */
#include "common/example.h"

enum { SERVICE = 10, REPLY = 11, PAUSE = 12, MILLISECOND = 1000000, PIECE = 16 };
enum { TEXT, RESULT }; /* which item of the message is which lease */

static struct uk_buffer *buffer_of(uk_word address) { return (struct uk_buffer *)(uintptr_t)address; }

/* The harness puts each task's message buffer in the page above its stack; the owner asks its space where that is. */
static uk_word find_buffer(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0}, last = 0;
    while (uk_query(UK_SLOT_SPACE, words) == UK_OK) {
        last = words[0];
        words[0] += words[1];
    }
    return last;
}

static struct uk_item lend(const void *memory, uk_word bytes, uint32_t rights)
{
    return (struct uk_item){UK_ITEM_LEASE, rights, UK_NONE, bytes, (uk_word)(uintptr_t)memory};
}

static uk_word client(uk_word argument)
{
    (void)argument;
    const char text[] = "a sentence that would neither fit into six registers nor be worth a page of its own, lent for reading";
    volatile uk_word spaces = 0;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    struct uk_message message = uk_message(0, 0);
    buffer->items[TEXT] = lend(text, sizeof text - 1, UK_RIGHT_READ);
    buffer->items[RESULT] = lend((const void *)&spaces, sizeof spaces, UK_RIGHT_WRITE);
    message.tag = UK_TAG(0, 0, 2);
    (void)uk_call(SERVICE, &message, UK_FOREVER);
    say_number("spaces in it: %", spaces);
    spaces = 0;
    message.tag = UK_TAG(0, 0, 2);
    say_status("a call of 5 ms: ", uk_call(SERVICE, &message, uk_clock() + 5 * MILLISECOND));
    (void)uk_wait(PAUSE, &message.badge, uk_clock() + 20 * MILLISECOND);
    say_number("what the late answer wrote: %", spaces);
    return 0;
}

/* In pieces, so that any length will do. */
static uk_word count_spaces(uk_word bytes)
{
    char piece[PIECE];
    uk_word spaces = 0;
    for (uk_word at = 0, here; at < bytes; at += here) {
        here = bytes - at < PIECE ? bytes - at : PIECE;
        if (uk_lease_read(REPLY, TEXT, at, piece, here) != UK_OK)
            return 0;
        for (uk_word i = 0; i < here; i++)
            spaces += piece[i] == ' ';
    }
    return spaces;
}

static void try_more(uk_word bytes)
{
    char byte = 'x';
    say_status("reading one byte beyond: ", uk_lease_read(REPLY, TEXT, bytes, &byte, 1));
    say_status("reading from the last word on: ", uk_lease_read(REPLY, TEXT, ~(uk_word)0, &byte, 2));
    say_status("writing what is lent for reading: ", uk_lease_write(REPLY, TEXT, 0, &byte, 1));
    say_status("a third lease: ", uk_lease_read(REPLY, 2, 0, &byte, 1));
    say_status("to a null pointer: ", uk_lease_read(REPLY, TEXT, 0, NULL, 1));
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    uk_word words[UK_REGISTER_WORDS] = {TEXT};
    (void)uk_receive(SERVICE, &message, REPLY, UK_FOREVER);
    (void)uk_lease_inspect(REPLY, words);
    uk_word first = words[0], bytes = words[2], spaces = count_spaces(bytes);
    say_number("% bytes have been lent to me", bytes);
    try_more(bytes);
    (void)uk_lease_write(REPLY, RESULT, 0, &spaces, sizeof spaces);
    message = uk_message(0, 0);
    (void)uk_reply_receive(SERVICE, &message, REPLY, UK_FOREVER);
    say_status("by the name of the first call's lease: ", uk_lease_read(REPLY, first, 0, &spaces, 1));
    say("now I am slow");
    (void)uk_wait(PAUSE, words, uk_clock() + 10 * MILLISECOND);
    say_status("writing when nobody waits any more: ", uk_lease_write(REPLY, RESULT, 0, &spaces, sizeof spaces));
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "client", .entry = client, .priority = 10}, {.name = "server", .entry = server, .priority = 20}},
        .grants = {{0, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 1},
                   {1, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {0, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {1, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0}}};
    return example_run(&example);
}
