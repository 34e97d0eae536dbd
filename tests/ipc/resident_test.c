/* SPDX-License-Identifier: MIT */
/* Resident servers: what they may be asked, what they see of their callers, and what their time costs. HY-1, HY-3. */
#include "support/scene.h"

#include <string.h>

#include "core/machine.h"
#include "core/sched_context.h"
#include "ipc/resident.h"

enum { ADDER = UK_SLOT_FIRST_FREE, PAYLOAD, SLOW };
#define MEMORY_AT ((uk_word)0x40000000)
#define BOUND_NS  ((uk_time)700)

static uint64_t visits; /* of any server */
static uk_word last_badge;

static enum uk_status add(void *context, struct uk_resident_call *call)
{
    visits++;
    last_badge = call->badge;
    call->word[0] += call->word[1] + *(const uk_word *)context;
    return call->word[2] != 0 ? UK_REFUSED : UK_OK;
}

/* Adds up the payload and writes how often each piece began; w1: right asked for, w2: from where on. */
static enum uk_status sum(void *context, struct uk_resident_call *call)
{
    size_t bytes = 0;
    uk_word total = 0, pieces = 0;
    (void)context;
    visits++;
    for (uk_word at = call->word[2]; at < call->bytes; at += bytes, pieces++) {
        unsigned char *view = uk_resident_view(call, at, (uint32_t)call->word[1], &bytes);
        if (view == NULL)
            return UK_CALLER_FAULT;
        for (size_t i = 0; i < bytes; i++)
            total += view[i];
        if (call->word[1] == UK_RIGHT_WRITE)
            view[0]++;
    }
    call->word[0] = total;
    call->word[1] = pieces;
    call->word[2] = uk_resident_view(call, call->bytes, UK_RIGHT_READ, &bytes) == NULL;
    call->word[3] = uk_resident_view(call, UK_FOREVER, UK_RIGHT_READ, &bytes) == NULL;
    return UK_OK;
}

static enum uk_status idle(void *context, struct uk_resident_call *call)
{
    (void)context, (void)call;
    visits++;
    return UK_OK;
}

static const uk_word hundred = 100;
static const struct uk_resident residents[] = {{.name = "adder", .function = add, .context = (void *)(uintptr_t)&hundred},
                                               {.name = "payload", .function = sum},
                                               {.name = "fifteen letters", .function = idle, .bound_ns = BOUND_NS}};

static struct scene *open_scene(void)
{
    const struct stage stage = {.residents = residents, .resident_count = 3};
    visits = 0;
    return scene_open(&stage);
}

static void answers_where_it_was_asked(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = scene->root; /* most urgent, so nobody else's turn is counted */
    uk_handle adder = ADDER;
    uint64_t entries = scene->inside->counters.entries, switches = scene->inside->counters.switches;
    expect(step(client, OP(UK_RESIDENT_CALL, adder, 1, 2)), UK_OK);
    assert_int_equal(got(client)->word[0], 103);
    expect(step(client, OP(UK_RESIDENT_CALL, adder, 1, 2, 1)), UK_REFUSED); /* a refusal may say something, too */
    assert_int_equal(got(client)->word[0], 103);
    assert_int_equal(scene->inside->counters.entries - entries, 2);
    assert_int_equal(scene->inside->counters.switches, switches);
    assert_int_equal(visits, 2);
    scene_close(scene);
}

static void badges_tell_clients_apart(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = actor_new(scene, "client", 10);
    for (uk_word badge = 1; badge <= 3; badge++) {
        uk_handle handle = give_badged(client, ADDER, UK_RIGHT_SEND, badge);
        expect(step(client, OP(UK_RESIDENT_CALL, handle, 0)), UK_OK);
        assert_int_equal(last_badge, badge);
        expect_refused(client, UK_NO_RIGHT, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, 200, handle, 0, UK_RIGHT_SEND, badge + 1));
    }
    scene_close(scene);
}

/* Whoever may not, or names what it has not got: nothing changes, and nobody was visited. */
static void refusals_visit_nobody(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = actor_new(scene, "client", 10);
    uk_handle good = give(client, PAYLOAD, UK_RIGHT_SEND), none = give(client, PAYLOAD, UK_RIGHT_MANAGE);
    (void)frame_at(client, MEMORY_AT, UK_PAGE, UK_RIGHT_READ);
    (void)frame_at(client, MEMORY_AT + 2 * UK_PAGE, UK_PAGE, UK_RIGHT_READ);
    const struct { int status; uk_word address, bytes; } bad[] = {
        {UK_TOO_LARGE, MEMORY_AT, UK_RESIDENT_BYTES_MAX + 1}, {UK_TOO_LARGE, MEMORY_AT, UK_FOREVER},
        {UK_CALLER_FAULT, MEMORY_AT - 1, 2},                  {UK_CALLER_FAULT, MEMORY_AT, UK_PAGE + 1},
        {UK_CALLER_FAULT, MEMORY_AT, 3 * UK_PAGE},            {UK_CALLER_FAULT, UK_FOREVER - 1, 3},
        {UK_CALLER_FAULT, 0, 1},                              {UK_CALLER_FAULT, (uk_word)1 << 47, UK_RESIDENT_BYTES_MAX}};
    expect_refused(client, UK_NO_RIGHT, OP(UK_RESIDENT_CALL, none, 1, UK_RIGHT_READ));
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(client, bad[i].status,
                       OP(UK_RESIDENT_CALL, good, 1, UK_RIGHT_READ, 0, 0, bad[i].address, bad[i].bytes));
    assert_int_equal(visits, 0);
    expect(step(client, OP(UK_RESIDENT_CALL, good, 0, UK_RIGHT_READ, 0, 0, MEMORY_AT, UK_PAGE)), UK_OK);
    expect(step(client, OP(UK_RESIDENT_CALL, good, 0, UK_RIGHT_READ, 0, 0, 1, 0)), UK_OK); /* no byte of it is asked for */
    expect(step(client, OP(UK_RESIDENT_CALL, good, 0, UK_RIGHT_WRITE, 0, 0, MEMORY_AT, UK_PAGE)), UK_CALLER_FAULT);
    scene_close(scene);
}

/* HY-3: the server works where the payload lies, page by page, and the kernel copies no word of it. */
static void payload_is_seen_not_copied(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = actor_new(scene, "client", 10);
    unsigned char bytes[3 * UK_PAGE], first[3];
    uk_handle handle = give(client, PAYLOAD, UK_RIGHT_SEND);
    uk_word total = 0, from = MEMORY_AT + 100, length = 2 * UK_PAGE + 50;
    for (unsigned page = 0; page < 3; page++)
        (void)frame_at(client, MEMORY_AT + page * UK_PAGE, UK_PAGE, UK_RIGHT_READ | UK_RIGHT_WRITE);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    for (uk_word i = 0; i < length; i++)
        total += bytes[100 + i];
    poke(client, MEMORY_AT, bytes, sizeof bytes);
    uint64_t copied = scene->inside->counters.words_copied;
    expect(step(client, OP(UK_RESIDENT_CALL, handle, 0, UK_RIGHT_WRITE, 0, 0, from, length)), UK_OK);
    assert_int_equal(got(client)->word[0], total);
    assert_int_equal(got(client)->word[1], 3);
    assert_int_equal(got(client)->word[2], 1); /* nothing is to be seen behind its end, ... */
    assert_int_equal(got(client)->word[3], 1);
    assert_int_equal(scene->inside->counters.words_copied, copied);
    for (unsigned page = 0; page < 3; page++) {
        peek(client, page == 0 ? from : MEMORY_AT + page * UK_PAGE, &first[page], 1);
        assert_int_equal(first[page], (unsigned char)(bytes[page == 0 ? 100 : page * UK_PAGE] + 1));
    }
    struct uk_resident_call after = {.address = MEMORY_AT, .bytes = UK_PAGE, .kernel = scene->kernel};
    size_t seen;
    assert_null(uk_resident_view(&after, 0, UK_RIGHT_READ, &seen)); /* ... and nothing once it has answered */
    scene_close(scene);
}

/* Registers of a device are no payload: reading them does things. */
static void devices_are_no_payload(void **state)
{
    static const struct uk_device device = {.name = "device", .bytes = UK_PAGE};
    const struct stage stage = {.residents = residents, .resident_count = 3, .devices = &device, .device_count = 1};
    (void)state;
    struct scene *scene = scene_open(&stage);
    struct actor *client = actor_new(scene, "client", 10);
    uk_handle handle = give(client, PAYLOAD + 2, UK_RIGHT_SEND);
    expect(step(scene->root, OP(UK_SPACE_MAP, client->space, UK_SLOT_FIRST_FREE, MEMORY_AT, UK_RIGHT_READ)), UK_OK);
    expect_refused(client, UK_CALLER_FAULT, OP(UK_RESIDENT_CALL, handle, 0, UK_RIGHT_READ, 0, 0, MEMORY_AT, 8));
    scene_close(scene);
}

/* Nobody runs meanwhile, and the caller pays: its budget ends as it says, deadlines are late by no more than the bound. */
static void its_time_is_the_callers(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = actor_with_budget(scene, "client", 10, 2000, 1000000);
    struct actor *waiter = actor_new(scene, "waiter", 20);
    uk_handle slow = give(client, SLOW, UK_RIGHT_SEND), made = make(scene, UK_TYPE_NOTIFICATION, 0);
    uk_handle bell = give(waiter, made, UK_RIGHTS_ALL);
    uk_time began = time_now(scene);
    (void)until(waiter, began + 300);
    expect(do_wait(waiter, bell), BLOCKED);
    expect(step(client, OP(UK_RESIDENT_CALL, slow, 0)), UK_OK);
    assert_int_equal(after(waiter), UK_TIMED_OUT);
    assert_in_range(time_now(scene), began + BOUND_NS, began + BOUND_NS + 300);
    struct uk_object_info info;
    expect(uk_inspect_object(scene->kernel, SLOW, &info), UK_OK);
    assert_int_equal(info.value[1], BOUND_NS);
    for (unsigned i = 0; i < 2; i++)
        (void)step(client, OP(UK_RESIDENT_CALL, slow, 0));
    assert_int_equal(thread_of(client)->context->left, 0); /* three calls are more than its 2000 ns */
    expect(step(client, OP(UK_RESIDENT_CALL, slow, 0)), NOT_RUNNABLE);
    assert_int_equal(visits, 3);
    scene_close(scene);
}

/* In real time a server that promises too much is found out. */
static enum uk_status dawdle(void *context, struct uk_resident_call *call)
{
    (void)context;
    uk_time begun = machine_time_now((struct kernel *)call->kernel);
    while (machine_time_now((struct kernel *)call->kernel) - begun < call->word[0])
        continue;
    return UK_OK;
}

static void broken_promises_are_counted(void **state)
{
    static const struct uk_resident server = {.name = "dawdler", .function = dawdle, .bound_ns = 1000000};
    struct uk_config config = {.arena_bytes = 1 << 20, .real_time = 1, .residents = &server, .resident_count = 1};
    size_t bytes = (uk_memory_bytes(&config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    struct uk_kernel *kernel;
    struct uk_object_info info;
    (void)state;
    expect(uk_boot(memory, bytes, &config, &kernel), UK_OK);
    struct uk_call call = OP(UK_RESIDENT_CALL, UK_SLOT_FIRST_FREE, 5000000);
    expect(uk_root(kernel, &call), UK_OK);
    expect(uk_inspect_object(kernel, UK_SLOT_FIRST_FREE, &info), UK_OK);
    assert_true(info.value[1] > 1000000);
    assert_int_equal(info.value[2], 1000000);
    assert_int_equal(info.value[3], 1);
    assert_int_equal(uk_check(kernel, NULL, 0), 0);
    uk_destroy(kernel);
    free(memory);
}

/* A user-level server can stand in for it, and nobody can tell (HY-1). */
static void an_endpoint_in_its_place(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = actor_new(scene, "client", 10), *server = actor_new(scene, "server", 20);
    uk_handle endpoint = make(scene, UK_TYPE_ENDPOINT, 0), reply = make(scene, UK_TYPE_REPLY, 0);
    uk_handle receives = give(server, endpoint, UK_RIGHTS_ALL), answers = give(server, reply, UK_RIGHTS_ALL);
    uk_handle asks = give(client, endpoint, UK_RIGHT_SEND);
    expect(do_receive(server, receives, answers), BLOCKED);
    expect(step(client, OP(UK_RESIDENT_CALL, asks, 1, 2)), BLOCKED);
    assert_int_equal(UK_TAG_LABEL(got(server)->tag), UK_RESIDENT_CALL);
    assert_true((got(server)->tag & UK_TAG_INTERPOSED) != 0);
    expect(do_reply(server, answers, WORDS(UK_OK, got(server)->word[0] + got(server)->word[1] + hundred)), UK_OK);
    expect(after(client), UK_OK);
    assert_int_equal(got(client)->word[0], 103);
    scene_close(scene);
}

/* Boot's capability is the only way to it: once that is revoked, there is none. */
static void revoked_for_good(void **state)
{
    (void)state;
    struct scene *scene = open_scene();
    struct actor *client = actor_new(scene, "client", 10);
    uk_handle handle = give(client, ADDER, UK_RIGHT_SEND);
    expect(step(scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, ADDER)), UK_OK);
    expect_refused(client, UK_EMPTY_SLOT, OP(UK_RESIDENT_CALL, handle, 1, 2));
    expect(step(scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, ADDER)), UK_OK);
    expect_refused(scene->root, UK_EMPTY_SLOT, OP(UK_RESIDENT_CALL, ADDER, 1, 2));
    assert_int_equal(visits, 0);
    scene_close(scene);
}

static void configurations_that_cannot_be(void **state)
{
    struct uk_resident many[UK_RESIDENTS_MAX + 1];
    static unsigned char memory[1 << 20] __attribute__((aligned(4096)));
    struct uk_kernel *kernel;
    (void)state;
    for (unsigned i = 0; i <= UK_RESIDENTS_MAX; i++)
        many[i] = residents[0];
    struct uk_config config = {.root_slots = 64, .residents = many, .resident_count = UK_RESIDENTS_MAX + 1};
    expect(uk_boot(memory, sizeof memory, &config, &kernel), UK_BAD_ARGUMENT);
    config.resident_count = UK_RESIDENTS_MAX;
    expect(uk_boot(memory, sizeof memory, &config, &kernel), UK_OK);
    assert_int_equal(uk_slots(kernel, 1), UK_SLOT_FIRST_FREE + UK_RESIDENTS_MAX);
    uk_destroy(kernel);
    many[3].name = "sixteen letters!";
    expect(uk_boot(memory, sizeof memory, &config, &kernel), UK_BAD_ARGUMENT);
    many[3].name = NULL;
    expect(uk_boot(memory, sizeof memory, &config, &kernel), UK_BAD_ARGUMENT);
    many[3] = (struct uk_resident){.name = "nobody"};
    expect(uk_boot(memory, sizeof memory, &config, &kernel), UK_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_where_it_was_asked), cmocka_unit_test(badges_tell_clients_apart),
        cmocka_unit_test(refusals_visit_nobody),      cmocka_unit_test(payload_is_seen_not_copied),
        cmocka_unit_test(devices_are_no_payload),     cmocka_unit_test(its_time_is_the_callers),
        cmocka_unit_test(broken_promises_are_counted), cmocka_unit_test(an_endpoint_in_its_place),
        cmocka_unit_test(revoked_for_good),           cmocka_unit_test(configurations_that_cannot_be),
    };
    return cmocka_run_group_tests_name("ipc/resident", tests, NULL, NULL);
}
