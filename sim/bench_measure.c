/* SPDX-License-Identifier: MIT */
/* Measuring on a machine that others use too: A and B in turns, and only the median of the ratios pair by pair counts. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/bench.h"

static double nanoseconds(clockid_t clock)
{
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct bench_time bench_clock(void)
{
    double cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID); /* a system call, so it is first */
    return (struct bench_time){nanoseconds(CLOCK_MONOTONIC), cpu};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Ranks n/2 -+ sqrt(n) hold the median with at least 95 % confidence, whatever the distribution (0.98 sqrt(n), by the
 * normal approximation of the binomial, rounded outwards). */
struct bench_value bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare);
    size_t half = 1;
    while (half * half < count)
        half++;
    size_t middle = count / 2, low = middle > half ? middle - half : 0, high = middle + half;
    double median = count % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    return (struct bench_value){median, values[low], values[high < count ? high : count - 1]};
}

/* How many operations make a batch of the wanted length. 0: it failed. */
static uint64_t calibrate(const struct bench_case *about, void *state, double batch_ns)
{
    struct bench_time took = {0, 0};
    uint64_t count = 1;
    for (;;) {
        if (!about->run(state, count, &took))
            return 0;
        if (took.real >= batch_ns / 4)
            break;
        count *= took.real * 100 < batch_ns ? 16 : 2;
    }
    double wanted = (double)count * batch_ns / took.real;
    return wanted < 1 ? 1 : (uint64_t)wanted;
}

static bool sample(const struct bench_case *about, void *state, struct bench_samples *samples, unsigned at)
{
    struct bench_time took;
    if (!about->run(state, samples->batch, &took))
        return false;
    samples->real[at] = took.real / (double)samples->batch;
    samples->cpu[at] = took.cpu / (double)samples->batch;
    return samples->real[at] > 0;
}

static bool measure(const struct bench_case *const cases[2], void *const states[2],
                    const struct bench_options *options, struct bench_pairs *pairs)
{
    struct bench_samples *samples[2] = {&pairs->a, &pairs->b};
    double ratios[BENCH_PAIRS_MAX];
    uint32_t random = 2463534242u; /* xorshift: which of a pair is first must not follow any rhythm of the host */
    for (unsigned i = 0; i < 2; i++) {
        samples[i]->batch = calibrate(cases[i], states[i], options->batch_ns);
        if (samples[i]->batch == 0)
            return false;
    }
    for (unsigned at = 0; at < options->pairs; at++) {
        random ^= random << 13, random ^= random >> 17, random ^= random << 5;
        unsigned first = random >> 16 & 1;
        if (!sample(cases[first], states[first], samples[first], at) ||
            !sample(cases[!first], states[!first], samples[!first], at))
            return false;
        ratios[at] = pairs->a.real[at] / pairs->b.real[at];
    }
    pairs->count = options->pairs;
    pairs->ratio = bench_median(ratios, options->pairs);
    return true;
}

bool bench_measure(const struct bench_case *a, const struct bench_case *b, const struct bench_options *options,
                   struct bench_pairs *pairs)
{
    const struct bench_case *const cases[2] = {a, b};
    void *const states[2] = {a->open(a), b->open(b)};
    memset(pairs, 0, sizeof *pairs);
    bool good = states[0] != NULL && states[1] != NULL && measure(cases, states, options, pairs);
    for (unsigned i = 0; i < 2; i++)
        if (states[i] != NULL)
            cases[i]->close(states[i]);
    return good;
}
