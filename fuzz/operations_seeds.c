/* SPDX-License-Identifier: MIT */
/* Seeds: what the kernel is for, as inputs, so that the fuzzer begins where a random walk would take long to arrive. */
#include <string.h>

#include "fuzz/operations.h"

enum {
    LENGTH = 12 /* records of one seed at most */
};

/* Actors: whoever runs, or thread N. */
#define RUNS      .actor = 0
#define THREAD(n) .actor = 128 + (n)
/* Slots that hold the right type: the n-th of them. */
#define FIRST     .handle = 0
#define SECOND    .handle = 1
#define NO_REPLY  .reply = 127
#define WORDS(n)  .tag = (n)             /* lengths 0, 1, 4, 6, 7, 64, ... */
#define ITEMS(n)  .tag = 2 | ((n) + 2) << 3 /* four words and one or two items */
#define LABEL(n)  .tag = (n) << 6
#define NOT_AT_ALL .deadline = 16
#define SOON      .deadline = 5
/* An operation of a later design. */
#define MORE(operation) (ACTION_MORE + (operation) - ACTION_WINDOW)

struct seed {
    const char *name;
    uint8_t world, checks;
    struct operations_record records[LENGTH];
};

#define DO(what, ...) {.action = (what), __VA_ARGS__}

static const struct seed seeds[] = {
    {"rendezvous", 0, CHECK_FINISH,
     {DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_SEND, THREAD(0), FIRST, WORDS(2)),
      DO(ACTION_SEND, THREAD(1), FIRST, WORDS(3)), DO(ACTION_RECEIVE, THREAD(3), FIRST)}},
    {"call_and_reply", 0, CHECK_FINISH,
     {DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_CALL, THREAD(0), FIRST, WORDS(2)),
      DO(ACTION_REPLY, RUNS, FIRST, WORDS(1)), DO(ACTION_RECEIVE, RUNS, FIRST)}},
    {"serve_two_clients", WORLD_SERVERS | WORLD_ALONE, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST, WORDS(2)), DO(ACTION_CALL, THREAD(1), FIRST, WORDS(3)),
      DO(ACTION_REPLY_RECEIVE, THREAD(2), FIRST, WORDS(2)), DO(ACTION_REPLY_RECEIVE, RUNS, FIRST, WORDS(1)),
      DO(ACTION_CALL, THREAD(0), FIRST)}},
    {"senders_queue_by_priority", 0, CHECK_FINISH,
     {DO(ACTION_SEND, THREAD(0), FIRST, WORDS(1)), DO(ACTION_CALL, THREAD(2), FIRST),
      DO(UK_THREAD_PRIORITY, THREAD(3), FIRST, .word = {35, 40}), DO(ACTION_CALL, THREAD(1), FIRST),
      DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(ACTION_RECEIVE, THREAD(3), FIRST, NO_REPLY)}},
    {"senders_queue_by_arrival", 0, CHECK_FINISH,
     {DO(ACTION_SEND, THREAD(0), SECOND), DO(ACTION_SEND, THREAD(2), SECOND), DO(ACTION_SEND, THREAD(1), SECOND),
      DO(ACTION_RECEIVE, THREAD(3), SECOND), DO(ACTION_RECEIVE, THREAD(3), SECOND)}},
    {"receive_from_one_badge", 0, CHECK_FINISH,
     {DO(ACTION_SEND, THREAD(0), FIRST), DO(ACTION_RECEIVE, THREAD(3), FIRST, .flags = FLAG_FILTERED, .filter = 2),
      DO(ACTION_SEND, THREAD(1), FIRST), DO(ACTION_RECEIVE, THREAD(2), FIRST)}},
    {"chain_of_lent_time", WORLD_SERVERS, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_CALL, RUNS, SECOND), DO(ACTION_REPLY_RECEIVE, RUNS, SECOND),
      DO(ACTION_REPLY_RECEIVE, RUNS, FIRST)}},
    {"chain_broken_in_the_middle", WORLD_SERVERS, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_CALL, RUNS, SECOND), DO(ACTION_ROOT_KILL, .word = {2}),
      DO(ACTION_REPLY_RECEIVE, RUNS, SECOND), DO(ACTION_CALL, THREAD(0), FIRST)}},
    {"chain_broken_and_pulled_back", WORLD_SERVERS | WORLD_RECLAIM, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_CALL, RUNS, SECOND), DO(ACTION_ROOT_KILL, .word = {2}),
      DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_ROOT_TIME, .word = {3, 3}), DO(ACTION_REPLY, THREAD(3), FIRST)}},
    {"caller_gives_up", WORLD_SERVERS | WORLD_RECLAIM, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST, SOON), DO(ACTION_CALL, RUNS, SECOND), DO(ACTION_ADVANCE, .word = {5}),
      DO(ACTION_REPLY, THREAD(3), FIRST), DO(ACTION_CALL, THREAD(0), FIRST)}},
    {"answer_of_another", WORLD_SERVERS | WORLD_RECLAIM | WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_GRANT, .word = {16, 13, 0}, .extra = 3),
      DO(ACTION_CALL, RUNS, SECOND), DO(ACTION_REPLY_RECEIVE, RUNS, SECOND, .reply = 1), DO(ACTION_NEXT, RUNS)}},
    {"revoke_with_mappings", WORLD_MEMORY, CHECK_FINISH,
     {DO(UK_SPACE_MAP, THREAD(0), FIRST, .word = {0, 1, 0}), DO(UK_SPACE_MAP, THREAD(1), FIRST, .word = {0, 40, 1}),
      DO(UK_SPACE_QUERY, THREAD(2), FIRST, .word = {0}), DO(ACTION_POKE, THREAD(0), .word = {1, 200}),
      DO(UK_SPACE_PROTECT, THREAD(0), FIRST, .word = {1, 1}), DO(ACTION_ROOT_REVOKE, .word = {27 - 7}),
      DO(UK_SPACE_UNMAP, THREAD(0), FIRST, .word = {1})}},
    {"share_memory", WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_WINDOW, THREAD(3), .word = {12, 4, 8, 7}), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(ACTION_ITEM, THREAD(0), .word = {UK_ITEM_SHARE, 0, 10, 0}), DO(ACTION_CALL, THREAD(0), FIRST, ITEMS(1)),
      DO(ACTION_PEEK, RUNS, .word = {8, 64}), DO(ACTION_REPLY, RUNS, FIRST), DO(ACTION_ROOT_REVOKE, .word = {27 - 7})}},
    {"give_memory", WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_WINDOW, THREAD(3), .word = {12, 4, 8, 7}), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(UK_SPACE_MAP, THREAD(0), FIRST, .word = {0, 2, 0}), DO(ACTION_ITEM, THREAD(0), .word = {UK_ITEM_GIFT, 3, 10, 0}),
      DO(ACTION_SEND, THREAD(0), FIRST, ITEMS(1)), DO(UK_SPACE_QUERY, THREAD(3), FIRST, .word = {8})}},
    {"lend_memory", WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_ITEM, THREAD(0), .word = {UK_ITEM_LEASE, 3, 0, 200}),
      DO(ACTION_CALL, THREAD(0), FIRST, ITEMS(1)), DO(MORE(UK_LEASE_INSPECT), RUNS, FIRST, .word = {128}),
      DO(MORE(UK_LEASE_READ), RUNS, FIRST, .word = {0, 0, 1, 4}), DO(MORE(UK_LEASE_WRITE), RUNS, FIRST, .word = {0, 8, 0, 4}),
      DO(ACTION_REPLY, RUNS, FIRST), DO(MORE(UK_LEASE_READ), RUNS, FIRST, .word = {0, 0, 1, 4})}},
    {"copy_memory_on_write", WORLD_MEMORY, CHECK_FINISH,
     {DO(UK_RETYPE, THREAD(3), FIRST, .word = {3, 3, 0, 12, 0}), DO(UK_SPACE_MAP, THREAD(3), FIRST, .word = {0, 12, 0}),
      DO(ACTION_WINDOW, THREAD(3), .word = {14, 4, 8, 7, 12, 1}), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(UK_RETYPE, THREAD(0), FIRST, .word = {3, 3, 0, 13, 0}), DO(UK_SPACE_MAP, THREAD(0), FIRST, .word = {1, 13, 0}),
      DO(ACTION_ITEM, THREAD(0), .word = {UK_ITEM_SNAPSHOT, 0, 13, 0}), DO(ACTION_SEND, THREAD(0), FIRST, ITEMS(1)),
      DO(ACTION_PAGE_FAULT, THREAD(3), .word = {12, 2}), DO(ACTION_POKE, THREAD(0), .word = {13, 64})}},
    {"copy_and_move_capabilities", WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_WINDOW, THREAD(3), .word = {12, 4}), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(ACTION_ITEM, THREAD(1), .word = {UK_ITEM_COPY, 0, 4, 0}, .extra = 0),
      DO(ACTION_ITEM, THREAD(1), .word = {UK_ITEM_MOVE, 0, 7, 0}, .extra = 1),
      DO(ACTION_CALL, THREAD(1), FIRST, ITEMS(2)), DO(UK_CAPABILITY_INSPECT, RUNS, FIRST, .word = {240 + 15}),
      DO(ACTION_REPLY, RUNS, FIRST)}},
    {"hand_a_reply_on", WORLD_MEMORY | WORLD_SERVERS, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_WINDOW, THREAD(2), .word = {12, 2}),
      DO(ACTION_ITEM, RUNS, .word = {UK_ITEM_MOVE, 0, 5, 0}), DO(ACTION_SEND, RUNS, SECOND, ITEMS(1)),
      DO(ACTION_WINDOW, THREAD(3), .word = {12, 2}), DO(ACTION_ROOT_TIME, .word = {3, 3}),
      DO(ACTION_RECEIVE, THREAD(3), SECOND, NO_REPLY), DO(ACTION_ROOT_KILL, .word = {2}),
      DO(ACTION_REPLY, THREAD(3), SECOND)}},
    {"long_message", WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_POKE, THREAD(0), .word = {224, 255}, .extra = 7), DO(ACTION_CALL, THREAD(0), FIRST, WORDS(5)),
      DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_REPLY, RUNS, FIRST, WORDS(4))}},
    {"signals_merge", 0, CHECK_FINISH,
     {DO(ACTION_SIGNAL, THREAD(0), FIRST), DO(ACTION_SIGNAL, THREAD(1), FIRST), DO(ACTION_WAIT, THREAD(2), FIRST),
      DO(ACTION_WAIT, THREAD(2), FIRST, SOON), DO(ACTION_WAIT, THREAD(3), FIRST, NOT_AT_ALL), DO(ACTION_NEXT, RUNS),
      DO(ACTION_WAIT, THREAD(3), FIRST), DO(ACTION_SIGNAL, THREAD(0), FIRST)}},
    {"signal_ends_a_receive", 0, CHECK_FINISH,
     {DO(UK_THREAD_BIND, THREAD(2), FIRST, .word = {0}), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(ACTION_SIGNAL, THREAD(0), FIRST), DO(ACTION_SIGNAL, THREAD(0), FIRST), DO(ACTION_SEND, THREAD(1), FIRST),
      DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_WAIT, THREAD(3), FIRST), DO(ACTION_ROOT_KILL, .word = {3})}},
    {"timer_with_period", 0, CHECK_FINISH,
     {DO(UK_TIMER_BIND, THREAD(0), FIRST, .word = {0}), DO(UK_TIMER_SET, THREAD(0), FIRST, .word = {5, 2}),
      DO(ACTION_WAIT, THREAD(1), FIRST), DO(ACTION_NEXT, RUNS), DO(ACTION_NEXT, RUNS), DO(ACTION_WAIT, THREAD(1), FIRST),
      DO(ACTION_ADVANCE, .word = {6}), DO(UK_TIMER_SET, THREAD(0), FIRST, .word = {0, 0}),
      DO(ACTION_ADVANCE, .word = {7})}},
    {"interrupt", 0, CHECK_FINISH,
     {DO(UK_INTERRUPT_BIND, THREAD(1), FIRST, .word = {0}), DO(ACTION_WAIT, THREAD(2), FIRST), DO(ACTION_INTERRUPT, RUNS),
      DO(ACTION_INTERRUPT, RUNS), DO(UK_INTERRUPT_ACKNOWLEDGE, THREAD(1), FIRST), DO(ACTION_WAIT, THREAD(2), FIRST)}},
    {"page_fault_answered", 0, CHECK_FINISH,
     {DO(ACTION_RECEIVE, THREAD(3), SECOND), DO(ACTION_PAGE_FAULT, THREAD(0), .word = {9, 2}),
      DO(ACTION_REPLY, RUNS, FIRST, LABEL(0)), DO(ACTION_PAGE_FAULT, THREAD(0), .word = {9, 2}),
      DO(ACTION_RECEIVE, THREAD(3), SECOND), DO(ACTION_REPLY, THREAD(3), FIRST, LABEL(1))}},
    {"misuse_is_a_fault", 0, CHECK_FINISH,
     {DO(UK_THREAD_CONFIGURE, THREAD(3), FIRST, .word = {0, 0, 0, 0, 1, 16}), DO(ACTION_RECEIVE, THREAD(3), SECOND),
      DO(UK_SPACE_UNMAP, THREAD(0), .handle = 128), DO(ACTION_REPLY, THREAD(3), FIRST, LABEL(0)),
      DO(ACTION_RESTART, THREAD(0)), DO(ACTION_NUMBER, THREAD(0))}},
    {"budget_runs_out", 0, CHECK_FINISH,
     {DO(UK_THREAD_CONFIGURE, THREAD(1), FIRST, .word = {0, 0, 1, 0, 2, 20}), DO(UK_CLOCK, THREAD(2)),
      DO(UK_CLOCK, THREAD(2)), DO(ACTION_ADVANCE, .word = {1}), DO(UK_YIELD, THREAD(2)), DO(ACTION_ADVANCE, .word = {4}),
      DO(UK_CLOCK, THREAD(2)), DO(UK_SCHED_CONFIGURE, THREAD(1), FIRST, .word = {1, 5, 1})}},
    {"make_and_unmake", 0, CHECK_FINISH,
     {DO(UK_RETYPE, THREAD(0), FIRST, .word = {UK_TYPE_ENDPOINT, 0, 0, 0, 0}),
      DO(UK_CAPABILITY_MINT, THREAD(0), FIRST, .word = {1, 11, 0, 0, 7}),
      DO(UK_RETYPE, THREAD(0), FIRST, .word = {UK_TYPE_THREAD, 0, 0, 2, 0}),
      DO(UK_RETYPE, THREAD(0), FIRST, .word = {UK_TYPE_UNTYPED, 8, 0, 3, 0}),
      DO(UK_CAPABILITY_REVOKE, THREAD(0), FIRST, .word = {7}), DO(UK_CAPABILITY_MOVE, THREAD(0), FIRST, .word = {0, 2}),
      DO(UK_CAPABILITY_DELETE, THREAD(0), FIRST, .word = {1}), DO(ACTION_ROOT_REVOKE, .word = {28 - 7})}},
    {"long_revoke_is_preempted", 0, CHECK_FINISH,
     {DO(UK_RETYPE, THREAD(0), FIRST, .word = {UK_TYPE_NOTIFICATION, 0, 0, 0, 4}),
      DO(UK_RETYPE, THREAD(0), FIRST, .word = {UK_TYPE_CNODE, 9, 0, 3, 0}),
      DO(UK_CAPABILITY_REVOKE, THREAD(0), FIRST, .word = {7}, .choices = 255), DO(ACTION_SIGNAL, THREAD(1), FIRST),
      DO(ACTION_RESTART, THREAD(0), .choices = 85), DO(ACTION_RESTART, THREAD(0)),
      DO(ACTION_ROOT_REVOKE, .word = {28 - 7}, .choices = 255)}},
    {"operation_on_an_endpoint", WORLD_MEMORY, CHECK_FINISH,
     {DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(UK_SPACE_QUERY, THREAD(0), .handle = 128 + 2, .word = {1}),
      DO(ACTION_REPLY, RUNS, FIRST, LABEL(2)), DO(ACTION_WINDOW, THREAD(3), .word = {12, 2}),
      DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(UK_SPACE_MAP, THREAD(1), .handle = 128 + 2, .word = {0, 3, 0}),
      DO(ACTION_REPLY, RUNS, FIRST, LABEL(0))}},
    {"death_is_watched", 0, CHECK_FINISH,
     {DO(UK_THREAD_WATCH, THREAD(0), FIRST, .word = {0}), DO(ACTION_WAIT, THREAD(2), FIRST), DO(UK_EXIT, THREAD(1)),
      DO(ACTION_ROOT_KILL, .word = {1}), DO(ACTION_ROOT_DELETE, .word = {1})}},
    {"server_restarts", 0, CHECK_FINISH,
     {DO(UK_ENDPOINT_BIND, THREAD(2), FIRST, .word = {0}), DO(ACTION_RECEIVE, THREAD(3), FIRST),
      DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_CALL, THREAD(1), FIRST), DO(ACTION_ROOT_KILL, .word = {3}),
      DO(ACTION_CALL, THREAD(0), FIRST), DO(UK_ENDPOINT_BIND, THREAD(2), FIRST, .word = {127})}},
    {"waiting_in_a_circle", 0, CHECK_FINISH,
     {DO(UK_ENDPOINT_BIND, THREAD(2), FIRST, .word = {0}), DO(UK_ENDPOINT_BIND, THREAD(1), SECOND, .word = {0}),
      DO(ACTION_CALL, THREAD(2), FIRST), DO(ACTION_CALL, THREAD(3), SECOND)}},
    {"suspend_and_resume", 0, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_ROOT_SUSPEND, .word = {0}, .extra = 0),
      DO(ACTION_RECEIVE, THREAD(3), FIRST), DO(ACTION_ROOT_SUSPEND, .word = {0}, .extra = 1),
      DO(UK_THREAD_SUSPEND, THREAD(0), FIRST), DO(UK_THREAD_REGISTERS, THREAD(0), FIRST, .word = {1, 1}),
      DO(UK_THREAD_RESUME, THREAD(0), FIRST)}},
    {"endpoint_revoked_under_all", WORLD_SERVERS, CHECK_FINISH,
     {DO(ACTION_CALL, THREAD(1), FIRST), DO(ACTION_CALL, THREAD(0), FIRST), DO(ACTION_ROOT_REVOKE, .word = {20 - 7}),
      DO(ACTION_ROOT_DELETE, .word = {20 - 7}), DO(ACTION_REPLY, THREAD(2), FIRST)}},
    {"space_loses_its_tables", WORLD_MEMORY, CHECK_FINISH,
     {DO(UK_RETYPE, THREAD(0), FIRST, .word = {UK_TYPE_SPACE, 0, 0, 0, 0}),
      DO(UK_SPACE_CONFIGURE, THREAD(0), SECOND, .word = {0}), DO(UK_SPACE_MAP, THREAD(0), SECOND, .word = {0, 1, 0}),
      DO(UK_CAPABILITY_REVOKE, THREAD(0), FIRST, .word = {7}, .choices = 6), DO(ACTION_RESTART, THREAD(0)),
      DO(ACTION_ROOT_DELETE, .word = {28 - 7})}},
    {"refused_changes_nothing", WORLD_MEMORY, CHECK_ALL,
     {DO(ACTION_CALL, THREAD(0), .handle = 247), DO(UK_RETYPE, THREAD(0), FIRST, .word = {12, 240, 0, 0, 0}),
      DO(UK_SPACE_MAP, THREAD(1), FIRST, .word = {0, 0, 2}), DO(ACTION_SEND, THREAD(0), FIRST, NOT_AT_ALL),
      DO(UK_SCHED_BIND, THREAD(0), FIRST, .word = {0}), DO(ACTION_CALL, THREAD(1), FIRST, .flags = FLAG_STALE)}},
};

size_t operations_seed(unsigned number, const char **name, uint8_t *data, size_t room)
{
    static const struct operations_record nothing;
    if (number >= sizeof seeds / sizeof seeds[0])
        return 0;
    const struct seed *seed = &seeds[number];
    size_t count = LENGTH;
    while (count > 1 && memcmp(&seed->records[count - 1], &nothing, sizeof nothing) == 0)
        count--;
    struct operations_header header = {.world = seed->world, .checks = seed->checks};
    if (room < (count + 1) * sizeof nothing)
        return 0;
    memcpy(data, &header, sizeof header);
    memcpy(data + sizeof header, seed->records, count * sizeof nothing);
    *name = seed->name;
    return (count + 1) * sizeof nothing;
}
