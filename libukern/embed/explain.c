/* SPDX-License-Identifier: MIT */
/* Why a thread stopped, or why its last operation failed, in words that need no manual. */
#include "embed/embed.h"
#include "embed/format.h"

/* What an operation needs, from the table that is the ABI. */
static const struct need {
    uint8_t type, right;
} needs[UK_OPERATION_COUNT] = {
#define UK_X(name, number, function, type, right, handles) [name] = {type, right},
    UK_OPERATIONS(UK_X)
#undef UK_X
};

/* What a right's bit means on this type of object. */
static const char *right_name(uint32_t type, uint32_t right)
{
    int is_memory = type == UK_TYPE_FRAME;
    switch (right) {
    case UK_RIGHT_READ:
        return is_memory || type == UK_TYPE_THREAD ? "read" : type == UK_TYPE_NOTIFICATION ? "wait" : "receive";
    case UK_RIGHT_WRITE:
        if (type == UK_TYPE_NOTIFICATION)
            return "signal";
        if (type == UK_TYPE_RING || type == UK_TYPE_PORTAL)
            return "enter";
        if (type == UK_TYPE_RESIDENT || type == UK_TYPE_BOUND)
            return "call";
        return is_memory ? "write" : type == UK_TYPE_REPLY ? "answer" : "send";
    case UK_RIGHT_EXECUTE:
        return "execute";
    case UK_RIGHT_SEND | UK_RIGHT_ONCE:
        return "send";
    case UK_RIGHT_RECEIVE | UK_RIGHT_SEND | UK_RIGHT_ONCE:
        return "receive or send";
    case UK_RIGHT_GRANT:
        return "grant";
    default:
        return "manage";
    }
}

/* "UK_SPACE_MAP" is told as "space map". */
static void operation_text(struct text *text, uint32_t operation)
{
    const char *name = uk_operation_name(operation);
    char letter[2] = {0, 0};
    if (name[0] == '?') {
        text_string(text, "operation ");
        text_number(text, operation);
        return;
    }
    for (name += 3; *name != 0; name++) {
        letter[0] = *name == '_' ? ' ' : (char)(*name - 'A' + 'a');
        text_string(text, letter);
    }
}

static const char *article(uint32_t type)
{
    switch (type) {
    case UK_TYPE_UNTYPED:
    case UK_TYPE_ENDPOINT:
    case UK_TYPE_INTERRUPT:
        return "an ";
    default:
        return "a ";
    }
}

/* An operation that failed with `status`; `record` (NULL: none was kept) knows what the slot held. */
struct failure {
    uint32_t operation, status;
    uk_handle handle;
    const struct record *record;
};

static void type_text(struct text *text, const struct failure *failure)
{
    uint32_t found = failure->record->found_type, wanted = needs[failure->operation].type;
    text_string(text, "the slot holds ");
    text_string(text, article(found));
    text_string(text, uk_type_name(found));
    text_string(text, ", not ");
    text_string(text, article(wanted));
    text_string(text, uk_type_name(wanted));
}

static void right_text(struct text *text, const struct failure *failure)
{
    uint32_t found = failure->record->found_type;
    /* an endpoint in place of another object takes the operation as a call */
    uint32_t right = found == needs[failure->operation].type ? needs[failure->operation].right : UK_RIGHT_SEND;
    text_string(text, uk_type_name(found));
    text_string(text, " without the ");
    text_string(text, right_name(found, right));
    text_string(text, " right");
}

static void size_text(struct text *text, const struct thread *thread)
{
    const struct cnode *cnode = thread->cnode;
    if (cnode == NULL) {
        text_string(text, "the thread has no CNode");
        return;
    }
    text_string(text, "the CNode has only ");
    text_number(text, cnode->slot_count);
    text_string(text, " slots");
}

static void reason_text(struct text *text, const struct thread *thread, const struct failure *failure)
{
    int found = failure->record != NULL && failure->record->found_type != UK_TYPE_NONE &&
                failure->operation < UK_OPERATION_COUNT;
    const struct cnode *cnode = thread->cnode;
    int beyond = cnode == NULL || (uint32_t)failure->handle >= cnode->slot_count;
    if (failure->status == UK_WRONG_TYPE && found)
        type_text(text, failure);
    else if (failure->status == UK_NO_RIGHT && found)
        right_text(text, failure);
    else if (failure->status == UK_BAD_HANDLE && beyond)
        size_text(text, thread);
    else
        text_string(text, uk_status_text((enum uk_status)failure->status));
}

static void failure_text(struct text *text, const struct thread *thread, const struct failure *failure)
{
    operation_text(text, failure->operation);
    if (failure->operation < UK_OPERATION_COUNT && needs[failure->operation].type != UK_TYPE_NONE) {
        text_string(text, " on slot ");
        text_number(text, (uint32_t)failure->handle);
    }
    text_string(text, ": ");
    reason_text(text, thread, failure);
}

/* Page faults. ----------------------------------------------------------------------------------------------------- */

static void range_text(struct text *text, uk_word begin, uk_word end)
{
    text_hex(text, begin);
    text_string(text, "-");
    text_hex(text, end);
}

/* The end of the run of mappings that begins with this one. */
static uk_word run_end(const struct kernel *kernel, const struct space *space, uk_word begin)
{
    struct mapping mapping;
    while (space_walk(kernel, space, begin, &mapping))
        begin = mapping.address + mapping.bytes;
    return begin;
}

/* What is mapped around the address: the nearest run below and the nearest above. */
static void around_text(struct text *text, const struct kernel *kernel, const struct space *space, uk_word address)
{
    struct mapping mapping;
    uk_word low = 0, low_end = 0, at = space->base;
    int found = space_next(kernel, space, at, &mapping);
    while (found && mapping.address < address) {
        low = mapping.address;
        low_end = at = run_end(kernel, space, low);
        found = space_next(kernel, space, at, &mapping);
    }
    text_string(text, low_end != 0 || found ? " (its space maps " : " (its space maps nothing)");
    if (low_end != 0)
        range_text(text, low, low_end);
    text_string(text, low_end != 0 && found ? " and " : "");
    if (found)
        range_text(text, mapping.address, run_end(kernel, space, mapping.address));
    text_string(text, low_end != 0 || found ? ")" : "");
}

/* Where a beginner should look first. */
static const char *hint(const struct kernel *kernel, const struct thread *thread, uk_word address, uint32_t access)
{
    struct mapping above;
    if ((access & UK_RIGHT_EXECUTE) != 0)
        return address < UK_PAGE ? ": a jump to 0, so perhaps a function pointer that was never set" : "";
    if (address < UK_PAGE)
        return ": a null pointer";
    if (space_walk(kernel, thread_space(thread), address + UK_PAGE, &above) &&
        (above.rights & UK_RIGHT_WRITE) != 0 && registers_stack(&thread->registers) < above.address + above.bytes &&
        registers_stack(&thread->registers) + UK_PAGE >= above.address)
        return ": just below its stack, which has overflowed";
    return "";
}

static void missing_text(struct text *text, const struct kernel *kernel, const struct thread *thread)
{
    const struct space *space = thread_space(thread);
    const struct record *record = &thread->record;
    struct mapping mapping;
    if (space == NULL) {
        text_string(text, "the thread has no space");
    } else if (space_walk(kernel, space, record->address, &mapping)) {
        text_string(text, "mapped without the ");
        text_string(text, right_name(UK_TYPE_FRAME, record->access));
        text_string(text, " right");
    } else {
        text_string(text, "no mapping");
        text_string(text, hint(kernel, thread, record->address, record->access));
        around_text(text, kernel, space, record->address);
    }
}

static void page_text(struct text *text, const struct kernel *kernel, const struct thread *thread)
{
    text_string(text, access_name(thread->record.access));
    text_string(text, " of ");
    text_hex(text, thread->record.address);
    text_string(text, ": ");
    missing_text(text, kernel, thread);
}

/* The whole. ------------------------------------------------------------------------------------------------------- */

static void fault_text(struct text *text, const struct kernel *kernel, const struct thread *thread)
{
    const struct record *record = &thread->record;
    if (record->fault == UK_FAULT_PAGE) {
        page_text(text, kernel, thread);
    } else if (record->fault == UK_FAULT_OPERATION) {
        failure_text(text, thread, &(struct failure){record->operation, record->status, record->handle, record});
    } else {
        text_string(text, fault_name(record->fault));
        text_string(text, record->ip != 0 ? " at " : "");
        if (record->ip != 0)
            text_hex(text, record->ip);
    }
}

static void stop_text(struct text *text, const struct kernel *kernel, const struct thread *thread)
{
    text_string(text, "thread ");
    if (thread->name[0] != 0)
        text_name(text, thread->name);
    else
        text_number(text, thread->object.number);
    if (thread->record.fault != UK_FAULT_NONE) {
        text_string(text, thread->state == UK_THREAD_DEAD ? " killed: " : " stopped: ");
        fault_text(text, kernel, thread);
    } else if (thread->operation == UK_EXIT) {
        text_string(text, " exited with ");
        text_signed(text, (int64_t)thread->exit_code);
    } else {
        text_string(text, " killed");
    }
}

/* The status that its last operation ended with is in its registers; what the slot held is in its record, if that is
 * still about the same operation. */
static void status_text(struct text *text, const struct thread *thread)
{
    const struct uk_call *call = &thread->registers.call;
    const struct record *record = &thread->record;
    struct failure failure = {thread->operation, (uint32_t)call->operation, call->handle, record};
    if (call->operation == UK_OK || call->operation >= UK_STATUS_COUNT)
        return;
    if (record->operation != failure.operation || record->status != failure.status || record->handle != failure.handle)
        failure.record = NULL;
    failure_text(text, thread, &failure);
}

static size_t explain(const struct kernel *kernel, const struct thread *thread, char *at, size_t bytes)
{
    struct text text;
    text_begin(&text, at, bytes);
    int faulted = thread->record.fault != UK_FAULT_NONE;
    if (thread->state == UK_THREAD_DEAD || (thread->state == UK_THREAD_STOPPED && faulted))
        stop_text(&text, kernel, thread);
    else if (thread->state == UK_THREAD_STOPPED || thread->state == UK_THREAD_READY)
        status_text(&text, thread);
    if (thread->crossing != NULL) {
        text_string(&text, text.length > 0 ? ", inside of portal " : "inside of portal ");
        text_number(&text, thread->domain->owner->number);
    }
    return text.length;
}

UK_API size_t uk_explain(const struct uk_kernel *outside, uk_handle thread, char *text, size_t text_bytes)
{
    struct capability *slot;
    if (embed_find(kernel_inside(outside), thread, UK_TYPE_THREAD, &slot) == UK_OK)
        return explain(kernel_inside(outside), (const struct thread *)slot->object, text, text_bytes);
    struct text nothing;
    text_begin(&nothing, text, text_bytes);
    return 0;
}

UK_API size_t uk_explain_object(const struct uk_kernel *outside, uint32_t object, char *text, size_t text_bytes)
{
    const struct thread *thread = embed_find_thread(kernel_inside(outside), object);
    if (thread != NULL)
        return explain(kernel_inside(outside), thread, text, text_bytes);
    struct text nothing;
    text_begin(&nothing, text, text_bytes);
    return 0;
}
