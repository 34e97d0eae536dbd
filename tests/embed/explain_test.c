/* SPDX-License-Identifier: MIT */
/* uk_explain: why a thread stopped or its last operation failed, in words that a beginner understands. */
#include <stdio.h>
#include <string.h>

#include "support/scene.h"

static void says(const struct actor *actor, const char *wanted)
{
    char text[300] = "?";
    size_t length = uk_explain(actor->scene->kernel, actor->thread, text, sizeof text);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
    assert_int_equal(uk_explain_object(actor->scene->kernel, actor->number, text, sizeof text), length);
    assert_string_equal(text, wanted);
}

static void fault(struct actor *actor, enum uk_fault_kind kind, uk_word address, uint32_t access)
{
    struct uk_result result;
    expect(uk_step_fault(actor->scene->kernel, actor->thread, kind, address, access, &result), UK_OK);
    scene_check(actor->scene);
    expect(after(actor), STOPPED);
}

static struct actor *begin(const char *name)
{
    struct scene *scene = scene_open(NULL);
    return actor_new(scene, name, 10);
}

static void failed_operations(void **state)
{
    (void)state;
    struct actor *actor = begin("shell");
    says(actor, "");
    uk_handle endpoint = give(actor, make(actor->scene, UK_TYPE_ENDPOINT, 0), UK_RIGHT_RECEIVE);
    uk_handle notification = give(actor, make(actor->scene, UK_TYPE_NOTIFICATION, 0), 0);
    assert_int_equal(endpoint, 5);
    expect(do_call(actor, 7, EMPTY(0)), UK_EMPTY_SLOT);
    says(actor, "call on slot 7: the slot is empty");
    expect(do_call(actor, endpoint, EMPTY(0)), UK_NO_RIGHT);
    says(actor, "call on slot 5: endpoint without the send right");
    expect(do_wait(actor, notification), UK_NO_RIGHT);
    says(actor, "wait on slot 6: notification without the wait right");
    expect(step(actor, OP(UK_SIGNAL, notification, 0)), UK_NO_RIGHT);
    says(actor, "signal on slot 6: notification without the signal right");
    expect(do_send(actor, notification, EMPTY(0)), UK_WRONG_TYPE);
    says(actor, "send on slot 6: the slot holds a notification, not an endpoint");
    expect(do_send(actor, (uk_handle)9 << 32 | 5, EMPTY(0)), UK_STALE);
    says(actor, "send on slot 5: the slot has been emptied or refilled since this handle was made");
    expect(do_send(actor, 256, EMPTY(0)), UK_BAD_HANDLE);
    says(actor, "send on slot 256: the CNode has only 256 slots");
    expect(step(actor, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, 0x123000)), UK_NOT_MAPPED);
    says(actor, "space unmap on slot 2: nothing is mapped at this address");
    expect(step(actor, OP(UK_SPACE_UNMAP, endpoint, 0x123000)), UK_NO_RIGHT); /* would become a call */
    says(actor, "space unmap on slot 5: endpoint without the send right");
    expect(step(actor, OP(200, 0, 0)), UK_BAD_OPERATION);
    says(actor, "operation 200: no operation has this number");
    expect(step(actor, OP(UK_CLOCK, 0, 0)), UK_OK);
    says(actor, "");
    scene_close(actor->scene);
}

/* These answers come later, when the record is about something else. */
static void failed_waits(void **state)
{
    (void)state;
    struct actor *actor = begin("late");
    uk_handle endpoint = give(actor, make(actor->scene, UK_TYPE_ENDPOINT, 0), UK_RIGHTS_ALL);
    expect(do_call(actor, 9, EMPTY(0)), UK_EMPTY_SLOT);
    uk_time soon = time_now(actor->scene) + 1000;
    expect(do_call(until(actor, soon), endpoint, EMPTY(0)), BLOCKED);
    says(actor, "");
    advance(actor->scene, soon + 1000);
    says(actor, "call on slot 5: the deadline passed first");
    scene_close(actor->scene);
}

static void page_faults(void **state)
{
    (void)state;
    struct actor *actor = begin("shell");
    uk_word low = 0x40000000;
    fault(actor, UK_FAULT_PAGE, 0x7000000, UK_RIGHT_READ);
    char text[300];
    assert_int_not_equal(uk_explain(actor->scene->kernel, actor->thread, text, sizeof text), 0);
    assert_non_null(strstr(text, "thread \"shell\" stopped: read of 0x7000000: no mapping (its space maps 0x"));
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    (void)frame_at(actor, low, UK_PAGE, UK_RIGHT_READ);
    (void)frame_at(actor, low + UK_PAGE, UK_PAGE, UK_RIGHT_READ);
    (void)frame_at(actor, low + 4 * UK_PAGE, UK_PAGE, UK_RIGHT_READ);
    fault(actor, UK_FAULT_PAGE, low + 2 * UK_PAGE + 8, UK_RIGHT_WRITE);
    says(actor, "thread \"shell\" stopped: write of 0x40002008: no mapping"
                " (its space maps 0x40000000-0x40002000 and 0x40004000-0x40005000)");
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    fault(actor, UK_FAULT_PAGE, low + 8, UK_RIGHT_WRITE);
    says(actor, "thread \"shell\" stopped: write of 0x40000008: mapped without the write right");
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    fault(actor, UK_FAULT_PAGE, low + 8, UK_RIGHT_EXECUTE);
    says(actor, "thread \"shell\" stopped: execution of 0x40000008: mapped without the execute right");
    expect(step(actor->scene->root, OP(UK_THREAD_KILL, actor->thread, 0)), UK_OK);
    says(actor, "thread \"shell\" killed: execution of 0x40000008: mapped without the execute right");
    scene_close(actor->scene);
}

/* A thread whose space maps nothing but one page of stack. */
static struct actor *begin_bare(uk_word stack)
{
    struct actor *actor = begin("bare");
    struct scene *scene = actor->scene;
    uk_handle space = make(scene, UK_TYPE_SPACE, 0);
    expect(step(scene->root, OP(UK_SPACE_CONFIGURE, space, UK_SLOT_UNTYPED)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_SUSPEND, actor->thread, 0)), UK_OK);
    expect(step(scene->root, OP(UK_THREAD_CONFIGURE, actor->thread, 0, space, 0, 0, 0, UK_PART_SPACE)), UK_OK);
    if (stack != 0) {
        expect(step(scene->root, OP(UK_SPACE_MAP, space, make(scene, UK_TYPE_FRAME, UK_PAGE), stack, 3)), UK_OK);
        expect(step(scene->root, OP(UK_THREAD_REGISTERS, actor->thread, 0, stack + 64, 0)), UK_OK);
    }
    expect(step(scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    actor->buffer = 0;
    return actor;
}

static void hints_for_beginners(void **state)
{
    (void)state;
    struct actor *actor = begin_bare(0x20000);
    fault(actor, UK_FAULT_PAGE, 0x1fff8, UK_RIGHT_WRITE);
    says(actor, "thread \"bare\" stopped: write of 0x1fff8: no mapping: just below its stack, which has overflowed"
                " (its space maps 0x20000-0x21000)");
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    fault(actor, UK_FAULT_PAGE, 8, UK_RIGHT_READ);
    says(actor, "thread \"bare\" stopped: read of 0x8: no mapping: a null pointer (its space maps 0x20000-0x21000)");
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    fault(actor, UK_FAULT_PAGE, 0, UK_RIGHT_EXECUTE);
    says(actor, "thread \"bare\" stopped: execution of 0x0: no mapping: a jump to 0, so perhaps a function pointer that"
                " was never set (its space maps 0x20000-0x21000)");
    scene_close(actor->scene);
    actor = begin_bare(0);
    fault(actor, UK_FAULT_PAGE, 0x5000, UK_RIGHT_READ);
    says(actor, "thread \"bare\" stopped: read of 0x5000: no mapping (its space maps nothing)");
    scene_close(actor->scene);
}

static void other_faults(void **state)
{
    (void)state;
    struct actor *actor = begin("worker");
    struct uk_call flags = OP(UK_THREAD_CONFIGURE, actor->thread, 0, 0, 0, 0, UK_THREAD_FAULT_ON_MISUSE, UK_PART_FLAGS);
    expect(step(actor->scene->root, flags), UK_OK);
    expect(do_call(actor, 7, EMPTY(0)), STOPPED);
    says(actor, "thread \"worker\" stopped: call on slot 7: the slot is empty");
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    thread_of(actor)->registers.ip = 0;
    fault(actor, UK_FAULT_ARITHMETIC, 0, 0);
    says(actor, "thread \"worker\" stopped: arithmetic error");
    expect(step(actor->scene->root, OP(UK_THREAD_RESUME, actor->thread, 0)), UK_OK);
    thread_of(actor)->registers.ip = 0x1234;
    fault(actor, UK_FAULT_INSTRUCTION, 0, 0);
    says(actor, "thread \"worker\" stopped: illegal instruction at 0x1234");
    scene_close(actor->scene);
}

static void ends(void **state)
{
    (void)state;
    struct actor *actor = begin("worker"), *other = actor_new(actor->scene, "", 10);
    expect(step(actor, OP(UK_EXIT, 0, (uk_word)-3)), DEAD);
    says(actor, "thread \"worker\" exited with -3");
    expect(step(actor->scene->root, OP(UK_THREAD_KILL, other->thread, 0)), UK_OK);
    char text[100], wanted[100];
    (void)snprintf(wanted, sizeof wanted, "thread %u killed", other->number);
    says(other, wanted);
    assert_int_equal(uk_explain(actor->scene->kernel, 999, text, sizeof text), 0);
    assert_string_equal(text, "");
    assert_int_equal(uk_explain_object(actor->scene->kernel, 99999, text, sizeof text), 0);
    assert_int_equal(uk_explain(actor->scene->kernel, actor->thread, text, 10), 9);
    assert_string_equal(text, "thread \"w");
    assert_int_equal(uk_explain(actor->scene->kernel, actor->thread, NULL, 0), 0);
    scene_close(actor->scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_operations),   cmocka_unit_test(failed_waits), cmocka_unit_test(page_faults),
        cmocka_unit_test(hints_for_beginners), cmocka_unit_test(other_faults), cmocka_unit_test(ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
