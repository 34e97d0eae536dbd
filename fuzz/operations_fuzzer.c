/* SPDX-License-Identifier: MIT */
/* Fuzzes the whole kernel by operations of several threads; all invariants are checked after each. See operations.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/operations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t room, unsigned seed);

static struct operations *operations;

static void print_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static void prepare(void)
{
    size_t bytes = operations_bytes();
    void *memory = aligned_alloc(UK_PAGE, (bytes + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1));
    operations = memory != NULL ? operations_make(memory, bytes) : NULL;
    if (operations == NULL) {
        fprintf(stderr, "operations_fuzzer: no memory for the kernel\n");
        exit(1);
    }
    if (getenv("OPERATIONS_TELL") != NULL)
        operations_tell(operations, print_line, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (operations == NULL)
        prepare();
    const char *text = operations_run(operations, data, size, 0);
    if (text == NULL)
        return 0;
    fprintf(stderr, "operations_fuzzer: %s\n", text);
    operations_tell(operations, print_line, NULL);
    (void)operations_run(operations, data, size, 0);
    abort();
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    struct operations_random random = {seed};
    if (operations_random(&random, 16) == 0) /* libFuzzer's own: bytes that it saw in comparisons */
        return LLVMFuzzerMutate(data, size, room) / OPERATIONS_RECORD_BYTES * OPERATIONS_RECORD_BYTES;
    return operations_mutate(&random, data, size, room);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t room, unsigned seed)
{
    struct operations_random random = {seed};
    return operations_cross(&random, one, one_size, other, other_size, out, room);
}
