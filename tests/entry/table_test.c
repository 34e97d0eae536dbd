/* SPDX-License-Identifier: MIT */
/* The operation table: every operation, asked for in every wrong way, is refused and changes nothing. */
#include "support/scene.h"

struct row {
    const char *name;
    uint32_t number, type, right, handles;
};

static const struct row rows[] = {
#define UK_X(name, number, function, type, right, handles) {#name, number, type, right, handles},
    UK_OPERATIONS(UK_X)
#undef UK_X
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* An actor with one capability of each type that users can make; slot of type t: `have[t]`. */
struct desk {
    struct scene *scene;
    struct actor *actor;
    uk_handle have[UK_TYPE_COUNT];
};

static enum uk_status nobody(void *context, struct uk_resident_call *call)
{
    (void)context, (void)call;
    return UK_OK;
}

static struct desk desk_open(void)
{
    static const struct uk_resident resident = {.name = "resident", .function = nobody};
    /* Small, for all of it is compared each time. */
    const struct stage stage = {.arena_bytes = 512 << 10, .residents = &resident, .resident_count = 1};
    struct desk desk = {.scene = scene_open(&stage)};
    desk.actor = actor_new(desk.scene, "asker", 10);
    static const uk_word sizes[UK_TYPE_COUNT] = {[UK_TYPE_UNTYPED] = UK_PAGE,
                                                 [UK_TYPE_FRAME] = UK_PAGE,
                                                 [UK_TYPE_CNODE] = 8,
                                                 [UK_TYPE_PORT] = UK_PORT_SIZE(2, 0),
                                                 [UK_TYPE_PORTAL] = 2};
    for (uint32_t type = UK_TYPE_UNTYPED; type < UK_TYPE_COUNT; type++)
        if (type == UK_TYPE_RESIDENT)
            desk.have[type] = give(desk.actor, UK_SLOT_FIRST_FREE, UK_RIGHTS_ALL);
        else if (type != UK_TYPE_INTERRUPT)
            desk.have[type] = hand(desk.actor, make(desk.scene, type, sizes[type]));
    return desk;
}

static void numbers_beyond_the_table(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    const uk_word bad[] = {
        UK_OPERATION_COUNT, 255, 512, 1024, (uk_word)1 << 32, ~(uk_word)0, UK_OPERATION_COUNT | UK_FILTERED};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(desk.actor, UK_BAD_OPERATION, OP(bad[i], desk.have[UK_TYPE_ENDPOINT], 1, 2, 3, 4, 5, 6));
    scene_close(desk.scene);
}

static void handles_that_name_nothing(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    for (unsigned i = 0; i < ROWS; i++) {
        if (rows[i].type == UK_TYPE_NONE)
            continue;
        expect_refused(desk.actor, UK_EMPTY_SLOT, OP(rows[i].number, 0, 1, 2, 3, 4, 5, 6));
        expect_refused(desk.actor, UK_EMPTY_SLOT, OP(rows[i].number, 200, 1, 2, 3, 4, 5, 6));
        expect_refused(desk.actor, UK_BAD_HANDLE, OP(rows[i].number, 256, 1, 2, 3, 4, 5, 6));
        expect_refused(desk.actor, UK_BAD_HANDLE, OP(rows[i].number, 0xffffffff, 1, 2, 3, 4, 5, 6));
        expect_refused(desk.actor, UK_STALE,
                       OP(rows[i].number, desk.have[UK_TYPE_TIMER] | (uk_word)7 << 32, 1, 2, 3, 4, 5, 6));
        expect_refused(desk.actor, UK_STALE, OP(rows[i].number, 200 | (uk_word)7 << 32, 1, 2, 3, 4, 5, 6));
    }
    scene_close(desk.scene);
}

/* All types but the right one, and but the endpoint, to whose server the operation would go. */
static void objects_of_another_type(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    for (unsigned i = 0; i < ROWS; i++)
        for (uint32_t type = UK_TYPE_UNTYPED; type < UK_TYPE_COUNT && rows[i].type != UK_TYPE_NONE; type++)
            if (type != rows[i].type && type != UK_TYPE_ENDPOINT && type != UK_TYPE_INTERRUPT)
                expect_refused(desk.actor, UK_WRONG_TYPE, OP(rows[i].number, desk.have[type], 1, 2, 3, 4, 5, 6));
    scene_close(desk.scene);
}

/* All rights but the one that it takes. */
static void rights_that_are_missing(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    for (unsigned i = 0; i < ROWS; i++) {
        if (rows[i].type == UK_TYPE_NONE || rows[i].type == UK_TYPE_INTERRUPT)
            continue;
        expect(step(desk.actor, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 100, desk.have[rows[i].type], 0,
                                    UK_RIGHTS_ALL & ~rows[i].right)),
               UK_OK);
        expect_refused(desk.actor, UK_NO_RIGHT, OP(rows[i].number, 100, 1, 2, 3, 4, 5, 6));
        expect(step(desk.actor, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, 100)), UK_OK);
    }
    scene_close(desk.scene);
}

/* An interposed operation takes the right to send, and the right to grant if capabilities go along. */
static void rights_of_an_interposed_object(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    uk_handle endpoint = desk.have[UK_TYPE_ENDPOINT];
    expect(step(desk.actor, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 100, endpoint, 0, UK_RIGHT_RECEIVE)), UK_OK);
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].type != UK_TYPE_NONE && rows[i].type != UK_TYPE_ENDPOINT)
            expect_refused(desk.actor, UK_NO_RIGHT, ((struct uk_call){.operation = rows[i].number, .handle = 100,
                                                                       .word = {1, 2, 3, 4, 5, 6}}));
    scene_close(desk.scene);
}

/* The handles among an operation's words, each of them bad in turn. */
static void argument_handles_that_are_bad(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    uk_handle timer = desk.have[UK_TYPE_TIMER];
    const struct { int status; uk_handle handle; } bad[] = {
        {UK_EMPTY_SLOT, 200}, {UK_BAD_HANDLE, 256}, {UK_STALE, timer | (uk_word)7 << 32}, {UK_WRONG_TYPE, timer}};
    for (unsigned i = 0; i < ROWS; i++)
        for (unsigned word = 0; word < UK_REGISTER_WORDS; word++) {
            if ((rows[i].handles >> word & 1) == 0 || rows[i].type == UK_TYPE_INTERRUPT)
                continue;
            for (unsigned b = 0; b < 4; b++) {
                struct uk_call call = OP(rows[i].number, desk.have[rows[i].type], 0);
                if (rows[i].number == UK_THREAD_CONFIGURE)
                    call.word[5] = (uk_word)1 << word;
                if (rows[i].number == UK_RETYPE) {
                    call.word[0] = UK_TYPE_ENDPOINT;
                    call.word[3] = 100;
                    call.word[4] = 1;
                }
                if (rows[i].number == UK_RING_CONFIGURE) {
                    call.word[0] = desk.have[UK_TYPE_FRAME];
                    call.word[1] = call.word[2] = 4;
                }
                if (rows[i].number == UK_PORTAL_CONFIGURE) {
                    call.word[0] = desk.have[UK_TYPE_CNODE];
                    call.word[1] = desk.have[UK_TYPE_SPACE];
                }
                if (rows[i].type == UK_TYPE_CNODE)
                    call.word[0] = 1;
                call.word[word] = bad[b].handle;
                expect_refused(desk.actor, bad[b].status, call);
            }
        }
    scene_close(desk.scene);
}

/* A filter flag on an operation that takes none, or any rubbish in unused registers, changes nothing. */
static void unused_registers_are_ignored(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct uk_call call = {.operation = UK_SIGNAL | UK_FILTERED, .handle = desk.have[UK_TYPE_NOTIFICATION],
                           .tag = ~(uk_word)0, .word = {~(uk_word)0, 1, 2, 3, 4, 5}, .reply = ~(uk_word)0,
                           .filter = ~(uk_word)0};
    expect(step(desk.actor, call), UK_OK);
    call.operation = UK_YIELD;
    call.handle = ~(uk_word)0;
    expect(step(desk.actor, call), UK_OK);
    scene_close(desk.scene);
}

/* Without a CNode every handle is bad; nothing else happens. */
static void thread_without_a_cnode(void **state)
{
    (void)state;
    struct desk desk = desk_open();
    struct actor *root = desk.scene->root;
    expect(step(root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, desk.actor->cnode)), UK_OK);
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].type != UK_TYPE_NONE)
            expect_refused(desk.actor, UK_BAD_HANDLE, OP(rows[i].number, 5, 1, 2, 3, 4, 5, 6));
    expect(step(desk.actor, OP(UK_CLOCK, 0, 0)), UK_OK);
    scene_close(desk.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_beyond_the_table),
        cmocka_unit_test(handles_that_name_nothing),
        cmocka_unit_test(objects_of_another_type),
        cmocka_unit_test(rights_that_are_missing),
        cmocka_unit_test(rights_of_an_interposed_object),
        cmocka_unit_test(argument_handles_that_are_bad),
        cmocka_unit_test(unused_registers_are_ignored),
        cmocka_unit_test(thread_without_a_cnode),
    };
    return cmocka_run_group_tests_name("entry/table", tests, NULL, NULL);
}
