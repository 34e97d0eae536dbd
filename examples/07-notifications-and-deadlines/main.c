/* SPDX-License-Identifier: 0BSD */
/* Notifications merge, deadlines end every wait, and a timer is a deadline that signals. */
#include "common/example.h"

enum { BELL = 10, TIMER = 11, PAUSE = 12, MILLISECOND = 1000000 };

static uk_word listener(uk_word argument)
{
    (void)argument;
    uk_word bits = 0;
    say_status("nobody rang; not waiting: ", uk_wait(BELL, &bits, UK_NOW));
    uk_time before = uk_clock();
    say_status("waiting 5 ms: ", uk_wait(BELL, &bits, before + 5 * MILLISECOND));
    say_number("that took % ms", (uk_clock() - before) / MILLISECOND);
    (void)uk_wait(PAUSE, &bits, 9 * MILLISECOND); /* nobody signals this one: a pause, in which others ring */
    say_status("both have rung: ", uk_wait(BELL, &bits, UK_FOREVER));
    say_number("one wait takes all bits: %", bits);
    say_status("and leaves none: ", uk_wait(BELL, &bits, UK_NOW));
    (void)uk_timer_bind(TIMER, BELL);
    before = uk_clock();
    (void)uk_timer_set(TIMER, before + 2 * MILLISECOND, 3 * MILLISECOND);
    for (unsigned i = 0; i < 3; i++) {
        (void)uk_wait(BELL, &bits, UK_FOREVER);
        say_number("the timer rang after % ms", (uk_clock() - before) / MILLISECOND);
    }
    (void)uk_timer_set(TIMER, UK_FOREVER, 0);
    say_status("cancelled; waiting 10 ms: ", uk_wait(BELL, &bits, uk_clock() + 10 * MILLISECOND));
    return 0;
}

/* Signals never block and never queue: while nobody waits, their bits merge. */
static uk_word ringer(uk_word argument)
{
    uk_word bits = 0;
    (void)uk_wait(PAUSE, &bits, 7 * MILLISECOND);
    say_number("ringing, task %", argument);
    return uk_signal(BELL);
}

int main(void)
{
    static const struct example example = {
        .objects = {{UK_TYPE_NOTIFICATION, 0}, {UK_TYPE_TIMER, 0}, {UK_TYPE_NOTIFICATION, 0}},
        .tasks = {{.name = "listener", .entry = listener, .priority = 10},
                  {.name = "one", .entry = ringer, .priority = 20},
                  {.name = "two", .entry = ringer, .priority = 20}},
        .grants = {{0, BELL, GRANT_OBJECT, 0, UK_RIGHT_SEND | UK_RIGHT_RECEIVE, 0},
                   {1, BELL, GRANT_OBJECT, 0, UK_RIGHT_SEND, 1},
                   {2, BELL, GRANT_OBJECT, 0, UK_RIGHT_SEND, 4},
                   {0, TIMER, GRANT_OBJECT, 1, UK_RIGHT_MANAGE, 0},
                   {0, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {1, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {2, PAUSE, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0}}};
    return example_run(&example);
}
