/* SPDX-License-Identifier: MIT */
/* The kernel's side of the trap path: asks entry/ and says whose registers to load. Runs on the trap stack only. */
#include "riscv64.h"

#include "entry/entry.h"
#include "entry/fast.h"

struct machine *machine_current;

#define OFFSET(field, offset) _Static_assert(offsetof(struct registers, field) == (offset), #field " moved: trap.S")
OFFSET(call.operation, REGISTERS_OPERATION);
OFFSET(call.handle, REGISTERS_HANDLE);
OFFSET(call.filter, REGISTERS_FILTER);
OFFSET(ip, REGISTERS_IP);
OFFSET(full, REGISTERS_FULL);
OFFSET(general, REGISTERS_GENERAL(0));

#define CAUSE_INTERRUPT ((uint64_t)1 << 63)
#define CAUSE_ILLEGAL   2

/* The fast way back: one test for nearly everything that may forbid it. */
static inline struct registers *resume_with(struct machine *machine, struct thread *next)
{
    if (__builtin_expect(next == NULL || (machine->attention | machine->kernel->halted) != 0 ||
                             (next->marks & THREAD_RESTART) != 0, 0))
        return run_next(machine, next);
    space_activate(next);
    return &next->registers;
}

/* Kept out of trap_syscall, so that it needs no frame. */
static __attribute__((noinline)) struct registers *syscall_slow(struct kernel *kernel)
{
    return resume_with(kernel->machine, entry_syscall_slow(kernel));
}

static __attribute__((noinline)) struct registers *syscall_crossing(struct kernel *kernel)
{
    struct thread *next = fast_crossing(kernel);
    return next != NULL ? resume_with(kernel->machine, next) : syscall_slow(kernel);
}

/* A fast path leaves nothing that could forbid to go straight back: a run with a limit does not take any. */
struct registers *trap_syscall(void)
{
    struct kernel *kernel = machine_current->kernel;
    struct thread *next = fast_syscall(kernel);
    if (__builtin_expect(next == NULL, 0))
        return fast_is_crossing(kernel) ? syscall_crossing(kernel) : syscall_slow(kernel);
    csr_write(satp, next->space->machine.satp);
    return &next->registers;
}

struct registers *trap_first(void) { return run_next(machine_current, run_first(machine_current)); }

/* Is this an instruction of the extensions F or D, or one that looks at their state? */
static int is_floating_point(uint64_t instruction)
{
    unsigned low = (unsigned)instruction & 0x7f, upper = (unsigned)(instruction >> 13) & 7, csr;
    if ((instruction & 3) != 3) /* compressed: c.fld, c.fsd, c.fldsp, c.fsdsp */
        return ((instruction & 3) == 0 || (instruction & 3) == 2) && (upper == 1 || upper == 5);
    csr = (unsigned)(instruction >> 20) & 0xfff;
    return low == 0x07 || low == 0x27 || (low >= 0x43 && low <= 0x53) ||
           (low == 0x73 && (instruction >> 12 & 7) != 0 && csr >= 1 && csr <= 3); /* with function 0 it is no csr* */
}

static struct thread *fault(struct kernel *kernel, uint64_t cause, uint64_t value)
{
    static const uint8_t accesses[] = {
        [1] = UK_RIGHT_EXECUTE,  [5] = UK_RIGHT_READ,  [7] = UK_RIGHT_WRITE, /* access faults */
        [12] = UK_RIGHT_EXECUTE, [13] = UK_RIGHT_READ, [15] = UK_RIGHT_WRITE, /* page faults */
    };
    uk_word ip = kernel->current->registers.ip;
    if (cause < sizeof accesses && accesses[cause] != 0)
        return entry_fault(kernel, UK_FAULT_PAGE, value, accesses[cause], ip);
    value = cause == CAUSE_ILLEGAL ? value : 0; /* else misaligned, a breakpoint, or what only later processors know */
    return entry_fault(kernel, is_floating_point(value) ? UK_FAULT_FLOATING_POINT : UK_FAULT_INSTRUCTION, 0, 0, ip);
}

struct registers *trap_other(uint64_t cause, uint64_t value)
{
    struct machine *machine = machine_current;
    struct kernel *kernel = machine->kernel;
    if (cause == (CAUSE_INTERRUPT | INTERRUPT_TIMER)) {
        if (clock_tick(machine))
            return run_next(machine, entry_fault(kernel, UK_FAULT_RUNAWAY, 0, 0, kernel->current->registers.ip));
    } else if (cause == (CAUSE_INTERRUPT | INTERRUPT_EXTERNAL)) {
        device_claim(machine);
    } else if ((cause & CAUSE_INTERRUPT) == 0) {
        return resume_with(machine, fault(kernel, cause, value));
    }
    return run_next(machine, kernel->current);
}

/* Should it have been the kernel's guest, the run is over; the program that brought it lives, and is told. */
void trap_kernel(uint64_t cause, uint64_t ip, uint64_t value)
{
    struct machine *machine = machine_current;
    if (machine != NULL && machine->kernel->guest != NULL)
        machine_panic(machine->kernel, machine->kernel->guest->crash);
    console_text("ukern: the kernel faulted: cause ");
    console_hex(cause);
    console_text(" at ");
    console_hex(ip);
    console_text(", address ");
    console_hex(value);
    console_text("\n");
    power_off(EXIT_PANIC);
}
