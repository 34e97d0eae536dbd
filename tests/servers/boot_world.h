/* SPDX-License-Identifier: MIT */
/* Boots a whole system in a test: an archive and a script in, the console's output and the exit code out. */
#ifndef SERVERS_BOOT_WORLD_H
#define SERVERS_BOOT_WORLD_H

#include "root/loader_hosted.h"
#include "root/root.h"
#include "sim/simulation.h"

/* Memory of the servers in the kernel of the system that runs; NULL: there are none. For tests that reach into it. */
extern void *boot_linked;

/* Zero-initialise, then set what the test needs. */
struct boot_world {
    const void *archive; /* NULL: the sample of archive_builder.h */
    size_t archive_bytes;
    const char *script;  /* NULL: nothing to read */
    size_t script_bytes; /* 0: up to the script's zero */
    int input_fd;        /* instead of the script; 0: none */
    uk_entry entry;      /* NULL: root_main */
    uint32_t memory_mib; /* 0: 16 */
    bool seeded, strict;
    unsigned transport;  /* enum transport_kind */
    uint64_t latency_ns; /* between the shell and the file server */
    uint64_t seed;
    uint32_t runaway_ms;
    /* ---- what came of it */
    int code;
    char error[1024];
    char *output; /* ends with a zero */
    size_t output_used, output_room;
    uint64_t trace_hash;
    struct uk_counters counters;
    uint64_t host_calls;
};

/* Runs it to its end; checks the kernel's invariants then. */
void boot_world_run(struct boot_world *world);
void boot_world_close(struct boot_world *world);

/* Runs it and compares exit code and output. */
void boot_world_expect(struct boot_world *world, const char *output, int code);

/* Does the output hold this text? Fails the test with the output if not. */
void boot_world_says(const struct boot_world *world, const char *text);

/* A plan like the real one, for tests to change before the run: rows may be added, programs replaced. One for the
 * process, so one test at a time. */
struct boot_plan {
    struct plan plan;
    struct row rows[ROOT_TASKS_MAX];
    struct hosted_program programs[ROOT_TASKS_MAX];
    struct loader loader;
};
extern struct boot_plan boot_plan;

/* Makes boot_plan the real plan again. */
void boot_plan_reset(void);
/* Another program for a row. */
void boot_plan_replace(uint32_t row, task_entry entry);
/* One more task, that nobody needs, with a console and names as the shell has them. Returns its row. */
uint32_t boot_plan_add(const char *name, task_entry entry, uint8_t priority);
/* The root task of boot_plan. */
uk_word boot_plan_main(uk_word boot_info);

/* The same; but at `boot_kill.at`, in ns of kernel time, the root task takes back all that row `boot_kill.row` has, as if it
 * had died. Every kernel entry takes 100 ns. */
struct boot_kill {
    uint32_t row;
    uint64_t at;
};
extern struct boot_kill boot_kill;
uk_word boot_kill_main(uk_word boot_info);

/* For programs of tests: a line to the console. */
void boot_say(const struct task_start *start, const char *text);

#endif
