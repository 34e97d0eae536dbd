/* SPDX-License-Identifier: MIT */
/* Leases against liars and the dying: not a byte moves that was not lent, or that is lent no more (MX-4, HU-1). */
#include "ipc/lease_world.h"

#define END UK_FOREVER /* the last address */

/* MX-4: every offset and length around every border, also those that wrap, is refused whole or done whole. */
static void all_offsets_and_lengths(void **state)
{
    (void)state;
    static const uk_word sizes[] = {0, 1, 64, UK_PAGE, LEASE_SIZE};
    struct lease_world world = lease_open();
    unsigned done = 0, refused = 0;
    for (unsigned s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uk_word size = sizes[s];
        const uk_word words[] = {0, 1, size / 2, size - 1, size, size + 1, UK_PAGE, 2 * LEASE_SIZE, (uk_word)1 << 32,
                                 (uk_word)1 << 63, END / 2, END - size, END - size + 1, END - 1, END};
        set_lease(world.client, 0, LEASE_RW, LENT, size);
        lease_call(&world, 1);
        for (unsigned o = 0; o < sizeof words / sizeof words[0]; o++)
            for (unsigned l = 0; l < sizeof words / sizeof words[0]; l++) {
                int within = words[o] <= size && words[l] <= size && words[o] + words[l] <= size; /* sizes are small */
                struct uk_call call = lease_operation(&world, UK_LEASE_READ, 0, words[o], OWN, words[l]);
                if (within) {
                    expect(step(world.server, call), UK_OK);
                    lease_expect(world.server, OWN, 1, 0, words[l], words[o]);
                    lease_fill(world.server, OWN, 1);
                    done++;
                } else {
                    refused_at(world.server, UK_BAD_ARGUMENT, call, __FILE__, __LINE__);
                    call.operation = UK_LEASE_WRITE;
                    refused_at(world.server, UK_BAD_ARGUMENT, call, __FILE__, __LINE__);
                    refused++;
                }
            }
        lease_untouched(&world);
        lease_answer(&world);
    }
    assert_true(done > 20 && refused > 100);
    scene_close(world.scene);
}

/* Not in a send, not in an answer, not to a port; not without the right to send items; never beyond the last address. */
static void offers_that_are_refused(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    uk_handle plain = give(world.client, world.service.endpoint, UK_RIGHT_SEND);
    uk_handle sends = give(world.client, make(world.scene, UK_TYPE_PORT, UK_PORT_SIZE(2, 0)), UK_RIGHTS_ALL);
    struct uk_call offer = {.operation = UK_CALL, .handle = world.calls, .tag = UK_TAG(1, 0, 1), .deadline = UK_NOW};
    struct uk_call without = offer, send = offer, to_port = offer;
    without.handle = plain;
    send.operation = UK_SEND;
    to_port = (struct uk_call){.operation = UK_PORT_SEND, .handle = sends, .tag = UK_TAG(1, 0, 1), .deadline = UK_NOW};
    expect(serve(&world.service), BLOCKED);
    set_lease(world.client, 0, LEASE_RW, LENT, 64);
    expect_refused(world.client, UK_BAD_ARGUMENT, send);
    expect_refused(world.client, UK_BAD_ARGUMENT, to_port);
    expect_refused(world.client, UK_NO_RIGHT, without);
    const struct {
        uint32_t rights;
        uk_word address, bytes;
    } bad[] = {{0, LENT, 64},        {UK_RIGHT_EXECUTE, LENT, 64}, {UK_RIGHTS_ALL, LENT, 64}, {LEASE_RW | 32, LENT, 64},
               {LEASE_RW, END, 1},   {LEASE_RW, LENT, END},        {LEASE_RW, LENT, END - LENT + 1},
               {LEASE_RW, END - 62, 64}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        set_lease(world.client, 0, bad[i].rights, bad[i].address, bad[i].bytes);
        expect_refused(world.client, UK_BAD_ARGUMENT, offer);
    }
    set_item(world.client, 0, UK_ITEM_LEASE, LEASE_RW, plain, 64); /* a lease has no capability */
    expect_refused(world.client, UK_BAD_ARGUMENT, offer);
    set_lease(world.client, 0, LEASE_RW, LENT, END - LENT); /* up to the end is fine, if not of much use */
    expect(step(world.client, (struct uk_call){.operation = UK_CALL, .handle = world.calls, .tag = UK_TAG(1, 0, 1),
                                               .deadline = UK_FOREVER}),
           BLOCKED);
    expect_refused(world.server, UK_PEER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, END - LENT - 1, OWN, 1));
    set_lease(world.server, 0, LEASE_RW, OWN, 64);
    expect_refused(world.server, UK_BAD_ARGUMENT,
                   ((struct uk_call){.operation = UK_REPLY, .handle = world.service.answers, .tag = UK_TAG(1, 0, 1)}));
    lease_untouched(&world);
    scene_close(world.scene);
}

/* A receiver without a message buffer cannot be told, so it is said to the caller; nobody is left lending. */
static void a_server_that_cannot_be_told(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    expect(step(world.scene->root, OP(UK_THREAD_SUSPEND, world.server->thread, 0)), UK_OK);
    expect(step(world.scene->root, OP(UK_THREAD_CONFIGURE, world.server->thread, 0, 0, 0, 0, 0, UK_PART_BUFFER)), UK_OK);
    expect(step(world.scene->root, OP(UK_THREAD_RESUME, world.server->thread, 0)), UK_OK);
    expect(serve(&world.service), BLOCKED);
    set_lease(world.client, 0, LEASE_RW, LENT, 64);
    expect(do_call(world.client, world.calls, LONG(1, 0, 1)), UK_NO_WINDOW);
    assert_int_equal(thread_of(world.client)->marks & THREAD_LENDS, 0);
    scene_close(world.scene);
}

/* Which lease: beyond the items, an item that is none, one of nothing; and which right. */
static void leases_that_are_none(void **state)
{
    (void)state;
    struct lease_world world = lease_open();
    static const uint32_t operations[] = {UK_LEASE_READ, UK_LEASE_WRITE, UK_LEASE_INSPECT};
    for (unsigned i = 0; i < 3; i++) /* nobody has called yet */
        expect_refused(world.server, UK_PEER_DIED, lease_operation(&world, operations[i], 0, 0, OWN, 1));
    set_lease(world.client, 0, UK_RIGHT_READ, LENT, 64);
    set_lease(world.client, 1, UK_RIGHT_WRITE, LENT, 64);
    set_lease(world.client, 2, LEASE_RW, LENT, 64);
    lease_call(&world, 2); /* the third is not among them */
    static const uk_word none[] = {2, 3, 4, 255, UINT32_MAX};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned n = 0; n < sizeof none / sizeof none[0]; n++) {
            uk_handle same_call = lease_name(&world, 0) & ~(uk_word)UINT32_MAX;
            expect_refused(world.server, UK_BAD_ARGUMENT, lease_operation(&world, operations[i], none[n], 0, OWN, 1));
            expect_refused(world.server, UK_BAD_ARGUMENT,
                           lease_operation(&world, operations[i], same_call | none[n], 0, OWN, 1));
        }
    expect_refused(world.server, UK_STALE,
                   lease_operation(&world, UK_LEASE_READ, lease_name(&world, 0) + ((uk_word)1 << 32), 0, OWN, 1));
    expect_refused(world.server, UK_NO_RIGHT, lease_operation(&world, UK_LEASE_WRITE, 0, 0, OWN, 1));
    expect_refused(world.server, UK_NO_RIGHT, lease_operation(&world, UK_LEASE_READ, 1, 0, OWN, 1));
    expect_refused(world.server, UK_NO_RIGHT, lease_operation(&world, UK_LEASE_READ, 1, 0, OWN, 0));
    lease_untouched(&world);
    scene_close(world.scene);
}

/* A device's registers are no memory: the kernel does not touch them for anybody. */
static void registers_of_a_device_are_not_copied(void **state)
{
    (void)state;
    static const struct uk_device device = {.name = "device", .bytes = UK_PAGE};
    const struct stage stage = {.arena_bytes = 2 << 20, .devices = &device, .device_count = 1};
    struct lease_world world = lease_open_on(&stage);
    uk_word place = LENT + 16 * UK_PAGE;
    uk_handle registers = give(world.client, UK_SLOT_FIRST_FREE, UK_RIGHTS_ALL);
    expect(step(world.client, OP(UK_SPACE_MAP, UK_SLOT_SPACE, registers, place, LEASE_RW)), UK_OK);
    set_lease(world.client, 0, LEASE_RW, place, 64);
    lease_call(&world, 1);
    expect_refused(world.server, UK_PEER_FAULT, lease_operation(&world, UK_LEASE_READ, 0, 0, OWN, 8));
    expect_refused(world.server, UK_PEER_FAULT, lease_operation(&world, UK_LEASE_WRITE, 0, 0, OWN, 8));
    scene_close(world.scene);
}

static struct lease_world open_preemptible(void)
{
    const struct stage stage = {.preemptible = 1, .arena_bytes = 1 << 20};
    return lease_open_on(&stage);
}

/* The server asks for all, and is broken off after the first page. */
static void begin_a_long_read(struct lease_world *world)
{
    set_lease(world->client, 0, LEASE_RW, LENT, LEASE_SIZE);
    lease_call(world, 1);
    world->scene->preempt_every = 1;
    expect(do_lease(world, UK_LEASE_READ, 0, 0, OWN, LEASE_SIZE), RESTARTING);
    lease_expect(world->server, OWN, 1, 0, UK_PAGE, 0);
}

static int go_on(struct lease_world *world) { return step(world->server, OP(UK_YIELD, 0, 0)); }

static void a_long_copy_is_preempted_and_goes_on(void **state)
{
    (void)state;
    struct lease_world world = open_preemptible();
    begin_a_long_read(&world);
    unsigned rounds = 0;
    int status = RESTARTING;
    for (; status == RESTARTING; rounds++)
        status = go_on(&world);
    expect(status, UK_OK);
    assert_int_equal(rounds, 3);
    lease_expect(world.server, OWN, 1, 0, LEASE_SIZE, 0);
    lease_expect(world.client, LENT, 0, 0, 0, 0);
    scene_close(world.scene);
}

/* The caller goes in the middle: what was copied stays, no more comes, and the registers say how far it got. */
static void the_caller_goes_in_the_middle(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        struct lease_world world = open_preemptible();
        begin_a_long_read(&world);
        world.scene->preempt_every = 0;
        expect(step(world.scene->root, OP(way == 0 ? UK_THREAD_KILL : UK_THREAD_SUSPEND, world.client->thread, 0)), UK_OK);
        expect(go_on(&world), UK_PEER_DIED);
        assert_int_equal(got(world.server)->word[1], UK_PAGE);
        assert_int_equal(got(world.server)->word[3], LEASE_SIZE - UK_PAGE);
        lease_expect(world.server, OWN, 1, 0, UK_PAGE, 0);
        scene_close(world.scene);
    }
}

/* And another comes on the same Reply, by way of a second server: the copy does not go on with his memory. */
static void another_caller_comes_in_the_middle(void **state)
{
    (void)state;
    struct lease_world world = open_preemptible();
    struct actor *second = actor_new(world.scene, "second", 20), *other = actor_new(world.scene, "other", 10);
    uk_handle receives = give(second, world.service.endpoint, UK_RIGHTS_ALL);
    uk_handle answers = give(second, world.service.reply, UK_RIGHTS_ALL);
    frame_at(other, LENT, UK_PAGE, LEASE_RW);
    set_lease(other, 0, LEASE_RW, LENT, LEASE_SIZE);
    begin_a_long_read(&world);
    world.scene->preempt_every = 0;
    expect(do_receive(second, receives, answers), BLOCKED);
    expect(after(world.client), UK_PEER_DIED);
    expect(do_call(other, client_of(other, &world.service), LONG(1, 0, 1)), BLOCKED);
    expect(go_on(&world), UK_STALE);
    lease_expect(world.server, OWN, 1, 0, UK_PAGE, 0);
    scene_close(world.scene);
}

/* A page is taken away in the middle, on either side. */
static void a_page_goes_in_the_middle(void **state)
{
    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        struct lease_world world = open_preemptible();
        begin_a_long_read(&world);
        world.scene->preempt_every = 0;
        uk_handle space = side == 0 ? world.client->space : world.server->space;
        expect(step(world.scene->root, OP(UK_SPACE_UNMAP, space, (side == 0 ? LENT : OWN) + 2 * UK_PAGE)), UK_OK);
        expect(go_on(&world), side == 0 ? UK_PEER_FAULT : UK_CALLER_FAULT);
        assert_int_equal(got(world.server)->word[3], LEASE_SIZE - 2 * UK_PAGE);
        scene_close(world.scene);
    }
}

/* HU-1: the lender is killed and made anew at random moments of a borrow loop: the borrower sees the exact bytes, or that
 * he is gone; and nobody else's memory ever. */
static void random_restarts_of_the_lender(void **state)
{
    (void)state;
    const struct stage stage = {.arena_bytes = 32 << 20};
    struct lease_world world = lease_open_on(&stage);
    unsigned exact = 0, gone = 0;
    scene_seed(world.scene, 5);
    world.scene->unchecked = 1;
    for (unsigned round = 0; round < 120; round++) {
        struct actor *lender = actor_new(world.scene, "lender", 10);
        (void)frame_at(lender, LENT, UK_PAGE, LEASE_RW);
        unsigned char page[UK_PAGE], read[UK_PAGE];
        memset(page, (int)round + 1, sizeof page);
        poke(lender, LENT, page, sizeof page);
        set_lease(lender, 0, UK_RIGHT_READ, LENT, UK_PAGE);
        expect(serve(&world.service), BLOCKED);
        expect(do_call(lender, client_of(lender, &world.service), LONG(1, 0, 1)), BLOCKED);
        uint32_t when = scene_random(world.scene, 12), how = scene_random(world.scene, 3);
        for (uint32_t i = 0; i < 8; i++) {
            if (i == when && how < 2)
                expect(step(world.scene->root, OP(how == 0 ? UK_THREAD_KILL : UK_THREAD_SUSPEND, lender->thread, 0)), UK_OK);
            uint32_t from = scene_random(world.scene, UK_PAGE), bytes = scene_random(world.scene, UK_PAGE - from + 1);
            int status = do_lease(&world, UK_LEASE_READ, lease_name(&world, 0), from, OWN, bytes);
            expect(status, i >= when && how < 2 ? UK_PEER_DIED : UK_OK);
            exact += status == UK_OK;
            gone += status != UK_OK;
            if (status == UK_OK) {
                assert_int_equal(peek(world.server, OWN, read, bytes), UK_OK);
                assert_memory_equal(read, page, bytes);
            }
        }
        expect(do_reply(world.server, world.service.answers, EMPTY(0)), UK_OK);
        expect(step(world.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, lender->cnode)), UK_OK);
    }
    assert_true(exact > 300 && gone > 100);
    scene_check(world.scene);
    scene_close(world.scene);
}

/* A page with a single capability, as snapshots want them, filled. */
static uk_handle lone_page(struct actor *actor, uk_word address, unsigned char side)
{
    unsigned char page[UK_PAGE];
    uk_handle frame = hand(actor, make(actor->scene, UK_TYPE_FRAME, UK_PAGE));
    expect(step(actor, OP(UK_SPACE_MAP, UK_SLOT_SPACE, frame, address, LEASE_RW)), UK_OK);
    for (uk_word i = 0; i < UK_PAGE; i++)
        page[i] = lease_pattern(i, side);
    poke(actor, address, page, sizeof page);
    return frame;
}

/* A page that the client lends and of which the server has a snapshot: whichever is written by way of the lease, also from
 * the other one itself, the snapshot stays what it was. */
static void a_snapshot_stays_what_it_was(void **state)
{
    (void)state;
    enum { SHIFT = 8 };
    for (unsigned way = 0; way < 2; way++) {
        struct lease_world world = lease_open();
        uk_word lent = LENT + 8 * UK_PAGE, copy = OWN + 8 * UK_PAGE, from = way == 0 ? OWN : copy + SHIFT;
        unsigned char page[UK_PAGE];
        set_item(world.client, 0, UK_ITEM_SNAPSHOT, UK_RIGHTS_ALL, lone_page(world.client, lent, 0), 1);
        set_copies(world.server, lone_page(world.server, copy, 1), 1);
        set_lease(world.client, 1, LEASE_RW, lent, UK_PAGE);
        lease_call(&world, 2);
        expect(do_lease(&world, UK_LEASE_WRITE, 1, 0, from, UK_PAGE - SHIFT), UK_OK);
        assert_int_equal(peek(world.server, copy, page, UK_PAGE), UK_OK);
        for (uk_word i = 0; i < UK_PAGE; i++)
            assert_int_equal(page[i], lease_pattern(i, 0));
        assert_int_equal(peek(world.client, lent, page, UK_PAGE), UK_OK);
        for (uk_word i = 0; i < UK_PAGE - SHIFT; i++)
            assert_int_equal(page[i], way == 0 ? lease_pattern(i, 1) : lease_pattern(i + SHIFT, 0));
        expect(do_lease(&world, UK_LEASE_READ, 1, 0, copy, 16), UK_OK); /* now that page is written, and no other */
        assert_int_equal(peek(world.server, copy, page, 16), UK_OK);
        assert_int_equal(page[0], way == 0 ? lease_pattern(0, 1) : lease_pattern(SHIFT, 0));
        scene_close(world.scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_offsets_and_lengths),
        cmocka_unit_test(offers_that_are_refused),
        cmocka_unit_test(a_server_that_cannot_be_told),
        cmocka_unit_test(leases_that_are_none),
        cmocka_unit_test(registers_of_a_device_are_not_copied),
        cmocka_unit_test(a_long_copy_is_preempted_and_goes_on),
        cmocka_unit_test(the_caller_goes_in_the_middle),
        cmocka_unit_test(another_caller_comes_in_the_middle),
        cmocka_unit_test(a_page_goes_in_the_middle),
        cmocka_unit_test(random_restarts_of_the_lender),
        cmocka_unit_test(a_snapshot_stays_what_it_was),
    };
    return cmocka_run_group_tests_name("ipc/lease hostile", tests, NULL, NULL);
}
