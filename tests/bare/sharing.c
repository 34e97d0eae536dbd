/* SPDX-License-Identifier: MIT */
/* The processor's time among threads that do not give it back: slices, urgency, budgets, and runaways in virtual time. */
#include <stdio.h>

#include "bare.h"
#include "clock.h"

#define MS   ((uk_time)1000000)
#define US   ((uk_time)1000)
#define LATE (20 * US)

enum {
    BELL = 10,
    DOOR,
    REPLY,
    PIECES_MAX = 512
};

void clock_begin(const struct uk_config *more)
{
    struct uk_config config = *more;
    config.run = 1;
    config.arena_bytes = 16u << 20;
    bare_boot(&config);
}

static uk_time time_of(const struct uk_task *task)
{
    struct uk_thread_info info;
    bare_need(uk_inspect_thread(bare_kernel, task->thread, &info) == UK_OK, "a thread is looked at");
    return info.time_ns;
}

static uint64_t entries_of(const struct uk_task *task)
{
    struct uk_thread_info info;
    bare_need(uk_inspect_thread(bare_kernel, task->thread, &info) == UK_OK, "a thread is looked at");
    return info.entries;
}

/* A run that ends at a time: then, and not before. */
static void run_for(uk_time span)
{
    uk_time until = bare_now() + span;
    enum uk_run_end end = uk_run(bare_kernel, until, 0);
    (void)bare_line(end == UK_RUN_DEADLINE, "... the run ends at its limit");
    (void)bare_between((int64_t)(bare_now() - until), 0, LATE, "... on time");
}

/* Slices. -------------------------------------------------------------------------------------------------------------- */

static struct {
    int64_t least, most;
    unsigned count;
} wakes;

static uk_word urgent_main(uk_word seed)
{
    uk_word bits;
    for (;;) {
        uk_time deadline = uk_clock() + 100 * US + bare_random(&seed) % (2 * MS);
        (void)uk_wait(BELL, &bits, deadline);
        int64_t by = (int64_t)(uk_clock() - deadline);
        wakes.least = wakes.count == 0 || by < wakes.least ? by : wakes.least;
        wakes.most = wakes.count == 0 || by > wakes.most ? by : wakes.most;
        wakes.count++;
    }
    return 0;
}

static void urgent_spawn(struct uk_task *task)
{
    *task = (struct uk_task){.name = "urgent", .entry = urgent_main, .argument = 5, .priority = 20, .suspended = 1};
    bare_spawn(task);
    bare_grant(task, BELL, bare_make(UK_TYPE_NOTIFICATION, 0), UK_RIGHTS_ALL, 0);
    bare_resume(task);
    wakes.count = 0;
}

static void urgent_lines(void)
{
    printf("# a more urgent thread woke %u times, late by %ld to %ld ns\n", wakes.count, (long)wakes.least, (long)wakes.most);
    (void)bare_line(wakes.count > 20, "... a more urgent thread wakes often");
    (void)bare_between(wakes.least, 0, (int64_t)LATE, "... never early");
    (void)bare_between(wakes.most, 0, (int64_t)LATE / 2, "... and hardly late");
}

static void slices(void)
{
    static struct uk_task spinners[3];
    struct uk_task urgent;
    clock_begin(&(struct uk_config){.real_time = 1, .slice_ns = 500 * US});
    for (unsigned i = 0; i < 3; i++) {
        spinners[i] = (struct uk_task){.name = "spinner", .entry = clock_spinner, .priority = 10};
        bare_spawn(&spinners[i]);
    }
    urgent_spawn(&urgent);
    (void)bare_line(1, "threads that never call the kernel");
    run_for(30 * MS);
    uk_time share = (30 * MS - time_of(&urgent)) / 3;
    for (unsigned i = 0; i < 3; i++) {
        (void)bare_between((int64_t)(time_of(&spinners[i]) - share), -501 * (int64_t)US, 501 * (int64_t)US,
                           "... each has its share, but for a slice");
        (void)bare_between((int64_t)entries_of(&spinners[i]), 0, 1, "... and made no system call");
    }
    urgent_lines();
}

/* Calls by the fast path do not look at the clock. --------------------------------------------------------------------- */

static uk_word caller_main(uk_word argument)
{
    (void)argument;
    for (;;) {
        struct uk_message message = uk_message(1, 2);
        if (uk_call(DOOR, &message, UK_FOREVER) != UK_OK)
            return 1;
    }
    return 0;
}

static uk_word answerer_main(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    (void)argument;
    while (status == UK_OK)
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    return status;
}

/* The first thread sleeps, and then its exit halts the machine. */
static struct {
    uk_handle bell;
    uint64_t begin; /* ticks */
} first;

static uk_word first_main(uk_word info)
{
    uk_word bits;
    (void)info;
    first.begin = ticks();
    return uk_wait(first.bell, &bits, uk_clock() + 30 * MS) == UK_TIMED_OUT ? 0 : 1;
}

static void calling_spawn(struct uk_task *task, uk_handle door, int passive)
{
    bare_spawn(task);
    bare_grant(task, DOOR, door, UK_RIGHTS_ALL, 0);
    bare_grant(task, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_resume(task);
    if (!passive)
        return;
    (void)uk_run(bare_kernel, UK_FOREVER, 0);
    bare_need(bare_ask(UK_SCHED_UNBIND, task->sched_context, 0) == UK_OK, "a server becomes passive");
}

static void calls(void)
{
    struct uk_task caller = {.name = "caller", .entry = caller_main, .priority = 10, .suspended = 1};
    struct uk_task answerer = {.name = "answerer", .entry = answerer_main, .priority = 10, .suspended = 1};
    struct uk_task spinner = {.name = "spinner", .entry = clock_spinner, .priority = 10}, urgent;
    clock_begin(&(struct uk_config){.real_time = 1, .slice_ns = 500 * US});
    uk_handle door = bare_make(UK_TYPE_ENDPOINT, 0);
    calling_spawn(&answerer, door, 1);
    calling_spawn(&caller, door, 0);
    bare_spawn(&spinner);
    urgent_spawn(&urgent);
    first.bell = bare_make(UK_TYPE_NOTIFICATION, 0);
    bare_need(uk_start(bare_kernel, first_main, 0) == UK_OK, "the first thread starts");
    (void)bare_line(1, "threads that do nothing but call each other");
    enum uk_run_end end = uk_run(bare_kernel, UK_FOREVER, 0);
    uint64_t after = ticks();
    (void)bare_line(end == UK_RUN_HALTED, "... the run ends when the first thread exits");
    (void)bare_between((int64_t)(after - first.begin) * 100, 30 * (int64_t)MS, (int64_t)(30 * MS + LATE), "... on time");
    (void)bare_between((int64_t)(time_of(&caller) - time_of(&spinner)), -501 * (int64_t)US, 501 * (int64_t)US,
                       "... they and a loop without calls share the time, but for a slice");
    (void)bare_line(entries_of(&caller) > 1000, "... which are thousands of calls");
    urgent_lines();
}

/* Budgets. ------------------------------------------------------------------------------------------------------------ */

/* When a thread had the processor: it reads the time register, and a gap means that it had not. */
static struct {
    uint64_t begin[PIECES_MAX], end[PIECES_MAX];
    unsigned count;
} pieces;

static uk_word clocked_main(uk_word argument)
{
    uint64_t last = 0;
    (void)argument;
    for (;;) {
        uint64_t now = ticks();
        if (now - last > 5 * US / 100 && pieces.count < PIECES_MAX)
            pieces.begin[pieces.count++] = now;
        pieces.end[pieces.count - 1] = last = now;
    }
    return 0;
}

/* The most that it had in any window of `span` ticks. */
static uint64_t most_in(uint64_t span)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < pieces.count; i++) {
        uint64_t from = pieces.begin[i], sum = 0;
        for (unsigned k = i; k < pieces.count && pieces.begin[k] < from + span; k++)
            sum += (pieces.end[k] < from + span ? pieces.end[k] : from + span) - pieces.begin[k];
        most = sum > most ? sum : most;
    }
    return most;
}

static void budgets(void)
{
    struct uk_task limited = {.name = "limited", .entry = clocked_main, .priority = 15, .budget_ns = MS, .period_ns = 10 * MS};
    struct uk_task rest = {.name = "rest", .entry = clock_spinner, .priority = 10}, urgent;
    clock_begin(&(struct uk_config){.real_time = 1});
    bare_spawn(&limited);
    bare_spawn(&rest);
    urgent_spawn(&urgent);
    (void)bare_line(1, "a thread with a budget of 1 ms in 10 ms");
    run_for(100 * MS);
    printf("# it had %lu ns of 100 ms, in %u pieces, %lu ns at most in 10 ms\n", (unsigned long)time_of(&limited), pieces.count,
           (unsigned long)(most_in(10 * MS / 100) * 100));
    (void)bare_between((int64_t)time_of(&limited), 9 * (int64_t)MS, 10 * (int64_t)(MS + LATE), "... gets its budget");
    (void)bare_between((int64_t)most_in(10 * MS / 100) * 100, 0, (int64_t)(MS + LATE), "... and no more in any 10 ms");
    (void)bare_between((int64_t)(time_of(&rest) + time_of(&urgent) + time_of(&limited)), (int64_t)(99 * MS),
                       (int64_t)(100 * MS + LATE), "... all else has the rest");
}

void clock_sharing(void)
{
    slices();
    calls();
    budgets();
}
