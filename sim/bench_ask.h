/* SPDX-License-Identifier: MIT */
/* One operation of an embedder's first thread in one line: words that are not given are 0, and it never waits. */
#ifndef SIM_BENCH_ASK_H
#define SIM_BENCH_ASK_H

#include <stddef.h>

#include <ukern/ukern.h>

enum uk_status bench_ask(struct uk_kernel *kernel, uint32_t operation, uk_handle handle, const uk_word *words,
                         size_t count);
#define BENCH_ASK(kernel, operation, handle, ...)                                                                      \
    bench_ask((kernel), (operation), (handle), (const uk_word[]){__VA_ARGS__},                                         \
              sizeof((const uk_word[]){__VA_ARGS__}) / sizeof(uk_word))

#endif
