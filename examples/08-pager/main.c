/* SPDX-License-Identifier: 0BSD */
/* A pager: page faults arrive as messages, and a task's memory is whatever its pager maps before it answers. */
#include "common/example.h"

enum { FAULTS = 10, REPLY = 11, MEMORY = 12, PATIENT = 13, FIRST_FRAME = 20, PAGES = 3 };

/* The patient's heap: addresses well above its stack. */
static uk_word heap_of(uk_handle space)
{
    uk_word words[UK_REGISTER_WORDS] = {0};
    (void)uk_query(space, words);
    return (words[4] - 64 * UK_PAGE) & ~(UK_PAGE - 1);
}

/* Maps a fresh zeroed page where the fault was. */
static enum uk_status heal(uk_word address, uint32_t frame)
{
    enum uk_status status = uk_retype(MEMORY, UK_TYPE_FRAME, UK_PAGE, UK_NONE, frame, 1);
    if (status == UK_OK)
        status = uk_map(PATIENT, frame, address & ~(UK_PAGE - 1), UK_RIGHT_READ | UK_RIGHT_WRITE);
    return status;
}

static uk_word pager(uk_word argument)
{
    (void)argument;
    struct uk_message message = uk_message(0, 0);
    uk_word heap = heap_of(PATIENT);
    uint32_t served = 0;
    enum uk_status status = uk_receive(FAULTS, &message, REPLY, UK_FOREVER);
    while (status == UK_OK) {
        uk_word offset = message.word[0] - heap;
        say_number(message.word[1] == UK_RIGHT_WRITE ? "a write faults at heap + %" : "a read faults at heap + %", offset);
        uint32_t answer = UK_FAULT_KILL;
        if (offset < PAGES * UK_PAGE && heal(message.word[0], FIRST_FRAME + served) == UK_OK) {
            answer = UK_FAULT_RESUME;
            served++;
        }
        say_number(answer == UK_FAULT_RESUME ? "mapped; % pages so far" : "that is none of my pages; killed after %", served);
        message = uk_message(answer, 0);
        status = uk_reply_receive(FAULTS, &message, REPLY, UK_FOREVER);
    }
    return status;
}

static uk_word patient(uk_word argument)
{
    (void)argument;
    volatile unsigned char *heap = (volatile unsigned char *)(uintptr_t)heap_of(UK_SLOT_SPACE);
    say_number("a fresh page reads as %", heap[5]);
    heap[5] = 42;
    say_number("and keeps what is written: %", heap[5]);
    heap[UK_PAGE * 2 + 7] = 1;
    say("now far beyond my heap ...");
    heap[UK_PAGE * 40] = 1;
    say("this is never said");
    return 0;
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_UNTYPED, 65536}},
        .tasks = {{.name = "pager", .entry = pager, .priority = 20},
                  {.name = "patient", .entry = patient, .priority = 10, .fault = 1}},
        .grants = {{0, FAULTS, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {0, REPLY, GRANT_OBJECT, 1, UK_RIGHT_SEND, 0},
                   {0, MEMORY, GRANT_OBJECT, 2, UK_RIGHT_MANAGE, 0},
                   {0, PATIENT, GRANT_SPACE, 1, UK_RIGHT_MANAGE, 0}}};
    return example_run(&example);
}
