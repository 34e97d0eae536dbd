/* SPDX-License-Identifier: 0BSD */
/* Hello: one task, one capability, one word to the world. */
#include "common/example.h"

static uk_word hello(uk_word argument)
{
    (void)argument;
    say("hello from user level");
    say_number("and kernel time is % ms", uk_clock() / 1000000);
    return 0;
}

int main(void)
{
    static const struct example example = {.tasks = {{.name = "hello", .entry = hello, .priority = 10}}};
    return example_run(&example);
}
