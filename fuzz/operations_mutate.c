/* SPDX-License-Identifier: MIT */
/* Mutation by records: inputs stay whole records, and a change of one field stays a change of one field. */
#include <string.h>

#include "fuzz/operations.h"

enum {
    SIZE = OPERATIONS_RECORD_BYTES
};

uint32_t operations_random(struct operations_random *random, uint32_t below)
{
    random->state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t mixed = random->state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(((mixed ^ mixed >> 31) >> 32) * below >> 32);
}

static uint8_t byte(struct operations_random *random) { return (uint8_t)operations_random(random, 256); }

/* Mostly sensible, sometimes a boundary, sometimes anything. */
static uint8_t argument(struct operations_random *random)
{
    switch (operations_random(random, 8)) {
    case 0:
        return (uint8_t)(240 + operations_random(random, 16));
    case 1:
        return byte(random);
    default:
        return (uint8_t)operations_random(random, 16);
    }
}

/* Half of all actions are messages: there the kernel's states are. */
static uint8_t action(struct operations_random *random)
{
    static const uint8_t messages[] = {ACTION_CALL, ACTION_CALL, ACTION_RECEIVE, ACTION_RECEIVE, ACTION_REPLY_RECEIVE,
                                       ACTION_SEND, ACTION_REPLY, ACTION_WAIT, ACTION_SIGNAL, ACTION_ADVANCE,
                                       ACTION_NEXT, ACTION_WINDOW, ACTION_ITEM, ACTION_ROOT_TIME, ACTION_PAGE_FAULT,
                                       ACTION_RESTART};
    if (operations_random(random, 2) == 0)
        return messages[operations_random(random, sizeof messages)];
    return (uint8_t)operations_random(random, ACTION_COUNT);
}

void operations_record_random(struct operations_random *random, struct operations_record *record)
{
    record->actor = operations_random(random, 3) == 0 ? (uint8_t)(128 + operations_random(random, 4)) : 0;
    record->action = action(random);
    record->handle = argument(random);
    record->flags = operations_random(random, 4) == 0 ? (uint8_t)operations_random(random, 32) : 0;
    for (unsigned i = 0; i < sizeof record->word; i++)
        record->word[i] = argument(random);
    record->reply = operations_random(random, 8) == 0 ? 127 : argument(random);
    record->deadline = operations_random(random, 2) == 0 ? 0 : (uint8_t)operations_random(random, 32);
    record->tag = operations_random(random, 2) == 0 ? (uint8_t)operations_random(random, 4) : byte(random);
    record->filter = (uint8_t)operations_random(random, 10);
    record->choices = operations_random(random, 4) == 0 ? byte(random) : 0;
    record->extra = (uint8_t)operations_random(random, 8);
}

static size_t insert_random(struct operations_random *random, uint8_t *data, size_t count, size_t room)
{
    if (count >= room)
        return count;
    size_t at = 1 + operations_random(random, (uint32_t)count);
    memmove(data + (at + 1) * SIZE, data + at * SIZE, (count - at) * SIZE);
    operations_record_random(random, (struct operations_record *)(void *)(data + at * SIZE));
    return count + 1;
}

static size_t delete_one(struct operations_random *random, uint8_t *data, size_t count)
{
    if (count <= 2)
        return count;
    size_t at = 1 + operations_random(random, (uint32_t)count - 1);
    memmove(data + at * SIZE, data + (at + 1) * SIZE, (count - at - 1) * SIZE);
    return count - 1;
}

/* One record, or a few in a row, once more somewhere else. */
static size_t duplicate(struct operations_random *random, uint8_t *data, size_t count, size_t room)
{
    uint8_t copy[4 * SIZE];
    size_t from = 1 + operations_random(random, (uint32_t)count - 1), length = 1 + operations_random(random, 4);
    length = length < count - from ? length : count - from;
    length = length < room - count ? length : room - count;
    size_t at = 1 + operations_random(random, (uint32_t)count);
    memcpy(copy, data + from * SIZE, length * SIZE);
    memmove(data + (at + length) * SIZE, data + at * SIZE, (count - at) * SIZE);
    memcpy(data + at * SIZE, copy, length * SIZE);
    return count + length;
}

static void swap_two(struct operations_random *random, uint8_t *data, size_t count)
{
    uint8_t copy[SIZE];
    uint8_t *one = data + (1 + operations_random(random, (uint32_t)count - 1)) * SIZE;
    uint8_t *other = data + (1 + operations_random(random, (uint32_t)count - 1)) * SIZE;
    memcpy(copy, one, SIZE);
    memcpy(one, other, SIZE);
    memcpy(other, copy, SIZE);
}

/* One field becomes what a fresh record would have there, or its neighbour's value, or one more or less. */
static void change_field(struct operations_random *random, uint8_t *data, size_t count)
{
    struct operations_record fresh;
    uint8_t *record = data + (1 + operations_random(random, (uint32_t)count - 1)) * SIZE;
    unsigned field = operations_random(random, SIZE);
    operations_record_random(random, &fresh);
    switch (operations_random(random, 4)) {
    case 0:
        record[field] = (uint8_t)(record[field] + 1);
        break;
    case 1:
        record[field] = (uint8_t)(record[field] ^ 1u << operations_random(random, 8));
        break;
    default:
        memcpy(record + field, (const uint8_t *)&fresh + field, 1);
    }
}

static void change_header(struct operations_random *random, uint8_t *data)
{
    data[offsetof(struct operations_header, world)] = (uint8_t)operations_random(random, OPERATIONS_WORLDS);
    data[offsetof(struct operations_header, checks)] =
        operations_random(random, 16) == 0 ? (uint8_t)(operations_random(random, 2) ? CHECK_FINISH : CHECK_COMPARE) : 0;
}

static size_t mutate_once(struct operations_random *random, uint8_t *data, size_t count, size_t room)
{
    switch (operations_random(random, 10)) {
    case 0:
    case 1:
        return insert_random(random, data, count, room);
    case 2:
        return delete_one(random, data, count);
    case 3:
        return duplicate(random, data, count, room);
    case 4:
        swap_two(random, data, count);
        return count;
    case 5:
        if (operations_random(random, 4) == 0)
            change_header(random, data);
        return count;
    default:
        change_field(random, data, count);
        return count;
    }
}

/* Fewer than a header and one record: begin anew. */
static size_t begin(struct operations_random *random, uint8_t *data, size_t size)
{
    size_t count = size / SIZE;
    if (count >= 2)
        return count;
    memset(data, 0, 2 * SIZE);
    change_header(random, data);
    operations_record_random(random, (struct operations_record *)(void *)(data + SIZE));
    return 2;
}

size_t operations_mutate(struct operations_random *random, uint8_t *data, size_t size, size_t room)
{
    size_t most = room / SIZE < OPERATIONS_RECORDS_MAX + 1 ? room / SIZE : OPERATIONS_RECORDS_MAX + 1;
    if (most < 2)
        return 0;
    size_t count = begin(random, data, size < most * SIZE ? size : most * SIZE);
    for (unsigned times = 1 + operations_random(random, 4); times > 0; times--)
        count = mutate_once(random, data, count, most);
    return count * SIZE;
}

/* The beginning of one, then the end of the other: most states are reached by a whole prefix. */
size_t operations_cross(struct operations_random *random, const uint8_t *one, size_t one_size, const uint8_t *other,
                        size_t other_size, uint8_t *out, size_t room)
{
    size_t most = room / SIZE, first = one_size / SIZE, second = other_size / SIZE;
    if (first < 2 || second < 2 || most < 2)
        return 0;
    size_t keep = 1 + operations_random(random, (uint32_t)first), from = 1 + operations_random(random, (uint32_t)second);
    keep = keep < most ? keep : most;
    size_t rest = second - from < most - keep ? second - from : most - keep;
    memcpy(out, one, keep * SIZE);
    memcpy(out + keep * SIZE, other + from * SIZE, rest * SIZE);
    return (keep + rest) * SIZE;
}
