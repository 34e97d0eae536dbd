/* SPDX-License-Identifier: MIT */
/* Acting on outcomes: the one place where the current thread changes. For entry/ only. */
#ifndef ENTRY_ACT_H
#define ENTRY_ACT_H

#include "core/kernel.h"

/* A kernel entry begins: time has passed. */
void act_enter(struct kernel *kernel);
/* Does what the operation of `caller` decided, fires what is due, and returns who runs. */
struct thread *act(struct kernel *kernel, struct thread *caller, struct outcome outcome);
/* The thread's record says what it did wrong: tell its handler, or stop it. Returns who runs. */
struct thread *act_fault(struct kernel *kernel, struct thread *thread);
/* Nothing was decided but that the current thread goes on, if nothing else is due. Returns who runs. */
struct thread *act_resume(struct kernel *kernel);
/* Threads whose operation was preempted ask again, before any user code runs: at least once, then until the machine
 * wants the CPU (it will come back with entry_interrupt). */
struct thread *act_finish(struct kernel *kernel, struct thread *next);
/* act_fault without choosing who runs. */
struct outcome fault_raise(struct kernel *kernel, struct thread *thread);

void trace_entry(struct kernel *kernel, const struct thread *caller);
void trace_result(struct kernel *kernel, const struct thread *caller);
/* The thread runs again after it blocked: how that ended, told once. */
void trace_return(struct kernel *kernel, struct thread *thread);
void trace_switch(struct kernel *kernel);
void trace_fault(struct kernel *kernel, const struct thread *thread);
void trace_stop(struct kernel *kernel, const struct thread *thread, uint32_t status);
void trace_signal(struct kernel *kernel, uk_word bits);

#endif
