/* SPDX-License-Identifier: MIT */
/* Lease: a server reads and writes memory of the caller whom it serves, within what that caller lent it with the call, and
 * not a moment longer than he waits. After Hubris; MINIX 3's grants and QNX's MsgRead and MsgWrite. */
#ifndef IPC_LEASE_H
#define IPC_LEASE_H

#include "core/thread.h"

struct outcome lease_read(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome lease_write(struct kernel *kernel, struct thread *caller, struct capability *via);
struct outcome lease_inspect(struct kernel *kernel, struct thread *caller, struct capability *via);

#endif
