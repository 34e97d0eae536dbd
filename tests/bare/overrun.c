/* SPDX-License-Identifier: MIT */
/* Faults of time: loops that never enter the kernel, in virtual time, and budgets that are spent, in real time. */
#include <stdio.h>
#include <string.h>

#include "bare.h"
#include "clock.h"

#define MS   ((uk_time)1000000)
#define LATE ((uk_time)20000)

enum {
    DOOR = 10,
    REPLY
};

uk_word clock_spinner(uk_word argument)
{
    for (;;)
        __asm__ volatile("" ::"r"(argument));
    return 0;
}

/* Faults of time. ----------------------------------------------------------------------------------------------------- */

static struct {
    uk_word tag, word[UK_REGISTER_WORDS];
    unsigned count;
    uint64_t ticks; /* of the last one */
} heard;

static uk_word judge_main(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(DOOR, &message, REPLY, UK_FOREVER);
    (void)argument;
    while (status == UK_OK) {
        heard.tag = message.tag;
        heard.ticks = ticks();
        memcpy(heard.word, message.word, sizeof heard.word);
        message = uk_message(++heard.count < 3 ? UK_FAULT_RESUME : UK_FAULT_KILL, 0);
        status = uk_reply_receive(DOOR, &message, REPLY, UK_FOREVER);
    }
    return status;
}

/* A spinner whose faults of `kind` are forgiven twice. */
static void judged(struct uk_task *task, uint32_t kind, uk_word flags, const char *what)
{
    struct uk_task judge = {.name = "judge", .entry = judge_main, .priority = 40, .suspended = 1};
    uk_handle door = bare_make(UK_TYPE_ENDPOINT, 0);
    heard.count = 0;
    bare_spawn(&judge);
    bare_grant(&judge, DOOR, door, UK_RIGHTS_ALL, 0);
    bare_grant(&judge, REPLY, bare_make(UK_TYPE_REPLY, 0), UK_RIGHTS_ALL, 0);
    bare_resume(&judge);
    task->suspended = 1;
    bare_spawn(task);
    bare_need(bare_ask(UK_THREAD_CONFIGURE, task->thread, 0, 0, door, 0, flags, UK_PART_FAULT | UK_PART_FLAGS) == UK_OK,
              "a judge is set");
    bare_resume(task);
    (void)bare_line(uk_run(bare_kernel, UK_FOREVER, 0) == UK_RUN_IDLE && bare_state(task) == UK_THREAD_DEAD, what);
    (void)bare_line(heard.count == 3 && UK_TAG_LABEL(heard.tag) == kind && (heard.tag & UK_TAG_FAULT) != 0 &&
                        heard.word[0] == 0 && heard.word[1] == 0,
                    "... its handler hears of it, forgives twice, and kills");
}

static void runaways(void)
{
    struct uk_task alone = {.name = "runaway", .entry = clock_spinner, .priority = 10}, handled = alone;
    char text[256];
    clock_begin(&(struct uk_config){.runaway_ms = 5});
    bare_spawn(&alone);
    uint64_t before = ticks();
    enum uk_run_end end = uk_run(bare_kernel, UK_FOREVER, 0);
    uint64_t after = ticks();
    (void)bare_line(end == UK_RUN_IDLE && bare_state(&alone) == UK_THREAD_STOPPED, "in virtual time, a loop without end stops");
    (void)bare_between((int64_t)(after - before) * 100, 5 * (int64_t)MS, (int64_t)(10 * MS + LATE), "... in good time");
    text[uk_explain(bare_kernel, alone.thread, text, sizeof text - 1)] = 0;
    printf("# %s\n", text);
    (void)bare_line(memcmp(text, "thread \"runaway\" stopped: no kernel entry for too long", 53) == 0,
                    "... with a record in plain words");
    judged(&handled, UK_FAULT_RUNAWAY, 0, "in virtual time, a loop without end faults");
}

static void timeouts(void)
{
    struct uk_task task = {.name = "spender", .entry = clock_spinner, .priority = 10, .budget_ns = MS, .period_ns = 4 * MS};
    clock_begin(&(struct uk_config){.real_time = 1});
    uint64_t before = ticks();
    judged(&task, UK_FAULT_TIMEOUT, UK_THREAD_FAULT_ON_TIMEOUT, "a thread that asked for it faults when its budget is spent");
    (void)bare_between((int64_t)(heard.ticks - before) * 100, 9 * (int64_t)MS, (int64_t)(9 * MS + 10 * LATE),
                       "... which is when it is");
}

void clock_overrun(void)
{
    runaways();
    timeouts();
}
