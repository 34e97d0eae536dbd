/* SPDX-License-Identifier: MIT */
/* What the files of `ukern bench` share: a case is opened, run in batches that time themselves, and closed. */
#ifndef SIM_BENCH_H
#define SIM_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <ukern/ukern.h>

#include "sim/bench_ask.h"

/* How long something took: by the host's clock, and of this thread's CPU time, in nanoseconds. */
struct bench_time {
    double real, cpu;
};

struct bench_time bench_clock(void);
static inline struct bench_time bench_since(struct bench_time begin)
{
    struct bench_time now = bench_clock();
    return (struct bench_time){now.real - begin.real, now.cpu - begin.cpu};
}

/* One thing to measure. */
struct bench_case {
    const char *name, *what;
    void *(*open)(const struct bench_case *self); /* NULL: it cannot be measured here */
    bool (*run)(void *state, uint64_t count, struct bench_time *took);
    void (*close)(void *state);
    const void *detail; /* of the file that defines it */
    bool large;         /* too large to be opened several times at once */
};

/* Cases by name; NULL: none has it. bench_case_at counts from 0; NULL: there are no more. */
const struct bench_case *bench_case_find(const char *name);
const struct bench_case *bench_case_at(size_t index);

/* Kernel cases (bench_kernel.c), what they do at user level (bench_tasks.c), host cases (bench_host.c, bench_pages.c). --- */

extern const struct bench_case bench_kernel_cases[], bench_host_cases[], bench_page_cases[], bench_crowd_cases[];
extern const size_t bench_kernel_count, bench_host_count, bench_page_count, bench_crowd_count;
/* The case that is the least that remapping 1 MiB can cost on this host. */
#define BENCH_PAGES_MAPPED "host_pages_mapped"

/* Slots of both tasks' CNodes; 1..4 are as enum uk_boot_slot says. */
enum bench_slot {
    BENCH_ENDPOINT = 10,
    BENCH_REPLY,
    BENCH_GO,      /* the client waits here for its next batch */
    BENCH_NOTE,    /* signalled by the client, waited on by the server */
    BENCH_FRAME,
    BENCH_UNTYPED,
    BENCH_CLIENT_SPACE,
    BENCH_SOURCE,  /* a capability to derive others from */
    BENCH_RING,
    BENCH_RING_FRAME, /* a large one; both only if the task has rings */
    BENCH_BACK,    /* a second doorbell */
    BENCH_BOUND,   /* empty, for a bound call of the client's own making */
    BENCH_FIRST_FREE = 32
};

/* A kernel with a client that is measured and a server that helps. Both know the address of this. */
struct bench_world {
    void *memory;
    struct uk_kernel *kernel;
    const struct bench_task *detail;
    struct uk_task client, server;
    uk_handle next_slot, go;  /* of the first thread */
    uk_word address;          /* in the client's space: nothing is mapped there */
    uk_word ring_address;     /* the same, with room for BENCH_RING_FRAME */
    void *ring;               /* memory of a ring that both tasks see */
    uint64_t count;           /* of the batch, written by the embedder */
    volatile uint64_t left;   /* page faults that the pager only answers */
    volatile uint32_t status; /* written by the client: of the operation that failed; UK_OK */
    struct bench_time took;   /* written by the client */
};

#define BENCH_BATCH      64
#define BENCH_RING_BYTES (4 * UK_PAGE) /* queues of so many entries fit in */

/* The two sides of a kernel case. */
struct bench_task {
    enum uk_status (*client)(struct bench_world *world); /* `count` operations, timed into `took` */
    enum uk_status (*server)(struct bench_world *world); /* for ever */
    uint32_t passive;        /* the server runs on its callers' time */
    uint32_t client_priority, server_priority, client_slots;
    uint32_t handles_faults; /* the client's page faults are calls to the server */
    uint32_t rings;          /* BENCH_RING and what belongs to it is there */
};

/* `config`: NULL for the usual; tests want longer slices. */
struct bench_world *bench_world_open(const struct bench_task *task, const struct uk_config *config);
bool bench_world_run(void *world, uint64_t count, struct bench_time *took);
void bench_world_close(void *world);
uk_word bench_client(uk_word world);
uk_word bench_server(uk_word world);

extern const struct bench_task bench_call_0, bench_call_4, bench_call_4_active, bench_call_64, bench_bound, bench_bind,
    bench_make_bound, bench_signal, bench_fault, bench_map, bench_thread, bench_revoke, bench_signal_nobody, bench_ring,
    bench_task_ring;

/* How much memory so many blocked threads take, each on an endpoint of its own, in a kernel that is stepped. */
struct bench_memory {
    uint32_t count;
    double total, thread, endpoint; /* bytes: of everything, slots included; of one */
};
bool bench_memory(uint32_t count, struct bench_memory *memory);

/* What other processes take (bench_process.c): false: they could not be started, or failed. */
bool bench_boot_ms(double *cpu_ms);                                          /* ukern run, to the prompt of its shell */
bool bench_system_calls(const char *name, uint64_t count, uint64_t *calls); /* ukern bench --loop NAME COUNT */

/* Measuring (bench_measure.c). --------------------------------------------------------------------------------------- */

#define BENCH_PAIRS_MAX 401

struct bench_options {
    unsigned pairs;      /* at least 31 */
    double batch_ns;     /* how long a batch should take */
    const char *filter;  /* only names that contain this; NULL: all */
    const char *json;    /* file to write; NULL: none */
    bool quick;
    /* Of bare machines only. */
    const char *machine; /* NULL: this process */
    const char *images;  /* a folder in which they are; NULL: they are built */
    bool breakdown;      /* where the instructions of one case go, instead of the table */
};

/* Something could not be measured: the exit code. */
#define BENCH_EXIT_UNMEASURED 1

/* The command on a bare machine (bench_riscv64.c); returns the exit code. */
int bench_riscv64(const struct bench_options *options);

/* A value and the interval that holds it with 95 % confidence. */
struct bench_value {
    double value, low, high;
};

struct bench_samples {
    double real[BENCH_PAIRS_MAX], cpu[BENCH_PAIRS_MAX]; /* per operation */
    uint64_t batch;                                     /* operations in a batch */
};

struct bench_pairs {
    unsigned count;
    struct bench_samples a, b;
    struct bench_value ratio; /* median of a / b, pair by pair */
};

/* Measures A, B, A, B ...; which of a pair is first is drawn. False: one of them failed. */
bool bench_measure(const struct bench_case *a, const struct bench_case *b, const struct bench_options *options,
                   struct bench_pairs *pairs);
/* The median, and its interval by order statistics. `values` are sorted by it. */
struct bench_value bench_median(double *values, size_t count);

/* Results: bench.c makes them, bench_json.c and bench_table.c tell them. ------------------------------------------- */

#define BENCH_ROWS_MAX    32
#define BENCH_FIGURES_MAX 12

struct bench_row {
    const struct bench_case *about;
    unsigned pairs;
    struct bench_samples samples;
    struct bench_value median, floors; /* ns; and as a multiple of the floor */
};

struct bench_figure {
    const char *name, *unit;
    double bar;    /* INFINITY: there is none */
    bool at_least; /* the value should not be below the bar; else not above */
    struct bench_value value;
    char note[200];
};

struct bench_results {
    const struct bench_options *options;
    struct bench_row rows[BENCH_ROWS_MAX];
    size_t row_count;
    struct bench_figure figures[BENCH_FIGURES_MAX];
    size_t figure_count;
    unsigned failed; /* measurements that could not be made */
};

static inline bool bench_figure_ok(const struct bench_figure *figure)
{
    return figure->at_least ? figure->value.value >= figure->bar : figure->value.value <= figure->bar;
}

bool bench_wants(const struct bench_options *options, const char *name);
void bench_figures(struct bench_results *results);
void bench_print_head(const struct bench_options *options);
void bench_print_row(const struct bench_row *row);
void bench_print_figure(const struct bench_figure *figure);
/* False: the file could not be written. */
bool bench_json_write(FILE *file, const struct bench_results *results);

/* The parts of such a file: its beginning, what each row begins with, times of a row, its end. The caller writes what a
 * row has of its own, and the brace that ends it. `comma`: false before the first row. */
void bench_json_begin(FILE *file);
void bench_json_row(FILE *file, bool *comma, const char *name, const char *suffix, size_t family, const char *type,
                    unsigned repetitions);
void bench_json_times(FILE *file, uint64_t iterations, double real, double cpu);
bool bench_json_end(FILE *file);

#endif
