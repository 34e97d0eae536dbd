/* SPDX-License-Identifier: MIT */
/* What `ukern compare` makes of readings: a cell for each design and workload, claims, and ways to tell them. */
#ifndef SIM_COMPARE_RESULTS_H
#define SIM_COMPARE_RESULTS_H

#include <stdio.h>

#include <ukern/transfer.h>

#include "sim/bench.h"
#include "sim/compare.h"

/* Results. ------------------------------------------------------------------------------------------------------------ */

/* What one operation costs, the same in every run: differences of batches, divided. */
struct compare_counts {
    double entries, switches, picks, bytes, maps; /* bytes: copied by the kernel */
};

/* Instructions of an operation on a bare machine, and their ratio to the first design's; 0: that one has none. */
struct compare_weight {
    bool known;
    double instructions, ratio;
};

struct compare_cell {
    const struct compare_design *design;
    const struct compare_work *work;
    struct compare_files *files;     /* shared by all who read files; NULL: each world makes its own */
    bool tried, counted, timed;      /* it was measured at all; which of the following is known */
    struct compare_counts counts;
    struct bench_value time_ns, ratio; /* of an operation; to the first design, pair by pair */
    struct compare_weight weight;
    char saw[160];                   /* what the client saw */
};

/* What the host takes for something by itself, and how often what the first design takes for echo-1MiB. */
struct compare_floor {
    bool known;
    struct bench_value time_ns, ratio;
};

#define COMPARE_DESIGNS_MAX 40
#define COMPARE_WORKS_MAX   64

struct compare_options {
    const char *json, *html; /* files to write; NULL: none */
    const char *designs;     /* names with commas between; NULL: all */
    const char *images;      /* of the bare machine, a folder; NULL: they are built */
    bool hosted, bare;       /* machines to measure on; at least one */
    bool quick;
};

struct compare_results {
    const struct compare_options *options;
    struct compare_files *files; /* for all cells */
    struct bench_options measure;
    struct compare_floor remap; /* of 1 MiB: BENCH_PAGES_MAPPED */
    const struct compare_design *designs[COMPARE_DESIGNS_MAX];
    const struct compare_work *works[COMPARE_WORKS_MAX];
    size_t design_count, work_count;
    struct compare_cell cells[COMPARE_DESIGNS_MAX][COMPARE_WORKS_MAX];
};

/* All cells of a work, measured (compare_measure.c): false: one could not be made. */
bool compare_measure(struct compare_results *results, size_t work);
/* All cells on a bare machine (compare_bare.c), before they are measured here. The exit code; 0: they are weighed. */
int compare_weigh(struct compare_results *results);
/* Measures `remap`, if the work is there. */
void compare_measure_remap(struct compare_results *results);
/* Counts and what the client saw (compare_counts.c), of this machine's reading, or of another's. False: it could not be
 * read. */
void compare_tell(struct compare_cell *cell, const struct compare_reading *reading);
bool compare_count(struct compare_cell *cell);
/* A cell by names; NULL: it was not chosen. */
const struct compare_cell *compare_cell_find(const struct compare_results *results, const char *design,
                                             const char *work);

/* Claims (compare_claims.c): each a sentence, this machine's verdict, and the row that decides it. --------------------- */

enum compare_verdict { COMPARE_UNDECIDED, COMPARE_HOLDS, COMPARE_FAILS };

/* What a machine says to a claim: of this process by times, of a bare one by instructions; of both by counts. */
enum compare_machine { COMPARE_HOSTED, COMPARE_BARE, COMPARE_MACHINES };
struct compare_finding {
    enum compare_verdict verdict;
    char found[240], row[120];
};

struct compare_claim {
    const char *claim;
    struct compare_finding findings[COMPARE_MACHINES];
};
/* The one that is told first. */
static inline const struct compare_finding *compare_first(const struct compare_claim *claim)
{
    return &claim->findings[claim->findings[COMPARE_HOSTED].verdict == COMPARE_UNDECIDED ? COMPARE_BARE : COMPARE_HOSTED];
}

#define COMPARE_CLAIMS_MAX 64
size_t compare_claims(const struct compare_results *results, struct compare_claim claims[COMPARE_CLAIMS_MAX]);
const char *compare_verdict_name(enum compare_verdict verdict);

/* Up to which size registers are cheapest, up to which one these or copying, up to which one anything but sharing
 * (compare_limits.c). False: a cell that it wants is not there. */
extern const char *const compare_means[UK_TRANSFER_SHARE + 1]; /* designs that are what uk_transfer_means names */
bool compare_find_limits(const struct compare_results *results, enum compare_machine machine,
                         struct uk_transfer_limits *limits);
void compare_print_limits(const struct compare_results *results);

/* Telling (compare_text.c, compare_json.c, compare_html.c, compare_plot.c). -------------------------------------------- */

const char *compare_number(double number, char text[24]);    /* three digits that count, or all of a whole number */
const char *compare_ratio(double ratio, char text[24]);      /* "0.982", "2.17", "1310" */
const char *compare_time(double nanoseconds, char text[24]); /* "34.5 ns", "1.20 ms" */
void compare_print_head(const struct compare_results *results);
void compare_print_work(const struct compare_results *results, size_t work);
void compare_print_claims(const struct compare_results *results);
bool compare_json_write(FILE *file, const struct compare_results *results);
bool compare_html_write(FILE *file, const struct compare_results *results);
/* An SVG with a line for each design over works of this kind, in times or instructions; the number of lines. */
size_t compare_plot(FILE *file, const struct compare_results *results, enum compare_kind kind, enum compare_machine machine,
                    const char *title);
void compare_bars(FILE *file, const struct compare_results *results, const char *work);

#endif
