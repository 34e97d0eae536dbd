/* SPDX-License-Identifier: MIT */
/* What users do with slots: copy, mint, move, delete, revoke, inspect. */
#ifndef CORE_CNODE_H
#define CORE_CNODE_H

#include "core/capability.h"
#include "core/outcome.h"

/* `count` consecutive empty slots from `index` on, in the CNode that `handle` names (0: the caller's own). */
enum uk_status cnode_empty_slots(const struct thread *caller, uk_handle handle, uk_word index, uk_word count,
                                 struct capability **first);

enum uk_status cnode_make(struct kernel *kernel, struct object *object, uk_word size);
int cnode_drain(struct kernel *kernel, struct object *object);

struct outcome cnode_copy(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome cnode_mint(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome cnode_move(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome cnode_delete(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome cnode_revoke(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome cnode_inspect(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
