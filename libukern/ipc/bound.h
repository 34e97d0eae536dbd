/* SPDX-License-Identifier: MIT */
/* Bound: a call that is made again and again. What it means is a call by the endpoint capability in its slot, always; what
 * it costs is in entry/fold.h. After Synthesis. */
#ifndef IPC_BOUND_H
#define IPC_BOUND_H

#include "core/capability.h"
#include "core/outcome.h"

struct bound {
    struct object object;
    struct capability target; /* endpoint with the right to send, held so that revocation takes it away; may be empty */
    uk_handle next;           /* the caller's, of the bound call that the answer goes on to; UK_NONE: to the caller */
    /* For entry/fold.h alone, and all zero while the call is not folded. */
    struct thread *caller, *server; /* who call and answer */
    uk_handle handle;               /* the caller's, of this */
    uk_handle receives, answers;    /* the server's, of the endpoint and of its Reply */
    struct bound *stage;            /* that `next` names, folded; NULL: not known */
    struct bound *others;           /* the list kernel->folds */
    uint64_t calls, stages;         /* since it was folded: calls in an entry of the caller's; in one that answered another */
    uint64_t replies;
};

enum uk_status bound_make(struct kernel *kernel, struct object *object, uk_word size);
void bound_disable(struct kernel *kernel, struct object *object);

struct outcome bound_configure(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome bound_call(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
