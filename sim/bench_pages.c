/* SPDX-License-Identifier: MIT */
/* What pages cost on this host without any kernel of ours: 1 MiB copied, or made visible elsewhere and touched page by page. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/bench.h"

enum { BYTES = 1 << 20 };

/* `here` and `there` are mapped, and all their pages are present. */
struct pages {
    unsigned char *here, *there;
    int memory;
    int flags; /* of mmap, besides */
};

static void pages_close(void *state)
{
    struct pages *pages = state;
    if (pages->here != MAP_FAILED)
        munmap(pages->here, BYTES);
    if (pages->there != MAP_FAILED)
        munmap(pages->there, BYTES);
    if (pages->memory >= 0)
        close(pages->memory);
    free(pages);
}

static void *pages_open(const struct bench_case *self)
{
    static const int plain;
    struct pages *pages = malloc(sizeof *pages);
    if (pages == NULL)
        return NULL;
    pages->flags = *(self->detail != NULL ? (const int *)self->detail : &plain);
    pages->here = pages->there = MAP_FAILED;
    pages->memory = memfd_create("bench", MFD_CLOEXEC);
    if (pages->memory >= 0 && ftruncate(pages->memory, BYTES) == 0) {
        pages->here = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, pages->memory, 0);
        pages->there = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (pages->here == MAP_FAILED || pages->there == MAP_FAILED)
        return pages_close(pages), NULL;
    memset(pages->here, 1, BYTES);
    memset(pages->there, 2, BYTES);
    return pages;
}

static void touch(unsigned char *memory)
{
    for (size_t at = 0; at < BYTES; at += UK_PAGE)
        ++*(volatile uint64_t *)(void *)(memory + at);
}

static bool copy_run(void *state, uint64_t count, struct bench_time *took)
{
    struct pages *pages = state;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count; i++) {
        memcpy(pages->there, pages->here, BYTES);
        touch(pages->there);
    }
    *took = bench_since(begin);
    return true;
}

static bool map_run(void *state, uint64_t count, struct bench_time *took)
{
    const struct pages *pages = state;
    bool good = true;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count && good; i++) {
        void *seen = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | pages->flags, pages->memory, 0);
        good = seen != MAP_FAILED;
        if (good)
            touch(seen), munmap(seen, BYTES);
    }
    *took = bench_since(begin);
    return good;
}

static bool protect_run(void *state, uint64_t count, struct bench_time *took)
{
    struct pages *pages = state;
    bool good = true;
    struct bench_time begin = bench_clock();
    for (uint64_t i = 0; i < count && good; i++) {
        good = mprotect(pages->here, BYTES, PROT_READ) == 0 && mprotect(pages->here, BYTES, PROT_READ | PROT_WRITE) == 0;
        if (good)
            touch(pages->here);
    }
    *took = bench_since(begin);
    return good;
}

static const int populated = MAP_POPULATE;

const struct bench_case bench_page_cases[] = {
    {"host_pages_copied", "copy 1 MiB in this process, touch its 256 pages", pages_open, copy_run, pages_close, NULL, false},
    {BENCH_PAGES_MAPPED, "map it a second time, touch, unmap", pages_open, map_run, pages_close, NULL, false},
    {"host_pages_populated", "the same; the host finds all pages at once", pages_open, map_run, pages_close, &populated, false},
    {"host_pages_protected", "write-protect 1 MiB, allow writing again, touch", pages_open, protect_run, pages_close, NULL,
     false},
};
const size_t bench_page_count = sizeof bench_page_cases / sizeof bench_page_cases[0];
