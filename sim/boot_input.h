/* SPDX-License-Identifier: MIT */
/* What a machine reads on its serial line: a script's bytes or a file's, then one byte that ends the input. */
#ifndef SIM_BOOT_INPUT_H
#define SIM_BOOT_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#define BOOT_INPUT_END 0x04 /* says that nothing more will come */

/* Zero-initialise, then set what comes before the line. */
struct boot_input {
    const char *script; /* if not NULL: these bytes */
    size_t script_bytes;
    int fd; /* else what can be read here */
    /* ---- */
    bool ended; /* nothing more will come, and `bytes` has the byte that says so */
    size_t done, used;
    char bytes[4096];
};

/* Does it want to read from `fd`? */
bool boot_input_wants(const struct boot_input *input);
/* To be called when poll says that this does not wait. */
void boot_input_read(struct boot_input *input);

/* Is there something for the machine? */
bool boot_input_pending(const struct boot_input *input);
/* To be called when poll says that the machine takes bytes. False: it never will again. */
bool boot_input_feed(struct boot_input *input, int machine);

#endif
