/* SPDX-License-Identifier: MIT */
/* Where control comes in from the machine. Each entry acts on what was decided and returns the thread to resume. */
#ifndef ENTRY_ENTRY_H
#define ENTRY_ENTRY_H

#include "core/kernel.h"

/* kernel->current asks for the operation in its registers.call. Returns the thread to resume: its results are in its
 * registers. NULL: nobody can run; wait for a deadline (deadline_first) or a line, then call entry_interrupt. */
struct thread *entry_syscall(struct kernel *kernel);
/* The same by the long road. For the machine, after fast_syscall (entry/fast.h) has declined. */
struct thread *entry_syscall_slow(struct kernel *kernel);
/* kernel->current's operation was broken off (THREAD_RESTART): goes on with it, whoever else is ready. For stepping. */
struct thread *entry_restart(struct kernel *kernel);
/* kernel->current faulted: `kind` is enum uk_fault_kind, `access` enum uk_right (page faults), `ip` where it stopped. */
struct thread *entry_fault(struct kernel *kernel, uint32_t kind, uk_word address, uint32_t access, uk_word ip);
/* Time has passed, or lines were raised (entry_line): fire what is due and say who runs. Also how running begins. */
struct thread *entry_interrupt(struct kernel *kernel);
/* As entry_interrupt, and the current thread's timeslice is over. */
struct thread *entry_preempt(struct kernel *kernel);
/* A device raised its line: signal the notification bound to it and mask the line. Before entry_interrupt. */
void entry_line(struct kernel *kernel, uint32_t line);

#endif
