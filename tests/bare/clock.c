/* SPDX-License-Identifier: MIT */
/* Real time: whatever ends at a deadline ends there, never before and hardly after. For a clock of instructions (QEMU's
 * -icount shift=0,sleep=off), where an instruction takes a nanosecond and nothing else takes time. */
#include <stdio.h>

#include "bare.h"
#include "clock.h"

/* Bounds in ns. A kernel entry is some hundred instructions, and the firmware's part of a timer interrupt some hundred. */
#define LATE     10000 /* with other threads about, that wake at the same time */
#define LATE_ONE 5000 /* alone */
#define MS       ((uk_time)1000000)
#define TICK     100 /* the time register has 10 MHz */

enum {
    BELL = 10, /* slots of all */
    TIMER,
    SLEEPERS = 32,
    NAPS = 40,
    RINGS = 200
};

struct lateness {
    int64_t least, most;
    unsigned count;
};

static void late(struct lateness *lateness, uk_time deadline, uk_time now)
{
    int64_t by = (int64_t)(now - deadline);
    lateness->least = lateness->count == 0 || by < lateness->least ? by : lateness->least;
    lateness->most = lateness->count == 0 || by > lateness->most ? by : lateness->most;
    lateness->count++;
}

static void lateness_lines(const struct lateness *lateness, unsigned count, int64_t bound, const char *what)
{
    printf("# %s: %u times, late by %ld to %ld ns\n", what, lateness->count, (long)lateness->least, (long)lateness->most);
    (void)bare_line(lateness->count == count, "... each of them");
    (void)bare_between(lateness->least, 0, INT64_MAX, "... never early");
    (void)bare_between(lateness->most, 0, bound, "... and hardly late");
}

static uk_handle bell, timer;

static void begin(void)
{
    clock_begin(&(struct uk_config){.real_time = 1});
    bell = bare_make(UK_TYPE_NOTIFICATION, 0);
    timer = bare_make(UK_TYPE_TIMER, 0);
}

static void start(struct uk_task *task)
{
    task->suspended = 1;
    bare_spawn(task);
    bare_grant(task, BELL, bell, UK_RIGHTS_ALL, 0);
    bare_grant(task, TIMER, timer, UK_RIGHTS_ALL, 0);
    bare_resume(task);
}

/* Deadlines of waits. ------------------------------------------------------------------------------------------------- */

static struct {
    struct lateness lateness;
    uk_time last;
    unsigned disorder, wrong;
} naps;

/* Nobody rings, so that every wait ends at its deadline. */
static uk_word sleeper_main(uk_word seed)
{
    uk_word bits;
    for (unsigned i = 0; i < NAPS; i++) {
        uk_time deadline = uk_clock() + 50000 + bare_random(&seed) % (4 * MS);
        naps.wrong += uk_wait(BELL, &bits, deadline) != UK_TIMED_OUT;
        late(&naps.lateness, deadline, uk_clock());
        naps.disorder += deadline < naps.last;
        naps.last = deadline;
    }
    return 0;
}

static void deadlines(void)
{
    struct uk_task tasks[SLEEPERS];
    begin();
    for (unsigned i = 0; i < SLEEPERS; i++) {
        tasks[i] = (struct uk_task){.name = "sleeper", .entry = sleeper_main, .argument = i + 1, .priority = 10};
        start(&tasks[i]);
    }
    (void)bare_line(uk_run(bare_kernel, UK_FOREVER, 0) == UK_RUN_IDLE && naps.wrong == 0, "threads wait until deadlines");
    lateness_lines(&naps.lateness, SLEEPERS * NAPS, LATE, "threads' deadlines");
    (void)bare_between(naps.disorder, 0, 1, "... in their order");
}

/* Timers. -------------------------------------------------------------------------------------------------------------- */

static struct {
    struct lateness lateness;
    unsigned missed;
    uint64_t ticks;
    uk_time time;
} rings;

static uk_word ringer_main(uk_word period)
{
    uk_word bits;
    uk_time begin = uk_clock() + 300000;
    (void)uk_timer_set(TIMER, begin, period);
    for (unsigned i = 0; i < RINGS; i++) {
        rings.missed += uk_wait(BELL, &bits, UK_FOREVER) != UK_OK;
        late(&rings.lateness, begin + i * period, uk_clock());
    }
    rings.ticks = ticks();
    rings.time = uk_clock();
    return uk_timer_set(TIMER, UK_FOREVER, 0);
}

static void periodic(void)
{
    struct uk_task task = {.name = "ringer", .entry = ringer_main, .argument = 123400, .priority = 10};
    begin();
    bare_need(bare_ask(UK_TIMER_BIND, timer, bell) == UK_OK, "a timer rings");
    start(&task);
    (void)bare_line(uk_run(bare_kernel, UK_FOREVER, 0) == UK_RUN_IDLE && rings.missed == 0, "a timer rings periodically");
    lateness_lines(&rings.lateness, RINGS, LATE_ONE, "a periodic timer");
}

/* Many timers for one thread: each has a bit, and a time. */
enum { TIMERS = 16 };
static struct {
    struct lateness lateness;
    uk_time at[TIMERS];
} alarms;

static uk_word alarmed_main(uk_word argument)
{
    uk_word bits, seed = 7, heard = 0;
    (void)argument;
    for (unsigned i = 0; i < TIMERS; i++) {
        alarms.at[i] = uk_clock() + MS + bare_random(&seed) % (10 * MS);
        (void)uk_timer_set(TIMER + i, alarms.at[i], 0);
    }
    while (heard != ((uk_word)1 << TIMERS) - 1 && uk_wait(BELL, &bits, UK_FOREVER) == UK_OK) {
        uk_time now = uk_clock();
        for (unsigned i = 0; i < TIMERS; i++)
            if ((bits >> i & 1) != 0)
                late(&alarms.lateness, alarms.at[i], now);
        heard |= bits;
    }
    return heard;
}

static void many_timers(void)
{
    struct uk_task task = {.name = "alarmed", .entry = alarmed_main, .priority = 10, .suspended = 1};
    begin();
    bare_spawn(&task);
    bare_grant(&task, BELL, bell, UK_RIGHTS_ALL, 0);
    for (unsigned i = 0; i < TIMERS; i++) {
        uk_handle bit = uk_slots(bare_kernel, 1), one = bare_make(UK_TYPE_TIMER, 0);
        (void)bare_ask(UK_CAPABILITY_MINT, UK_SLOT_CNODE, bit, bell, 0, UK_RIGHTS_ALL, (uk_word)1 << i);
        bare_need(bare_ask(UK_TIMER_BIND, one, bit) == UK_OK, "a timer rings");
        bare_grant(&task, TIMER + i, one, UK_RIGHTS_ALL, 0);
    }
    bare_resume(&task);
    (void)bare_line(uk_run(bare_kernel, UK_FOREVER, 0) == UK_RUN_IDLE, "many timers ring");
    lateness_lines(&alarms.lateness, TIMERS, LATE_ONE, "timers");
}

/* The clock itself. ------------------------------------------------------------------------------------------------- */

static struct {
    int64_t back, apart;
    uint64_t first_ticks, last_ticks;
    uk_time first, last;
} readings;

static uk_word reader_main(uk_word count)
{
    uk_time before = 0;
    readings.first_ticks = ticks();
    readings.first = before = uk_clock();
    for (uk_word i = 0; i < count; i++) {
        uk_time now = uk_clock();
        readings.back += now < before;
        before = now;
    }
    readings.last_ticks = ticks();
    readings.last = uk_clock();
    return 0;
}

static void reading(void)
{
    struct uk_task task = {.name = "reader", .entry = reader_main, .argument = 3000, .priority = 10};
    begin();
    start(&task);
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
    (void)bare_between(readings.back, 0, 1, "the clock never goes back");
    int64_t apart = (int64_t)(readings.last - readings.first) - (int64_t)(readings.last_ticks - readings.first_ticks) * TICK;
    (void)bare_between(apart, -2 * TICK, 2 * TICK, "and goes as the time register does");
}

int main(void)
{
    deadlines();
    periodic();
    many_timers();
    reading();
    clock_sharing();
    clock_overrun();
    (void)bare_line(bare_check("in the end"), "the kernel's invariants hold in the end");
    return bare_failed != 0;
}
