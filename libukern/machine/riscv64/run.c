/* SPDX-License-Identifier: MIT */
/* The run loop: everything that may happen between two pieces of user code, except the fast way through trap.c. */
#include "riscv64.h"

#include "core/deadline.h"
#include "entry/entry.h"
#include "entry/fold.h"

/* Should the run end here? Then machine->end says how. */
static int run_over(struct machine *machine)
{
    const struct kernel *kernel = machine->kernel;
    if (kernel->halted)
        machine->end = UK_RUN_HALTED;
    else if (kernel->now >= machine->until)
        machine->end = UK_RUN_DEADLINE;
    else if (kernel->counters.entries >= machine->entries_limit)
        machine->end = UK_RUN_ENTRIES;
    else
        return 0;
    return 1;
}

static struct thread *run_interrupt(struct machine *machine)
{
    machine->attention &= ~(uint32_t)ATTENTION_INTERRUPT;
    struct thread *next = entry_interrupt(machine->kernel);
    machine_time_arm(machine->kernel, machine->kernel->next_event);
    return next;
}

/* Nobody can run. 1: something has happened, or will; 0: nothing ever will. */
static int run_idle(struct machine *machine)
{
    const struct deadline *first = deadline_first(machine->kernel);
    device_poll(machine, UINT32_MAX);
    if (machine_devices_settle(machine->kernel))
        return 1;
    if (machine->real_time) {
        if (first == NULL && machine->until == UK_FOREVER && !machine->has_lines)
            return 0;
        machine_time_arm(machine->kernel, first != NULL ? first->at : UK_FOREVER);
        clock_wait();
        return 1;
    }
    if (first != NULL)
        machine_time_advance(machine->kernel, first->at < machine->until ? first->at : machine->until);
    else if (machine->has_lines)
        clock_wait();
    return first != NULL || machine->has_lines;
}

struct registers *run_next(struct machine *machine, struct thread *next)
{
    fold_end(machine->kernel); /* here devices, and after the run the embedder, look at everything */
    while (!run_over(machine)) {
        if ((machine->attention & ATTENTION_DEVICE) != 0 && machine_devices_settle(machine->kernel))
            machine->attention |= ATTENTION_INTERRUPT;
        if ((machine->attention & ATTENTION_INTERRUPT) != 0 || (next != NULL && (next->marks & THREAD_RESTART) != 0)) {
            next = run_interrupt(machine);
        } else if (next != NULL) {
            space_activate(next);
            return &next->registers;
        } else if (run_idle(machine)) {
            next = run_interrupt(machine);
        } else {
            machine->end = UK_RUN_IDLE;
            break;
        }
    }
    return NULL;
}

/* Who begins the run. Its own kernel entry does not count against the limit. */
struct thread *run_first(struct machine *machine)
{
    uint64_t entries = machine->entries_limit;
    struct thread *next = run_interrupt(machine);
    machine->entries_limit = entries ? machine->kernel->counters.entries + entries : UINT64_MAX;
    return next;
}

UK_API enum uk_run_end uk_run(struct uk_kernel *embedded, uk_time until, uint64_t entries)
{
    struct kernel *kernel = (struct kernel *)embedded;
    struct machine *machine = machine_of(kernel);
    if (kernel->panic != NULL)
        return UK_RUN_PANIC;
    if (kernel->halted)
        return UK_RUN_HALTED;
    if (!kernel->running || (machine_current != NULL && machine_current->running))
        return UK_RUN_REFUSED;
    uint32_t watched = kernel->watched;
    machine->attention &= ~(uint32_t)ATTENTION_LIMIT;
    if (until != UK_FOREVER || entries != 0) { /* then each entry is looked at */
        machine->attention |= ATTENTION_LIMIT;
        kernel->watched = 1;
        kernel->fast_until = 0;
    }
    machine->until = until;
    machine->entries_limit = entries;
    machine_current = machine;
    machine->running = 1;
    platform_runs(kernel);
    clock_enter(machine);
    trap_enter();
    csr_write(satp, space_kernel_satp());
    clock_leave();
    platform_runs(NULL);
    machine->running = 0;
    kernel->watched = watched;
    return (enum uk_run_end)machine->end;
}

UK_API void uk_break(struct uk_kernel *kernel)
{
    machine_of((struct kernel *)kernel)->until = 0;
    machine_of((struct kernel *)kernel)->attention |= ATTENTION_LIMIT;
}

UK_API void uk_edge(void) {}

int machine_preempted(struct kernel *kernel)
{
    struct machine *machine = machine_of(kernel);
    if ((csr_read(sip) & csr_read(sie)) != 0 || (machine->attention & ATTENTION_DEVICE) != 0)
        return 1;
    if (!kernel->choosing || kernel->choose(kernel->choose_context, UK_CHOICE_PREEMPT, 2) == 0)
        return 0;
    if (machine->running)
        machine->attention |= ATTENTION_INTERRUPT;
    return 1;
}

void machine_panic(struct kernel *kernel, const char *what)
{
    struct machine *machine = machine_of(kernel);
    kernel->panic = what;
    if (machine != NULL && machine->running) {
        machine->end = UK_RUN_PANIC;
        trap_leave();
    }
    console_text("ukern: the kernel broke a promise: ");
    console_text(what);
    console_text("\n");
    power_off(EXIT_PANIC);
}
