/* SPDX-License-Identifier: MIT */
/* Reads every design at every workload on a bare machine, one freshly booted kernel after the other, in instructions.
 * Words at boot: quick (fewer workloads), designs=BITS (bit i: the design with index i; none: all). Prints a line for each
 * reading, "compare: DESIGN WORK NUMBER...", or "compare: DESIGN WORK failed". What user code sees of us is in the
 * program's own pages, which are in every space; the kernel's memory is the machine's, and is used again and again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/compare.h"

#define ROOM_BYTES ((size_t)27 << 19)

/* Memory for worlds. What was taken last is dropped first, so one end is enough. */
static _Alignas(UK_PAGE) unsigned char room[ROOM_BYTES];
static size_t room_used;
static void *kernel_memory;
static size_t kernel_bytes;

static void *take_for_kernel(size_t bytes)
{
    if (bytes > kernel_bytes) {
        kernel_memory = aligned_alloc(UK_PAGE, bytes);
        kernel_bytes = kernel_memory != NULL ? bytes : 0;
    }
    return kernel_memory;
}

void *compare_take(size_t bytes, enum compare_use use)
{
    size_t whole = (bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    if (use == COMPARE_FOR_KERNEL)
        return take_for_kernel(whole);
    if (whole > sizeof room - room_used)
        return NULL;
    unsigned char *memory = room + room_used;
    room_used += whole;
    memset(memory, 0, bytes);
    return memory;
}

void compare_drop(void *memory, enum compare_use use)
{
    if (memory != NULL && use == COMPARE_FOR_USERS)
        room_used = (size_t)((unsigned char *)memory - room);
}

/* Instructions that this hart has completed, in every mode. */
struct compare_time compare_clock(void)
{
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
    return (struct compare_time){count, count};
}

enum uk_status bench_ask(struct uk_kernel *kernel, uint32_t operation, uk_handle handle, const uk_word *words, size_t count)
{
    struct uk_call call = {.operation = operation, .handle = handle, .deadline = UK_NOW};
    for (size_t i = 0; i < count && i < UK_REGISTER_WORDS; i++)
        call.word[i] = words[i];
    return uk_root(kernel, &call);
}

static bool show(const struct compare_design *design, const struct compare_work *work, struct compare_files *files)
{
    static struct compare_reading reading;
    uint64_t words[COMPARE_READING_WORDS];
    printf("compare: %s %s", design->name, work->name);
    if (!compare_read(design, work, files, &reading)) {
        printf(" failed\n");
        return false;
    }
    memcpy(words, &reading, sizeof words);
    for (size_t i = 0; i < COMPARE_READING_WORDS; i++)
        printf(" %lu", words[i]);
    printf("\n");
    return true;
}

static uint64_t bits_of(const char *text)
{
    uint64_t bits = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        bits = bits * 10 + (uint64_t)(*text - '0');
    return bits;
}

/* The tree is there only while it is read: with the largest payloads there is no room for it. */
static bool show_all(const struct compare_work *work, uint64_t bits)
{
    const struct compare_design *design;
    struct compare_files *files = compare_has_files(work) ? compare_files_open() : NULL;
    bool good = files != NULL || !compare_has_files(work);
    for (size_t i = 0; (design = compare_design_at(i)) != NULL; i++)
        if ((bits >> i & 1) != 0 && compare_applies(design, work))
            good = show(design, work, files) && good;
    compare_files_close(files);
    return good;
}

int main(int count, char **words)
{
    static const char key[] = "designs=";
    const struct compare_work *work;
    uint64_t bits = UINT64_MAX;
    bool quick = false, good = true;
    for (int i = 1; i < count; i++)
        if (strcmp(words[i], "quick") == 0)
            quick = true;
        else if (strlen(words[i]) >= sizeof key && memcmp(words[i], key, sizeof key - 1) == 0)
            bits = bits_of(words[i] + sizeof key - 1);
    for (size_t j = 0; (work = compare_work_at(j)) != NULL; j++)
        if (work->quick || !quick)
            good = show_all(work, bits) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
