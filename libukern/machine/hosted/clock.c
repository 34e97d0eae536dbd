/* SPDX-License-Identifier: MIT */
/* Time: virtual, moved by kernel entries and idle jumps only, or the host's. A host timer ends runaway loops. */
#include "hosted.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    ENTRY_COST_NS = 100,
    RUNAWAY_MS = 2000,
    TICKS_PER_RUNAWAY = 20, /* so a runaway is noticed at most a twentieth too late */
    TICK_MS_MAX = 100,
    RETRY_NS = 50000        /* the timer struck inside the kernel: try again after this */
};

#if !defined(sigev_notify_thread_id)
#define sigev_notify_thread_id _sigev_un._tid
#endif

static uk_time host_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uk_time)now.tv_sec * 1000000000 + (uk_time)now.tv_nsec;
}

static struct timespec host_time(uk_time time)
{
    return (struct timespec){(time_t)(time / 1000000000), (long)(time % 1000000000)};
}

void clock_boot(struct machine *machine, const struct uk_config *config)
{
    if (!config->real_time) /* then the kernel counts by itself, and machine_time_now is never asked */
        machine->kernel->entry_cost_ns = config->entry_cost_ns ? config->entry_cost_ns : ENTRY_COST_NS;
    machine->real_time = config->real_time;
    machine->epoch = config->real_time ? host_now() : 0;
    machine->armed = UK_FOREVER;
    uint32_t runaway = config->runaway_ms ? config->runaway_ms : RUNAWAY_MS;
    machine->tick_ms = runaway / TICKS_PER_RUNAWAY;
    if (machine->tick_ms > TICK_MS_MAX)
        machine->tick_ms = TICK_MS_MAX;
    if (machine->tick_ms == 0)
        machine->tick_ms = 1;
    machine->runaway_ticks = (runaway + machine->tick_ms - 1) / machine->tick_ms;
}

uk_time machine_time_now(struct kernel *kernel)
{
    uk_time now = host_now() - machine_of(kernel)->epoch;
    return now > kernel->now ? now : kernel->now;
}

void machine_time_advance(struct kernel *kernel, uk_time time)
{
    time = time < CLOCK_END ? time : CLOCK_END;
    if (!machine_of(kernel)->real_time && time > kernel->now)
        kernel->now = time;
}

static void timer_at(struct machine *machine, uk_time host, int flags)
{
    struct itimerspec when = {{0, 0}, host_time(host)};
    (void)timer_settime(machine->timer, flags, &when, NULL);
}

void machine_time_arm(struct kernel *kernel, uk_time deadline)
{
    struct machine *machine = machine_of(kernel);
    if (!machine->real_time || !machine->timer_made)
        return;
    if (deadline > machine->until)
        deadline = machine->until;
    if (deadline == machine->armed)
        return;
    machine->armed = deadline;
    timer_at(machine, deadline == UK_FOREVER ? 0 : machine->epoch + deadline, TIMER_ABSTIME);
}

int clock_enter(struct machine *machine)
{
    struct sigevent event = {0};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal_timer();
    event.sigev_value.sival_ptr = machine;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    if (timer_create(machine->real_time ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &event, &machine->timer) != 0)
        return 0;
    machine->timer_made = 1;
    machine->ticks = 0;
    machine->armed = UK_FOREVER;
    if (machine->real_time) {
        machine_time_arm(machine->kernel, machine->kernel->next_event);
        return 1;
    }
    struct timespec tick = host_time((uk_time)machine->tick_ms * 1000000);
    return timer_settime(machine->timer, 0, &(struct itimerspec){tick, tick}, NULL) == 0;
}

void clock_leave(struct machine *machine)
{
    if (machine->timer_made)
        timer_delete(machine->timer);
    machine->timer_made = 0;
}

/* Virtual time stands still while user code loops: only the host can tell that it does. */
static void runaway_tick(struct machine *machine, ucontext_t *frame)
{
    uint64_t entries = machine->kernel->counters.entries;
    machine->ticks = entries == machine->tick_entries ? machine->ticks + 1 : 0;
    machine->tick_entries = entries;
    if (machine->ticks < machine->runaway_ticks)
        return;
    machine->ticks = 0;
    machine->fault = (struct hosted_fault){UK_FAULT_RUNAWAY, 0, 0, 0};
    context_redirect(machine, frame, trap_fault_landing);
}

/* The timer's signal; on the signal stack. */
void clock_tick(struct machine *machine, ucontext_t *frame)
{
    int in_user = machine->registers != NULL &&
                  trap_in_user(machine, (uk_word)frame->uc_mcontext.gregs[REG_RIP],
                               (uk_word)frame->uc_mcontext.gregs[REG_RSP]);
    if (machine->real_time)
        atomic_fetch_or(&machine->attention, ATTENTION_TIMER);
    if (!in_user) {
        if (machine->real_time)
            timer_at(machine, RETRY_NS, 0);
        return;
    }
    if (atomic_load(&machine->attention) & (ATTENTION_TIMER | ATTENTION_BREAK))
        context_redirect(machine, frame, trap_preempt_landing);
    else
        runaway_tick(machine, frame);
}

/* Real time, nobody can run: wait for the deadline, a break or a signal. */
void clock_sleep(struct machine *machine, uk_time until)
{
    struct timespec host = host_time(machine->epoch + until);
    uint32_t attention = atomic_load(&machine->attention);
    if (attention & ~(uint32_t)ATTENTION_STRICT)
        return;
    (void)syscall(SYS_futex, &machine->attention, FUTEX_WAIT_BITSET_PRIVATE, attention,
                  until == UK_FOREVER ? NULL : &host, NULL, FUTEX_BITSET_MATCH_ANY);
}

UK_API void uk_break(struct uk_kernel *kernel)
{
    struct machine *machine = machine_of((struct kernel *)kernel);
    atomic_fetch_or(&machine->attention, ATTENTION_BREAK);
    (void)syscall(SYS_futex, &machine->attention, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int machine_preempted(struct kernel *kernel)
{
    struct machine *machine = machine_of(kernel);
    if (atomic_load_explicit(&machine->attention, memory_order_relaxed) & ~(uint32_t)ATTENTION_STRICT)
        return 1;
    if (!kernel->choosing || kernel->choose(kernel->choose_context, UK_CHOICE_PREEMPT, 2) == 0)
        return 0;
    if (machine->running) /* stepping, whoever steps asks again by himself */
        atomic_fetch_or(&machine->attention, ATTENTION_RESTART);
    return 1;
}
