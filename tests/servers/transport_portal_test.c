/* SPDX-License-Identifier: MIT */
/* The file server behind a portal: a thread that stops or dies inside holds up the others no longer than stated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "files_client.h"
#include "runtime/protocol.h"
#include "transport_world.h"

/* Less urgent than the first thread, the second is at its mercy. */
enum { SECOND = 120, CONTEXT, MOMENTS = 40, ENTRY_NS = 100, STACK_PAGES = 4, TORN = 6 };

/* Tversion, with messages of 4096 bytes. */
static const unsigned char version[] = "\x15\0\0\0\x64\xff\xff\0\x10\0\0\x08\0" "9P2000.L";

static enum uk_status visit(const struct link *link, uk_time deadline)
{
    struct uk_message message = uk_message(NINEP_EXCHANGE, 1);
    memcpy(link->shared, version, sizeof version - 1);
    message.word[0] = sizeof version - 1;
    enum uk_status status = uk_portal_call(link->session, &message, deadline);
    return status == UK_OK ? (enum uk_status)UK_TAG_LABEL(message.tag) : status;
}

static uk_word visits(uk_word link) { return visit((const struct link *)(uintptr_t)link, UK_FOREVER); }

/* Sends the second thread in, and lets it run for so many kernel entries. Each has a stack that nobody left frames on. */
static void send_in(const struct task_start *start, const struct link *link, unsigned entries)
{
    uk_word stack = start->heap_base + (32 + entries * STACK_PAGES) * UK_PAGE, bits;
    memset((void *)(uintptr_t)stack, 0, STACK_PAGES * UK_PAGE); /* nobody would bring it in */
    (void)uk_delete(TASK_CNODE, SECOND);
    (void)uk_delete(TASK_CNODE, CONTEXT);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_THREAD, 0, TASK_CNODE, SECOND, 1) == UK_OK);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_SCHED_CONTEXT, 0, TASK_CNODE, CONTEXT, 1) == UK_OK);
    CHECK(uk_thread_configure(SECOND, UK_PART_CNODE | UK_PART_SPACE, TASK_CNODE, TASK_SPACE, UK_NONE, 0, 0) == UK_OK);
    CHECK(uk_thread_priority(SECOND, 10, 10) == UK_OK);
    CHECK(uk_sched_configure(CONTEXT, 1000000, 1000000, UK_CHAIN_FINISH) == UK_OK && uk_sched_bind(CONTEXT, SECOND) == UK_OK);
    CHECK(uk_thread_registers(SECOND, (uk_word)(uintptr_t)visits, stack + STACK_PAGES * UK_PAGE,
                              (uk_word)(uintptr_t)link) == UK_OK);
    CHECK(uk_thread_resume(SECOND) == UK_OK);
    (void)uk_wait(FILES + 1, &bits, uk_clock() + entries * ENTRY_NS);
}

/* The only stack is taken: who comes next is told, waits as long as he likes, and comes in when it is free (MT-2). */
static uk_word finds_somebody_inside(const struct task_start *start)
{
    struct link link;
    unsigned met = 0;
    files_client_find(start, FILES);
    CHECK(transport_open(start, &link));
    for (unsigned entries = 1; entries < MOMENTS; entries++) {
        send_in(start, &link, entries);
        (void)uk_thread_suspend(SECOND); /* it may be through */
        enum uk_status status = visit(&link, UK_NOW);
        CHECK(status == UK_OK || status == UK_WOULD_BLOCK);
        if (status == UK_WOULD_BLOCK) {
            CHECK(visit(&link, uk_clock() + 10 * ENTRY_NS) == UK_TIMED_OUT);
            met++;
        }
        (void)uk_thread_resume(SECOND);
        CHECK(visit(&link, UK_FOREVER) == UK_OK);
    }
    CHECK(met > 3);
    link.transport.close(&link.transport);
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* A second of that is enough: the conversation is over, and no other is to be had, until whoever is inside goes on. */
static uk_word stands_still_inside(const struct task_start *start)
{
    struct link link, other;
    struct link_room room = {GOOD, 2, start->free_base + ((uk_word)2 << 20)};
    unsigned char message[CLIENT_MESSAGE_MIN] = {0};
    unsigned entries = 1;
    files_client_find(start, FILES);
    CHECK(transport_open(start, &link));
    for (; entries < MOMENTS && visit(&link, UK_NOW) == UK_OK; entries++) {
        send_in(start, &link, entries);
        (void)uk_thread_suspend(SECOND);
    }
    CHECK(entries < MOMENTS);
    uk_time began = uk_clock();
    CHECK(link_open(&other, TRANSPORT_PORTAL, start, FILES, &room) == UK_TIMED_OUT);
    CHECK(link.transport.exchange(&link.transport, message, sizeof version - 1, sizeof message) == 0);
    CHECK(uk_clock() - began > 2 * PATIENCE_NS && uk_clock() - began < 3 * PATIENCE_NS);
    CHECK(uk_thread_resume(SECOND) == UK_OK);
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* Nobody else can end what it was doing. The moment is in the task's name. */
static uk_word kills_who_is_inside(const struct task_start *start)
{
    struct link link;
    files_client_find(start, FILES);
    CHECK(transport_open(start, &link));
    send_in(start, &link, (unsigned)(start->name[0] - '0'));
    (void)uk_thread_kill(SECOND);
    enum uk_status status = visit(&link, UK_FOREVER);
    CHECK(status == UK_OK || status == UK_PEER_DIED);
    if (status == UK_OK)
        transport_check_served(start);
    transport_end(start, status == UK_OK);
    return 0;
}

static void who_finds_somebody_inside_waits(void **state)
{
    (void)state;
    transport_run(finds_somebody_inside, TRANSPORT_PORTAL);
    transport_run(stands_still_inside, TRANSPORT_PORTAL);
}

/* Amidst the tree: then the server trusts it no more, and ends. Elsewhere: nobody notices. */
static void a_visitor_killed_by_its_own_is_noticed(void **state)
{
    unsigned torn = 0, whole = 0;
    (void)state;
    for (unsigned moment = 1; moment < MOMENTS; moment++) {
        char name[2] = {(char)('0' + moment), '\0'};
        boot_plan_reset();
        boot_plan_replace(ROW_SHELL, kills_who_is_inside);
        boot_plan.rows[ROW_SHELL].name = name;
        struct boot_world world = {.entry = boot_plan_main, .transport = TRANSPORT_PORTAL};
        boot_world_run(&world);
        bool ended = strstr(world.output, "files: a client died amidst its request") != NULL;
        if (world.error[0] != '\0' || world.code != (ended ? TORN : 0))
            fail_msg("moment %u: code %d, %s, %s", moment, world.code, world.error, world.output);
        torn += ended;
        whole += !ended;
        boot_world_close(&world);
    }
    assert_true(torn > 0 && whole > torn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_finds_somebody_inside_waits),
        cmocka_unit_test(a_visitor_killed_by_its_own_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
