/* SPDX-License-Identifier: MIT */
/* The table: all of its parts, and the rows that cannot be played somewhere. */
#include "conformance/tables.h"

const struct conformance_row *const conformance_tables[] = {
    table_handles,   table_arguments,    table_sending, table_calling, table_receiving, table_items, table_signals,
    table_capabilities, table_memory,    table_spaces,  table_threads, table_life,      table_time,  table_faults,
    table_ports,     table_rings,        table_residents, table_leases,  table_portals,
    table_bound,     NULL};

const struct conformance_exception conformance_exceptions[] = {
    {"retype, more spaces than the machine has windows", "step", "stepping takes no windows, so they do not run out"},
    {"resume, more threads than the machine has room for", "step", "stepping takes no host contexts for threads"},
    {"resume, more threads than the machine has room for", "bare", "threads need nothing of that machine but themselves"},
    {NULL, NULL, NULL}};
