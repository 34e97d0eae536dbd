/* SPDX-License-Identifier: 0BSD */
/* A page gift: memory goes along with a request and comes back with the answer; at any time one task has it. */
#include "common/example.h"

enum { SERVICE = 10, REPLY = 11, MEMORY = 12, FRAMES = 20, TAKEN = 40, PAGES = 4, SPACE = UK_SLOT_SPACE };

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

/* An address of the task where nothing is mapped. */
static uk_word free_address(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(SPACE, words);
    return (words[4] - UK_LARGE) & ~(UK_PAGE - 1);
}

static void tell_mapped(const char *text)
{
    uk_word words[UK_REGISTER_WORDS] = {free_address()};
    say(uk_query(SPACE, words) == UK_OK && words[0] == free_address() ? text : "nothing is mapped there");
}

static void give(struct uk_buffer *buffer, struct uk_message *message, uint32_t label, uk_handle first)
{
    buffer->items[0] = (struct uk_item){UK_ITEM_GIFT, UK_RIGHTS_ALL, first, PAGES, 0};
    *message = uk_message(label, 0);
    message->tag = UK_TAG(label, 0, 1);
}

/* Where a gift may land: slots, and addresses. */
static void accept(struct uk_buffer *buffer, uint32_t slot)
{
    buffer->window =
        (struct uk_window){.slot = slot, .slot_count = PAGES, .address = free_address(), .bytes = PAGES * UK_PAGE};
}

static uk_word client(uk_word argument)
{
    (void)argument;
    struct uk_message message;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    volatile uk_word *pages = (volatile uk_word *)(uintptr_t)free_address();
    (void)uk_retype(MEMORY, UK_TYPE_FRAME, UK_PAGE, UK_NONE, FRAMES, PAGES);
    for (unsigned i = 0; i < PAGES; i++)
        (void)uk_map(SPACE, FRAMES + i, (uk_word)(uintptr_t)pages + i * UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    for (unsigned i = 0; i < PAGES; i++)
        pages[i * UK_PAGE / 8] = i + 1;
    tell_mapped("four pages are mapped here");
    accept(buffer, FRAMES);
    give(buffer, &message, 1, FRAMES);
    say_status("given away with a call, and back with the answer: ", uk_call(SERVICE, &message, UK_FOREVER));
    say_number("the last page holds %", pages[(PAGES - 1) * UK_PAGE / 8]);
    (void)uk_copy(UK_SLOT_CNODE, TAKEN, UK_NONE, FRAMES, UK_RIGHT_READ);
    give(buffer, &message, 2, FRAMES);
    say_status("with a second capability kept: ", uk_call(SERVICE, &message, UK_FOREVER));
    (void)uk_delete(UK_SLOT_CNODE, TAKEN);
    give(buffer, &message, 2, FRAMES);
    say_status("without: ", uk_call(SERVICE, &message, UK_FOREVER));
    tell_mapped("four pages are still mapped here");
    say_status("my handle of the first: ", uk_map(SPACE, FRAMES, free_address(), UK_RIGHT_READ));
    return 0;
}

static uk_word server(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    struct uk_buffer *buffer = buffer_of(find_buffer());
    volatile uk_word *pages = (volatile uk_word *)(uintptr_t)free_address();
    accept(buffer, FRAMES);
    enum uk_status status = uk_receive(SERVICE, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        uk_word sum = 0;
        for (unsigned i = 0; i < PAGES; i++)
            sum += pages[i * UK_PAGE / 8]++;
        say_number("server: four pages are mine, and their sum is %", sum);
        if (UK_TAG_LABEL(message.tag) == 1)
            give(buffer, &message, 0, FRAMES);
        else
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
                   {0, MEMORY, GRANT_OBJECT, 2, UK_RIGHTS_ALL, 0}}};
    return example_run(&example);
}
