/* SPDX-License-Identifier: MIT */
/* The portable stand-in for trap.S: the same door by swapcontext, which is slow because it makes system calls. */
#include "hosted.h"

#if defined(UKERN_SWITCH_UCONTEXT)

#include <sys/syscall.h>
#include <unistd.h>

#include <ukern/call.h>

#include "annotate.h"

/* User code leaves for the kernel. Swapping pushes onto the user's stack when page faults are the user's no longer, so
 * the stack is touched first; a fault in that, or a tick, clears `leaving` and it is touched again. */
__attribute__((noinline)) static void stack_touch(void)
{
    volatile unsigned char below[512];
    below[0] = below[sizeof below - 1] = 0;
}

static void user_leave(struct machine *machine, struct registers *registers, enum trap_kind kind)
{
    do {
        machine->leaving = 1;
        stack_touch();
    } while (!machine->leaving);
    machine->trapped = kind;
    machine->registers = NULL;
    registers->context->left_at = registers->ip;
    swapcontext(&registers->context->switched, &machine->kernel_context);
}

UK_API void uk_hosted_trap_c(struct uk_call *call)
{
    struct machine *machine = machine_current;
    struct registers *registers = machine->registers;
    registers->call = *call;
    registers->ip = (uk_word)(uintptr_t)__builtin_return_address(0);
    user_leave(machine, registers, TRAP_SYSCALL);
    *call = registers->call;
}

void trap_edge(void)
{
    struct machine *machine = machine_current;
    user_leave(machine, machine->registers, TRAP_EDGE);
}

/* A thread's first code. The register state made below calls it as start(entry, argument). */
static void start(uk_entry entry, uk_word argument) { uk_exit(entry(argument)); }

void trap_start(void) {} /* only its address counts: it marks a thread that has not begun */

static void start_prepare(struct registers *registers)
{
    uk_word *general = registers->context->general;
    registers->ip = general[REG_RIP] = (uk_word)(uintptr_t)start;
    general[REG_RDI] = registers->bp;
    general[REG_RSI] = registers->call.handle;
    general[REG_RSP] = registers->sp - 8;
    general[REG_RBP] = 0;
    general[REG_EFL] = 0x202;
    registers->context->fpu_bytes = 0; /* that of the frame it is written into */
    registers->full = 1;
}

/* Code behind a portal begins with what the trap's registers hold. */
static void landing_prepare(struct registers *registers)
{
    static const uint8_t words[UK_REGISTER_WORDS] = {REG_RDX, REG_RCX, REG_R8, REG_R9, REG_R10, REG_R11};
    uk_word *general = registers->context->general;
    general[REG_RIP] = registers->ip;
    general[REG_RSP] = registers->sp;
    general[REG_RBP] = registers->bp;
    general[REG_RAX] = registers->call.operation;
    general[REG_RDI] = registers->call.handle;
    general[REG_RSI] = registers->call.tag;
    for (unsigned i = 0; i < UK_REGISTER_WORDS; i++)
        general[words[i]] = registers->call.word[i];
    general[REG_EFL] = 0x202;
    registers->context->fpu_bytes = 0;
    registers->full = 1;
}

/* Signal frames are redirected here, to the landing stack. */
static void land(enum trap_kind kind)
{
    machine_current->trapped = kind;
    setcontext(&machine_current->kernel_context);
}

void trap_fault_landing(void) { land(TRAP_FAULT); }

void trap_preempt_landing(void) { land(TRAP_PREEMPT); }

/* All registers at once can only be loaded by returning from a signal: asks for one, on the landing stack. */
static void full_resume(void) { syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGILL); }

int trap_restore(struct machine *machine, ucontext_t *frame)
{
    if (machine == NULL || machine->restoring == NULL)
        return 0;
    struct registers *registers = machine->restoring;
    machine->restoring = NULL;
    registers->full = 0;
    context_restore(registers->context, frame);
    machine->registers = registers;
    return 1;
}

ANNOTATE_BARE static void user_enter(struct machine *machine, struct registers *registers)
{
    if (!registers->full && registers->ip == (uk_word)(uintptr_t)trap_start)
        start_prepare(registers);
    if (!registers->full && registers->ip != registers->context->left_at)
        landing_prepare(registers);
    machine->leaving = 0;
    if (!registers->full) {
        machine->registers = registers;
        swapcontext(&machine->kernel_context, &registers->context->switched);
        return;
    }
    machine->restoring = registers;
    getcontext(&machine->landing_context);
    machine->landing_context.uc_stack.ss_sp = machine->landing_stack;
    machine->landing_context.uc_stack.ss_size = machine->landing_stack_bytes;
    makecontext(&machine->landing_context, full_resume, 0);
    swapcontext(&machine->kernel_context, &machine->landing_context);
}

ANNOTATE_BARE static struct registers *trap_dispatch(struct machine *machine)
{
    switch (machine->trapped) {
    case TRAP_SYSCALL: return trap_syscall(machine->kernel);
    case TRAP_FAULT: return trap_fault(machine->kernel);
    case TRAP_PREEMPT: return trap_preempt(machine->kernel);
    default: return trap_sliced(machine->kernel);
    }
}

ANNOTATE_BARE void trap_enter(struct machine *machine)
{
    if (setjmp(machine->leave) != 0)
        return;
    machine->stack = machine->landing_stack + machine->landing_stack_bytes - 8;
    for (struct registers *next = trap_first(machine->kernel); next != NULL; next = trap_dispatch(machine))
        user_enter(machine, next);
}

void trap_leave(struct machine *machine) { longjmp(machine->leave, 1); }

#endif
