/* SPDX-License-Identifier: MIT */
/* What a claim is, as a row of the table of claims (compare_claims.c), and how one is decided (compare_decide.c). */
#ifndef SIM_COMPARE_CLAIMS_H
#define SIM_COMPARE_CLAIMS_H

#include "sim/compare_results.h"

enum claim_kind {
    AT_MOST,    /* the design costs at most `bar` times what the other one does */
    REMAPPED,   /* the same, where the host must find 1 MiB of pages anew: what it takes for that alone is told, too */
    AT_LEAST,   /* or at least */
    UNTIL_MANY, /* at a null call it costs more than the other; at the work's at most `bar` times as much */
    FROM_SIZE,  /* the design beats the other from some size on */
    FROM_LOOK,  /* the same, of requests that are only looked at */
    FROM_BATCH, /* from some number of requests on */
    BY_SIZE,    /* registers are cheapest for little, copy-on-write for more, sharing for much, each somewhere */
    PER_LINK,   /* each further server of the chain costs at most `bar` times the first */
    PER_CLIENT, /* a call among many clients costs at most `bar` times a lone one, in kernel entries */
    BATCHED,    /* of a listing, the work costs at most `bar` times what list-1 does */
    IN_ORDER,   /* of the designs named, with blanks between, each costs less than the next */
    SPREAD,     /* the dearest design costs at most `bar` times the cheapest */
    NONE_HEARS, /* in no design does a client hear that its server died */
    NONE_SERVED /* every design starves who is not hostile */
};

struct claim_row {
    const char *claim;
    enum claim_kind kind;
    const char *design, *other, *work;
    double bar;
};

/* Undecided when a cell that it wants is not there. */
void compare_decide(const struct compare_results *results, const struct claim_row *row, enum compare_machine machine,
                    struct compare_finding *finding);

#endif
