/* SPDX-License-Identifier: MIT */
/* What every task finds when it starts: the same slots and one read-only page, filled by the root task from its table. */
#ifndef RUNTIME_TASK_H
#define RUNTIME_TASK_H

#include <ukern/call.h>

/* Slots of a task's CNode. A slot that its row in the root's table does not grant is empty. */
enum task_slot {
    TASK_CNODE = 1,        /* its own CNode */
    TASK_SPACE = 2,        /* its own space */
    TASK_THREAD = 3,       /* itself (read only) */
    TASK_SCHED = 4,        /* unused by most: its scheduling context */
    TASK_UNTYPED = 5,      /* memory of its own, where the table grants some */
    TASK_ENDPOINT = 6,     /* servers: the endpoint that it receives on */
    TASK_REPLY = 7,        /* servers: the Reply object for its callers */
    TASK_NAMES = 8,        /* send right to the name server */
    TASK_CONSOLE = 9,      /* send right to the console server */
    TASK_ROOT = 10,        /* send right to the root task's own service (ps, exit) */
    TASK_NOTIFICATION = 11,/* drivers: bound to the task's thread, signalled by its interrupt */
    TASK_INTERRUPT = 12,   /* drivers: the device's line */
    TASK_FAULT = 13,       /* servers that others' threads enter: where faults are answered, theirs there included */
    TASK_RESIDENT = 14,    /* servers: the part of it that is in the kernel */
    TASK_SELF = 15,        /* programs whose file server is in their own space: the thread, to be managed */
    TASK_FIRST_FREE = 16   /* the task's own to use, up to task_start.slots */
};

/* The start page; its address is the argument of the task's entry. */
struct task_start {
    uk_word heap_base, heap_end;             /* zeroed memory that arrives by page faults */
    uk_word archive_base, archive_bytes;     /* where the file server is: the archive, mapped read-only; else 0 */
    uk_word server_base, server_bytes;       /* if that is in another program's space: memory for it, as the heap; else 0 */
    uk_word device_base, device_bytes;       /* drivers: the device's registers, mapped; else 0 */
    uk_word stack_base;                      /* the stack ends here */
    uk_word free_base, free_end;             /* addresses that nothing uses: windows for shared memory */
    uk_word slots;                           /* size of its CNode */
    uk_word argument;                        /* from the table's row, not interpreted */
    struct uk_buffer *buffer;                /* its message buffer, set and mapped already */
    char name[UK_NAME_MAX];
};

/* A program: the root's table names it by its entry, of type void (const struct task_start *). Returning ends the task. */
typedef uk_word (*task_entry)(const struct task_start *start);

uk_word names_main(const struct task_start *start);
uk_word memory_main(const struct task_start *start);
uk_word console_main(const struct task_start *start);
uk_word files_main(const struct task_start *start);
uk_word shell_main(const struct task_start *start);

#endif
