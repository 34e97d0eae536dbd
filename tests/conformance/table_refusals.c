/* SPDX-License-Identifier: MIT */
/* Every operation with every kind of handle that is no good, and every argument that is a handle: one row for each. */
#include "conformance/tables.h"

#define REFUSED(status) GIVES(status, 'A', "rss", 1, 0, 0, 0)

/* A slot of the wrong type, and one without rights, for each type of object. */
#define WRONG_OF(type) ((type) == UK_TYPE_CNODE ? SIGNALS : CNODE)
#define NONE_OF(type)                                                                                                  \
    ((type) == UK_TYPE_CNODE           ? NONE_CNODE                                                                    \
     : (type) == UK_TYPE_UNTYPED       ? NONE_UNTYPED                                                                  \
     : (type) == UK_TYPE_SPACE         ? NONE_SPACE                                                                    \
     : (type) == UK_TYPE_THREAD        ? NONE_THREAD                                                                   \
     : (type) == UK_TYPE_SCHED_CONTEXT ? NONE_SCHED                                                                    \
     : (type) == UK_TYPE_ENDPOINT      ? NONE_ENDPOINT                                                                 \
     : (type) == UK_TYPE_REPLY         ? NONE_REPLY                                                                    \
     : (type) == UK_TYPE_NOTIFICATION  ? NONE_SIGNALS                                                                  \
     : (type) == UK_TYPE_TIMER         ? NONE_TIMER                                                                    \
     : (type) == UK_TYPE_RING          ? NONE_RING                                                                     \
     : (type) == UK_TYPE_BOUND         ? NONE_BOUND                                                                    \
     : (type) == UK_TYPE_PORT          ? NONE_PORT                                                                     \
     : (type) == UK_TYPE_RESIDENT      ? NONE_RESIDENT                                                                 \
     : (type) == UK_TYPE_PORT_SET      ? NONE_PORTS                                                                    \
     : (type) == UK_TYPE_PORTAL        ? NONE_PORTAL                                                                   \
                                       : NONE_LINE)
#define EMPTY_OF(type)  EMPTY
#define BEYOND_OF(type) BEYOND
#define STALE_OF(type)  STALE(CNODE)

/* Operations without a handle have no such row: ACT_NONE. */
#define BY_HANDLE(name, with, status, type)                                                                            \
    {#name ", " #status, {.act = (type) == UK_TYPE_NONE ? ACT_NONE : ACT_OPERATION, .actor = A, .operation = name,    \
                          .handle = with}, REFUSED(status), {{0}}},

const struct conformance_row table_handles[] = {
#define UK_X(name, number, function, type, right, handles) BY_HANDLE(name, BEYOND, UK_BAD_HANDLE, type)
    UK_OPERATIONS(UK_X)
#undef UK_X
#define UK_X(name, number, function, type, right, handles) BY_HANDLE(name, EMPTY, UK_EMPTY_SLOT, type)
    UK_OPERATIONS(UK_X)
#undef UK_X
#define UK_X(name, number, function, type, right, handles) BY_HANDLE(name, STALE(CNODE), UK_STALE, type)
    UK_OPERATIONS(UK_X)
#undef UK_X
#define UK_X(name, number, function, type, right, handles) BY_HANDLE(name, WRONG_OF(type), UK_WRONG_TYPE, type)
    UK_OPERATIONS(UK_X)
#undef UK_X
#define UK_X(name, number, function, type, right, handles) BY_HANDLE(name, NONE_OF(type), UK_NO_RIGHT, type)
    UK_OPERATIONS(UK_X)
#undef UK_X
    END_OF_TABLE};

/* Arguments that are handles: what they are, the operation, its object, the type wanted, and where the argument stands. */
#define ARGUMENTS(X, H)                                                                                                \
    X("server", UK_ENDPOINT_BIND, ENDPOINT, UK_TYPE_THREAD, H(UK_TYPE_THREAD))                                         \
    X("container", UK_CAPABILITY_COPY, CNODE, UK_TYPE_CNODE, EMPTY, CNODE, H(UK_TYPE_CNODE), 1)                        \
    X("container", UK_CAPABILITY_MINT, CNODE, UK_TYPE_CNODE, EMPTY, SIGNALS, H(UK_TYPE_CNODE), 1, 5)                   \
    X("container", UK_CAPABILITY_MOVE, CNODE, UK_TYPE_CNODE, EMPTY, SIGNALS, H(UK_TYPE_CNODE))                         \
    X("container", UK_RETYPE, MEMORY, UK_TYPE_CNODE, UK_TYPE_REPLY, 0, H(UK_TYPE_CNODE), EMPTY, 1)                     \
    X("memory", UK_SPACE_CONFIGURE, RAW_SPACE, UK_TYPE_UNTYPED, H(UK_TYPE_UNTYPED))                                    \
    X("frame", UK_SPACE_MAP, TABLES, UK_TYPE_FRAME, H(UK_TYPE_FRAME), IN_TABLES(0), UK_RIGHT_READ)                     \
    X("cnode", UK_THREAD_CONFIGURE, FRESH, UK_TYPE_CNODE, H(UK_TYPE_CNODE), 0, 0, 0, 0, UK_PART_CNODE)                 \
    X("space", UK_THREAD_CONFIGURE, FRESH, UK_TYPE_SPACE, 0, H(UK_TYPE_SPACE), 0, 0, 0, UK_PART_SPACE)                 \
    X("handler", UK_THREAD_CONFIGURE, FRESH, UK_TYPE_ENDPOINT, 0, 0, H(UK_TYPE_ENDPOINT), 0, 0, UK_PART_FAULT)         \
    X("notification", UK_THREAD_BIND, FRESH, UK_TYPE_NOTIFICATION, H(UK_TYPE_NOTIFICATION))                            \
    X("notification", UK_THREAD_WATCH, FRESH, UK_TYPE_NOTIFICATION, H(UK_TYPE_NOTIFICATION))                           \
    X("thread", UK_SCHED_BIND, SPARE, UK_TYPE_THREAD, H(UK_TYPE_THREAD))                                               \
    X("notification", UK_TIMER_BIND, TIMER, UK_TYPE_NOTIFICATION, H(UK_TYPE_NOTIFICATION))                             \
    X("notification", UK_INTERRUPT_BIND, LINE, UK_TYPE_NOTIFICATION, H(UK_TYPE_NOTIFICATION))                          \
    X("page", UK_RING_CONFIGURE, RAW_RING, UK_TYPE_FRAME, H(UK_TYPE_FRAME), 4, 4, 0)                                   \
    X("doorbell", UK_RING_CONFIGURE, RAW_RING, UK_TYPE_NOTIFICATION, PAGE, 4, 4, H(UK_TYPE_NOTIFICATION))               \
    X("container", UK_PORT_ONCE, PORT, UK_TYPE_CNODE, EMPTY, H(UK_TYPE_CNODE))                                         \
    X("notification", UK_PORT_WATCH, TO_B, UK_TYPE_NOTIFICATION, H(UK_TYPE_NOTIFICATION))                              \
    X("cnode", UK_PORTAL_CONFIGURE, RAW_PORTAL, UK_TYPE_CNODE, H(UK_TYPE_CNODE), TABLES, 0, 16, IN_TABLES(0), UK_PAGE)  \
    X("space", UK_PORTAL_CONFIGURE, RAW_PORTAL, UK_TYPE_SPACE, CNODE, H(UK_TYPE_SPACE), 0, 16, IN_TABLES(0), UK_PAGE)   \
    X("fault", UK_PORTAL_CONFIGURE, RAW_PORTAL, UK_TYPE_ENDPOINT, CNODE, TABLES, H(UK_TYPE_ENDPOINT), 16,               \
      IN_TABLES(0), UK_PAGE)                                                                                           \
    X("heir", UK_PORTAL_ABANDON, THREAD_B, UK_TYPE_THREAD, H(UK_TYPE_THREAD))                                            \
    X("set", UK_PORT_JOIN, PORT, UK_TYPE_PORT_SET, H(UK_TYPE_PORT_SET))                                                \
    X("endpoint", UK_BOUND_CONFIGURE, RAW_BOUND, UK_TYPE_ENDPOINT, H(UK_TYPE_ENDPOINT))

#define BY_ARGUMENT(what, name, with, status, ...)                                                                     \
    {#name ", its " what ", " #status, DO(A, name, with, WORDS(__VA_ARGS__)), REFUSED(status), {{0}}},

/* Any frame capability may be mapped that has the rights asked for: those rows are in table_spaces. */
#define BY_RIGHTS(what, name, with, type, ...)                                                                         \
    {#name ", its " what ", UK_NO_RIGHT",                                                                              \
     {.act = (type) == UK_TYPE_FRAME ? ACT_NONE : ACT_OPERATION, .actor = A, .operation = name, .handle = with,        \
      WORDS(__VA_ARGS__)}, REFUSED(UK_NO_RIGHT), {{0}}},

const struct conformance_row table_arguments[] = {
#define X(what, name, with, type, ...) BY_ARGUMENT(what, name, with, UK_BAD_HANDLE, __VA_ARGS__)
    ARGUMENTS(X, BEYOND_OF)
#undef X
#define X(what, name, with, type, ...) BY_ARGUMENT(what, name, with, UK_EMPTY_SLOT, __VA_ARGS__)
    ARGUMENTS(X, EMPTY_OF)
#undef X
#define X(what, name, with, type, ...) BY_ARGUMENT(what, name, with, UK_STALE, __VA_ARGS__)
    ARGUMENTS(X, STALE_OF)
#undef X
#define X(what, name, with, type, ...) BY_ARGUMENT(what, name, with, UK_WRONG_TYPE, __VA_ARGS__)
    ARGUMENTS(X, WRONG_OF)
#undef X
    ARGUMENTS(BY_RIGHTS, NONE_OF)
    END_OF_TABLE};
