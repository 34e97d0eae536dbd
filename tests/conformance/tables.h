/* SPDX-License-Identifier: MIT */
/* What the files of the table share. */
#ifndef CONFORMANCE_TABLES_H
#define CONFORMANCE_TABLES_H

#include "conformance/conformance.h"

#define END_OF_TABLE {NULL, {0}, {0}, {{0}}}

/* B, or C, waits for callers at ENDPOINT. */
#define SERVES(who) START(who), DO(who, UK_RECEIVE, ENDPOINT, WITH_REPLY, UNTIL(NEVER))
/* B or C waits there for messages only. */
#define LISTENS(who) START(who), DO(who, UK_RECEIVE, ENDPOINT, UNTIL(NEVER))
/* B has given its time back: it runs on what callers lend it. */
#define PASSIVE(sched) DO(A, UK_SCHED_UNBIND, sched)

extern const struct conformance_row table_handles[], table_arguments[], table_sending[], table_calling[],
    table_receiving[], table_items[], table_signals[], table_capabilities[], table_memory[], table_spaces[],
    table_threads[], table_life[], table_time[], table_faults[], table_ports[], table_rings[],
    table_residents[], table_leases[], table_portals[], table_bound[];

#endif
