/* SPDX-License-Identifier: MIT */
/* The conformance table as a program: plays it by step and by run, and prints each row's line after the driver's name. */
#include <stdio.h>
#include <string.h>

#include "conformance/world.h"

static void tell(void *context, const char *text) { printf("%s: %s\n", (const char *)context, text); }

int main(void)
{
    static char names[][8] = {"step", "run"};
    unsigned failed = 0;
    for (unsigned i = 0; i < 2; i++) {
        static struct conformance_world world;
        struct conformance_totals totals;
        struct conformance_driver driver = i == 0 ? step_driver(&world) : run_driver(&world);
        driver.name = i == 0 ? driver.name : "bare"; /* whose exceptions are other ones */
        conformance_play(&driver, tell, names[i], &totals);
        printf("%s: %u rows, %u not as expected, %u that cannot be played\n", names[i], totals.rows, totals.failed,
               totals.left_out);
        failed += totals.failed;
    }
    return failed != 0;
}
