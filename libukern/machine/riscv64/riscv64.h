/* SPDX-License-Identifier: MIT */
/* The riscv64 machine's private state. There is one hart, so what runs on it may be found in `machine_current`. */
#ifndef RISCV64_RISCV64_H
#define RISCV64_RISCV64_H

#include <stddef.h>
#include <stdint.h>

#include <ukern/ukern.h>

#include "core/kernel.h"
#include "core/machine.h"
#include "bare.h"
#include "offsets.h"

#define ASIDS_MAX  4096 /* spaces that live at once, less one: 0 is the kernel's own table */

/* Why the fast way back to user code is not taken; bits of machine->attention. */
enum attention {
    ATTENTION_LIMIT = 1,    /* always, in a run that is to end at some time or entry */
    ATTENTION_DEVICE = 2,   /* a doorbell rang or a line was raised */
    ATTENTION_INTERRUPT = 4 /* entry_interrupt is due */
};

struct machine {
    struct kernel *kernel;
    uint32_t end;                /* enum uk_run_end, valid when the run loop left */
    uint32_t running;            /* inside uk_run */
    uint32_t real_time;
    uint32_t attention;          /* enum attention */
    uint64_t entries_limit;      /* kernel->counters.entries at which the run ends */
    uk_time until;
    uk_time armed;               /* what the timer is set to; never later than what is due */
    uint64_t epoch;              /* ticks at boot */
    uint64_t tick_ns;            /* a tick; 0: that is no whole number */
    uint64_t runaway_ticks;      /* virtual time: how long user code may run without a kernel entry */
    uint64_t runaway_at;         /* ... which the timer looks at then */
    uint64_t runaway_entries;
    uint8_t asids[ASIDS_MAX / 8]; /* taken */
    uint32_t asid_last, asid_limit; /* the latter: config->spaces_max, or what the processor has */

    struct uk_device devices[UK_DEVICES_MAX];
    struct uk_place places[UK_DEVICES_MAX];
    uint32_t device_count, has_lines; /* the latter: some are real, and may strike at any time */
    uint32_t doorbells, lines;   /* devices to look at; lines to deliver */
    uint32_t claimed;            /* devices whose line waits for its driver */
    uint32_t polling;            /* inside a device's poll */

    struct uk_config program;    /* what it asked for: its hooks, before which ours stand */
};

/* The kernel that runs, or ran last. */
extern struct machine *machine_current;

static inline struct machine *machine_of(const struct kernel *kernel) { return kernel->machine; }

static inline void *direct(uk_word physical) { return (void *)(DIRECT_MAP + physical); }
static inline uk_word physical_of(const void *pointer) { return (uk_word)pointer - DIRECT_MAP; }

#define csr_read(name)                                                                                                 \
    ({                                                                                                                 \
        uint64_t value_;                                                                                               \
        __asm__ volatile("csrr %0, " #name : "=r"(value_));                                                            \
        value_;                                                                                                        \
    })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(name, bits)    __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define csr_clear(name, bits)  __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")

#define INTERRUPT_TIMER    5 /* bits of sie and sip, and causes with the top bit set */
#define INTERRUPT_EXTERNAL 9

/* trap.S: asks trap_first and runs user code until a trap_* answers NULL. */
void trap_enter(void);
__attribute__((noreturn)) void trap_leave(void);
void trap_entry(void);
/* trap.c, called by trap.S: what to resume; NULL: leave. */
struct registers *trap_first(void);
struct registers *trap_syscall(void);
struct registers *trap_other(uint64_t cause, uint64_t value);
__attribute__((noreturn)) void trap_kernel(uint64_t cause, uint64_t ip, uint64_t value);

/* run.c */
struct thread *run_first(struct machine *machine);
struct registers *run_next(struct machine *machine, struct thread *next);

/* clock.c */
void clock_boot(struct machine *machine, const struct uk_config *config);
void clock_enter(struct machine *machine);
void clock_leave(void);
void clock_wait(void);
/* The timer struck while user code ran. 1: that is a runaway. */
int clock_tick(struct machine *machine);

/* space.c */
void space_boot(void);
uk_word space_kernel_satp(void);
static inline void space_activate(const struct thread *thread)
{
    uk_word satp = thread->space->machine.satp;
    if (satp != csr_read(satp))
        csr_write(satp, satp);
}

/* The program is only in its own table, and its hooks are called where a space's may be in use: what to go back to. */
static inline uk_word space_leave_user(void)
{
    uk_word satp = csr_read(satp);
    csr_write(satp, space_kernel_satp());
    return satp;
}

/* device.c */
void device_boot(struct machine *machine, const struct uk_config *config);
void device_poll(struct machine *machine, uint32_t which);
/* An external interrupt is pending: takes every line that is. */
void device_claim(struct machine *machine);

/* arena.c: this kernel runs from now on; NULL: none does. */
void platform_runs(struct kernel *kernel);
/* After the device tree was read. 0: the archive does not fit, or the image is in no memory. */
int memory_boot(void);

#endif
