/* SPDX-License-Identifier: MIT */
/* The table of the bare bench: instructions of one operation beside what they should be, and what seL4 takes. */
#include <inttypes.h>
#include <string.h>

#include "sim/bench_riscv64.h"

/* seL4 16.0.0-dev, counted in the same way: QEMU 7.2 -icount shift=0,sleep=off, gcc 12.2 -O2, release kernel, fast path on,
 * two threads in two address spaces, client, server and kernel together. Numbers, bars and goals are those of issue 3,
 * "Figures"; seL4 has no fast path for 6 words, and what stands there is its call with 8. 0: there is none. */
struct anchor {
    const char *name, *what;
    unsigned bar, goal;
    unsigned sel4, without_fpu, mcs; /* MCS: budgets travel with the call, as ours do */
};

static const struct anchor anchors[] = {
    {"call_reply_0w", "call a passive server in another space, and its answer; no words", 557, 380, 557, 526, 656},
    {"call_reply_4w", "the same with 4 words each way", 595, 400, 595, 564, 694},
    {"call_reply_6w", "the same with 6 words each way", 620, 420, 1881, 1851, 0},
    {"call_reply_64w", "64 words each way, through both message buffers", 0, 0, 0, 0, 0},
    {"bound_call_0w", "call_reply_0w by a bound call", 0, 0, 0, 0, 0},
    {"bound_call_4w", "the same with 4 words each way", 0, 0, 0, 0, 0},
    {"bind_and_call_0w", "the same without words, bound anew each time", 0, 0, 0, 0, 0},
    {"bind_and_2_calls_0w", "bound anew for two calls", 0, 0, 0, 0, 0},
    {"bind_and_7_calls_0w", "bound anew for seven calls", 0, 0, 0, 0, 0},
    {"call_reply_4w_active", "4 words; the server has time of its own", 0, 0, 0, 0, 0},
    {"signal_wait", "signal a more urgent waiter, who waits again: 2 entries, 2 switches", 0, 0, 0, 0, 0},
    {"signal_wait_ping_pong", "signal another and wait for its signal: 4 entries", 2000, 1000, 2648, 2566, 3918},
    {"signal_nobody", "signal; nobody waits", 436, 250, 436, 427, 0},
    {"ring_64_batch", "the same signal 64 times, in one kernel entry by a ring", 0, 0, 0, 0, 0},
    {"task_ring_64_batch", "64 requests to another task and their answers by a ring in memory that both have", 0, 0, 0,
     0, 0},
    {"yield_alone", "yield; nobody else can run", 472, 250, 472, 449, 963},
    {"page_fault_ipc", "a page fault as a message, and the answer \"try again\"", 0, 0, 0, 0, 0},
    {"map_unmap", "map a page into the running space, unmap it", 0, 0, 0, 0, 0},
    {"thread_create_delete", "make, configure, start and delete a thread: 5 operations", 0, 0, 0, 0, 0},
    {"revoke_1000", "revoke 1000 children of a capability", 0, 0, 0, 0, 0},
};

static const struct anchor *anchor_of(const char *name)
{
    static const struct anchor none = {"", "", 0, 0, 0, 0, 0};
    for (size_t i = 0; i < sizeof anchors / sizeof anchors[0]; i++)
        if (strcmp(anchors[i].name, name) == 0)
            return &anchors[i];
    return &none;
}

static void print_number(uint64_t number, int width)
{
    char text[32];
    printf(" %*s", width, number != 0 ? report_digits(number, text) : "-");
}

static const char *verdict(const struct anchor *anchor, uint64_t total)
{
    if (anchor->bar == 0)
        return "";
    return total > anchor->bar ? "MISSED" : total > anchor->goal ? "ok" : "goal";
}

static void print_row(const struct bench_count *row)
{
    const struct anchor *anchor = anchor_of(row->name);
    printf("%-22s", row->name);
    print_number(row->total, 8);
    print_number(row->user, 6);
    print_number(row->total - row->user, 8);
    print_number(anchor->bar, 6);
    print_number(anchor->goal, 6);
    printf(" %-6s", verdict(anchor, row->total));
    print_number(anchor->sel4, 6);
    print_number(anchor->without_fpu, 6);
    print_number(anchor->mcs, 6);
    printf("  %s\n", anchor->what);
}

static void print_figure(const char *name, uint64_t bytes, const char *what)
{
    char text[32];
    printf("%-22s %16s bytes  %s\n", name, report_digits(bytes, text), what);
}

static uint64_t total_of(const struct bench_counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->count; i++)
        if (strcmp(counts->rows[i].name, name) == 0)
            return counts->rows[i].total;
    return 0;
}

/* SY-3: a path that is resolved once pays when it is used often enough. */
static void print_binding(const struct bench_counts *counts)
{
    uint64_t call = total_of(counts, "call_reply_0w"), bound = total_of(counts, "bound_call_0w");
    uint64_t bind = total_of(counts, "bind_and_call_0w");
    if (bound == 0 || call <= bound || bind <= bound)
        return;
    printf("\nbinding pays from call %" PRIu64 " on: it costs %" PRIu64 " instructions, and each call %" PRIu64 " less\n",
           (bind - bound) / (call - bound) + 1, bind - bound, call - bound);
}

void bench_counts_print(const struct bench_counts *counts)
{
    if (counts->count > 0)
        printf("instructions of one operation, counted by QEMU (-icount shift=0,sleep=off)\n\n"
               "%-22s %8s %6s %8s %6s %6s %-6s %6s %6s %6s  %s\n",
               "name", "total", "user", "kernel", "bar", "goal", "", "seL4", "no FPU", "MCS", "what");
    for (size_t i = 0; i < counts->count; i++)
        print_row(&counts->rows[i]);
    print_binding(counts);
    fflush(stdout);
}

void bench_sizes_print(const struct bench_counts *counts)
{
    printf("\n");
    print_figure("image", counts->image.loaded, "what is loaded of the whole system's image");
    print_figure("kernel_code", counts->image.code, "the kernel's text in it");
    if (counts->memory != 0)
        print_figure("memory_at_prompt", counts->memory, "in use when the shell waits: kernel, servers and their tables");
    else
        printf("%-22s %16s\n", "memory_at_prompt", "not told");
}

static void put_key(FILE *file, const char *key, uint64_t number)
{
    if (number != 0)
        fprintf(file, ",\n      \"%s\": %" PRIu64, key, number);
}

/* An instruction takes a nanosecond of the guest's time. */
static void put_row(FILE *file, bool *comma, const struct bench_count *row, size_t family)
{
    const struct anchor *anchor = anchor_of(row->name);
    bench_json_row(file, comma, row->name, "", family, "iteration", 1);
    fputs("      \"repetition_index\": 0,\n", file);
    bench_json_times(file, row->rounds, (double)row->total, (double)row->total);
    put_key(file, "instructions", row->total);
    put_key(file, "user_instructions", row->user);
    put_key(file, "kernel_instructions", row->total - row->user);
    put_key(file, "bar_at_most", anchor->bar);
    put_key(file, "goal_at_most", anchor->goal);
    put_key(file, "sel4_instructions", anchor->sel4);
    put_key(file, "sel4_without_fpu_instructions", anchor->without_fpu);
    put_key(file, "sel4_mcs_instructions", anchor->mcs);
    if (anchor->bar != 0)
        fprintf(file, ",\n      \"ok\": %d", row->total <= anchor->bar);
    fputs("\n    }", file);
}

/* A figure has no time of its own. */
static void put_figure(FILE *file, bool *comma, const char *name, size_t family, uint64_t bytes)
{
    if (bytes == 0)
        return;
    bench_json_row(file, comma, name, "", family, "iteration", 1);
    fputs("      \"repetition_index\": 0,\n", file);
    bench_json_times(file, 1, 0, 0);
    put_key(file, "bytes", bytes);
    fputs("\n    }", file);
}

bool bench_counts_json(FILE *file, const struct bench_counts *counts)
{
    bool comma = false;
    bench_json_begin(file);
    for (size_t i = 0; i < counts->count; i++)
        put_row(file, &comma, &counts->rows[i], i);
    put_figure(file, &comma, "image", counts->count, counts->image.loaded);
    put_figure(file, &comma, "kernel_code", counts->count + 1, counts->image.code);
    put_figure(file, &comma, "memory_at_prompt", counts->count + 2, counts->memory);
    return bench_json_end(file);
}
