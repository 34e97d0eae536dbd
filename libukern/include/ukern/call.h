/* SPDX-License-Identifier: MIT */
/* One inline wrapper for each operation: what user code calls. Each performs exactly one kernel entry. */
#ifndef UKERN_CALL_H
#define UKERN_CALL_H

#include <ukern/abi.h>
#include <ukern/trap.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UK_STUB __attribute__((always_inline)) static inline

/** A message as user code holds it: the tag, the words that travel in registers, and after receiving the badge. */
struct uk_message {
    uk_word tag;
    uk_word word[UK_REGISTER_WORDS];
    uk_word badge; /**< received: of the capability that the sender used; or the signalled bits (UK_TAG_SIGNAL) */
};

UK_STUB struct uk_message uk_message(uint32_t label, unsigned length)
{
    struct uk_message message = {UK_TAG(label, length, 0), {0, 0, 0, 0, 0, 0}, 0};
    return message;
}

/* The shape that all stubs share: fill the registers, trap, take the results. */
UK_STUB enum uk_status uk_message_trap(uk_word operation, uk_handle handle, struct uk_message *message, uk_handle reply,
                                       uk_time deadline, uk_word filter)
{
    struct uk_call call = {operation,
                           handle,
                           message->tag,
                           {message->word[0], message->word[1], message->word[2], message->word[3], message->word[4],
                            message->word[5]},
                           reply,
                           deadline,
                           filter};
    uk_trap(&call);
    message->badge = call.handle;
    message->tag = call.tag;
    message->word[0] = call.word[0]; /* not a loop: then compilers keep all of the message in registers */
    message->word[1] = call.word[1];
    message->word[2] = call.word[2];
    message->word[3] = call.word[3];
    message->word[4] = call.word[4];
    message->word[5] = call.word[5];
    return (enum uk_status)call.operation;
}

/** Any operation on an object: six words in, six words out (`words` may be NULL for zeros in, nothing out). */
UK_STUB enum uk_status uk_invoke(uk_word operation, uk_handle handle, uk_word *words)
{
    struct uk_message message = uk_message(0, 0);
    for (unsigned i = 0; words != NULL && i < UK_REGISTER_WORDS; i++)
        message.word[i] = words[i];
    enum uk_status status = uk_message_trap(operation, handle, &message, 0, UK_FOREVER, 0);
    for (unsigned i = 0; words != NULL && i < UK_REGISTER_WORDS; i++)
        words[i] = message.word[i];
    return status;
}

UK_STUB enum uk_status uk_invoke5(uk_word operation, uk_handle handle, uk_word w0, uk_word w1, uk_word w2, uk_word w3,
                                  uk_word w4)
{
    uk_word words[UK_REGISTER_WORDS] = {w0, w1, w2, w3, w4, 0};
    return uk_invoke(operation, handle, words);
}

/* IPC. Each returns when the message has moved, or with the reason why it has not; `deadline` is absolute. */

/** Sends without waiting for an answer. */
UK_STUB enum uk_status uk_send(uk_handle endpoint, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_SEND, endpoint, message, 0, deadline, 0);
}

/** Sends and waits for the answer, which replaces `message`. The deadline covers both. */
UK_STUB enum uk_status uk_call(uk_handle endpoint, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_CALL, endpoint, message, 0, deadline, 0);
}

/** Waits for a message. `reply` is the Reply object that a caller will wait on; an unanswered caller still waiting on
 *  it is completed with UK_PEER_DIED (SEL-9). */
UK_STUB enum uk_status uk_receive(uk_handle endpoint, struct uk_message *message, uk_handle reply, uk_time deadline)
{
    return uk_message_trap(UK_RECEIVE, endpoint, message, reply, deadline, 0);
}

/** As uk_receive, from senders with this badge only (L4's closed wait). */
UK_STUB enum uk_status uk_receive_from(uk_handle endpoint, uk_word badge, struct uk_message *message, uk_handle reply,
                                       uk_time deadline)
{
    return uk_message_trap(UK_RECEIVE | UK_FILTERED, endpoint, message, reply, deadline, badge);
}

/** Answers the caller on `reply` (never blocks; nobody there: a counted no-op), then receives. One kernel entry. */
UK_STUB enum uk_status uk_reply_receive(uk_handle endpoint, struct uk_message *message, uk_handle reply,
                                        uk_time deadline)
{
    return uk_message_trap(UK_REPLY_RECEIVE, endpoint, message, reply, deadline, 0);
}

/** Answers the caller on `reply`; never blocks. */
UK_STUB enum uk_status uk_reply(uk_handle reply, struct uk_message *message)
{
    return uk_message_trap(UK_REPLY, reply, message, 0, UK_NOW, 0);
}

/* Leases. A call may carry items of kind UK_ITEM_LEASE: memory that its server may use until it answers. `lease` is the
 * number of the item (0..3), or its name as received (`handle`), which is UK_STALE when another call is waiting. */

/** Copies `bytes` bytes from `offset` on out of a lease of the caller who waits on `reply` to `own`. Any length: pieces of at
 *  most 16 KiB, between which others may run. UK_PEER_DIED: he waits no more; UK_BAD_ARGUMENT: no such lease, or beyond it;
 *  UK_NO_RIGHT: not lent for reading; UK_PEER_FAULT, UK_CALLER_FAULT: his memory, one's own is not mapped so, from some byte
 *  on (uk_invoke tells: w1, w2, w3 are the next offset, the next address, and the bytes left). After Hubris' BORROW_READ. */
UK_STUB enum uk_status uk_lease_read(uk_handle reply, uk_handle lease, uk_word offset, void *own, uk_word bytes)
{
    return uk_invoke5(UK_LEASE_READ, reply, lease, offset, (uk_word)(uintptr_t)own, bytes, 0);
}

/** The same in the other direction: from `own` into the lease. */
UK_STUB enum uk_status uk_lease_write(uk_handle reply, uk_handle lease, uk_word offset, const void *own, uk_word bytes)
{
    return uk_invoke5(UK_LEASE_WRITE, reply, lease, offset, (uk_word)(uintptr_t)own, bytes, 0);
}

/** w0 in: the lease. words out: its name, its rights (UK_RIGHT_READ, UK_RIGHT_WRITE), its bytes. */
UK_STUB enum uk_status uk_lease_inspect(uk_handle reply, uk_word words[UK_REGISTER_WORDS])
{
    return uk_invoke(UK_LEASE_INSPECT, reply, words);
}

/** ORs the capability's badge into the notification, or wakes its first waiter with it. Never blocks. */
UK_STUB enum uk_status uk_signal(uk_handle notification) { return uk_invoke(UK_SIGNAL, notification, NULL); }

/** Takes all bits, waiting until there are some. */
UK_STUB enum uk_status uk_wait(uk_handle notification, uk_word *bits, uk_time deadline)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_message_trap(UK_WAIT, notification, &message, 0, deadline, 0);
    *bits = message.badge;
    return status;
}

/* Ports. A port's first capability is its receive right, of which there is only one: copies of it are send rights. */

/** Queues a message; it returns as soon as there is room. A send-once right always has room, and is gone afterwards. */
UK_STUB enum uk_status uk_port_send(uk_handle port, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_PORT_SEND, port, message, 0, deadline, 0);
}

/** Takes the oldest message. UK_TOO_LARGE, UK_NO_WINDOW: it stays, and `message->tag` says how large it is. UK_PEER_DIED:
 *  there is none, and nobody has a right to send any more. */
UK_STUB enum uk_status uk_port_receive(uk_handle port, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_PORT_RECEIVE, port, message, 0, deadline, 0);
}

/** The same from the ports of a set in turn; UK_TAG_KEY(message->tag) says which. */
UK_STUB enum uk_status uk_port_set_receive(uk_handle set, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_PORT_SET_RECEIVE, set, message, 0, deadline, 0);
}

/** Sends to `port`, then receives from `own`, a port or a set: mach_msg. The deadline covers both; after a failure
 *  UK_TAG_SENT in `message->tag` says that it has sent. */
UK_STUB enum uk_status uk_port_exchange(uk_handle port, struct uk_message *message, uk_handle own, uk_time deadline)
{
    return uk_message_trap(UK_PORT_EXCHANGE, port, message, own, deadline, 0);
}

/** A right to send exactly one message to `port`, in slot `index` of `cnode` (0: own). If it goes unused, an empty message
 *  with UK_TAG_UNUSED and its badge comes in place of it. UK_NO_MEMORY: the queue has no slot left to keep for it. */
UK_STUB enum uk_status uk_port_once(uk_handle port, uint32_t index, uk_handle cnode, uk_word badge)
{
    return uk_invoke5(UK_PORT_ONCE, port, index, cnode, badge, 0, 0);
}

/** Signals once: through the receive right, when no other right is left; through another, when the port is dead. */
UK_STUB enum uk_status uk_port_watch(uk_handle port, uk_handle notification)
{
    return uk_invoke5(UK_PORT_WATCH, port, notification, 0, 0, 0, 0);
}

/** The port gives its messages to a set (0: to nobody but itself, as before), which knows it by `key`. */
UK_STUB enum uk_status uk_port_join(uk_handle port, uk_handle set, uint32_t key)
{
    return uk_invoke5(UK_PORT_JOIN, port, set, key, 0, 0, 0);
}

/* Without an object. */

/** Lets others of the same priority run. */
UK_STUB void uk_yield(void) { (void)uk_invoke(UK_YIELD, 0, NULL); }

/** Ends this thread; its callers get UK_PEER_DIED. The first thread's exit halts the machine with `code`. */
__attribute__((noreturn)) UK_STUB void uk_exit(uk_word code)
{
    for (;;)
        (void)uk_invoke5(UK_EXIT, 0, code, 0, 0, 0, 0);
}

/** Kernel time now. */
UK_STUB uk_time uk_clock(void)
{
    uk_word words[UK_REGISTER_WORDS] = {0, 0, 0, 0, 0, 0};
    (void)uk_invoke(UK_CLOCK, 0, words);
    return words[0];
}

/* Capabilities. `cnode` is where the new capability goes; the source is looked up in `from` (0: the caller's CNode). */

UK_STUB enum uk_status uk_copy(uk_handle cnode, uint32_t index, uk_handle from, uk_handle source, uint32_t rights)
{
    return uk_invoke5(UK_CAPABILITY_COPY, cnode, index, source, from, rights, 0);
}

/** A copy with a badge (endpoints, ports, notifications and residents; only of a capability whose badge is 0). */
UK_STUB enum uk_status uk_mint(uk_handle cnode, uint32_t index, uk_handle from, uk_handle source, uint32_t rights,
                               uk_word badge)
{
    return uk_invoke5(UK_CAPABILITY_MINT, cnode, index, source, from, rights, badge);
}

UK_STUB enum uk_status uk_move(uk_handle cnode, uint32_t index, uk_handle from, uk_handle source)
{
    return uk_invoke5(UK_CAPABILITY_MOVE, cnode, index, source, from, 0, 0);
}

/** Deletes one capability; the last one takes the object with it. An empty slot is UK_OK. */
UK_STUB enum uk_status uk_delete(uk_handle cnode, uk_handle slot)
{
    return uk_invoke5(UK_CAPABILITY_DELETE, cnode, slot, 0, 0, 0, 0);
}

/** The same with `count` consecutive slots, UK_RETYPE_MAX at most; memory that they mapped side by side goes in one piece. */
UK_STUB enum uk_status uk_delete_run(uk_handle cnode, uk_handle first, uint32_t count)
{
    return uk_invoke5(UK_CAPABILITY_DELETE, cnode, first, count, 0, 0, 0);
}

/** Deletes every capability derived from this one, in every CNode; unmaps every mapping made with them. */
UK_STUB enum uk_status uk_revoke(uk_handle cnode, uk_handle slot)
{
    return uk_invoke5(UK_CAPABILITY_REVOKE, cnode, slot, 0, 0, 0, 0);
}

/** words out: type, rights, badge, object number, handle with generation, detail (frame: address mapped at; untyped: free
 *  bytes; cnode: slots; endpoint: generation; else 0). */
UK_STUB enum uk_status uk_inspect(uk_handle cnode, uk_handle slot, uk_word words[UK_REGISTER_WORDS])
{
    words[0] = slot;
    words[1] = words[2] = words[3] = words[4] = words[5] = 0;
    return uk_invoke(UK_CAPABILITY_INSPECT, cnode, words);
}

/**
 * Makes `count` objects in consecutive empty slots of `cnode` from `index` on. `size`: untyped: bytes (a power of two,
 * >= UK_PAGE); cnode: slots; frame: UK_PAGE or UK_LARGE; endpoint: enum uk_endpoint_order; port: UK_PORT_SIZE;
 * else 0.
 */
UK_STUB enum uk_status uk_retype(uk_handle untyped, uint32_t type, uk_word size, uk_handle cnode, uint32_t index,
                                 uint32_t count)
{
    return uk_invoke5(UK_RETYPE, untyped, type, size, cnode, index, count);
}

/* Spaces. */

/** The Untyped from which the space's tables come. Once, or again after that Untyped was revoked; else UK_BUSY. */
UK_STUB enum uk_status uk_space_configure(uk_handle space, uk_handle untyped)
{
    return uk_invoke5(UK_SPACE_CONFIGURE, space, untyped, 0, 0, 0, 0);
}

/** Maps a frame that is mapped nowhere yet, with at most the rights of its capability (read is always among them). */
UK_STUB enum uk_status uk_map(uk_handle space, uk_handle frame, uk_word address, uint32_t rights)
{
    return uk_invoke5(UK_SPACE_MAP, space, frame, address, rights, 0, 0);
}

UK_STUB enum uk_status uk_unmap(uk_handle space, uk_word address)
{
    return uk_invoke5(UK_SPACE_UNMAP, space, address, 0, 0, 0, 0);
}

/** Changes the rights of one mapping, within those of its frame capability. */
UK_STUB enum uk_status uk_protect(uk_handle space, uk_word address, uint32_t rights)
{
    return uk_invoke5(UK_SPACE_PROTECT, space, address, rights, 0, 0, 0);
}

/** words out: address and size of the first mapping at or after w0, its rights, the space's first and end address,
 *  mapped bytes. UK_NOT_MAPPED: none follows (words 3..5 are still set). */
UK_STUB enum uk_status uk_query(uk_handle space, uk_word words[UK_REGISTER_WORDS])
{
    return uk_invoke(UK_SPACE_QUERY, space, words);
}

/* Threads. */

/** `parts` (enum uk_thread_part) says which to set. Only of a stopped thread, but for UK_PART_FAULT and UK_PART_FLAGS. */
UK_STUB enum uk_status uk_thread_configure(uk_handle thread, uint32_t parts, uk_handle cnode, uk_handle space,
                                           uk_handle fault, uk_word buffer, uk_word flags)
{
    uk_word words[UK_REGISTER_WORDS] = {cnode, space, fault, buffer, flags, parts};
    return uk_invoke(UK_THREAD_CONFIGURE, thread, words);
}

/** `name` has UK_NAME_MAX bytes, zero-padded. */
UK_STUB enum uk_status uk_thread_name(uk_handle thread, const char name[UK_NAME_MAX])
{
    uk_word words[UK_REGISTER_WORDS] = {0, 0, 0, 0, 0, 0};
    for (unsigned i = 0; i < UK_NAME_MAX; i++)
        words[i / 8] |= (uk_word)(unsigned char)name[i] << (i % 8 * 8);
    return uk_invoke(UK_THREAD_NAME, thread, words);
}

/** Neither may exceed the caller's own maximum. A call in progress keeps the priority that it was made with. */
UK_STUB enum uk_status uk_thread_priority(uk_handle thread, uint32_t priority, uint32_t maximum)
{
    return uk_invoke5(UK_THREAD_PRIORITY, thread, priority, maximum, 0, 0, 0);
}

/** Sets a stopped thread to begin `entry(argument)` on the stack that ends at `stack_end`. */
UK_STUB enum uk_status uk_thread_registers(uk_handle thread, uk_word entry, uk_word stack_end, uk_word argument)
{
    return uk_invoke5(UK_THREAD_REGISTERS, thread, entry, stack_end, argument, 0, 0);
}

UK_STUB enum uk_status uk_thread_resume(uk_handle thread) { return uk_invoke(UK_THREAD_RESUME, thread, NULL); }

/** Stops it; if it was blocked, its operation will answer UK_CANCELLED when it is resumed. */
UK_STUB enum uk_status uk_thread_suspend(uk_handle thread) { return uk_invoke(UK_THREAD_SUSPEND, thread, NULL); }

/** Stops it for good: its callers are completed with UK_PEER_DIED, endpoints bound to it close. */
UK_STUB enum uk_status uk_thread_kill(uk_handle thread) { return uk_invoke(UK_THREAD_KILL, thread, NULL); }

/** Signals of this notification also end the thread's receives, before any sender (HU-2). 0: unbind. */
UK_STUB enum uk_status uk_thread_bind(uk_handle thread, uk_handle notification)
{
    return uk_invoke5(UK_THREAD_BIND, thread, notification, 0, 0, 0, 0);
}

/** Signalled once, when the thread dies. 0: no longer. */
UK_STUB enum uk_status uk_thread_watch(uk_handle thread, uk_handle notification)
{
    return uk_invoke5(UK_THREAD_WATCH, thread, notification, 0, 0, 0, 0);
}

/** w0 in: page. Page 0 out: state, priority | effective << 8 | maximum << 16, object number, time charged, name (2 words).
 *  Page 1: entries, calls, faults, deadline, exit code, callers owed. */
UK_STUB enum uk_status uk_thread_inspect(uk_handle thread, uk_word words[UK_REGISTER_WORDS])
{
    return uk_invoke(UK_THREAD_INSPECT, thread, words);
}

/** Serves one incarnation of a server: when `server` dies, queued and later senders get UK_PEER_DIED until another
 *  thread is bound; capabilities derived before that stay dead (HQ-3). 0: unbind, for servers with many threads. Whoever
 *  waits at an endpoint in order of priority helps a passive server that is bound to it: until it receives, it runs at his
 *  priority and on his time, if that is more, or if it has none (after NOVA and QNX: NO-2, QN-2). */
UK_STUB enum uk_status uk_endpoint_bind(uk_handle endpoint, uk_handle server)
{
    return uk_invoke5(UK_ENDPOINT_BIND, endpoint, server, 0, 0, 0, 0);
}

/* Time. */

/** `budget` in every `period`, both in ns; equal: round robin with slices of `budget`. */
UK_STUB enum uk_status uk_sched_configure(uk_handle context, uk_time budget, uk_time period, enum uk_chain_policy policy)
{
    return uk_invoke5(UK_SCHED_CONFIGURE, context, budget, period, policy, 0, 0);
}

UK_STUB enum uk_status uk_sched_bind(uk_handle context, uk_handle thread)
{
    return uk_invoke5(UK_SCHED_BIND, context, thread, 0, 0, 0, 0);
}

UK_STUB enum uk_status uk_sched_unbind(uk_handle context) { return uk_invoke(UK_SCHED_UNBIND, context, NULL); }

UK_STUB enum uk_status uk_timer_bind(uk_handle timer, uk_handle notification)
{
    return uk_invoke5(UK_TIMER_BIND, timer, notification, 0, 0, 0, 0);
}

/** Signals at `deadline`, then every `period` (0: once). UK_FOREVER: never, which cancels. */
UK_STUB enum uk_status uk_timer_set(uk_handle timer, uk_time deadline, uk_time period)
{
    return uk_invoke5(UK_TIMER_SET, timer, deadline, period, 0, 0, 0);
}

UK_STUB enum uk_status uk_interrupt_bind(uk_handle interrupt, uk_handle notification)
{
    return uk_invoke5(UK_INTERRUPT_BIND, interrupt, notification, 0, 0, 0, 0);
}

/** Handled: unmask the line. On hosted devices this is also the doorbell. */
UK_STUB enum uk_status uk_interrupt_acknowledge(uk_handle interrupt)
{
    return uk_invoke(UK_INTERRUPT_ACKNOWLEDGE, interrupt, NULL);
}

/* Residents: servers in the kernel's own space. */

/**
 * Calls a resident server and has its answer in `words`; in one kernel entry, without a switch, and it never waits. `payload`
 * (bytes of one's own memory; 0: none) is not copied: the server reads and writes it where it lies. words 0..3 in, 0..5 out.
 * UK_TOO_LARGE: more than UK_RESIDENT_BYTES_MAX. UK_CALLER_FAULT: not all of it is mapped; nobody was called. Any other
 * status is the server's.
 */
UK_STUB enum uk_status uk_resident_ask(uk_handle resident, uk_word words[UK_REGISTER_WORDS], void *payload, uk_word bytes)
{
    words[4] = (uk_word)(uintptr_t)payload;
    words[5] = bytes;
    return uk_invoke(UK_RESIDENT_CALL, resident, words);
}

/* Rings. Producing and consuming: <ukern/ring.h>. */

/** The ring's memory from now on: queues of so many entries (powers of two) in this frame (read and write), beginning at
 *  its first byte, empty. `doorbell` (0: none) is signalled when completions were added and the submitter sleeps.
 *  UK_BUSY: it has memory; `frame` 0 gives that back, whatever is in the queues. */
UK_STUB enum uk_status uk_ring_configure(uk_handle ring, uk_handle frame, uint32_t submissions, uint32_t completions,
                                         uk_handle doorbell)
{
    return uk_invoke5(UK_RING_CONFIGURE, ring, frame, submissions, completions, doorbell, 0);
}

/**
 * Executes up to `submit` submitted operations on behalf of the caller, in order, and adds a completion for each. Never
 * waits. words out (NULL: not wanted): how many were executed, completions that wait to be taken, submissions left.
 * UK_BUSY: nothing was executed, because the completions are full. UK_WOULD_BLOCK: fewer completions than `complete`.
 * Refused, without words: UK_BAD_ARGUMENT: indices that cannot be. UK_CALLER_FAULT: no frame, or it was revoked.
 */
UK_STUB enum uk_status uk_ring_enter(uk_handle ring, uint32_t submit, uint32_t complete,
                                     uk_word words[UK_REGISTER_WORDS])
{
    struct uk_message message = uk_message(0, 0);
    message.word[0] = submit;
    message.word[1] = complete;
    enum uk_status status = uk_message_trap(UK_RING_ENTER, ring, &message, 0, UK_NOW, 0);
    for (unsigned i = 0; words != NULL && i < UK_REGISTER_WORDS; i++)
        words[i] = message.word[i];
    return status;
}

/* Portals, after LRPC: the caller's own thread goes through, and runs the server's code on a stack of the server's. */

/**
 * Opens a portal: who goes through it runs `entry` in this space (manage) with this CNode (manage), and its faults are calls
 * to `fault` (send; 0: none, they end the call with UK_PEER_FAULT). `entry` is what UK_PORTAL_ENTRY defines. The portal has
 * as many stacks as UK_RETYPE said (1 to UK_PORTAL_STACKS_MAX): each takes `stack_bytes` from `stacks` on, one after the
 * other, both multiples of UK_BUFFER_BYTES; the last UK_BUFFER_BYTES of each are the message buffer of whoever is on it.
 * UK_BUSY: it is open, or was. UK_BAD_ARGUMENT: the addresses. UK_LIMIT: the host has not got what so many stacks take.
 * A portal closes for good when its CNode or space is revoked: whoever waits or is inside hears UK_PEER_DIED.
 */
UK_STUB enum uk_status uk_portal_configure(uk_handle portal, uk_handle cnode, uk_handle space, uk_handle fault,
                                           uk_word entry, uk_word stacks, uk_word stack_bytes)
{
    uk_word words[UK_REGISTER_WORDS] = {cnode, space, fault, entry, stacks, stack_bytes};
    return uk_invoke(UK_PORTAL_CONFIGURE, portal, words);
}

/**
 * Goes through; the answer replaces `message`. Waits until the deadline for a stack, not for the server: the thread itself
 * is the server meanwhile, with its priority and time. Waiting callers are served by priority; the first of them helps one of
 * those inside, who runs at his priority and on his time, if that is more, or if its own is spent (after NOVA: NO-2).
 * UK_WOULD_BLOCK, UK_TIMED_OUT: no free stack. UK_DEADLOCK: all stacks are under the caller itself. UK_LIMIT: it went
 * through UK_PORTAL_DEPTH_MAX already. UK_PEER_DIED: the portal is closed, was closed meanwhile, or the code there exited.
 * UK_PEER_FAULT: that code faulted (or its buffer is not mapped). UK_CANCELLED: see uk_portal_abandon.
 */
UK_STUB enum uk_status uk_portal_call(uk_handle portal, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_PORTAL_CALL, portal, message, 0, deadline, 0);
}

/** Goes back with this answer; returns only if that was refused, as a reply would be. UK_NO_REPLY: not inside of a portal. */
UK_STUB enum uk_status uk_portal_return(struct uk_message *message)
{
    return uk_message_trap(UK_PORTAL_RETURN, UK_NONE, message, 0, UK_NOW, 0);
}

/** Where a portal enters. `serve(struct uk_message *)` turns each call's message into its answer; an answer that is refused,
 *  and was not returned by `serve` itself, ends the call as if the server had exited. What never returns leaves no frame that
 *  AddressSanitizer has marked; so a `serve` that goes back by uk_portal_return must not be instrumented either. */
#define UK_PORTAL_ENTRY(name, serve)                                                                                   \
    __attribute__((used, noreturn, no_sanitize_address)) static void name##_inside(struct uk_message *message)         \
    {                                                                                                                  \
        serve(message);                                                                                                \
        (void)uk_portal_return(message);                                                                               \
        uk_exit(0);                                                                                                    \
    }                                                                                                                  \
    UK_PORTAL_LANDING(name, name##_inside)

/**
 * Takes a thread back that a server keeps: its own call answers UK_CANCELLED, and `heir`, a stopped thread (manage), goes on
 * inside in its place (if somebody resumes it, on its own time) and dies when it comes back. LRPC's captured threads.
 * UK_BAD_ARGUMENT: the thread is the caller, or at home. UK_BUSY: the heir runs, or is inside of a portal itself.
 */
UK_STUB enum uk_status uk_portal_abandon(uk_handle thread, uk_handle heir)
{
    return uk_invoke5(UK_PORTAL_ABANDON, thread, heir, 0, 0, 0, 0);
}

/* Bound calls. */

/**
 * Makes `bound` stand for a call by this endpoint capability, of which it holds a child of its own (0: for none). `next`
 * (0: none) is a handle of the callers', looked up anew each time: of another bound call, to which the answer goes on as
 * the request. May be done again at any time. After Synthesis: what does not change from call to call is asked once.
 */
UK_STUB enum uk_status uk_bound_configure(uk_handle bound, uk_handle endpoint, uk_handle next)
{
    return uk_invoke5(UK_BOUND_CONFIGURE, bound, endpoint, next, 0, 0, 0);
}

/**
 * As uk_call with the endpoint capability that it stands for, and then, as long as there is a next one and no error, with
 * that; `message` is the last answer, the deadline covers all, and no code of the caller's runs in between. On any status
 * but UK_OK, `message->badge` is the handle of the bound call that ended so, and nobody further on was asked.
 * UK_EMPTY_SLOT: it stands for none, or the capability was revoked.
 */
UK_STUB enum uk_status uk_bound_call(uk_handle bound, struct uk_message *message, uk_time deadline)
{
    return uk_message_trap(UK_BOUND_CALL, bound, message, 0, deadline, 0);
}

#ifdef __cplusplus
}
#endif
#endif
