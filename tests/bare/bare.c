/* SPDX-License-Identifier: MIT */
/* The shared part of the bare machine's tests: nothing but the embedding interface, and no way on when setting up fails. */
#include "bare.h"

#include <stdio.h>
#include <stdlib.h>

struct uk_kernel *bare_kernel;
unsigned bare_failed;

int bare_line(int good, const char *what)
{
    printf("%s - %s\n", good ? "ok" : "not ok", what);
    bare_failed += !good;
    return good;
}

int bare_between(int64_t value, int64_t low, int64_t high, const char *what)
{
    int good = bare_line(low <= value && value < high, what);
    if (!good)
        printf("# it is %ld, not within %ld..%ld\n", (long)value, (long)low, (long)high - 1);
    return good;
}

/* There is no exit; but a trap in the kernel's mode powers the machine off, with a code that says that it broke. */
void bare_need(int good, const char *what)
{
    if (good)
        return;
    printf("not ok - %s: the test cannot be set up\n", what);
    __builtin_trap();
}

void bare_boot(const struct uk_config *config)
{
    size_t bytes = (uk_memory_bytes(config) + UK_PAGE - 1) & ~(size_t)(UK_PAGE - 1);
    if (bare_kernel != NULL)
        uk_destroy(bare_kernel);
    void *memory = aligned_alloc(UK_PAGE, bytes);
    bare_need(memory != NULL && uk_boot(memory, bytes, config, &bare_kernel) == UK_OK, "a kernel boots");
}

int bare_check(const char *where)
{
    char text[256];
    if (uk_check(bare_kernel, text, sizeof text) == 0)
        return 1;
    printf("not ok - the kernel's invariants hold %s: %s\n", where, text);
    bare_failed++;
    return 0;
}

enum uk_status bare_ask_words(uk_word operation, uk_handle handle, const uk_word words[UK_REGISTER_WORDS])
{
    struct uk_call call = {operation, handle, 0, {words[0], words[1], words[2], words[3], words[4], words[5]}, 0, UK_NOW, 0};
    return uk_root(bare_kernel, &call);
}

uk_handle bare_make(uint32_t type, uk_word size)
{
    uk_handle slot = uk_slots(bare_kernel, 1);
    bare_need(slot != 0 && bare_ask(UK_RETYPE, UK_SLOT_UNTYPED, type, size, UK_SLOT_CNODE, slot, 1) == UK_OK,
              "an object is made");
    return slot;
}

uk_handle bare_map(uk_handle space, uk_word bytes, uk_word address, uint32_t rights)
{
    uk_handle frame = bare_make(UK_TYPE_FRAME, bytes);
    bare_need(bare_ask(UK_SPACE_MAP, space, frame, address, rights) == UK_OK, "a frame is mapped");
    return frame;
}

void bare_spawn(struct uk_task *task)
{
    enum uk_status status = uk_spawn(bare_kernel, task);
    if (status != UK_OK)
        printf("# %s\n", uk_status_text(status));
    bare_need(status == UK_OK, "a task is spawned");
}

void bare_grant(const struct uk_task *task, uk_word slot, uk_handle source, uint32_t rights, uk_word badge)
{
    uk_word operation = badge != 0 ? UK_CAPABILITY_MINT : UK_CAPABILITY_COPY;
    bare_need(bare_ask(operation, task->cnode, slot, source, 0, rights, badge) == UK_OK, "a capability is granted");
}

void bare_resume(const struct uk_task *task)
{
    bare_need(bare_ask(UK_THREAD_RESUME, task->thread, 0) == UK_OK, "a task is started");
}

void bare_unmake(uk_handle first)
{
    uk_handle end = uk_slots(bare_kernel, 1);
    for (uk_handle slot = first; slot < end; slot++) {
        (void)bare_ask(UK_CAPABILITY_REVOKE, UK_SLOT_CNODE, slot);
        (void)bare_ask(UK_CAPABILITY_DELETE, UK_SLOT_CNODE, slot);
    }
}

uint32_t bare_state(const struct uk_task *task)
{
    struct uk_thread_info info = {.state = UK_THREAD_STATE_COUNT};
    (void)uk_inspect_thread(bare_kernel, task->thread, &info);
    return info.state;
}

uk_word bare_peek(const struct uk_task *task, uk_word address)
{
    uk_word word = 0;
    (void)uk_peek(bare_kernel, task->thread, address, &word, sizeof word);
    return word;
}

uk_time bare_now(void)
{
    struct uk_counters counters;
    uk_counters(bare_kernel, &counters);
    return counters.now;
}

uk_word bare_random(uk_word *state)
{
    uk_word value = *state += 0x9e3779b97f4a7c15;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}
