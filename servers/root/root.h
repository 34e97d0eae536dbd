/* SPDX-License-Identifier: MIT */
/* The root task: what a row of its table says, and what it keeps of each task that it started. */
#ifndef ROOT_ROOT_H
#define ROOT_ROOT_H

#include "root/layout.h"
#include "root/loader.h"
#include "runtime/task.h"

#define ROOT_TASKS_MAX  16 /* rows of a table, the root task's own included */
#define ROOT_GRANTS_MAX 12 /* capabilities that one row may name */
#define ROOT_EXTRAS_MAX 16 /* those that it has with some transports only */

/* What a grant gives. All but the last three are made for the task itself. */
enum grant_kind {
    GRANT_NONE = 0,     /* ends the list */
    GRANT_CNODE,        /* its own CNode */
    GRANT_SPACE,        /* its own space */
    GRANT_THREAD,       /* its own thread */
    GRANT_SCHED,        /* its own scheduling context */
    GRANT_UNTYPED,      /* row->untyped_bytes of memory */
    GRANT_ENDPOINT,     /* the endpoint that it serves */
    GRANT_REPLY,        /* one Reply object */
    GRANT_NOTIFICATION, /* bound to its thread; its device signals it */
    GRANT_FAULT,        /* where its faults go; for a server that others' threads enter, so that theirs go there too */
    GRANT_INTERRUPT,    /* the line of row->device */
    GRANT_POOL,         /* all memory that boot left over */
    GRANT_RESIDENT,     /* the server in the kernel's own space */
    GRANT_SERVICE       /* the endpoint of task `of`, with `badge` */
};

struct grant {
    uint8_t slot;   /* in the task's CNode */
    uint8_t kind;   /* enum grant_kind */
    uint8_t rights; /* enum uk_right */
    uint8_t of;     /* GRANT_SERVICE: row of the server */
    uk_word badge;  /* GRANT_SERVICE: who the server sees */
};

/* A grant that a task has only if the system runs with this transport. */
struct extra {
    struct grant grant; /* GRANT_NONE: ends the list */
    uint8_t transport;  /* enum transport_kind */
};

enum row_flag {
    ROW_ESSENTIAL = 1, /* its death ends the system */
    ROW_LEADER = 2,    /* its end is the system's end, its exit code the system's */
    ROW_RESIDENT = 4,  /* stack and heap are mapped before it starts: whoever serves page faults must not take any */
    ROW_ARCHIVE = 8,   /* it is the file server: the archive is mapped in its space, to be read, unless hosts have it */
    ROW_ARGUMENT = 16, /* its start argument is the one given at boot */
    ROW_HOST = 32      /* with direct calls the file server is in its space: the archive, and memory for it */
};

/* One task. */
struct row {
    const char *name;       /* its thread's, and in every message about it */
    const char *program;    /* what the loader finds its code by */
    uint32_t flags;         /* enum row_flag */
    uint8_t priority;       /* 0..UK_PRIORITY_MAX */
    uint8_t memory_percent; /* of the memory server's pool that stack and heap may take; resident: 0 */
    uint32_t slots;         /* of its CNode; GRANT_POOL adds one for each page of the pool */
    uint32_t stack_bytes;
    uk_word heap_bytes;    /* HEAP_TO_QUOTA: as much as memory_percent lets be touched */
    uk_word untyped_bytes; /* of a GRANT_UNTYPED: a power of two; 0: none */
    const char *device;    /* whose registers are mapped and whose line it may have; NULL: none */
    struct grant grants[ROOT_GRANTS_MAX];
    struct extra extras[ROOT_EXTRAS_MAX];
};
#define HEAP_TO_QUOTA (~(uk_word)0)

/* A system: row 0 is the root task itself, which is not started but serves and is granted to others. */
struct plan {
    const struct row *rows;
    uint32_t row_count;
    const struct loader *loader;
};
extern const struct plan root_plan;

/* Rows of root_plan. */
enum root_row {
    ROW_ROOT,
    ROW_MEMORY,
    ROW_CONSOLE,
    ROW_NAMES,
    ROW_FILES,
    ROW_SHELL,
    ROW_COUNT
};

/* A task's block of slots in the root task's CNode. */
enum block_slot {
    BLOCK_HOME, /* Untyped, from which all below was made: revoke it, and the task has never been */
    BLOCK_CNODE,
    BLOCK_SPACE,
    BLOCK_THREAD,
    BLOCK_SCHED,
    BLOCK_ENDPOINT,
    BLOCK_REPLY,
    BLOCK_NOTIFICATION,
    BLOCK_UNTYPED,
    BLOCK_LINE,   /* the notification with a badge, for the device's line */
    BLOCK_FAULT,  /* the memory server's endpoint, badged by the row */
    BLOCK_WATCH,  /* the root task's notification, badged by the row */
    BLOCK_START,  /* frame of the start page */
    BLOCK_BUFFER, /* frame of the message buffer */
    BLOCK_PAGES,  /* frames of a resident stack and heap, one after the other; then those of the program */
    BLOCK_SLOTS = 128
};

/* What the root task keeps of one row. */
struct started {
    struct layout layout;
    struct program_shape shape;
    uk_word quota_bytes; /* of the pool, for stack and heap */
    uk_word server_bytes; /* of its heap: for a file server in its space */
    uint32_t alive;
};

struct root {
    const struct plan *plan;
    const struct uk_boot_info *info;
    uint32_t blocks;           /* first slot of row 0's block */
    uint32_t spare;            /* a slot for passing use */
    uk_word window;            /* a page of addresses for passing use */
    uk_word pool_bytes;        /* memory that boot left over; once all objects are made, what these left */
    uk_word memory_fault;      /* enum uk_fault_kind that the memory server was stopped for */
    enum uk_elf_error refusal; /* why the first program that was refused is none */
    struct started tasks[ROOT_TASKS_MAX];
};

/* Grant `i` of a row, extras after the others. NULL: there are no more. One of GRANT_NONE is none. */
const struct grant *root_grant_at(const struct root *root, const struct row *row, unsigned i);

static inline uint32_t root_slot(const struct root *root, uint32_t row, enum block_slot slot)
{
    return root->blocks + row * BLOCK_SLOTS + (uint32_t)slot;
}

/* The root task exits with 0..255 if its leader did; else with one of these, the row in bits 0..7, status in 8..15, and
 * in bits 24..31 why its program was refused (enum uk_elf_error). */
#define ROOT_DIED          ((uk_word)1 << 16) /* an essential task died */
#define ROOT_NO_START      ((uk_word)2 << 16) /* a task could not be made */
#define ROOT_REFUSAL_SHIFT 24

/* Makes all objects of all tasks, gives them what their rows say, starts them in the table's order. On failure `row` is
 * the one that it failed for; the rows up to the console run then, if they can, so that somebody can say it. */
enum uk_status root_start(struct root *root, uint32_t *row);
/* Is the file server in this row's space (share.c)? */
bool root_hosts(const struct root *root, const struct row *row);
/* Percent of the memory server's pool for the file server in this row's space, and for all of this row (share.c). */
unsigned root_server_percent(const struct root *root, const struct row *row);
unsigned root_percent(const struct root *root, const struct row *row);
/* Frames that a row's stack and heap need before it starts (make.c). */
uk_word root_resident_pages(const struct row *row);
/* To be called before a task is taken apart: if it is inside of a server, a thread of the root task's ends what it began
 * there (leave.c). */
void root_leave(const struct root *root, uint32_t row);
/* Makes one row's objects (make.c). */
enum uk_status root_make(struct root *root, uint32_t row);
/* Fills one task's CNode as its row says (grant.c). */
enum uk_status root_grant(struct root *root, uint32_t row);
/* Maps what a task finds in its space, its start page included (map.c). */
enum uk_status root_map(struct root *root, uint32_t row);
/* The device of a row; NULL: it names none, or the machine has none of that name (map.c). */
const struct uk_device_info *root_device(const struct root *root, uint32_t row);
/* Calls a server, whose answer's label is the status. Not for ever: while the root task waits, it hears of no fault. */
enum uk_status root_call(const struct root *root, uint32_t row, struct uk_message *message);
/* Answers ROOT_* calls and watches the tasks until the system ends; returns the exit code. */
uk_word root_serve(struct root *root);
/* A line to the console, after "ukern: ". */
void root_say(const struct root *root, const char *text);

/* Runs a whole system; `boot_info` is the address of struct uk_boot_info. */
uk_word root_run(const struct plan *plan, uk_word boot_info);
uk_word root_main(uk_word boot_info);

#endif
