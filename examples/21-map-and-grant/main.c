/* SPDX-License-Identifier: 0BSD */
/* L4's map and grant: a page is shared on from task to task, taken back from all of them at once, and then given away. */
#include "common/example.h"

enum { NEXT = 10, OWN = 11, REPLY = 12, PAGE = 20 }; /* slots: to the next task, one's own endpoint, the page's frame */
enum { TAKE, LOOK };                                 /* labels */
enum { OWNER, MIDDLE, LAST };

static struct uk_buffer *buffer_of(uk_word address) { return (struct uk_buffer *)(uintptr_t)address; }

/* The harness puts each task's message buffer in the page above its stack, the highest one of its space at first. */
static uk_word find_buffer(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0}, last = 0;
    while (uk_query(UK_SLOT_SPACE, words) == UK_OK) {
        last = words[0];
        words[0] += words[1];
    }
    return last;
}

/* Where each task keeps the page: near the end of its own addresses. */
static uk_word place(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(UK_SLOT_SPACE, words);
    return (words[4] - 64 * UK_PAGE) & ~(UK_PAGE - 1);
}

static volatile unsigned char *page(void) { return (volatile unsigned char *)(uintptr_t)place(); }

static uk_word is_mapped(void)
{
    uk_word words[UK_REGISTER_WORDS] = {place()};
    return uk_query(UK_SLOT_SPACE, words) == UK_OK;
}

/* A call to the next task, with the page in the way that L4 calls map (share) or grant (gift). */
static void pass(struct uk_buffer *buffer, uint32_t kind, uint32_t rights)
{
    struct uk_message message = uk_message(TAKE, 0);
    message.tag = UK_TAG(TAKE, 0, 1);
    buffer->items[0] = (struct uk_item){kind, rights, PAGE, 1, 0};
    say_status(kind == UK_ITEM_SHARE ? "sharing the page: " : "giving the page away: ", uk_call(NEXT, &message, UK_FOREVER));
}

static void ask_to_look(void)
{
    struct uk_message message = uk_message(LOOK, 0);
    (void)uk_call(NEXT, &message, UK_FOREVER);
}

static void look(void)
{
    say_number(is_mapped() ? "in the page is %" : "no page is there", is_mapped() ? page()[0] : 0);
}

static uk_word owner(uk_word argument)
{
    (void)argument;
    struct uk_buffer *buffer = buffer_of(find_buffer());
    (void)uk_map(UK_SLOT_SPACE, PAGE, place(), UK_RIGHT_READ | UK_RIGHT_WRITE);
    page()[0] = 1;
    pass(buffer, UK_ITEM_SHARE, UK_RIGHT_READ);
    page()[0] = 2;
    ask_to_look();
    say("I take it back from all of them");
    (void)uk_revoke(UK_SLOT_CNODE, PAGE);
    ask_to_look();
    look();
    pass(buffer, UK_ITEM_GIFT, UK_RIGHT_READ | UK_RIGHT_WRITE);
    look();
    say_status("mapping it again: ", uk_map(UK_SLOT_SPACE, PAGE, place(), UK_RIGHT_READ));
    return 0;
}

/* Takes the page and shares it on, with no more rights than it has; looks when it is told to. */
static uk_word receiver(uk_word number)
{
    struct uk_buffer *buffer = buffer_of(find_buffer());
    struct uk_message message = uk_message(0, 0);
    buffer->window = (struct uk_window){PAGE, 1, place(), UK_PAGE};
    enum uk_status status = uk_receive(OWN, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        uint32_t label = UK_TAG_LABEL(message.tag);
        uk_word may_write = UK_TAG_ITEMS(message.tag) != 0 ? buffer->received[0].rights & UK_RIGHT_WRITE : 0;
        look();
        if (label == TAKE && may_write != 0)
            say_number("and I may write to it: %", page()[0] = 9);
        if (label == TAKE && number == MIDDLE)
            pass(buffer, UK_ITEM_SHARE, UK_RIGHT_READ | UK_RIGHT_WRITE);
        if (label == LOOK && number == MIDDLE)
            ask_to_look();
        message = uk_message(0, 0);
        status = uk_reply_receive(OWN, &message, REPLY, UK_FOREVER);
    }
    return status;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_REPLY, 0},
                    {UK_TYPE_FRAME, UK_PAGE}},
        .tasks = {{.name = "owner", .entry = owner, .priority = 10},
                  {.name = "middle", .entry = receiver, .priority = 20},
                  {.name = "last", .entry = receiver, .priority = 30}},
        .grants = {{OWNER, NEXT, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_GRANT, 0},
                   {OWNER, PAGE, GRANT_OBJECT, 4, UK_RIGHTS_ALL, 0},
                   {MIDDLE, OWN, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {MIDDLE, NEXT, GRANT_OBJECT, 1, UK_RIGHT_SEND | UK_RIGHT_GRANT, 0},
                   {MIDDLE, REPLY, GRANT_OBJECT, 2, UK_RIGHT_SEND, 0},
                   {LAST, OWN, GRANT_OBJECT, 1, UK_RIGHT_RECEIVE, 0},
                   {LAST, REPLY, GRANT_OBJECT, 3, UK_RIGHT_SEND, 0}}};
    return example_run(&example);
}
