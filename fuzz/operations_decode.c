/* SPDX-License-Identifier: MIT */
/* Records become calls: each argument byte by its kind, sensible values first, and any boundary value possible. */
#include "fuzz/operations_inside.h"

/* What an argument word means. */
enum kind {
    KIND_WORD = 0,
    KIND_HANDLE,  /* a filled slot of any type */
    KIND_INDEX,   /* an empty slot, mostly */
    KIND_CNODE,   /* mostly 0: the caller's own */
    KIND_TYPE,
    KIND_SIZE,
    KIND_COUNT,
    KIND_RIGHTS,
    KIND_BADGE,
    KIND_ADDRESS,
    KIND_PRIORITY,
    KIND_TIME,
    KIND_SPAN,
    KIND_SMALL,   /* flags, parts, policies */
    KIND_ITEM,    /* a lease: the number of an item, or its name in the first call that brings some */
    KIND_OF_TYPE  /* plus enum uk_type: a handle of this type, or none */
};

#define OF(type) (KIND_OF_TYPE + (type))

static const uint8_t kinds[UK_OPERATION_COUNT][UK_REGISTER_WORDS] = {
    [UK_ENDPOINT_BIND] = {OF(UK_TYPE_THREAD)},
    [UK_CAPABILITY_COPY] = {KIND_INDEX, KIND_HANDLE, KIND_CNODE, KIND_RIGHTS},
    [UK_CAPABILITY_MINT] = {KIND_INDEX, KIND_HANDLE, KIND_CNODE, KIND_RIGHTS, KIND_BADGE},
    [UK_CAPABILITY_MOVE] = {KIND_INDEX, KIND_HANDLE, KIND_CNODE},
    [UK_CAPABILITY_DELETE] = {KIND_HANDLE},
    [UK_CAPABILITY_REVOKE] = {KIND_HANDLE},
    [UK_CAPABILITY_INSPECT] = {KIND_HANDLE},
    [UK_RETYPE] = {KIND_TYPE, KIND_SIZE, KIND_CNODE, KIND_INDEX, KIND_COUNT},
    [UK_SPACE_CONFIGURE] = {OF(UK_TYPE_UNTYPED)},
    [UK_SPACE_MAP] = {OF(UK_TYPE_FRAME), KIND_ADDRESS, KIND_RIGHTS},
    [UK_SPACE_UNMAP] = {KIND_ADDRESS},
    [UK_SPACE_PROTECT] = {KIND_ADDRESS, KIND_RIGHTS},
    [UK_SPACE_QUERY] = {KIND_ADDRESS},
    [UK_THREAD_CONFIGURE] = {OF(UK_TYPE_CNODE), OF(UK_TYPE_SPACE), OF(UK_TYPE_ENDPOINT), KIND_ADDRESS, KIND_SMALL,
                             KIND_SMALL},
    [UK_THREAD_PRIORITY] = {KIND_PRIORITY, KIND_PRIORITY},
    [UK_THREAD_REGISTERS] = {KIND_ADDRESS, KIND_ADDRESS},
    [UK_THREAD_BIND] = {OF(UK_TYPE_NOTIFICATION)},
    [UK_THREAD_WATCH] = {OF(UK_TYPE_NOTIFICATION)},
    [UK_THREAD_INSPECT] = {KIND_SMALL},
    [UK_SCHED_CONFIGURE] = {KIND_SPAN, KIND_SPAN, KIND_SMALL},
    [UK_SCHED_BIND] = {OF(UK_TYPE_THREAD)},
    [UK_TIMER_BIND] = {OF(UK_TYPE_NOTIFICATION)},
    [UK_TIMER_SET] = {KIND_TIME, KIND_SPAN},
    [UK_INTERRUPT_BIND] = {OF(UK_TYPE_NOTIFICATION)},
    [UK_RESIDENT_CALL] = {KIND_WORD, KIND_WORD, KIND_WORD, KIND_WORD, KIND_ADDRESS, KIND_SIZE},
    [UK_PORT_ONCE] = {KIND_INDEX, KIND_CNODE, KIND_BADGE},
    [UK_PORT_WATCH] = {OF(UK_TYPE_NOTIFICATION)},
    [UK_PORT_JOIN] = {OF(UK_TYPE_PORT_SET), KIND_SMALL},
    [UK_PORTAL_CONFIGURE] = {OF(UK_TYPE_CNODE), OF(UK_TYPE_SPACE), OF(UK_TYPE_ENDPOINT), KIND_ADDRESS, KIND_ADDRESS, KIND_SIZE},
    [UK_PORTAL_ABANDON] = {OF(UK_TYPE_THREAD)},
    [UK_LEASE_READ] = {KIND_ITEM, KIND_SMALL, KIND_ADDRESS, KIND_SPAN},
    [UK_LEASE_WRITE] = {KIND_ITEM, KIND_SMALL, KIND_ADDRESS, KIND_SPAN},
    [UK_LEASE_INSPECT] = {KIND_ITEM},
    [UK_BOUND_CONFIGURE] = {OF(UK_TYPE_ENDPOINT), OF(UK_TYPE_BOUND)},
};

static const uint8_t types[UK_OPERATION_COUNT] = {
#define UK_X(name, number, function, type, right, handles) [name] = type,
    UK_OPERATIONS(UK_X)
#undef UK_X
};

static const uk_word boundaries[16] = {
    0,          1,          UK_FOREVER,       UK_FOREVER - 1,  (uk_word)1 << 63, ((uk_word)1 << 63) - 1,
    1ull << 32, UINT32_MAX, UINT32_MAX >> 1,  1ull << 31,      1ull << 47,       (1ull << 47) - UK_PAGE,
    UK_PAGE,    UK_LARGE,   UK_RETYPE_MAX + 1, OPERATIONS_SLOTS};

static const uk_word sizes[16] = {0, 0, 0, UK_PAGE, 2, 4, UK_PAGE, UK_ORDER_ARRIVAL, 8192, 16, UK_PORT_SIZE(2, 1),
                                  UK_LARGE, UK_PAGE - 1, UK_PAGE + 1, UINT32_MAX, UK_FOREVER};
static const uk_word counts[8] = {1, 1, 1, 2, 3, 0, UK_RETYPE_MAX, UK_RETYPE_MAX + 1};
static const uk_word spans[16] = {0, 500, 1000, 2000, 100, 5000, 1, 99, 101, 1000000, 2000, 1000,
                                  UK_FOREVER / 2, UK_FOREVER / 2 - 1, UK_FOREVER, 1ull << 40};
static const uint8_t lengths[8] = {0, 1, 4, 6, 7, 64, 65, 127};
static const uint8_t items[8] = {0, 0, 0, 1, 2, 4, 5, 7};
static const uint32_t labels[4] = {0, 1, 7, UINT32_MAX};

uk_word record_address(uint8_t byte)
{
    static const uk_word bases[4] = {UK_PAGE, UK_LARGE, (uk_word)1 << 30, (uk_word)1 << 39};
    if (byte >= 240)
        return boundaries[byte % 16];
    if (byte >= 224)
        return UK_PAGE + byte % 16 * UK_BUFFER_BYTES;
    return bases[byte / 8 % 4 * (byte >= 32)] + byte % 8 * UK_PAGE;
}

uk_word record_time(const struct operations *operations, uint8_t byte)
{
    static const uk_word after[16] = {UK_FOREVER, 0, 1, 100, 250, 1000, 5000, 1000000, UK_FOREVER, UK_FOREVER,
                                      UK_FOREVER, 300, 400, 600, 2000, 10000};
    uk_word now = operations->kernel->now;
    switch (byte % 32) {
    case 16:
        return UK_NOW;
    case 17:
        return 1;
    case 18:
        return UK_FOREVER - 1;
    case 19:
        return now;
    case 20:
        return now - 1;
    default:
        return after[byte % 16] == UK_FOREVER ? UK_FOREVER : now + after[byte % 16];
    }
}

static const struct cnode *cnode_of(const struct thread *actor) { return actor->cnode; }

/* The n-th slot of this type (NONE: any type), round and round; 0: there is none. */
static uint32_t slot_of_type(const struct thread *actor, uint32_t type, unsigned n)
{
    const struct cnode *cnode = cnode_of(actor);
    uint32_t found[OPERATIONS_SLOTS], count = 0;
    for (uint32_t i = 1; cnode != NULL && i < cnode->slot_count && i < OPERATIONS_SLOTS; i++)
        if (cnode->slots[i].type == type || (type == UK_TYPE_NONE && cnode->slots[i].type != UK_TYPE_NONE))
            found[count++] = i;
    return count > 0 ? found[n % count] : 0;
}

static uint32_t empty_slot(const struct thread *actor, unsigned n)
{
    const struct cnode *cnode = cnode_of(actor);
    for (uint32_t i = 0; cnode != NULL && i < OPERATIONS_SLOTS; i++) {
        uint32_t slot = (SLOT_FREE + n + i) % OPERATIONS_SLOTS;
        if (slot != 0 && slot < cnode->slot_count && cnode->slots[slot].type == UK_TYPE_NONE)
            return slot;
    }
    return 0;
}

static uk_handle with_generation(const struct thread *actor, uint32_t index, unsigned flags)
{
    const struct cnode *cnode = cnode_of(actor);
    if (cnode == NULL || index >= cnode->slot_count || (flags & (FLAG_GENERATION | FLAG_STALE)) == 0)
        return index;
    uint32_t generation = cnode->slots[index].slot_generation - ((flags & FLAG_STALE) != 0);
    return (uk_handle)generation << 32 | index;
}

static uk_handle handle_decode(const struct thread *actor, uint32_t type, uint8_t byte, unsigned flags)
{
    if (byte >= 240)
        return boundaries[byte % 16];
    uint32_t index = byte < 128 ? slot_of_type(actor, type, byte) : byte % OPERATIONS_SLOTS;
    return with_generation(actor, index, flags);
}

static uk_word argument_decode(const struct operations *operations, const struct thread *actor, unsigned kind,
                               uint8_t byte, unsigned flags)
{
    if (kind >= KIND_OF_TYPE)
        return byte == 127 ? UK_NONE : handle_decode(actor, kind - KIND_OF_TYPE, byte, flags);
    if (kind == KIND_ADDRESS)
        return record_address(byte);
    if (kind == KIND_TIME)
        return record_time(operations, byte);
    if (byte >= 240)
        return boundaries[byte % 16];
    switch (kind) {
    case KIND_HANDLE:
        return handle_decode(actor, UK_TYPE_NONE, byte, flags);
    case KIND_INDEX:
        return byte < 128 ? empty_slot(actor, byte) : byte % (OPERATIONS_SLOTS + 1);
    case KIND_CNODE:
        return byte < 128 ? UK_NONE : handle_decode(actor, UK_TYPE_CNODE, byte - 128, flags);
    case KIND_TYPE:
        return byte % (UK_TYPE_COUNT + 1);
    case KIND_SIZE:
        return sizes[byte % 16];
    case KIND_COUNT:
        return counts[byte % 8];
    case KIND_RIGHTS:
        return byte < 64 ? UK_RIGHTS_ALL - byte % 8 * (byte >= 8) : byte % 64;
    case KIND_SPAN:
        return spans[byte % 16];
    case KIND_PRIORITY:
        return byte % 42;
    case KIND_SMALL:
        return byte % 33;
    case KIND_ITEM:
        return byte % 5 | (uk_word)(byte >= 128) << 32;
    default:
        return byte;
    }
}

static uint32_t operation_of(const struct operations_record *record)
{
    static const uint8_t again[] = {
        [ACTION_CALL - ACTION_CALL] = UK_CALL,       [ACTION_RECEIVE - ACTION_CALL] = UK_RECEIVE,
        [ACTION_REPLY_RECEIVE - ACTION_CALL] = UK_REPLY_RECEIVE, [ACTION_SEND - ACTION_CALL] = UK_SEND,
        [ACTION_REPLY - ACTION_CALL] = UK_REPLY,     [ACTION_WAIT - ACTION_CALL] = UK_WAIT,
        [ACTION_SIGNAL - ACTION_CALL] = UK_SIGNAL};
    unsigned action = record->action % ACTION_COUNT;
    if (action < ACTION_WINDOW)
        return action;
    if (action >= ACTION_MORE)
        return ACTION_WINDOW + (action - ACTION_MORE) % (UK_OPERATION_COUNT - ACTION_WINDOW);
    return action >= ACTION_CALL ? again[action - ACTION_CALL] : UK_YIELD; /* to be restarted: it is not looked at */
}

void record_decode(const struct operations *operations, const struct thread *actor,
                   const struct operations_record *record, struct uk_call *call)
{
    static const uk_word numbers[8] = {UK_OPERATION_COUNT, 127, 255, 511, 512, UINT32_MAX, UK_FOREVER, 1ull << 32};
    if (record->action % ACTION_COUNT == ACTION_NUMBER) {
        *call = (struct uk_call){.operation = numbers[record->word[0] % 8], .handle = record->handle};
        return;
    }
    uint32_t operation = operation_of(record);
    call->operation = operation;
    call->operation |= (record->flags & FLAG_FILTERED) != 0 ? UK_FILTERED : 0;
    call->operation |= (record->flags & FLAG_NUMBER) != 0 ? (uk_word)1 << (9 + record->extra % 55) : 0;
    call->handle = handle_decode(actor, types[operation], record->handle, record->flags);
    call->tag = UK_TAG(labels[record->tag >> 6], lengths[record->tag & 7], items[record->tag >> 3 & 7]);
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        call->word[i] = argument_decode(operations, actor, kinds[operation][i], record->word[i], record->flags);
    call->word[0] |= (record->flags & FLAG_HIGH) != 0 ? (uk_word)1 << 32 : 0;
    uint32_t with = operation == UK_PORT_EXCHANGE ? UK_TYPE_PORT : UK_TYPE_REPLY;
    call->reply = record->reply == 127 ? UK_NONE : handle_decode(actor, with, record->reply, record->flags);
    call->deadline = record_time(operations, record->deadline);
    call->filter = record->filter;
}
