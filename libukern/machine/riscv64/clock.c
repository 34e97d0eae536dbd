/* SPDX-License-Identifier: MIT */
/* Time: the time register and the firmware's timer, never programmed later than what is due; or virtual time. */
#include "riscv64.h"
#include "sbi.h"

enum { ENTRY_COST_NS = 100, RUNAWAY_MS = 2000 };
#define SECOND_NS ((uint64_t)1000000000)

/* Rounded down, so that no deadline seems to have passed before it has. */
static uk_time ticks_to_ns(uint64_t ticks)
{
    uint64_t hz = platform.facts.timebase_hz;
    return ticks / hz * SECOND_NS + ticks % hz * SECOND_NS / hz;
}

/* Rounded up, so that the timer never strikes before a deadline. */
static uint64_t ns_to_ticks(uk_time time)
{
    uint64_t hz = platform.facts.timebase_hz;
    return time / SECOND_NS * hz + (time % SECOND_NS * hz + SECOND_NS - 1) / SECOND_NS;
}

void clock_boot(struct machine *machine, const struct uk_config *config)
{
    uint32_t runaway = config->runaway_ms ? config->runaway_ms : RUNAWAY_MS;
    machine->real_time = config->real_time;
    if (!config->real_time) /* then the kernel counts by itself, and machine_time_now is never asked */
        machine->kernel->entry_cost_ns = config->entry_cost_ns ? config->entry_cost_ns : ENTRY_COST_NS;
    machine->epoch = csr_read(time);
    machine->tick_ns = SECOND_NS % platform.facts.timebase_hz == 0 ? SECOND_NS / platform.facts.timebase_hz : 0;
    machine->armed = UK_FOREVER;
    machine->runaway_ticks = runaway * platform.facts.timebase_hz / 1000;
}

uk_time machine_time_now(struct kernel *kernel)
{
    const struct machine *machine = machine_of(kernel);
    uint64_t ticks = csr_read(time) - machine->epoch; /* the register never goes back */
    return machine->tick_ns != 0 ? ticks * machine->tick_ns : ticks_to_ns(ticks);
}

void machine_time_advance(struct kernel *kernel, uk_time time)
{
    time = time < UK_FOREVER / 2 ? time : UK_FOREVER / 2; /* farther, and kernel entries could make it wrap */
    if (!machine_of(kernel)->real_time && time > kernel->now)
        kernel->now = time;
}

/* Moving it costs a call of the firmware, so it only ever moves forward: one that strikes too early looks, and is set anew. */
void machine_time_arm(struct kernel *kernel, uk_time deadline)
{
    struct machine *machine = machine_of(kernel);
    deadline = deadline < machine->until ? deadline : machine->until;
    if (deadline >= machine->armed || !machine->real_time || !machine->running)
        return;
    machine->armed = deadline;
    sbi_set_timer(machine->epoch + ns_to_ticks(deadline));
}

static void watch_runaway(struct machine *machine)
{
    machine->runaway_entries = machine->kernel->counters.entries;
    machine->runaway_at = csr_read(time) + machine->runaway_ticks;
    sbi_set_timer(machine->runaway_at);
}

void clock_enter(struct machine *machine)
{
    machine->armed = UK_FOREVER;
    if (machine->real_time)
        machine_time_arm(machine->kernel, machine->kernel->next_event);
    else
        watch_runaway(machine);
    csr_write(sie, (uint64_t)1 << INTERRUPT_TIMER | (uint64_t)1 << INTERRUPT_EXTERNAL);
}

void clock_leave(void)
{
    csr_write(sie, 0);
    sbi_set_timer(UINT64_MAX);
}

int clock_tick(struct machine *machine)
{
    sbi_set_timer(UINT64_MAX);
    machine->armed = UK_FOREVER;
    if (machine->real_time) {
        machine->attention |= ATTENTION_INTERRUPT;
        return 0;
    }
    int runaway = machine->kernel->counters.entries == machine->runaway_entries;
    watch_runaway(machine);
    return runaway;
}

/* Nobody can run: until an interrupt is pending, which is then taken here. */
void clock_wait(void)
{
    struct machine *machine = machine_current;
    uint64_t pending;
    while ((pending = csr_read(sip) & csr_read(sie)) == 0)
        __asm__ volatile("wfi");
    if ((pending >> INTERRUPT_TIMER & 1) != 0)
        (void)clock_tick(machine);
    if ((pending >> INTERRUPT_EXTERNAL & 1) != 0)
        device_claim(machine);
}
