/* SPDX-License-Identifier: MIT */
/* The hosted machine's private state. `registers` is set exactly while user code runs: handlers look there. */
#ifndef HOSTED_HOSTED_H
#define HOSTED_HOSTED_H

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* this is the room that knows Linux; so this header comes first in its files */
#endif

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <ucontext.h>

#include <ukern/ukern.h>

#include "core/kernel.h"
#include "core/machine.h"

#define HOSTED_FAULT_SIGNALS 4
#define HOSTED_SIGNALS       (HOSTED_FAULT_SIGNALS + 1) /* and the timer's */

/* Why the fast way back to user code is not taken; bits of machine->attention. */
enum attention {
    ATTENTION_TIMER = 1,  /* real time: the armed deadline has passed */
    ATTENTION_DEVICE = 2, /* a doorbell rang or a line was raised */
    ATTENTION_BREAK = 4,  /* uk_break */
    ATTENTION_STRICT = 8, /* always, in strict mode: the space may change */
    ATTENTION_RESTART = 16 /* a choice broke off a long operation: entry_interrupt goes on with it */
};

/* How user code was left. */
enum trap_kind {
    TRAP_SYSCALL = 0,
    TRAP_FAULT,   /* machine->fault says what */
    TRAP_PREEMPT, /* the clock, a break */
    TRAP_EDGE     /* an instrumented program used up its slice */
};

/* What a thread that runs user code needs of the host. Claimed when it starts, given back when it dies. */
struct hosted_context {
    uk_word general[18];          /* every general register of a thread stopped anywhere; trap.S knows the order */
    uk_word xfeatures;            /* all state components that the processor has; 0: it has no XSAVE. trap.S */
    struct hosted_context *next;  /* while free */
    void *fake_stack;             /* ASan's; the slot lives as long as the machine, never passed as NULL */
    uk_word stack_low, stack_high; /* what the sanitizers are told; stack_high 0: nothing yet */
    unsigned valgrind_stack;
#if defined(UKERN_SWITCH_UCONTEXT)
    size_t fpu_bytes;             /* used of `fpu` */
    ucontext_t switched;          /* where it left user code in an operation, ... */
    uk_word left_at;              /* ... which has registers->ip then: at any other, code is to begin */
#endif
    _Alignas(64) unsigned char fpu[]; /* as the processor saves it */
};

/* One space's range of host addresses. */
struct hosted_window {
    struct space *space; /* NULL: free */
    uk_word low, high;   /* the host may have mappings between these; high 0: it never had any */
};

struct hosted_fault {
    uint32_t kind;   /* enum uk_fault_kind */
    uint32_t access; /* enum uk_right */
    uk_word address;
    uint32_t fills;  /* the software TLB may be all that is missing */
};

struct machine {
    struct registers *registers; /* of the thread whose user code runs now; NULL: kernel or embedder. trap.S */
    void *stack;                 /* where the kernel's frames begin during a run. trap.S */
    struct kernel *kernel;       /* trap.S */
    struct hosted_context *redirected; /* of the thread that the last signal frame belonged to. trap.S */
    _Atomic uint32_t attention;  /* enum attention; set by handlers and other host threads too */
    uint32_t end;                /* enum uk_run_end, valid when the run loop left */
    uint64_t entries_limit;      /* kernel->counters.entries at which the run ends */
    uk_time until;
    uint32_t real_time, strict;
    uint32_t running;            /* inside uk_run */
    uint32_t edges;              /* since the last preemption */
    uk_time armed;               /* real time: what the host's timer is set to */
    uk_time epoch;               /* real time: the host's clock at boot */
    struct machine *outer;       /* nested run: who ran on this host thread before */

    int file;                    /* the arena's memfd; -1 in step mode */
    void *reserved;              /* all windows, and slack to align them */
    size_t reserved_bytes;
    unsigned char *windows_base;
    uk_word window_bytes;
    uint32_t windows_max, contexts_max;
    struct hosted_window *windows;
    struct space *active;        /* strict: whose window is visible; else unused */
    unsigned char *contexts;
    size_t context_bytes;
    struct hosted_context *free_contexts;

    struct hosted_fault fault;
    void *timer;                 /* timer_t, which a header under strict C11 may not name */
    uint32_t timer_made;
    uint32_t tick_ms;            /* virtual time: how often the host looks for runaways, in CPU time */
    uint32_t runaway_ticks, ticks; /* ticks without a kernel entry: allowed, seen */
    uint64_t tick_entries;
    void *signal_stack;
    size_t signal_stack_bytes;
    stack_t previous_stack;
    sigset_t previous_mask;

    struct uk_device devices[UK_DEVICES_MAX];
    uk_word device_registers[UK_DEVICES_MAX]; /* physical */
    uint32_t device_count;
    uint32_t doorbells, lines;   /* devices to look at; lines to deliver */
    uint32_t polling;            /* inside a device's poll */

    void *host_fake_stack;       /* ASan's view of the kernel's stack */
    const void *host_stack_bottom;
    size_t host_stack_bytes;
#if defined(UKERN_SWITCH_UCONTEXT)
    ucontext_t kernel_context, landing_context;
    unsigned char *landing_stack;
    size_t landing_stack_bytes;
    jmp_buf leave;
    uint32_t trapped;            /* enum trap_kind */
    volatile uint32_t leaving;   /* user code is on its way out: no preemption */
    struct registers *restoring; /* whose state the next signal frame gets */
#endif
};

/* The machine that runs on this host thread; all that the hosted kernel keeps outside of the embedder's memory. */
extern __thread struct machine *machine_current __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Inside the machine. ---------------------------------------------------------------------------------------------- */

/* trap.S, or switch.c: asks trap_first and runs user code until a trap_* answers NULL. */
void trap_enter(struct machine *machine);
/* Leaves from anywhere inside the run; for a panic. */
__attribute__((noreturn)) void trap_leave(struct machine *machine);
#if defined(UKERN_SWITCH_UCONTEXT)
/* The signal was asked for to load all registers of a thread: done. */
int trap_restore(struct machine *machine, ucontext_t *frame);
#endif
/* Called by user code that ends its slice; an ordinary C call. */
void trap_edge(void);
/* Where a started thread begins. */
void trap_start(void);
/* Where a signal frame is sent to go on; not C functions. */
void trap_fault_landing(void);
void trap_preempt_landing(void);
/* 1: this is the instruction pointer of user code, not of the trap path itself. */
int trap_in_user(const struct machine *machine, uk_word ip, uk_word sp);

/* trap.c, called by trap.S on the kernel's stack: what to resume; NULL: leave. */
struct registers *trap_first(struct kernel *kernel);
struct registers *trap_syscall(struct kernel *kernel);
struct registers *trap_fault(struct kernel *kernel);
struct registers *trap_preempt(struct kernel *kernel);
struct registers *trap_sliced(struct kernel *kernel);

/* run.c: everything but the fast way back. */
struct thread *run_first(struct machine *machine);
struct registers *run_next_slow(struct machine *machine, struct thread *next);
/* Where the signal frame of a crash in the kernel's guest is sent to end the run. */
__attribute__((noreturn)) void run_guest_crashed(void);

/* signal.c */
int signal_enter(struct machine *machine);
void signal_leave(struct machine *machine);
int signal_timer(void);

/* clock.c */
#define CLOCK_END (UK_FOREVER / 2) /* virtual time jumps no farther, so that kernel entries can never make it wrap */
void clock_boot(struct machine *machine, const struct uk_config *config);
int clock_enter(struct machine *machine);
void clock_leave(struct machine *machine);
void clock_tick(struct machine *machine, ucontext_t *frame);
void clock_sleep(struct machine *machine, uk_time until);

/* device.c */
void device_poll(struct machine *machine, uint32_t which);

/* context.c */
#if defined(UKERN_SWITCH_UCONTEXT)
void context_restore(const struct hosted_context *context, ucontext_t *frame);
#endif
void context_redirect(struct machine *machine, ucontext_t *frame, void (*landing)(void));
size_t context_size(void);
void context_pool(struct machine *machine);

/* space.c */
int window_fill(struct machine *machine, struct space *space, uk_word address, uint32_t access);
void window_activate(struct machine *machine, struct space *space);

static inline struct machine *machine_of(const struct kernel *kernel) { return kernel->machine; }

#endif
