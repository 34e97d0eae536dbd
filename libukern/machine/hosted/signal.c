/* SPDX-License-Identifier: MIT */
/* Host signals: a handler saves user code's state, sends the frame to the kernel and returns on its own stack. */
#include "hosted.h"

#include <pthread.h>
#include <string.h>

#include "annotate.h"

enum {
    TRAP_PROTECTION = 13, /* x86: an address that is none (not canonical) */
    ERROR_WRITE = 2,
    ERROR_FETCH = 16
};

/* Handlers belong to the process, runs to host threads: the first run installs, the last puts back. The one state that
 * cannot live in a kernel's memory, because several kernels share it. */
static struct {
    pthread_mutex_t lock;
    unsigned runs;
    struct sigaction previous[HOSTED_SIGNALS];
} installed = {.lock = PTHREAD_MUTEX_INITIALIZER};

int signal_timer(void) { return SIGRTMAX - 1; }

static int signal_number(unsigned index)
{
    static const int faults[HOSTED_FAULT_SIGNALS] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    return index < HOSTED_FAULT_SIGNALS ? faults[index] : signal_timer();
}

static void signal_set(sigset_t *set)
{
    sigemptyset(set);
    for (unsigned i = 0; i < HOSTED_SIGNALS; i++)
        sigaddset(set, signal_number(i));
}

/* Not ours: whoever was there before us decides. */
static void signal_chain(int number, siginfo_t *info, void *frame)
{
    unsigned index = 0;
    while (signal_number(index) != number)
        index++;
    const struct sigaction *previous = &installed.previous[index];
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, frame);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    } else if (previous->sa_handler == SIG_DFL || info->si_code > 0) {
        signal(number, SIG_DFL); /* the fault happens again and ends the process, as it would have without us */
        if (info->si_code <= 0)
            raise(number);
    }
}

static struct hosted_fault fault_describe(int number, const siginfo_t *info, const ucontext_t *frame)
{
    const greg_t *general = frame->uc_mcontext.gregs;
    struct hosted_fault fault = {UK_FAULT_PAGE, UK_RIGHT_READ, (uk_word)(uintptr_t)info->si_addr, number == SIGSEGV};
    if (number == SIGILL || number == SIGFPE)
        return (struct hosted_fault){number == SIGILL ? UK_FAULT_INSTRUCTION : UK_FAULT_ARITHMETIC, 0, 0, 0};
    if (number == SIGSEGV && general[REG_TRAPNO] == TRAP_PROTECTION)
        return (struct hosted_fault){UK_FAULT_PAGE, UK_RIGHT_READ, UK_FOREVER, 0};
    if (general[REG_ERR] & ERROR_FETCH || fault.address == (uk_word)general[REG_RIP])
        fault.access = UK_RIGHT_EXECUTE;
    else if (general[REG_ERR] & ERROR_WRITE)
        fault.access = UK_RIGHT_WRITE;
    return fault;
}

/* The kernel's guest crashed, and so has the kernel: but the embedder lives, and is told. */
static int signal_guest(const struct machine *machine, const siginfo_t *info, ucontext_t *frame)
{
    if (machine == NULL || machine->registers != NULL || machine->kernel->guest == NULL || info->si_code <= 0)
        return 0;
    greg_t *general = frame->uc_mcontext.gregs;
    general[REG_RSP] = (greg_t)(((uintptr_t)machine->stack - 16) & ~(uintptr_t)15) - 8; /* as if it had been called */
    general[REG_RIP] = (greg_t)(uintptr_t)run_guest_crashed;
    general[REG_EFL] = 0x202;
    return 1;
}

static void signal_fault(int number, siginfo_t *info, void *argument)
{
    struct machine *machine = machine_current;
    ucontext_t *frame = argument;
#if defined(UKERN_SWITCH_UCONTEXT)
    if (trap_restore(machine, frame))
        return;
#endif
    if (signal_guest(machine, info, frame))
        return;
    if (machine == NULL || machine->registers == NULL || info->si_code <= 0) {
        signal_chain(number, info, argument);
        return;
    }
    machine->fault = fault_describe(number, info, frame);
    if (number == SIGSEGV)
        annotate_fault(frame->uc_mcontext.gregs, machine->fault.address);
    context_redirect(machine, frame, trap_fault_landing);
}

/* A tick for a run that is not the innermost: it is inside its kernel, and will look. */
static void tick_outer(const struct machine *inner, const void *target)
{
    for (struct machine *machine = inner ? inner->outer : NULL; machine != NULL; machine = machine->outer)
        if (machine == target && machine->real_time)
            atomic_fetch_or(&machine->attention, ATTENTION_TIMER);
}

static void signal_tick(int number, siginfo_t *info, void *argument)
{
    struct machine *machine = machine_current;
    if (info->si_code != SI_TIMER)
        signal_chain(number, info, argument);
    else if (machine != NULL && info->si_value.sival_ptr == machine)
        clock_tick(machine, argument);
    else
        tick_outer(machine, info->si_value.sival_ptr);
}

static int handlers_install(void)
{
    struct sigaction action;
    annotate_hidden(NULL, UK_PAGE); /* user code that goes astray there faults, too */
    memset(&action, 0, sizeof action);
    signal_set(&action.sa_mask);
    for (unsigned i = 0; i < HOSTED_SIGNALS; i++) {
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
        action.sa_sigaction = i < HOSTED_FAULT_SIGNALS ? signal_fault : signal_tick;
        if (sigaction(signal_number(i), &action, &installed.previous[i]) != 0) {
            while (i-- > 0)
                sigaction(signal_number(i), &installed.previous[i], NULL);
            return 0;
        }
    }
    return 1;
}

static int handlers_acquire(void)
{
    pthread_mutex_lock(&installed.lock);
    int done = installed.runs > 0 || handlers_install();
    installed.runs += done ? 1 : 0;
    pthread_mutex_unlock(&installed.lock);
    return done;
}

static void handlers_release(void)
{
    pthread_mutex_lock(&installed.lock);
    if (--installed.runs == 0)
        for (unsigned i = 0; i < HOSTED_SIGNALS; i++)
            sigaction(signal_number(i), &installed.previous[i], NULL);
    pthread_mutex_unlock(&installed.lock);
}

int signal_enter(struct machine *machine)
{
    stack_t stack = {.ss_sp = machine->signal_stack, .ss_flags = 0, .ss_size = machine->signal_stack_bytes};
    sigset_t ours;
    if (sigaltstack(&stack, &machine->previous_stack) != 0)
        return 0;
    if (!handlers_acquire()) {
        sigaltstack(&machine->previous_stack, NULL);
        return 0;
    }
    signal_set(&ours);
    pthread_sigmask(SIG_UNBLOCK, &ours, &machine->previous_mask);
    return 1;
}

/* The timer is gone, but its last signal may be on the way, and without our handler it would end the process. */
static void ticks_drain(const struct machine *machine)
{
    const struct timespec none = {0, 0};
    sigset_t timer;
    siginfo_t info;
    sigemptyset(&timer);
    sigaddset(&timer, signal_timer());
    pthread_sigmask(SIG_BLOCK, &timer, NULL);
    while (sigtimedwait(&timer, &info, &none) > 0)
        tick_outer(machine, info.si_value.sival_ptr);
}

void signal_leave(struct machine *machine)
{
    ticks_drain(machine);
    handlers_release();
    pthread_sigmask(SIG_SETMASK, &machine->previous_mask, NULL);
    sigaltstack(&machine->previous_stack, NULL);
}
