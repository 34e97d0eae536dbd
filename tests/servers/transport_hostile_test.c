/* SPDX-License-Identifier: MIT */
/* Hostile clients and a hostile server over every transport: who keeps to the rules is served, or told that there is nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "files/window.h"
#include "files_client.h"
#include "runtime/names.h"
#include "runtime/protocol.h"
#include "transport_world.h"

/* Slots of our clients. The files in between are those of files_client.h. */
enum {
    FRAME = 40, /* three of them */
    ENDPOINT = 44,
    OWN_RIGHT
};

#define BOTH (UK_RIGHT_READ | UK_RIGHT_WRITE)

static void prepare(const struct task_start *start)
{
    files_client_find(start, FILES);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, FRAME, 3) == UK_OK);
    CHECK(uk_retype(TASK_UNTYPED, UK_TYPE_ENDPOINT, 0, TASK_CNODE, ENDPOINT, 1) == UK_OK);
}

/* Items that nobody wants, and those that somebody might. */
static unsigned put_items(const struct task_start *start, unsigned which)
{
    const struct uk_item items[] = {
        {0},
        {UK_ITEM_LEASE, BOTH, 0, (uk_word)1 << 20, start->heap_base},
        {UK_ITEM_LEASE, BOTH, 0, ~(uk_word)0 >> 1, 0},
        {UK_ITEM_COPY, UK_RIGHTS_ALL, ENDPOINT, 1, 0},
        {UK_ITEM_COPY, UK_RIGHT_SEND, FILES, 1, 0},
        {UK_ITEM_SHARE, UK_RIGHT_READ, FRAME, 1, 0},
        {UK_ITEM_SHARE, BOTH, FRAME, 3, 0},
        {UK_ITEM_GIFT, BOTH, FRAME, 1, 0},
        {UK_ITEM_MOVE, UK_RIGHTS_ALL, FRAME + 1, 1, 0},
        {UK_ITEM_SNAPSHOT, BOTH, FRAME, 2, 0},
    };
    struct uk_item *to = start->buffer->items;
    const unsigned kinds = sizeof items / sizeof items[0];
    to[0] = items[which % kinds];
    to[1] = items[which / kinds % kinds];
    return to[0].kind == UK_ITEM_NONE ? 0 : to[1].kind == UK_ITEM_NONE ? 1 : 2;
}

enum { ITEM_SETS = 100 };

/* Frames that were given away are made again. */
static void renew_frames(void)
{
    for (uint32_t i = 0; i < 3; i++)
        (void)uk_retype(TASK_UNTYPED, UK_TYPE_FRAME, UK_PAGE, TASK_CNODE, FRAME + i, 1);
}

static uk_word lies_at_the_door(const struct task_start *start)
{
    prepare(start);
    for (unsigned which = 0; which < ITEM_SETS; which++) {
        for (uint32_t label = 0; label < 24; label += label == SESSION_OPEN ? 15 : 1) {
            struct uk_message message = uk_message(label, 6);
            message.tag = UK_TAG(label, 6, put_items(start, which));
            for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
                message.word[i] = which % 2 == 0 ? ~(uk_word)0 : UK_PAGE;
            if (label % 3 == 1)
                (void)uk_send(FILES, &message, UK_FOREVER);
            else
                (void)uk_call(FILES, &message, UK_FOREVER);
            renew_frames();
        }
        if (which % 20 == 0)
            transport_check_served(start);
    }
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* A message of the session, by the design's own way; what is answered is not waited for longer than it takes. */
static void say_wrongly(const struct task_start *start, struct link *link, struct uk_message *message)
{
    switch (argument_kind(start->argument)) {
    case TRANSPORT_PORT:
        (void)uk_port_send(link->session, message, UK_NOW);
        while (uk_port_receive(LINK + LINK_OWN, message, UK_NOW) == UK_OK)
            ;
        break;
    case TRANSPORT_PORTAL:
        (void)uk_portal_call(link->session, message, UK_FOREVER);
        break;
    case TRANSPORT_BOUND:
        (void)uk_bound_call(LINK + LINK_OWN, message, UK_FOREVER);
        break;
    case TRANSPORT_RESIDENT:
        (void)uk_resident_ask(LINK + LINK_BELL, (uk_word[UK_REGISTER_WORDS]){message->word[0], message->word[1]},
                              (void *)(uintptr_t)start->heap_base, message->word[1]);
        (void)uk_call(link->session, message, UK_FOREVER);
        break;
    default:
        (void)uk_call(link->session, message, UK_FOREVER);
    }
}

static uk_word lies_in_a_session(const struct task_start *start)
{
    static const uk_word words[] = {0,       1,            7,                495,               496,         497,
                                    UK_PAGE, WINDOW_BYTES, WINDOW_BYTES + 1, (uk_word)1 << 32, ~(uk_word)0};
    static const uint32_t labels[] = {NINEP_EXCHANGE, NINEP_PIECE, NINEP_MORE, NINEP_ALIVE, 99};
    const unsigned each = sizeof words / sizeof words[0];
    struct link link;
    prepare(start);
    CHECK(transport_open(start, &link));
    for (unsigned i = 0; i < 5 * each * each; i++) {
        unsigned length = i % 4 == 3 ? UK_REGISTER_WORDS : i % 4;
        struct uk_message message = uk_message(labels[i % 5], length);
        message.tag = UK_TAG(labels[i % 5], length, i % 3 == 0 ? put_items(start, i) : 0);
        message.word[0] = words[i / 5 % each];
        message.word[1] = words[i / 5 / each];
        say_wrongly(start, &link, &message);
        renew_frames();
        if (i % 7 == 0) {
            link.transport.close(&link.transport);
            CHECK(transport_open(start, &link));
        }
    }
    link.transport.close(&link.transport);
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* A request that begins well and then is another one; indices that jump; bells for nothing; frames that go. */
static uk_word lies_in_shared_memory(const struct task_start *start)
{
    struct link link;
    prepare(start);
    for (uint32_t i = 0; i < 200; i++) {
        CHECK(transport_open(start, &link));
        struct uk_ring_header *header = (struct uk_ring_header *)(void *)link.shared;
        for (uint32_t n = 0; n < 8; n++) {
            header->submit_tail = i % 5 == 0 ? i * 0x01010101u * n : header->submit_tail + i % 5;
            header->complete_head = i % 3 == 0 ? n * 1000003u : header->complete_head;
            header->executor_sleeps = header->submitter_sleeps = n;
            for (uint32_t entry = 0; entry < RING_ENTRIES; entry++)
                ((struct uk_ring_entry *)(void *)(header + 1))[entry].call.word[0] = n < 4 ? n * i : ~(uk_word)0 / n;
            (void)uk_signal(LINK + LINK_BELL);
            if (n == i % 16)
                (void)uk_revoke(TASK_CNODE, LINK + LINK_FRAMES + i % 3);
        }
        link.transport.close(&link.transport);
        if (i % 50 == 0)
            transport_check_served(start);
    }
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* A transport that lies about how long an answer it can take. */
struct short_link {
    struct transport transport;
    struct link link;
    size_t room;
};

static size_t exchange_short(struct transport *transport, unsigned char *message, size_t bytes, size_t room)
{
    struct short_link *self = (struct short_link *)transport;
    return self->link.transport.exchange(&self->link.transport, message, bytes, room < self->room ? room : self->room);
}

/* Answers that have no room: the caller's loss. */
static uk_word leaves_no_room(const struct task_start *start)
{
    struct client *client = (struct client *)(uintptr_t)start->heap_base;
    unsigned char *message = (unsigned char *)(uintptr_t)start->heap_base + 2 * UK_PAGE, *bytes = message + 4 * UK_PAGE;
    struct short_link self = {.transport.exchange = exchange_short, .room = 4 * UK_PAGE};
    uint32_t fid;
    size_t done;
    prepare(start);
    for (unsigned i = 0; i < 60; i++) {
        self.room = 4 * UK_PAGE;
        CHECK(transport_open(start, &self.link));
        self.transport.message_max = self.link.transport.message_max;
        CHECK(client_open(client, &self.transport, message, 4 * UK_PAGE, "user", "/") == 0);
        CHECK(client_lcreate(client, client->root, "long", CLIENT_READ_WRITE | CLIENT_TRUNCATE, 0600, &fid) == 0);
        CHECK(client_write(client, fid, 0, bytes, 2 * UK_PAGE, &done) == 0 && done == 2 * UK_PAGE);
        self.room = 1 + i * 256;
        int error = client_read(client, fid, 0, bytes, 2 * UK_PAGE, &done);
        CHECK(error == (self.room < 2 * UK_PAGE + 11 ? CLIENT_ECONNRESET : 0));
        self.link.transport.close(&self.link.transport);
    }
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* Ports: one's own is full, is the server's, is dead. */
static uk_word leaves_no_room_in_its_port(const struct task_start *start)
{
    struct link link;
    prepare(start);
    for (unsigned i = 0; i < 100; i++) {
        struct uk_message message = uk_message(NINEP_MORE, 1);
        CHECK(transport_open(start, &link));
        (void)uk_delete(TASK_CNODE, OWN_RIGHT);
        CHECK(uk_copy(TASK_CNODE, OWN_RIGHT, UK_NONE, LINK + LINK_OWN, UK_RIGHT_SEND) == UK_OK);
        for (unsigned n = 0; n < i % 4; n++)
            (void)uk_port_send(OWN_RIGHT, &message, UK_NOW);
        if (i % 5 == 4)
            (void)uk_delete(TASK_CNODE, LINK + LINK_OWN);
        (void)uk_port_send(link.session, &message, UK_NOW);
        (void)uk_port_send(link.session, &message, UK_NOW);
        if (i % 3 == 0) { /* a session whose answers go to the server itself */
            start->buffer->items[0] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND, LINK + LINK_SESSION, 1, 0};
            message = uk_message(SESSION_OPEN, 1);
            message.tag = UK_TAG(SESSION_OPEN, 1, 1);
            (void)uk_call(FILES, &message, UK_FOREVER);
        }
        link.transport.close(&link.transport);
    }
    transport_check_served(start);
    transport_end(start, true);
    return 0;
}

/* As many sessions as there are places; when one ends without a word, its place is found. */
static uk_word takes_all_places(const struct task_start *start)
{
    enum {
        PLACES_MAX = 64,
        SLOTS = 5 /* of a link with two frames */
    };
    struct link *links = (struct link *)(uintptr_t)(start->heap_base + 16 * UK_PAGE);
    uint32_t count = 0, least = argument_kind(start->argument) == TRANSPORT_DIRECT ? 1 : 4; /* a server that has one client */
    prepare(start);
    for (unsigned again = 0; again < 2; again++) {
        enum uk_status status = UK_OK;
        for (count = 0; count < PLACES_MAX && status == UK_OK; count += status == UK_OK) {
            struct link_room room = {LINK + count * SLOTS, 2, start->free_base + (count + 1) * 2 * UK_PAGE};
            status = link_open(&links[count], argument_kind(start->argument), start, FILES, &room);
        }
        CHECK(count >= least && count < PLACES_MAX && status == UK_NO_WINDOW);
        for (uint32_t i = 0; i < count * SLOTS; i++) { /* as if the task had died */
            (void)uk_revoke(TASK_CNODE, LINK + i);
            (void)uk_delete(TASK_CNODE, LINK + i);
        }
    }
    transport_end(start, true);
    return 0;
}

static void run_over_all(task_entry entry)
{
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++)
        transport_run(entry, kind);
}

static void lies_at_the_door_harm_nobody(void **state)
{
    (void)state;
    run_over_all(lies_at_the_door);
}

static void lies_in_a_session_harm_nobody_else(void **state)
{
    (void)state;
    run_over_all(lies_in_a_session);
}

static void shared_memory_may_say_anything(void **state)
{
    (void)state;
    transport_run(lies_in_shared_memory, TRANSPORT_RING);
    transport_run(lies_in_shared_memory, TRANSPORT_CALL);
}

static void an_answer_without_room_is_the_callers_loss(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++)
        transport_run(leaves_no_room, kind);
    transport_run(leaves_no_room_in_its_port, TRANSPORT_PORT);
}

static void places_of_the_dead_are_found(void **state)
{
    (void)state;
    run_over_all(takes_all_places);
}

/* A file server that lies, in the way that its priority says: nothing else of its row is free. ------------------------- */

enum { WAYS = 10, WAY_FIRST = 90, SESSION_SLOT = 200 };

/* What it says to who wants a session. */
static void lie_at_opening(unsigned way, struct uk_message *message, struct uk_item *items)
{
    *message = uk_message(way == 0 ? UK_NO_MEMORY : UK_OK, 1);
    message->word[0] = way == 2 ? 0 : way == 3 ? ~(uk_word)0 : WINDOW_BYTES;
    if (way < 2)
        return;
    (void)uk_mint(TASK_CNODE, SESSION_SLOT, UK_NONE, TASK_ENDPOINT, UK_RIGHT_SEND | UK_RIGHT_GRANT, 77);
    items[0] = items[1] = (struct uk_item){UK_ITEM_COPY, UK_RIGHT_SEND | UK_RIGHT_GRANT, SESSION_SLOT, 1, 0};
    message->tag = UK_TAG(UK_OK, 1, way == 4 ? 2 : 1);
}

static void lie_in_session(unsigned way, struct uk_message *message)
{
    static const uk_word lengths[] = {0, 6, 7, 497, UK_PAGE + 1, WINDOW_BYTES, WINDOW_BYTES + 1, ~(uk_word)0};
    *message = uk_message(way == 5 ? UK_NO_RIGHT : UK_OK, way == 6 ? 0 : 2);
    message->word[0] = lengths[way % (sizeof lengths / sizeof lengths[0])];
    message->word[1] = way == 7;
}

static uk_word lying_files(const struct task_start *start)
{
    unsigned way = (unsigned)(start->name[0] - 'a');
    struct uk_message message = uk_message(0, 0);
    if (names_register(start, "files", TASK_ENDPOINT) != UK_OK)
        return 1;
    start->buffer->window = (struct uk_window){
        .slot = SESSION_SLOT + 1, .slot_count = 40, .address = start->free_base, .bytes = 40 * UK_PAGE};
    enum uk_status status = uk_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
    for (unsigned answers = 0; status == UK_OK && answers < 4 + way; answers++) {
        if (UK_TAG_LABEL(message.tag) == SESSION_OPEN)
            lie_at_opening(way, &message, start->buffer->items);
        else
            lie_in_session(way, &message);
        status = uk_reply_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
        if (status != UK_OK) {
            message = uk_message(UK_LIMIT, 0);
            status = uk_reply_receive(TASK_ENDPOINT, &message, TASK_REPLY, UK_FOREVER);
        }
    }
    return 0;
}

/* The shell says that there is no conversation to be had, and does not wait for one; or it has a server of its own. */
static void a_lying_server_is_left(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < TRANSPORT_COUNT; kind++) {
        for (unsigned way = 0; way < WAYS; way++) {
            char name[2] = {(char)('a' + way), '\0'};
            boot_plan_reset();
            boot_plan_replace(ROW_FILES, lying_files);
            boot_plan.rows[ROW_FILES].name = name;
            boot_plan.rows[ROW_FILES].flags &= ~(uint32_t)ROW_ESSENTIAL;
            struct boot_world world = {.entry = boot_plan_main, .script = "cat /hello\n", .transport = kind};
            boot_world_run(&world);
            bool left = world.code == 126 && strncmp(world.output, "shell: ", 7) == 0;
            if (world.error[0] != '\0' || (kind == TRANSPORT_DIRECT ? world.code != 0 : !left))
                fail_msg("%s, way %u: code %d, %s, %s", transport_names[kind], way, world.code, world.error, world.output);
            boot_world_close(&world);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lies_at_the_door_harm_nobody),
        cmocka_unit_test(lies_in_a_session_harm_nobody_else),
        cmocka_unit_test(shared_memory_may_say_anything),
        cmocka_unit_test(an_answer_without_room_is_the_callers_loss),
        cmocka_unit_test(places_of_the_dead_are_found),
        cmocka_unit_test(a_lying_server_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
