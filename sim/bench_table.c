/* SPDX-License-Identifier: MIT */
/* The table of `ukern bench`: one line for each measurement as it is made, then the figures with their bars. */
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/bench.h"

void bench_print_head(const struct bench_options *options)
{
    double load[3] = {0, 0, 0};
    (void)!getloadavg(load, 3);
    printf("%ld processors, load %.2f %.2f %.2f; on processor %d; %u pairs of batches of %.0f us\n\n",
           sysconf(_SC_NPROCESSORS_ONLN), load[0], load[1], load[2], sched_getcpu(), options->pairs,
           options->batch_ns / 1e3);
    printf("%-27s %11s %10s  %-20s %s\n", "name", "median ns", "x floor", "95 % of that", "what");
}

static int digits(double value) { return value < 10 ? 2 : value < 100 ? 1 : 0; }

static const char *interval(const struct bench_value *value, char *text, size_t room)
{
    snprintf(text, room, "[%.*f, %.*f]", digits(value->low), value->low, digits(value->high), value->high);
    return text;
}

void bench_print_row(const struct bench_row *row)
{
    char text[64];
    printf("%-27s %11.*f %10.*f  %-20s %s\n", row->about->name, digits(row->median.value), row->median.value,
           digits(row->floors.value), row->floors.value, interval(&row->floors, text, sizeof text), row->about->what);
    fflush(stdout);
}

void bench_print_figure(const struct bench_figure *figure)
{
    char text[64], bar[32] = "-";
    const char *verdict = isinf(figure->bar) ? "" : bench_figure_ok(figure) ? "ok" : "MISSED";
    if (!isinf(figure->bar))
        snprintf(bar, sizeof bar, "%s %g", figure->at_least ? ">=" : "<=", figure->bar);
    printf("%-50s %9.*f %-5s %-20s %-8s %s\n", figure->name, digits(figure->value.value), figure->value.value,
           figure->unit, interval(&figure->value, text, sizeof text), bar, verdict);
    if (figure->note[0] != '\0')
        printf("    %s\n", figure->note);
    fflush(stdout);
}
