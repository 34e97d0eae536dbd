/* SPDX-License-Identifier: MIT */
/* Numbers for people: grouped digits, one thing a line. */
#include "sim/report.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS  UINT64_C(1000000000)
#define REFRESH_NS (SECOND_NS / 5)

uint64_t report_host_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

const char *report_digits(uint64_t number, char text[32])
{
    char *next = text + 31;
    unsigned digits = 0;
    *next = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            *--next = ',';
        *--next = (char)('0' + number % 10);
        number /= 10;
        digits++;
    } while (number > 0);
    return next;
}

void progress_open(struct progress *progress, FILE *file)
{
    *progress = (struct progress){isatty(fileno(file)) ? file : NULL, report_host_time(), 0};
}

bool progress_due(struct progress *progress)
{
    uint64_t now = progress != NULL && progress->file != NULL ? report_host_time() : 0;
    return now != 0 && now - progress->started >= SECOND_NS && now - progress->shown >= REFRESH_NS;
}

void progress_show(struct progress *progress, const char *format, ...)
{
    va_list list;
    uint64_t now = report_host_time();
    fprintf(progress->file, "\r\033[Kukern: %.1f s: ", (double)(now - progress->started) / SECOND_NS);
    va_start(list, format);
    vfprintf(progress->file, format, list);
    va_end(list);
    fflush(progress->file);
    progress->shown = now;
}

void progress_hide(struct progress *progress)
{
    if (progress->shown == 0)
        return;
    fputs("\r\033[K", progress->file);
    fflush(progress->file);
    progress->shown = 0;
}

static void row_count(FILE *file, const char *name, uint64_t number)
{
    char text[32];
    fprintf(file, "  %-18s %16s\n", name, report_digits(number, text));
}

static void row_time(FILE *file, const char *name, uint64_t ns)
{
    fprintf(file, "  %-18s %14.6f s\n", name, (double)ns / SECOND_NS);
}

void report_table(FILE *file, const struct uk_counters *counters, uint64_t host_calls, uint64_t real_ns)
{
    row_count(file, "threads", counters->threads);
    row_count(file, "spaces", counters->spaces);
    row_count(file, "calls", counters->calls);
    row_count(file, "signals", counters->signals);
    row_count(file, "faults", counters->faults);
    row_count(file, "context switches", counters->switches);
    row_count(file, "kernel entries", counters->entries);
    row_count(file, "host system calls", host_calls);
    row_time(file, "virtual time", counters->now);
    row_time(file, "real time", real_ns);
}
