/* SPDX-License-Identifier: MIT */
/* A whole system in this process: a kernel with a console, its servers run to their end. Several may exist at once. */
#ifndef SIM_SIMULATION_H
#define SIM_SIMULATION_H

#include "sim/console.h"
#include "sim/report.h"

#define SIMULATION_CONSOLE     0 /* the console's index among the devices */

struct simulation {
    struct uk_kernel *kernel;
    struct host_console console;
    struct progress *progress; /* shown while it runs; may be NULL */
    uint64_t real_ns;          /* host time from start to end */
    uint64_t runs;             /* calls of uk_run */
    void *memory;
    size_t memory_bytes;
    void *linked; /* of servers in the kernel; NULL: there are none */
    size_t linked_bytes;
};

/* What a system of this size needs: fills in what `config` leaves 0. `archive_bytes` must be set already. */
void simulation_configure(struct uk_config *config, uk_word memory_bytes);

/* Boots; `simulation->console` must be filled in. `config->devices` and `residents` are set here. If `config->archive` is NULL
 * afterwards, a server in the kernel has it, and it must stay until the end; else the kernel has its own copy. False: `error`
 * says why not. */
bool simulation_boot(struct simulation *simulation, struct uk_config *config, char *error, size_t error_bytes);

/* Runs `entry` as the root task until the system is over. Returns the exit code; `error` is not empty if there is more
 * to say than the console has said. */
int simulation_run(struct simulation *simulation, uk_entry entry, char *error, size_t error_bytes);

/* Host system calls made while the system ran: mappings, returns from signals (a page that the host did not map yet, or a
 * fault), what each uk_run takes, and the console's. */
uint64_t simulation_host_calls(const struct simulation *simulation);

void simulation_close(struct simulation *simulation);

#endif
