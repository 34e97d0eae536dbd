/* SPDX-License-Identifier: MIT */
/* The embedding interface: boot a kernel in your own memory, step it or run it, look inside, check it. */
#ifndef UKERN_UKERN_H
#define UKERN_UKERN_H

#include <stddef.h>
#include <stdint.h>

#include <ukern/abi.h>
#include <ukern/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define UK_API __attribute__((visibility("default")))
#else
#define UK_API
#endif

/** One kernel: objects, threads, time, everything. Lives in memory that you give; there is no state outside of it. */
struct uk_kernel;

/** What the kernel tells while it works; see uk_config.trace. Times are kernel time; no host address is in it. */
enum uk_event_kind {
    UK_EVENT_ENTRY = 0,  /**< a thread asks for an operation: operation, handle, tag, word[0..5] */
    UK_EVENT_RESULT = 1, /**< an operation of `thread` completed: operation, status, badge, tag */
    UK_EVENT_SWITCH = 2, /**< `thread` runs from now on (0: nobody can) */
    UK_EVENT_FAULT = 3,  /**< `thread` faulted: word[0] address, tag: the kind */
    UK_EVENT_STOP = 4,   /**< `thread` stopped for good or for its record; status says why */
    UK_EVENT_SIGNAL = 5, /**< the machine signalled: a timer or a line; word[0] the bits */
    UK_EVENT_ENTER = 6,  /**< `thread` went through a portal: word[0] its object number, badge, tag */
    UK_EVENT_KINDS
};

/** One event. `thread` is an object number (see uk_object_info), stable from run to run. */
struct uk_event {
    uk_time time;
    uint32_t kind;   /**< enum uk_event_kind */
    uint32_t thread; /**< object number; 0: none */
    char name[UK_NAME_MAX];
    uint32_t operation; /**< enum uk_operation, where there is one */
    uint32_t status;    /**< enum uk_status */
    uk_handle handle;
    uk_word badge;
    uk_word tag;
    uk_word word[UK_REGISTER_WORDS];
};

/** Free choices, all made through one hook. */
enum uk_choice {
    UK_CHOICE_EQUALS = 0,  /**< which of `count` ready threads of the same priority runs (0: the one that waited longest) */
    UK_CHOICE_PREEMPT = 1, /**< at a kernel entry or preemption point: 1 = take the CPU away (end the timeslice) now */
    UK_CHOICE_KINDS
};

/** A device that you give to the kernel: registers in a frame that a driver maps, and a line. */
struct uk_device {
    const char *name;     /**< at most UK_NAME_MAX - 1 bytes */
    uk_word bytes;        /**< register frame: 0 (none) or a multiple of UK_PAGE up to UK_LARGE */
    /** The driver acknowledged the line (its doorbell), or the kernel goes idle. Look at the registers; may be NULL. */
    void (*poll)(void *context, struct uk_kernel *kernel, unsigned device);
    void *context;
};

/** Bare metal: a device that is real. In a process there are none. */
struct uk_place {
    uk_word physical;     /**< of its registers; 0: a page of the arena, as for a device that only has a model */
    uint32_t line;        /**< at the interrupt controller; 0: none, raised by uk_interrupt only */
};

/** A call to a resident server, as the server sees it. */
struct uk_resident_call {
    uk_word word[UK_REGISTER_WORDS]; /**< in: the caller's; out: the answer. In, w4 and w5 name the payload */
    uk_word badge;   /**< of the capability used: who calls */
    uk_word bytes;   /**< of payload: memory of the caller, every byte of it readable to him; 0: none */
    uk_word address; /**< of it in the caller's space: not yours. uk_resident_view is how to reach it */
    struct uk_kernel *kernel;
    uk_time now;     /**< kernel time of the call, in ns */
};

/**
 * A resident server: a function in the kernel's own space. It runs inside of the caller's kernel entry on the kernel's
 * stack (4 KiB of it at most), so it must neither wait nor call into the kernel, but for uk_resident_view. Its crash is the
 * system's: UK_RUN_PANIC, with its name in uk_panic_text. @return the caller's status, one of enum uk_status.
 * After MkLinux's co-located servers, Chorus' supervisor actors, and NT's and XNU's drivers.
 */
typedef enum uk_status (*uk_resident_function)(void *context, struct uk_resident_call *call);

struct uk_resident {
    const char *name;   /**< at most UK_NAME_MAX - 1 bytes */
    uk_resident_function function;
    void *context;
    uk_time bound_ns;   /**< how long a call may take: nobody can be served meanwhile. Virtual time passes by it in each call;
                             in real time it is measured, and those that took longer are counted. 0: no time, no bound */
};

/** The caller's payload from byte `offset` on, where it lies; copies nothing. @param right UK_RIGHT_READ, or UK_RIGHT_WRITE,
 *  which the caller may lack. @param bytes out: how many there are before its page (or the payload) ends. @return NULL:
 *  beyond the payload, or no such right. Valid until the function returns. */
UK_API void *uk_resident_view(const struct uk_resident_call *call, uk_word offset, uint32_t right, size_t *bytes);

/** How uk_run ended. */
enum uk_run_end {
    UK_RUN_IDLE = 0,     /**< no thread can run, and no timer will change that */
    UK_RUN_DEADLINE = 1, /**< kernel time reached the limit */
    UK_RUN_ENTRIES = 2,  /**< the kernel was entered that often */
    UK_RUN_HALTED = 3,   /**< the first thread exited; see uk_counters.exit_code */
    UK_RUN_PANIC = 4,    /**< the kernel broke a promise, or a resident server crashed; see uk_panic_text */
    UK_RUN_REFUSED = 5   /**< the host refused what running needs (signal stack, handler) */
};

/** Choices made at boot. Zero-initialise, then set what you need. */
struct uk_config {
    uk_word arena_bytes;  /**< physical memory, a multiple of UK_PAGE; 0: whatever of `memory` is left (step), 64 MiB (run) */
    uint32_t root_slots;  /**< slots of the first thread's CNode; 0: 4096 */
    uint32_t run;         /**< 1: threads will run user code (windows, signals); 0: step only, no host resource is used */
    uint32_t strict;      /**< run: hide every other space's memory while one runs */
    uint32_t real_time;   /**< kernel time is the host's clock; else virtual */
    uint32_t spaces_max;  /**< run: windows; 0: 64 */
    uint32_t threads_max; /**< run: threads that may have run user code at once, and stacks of open portals; 0: 256 */
    uk_word window_bytes; /**< run: addresses of a space, a multiple of UK_LARGE; 0: 256 MiB */
    uk_time entry_cost_ns; /**< virtual time that a kernel entry takes; 0: 100 */
    uk_time slice_ns;      /**< round robin among equals after this long; 0: 1,000,000 */
    uint32_t runaway_ms;   /**< run, virtual time: host CPU time without a kernel entry after which a thread faults with
                                UK_FAULT_RUNAWAY; 0: 2000 */
    uk_word argument;      /**< handed to the first thread in uk_boot_info */
    const void *archive;   /**< copied into frames for the first thread; may be NULL */
    size_t archive_bytes;
    const struct uk_device *devices;
    uint32_t device_count; /**< at most UK_DEVICES_MAX */
    const struct uk_resident *residents; /**< servers in the kernel's own space; copied */
    uint32_t resident_count; /**< at most UK_RESIDENTS_MAX */
    const struct uk_place *places; /**< bare metal: where the devices are, one for each; NULL: none is real */
    void (*trace)(void *context, const struct uk_event *event); /**< may be NULL; must not call into this kernel */
    void *trace_context;
    uint32_t (*choose)(void *context, enum uk_choice what, uint32_t count); /**< returns 0..count-1; NULL: always 0 */
    void *choose_context;
};

/** Bytes of `memory` that uk_boot needs for this configuration (for step: with its arena). */
UK_API size_t uk_memory_bytes(const struct uk_config *config);

/**
 * Boots a kernel in `memory` (page-aligned, yours, untouched by you until uk_destroy). Afterwards one thread exists,
 * "root": ready, without user code, its CNode filled as enum uk_boot_slot says; step as it, or start it with uk_start.
 * @return UK_OK; UK_BAD_ARGUMENT (a limit or alignment of `config`); UK_NO_MEMORY (too little memory); UK_REFUSED (the
 *         host refused the arena or the windows). On failure nothing is held.
 */
UK_API enum uk_status uk_boot(void *memory, size_t memory_bytes, const struct uk_config *config,
                              struct uk_kernel **kernel);

/** Gives back whatever the host lent (memfd, windows). Your memory is yours again. */
UK_API void uk_destroy(struct uk_kernel *kernel);

/* Step: one operation as a given thread; no user code runs. ------------------------------------------------------- */

/** What one step did. */
struct uk_result {
    enum uk_status status; /**< the operation's status; meaningful only if `completed` */
    uint32_t completed;    /**< 0: the thread is blocked in it (or stopped by it) now */
    uint32_t next;         /**< object number of the thread that would run now; 0: nobody can */
    struct uk_call call;   /**< the thread's registers afterwards */
};

/**
 * Performs `call` as `thread`, which must be able to run (ready, and with a scheduling context).
 * @param thread a handle in the first thread's CNode (UK_SLOT_THREAD: the first thread itself)
 * @return UK_OK: the operation was performed, whatever its own status; UK_BAD_HANDLE, UK_EMPTY_SLOT, UK_STALE,
 *         UK_WRONG_TYPE: `thread` names none; UK_BUSY: it cannot run now, and nothing happened.
 */
UK_API enum uk_status uk_step(struct uk_kernel *kernel, uk_handle thread, const struct uk_call *call,
                              struct uk_result *result);

/** As `uk_step`, on behalf of the first thread, returning the operation's own status (UK_BUSY if it cannot run or had
 *  to block). `call` is updated. The short form for setting things up. */
UK_API enum uk_status uk_root(struct uk_kernel *kernel, struct uk_call *call);

/** Lets virtual time pass: fires every deadline up to `time`. @return object number of who would run now; 0: nobody. */
UK_API uint32_t uk_advance(struct uk_kernel *kernel, uk_time time);

/** Fault of a thread that runs no user code: as if it had made this access. @return as uk_step. */
UK_API enum uk_status uk_step_fault(struct uk_kernel *kernel, uk_handle thread, enum uk_fault_kind kind,
                                    uk_word address, uint32_t access, struct uk_result *result);

/** Copies bytes to or from a thread's memory through its page tables, as the kernel would. @return UK_OK,
 *  UK_CALLER_FAULT (not mapped so), or as uk_step for a bad `thread`. Nothing is copied on failure. */
UK_API enum uk_status uk_peek(struct uk_kernel *kernel, uk_handle thread, uk_word address, void *bytes, size_t length);
UK_API enum uk_status uk_poke(struct uk_kernel *kernel, uk_handle thread, uk_word address, const void *bytes,
                              size_t length);

/* Run: user code on its own stacks. -------------------------------------------------------------------------------- */

/** A task's code. Returning is UK_EXIT with the value returned. */
typedef uk_word (*uk_entry)(uk_word argument);

/** What uk_spawn makes. Zero-initialise, then set what you need. */
struct uk_task {
    const char *name;      /**< shown in traces and records */
    uk_entry entry;
    uk_word argument;
    uint32_t priority;     /**< 0..UK_PRIORITY_MAX */
    uint32_t slots;        /**< of its CNode; 0: 64 */
    uk_word stack_bytes;   /**< mapped at once, a multiple of UK_PAGE; 0: 64 KiB */
    uk_handle space;       /**< run in this space; 0: in a new one of its own */
    uk_time budget_ns, period_ns; /**< both 0: round robin without a limit */
    uint32_t suspended;    /**< 1: do not start it yet (UK_THREAD_RESUME does) */
    /* Results: handles in the first thread's CNode. */
    uk_handle thread, cnode, own_space, sched_context;
    uk_word buffer;        /**< address of its message buffer in its space */
};

/** Makes a thread with CNode, space, stack, message buffer and scheduling context out of UK_SLOT_UNTYPED, by ordinary
 *  operations of the first thread; its handles come from the free slots of the first thread's CNode. In the task's own
 *  CNode, slots 1..4 are filled as enum uk_boot_slot says. @return UK_OK or the status of the operation that failed. */
UK_API enum uk_status uk_spawn(struct uk_kernel *kernel, struct uk_task *task);

/** The next `count` free slots of the first thread's CNode that uk_spawn will not use. 0: there are not so many. */
UK_API uk_handle uk_slots(struct uk_kernel *kernel, uint32_t count);

/** Starts the first thread in user code: `entry(address of struct uk_boot_info)` on a mapped stack of `stack_bytes`
 *  (0: 256 KiB). Without it, uk_run leaves the first thread alone. */
UK_API enum uk_status uk_start(struct uk_kernel *kernel, uk_entry entry, uk_word stack_bytes);

/**
 * Runs threads until nothing can run, or kernel time reaches `until` (UK_FOREVER: no limit), or the kernel was entered
 * `entries` more times (0: no limit). Handlers for SIGSEGV, SIGBUS, SIGILL and SIGFPE are installed meanwhile, chained to
 * those before, and put back on return. Call it from any host thread, one at a time per kernel.
 */
UK_API enum uk_run_end uk_run(struct uk_kernel *kernel, uk_time until, uint64_t entries);

/** Signals line `device` (an index in uk_config.devices). From the thread that runs the kernel, or from a poll. */
UK_API void uk_interrupt(struct uk_kernel *kernel, unsigned device);

/** The registers of `device`, for its model. NULL: it has none. */
UK_API void *uk_device_registers(struct uk_kernel *kernel, unsigned device);

/** May be called from another host thread or a signal handler: uk_run returns UK_RUN_DEADLINE soon. */
UK_API void uk_break(struct uk_kernel *kernel);

/** Edges of instrumented user code in one timeslice; see uk_edge. */
#define UK_EDGES_PER_SLICE 100000

/** Counts one edge of user code; after `UK_EDGES_PER_SLICE` of them the running thread is preempted. Called by code built
 *  with edge instrumentation (see README, "Preemption"), so that a loop without system calls ends its timeslice
 *  deterministically. Outside of uk_run it does nothing. */
UK_API void uk_edge(void);

/* Look inside. --------------------------------------------------------------------------------------------------- */

/** Totals since boot. */
struct uk_counters {
    uk_time now;
    uint64_t entries;        /**< kernel entries of all kinds */
    uint64_t calls, sends, replies, receives, signals, faults, switches, picks;
    uint64_t direct_switches; /**< handed over without the ready queue */
    uint64_t queue_operations; /**< insertions into and removals from the ready queue */
    uint64_t words_copied, capabilities_moved, pages_mapped, pages_unmapped;
    uint64_t late_replies;    /**< replies to a caller that was already completed: no-ops (HQ-2) */
    uint64_t preemptions;     /**< long operations broken off, to be restarted */
    uint64_t threads, spaces, objects; /**< alive now */
    uint64_t host_maps, host_faults;   /**< run: mmap calls made, and SIGSEGV that only filled the software TLB */
    int64_t exit_code;        /**< of the first thread, once it exited */
    uint64_t snapshots;       /**< frames that messages carried as lazy copies (UK_ITEM_SNAPSHOT) */
    uint64_t copy_faults;     /**< stores that a lazy copy was in the way of; nobody is told of them */
    uint64_t pages_copied;    /**< lazy copies whose bytes had to be copied in the end, small and large */
    uint64_t helps;           /**< times that a waiting thread began to help the one that it waits for (NO-2, QN-2) */
};
UK_API void uk_counters(const struct uk_kernel *kernel, struct uk_counters *counters);

/** A capability, as found in a slot. */
struct uk_capability_info {
    uint32_t type, rights;
    uint32_t object;      /**< object number; numbers are never used twice in one kernel's life */
    uint32_t generation;  /**< endpoint: the server's incarnation that this capability speaks to */
    uk_word badge;
    uk_handle handle;     /**< with the slot's generation */
    uk_word mapped_at;    /**< frame: address, if mapped; else 0 */
    uint32_t parent;      /**< object number of the capability it derives from; 0: root of the forest */
    uint32_t depth;       /**< ancestors */
};
/** @param cnode a CNode's handle in the first thread's CNode. @return UK_OK; UK_EMPTY_SLOT; as uk_step for bad handles. */
UK_API enum uk_status uk_inspect_slot(const struct uk_kernel *kernel, uk_handle cnode, uint32_t index,
                                      struct uk_capability_info *info);

/** A thread. */
struct uk_thread_info {
    uint32_t object;
    char name[UK_NAME_MAX];
    uint32_t state;              /**< enum uk_thread_state */
    uint32_t priority, effective_priority, maximum_priority;
    uint32_t waits_for;          /**< object number of the endpoint, notification or reply it waits on; 0: none */
    uint32_t sched_context;      /**< object number of the one it runs on now (own or lent); 0: none */
    uint32_t served;             /**< callers that it still owes an answer */
    uk_time deadline;            /**< of the wait; UK_FOREVER: none */
    uint64_t entries, faults, calls;
    uk_time time_ns;             /**< charged while it ran */
    struct uk_call call;         /**< its registers */
    uint32_t inside;             /**< object number of the portal that it is inside of; 0: it is at home */
    uint32_t depth;              /**< portals that it went through to get there */
    uint32_t helper;             /**< object number of the thread that waits for it, whose urgency and time it has; 0: none */
    uint32_t reserved;           /**< 0 */
};
UK_API enum uk_status uk_inspect_thread(const struct uk_kernel *kernel, uk_handle thread, struct uk_thread_info *info);
/** The same by object number. @return UK_BAD_ARGUMENT: no live thread has it. Takes time linear in the objects. */
UK_API enum uk_status uk_find_thread(const struct uk_kernel *kernel, uint32_t object, struct uk_thread_info *info);

/** Any object, one kind of numbers for each type. */
struct uk_object_info {
    uint32_t object, type;
    uint32_t references;  /**< capabilities to it */
    uint32_t bytes;       /**< that it takes from its Untyped */
    uk_word value[6];     /**< untyped: size, free, live, dead bytes, live objects; cnode: slots, used; frame: bytes, device;
                               space: mapped bytes, tables; sched context: budget, period, left now, holder;
                               endpoint: senders, receivers, generation, server; reply: caller, server, leases, bytes
                               lent; notification: bits, waiters, bound thread; timer: deadline, period; interrupt: line;
                               port: messages, room, promised, senders, receivers, closed; port set: members, those with
                               messages, receivers; ring: submissions, completions, their next indices, frame, doorbell;
                               resident: calls, longest in ns, bound, calls that took longer;
                               portal: threads inside, stacks, threads waiting, configured, closed;
                               bound call: endpoint, badge, the handle of the next */
};
UK_API enum uk_status uk_inspect_object(const struct uk_kernel *kernel, uk_handle handle, struct uk_object_info *info);

/** The threads queued at an endpoint or notification, in the order in which they will be served. @param receivers 1: the
 *  receiving side. @return how many there are; at most `room` numbers are written. */
UK_API size_t uk_inspect_queue(const struct uk_kernel *kernel, uk_handle handle, int receivers, uint32_t *threads,
                               size_t room);

/** One mapping: the first at or after `address` in the space. @return UK_OK; UK_NOT_MAPPED: none. */
struct uk_mapping_info {
    uk_word address, bytes, physical;
    uint32_t rights, frame;
    uint32_t lazy; /**< 1: the frame has or is a lazy copy, so `physical` may be another frame's, and stores fault once */
};
UK_API enum uk_status uk_inspect_mapping(const struct uk_kernel *kernel, uk_handle space, uk_word address,
                                         struct uk_mapping_info *info);

/**
 * Checks every invariant of the kernel (DESIGN.md, Invariants). Takes time linear in the objects.
 * @return 0: all hold; else the number of the first that does not, and `text` (may be NULL) says which object and why.
 */
UK_API unsigned uk_check(const struct uk_kernel *kernel, char *text, size_t text_bytes);

/** The first circle of threads that wait for each other, or threads that nobody can wake. @return how many threads are
 *  in it; 0: none. `text` tells it in words. */
UK_API size_t uk_deadlock(const struct uk_kernel *kernel, char *text, size_t text_bytes);

/** A hash over the whole state of the kernel that a user could observe: objects, capabilities, queues, registers, time.
 *  No host address goes in, so equal histories have equal hashes anywhere. */
UK_API uint64_t uk_state_hash(const struct uk_kernel *kernel);

/** Why the thread stopped or its last operation failed, in plain words. @return bytes written without the final zero;
 *  0: nothing to say. */
UK_API size_t uk_explain(const struct uk_kernel *kernel, uk_handle thread, char *text, size_t text_bytes);
/** The same by object number, as traces name threads. */
UK_API size_t uk_explain_object(const struct uk_kernel *kernel, uint32_t object, char *text, size_t text_bytes);

/** One trace event as a line of text without newline. @return bytes written without the final zero. */
UK_API size_t uk_event_text(const struct uk_event *event, char *text, size_t text_bytes);

/** What broke, after UK_RUN_PANIC; else "". */
UK_API const char *uk_panic_text(const struct uk_kernel *kernel);

UK_API const char *uk_status_name(enum uk_status status);  /**< "UK_PEER_DIED"; "?" beyond */
UK_API const char *uk_status_text(enum uk_status status);  /**< its meaning in one line */
UK_API const char *uk_operation_name(uint32_t operation);  /**< "UK_CALL"; "?" beyond */
UK_API const char *uk_type_name(uint32_t type);            /**< "endpoint"; "?" beyond */
UK_API size_t uk_object_bytes(uint32_t type);              /**< bytes that one object takes from its Untyped (fixed part) */

#ifdef __cplusplus
}
#endif
#endif
