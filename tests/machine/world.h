/* SPDX-License-Identifier: MIT */
/* A running kernel for tests of the machine: tasks are plain functions, and faults are remembered as they happen. */
#ifndef MACHINE_WORLD_H
#define MACHINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ukern/call.h>
#include <ukern/ukern.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#if !defined(RUNNING_ON_VALGRIND)
#define RUNNING_ON_VALGRIND 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WORLD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WORLD_SANITIZED 1
#endif
#endif
#if !defined(WORLD_SANITIZED)
#define WORLD_SANITIZED 0
#endif

#define WORLD_FAULTS 16

/* Slots that world_task fills in a task's CNode, beside 1..4. */
enum { SLOT_ENDPOINT = 10, SLOT_REPLY, SLOT_OTHER_SPACE, SLOT_NOTIFICATION, SLOT_FIRST_CNODE, SLOT_FRAMES = 16 };

struct world {
    struct uk_kernel *kernel;
    void *memory;
    uk_handle endpoint, reply, notification; /* in the first thread's CNode */
    unsigned fault_count;
    struct world_fault {
        uint32_t kind, access, thread;
        uk_word address;
    } faults[WORLD_FAULTS];
    uint64_t trace_hash;                     /* of everything but addresses */
    void (*hook)(struct world *world, const struct uk_event *event); /* on every event; may be NULL */
};

/* Boots with `change` of a small default; fails the test if that is refused. */
void world_open(struct world *world, const struct uk_config *change);
void world_close(struct world *world);

/* Performs an operation of the first thread, and fails the test unless it is UK_OK. */
void world_do(struct world *world, uint32_t operation, uk_handle handle, uk_word w0, uk_word w1, uk_word w2, uk_word w3,
              uk_word w4);
uk_handle world_make(struct world *world, uint32_t type, uk_word size, uint32_t count);
/* A task in a space of its own, with the world's endpoint, reply and notification; not started yet. */
struct uk_task world_task(struct world *world, const char *name, uk_entry entry, uk_word argument, uint32_t priority);
void world_give(struct world *world, const struct uk_task *task, uint32_t slot, uk_handle handle);
/* It will begin with this argument, on the stack that it has. */
void world_begin_with(struct world *world, const struct uk_task *task, uk_word argument);
void world_start(struct world *world, const struct uk_task *task);
/* Fresh pages in the task's space, `pages` of them from `address` on: the handle of the first frame. */
uk_handle world_map(struct world *world, const struct uk_task *task, uk_word address, unsigned pages, uint32_t rights);
/* An address in the middle of the task's space that nothing uses; 0 of the same space always gives the same. */
uk_word world_room(struct world *world, const struct uk_task *task);
/* Faults of the task become calls to the world's endpoint. */
void world_handle_faults(struct world *world, const struct uk_task *task);
/* Runs to the end, and fails the test unless it ends so and all invariants hold. */
void world_run(struct world *world, enum uk_run_end expected);
uint32_t world_state(struct world *world, const struct uk_task *task);
struct uk_counters world_counters(struct world *world);
/* Was there exactly this one fault? */
void world_faulted(struct world *world, uint32_t kind, uk_word address, uint32_t access);

/* Accesses that no compiler or sanitizer looks into. */
static inline void store_raw(uk_word address, unsigned char value)
{
    __asm__ volatile("movb %1, (%0)" : : "r"(address), "r"(value) : "memory");
}
static inline unsigned char load_raw(uk_word address)
{
    unsigned char value;
    __asm__ volatile("movb (%1), %0" : "=r"(value) : "r"(address) : "memory");
    return value;
}

/* A pager (a task): maps frames SLOT_FRAMES.. in SLOT_OTHER_SPACE where faults ask for them, after spoiling every
 * register that it can. */
uk_word world_pager(uk_word pages);

#endif
