/* SPDX-License-Identifier: MIT */
/* The file server in the kernel: no payload deceives it, an exchange is one entry (HY-3), and its crash is all's (HY-2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "files/engine.h"
#include "files_client.h"
#include "runtime/protocol.h"
#include "transport_world.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#if !defined(RUNNING_ON_VALGRIND)
#define RUNNING_ON_VALGRIND 0
#endif

enum { FRAME = 30 };
enum { ENTRIES_WORD = 0 }; /* of UK_THREAD_INSPECT, page 1 */

#define BOTH (UK_RIGHT_READ | UK_RIGHT_WRITE)

static struct engine *engine(void) { return (struct engine *)(void *)((unsigned char *)boot_linked + UK_PAGE); }

static struct talk *begin(const struct task_start *start, unsigned index)
{
    struct talk *talk = (struct talk *)(uintptr_t)start->heap_base + index;
    struct link_room room = {LINK + 10 * index, 2, start->free_base};
    if (index == 0)
        files_client_find(start, FILES);
    CHECK(link_open(&talk->link, TRANSPORT_RESIDENT, start, FILES, &room) == UK_OK);
    talk_begin(start, talk);
    return talk;
}

static void run(task_entry entry, struct boot_world *world)
{
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, entry);
    *world = (struct boot_world){.entry = boot_plan_main, .transport = TRANSPORT_RESIDENT};
    boot_world_run(world);
}

/* Payload. ------------------------------------------------------------------------------------------------------------ */

static enum uk_status ask(uk_handle right, uk_word length, uk_word address, uk_word bytes)
{
    uk_word words[UK_REGISTER_WORDS] = {length, ~(uk_word)0, ~(uk_word)0, ~(uk_word)0};
    return uk_resident_ask(right, words, (void *)(uintptr_t)address, bytes);
}

/* A page of ours with the page behind it missing, and the page of the start, which is not ours to write. */
static uk_word lies_about_its_payload(const struct task_start *start)
{
    struct talk *talk = begin(start, 0);
    uint32_t fid = talk_open_hello(start, talk);
    uk_handle right = LINK + LINK_BELL;
    uk_word page = start->free_base + ((uk_word)1 << 20), read_only = (uk_word)(uintptr_t)start & ~(UK_PAGE - 1);
    uk_word nowhere = page + 16 * UK_PAGE;
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, FRAME, 1) == UK_OK);
    CHECK(uk_map(TASK_SPACE, FRAME, page, BOTH) == UK_OK);
    const struct {
        uk_word length, address, bytes;
        enum uk_status status;
    } lies[] = {
        {7, nowhere, UK_PAGE, UK_CALLER_FAULT},
        {7, page, UK_PAGE + 1, UK_CALLER_FAULT},
        {7, page - 1, 2, UK_CALLER_FAULT},
        {7, ~(uk_word)0 - 4, 64, UK_CALLER_FAULT},
        {7, 0, 7, UK_CALLER_FAULT},
        {7, read_only, UK_PAGE, UK_CALLER_FAULT},
        {7, (uk_word)(uintptr_t)boot_linked, 64, UK_CALLER_FAULT}, /* the kernel's own memory */
        {8, page, 7, UK_TOO_LARGE},
        {1, 0, 0, UK_TOO_LARGE},
        {~(uk_word)0, page, UK_PAGE, UK_TOO_LARGE},
        {WINDOW_BYTES + 1, page, UK_PAGE, UK_TOO_LARGE},
        {7, page, UK_RESIDENT_BYTES_MAX + 1, UK_TOO_LARGE},
    };
    for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        CHECK(ask(right, lies[i].length, lies[i].address, lies[i].bytes) == lies[i].status);
        CHECK(talk_read_hello(talk, fid) == 0); /* nothing has happened */
    }
    CHECK(talk->link.transport.exchange(&talk->link.transport, talk->message, 0, 0) == 0);
    boot_say(start, files_client_works(start, GOOD, 2) ? "done\n" : "failed\n");
    return 0;
}

static void a_payload_that_cannot_be_is_its_callers_error(void **state)
{
    struct boot_world world;
    (void)state;
    run(lies_about_its_payload, &world);
    assert_string_equal(world.output, "done\n");
    assert_int_equal(world.code, 0);
    boot_world_close(&world);
}

/* Sessions. ----------------------------------------------------------------------------------------------------------- */

static unsigned conversations(void)
{
    unsigned count = 0;
    for (uint32_t place = 0; place < engine()->place_count; place++)
        count += engine()->badge[place] != 0;
    return count;
}

/* Ends sessions in every way there is, beside one that goes on. */
static uk_word ends_sessions(const struct task_start *start)
{
    struct talk *stays = begin(start, 0), *goes = NULL;
    uint32_t fid = talk_open_hello(start, stays);
    for (unsigned way = 0; way < 4; way++) {
        goes = begin(start, 1);
        (void)talk_open_hello(start, goes);
        CHECK(conversations() == 2);
        if (way == 0)
            client_close(&goes->client);
        if (way == 1) /* what is no message */
            CHECK(goes->link.transport.exchange(&goes->link.transport, goes->message, 3, 100) == 0);
        if (way == 2) { /* no room for the answer */
            CHECK(ask(LINK + 10 + LINK_BELL, 0, 0, 0) == UK_OK); /* it hung up: */
            CHECK(ask(LINK + 10 + LINK_BELL, 0, 0, 0) == UK_STALE);
        }
        if (way == 3) { /* the door hears it, and the right to the server is gone with that to the door */
            struct uk_message message = uk_message(NINEP_CLOSE, 0);
            CHECK(uk_call(goes->link.session, &message, UK_FOREVER) == UK_OK);
            CHECK(ask(LINK + 10 + LINK_BELL, 0, 0, 0) == UK_EMPTY_SLOT);
        }
        CHECK(conversations() == 1);
        goes->link.transport.close(&goes->link.transport);
        CHECK(talk_read_hello(stays, fid) == 0);
    }
    client_close(&stays->client);
    CHECK(conversations() == 0 && tree_check(&engine()->tree));
    boot_say(start, "done\n");
    return 0;
}

static void a_session_ends_in_the_kernel_too(void **state)
{
    struct boot_world world;
    (void)state;
    run(ends_sessions, &world);
    assert_string_equal(world.output, "done\n");
    boot_world_close(&world);
}

static void what_is_no_archive_is_refused_as_by_a_task(void **state)
{
    char bytes[600];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    struct boot_world by_call = {.archive = bytes, .archive_bytes = sizeof bytes}, world = by_call;
    world.transport = TRANSPORT_RESIDENT;
    boot_world_run(&by_call);
    boot_world_run(&world);
    boot_world_says(&world, "files: the archive is refused at byte 0: ");
    assert_string_equal(world.output, by_call.output);
    assert_int_equal(world.code, by_call.code);
    boot_world_close(&by_call);
    boot_world_close(&world);
}

/* Kernel entries of this thread so far. */
static uk_word entries(void)
{
    uk_word words[UK_REGISTER_WORDS] = {1};
    (void)uk_thread_inspect(TASK_THREAD, words);
    return words[ENTRIES_WORD];
}

/* Requests and answers of every size. The look at the count is an entry itself, and so is the end of a slice, which comes
 * within loops if edges are counted. */
static uk_word counts_its_entries(const struct task_start *start)
{
    struct talk *talk = begin(start, 0);
    uint32_t fid = talk_open_hello(start, talk), file;
    size_t done;
    unsigned char *bytes = (unsigned char *)(uintptr_t)start->heap_base + 16 * UK_PAGE;
    CHECK(client_lcreate(&talk->client, talk->client.root, "long", CLIENT_READ_WRITE, 0600, &file) == 0);
    memset(bytes, 'x', UK_PAGE);
    for (unsigned again = 0; again < 2; again++) {
        uk_word before = entries();
        CHECK(talk_read_hello(talk, fid) == 0);
        CHECK(COUNTED_EDGES || entries() - before == 2);
        CHECK(client_write(&talk->client, file, 0, bytes, UK_PAGE, &done) == 0 && done == UK_PAGE);
        CHECK(client_read(&talk->client, file, 0, bytes, UK_PAGE, &done) == 0 && done == UK_PAGE);
        CHECK(again == 0 || COUNTED_EDGES || entries() - before == 5); /* whose pages were all there the second time */
    }
    boot_say(start, "done\n");
    return 0;
}

static void an_exchange_is_one_entry(void **state)
{
    struct boot_world world;
    (void)state;
    run(counts_its_entries, &world);
    assert_string_equal(world.output, "done\n");
    boot_world_close(&world);
}

/* Crashes. ------------------------------------------------------------------------------------------------------------ */

static unsigned spoilt;
enum { SPOILS = 3 };

/* A bug in the server, for which we have to reach into the kernel: a pointer of its is wild. */
static void spoil(void)
{
    struct tree_entry *hello;
    void *wild = (void *)(uintptr_t)0x10000;
    (void)tree_find(engine()->tree.root, (struct tree_text){"hello", 5}, &hello);
    if (spoilt == 0)
        engine()->ninep = wild;
    else if (spoilt == 1)
        hello->node->content.origin = wild; /* found out when half of the answer is there */
    else
        engine()->tree.root->directory = wild;
}

static uk_word meets_a_bug(const struct task_start *start)
{
    struct talk *talk = begin(start, 0);
    uint32_t fid = talk_open_hello(start, talk);
    boot_say(start, "so far so good\n");
    spoil();
    (void)talk_read_hello(talk, fid);
    (void)talk_open_hello(start, talk);
    boot_say(start, "and on it goes\n");
    return 0;
}

static void a_crash_in_the_kernel_is_the_systems(void **state)
{
    (void)state;
    if (RUNNING_ON_VALGRIND) /* which rightly reports it */
        skip();
    for (spoilt = 0; spoilt < SPOILS; spoilt++) {
        struct boot_world world;
        run(meets_a_bug, &world);
        assert_int_equal(world.code, 70);
        assert_string_equal(world.error, "the kernel broke a promise: a crash in the resident server \"files\"");
        assert_string_equal(world.output, "so far so good\n");
        boot_world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_that_cannot_be_is_its_callers_error),
        cmocka_unit_test(a_session_ends_in_the_kernel_too),
        cmocka_unit_test(what_is_no_archive_is_refused_as_by_a_task),
        cmocka_unit_test(an_exchange_is_one_entry),
        cmocka_unit_test(a_crash_in_the_kernel_is_the_systems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
