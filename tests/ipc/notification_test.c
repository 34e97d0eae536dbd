/* SPDX-License-Identifier: MIT */
/* Notifications: bits merge, nobody blocks by signalling, and a bound thread hears them before any sender. */
#include "ipc/notification.h"

#include "ipc/pair.h"

struct bell {
    struct scene *scene;
    struct actor *ringer, *waiter;
    uk_handle notification; /* the first thread's */
    uk_handle waits;        /* the waiter's */
};

static struct bell bell_open(void)
{
    struct bell bell = {.scene = scene_open(NULL)};
    bell.ringer = actor_new(bell.scene, "ringer", 10);
    bell.waiter = actor_new(bell.scene, "waiter", 10);
    bell.notification = make(bell.scene, UK_TYPE_NOTIFICATION, 0);
    bell.waits = give(bell.waiter, bell.notification, UK_RIGHTS_ALL);
    return bell;
}

static void ring_with(const struct bell *bell, uk_word bits)
{
    uk_handle handle = give_badged(bell->ringer, bell->notification, UK_RIGHT_SEND, bits);
    expect(step(bell->ringer, OP(UK_SIGNAL, handle, 0)), UK_OK);
}

/* SEL-3: k signals before a wait are one wake with all bits; the next wait blocks. */
static void signals_merge(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    ring_with(&bell, 1);
    ring_with(&bell, 4);
    ring_with(&bell, 4);
    ring_with(&bell, (uk_word)1 << 63);
    expect(do_wait(bell.waiter, bell.waits), UK_OK);
    assert_true(got(bell.waiter)->handle == (5 | (uk_word)1 << 63));
    expect(do_wait(bell.waiter, bell.waits), BLOCKED);
    ring_with(&bell, 2);
    expect(after(bell.waiter), UK_OK);
    assert_int_equal(got(bell.waiter)->handle, 2);
    expect_refused(bell.waiter, UK_WOULD_BLOCK, ((struct uk_call){.operation = UK_WAIT, .handle = bell.waits}));
    expect_refused(bell.waiter, UK_TIMED_OUT,
                   ((struct uk_call){.operation = UK_WAIT, .handle = bell.waits, .deadline = 1}));
    expect(step(bell.waiter, OP(UK_SIGNAL, bell.waits, 0)), UK_OK); /* without a badge: bit 0 */
    expect(do_wait(until(bell.waiter, UK_NOW), bell.waits), UK_OK);
    assert_int_equal(got(bell.waiter)->handle, 1);
    scene_close(bell.scene);
}

/* One signal wakes one waiter, the most urgent first. */
static void waiters_by_priority(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    struct actor *urgent = actor_new(bell.scene, "urgent", 20);
    expect(do_wait(bell.waiter, bell.waits), BLOCKED);
    expect(do_wait(urgent, give(urgent, bell.notification, UK_RIGHT_RECEIVE)), BLOCKED);
    ring_with(&bell, 8);
    expect(after(urgent), UK_OK);
    expect(after(bell.waiter), BLOCKED);
    ring_with(&bell, 16);
    expect(after(bell.waiter), UK_OK);
    assert_int_equal(got(bell.waiter)->handle, 16);
    scene_close(bell.scene);
}

static int bind_to(const struct bell *bell, const struct actor *actor)
{
    return step(bell->scene->root, OP(UK_THREAD_BIND, actor->thread, bell->notification));
}

/* HU-2: what is signalled comes before any sender, however urgent. */
static void bound_bits_precede_senders(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    struct service_of service = service_new(bell.waiter, UK_ORDER_PRIORITY);
    struct actor *urgent = actor_new(bell.scene, "urgent", 200);
    expect(bind_to(&bell, bell.waiter), UK_OK);
    expect(do_send(urgent, client_of(urgent, &service), WORDS(3, 9)), BLOCKED);
    ring_with(&bell, 2);
    ring_with(&bell, 1);
    expect(serve(&service), UK_OK);
    assert_int_equal(got(bell.waiter)->tag, UK_TAG_SIGNAL);
    assert_int_equal(got(bell.waiter)->handle, 3);
    assert_int_equal(got(bell.waiter)->word[0], 0);
    expect(serve(&service), UK_OK);
    assert_int_equal(got(bell.waiter)->word[0], 9);
    expect(after(urgent), UK_OK);
    scene_close(bell.scene);
}

/* A signal ends the receive of a bound thread, but for a closed one: that gets only what it asked for. */
static void bound_bits_end_an_open_receive(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    struct service_of service = service_new(bell.waiter, UK_ORDER_PRIORITY);
    struct actor *client = actor_new(bell.scene, "client", 5);
    uk_handle calls = client_of(client, &service);
    expect(bind_to(&bell, bell.waiter), UK_OK);
    expect(serve(&service), BLOCKED);
    ring_with(&bell, 6);
    expect(after(bell.waiter), UK_OK);
    assert_int_equal(got(bell.waiter)->handle, 6);
    expect(do_receive(from(bell.waiter, client->number), service.receives, service.answers), BLOCKED);
    ring_with(&bell, 7);
    expect(after(bell.waiter), BLOCKED);
    expect(do_call(client, calls, EMPTY(1)), BLOCKED);
    expect(after(bell.waiter), UK_OK);
    assert_int_equal(UK_TAG_LABEL(got(bell.waiter)->tag), 1);
    expect(answer_and_serve(&service, EMPTY(0)), UK_OK); /* answered, and the bits that were kept */
    expect(after(client), UK_OK);
    assert_int_equal(got(bell.waiter)->handle, 7);
    assert_int_equal(got(bell.waiter)->tag, UK_TAG_SIGNAL);
    scene_close(bell.scene);
}

/* Only the bound thread may wait, without sleeping; unbinding gives the bits back. */
static void bound_notification_belongs_to_its_thread(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    uk_handle others = give(bell.ringer, bell.notification, UK_RIGHTS_ALL);
    ring_with(&bell, 32);
    expect(bind_to(&bell, bell.waiter), UK_OK);
    expect(bind_to(&bell, bell.ringer), UK_BUSY);
    expect_refused(bell.ringer, UK_BUSY, OP(UK_WAIT, others, 0));
    expect(do_wait(bell.waiter, bell.waits), UK_OK);
    assert_int_equal(got(bell.waiter)->handle, 32);
    expect(do_wait(bell.waiter, bell.waits), UK_WOULD_BLOCK);
    ring_with(&bell, 64);
    expect(step(bell.scene->root, OP(UK_THREAD_BIND, bell.waiter->thread, 0)), UK_OK);
    expect(step(bell.scene->root, OP(UK_THREAD_BIND, bell.waiter->thread, 0)), UK_OK);
    expect(do_wait(bell.ringer, others), UK_OK);
    assert_int_equal(got(bell.ringer)->handle, 64);
    expect(do_wait(bell.ringer, others), BLOCKED);
    expect(bind_to(&bell, bell.waiter), UK_BUSY); /* somebody waits */
    scene_close(bell.scene);
}

/* Either side of a binding may vanish. */
static void binding_ends_with_either_side(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    struct service_of service = service_new(bell.waiter, UK_ORDER_PRIORITY);
    uk_handle others = give(bell.ringer, bell.notification, UK_RIGHTS_ALL);
    expect(bind_to(&bell, bell.waiter), UK_OK);
    expect(step(bell.scene->root, OP(UK_THREAD_KILL, bell.waiter->thread, 0)), UK_OK);
    expect(bind_to(&bell, bell.waiter), UK_PEER_DIED);
    ring_with(&bell, 2);
    expect(do_wait(bell.ringer, others), UK_OK);
    expect(bind_to(&bell, bell.ringer), UK_OK);
    ring_with(&bell, 4);
    expect(step(bell.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, bell.notification)), UK_OK);
    expect(step(bell.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, bell.notification)), UK_OK);
    expect(do_receive(until(bell.ringer, UK_NOW), give(bell.ringer, service.endpoint, UK_RIGHTS_ALL), 0),
           UK_WOULD_BLOCK);
    assert_null(thread_of(bell.ringer)->bound);
    scene_close(bell.scene);
}

static void waiters_outlive_the_notification(void **state)
{
    (void)state;
    struct bell bell = bell_open();
    expect(do_wait(bell.waiter, bell.waits), BLOCKED);
    expect(step(bell.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, bell.notification)), UK_OK);
    expect(after(bell.waiter), BLOCKED);
    expect(step(bell.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, bell.notification)), UK_OK);
    expect(after(bell.waiter), UK_CANCELLED);
    scene_close(bell.scene);
}

/* UK_THREAD_WATCH: one signal when the thread dies, however it dies. */
static void death_is_signalled(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 3; how++) {
        struct bell bell = bell_open();
        struct actor *victim = actor_new(bell.scene, "victim", 5);
        uk_handle badged = slot_new(bell.scene);
        expect(step(bell.scene->root, OP(UK_CAPABILITY_MINT, UK_SLOT_CNODE, badged, bell.notification, 0,
                                         UK_RIGHTS_ALL, 1024)),
               UK_OK);
        expect(step(bell.scene->root, OP(UK_THREAD_WATCH, victim->thread, bell.notification)), UK_OK);
        expect(step(bell.scene->root, OP(UK_THREAD_WATCH, victim->thread, badged)), UK_OK);
        expect(do_wait(bell.waiter, bell.waits), BLOCKED);
        if (how == 0)
            expect(step(victim, OP(UK_EXIT, 0, 7)), DEAD);
        else if (how == 1)
            expect(step(bell.scene->root, OP(UK_THREAD_KILL, victim->thread, 0)), UK_OK);
        else
            expect(step(bell.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, UK_SLOT_UNTYPED)), UK_OK);
        if (how < 2) {
            expect(after(bell.waiter), UK_OK);
            assert_int_equal(got(bell.waiter)->handle, 1024);
            expect(do_wait(until(bell.waiter, UK_NOW), bell.waits), UK_WOULD_BLOCK);
            expect(step(bell.scene->root, OP(UK_THREAD_WATCH, victim->thread, bell.notification)), UK_PEER_DIED);
        }
        scene_close(bell.scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_merge),
        cmocka_unit_test(waiters_by_priority),
        cmocka_unit_test(bound_bits_precede_senders),
        cmocka_unit_test(bound_bits_end_an_open_receive),
        cmocka_unit_test(bound_notification_belongs_to_its_thread),
        cmocka_unit_test(binding_ends_with_either_side),
        cmocka_unit_test(waiters_outlive_the_notification),
        cmocka_unit_test(death_is_signalled),
    };
    return cmocka_run_group_tests_name("ipc/notification", tests, NULL, NULL);
}
