/* SPDX-License-Identifier: MIT */
/* Faults are calls to a handler, whose answer resumes or kills; without one the thread stops, and its record stays. */
#include <string.h>

#include "support/scene.h"

struct ward {
    struct scene *scene;
    struct actor *patient, *doctor;
    uk_handle endpoint, reply, receives, answers;
};

static struct ward ward_open(int has_handler, uk_word flags)
{
    struct ward ward = {.scene = scene_open(NULL)};
    ward.patient = actor_new(ward.scene, "patient", 10);
    ward.doctor = actor_new(ward.scene, "doctor", 20);
    ward.endpoint = make(ward.scene, UK_TYPE_ENDPOINT, 0);
    ward.reply = make(ward.scene, UK_TYPE_REPLY, 0);
    ward.receives = give(ward.doctor, ward.endpoint, UK_RIGHTS_ALL);
    ward.answers = give(ward.doctor, ward.reply, UK_RIGHTS_ALL);
    expect(step(ward.scene->root, OP(UK_THREAD_CONFIGURE, ward.patient->thread, 0, 0, has_handler ? ward.endpoint : 0,
                                     0, flags, UK_PART_FAULT | UK_PART_FLAGS)),
           UK_OK);
    return ward;
}

static void fault(const struct ward *ward, enum uk_fault_kind kind, uk_word address, uint32_t access)
{
    struct uk_result result;
    ward->patient->settled = 0;
    expect(uk_step_fault(ward->scene->kernel, ward->patient->thread, kind, address, access, &result), UK_OK);
    scene_check(ward->scene);
}

static int doctor_receives(const struct ward *ward) { return do_receive(ward->doctor, ward->receives, ward->answers); }

/* Every kind, whether the handler waits or comes later; the answer touches no register of the thread. */
static void faults_arrive_as_calls(void **state)
{
    (void)state;
    for (uint32_t kind = UK_FAULT_PAGE; kind < UK_FAULT_COUNT; kind++)
        for (unsigned handler_first = 0; handler_first < 2; handler_first++) {
            if (kind == UK_FAULT_OPERATION)
                continue; /* resuming that means asking again; below */
            struct ward ward = ward_open(1, 0);
            expect(step(ward.patient, OP(UK_CLOCK, 0, 0)), UK_OK);
            struct uk_call before = *got(ward.patient);
            if (handler_first)
                expect(doctor_receives(&ward), BLOCKED);
            fault(&ward, kind, 0x1234567, UK_RIGHT_WRITE);
            if (!handler_first)
                expect(doctor_receives(&ward), UK_OK);
            expect(after(ward.patient), BLOCKED);
            expect(after(ward.doctor), UK_OK);
            const struct uk_call *call = got(ward.doctor);
            assert_int_equal(call->tag, UK_TAG(kind, 6, 0) | UK_TAG_FAULT | UK_TAG_CALL);
            assert_true(call->word[0] == 0x1234567 && call->word[1] == UK_RIGHT_WRITE);
            expect(do_reply(ward.doctor, ward.answers, WORDS(UK_FAULT_RESUME, 99, 98)), UK_OK);
            expect(after(ward.patient), UK_OK);
            assert_memory_equal(got(ward.patient), &before, sizeof before);
            scene_close(ward.scene);
        }
}

static void answer_kills(void **state)
{
    (void)state;
    for (uint32_t label = 1; label < 4; label++) {
        struct ward ward = ward_open(1, 0);
        expect(doctor_receives(&ward), BLOCKED);
        fault(&ward, UK_FAULT_PAGE, 0, UK_RIGHT_READ);
        expect(do_reply_receive(ward.doctor, ward.receives, ward.answers, EMPTY(label)), BLOCKED);
        expect(after(ward.patient), DEAD);
        scene_close(ward.scene);
    }
}

/* Nobody to tell, or nobody who could answer: the thread stops with its record, and can be resumed. */
static void stopped_without_a_handler(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        struct ward ward = ward_open(how > 0, 0);
        if (how == 1) /* the endpoint is gone */
            expect(step(ward.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, ward.endpoint)), UK_OK);
        if (how == 2) { /* its server is dead */
            expect(step(ward.scene->root, OP(UK_ENDPOINT_BIND, ward.endpoint, ward.doctor->thread)), UK_OK);
            expect(step(ward.scene->root, OP(UK_THREAD_KILL, ward.doctor->thread, 0)), UK_OK);
        }
        if (how == 3) /* it receives without a Reply */
            expect(do_receive(ward.doctor, ward.receives, 0), BLOCKED);
        fault(&ward, UK_FAULT_PAGE, 0xabc000, UK_RIGHT_EXECUTE);
        expect(after(ward.patient), STOPPED);
        const struct record *record = &thread_of(ward.patient)->record;
        assert_true(record->fault == UK_FAULT_PAGE && record->address == 0xabc000 &&
                    record->access == UK_RIGHT_EXECUTE);
        char text[200];
        assert_true(uk_explain(ward.scene->kernel, ward.patient->thread, text, sizeof text) > 0);
        assert_non_null(strstr(text, "patient"));
        expect(step(ward.scene->root, OP(UK_THREAD_RESUME, ward.patient->thread, 0)), UK_OK);
        expect(step(ward.patient, OP(UK_CLOCK, 0, 0)), UK_OK);
        scene_close(ward.scene);
    }
}

/* The handler dies, or its Reply does, with a fault in its hands or in its queue: stopped, not lost. */
static void handler_dies_with_a_fault(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        struct ward ward = ward_open(1, 0);
        if (how < 2)
            expect(doctor_receives(&ward), BLOCKED);
        else
            expect(step(ward.scene->root, OP(UK_ENDPOINT_BIND, ward.endpoint, ward.doctor->thread)), UK_OK);
        fault(&ward, UK_FAULT_ARITHMETIC, 0, 0);
        expect(after(ward.patient), BLOCKED);
        if (how == 0 || how == 2) {
            expect(step(ward.scene->root, OP(UK_THREAD_KILL, ward.doctor->thread, 0)), UK_OK);
        } else if (how == 1) {
            expect(step(ward.scene->root, OP(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, ward.reply)), UK_OK);
            expect(step(ward.scene->root, OP(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, ward.reply)), UK_OK);
        } else { /* suspended and resumed in the middle of its fault: the fault is over */
            expect(step(ward.scene->root, OP(UK_THREAD_SUSPEND, ward.patient->thread, 0)), UK_OK);
        }
        expect(after(ward.patient), STOPPED);
        assert_int_equal(thread_of(ward.patient)->record.fault, UK_FAULT_ARITHMETIC);
        scene_close(ward.scene);
    }
}

/* UK_THREAD_FAULT_ON_MISUSE: a bad name is a fault; mended and resumed, the operation is asked for anew. */
static void misuse_is_a_fault_if_wanted(void **state)
{
    (void)state;
    struct ward ward = ward_open(1, UK_THREAD_FAULT_ON_MISUSE);
    uk_handle bell = make(ward.scene, UK_TYPE_NOTIFICATION, 0);
    expect(doctor_receives(&ward), BLOCKED);
    expect(step(ward.patient, OP(UK_SIGNAL, 50, 1, 2, 3)), BLOCKED);
    const uk_word *word = got(ward.doctor)->word;
    assert_int_equal(UK_TAG_LABEL(got(ward.doctor)->tag), UK_FAULT_OPERATION);
    assert_true(word[3] == UK_EMPTY_SLOT && word[4] == UK_SIGNAL && word[5] == 50);
    expect(step(ward.scene->root, OP(UK_CAPABILITY_COPY, ward.patient->cnode, 50, bell, 0, UK_RIGHTS_ALL)), UK_OK);
    expect(do_reply(ward.doctor, ward.answers, EMPTY(UK_FAULT_RESUME)), UK_OK);
    expect(after(ward.patient), RESTARTING);
    expect(step(ward.patient, OP(UK_YIELD, 0, 0)), UK_OK); /* whatever is asked: the signal comes first */
    expect(step(ward.scene->root, OP(UK_WAIT, bell, 0)), UK_OK);
    expect(step(ward.patient, OP(UK_WAIT, 50, 0)), BLOCKED); /* what is no misuse is no fault */
    scene_close(ward.scene);
}

/* Each kind of misuse, without a handler: a stop, and a record of what was named and found. */
static void misuse_without_a_handler(void **state)
{
    (void)state;
    const struct { uint32_t operation; uk_handle handle; int status; uint32_t found; } cases[] = {
        {UK_SIGNAL, 200, UK_EMPTY_SLOT, UK_TYPE_NONE},
        {UK_SIGNAL, 999, UK_BAD_HANDLE, UK_TYPE_NONE},
        {UK_SIGNAL, UK_SLOT_THREAD | (uk_word)77 << 32, UK_STALE, UK_TYPE_NONE},
        {UK_SIGNAL, UK_SLOT_THREAD, UK_WRONG_TYPE, UK_TYPE_THREAD},
        {UK_THREAD_KILL, 100, UK_NO_RIGHT, UK_TYPE_THREAD},
        {99, 1, UK_BAD_OPERATION, UK_TYPE_NONE},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ward ward = ward_open(0, UK_THREAD_FAULT_ON_MISUSE);
        expect(step(ward.patient, OP(UK_CAPABILITY_COPY, UK_SLOT_CNODE, 100, UK_SLOT_THREAD, 0, 0)), UK_OK);
        expect(step(ward.patient, OP(cases[i].operation, cases[i].handle, 1)), STOPPED);
        const struct record *record = &thread_of(ward.patient)->record;
        assert_int_equal(record->fault, UK_FAULT_OPERATION);
        assert_int_equal(record->status, cases[i].status);
        assert_int_equal(record->operation, cases[i].operation);
        assert_int_equal(record->found_type, cases[i].found);
        assert_true(record->handle == cases[i].handle);
        scene_close(ward.scene);
    }
}

/* A refusal leaves a record too, which the next success does not erase and the next refusal does. */
static void statuses_leave_a_record(void **state)
{
    (void)state;
    struct ward ward = ward_open(0, 0);
    expect(step(ward.patient, OP(UK_CALL, 7, 0)), UK_EMPTY_SLOT);
    const struct record *record = &thread_of(ward.patient)->record;
    assert_true(record->fault == UK_FAULT_NONE && record->status == UK_EMPTY_SLOT && record->operation == UK_CALL &&
                record->handle == 7);
    expect(step(ward.patient, OP(UK_SPACE_UNMAP, UK_SLOT_SPACE, 0)), UK_NOT_MAPPED);
    assert_true(record->status == UK_NOT_MAPPED && record->operation == UK_SPACE_UNMAP);
    scene_close(ward.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_arrive_as_calls),
        cmocka_unit_test(answer_kills),
        cmocka_unit_test(stopped_without_a_handler),
        cmocka_unit_test(handler_dies_with_a_fault),
        cmocka_unit_test(misuse_is_a_fault_if_wanted),
        cmocka_unit_test(misuse_without_a_handler),
        cmocka_unit_test(statuses_leave_a_record),
    };
    return cmocka_run_group_tests_name("entry/fault", tests, NULL, NULL);
}
