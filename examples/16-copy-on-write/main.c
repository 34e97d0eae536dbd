/* SPDX-License-Identifier: 0BSD */
/* Copy-on-write, seen by counting frames: nothing is copied until somebody writes, and nobody needs memory then. */
#include "common/example.h"

enum { SERVICE = 10, REPLY = 11, MEMORY = 12, FRAMES = 20, PAGES = 2, SPACE = UK_SLOT_SPACE };

static struct uk_buffer *buffer_of(uk_word address) { return (struct uk_buffer *)(uintptr_t)address; }

/* The harness puts each task's message buffer in the page above its stack; the owner asks its space where that is. */
static uk_word find_buffer(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0}, last = 0;
    while (uk_query(SPACE, words) == UK_OK) {
        last = words[0];
        words[0] += words[1];
    }
    return last;
}

/* Frames of one's own, paid for from the task's memory. Where they are mapped, or 0. */
static volatile uk_word *make_pages(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(SPACE, words);
    uk_word address = (words[4] - UK_LARGE) & ~(UK_PAGE - 1);
    enum uk_status status = uk_retype(MEMORY, UK_TYPE_FRAME, UK_PAGE, UK_NONE, FRAMES, PAGES);
    for (unsigned i = 0; i < PAGES && status == UK_OK; i++)
        status = uk_map(SPACE, FRAMES + i, address + i * UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    say_status("two frames of my own: ", status);
    return (volatile uk_word *)(uintptr_t)address;
}

/* What is left of the memory that both use. */
static void tell_free(const char *text)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_inspect(UK_SLOT_CNODE, MEMORY, words);
    say_number(text, words[5] / UK_PAGE);
}

static uk_word client(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    volatile uk_word *pages = make_pages();
    pages[0] = 1;
    pages[UK_PAGE / 8] = 2;
    tell_free("pages free before the call: %");
    buffer->items[0] = (struct uk_item){UK_ITEM_SNAPSHOT, UK_RIGHT_READ, FRAMES, PAGES, 0};
    struct uk_message message = uk_message(1, 0);
    message.tag = UK_TAG(1, 0, 1);
    say_status("a call with a snapshot of both: ", uk_call(SERVICE, &message, UK_FOREVER));
    say_number("the first page holds % here", pages[0]);
    say("I write the second page");
    pages[UK_PAGE / 8] = 20;
    message = uk_message(2, 0);
    say_status("another call: ", uk_call(SERVICE, &message, UK_FOREVER));
    say("I make a second capability to the first, through which it could be written behind the kernel's back");
    (void)uk_copy(UK_SLOT_CNODE, FRAMES + PAGES, UK_NONE, FRAMES, UK_RIGHT_READ | UK_RIGHT_WRITE);
    message.tag = UK_TAG(3, 0, 1);
    say_status("and send both once more: ", uk_call(SERVICE, &message, UK_FOREVER));
    return 0;
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    volatile uk_word *pages = make_pages();
    struct uk_message message = uk_message(0, 0);
    buffer->copy_slot = FRAMES; /* these may be copied into: they are all the memory that it will ever take */
    buffer->copy_count = PAGES;
    enum uk_status status = uk_receive(SERVICE, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        say_number("server: the first page holds %", pages[0]);
        say_number("server: the second page holds %", pages[UK_PAGE / 8]);
        if (UK_TAG_LABEL(message.tag) == 1) {
            say("server: I write the first page");
            pages[0] = 100;
            tell_free("server: pages free after the copy: %");
        }
        message = uk_message(0, 0);
        status = uk_reply_receive(SERVICE, &message, REPLY, UK_FOREVER);
    }
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_UNTYPED, 16 * UK_PAGE}},
        .tasks = {{.name = "client", .entry = client, .priority = 10},
                  {.name = "server", .entry = server, .priority = 20}},
        .grants = {{0, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 0},
                   {1, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 1, UK_RIGHTS_ALL, 0},
                   {0, MEMORY, GRANT_OBJECT, 2, UK_RIGHTS_ALL, 0},
                   {1, MEMORY, GRANT_OBJECT, 2, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
