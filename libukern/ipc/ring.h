/* SPDX-License-Identifier: MIT */
/* Ring: a batch of operations in one kernel entry. The kernel believes its own indices only. After io_uring, FlexSC. */
#ifndef IPC_RING_H
#define IPC_RING_H

#include "core/capability.h"
#include "core/outcome.h"

/* How far the submission at submit_head is. */
enum ring_stage {
    RING_IDLE = 0,   /* not looked at */
    RING_CANCELS,    /* nor this, but the one before was linked to it, and did not succeed */
    RING_BROKEN_OFF, /* taken, and preempted: whoever enters next asks for the same again */
    RING_DRAINS      /* decided: it completes with UK_OK as soon as nothing is dying any more */
};

struct ring {
    struct object object;
    struct capability memory;   /* the frame, held so that revocation takes it away; empty: none */
    struct capability doorbell; /* signalled when completions were added and the submitter sleeps; may be empty */
    uint32_t submit_entries;    /* powers of two; 0: never configured */
    uint32_t complete_entries;
    uint32_t submit_head;       /* free-running; the header has copies of these two, which nobody here reads */
    uint32_t complete_tail;
    uint32_t stage;             /* enum ring_stage */
    struct uk_ring_entry entry; /* that submission as it was when it was taken (IU-6): from BROKEN_OFF on */
};

enum uk_status ring_make(struct kernel *kernel, struct object *object, uk_word size);
void ring_disable(struct kernel *kernel, struct object *object);

struct outcome ring_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome ring_enter(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
