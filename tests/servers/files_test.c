/* SPDX-License-Identifier: MIT */
/* The file server as a task among hostile clients: whatever they do, it serves the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "archive_builder.h"
#include "boot_world.h"
#include "files/service.h"
#include "files_client.h"
#include "runtime/protocol.h"
#include "runtime/text.h"

#include <stdlib.h>

/* Slots of our clients. */
enum {
    FILES = TASK_FIRST_FREE,
    PAUSE,
    SESSION,
    SECOND,
    FRAMES = 32,
    SESSIONS = 100
};

#define BOTH (UK_RIGHT_READ | UK_RIGHT_WRITE)

/* Clients cannot fail a test from within: they say which line, and leave. */
#define CHECK(holds)                                                                                                   \
    do {                                                                                                               \
        if (!(holds))                                                                                                  \
            leave(start, __LINE__);                                                                                    \
    } while (0)

static void exit_system(const struct task_start *start, uk_word code)
{
    struct uk_message message = uk_message(ROOT_EXIT, 1);
    message.word[0] = code;
    boot_say(start, code == 0 ? "done\n" : "failed\n");
    (void)uk_send(TASK_ROOT, &message, UK_FOREVER);
    uk_exit(code);
}

/* Says where it went wrong. */
static void leave(const struct task_start *start, unsigned line)
{
    char text[40];
    size_t bytes = text_format(text, sizeof text, "line %u\n", line);
    text[bytes] = 0;
    boot_say(start, text);
    exit_system(start, 1);
}

static void find_files(const struct task_start *start) { files_client_find(start, FILES); }

static void make_frames(const struct task_start *start, uint32_t count)
{
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, FRAMES, count) == UK_OK);
    for (uint32_t i = 0; i < count; i++)
        CHECK(uk_map(TASK_SPACE, FRAMES + i, start->free_base + i * UK_PAGE, BOTH) == UK_OK);
}

static struct uk_item share(uint32_t first, uk_word count)
{
    return (struct uk_item){UK_ITEM_SHARE, BOTH, FRAMES + first, count, 0};
}

/* Asks for a session with these items; `slot` 0: without room for its capability. Returns what the server says. */
static enum uk_status open_with(const struct task_start *start, unsigned items, uint32_t slot)
{
    struct uk_message message = uk_message(SESSION_OPEN, 1);
    message.tag = UK_TAG(SESSION_OPEN, 1, items);
    start->buffer->window = (struct uk_window){.slot = slot, .slot_count = slot != 0};
    enum uk_status status = uk_call(FILES, &message, UK_FOREVER);
    memset(&start->buffer->window, 0, sizeof start->buffer->window);
    return status != UK_OK ? status : (enum uk_status)UK_TAG_LABEL(message.tag);
}

static enum uk_status open_session(const struct task_start *start, uint32_t frames, uint32_t slot)
{
    start->buffer->items[0] = share(0, frames);
    return open_with(start, 1, slot);
}

/* An exchange of what is in the frames; `*bytes` in and out. */
static enum uk_status exchange(uint32_t slot, uk_word *bytes)
{
    struct uk_message message = uk_message(NINEP_EXCHANGE, 1);
    message.word[0] = *bytes;
    enum uk_status status = uk_call(slot, &message, UK_FOREVER);
    *bytes = message.word[0];
    return status != UK_OK ? status : (enum uk_status)UK_TAG_LABEL(message.tag);
}

static const uint8_t tversion[] = "\x15\0\0\0\x64\xff\xff\0\0\1\0\x08\0"
                                  "9P2000.L";

/* True: a conversation can be begun in the frames. */
static bool version_works(const struct task_start *start, uint32_t slot)
{
    uk_word bytes = sizeof tversion - 1;
    memcpy((void *)(uintptr_t)start->free_base, tversion, bytes);
    return exchange(slot, &bytes) == UK_OK && bytes == sizeof tversion - 1 &&
           ((const uint8_t *)(uintptr_t)start->free_base)[4] == NINEP_TVERSION + 1;
}

static enum uk_status close_session(uint32_t slot)
{
    struct uk_message message = uk_message(NINEP_CLOSE, 0);
    enum uk_status status = uk_call(slot, &message, UK_FOREVER);
    return status != UK_OK ? status : (enum uk_status)UK_TAG_LABEL(message.tag);
}

/* The programs: each is a client, in place of the shell. */

static uk_word opens_wrongly(const struct task_start *start)
{
    struct uk_message message = uk_message(99, 0);
    struct uk_item *items = start->buffer->items;
    find_files(start);
    make_frames(start, 20);
    CHECK(open_with(start, 0, SESSION) == UK_BAD_ARGUMENT);
    items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHTS_ALL, PAUSE, 1, 0};
    CHECK(open_with(start, 1, SESSION) == UK_BAD_ARGUMENT);
    items[0] = share(0, 1);
    items[0].rights = UK_RIGHT_READ;
    CHECK(open_with(start, 1, SESSION) == UK_BAD_ARGUMENT);
    items[0] = share(0, WINDOW_FRAMES_MAX + 1);
    CHECK(open_with(start, 1, SESSION) == UK_NO_WINDOW);
    items[0] = share(0, 1);
    items[1] = share(1, 1);
    CHECK(open_with(start, 2, SESSION) == UK_BAD_ARGUMENT);
    items[0] = share(19, 1);
    items[0].kind = UK_ITEM_GIFT;
    CHECK(open_with(start, 1, SESSION) == UK_BAD_ARGUMENT);
    CHECK(uk_call(FILES, &message, UK_FOREVER) == UK_OK && UK_TAG_LABEL(message.tag) == UK_BAD_OPERATION);
    message = uk_message(NINEP_EXCHANGE, 1);
    CHECK(uk_call(FILES, &message, UK_FOREVER) == UK_OK && UK_TAG_LABEL(message.tag) == UK_BAD_OPERATION);
    /* An operation meant for some kernel object. */
    CHECK(uk_thread_resume(FILES) != UK_OK);
    CHECK(open_session(start, 16, SESSION) == UK_OK);
    CHECK(version_works(start, SESSION));
    exit_system(start, 0);
    return 0;
}

static uk_word sends_wrong_lengths(const struct task_start *start)
{
    static const uk_word lengths[] = {0, 1, 6, 7, UK_PAGE, UK_PAGE + 1, 65536, 65537, ~(uk_word)0, (uk_word)1 << 32};
    find_files(start);
    make_frames(start, 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uk_word bytes = lengths[i];
        CHECK(open_session(start, 1, SESSION) == UK_OK);
        CHECK(version_works(start, SESSION));
        CHECK(exchange(SESSION, &bytes) == UK_OK && bytes == 0);
        /* The session is over, and so is the right to it. */
        CHECK(exchange(SESSION, &bytes) == UK_EMPTY_SLOT);
    }
    CHECK(open_session(start, 1, SESSION) == UK_OK);
    CHECK(uk_copy(TASK_CNODE, SECOND, UK_NONE, SESSION, UK_RIGHTS_ALL) == UK_OK);
    CHECK(version_works(start, SECOND));
    CHECK(close_session(SESSION) == UK_OK);
    CHECK(close_session(SECOND) == UK_EMPTY_SLOT);
    CHECK(open_session(start, 1, SESSION) == UK_OK);
    CHECK(version_works(start, SESSION));
    exit_system(start, 0);
    return 0;
}

static uk_word takes_frames_back(const struct task_start *start)
{
    uk_word bytes = sizeof tversion - 1;
    find_files(start);
    make_frames(start, 3);
    CHECK(open_session(start, 1, SESSION) == UK_OK);
    CHECK(version_works(start, SESSION));
    CHECK(uk_revoke(TASK_CNODE, FRAMES) == UK_OK);
    CHECK(exchange(SESSION, &bytes) == UK_CALLER_FAULT);
    CHECK(exchange(SESSION, &bytes) == UK_EMPTY_SLOT);
    /* Only the second of two: whoever does not need it goes on. */
    CHECK(open_session(start, 2, SESSION) == UK_OK);
    CHECK(uk_revoke(TASK_CNODE, FRAMES + 1) == UK_OK);
    CHECK(version_works(start, SESSION));
    bytes = UK_PAGE + 1;
    CHECK(exchange(SESSION, &bytes) == UK_CALLER_FAULT);
    CHECK(open_session(start, 3, SESSION) == UK_OK);
    CHECK(version_works(start, SESSION));
    exit_system(start, 0);
    return 0;
}

static uk_word opens_too_many(const struct task_start *start)
{
    uint32_t count = 0;
    find_files(start);
    make_frames(start, 2);
    while (count < 100 && open_session(start, 1, SESSIONS + count) == UK_OK)
        count++;
    CHECK(count > 10 && count < 100);
    CHECK(open_session(start, 1, SESSION) == UK_NO_WINDOW);
    for (uint32_t i = 0; i < count; i++)
        CHECK(version_works(start, SESSIONS + i));
    CHECK(close_session(SESSIONS + 3) == UK_OK);
    CHECK(open_session(start, 1, SESSION) == UK_OK);
    CHECK(open_session(start, 1, SECOND) == UK_NO_WINDOW);
    CHECK(version_works(start, SESSION));
    /* All of them desert. The first to knock finds the door still closed, and thereby has it opened. */
    CHECK(uk_revoke(TASK_CNODE, FRAMES) == UK_OK);
    CHECK(exchange(SESSION, &(uk_word){8}) == UK_CALLER_FAULT);
    for (uint32_t i = 0; i < count; i++)
        CHECK(open_session(start, 1, SECOND) == UK_OK && close_session(SECOND) == UK_OK);
    exit_system(start, 0);
    return 0;
}

static uk_word has_no_room_for_the_answer(const struct task_start *start)
{
    find_files(start);
    make_frames(start, 1);
    for (unsigned i = 0; i < 200; i++)
        CHECK(open_session(start, 1, 0) == UK_NO_WINDOW);
    for (unsigned i = 0; i < 200; i++) {
        struct uk_message message = uk_message(SESSION_OPEN, 1);
        message.tag = UK_TAG(SESSION_OPEN, 1, 1);
        start->buffer->items[0] = share(0, 1);
        CHECK(uk_send(FILES, &message, UK_FOREVER) == UK_OK);
    }
    CHECK(open_session(start, 1, SESSION) == UK_OK);
    CHECK(version_works(start, SESSION));
    exit_system(start, 0);
    return 0;
}

/* A client with a second thread, both more urgent than the server: at a given moment it takes the frame away. */
enum { THIEF = 20, THIEF_CONTEXT, THIEF_GO };

#define THIEF_STACK 65536

struct thief {
    uk_time when;
    uk_word done;
    _Alignas(16) uint8_t stack[THIEF_STACK];
};

static uk_word steal(uk_word argument)
{
    volatile struct thief *thief = (volatile struct thief *)(uintptr_t)argument;
    uk_word bits;
    while (uk_wait(THIEF_GO, &bits, UK_FOREVER) == UK_OK) {
        (void)uk_wait(PAUSE, &bits, thief->when);
        (void)uk_revoke(TASK_CNODE, FRAMES);
        thief->done++;
    }
    return 0;
}

static struct thief *hire_thief(const struct task_start *start)
{
    struct thief *thief = (struct thief *)(uintptr_t)start->heap_base;
    memset(thief, 0, sizeof *thief);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_THREAD, 0, TASK_CNODE, THIEF, 1) == UK_OK);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_SCHED_CONTEXT, 0, TASK_CNODE, THIEF_CONTEXT, 1) == UK_OK);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_NOTIFICATION, 0, TASK_CNODE, THIEF_GO, 1) == UK_OK);
    CHECK(uk_thread_configure(THIEF, UK_PART_CNODE | UK_PART_SPACE, TASK_CNODE, TASK_SPACE, 0, 0, 0) == UK_OK);
    CHECK(uk_thread_priority(THIEF, 150, 150) == UK_OK);
    CHECK(uk_sched_configure(THIEF_CONTEXT, 1000000, 1000000, UK_CHAIN_FINISH) == UK_OK);
    CHECK(uk_sched_bind(THIEF_CONTEXT, THIEF) == UK_OK);
    CHECK(uk_thread_registers(THIEF, (uk_word)(uintptr_t)steal, (uk_word)(uintptr_t)(thief->stack + THIEF_STACK),
                              (uk_word)(uintptr_t)thief) == UK_OK);
    CHECK(uk_thread_resume(THIEF) == UK_OK);
    return thief;
}

static uk_word steals_in_mid_copy(const struct task_start *start)
{
    volatile struct thief *thief;
    unsigned stolen = 0;
    find_files(start);
    make_frames(start, 1);
    thief = hire_thief(start);
    for (unsigned delay = 0; delay < 6000; delay += 20) {
        uk_word bits, done = thief->done, bytes = sizeof tversion - 1;
        CHECK(open_session(start, 1, SESSION) == UK_OK);
        memcpy((void *)(uintptr_t)start->free_base, tversion, bytes);
        thief->when = uk_clock() + delay;
        CHECK(uk_signal(THIEF_GO) == UK_OK);
        enum uk_status status = exchange(SESSION, &bytes);
        stolen += thief->done != done;
        while (thief->done == done)
            (void)uk_wait(PAUSE, &bits, uk_clock() + 1000);
        CHECK(status == UK_OK || status == UK_CALLER_FAULT);
        if (status == UK_OK && bytes != 0)
            (void)close_session(SESSION);
    }
    CHECK(stolen > 10 && stolen < 300);
    CHECK(open_session(start, 1, SESSION) == UK_OK);
    CHECK(version_works(start, SESSION));
    exit_system(start, 0);
    return 0;
}

static uk_word works_among_others(const struct task_start *start)
{
    boot_say(start, files_client_works(start, FILES, 2) ? "client done\n" : "client failed\n");
    return 0;
}

/* Waits until the others are through, then counts what they left. */
static uk_word counts_what_is_left(const struct task_start *start)
{
    uk_word bits;
    works_among_others(start);
    (void)uk_wait(PAUSE, &bits, uk_clock() + 1000000000);
    exit_system(start, 0);
    return 0;
}

/* The tests. */

static void run_client(task_entry entry)
{
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, entry);
    struct boot_world world = {.entry = boot_plan_main};
    boot_world_expect(&world, "done\n", 0);
}

static void sessions_opened_wrongly_are_refused(void **state)
{
    (void)state;
    run_client(opens_wrongly);
}

static void wrong_lengths_end_the_session(void **state)
{
    (void)state;
    run_client(sends_wrong_lengths);
}

static void frames_taken_back_end_the_session_not_the_server(void **state)
{
    (void)state;
    run_client(takes_frames_back);
}

static void frames_stolen_in_mid_copy_do_not_stop_the_server(void **state)
{
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, steals_in_mid_copy);
    boot_plan.rows[ROW_SHELL].priority = 150;
    struct boot_world world = {.entry = boot_plan_main, .memory_mib = 64};
    boot_world_expect(&world, "done\n", 0);
}

static void sessions_are_bounded_and_deserted_ones_found(void **state)
{
    (void)state;
    run_client(opens_too_many);
}

static void sessions_that_nobody_can_use_leave_no_trace(void **state)
{
    (void)state;
    run_client(has_no_room_for_the_answer);
}

static unsigned count_of(const char *text, const char *wanted)
{
    unsigned count = 0;
    for (; (text = strstr(text, wanted)) != NULL; text++)
        count++;
    return count;
}

static void add_client(const char *name, uint8_t priority)
{
    uint32_t row = boot_plan_add(name, works_among_others, priority);
    boot_plan.rows[row].memory_percent = 3;
}

static void clients_work_side_by_side_for_any_seed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        boot_plan_reset();
        boot_plan_replace(ROW_SHELL, counts_what_is_left);
        add_client("one", 50);
        add_client("two", 50);
        add_client("three", 40);
        struct boot_world world = {.entry = boot_plan_main, .seeded = true, .seed = seed, .memory_mib = 64};
        boot_world_run(&world);
        if (world.code != 0)
            fail_msg("code %d, %s, %s", world.code, world.error, world.output);
        assert_int_equal(count_of(world.output, "client done\n"), 4);
        boot_world_close(&world);
    }
}

static void bad_archives_are_told_in_words(void **state)
{
    (void)state;
    uint8_t bytes[8192];
    size_t count = archive_sample(bytes, sizeof bytes);
    bytes[0] = 'x';
    struct boot_world world = {.archive = bytes, .archive_bytes = count};
    boot_world_run(&world);
    assert_int_not_equal(world.code, 0);
    boot_world_says(&world, "files: the archive is refused at byte 0: this is not a newc header (070701 or 070702)\n");
    boot_world_close(&world);
    bytes[0] = '0';
    world = (struct boot_world){.archive = bytes, .archive_bytes = count - 124};
    boot_world_run(&world);
    assert_int_not_equal(world.code, 0);
    boot_world_says(&world, "the archive ends without its trailer\n");
    boot_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_opened_wrongly_are_refused),
        cmocka_unit_test(wrong_lengths_end_the_session),
        cmocka_unit_test(frames_taken_back_end_the_session_not_the_server),
        cmocka_unit_test(frames_stolen_in_mid_copy_do_not_stop_the_server),
        cmocka_unit_test(sessions_are_bounded_and_deserted_ones_found),
        cmocka_unit_test(sessions_that_nobody_can_use_leave_no_trace),
        cmocka_unit_test(clients_work_side_by_side_for_any_seed),
        cmocka_unit_test(bad_archives_are_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
