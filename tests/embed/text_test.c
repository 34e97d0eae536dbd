/* SPDX-License-Identifier: MIT */
/* Names, and the line of text for each kind of trace event: the format is a promise, so it is written out here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <ukern/ukern.h>

#include "embed/format.h"

static void names_of_numbers(void **state)
{
    (void)state;
    assert_string_equal(uk_status_name(UK_PEER_DIED), "UK_PEER_DIED");
    assert_string_equal(uk_status_text(UK_EMPTY_SLOT), "the slot is empty");
    assert_string_equal(uk_status_name((enum uk_status)999), "?");
    assert_string_equal(uk_status_text((enum uk_status)-1), "?");
    assert_string_equal(uk_operation_name(UK_CALL), "UK_CALL");
    assert_string_equal(uk_operation_name(UK_OPERATION_COUNT), "?");
    assert_string_equal(uk_type_name(UK_TYPE_SCHED_CONTEXT), "sched context");
    assert_string_equal(uk_type_name(UK_TYPE_COUNT), "?");
    for (uint32_t i = 0; i < UK_STATUS_COUNT; i++)
        assert_string_not_equal(uk_status_name((enum uk_status)i), "?");
    for (uint32_t i = 0; i < UK_OPERATION_COUNT; i++)
        assert_string_not_equal(uk_operation_name(i), "?");
    assert_int_equal(uk_object_bytes(UK_TYPE_COUNT), 0);
    assert_int_equal(uk_object_bytes(UK_TYPE_NONE), 0);
    for (uint32_t type = UK_TYPE_UNTYPED; type <= UK_TYPE_TIMER; type++)
        assert_true(uk_object_bytes(type) > 0 && uk_object_bytes(type) % 64 == 0);
}

static void line_is(const struct uk_event *event, const char *wanted)
{
    char text[200];
    size_t length = uk_event_text(event, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
}

static void one_line_for_each_event(void **state)
{
    (void)state;
    struct uk_event event = {.time = 1200, .kind = UK_EVENT_ENTRY, .thread = 7, .name = "shell", .operation = UK_CALL,
                             .handle = (uk_handle)3 << 32 | 12, .tag = UK_TAG(5, 2, 1), .word = {1, 255}};
    line_is(&event, "1200 #7 \"shell\" asks UK_CALL handle=12:3 tag=5/2+1 words=[0x1,0xff]");
    event.word[0] = event.word[1] = 0;
    event.handle = 12;
    line_is(&event, "1200 #7 \"shell\" asks UK_CALL handle=12 tag=5/2+1 words=[]");
    event.kind = UK_EVENT_RESULT;
    event.status = UK_PEER_DIED;
    event.badge = 16;
    event.tag = UK_TAG(0, 0, 0) | UK_TAG_CALL | UK_TAG_FAULT | UK_TAG_SIGNAL | UK_TAG_INTERPOSED;
    line_is(&event, "1200 #7 \"shell\" ends UK_CALL UK_PEER_DIED badge=0x10 tag=0/0+0,signal,fault,call,interposed");
    event.kind = UK_EVENT_SWITCH;
    line_is(&event, "1200 #7 \"shell\" runs");
    event.thread = 0;
    line_is(&event, "1200 nobody runs");
}

static void one_line_for_each_misfortune(void **state)
{
    (void)state;
    struct uk_event event = {.time = 5, .kind = UK_EVENT_FAULT, .thread = 9, .tag = UK_FAULT_PAGE,
                             .word = {0x4000, UK_RIGHT_WRITE}};
    line_is(&event, "5 #9 \"\" faults: page fault, write of 0x4000");
    event.tag = UK_FAULT_OPERATION;
    event.operation = UK_SEND;
    event.handle = 4;
    event.status = UK_NO_RIGHT;
    line_is(&event, "5 #9 \"\" faults: bad operation UK_SEND handle=4 UK_NO_RIGHT");
    event.tag = UK_FAULT_TIMEOUT;
    line_is(&event, "5 #9 \"\" faults: budget exhausted");
    event.kind = UK_EVENT_STOP;
    event.status = UK_NOT_MAPPED;
    line_is(&event, "5 #9 \"\" stops: budget exhausted UK_NOT_MAPPED");
    event = (struct uk_event){.time = 6, .kind = UK_EVENT_SIGNAL, .word = {3}};
    line_is(&event, "6 machine signals 0x3");
    event = (struct uk_event){.time = 7, .kind = UK_EVENT_ENTER, .thread = 9, .badge = 4, .word = {31}};
    event.tag = UK_TAG(2, 1, 0) | UK_TAG_CALL;
    line_is(&event, "7 #9 \"\" enters portal 31 badge=0x4 tag=2/1+0,call");
    event = (struct uk_event){.time = 6};
    event.kind = 99;
    event.operation = 255;
    line_is(&event, "6 nobody ?");
}

/* Whatever is in a name, the line stays one line; whatever the room, it ends with a zero. */
static void odd_names_and_small_rooms(void **state)
{
    (void)state;
    struct uk_event event = {.kind = UK_EVENT_SWITCH, .thread = 1, .name = "a\n\"\\\x7f\xff"};
    line_is(&event, "0 #1 \"a\\x0a\\x22\\x5c\\x7f\\xff\" runs");
    char text[8] = "xxxxxxx";
    assert_int_equal(uk_event_text(&event, text, 4), 3);
    assert_string_equal(text, "0 #");
    assert_int_equal(text[4], 'x');
    assert_int_equal(uk_event_text(&event, text, 1), 0);
    assert_int_equal(text[0], 0);
    assert_int_equal(uk_event_text(&event, NULL, 0), 0);
    memset(event.name, 'n', sizeof event.name); /* without a zero at its end */
    line_is(&event, "0 #1 \"nnnnnnnnnnnnnnnn\" runs");
}

static void numbers_of_every_size(void **state)
{
    (void)state;
    char room[100];
    struct text text;
    text_begin(&text, room, sizeof room);
    text_number(&text, UINT64_MAX);
    text_string(&text, " ");
    text_signed(&text, INT64_MIN);
    text_string(&text, " ");
    text_signed(&text, 0);
    text_string(&text, " ");
    text_hex(&text, UINT64_MAX);
    assert_string_equal(room, "18446744073709551615 -9223372036854775808 0 0xffffffffffffffff");
    text_begin(&text, NULL, 10);
    text_string(&text, "nowhere");
    assert_int_equal(text.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_numbers),          cmocka_unit_test(one_line_for_each_event),
        cmocka_unit_test(one_line_for_each_misfortune), cmocka_unit_test(odd_names_and_small_rooms),
        cmocka_unit_test(numbers_of_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
