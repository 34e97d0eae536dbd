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

/* How long so many operations take, the first time and what others do with the processor left out. 0: it failed. */
static double try_batch(const struct bench_case *about, void *state, uint64_t count)
{
    double least = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct bench_time took = {0, 0};
        if (!about->run(state, count, &took))
            return 0;
        least = i == 0 || took.real < least ? took.real : least;
    }
    return least > 0 ? least : 1;
}

/* How many operations make a batch of the wanted length. 0: it failed. */
static uint64_t calibrate(const struct bench_case *about, void *state, double batch_ns)
{
    uint64_t count = 1;
    double took;
    while ((took = try_batch(about, state, count)) > 0 && took < batch_ns / 4)
        count *= took * 100 < batch_ns ? 16 : 2;
    if (took <= 0)
        return 0;
    double wanted = (double)count * batch_ns / took;
    return wanted < 1 ? 1 : (uint64_t)wanted;
}

/* One side of a comparison: the case, opened several times, because where its memory happens to lie can cost a cache line
 * here and there (about one placement in a hundred is half as fast again); pairs take the instances in turn. */
enum { INSTANCES = 5 };

struct side {
    const struct bench_case *about;
    void *instances[INSTANCES];
    unsigned count;
    struct bench_samples *samples;
};

static bool side_open(struct side *side, const struct bench_case *about, struct bench_samples *samples, double batch_ns)
{
    unsigned wanted = about->large ? 1 : INSTANCES;
    *side = (struct side){.about = about, .samples = samples};
    for (unsigned i = 0; i < wanted; i++) {
        void *instance = about->open(about);
        if (instance == NULL)
            return false;
        side->instances[side->count++] = instance;
        uint64_t batch = calibrate(about, instance, batch_ns);
        if (batch == 0)
            return false;
        samples->batch = batch > samples->batch ? batch : samples->batch;
    }
    return true;
}

static void side_close(struct side *side)
{
    while (side->count > 0)
        side->about->close(side->instances[--side->count]);
}

static bool sample(const struct side *side, unsigned at)
{
    struct bench_time took;
    if (!side->about->run(side->instances[at % side->count], side->samples->batch, &took))
        return false;
    side->samples->real[at] = took.real / (double)side->samples->batch;
    side->samples->cpu[at] = took.cpu / (double)side->samples->batch;
    return side->samples->real[at] > 0;
}

static bool measure(const struct side sides[2], unsigned count, struct bench_pairs *pairs)
{
    double ratios[BENCH_PAIRS_MAX];
    uint32_t random = 2463534242u; /* xorshift: which of a pair is first must not follow any rhythm of the host */
    for (unsigned at = 0; at < count; at++) {
        random ^= random << 13, random ^= random >> 17, random ^= random << 5;
        unsigned first = random >> 16 & 1;
        if (!sample(&sides[first], at) || !sample(&sides[!first], at))
            return false;
        ratios[at] = pairs->a.real[at] / pairs->b.real[at];
    }
    pairs->count = count;
    pairs->ratio = bench_median(ratios, count);
    return true;
}

bool bench_measure(const struct bench_case *a, const struct bench_case *b, const struct bench_options *options,
                   struct bench_pairs *pairs)
{
    struct side sides[2] = {{.count = 0}, {.count = 0}};
    memset(pairs, 0, sizeof *pairs);
    bool good = side_open(&sides[0], a, &pairs->a, options->batch_ns) &&
                side_open(&sides[1], b, &pairs->b, options->batch_ns) && measure(sides, options->pairs, pairs);
    side_close(&sides[0]);
    side_close(&sides[1]);
    return good;
}
