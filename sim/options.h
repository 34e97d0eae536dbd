/* SPDX-License-Identifier: MIT */
/* What `ukern run` was asked to do, read from its words; nothing is opened here. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MEMORY_MIB     64
#define OPTIONS_MEMORY_MIB_MIN 4
#define OPTIONS_MEMORY_MIB_MAX 4096

struct run_options {
    const char *archive; /* a directory or an archive; NULL: an empty one */
    const char *script;  /* NULL: standard input */
    uint64_t seed;
    bool seeded;
    bool strict, trace, real_time, quiet, help;
    uint32_t memory_mib;
    unsigned transport;  /* enum transport_kind */
    uint64_t latency_ns; /* between the shell and the file server, each way */
    bool transports;     /* list them */
};

/* `words` come after "run". False: `error` says what to do, in one line. */
bool run_options_read(struct run_options *options, int count, char **words, char *error, size_t error_bytes);

#endif
