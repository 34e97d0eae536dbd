/* SPDX-License-Identifier: MIT */
/* All state of one kernel beside the arena. One CPU; nothing outside of this struct and the arena may change. */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <ukern/ukern.h>

#include "core/sched.h"
#include "core/space.h"
#include "core/thread.h"
#include "core/untyped.h"

struct machine;
struct interrupt;
struct bound;

/* Totals; the embedding interface adds up what fast paths counted once, though it is several things (counters.c). */
struct counters {
    uint64_t entries, calls, sends, replies, receives, signals, faults, switches, picks, direct_switches,
        queue_operations, words_copied, capabilities_moved, pages_mapped, pages_unmapped, late_replies, preemptions,
        snapshots, copy_faults, pages_copied, fast_calls, fast_replies, helps,
        host_maps, host_faults; /* the last two are a hosted machine's */
};

/* Code of the embedder that runs in the kernel for a while: what to say should it crash. */
struct guest {
    char name[UK_NAME_MAX];
    char crash[64];
};

struct kernel {
    /* What every entry reads. */
    struct thread *current;       /* runs, or ran last; NULL: idle */
    uk_time now;                  /* of this kernel entry */
    uk_time next_event;           /* no deadline and no budget ends before this */
    uk_time fast_until;           /* fast paths may be taken before this: next_event, or 0 while anything is special */
    uk_time entry_cost_ns;        /* virtual time that an entry takes; 0: the machine's clock says what time it is */
    struct sched_context *charging; /* in use: that of the current thread; NULL: none */
    uint32_t tracing;             /* a trace hook is set */
    uint32_t choosing;            /* a choice hook is set */
    uint32_t watched;             /* either, or a test wants it: fast_until stays 0 */
    struct bound *folded;         /* the folded call used last, entry/fold.h; NULL: none is, as at every slow entry */
    struct bound *folds;          /* all of them, ... */
    uint32_t fold_count;          /* ... and how many */
    uk_time folded_until;         /* what fast_until is again when there are none; until then it is 0 */
    struct object *dying_first, *dying_last;
    struct counters counters;
    struct scheduler scheduler;

    unsigned char *arena;         /* physical memory as the kernel sees it */
    uk_word arena_first;          /* what is below is not ours to give; 0 unless memory is the machine's own */
    uk_word arena_bytes;          /* the end of what is */
    struct deadline *deadlines;   /* root of the tree */
    uint64_t deadline_sequence;
    struct queue faulting;        /* threads whose fault is raised at the end of this kernel entry */
    struct thread *asked_first;   /* threads whose helper is looked for at the end of it */
    struct capability forest;     /* parent of every capability made by boot; not in any CNode */
    uint32_t object_number;       /* the last one given */
    uint32_t threads, spaces, objects; /* alive */
    struct thread *root;          /* the first thread: its exit halts the machine; NULL: it is gone */
    struct cnode *root_cnode;     /* in which the embedder's handles are looked up */
    uk_word boot_info;            /* physical: struct uk_boot_info, while running */
    uint32_t next_slot;           /* embedder's: the next slot of root_cnode that uk_slots gives out */
    uint32_t started;             /* uk_start was called */
    uint32_t halted;              /* the first thread exited ... */
    int64_t exit_code;            /* ... with this */
    uint32_t running;             /* this machine runs user code */
    uk_time slice_ns;
    struct interrupt *lines[UK_DEVICES_MAX]; /* made by boot; NULL: none */
    struct machine *machine;      /* private to the machine */

    /* Hooks of the embedder; entry/trace.c calls them. */
    void (*trace)(void *context, const struct uk_event *event);
    void *trace_context;
    uint32_t (*choose)(void *context, enum uk_choice what, uint32_t count);
    void *choose_context;
    const struct guest *guest; /* runs now; NULL: nobody but the kernel itself */
    const char *panic; /* what broke; NULL: nothing */
};

static inline void *arena_pointer(const struct kernel *kernel, uk_word physical) { return kernel->arena + physical; }

static inline uk_word arena_physical(const struct kernel *kernel, const void *pointer)
{
    return (uk_word)((const unsigned char *)pointer - kernel->arena);
}

/* Our own promises; a failed check is a bug of the kernel, never of its users. */
#define check(kernel, condition)                                                                                       \
    ((condition) ? (void)0 : machine_panic((kernel), __FILE__ ": " #condition))

#endif
