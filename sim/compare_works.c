/* SPDX-License-Identifier: MIT */
/* The fixed set of workloads of `ukern compare`: a row each, the same for every design. */
#include <string.h>

#include "sim/compare.h"

#define ECHO(name, bytes, quick)                                                                                       \
    {"echo-" name, "a request of " name " and an answer as long, one word in each page changed by both sides",         \
     COMPARE_ECHO, bytes, 1, 1, 1, quick}
#define LOOK(name, bytes, quick)                                                                                       \
    {"look-" name, "a request of " name " and a short answer, one word in each page read by both sides, none written",  \
     COMPARE_LOOK, bytes, 1, 1, 1, quick}
#define CHAIN(depth, quick)                                                                                            \
    {"chain-" #depth, "a null call through a chain of " #depth " servers", COMPARE_CHAIN, 0, depth, 1, 1, quick}
#define BATCH(size, quick)                                                                                             \
    {"batch-" #size, #size " null requests at a time; costs are of one request", COMPARE_BATCH, 0, 1, 1, size, quick}

#define OPERATIONS(size, quick)                                                                                        \
    {"operations-" #size, #size " kernel operations (looking at a capability), in the first row one by one; costs are of one", \
     COMPARE_OPERATIONS, 0, 1, 1, size, quick}

#define LIST(size, room, quick)                                                                                        \
    {"list-" #size, "a directory of 100,000 names is listed, " #size " to a message; costs are of one name",           \
     COMPARE_LIST, room, 1, 1, size, quick}

static const struct compare_work works[] = {
    {"null", "a request without payload and its answer", COMPARE_ECHO, 0, 1, 1, 1, true},
    ECHO("64B", 64, true),
    ECHO("256B", 256, false),
    ECHO("1KiB", 1 << 10, false),
    ECHO("4KiB", 4 << 10, true),
    ECHO("16KiB", 16 << 10, false),
    ECHO("64KiB", 64 << 10, true),
    ECHO("256KiB", 256 << 10, false),
    ECHO("1MiB", 1 << 20, true),
    LOOK("16B", 16, true),
    LOOK("32B", 32, false),
    LOOK("64B", 64, true),
    LOOK("128B", 128, false),
    LOOK("256B", 256, true),
    LOOK("1KiB", 1 << 10, false),
    LOOK("4KiB", 4 << 10, true),
    LOOK("16KiB", 16 << 10, false),
    LOOK("64KiB", 64 << 10, true),
    LOOK("256KiB", 256 << 10, false),
    LOOK("1MiB", 1 << 20, true),
    CHAIN(1, true),
    CHAIN(2, false),
    CHAIN(4, true),
    CHAIN(8, false),
    CHAIN(16, true),
    BATCH(1, true),
    BATCH(4, false),
    BATCH(16, true),
    BATCH(64, true),
    OPERATIONS(1, true),
    OPERATIONS(8, false),
    OPERATIONS(64, true),
    {"open", "a file of 1 KiB, one of 64, is opened by its path, read and closed: 4 requests to a 9P server; costs are of all",
     COMPARE_OPEN, 4 << 10, 1, 1, 1, true},
    {"read-8KiB", "a file of 2 MiB is read from beginning to end in messages of 8 KiB; costs are of one", COMPARE_READ,
     8 << 10, 1, 1, 1, false},
    {"read-64KiB", "a file of 2 MiB is read from beginning to end in messages of 64 KiB; costs are of one", COMPARE_READ,
     64 << 10, 1, 1, 1, true},
    LIST(1, 512, true),
    LIST(16, 512, false),
    LIST(256, 8 << 10, true),
    LIST(1024, 32 << 10, false),
    {"clients-64", "64 clients of one server, each with null calls of its own; costs are of one call", COMPARE_CROWD, 0, 1,
     64, 1, true},
    {"flood", "a null call, a yield, while three hostile clients call as fast as they can; costs are of the whole machine",
     COMPARE_FLOOD, 0, 1, 4, 1, true},
    {"flood-post", "the same, but they post and never wait for an answer", COMPARE_POST, 0, 1, 4, 1, true},
    {"kill", "the server is killed in the middle of a call; costs are from the kill until nobody can run", COMPARE_KILL, 0,
     1, 1, 1, true},
};

const struct compare_work *compare_work_at(size_t index)
{
    return index < sizeof works / sizeof works[0] ? &works[index] : NULL;
}

const struct compare_work *compare_work_find(const char *name)
{
    const struct compare_work *work;
    for (size_t i = 0; (work = compare_work_at(i)) != NULL; i++)
        if (strcmp(work->name, name) == 0)
            return work;
    return NULL;
}
