/* SPDX-License-Identifier: MIT */
/* Resident: a server in the kernel's own space, called as a function. It never waits. After MkLinux, Chorus, NT, XNU. */
#ifndef IPC_RESIDENT_H
#define IPC_RESIDENT_H

#include <ukern/ukern.h>

#include "core/kernel.h"

struct resident {
    struct object object;
    struct guest guest;            /* its name, and what to say when it crashes */
    uk_resident_function function; /* the embedder's; as trusted as the kernel itself */
    void *context;
    uk_time bound_ns;              /* how long it says that it takes; 0: no time */
    uk_time longest_ns;            /* how long it took at most */
    uint64_t calls, overruns;      /* made, and those that took longer than the bound */
};

/* Boot makes them from what the embedder configured, and nobody else can. */
void resident_begin(struct resident *resident, const struct uk_resident *about);

/* The caller's memory from `address` on, for the kernel's own loads or stores, up to the end of its page: how many bytes
 * that are is added to `bytes`. NULL: it is not mapped so, or is a device. */
void *resident_view(struct kernel *kernel, const struct thread *caller, uk_word address, uint32_t right,
                    uk_word *bytes);

struct outcome resident_call(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
