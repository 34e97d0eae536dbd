/* SPDX-License-Identifier: MIT */
/* The door to the machine: everything that the kernel asks of the thing that it runs on. The contract belongs here. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <ukern/ukern.h>

#include <registers.h>

struct kernel;
struct thread;
struct space;
struct uk_config;
struct registers_kept;

/* A new space: fill in its range (space->base, space->end) and space->machine. May refuse: UK_LIMIT, UK_REFUSED. */
enum uk_status machine_space_create(struct kernel *kernel, struct space *space);
/* The space is gone, or lost all its tables: nothing of it may stay reachable by user code. */
void machine_space_clear(struct kernel *kernel, struct space *space);
void machine_space_destroy(struct kernel *kernel, struct space *space);
/* The tables now map (or no longer map, or map with other rights) these bytes; bring any cache of them in line, now. */
void machine_space_map(struct kernel *kernel, struct space *space, uk_word address, uk_word bytes);
void machine_space_unmap(struct kernel *kernel, struct space *space, uk_word address, uk_word bytes);

/* The thread will run user code from now on: get what that takes. May refuse: UK_LIMIT, UK_REFUSED. Idempotent. */
enum uk_status machine_thread_start(struct kernel *kernel, struct thread *thread);
/* The thread will never run again. */
void machine_thread_destroy(struct kernel *kernel, struct thread *thread);
/* Code of threads that come and go will begin on this stack, of so many bytes: get what that takes. May refuse: UK_LIMIT.
 * Again: whatever was left on it counts no more. And: no code will begin on it any more. */
enum uk_status machine_stack_start(struct kernel *kernel, struct registers_kept *place, uk_word bytes);
void machine_stack_end(struct kernel *kernel, struct registers_kept *place);
/* Make the saved registers those of a C function `ip(argument)` about to begin on the stack that ends at `sp`. */
void machine_registers_start(struct thread *thread, uk_word ip, uk_word sp, uk_word argument);

/* Kernel time now, in nanoseconds: never goes back. Called once per kernel entry. */
uk_time machine_time_now(struct kernel *kernel);
/* The next deadline changed: be sure to enter the kernel (entry_interrupt) then, or at once if it has passed. */
void machine_time_arm(struct kernel *kernel, uk_time deadline);

/* Has anything (a device, the clock, a seeded choice) asked for the CPU since this kernel entry began? Asked at
 * preemption points of long operations. */
int machine_preempted(struct kernel *kernel);
/* User level has handled the line: unmask it, and let the device look at its registers. */
void machine_interrupt_acknowledge(struct kernel *kernel, uint32_t line);

/* Calls a function of the embedder on the kernel's stack, in whatever address space that function lives in. If it crashes,
 * the run ends as by machine_panic, with the words of kernel->guest. */
enum uk_status machine_visit(uk_resident_function function, void *context, struct uk_resident_call *call);

/* The kernel broke its own promise (`what` is the condition that failed). Does not return to the kernel. */
__attribute__((noreturn)) void machine_panic(struct kernel *kernel, const char *what);

/* What the machine calls, in entry/: entry_syscall, entry_fault, entry_interrupt. Each returns the thread to resume,
 * or NULL when none can run. */

/* For the embedding interface alone: to begin, to end, and to move time. ------------------------------------------- */

/* Bytes that machine_boot needs, a multiple of 64. */
size_t machine_bytes(const struct uk_config *config);
/* Makes kernel->machine in `memory` (64-aligned). Running: also kernel->arena, kernel->arena_first and
 * kernel->arena_bytes (at least config->arena_bytes; 0: as much as the machine likes), zeroed. UK_REFUSED, UK_NO_MEMORY:
 * the machine has not got that, and then nothing is held. Stepping: the caller sets the arena. */
enum uk_status machine_boot(struct kernel *kernel, void *memory, const struct uk_config *config);
void machine_shutdown(struct kernel *kernel);
/* Where the registers of a device are: real ones, or `page`, which boot took from the arena for them. */
uk_word machine_device_place(struct kernel *kernel, unsigned device, uk_word page);
/* Looks at devices whose doorbell rang and delivers raised lines (entry_line); 1: some line was delivered, so
 * entry_interrupt is due. uk_run does it by itself; uk_step calls it after the operation. */
int machine_devices_settle(struct kernel *kernel);
/* Virtual time is at least `time` from now on (uk_advance). */
void machine_time_advance(struct kernel *kernel, uk_time time);

#endif
