/* SPDX-License-Identifier: MIT */
/* A bounded buffer before a file that may be slow: bytes leave in order, a few at a time, and no write ever waits. */
#ifndef SIM_BOOT_OUTLET_H
#define SIM_BOOT_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_OUTLET_BYTES 32768

/* Zero-initialise, then set the file. */
struct boot_outlet {
    int fd;
    int error;         /* errno of the write that failed; from then on bytes are dropped */
    size_t done, used; /* bytes[done..used) have yet to be written */
    uint64_t total;    /* bytes put */
    char bytes[BOOT_OUTLET_BYTES];
};

/* What may be put now. */
size_t boot_outlet_room(const struct boot_outlet *outlet);

/* What does not fit is lost: ask for the room first. */
void boot_outlet_put(struct boot_outlet *outlet, const char *bytes, size_t count);

/* A line of ours, "ukern: " before it. */
__attribute__((format(printf, 2, 3))) void boot_outlet_say(struct boot_outlet *outlet, const char *format, ...);

/* Are there bytes to be written? */
bool boot_outlet_pending(const struct boot_outlet *outlet);

/* To be called when poll says that the file takes bytes. */
void boot_outlet_write(struct boot_outlet *outlet);

#endif
