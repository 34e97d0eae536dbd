/* SPDX-License-Identifier: MIT */
/* The kernel's side of the trap path: asks entry/ and says whose registers to load. Runs on the kernel's stack only. */
#include "hosted.h"

#include "annotate.h"
#include "entry/entry.h"
#include "entry/fast.h"
#include "offsets.h"

__thread struct machine *machine_current __attribute__((tls_model("initial-exec"), visibility("hidden")));

#define OFFSET(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), #field " moved: trap.S")
OFFSET(registers, call.operation, REGISTERS_OPERATION);
OFFSET(registers, call.handle, REGISTERS_HANDLE);
OFFSET(registers, call.tag, REGISTERS_TAG);
OFFSET(registers, call.word, REGISTERS_WORD(0));
OFFSET(registers, call.reply, REGISTERS_REPLY);
OFFSET(registers, call.deadline, REGISTERS_DEADLINE);
OFFSET(registers, call.filter, REGISTERS_FILTER);
OFFSET(registers, ip, REGISTERS_IP);
OFFSET(registers, sp, REGISTERS_SP);
OFFSET(registers, bp, REGISTERS_BP);
OFFSET(registers, context, REGISTERS_CONTEXT);
OFFSET(registers, full, REGISTERS_FULL);
OFFSET(machine, registers, MACHINE_REGISTERS);
OFFSET(machine, stack, MACHINE_STACK);
OFFSET(machine, redirected, MACHINE_REDIRECTED);
OFFSET(machine, kernel, MACHINE_KERNEL);
OFFSET(hosted_context, general, 0);
OFFSET(hosted_context, xfeatures, CONTEXT_XFEATURES);
#if !defined(UKERN_SWITCH_UCONTEXT)
OFFSET(hosted_context, fpu, CONTEXT_FPU);
#endif
_Static_assert(REG_R8 * 8 == CONTEXT_R8 && REG_RDI * 8 == CONTEXT_RDI && REG_RCX * 8 == CONTEXT_RCX &&
                   REG_RSP * 8 == CONTEXT_RSP && REG_RIP * 8 == CONTEXT_RIP && REG_EFL * 8 == CONTEXT_FLAGS,
               "trap.S reads saved registers in the order of gregs");
_Static_assert(UK_EXIT == NUMBER_EXIT, "trap.S ends a thread with UK_EXIT");

/* The fast way back: one test for everything that may forbid it. */
ANNOTATE_INLINE struct registers *resume_with(struct machine *machine, struct thread *next)
{
    struct kernel *kernel = machine->kernel;
    struct registers *registers;
    if (__builtin_expect(next != NULL && atomic_load_explicit(&machine->attention, memory_order_relaxed) == 0 &&
                             kernel->counters.entries < machine->entries_limit && kernel->now < machine->until &&
                             kernel->halted == 0 && (next->marks & THREAD_RESTART) == 0,
                         1))
        registers = &next->registers;
    else
        registers = run_next_slow(machine, next);
    if (registers != NULL)
        annotate_resumed(machine, registers->context);
    return registers;
}

/* Kept out of trap_syscall, so that it needs no frame. */
static ANNOTATE_BARE __attribute__((noinline)) struct registers *syscall_slow(struct kernel *kernel)
{
    return resume_with(kernel->machine, entry_syscall_slow(kernel));
}

static ANNOTATE_BARE __attribute__((noinline)) struct registers *syscall_crossing(struct kernel *kernel)
{
    struct thread *next = fast_crossing(kernel);
    return next != NULL ? resume_with(kernel->machine, next) : syscall_slow(kernel);
}

static ANNOTATE_BARE __attribute__((noinline)) struct registers *resume_slow(struct machine *machine,
                                                                             struct thread *next)
{
    return resume_with(machine, next);
}

/* A fast path leaves little that could forbid to go straight back: nothing was halted, nobody has to restart. */
ANNOTATE_BARE struct registers *trap_syscall(struct kernel *kernel)
{
    annotate_left(kernel->machine, kernel->current->registers.context);
    struct thread *next = fast_syscall(kernel);
    if (__builtin_expect(next == NULL, 0))
        return fast_is_crossing(kernel) ? syscall_crossing(kernel) : syscall_slow(kernel);
    struct machine *machine = kernel->machine;
    if (__builtin_expect(atomic_load_explicit(&machine->attention, memory_order_relaxed) != 0 ||
                             kernel->counters.entries >= machine->entries_limit || kernel->now >= machine->until,
                         0))
        return resume_slow(machine, next);
    annotate_resumed(machine, next->registers.context);
    return &next->registers;
}

/* Only the software TLB missed, or the thread is at fault. */
static struct thread *fault_handle(struct kernel *kernel)
{
    struct machine *machine = kernel->machine;
    const struct hosted_fault *fault = &machine->fault;
    struct thread *thread = kernel->current;
    if (fault->fills && window_fill(machine, thread_space(thread), fault->address, fault->access)) {
        kernel->counters.host_faults++;
        return thread;
    }
    return entry_fault(kernel, fault->kind, fault->address, fault->access, thread->registers.context->general[REG_RIP]);
}

ANNOTATE_BARE struct registers *trap_fault(struct kernel *kernel)
{
    annotate_left(kernel->machine, kernel->current->registers.context);
    return resume_with(kernel->machine, fault_handle(kernel));
}

ANNOTATE_BARE struct registers *trap_preempt(struct kernel *kernel)
{
    annotate_left(kernel->machine, kernel->current->registers.context);
    return resume_with(kernel->machine, kernel->current);
}

ANNOTATE_BARE struct registers *trap_sliced(struct kernel *kernel)
{
    annotate_left(kernel->machine, kernel->current->registers.context);
    machine_time_advance(kernel, kernel->now + kernel->slice_ns);
    return resume_with(kernel->machine, entry_preempt(kernel));
}

ANNOTATE_BARE struct registers *trap_first(struct kernel *kernel)
{
    return resume_with(kernel->machine, run_first(kernel->machine));
}

int trap_in_user(const struct machine *machine, uk_word ip, uk_word sp)
{
#if defined(UKERN_SWITCH_UCONTEXT)
    uk_word bytes = machine->windows_max * machine->window_bytes;
    (void)ip;
    return !machine->leaving && sp - (uk_word)(uintptr_t)machine->windows_base < bytes;
#else
    extern const char trap_begin[], trap_end[];
    (void)machine, (void)sp;
    return ip - (uk_word)(uintptr_t)trap_begin >= (uk_word)(trap_end - trap_begin);
#endif
}

/* Returning from here is returning to user code, maybe much later. */
UK_API void uk_edge(void)
{
    struct machine *machine = machine_current;
    if (machine == NULL || machine->registers == NULL || ++machine->edges < UK_EDGES_PER_SLICE)
        return;
    machine->edges = 0;
    trap_edge();
}
