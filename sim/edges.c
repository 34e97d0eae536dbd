/* SPDX-License-Identifier: MIT */
/* Counts edges of user code built with UKERN_EDGES; itself built without, so that it never calls itself. */
#include <ukern/ukern.h>

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void) { uk_edge(); }
