/* SPDX-License-Identifier: MIT */
/* What `ukern boot` and `ukern image` were asked to do, read from their words; nothing is opened here. */
#ifndef SIM_BOOT_OPTIONS_H
#define SIM_BOOT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_MEMORY_MIB 128
#define BOOT_TIMEOUT_S  60

/* Whose words they are; a set. */
enum boot_command {
    BOOT_WORDS = 1,
    IMAGE_WORDS = 2
};

struct boot_options {
    const char *machine;
    const char *archive; /* a directory or an archive; NULL: none named */
    const char *script;  /* NULL: standard input */
    const char *image;   /* a kernel image; NULL: it is built */
    const char *output;  /* image only: the file to write */
    const char *compiler;
    uint64_t memory_mib; /* beside the archive */
    uint64_t harts;
    unsigned transport;  /* enum transport_kind */
    bool transports;     /* list them */
    uint64_t latency_ns; /* between the shell and the file server, each way */
    uint64_t timeout_s; /* 0: none; BOOT_TIMEOUT_NONE_GIVEN */
    bool icount, virtual_time, trace, gdb, quiet, help;
};
#define BOOT_TIMEOUT_NONE_GIVEN UINT64_MAX

/* `words` come after the command's name. False: `error` says what to do, in one line. */
bool boot_options_read(struct boot_options *options, enum boot_command command, int count, char **words, char *error,
                       size_t error_bytes);

#endif
