/* SPDX-License-Identifier: MIT */
/* The file server in its client's own space: reading takes no kernel entry, and its crash is one error, its client's (SA-2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/within.h"
#include "memory/memory.h"
#include "runtime/text.h"
#include "transport_world.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#if !defined(RUNNING_ON_VALGRIND)
#define RUNNING_ON_VALGRIND 0
#endif

enum { SECOND = 60 };
enum { ENTRIES_WORD = 0 }; /* of UK_THREAD_INSPECT, page 1 */

static struct talk *talk_of(const struct task_start *start) { return (struct talk *)(uintptr_t)start->heap_base; }

static enum uk_status open_link(const struct task_start *start, struct link *link, uint32_t slot)
{
    struct link_room room = {slot, 2, start->free_base};
    return link_open(link, TRANSPORT_DIRECT, start, UK_NONE, &room);
}

static struct talk *begin(const struct task_start *start)
{
    struct talk *talk = talk_of(start);
    CHECK(open_link(start, &talk->link, LINK) == UK_OK);
    talk_begin(start, talk);
    return talk;
}

/* Runs the program as the leader, and compares all that is said. */
static void expect(task_entry entry, struct boot_world world, const char *output, int code)
{
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, entry);
    world.entry = boot_plan_main;
    world.transport = TRANSPORT_DIRECT;
    boot_world_expect(&world, output, code);
}

/* What it costs. ------------------------------------------------------------------------------------------------------ */

static uk_word entries(void)
{
    uk_word words[UK_REGISTER_WORDS] = {1};
    (void)uk_thread_inspect(TASK_THREAD, words);
    return words[ENTRIES_WORD];
}

/* The look at the count is an entry itself, and so is the end of a slice, which comes within loops if edges are counted. Who
 * changes something has to know the time. */
static uk_word counts_its_entries(const struct task_start *start)
{
    struct talk *talk = begin(start);
    uint32_t fid = talk_open_hello(start, talk), other, file;
    size_t done;
    CHECK(client_lcreate(&talk->client, talk->client.root, "long", CLIENT_READ_WRITE, 0600, &file) == 0);
    for (unsigned again = 0; again < 2; again++) {
        uk_word before = entries();
        CHECK(talk_read_hello(talk, fid) == 0);
        CHECK(client_walk(&talk->client, talk->client.root, "dir", 3, &other, NULL) == 0);
        CHECK(client_clunk(&talk->client, other) == 0);
        CHECK(again == 0 || COUNTED_EDGES || entries() - before == 1); /* whose pages were all there the second time */
        before = entries();
        CHECK(client_write(&talk->client, file, 0, "x", 1, &done) == 0 && done == 1);
        CHECK(again == 0 || COUNTED_EDGES || entries() - before == 2);
    }
    boot_say(start, "done\n");
    return 0;
}

static void reading_never_enters_the_kernel(void **state)
{
    (void)state;
    expect(counts_its_entries, (struct boot_world){0}, "done\n", 0);
}

/* Sessions. ----------------------------------------------------------------------------------------------------------- */

static bool has_file(struct talk *talk, const char *name)
{
    uint32_t fid;
    return client_walk(&talk->client, talk->client.root, name, text_length(name), &fid, NULL) == 0;
}

/* A second session at a time is refused, one after the other finds what the first wrote. */
static uk_word opens_again_and_again(const struct task_start *start)
{
    struct link second;
    uint32_t file;
    for (unsigned i = 0; i < 20; i++) {
        struct talk *talk = begin(start);
        CHECK(has_file(talk, "hello") && has_file(talk, "mine") == (i > 0));
        if (i == 0)
            CHECK(client_lcreate(&talk->client, talk->client.root, "mine", CLIENT_READ_WRITE, 0600, &file) == 0);
        CHECK(open_link(start, &second, SECOND) == UK_NO_WINDOW);
        if (i % 2 == 0)
            client_close(&talk->client);
        else
            (void)uk_delete_run(TASK_CNODE, LINK, LINK_FRAMES + 1); /* without a word: its guard is gone */
    }
    boot_say(start, "done\n");
    return 0;
}

/* What opening needs: without it nothing is held, and faults are the pager's as before. */
static uk_word lacks_a_right(const struct task_start *start)
{
    static const uint32_t rights[] = {TASK_SELF, TASK_FAULT, TASK_UNTYPED};
    struct link *link = &talk_of(start)->link;
    volatile unsigned char *page = (volatile unsigned char *)(uintptr_t)start->heap_base + 64 * UK_PAGE;
    for (unsigned i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        uk_word words[UK_REGISTER_WORDS];
        uint32_t slot = start->name[0] == 'a' ? rights[i] : rights[2 - i]; /* one or the other first */
        (void)uk_delete(TASK_CNODE, slot);
        CHECK(open_link(start, link, LINK) == UK_EMPTY_SLOT);
        for (uint32_t held = LINK; held < LINK + LINK_FRAMES + 1; held++)
            CHECK(uk_inspect(TASK_CNODE, held, words) == UK_EMPTY_SLOT);
        page[i * UK_PAGE] = 1;
    }
    boot_say(start, "done\n");
    return 0;
}

static void sessions_come_one_after_the_other(void **state)
{
    (void)state;
    expect(opens_again_and_again, (struct boot_world){0}, "done\n", 0);
}

static void a_right_that_is_missing_is_told(void **state)
{
    (void)state;
    for (char name = 'a'; name <= 'b'; name++) {
        boot_plan_reset();
        boot_plan_replace(ROW_SHELL, lacks_a_right);
        boot_plan.rows[ROW_SHELL].name = (char[2]){name, '\0'};
        struct boot_world world = {.entry = boot_plan_main, .transport = TRANSPORT_DIRECT};
        boot_world_expect(&world, "done\n", 0);
    }
}

static void what_is_no_archive_is_refused(void **state)
{
    char bytes[600];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    struct boot_world world = {.archive = bytes, .archive_bytes = sizeof bytes, .transport = TRANSPORT_DIRECT};
    boot_world_expect(&world, "shell: no session with the file server: an argument is out of range, "
                                "misaligned or contradicts another\n", 126);
}

/* The proxy. ---------------------------------------------------------------------------------------------------------- */

static enum uk_status call(struct within *within, struct uk_direct_proxy *proxy, uint32_t method, uk_word word, uk_block lent)
{
    struct uk_direct_message message = {.word = {word}, .lent = lent};
    return uk_direct_call(&within->self, proxy, method, &message);
}

static uk_word calls_wrongly(const struct task_start *start)
{
    struct within *within = within_of(start);
    struct talk *talk = begin(start);
    uint32_t fid = talk_open_hello(start, talk);
    struct uk_direct_proxy fresh, stale = within->proxy;
    uk_block block = within->block;
    CHECK(uk_direct_bind(&within->world, within->server, DOMAIN_TYPE, &fresh) == UK_OK);
    CHECK(call(within, &fresh, DOMAIN_EXCHANGE, 7, block) == UK_BUSY); /* it has not been opened (SA-5) */
    CHECK(call(within, &fresh, DOMAIN_CLOSE, 0, 0) == UK_BUSY);
    CHECK(call(within, &within->proxy, DOMAIN_OPEN, 0, 0) == UK_BUSY);
    CHECK(call(within, &within->proxy, DOMAIN_METHODS, 0, 0) == UK_BAD_OPERATION);
    CHECK(call(within, &within->proxy, DOMAIN_EXCHANGE, 7, 0) == UK_BAD_ARGUMENT);
    CHECK(call(within, &within->proxy, DOMAIN_EXCHANGE, WINDOW_BYTES + 1, block) == UK_BAD_ARGUMENT);
    CHECK(call(within, &within->proxy, DOMAIN_EXCHANGE, ~(uk_word)0, block) == UK_BAD_ARGUMENT);
    CHECK(call(within, &within->proxy, DOMAIN_EXCHANGE, 7, block + 0x10000) == UK_STALE);
    CHECK(uk_exchange_owns(&within->world.heap, block, within->client));
    CHECK(talk_read_hello(talk, fid) == 0); /* nothing has happened */
    CHECK(call(within, &within->proxy, DOMAIN_EXCHANGE, 0, block) == UK_OK); /* what is no message: it hangs up */
    CHECK(talk_read_hello(talk, fid) == CLIENT_ECONNRESET);
    uk_direct_kill(&within->world, within->server);
    CHECK(call(within, &stale, DOMAIN_EXCHANGE, 7, block) == UK_PEER_DIED);
    (void)begin(start);
    CHECK(call(within, &stale, DOMAIN_EXCHANGE, 7, block) == UK_STALE); /* of an earlier incarnation (SA-3) */
    boot_say(start, "done\n");
    return 0;
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    expect(calls_wrongly, (struct boot_world){0}, "done\n", 0);
}

/* Crashes. ------------------------------------------------------------------------------------------------------------ */

static enum uk_status read_nothing(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    static const volatile unsigned char *const volatile nowhere = (const volatile unsigned char *)64; /* compilers look */
    (void)self, (void)state, (void)message;
    return (enum uk_status)*nowhere;
}

static enum uk_status write_archive(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    const struct domain *domain = state;
    (void)self, (void)message;
    *(volatile unsigned char *)(uintptr_t)domain->archive = 0;
    return UK_OK;
}

static enum uk_status trap(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    (void)self, (void)state, (void)message;
    __builtin_trap();
}

static enum uk_status loop(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    volatile unsigned runs = 1;
    (void)self, (void)state, (void)message;
    while (runs != 0)
        continue;
    return UK_OK;
}

static unsigned char deeper(volatile unsigned char *above, uk_word depth)
{
    volatile unsigned char frame[1024] = {above[0]};
    return depth == 0 ? frame[0] : (unsigned char)(deeper(frame, depth - 1) + frame[1]);
}

static enum uk_status overflow(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    volatile unsigned char top[1] = {0};
    (void)self, (void)state, (void)message;
    return (enum uk_status)deeper(top, ~(uk_word)0);
}

/* All the memory that the program may have, and more. */
static enum uk_status devour(struct uk_direct_thread *self, void *state, struct uk_direct_message *message)
{
    const struct domain *domain = state;
    volatile unsigned char *bytes = (volatile unsigned char *)domain->memory;
    (void)self, (void)message;
    for (uk_word at = 0; at < (uk_word)64 << 20; at += UK_PAGE)
        bytes[at] = 1;
    return UK_OK;
}

static const uk_direct_method broken[] = {read_nothing, write_archive, trap, loop, overflow, devour};
enum { WAYS = sizeof broken / sizeof broken[0], SPOILT = WAYS };

/* In the middle of an answer: where the file's bytes should be there is nothing. */
static void spoil(struct within *within)
{
    struct tree_entry *hello;
    (void)tree_find(within->domain.engine->tree.root, (struct tree_text){"hello", 5}, &hello);
    hello->node->content.origin = (const void *)(uintptr_t)0x10000;
}

static unsigned way; /* of the run under way */

static uk_word survives_a_crash(const struct task_start *start)
{
    uk_direct_method methods[DOMAIN_METHODS];
    const struct uk_direct_interface interface = {DOMAIN_TYPE, DOMAIN_METHODS, methods, domain_interface.contract};
    struct within *within = within_of(start);
    for (unsigned again = 0; again < 3; again++) {
        struct talk *talk = begin(start);
        uint32_t fid = talk_open_hello(start, talk), file;
        CHECK(has_file(talk, "mine") == false);
        CHECK(client_lcreate(&talk->client, talk->client.root, "mine", CLIENT_READ_WRITE, 0600, &file) == 0);
        for (unsigned i = 0; i < DOMAIN_METHODS; i++)
            methods[i] = i == DOMAIN_EXCHANGE && way < WAYS ? broken[way] : domain_interface.methods[i];
        if (way == SPOILT)
            spoil(within);
        within->world.domains[within->server].interface = &interface;
        CHECK(talk_read_hello(talk, fid) == CLIENT_ECONNRESET);
        CHECK(within->world.domains[within->server].crashes == again + 1);
        CHECK(within->self.frame == NULL && within->guard == UK_NONE);
        CHECK(uk_exchange_count(&within->world.heap, within->server) == 0); /* nothing owned by the dead survives (SA-2) */
        CHECK(uk_exchange_owns(&within->world.heap, within->block, within->client));
        CHECK(talk_read_hello(talk, fid) == CLIENT_ECONNRESET);
        client_close(&talk->client);
    }
    CHECK(talk_read_hello(begin(start), 0) != 0);
    boot_say(start, "alive\n");
    return 0;
}

static void a_crash_is_its_clients_error(void **state)
{
    (void)state;
    for (way = 0; way <= WAYS; way++)
        if (!RUNNING_ON_VALGRIND || (broken[way % WAYS] != read_nothing && way != SPOILT)) /* which rightly reports these */
            expect(survives_a_crash, (struct boot_world){.runaway_ms = 20}, "alive\n", 0);
}

/* The client's own faults are told as ever, in the middle of a session. */
static uk_word crashes_itself(const struct task_start *start)
{
    (void)begin(start);
    *(volatile unsigned char *)(uintptr_t)start->archive_base = 0;
    boot_say(start, "never\n");
    return 0;
}

/* Who takes away what its supervisor works with is ended, and not tried again for ever. */
static uk_word saws_off_its_branch(const struct task_start *start)
{
    (void)begin(start);
    (void)uk_delete(TASK_CNODE, TASK_FAULT);
    *(volatile unsigned char *)(uintptr_t)(start->heap_end - UK_PAGE) = 0;
    boot_say(start, "never\n");
    return 0;
}

static void who_has_no_pager_ends(void **state)
{
    (void)state;
    expect(saws_off_its_branch, (struct boot_world){0}, "", 0);
}

static void a_clients_own_crash_is_told_as_ever(void **state)
{
    (void)state;
    boot_plan_reset();
    boot_plan_replace(ROW_SHELL, crashes_itself);
    struct boot_world world = {.entry = boot_plan_main, .transport = TRANSPORT_DIRECT};
    boot_world_run(&world);
    boot_world_says(&world, "thread \"shell\" stopped: write of 0x");
    boot_world_says(&world, ": mapped without the write right\n");
    boot_world_says(&world, "ukern: \"shell\" was stopped, and the system ends with it\n");
    assert_null(strstr(world.output, "never"));
    assert_int_equal(world.code, 71);
    boot_world_close(&world);
}

/* The pager, asked by a message. -------------------------------------------------------------------------------------- */

static enum uk_status ask_pager(uint32_t label, unsigned length, uk_word address, uk_word access)
{
    struct uk_message message = uk_message(label, length);
    message.word[0] = address;
    message.word[1] = access;
    enum uk_status status = uk_call(TASK_FAULT, &message, UK_FOREVER);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

static uk_word asks_for_pages(const struct task_start *start)
{
    uk_word page = start->heap_base + 8 * UK_PAGE;
    CHECK(ask_pager(MEMORY_PAGE, 2, page + 5, UK_RIGHT_WRITE) == UK_OK);
    CHECK(*(const unsigned char *)(uintptr_t)page == 0);
    CHECK(ask_pager(MEMORY_PAGE, 2, page, UK_RIGHT_READ) == UK_CALLER_FAULT); /* it is there already */
    CHECK(ask_pager(MEMORY_PAGE, 2, page + UK_PAGE, UK_RIGHT_EXECUTE) == UK_CALLER_FAULT);
    CHECK(ask_pager(MEMORY_PAGE, 2, start->stack_base - 1, UK_RIGHT_WRITE) == UK_CALLER_FAULT);
    CHECK(ask_pager(MEMORY_PAGE, 2, start->archive_base, UK_RIGHT_READ) == UK_CALLER_FAULT);
    CHECK(ask_pager(MEMORY_PAGE, 2, 0, UK_RIGHT_READ) == UK_CALLER_FAULT);
    CHECK(ask_pager(MEMORY_PAGE, 2, ~(uk_word)0, UK_RIGHT_WRITE) == UK_CALLER_FAULT);
    CHECK(ask_pager(MEMORY_PAGE, 1, page + UK_PAGE, UK_RIGHT_READ) == UK_BAD_ARGUMENT);
    CHECK(ask_pager(MEMORY_FEED, 6, page, UK_RIGHT_READ) == UK_NO_RIGHT);
    CHECK(ask_pager(MEMORY_RECLAIM, 1, ROW_SHELL, 0) == UK_NO_RIGHT);
    boot_say(start, "done\n");
    return 0;
}

static void the_pager_may_be_asked(void **state)
{
    (void)state;
    expect(asks_for_pages, (struct boot_world){0}, "done\n", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_never_enters_the_kernel),
        cmocka_unit_test(sessions_come_one_after_the_other),
        cmocka_unit_test(a_right_that_is_missing_is_told),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(a_crash_is_its_clients_error),
        cmocka_unit_test(who_has_no_pager_ends),
        cmocka_unit_test(a_clients_own_crash_is_told_as_ever),
        cmocka_unit_test(the_pager_may_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
