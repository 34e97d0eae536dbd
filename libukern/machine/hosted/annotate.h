/* SPDX-License-Identifier: MIT */
/* What sanitizers and Valgrind must be told of stacks and mappings. Every call is on the kernel's stack. */
#ifndef HOSTED_ANNOTATE_H
#define HOSTED_ANNOTATE_H

#include "hosted.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANNOTATE_ADDRESS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ANNOTATE_ADDRESS 1
#endif

#if defined(ANNOTATE_ADDRESS)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define ANNOTATE_VALGRIND 1
#endif
#endif

/* Functions in which a stack switch is announced must not be instrumented themselves. */
#if defined(__clang__)
#define ANNOTATE_BARE __attribute__((no_sanitize("address", "memory")))
#else
#define ANNOTATE_BARE __attribute__((no_sanitize_address))
#endif
#define ANNOTATE_INLINE ANNOTATE_BARE static inline

/* User code with this context was left, and the kernel's stack is in use again. */
ANNOTATE_INLINE void annotate_left(struct machine *machine, struct hosted_context *context)
{
#if defined(ANNOTATE_ADDRESS)
    __sanitizer_start_switch_fiber(&context->fake_stack, machine->host_stack_bottom, machine->host_stack_bytes);
    __sanitizer_finish_switch_fiber(machine->host_fake_stack, NULL, NULL);
#endif
    (void)machine, (void)context;
}

/* User code with this context goes on next; nothing instrumented runs in between. */
ANNOTATE_INLINE void annotate_resumed(struct machine *machine, struct hosted_context *context)
{
#if defined(ANNOTATE_ADDRESS)
    __sanitizer_start_switch_fiber(&machine->host_fake_stack, (void *)context->stack_low,
                                   context->stack_high - context->stack_low);
    __sanitizer_finish_switch_fiber(context->fake_stack, &machine->host_stack_bottom, &machine->host_stack_bytes);
#endif
    (void)machine, (void)context;
}

/* The context now runs on another stack, which may have been used before. */
static inline void annotate_stack(struct hosted_context *context, uk_word low, uk_word high)
{
#if defined(ANNOTATE_VALGRIND)
    if (context->stack_high != 0)
        VALGRIND_STACK_DEREGISTER(context->valgrind_stack);
    if (high != 0)
        context->valgrind_stack = (unsigned)VALGRIND_STACK_REGISTER((void *)low, (void *)high);
#endif
#if defined(ANNOTATE_ADDRESS)
    __asan_unpoison_memory_region((void *)low, high - low);
#endif
    context->stack_low = low;
    context->stack_high = high;
}

/* The context will not be used again. */
ANNOTATE_INLINE void annotate_context_end(struct machine *machine, struct hosted_context *context)
{
#if defined(ANNOTATE_ADDRESS)
    const void *bottom;
    size_t bytes;
    if (context->fake_stack == NULL)
        return;
    __sanitizer_start_switch_fiber(&machine->host_fake_stack, (void *)context->stack_low, 0);
    __sanitizer_finish_switch_fiber(context->fake_stack, &bottom, &bytes);
    __sanitizer_start_switch_fiber(NULL, bottom, bytes);
    __sanitizer_finish_switch_fiber(machine->host_fake_stack, NULL, NULL);
#endif
    (void)machine, (void)context;
}

/* Valgrind 3.19 counts down rsp before a push or call stores, and rcx before a repeated string store does: executed again
 * after a page fault they would count twice. Puts the registers back to what the processor would show. */
static inline void annotate_fault(greg_t *general, uk_word address)
{
#if defined(ANNOTATE_VALGRIND)
    if (!RUNNING_ON_VALGRIND || address == (uk_word)general[REG_RIP])
        return;
    const unsigned char *at = (const unsigned char *)general[REG_RIP];
    int repeated = 0;
    for (; *at == 0x66 || *at == 0xf2 || *at == 0xf3 || (*at & 0xf0) == 0x40; at++)
        repeated |= *at == 0xf2 || *at == 0xf3;
    unsigned group = *at == 0xff ? at[1] >> 3 & 7 : 0;
    int pushes = (*at & 0xf8) == 0x50 || *at == 0x68 || *at == 0x6a || *at == 0xe8 || group == 2 || group == 6;
    if (pushes && address - (uk_word)general[REG_RSP] < 8)
        general[REG_RSP] += 8;
    if (repeated && (*at == 0xa4 || *at == 0xa5 || *at == 0xaa || *at == 0xab))
        general[REG_RCX]++;
#endif
    (void)general, (void)address;
}

/* The host maps nothing here any more: a touch is a page fault for the kernel, not an error of the program. */
static inline void annotate_hidden(void *address, size_t bytes)
{
#if defined(ANNOTATE_VALGRIND)
    (void)VALGRIND_MAKE_MEM_DEFINED(address, bytes);
#endif
    (void)address, (void)bytes;
}

/* The kernel maps nothing here any more, so no stack frame lives here. */
static inline void annotate_unmapped(void *address, size_t bytes)
{
#if defined(ANNOTATE_ADDRESS)
    __asan_unpoison_memory_region(address, bytes);
#endif
    (void)address, (void)bytes;
}

/* User stacks live in the arena, so pointers to host memory may be found nowhere else. */
static inline void annotate_arena(const void *arena, size_t bytes, int present)
{
#if defined(ANNOTATE_ADDRESS)
    if (present)
        __lsan_register_root_region(arena, bytes);
    else
        __lsan_unregister_root_region(arena, bytes);
#endif
    (void)arena, (void)bytes, (void)present;
}

#endif
