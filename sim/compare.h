/* SPDX-License-Identifier: MIT */
/* What the files of `ukern compare` share: a design is one file with rows of `struct compare_design`, a workload one row. */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <ukern/ukern.h>

#include "sim/bench.h"

#define COMPARE_CLIENTS_MAX  64
#define COMPARE_SERVERS_MAX  16
#define COMPARE_LINKS_MAX    (COMPARE_CLIENTS_MAX + COMPARE_SERVERS_MAX - 1)
#define COMPARE_REQUESTS_MAX 64 /* in one batch */
#define COMPARE_SLOTS        1024 /* of a task's CNode */

/* Workloads. --------------------------------------------------------------------------------------------------------- */

enum compare_kind {
    COMPARE_ECHO,
    COMPARE_CHAIN,
    COMPARE_BATCH,
    COMPARE_OPERATIONS,
    COMPARE_CROWD,
    COMPARE_FLOOD,
    COMPARE_POST,
    COMPARE_KILL
};

struct compare_work {
    const char *name, *what;
    enum compare_kind kind;
    uint32_t bytes;    /* of each request, and of its answer */
    uint32_t servers;  /* each calls the next */
    uint32_t clients;  /* all of the first server */
    uint32_t requests; /* handed over together, as far as the design can */
    bool quick;        /* also with --quick */
};

static inline bool compare_is_flood(const struct compare_work *work)
{
    return work->kind == COMPARE_FLOOD || work->kind == COMPARE_POST;
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
    void *state;                  /* of the design; freed with the world */
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
    uint64_t sequence;            /* what the client wrote last */
    void *state;                  /* of the design; freed with the world */
};

struct compare_world {
    const struct compare_design *design;
    const struct compare_work *work;
    void *memory;
    struct uk_kernel *kernel;
    struct compare_task clients[COMPARE_CLIENTS_MAX], servers[COMPARE_SERVERS_MAX];
    struct compare_link links[COMPARE_LINKS_MAX]; /* first the clients', then the servers' */
    uint32_t link_count;
    uint64_t count;                               /* of the batch, written by the embedder */
    volatile uint32_t begun, stop;                /* somebody has begun; the flood may end */
    struct bench_time begin, took;                /* from the first client's beginning to the last one's end */
};

/* What a request asks of the server beside the payload. */
enum compare_what { COMPARE_ANSWER, COMPARE_HANG };

/* One design. Functions marked "user" run as tasks and only perform operations; the others run as the embedder. */
struct compare_design {
    const char *name, *what, *after; /* in one line; the systems that it is known from */
    uint32_t passive;                /* servers run on their callers' time */
    uint32_t payload_only;           /* it differs from the first design in how payload travels, in nothing else */
    uint32_t bytes_max;              /* largest payload; 0: any */
    /* Objects of a server, then those of a link to it (`here` must be set when work->bytes > 0). */
    bool (*open_server)(struct compare_task *server);
    bool (*open_link)(struct compare_link *link);
    /* User (NULL: it is no way to reach a server): one request of `bytes` at link->here, and its answer in their place.
     * What the client saw. */
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
};

/* Designs in the order of the tables; the first is what all are compared to. NULL: there are no more, or none has it. */
const struct compare_design *compare_design_at(size_t index);
const struct compare_design *compare_design_find(const char *name, size_t length);

/* User: what every server does with a request: hang, or call the next server, and add 1 to one word of each page. */
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

struct compare_world *compare_world_open(const struct compare_design *design, const struct compare_work *work);
bool compare_world_run(void *world, uint64_t count, struct bench_time *took);
void compare_world_close(void *world);
uk_word compare_client(uk_word task); /* user: compare_tasks.c */
uk_word compare_server(uk_word task);

/* Results. ------------------------------------------------------------------------------------------------------------ */

/* What one operation costs, the same in every run: differences of batches, divided. */
struct compare_counts {
    double entries, switches, picks, words, maps;
};

struct compare_cell {
    const struct compare_design *design;
    const struct compare_work *work;
    bool tried, counted, timed;      /* it was measured at all; which of the following is known */
    struct compare_counts counts;
    struct bench_value time_ns, ratio; /* of an operation; to the first design, pair by pair */
    char saw[160];                   /* what the client saw */
};

#define COMPARE_DESIGNS_MAX 24
#define COMPARE_WORKS_MAX   40

struct compare_options {
    const char *json, *html; /* files to write; NULL: none */
    const char *designs;     /* names with commas between; NULL: all */
    bool quick;
};

struct compare_results {
    const struct compare_options *options;
    struct bench_options measure;
    const struct compare_design *designs[COMPARE_DESIGNS_MAX];
    const struct compare_work *works[COMPARE_WORKS_MAX];
    size_t design_count, work_count;
    struct compare_cell cells[COMPARE_DESIGNS_MAX][COMPARE_WORKS_MAX];
};

/* Does the design have something to show in this work? */
bool compare_applies(const struct compare_design *design, const struct compare_work *work);
/* All cells of a work, measured (compare_measure.c): false: one could not be made. */
bool compare_measure(struct compare_results *results, size_t work);
/* Counts and what the client saw (compare_counts.c): false: it could not be made. */
bool compare_count(struct compare_cell *cell);
/* A cell by names; NULL: it was not chosen. */
const struct compare_cell *compare_cell_find(const struct compare_results *results, const char *design,
                                             const char *work);

/* Claims (compare_claims.c): each a sentence, this machine's verdict, and the row that decides it. --------------------- */

enum compare_verdict { COMPARE_UNDECIDED, COMPARE_HOLDS, COMPARE_FAILS };

struct compare_claim {
    const char *claim;
    enum compare_verdict verdict;
    char found[240], row[120];
};

#define COMPARE_CLAIMS_MAX 32
size_t compare_claims(const struct compare_results *results, struct compare_claim claims[COMPARE_CLAIMS_MAX]);
const char *compare_verdict_name(enum compare_verdict verdict);

/* Telling (compare_text.c, compare_json.c, compare_html.c, compare_plot.c). -------------------------------------------- */

const char *compare_number(double number, char text[24]);    /* three digits that count, or all of a whole number */
const char *compare_time(double nanoseconds, char text[24]); /* "34.5 ns", "1.20 ms" */
void compare_print_head(const struct compare_results *results);
void compare_print_work(const struct compare_results *results, size_t work);
void compare_print_claims(const struct compare_results *results);
bool compare_json_write(FILE *file, const struct compare_results *results);
bool compare_html_write(FILE *file, const struct compare_results *results);
/* An SVG with a line for each design over works of this kind; the number of lines. */
size_t compare_plot(FILE *file, const struct compare_results *results, enum compare_kind kind, const char *title);
void compare_bars(FILE *file, const struct compare_results *results, const char *work);

#endif
