/* SPDX-License-Identifier: MIT */
/* The run loop: everything that may happen between two pieces of user code, except the fast way through trap.c. */
#include "hosted.h"

#include <stdlib.h>

#include "core/deadline.h"
#include "entry/entry.h"
#include "entry/fold.h"

/* Should the run end here? Then machine->end says how. */
static int run_over(struct machine *machine)
{
    const struct kernel *kernel = machine->kernel;
    if (kernel->halted)
        machine->end = UK_RUN_HALTED;
    else if (atomic_load(&machine->attention) & ATTENTION_BREAK || kernel->now >= machine->until)
        machine->end = UK_RUN_DEADLINE;
    else if (kernel->counters.entries >= machine->entries_limit)
        machine->end = UK_RUN_ENTRIES;
    else
        return 0;
    return 1;
}

/* Whatever asked for attention gets it. 1: then also entry_interrupt is due. */
static int run_attend(struct machine *machine)
{
    uint32_t attention = atomic_load(&machine->attention);
    int due = 0;
    if (attention & ATTENTION_DEVICE)
        due = machine_devices_settle(machine->kernel);
    if (attention & (ATTENTION_TIMER | ATTENTION_RESTART)) {
        atomic_fetch_and(&machine->attention, ~(uint32_t)(ATTENTION_TIMER | ATTENTION_RESTART));
        due = 1;
    }
    return due;
}

static struct thread *run_interrupt(struct machine *machine)
{
    struct thread *next = entry_interrupt(machine->kernel);
    machine->armed = UK_FOREVER - 1;
    machine_time_arm(machine->kernel, machine->kernel->next_event);
    return next;
}

/* Nobody can run: let time pass up to the next deadline. 0: there is none. */
static int run_wait(struct machine *machine)
{
    const struct deadline *first = deadline_first(machine->kernel);
    if (first == NULL || (!machine->real_time && first->at > CLOCK_END))
        return 0;
    uk_time until = first->at < machine->until ? first->at : machine->until;
    if (machine->real_time)
        clock_sleep(machine, until);
    else
        machine_time_advance(machine->kernel, until);
    return 1;
}

/* Nobody can run. 1: something has happened, and entry_interrupt is due; 0: nothing ever will. */
static int run_idle(struct machine *machine)
{
    device_poll(machine, UINT32_MAX);
    if (atomic_load(&machine->attention) & ATTENTION_DEVICE)
        return machine_devices_settle(machine->kernel);
    return run_wait(machine);
}

struct registers *run_next_slow(struct machine *machine, struct thread *next)
{
    fold_end(machine->kernel); /* here devices, and after the run the embedder, look at everything */
    while (!run_over(machine)) {
        if (run_attend(machine) || (next != NULL && (next->marks & THREAD_RESTART) != 0)) {
            next = run_interrupt(machine);
        } else if (next == NULL) {
            if (!run_idle(machine)) {
                machine->end = UK_RUN_IDLE;
                return NULL;
            }
            next = run_interrupt(machine);
        } else {
            if (machine->strict)
                window_activate(machine, thread_space(next));
            return &next->registers;
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

/* The run itself, with everything of the host in place. */
static void run_inside(struct machine *machine)
{
    machine->outer = machine_current;
    machine_current = machine;
    machine->running = 1;
    trap_enter(machine);
    machine->running = 0;
    machine->registers = NULL;
    machine_current = machine->outer;
    atomic_fetch_and(&machine->attention, ~(uint32_t)(ATTENTION_BREAK | ATTENTION_TIMER));
}

UK_API enum uk_run_end uk_run(struct uk_kernel *embedded, uk_time until, uint64_t entries)
{
    struct kernel *kernel = (struct kernel *)embedded;
    struct machine *machine = machine_of(kernel);
    if (kernel->panic != NULL)
        return UK_RUN_PANIC;
    if (kernel->halted)
        return UK_RUN_HALTED;
    if (!kernel->running || machine->running || (machine_current != NULL && machine_current->registers != NULL))
        return UK_RUN_REFUSED;
    machine->until = until;
    machine->entries_limit = entries;
    machine->end = UK_RUN_REFUSED;
    if (signal_enter(machine)) {
        if (clock_enter(machine))
            run_inside(machine);
        clock_leave(machine);
        signal_leave(machine);
    }
    return (enum uk_run_end)machine->end;
}

enum uk_status machine_visit(uk_resident_function function, void *context, struct uk_resident_call *call)
{
    return function(context, call);
}

/* The kernel's stack is as its guest left it, and nothing on it is needed any more. */
void run_guest_crashed(void)
{
    struct kernel *kernel = machine_current->kernel;
    machine_panic(kernel, kernel->guest->crash);
}

void machine_panic(struct kernel *kernel, const char *what)
{
    struct machine *machine = machine_of(kernel);
    kernel->panic = what;
    if (machine == NULL || !machine->running)
        abort();
    machine->end = UK_RUN_PANIC;
    trap_leave(machine);
}
