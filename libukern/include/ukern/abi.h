/* SPDX-License-Identifier: MIT */
/* What crosses the trap: operations, statuses, rights, handles, messages. Every number here is the ABI. */
#ifndef UKERN_ABI_H
#define UKERN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define UK_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define UK_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/** A machine word: 64 bits on every machine that we support. */
typedef uint64_t uk_word;

/**
 * Names a capability: bits 0..31 are the slot's index in the caller's root CNode, bits 32..63 the slot's generation.
 * Generation 0 means "whatever is in the slot now"; any other must match, or the operation answers UK_STALE. Slot 0
 * is always empty, so handle 0 means "none" where an operation takes an optional handle.
 */
typedef uk_word uk_handle;

/** Absolute kernel time, or a span of it, in nanoseconds. */
typedef uk_word uk_time;

#define UK_NONE      ((uk_handle)0)
#define UK_NOW       ((uk_time)0)          /**< as a deadline: do not block */
#define UK_FOREVER   (~(uk_time)0)         /**< as a deadline: never give up */
#define UK_PAGE      ((uk_word)4096)       /**< the small frame, in bytes */
#define UK_LARGE     ((uk_word)2097152)    /**< the large frame, in bytes */

#define UK_REGISTER_WORDS   6    /**< message words that travel in registers */
#define UK_MESSAGE_WORDS    64   /**< message words at most */
#define UK_ITEMS_MAX        4    /**< items in a message at most */
#define UK_ITEM_FRAMES_MAX  512  /**< frames that all memory items of one message name, at most */
#define UK_SNAPSHOTS_MAX    16   /**< lazy copies of one page at once; further ones are copied at once, or UK_LIMIT (2 MiB) */
#define UK_PRIORITY_MAX     255  /**< the most urgent priority; 0 is the least */
#define UK_NAME_MAX         16   /**< bytes of a thread's name, zero-padded */
#define UK_REFILLS_MAX      8    /**< replenishments that a scheduling context remembers */
#define UK_CALL_DEPTH_MAX   64   /**< calls nested on one lent scheduling context at most */
#define UK_RETYPE_MAX       1024 /**< objects made by one retype at most */
#define UK_RING_ENTRIES_MAX 4096 /**< entries of a ring's queue at most */
#define UK_RESIDENT_BYTES_MAX 1048576 /**< of memory that one UK_RESIDENT_CALL refers to */

/** UK_RETYPE, w1 for a port: the bytes of its queue (896 for each message), and how many of these senders with one and the
 *  same badge may fill (0: all). */
#define UK_PORT_SIZE(messages, quota)  ((uk_word)896 * (messages) | (uk_word)(quota) << 32)
#define UK_PORT_MESSAGES_MAX           256   /**< in the queue of one port */
#define UK_PORT_KEY_MAX                65535 /**< what a port set knows a port by: see UK_PORT_JOIN */

/** UK_RETYPE, w1 for a portal: how many stacks it has, so how many threads can be inside. */
#define UK_PORTAL_STACKS_MAX  256
#define UK_PORTAL_STACK_BYTES 192 /**< of the portal's own memory, for each stack */
#define UK_PORTAL_DEPTH_MAX   16 /**< portals that a thread is inside of, one behind the other, at most */

/** How an operation ended. What the caller did wrong always leaves everything as it was. */
#define UK_STATUSES(X)                                                                                                 \
    X(UK_OK, 0, "done")                                                                                                \
    X(UK_BAD_OPERATION, 1, "no operation has this number")                                                             \
    X(UK_BAD_HANDLE, 2, "the handle's index is beyond the CNode")                                                      \
    X(UK_EMPTY_SLOT, 3, "the slot is empty")                                                                           \
    X(UK_STALE, 4, "the slot has been emptied or refilled since this handle was made")                                 \
    X(UK_WRONG_TYPE, 5, "the capability names another type of object")                                                 \
    X(UK_NO_RIGHT, 6, "the capability lacks a right that the operation needs")                                         \
    X(UK_BAD_ARGUMENT, 7, "an argument is out of range, misaligned or contradicts another")                            \
    X(UK_WOULD_BLOCK, 8, "nobody was ready, and the deadline said not to wait")                                        \
    X(UK_TIMED_OUT, 9, "the deadline passed first")                                                                    \
    X(UK_PEER_DIED, 10, "whoever was to answer is gone, or the capability names an earlier incarnation of the server") \
    X(UK_CANCELLED, 11, "the object waited for was destroyed, or the wait was broken off by another thread")           \
    X(UK_TOO_LARGE, 12, "the message is longer than its receiver's buffer, or than the protocol")                      \
    X(UK_NO_WINDOW, 13, "the receiver declared no room for these items")                                               \
    X(UK_NO_REPLY, 14, "the receiver brought no Reply object, so a call could not be answered")                        \
    X(UK_SLOT_TAKEN, 15, "the target slot holds a capability already")                                                 \
    X(UK_NO_MEMORY, 16, "the Untyped, or the machine, has no room for this")                                           \
    X(UK_CALLER_FAULT, 17, "the caller's memory is not mapped as the operation needs")                                 \
    X(UK_PEER_FAULT, 18, "the partner's memory is not mapped as the message needs, or its code faulted")           \
    X(UK_DEADLOCK, 19, "waiting here would close a circle of threads that wait for each other")                        \
    X(UK_BUSY, 20, "the object is in use in a way that forbids this now")                                              \
    X(UK_NOT_MAPPED, 21, "nothing is mapped at this address")                                                          \
    X(UK_MAPPED, 22, "the address, or the frame capability, is mapped already")                                        \
    X(UK_LIMIT, 23, "a fixed limit of the kernel is reached")                                                          \
    X(UK_REFUSED, 24, "the host refused a resource that the machine needs")

enum uk_status {
#define UK_X(name, number, text) name = number,
    UK_STATUSES(UK_X)
#undef UK_X
    UK_STATUS_COUNT
};

/** Types of kernel objects. */
#define UK_TYPES(X)                                                                                                    \
    X(UK_TYPE_NONE, 0, "none")                                                                                         \
    X(UK_TYPE_UNTYPED, 1, "untyped")                                                                                   \
    X(UK_TYPE_CNODE, 2, "cnode")                                                                                       \
    X(UK_TYPE_FRAME, 3, "frame")                                                                                       \
    X(UK_TYPE_SPACE, 4, "space")                                                                                       \
    X(UK_TYPE_THREAD, 5, "thread")                                                                                     \
    X(UK_TYPE_SCHED_CONTEXT, 6, "sched context")                                                                       \
    X(UK_TYPE_ENDPOINT, 7, "endpoint")                                                                                 \
    X(UK_TYPE_REPLY, 8, "reply")                                                                                       \
    X(UK_TYPE_NOTIFICATION, 9, "notification")                                                                         \
    X(UK_TYPE_TIMER, 10, "timer")                                                                                      \
    X(UK_TYPE_INTERRUPT, 11, "interrupt")                                                                              \
    X(UK_TYPE_PORT, 12, "port")                                                                                        \
    X(UK_TYPE_PORT_SET, 13, "port set")                                                                                \
    X(UK_TYPE_RING, 14, "ring")                                                                                        \
    X(UK_TYPE_RESIDENT, 15, "resident")                                                                                \
    X(UK_TYPE_PORTAL, 16, "portal")                                                                                    \
    X(UK_TYPE_BOUND, 17, "bound call")

enum uk_type {
#define UK_X(name, number, text) name = number,
    UK_TYPES(UK_X)
#undef UK_X
    UK_TYPE_COUNT
};

/** Rights of a capability; copies may only lose some. The names beside a bit are what it means on that object. */
enum uk_right {
    UK_RIGHT_READ = 1,    /**< frame: load */
    UK_RIGHT_RECEIVE = 1, /**< endpoint, port, port set: receive; notification: wait. A port has one such capability */
    UK_RIGHT_WRITE = 2,   /**< frame: store */
    UK_RIGHT_SEND = 2,    /**< endpoint: send and call; port: send; notification: signal; reply: answer; ring, portal: enter;
                               resident, bound call: call */
    UK_RIGHT_EXECUTE = 4, /**< frame: fetch instructions */
    UK_RIGHT_ONCE = 4,    /**< port, without receive: send one message, with which the capability goes */
    UK_RIGHT_GRANT = 8,   /**< endpoint: messages may carry capabilities and memory */
    UK_RIGHT_MANAGE = 16, /**< configure, bind, map into, derive within: the owner's authority */
    UK_RIGHTS_ALL = 31
};

/**
 * The operations: X(enumerator, number, function, object type, right, words that are handles as a bit mask).
 * "w0".."w5" are the six argument words. Results come back in the same words; `badge` is the result register beside
 * them. Type NONE: the operation takes no handle. An operation whose handle names an *endpoint* (and that is not an
 * endpoint operation) becomes a call to that endpoint's server with the operation as label (see ABI.md, Interposition).
 */
#define UK_OPERATIONS(X)                                                                                               \
    X(UK_YIELD, 0, thread_yield, UK_TYPE_NONE, 0, 0)                                                                   \
    X(UK_EXIT, 1, thread_exit, UK_TYPE_NONE, 0, 0)                                                                     \
    X(UK_CLOCK, 2, deadline_clock, UK_TYPE_NONE, 0, 0)                                                                 \
    X(UK_SEND, 3, endpoint_send, UK_TYPE_ENDPOINT, UK_RIGHT_SEND, 0)                                                   \
    X(UK_RECEIVE, 4, endpoint_receive, UK_TYPE_ENDPOINT, UK_RIGHT_RECEIVE, 0)                                          \
    X(UK_CALL, 5, endpoint_call, UK_TYPE_ENDPOINT, UK_RIGHT_SEND, 0)                                                   \
    X(UK_REPLY_RECEIVE, 6, endpoint_reply_receive, UK_TYPE_ENDPOINT, UK_RIGHT_RECEIVE, 0)                              \
    X(UK_ENDPOINT_BIND, 7, endpoint_bind, UK_TYPE_ENDPOINT, UK_RIGHT_MANAGE, 1)                                        \
    X(UK_REPLY, 8, reply_send, UK_TYPE_REPLY, UK_RIGHT_SEND, 0)                                                        \
    X(UK_SIGNAL, 9, notification_signal, UK_TYPE_NOTIFICATION, UK_RIGHT_SEND, 0)                                       \
    X(UK_WAIT, 10, notification_wait, UK_TYPE_NOTIFICATION, UK_RIGHT_RECEIVE, 0)                                       \
    X(UK_CAPABILITY_COPY, 11, cnode_copy, UK_TYPE_CNODE, UK_RIGHT_MANAGE, 4)                                           \
    X(UK_CAPABILITY_MINT, 12, cnode_mint, UK_TYPE_CNODE, UK_RIGHT_MANAGE, 4)                                           \
    X(UK_CAPABILITY_MOVE, 13, cnode_move, UK_TYPE_CNODE, UK_RIGHT_MANAGE, 4)                                           \
    X(UK_CAPABILITY_DELETE, 14, cnode_delete, UK_TYPE_CNODE, UK_RIGHT_MANAGE, 0)                                       \
    X(UK_CAPABILITY_REVOKE, 15, cnode_revoke, UK_TYPE_CNODE, UK_RIGHT_MANAGE, 0)                                       \
    X(UK_CAPABILITY_INSPECT, 16, cnode_inspect, UK_TYPE_CNODE, UK_RIGHT_MANAGE, 0)                                     \
    X(UK_RETYPE, 17, untyped_retype, UK_TYPE_UNTYPED, UK_RIGHT_MANAGE, 4)                                              \
    X(UK_SPACE_CONFIGURE, 18, space_configure, UK_TYPE_SPACE, UK_RIGHT_MANAGE, 1)                                      \
    X(UK_SPACE_MAP, 19, space_map, UK_TYPE_SPACE, UK_RIGHT_MANAGE, 1)                                                  \
    X(UK_SPACE_UNMAP, 20, space_unmap, UK_TYPE_SPACE, UK_RIGHT_MANAGE, 0)                                              \
    X(UK_SPACE_PROTECT, 21, space_protect, UK_TYPE_SPACE, UK_RIGHT_MANAGE, 0)                                          \
    X(UK_SPACE_QUERY, 22, space_query, UK_TYPE_SPACE, UK_RIGHT_MANAGE, 0)                                              \
    X(UK_THREAD_CONFIGURE, 23, thread_configure, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 7)                                   \
    X(UK_THREAD_NAME, 24, thread_name, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 0)                                             \
    X(UK_THREAD_PRIORITY, 25, thread_priority, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 0)                                     \
    X(UK_THREAD_REGISTERS, 26, thread_registers, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 0)                                   \
    X(UK_THREAD_RESUME, 27, thread_resume, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 0)                                         \
    X(UK_THREAD_SUSPEND, 28, thread_suspend, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 0)                                       \
    X(UK_THREAD_KILL, 29, thread_kill, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 0)                                             \
    X(UK_THREAD_BIND, 30, thread_bind, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 1)                                             \
    X(UK_THREAD_WATCH, 31, thread_watch, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 1)                                           \
    X(UK_THREAD_INSPECT, 32, thread_inspect, UK_TYPE_THREAD, UK_RIGHT_READ, 0)                                         \
    X(UK_SCHED_CONFIGURE, 33, sched_context_configure, UK_TYPE_SCHED_CONTEXT, UK_RIGHT_MANAGE, 0)                      \
    X(UK_SCHED_BIND, 34, sched_context_bind, UK_TYPE_SCHED_CONTEXT, UK_RIGHT_MANAGE, 1)                                \
    X(UK_SCHED_UNBIND, 35, sched_context_unbind, UK_TYPE_SCHED_CONTEXT, UK_RIGHT_MANAGE, 0)                            \
    X(UK_TIMER_BIND, 36, timer_bind, UK_TYPE_TIMER, UK_RIGHT_MANAGE, 1)                                                \
    X(UK_TIMER_SET, 37, timer_set, UK_TYPE_TIMER, UK_RIGHT_MANAGE, 0)                                                  \
    X(UK_INTERRUPT_BIND, 38, interrupt_bind, UK_TYPE_INTERRUPT, UK_RIGHT_MANAGE, 1)                                    \
    X(UK_INTERRUPT_ACKNOWLEDGE, 39, interrupt_acknowledge, UK_TYPE_INTERRUPT, UK_RIGHT_MANAGE, 0)                      \
    X(UK_PORT_SEND, 40, port_send, UK_TYPE_PORT, UK_RIGHT_SEND | UK_RIGHT_ONCE, 0)                                     \
    X(UK_PORT_RECEIVE, 41, port_receive, UK_TYPE_PORT, UK_RIGHT_RECEIVE, 0)                                            \
    X(UK_PORT_SET_RECEIVE, 42, port_receive, UK_TYPE_PORT_SET, UK_RIGHT_RECEIVE, 0)                                \
    X(UK_PORT_EXCHANGE, 43, port_exchange, UK_TYPE_PORT, UK_RIGHT_SEND | UK_RIGHT_ONCE, 0)                             \
    X(UK_PORT_ONCE, 44, port_once, UK_TYPE_PORT, UK_RIGHT_RECEIVE, 2)                                                  \
    X(UK_PORT_WATCH, 45, port_watch, UK_TYPE_PORT, UK_RIGHT_RECEIVE | UK_RIGHT_SEND | UK_RIGHT_ONCE, 1)                \
    X(UK_PORT_JOIN, 46, port_join, UK_TYPE_PORT, UK_RIGHT_RECEIVE, 1)                                                  \
    X(UK_RING_CONFIGURE, 47, ring_configure, UK_TYPE_RING, UK_RIGHT_MANAGE, 9)                                         \
    X(UK_RING_ENTER, 48, ring_enter, UK_TYPE_RING, UK_RIGHT_SEND, 0)                                                   \
    X(UK_RESIDENT_CALL, 49, resident_call, UK_TYPE_RESIDENT, UK_RIGHT_SEND, 0)                                         \
    X(UK_LEASE_READ, 50, lease_read, UK_TYPE_REPLY, UK_RIGHT_SEND, 0)                                                  \
    X(UK_LEASE_WRITE, 51, lease_write, UK_TYPE_REPLY, UK_RIGHT_SEND, 0)                                                \
    X(UK_LEASE_INSPECT, 52, lease_inspect, UK_TYPE_REPLY, UK_RIGHT_SEND, 0)                                               \
    X(UK_PORTAL_CONFIGURE, 53, portal_configure, UK_TYPE_PORTAL, UK_RIGHT_MANAGE, 7)                                   \
    X(UK_PORTAL_CALL, 54, portal_call, UK_TYPE_PORTAL, UK_RIGHT_SEND, 0)                                               \
    X(UK_PORTAL_RETURN, 55, portal_return, UK_TYPE_NONE, 0, 0)                                                         \
    X(UK_PORTAL_ABANDON, 56, portal_abandon, UK_TYPE_THREAD, UK_RIGHT_MANAGE, 1)                                       \
    X(UK_BOUND_CONFIGURE, 57, bound_configure, UK_TYPE_BOUND, UK_RIGHT_MANAGE, 1)                                      \
    X(UK_BOUND_CALL, 58, bound_call, UK_TYPE_BOUND, UK_RIGHT_SEND, 0)

enum uk_operation {
#define UK_X(name, number, function, type, right, handles) name = number,
    UK_OPERATIONS(UK_X)
#undef UK_X
    UK_OPERATION_COUNT
};

/** In the operation register beside the number: this receive takes only messages whose badge equals `filter`. */
#define UK_FILTERED ((uk_word)1 << 8)

/**
 * The message tag, one word: bits 0..6 length in words, 7..9 items, 10..31 written by the kernel on delivery (whatever
 * a sender puts there is dropped), 32..63 the label.
 */
#define UK_TAG(label, length, items) (((uk_word)(label) << 32) | ((uk_word)(items) << 7) | (uk_word)(length))
#define UK_TAG_LENGTH(tag)  ((unsigned)((tag) & 127))
#define UK_TAG_ITEMS(tag)   ((unsigned)(((tag) >> 7) & 7))
#define UK_TAG_LABEL(tag)   ((uint32_t)((tag) >> 32))
#define UK_TAG_SIGNAL       ((uk_word)1 << 10) /**< not a message: `badge` holds the bound notification's bits */
#define UK_TAG_FAULT        ((uk_word)1 << 11) /**< the kernel speaks for a thread that faulted; label: uk_fault_kind */
#define UK_TAG_CALL         ((uk_word)1 << 12) /**< the sender waits for a reply */
#define UK_TAG_INTERPOSED   ((uk_word)1 << 13) /**< the label is an operation; answer as the object would */
#define UK_TAG_UNUSED       ((uk_word)1 << 14) /**< port: no message, but a send-once right that went unused */
#define UK_TAG_SENT         ((uk_word)1 << 15) /**< UK_PORT_EXCHANGE failed, but only after it had sent */
#define UK_TAG_KEY(tag)     ((unsigned)((tag) >> 16 & UK_PORT_KEY_MAX)) /**< received from a port set: of which port */

/** What a message carries besides words. */
enum uk_item_kind {
    UK_ITEM_NONE = 0,
    UK_ITEM_COPY = 1,  /**< a child of the capability, with the rights named */
    UK_ITEM_MOVE = 2,  /**< the capability itself; the sender's slot is empty afterwards */
    UK_ITEM_SHARE = 3, /**< children of `count` frame capabilities, mapped in the receiver's window */
    UK_ITEM_GIFT = 4,  /**< the frame capabilities themselves, unmapped here and mapped there */
    UK_ITEM_LEASE = 5, /**< of a call: `count` bytes of the caller's memory, which the server may read or write (`rights`)
                            by way of the Reply until it answers. Takes no room of the receiver */
    UK_ITEM_SNAPSHOT = 6 /**< what `count` frames hold now, into frames of the receiver's: copied when either is written */
};

/** One item. The sender names consecutive slots of its own; received, it names consecutive slots of the receiver. */
struct uk_item {
    uint32_t kind;    /**< enum uk_item_kind */
    uint32_t rights;  /**< in: the rights wanted, at most those held; out: those given */
    uk_handle handle; /**< first slot; received handles carry their generation. Lease: in 0, out its name */
    uk_word count;    /**< slots; 1 for copy and move. Lease: bytes */
    uk_word address;  /**< received memory: where it is mapped (0: nowhere, a snapshot's frames need not be). In: 0.
                           Lease: in where it begins, out 0 */
};

/** What a receiver is willing to take. All zero: nothing. */
struct uk_window {
    uint32_t slot;       /**< first of the empty slots in the receiver's CNode, filled in order */
    uint32_t slot_count; /**< how many */
    uk_word address;     /**< where memory items are mapped, in order; page-aligned (2 MiB-aligned for large frames) */
    uk_word bytes;       /**< room for memory items, from `address` on */
};

/**
 * A thread's message buffer: ordinary memory of the thread's space, aligned to its size so that it never crosses a
 * page. Needed only for more than six words, or items.
 */
struct uk_buffer {
    uk_word words[UK_MESSAGE_WORDS];       /**< words 6.. of a longer message; the first six stay in registers */
    struct uk_item items[UK_ITEMS_MAX];    /**< what the next send, call or reply carries */
    struct uk_item received[UK_ITEMS_MAX]; /**< what the last message brought; written by the kernel */
    struct uk_window window;               /**< where items of the next message may land */
    uint32_t copy_slot;                    /**< first of the receiver's own frames into which snapshots are copied, ... */
    uint32_t copy_count;                   /**< ... in order, and how many it declares */
    uk_word reserved[28];                  /**< zero */
};
#define UK_BUFFER_BYTES 1024

/** Names for the registers of one operation, in and out. Which machine register is which: ABI.md. */
struct uk_call {
    uk_word operation;               /**< in: enum uk_operation | UK_FILTERED; out: enum uk_status */
    uk_word handle;                  /**< in: the capability used; out: `badge` */
    uk_word tag;                     /**< in and out: the message tag */
    uk_word word[UK_REGISTER_WORDS]; /**< in: arguments or message; out: results or message */
    uk_word reply;                   /**< in: handle of the Reply object for receiving; unchanged out */
    uk_word deadline;                /**< in: absolute time at which blocking ends; unchanged out */
    uk_word filter;                  /**< in: the only badge taken, with UK_FILTERED; unchanged out */
};

/** In a ring entry's flags. */
enum uk_ring_flag {
    UK_RING_LINK = 1 /**< the next entry runs only if this one succeeds; else it, too, completes with UK_CANCELLED */
};

/** One submission: an operation as registers would hold it (deadline UK_NOW), and what its completion will say. */
struct uk_ring_entry {
    struct uk_call call;
    uk_word user_data;   /**< comes back in the completion; not interpreted */
    uk_word flags;       /**< enum uk_ring_flag; no other bits */
    uk_word reserved[2]; /**< not looked at */
};

/** One completion: what the registers would have held after the operation. Tag and words only of one that has such results;
 *  else they are left alone. */
struct uk_ring_completion {
    uk_word user_data;
    uint32_t status;     /**< enum uk_status */
    uint32_t reserved;   /**< zero */
    uk_word badge, tag, word[UK_REGISTER_WORDS];
};

/**
 * Two queues in memory that two sides share: this header, then the submissions, then the completions. Sizes are powers
 * of two; indices run freely and wrap at 2^32, so a queue holds `tail - head`. Who submits writes the first half, who
 * executes (the kernel, or a server) the second: neither may trust the other's.
 */
struct uk_ring_header {
    uint32_t submit_tail;      /**< submissions before this are there */
    uint32_t complete_head;    /**< completions before this were taken */
    uint32_t submitter_sleeps; /**< not 0: ring its doorbell after adding completions */
    uint32_t reserved[13];
    uint32_t submit_head;      /**< submissions before this were taken */
    uint32_t complete_tail;    /**< completions before this are there */
    uint32_t executor_sleeps;  /**< not 0: ring its doorbell after adding submissions. Never set by the kernel */
    uint32_t submit_entries;
    uint32_t complete_entries;
    uint32_t reserved2[11];
};

/** Bytes of a ring with queues of so many entries. */
#define UK_RING_BYTES(submissions, completions)                                                                        \
    (sizeof(struct uk_ring_header) + (size_t)(submissions) * sizeof(struct uk_ring_entry) +                            \
     (size_t)(completions) * sizeof(struct uk_ring_completion))

/** Faults: the label of a fault message, whose six words are {address, access, ip, status, operation, handle}. */
#define UK_FAULTS(X)                                                                                                   \
    X(UK_FAULT_NONE, 0, "none")                                                                                        \
    X(UK_FAULT_PAGE, 1, "page fault")                                                                                  \
    X(UK_FAULT_OPERATION, 2, "bad operation")                                                                          \
    X(UK_FAULT_TIMEOUT, 3, "budget exhausted")                                                                         \
    X(UK_FAULT_INSTRUCTION, 4, "illegal instruction")                                                                  \
    X(UK_FAULT_ARITHMETIC, 5, "arithmetic error")                                                                      \
    X(UK_FAULT_RUNAWAY, 6, "no kernel entry for too long")                                                             \
    X(UK_FAULT_FLOATING_POINT, 7, "floating-point instruction, whose registers this machine does not save")

enum uk_fault_kind {
#define UK_X(name, number, text) name = number,
    UK_FAULTS(UK_X)
#undef UK_X
    UK_FAULT_COUNT
};

/** A fault handler replies with one of these as label. */
enum uk_fault_answer {
    UK_FAULT_RESUME = 0, /**< try again: the faulting instruction or operation is executed anew */
    UK_FAULT_KILL = 1    /**< stop the thread for good, as UK_THREAD_KILL does */
};

/** UK_THREAD_CONFIGURE, w5: which of the arguments to set. */
enum uk_thread_part {
    UK_PART_CNODE = 1,  /**< w0: the root CNode, in which its handles are looked up */
    UK_PART_SPACE = 2,  /**< w1: its address space */
    UK_PART_FAULT = 4,  /**< w2: the endpoint (with send right) that its faults are calls to; 0: none */
    UK_PART_BUFFER = 8, /**< w3: address of its message buffer, aligned to UK_BUFFER_BYTES; 0: none */
    UK_PART_FLAGS = 16  /**< w4: enum uk_thread_flag */
};

enum uk_thread_flag {
    UK_THREAD_FAULT_ON_MISUSE = 1, /**< a bad handle, type or right is a fault (UK_FAULT_OPERATION), not only a status */
    UK_THREAD_FAULT_ON_TIMEOUT = 2 /**< an exhausted budget is a fault (UK_FAULT_TIMEOUT), not only a pause */
};

/** What a thread is doing, as UK_THREAD_INSPECT and the embedding interface tell it. */
#define UK_THREAD_STATES(X)                                                                                            \
    X(UK_THREAD_STOPPED, 0, "stopped")                                                                                 \
    X(UK_THREAD_READY, 1, "ready")                                                                                     \
    X(UK_THREAD_SENDING, 2, "sending")                                                                                 \
    X(UK_THREAD_CALLING, 3, "calling")                                                                                 \
    X(UK_THREAD_RECEIVING, 4, "receiving")                                                                             \
    X(UK_THREAD_AWAITING_REPLY, 5, "awaiting reply")                                                                   \
    X(UK_THREAD_WAITING, 6, "waiting")                                                                                 \
    X(UK_THREAD_DEAD, 7, "dead")

enum uk_thread_state {
#define UK_X(name, number, text) name = number,
    UK_THREAD_STATES(UK_X)
#undef UK_X
    UK_THREAD_STATE_COUNT
};

/** UK_RETYPE, w1 for an endpoint: how its queues are ordered. */
enum uk_endpoint_order {
    UK_ORDER_PRIORITY = 0, /**< by priority, then arrival */
    UK_ORDER_ARRIVAL = 1   /**< by arrival alone, as L4 X.2 */
};

/** UK_SCHED_CONFIGURE, w2: what happens to a lent context when a thread in the middle of a call chain dies (HQ-2). */
enum uk_chain_policy {
    UK_CHAIN_FINISH = 0, /**< the running callee keeps it until it replies; then it skips the dead */
    UK_CHAIN_RECLAIM = 1 /**< it goes back at once, and the callee gets UK_FAULT_TIMEOUT */
};

/** UK_SPACE_MAP, w2 beside the rights: nothing yet. Mapping flags must be zero. */

/** Slots of the first thread's CNode, filled by boot. */
enum uk_boot_slot {
    UK_SLOT_CNODE = 1,    /**< its own root CNode */
    UK_SLOT_SPACE = 2,    /**< its own space */
    UK_SLOT_THREAD = 3,   /**< itself */
    UK_SLOT_SCHED = 4,    /**< its scheduling context */
    UK_SLOT_UNTYPED = 5,  /**< all memory that boot did not need */
    UK_SLOT_FIRST_FREE = 6 /**< then `archive_frames` frames, devices, interrupts, residents; see struct uk_boot_info */
};

/** One device as boot hands it out: registers to map, and a line that signals. */
struct uk_device_info {
    char name[UK_NAME_MAX]; /**< zero-padded */
    uint32_t frame;         /**< slot of its register frame; 0: none */
    uint32_t interrupt;     /**< slot of its Interrupt; 0: none */
    uk_word bytes;          /**< size of the register frame */
};
#define UK_DEVICES_MAX 8
#define UK_RESIDENTS_MAX 8

/** The first thread starts with the address of this as its argument; it is mapped read-only in its space. */
struct uk_boot_info {
    uint32_t abi_version;   /**< UK_ABI_VERSION */
    uint32_t slot_count;    /**< size of the root CNode */
    uint32_t first_free;    /**< first empty slot; all after it are empty too */
    uint32_t archive_first; /**< first slot of the archive's frames (all large or all small, in order) */
    uint32_t archive_count; /**< how many; 0: no archive */
    uint32_t device_count;  /**< entries used in `devices` */
    uk_word archive_bytes;  /**< exact length of the archive */
    uk_word archive_frame_bytes; /**< UK_PAGE or UK_LARGE */
    uk_word untyped_bytes;  /**< free memory behind UK_SLOT_UNTYPED */
    uk_word user_base;      /**< the first thread's space begins here ... */
    uk_word user_end;       /**< ... and ends before here */
    uk_word free_base;      /**< addresses from here to user_end are unused */
    uk_word argument;       /**< from uk_config, for the first thread; not interpreted */
    struct uk_device_info devices[UK_DEVICES_MAX];
    uint32_t resident_first; /**< first slot of the residents, in the order of uk_config.residents */
    uint32_t resident_count; /**< how many; 0: none */
};

#define UK_ABI_VERSION 1

UK_STATIC_ASSERT(sizeof(struct uk_item) == 32, "items are 32 bytes");
UK_STATIC_ASSERT(sizeof(struct uk_window) == 24, "the window is 24 bytes");
UK_STATIC_ASSERT(sizeof(struct uk_call) == 96, "twelve registers");
UK_STATIC_ASSERT(sizeof(struct uk_ring_header) == 128, "two cache lines, one for each writer");
UK_STATIC_ASSERT(sizeof(struct uk_ring_entry) == 128, "entries never cross a page");
UK_STATIC_ASSERT(sizeof(struct uk_ring_completion) == 80, "ten words");
UK_STATIC_ASSERT(sizeof(struct uk_buffer) == UK_BUFFER_BYTES, "the buffer fills its alignment");

#ifdef __cplusplus
}
#endif
#endif
