/* SPDX-License-Identifier: MIT */
/* Rings: a batch is one kernel entry and does what its operations do one by one. Oracles IU-1..3, IU-5. */
#include "ipc/ring_world.h"

#include "core/sched_context.h"

/* IU-1, and the count that the design is for. */
static void sixty_four_operations_are_one_entry(void **state)
{
    (void)state;
    struct ring_world world = ring_open(64, 64);
    uk_handle bell = give_badged(world.user, make(world.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL, 8);
    for (unsigned i = 0; i < 64; i++)
        ring_put(&world, OP(UK_SIGNAL, bell, 0), 0);
    struct counters before = world.scene->inside->counters;
    expect(ring_enter_for(&world, 64, 64), UK_OK);
    const struct counters *after_it = &world.scene->inside->counters;
    assert_int_equal(after_it->entries - before.entries, 1);
    assert_int_equal(after_it->signals - before.signals, 64);
    assert_int_equal(ring_word(&world, 0), 64);
    assert_int_equal(ring_word(&world, 1), 64);
    assert_int_equal(ring_word(&world, 2), 0);
    for (unsigned i = 0; i < 64; i++)
        ring_take(&world, i, UK_OK);
    assert_int_equal(world.header->complete_tail, world.head);
    scene_close(world.scene);
}

/* A wait, a receive and an inspection bring what they bring to registers. */
static void results_are_those_of_registers(void **state)
{
    (void)state;
    struct ring_world world = ring_open(8, 8);
    uk_handle bell = give_badged(world.user, make(world.scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL, 8);
    uk_handle endpoint = give(world.user, make(world.scene, UK_TYPE_ENDPOINT, 0), UK_RIGHTS_ALL);
    ring_put(&world, OP(UK_WAIT, bell, 0), 0);
    ring_put(&world, OP(UK_SIGNAL, bell, 0), 0);
    ring_put(&world, OP(UK_WAIT, bell, 0), 0);
    ring_put(&world, OP(UK_RECEIVE, endpoint, 0), 0);
    ring_put(&world, OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, world.ring), 0);
    expect(ring_enter_for(&world, 8, 0), UK_OK);
    assert_int_equal(ring_word(&world, 0), 5);
    ring_take(&world, 0, UK_WOULD_BLOCK);
    ring_take(&world, 1, UK_OK);
    assert_int_equal(ring_take(&world, 2, UK_OK)->badge, 8);
    ring_take(&world, 3, UK_WOULD_BLOCK);
    assert_int_equal(ring_take(&world, 4, UK_OK)->word[0], UK_TYPE_RING);
    scene_close(world.scene);
}

/* A sender that waits is served by a receive in a ring, and one in a ring serves a receiver that waits. */
static void messages_go_both_ways(void **state)
{
    (void)state;
    struct ring_world world = ring_open(8, 8);
    uk_handle made = make(world.scene, UK_TYPE_ENDPOINT, 0), endpoint = give(world.user, made, UK_RIGHTS_ALL);
    struct actor *other = actor_new(world.scene, "other", 10);
    uk_handle theirs = give_badged(other, made, UK_RIGHTS_ALL, 5);
    expect(do_send(other, theirs, WORDS(9, 11, 22)), BLOCKED);
    ring_put(&world, OP(UK_RECEIVE, endpoint, 0), 0);
    expect(ring_enter_for(&world, 1, 0), UK_OK);
    const struct uk_ring_completion *message = ring_take(&world, 0, UK_OK);
    assert_int_equal(message->badge, 5);
    assert_int_equal(UK_TAG_LABEL(message->tag), 9);
    assert_int_equal(message->word[1], 22);
    expect(after(other), UK_OK);
    uk_handle again = give_badged(other, made, UK_RIGHTS_ALL, 6);
    expect(do_send(until(other, time_now(world.scene) + 100000), again, WORDS(9, 33)), BLOCKED);
    struct uk_call filtered = OP(UK_RECEIVE | UK_FILTERED, endpoint, 0);
    filtered.filter = 5;
    ring_put(&world, filtered, 0); /* a closed wait is closed here, too */
    filtered.filter = 6;
    ring_put(&world, filtered, 0);
    expect(ring_enter_for(&world, 2, 0), UK_OK);
    ring_take(&world, 1, UK_WOULD_BLOCK);
    assert_int_equal(ring_take(&world, 2, UK_OK)->badge, 6);
    expect(after(other), UK_OK);
    expect(do_receive(other, theirs, 0), BLOCKED);
    ring_put(&world, ((struct uk_call){.operation = UK_SEND, .handle = endpoint, .tag = UK_TAG(4, 1, 0), .word = {7}}), 0);
    expect(ring_enter_for(&world, 1, 0), UK_OK);
    ring_take(&world, 3, UK_OK);
    expect(after(other), UK_OK);
    assert_int_equal(got(other)->word[0], 7);
    uk_handle answers = give(world.user, make(world.scene, UK_TYPE_REPLY, 0), UK_RIGHTS_ALL);
    struct uk_call served = OP(UK_RECEIVE, endpoint, 0), answer = OP(UK_REPLY, answers, 8);
    served.reply = answers;
    answer.tag = UK_TAG(2, 1, 0);
    expect(do_call(other, theirs, EMPTY(1)), BLOCKED);
    ring_put(&world, served, 0);
    ring_put(&world, answer, 0);
    expect(ring_enter_for(&world, 2, 0), UK_OK);
    assert_true((ring_take(&world, 4, UK_OK)->tag & UK_TAG_CALL) != 0);
    ring_take(&world, 5, UK_OK);
    expect(after(other), UK_OK);
    assert_int_equal(got(other)->word[0], 8);
    scene_close(world.scene);
}

/* IU-2: a random list of operations, in a ring and one by one, on twin kernels. All but the few that tell the time, which is
 * not the same on both; with words also where an operation has none. */
static int is_tried(uint8_t operation)
{
    return operation != UK_EXIT && operation != UK_CLOCK && operation != UK_CALL && operation != UK_THREAD_SUSPEND &&
           operation != UK_THREAD_KILL && operation != UK_TIMER_SET;
}

static int answers_words(uk_word operation)
{
    return operation == UK_RECEIVE || operation == UK_REPLY_RECEIVE || operation == UK_CAPABILITY_INSPECT ||
           operation == UK_SPACE_QUERY || operation == UK_THREAD_INSPECT;
}

/* Where things are that nothing here takes away. */
enum { ENDPOINT = 60, NOTIFICATION, UNTYPED, REPLY, SCHED, TIMER, THREAD, SPACE, OTHERS };

static uk_handle object_for(uint8_t operation)
{
    static const uint8_t objects[UK_OPERATION_COUNT] = {
        [UK_SEND] = ENDPOINT, [UK_RECEIVE] = ENDPOINT, [UK_REPLY_RECEIVE] = ENDPOINT, [UK_ENDPOINT_BIND] = ENDPOINT,
        [UK_REPLY] = REPLY, [UK_SIGNAL] = NOTIFICATION, [UK_WAIT] = NOTIFICATION, [UK_CAPABILITY_COPY] = UK_SLOT_CNODE,
        [UK_CAPABILITY_MINT] = UK_SLOT_CNODE, [UK_CAPABILITY_MOVE] = UK_SLOT_CNODE, [UK_CAPABILITY_DELETE] = UK_SLOT_CNODE,
        [UK_CAPABILITY_REVOKE] = UK_SLOT_CNODE, [UK_CAPABILITY_INSPECT] = UK_SLOT_CNODE, [UK_RETYPE] = UNTYPED,
        [UK_SPACE_CONFIGURE] = SPACE, [UK_SPACE_MAP] = UK_SLOT_SPACE, [UK_SPACE_UNMAP] = UK_SLOT_SPACE,
        [UK_SPACE_PROTECT] = UK_SLOT_SPACE, [UK_SPACE_QUERY] = UK_SLOT_SPACE, [UK_THREAD_CONFIGURE] = THREAD,
        [UK_THREAD_NAME] = THREAD, [UK_THREAD_PRIORITY] = THREAD, [UK_THREAD_REGISTERS] = THREAD, [UK_THREAD_RESUME] = THREAD,
        [UK_THREAD_BIND] = THREAD, [UK_THREAD_WATCH] = THREAD, [UK_THREAD_INSPECT] = THREAD, [UK_SCHED_CONFIGURE] = SCHED,
        [UK_SCHED_BIND] = SCHED, [UK_SCHED_UNBIND] = SCHED, [UK_TIMER_BIND] = TIMER};
    return objects[operation];
}

static struct uk_call random_call(struct scene *scene)
{
    uint8_t operation = (uint8_t)(1 + scene_random(scene, UK_INTERRUPT_ACKNOWLEDGE));
    while (!is_tried(operation))
        operation = (uint8_t)(1 + scene_random(scene, UK_INTERRUPT_ACKNOWLEDGE));
    uk_handle handle = scene_random(scene, 8) == 0 ? 8 + scene_random(scene, 20) : object_for(operation);
    uk_word address = RING_PAGE + UK_PAGE * (1 + scene_random(scene, 3)), first = 12 + scene_random(scene, 20);
    uk_word rights = 1 + scene_random(scene, 3);
    struct uk_call call = OP(operation, handle, first, 8 + scene_random(scene, 24), 0, UK_RIGHTS_ALL, rights,
                             scene_random(scene, 2));
    if (operation == UK_RETYPE)
        memcpy(call.word, (uk_word[]){8 + scene_random(scene, 5), 0, 0, first, 1}, 40);
    else if (operation == UK_SPACE_MAP)
        memcpy(call.word, (uk_word[]){first, address, rights}, 24);
    else if (operation >= UK_SPACE_UNMAP && operation <= UK_SPACE_QUERY)
        memcpy(call.word, (uk_word[]){address, rights}, 16);
    else if (operation == UK_THREAD_REGISTERS)
        memcpy(call.word, (uk_word[]){address, address, first}, 24);
    else if (operation == UK_SCHED_CONFIGURE)
        memcpy(call.word, (uk_word[]){1000 * first, 40000, scene_random(scene, 2)}, 24);
    else if (operation >= UK_CAPABILITY_COPY && operation <= UK_CAPABILITY_MOVE && scene_random(scene, 4) == 0)
        call.word[2] = OTHERS; /* the source is in another CNode, where there is little */
    if (answers_words(operation)) /* when an inspection fails, these come back as zero */
        memset(call.word + 3, 0, 24);
    call.deadline = UK_NOW;
    return call;
}

static struct ring_world twin_open(void)
{
    struct ring_world world = ring_open(16, 16);
    struct scene *scene = world.scene;
    struct actor *user = world.user, *other = actor_new(scene, "other", 5);
    const uk_handle things[] = {make(scene, UK_TYPE_ENDPOINT, 0), make(scene, UK_TYPE_NOTIFICATION, 0),
                                make(scene, UK_TYPE_UNTYPED, 1 << 16), make(scene, UK_TYPE_REPLY, 0),
                                make(scene, UK_TYPE_SCHED_CONTEXT, 0), make(scene, UK_TYPE_TIMER, 0), other->thread,
                                other->space, other->cnode};
    for (unsigned i = 0; i < sizeof things / sizeof things[0]; i++)
        expect(step(scene->root, OP(UK_CAPABILITY_COPY, user->cnode, ENDPOINT + i, things[i], 0, UK_RIGHTS_ALL)), UK_OK);
    (void)give(user, make(scene, UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL);
    (void)give(user, make(scene, UK_TYPE_FRAME, UK_PAGE), UK_RIGHTS_ALL);
    (void)give(user, other->cnode, UK_RIGHTS_ALL);
    (void)give(user, user->thread, UK_RIGHT_READ);
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, other->thread, 0)), UK_OK); /* so that it can be sent elsewhere */
    scene->seed = 7;
    return world;
}

/* What operations do beside filling slots: to mappings, to the other thread, to the scheduling context. */
static void compare_objects(const struct ring_world *ring, const struct ring_world *plain)
{
    const struct thread *one = (struct thread *)object_of(ring->user, THREAD);
    const struct thread *other = (struct thread *)object_of(plain->user, THREAD);
    const struct sched_context *mine = (struct sched_context *)object_of(ring->user, SCHED);
    const struct sched_context *theirs = (struct sched_context *)object_of(plain->user, SCHED);
    for (unsigned i = 1; i <= 3; i++) {
        struct uk_mapping_info a = {0}, b = {0};
        uk_word address = RING_PAGE + i * UK_PAGE;
        expect(uk_inspect_mapping(ring->scene->kernel, ring->user->space, address, &a),
               (int)uk_inspect_mapping(plain->scene->kernel, plain->user->space, address, &b));
        assert_true(a.address == b.address && a.bytes == b.bytes && a.rights == b.rights);
    }
    assert_memory_equal(&one->registers, &other->registers, sizeof one->registers);
    assert_int_equal(one->state, other->state);
    assert_int_equal(one->priority, other->priority);
    assert_memory_equal(one->name, other->name, sizeof one->name);
    assert_true(mine->budget == theirs->budget && mine->period == theirs->period && mine->policy == theirs->policy);
}

static void compare(struct ring_world *ring, struct ring_world *plain, const struct uk_call *calls, unsigned count)
{
    static const uk_word untouched[1 + UK_REGISTER_WORDS] = {7, 7, 7, 7, 7, 7, 7};
    for (unsigned i = 0; i < count; i++) {
        int status = step(plain->user, calls[i]);
        struct uk_ring_completion *completion = ring_take(ring, ring->tail - count + i, status);
        const struct uk_call *registers = got(plain->user);
        assert_int_equal(completion->badge, registers->handle);
        if (answers_words(calls[i].operation)) {
            assert_int_equal(completion->tag, registers->tag);
            assert_memory_equal(completion->word, registers->word, sizeof completion->word);
        } else {
            assert_memory_equal(&completion->tag, untouched, sizeof untouched);
        }
        memcpy(&completion->tag, untouched, sizeof untouched);
    }
    for (unsigned slot = 8; slot < 40; slot++) {
        const struct capability *one = slot_of(ring->user, slot), *other = slot_of(plain->user, slot);
        assert_int_equal(one->type, other->type);
        assert_int_equal(one->rights, other->rights);
        assert_int_equal(one->badge, other->badge);
        assert_int_equal(one->slot_generation, other->slot_generation);
        assert_int_equal(descendants(one), descendants(other));
    }
    compare_objects(ring, plain);
}

static void same_as_one_by_one(void **state)
{
    (void)state;
    struct ring_world ring = twin_open(), plain = twin_open();
    for (unsigned i = 0; i < 16; i++)
        for (unsigned k = 0; k <= UK_REGISTER_WORDS; k++)
            (&ring.completions[i].tag)[k] = 7;
    for (unsigned long round = 0; round < percent_of(200); round++) {
        struct uk_call calls[16];
        unsigned count = 1 + scene_random(ring.scene, 16);
        for (unsigned i = 0; i < count; i++) {
            calls[i] = random_call(ring.scene);
            ring_put(&ring, calls[i], 0);
        }
        expect(ring_enter_for(&ring, 16, count), UK_OK);
        assert_int_equal(ring_word(&ring, 0), count);
        compare(&ring, &plain, calls, count);
    }
    scene_close(ring.scene);
    scene_close(plain.scene);
}

/* IU-3: every way in which eight entries can be linked and can fail, against the rule in one line. */
static void links_cancel_to_the_end_of_the_chain(void **state)
{
    (void)state;
    struct ring_world world = ring_open(8, 8);
    for (unsigned links = 0; links < 256; links += percent_stride(51))
        for (unsigned fails = 0; fails < 256; fails += 1 + links % 5) {
            int wanted[8];
            for (unsigned i = 0; i < 8; i++) {
                int cancelled = i > 0 && (links >> (i - 1) & 1) != 0 && wanted[i - 1] != UK_OK;
                wanted[i] = cancelled ? UK_CANCELLED : (fails >> i & 1) != 0 ? UK_EMPTY_SLOT : UK_OK;
                ring_put(&world, OP(UK_CAPABILITY_INSPECT, UK_SLOT_CNODE, (fails >> i & 1) != 0 ? 200 : 1),
                         links >> i & 1);
            }
            uk_word split = links % 8; /* chains do not care how submissions are counted out */
            expect(ring_enter_for(&world, split, 0), UK_OK);
            expect(ring_enter_for(&world, 8, 8), UK_OK);
            for (unsigned i = 0; i < 8; i++)
                ring_take(&world, world.tail - 8 + i, wanted[i]);
            ring_put(&world, OP(UK_CLOCK, 0, 0), 0); /* a chain may reach on; this is its end */
            expect(ring_enter_for(&world, 1, 1), UK_OK);
            ring_take(&world, world.tail - 1, (links & 128) != 0 && wanted[7] != UK_OK ? UK_CANCELLED : UK_OK);
        }
    scene_close(world.scene);
}

/* IU-5: with no room left nothing is executed, so nothing can be lost. */
static void full_completions_stop_the_submissions(void **state)
{
    (void)state;
    struct ring_world world = ring_open(8, 4);
    for (unsigned i = 0; i < 8; i++)
        ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(ring_enter_for(&world, 8, 0), UK_OK);
    assert_int_equal(ring_word(&world, 0), 4);
    assert_int_equal(ring_word(&world, 2), 4);
    expect(ring_enter_for(&world, 8, 0), UK_BUSY);
    assert_int_equal(ring_word(&world, 0), 0);
    assert_int_equal(world.header->submit_head, 4);
    for (unsigned i = 0; i < 3; i++)
        ring_take(&world, i, UK_OK);
    expect(ring_enter_for(&world, 8, 0), UK_OK);
    assert_int_equal(ring_word(&world, 0), 3);
    for (unsigned i = 3; i < 7; i++)
        ring_take(&world, i, UK_OK);
    expect(ring_enter_for(&world, 8, 2), UK_WOULD_BLOCK); /* one is there, two were asked for; it never waits */
    assert_int_equal(ring_word(&world, 0), 1);
    ring_take(&world, 7, UK_OK);
    scene_close(world.scene);
}

/* Operations that decide who runs, or would have to wait, and entries with what has no meaning. */
static void refused_entries(void **state)
{
    (void)state;
    struct ring_world world = ring_open(16, 16);
    uk_handle endpoint = give(world.user, make(world.scene, UK_TYPE_ENDPOINT, 0), UK_RIGHTS_ALL);
    uk_handle self = give(world.user, world.user->thread, UK_RIGHTS_ALL);
    ring_put(&world, OP(UK_YIELD, 0, 0), 0);
    ring_put(&world, OP(UK_EXIT, 0, 0), 0);
    ring_put(&world, OP(UK_CALL, endpoint, 0), 0);
    ring_put(&world, OP(UK_THREAD_SUSPEND, self, 0), 0);
    ring_put(&world, OP(UK_THREAD_KILL, self, 0), 0);
    ring_put(&world, OP(UK_RING_ENTER, world.ring, 1), 0);
    ring_put(&world, OP(UK_RING_CONFIGURE, world.ring, 0), 0);
    ring_put(&world, OP(UK_OPERATION_COUNT, 0, 0), 0);
    ring_put(&world, OP(~(uk_word)0, 0, 0), 0);
    ring_put(&world, OP(UK_TIMER_SET, endpoint, 0), 0); /* would be a call to whoever serves the endpoint */
    ring_put(&world, OP(UK_SEND, endpoint, 0), 0);
    ring_put(&world, OP(UK_SEND, endpoint, 0), 0)->call.deadline = UK_FOREVER;
    ring_put(&world, OP(UK_CLOCK, 0, 0), 2);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0)->flags = ~(uk_word)1;
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0)->flags = (uk_word)1 << 32;
    expect(ring_enter_for(&world, 16, 15), UK_OK);
    for (unsigned i = 0; i < 9; i++)
        ring_take(&world, i, UK_BAD_OPERATION);
    ring_take(&world, 9, UK_WOULD_BLOCK);
    ring_take(&world, 10, UK_WOULD_BLOCK);
    for (unsigned i = 11; i < 15; i++)
        ring_take(&world, i, UK_BAD_ARGUMENT);
    scene_close(world.scene);
}

/* What a later design brought is refused by its number, with every right there is to it: portals move their caller, exchanges
 * and bound calls wait, and the others have no shape (DESIGN.md, Rings). */
static void later_designs_stay_outside(void **state)
{
    (void)state;
    struct ring_world world = ring_open(16, 16);
    static const struct {
        uint32_t type;
        uk_word size;
    } of[] = {{UK_TYPE_PORT, UK_PORT_SIZE(1, 0)}, {UK_TYPE_PORT_SET, 0}, {UK_TYPE_RING, 0}, {UK_TYPE_REPLY, 0},
              {UK_TYPE_PORTAL, 1}, {UK_TYPE_THREAD, 0}, {UK_TYPE_BOUND, 0}};
    enum { TYPES = sizeof of / sizeof of[0] };
    uk_handle handles[TYPES];
    uint32_t taken = 0;
    for (unsigned i = 0; i < TYPES; i++)
        handles[i] = hand(world.user, make(world.scene, of[i].type, of[i].size));
    for (uk_word number = UK_PORT_SEND; number < UK_OPERATION_COUNT; number++) {
        for (unsigned i = 0; i < TYPES; i++)
            ring_put(&world, OP(number, handles[i], 0), 0);
        expect(ring_enter_for(&world, TYPES, TYPES), UK_OK);
        for (unsigned i = 0; i < TYPES; i++)
            ring_take(&world, taken++, UK_BAD_OPERATION);
    }
    scene_close(world.scene);
}

/* Misuse in an entry is a status there, also for a thread whose misuse is a fault otherwise. */
static void misuse_is_a_status(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    expect(step(world.scene->root, OP(UK_THREAD_CONFIGURE, world.user->thread, 0, 0, 0, 0, UK_THREAD_FAULT_ON_MISUSE,
                                      UK_PART_FLAGS)), UK_OK);
    ring_put(&world, OP(UK_SIGNAL, 200, 0), 0);
    ring_put(&world, OP(UK_SIGNAL, world.ring, 0), 0);
    expect(ring_enter_for(&world, 4, 0), UK_OK);
    ring_take(&world, 0, UK_EMPTY_SLOT);
    ring_take(&world, 1, UK_WRONG_TYPE);
    expect(step(world.user, OP(UK_RING_ENTER, 200, 1)), STOPPED);
    scene_close(world.scene);
}

/* Somebody else enters: the submitter, asleep, is woken; awake, it is not. */
static void doorbell(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    struct actor *helper = actor_new(world.scene, "helper", 10);
    uk_handle theirs = give(helper, world.root_ring, UK_RIGHT_SEND);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(step(helper, OP(UK_RING_ENTER, theirs, 4)), UK_OK);
    expect(do_wait(until(world.user, UK_NOW), world.doorbell), UK_WOULD_BLOCK);
    world.header->submitter_sleeps = 1;
    expect(do_wait(world.user, world.doorbell), BLOCKED);
    expect(step(helper, OP(UK_RING_ENTER, theirs, 4)), UK_OK);
    expect(after(world.user), BLOCKED); /* nothing was added */
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(step(helper, OP(UK_RING_ENTER, theirs, 4)), UK_OK);
    expect(after(world.user), UK_OK);
    assert_int_equal(got(world.user)->handle, 64);
    ring_take(&world, 0, UK_OK);
    ring_take(&world, 1, UK_OK);
    scene_close(world.scene);
}

/* A more urgent thread that an entry wakes runs at once, as it does after a single operation. */
static void the_more_urgent_run_at_once(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    uk_handle made = make(world.scene, UK_TYPE_NOTIFICATION, 0), bell = give(world.user, made, UK_RIGHTS_ALL);
    struct actor *urgent = actor_new(world.scene, "urgent", 20);
    uk_handle waits = give(urgent, made, UK_RIGHTS_ALL);
    expect(do_wait(urgent, waits), BLOCKED);
    uk_time later = time_now(world.scene) + 1000000;
    uk_handle bed = make(world.scene, UK_TYPE_NOTIFICATION, 0);
    expect(do_wait(until(world.scene->root, later), bed), BLOCKED); /* the most urgent of all */
    ring_put(&world, OP(UK_SIGNAL, bell, 0), 0);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(step(world.user, OP(UK_RING_ENTER, world.ring, 2, 2)), RESTARTING);
    expect_next(urgent);
    assert_int_equal(world.header->complete_tail, 1);
    expect(do_wait(urgent, waits), BLOCKED);
    expect(after(world.user), UK_OK); /* it went on with the rest */
    assert_int_equal(ring_word(&world, 0), 2);
    ring_take(&world, 0, UK_OK);
    ring_take(&world, 1, UK_OK);
    advance(world.scene, later);
    scene_close(world.scene);
}

/* A passive thread that answers from a ring gives its time back, and stops there. */
static void time_given_away_ends_the_batch(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    uk_handle made = make(world.scene, UK_TYPE_ENDPOINT, 0), reply = make(world.scene, UK_TYPE_REPLY, 0);
    uk_handle receives = give(world.user, made, UK_RIGHTS_ALL), answers = give(world.user, reply, UK_RIGHTS_ALL);
    struct actor *client = actor_new(world.scene, "client", 10);
    uk_handle calls = give(client, made, UK_RIGHTS_ALL);
    expect(do_receive(world.user, receives, answers), BLOCKED);
    actor_make_passive(world.user);
    expect(do_call(client, calls, EMPTY(1)), BLOCKED);
    ring_put(&world, OP(UK_REPLY, answers, 0), 0);
    ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(step(world.user, OP(UK_RING_ENTER, world.ring, 2, 0)), UK_OK);
    expect(after(client), UK_OK);
    assert_int_equal(ring_word(&world, 0), 1);
    assert_int_equal(ring_word(&world, 2), 1);
    scene_close(world.scene);
}

static void configuring(void **state)
{
    (void)state;
    struct ring_world world = ring_open(4, 4);
    struct actor *user = world.user;
    const uk_word sizes[][2] = {{0, 4}, {4, 0}, {3, 4}, {4, 6}, {32, 4}, {16, 32}, {8192, 4}, {~(uk_word)0, 4},
                                {4, (uk_word)1 << 32}};
    expect_refused(user, UK_BUSY, OP(UK_RING_CONFIGURE, world.ring, world.frame, 4, 4, 0));
    expect(step(user, OP(UK_RING_CONFIGURE, world.ring, 0)), UK_OK);
    expect_refused(user, UK_CALLER_FAULT, OP(UK_RING_ENTER, world.ring, 0, 0));
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        expect_refused(user, UK_BAD_ARGUMENT, OP(UK_RING_CONFIGURE, world.ring, world.frame, sizes[i][0], sizes[i][1]));
    scene_close(world.scene);
    world = ring_open(64, 64); /* in a large frame there would be room for more than the limit */
    user = world.user;
    expect(step(user, OP(UK_RING_CONFIGURE, world.ring, 0)), UK_OK);
    expect_refused(user, UK_BAD_ARGUMENT, OP(UK_RING_CONFIGURE, world.ring, world.frame, 2 * UK_RING_ENTRIES_MAX, 4));
    expect_refused(user, UK_BAD_ARGUMENT, OP(UK_RING_CONFIGURE, world.ring, world.frame, 4, 2 * UK_RING_ENTRIES_MAX));
    expect(step(user, OP(UK_RING_CONFIGURE, world.ring, world.frame, UK_RING_ENTRIES_MAX, UK_RING_ENTRIES_MAX)), UK_OK);
    expect(step(user, OP(UK_RING_CONFIGURE, world.ring, 0)), UK_OK);
    expect_refused(user, UK_WRONG_TYPE, OP(UK_RING_CONFIGURE, world.ring, world.ring, 4, 4));
    expect_refused(user, UK_WRONG_TYPE, OP(UK_RING_CONFIGURE, world.ring, world.frame, 4, 4, world.ring));
    uk_handle readable = give(user, world.root_frame, UK_RIGHT_READ);
    expect_refused(user, UK_NO_RIGHT, OP(UK_RING_CONFIGURE, world.ring, readable, 4, 4));
    expect(step(user, OP(UK_RING_CONFIGURE, world.ring, world.frame, 16, 16)), UK_OK);
    expect(step(user, OP(UK_RING_ENTER, world.ring, 1, 0)), UK_OK);
    assert_int_equal(ring_word(&world, 0), 0);
    scene_close(world.scene);
}

/* Configured again, it begins at the beginning, and its page says how large the queues are. */
static void a_ring_begins_anew(void **state)
{
    (void)state;
    struct ring_world world = ring_open(8, 8);
    for (unsigned i = 0; i < 3; i++)
        ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
    expect(ring_enter_for(&world, 3, 3), UK_OK);
    expect(step(world.user, OP(UK_RING_CONFIGURE, world.ring, 0)), UK_OK);
    expect(step(world.user, OP(UK_RING_CONFIGURE, world.ring, world.frame, 2, 4)), UK_OK);
    const struct uk_ring_header fresh = {.submit_entries = 2, .complete_entries = 4};
    assert_memory_equal(world.header, &fresh, sizeof fresh);
    world.submissions = 2;
    world.room = 4;
    world.completions = (struct uk_ring_completion *)(world.entries + 2);
    world.tail = world.head = 0;
    for (uint32_t i = 0; i < 5; i++) {
        ring_put(&world, OP(UK_CLOCK, 0, 0), 0);
        expect(ring_enter_for(&world, 1, 1), UK_OK);
        ring_take(&world, i, UK_OK);
    }
    scene_close(world.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixty_four_operations_are_one_entry),
        cmocka_unit_test(results_are_those_of_registers),
        cmocka_unit_test(messages_go_both_ways),
        cmocka_unit_test(same_as_one_by_one),
        cmocka_unit_test(links_cancel_to_the_end_of_the_chain),
        cmocka_unit_test(full_completions_stop_the_submissions),
        cmocka_unit_test(refused_entries),
        cmocka_unit_test(later_designs_stay_outside),
        cmocka_unit_test(misuse_is_a_status),
        cmocka_unit_test(doorbell),
        cmocka_unit_test(the_more_urgent_run_at_once),
        cmocka_unit_test(time_given_away_ends_the_batch),
        cmocka_unit_test(configuring),
        cmocka_unit_test(a_ring_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
