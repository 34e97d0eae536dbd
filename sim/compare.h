/* SPDX-License-Identifier: MIT */
/* What designs and workloads of `ukern compare` share on every machine: a design is one file with rows of `struct
 * compare_design`, a workload one row; whole numbers only, as there may be no others. */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ukern/transfer.h>
#include <ukern/ukern.h>

#include "sim/bench_ask.h"

#define COMPARE_CLIENTS_MAX  64
#define COMPARE_SERVERS_MAX  16
#define COMPARE_LINKS_MAX    (COMPARE_CLIENTS_MAX + COMPARE_SERVERS_MAX - 1)
#define COMPARE_REQUESTS_MAX 64 /* in one batch */
#define COMPARE_SLOTS        1024 /* of a task's CNode */
#define COMPARE_STATE        144  /* bytes */
#define COMPARE_NAMES        100000 /* in the directory that is listed */
#define COMPARE_STACKS       4    /* that a server has for threads that come to it, if the design has that */

/* Workloads. --------------------------------------------------------------------------------------------------------- */

enum compare_kind {
    COMPARE_ECHO,
    COMPARE_LOOK,
    COMPARE_CHAIN,
    COMPARE_BATCH,
    COMPARE_OPERATIONS,
    COMPARE_CROWD,
    COMPARE_FLOOD,
    COMPARE_POST,
    COMPARE_KILL,
    COMPARE_OPEN, /* of the file server, as the three below (compare_files.c) */
    COMPARE_READ,
    COMPARE_LIST
};

struct compare_work {
    const char *name, *what;
    enum compare_kind kind;
    uint32_t bytes;    /* of each request, and of its answer; with files: of the largest */
    uint32_t servers;  /* each calls the next */
    uint32_t clients;  /* all of the first server */
    uint32_t requests; /* handed over together, as far as the design can; entries in one answer of a listing */
    bool quick;        /* also with --quick */
};

static inline bool compare_is_flood(const struct compare_work *work)
{
    return work->kind == COMPARE_FLOOD || work->kind == COMPARE_POST;
}
static inline bool compare_has_files(const struct compare_work *work) { return work->kind >= COMPARE_OPEN; }
/* Operations that one turn of the work's loop is: costs are of one. */
static inline uint32_t compare_operations(const struct compare_work *work)
{
    return work->kind == COMPARE_CROWD ? work->clients : work->requests;
}
/* Works in the order of the tables; NULL: there are no more. */
const struct compare_work *compare_work_at(size_t index);
const struct compare_work *compare_work_find(const char *name);

/* The world of one measurement: tasks, and links between them. -------------------------------------------------------- */

struct compare_world;
struct compare_design;

/* A client, or a server. User code of the task and the embedder both use it; it lies outside of every space. */
struct compare_task {
    struct compare_world *world;
    struct compare_link *down;    /* to the server that it calls; NULL: it calls nobody */
    struct uk_task task;
    uk_handle next_slot;          /* of its own CNode; compare_slot takes from here */
    uk_word top;                  /* of its space: what compare_map may still use ends here */
    uk_handle go;                 /* the embedder's: wakes the client for a batch */
    uk_handle wait;               /* its own: waits for `go`; a server that hangs waits here for ever */
    uk_handle handle[6];          /* of the design, for a server: slots in its own CNode */
    volatile uint32_t running;    /* a client: its batch is not over */
    volatile uint32_t status;     /* a client: of the exchange that failed; UK_OK */
    volatile uint64_t done, refused; /* exchanges of this batch; those with another status than UK_OK */
};

/* One client's way to one server. */
struct compare_link {
    struct compare_world *world;
    struct compare_task *client, *server;
    uint32_t index;               /* among the server's links, from 0 */
    uk_handle near[6], far[6];    /* of the design: slots of the client's CNode, of the server's */
    uk_word here, there;          /* payload: its address in the client's space, in the server's */
    uk_word answer;               /* where the client finds the answer; 0: in place of the request */
    uk_word shared, shared_there; /* of the design: memory that both map */
    uint32_t request_bytes;       /* client: how much of the payload the request under way has */
    uint32_t answer_bytes;        /* server: and its answer; whoever copies need copy no more than these */
    uint64_t sequence;            /* what the client wrote last */
    struct compare_reader *reader; /* of files: the client's side, and the server's; NULL: there are none */
    struct compare_session *session;
    _Alignas(16) unsigned char state[COMPARE_STATE]; /* of the design, zero at first */
};

/* A moment: of the host's clock and of the process's in nanoseconds; on a bare machine both are instructions. */
struct compare_time {
    uint64_t real, cpu;
};

struct compare_world {
    const struct compare_design *design;
    const struct compare_work *work;
    struct compare_files *files; /* NULL: the work has none */
    bool own_files;
    void *memory;
    void *common;                /* of the design: what all tasks see; dropped with the world */
    struct uk_kernel *kernel;
    const struct compare_watch *watch;            /* NULL: nobody watches */
    struct uk_counters at_boot;
    struct compare_task clients[COMPARE_CLIENTS_MAX], servers[COMPARE_SERVERS_MAX];
    struct compare_link links[COMPARE_LINKS_MAX]; /* first the clients', then the servers' */
    uint32_t link_count;
    uint64_t count;                               /* of the batch, written by the embedder */
    volatile uint32_t begun, stop;                /* somebody has begun; the flood may end */
    struct compare_time begin, took;              /* from the first client's beginning to the last one's end */
};

/* What a request asks of the server beside the payload. */
enum compare_what { COMPARE_ANSWER, COMPARE_HANG };

/* One design. Functions marked "user" run as tasks and only perform operations; the others run as the embedder. */
struct compare_design {
    const char *name, *what, *after; /* in one line; the systems that it is known from */
    uint32_t passive;                /* servers run on their callers' time */
    uint32_t payload_only;           /* it differs from the first design in how payload travels, in nothing else */
    uint32_t one_way;                /* payload goes to the server, and none comes back */
    uint32_t means;                  /* one of those that a message may pick by its size, or that which picks */
    uint32_t bytes_max;              /* largest payload; 0: any */
    uint32_t kernel_free;            /* calls do not enter the kernel, so a flood of them is the flooder's own endless loop */
    uint32_t one_space;              /* all tasks are threads in the first server's space; none maps memory of its own */
    /* Objects of a server, then those of a link to it (`here` must be set when work->bytes > 0). */
    bool (*open_server)(struct compare_task *server);
    bool (*open_link)(struct compare_link *link);
    /* User (NULL: it is no way to reach a server): a request at link->here, and its answer in its place, each of at most
     * `bytes`, a multiple of 8; see request_bytes, too. What the client saw. */
    enum uk_status (*exchange)(struct compare_link *link, enum compare_what what, uint32_t bytes);
    /* User: `count` requests without payload. NULL: one exchange after the other. */
    enum uk_status (*batch)(struct compare_link *link, uint32_t count);
    /* User: `count` operations on a slot of one's own, of which nobody else knows. NULL: one after the other. */
    enum uk_status (*operate)(struct compare_link *link, uint32_t count);
    /* User: the hostile thing to do, over and over: ask and never wait. NULL: there is only an exchange. */
    enum uk_status (*flood)(struct compare_link *link);
    /* User: the server's life; calls compare_answer for each request. */
    enum uk_status (*serve)(struct compare_task *server);
    /* Kills the server; NULL: its thread. */
    bool (*kill)(struct compare_task *server);
    /* In the kernel: the first server, with the world for its context. NULL: servers are tasks. */
    uk_resident_function resident;
};

/* Designs in the order of the tables; the first is what all are compared to. NULL: there are no more, or none has it. */
const struct compare_design *compare_design_at(size_t index);
const struct compare_design *compare_design_find(const char *name, size_t length);

/* User: what every server does with a request: hang, or call the next server, and add 1 to one word of each page, or only look
 * at it; or serve files. Sets answer_bytes. */
enum uk_status compare_answer(struct compare_link *link, enum compare_what what, uint32_t bytes);
static inline struct compare_link *compare_link_of(const struct compare_task *server, uint64_t index)
{
    return &server->world->links[server == server->world->servers
                                     ? index
                                     : server->world->work->clients + (uint64_t)(server - server->world->servers) - 1];
}
static inline uint32_t compare_link_count(const struct compare_task *server)
{
    return server == server->world->servers ? server->world->work->clients : 1;
}

/* For open_server and open_link: new objects and copies of capabilities; UK_NONE: it failed. */
uk_handle compare_make(struct compare_world *world, uint32_t type, uk_word size, uint32_t count);
uk_handle compare_slots(struct compare_task *task, uint32_t count);
uk_handle compare_give(struct compare_task *task, uk_handle handle, uint32_t rights, uk_word badge);
/* The same without the first thread's having any right of its own afterwards: an object in a task's CNode, and a copy of
 * one task's capability in another's. */
bool compare_make_in(struct compare_task *task, uint32_t type, uk_word size, uk_handle *slot);
uk_handle compare_pass(const struct compare_task *from, uk_handle slot, struct compare_task *to, uint32_t rights,
                       uk_word badge);
/* Memory of a task of its own (0: none left), and of both sides of a link (into shared, shared_there). */
uk_word compare_map(struct compare_task *task, uk_handle frames, uint32_t pages);
uk_word compare_memory(struct compare_task *task, uint64_t bytes);
bool compare_share(struct compare_link *link, uint64_t bytes);
uk_word compare_addresses(struct compare_task *task, uint32_t pages);
static inline uint32_t compare_pages(uint64_t bytes) { return (uint32_t)((bytes + UK_PAGE - 1) / UK_PAGE); }

/* How the design that picks its means by size does so, from the next world on. */
extern struct uk_transfer_limits compare_limits;

/* `files`: NULL: it makes some of its own if the work needs any. */
struct compare_world *compare_world_open(const struct compare_design *design, const struct compare_work *work,
                                         struct compare_files *files);
/* Hooks of uk_config, each NULL or not; with one, nothing takes a fast path. */
struct compare_watch {
    void (*trace)(void *context, const struct uk_event *event);
    uint32_t (*choose)(void *context, enum uk_choice what, uint32_t count);
    void *context;
};
struct compare_world *compare_world_open_watched(const struct compare_design *design, const struct compare_work *work,
                                                 const struct compare_watch *watch);
/* Wakes the clients for a batch of `count`, and does not run it. */
bool compare_world_begin(struct compare_world *world, uint64_t count);
bool compare_world_run(struct compare_world *world, uint64_t count, struct compare_time *took);
void compare_world_close(struct compare_world *world);
uk_word compare_client(uk_word task); /* user: compare_tasks.c */
uk_word compare_server(uk_word task);

/* What the machine does for worlds (compare_host.c, bare/compare.c): memory, zeroed, in whole pages, of the kernel's or
 * such as user code sees; what was taken last is dropped first. NULL: there is none left. */
enum compare_use { COMPARE_FOR_KERNEL, COMPARE_FOR_USERS };
void *compare_take(size_t bytes, enum compare_use use);
void compare_drop(void *memory, enum compare_use use);
struct compare_time compare_clock(void);

/* Files (compare_files.c): a tree, which many worlds may serve one after the other; NULL: no memory. ------------------ */

struct compare_files *compare_files_open(void);
void compare_files_close(struct compare_files *files);
bool compare_files_join(struct compare_link *link);
void compare_files_leave(struct compare_link *link);
/* User: one turn of the work's loop; what the server does with a request at link->there. */
enum uk_status compare_files_ask(struct compare_link *link);
enum uk_status compare_files_answer(struct compare_link *link, uint32_t bytes);
/* Entries listed, or bytes read, in all. */
uint64_t compare_files_seen(const struct compare_link *link);

/* Readings (compare_reading.c): what a machine tells of a design at work. --------------------------------------------- */

enum compare_count {
    COMPARE_ENTRIES,
    COMPARE_SWITCHES,
    COMPARE_PICKS,
    COMPARE_WORDS,
    COMPARE_PAGES, /* mapped and unmapped */
    COMPARE_TIME,  /* that the last batch took: nanoseconds, or instructions */
    COMPARE_COUNTS
};

/* Each is a whole number of 64 bits, so that a bare machine can print it as a row of them. */
struct compare_reading {
    uint64_t at[3][COMPARE_COUNTS]; /* after a batch of one, of some, of twice as many; else before and after, and nothing */
    uint64_t operations;            /* that the third batch had more than the second; else: that were done */
    uint64_t status, waits;         /* what the client saw; it waits still, for something that will never be */
    uint64_t crashed;               /* the whole system went down */
    uint64_t hostile, refused;      /* requests in a flood */
    uint64_t seen;                  /* of files */
};
#define COMPARE_READING_WORDS (sizeof(struct compare_reading) / sizeof(uint64_t))

/* Does the design have something to show in this work? */
bool compare_applies(const struct compare_design *design, const struct compare_work *work);
/* False: it could not be made, or did what it must not. */
bool compare_read(const struct compare_design *design, const struct compare_work *work, struct compare_files *files,
                  struct compare_reading *reading);

#endif
